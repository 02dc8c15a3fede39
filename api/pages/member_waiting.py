"""Where does a party follow its corrections that wait for an official's signature? On its own pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.forms.views import Link
from api.pages.member_context import Member, batch_label, choices_of, member_of, own_or_earlier, own_places
from api.pages.private import private_page
from api.pages.signing import room_of
from api.pages.waiting_corrections import Rooms, WaitingLine, find_correction, lines_of, take_back, waiting_page
from api.waiting import Waiting
from api.waiting.db import WaitingRoom
from trace.ledger.store import Reads

ROOMS = Rooms(correct="/m/correct", records="/m/records", waiting="/m/waiting")

router = APIRouter(include_in_schema=False)


@router.get("/m/waiting/{id}")
async def show_waiting(id: str, request: Request, caller: Annotated[Caller, allow_page("own.read")]) -> Response:
    """Where the correction stands, until when it can be signed, and what exactly waits."""
    member, room = member_of(request, caller), room_of(request)
    one = await find_correction(member, room, id)
    with member.node.reading() as reads:
        row = own_or_earlier(member, reads, one.fields["chain"])
        back = Link(f"/m/batches/{row['id']}", batch_label(member, row, own_places(member, reads)))
        choices = choices_of(member, reads, row, reads.chain_rows(row["id"]))
        view = waiting_page(member, reads, room, ROOMS, one, back, choices)
    return private_page(request, "m/waiting.html", view)


@router.post("/m/waiting/{id}")
async def withdraw(id: str, request: Request, caller: Annotated[Caller, allow_page("own.record")]) -> Response:
    """Take it back, as long as nobody has signed it; what is in the log stays there."""
    return await take_back(request, member_of(request, caller), ROOMS, id)


def waiting_lines(
    member: Member, reads: Reads, room: WaitingRoom, corrections: list[Waiting], batch: str | None = None
) -> tuple[WaitingLine, ...]:
    """Those that the party has still to know of; with `batch` those of one batch."""
    meant = [one for one in corrections if batch in (None, one.fields["chain"])]
    places = own_places(member, reads) if meant else []
    return lines_of(member, reads, room, ROOMS, meant, lambda row: batch_label(member, row, places))
