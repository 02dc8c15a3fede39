"""What became of a correction that needs a second signature? It waits for an official's, and its party follows it.

The same in every shell: where its pages are is the shell's own, and what it calls a batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fastapi import Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.form_body import read_form
from api.pages.correction_words import correction_answers
from api.pages.desk_words import person
from api.pages.forms.answers import Answer
from api.pages.forms.choices import Choices
from api.pages.forms.views import Link
from api.pages.member_context import Member
from api.pages.private import spoken_day_time
from api.pages.signing import room_of, state_of
from api.waiting import LOGGED, WITHDRAWN, Waiting
from api.waiting.db import WaitingRoom
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.queries import find_batch, find_key_owners
from trace.state import Row

OVER = (LOGGED, WITHDRAWN)
"""Ends of which nobody has to be reminded: the history says the one, the party did the other."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """Where a shell has the forms of corrections, its records, and what waits for a signature."""

    correct: str
    records: str
    waiting: str

    def waits_at(self, one: Waiting) -> str:
        """The page of a party's statement that waits."""
        return f"{self.waiting}/{one.id.removeprefix('urn:uuid:')}"


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A correction that is not in the log. `state`: open, lapsed, refused; `until`: when it lapses, or lapsed."""

    href: str
    title: Markup
    state: str
    until: str


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """`state`: open, logged, lapsed, withdrawn, or refused with `refusal`; `record_href`: the correction, once it is logged."""

    title: Markup
    back: Link
    action: str
    state: str
    refusal: str
    index: int | None
    record_href: str
    until: str
    signed: tuple[Markup, ...]
    answers: tuple[Answer, ...]


async def corrections_of(member: Member, room: WaitingRoom) -> list[Waiting]:
    """The party's corrections that waited or wait, newest first."""
    asked = await asyncio.to_thread(room.asked_by, member.id)
    return [one for one in asked if one.kind.name == "correction"]


async def find_correction(member: Member, room: WaitingRoom, id: str) -> Waiting:
    """Raises `NotFound` for what another party asked for as for what nobody did."""
    one = await asyncio.to_thread(room.find, f"urn:uuid:{id}")
    if one is None or one.asked_by != member.id or one.kind.name != "correction":
        raise NotFound("not-found")
    return one


async def take_back(request: Request, member: Member, rooms: Rooms, id: str) -> Response:
    """Withdraw it, as long as nobody has signed it; what is in the log stays there."""
    await read_form(request)
    room = room_of(request)
    one = await find_correction(member, room, id)
    await asyncio.to_thread(room.end, one.id, WITHDRAWN)
    return RedirectResponse(rooms.waits_at(one), 303, {"Cache-Control": "no-store"})


def waiting_page(
    member: Member, reads: Reads, room: WaitingRoom, rooms: Rooms, one: Waiting, back: Link, choices: Choices
) -> WaitingPage:
    """Where the correction stands, until when it can be signed, and what exactly waits."""
    words = member.words
    signed = find_key_owners(reads.connection, one.signers)
    return WaitingPage(
        title=words.html("lineage.waiting_title"),
        back=back,
        action=rooms.waits_at(one),
        state=state_of(room, one),
        refusal=one.ended or "",
        index=one.index,
        record_href=f"{rooms.records}/{one.index}",
        until=spoken_day_time(one.lapses_at, words),
        signed=tuple(person(reads, party, words) for party in signed),
        answers=member.shelf.answers(reads, correction_answers(reads, one, choices, words, opens=True), words),
    )


def lines_of(
    member: Member,
    reads: Reads,
    room: WaitingRoom,
    rooms: Rooms,
    corrections: Iterable[Waiting],
    called: Callable[[Row], Markup],
) -> tuple[WaitingLine, ...]:
    """Those that the party has still to know of. `called`: the name of a batch."""
    found = []
    for one in corrections:
        row, state = find_batch(reads.connection, one.fields["chain"]), state_of(room, one)
        if row is not None and state not in OVER:
            until = spoken_day_time(one.lapses_at, member.words)
            found.append(WaitingLine(rooms.waits_at(one), called(row), state, until))
    return tuple(found)
