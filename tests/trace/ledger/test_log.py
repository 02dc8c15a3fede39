"""The one write path on a real database: what an answer promises, what a refusal leaves, what a restart finds."""

import sqlite3
import threading
from pathlib import Path

import pytest

from trace.ledger.errors import Conflict, OutcomeUnknown, Refused, Unavailable
from trace.ledger.keys import parse_vkey
from trace.ledger.merkle import root_of
from trace.ledger.notes import open_checkpoint
from trace.ledger.sqlite import AlreadyServed, SqliteStore, SqliteWrites
from trace.ledger.submission import Submission
from trace.ledger.tiles import TileId
from trace.ledger.tree_rows import TreeRows

from .ledger_parts import VKEY, running, single, statement


def test_statements_of_one_chain_are_contiguous_and_each_points_at_the_one_before(tmp_path: Path) -> None:
    with running(tmp_path) as node:
        node.append(*(single(n) for n in range(1, 6)))
        with node.store.reading() as reads:
            rows = reads.chain_rows("c" * 22)

    assert [row.seq for row in rows] == [0, 1, 2, 3, 4]
    assert [row.prev for row in rows] == [None, *(row.leaf for row in rows[:-1])]


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
def test_the_published_root_is_the_root_over_all_entries(tmp_path: Path, size: int) -> None:
    with running(tmp_path) as node:
        node.append(*(single(n) for n in range(1, size)), Submission((statement(size),), wait_proof=True))
        with node.store.reading() as reads:
            entries = [row.entry for row in reads.rows(0, size)]
            tile = TreeRows(reads).tile(TileId(0, 0, size if size < 256 else 0), size)

        checkpoint = open_checkpoint(node.log.published.note, [parse_vkey(VKEY)])

    assert (checkpoint.size, checkpoint.root) == (size, root_of(entries))
    assert tile is not None
    assert len(tile) == 32 * min(size, 256)


def test_a_repeat_gets_the_first_answer_and_other_bytes_under_its_id_a_conflict(tmp_path: Path) -> None:
    with running(tmp_path) as node:
        first = node.append(single(1))
        again = node.append(single(1), single(1))

        assert again == first * 2
        assert node.log.size == 1
        with pytest.raises(Conflict) as refused:
            node.append(single(1, payload={"other": "bytes"}))
    assert refused.value.code == "statement-id-reused"


def test_a_group_with_one_refusal_leaves_nothing_and_the_next_statement_goes_on(tmp_path: Path) -> None:
    group = Submission((statement(1), statement(2, chain="e" * 22), statement(3, kind="refuse")))

    with running(tmp_path) as node:
        answers = [node.log.submit(one) for one in (group, single(4), single(1))]
        with pytest.raises(Refused):
            answers[0].result(60)
        receipts = [answer.result(60)[0] for answer in answers[1:]]

    assert [(one.seq, one.index) for one in receipts] == [(0, 0), (1, 1)]


def test_a_derived_entry_links_to_its_source_in_the_same_group(tmp_path: Path) -> None:
    with running(tmp_path) as node:
        source = node.append(single(1, kind="derive"))[0][0]
        with node.store.reading() as reads:
            derived = reads.chain_rows("d" * 22)[0]

    assert derived.index == source.index + 1
    assert source.leaf.hex().encode() in derived.entry


def test_a_restart_goes_on_where_the_log_stopped(tmp_path: Path) -> None:
    with running(tmp_path) as node:
        node.append(*(single(n) for n in range(1, 300)))
    with running(tmp_path) as node:
        receipt = node.append(Submission((statement(300),), wait_proof=True))[0][0]
        with node.store.reading() as reads:
            entries = [row.entry for row in reads.rows(0, 300)]

        assert (receipt.seq, receipt.index) == (299, 299)
        assert node.log.published.root == root_of(entries)


def test_a_database_behind_its_guard_is_read_only_and_says_what_is_missing(tmp_path: Path) -> None:
    with running(tmp_path) as node:
        node.append(single(1))
    old = (tmp_path / "suxin.db").read_bytes()
    with running(tmp_path) as node:
        node.append(single(2), single(3))
    (tmp_path / "suxin.db").write_bytes(old)

    with running(tmp_path) as node:
        with pytest.raises(Unavailable):
            node.log.submit(single(4))
        assert node.log.read_only == "behind-guard"


