"""Where does a laboratory follow its corrections that wait for an official's signature? On its own pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.desk_words import choices_of_statement
from api.pages.forms.views import Link
from api.pages.lab_about import HOME
from api.pages.member_context import member_of
from api.pages.private import private_page
from api.pages.signing import room_of
from api.pages.waiting_corrections import Rooms, find_correction, take_back, waiting_page

Work = Annotated[Caller, allow_page("lab.report")]
ROOMS = Rooms(correct="/lab/correct", records="/lab/reports", waiting="/lab/waiting")

router = APIRouter(include_in_schema=False)


@router.get("/lab/waiting/{id}")
async def show_waiting(id: str, request: Request, caller: Work) -> Response:
    """Where the correction stands, until when it can be signed, and what exactly waits."""
    member, room = member_of(request, caller), room_of(request)
    one = await find_correction(member, room, id)
    back = Link(HOME, member.words.html("lab.samples"))
    with member.node.reading() as reads:
        choices = choices_of_statement(reads, one, member.words)
        view = waiting_page(member, reads, room, ROOMS, one, back, choices)
    return private_page(request, "lab/waiting.html", view)


@router.post("/lab/waiting/{id}")
async def withdraw(id: str, request: Request, caller: Work) -> Response:
    """Take it back, as long as nobody has signed it; what is in the log stays there."""
    return await take_back(request, member_of(request, caller), ROOMS, id)
