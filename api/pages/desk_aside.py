"""What came under keys that parties of the region had ended? Officials look at it here, and vouch for it or dismiss it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.aside import Aside
from api.aside.db import AsideStore
from api.aside.keeping import note_logged
from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.form_body import read_form
from api.pages.aside_view import SHOWN, AsideLine, AsideView, aside_line, aside_view
from api.pages.desk_context import Bar, Official, bar_of, batch_title, official_of, wanted_of
from api.pages.desk_words import choices_of_statement
from api.pages.forms.choices import Choices
from api.pages.forms.task import refusal_lines
from api.pages.forms.views import Link
from api.pages.own_aside import aside_of, settled
from api.pages.private import private_page
from api.problems import status_of
from trace.ledger.errors import DomainError, NotFound
from trace.ledger.store import Reads
from trace.queries import find_batch

ROOM = "/desk/aside"

Vouch = Annotated[Caller, allow_page("desk.vouch")]

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class AsideRoomView:
    """`lines`: the oldest; `has_more`: others come up once these are settled."""

    bar: Bar
    lines: tuple[AsideLine, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class OneAsideView:
    bar: Bar
    one: AsideView


@router.get(ROOM)
async def show_asides(request: Request, caller: Vouch) -> Response:
    """Those of parties in the region, oldest first."""
    official = official_of(request, caller)
    wanted = await wanted_of(request, official)
    lines = await aside_lines(request, official, SHOWN + 1)
    with official.node.reading() as reads:
        bar = bar_of(official, reads, "waiting", wanted)
    return private_page(request, "desk/asides.html", AsideRoomView(bar, lines[:SHOWN], len(lines) > SHOWN))


@router.get(f"{ROOM}/{{id}}")
async def show_aside(id: str, request: Request, caller: Vouch) -> Response:
    """What it says, when its key ended, and what can be done."""
    official = official_of(request, caller)
    one = await _find(official, aside_of(request), id)
    return await _page(request, official, one)


@router.post(f"{ROOM}/{{id}}")
async def settle_aside(id: str, request: Request, caller: Vouch) -> Response:
    """Vouch for it or dismiss it; where the log refuses, the page says why, and it goes on waiting."""
    form = await read_form(request)
    official, store = official_of(request, caller), aside_of(request)
    one = await _find(official, store, id)
    try:
        await settled(request, store, one, caller.account, form)
    except DomainError as refusal:
        return await _page(request, official, one, refusal)
    return RedirectResponse(address_of(one), 303, {"Cache-Control": "no-store"})


def address_of(one: Aside) -> str:
    return f"{ROOM}/{one.id.removeprefix('urn:uuid:')}"


async def aside_lines(request: Request, official: Official, most: int) -> tuple[AsideLine, ...]:
    """So many of those that the office may vouch for, oldest first; none for who only looks on."""
    if official.only_looks:
        return ()
    store = aside_of(request)
    await asyncio.to_thread(note_logged, official.node, store)
    found = await asyncio.to_thread(store.waiting_in, official.scope, most)
    if not found:
        return ()
    with official.node.reading() as reads:
        return tuple(_line(official, reads, one) for one in found)


def _line(official: Official, reads: Reads, one: Aside) -> AsideLine:
    words = official.words
    subject = words.clauses([_goods(official, reads, one), official.named(reads, one.party)])
    return aside_line(one, address_of(one), subject, words)


async def _find(official: Official, store: AsideStore, id: str) -> Aside:
    """Raises `NotFound` for one of another region as for one that nobody sent."""
    await asyncio.to_thread(note_logged, official.node, store)
    one = await asyncio.to_thread(store.find, f"urn:uuid:{id}")
    if one is None or not official.may("desk.vouch", [one.region]):
        raise NotFound("not-found")
    return one


async def _page(request: Request, official: Official, one: Aside, refusal: DomainError | None = None) -> Response:
    words, wanted = official.words, await wanted_of(request, official)
    with official.node.reading() as reads:
        found = aside_view(
            reads,
            one,
            choices_of_statement(reads, one, words) if one.statement else Choices(region=""),
            words,
            back=Link(ROOM, words.html("aside.title")),
            action=address_of(one),
            subject=_goods(official, reads, one),
            who=official.named(reads, one.party),
            opens=False,
            said=refusal_lines(refusal, words) if refusal else (),
        )
        view = OneAsideView(bar_of(official, reads, "waiting", wanted), found)
    return private_page(request, "desk/aside.html", view, status=status_of(refusal) if refusal else 200)


def _goods(official: Official, reads: Reads, one: Aside) -> Markup | None:
    """The batch by goods and code; None for a place, and for a batch that is to be opened."""
    row = find_batch(reads.connection, one.chain)
    return batch_title(row, official.words) if row else None
