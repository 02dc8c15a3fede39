"""Paths and widths of tiles, and entries in a bundle."""

from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.ledger.tiles import TileId, entry_bundle, parse_tile_path, split_entry_bundle, tile_path, tile_widths


@given(st.integers(0, 63) | st.just("entries"), st.integers(0, 10**12), st.integers(0, 255))
def test_a_path_round_trips(level: int, index: int, width: int) -> None:
    tile = TileId(level, index, width)

    assert parse_tile_path(tile_path(tile)) == tile


@given(st.integers(0, 63), st.integers(0, 10**7), st.data())
def test_one_changed_character_is_another_tile_or_none(level: int, index: int, data: st.DataObject) -> None:
    tile = TileId(level, index)
    path = tile_path(tile)
    at = data.draw(st.integers(0, len(path) - 1))
    changed = path[:at] + data.draw(st.characters(max_codepoint=0x660).filter(lambda c: c != path[at])) + path[at + 1 :]

    with suppress(ValueError):
        assert parse_tile_path(changed) != tile


@pytest.mark.parametrize(
    "path", ["tile/0/٠٠٠", "tile/0/000\n", " tile/0/000", "/tile/0/000", "TILE/0/000", "tile/0/X001/000"]
)
def test_digits_are_ascii_and_nothing_stands_around_a_path(path: str) -> None:
    with pytest.raises(ValueError):
        parse_tile_path(path)


@pytest.mark.parametrize(
    ("level", "index", "width"),
    [(64, 0, 0), (-1, 0, 0), (0, -1, 0), (0, 0, 256), (0, 0, -1), ("data", 0, 0), (True, 0, 0)],
)
def test_there_is_no_such_tile(level: Any, index: int, width: int) -> None:
    with pytest.raises(ValueError):
        TileId(level, index, width)


@given(st.integers(0, 2**40))
def test_the_tiles_of_level_0_hold_every_leaf(size: int) -> None:
    levels = tile_widths(size)

    assert sum(one.full * 256 + one.partial for one in levels[:1]) == size
    assert all(above.full * 256 + above.partial == below.full for below, above in pairwise(levels))


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257])
def test_entries_come_out_as_they_went_in(count: int) -> None:
    entries = [bytes([n % 256]) * n for n in range(count)]

    assert split_entry_bundle(entry_bundle(entries)) == entries


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 60_000, 65_535])
def test_an_entry_of_any_size_is_bundled_behind_two_bytes(size: int) -> None:
    assert entry_bundle([bytes(size)]) == size.to_bytes(2, "big") + bytes(size)


def test_an_entry_over_65535_bytes_does_not_fit() -> None:
    with pytest.raises(OverflowError):
        entry_bundle([bytes(65_536)])


@given(st.lists(st.binary(max_size=5), min_size=1, max_size=5), st.integers(1, 3))
def test_a_bundle_that_ends_within_an_entry_is_refused(entries: list[bytes], missing: int) -> None:
    cut = entry_bundle([*entries, b"abc"])[:-missing]

    with pytest.raises(ValueError):
        split_entry_bundle(cut)
