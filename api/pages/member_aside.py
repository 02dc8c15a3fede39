"""Where do the clerks of a party find what came under a key that it had ended? Under today, and a page for each."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.aside import Aside
from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.aside_view import AsideView, aside_view
from api.pages.forms.views import Link
from api.pages.member_context import Member, batch_label, choices_of, member_of, own_name, own_places
from api.pages.own_aside import Said, Shell, settle_own, show_own
from trace.ledger.store import Reads
from trace.queries import find_batch
from trace.state import Row

router = APIRouter(include_in_schema=False)


@router.get("/m/aside/{id}")
async def show_aside(id: str, request: Request, caller: Annotated[Caller, allow_page("own.read")]) -> Response:
    """One of them, to be read."""
    return await show_own(request, member_of(request, caller), SHELL, id)


@router.post("/m/aside/{id}")
async def settle_aside(id: str, request: Request, caller: Annotated[Caller, allow_page("own.record")]) -> Response:
    """One of them, vouched for or dismissed."""
    return await settle_own(request, member_of(request, caller), SHELL, id)


def _view(member: Member, reads: Reads, one: Aside, said: Said) -> AsideView:
    row = _own_batch(member, reads, one)
    choices = choices_of(member, reads, row, reads.chain_rows(one.chain) if row else ())
    return aside_view(
        reads,
        one,
        choices,
        member.words,
        back=Link("/m/", member.words.html("member.today")),
        action=SHELL.address_of(one),
        subject=batch_label(member, row, own_places(member, reads)) if row else None,
        who=own_name(reads, member.party, member.words),
        opens=True,
        said=said,
        record_href=f"/m/records/{one.index}" if one.index is not None else "",
    )


def _subject(member: Member, reads: Reads, one: Aside) -> Markup:
    """The batch as its party calls it; of a place, and of a batch that is to be opened, the party's own name."""
    row = _own_batch(member, reads, one)
    if row is None:
        return own_name(reads, member.party, member.words)
    return batch_label(member, row, own_places(member, reads))


def _own_batch(member: Member, reads: Reads, one: Aside) -> Row | None:
    """The batch, where the party has it or had it; another's is not told of."""
    row = find_batch(reads.connection, one.chain)
    if row is None or member.id not in (row["owner"], row["holder"], *row["kept_by"].split()):
        return None
    return row


SHELL = Shell("/m/aside", "m/aside.html", _view, _subject)
