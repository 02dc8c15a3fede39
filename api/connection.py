"""What becomes of bytes that are no request, or not in time? They are answered as everything else is, and the line is cut.

uvicorn waits for ever for the end of a head, keeps whatever is sent of it, and answers its parser's errors with one bare
line. No route sees such bytes, nor does the edge. What has a short way (`api/shortway.py`) is handed to it here, if the
whole request came in one piece.
"""

import asyncio
from collections.abc import Iterable
from functools import partial
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.problems import answer
from api.refusals import HeadersTooLarge, TooSlow
from api.shortway import Sent, ShortWay
from trace.ledger.errors import DomainError, Unreadable

HEAD_SECONDS = 10.0
"""From the first byte of a request, or from the opening of the connection, until its headers are whole."""
MAX_HEAD_BYTES = 65_536
"""Of a head that does not end; one that ends within it is measured by the edge, which says so more exactly."""


class Connection(HttpToolsProtocol):
    """One connection. `security`: the headers that every answer carries. `short_way`: of the app that it serves."""

    def __init__(
        self,
        *given: Any,
        security: Iterable[tuple[bytes, bytes]] = (),
        short_way: ShortWay | None = None,
        head_seconds: float = HEAD_SECONDS,
        **more: Any,
    ) -> None:
        super().__init__(*given, **more)
        self._security, self._head_seconds = tuple(security), head_seconds
        self._deadline: asyncio.TimerHandle | None = None
        self._is_in_head = True
        self._heads = 0
        self._head_bytes = 0  # of the head that is not whole yet
        self._short_way = short_way
        self._is_receiving = False
        self._held: tuple[RequestResponseCycle, Any] | None = None  # a request that may take it, while bytes are read

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_head, heads = self._is_in_head, self._heads
        if was_in_head:
            self._expect_head()  # also for bytes in which the parser finds no beginning of a request
        self._is_receiving = True
        super().data_received(data)
        self._is_receiving = False
        if self._held is not None:
            (cycle, app), self._held = self._held, None
            self._take(cycle, app)
        # Only what brought no head to its end: before that it may have been anything, a body among it.
        if was_in_head and heads == self._heads and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(HeadersTooLarge("headers-too-large"))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = max(1, self._head_bytes)
        self._expect_head()

    def on_headers_complete(self) -> None:
        self._is_in_head, self._heads, self._head_bytes = False, self._heads + 1, 0
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_in_head = True

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        scope: Any = cycle.scope  # uvicorn and starlette name the type of the same thing each in its own way
        if self._is_receiving and self._short_way is not None and self._short_way.wants(scope):
            self._held = cycle, app
        else:
            super()._start_asgi_task(cycle, app)

    def _take(self, cycle: RequestResponseCycle, app: Any) -> None:
        go_round = partial(super()._start_asgi_task, cycle, app)
        if cycle.more_body or cycle.waiting_for_100_continue or self._short_way is None:
            go_round()
            return
        scope: Any = cycle.scope
        body = bytes(cycle.body)  # the cycle keeps its own, in case that it goes round
        self._short_way.take(Sent(scope, body, partial(self._reply, cycle), go_round))

    def _reply(self, cycle: RequestResponseCycle, response: Response) -> None:
        """Answer in one piece, as uvicorn does in two, for a request that it has not started."""
        if cycle.disconnected or self.transport.is_closing() or self._short_way is None:
            return
        headers = [*cycle.default_headers, *self._short_way.secured(response)]
        if (b"connection", b"close") in headers:
            cycle.keep_alive = False
        elif not cycle.keep_alive:
            headers.append((b"connection", b"close"))
        self.transport.write(_answer_bytes(response, headers))
        cycle.response_started = cycle.response_complete = True
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(Unreadable("bad-request"))

    def _expect_head(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self._head_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self._expect_head()  # an answer to the request before is on its way
        elif self._head_bytes:
            self._refuse(TooSlow("headers-too-slow"))
        else:
            self.transport.close()  # a browser opens lines that it may never use: nothing was asked

    def _refuse(self, error: DomainError) -> None:
        """Answer, and end the connection: where the next request would begin, nobody knows."""
        self._stop_waiting()
        told = answer(error, Request({"type": "http", "method": "GET", "path": "/", "headers": []}))
        headers = [*((name, value) for name, value in told.raw_headers if name != b"connection"), *self._security]
        self.transport.write(_answer_bytes(told, [*headers, (b"connection", b"close")]))
        self.transport.close()


def _answer_bytes(response: Response, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    first = b"HTTP/1.1 %d %s" % (response.status_code, HTTPStatus(response.status_code).phrase.encode())
    return b"\r\n".join([first, *(b"%s: %s" % header for header in headers), b"", bytes(response.body)])
