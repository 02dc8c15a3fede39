"""Which requests go straight to their route? The two that come in crowds: a signed statement, and a scan.

Matching a route and preparing its dependencies costs the framework as much as a durable append costs the log. Here the
same guard and the same function run, without that; `tests/api/test_direct.py` holds that they answer alike.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_type_hints

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.guard import Guard

Endpoint = Callable[..., Awaitable[Response]]


class Direct:
    """Calls `exact` endpoints by "METHOD /path", and `leaf` endpoints by "METHOD /folder/", which have one path parameter,
    the last segment. Everything else goes on to the framework. What an endpoint raises, the layer above answers."""

    def __init__(self, app: ASGIApp, exact: Mapping[str, Endpoint], leaf: Mapping[str, tuple[str, Endpoint]]) -> None:
        self._app = app
        self._exact = {address: (endpoint, guard_of(endpoint)) for address, endpoint in exact.items()}
        self._leaf = {address: (name, endpoint, guard_of(endpoint)) for address, (name, endpoint) in leaf.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(scope, receive) if scope["type"] == "http" else None
        await (self._app if response is None else response)(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response | None:
        address = f"{scope['method']} {scope['path']}"
        if found := self._exact.get(address):
            endpoint, guard = found
            request = Request(scope, receive)
            return await endpoint(request=request, caller=await guard(request))
        folder, _, last = address.rpartition("/")
        if last and (below := self._leaf.get(folder + "/")):
            name, endpoint, guard = below
            request = Request(scope, receive)
            return await endpoint(request=request, caller=await guard(request), **{name: last})
        return None


def guard_of(endpoint: Endpoint) -> Guard:
    """The guard that a route function declares for its `caller`."""
    declared: Any = get_type_hints(endpoint, include_extras=True)["caller"]
    guard: Guard = declared.__metadata__[0].dependency
    return guard
