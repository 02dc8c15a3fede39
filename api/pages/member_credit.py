"""What stands in my credit file, why does it rate so, and what can be repaired? A member's own page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.credit_file import FileView, file_view
from api.pages.file_day import asked_day
from api.pages.forms.views import Link
from api.pages.member_context import member_of, party_label
from api.pages.private import private_page
from credit.records import Viewer

PATH = "/m/credit"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class CreditView:
    back: Link
    party: Markup
    file: FileView


@router.get(PATH)
async def show_credit(request: Request, caller: Annotated[Caller, allow_page("own.read")]) -> Response:
    """One's own file: both layers, each by itself, the sum of the score, what is in force; today, or as known on a past day."""
    member = member_of(request, caller)
    asked = asked_day(request, member.now.date())
    with member.node.reading() as reads:
        file = file_view(reads, member.party, Viewer.SUBJECT, asked, PATH, member.words)
    back = Link("/m/me", member.words.html("member.nav.me"))
    view = CreditView(back, party_label(member.party, member.words), file)
    return private_page(request, "m/credit.html", view, kept=asked.kept)
