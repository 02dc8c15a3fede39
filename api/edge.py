"""Is this an HTTP request that anybody here should see? The outermost layer: framing, host, sizes, and what every answer says.

Plain ASGI, because it runs for every request: an ordinary one costs it a few microseconds (`tests/api/test_edge.py`).
"""

import asyncio
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.accept import takes
from api.problems import answer, as_domain_error, log_failure
from api.refusals import HeadersTooLarge, MethodNotAllowed, NotAcceptable, RangeNotSatisfiable, UriTooLong
from api.settings import Settings
from trace.ledger.errors import DomainError, OutcomeUnknown, Unavailable, Unreadable

MAX_URL_BYTES = 8_192
MAX_HEADER_BYTES = 16_384
MAX_RANGES = 8
"""We answer with whole files, whatever range is asked for; who asks for many looks for a server that sends each."""
HEADER_OVERHEAD_BYTES = 4  # ": " and CR LF
LOCAL_HOSTS = frozenset({b"localhost", b"127.0.0.1", b"[::1]", b"testserver"})
"""Names of this machine, and the one that the framework's test client uses; a page on another site cannot bear them."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
OPENER = (b"cross-origin-opener-policy", b"same-origin")
SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    OPENER,
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
HSTS = (b"strict-transport-security", b"max-age=31536000")
"""One year, of this host alone: what else the district runs below its name is not ours to decide."""

Headers = Iterable[tuple[bytes, bytes]]

_HOST = re.compile(rb"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{0,5})?", re.IGNORECASE)
_PAGES, _ASKED = frozenset({"/", "/t"}), ("/api/", "/t/")
"""Addresses that answer with JSON or a page and nothing else, where `Accept` is heeded; a fault of a page may be JSON."""
# What an address of the API may answer with besides JSON and pages, by the end of its path.
_OTHER_MEDIA = ((".svg", "image/svg+xml"), (".png", "image/png"), ("/proof", "text/plain"))


class Edge:
    """Refuses what is malformed before any route runs, and sets the security headers of every answer.

    It also catches what nobody else caught: the framework's own handler stands outside of it and would answer without them.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        url = urlsplit(settings.public_url)
        self._app = app
        self._hosts = LOCAL_HOSTS | {_host_name(url.hostname or "")}
        self._security = security_headers(settings)
        self._names = frozenset(name for name, _ in self._security)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # we have none
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_secured(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = self.secured(message.get("headers", ()))
            await send(message)

        refusal = self.refusal(scope)
        try:
            if refusal is None:
                await self._app(scope, receive, send_secured)
            else:
                await answer(refusal, Request(scope))(scope, receive, send_secured)
        except asyncio.CancelledError:
            if started:
                raise
            await answer(_cut_off(scope), Request(scope))(scope, receive, send_secured)
        except Exception as error:  # noqa: BLE001  the edge: whatever it is, the caller gets an answer without details
            if started:
                log_failure(error)  # half an answer is out; the server sees that it was not finished, and cuts the line
                return
            await answer(as_domain_error(error), Request(scope))(scope, receive, send_secured)

    def secured(self, headers: Headers) -> list[tuple[bytes, bytes]]:
        """With our headers, but for those that the answer sets itself (the page with the camera has its own policy)."""
        own = [*headers]
        set_already = self._names.intersection(name for name, _ in own)
        if not set_already:
            return [*own, *self._security]
        return [*own, *(header for header in self._security if header[0] not in set_already)]

    def refusal(self, scope: Scope) -> DomainError | None:
        """Why no route may see this request; None for an ordinary one."""
        hosts, accepted, size, framings, ranges = [], [], 0, 0, 0
        for name, value in scope["headers"]:
            size += len(name) + len(value) + HEADER_OVERHEAD_BYTES
            if name == b"host":
                hosts.append(value)
            elif name == b"accept":
                accepted.append(value)
            elif name in (b"content-length", b"transfer-encoding"):
                framings += 1
            elif name == b"range":
                ranges += 1 + value.count(b",")
        path: str = scope["path"]
        if len(scope.get("raw_path") or path.encode()) + len(scope["query_string"]) > MAX_URL_BYTES:
            return UriTooLong("uri-too-long")
        if size > MAX_HEADER_BYTES:
            return HeadersTooLarge("headers-too-large")
        if not path.startswith("/"):
            return Unreadable(
                "bad-request"
            )  # `GET @evil.example`, `OPTIONS *`: no address here, and no origin to put before it
        if framings > 1:
            # Two ways to say where the body ends: proxy and server may disagree, and a request hide in it (RFC 9112 §6.3).
            return Unreadable("bad-framing", close=True)
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            return Unreadable("bad-host")
        if scope["method"] in ("TRACE", "CONNECT"):
            return MethodNotAllowed("method-not-allowed", allow="GET, POST")
        if ranges > MAX_RANGES:
            return RangeNotSatisfiable("bad-range")
        if accepted and (path in _PAGES or path.startswith(_ASKED)) and not _is_accepted(accepted, path):
            return NotAcceptable("not-acceptable")
        return None

    def _is_ours(self, host: bytes) -> bool:
        """Any port: a proxy or a forwarded port shows the browser another one than ours."""
        found = _HOST.fullmatch(host)
        return found is not None and found[1].lower() in self._hosts


def _cut_off(scope: Scope) -> DomainError:
    """The server stops and waits no longer. What somebody sent to be logged may be queued, and is written all the same."""
    reads = scope["method"] in ("GET", "HEAD")
    return Unavailable("stopping") if reads else OutcomeUnknown("outcome-unknown")


def security_headers(settings: Settings) -> tuple[tuple[bytes, bytes], ...]:
    """What every answer carries, also one that no route and no layer made. A browser heeds an opener policy only from a
    secure context, and at a phone's plain http says so as an error on every page: there it is left out."""
    if settings.public_url.startswith("https://"):
        return (*SECURITY_HEADERS, HSTS)
    return tuple(one for one in SECURITY_HEADERS if one != OPENER) if settings.lan else SECURITY_HEADERS


def _host_name(hostname: str) -> bytes:
    """As a browser sends it: IPv6 in brackets. (A Chinese name stands in the settings in its ASCII form.)"""
    return (f"[{hostname}]" if ":" in hostname else hostname).encode()


def _is_accepted(accepted: list[bytes], path: str) -> bool:
    media = ["application/json", "text/html", *(media for end, media in _OTHER_MEDIA if path.endswith(end))]
    return takes(b", ".join(accepted).decode("latin-1"), *media)
