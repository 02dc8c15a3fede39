"""A page with one gap: the same bytes as if it were rendered and compressed whole; made anew when what it tells has grown."""

import gzip
import zlib
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.kept_pages import GAP, GappedPage, KeptPages

TODAY, TOMORROW = date(2026, 9, 10), date(2026, 9, 11)
HTML = f"<p>白芍</p>{GAP}<p>完</p>"


@given(head=st.text(), line=st.text(), tail=st.text())
def test_the_gzip_member_holds_the_filled_page(head: str, line: str, tail: str) -> None:
    page = GappedPage.of(head.replace("<", "&lt;") + GAP + tail.replace("<", "&lt;"))
    whole = (head.replace("<", "&lt;") + line + tail.replace("<", "&lt;")).encode()

    zipped = page.gzipped(line.encode())
    reader = zlib.decompressobj(wbits=31)  # one gzip member, its checksum and length compared

    assert page.filled(line.encode()) == whole
    assert reader.decompress(zipped) == whole
    assert (reader.eof, reader.unused_data) == (True, b"")
    assert gzip.decompress(zipped) == whole


@pytest.mark.parametrize("html", ["<p>no gap</p>", GAP + GAP])
def test_a_page_has_exactly_one_gap(html: str) -> None:
    with pytest.raises(ValueError, match="unpack"):
        GappedPage.of(html)


def test_a_page_is_found_while_its_chains_and_the_day_stand_still() -> None:
    pages = KeptPages()
    pages.keep("a", TODAY, {"batch": 7, "party": 2}, HTML)
    asked: list[Mapping[str, int]] = []

    def still(chains: Mapping[str, int]) -> Mapping[str, int]:
        asked.append(chains)
        return {"batch": 7, "party": 2}

    found = pages.find("a", TODAY, still)
    assert found is not None
    assert found.filled(b"1") == "<p>白芍</p>1<p>完</p>".encode()
    assert asked == [{"batch": 7, "party": 2}]
    assert pages.find("b", TODAY, still) is None
    assert pages.find("a", TOMORROW, still) is None
    assert pages.find("a", TODAY, lambda _: {"batch": 8, "party": 2}) is None


def test_the_page_that_was_asked_for_longest_ago_makes_room() -> None:
    pages = KeptPages(limit=2)
    for key in ("a", "b"):
        pages.keep(key, TODAY, {}, HTML)
    pages.find("a", TODAY, lambda heads: heads)
    pages.keep("c", TODAY, {}, HTML)

    assert [pages.find(key, TODAY, lambda heads: heads) is not None for key in ("a", "b", "c")] == [True, False, True]
