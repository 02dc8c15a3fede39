"""Who else may come in? Sign-in links that an office gives to a party of its region, and a party to its own people.

A link holds a new token, shown once, as text and as QR code. What was handed out is listed, and can be withdrawn.
"""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.auth.db import PARTY_ROLES, Issued, valid_tokens
from api.auth.guard import allow_page
from api.auth.policy import Caller, Role, may
from api.auth.sessions import SHOWN_HEX, Session
from api.auth.tokens import TOKEN_LIFE, new_token, sign_in_link, token_hash
from api.db import Operational
from api.form_body import read_form
from api.pages.desk_words import person
from api.pages.names import names
from api.pages.own_account import party_name
from api.pages.private import private_page, spoken_day_time
from api.pages.routes import reader_of
from api.pages.scan_words import Words
from api.pages.sign_in import OWN_ACCOUNT
from api.query import read_query
from api.routes.writing import node_of
from trace.labels.qr import qr_matrix, qr_svg
from trace.ledger.errors import FieldFault, Invalid, NotFound
from trace.ledger.store import Reads
from trace.places import region_prefix
from trace.queries import find_parties, list_nouns
from trace.state import Row

LINKS = f"{OWN_ACCOUNT}/links"
PARTIES_SHOWN = 500
"""An office with more reaches the others from their own pages, which lead here with `?party=`."""

router = APIRouter(include_in_schema=False)
_log = logging.getLogger("suxin.sessions")


@dataclass(frozen=True, slots=True)
class PartyChoice:
    """A party that links may be handed out for."""

    id: str
    name: Markup


@dataclass(frozen=True, slots=True)
class RoleChoice:
    """What a new link can be for."""

    role: Role
    word: Markup


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link that is in somebody's hands."""

    id: str
    word: Markup
    made: str
    until: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class MadeLink:
    """The new link: shown on this one page and never again."""

    address: str
    qr: Markup
    until: str


@dataclass(frozen=True, slots=True)
class LinksView:
    """`parties` is empty where there is nothing to choose; `party` is the one chosen."""

    parties: tuple[PartyChoice, ...]
    party: PartyChoice | None
    roles: tuple[RoleChoice, ...]
    links: tuple[LinkRow, ...]
    made: MadeLink | None


@router.get(LINKS)
async def show_links(request: Request, caller: Annotated[Caller, allow_page("tokens.issue")]) -> Response:
    """Choose a party, hand out a link, see those handed out."""
    chosen = read_query(request, {"party"}, ignore_unknown=True).get("party") or _own_party(caller)
    return await _page(request, caller, _issuable(request, caller, chosen) if chosen else None)


@router.post(LINKS)
async def issue_link(request: Request, caller: Annotated[Caller, allow_page("tokens.issue")]) -> Response:
    """Make a token for a party, and show its link."""
    form = await read_form(request)
    party = _issuable(request, caller, form.get("party"))
    role = next((one for one in _roles_of(caller, party) if one == form.get("role")), None)
    if role is None:
        raise Invalid("unknown-value", FieldFault("/role", "unknown-value"))
    operational: Operational = request.app.state.operational
    issuer: Session = request.state.signed_in.session
    token = new_token(os.urandom)
    expires_at = operational.clock() + TOKEN_LIFE[role]
    if _own_party(caller):
        # Or a token that somebody found could be renewed by its finder for ever.
        expires_at = min(expires_at, issuer.token.expires_at)
    await asyncio.to_thread(
        operational.add_token, token_hash(token), role, party["id"], None, expires_at, issuer.token.hash
    )
    _log.info("token.issued", extra={"account": caller.account, "token": token_hash(token).hex()[:SHOWN_HEX]})
    return await _page(request, caller, party, (token, expires_at))


