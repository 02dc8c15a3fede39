"""What stands around a long list: search, facets with counts, orders, what narrows it now, and what to do when it is empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from api.pages.desk_context import Official
from api.pages.forms.views import Link
from api.pages.lists.asked import SEARCH, Asked
from api.pages.lists.kinds import VALUE_WORDS
from api.pages.lists.queries import Cut, Lines, count_lines, facet_counts, lines_page
from api.pages.lists.search import found_by
from api.pages.scan_words import Words
from trace.ledger.store import Reads
from trace.state import Row

A_PAGE = 50
FEW = 6
"""So many values of a facet are shown at once; more wait folded."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet: how many lines have it, and the list that it leads to."""

    text: Markup
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    title: Markup
    values: tuple[FacetValue, ...]
    is_folded: bool

    @property
    def can_narrow(self) -> bool:
        """Not where every line has the same value, unless that was chosen and can be dropped again."""
        return len(self.values) > 1 or any(one.is_chosen for one in self.values)


@dataclass(frozen=True, slots=True)
class SortLink:
    link: Link
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ListTools:
    """The tools of a list. `hidden`: what its search form keeps; `narrowed`: what narrows it, each with the list without;
    `rest`: of a list that is empty, each filter without which there are lines, and how many."""

    action: str
    text: str
    hidden: tuple[tuple[str, str], ...]
    total: int
    facets: tuple[Facet, ...]
    sorts: tuple[SortLink, ...]
    narrowed: tuple[Link, ...]
    rest: tuple[tuple[Link, int], ...]
    all_href: str
    is_narrowed: bool
    more: str
    first: str
    csv: str


@dataclass(frozen=True)
class Listed:
    """The lines of a page, and the tools around them."""

    rows: Sequence[Row]
    tools: ListTools


def list_lines(official: Official, reads: Reads, lines: Lines, asked: Asked) -> Listed:
    """One page of a list."""
    words, connection = official.words, reads.connection
    cut = _cut(official, reads, lines, asked)
    order = asked.order
    rows = lines_page(connection, lines, cut, order.column, down=order.down, after=asked.after, limit=A_PAGE + 1)
    shown = rows[:A_PAGE]
    total = count_lines(connection, lines, cut)
    facets = [_facet(name, reads, lines, cut, asked, words) for name in asked.kind.facets]
    tools = ListTools(
        action=asked.kind.path,
        text=asked.text,
        hidden=tuple(pair for pair in asked.pairs() if pair[0] != SEARCH),
        total=total,
        facets=tuple(one for one in facets if one.can_narrow),
        sorts=tuple(_sorts(asked, words)),
        narrowed=tuple(Link(asked.widened(name).href(), text) for name, text in _filters(asked, words)),
        rest=() if total else tuple(_rest(reads, lines, cut, asked, words)),
        all_href=replace(asked, chosen={}, text="", after=None).href(),
        is_narrowed=asked.is_narrowed,
        more=asked.page_after(shown[-1]) if len(rows) > A_PAGE else "",
        first=asked.href() if asked.after else "",
        csv=asked.href(f"{asked.kind.path}.csv"),
    )
    return Listed(shown, tools)


def all_lines(official: Official, reads: Reads, lines: Lines, asked: Asked, at_once: int) -> Iterator[list[Row]]:
    """Every line of a list in its order, some at once."""
    cut, order = _cut(official, reads, lines, asked), asked.order
    after = None
    while True:
        rows = lines_page(reads.connection, lines, cut, order.column, down=order.down, after=after, limit=at_once)
        if rows:
            yield rows
        if len(rows) < at_once:
            return
        after = (rows[-1][order.column], rows[-1]["index"])


def _cut(official: Official, reads: Reads, lines: Lines, asked: Asked) -> Cut:
    return Cut(asked.chosen, found_by(official, reads, asked.kind, lines, asked.text))


def _facet(name: str, reads: Reads, lines: Lines, cut: Cut, asked: Asked, words: Words) -> Facet:
    """Every value that is there, and the one that was chosen although it is not."""
    counts = facet_counts(reads.connection, lines, name, cut)
    chosen = asked.chosen.get(name)
    if chosen is not None:
        counts.setdefault(chosen, 0)
    values = tuple(
        FacetValue(
            VALUE_WORDS[name](words, value),
            count,
            (asked.widened(name) if value == chosen else asked.narrowed(name, value)).href(),
            value == chosen,
        )
        for value, count in counts.items()
    )
    return Facet(words.html(f"list.facet.{name}"), values, len(values) > FEW and chosen is None)


def _sorts(asked: Asked, words: Words) -> Iterator[SortLink]:
    present = asked.sort or next(iter(asked.kind.sorts))
    for name in asked.kind.sorts:
        link = Link(asked.sorted_by(name).href(), words.html(f"list.sort.{name}"))
        yield SortLink(link, name == present)


def _filters(asked: Asked, words: Words) -> Iterator[tuple[str, Markup]]:
    """What narrows the list, by the name that takes it away."""
    if asked.text:
        yield SEARCH, words.html("list.filter", name=words.html("list.search"), value=words.quoted(asked.text))
    for name, value in asked.chosen.items():
        told = VALUE_WORDS[name](words, value)
        yield name, words.html("list.filter", name=words.html(f"list.facet.{name}"), value=told)


def _rest(reads: Reads, lines: Lines, cut: Cut, asked: Asked, words: Words) -> Iterator[tuple[Link, int]]:
    """Which single filter has removed all: without it there would be so many."""
    for name, text in _filters(asked, words):
        count = count_lines(reads.connection, lines, cut.without(name))
        if count:
            yield Link(asked.widened(name).href(), text), count
