"""How does a person come in, and go out again? The page behind a sign-in link, the session that it begins, and its end.

A link carries a token behind `#`, where no server, proxy or log sees it; the page's script sends it as a form and takes it
out of the address. Without script the token is typed. The form has no token of a session, because there is none yet: that
it came from our own page is what its `Origin` says, and a cookie before the sign-in would prove nothing more.
"""

import asyncio
import logging
import os
import re
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.responses import RedirectResponse, Response

from api.accept import prefers_html
from api.auth.db import Sessions
from api.auth.guard import allow, allow_page, find_signed_in
from api.auth.limits import FailedAccounts, FailedSignIns
from api.auth.policy import Caller, Role
from api.auth.sessions import ABSOLUTE, SECURE_COOKIE, SHOWN_HEX, cookie_name, is_secret, new_secret, secret_hash
from api.auth.tokens import SIGN_IN, token_hash
from api.db import Operational, Token
from api.form_body import read_form
from api.pages.private import private_page
from api.query import read_query
from api.refusals import RateLimited, Unauthenticated

OWN_ACCOUNT = "/m/me"
HOME: dict[Role, str] = {
    "member": "/m/",
    "laboratory": "/lab/",
    "official": "/desk/",
    "auditor": "/desk/",
    "administrator": "/desk/ledger",
}
"""Where each role's day begins; one's own account, where this release has no such page."""

MAX_NEXT = 2_000
_LOCAL = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""A path of ours: browsers read // and /\\ as another host, and drop tabs and line ends wherever they stand."""

router = APIRouter(include_in_schema=False)
_log = logging.getLogger("suxin.sessions")


@dataclass(frozen=True, slots=True)
class SignInView:
    """`next` is where the reader wanted to go. `asks_first`: somebody is signed in already, so no script sends for them."""

    next: str
    refused: bool
    signed_out: bool
    asks_first: bool
    home: str


@router.get(SIGN_IN)
async def show_sign_in(request: Request, caller: Annotated[Caller, allow("session.start")]) -> Response:
    """The form, which the script of the page fills from the link."""
    await find_signed_in(request)
    return _page(request, local_path(read_query(request, {"next"}, ignore_unknown=True).get("next", "")), 200)


@router.post(SIGN_IN)
async def sign_in(request: Request, caller: Annotated[Caller, allow("session.start")]) -> Response:
    """Begin a session with a token; the one that this browser had before ends."""
    failed: FailedSignIns = request.app.state.failed_sign_ins
    accounts: FailedAccounts = request.app.state.failed_accounts
    address = request.client.host if request.client else ""
    if seconds := failed.seconds_to_wait(address):
        raise RateLimited("rate-limited", retry_after=seconds)
    before = await find_signed_in(request)
    form = await read_form(request, token=False)
    typed, wanted = form.get("token").strip(), local_path(form.get("next"))
    secret = new_secret(os.urandom)
    hashed = token_hash(_from_link(typed))
    device = await asyncio.to_thread(_known_device, request, hashed)
    if seconds := accounts.seconds_to_wait(hashed, device):
        raise RateLimited("rate-limited", retry_after=seconds)
    token = await asyncio.to_thread(_start, request, hashed, secret, before.session.hash if before else None)
    if token is None:
        failed.add(address, hashed)
        accounts.add(hashed, device)
        _log.info("session.refused")
        if not prefers_html(request.headers.get("accept", "")):
            raise Unauthenticated("credentials")
        return _page(request, wanted, 401)
    _log.info("session.started", extra={"role": token.role, "token": token.hash.hex()[:SHOWN_HEX]})
    answer = RedirectResponse(wanted or home_of(request.app, token.role), 303)
    _set_cookie(answer, request, secret, int(ABSOLUTE[token.role].total_seconds()))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post("/out")
async def sign_out(request: Request, caller: Annotated[Caller, allow_page("session.own")]) -> Response:
    """End this session. The cache goes with it; storage stays, for it holds unsent records and a device's key."""
    await read_form(request)
    sessions: Sessions = request.app.state.sessions
    await asyncio.to_thread(sessions.end, request.state.signed_in.session.hash)
    _log.info("session.ended", extra={"account": caller.account})
    answer = RedirectResponse(f"{SIGN_IN}?out=1", 303)
    _set_cookie(answer, request, "", 0)
    answer.headers["Clear-Site-Data"] = '"cache"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get("/m")
@router.get("/lab")
@router.get("/desk")
async def find_home(request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """People type the address of their day without the slash at its end."""
    return RedirectResponse(f"{request.scope['path']}/", 303)


def local_path(text: str) -> str:
    """The text, where it is a path of ours that may be gone to after signing in; else ""."""
    if len(text) > MAX_NEXT or not _LOCAL.fullmatch(text) or urlsplit(text).path in (SIGN_IN, "/out"):
        return ""
    return text


def home_of(app: FastAPI, role: Role) -> str:
    """The first page of a role."""
    return HOME[role] if HOME[role] in _pages(app) else OWN_ACCOUNT


def _pages(app: FastAPI) -> frozenset[str]:
    """Every address that shows something, found once."""
    known: frozenset[str] | None = getattr(app.state, "page_paths", None)
    if known is None:
        known = frozenset(
            one.path for one in iter_route_contexts(app.routes) if one.path and "GET" in (one.methods or ())
        )
        app.state.page_paths = known
    return known


def _start(request: Request, hashed: bytes, secret: str, before: bytes | None) -> Token | None:
    """The token, once its session stands. What is mistyped is looked up like what is unknown, and takes as long."""
    operational: Operational = request.app.state.operational
    sessions: Sessions = request.app.state.sessions
    token = operational.find_token(hashed)
    if token is None or not token.is_valid(operational.clock()):
        return None
    if before:
        sessions.end(before)
    sessions.start(secret_hash(secret), hashed)
    return token


def _known_device(request: Request, hashed: bytes) -> bytes:
    """What names a browser that signed in with this token before, its session open or not; b"" for any other."""
    secret = request.cookies.get(cookie_name(request.app.state.node.settings.public_url, request.headers["host"]), "")
    sessions: Sessions = request.app.state.sessions
    found = sessions.find(secret_hash(secret)) if is_secret(secret) else None
    return found.hash if found is not None and found.token.hash == hashed else b""


def _from_link(typed: str) -> str:
    """The token; people also paste the whole link."""
    return typed.rpartition("#")[2]


def _set_cookie(answer: Response, request: Request, secret: str, seconds: int) -> None:
    name = cookie_name(request.app.state.node.settings.public_url, request.headers["host"])
    is_secure = name == SECURE_COOKIE
    answer.set_cookie(name, secret, max_age=seconds, path="/", secure=is_secure, httponly=True, samesite="lax")


def _page(request: Request, wanted: str, status: int) -> Response:
    signed_in = request.state.signed_in
    home = home_of(request.app, signed_in.caller.role) if signed_in else ""
    signed_out = "out" in read_query(request, {"out"}, ignore_unknown=True)
    view = SignInView(wanted, status == 401, signed_out, signed_in is not None, home)
    kept = f"next={quote(wanted, safe='')}" if wanted else ""
    return private_page(request, "sign_in.html", view, status=status, kept=kept)
