"""What is one running node? Its keys, its log with the trace wing plugged in, its readers, and how a log is opened."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection

from api.carried import carried_tables
from api.compose import Recorder
from api.db import Operational
from api.hindrances import Hindrance
from api.keyfiles import load_key, write_key
from api.offers.turns import Turns
from api.registers.db import IdNumberTable
from api.registers.id_numbers import IdNumbers
from api.settings import Settings
from credit.wing import CREDIT
from trace.domain import Trace
from trace.ledger.appending import Scribe
from trace.ledger.canonical import b64url_encode, decode_value
from trace.ledger.guard import Guard
from trace.ledger.keys import PrivateKey, vkey_text
from trace.ledger.log import Log
from trace.ledger.notes import NoteError
from trace.ledger.publisher import Publisher
from trace.ledger.sqlite import SqliteReads, SqliteStore, reader_engine, reading
from trace.ledger.submission import Submission

Purpose = Literal["live", "demonstration"]

KEY_FILES = ("node.key", "log.key")


class NodeError(Hindrance):
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
    turns: Turns = field(default_factory=Turns)
    id_numbers: IdNumbers = field(init=False)
    _local: threading.local = field(default_factory=threading.local)
    _connections: list[Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        table = IdNumberTable(Operational(self.settings.operational, self.clock))
        self.id_numbers = IdNumbers(table, self.reading, self.recorder.node_key, self.genesis.chain)

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
    return genesis_in(settings.database)


def genesis_in(database: Path) -> Genesis | None:
    """What the log in a database says of itself; None where there is no file, or no entry in it."""
    if not database.exists():
        return None
    with reading(database) as reads:
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


def own_keys(settings: Settings, genesis: Genesis) -> tuple[PrivateKey, PrivateKey]:
    """Node key and log key of this very log. Raises `KeyFileError`, `NodeError` where they are another log's."""
    node_key, log_key = (load_key(settings.key_dir / name) for name in KEY_FILES)
    if (node_key.did, vkey_text(genesis.origin, log_key.public)) != (genesis.key, genesis.vkey):
        raise NodeError("cli.other_keys", path=settings.key_dir, origin=genesis.origin)
    return node_key, log_key


def open_node(
    settings: Settings,
    purpose: Purpose = "live",
    clock: Callable[[], datetime] = system_clock,
    region: str | None = None,
) -> Node:
    """Open the migrated database and start its log; an empty one gets its keys and its genesis entry first.

    `purpose` and `region` matter for an empty folder alone. Raises `NodeError`, `KeyFileError`, `AlreadyServed`, OSError.
    A log that its guard stops is opened all the same, read-only: `log.read_only` says why.
    """
    known, guard = read_genesis(settings), Guard(settings.guard_path)
    if known is None and guard.read() is not None:
        # Signing a second history beside the first is what the guard is there to prevent.
        raise NodeError("cli.guard_without_log", guard=settings.guard_path, path=settings.data_dir)
    if settings.guard_path.parent.exists() and not os.access(settings.guard_path.parent, os.W_OK):
        # Found out now, not at the first signature, when somebody has an answer already.
        raise NodeError("cli.guard_unwritable", guard=settings.guard_path)
    node_key, log_key = own_keys(settings, known) if known else _new_keys(settings)
    origin = known.origin if known else settings.log_origin
    vkey = vkey_text(origin, log_key.public)
    with ExitStack() as undo:
        store = SqliteStore(settings.database)
        undo.callback(store.close)
        domain = Trace((known.chain, known.key) if known else None, CREDIT)
        recorder = Recorder(
            origin, node_key, known.chain if known else b64url_encode(os.urandom(16)), clock, os.urandom
        )
        try:
            publisher = Publisher(store, guard, origin, log_key, vkey)
        except NoteError as error:
            raise NodeError("cli.foreign_guard", guard=settings.guard_path, origin=origin) from error
        scribe = Scribe(domain, origin, node_key, recorder.node_chain, clock, os.urandom, recorder.new_id)
        log = Log(store, publisher, scribe)
        log.start()
        undo.callback(log.close)
        if known is None:
            known = _open_log(log, recorder, vkey, purpose, region)
            if log.read_only:  # the genesis entry is durable, and could not be signed
                raise NodeError("cli.guard_unwritable", guard=settings.guard_path)
        undo.pop_all()
    return Node(settings, known, store, log, recorder, clock)


def _open_log(log: Log, recorder: Recorder, vkey: str, purpose: Purpose, region: str | None) -> Genesis:
    tables = [{"name": name, "sha256": sha256} for name, sha256 in sorted(carried_tables().items())]
    payload: dict[str, Any] = {"key": recorder.node_key.did, "vkey": vkey, "purpose": purpose, "tables": tables}
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


def _new_keys(settings: Settings) -> tuple[PrivateKey, PrivateKey]:
    """Node key and log key of a log that is about to be opened; those that lie there already are taken."""
    paths = [settings.key_dir / name for name in KEY_FILES]
    node_key, log_key = (load_key(path) if path.exists() else write_key(path, os.urandom(32)) for path in paths)
    return node_key, log_key
