"""What does the writer need of a database, and what must each answer promise?

Two keepers are foreseen (SQLite now, PostgreSQL later), so this is a Protocol; every method states its durability.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Connection


class Head(NamedTuple):
    """The newest entry of a chain."""

    chain: str
    seq: int
    index: int  # type: ignore[assignment]  # nobody asks the tuple's own method
    leaf: bytes


@dataclass(frozen=True)
class Tail:
    """The end of the log: size, compact-range hashes (32 bytes each, left to right), newest `received`."""

    size: int
    frontier: bytes
    received: str


class SealedRow(NamedTuple):
    """One entry as it is stored, with its statement."""

    index: int  # type: ignore[assignment]  # nobody asks the tuple's own method
    chain: str
    seq: int
    prev: bytes | None
    leaf: bytes
    entry: bytes
    statement_id: str
    salt: bytes
    statement: bytes


class OpeningRow(NamedTuple):
    """What a commitment hides: 32 bytes of salt and the canonical JSON of the value."""

    commit: str
    salt: bytes
    value: bytes


@dataclass(frozen=True)
class TileRow:
    """A full tile of 256 hashes and the hash that it contributes one level up."""

    level: int
    position: int
    hashes: bytes
    root: bytes


@dataclass(frozen=True)
class StoredRow:
    """An entry row as it lies in the database, and its statement row where one was asked for and exists.

    Texts are bytes here, for nobody knows yet that they are UTF-8. None: not there, or not of the column's type.
    """

    index: int
    chain: bytes | None
    seq: int | None
    prev: bytes | None
    leaf: bytes | None
    entry: bytes | None
    statement_id: bytes | None = None
    salt: bytes | None = None
    statement: bytes | None = None


@dataclass(frozen=True)
class StoredHead:
    """A row of `chain_head` as it lies there."""

    chain: bytes | None
    seq: int | None
    index: int | None
    leaf: bytes | None


@dataclass(frozen=True)
class StoredState:
    """A row of `log_state` as it lies there."""

    id: int
    size: int | None
    frontier: bytes | None
    received: bytes | None


@dataclass(frozen=True)
class StoredCheckpoint:
    """A row of `checkpoint` as it lies there."""

    size: int
    note: bytes | None


class Reads(Protocol):
    """Reading within one snapshot."""

    connection: Connection

    def tail(self) -> Tail | None: ...
    def heads(self, chains: Iterable[str]) -> dict[str, Head]: ...
    def known(self, ids: Iterable[str]) -> dict[str, SealedRow]: ...
    def rows(self, start: int, end: int) -> Iterator[SealedRow]: ...
    def chain_rows(self, chain: str) -> list[SealedRow]: ...
    def place(self, chain: str, seq: int) -> Head | None: ...
    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """The envelopes alone, which are what the tree is over."""
        ...

    def leaves(self, start: int, end: int) -> list[bytes]: ...
    def tiles(self, level: int, start: int, end: int) -> list[TileRow]: ...
    def openings(self, commits: Iterable[str]) -> dict[str, OpeningRow]: ...
    def find(
        self, table: str, columns: Sequence[str], key: str, values: Iterable[object]
    ) -> Iterator[tuple[Any, ...]]: ...
    def newest_checkpoint(self, at_least: int = 0) -> str | None: ...


class Evidence(Reads, Protocol):
    """Reading as an auditor does: rows as they lie there, whatever an intruder made of them, and never an error for it."""

    def count(self, table: str) -> int: ...
    def stored_rows(self, with_statements: bool) -> Iterator[StoredRow]: ...
    def repeated_statement(self) -> int | None: ...
    def stray_statement(self) -> int | None: ...
    def stored_heads(self) -> Iterator[StoredHead]: ...
    def stored_states(self) -> list[StoredState]: ...
    def stored_checkpoints(self) -> Iterator[StoredCheckpoint]: ...
    def stored_tile(self, level: int, position: int) -> TileRow | None: ...
    def tile_places(self) -> Iterator[tuple[int, int]]: ...
    def stored_opening(self, commit: str) -> OpeningRow | None: ...
    def stored_commits(self) -> Iterator[bytes | None]: ...
    def stored_table(self, table: str, columns: Sequence[str]) -> Iterator[tuple[object, ...]]: ...


class Writes(Reads, Protocol):
    """The writer's transaction. Nothing is durable before `commit` returned; when it raised, nobody knows."""

    def append(
        self,
        rows: Sequence[SealedRow],
        openings: Sequence[OpeningRow],
        tiles: Sequence[TileRow],
        heads: Mapping[str, Head],
        tail: Tail,
    ) -> None: ...
    def put(self, table: str, columns: Sequence[str], key: str | None, rows: Sequence[Sequence[object]]) -> None: ...
    def add_checkpoint(self, size: int, note: str) -> None: ...
    def empty(self, tables: Iterable[str]) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...


class Store(Protocol):
    """One database with one writer."""

    def begin(self) -> Writes: ...
    def reading(self) -> AbstractContextManager[Reads]: ...
    def close(self) -> None: ...
