"""Who sent this request, and may they ask this at all? One dependency, declared once by every route.

What the route does to whose things is asked again with `may`, once it has looked them up; this guard only knows roles.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer
from fastapi.routing import iter_route_contexts
from fastapi.security.base import SecurityBase
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import RedirectResponse, Response

from api.db import Operational, Token
from api.refusals import Unauthenticated
from trace.ledger.errors import Forbidden

from .db import Sessions
from .policy import ANYONE, POLICY, Caller, may_ever
from .sessions import SEEN_EVERY, SHOWN_HEX, SignedIn, cookie_name, is_secret, secret_hash
from .tokens import SIGN_IN, is_token, token_hash

_log = logging.getLogger("suxin.sessions")


@dataclass(frozen=True)
class Guard:
    """Lets a request through whose sender's role has the action at all, and tells the route who it is.

    Raises Unauthenticated (`unauthenticated` without a token where one is needed, `token-invalid` for a token that is
    mistyped, unknown, expired or revoked: one answer for all four, also where none was needed) and Forbidden
    (`scope-missing`).
    """

    action: str

    async def __call__(self, request: Request) -> Caller:
        caller = await _caller(request)
        if may_ever(caller, self.action):
            return caller
        if caller is ANYONE:
            raise Unauthenticated("unauthenticated")
        raise Forbidden("scope-missing")


class TokenGuard(Guard, SecurityBase):
    """The same; as a security scheme, so that OpenAPI says which routes ask for a token."""

    model = HTTPBearer(description="Made by `python -m api token`: sx_ and 49 characters.")
    scheme_name = "token"


def allow(action: str) -> Any:
    """The dependency of a route that does `action`: `caller: Annotated[Caller, allow("batches.create")]`.

    KeyError, while routes are being declared, for an action without a line in the policy.
    """
    return Depends(Guard(action) if "anyone" in POLICY[action] else TokenGuard(action))


class PageGuard(Guard):
    """The same for a page: the caller is whom the browser's session says, and a bearer token counts for nothing.

    Raises SignInNeeded where somebody has to sign in before a page is shown. A form that comes without a session is
    refused (Unauthenticated, `signed-out`): a redirect would lose what was filled in. `find_signed_in` says what it
    leaves behind.
    """

    async def __call__(self, request: Request) -> Caller:
        signed_in = await find_signed_in(request)
        caller = signed_in.caller if signed_in else ANYONE
        if may_ever(caller, self.action):
            return caller
        if signed_in:
            raise Forbidden("scope-missing")
        if request.method in ("GET", "HEAD"):
            raise SignInNeeded
        raise Unauthenticated("signed-out")


class SignInNeeded(Exception):
    """A page is for people who signed in. No refusal: the reader is sent to sign in, and comes back."""


async def send_to_sign_in(request: Request, _needed: Exception) -> Response:
    """To the sign-in page, which afterwards leads back to where the reader wanted to go."""
    query = request.url.query
    wanted = quote(request.url.path) + (f"?{query}" if query else "")
    answer = RedirectResponse(f"{SIGN_IN}?next={quote(wanted, safe='')}", 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def allow_page(action: str) -> Any:
    """The dependency of a page that does `action`: `caller: Annotated[Caller, allow_page("session.own")]`.

    KeyError, while routes are being declared, for an action without a line in the policy.
    """
    if action not in POLICY:
        raise KeyError(action)
    return Depends(PageGuard(action))


async def find_signed_in(request: Request) -> SignedIn | None:
    """The open session of this browser, whose use is noted. Left in `request.state.signed_in` for forms and pages."""
    name = cookie_name(request.app.state.node.settings.public_url, request.headers.get("host", ""))
    secret = request.cookies.get(name, "")
    found = await asyncio.to_thread(_open_session, request, secret) if is_secret(secret) else None
    request.state.signed_in = found
    return found


def _open_session(request: Request, secret: str) -> SignedIn | None:
    sessions: Sessions = request.app.state.sessions
    found, now = sessions.find(secret_hash(secret)), sessions.clock()
    if found is None or not found.is_open(now):
        return None
    if now - found.last_seen_at >= SEEN_EVERY:
        try:
            sessions.note_use(found.hash)
        except SQLAlchemyError as error:
            # A disk that is full may end a session early; it must not take away the page that says so.
            _log.warning("session.use_not_noted", extra={"reason": type(error).__name__})
    return SignedIn(found, secret)


def action_of(route: object) -> str | None:
    """The action that a route declares; None for a route without policy. ValueError where it declares two."""
    dependant = getattr(route, "dependant", None)
    actions = _actions(dependant) if isinstance(dependant, Dependant) else set()
    if len(actions) > 1:
        raise ValueError(f"{route} declares {sorted(actions)}: one route, one action")
    return next(iter(actions), None)


def actions_of(app: FastAPI) -> dict[str, str | None]:
    """The action of every route, those of included routers too, by method and path: "POST /api/v1/parties"."""
    return {
        f"{method} {context.path}": action_of(context.original_route)
        for context in iter_route_contexts(app.routes)
        for method in sorted(context.methods or {"ANY"})
    }


def _actions(dependant: Dependant) -> set[str]:
    found = {dependant.call.action} if isinstance(dependant.call, Guard) else set()
    return found.union(*(_actions(one) for one in dependant.dependencies))


async def _caller(request: Request) -> Caller:
    sent = request.headers.getlist("authorization")
    if not sent:
        return ANYONE
    scheme, _, token = sent[0].partition(" ")
    if len(sent) > 1 or scheme.lower() != "bearer" or not is_token(token):
        raise Unauthenticated("token-invalid")
    operational: Operational = request.app.state.operational
    hashed = token_hash(token)
    found = await operational.look_up_token(hashed)
    if found is None or not found.is_valid(operational.clock()):
        raise Unauthenticated("token-invalid")
    return _account(found)


def remembered_caller(operational: Operational, sent: Sequence[bytes]) -> Caller | None:
    """Who sent these `authorization` headers, if memory alone can tell; None says nothing about the token."""
    scheme, _, token = sent[0].partition(b" ") if len(sent) == 1 else (b"", b"", b"")
    if scheme.lower() != b"bearer":
        return None
    found = operational.remembered_token(token_hash(token.decode("latin-1")))
    return _account(found) if found and found.is_valid(operational.clock()) else None


def _account(token: Token) -> Caller:
    return Caller(token.role, token.party, token.region, f"token:{token.hash.hex()[:SHOWN_HEX]}")
