"""How does a statement become the next entry of its chain and of the tree? (pure)

`Edge` is the growing right side of the tree: compact range, the open tile of each level, the newest `received`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from .entry import MAX_ENTRY_BYTES, Entry, Link, body_hash, entry_bytes
from .errors import TooLarge
from .keys import PrivateKey
from .merkle import CompactRange, leaf_hash
from .statement import signed_statement
from .store import Head, SealedRow, Tail, TileRow

TILE_WIDTH = 256


@dataclass(frozen=True)
class Derived:
    """An entry that follows from a claimed one by a rule of the node: `rule` is name@version.

    `source` and `occurred_at` are filled when sealing, because the leaf of the source is known only then. It links to a
    source on another chain, unless one of the two chains is sealed.
    """

    kind: str
    chain: str
    rule: str
    payload: Mapping[str, object]
    is_linked: bool = True


class EdgeMark(NamedTuple):
    """What an edge was. A level only grows, or makes room for a new list when its tile is full, so a length says enough."""

    size: int
    hashes: list[bytes]
    levels: list[tuple[list[bytes], int]]
    received: str
    new_tiles: int


@dataclass
class Edge:
    """The right edge of the log. `open_tiles[n]` holds the hashes of level n that no full tile has yet."""

    range: CompactRange
    open_tiles: list[list[bytes]]
    received: str
    new_tiles: list[TileRow] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.range.size

    def copy(self) -> "Edge":
        grown = CompactRange(self.range.size, list(self.range.hashes))
        return Edge(grown, [list(level) for level in self.open_tiles], self.received, list(self.new_tiles))

    def mark(self) -> EdgeMark:
        levels = [(level, len(level)) for level in self.open_tiles]
        return EdgeMark(self.range.size, list(self.range.hashes), levels, self.received, len(self.new_tiles))

    def undo(self, mark: EdgeMark) -> None:
        """Be again what this edge was at the mark, which is one of its own."""
        self.range = CompactRange(mark.size, mark.hashes)
        for level, length in mark.levels:
            del level[length:]
        self.open_tiles = [level for level, _ in mark.levels]
        self.received = mark.received
        del self.new_tiles[mark.new_tiles :]

    def tail(self) -> Tail:
        return Tail(self.size, b"".join(self.range.hashes), self.received)

    def add_leaf(self, leaf: bytes) -> None:
        position = self.size
        self.range.append(leaf)
        level, hash_up = 0, leaf
        while True:
            if level == len(self.open_tiles):
                self.open_tiles.append([])
            row = self.open_tiles[level]
            row.append(hash_up)
            if len(row) < TILE_WIDTH:
                return
            position //= TILE_WIDTH
            hash_up = root_of_hashes(row)
            self.new_tiles.append(TileRow(level, position, b"".join(row), hash_up))
            self.open_tiles[level] = []
            level += 1


def root_of_hashes(hashes: list[bytes]) -> bytes:
    """The root over hashes that are leaves already (a full tile)."""
    whole = CompactRange(0, [])
    for one in hashes:
        whole.append(one)
    return whole.root()


def time_received(now: datetime, newest: str) -> str:
    """RFC 3339 UTC in milliseconds; never before the newest one of the log."""
    text = now.astimezone(UTC).isoformat(timespec="milliseconds")
    return max(text[: -len("+00:00")] + "Z", newest)


def seal(
    origin: str,
    statement_id: str,
    chain: str,
    statement: bytes,
    salt: bytes,
    links: Iterable[Link],
    head: Head | None,
    edge: Edge,
    received: str,
) -> tuple[Entry, SealedRow]:
    """Make the next entry of `chain` and add its leaf to the edge. Raises `TooLarge` (entry-too-large) before that."""
    entry = Entry(
        origin=origin,
        chain=chain,
        seq=head.seq + 1 if head else 0,
        index=edge.size,
        prev=head.leaf if head else None,
        links=tuple(links),
        received=received,
        body=body_hash(salt, statement),
    )
    data = entry_bytes(entry)
    if len(data) > MAX_ENTRY_BYTES:
        raise TooLarge("entry-too-large")
    leaf = leaf_hash(data)
    edge.add_leaf(leaf)
    edge.received = received
    row = SealedRow(entry.index, chain, entry.seq, entry.prev, leaf, data, statement_id, salt, statement)
    return entry, row


def derived_statement(
    origin: str,
    actor: str,
    derived: Derived,
    source: SealedRow,
    occurred_at: str,
    uid: str,
    key: PrivateKey,
    created: str,
) -> bytes:
    """The node's own statement for a derived entry, citing rule and source; signed by the node key."""
    return signed_statement(
        {
            "id": uid,
            "origin": origin,
            "chain": derived.chain,
            "kind": derived.kind,
            "actor": actor,
            "occurred_at": occurred_at,
            "payload": {
                **derived.payload,
                "rule": derived.rule,
                "source": {"chain": source.chain, "seq": source.seq, "leaf": source.leaf.hex()},
            },
        },
        [key],
        created,
    )
