"""How does an answer from another thread reach the event loop? Many at once, with one wake-up.

A wake-up costs more than an answer, and the writer answers a whole transaction at a time.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class Delivery:
    """The way into one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_called = False
        self._lock = threading.Lock()

    def bring(self, finish: Callable[[], None]) -> None:
        """Have `finish` run in the loop. After the loop has closed there is nobody to tell: nothing happens."""
        with self._lock:
            self._waiting.append(finish)
            if self._is_called:
                return
            self._is_called = True
        try:
            self._loop.call_soon_threadsafe(self._empty)
        except RuntimeError:
            return

    def _empty(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, deque()
            self._is_called = False
        for finish in waiting:
            finish()


class Awaited(Generic[T]):
    """One answer: some thread sets it, once; the coroutine that made it awaits it. A cancelled waiter hears nothing."""

    __slots__ = ("_delivery", "_future")

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._future: asyncio.Future[T] = loop.create_future()
        self._delivery = _delivery_into(loop)

    def set_result(self, value: T, /) -> None:
        self._delivery.bring(lambda: self._finish(self._future.set_result, value))

    def set_exception(self, error: BaseException, /) -> None:
        self._delivery.bring(lambda: self._finish(self._future.set_exception, error))

    def _finish(self, tell: Callable[[Any], None], what: object) -> None:
        if not self._future.done():
            tell(what)

    async def wait(self) -> T:
        return await self._future


@dataclass(frozen=True, slots=True)
class Heard(Generic[T]):
    """One answer for whoever waits for it without a coroutine: one of the two runs in the loop, once."""

    _delivery: Delivery
    _result: Callable[[T], None]
    _error: Callable[[BaseException], None]

    def set_result(self, value: T, /) -> None:
        self._delivery.bring(partial(self._result, value))

    def set_exception(self, error: BaseException, /) -> None:
        self._delivery.bring(partial(self._error, error))


def heard_in_loop(result: Callable[[T], None], error: Callable[[BaseException], None]) -> Heard[T]:
    """An answer that the running loop hears of by a call."""
    return Heard(_delivery_into(asyncio.get_running_loop()), result, error)


_deliveries: "WeakKeyDictionary[asyncio.AbstractEventLoop, Delivery]" = WeakKeyDictionary()


def _delivery_into(loop: asyncio.AbstractEventLoop) -> Delivery:
    found = _deliveries.get(loop)
    if found is None:
        found = _deliveries[loop] = Delivery(loop)
    return found
