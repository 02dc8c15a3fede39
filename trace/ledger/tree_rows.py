"""How are roots, proofs and tiles read out of the rows of a log?

Level-0 hashes are the leaves of `entry`; a hash of level n is the root of a full tile of level n-1. Nothing is kept twice.
"""

from .entry import EntryError
from .merkle import EMPTY_ROOT, CompactRange, consistency_path, inclusion_path, node_hash
from .store import Reads
from .tiles import TileId, entry_bundle

TILE_WIDTH = 256
TILE_HEIGHT = 8


class TreeRows:
    """The Merkle tree over the entries of one snapshot (RFC 9162 §2.1)."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def hashes(self, level: int, start: int, end: int) -> list[bytes]:
        """Hashes of one tile level: 256**level leaves under each."""
        if level == 0:
            return self._reads.leaves(start, end)
        return [row.root for row in self._reads.tiles(level - 1, start, end)]

    def subtree(self, level: int, position: int) -> bytes:
        """Root of the complete subtree of 2**level leaves at that position."""
        tile_level, height = divmod(level, TILE_HEIGHT)
        row = self.hashes(tile_level, position << height, (position + 1) << height)
        if len(row) != 1 << height:
            raise EntryError(f"subtree {level}/{position} is not complete in these rows")
        while len(row) > 1:
            row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
        return row[0]

    def compact_range(self, size: int) -> CompactRange:
        """The roots of the perfect subtrees that make up the first `size` leaves, left to right."""
        peaks, start = [], 0
        for level in range(size.bit_length() - 1, -1, -1):
            if size >> level & 1:
                peaks.append(self.subtree(level, start >> level))
                start += 1 << level
        return CompactRange(size, peaks)

    def root(self, size: int) -> bytes:
        return self.compact_range(size).root() if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int) -> list[bytes]:
        return inclusion_path(index, size, self.subtree)

    def consistency(self, size1: int, size2: int) -> list[bytes]:
        return consistency_path(size1, size2, self.subtree)

    def tile(self, tile: TileId, size: int) -> bytes | None:
        """The bytes of a tile of the published tree (C2SP tlog-tiles), or None where it has none of that width."""
        level = 0 if tile.level == "entries" else int(tile.level)
        available = size // TILE_WIDTH**level - tile.index * TILE_WIDTH
        width = tile.width or TILE_WIDTH
        if available < width:
            return None
        start = tile.index * TILE_WIDTH
        if tile.level == "entries":
            return entry_bundle([*self._reads.entries(start, start + width)])
        return b"".join(self.hashes(level, start, start + width))
