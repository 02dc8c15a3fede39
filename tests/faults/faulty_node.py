"""A node that breaks at a chosen step of its writer: `python -m tests.faults.faulty_node FAULT N`, for tests alone.

The product has no such switch: this program puts another store (and guard) into the product's own `serve`. FAULT
happens at the Nth time that its step is reached. A step as FAULT: the writer says so there and goes no further; with
`kill-` before it, the process kills itself.
"""

import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Never

from api import node
from api.cli import main
from trace import decide
from trace.ledger import log
from trace.ledger.appending import Transaction
from trace.ledger.guard import Guard
from trace.ledger.sqlite import SqliteReads, SqliteStore, SqliteWrites
from trace.ledger.store import SealedRow
from trace.ledger.submission import Receipt, Submission

OF_STATEMENTS = ("at-insert", "before-commit", "after-commit")
OF_CHECKPOINTS = ("before-guard", "after-guard", "before-checkpoint", "after-checkpoint")
STEPS = (*OF_STATEMENTS, *OF_CHECKPOINTS)
"""Where a writer can be killed: in a transaction that holds statements, and while a checkpoint is published."""
COMMIT_FAULTS = ("commit-fails", "commit-fails-but-persists")
CHECKPOINT_FAULTS = ("checkpoint-fails", "checkpoint-fails-but-persists")
ANSWERS_EARLY, COMMIT_LIES, COMMIT_LASTS = "answers-early", "commit-lies", "commit-lasts"
FORGETS_REVOCATIONS, FORGETS_IDS, TAKES_PARTS = "forgets-revocations", "forgets-ids", "takes-parts"
GATHER_SECONDS = 0.05  # while a COMMIT lasts this long, everybody else queues up for the next one
ARRIVAL_SECONDS = 10.0  # in which answers that are on their way arrive, however busy the machine is
FAILING, REACHED = "failing:", "reached:"
GO_ON = "go-on"
"""The file in the data folder for which a COMMIT that lasts waits."""


def halt(step: str) -> Never:
    """The writer's thread goes no further; the rest of the node goes on until somebody kills it."""
    _say(REACHED, step)
    while True:
        threading.Event().wait()


def _say(*words: str) -> None:
    sys.stdout.write(f"{' '.join(words)}\n")
    sys.stdout.flush()


class Fault:
    """Counts how often each step was reached, and breaks at the chosen one."""

    def __init__(self, name: str, at: int) -> None:
        self.name, self.at, self._reached = name, at, 0

    @property
    def has_happened(self) -> bool:
        return self._reached >= self.at

    def is_due(self, *names: str) -> bool:
        if self.name not in names:
            return False
        self._reached += 1
        return self._reached == self.at

    def stop_at(self, step: str) -> None:
        """Where the fault is this step, halt and be killed by somebody; where it is `kill-` and this step, die."""
        if self.is_due(step, f"kill-{step}"):
            if self.name != step:
                os.kill(os.getpid(), signal.SIGKILL)
            halt(step)


class FaultyWrites(SqliteWrites):
    """A transaction that is left open, or whose COMMIT raises, with or without having happened."""

    def __init__(self, connection: Any, fault: Fault) -> None:
        super().__init__(connection)
        self._fault = fault
        self._ids: list[str] = []
        self._signs = False

    def append(self, rows: Sequence[Any], *more: Any) -> None:
        super().append(rows, *more)
        self._ids = [row.statement_id for row in rows]
        self._fault.stop_at("at-insert")

    def add_checkpoint(self, size: int, note: str) -> None:
        super().add_checkpoint(size, note)
        self._signs = True

    def commit(self) -> None:
        if self._ids and self._fault.name in (*COMMIT_FAULTS, COMMIT_LIES):
            time.sleep(GATHER_SECONDS)
        if self._ids and self._fault.is_due(COMMIT_LASTS):
            _say(REACHED, COMMIT_LASTS)
            while not (Path(os.environ["SUXIN_DATA_DIR"]) / GO_ON).exists():
                time.sleep(GATHER_SECONDS)
        what = "checkpoint" if self._signs else "commit" if self._ids else "nothing new"
        self._fault.stop_at(f"before-{what}")
        if self._is_worth_failing and self._fault.is_due(*COMMIT_FAULTS):
            self._announce()
            self._fail()
        if self._signs and self._fault.is_due(*CHECKPOINT_FAULTS):
            self._fail()
        if self._ids and self._fault.name == COMMIT_LIES and self._lies():
            return
        super().commit()
        self._fault.stop_at(f"after-{what}")

    @property
    def _is_worth_failing(self) -> bool:
        """The first commit whatever it holds; later ones that hold statements of several callers."""
        return len(self._ids) > (1 if self._fault.at > 1 else 0)

    def _lies(self) -> bool:
        """A COMMIT that says it happened and did not, and a kill at the next one, before anybody could notice."""
        if self._fault.has_happened:
            time.sleep(ARRIVAL_SECONDS)
            os.kill(os.getpid(), signal.SIGKILL)
        if not self._fault.is_due(COMMIT_LIES):
            return False
        self._announce()
        self.connection.rollback()
        return True

    def _announce(self) -> None:
        _say(FAILING, *self._ids)

    def _fail(self) -> None:
        if self._fault.name.endswith("persists"):
            super().commit()
        raise sqlite3.OperationalError("disk I/O error")


