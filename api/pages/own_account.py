"""Who am I here, and where am I signed in? One's own account, and the end of any of its sessions."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.auth.db import Sessions
from api.auth.guard import allow_page
from api.auth.policy import Caller, may_ever
from api.auth.sessions import Session, SignedIn
from api.form_body import read_form
from api.pages.names import names
from api.pages.private import private_page, spoken_day_time
from api.pages.routes import reader_of
from api.pages.scan_words import Words
from api.pages.sign_in import OWN_ACCOUNT, home_of
from api.pages.views import Fact
from api.routes.writing import node_of
from trace.ledger.errors import NotFound
from trace.queries import find_parties

router = APIRouter(include_in_schema=False)
_log = logging.getLogger("suxin.sessions")


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One browser that is signed in; `is_this` is the one that asks."""

    id: str
    started: str
    seen: str
    is_this: bool


@dataclass(frozen=True, slots=True)
class AccountView:
    """Who is signed in, where, and whether this account may hand out links."""

    facts: tuple[Fact, ...]
    sessions: tuple[SessionRow, ...]
    may_issue: bool
    home: str


@router.get(OWN_ACCOUNT)
async def show_account(request: Request, caller: Annotated[Caller, allow_page("session.own")]) -> Response:
    """Role, party, region, and every open session."""
    signed_in: SignedIn = request.state.signed_in
    sessions: Sessions = request.app.state.sessions
    found = await asyncio.to_thread(sessions.open_of, signed_in.session.token.hash)
    words = Words(reader_of(request).lang, names())
    home = home_of(request.app, caller.role)
    view = AccountView(
        facts=_facts(request, caller, signed_in.session, words),
        sessions=tuple(_row(one, signed_in.session, words) for one in found),
        may_issue=may_ever(caller, "tokens.issue"),
        home="" if home == OWN_ACCOUNT else home,
    )
    return private_page(request, "me.html", view)


@router.post(f"{OWN_ACCOUNT}/sessions")
async def end_sessions(request: Request, caller: Annotated[Caller, allow_page("session.own")]) -> Response:
    """End one session of one's own (`end` = its name) or all but this one (`end` = others)."""
    wanted = (await read_form(request)).get("end")
    sessions: Sessions = request.app.state.sessions
    this: Session = request.state.signed_in.session
    if wanted == "others":
        await asyncio.to_thread(sessions.end_others, this.token.hash, this.hash)
    elif not await asyncio.to_thread(sessions.end_named, this.token.hash, wanted):
        raise NotFound("not-found")
    _log.info("session.ended", extra={"account": caller.account})
    answer = RedirectResponse(OWN_ACCOUNT, 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _facts(request: Request, caller: Caller, session: Session, words: Words) -> tuple[Fact, ...]:
    facts = [Fact(words.html("me.role"), words.html(f"role.{caller.role}"))]
    if caller.party:
        facts.append(Fact(words.html("me.party"), _party_name(request, caller.party, words)))
        facts.append(
            Fact(words.html("lineage.party_number"), Markup('<span class="code">{}</span>').format(caller.party))
        )
    if caller.region:
        facts.append(Fact(words.html("me.region"), words.region(caller.region)))
    ends = spoken_day_time(session.ends_at, words)
    return (*facts, Fact(words.html("me.ends"), Markup.escape(ends)))


def _party_name(request: Request, id: str, words: Words) -> Markup:
    with node_of(request).reading() as reads:
        party = next(iter(find_parties(reads.connection, [id])), None)
    return party_name(party["name"] if party else None, id, words)


def party_name(name: str | None, id: str, words: Words) -> Markup:
    """A party's public name; a natural person has none, and is told apart by the beginning of the id."""
    return words.quoted(name) if name else words.html("me.unnamed", id=id[:6])


def _row(session: Session, this: Session, words: Words) -> SessionRow:
    started, seen = spoken_day_time(session.created_at, words), spoken_day_time(session.last_seen_at, words)
    return SessionRow(session.id, started, seen, session.hash == this.hash)
