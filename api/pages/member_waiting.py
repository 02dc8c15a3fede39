"""What became of a correction that needs a second signature? It waits for an official's, and its party follows it here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.form_body import read_form
from api.pages.correction_words import correction_answers
from api.pages.desk_words import person
from api.pages.forms.answers import Answer
from api.pages.forms.views import Link
from api.pages.member_context import Member, batch_label, choices_of, member_of, own_or_earlier, own_places
from api.pages.private import private_page, spoken_day_time
from api.pages.signing import room_of, state_of
from api.waiting import LOGGED, WITHDRAWN, Waiting
from api.waiting.db import WaitingRoom
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.queries import find_batch, find_key_owners

OVER = (LOGGED, WITHDRAWN)
"""Ends of which nobody has to be reminded: the history says the one, the party did the other."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A correction that is not in the log. `state`: open, lapsed, refused; `until`: when it lapses, or lapsed."""

    href: str
    title: Markup
    state: str
    until: str


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """`state`: open, logged, lapsed, withdrawn, or refused with `refusal`; `record_href`: the record that it corrects."""

    title: Markup
    back: Link
    action: str
    state: str
    refusal: str
    index: int | None
    until: str
    signed: tuple[Markup, ...]
    answers: tuple[Answer, ...]


@router.get("/m/waiting/{id}")
async def show_waiting(id: str, request: Request, caller: Annotated[Caller, allow_page("own.read")]) -> Response:
    """Where the correction stands, until when it can be signed, and what exactly waits."""
    member, room = member_of(request, caller), room_of(request)
    one = await _find(member, room, id)
    with member.node.reading() as reads:
        row = own_or_earlier(member, reads, one.fields["chain"])
        words, label = member.words, batch_label(member, row, own_places(member, reads))
        choices = choices_of(member, reads, row, reads.chain_rows(row["id"]))
        signed = find_key_owners(reads.connection, one.signers)
        view = WaitingPage(
            title=words.html("lineage.waiting_title"),
            back=Link(f"/m/batches/{row['id']}", label),
            action=address_of(one),
            state=state_of(room, one),
            refusal=one.ended or "",
            index=one.index,
            until=spoken_day_time(one.lapses_at, words),
            signed=tuple(person(reads, party, words) for party in signed),
            answers=member.shelf.answers(reads, correction_answers(reads, one, choices, words, opens=True), words),
        )
    return private_page(request, "m/waiting.html", view)


@router.post("/m/waiting/{id}")
async def withdraw(id: str, request: Request, caller: Annotated[Caller, allow_page("own.record")]) -> Response:
    """Take it back, as long as nobody has signed it; what is in the log stays there."""
    await read_form(request)
    member, room = member_of(request, caller), room_of(request)
    one = await _find(member, room, id)
    await asyncio.to_thread(room.end, one.id, WITHDRAWN)
    answer = RedirectResponse(address_of(one), 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def address_of(one: Waiting) -> str:
    """The page of a party's statement that waits."""
    return f"/m/waiting/{one.id.removeprefix('urn:uuid:')}"


async def corrections_of(member: Member, room: WaitingRoom) -> list[Waiting]:
    """The party's corrections that waited or wait, newest first."""
    asked = await asyncio.to_thread(room.asked_by, member.id)
    return [one for one in asked if one.kind.name == "correction"]


def waiting_lines(
    member: Member, reads: Reads, room: WaitingRoom, corrections: list[Waiting], batch: str | None = None
) -> tuple[WaitingLine, ...]:
    """Those that the party has still to know of; with `batch` those of one batch."""
    found = []
    for one in corrections:
        row = find_batch(reads.connection, one.fields["chain"])
        state = state_of(room, one)
        if row is None or state in OVER or batch not in (None, row["id"]):
            continue
        label = batch_label(member, row, own_places(member, reads))
        found.append(WaitingLine(address_of(one), label, state, spoken_day_time(one.lapses_at, member.words)))
    return tuple(found)


async def _find(member: Member, room: WaitingRoom, id: str) -> Waiting:
    """Raises `NotFound` for what another party asked for as for what nobody did."""
    one = await asyncio.to_thread(room.find, f"urn:uuid:{id}")
    if one is None or one.asked_by != member.id or one.kind.name != "correction":
        raise NotFound("not-found")
    return one
