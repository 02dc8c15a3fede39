"""Who sent this request, and may they ask this at all? One dependency, declared once by every route.

What the route does to whose things is asked again with `may`, once it has looked them up; this guard only knows roles.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer
from fastapi.routing import iter_route_contexts
from fastapi.security.base import SecurityBase

from api.db import Operational, Token
from api.refusals import Unauthenticated
from trace.ledger.errors import Forbidden

from .policy import ANYONE, POLICY, Caller, may_ever
from .tokens import is_token, token_hash

ACCOUNT_HEX = 16
"""How much of a token's hash its account name shows: enough to find the row, useless for anything else."""


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
    # A look-up may wait for another process's commit, and the event loop must not.
    found = operational.remembered_token(hashed) or await asyncio.to_thread(operational.find_token, hashed)
    if found is None or not found.is_valid(operational.clock()):
        raise Unauthenticated("token-invalid")
    return _account(found)


def _account(token: Token) -> Caller:
    return Caller(token.role, token.party, token.region, f"token:{token.hash.hex()[:ACCOUNT_HEX]}")
