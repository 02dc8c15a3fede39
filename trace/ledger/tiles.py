"""At which path does a mirror find which hashes or entries? C2SP tlog-tiles v0.1.0. (pure)"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

TILE_WIDTH = 256
TILE_HEIGHT = 8
MAX_LEVEL = 63
_PATH = re.compile(r"tile/(0|[1-9][0-9]?|entries)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)


@dataclass(frozen=True)
class TileId:
    """`width` 0 is a full tile of 256 hashes, else a partial one of 1 to 255."""

    level: int | Literal["entries"]
    index: int
    width: int = 0

    def __post_init__(self) -> None:
        """ValueError for a tile that no tree has."""
        numbers = (self.index, self.width) if self.level == "entries" else (self.level, self.index, self.width)
        if any(type(number) is not int or number < 0 for number in numbers):
            raise ValueError("a tile's level, index and width are counts")
        if (self.level != "entries" and self.level > MAX_LEVEL) or self.width >= TILE_WIDTH:
            raise ValueError("no such tile")


@dataclass(frozen=True)
class LevelWidth:
    """How many full tiles a level has, and how many hashes its partial one (0: none)."""

    level: int
    full: int
    partial: int


def tile_path(tile: TileId) -> str:
    """`tile/<L>/<N>[.p/<W>]`, N in groups of three digits, all but the last prefixed x."""
    digits = f"{tile.index:d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[i : i + 3] for i in range(0, len(digits), 3)]
    name = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
    return f"tile/{tile.level}/{name}" + (f".p/{tile.width}" if tile.width else "")


def parse_tile_path(text: str) -> TileId:
    """Read a path. ValueError for anything that `tile_path` would not write."""
    match = _PATH.fullmatch(text)
    if not match:
        raise ValueError("not a tile path")
    level: int | Literal["entries"] = "entries" if match[1] == "entries" else int(match[1])
    tile = TileId(level, int(match[2].replace("x", "").replace("/", "")), int(match[3] or 0))
    if tile_path(tile) != text:
        raise ValueError("not a tile path")
    return tile


def tile_widths(size: int) -> list[LevelWidth]:
    """The tiles of a tree of `size` leaves; a level without any tile is not listed."""
    levels, level = [], 0
    while size:
        full, partial = divmod(size, TILE_WIDTH)
        levels.append(LevelWidth(level, full, partial))
        level, size = level + 1, full
    return levels


def entry_bundle(entries: Sequence[bytes]) -> bytes:
    """Entries of a tile, each behind its length as u16 big-endian."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def split_entry_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. ValueError where the bytes do not end with an entry."""
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entry = data[at + 2 : at + 2 + length]
        if at + 2 > len(data) or len(entry) != length:
            raise ValueError("an entry bundle ends in the middle of an entry")
        entries.append(entry)
        at += 2 + length
    return entries
