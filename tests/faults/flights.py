"""Which requests are in flight when a node is killed? All of them left before the kill, and no answer ever came."""

import threading
from collections.abc import Callable


class NothingInFlight(Exception):
    """Nobody sent anything within the time that a strike may wait."""


class Flights:
    """Who waits for an answer; each sender has one request at a time.

    What leaves is counted under the same lock as the kill, so that nothing counts which left after it.
    """

    def __init__(self) -> None:
        self._waiting: set[str] = set()
        self._changed = threading.Condition()
        self._is_struck = False

    def left(self, sender: str) -> None:
        """All of a request has left."""
        with self._changed:
            if not self._is_struck:
                self._waiting.add(sender)
                self._changed.notify()

    def landed(self, sender: str) -> None:
        """Its answer came: before the kill, or after it because it was under way already."""
        with self._changed:
            self._waiting.discard(sender)

    def strike(self, kill: Callable[[], None], seconds: float) -> None:
        """Kill while a request is in flight. Raises NothingInFlight, and kills nothing, where none is in all that time."""
        with self._changed:
            if not self._changed.wait_for(lambda: bool(self._waiting), seconds):
                raise NothingInFlight
            kill()
            self._is_struck = True

    @property
    def unanswered(self) -> int:
        """How many requests were in flight at the kill and got no answer, once every sender has given up."""
        return len(self._waiting)
