"""Which part of a list does this address ask for, and which address asks for another?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import Request

from api.pages.lists.kinds import ListKind, Sort
from api.pagination import Cursors, cursors_of
from api.query import read_query
from trace.ledger.errors import FieldFault, Invalid

MAX_SEARCH_CHARACTERS = 100
SEARCH = "q"


@dataclass(frozen=True)
class Asked:
    """What is asked of a list. `sort`: the name of its order; `after`: sort value and index of the line before this page."""

    kind: ListKind
    chosen: Mapping[str, str]
    cursors: Cursors
    text: str = ""
    sort: str = ""
    after: tuple[Any, int] | None = None

    @property
    def order(self) -> Sort:
        return self.kind.sorts[self.sort] if self.sort else next(iter(self.kind.sorts.values()))

    @property
    def is_narrowed(self) -> bool:
        return bool(self.chosen or self.text)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """What the address says of this, but for the page."""
        own = ((SEARCH, self.text), *self.chosen.items(), ("sort", self.sort))
        return (*self.kind.kept, *((name, value) for name, value in own if value))

    def query(self) -> str:
        return urlencode(self.pairs())

    def href(self, path: str = "", more: tuple[tuple[str, str], ...] = ()) -> str:
        query = urlencode((*self.pairs(), *more))
        return (path or self.kind.path) + (f"?{query}" if query else "")

    def narrowed(self, name: str, value: str) -> Asked:
        """The same list, with this value of a facet; its first page."""
        return replace(self, chosen={**self.chosen, name: value}, after=None)

    def widened(self, name: str) -> Asked:
        """The same list without this facet, or without its search; its first page."""
        if name == SEARCH:
            return replace(self, text="", after=None)
        return replace(self, chosen={key: one for key, one in self.chosen.items() if key != name}, after=None)

    def sorted_by(self, sort: str) -> Asked:
        first = next(iter(self.kind.sorts))
        return replace(self, sort="" if sort == first else sort, after=None)

    def page_after(self, row: Mapping[str, Any]) -> str:
        """The address of the page behind this line."""
        cursor = self.cursors.make(_list_name(self), row["index"], row[self.order.column])
        return self.href(more=(("cursor", cursor),))


def read_asked(request: Request, kind: ListKind) -> Asked:
    """What the address asks. Raises `Invalid` (bad-sort, bad-cursor); a value that no line has just leaves none."""
    known = {SEARCH, "sort", "cursor", *kind.facets}
    query = read_query(request, known, ignore_unknown=True)
    sort = query.get("sort", "")
    if sort and sort not in kind.sorts:
        raise Invalid("bad-sort", FieldFault("/sort", "bad-sort"))
    cursors = cursors_of(request)
    chosen = {name: query[name] for name in kind.facets if query.get(name)}
    asked = Asked(kind, chosen, cursors, query.get(SEARCH, "").strip()[:MAX_SEARCH_CHARACTERS], sort)
    if "cursor" not in query:
        return asked
    return replace(asked, after=cursors.read_sorted(query["cursor"], _list_name(asked)))


def _list_name(asked: Asked) -> str:
    """A cursor is of one list in one order."""
    return f"desk.{asked.kind.name}.{asked.sort}"
