"""How is it recorded that a paper was handed over? Method, day, receiver and proof, signed by the official's own key."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.documents import prepared_for
from api.pages.desk_case_words import case_title, document_words
from api.pages.desk_cases import supervised_case
from api.pages.desk_context import Official, bar_of, official_of, wanted_of
from api.pages.desk_sheet import Blank, Part, Saved, Sheet, show_sheet, take_sheet
from api.pages.documents import store_of
from api.pages.forms.choices import NOTHING, Option
from api.pages.forms.views import Link
from api.pages.member_forms import files_of
from api.pages.signing import room_of
from api.recording import own_party
from api.waiting import page_of
from api.waiting.signing import Asked, ask
from credit.case_rows import progress_of
from credit.judging import MAY_SERVE, check_service
from credit.queries import case_state
from credit.services import IN_APP, first_service
from credit.stepping import acts_in_case
from trace.events import KINDS
from trace.fieldtype import Choice
from trace.ledger.errors import NotFound
from trace.ledger.sealing import time_received
from trace.state import Row

Act = Annotated[Caller, allow_page("cases.act")]

router = APIRouter(include_in_schema=False)


@router.get("/desk/cases/{id}/serve/{sha256}")
async def show_service(id: str, sha256: str, request: Request, caller: Act) -> Response:
    """The form of a service; the case itself for an official who records none in it."""
    sheet, may_serve = await _sheet(request, caller, id, sha256)
    if not may_serve:
        return RedirectResponse(f"/desk/cases/{id}", 303, {"Cache-Control": "no-store"})
    return show_sheet(request, sheet)


@router.post("/desk/cases/{id}/serve/{sha256}")
async def take_service(id: str, sha256: str, request: Request, caller: Act) -> Response:
    """What the form sent; then the signature box."""
    sheet, _ = await _sheet(request, caller, id, sha256)
    return await take_sheet(request, sheet, files_of(request))


async def _sheet(request: Request, caller: Caller, id: str, sha256: str) -> tuple[Sheet, bool]:
    """Raises `NotFound` for a case of another office, and for a paper that is not of this case or that no step signed yet."""
    official, party = official_of(request, caller), own_party(caller)
    wanted = await wanted_of(request, official)
    prepared = await asyncio.to_thread(prepared_for, store_of(request), id)
    with official.node.reading() as reads:
        row = supervised_case(official, reads, id, "cases.act")
        papers = {one.hash: (one.code, one.doc_no) for one in progress_of(row).papers}
        papers |= {one.sha256: (one.code, one.doc_no) for one in prepared}
        code, doc_no = papers.get(sha256, ("", ""))
        if first_service(row, progress_of(row), code, sha256, "receipt") is None:
            raise NotFound("not-found")
        received, state = time_received(official.now, ""), case_state(reads, [row])
        may_serve = any(acts_in_case(state, party, role, row, received) for role in MAY_SERVE)
        subject = official.named(reads, row["subject"])
        bar = bar_of(official, reads, "cases", wanted)
    words = official.words

    async def save(saved: Saved) -> str:
        return await _ask(request, official, row, {"document": code, "doc_no": doc_no, "hash": sha256}, saved)

    sheet = Sheet(
        action=f"/desk/cases/{id}/serve/{sha256}",
        title=words.html("case.serve", document=document_words(code, words)),
        lead=words.html("case.serve_lead", doc_no=words.quoted(doc_no), party=subject),
        back=Link(f"/desk/cases/{id}", case_title(row, subject, words)),
        parts=(Part(NOTHING, _blanks(official)),),
        consequence=words.html("case.serve_follows"),
        save_label=words.html("case.to_signature"),
        words=words,
        bar=bar,
        owner=row["subject"],
        save=save,
    )
    return sheet, may_serve


def _blanks(official: Official) -> tuple[Blank, ...]:
    words = official.words
    type = KINDS["document_served"].fields["method"].type
    methods = [one for one in (type.values if isinstance(type, Choice) else ()) if one != IN_APP]
    options = tuple(Option(one, words.html(f"value.method.{one}")) for one in methods)
    today = official.now.date().isoformat()
    return (
        Blank("method", "radios", words.html("field.document_served.method"), options=options),
        Blank("served_on", "date", words.html("field.served_on"), (today,), hint=words.html("case.served_on_hint")),
        Blank("receiver", "text", words.html("field.document_served.receiver"), is_owed=False),
        Blank("proof", "file", words.html("field.proof"), is_owed=False, hint=words.html("case.proof_hint")),
    )


async def _ask(request: Request, official: Official, row: Row, paper: dict[str, str], saved: Saved) -> str:
    """Raises `Invalid` for a day that the log would refuse."""
    party = own_party(official.caller)
    said = {name: saved.get(name) for name in ("method", "served_on", "receiver", "proof")}
    payload = {**paper, "to": row["subject"], **{name: text for name, text in said.items() if text}}
    check_service(row, payload, official.now.date())
    asked = Asked("document_served", payload, row["id"], party, (row["region"],))
    id = f"urn:uuid:{saved.id}"
    made = await ask(official.node, room_of(request), asked, asked_by=party, account=official.caller.account, id=id)
    return page_of(made.id)
