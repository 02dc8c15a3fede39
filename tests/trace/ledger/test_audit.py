"""The audit of a log on a real database: what is sound, what each check notices, and which entry is named first."""

import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from trace.ledger.audit import CHECKS, AuditResult, Unsound, audit
from trace.ledger.entry import Entry, Link, entry_bytes, parse_entry
from trace.ledger.keys import PrivateKey, parse_vkey, vkey_text
from trace.ledger.merkle import leaf_hash
from trace.ledger.sqlite import reading
from trace.ledger.statement import Statement
from trace.ledger.store import Head
from trace.ledger.submission import Submission

from .ledger_parts import ORIGIN, VKEY, running, single, statement

OTHER_KEY = PrivateKey.from_seed(bytes([77]) * 32)
CHAIN, OTHER_CHAIN = "c" * 22, "e" * 22


class AnyMeaning:
    """Takes every statement, but kind `nonsense` and, at the end, a log in which kind `promise` came last."""

    def __init__(self) -> None:
        self.read_kinds: list[str] = []

    def read(self, entry: Entry, leaf: bytes, statement: Statement, heads: Mapping[str, Head]) -> None:
        self.read_kinds.append(statement.kind)
        if statement.kind == "nonsense":
            raise Unsound("kind", "nonsense")

    def finish(self, size: int) -> None:
        if self.read_kinds[-1:] == ["promise"]:
            raise Unsound("derived", "a promise not kept", size - 1)


def audited(folder: Path, meaning: AnyMeaning | None = None, **more: Any) -> AuditResult:
    with reading(folder / "suxin.db") as reads:
        return audit(reads, more.get("origin", ORIGIN), [parse_vkey(more.get("vkey", VKEY))], meaning)


