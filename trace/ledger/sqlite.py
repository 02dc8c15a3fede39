"""How is a log kept in SQLite so that an answered statement survives a power cut?

All SQL of this dialect stands here. WAL with synchronous=FULL; **one** connection writes, checkpoints and closes last
(SQLite 3.7.0 to 3.51.2 can corrupt a WAL file when two connections checkpoint); readers say BEGIN and never checkpoint.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, StaticPool

from .store import Head, OpeningRow, SealedRow, StoredCheckpoint, StoredHead, StoredRow, StoredState, Tail, TileRow

# SQLite's own 1,000 copies the pages of our indexes back every few commits, the same ones again and again.
WAL_PAGES = 8_000  # 32 MB, read back within a tenth of a second after a crash
APPEND_ONLY = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {table}_is_append_only_{verb.lower()} BEFORE {verb} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for table, verb in (("entry", "UPDATE"), ("entry", "DELETE"), ("statement", "UPDATE"))
)
_ROW = (
    'SELECT e."index", e.chain, e.seq, e.prev, e.leaf, e.bytes, s.id, s.salt, s.bytes '
    'FROM entry e JOIN statement s ON s."index" = e."index" '
)


def _as_stored(kind: str, column: str) -> str:
    """A column as an auditor reads it: NULL where the value is of another type (SQLite keeps whatever it is given), and
    a text as its bytes, because the driver raises for a text that is not UTF-8."""
    value = f"CAST({column} AS BLOB)" if kind == "text" else column
    return f"CASE typeof({column}) WHEN '{kind}' THEN {value} END"


_STORED = {
    name: ", ".join(_as_stored(kind, column) for kind, column in columns)
    for name, columns in {
        "entry": (("text", "e.chain"), ("integer", "e.seq")),
        "leaf": (("blob", "e.leaf"), ("blob", "e.bytes")),
        "statement": (("text", "s.id"), ("blob", "s.salt"), ("blob", "s.bytes")),
        "chain_head": (("text", "chain"), ("integer", "seq"), ("integer", '"index"'), ("blob", "leaf")),
        "log_state": (("integer", "size"), ("blob", "frontier"), ("text", "received")),
        "tile": (("blob", "hashes"), ("blob", "root")),
        "opening": (("blob", "salt"), ("blob", "value")),
        "commit": (("text", '"commit"'),),
        "note": (("text", "note"),),
    }.items()
}
# The first entry of a chain has NULL: something that is neither that nor a blob must not look like it.
_PREV = "CASE typeof(e.prev) WHEN 'blob' THEN e.prev WHEN 'null' THEN NULL ELSE x'' END"


class AlreadyServed(Exception):
    """Another process holds this database for writing."""


def _open(path: Path, *, writer: bool, wal: bool = True) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10, cached_statements=512)
    if wal and writer:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA wal_autocheckpoint={WAL_PAGES}")
    connection.execute("PRAGMA synchronous=FULL")
    if wal and not writer:
        # A reader that checkpoints is the second checkpointer of the corruption bug: never.
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("PRAGMA query_only=1")
    if connection.execute("PRAGMA synchronous").fetchone()[0] != 2:
        raise RuntimeError("SQLite did not take synchronous=FULL")
    return connection


def writer_engine(path: Path) -> Engine:
    """The engine over the one writing connection; BEGIN is IMMEDIATE so that a write never meets BUSY half-way."""
    engine = create_engine("sqlite://", creator=lambda: _open(path, writer=True), poolclass=StaticPool)
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def reader_engine(path: Path) -> Engine:
    """An engine whose connections read snapshots: an explicit BEGIN, because the driver opens none for a SELECT."""
    engine = create_engine("sqlite://", creator=lambda: _open(path, writer=False), poolclass=NullPool)
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN"))
    return engine


def operational_engine(path: Path) -> Engine:
    """The engine of ops.db: no WAL, because a second process (the `token` command) writes it too. What is deleted from it is
    overwritten: SQLite would leave its bytes in the file until something else needs the page."""
    engine = create_engine("sqlite://", creator=lambda: _open(path, writer=True, wal=False), poolclass=NullPool)
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA secure_delete=ON"))
    event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def back_up(source: Path, target: Path) -> None:
    """Copy a database consistently while it is being written (SQLite's VACUUM INTO, one snapshot)."""
    connection = _open(source, writer=False)
    try:
        connection.execute("PRAGMA query_only=0")
        connection.execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()


class ServingLock:
    """An advisory lock beside the database; the kernel frees it when the process dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._handle)
            raise AlreadyServed(str(path)) from error

    def release(self) -> None:
        os.close(self._handle)


def _quoted(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)


class SqliteReads:
    """Reads of evidence within the transaction that the connection has open."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        driver = connection.connection.dbapi_connection
        assert isinstance(driver, sqlite3.Connection)
        self._raw: sqlite3.Connection = driver

    def _in(self, head: str, values: Iterable[object], tail: str = "") -> sqlite3.Cursor:
        wanted = list(values)
        return self._raw.execute(f"{head} ({','.join('?' * len(wanted))}){tail}", wanted)

    def tail(self) -> Tail | None:
        found = self._raw.execute("SELECT size, frontier, received FROM log_state WHERE id = 1").fetchone()
        return Tail(*found) if found else None

    def heads(self, chains: Iterable[str]) -> dict[str, Head]:
        found = self._in('SELECT chain, seq, "index", leaf FROM chain_head WHERE chain IN', chains)
        return {row[0]: Head(*row) for row in found}

    def known(self, ids: Iterable[str]) -> dict[str, SealedRow]:
        return {row[6]: SealedRow(*row) for row in self._in(_ROW + "WHERE s.id IN", ids)}

    def rows(self, start: int, end: int) -> Iterator[SealedRow]:
        found = self._raw.execute(_ROW + 'WHERE e."index" >= ? AND e."index" < ? ORDER BY e."index"', (start, end))
        return (SealedRow(*row) for row in found)

    def chain_rows(self, chain: str) -> list[SealedRow]:
        return [SealedRow(*row) for row in self._raw.execute(_ROW + "WHERE e.chain = ? ORDER BY e.seq", (chain,))]

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        found = self._raw.execute(
            'SELECT bytes FROM entry WHERE "index" >= ? AND "index" < ? ORDER BY "index"', (start, end)
        )
        return (row[0] for row in found)

    def leaves(self, start: int, end: int) -> list[bytes]:
        found = self._raw.execute(
            'SELECT leaf FROM entry WHERE "index" >= ? AND "index" < ? ORDER BY "index"', (start, end)
        )
        return [row[0] for row in found]

    def tiles(self, level: int, start: int, end: int) -> list[TileRow]:
        found = self._raw.execute(
            "SELECT level, position, hashes, root FROM tile "
            "WHERE level = ? AND position >= ? AND position < ? ORDER BY position",
            (level, start, end),
        )
        return [TileRow(*row) for row in found]

    def openings(self, commits: Iterable[str]) -> dict[str, OpeningRow]:
        found = self._in('SELECT "commit", salt, value FROM opening WHERE "commit" IN', commits)
        return {row[0]: OpeningRow(*row) for row in found}

    def find(self, table: str, columns: Sequence[str], key: str, values: Iterable[object]) -> Iterator[tuple[Any, ...]]:
        """Rows of a projection by the values of one column; for a transaction, which the toolkit's own way costs more
        than everything that is decided in it."""
        return iter(self._in(f'SELECT {_quoted(columns)} FROM "{table}" WHERE "{key}" IN', values))

    def newest_checkpoint(self, at_least: int = 0) -> str | None:
        found = self._raw.execute(
            "SELECT note FROM checkpoint WHERE size >= ? ORDER BY size DESC LIMIT 1", (at_least,)
        ).fetchone()
        return str(found[0]) if found else None

    def count(self, table: str) -> int:
        return int(self._raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def stored_rows(self, with_statements: bool) -> Iterator[StoredRow]:
        """Every entry from index 0, in order. A row without its statement has None there."""
        more = f", {_STORED['statement']}" if with_statements else ""
        join = 'LEFT JOIN statement s ON s."index" = e."index" ' if with_statements else ""
        columns = f'e."index", {_STORED["entry"]}, {_PREV}, {_STORED["leaf"]}{more}'
        found = self._raw.execute(f'SELECT {columns} FROM entry e {join}WHERE e."index" >= 0 ORDER BY e."index"')
        return (StoredRow(*row) for row in found)

    def place(self, chain: str, seq: int) -> Head | None:
        found = self._raw.execute(
            'SELECT "index", leaf FROM entry WHERE chain = ? AND seq = ?', (chain, seq)
        ).fetchone()
        return Head(chain, seq, *found) if found else None

    def repeated_statement(self) -> int | None:
        """The first index at which a statement id stands that an earlier statement has."""
        found = self._raw.execute(
            'SELECT min(s."index") FROM statement s JOIN (SELECT id, min("index") AS first FROM statement '
            'GROUP BY id HAVING count(*) > 1) r ON r.id = s.id AND s."index" > r.first'
        ).fetchone()
        return None if found[0] is None else int(found[0])

    def stray_statement(self) -> int | None:
        """The first index at which a statement stands without an entry."""
        found = self._raw.execute(
            'SELECT min(s."index") FROM statement s LEFT JOIN entry e ON e."index" = s."index" WHERE e."index" IS NULL'
        ).fetchone()
        return None if found[0] is None else int(found[0])

    def stored_heads(self) -> Iterator[StoredHead]:
        return (StoredHead(*row) for row in self._raw.execute(f"SELECT {_STORED['chain_head']} FROM chain_head"))

    def stored_states(self) -> list[StoredState]:
        return [StoredState(*row) for row in self._raw.execute(f"SELECT id, {_STORED['log_state']} FROM log_state")]

    def stored_checkpoints(self) -> Iterator[StoredCheckpoint]:
        """Every checkpoint that was published, oldest first."""
        found = self._raw.execute(f"SELECT size, {_STORED['note']} FROM checkpoint ORDER BY size")
        return (StoredCheckpoint(*row) for row in found)

    def stored_tile(self, level: int, position: int) -> TileRow | None:
        found = self._raw.execute(
            f"SELECT {_STORED['tile']} FROM tile WHERE level = ? AND position = ?", (level, position)
        ).fetchone()
        return TileRow(level, position, found[0] or b"", found[1] or b"") if found else None

    def tile_places(self) -> Iterator[tuple[int, int]]:
        """(level, position) of every tile."""
        return (
            (row[0], row[1]) for row in self._raw.execute("SELECT level, position FROM tile ORDER BY level, position")
        )

    def stored_opening(self, commit: str) -> OpeningRow | None:
        found = self._raw.execute(f'SELECT {_STORED["opening"]} FROM opening WHERE "commit" = ?', (commit,)).fetchone()
        return OpeningRow(commit, found[0] or b"", found[1] or b"") if found else None

    def stored_commits(self) -> Iterator[bytes | None]:
        return (row[0] for row in self._raw.execute(f"SELECT {_STORED['commit']} FROM opening"))

    def stored_table(self, table: str, columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
        """Every row of a table: integers, None, and texts as their bytes."""
        quoted = (f'"{column}"' for column in columns)
        wanted = (f"CASE typeof({one}) WHEN 'text' THEN CAST({one} AS BLOB) ELSE {one} END" for one in quoted)
        return (tuple(row) for row in self._raw.execute(f'SELECT {", ".join(wanted)} FROM "{table}"'))


class SqliteWrites(SqliteReads):
    """The writer's open transaction."""

    def append(
        self,
        rows: Sequence[SealedRow],
        openings: Sequence[OpeningRow],
        tiles: Sequence[TileRow],
        heads: Mapping[str, Head],
        tail: Tail,
    ) -> None:
        many = self._raw.executemany
        many(
            "INSERT INTO entry VALUES (?,?,?,?,?,?)",
            [(r.index, r.chain, r.seq, r.prev, r.leaf, r.entry) for r in rows],
        )
        many("INSERT INTO statement VALUES (?,?,?,?)", [(r.index, r.statement_id, r.salt, r.statement) for r in rows])
        many("INSERT OR IGNORE INTO opening VALUES (?,?,?)", [(o.commit, o.salt, o.value) for o in openings])
        many("INSERT INTO tile VALUES (?,?,?,?)", [(t.level, t.position, t.hashes, t.root) for t in tiles])
        many(
            "INSERT INTO chain_head VALUES (?,?,?,?) ON CONFLICT (chain) DO UPDATE "
            'SET seq = excluded.seq, "index" = excluded."index", leaf = excluded.leaf',
            [(h.chain, h.seq, h.index, h.leaf) for h in heads.values()],
        )
        self._raw.execute(
            "INSERT INTO log_state VALUES (1,?,?,?) ON CONFLICT (id) DO UPDATE "
            "SET size = excluded.size, frontier = excluded.frontier, received = excluded.received",
            (tail.size, tail.frontier, tail.received),
        )

    def put(self, table: str, columns: Sequence[str], key: str | None, rows: Sequence[Sequence[object]]) -> None:
        """Insert rows of a projection: with `key`, each in the place of the row that has its value; else the new ones."""
        changes = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name != key)
        conflict = f'("{key}") DO UPDATE SET {changes}' if key else "DO NOTHING"
        insert = f'INSERT INTO "{table}" ({_quoted(columns)}) VALUES ({",".join("?" * len(columns))})'
        self._raw.executemany(f"{insert} ON CONFLICT {conflict}", rows)

    def add_checkpoint(self, size: int, note: str) -> None:
        self._raw.execute("INSERT OR REPLACE INTO checkpoint VALUES (?,?)", (size, note))

    def empty(self, tables: Iterable[str]) -> None:
        """Delete every row of these tables: projections, which a replay fills again."""
        for table in tables:
            self._raw.execute(f'DELETE FROM "{table}"')

    def commit(self) -> None:
        self.connection.commit()

    def rollback(self) -> None:
        self.connection.rollback()


class SqliteStore:
    """One log in one file. Opening it takes the serving lock; `close` checkpoints the WAL and frees the lock."""

    def __init__(self, path: Path) -> None:
        self._lock = ServingLock(path)
        self._path = path
        self._engine = writer_engine(path)
        self._connection = self._engine.connect()
        self._readers = reader_engine(path)

    def begin(self) -> SqliteWrites:
        self._connection.begin()
        return SqliteWrites(self._connection)

    @contextmanager
    def reading(self) -> Iterator[SqliteReads]:
        with self._readers.connect() as connection, connection.begin():
            yield SqliteReads(connection)

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()
        self._lock.release()


@contextmanager
def reading(path: Path) -> Iterator[SqliteReads]:
    """A snapshot of a log for reading beside a running node (audit, verify, backup): takes no lock, writes nothing."""
    engine = reader_engine(path)
    with engine.connect() as connection, connection.begin():
        yield SqliteReads(connection)
    engine.dispose()
