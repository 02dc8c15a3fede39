"""Which scan pages are rendered already, and how does a new count get into one? Pages in memory, each with a gap.

A festival evening is one page many times: only the line with the count differs from scan to scan. The rest is rendered
and compressed once, and made anew when a chain that it was read from has grown, or a day has passed.
"""

import hashlib
import struct
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date

PAGES_KEPT = 512  # about 40 KB each
GAP = "<!--scans-->"
"""Stands in the rendered page where the count goes. No text of a record can bring it in: there < is escaped."""

_GZIP_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # RFC 1952 §2.3: deflate, no name, no time, unknown system
_LEVEL = 6


@dataclass(frozen=True)
class GappedPage:
    """A page around one gap. Before and behind it the deflated stream is cut by a full flush (RFC 1951 §3.2.4), so that
    the parts need no other's window."""

    head: bytes
    tail: bytes
    digest: str
    _head_deflated: bytes
    _tail_deflated: bytes

    @classmethod
    def of(cls, html: str) -> "GappedPage":
        """ValueError where the page has not exactly one gap."""
        head, tail = (part.encode() for part in html.split(GAP))
        return cls(
            head,
            tail,
            hashlib.sha256(head + b"\0" + tail).hexdigest()[:32],
            _deflated(head, zlib.Z_FULL_FLUSH),
            _deflated(tail, zlib.Z_FINISH),
        )

    def filled(self, line: bytes) -> bytes:
        return self.head + line + self.tail

    def gzipped(self, line: bytes) -> bytes:
        """The filled page as one gzip member (RFC 1952)."""
        whole = self.filled(line)
        body = self._head_deflated + _deflated(line, zlib.Z_FULL_FLUSH) + self._tail_deflated
        return _GZIP_HEADER + body + struct.pack("<II", zlib.crc32(whole), len(whole))


def _deflated(data: bytes, end: int) -> bytes:
    stream = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush(end)


@dataclass(frozen=True)
class _Kept:
    page: GappedPage
    heads: Mapping[str, int]
    day: date


class KeptPages:
    """Pages by what distinguishes them (batch, language, size of text). From any thread; rendering twice is harmless."""

    def __init__(self, limit: int = PAGES_KEPT) -> None:
        self._limit = limit
        self._pages: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def find(
        self, key: Hashable, day: date, heads: Callable[[Mapping[str, int]], Mapping[str, int]]
    ) -> GappedPage | None:
        """The page, if it was made on this day and no chain that it was read from has grown. `heads`: the index at which
        each of these chains ends now."""
        with self._lock:
            kept = self._pages.get(key)
            if kept is not None:
                self._pages.move_to_end(key)
        if kept is None or kept.day != day or heads(kept.heads) != kept.heads:
            return None
        return kept.page

    def keep(self, key: Hashable, day: date, heads: Mapping[str, int], html: str) -> GappedPage:
        """Keep a page that was read when its chains ended at `heads`."""
        page = GappedPage.of(html)
        with self._lock:
            self._pages[key] = _Kept(page, heads, day)
            self._pages.move_to_end(key)
            if len(self._pages) > self._limit:
                self._pages.popitem(last=False)
        return page
