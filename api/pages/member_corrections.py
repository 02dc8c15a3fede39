"""How does a party put right what it recorded of goods that it has or had? On its own pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.corrections import Correcting, correcting, own_fact, restating, show_correcting, task_asked
from api.pages.forms.task import take_form
from api.pages.member_context import choices_of, member_of, own_or_earlier
from api.pages.member_forms import files_of
from api.pages.member_waiting import ROOMS

router = APIRouter(include_in_schema=False)


@router.get("/m/correct/{index}")
async def show_correction(index: str, request: Request, caller: Annotated[Caller, allow_page("own.read")]) -> Response:
    """The record as it stands, to be said anew; or, with `how=void`, that it did not happen."""
    one = _correcting(request, caller, index)
    return await show_correcting(request, one, task_asked(request, one, restating))


@router.post("/m/correct/{index}")
async def take_correction(
    index: str, request: Request, caller: Annotated[Caller, allow_page("own.record")]
) -> Response:
    """What the form of a correction sent."""
    one = _correcting(request, caller, index)
    return await take_form(request, task_asked(request, one, restating), files_of(request))


def _correcting(request: Request, caller: Caller, index: str) -> Correcting:
    """Raises `NotFound` for what is not this party's own fact on such goods, or says no more."""
    member = member_of(request, caller)
    with member.node.reading() as reads:
        row = own_fact(member, reads, index)
        batch = own_or_earlier(member, reads, row["chain"])
        choices = choices_of(member, reads, batch, reads.chain_rows(batch["id"]))
        return correcting(request, member, reads, ROOMS, row, batch, choices)
