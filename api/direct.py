"""Which requests go straight to their route? The two that come in crowds: a signed statement, and a scan.

Matching a route, preparing its dependencies and passing the framework's own layers costs as much as a durable append
costs the log. Here the same guard and the same function run, without that; `tests/api/test_direct.py` holds that they
answer alike.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_type_hints

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.guard import Guard
from api.shortway import ShortWay

Endpoint = Callable[..., Awaitable[Response]]


class Direct:
    """Calls `exact` endpoints by "METHOD /path", and `leaf` endpoints by "METHOD /folder/", which have one path parameter,
    the last segment. Only for requests that it `takes`. What an endpoint raises, the layer around it answers."""

    def __init__(self, exact: Mapping[str, Endpoint], leaf: Mapping[str, tuple[str, Endpoint]]) -> None:
        self._exact = {address: (endpoint, guard_of(endpoint)) for address, endpoint in exact.items()}
        self._leaf = {address: (name, endpoint, guard_of(endpoint)) for address, (name, endpoint) in leaf.items()}

    def takes(self, scope: Scope) -> bool:
        """Whether one of its endpoints answers this."""
        if scope["type"] != "http":
            return False
        address = _address(scope)
        folder, _, last = address.rpartition("/")
        return address in self._exact or bool(last and folder + "/" in self._leaf)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        address = _address(request.scope)
        if found := self._exact.get(address):
            endpoint, guard = found
            return await endpoint(request=request, caller=await guard(request))
        folder, _, last = address.rpartition("/")
        name, endpoint, guard = self._leaf[folder + "/"]
        return await endpoint(request=request, caller=await guard(request), **{name: last})


class Fronted(FastAPI):
    """The framework's app with an app of ours in front of it, for what `takes` says. `front` stands alone: it sets the
    headers of its answers and answers its own errors."""

    takes: Callable[[Scope], bool] = staticmethod(lambda scope: False)
    front: ASGIApp
    short_way: ShortWay | None = None
    """For the connection that serves it, if that knows how to take it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.takes(scope):
            scope["app"] = self
            await self.front(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def guard_of(endpoint: Endpoint) -> Guard:
    """The guard that a route function declares for its `caller`."""
    declared: Any = get_type_hints(endpoint, include_extras=True)["caller"]
    guard: Guard = declared.__metadata__[0].dependency
    return guard


def _address(scope: Scope) -> str:
    return f"{scope['method']} {scope['path']}"
