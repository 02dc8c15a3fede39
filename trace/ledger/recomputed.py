"""Do the rows that can be computed from the entries say what the entries say? Tiles, checkpoints, heads, the log's end.

Fed entry by entry, so that a log of any length is audited in the memory of its chains. Faults are collected, not raised:
a bad tile is seen at its last entry, and an auditor names the first.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .entry import Entry
from .keys import Vkey
from .merkle import CompactRange
from .notes import open_checkpoint
from .sealing import TILE_WIDTH, Edge
from .store import Evidence, Head, StoredCheckpoint, StoredHead, StoredState

_LEVELS = range(8)
"""Levels that a log of fewer than 2**64 entries can have; a row may state any number."""


@dataclass(frozen=True, order=True)
class Fault:
    """The entry at `index` is the first that this fault touches. `check`: one of audit.CHECKS."""

    index: int
    check: str
    detail: str


class Recomputed:
    """Everything that the evidence tables repeat, computed again. `heads` and `received` are those of what was fed in."""

    def __init__(self, reads: Evidence, origin: str, vkeys: Iterable[Vkey]) -> None:
        self._reads, self._origin, self._vkeys = reads, origin, tuple(vkeys)
        self._edge = Edge(CompactRange(0, []), [], "")
        self._checkpoints = reads.stored_checkpoints()
        self._next = next(self._checkpoints, None)
        self._tiles = 0
        self.heads: dict[str, Head] = {}
        self.faults: list[Fault] = []
        self._check_checkpoints()

    @property
    def size(self) -> int:
        return self._edge.size

    @property
    def received(self) -> str:
        return self._edge.received

    def add(self, entry: Entry, leaf: bytes) -> None:
        """The next entry, which fits its chain; the leaf hash as computed from its bytes."""
        self.heads[entry.chain] = Head(entry.chain, entry.seq, entry.index, leaf)
        self._edge.add_leaf(leaf)
        self._edge.received = entry.received
        if self._edge.new_tiles:
            self._check_tiles()
        if self._next is not None and self._next.size <= self.size:
            self._check_checkpoints()

    def finish(self) -> bool:
        """Every entry was fed in: what is left over, and what speaks of the end.

        False where entries are missing there: the first of them is the bad one, and whatever rests on it is no news.
        """
        while self._next is not None:
            self._check_checkpoint(self._next)
            self._next = next(self._checkpoints, None)
        self._check_states(self._reads.stored_states())
        if any(fault.index >= self.size for fault in self.faults):
            return False
        self._check_tile_places()
        self._check_heads()
        return True

    def _fault(self, index: int, check: str, detail: str) -> None:
        self.faults.append(Fault(max(index, 0), check, detail))

    def _check_tiles(self) -> None:
        for tile in self._edge.new_tiles:
            self._tiles += 1
            if self._reads.stored_tile(tile.level, tile.position) != tile:
                self._fault(_first_leaf(tile.level, tile.position), "tile", f"tile {tile.level}/{tile.position}")
        self._edge.new_tiles.clear()

    def _check_checkpoints(self) -> None:
        """Those at this size; and, before the first entry, those at sizes that no checkpoint has."""
        while self._next is not None and self._next.size <= self.size:
            self._check_checkpoint(self._next)
            self._next = next(self._checkpoints, None)

    def _check_checkpoint(self, row: StoredCheckpoint) -> None:
        """The size in a note that its key signed is believed before the column beside it."""
        try:
            signed = open_checkpoint((row.note or b"").decode(), self._vkeys)
        except ValueError:
            self._fault(min(row.size, self._end()) - 1, "checkpoint", f"not signed by the log key, at size {row.size}")
            return
        if signed.origin != self._origin:
            self._fault(row.size - 1, "checkpoint", f"of another log: {signed.origin}")
        elif signed.size != row.size:
            self._fault(min(signed.size, self._end()) - 1, "checkpoint", f"of size {signed.size}, filed as {row.size}")
        elif signed.size > self.size:
            self._fault(self.size, "checkpoint", f"{signed.size} entries were signed, {self.size} are here")
        elif signed.root != self._edge.range.root():
            self._fault(row.size - 1, "checkpoint", f"another root at size {row.size}")

    def _end(self) -> int:
        return max(self.size, self._reads.count("entry"))

    def _check_tile_places(self) -> None:
        if self._reads.count("tile") == self._tiles:
            return
        for level, position in self._reads.tile_places():
            first = _first_leaf(level, position) if level in _LEVELS and position >= 0 else self.size
            if first == self.size or _first_leaf(level, position + 1) > self.size:
                self._fault(min(first, self.size - 1), "tile", f"there is no full tile {level}/{position}")

    def _check_heads(self) -> None:
        missing = dict(self.heads)
        for row in self._reads.stored_heads():
            chain = (row.chain or b"").decode(errors="replace")
            head = missing.pop(chain, None)
            if head is None:
                self._fault(self.size - 1, "head", "the head of a chain that has no entry")
            elif row != StoredHead(chain.encode(), head.seq, head.index, head.leaf):
                self._fault(head.index, "head", f"the head of chain {chain}")
        for head in missing.values():
            self._fault(head.index, "head", f"no head of chain {head.chain}")

    def _check_states(self, rows: list[StoredState]) -> None:
        """One row says where the log ends. More entries than there are: the first that is missing is the bad one."""
        frontier = b"".join(self._edge.range.hashes)
        right = [StoredState(1, self.size, frontier, self.received.encode())] if self.size else []
        if rows == right:
            return
        stated = rows[0].size if rows and rows[0].size is not None else 0
        index = self.size if stated > self.size else self.size - 1
        self._fault(index, "state", f"the end of the log is at {self.size} entries")


def _first_leaf(level: int, position: int) -> int:
    """The index of the first entry under a tile."""
    return position * int(TILE_WIDTH ** (level + 1))