@pytest.fixture(scope="module")
def ten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten entries on two chains, in turn; checkpoints after the first, the fourth and the last."""
    folder = tmp_path_factory.mktemp("ten")
    with running(folder) as node:
        for n in range(10):
            one = statement(n, chain=(CHAIN, OTHER_CHAIN)[n % 2])
            node.append(Submission((one,), wait_proof=n in (3, 9)))
    return folder


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 600])
def test_a_log_of_any_size_is_sound(tmp_path: Path, size: int) -> None:
    with running(tmp_path) as node:
        node.append(*(single(n, chain=(CHAIN, OTHER_CHAIN)[n % 2]) for n in range(size)))

    assert audited(tmp_path) == AuditResult(True, size)
    assert audited(tmp_path, AnyMeaning()) == AuditResult(True, size)


def test_a_running_log_is_sound_before_its_newest_entries_are_signed(tmp_path: Path) -> None:
    with running(tmp_path) as node:
        node.append(Submission((statement(1),), wait_proof=True))
        node.append(single(2), single(3))

        assert audited(tmp_path).ok


def test_a_derived_entry_that_links_to_another_chain_is_sound(tmp_path: Path) -> None:
    with running(tmp_path) as node:
        node.append(single(1, kind="derive"), single(2))

    assert audited(tmp_path, AnyMeaning()) == AuditResult(True, 3)


def test_progress_is_told_from_nothing_to_everything(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with running(tmp_path) as node:
        node.append(*(single(n) for n in range(600)))

    with reading(tmp_path / "suxin.db") as reads:
        audit(reads, ORIGIN, [parse_vkey(VKEY)], progress=lambda done, size: told.append((done, size)))

    assert told == [(0, 600), (500, 600), (600, 600)]


def test_a_log_of_another_origin_is_not_the_one_that_was_asked_for(ten: Path) -> None:
    result = audited(ten, origin="log.example/other")

    assert (result.first_bad_index, result.check) == (0, "entry")


def test_checkpoints_signed_by_a_key_that_is_not_pinned_do_not_count(ten: Path) -> None:
    result = audited(ten, vkey=vkey_text(ORIGIN, OTHER_KEY.public))

    assert (result.first_bad_index, result.check) == (0, "checkpoint")


# ---- entries that are canonical, hash to their own leaf, and still do not fit ------------------------------------------


def _rewritten(ten: Path, folder: Path, at: int, **changes: Any) -> Path:
    """The log with one entry made anew: every column beside it follows."""
    shutil.copy(ten / "suxin.db", folder)
    raw = sqlite3.connect(folder / "suxin.db", isolation_level=None)
    raw.execute("DROP TRIGGER entry_is_append_only_update")
    (data,) = raw.execute('SELECT bytes FROM entry WHERE "index" = ?', (at,)).fetchone()
    entry = parse_entry(data)._replace(**changes)
    data = entry_bytes(entry)
    raw.execute(
        'UPDATE entry SET chain = ?, seq = ?, prev = ?, leaf = ?, bytes = ? WHERE "index" = ?',
        (entry.chain, entry.seq, entry.prev, leaf_hash(data), data, at),
    )
    raw.close()
    return folder


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"origin": "log.example/other"}, "entry"),
        ({"index": 7}, "entry"),
        ({"chain": "x" * 22}, "chain"),
        ({"seq": 30}, "chain"),
        ({"seq": 0, "prev": None, "chain": CHAIN[:-1] + "d", "received": "2026-09-09T23:59:59.999Z"}, "received"),
        ({"prev": bytes(32)}, "chain"),
        ({"links": (Link("x" * 22, 0, bytes(32)),)}, "link"),
        ({"links": (Link(OTHER_CHAIN, 2, bytes(32)),)}, "link"),
        ({"links": (Link(OTHER_CHAIN, 4, bytes(32)),)}, "link"),
        ({"body": bytes(32)}, "body"),
    ],
)
def test_an_entry_that_does_not_fit_its_place_is_named(
    ten: Path, tmp_path: Path, changes: dict[str, Any], check: str
) -> None:
    result = audited(_rewritten(ten, tmp_path, 6, **changes), AnyMeaning())

    assert (result.ok, result.first_bad_index, result.check) == (False, 6, check)


def test_a_link_to_an_entry_that_comes_later_is_refused(ten: Path, tmp_path: Path) -> None:
    with reading(ten / "suxin.db") as reads:
        later = reads.place(OTHER_CHAIN, 4)
    assert later is not None

    result = audited(_rewritten(ten, tmp_path, 6, links=(Link(OTHER_CHAIN, 4, later.leaf),)))

    assert (result.first_bad_index, result.check) == (6, "link")


def test_a_link_to_an_entry_that_is_no_longer_the_newest_of_its_chain_holds(ten: Path, tmp_path: Path) -> None:
    with reading(ten / "suxin.db") as reads:
        earlier = reads.place(OTHER_CHAIN, 0)
    assert earlier is not None

    result = audited(_rewritten(ten, tmp_path, 9, links=(), prev=None, seq=0, chain="x" * 22))
    linked = audited(_rewritten(ten, tmp_path, 8, links=(Link(OTHER_CHAIN, 0, earlier.leaf),)))

    assert result.check != "link"
    assert (linked.first_bad_index, linked.check) != (8, "link")


def test_a_last_entry_made_anew_breaks_the_checkpoint_that_covers_it(ten: Path, tmp_path: Path) -> None:
    result = audited(_rewritten(ten, tmp_path, 9, body=bytes(32)))

    assert (result.first_bad_index, result.check) == (9, "checkpoint")


# ---- what statements mean is asked, not known --------------------------------------------------------------------------


def test_the_meaning_is_fed_every_statement_and_names_the_one_that_it_refuses(tmp_path: Path) -> None:
    meaning = AnyMeaning()
    with running(tmp_path) as node:
        node.append(single(1), single(2, kind="fact"), single(3, kind="nonsense"), single(4))

    result = audited(tmp_path, meaning)

    assert result == AuditResult(False, 4, 2, "kind", "nonsense")
    assert meaning.read_kinds == ["fact", "fact", "nonsense"]


def test_what_is_still_owed_at_the_end_is_named_too(tmp_path: Path) -> None:
    with running(tmp_path) as node:
        node.append(single(1), single(2, kind="promise"))

    assert audited(tmp_path, AnyMeaning()) == AuditResult(False, 2, 1, "derived", "a promise not kept")


def test_a_statement_that_nobody_signed_is_named(tmp_path: Path) -> None:
    signed = statement(2)
    value = signed.statement.data.index(b'"proofValue":"z') + len(b'"proofValue":"z') + 4
    other = b"2" if signed.statement.data[value : value + 1] != b"2" else b"3"
    data = signed.statement.data[:value] + other + signed.statement.data[value + 1 :]
    with running(tmp_path) as node:
        node.append(single(1), Submission((signed._replace(statement=signed.statement._replace(data=data)),)))

    result = audited(tmp_path, AnyMeaning())

    assert (result.first_bad_index, result.check) == (1, "signature")


def test_the_same_statement_id_twice_is_named_at_its_second_entry(ten: Path, tmp_path: Path) -> None:
    with running(tmp_path) as node:
        node.append(single(1), single(2))
        repeated = statement(1, payload={"other": "bytes"})
        node.append(Submission((repeated._replace(statement=repeated.statement._replace(id="urn:uuid:x")),)))
    raw = sqlite3.connect(tmp_path / "suxin.db", isolation_level=None)
    raw.executescript(
        "CREATE TABLE loose AS SELECT * FROM statement; DROP TABLE statement; ALTER TABLE loose RENAME TO statement;"
        'UPDATE statement SET id = (SELECT id FROM statement WHERE "index" = 0) WHERE "index" = 2'
    )
    raw.close()

    result = audited(tmp_path, AnyMeaning())

    assert (result.first_bad_index, result.check) == (2, "statement")
    assert result.detail == "the id of an earlier one"


def test_every_check_has_its_own_name() -> None:
    assert len(set(CHECKS)) == len(CHECKS) == 19