@router.post(f"{LINKS}/withdraw")
async def withdraw_link(request: Request, caller: Annotated[Caller, allow_page("tokens.issue")]) -> Response:
    """Make a link worthless; whoever signed in with it is signed out at once."""
    form = await read_form(request)
    party = _issuable(request, caller, form.get("party"))
    operational: Operational = request.app.state.operational
    for one in await asyncio.to_thread(_withdrawable, request, caller, party["id"]):
        if _id(one) == form.get("link"):
            await asyncio.to_thread(operational.revoke_token, one.token.hash)
            _log.info("token.revoked", extra={"account": caller.account, "token": _id(one)})
            answer = RedirectResponse(f"{LINKS}?party={party['id']}", 303)
            answer.headers["Cache-Control"] = "no-store"
            return answer
    raise NotFound("not-found")


def _own_party(caller: Caller) -> str | None:
    """The party of a caller who hands out links for it alone; an official's party is not what the office is about."""
    return caller.party if caller.role in PARTY_ROLES else None


def _issuable(request: Request, caller: Caller, id: str) -> Row:
    """The party, where the policy lets the caller hand out its links. Foreign and unknown look alike."""
    with node_of(request).reading() as reads:
        party = next(iter(find_parties(reads.connection, [id])), None)
    if party is None or not may(caller, "tokens.issue", party=party["id"], region=party["region"]):
        raise NotFound("not-found")
    return party


def _roles_of(caller: Caller, party: Row) -> tuple[Role, ...]:
    """What a link of this party can be for: an office gives a laboratory its account, a member only what it has itself."""
    roles = set(party["roles"].split())
    if caller.role == "member" or "laboratory" not in roles:
        return ("member",)
    return ("laboratory", "member") if roles - {"laboratory"} else ("laboratory",)


def _withdrawable(request: Request, caller: Caller, party: str) -> list[Issued]:
    """All that open the party's account, for its office; for a member those that it handed out itself."""
    issuer: Session = request.state.signed_in.session
    found = valid_tokens(request.app.state.operational, party)
    return [one for one in found if caller.role == "official" or one.issued_by == issuer.token.hash]


def _id(issued: Issued) -> str:
    return issued.token.hash.hex()[:SHOWN_HEX]


async def _page(
    request: Request, caller: Caller, party: Row | None, made: tuple[str, datetime] | None = None
) -> Response:
    words = Words(reader_of(request).lang, names())
    links: list[Issued] = []
    if party:
        links = await asyncio.to_thread(_withdrawable, request, caller, party["id"])
    with node_of(request).reading() as reads:
        chosen = _choice(reads, party, words) if party else None
    view = LinksView(
        parties=_parties(request, caller, words),
        party=chosen,
        roles=tuple(RoleChoice(one, words.html(f"role.{one}")) for one in _roles_of(caller, party)) if party else (),
        links=tuple(_row(one, request, words) for one in links),
        made=_made(request, *made, words) if made else None,
    )
    kept = f"party={party['id']}" if party else ""
    return private_page(request, "links.html", view, path=LINKS, kept=kept)


def _parties(request: Request, caller: Caller, words: Words) -> tuple[PartyChoice, ...]:
    prefix = region_prefix(caller.region)
    if _own_party(caller) or prefix is None:
        return ()
    with node_of(request).reading() as reads:
        rows = list_nouns(reads.connection, "party", -1, PARTIES_SHOWN, region=prefix)
        return tuple(sorted((_choice(reads, row, words) for row in rows), key=lambda choice: choice.name))


def _choice(reads: Reads, party: Row, words: Words) -> PartyChoice:
    """A natural person by name too: whoever hands out the link has to know into whose hands it goes."""
    id = party["id"]
    return PartyChoice(id, party_name(party["name"], id, words) if party["name"] else person(reads, id, words))


def _row(issued: Issued, request: Request, words: Words) -> LinkRow:
    return LinkRow(
        id=_id(issued),
        word=words.html(f"role.{issued.token.role}"),
        made=spoken_day_time(issued.created_at, words),
        until=spoken_day_time(issued.token.expires_at, words),
        is_own=issued.issued_by == request.state.signed_in.session.token.hash,
    )


def _made(request: Request, token: str, expires_at: datetime, words: Words) -> MadeLink:
    address = sign_in_link(node_of(request).settings.public_url, token)
    return MadeLink(address, Markup(qr_svg(qr_matrix(address))), spoken_day_time(expires_at, words))