def test_a_log_whose_guard_was_taken_away_does_not_write(tmp_path: Path) -> None:
    with running(tmp_path) as node:
        node.append(single(1))
    (tmp_path / "guard").unlink()

    with running(tmp_path) as node:
        assert node.log.read_only == "guard-missing"


def test_a_rewritten_history_of_the_same_size_does_not_pass_the_guard(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with running(tmp_path) as node:
        node.append(single(1), single(2))
    with running(tmp_path / "elsewhere") as forger:
        forger.append(single(1), single(2, payload={"kg": "999"}))
    (tmp_path / "suxin.db").write_bytes((tmp_path / "elsewhere" / "suxin.db").read_bytes())

    with running(tmp_path) as node:
        assert node.log.read_only == "inconsistent-with-guard"


class _CommitFails(SqliteWrites):
    """COMMIT raises; with `persists` the rows are on disk all the same, as after an EIO at the WAL's fdatasync."""

    persists = False

    def commit(self) -> None:
        if self.persists:
            super().commit()
        raise sqlite3.OperationalError("disk I/O error")


@pytest.mark.parametrize("persists", [True, False])
def test_an_error_at_commit_is_unknown_stops_the_log_and_a_resend_settles_it(tmp_path: Path, persists: bool) -> None:
    class Faulty(SqliteStore):
        def begin(self) -> SqliteWrites:
            super().begin()
            writes = _CommitFails(self._connection)
            writes.persists = persists
            return writes

    with running(tmp_path, Faulty) as node:
        with pytest.raises(OutcomeUnknown):
            node.append(single(1))
        with pytest.raises(Unavailable):
            node.log.submit(single(2))
    with running(tmp_path) as node:
        receipt = node.append(single(1))[0][0]

        assert (receipt.seq, receipt.index, node.log.size) == (0, 0, 1)


def test_who_is_durable_hears_it_while_the_next_commit_works_and_the_last_one_at_once(tmp_path: Path) -> None:
    """Nobody hears before the own COMMIT, and nobody waits for a COMMIT that nobody asked for."""
    at_commit, go_on, slow = threading.Semaphore(0), threading.Semaphore(0), iter((1, 2))

    class Slow(SqliteWrites):
        def commit(self) -> None:
            if next(slow, None):
                at_commit.release()
                assert go_on.acquire(timeout=60)
            super().commit()

    class SlowStore(SqliteStore):
        def begin(self) -> SqliteWrites:
            super().begin()
            return Slow(self._connection)

    with running(tmp_path, SlowStore) as node:
        first = node.log.submit(single(1))
        assert at_commit.acquire(timeout=60)
        second = node.log.submit(single(2))
        assert not first.done()

        go_on.release()
        assert at_commit.acquire(timeout=60)
        heard = first.result(60)
        assert not second.done()

        go_on.release()
        assert [heard[0].index, second.result(60)[0].index] == [0, 1]


def test_a_second_process_may_not_serve_the_same_database(tmp_path: Path) -> None:
    with running(tmp_path), pytest.raises(AlreadyServed):
        SqliteStore(tmp_path / "suxin.db")


@pytest.mark.parametrize(
    "change", ["UPDATE entry SET seq = 9", "DELETE FROM entry", "UPDATE statement SET salt = x'00'"]
)
def test_evidence_refuses_to_be_changed(tmp_path: Path, change: str) -> None:
    with running(tmp_path) as node:
        node.append(single(1))
    raw = sqlite3.connect(tmp_path / "suxin.db")

    with pytest.raises(sqlite3.IntegrityError):
        raw.execute(change)
    raw.close()


def test_who_waits_for_the_proof_is_not_told_that_it_is_there_when_the_guard_cannot_be_written(tmp_path: Path) -> None:
    """The entry is durable, and sending it again after a restart gives its place."""
    lost = tmp_path / "guard"
    with running(tmp_path) as node:
        node.append(Submission((statement(1),), wait_proof=True))
        lost.unlink()
        lost.mkdir()
        with pytest.raises(Unavailable) as told:
            node.append(Submission((statement(2),), wait_proof=True))
    lost.rmdir()
    with running(tmp_path) as again:
        found = again.store.begin()
        kept = found.known({statement(2).statement.id})
        found.rollback()

    assert told.value.code == "not-published"
    assert len(kept) == 1
