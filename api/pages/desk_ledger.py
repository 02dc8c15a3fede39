"""Is the log sound? An audit with everything in it, started from a page, with its progress and the first bad entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.auditing import audit_sentence
from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.form_body import read_form
from api.pages.desk_context import Bar, bar_of, official_of, wanted_of
from api.pages.private import private_page, spoken_day_time
from api.running_audit import Audits, Run

LEDGER = "/desk/ledger"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class LedgerView:
    """`state`: never, running, sound, bad or failed; `percent` of a running one; `first_bad`: the entry's number."""

    bar: Bar
    size: int
    origin: str
    vkey: str
    state: str
    percent: int
    progress: Markup
    sentence: str
    when: str
    first_bad: int | None


@router.get(LEDGER)
async def show_ledger(request: Request, caller: Annotated[Caller, allow_page("ledger.audit")]) -> Response:
    """The log as it stands, and the last audit."""
    official = official_of(request, caller)
    wanted = await wanted_of(request, official)
    run = _audits(request).last
    with official.node.reading() as reads:
        bar = bar_of(official, reads, "ledger", wanted)
    words = official.words
    found = run.result if run else None
    view = LedgerView(
        bar=bar,
        size=official.node.log.size,
        origin=official.node.genesis.origin,
        vkey=official.node.genesis.vkey,
        state=_state(run),
        percent=100 * run.done // max(run.size, 1) if run else 0,
        progress=words.html("ledger.progress", done=run.done, size=run.size) if run else Markup(""),
        sentence=audit_sentence(found, words.lang) if found else "",
        when=spoken_day_time(run.ended_at or run.started_at, words) if run else "",
        first_bad=found.first_bad_index if found else None,
    )
    return private_page(request, "desk/ledger.html", view)


@router.post(LEDGER)
async def start_audit(request: Request, caller: Annotated[Caller, allow_page("ledger.audit")]) -> Response:
    """Begin an audit; the page shows how far it is."""
    await read_form(request)
    _audits(request).start()
    return RedirectResponse(LEDGER, 303, {"Cache-Control": "no-store"})


def _audits(request: Request) -> Audits:
    audits: Audits = request.app.state.audits
    return audits


def _state(run: Run | None) -> str:
    if run is None:
        return "never"
    if run.result is None:
        return "failed" if run.failed else "running"
    return "sound" if run.result.ok else "bad"
