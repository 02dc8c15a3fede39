"""Who reads a paper of a case, and as what? The very bytes that were hashed, to print; beside them a copy in one's language."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller, may
from api.catalogue import Lang
from api.documents import case_of, find, paper_of
from api.documents.db import DocumentStore, Prepared
from api.documents.render import Line, is_by_program, reading_lines, said
from api.documents.words import law_lines, signer, title
from api.node import Node
from api.pages.forms.views import Link
from api.pages.names import names
from api.pages.private import private_page, spoken_day_time
from api.pages.routes import reader_of
from api.pages.scan_words import Words
from api.refusals import Failed
from api.routes.writing import node_of
from credit.documents import OPENING, is_by_subject, is_for_subject
from credit.reference.documents import templates
from credit.services import SERVED
from trace.ledger.errors import NotFound

PAPER_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""A paper needs its style sheet and nothing else."""

Look = Annotated[Caller, allow_page("documents.read")]

router = APIRouter(include_in_schema=False)
_log = logging.getLogger("suxin.documents")


@dataclass(frozen=True, slots=True)
class CopyView:
    """A paper to be read: `back`: its case; `href` is where its bytes are; the rest are words of the reader's language."""

    back: Link
    title: str
    number: str
    href: str
    sha256: str
    prepared: str
    is_demonstration: bool
    opening: Markup | None
    lines: tuple[Line, ...]
    law: tuple[Markup, ...]
    signer: str
    is_sealed: bool


@router.get("/desk/documents/{sha256}")
@router.get("/m/documents/{sha256}")
async def read_document(sha256: str, request: Request, caller: Look) -> Response:
    """The official text: the bytes of this hash, as they were made, signed for and served."""
    prepared = await _readable(request, caller, sha256)
    data = await asyncio.to_thread(store_of(request).read, sha256)
    if data is None or hashlib.sha256(data).hexdigest() != sha256:
        _log.error("document.damaged", extra={"sha256": sha256})
        raise Failed("internal")  # what was served must be what was hashed, or nothing
    _log.info("document.read", extra={"account": caller.account, "document": prepared.id})
    answer = Response(data, media_type="text/html; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Security-Policy"] = PAPER_POLICY
    return answer


@router.get("/desk/documents/{sha256}/copy")
async def show_copy_at_the_desk(sha256: str, request: Request, caller: Look) -> Response:
    """The same paper in the reader's language and size, for reading."""
    view = await _copy(request, caller, sha256, "/desk/documents", "/desk/cases")
    return private_page(request, "desk/document.html", view)


@router.get("/m/documents/{sha256}/copy")
async def show_copy(sha256: str, request: Request, caller: Look) -> Response:
    """The same paper in the reader's language and size, for reading."""
    view = await _copy(request, caller, sha256, "/m/documents", "/m/notices")
    return private_page(request, "m/document.html", view)


def paper_path(sha256: str, lang: Lang) -> str:
    """Where a link of the desk to a paper leads: to its very bytes, which are Chinese; in another language to its copy."""
    path = f"/desk/documents/{sha256}"
    return path if lang == "zh" else f"{path}/copy"


def store_of(request: Request) -> DocumentStore:
    store: DocumentStore = request.app.state.documents
    return store


def may_read(node: Node, caller: Caller, prepared: Prepared) -> bool:
    """Whether the policy gives this paper to the caller, and, to the subject, whether it has come to the subject yet.

    A draft that no step has named, an opinion between officials and a note for the file are not the subject's to read. Its
    own words are at once, and so is a notice that its step hands over: it is acknowledged before the step is taken.
    """
    if not may(caller, "documents.read", party=prepared.subject, region=prepared.region):
        return False
    if caller.role in ("official", "auditor"):
        return True
    template = templates()[prepared.code]
    if not is_for_subject(template):
        return False
    if is_by_subject(template):
        return True
    with node.reading() as reads:
        case = case_of(reads, prepared.case)
    if case is None:
        return False
    handed_over = SERVED.get((case.procedure, prepared.step), ())
    return prepared.sha256 in case.used or prepared.code in handed_over


async def _readable(request: Request, caller: Caller, sha256: str) -> Prepared:
    """Raises NotFound for a foreign paper as for one that nobody made."""
    prepared = await asyncio.to_thread(find, store_of(request), sha256)
    if prepared is None or not may_read(node_of(request), caller, prepared):
        raise NotFound("not-found")
    return prepared


async def _copy(request: Request, caller: Caller, sha256: str, papers: str, cases: str) -> CopyView:
    prepared = await _readable(request, caller, sha256)
    words = Words(reader_of(request).lang, names())
    is_demonstration = node_of(request).genesis.purpose == "demonstration"
    paper = paper_of(prepared, is_demonstration=is_demonstration)
    return CopyView(
        back=Link(f"{cases}/{prepared.case}", words.html("notice.back")),
        title=title(paper.template, words.lang),
        number=prepared.doc_no,
        href=f"{papers}/{sha256}",
        sha256=sha256,
        prepared=spoken_day_time(prepared.prepared_at, words),
        is_demonstration=is_demonstration,
        opening=said(paper, OPENING, words.lang),
        lines=tuple(reading_lines(paper, words.lang)),
        law=tuple(law_lines(paper.template, words.lang)),
        signer=words.say("document.by_program") if is_by_program(paper) else signer(paper.template, words.lang),
        is_sealed=paper.template.sealed,
    )
