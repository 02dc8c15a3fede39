"""When may a root be signed, and what must still be true of it? Compute twice, swap the guard, then publish.

The publisher reads the committed bytes back and hashes them as an auditor does (one flipped bit ended a public log in
2022), and signs only sizes that this process committed itself, or that it found consistent with the guard at its start.
"""

import time
from dataclasses import dataclass

from .guard import Guard
from .keys import PrivateKey, parse_vkey
from .merkle import EMPTY_ROOT, CompactRange, leaf_hash
from .notes import Checkpoint, checkpoint_text, open_checkpoint, sign_note
from .sealing import TILE_WIDTH, Edge
from .store import Reads, Store
from .tree_rows import TreeRows


class NotOneLog(Exception):
    """The bytes read back hash to another root than the one that was sealed."""


@dataclass(frozen=True)
class Published:
    """The newest signed checkpoint that readers are shown."""

    size: int
    root: bytes
    note: str


class Publisher:
    """Signs checkpoints of one store. Construct it with `start_up`, which looks at database and guard first."""

    def __init__(self, store: Store, guard: Guard, origin: str, log_key: PrivateKey, vkey: str) -> None:
        self._store, self._guard, self._origin, self._key, self._vkey = store, guard, origin, log_key, vkey
        self.published = Published(0, EMPTY_ROOT, "")
        self.read_only: str | None = None
        self.missing: tuple[int, int] | None = None
        self._read_back = CompactRange(0, [])
        self._own_size = 0
        self._published_at = 0.0
        with store.reading() as reads:
            self.edge = _edge(reads)
            self._start_up(reads)

    def _start_up(self, reads: Reads) -> None:
        """Database ahead of the guard and consistent: go on. Behind or inconsistent: read-only, and say which entries."""
        note, size = self._guard.read(), self.edge.size
        rows = TreeRows(reads)
        if note is None:
            # A kill between the first COMMIT and the first signature leaves rows and no guard: nothing was promised yet.
            if reads.newest_checkpoint():
                self.read_only = "guard-missing"
            self._own_size = size
            return
        signed = open_checkpoint(note, [parse_vkey(self._vkey)])
        self.published = Published(signed.size, signed.root, note)
        if signed.size > size:
            self.read_only, self.missing = "behind-guard", (size, signed.size)
        elif rows.root(signed.size) != signed.root or rows.root(size) != self.edge.range.root():
            self.read_only = "inconsistent-with-guard"
        else:
            self._read_back = rows.compact_range(signed.size)
            self._own_size = size

    def committed(self, size: int) -> None:
        """A clean COMMIT of this process covers the first `size` entries."""
        self._own_size = size

    def is_due(self, seconds: float) -> bool:
        return self._own_size > self.published.size and time.monotonic() - self._published_at >= seconds

    def seconds_until_due(self, seconds: float) -> float | None:
        """How long the writer may sleep, None for as long as nothing arrives."""
        if self._own_size <= self.published.size or self.read_only:
            return None
        return max(0.0, self._published_at + seconds - time.monotonic())

    def publish(self, edge: Edge) -> None:
        """Sign and publish the committed size. Raises `NotOneLog`, `GuardMoved`, or what COMMIT raises."""
        size = edge.size
        if size == self.published.size:
            return
        grown = CompactRange(self._read_back.size, list(self._read_back.hashes))
        with self._store.reading() as reads:
            for entry in reads.entries(grown.size, size):
                grown.append(leaf_hash(entry))
        if grown.size != size or grown.root() != edge.range.root():
            raise NotOneLog(f"at size {size}")
        note = sign_note(checkpoint_text(Checkpoint(self._origin, size, grown.root())), self._origin, self._key)
        self._guard.swap(self.published.note or None, note)
        # From here the guard is ahead of the table: a crash now costs nothing, the next start publishes again.
        writes = self._store.begin()
        writes.add_checkpoint(size, note)
        writes.commit()
        self._read_back = grown
        self.published = Published(size, grown.root(), note)
        self._published_at = time.monotonic()


def _edge(reads: Reads) -> Edge:
    tail = reads.tail()
    if tail is None:
        return Edge(CompactRange(0, []), [], "")
    peaks = [tail.frontier[i : i + 32] for i in range(0, len(tail.frontier), 32)]
    rows, open_tiles, level, width = TreeRows(reads), [], 0, tail.size
    while width:
        full = width // TILE_WIDTH
        open_tiles.append(rows.hashes(level, full * TILE_WIDTH, width))
        level, width = level + 1, full
    return Edge(CompactRange(tail.size, peaks), open_tiles, tail.received)
