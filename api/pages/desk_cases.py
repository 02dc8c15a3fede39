"""Which cases has the region, and where does each stand? The list, one case whole, and what waits of them on the first page."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.documents import prepared_for
from api.pages.desk_case_view import CaseView, case_view_of
from api.pages.desk_case_words import procedure_words, state_words
from api.pages.desk_case_work import CaseLine, case_line, days_left, duties, next_words, waits_of
from api.pages.desk_context import Bar, Official, bar_of, official_of, wanted_of
from api.pages.documents import store_of
from api.pages.lists.asked import read_asked
from api.pages.lists.csv_file import csv_answer
from api.pages.lists.kinds import CASE_LIST
from api.pages.lists.listing import ListTools, all_lines, list_lines
from api.pages.lists.queries import case_lines
from api.pages.private import private_page
from api.pages.signing import room_of
from credit.duties import WaitsFor
from credit.queries import find_case
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.state import Row

Look = Annotated[Caller, allow_page("cases.read")]
AT_ONCE = 500
COLUMNS = ("procedure", "subject", "state", "next_step", "due", "late", "days_left", "mine", "region", "case")

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class CasesView:
    bar: Bar
    cases: tuple[CaseLine, ...]
    tools: ListTools


@dataclass(frozen=True, slots=True)
class OneCaseView:
    bar: Bar
    case: CaseView


@router.get("/desk/cases")
async def show_cases(request: Request, caller: Look) -> Response:
    """The cases of the region: late ones first, then by the last day, then those that wait for nothing."""
    official = official_of(request, caller)
    wanted = await wanted_of(request, official)
    asked = read_asked(request, CASE_LIST)
    with official.node.reading() as reads:
        lines = case_lines(official.scope, waits_of(official, reads))
        found = list_lines(official, reads, lines, asked)
        cases = tuple(case_line(official, reads, one) for one in duties(official, reads, found.rows))
        view = CasesView(bar_of(official, reads, "cases", wanted), cases, found.tools)
    return private_page(request, "desk/cases.html", view, kept=asked.query())


@router.get("/desk/cases.csv")
async def take_cases(request: Request, caller: Look) -> Response:
    """The same lines as a file."""
    official = official_of(request, caller)
    asked, words = read_asked(request, CASE_LIST), official.words
    with official.node.reading() as reads:
        lines = case_lines(official.scope, waits_of(official, reads))
        pages = all_lines(official, reads, lines, asked, AT_ONCE)
        rows = [row for page in pages for row in _cells(official, reads, page)]
    return csv_answer(CASE_LIST.name, official.now.date(), [words.say(f"list.column.{one}") for one in COLUMNS], rows)


def _cells(official: Official, reads: Reads, rows: Sequence[Row]) -> Iterator[Sequence[object]]:
    words = official.words
    for one in duties(official, reads, rows):
        due = one.duty.due if one.duty.waits_for is not WaitsFor.NOBODY else None
        yield (
            procedure_words(one.row["procedure"], words),
            official.named(reads, one.row["subject"]),
            state_words(one.state, words),
            next_words(official, one.duty),
            due.last_day.isoformat() if due else "",
            words.html(f"list.late.{'yes' if one.duty.is_late else 'no'}"),
            days_left(due, official.now) if due else "",
            words.html(f"list.mine.{'yes' if one.duty.wants else 'no'}"),
            words.region(one.row["region"]),
            one.row["id"],
        )


@router.get("/desk/cases/{id}")
async def show_case(id: str, request: Request, caller: Look) -> Response:
    """One case: what it is about, what happened, and what can lawfully come next."""
    official = official_of(request, caller)
    wanted, waiting = await wanted_of(request, official), await asyncio.to_thread(room_of(request).all_open)
    papers = await asyncio.to_thread(prepared_for, store_of(request), id)
    with official.node.reading() as reads:
        row = supervised_case(official, reads, id)
        view = OneCaseView(
            bar_of(official, reads, "cases", wanted), case_view_of(official, reads, row, papers, waiting)
        )
    return private_page(request, "desk/case.html", view)


def supervised_case(official: Official, reads: Reads, id: str, action: str = "cases.read") -> Row:
    """A case within the office's reach. Raises `NotFound` for another office's as for one that nobody opened."""
    row = find_case(reads.connection, id)
    if row is None or not official.may(action, [row["region"]]):
        raise NotFound("not-found")
    return row
