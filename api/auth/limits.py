"""How often may somebody try to sign in from one address? Failures are counted, in memory, by what was tried.

A token cannot be guessed, so this spares the database, not the accounts. It counts distinct failures: a village behind one
address that opens the same stale link again and again never reaches the limit. A restart forgets all of it.
"""

import ipaddress
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

FAILURES = 100
SECONDS = 300.0
ADDRESSES_REMEMBERED = 10_000
_IPV6_NET = 64  # whoever has one address of such a net has all of them


class FailedSignIns:
    """Distinct failures by address, within the last five minutes."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._tried: OrderedDict[str, deque[tuple[float, bytes]]] = OrderedDict()
        self._lock = threading.Lock()

    def seconds_to_wait(self, address: str) -> int:
        """0 where another try may be made; else in how many seconds, at least 1."""
        with self._lock:
            tried = self._recent(_net(address))
            if len(tried) < FAILURES:
                return 0
            return max(1, int(tried[0][0] + SECONDS - self._monotonic()) + 1)

    def add(self, address: str, token_hash: bytes) -> None:
        """Note a failure; the same token from the same address counts once."""
        net = _net(address)
        with self._lock:
            tried = self._recent(net)
            if all(known != token_hash for _, known in tried):
                tried.append((self._monotonic(), token_hash))
            self._tried[net] = tried
            self._tried.move_to_end(net)
            if len(self._tried) > ADDRESSES_REMEMBERED:
                self._tried.popitem(last=False)

    def _recent(self, net: str) -> deque[tuple[float, bytes]]:
        tried = self._tried.get(net, deque())
        while tried and tried[0][0] <= self._monotonic() - SECONDS:
            tried.popleft()
        return tried


def _net(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address  # a socket of this machine, or a test's client
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found, _IPV6_NET), strict=False))
