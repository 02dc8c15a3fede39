"""What follows by rule from an entry that was just logged? The node's own entries, each made from state alone. (pure)

Asked again of each entry that so came in: the spread of a hold stands behind it. The audit asks the same questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .events import KINDS, Nature
from .holds import OVERDRAWN, entry_named, open_holds_of
from .judging import Finding, judge, judge_all
from .ledger.entry import Entry
from .ledger.sealing import Derived
from .ledger.statement import Statement
from .records import record_id
from .reports import first_of
from .state import Row, State, balance
from .wing import Wing

BALANCE = "balance@1"


def follow(
    state: State, entry: Entry, leaf: bytes, statement: Statement, wing: Wing | None = None
) -> tuple[Derived, ...]:
    """The entries that stand right behind this one, in order."""
    kind = KINDS[statement.kind]
    if wing and kind.chain in wing.chains:
        return wing.follow(state, entry, leaf, statement)
    match statement.kind:
        case "hold_placed":
            return tuple(_spread(state, entry, leaf, statement))
        case "hold_released":
            return tuple(_fall(state, entry, statement))
    if kind.chain != "batch" or kind.nature is Nature.DERIVED:
        return ()
    row = state.rows["record", record_id(entry.chain, entry.seq)]
    judged: Iterable[Derived]
    match statement.kind:
        case "correction":
            judged = _judged_again(state, statement)
        case "retest_report":
            judged = _retested(state, row)
        case _:
            judged = _judged(state, row)
    return (*_consumed(statement), *judged, *_overdrawn(state, entry))


def _consumed(statement: Statement) -> list[Derived]:
    """What a batch takes from its inputs leaves each of them, as much and at that time; of a blend, once it is called one."""
    inputs = statement.payload.get("inputs", ())
    if statement.kind != ("batch_merged" if len(inputs) > 1 else "batch_opened"):
        return []
    return [Derived("consumed", one["batch"], BALANCE, {"quantity": one["quantity"]}) for one in inputs]


def _judged(state: State, row: Row) -> list[Derived]:
    return [one for finding in judge(state, row) for one in _derived(state, row["chain"], finding)]


def _retested(state: State, row: Row) -> Iterator[Derived]:
    """After a re-test: the hold of the first report falls, or stands again where two re-tests disagree."""
    yield from _judged(state, row)
    first = first_of(state, row)
    if first is None or first["is_void"]:
        return
    findings = judge(state, first)
    yield from _fallen(state, row["chain"], findings, of=first["id"])
    yield from _standing_again(state, row["chain"], findings)


def _fallen(state: State, chain: str, findings: Iterable[Finding], of: str = "") -> Iterator[Derived]:
    """Holds whose ground is not found any more; `of`: those alone that rest on this record."""
    grounds = {one.ground for one in findings if one.reaction == "hold"}
    for hold in open_holds_of(state, chain):
        _, *records = hold["ground"].split()
        if hold["origin"] is None and records and hold["ground"] not in grounds and (not of or of in records):
            yield Derived("hold_released", chain, hold["rule"], {"hold": entry_named(hold), "ground": "facts"})


def _standing_again(state: State, chain: str, findings: Iterable[Finding]) -> Iterator[Derived]:
    """Holds that fell by facts which are no longer so."""
    for finding in findings:
        if finding.reaction == "hold" and not _is_held(state, chain, finding):
            yield from _derived(state, chain, finding)


def _judged_again(state: State, statement: Statement) -> Iterator[Derived]:
    """After a correction: holds whose ground is gone fall, what the restated event brings stands."""
    chain = statement.chain
    changed = state.statements.get(statement.corrects or "")
    findings = judge_all(state, chain, KINDS)
    yield from _fallen(state, chain, findings)
    for finding in findings:
        if any(row["id"] == changed for row in finding.records):
            yield from _derived(state, chain, finding)
        elif finding.asks:
            # It may have opened elsewhere: goods whose only clean report was taken back have no paper again.
            yield from _asked(state, chain, finding)
        else:
            # A re-test that was taken back no longer lifts what the first report brought.
            yield from _standing_again(state, chain, (finding,))


def _derived(state: State, chain: str, finding: Finding) -> Iterator[Derived]:
    verdict = finding.verdict
    if finding.reaction != "flag":
        yield Derived("verdict", chain, verdict.rule, _verdict(finding))
    if finding.asks:
        yield from _asked(state, chain, finding)
    if finding.reaction == "hold" and not _is_held(state, chain, finding):
        yield Derived("hold_placed", chain, verdict.rule, _hold(finding))


def _asked(state: State, chain: str, finding: Finding) -> Iterator[Derived]:
    if not _is_known(state, "flag", state.flags_of.get(chain, ()), finding.ground):
        yield Derived("flag_raised", chain, finding.verdict.rule, _flag(finding))


def _is_held(state: State, chain: str, finding: Finding) -> bool:
    return _is_known(state, "hold", state.holds_of.get(chain, ()), finding.ground)


def _is_known(state: State, table: str, ids: Iterable[str], ground: str) -> bool:
    """Whether this very finding stands already, or was answered by officials on the same records."""
    rows = (state.rows[table, id] for id in ids)
    return any(row["ground"] == ground and row.get("release_ground") in (None, "officials") for row in rows)


def _verdict(finding: Finding) -> dict[str, Any]:
    verdict = finding.verdict
    return {
        "outcome": verdict.outcome.value,
        **({"unverified": True} if verdict.unverified else {}),
        "article": verdict.article,
        **({"rows": list(verdict.rows)} if verdict.rows else {}),
        "evidence": finding.evidence,
        "reasons": list(verdict.reasons),
        "remedy": list(verdict.remedy),
    }


def _hold(finding: Finding) -> dict[str, Any]:
    verdict = finding.verdict
    return {
        "reason": verdict.reasons[0],
        "article": verdict.article,
        "evidence": finding.evidence,
        "lifted_by": finding.lifted_by,
    }


def _flag(finding: Finding) -> dict[str, Any]:
    verdict = finding.verdict
    return {
        "reason": finding.reason,
        **({"found": finding.found} if finding.found else {}),
        **({"expected": finding.expected} if finding.expected else {}),
        "article": verdict.article,
    }


def _overdrawn(state: State, entry: Entry) -> list[Derived]:
    """Balance is a limit for acts; a fact that overdraws is logged and flagged, once a batch."""
    if balance(state.rows["batch", entry.chain]) >= 0:
        return []
    flags = (state.rows["flag", id] for id in state.flags_of.get(entry.chain, ()))
    if any(flag["reason"] == OVERDRAWN for flag in flags):
        return []
    return [Derived("flag_raised", entry.chain, BALANCE, {"reason": OVERDRAWN})]


def _spread(state: State, entry: Entry, leaf: bytes, statement: Statement) -> Iterator[Derived]:
    """A hold reaches every batch made from this one, whoever has it; what is spread names its origin."""
    payload = statement.payload
    if "origin" in payload:
        return
    origin = {"chain": entry.chain, "seq": entry.seq, "leaf": leaf.hex()}
    for batch in state.below(entry.chain):
        said = {"reason": payload["reason"], "article": payload["article"], "lifted_by": "origin", "origin": origin}
        yield Derived("hold_placed", batch, payload["rule"], said)


def _fall(state: State, entry: Entry, statement: Statement) -> Iterator[Derived]:
    """What was spread falls with its origin, and only that."""
    id = record_id(statement.payload["hold"]["chain"], statement.payload["hold"]["seq"])
    for spread in state.spread_of.get(id, ()):
        row = state.rows["hold", spread]
        if row["released"] is None:
            yield Derived("hold_released", row["batch"], row["rule"], {"hold": entry_named(row), "ground": "origin"})
