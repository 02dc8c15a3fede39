"""What does the operator see of an audit and of a rebuild? A bar while it runs, one line at the end, an exit code."""

import sys

import orjson

from api.carried import carried_tables
from api.catalogue import Lang, say
from api.node import Genesis
from api.settings import Settings
from credit.wing import CREDIT
from trace.audit_meaning import TraceMeaning
from trace.ledger.audit import AuditResult, audit
from trace.ledger.keys import parse_vkey
from trace.ledger.sqlite import SqliteStore, reading
from trace.rebuild import compare, mend

BAR_WIDTH = 30


def run_audit(settings: Settings, genesis: Genesis, *, envelopes: bool) -> AuditResult:
    """Audit the log of this node, running or stopped, under its own origin and key."""
    with reading(settings.database) as reads:
        meaning = None if envelopes else TraceMeaning(reads, CREDIT, carried_tables())
        found = audit(reads, genesis.origin, [parse_vkey(genesis.vkey)], meaning, _bar)
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    return found


def audit_sentence(found: AuditResult, language: Lang) -> str:
    if found.ok:
        return say("audit.ok", language, size=found.size)
    check = say(f"audit.check.{found.check}", language)
    if found.first_bad_index is None:
        return say("audit.bad_log", language, check=check)
    return say("audit.bad", language, index=found.first_bad_index, check=check)


def audit_json(found: AuditResult) -> str:
    answer = {
        "ok": found.ok,
        "size": found.size,
        "first_bad_index": found.first_bad_index,
        "check": found.check,
        "zh": audit_sentence(found, "zh"),
        "en": audit_sentence(found, "en"),
    }
    return orjson.dumps(answer).decode()


def run_rebuild(settings: Settings) -> list[tuple[str, str, str]]:
    """Replay the log, compare every projection, put right what differs; what differed as (table, id, column)."""
    store = SqliteStore(settings.database)
    try:
        with store.reading() as reads:
            differences = compare(reads, CREDIT)
        if differences:
            writes = store.begin()
            mend(writes, CREDIT)
            writes.commit()
    finally:
        store.close()
    return [(one.table, one.id, one.column) for one in differences]


def _bar(done: int, size: int) -> None:
    """A bar on a terminal; a pipe gets nothing."""
    if sys.stderr.isatty():
        filled = BAR_WIDTH * done // max(size, 1)
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (BAR_WIDTH - filled)}] {done}/{size}")
        sys.stderr.flush()
