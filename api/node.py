"""What is one running node? Its keys, its log with the trace wing plugged in, its readers, and how a log is opened."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection

from api.compose import Recorder
from api.keyfiles import load_key, write_key
from api.settings import Settings
from trace.domain import Trace
from trace.ledger.canonical import b64url_encode, decode_value
from trace.ledger.guard import Guard
from trace.ledger.keys import PrivateKey, vkey_text
from trace.ledger.log import Log, Submission
from trace.ledger.publisher import Publisher
from trace.ledger.sqlite import SqliteReads, SqliteStore, reader_engine, reading

Purpose = Literal["live", "demonstration"]


class NodeError(Exception):
    """The node cannot be opened as asked; one sentence that says what to do."""


@dataclass(frozen=True)
class Genesis:
    """What index 0 says of this log."""

    origin: str
    chain: str
    key: str
    vkey: str
    purpose: Purpose
    region: str | None


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class Node:
    """A node that serves one log. Everything that waits on the writer gets a Future from `log.submit`."""

    settings: Settings
    genesis: Genesis
    store: SqliteStore
    log: Log
    recorder: Recorder
    clock: Callable[[], datetime]
    _local: threading.local = field(default_factory=threading.local)
    _connections: list[Connection] = field(default_factory=list)

    @contextmanager
    def reading(self) -> Iterator[SqliteReads]:
        """A snapshot to read from; each thread keeps its connection, because opening one costs more than most reads."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = reader_engine(self.settings.database).connect()
            self._local.connection = connection
            self._connections.append(connection)
        if connection.in_transaction():  # a reader within a reader sees the same snapshot
            yield SqliteReads(connection)
            return
        with connection.begin():
            yield SqliteReads(connection)

    def close(self) -> None:
        """Finish what is queued, publish it, let go of the database."""
        self.log.close()
        for connection in self._connections:
            connection.close()
        self.store.close()


def read_genesis(settings: Settings) -> Genesis | None:
    """What the log in the data folder says of itself; None where there is none yet."""
    if not settings.database.exists():
        return None
    with reading(settings.database) as reads:
        row = next(reads.rows(0, 1), None)
    if row is None:
        return None
    said: Any = decode_value(row.statement)
    payload = said["payload"]
    return Genesis(
        said["origin"],
        said["chain"],
        payload["key"],
        payload["vkey"],
        payload.get("purpose", "live"),
        payload.get("region"),
    )


def open_node(
    settings: Settings,
    purpose: Purpose = "live",
    clock: Callable[[], datetime] = system_clock,
    region: str | None = None,
) -> Node:
    """Open the migrated database and start its log; an empty one gets its keys and its genesis entry first.

    `purpose` and `region` matter for an empty folder alone. Raises `NodeError`, `KeyFileError`, `AlreadyServed`.
    """
    known = read_genesis(settings)
    node_key, log_key = _keys(settings, fresh=known is None)
    origin = known.origin if known else settings.log_origin
    vkey = vkey_text(origin, log_key.public)
    if known and (known.key != node_key.did or known.vkey != vkey):
        raise NodeError(f"the keys in {settings.key_dir} are not those of this log ({origin}): put its own keys back")
    store = SqliteStore(settings.database)
    try:
        domain = Trace((known.chain, known.key) if known else None)
        recorder = Recorder(
            origin, node_key, known.chain if known else b64url_encode(os.urandom(16)), clock, os.urandom
        )
        publisher = Publisher(store, Guard(settings.guard_path), origin, log_key, vkey)
        log = Log(
            store,
            domain,
            publisher,
            origin=origin,
            node_key=node_key,
            clock=clock,
            random_bytes=os.urandom,
            new_id=recorder.new_id,
        )
    except BaseException:
        store.close()
        raise
    log.node_chain = recorder.node_chain
    log.start()
    if known is None:
        known = _open_log(log, recorder, vkey, purpose, region)
    return Node(settings, known, store, log, recorder, clock)


def _open_log(log: Log, recorder: Recorder, vkey: str, purpose: Purpose, region: str | None) -> Genesis:
    payload: dict[str, Any] = {"key": recorder.node_key.did, "vkey": vkey, "purpose": purpose}
    if region:
        payload["region"] = region
    signed = recorder.record(
        "genesis",
        payload,
        chain=recorder.node_chain,
        actor=recorder.node_chain,
        recorded_by="node",
        id=recorder.new_id(),
    )
    log.submit(Submission((signed,), wait_proof=True)).result()
    return Genesis(recorder.origin, recorder.node_chain, recorder.node_key.did, vkey, purpose, region)


def _keys(settings: Settings, fresh: bool) -> tuple[PrivateKey, PrivateKey]:
    """Node key and log key; a fresh log makes those that are missing."""
    made = []
    for name in ("node.key", "log.key"):
        path = settings.key_dir / name
        made.append(write_key(path, os.urandom(32)) if fresh and not path.exists() else load_key(path))
    return made[0], made[1]
