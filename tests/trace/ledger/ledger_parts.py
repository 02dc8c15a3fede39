"""A log on a real SQLite file whose domain accepts everything: what the ledger promises without knowing of herbs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData

from trace.ledger import sqlite
from trace.ledger.appending import Scribe
from trace.ledger.entry import Entry
from trace.ledger.errors import Refused
from trace.ledger.guard import Guard
from trace.ledger.keys import PrivateKey, vkey_text
from trace.ledger.log import Log
from trace.ledger.publisher import Publisher
from trace.ledger.sealing import Derived
from trace.ledger.statement import Statement, parse_statement, signed_statement
from trace.ledger.store import OpeningRow, Reads, SealedRow, Writes
from trace.ledger.submission import Asked, Decision, Domain, Receipt, Signed, Submission
from trace.ledger.tables import metadata

ORIGIN = "log.example/test"
NODE, LOG = (PrivateKey.from_seed(bytes([n]) * 32) for n in (11, 12))
VKEY = vkey_text(ORIGIN, LOG.public)
NODE_CHAIN = "n" * 22


class OpenHouse:
    """A domain that grants everything but kind `refuse`; kind `derive` brings one derived entry on another chain."""

    def open_state(self, reads: Reads, submissions: Sequence[Submission]) -> list[int]:
        return []

    def decide(self, state: list[int], signed: Signed, seq: int, index: int, now: datetime) -> Decision:
        if signed.statement.kind == "refuse":
            raise Refused("not-here")
        return Decision()

    def project(self, state: list[int], entry: Entry, leaf: bytes, statement: Statement) -> None:
        state.append(entry.index)

    def follow(self, state: list[int], entry: Entry, leaf: bytes, statement: Statement) -> tuple[Derived, ...]:
        return (Derived("consumed", "d" * 22, "test@1", {}),) if statement.kind == "derive" else ()

    def close(self, state: list[int]) -> None:
        return None

    def mark(self, state: list[int]) -> int:
        return len(state)

    def undo(self, state: list[int], mark: int) -> None:
        del state[mark:]

    def save(self, state: list[int], writes: Writes) -> None:
        return None

    def is_same_request(self, signed: Signed, known: SealedRow, openings: Mapping[str, OpeningRow]) -> bool:
        return signed.asked == Asked(parse_statement(known.statement).payload)


@dataclass
class Running:
    """A started log with its store, as long as the `with` lasts."""

    log: Log
    store: sqlite.SqliteStore
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def append(self, *submissions: Submission) -> list[tuple[Receipt, ...]]:
        return [answer.result(60) for answer in [self.log.submit(one) for one in submissions]]


def statement(number: int, chain: str = "c" * 22, kind: str = "fact", payload: dict[str, Any] | None = None) -> Signed:
    fields = {
        "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "origin": ORIGIN,
        "chain": chain,
        "kind": kind,
        "actor": NODE_CHAIN,
        "occurred_at": "2026-09-10T08:00:00+08:00",
        "payload": payload or {},
    }
    return Signed(parse_statement(signed_statement(fields, [NODE], "2026-09-10T00:00:00Z")))


def single(number: int, **more: Any) -> Submission:
    return Submission((statement(number, **more),))


@contextmanager
def running(
    folder: Path,
    store_class: type[sqlite.SqliteStore] = sqlite.SqliteStore,
    domain: Domain | None = None,
    projections: MetaData | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Iterator[Running]:
    path = folder / "suxin.db"
    if not path.exists():
        engine = sqlite.writer_engine(path)
        with engine.begin() as connection:
            metadata.create_all(connection)
            if projections is not None:
                projections.create_all(connection)
            for trigger in sqlite.APPEND_ONLY:
                connection.exec_driver_sql(trigger)
        engine.dispose()
    store = store_class(path)
    ids, start = count(1), datetime(2026, 9, 10, tzinfo=UTC)
    ticks = count()
    scribe = Scribe(
        domain or OpenHouse(),
        ORIGIN,
        NODE,
        NODE_CHAIN,
        clock=clock or (lambda: start + timedelta(milliseconds=next(ticks))),
        random_bytes=lambda n: next(ids).to_bytes(n, "big"),
        new_id=lambda: f"urn:uuid:00000000-0000-4000-9000-{next(ids):012d}",
    )
    log = Log(store, Publisher(store, Guard(folder / "guard"), ORIGIN, LOG, VKEY), scribe)
    log.start()
    try:
        yield Running(log, store)
    finally:
        log.close()
        store.close()