class FaultyStore(SqliteStore):
    fault: Fault

    def begin(self) -> SqliteWrites:
        super().begin()
        return FaultyWrites(self._connection, self.fault)


class FaultyGuard(Guard):
    fault: Fault

    def swap(self, old: str | None, new: str) -> None:
        self.fault.stop_at("before-guard")
        super().swap(old, new)
        self.fault.stop_at("after-guard")


class _EarlyWrites(SqliteWrites):
    """Says that it committed, and leaves the transaction open."""

    def commit(self) -> None:
        return None


class EarlyStore(SqliteStore):
    """The bug that a campaign has to notice: clients are answered first, and COMMIT happens at some later time.

    Before the publisher reads back what it signs, everything is committed: it would notice by itself. It halts when
    several transactions were answered since, and their answers had time to arrive.
    """

    at = 0
    _answered = 0

    def begin(self) -> SqliteWrites:
        if self._answered == self.at:
            time.sleep(ARRIVAL_SECONDS)
            halt(ANSWERS_EARLY)
        self._answered += 1
        if not self._connection.in_transaction():
            self._connection.begin()
        return _EarlyWrites(self._connection)

    @contextmanager
    def reading(self) -> Iterator[SqliteReads]:
        if threading.current_thread().name == "log-writer" and self._connection.in_transaction():
            self._connection.commit()
            self._answered = 0
        with super().reading() as reads:
            yield reads


class ForgetfulStore(SqliteStore):
    """A database whose statement ids are not unique, and a writer that does not look them up."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._connection.exec_driver_sql("CREATE TABLE any AS SELECT * FROM statement")
        self._connection.exec_driver_sql("DROP TABLE statement")
        self._connection.exec_driver_sql("ALTER TABLE any RENAME TO statement")
        self._connection.commit()

    def begin(self) -> SqliteWrites:
        super().begin()
        return _ForgetfulWrites(self._connection)


class _ForgetfulWrites(SqliteWrites):
    def known(self, ids: Iterable[str]) -> dict[str, SealedRow]:
        return {}


class TakesParts(Transaction):
    """Takes the statements of a group one by one: those before a refused one stay."""

    def append(self, submission: Submission) -> tuple[Receipt, ...]:
        receipts: list[Receipt] = []
        for item in submission.items:
            receipts += super().append(replace(submission, items=(item,)))
        return tuple(receipts)


def serve(name: str, at: int) -> int:
    """The product's `serve` with one fault in it."""
    if name == FORGETS_REVOCATIONS:
        decide._check_keys = lambda state, statement, index: None
    elif name == FORGETS_IDS:
        node.SqliteStore = ForgetfulStore
    elif name == TAKES_PARTS:
        log.Transaction = TakesParts
    elif name == ANSWERS_EARLY:
        EarlyStore.at = at
        node.SqliteStore = EarlyStore
    else:
        FaultyStore.fault = FaultyGuard.fault = Fault(name, at)
        node.SqliteStore, node.Guard = FaultyStore, FaultyGuard
    return main(["serve"])


if __name__ == "__main__":
    sys.exit(serve(sys.argv[1], int(sys.argv[2])))
