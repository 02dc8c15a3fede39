"""What needs an official? The first rooms of the desk: overview, batches that are held, one batch whole, open questions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.aside_view import AsideLine
from api.pages.desk_aside import aside_lines
from api.pages.desk_batch import DeskBatchView, batch_view_of
from api.pages.desk_case_work import CaseLine, case_line, is_for_an_office, open_duties
from api.pages.desk_context import (
    Bar,
    Official,
    WaitingLine,
    bar_of,
    batch_title,
    official_of,
    supervised_batch,
    waiting_lines,
    wanted_of,
)
from api.pages.desk_findings import FlagLine, HoldLine, flag_line, hold_lines
from api.pages.gaps import Gap, gaps_of_region
from api.pages.lists.asked import read_asked
from api.pages.lists.kinds import BATCH_LIST, FLAG_LIST, HELD_LIST
from api.pages.lists.listing import ListTools, list_lines
from api.pages.lists.queries import batch_lines, flag_lines
from api.pages.private import private_page
from api.pages.signing import room_of
from api.query import read_query
from trace.ledger.store import Reads
from trace.queries import list_flags, list_held
from trace.state import Row

Look = Annotated[Caller, allow_page("desk.read")]
SHOWN_FIRST = 5
OWN_SHOWN = 20
"""So many cases of the reader's own stand on the first page; the list has the rest."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch in a list."""

    title: Markup
    href: str
    owner: Markup
    township: Markup
    stage: Markup
    holds: tuple[HoldLine, ...]


@dataclass(frozen=True, slots=True)
class OverviewView:
    """What needs the reader. `region` in words; `mine_count`, `late_count`: of the reader's cases, and of the region's that are
    late; `mine`: cases whose next step the reader may take; `cases`: those that wait for another office."""

    bar: Bar
    region: Markup
    today: str
    waiting: tuple[WaitingLine, ...]
    aside: tuple[AsideLine, ...]
    mine_count: int
    late_count: int
    mine: tuple[CaseLine, ...]
    cases: tuple[CaseLine, ...]
    held: tuple[BatchLine, ...]
    flags: tuple[FlagLine, ...]


@dataclass(frozen=True, slots=True)
class BatchListView:
    """`shown`: held or all."""

    bar: Bar
    shown: str
    batches: tuple[BatchLine, ...]
    tools: ListTools


@dataclass(frozen=True, slots=True)
class FlagsView:
    """`gaps`: registrations that left out what the law asks for, so many as are shown; none where the list was narrowed."""

    bar: Bar
    flags: tuple[FlagLine, ...]
    tools: ListTools
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class OneBatchView:
    bar: Bar
    batch: DeskBatchView


@router.get("/desk/")
async def show_overview(request: Request, caller: Look) -> Response:
    """What needs me: signatures, batches that are held, questions that are open."""
    official = official_of(request, caller)
    wanted, words = await wanted_of(request, official), official.words
    aside = await aside_lines(request, official, SHOWN_FIRST)
    with official.node.reading() as reads:
        held = list_held(reads.connection, official.scope)[:SHOWN_FIRST]
        flags = list_flags(reads.connection, official.scope)[:SHOWN_FIRST]
        cases = open_duties(official, reads)
        work = [one for one in cases if is_for_an_office(one)]
        mine, others = ([one for one in work if one.duty.wants is whose] for whose in (True, False))
        view = OverviewView(
            bar=bar_of(official, reads, "overview", wanted),
            region=words.region(caller.region) if caller.region else words.html("office.everywhere"),
            today=words.day(official.now.isoformat()),
            waiting=waiting_lines(official, reads, wanted),
            aside=aside,
            mine_count=len(mine),
            late_count=sum(one.duty.is_late for one in cases),
            mine=tuple(case_line(official, reads, one) for one in mine[:OWN_SHOWN]),
            cases=tuple(case_line(official, reads, one) for one in others[:SHOWN_FIRST]),
            held=_lines(official, reads, held),
            flags=tuple(flag_line(official, reads, row) for row in flags),
        )
    return private_page(request, "desk/overview.html", view)


@router.get("/desk/batches")
async def show_batches(request: Request, caller: Look) -> Response:
    """Batches that are held, the longest held first; or all of the region, the newest first."""
    official = official_of(request, caller)
    wanted = await wanted_of(request, official)
    shows_all = is_of_all(request)
    asked = read_asked(request, BATCH_LIST if shows_all else HELD_LIST)
    with official.node.reading() as reads:
        found = list_lines(official, reads, batch_lines(official.scope, only_held=not shows_all), asked)
        view = BatchListView(
            bar_of(official, reads, "batches", wanted),
            "all" if shows_all else "held",
            _lines(official, reads, found.rows),
            found.tools,
        )
    return private_page(request, "desk/batches.html", view, kept=asked.query())


def is_of_all(request: Request) -> bool:
    """Whether the address asks for all batches, and not for those that are held."""
    return read_query(request, {"show"}, ignore_unknown=True).get("show") == "all"


@router.get("/desk/batches/{id}")
async def show_batch(id: str, request: Request, caller: Look) -> Response:
    """Everything about one batch: holds, questions, every record, what it was made from and what was made from it."""
    official = official_of(request, caller)
    wanted, waiting = await wanted_of(request, official), await asyncio.to_thread(room_of(request).all_open)
    with official.node.reading() as reads:
        row = supervised_batch(official, reads, id)
        view = OneBatchView(bar_of(official, reads, "batches", wanted), batch_view_of(official, reads, row, waiting))
    return private_page(request, "desk/batch.html", view)


@router.get("/desk/flags")
async def show_flags(request: Request, caller: Look) -> Response:
    """Questions that the rules have put and nobody has answered, oldest first."""
    official = official_of(request, caller)
    wanted = await wanted_of(request, official)
    asked = read_asked(request, FLAG_LIST)
    with official.node.reading() as reads:
        found = list_lines(official, reads, flag_lines(official.scope), asked)
        flags = tuple(flag_line(official, reads, row) for row in found.rows)
        gaps = () if asked.query() else gaps_of_region(official, reads)
        view = FlagsView(bar_of(official, reads, "flags", wanted), flags, found.tools, gaps)
    return private_page(request, "desk/flags.html", view, kept=asked.query())


def _lines(official: Official, reads: Reads, rows: Sequence[Row]) -> tuple[BatchLine, ...]:
    holds = hold_lines(official, reads, [row["id"] for row in rows])
    return tuple(_line(official, reads, row, holds.get(row["id"], ())) for row in rows)


def _line(official: Official, reads: Reads, row: Row, holds: tuple[HoldLine, ...]) -> BatchLine:
    words = official.words
    return BatchLine(
        title=batch_title(row, words),
        href=f"/desk/batches/{row['id']}",
        owner=official.named(reads, row["owner"]),
        township=words.quoted(row["township"]),
        stage=words.word("kind", row["stage"]),
        holds=holds,
    )
