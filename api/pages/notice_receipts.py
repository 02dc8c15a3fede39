"""Has a paper come to the party? It says so itself, in its own account: the node then records that service, of that day.

Nobody has to: a paper that is not acknowledged is handed over as the law says, and nothing counts from here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.catalogue import has
from api.documents import prepared_for
from api.documents.db import Prepared
from api.form_body import read_form
from api.pages.desk_case_words import document_words, procedure_words
from api.pages.documents import store_of
from api.pages.forms.views import Link
from api.pages.member_context import Member, member_of
from api.pages.private import private_page
from api.recording import log_all
from credit.documents import is_for_subject
from credit.next_steps import Standing, standing_of
from credit.queries import find_case, list_cases
from credit.reference.documents import templates
from credit.services import CALLED_BY, IN_APP, SERVED
from trace.ledger.errors import NotFound

NOTICES = "/m/notices"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A paper that waits to be acknowledged: `read` is where it is read first."""

    back: Link
    title: Markup
    number: str
    about: Markup
    read: Link
    follows: Markup
    action: str


@router.get(f"{NOTICES}/{{id}}/received/{{sha256}}")
async def show_receipt(
    id: str, sha256: str, request: Request, caller: Annotated[Caller, allow_page("own.record")]
) -> Response:
    """What the paper is, where it is read, and what follows from saying that it came."""
    member = member_of(request, caller)
    standing, paper = await _waiting(request, member, id, sha256)
    if paper is None:
        return _case(id)
    words, own = member.words, f"receipt.follows.{paper.code}"
    view = ReceiptView(
        back=Link(NOTICES, words.html("notice.title")),
        title=document_words(paper.code, words),
        number=paper.doc_no,
        about=procedure_words(standing.row["procedure"], words),
        read=Link(f"/m/documents/{sha256}/copy", words.html("receipt.read")),
        follows=words.html(own if has(own, words.lang) else "receipt.follows"),
        action=f"{NOTICES}/{id}/received/{sha256}",
    )
    return private_page(request, "m/receipt_of_paper.html", view)


@router.post(f"{NOTICES}/{{id}}/received/{{sha256}}")
async def take_receipt(
    id: str, sha256: str, request: Request, caller: Annotated[Caller, allow_page("own.record")]
) -> Response:
    """Record it. A second tap leads where the first one did."""
    await read_form(request)
    member = member_of(request, caller)
    _standing, paper = await _waiting(request, member, id, sha256)
    if paper is not None:
        node = member.node
        payload = {
            "document": paper.code,
            "doc_no": paper.doc_no,
            "hash": sha256,
            "method": IN_APP,
            "to": member.id,
            "served_on": member.now.date().isoformat(),
        }
        said = node.recorder.record(
            "document_served",
            payload,
            chain=id,
            actor=node.genesis.chain,
            recorded_by=caller.account,
            id=node.recorder.new_id(),
        )
        await log_all(node, said)
    return _case(id)


async def receipts_waiting(request: Request, member: Member) -> tuple[Link, ...]:
    """The papers of all cases that this party may say it received, oldest case first."""
    with member.node.reading() as reads:
        rows = list_cases(reads.connection, subject=member.id)
        standings = [standing_of(row, member.now) for row in rows if row["kind"] == "open"]
    found = []
    for standing in standings:
        papers = await asyncio.to_thread(prepared_for, store_of(request), standing.row["id"])
        for one in waiting_papers(standing, papers):
            text = member.words.html("receipt.line", paper=document_words(one.code, member.words), number=one.doc_no)
            found.append(Link(f"{NOTICES}/{standing.row['id']}/received/{one.sha256}", text))
    return tuple(found)


def waiting_papers(standing: Standing, papers: Sequence[Prepared]) -> Iterator[Prepared]:
    """The newest paper of each kind that a step from here hands over, that is made for good, and that has not come yet."""
    used = {one.hash for one in standing.progress.papers}
    served = {(one.code, one.hash) for one in standing.progress.served}
    wanted = {step.code: _wanted_by(standing.row["procedure"], step.code) for step in standing.steps}
    for code in dict.fromkeys(code for codes in wanted.values() for code in codes):
        made = [one for one in papers if one.code == code and (code in wanted.get(one.step, ()) or one.sha256 in used)]
        newest = made[-1] if made else None
        if newest and is_for_subject(templates()[code]) and (code, newest.sha256) not in served:
            yield newest


def _wanted_by(procedure: str, step: str) -> tuple[str, ...]:
    return SERVED.get((procedure, step), ()) + CALLED_BY.get((procedure, step), ())


async def _waiting(request: Request, member: Member, id: str, sha256: str) -> tuple[Standing, Prepared | None]:
    """The paper, None where it was acknowledged or handed over already. Raises `NotFound` for what is not this party's, and
    for a paper that is none to be handed over from here."""
    with member.node.reading() as reads:
        row = find_case(reads.connection, id)
    if row is None or row["subject"] != member.id:
        raise NotFound("not-found")
    standing = standing_of(row, member.now)
    papers = await asyncio.to_thread(prepared_for, store_of(request), id)
    paper = next((one for one in waiting_papers(standing, papers) if one.sha256 == sha256), None)
    if paper is None and all(one.hash != sha256 for one in standing.progress.served):
        raise NotFound("not-found")
    return standing, paper


def _case(id: str) -> Response:
    return RedirectResponse(f"{NOTICES}/{id}", 303, {"Cache-Control": "no-store"})
