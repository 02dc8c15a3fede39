"""Where do the clerks of a laboratory find what came under a key that it had ended? With its samples, and a page for each."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.aside import Aside
from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.aside_view import AsideView, aside_view
from api.pages.desk_words import choices_of_statement
from api.pages.forms.choices import Choices
from api.pages.forms.views import Link
from api.pages.lab_about import HOME, batch_title
from api.pages.member_context import Member, member_of, own_name
from api.pages.own_aside import Said, Shell, settle_own, show_own
from trace.ledger.store import Reads
from trace.papers import REPORTS
from trace.queries import find_batch

Work = Annotated[Caller, allow_page("lab.report")]

router = APIRouter(include_in_schema=False)


@router.get("/lab/aside/{id}")
async def show_aside(id: str, request: Request, caller: Work) -> Response:
    """One of them, to be read."""
    return await show_own(request, member_of(request, caller), SHELL, id)


@router.post("/lab/aside/{id}")
async def settle_aside(id: str, request: Request, caller: Work) -> Response:
    """One of them, vouched for or dismissed."""
    return await settle_own(request, member_of(request, caller), SHELL, id)


def _view(member: Member, reads: Reads, one: Aside, said: Said) -> AsideView:
    words, batch = member.words, find_batch(reads.connection, one.chain)
    is_report = one.index is not None and one.kind_name in REPORTS
    return aside_view(
        reads,
        one,
        choices_of_statement(reads, one, words) if one.statement else Choices(region=""),
        words,
        back=Link(HOME, words.html("lab.samples")),
        action=SHELL.address_of(one),
        subject=batch_title(batch, words) if batch else None,
        who=own_name(reads, member.party, words),
        opens=True,
        said=said,
        record_href=f"/lab/reports/{one.index}" if is_report else "",
    )


def _subject(member: Member, reads: Reads, one: Aside) -> Markup:
    batch = find_batch(reads.connection, one.chain)
    return batch_title(batch, member.words) if batch else own_name(reads, member.party, member.words)


SHELL = Shell("/lab/aside", "lab/aside.html", _view, _subject)
