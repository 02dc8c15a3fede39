"""How often may one address try to sign in, or ask for labels? Counted in memory; a restart forgets all of it.

A token cannot be guessed, and hardly a label's code: this spares the database, and makes a list of all codes the work of
centuries. What fails counts once, however often it is repeated: a village behind one address that opens the same stale link,
or scans the same label that we do not know, never reaches a limit. One account, here the token that was tried, waits longer
after each failure once there were ten: what a program does that never gives up.
"""

import ipaddress
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import lru_cache

from api.refusals import RateLimited

FAILURES = 100
SECONDS = 300.0
ADDRESSES_REMEMBERED = 10_000

ACCOUNT_FAILURES = 10
"""So many failures of an account within `SECONDS` cost no wait; from there each doubles it, from one second on."""
ACCOUNTS_REMEMBERED = 10_000

TRIED_NUMBERS = 10
"""Distinct identity numbers with which an account's registrations may be refused within `SECONDS`."""

SCANS_A_MINUTE = 1_200
"""Of one address without an account: a whole market behind one, each of five hundred phones twice."""
UNKNOWN_CODES = 30
"""Distinct well-formed codes that no batch has, within a minute. Labels are scanned, and a slip of the hand fails by its
check character, which asks nobody: only who guesses gets here."""

_MINUTE = 60.0
_IPV6_NET = 64  # whoever has one address of such a net has all of them

Clock = Callable[[], float]


class DistinctFailures:
    """Distinct failures by address: `most` within `seconds`, and the address has to wait."""

    def __init__(self, most: int, seconds: float, monotonic: Clock = time.monotonic) -> None:
        self._most, self._seconds, self._monotonic = most, seconds, monotonic
        self._tried: OrderedDict[str, deque[tuple[float, bytes]]] = OrderedDict()
        self._lock = threading.Lock()

    def seconds_to_wait(self, address: str) -> int:
        """0 where another try may be made; else in how many seconds, at least 1."""
        with self._lock:
            tried = self._recent(_net(address))
            if len(tried) < self._most:
                return 0
            return max(1, int(tried[0][0] + self._seconds - self._monotonic()) + 1)

    def add(self, address: str, what: bytes) -> None:
        """Note a failure; the same from the same address counts once."""
        net = _net(address)
        with self._lock:
            tried = self._recent(net)
            if all(known != what for _, known in tried):
                tried.append((self._monotonic(), what))
            self._tried[net] = tried
            self._tried.move_to_end(net)
            if len(self._tried) > ADDRESSES_REMEMBERED:
                self._tried.popitem(last=False)

    def _recent(self, net: str) -> deque[tuple[float, bytes]]:
        tried = self._tried.get(net, deque())
        while tried and tried[0][0] <= self._monotonic() - self._seconds:
            tried.popleft()
        return tried


class FailedSignIns(DistinctFailures):
    """Tokens that were none, within the last five minutes."""

    def __init__(self, monotonic: Clock = time.monotonic) -> None:
        super().__init__(FAILURES, SECONDS, monotonic)


class TriedNumbers(DistinctFailures):
    """Identity numbers of registrations that were refused, by account, within the last five minutes: who tries which
    people are registered gets nowhere, and who registers a village does not notice."""

    def __init__(self, monotonic: Clock = time.monotonic) -> None:
        super().__init__(TRIED_NUMBERS, SECONDS, monotonic)


class FailedAccounts:
    """Failures of each account within the last five minutes. A browser that it has used before has a count of its own:
    strangers who try cannot shut its owner out."""

    def __init__(self, monotonic: Clock = time.monotonic) -> None:
        self._monotonic = monotonic
        self._failed: OrderedDict[tuple[bytes, bytes], deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def seconds_to_wait(self, account: bytes, device: bytes = b"") -> int:
        """0 where another try may be made; else in how many seconds, at least 1. `device`: a browser that it has used."""
        with self._lock:
            failed, now = self._recent(account, device), self._monotonic()
            if len(failed) < ACCOUNT_FAILURES:
                return 0
            wait = min(SECONDS, 2.0 ** (len(failed) - ACCOUNT_FAILURES))
            left = failed[-1] + wait - now
            return 0 if left <= 0 else max(1, round(left))

    def add(self, account: bytes, device: bytes = b"") -> None:
        """Note a failure, the same again too."""
        with self._lock:
            failed = self._recent(account, device)
            failed.append(self._monotonic())
            self._failed[account, device] = failed
            self._failed.move_to_end((account, device))
            if len(self._failed) > ACCOUNTS_REMEMBERED:
                self._failed.popitem(last=False)

    def _recent(self, account: bytes, device: bytes) -> deque[float]:
        failed = self._failed.get((account, device), deque())
        while failed and failed[0] <= self._monotonic() - SECONDS:
            failed.popleft()
        return failed


class Scans:
    """Whether an address, or an account, may look up another label; and what it has looked up in vain."""

    def __init__(self, monotonic: Clock = time.monotonic) -> None:
        self._monotonic = monotonic
        self._unknown = DistinctFailures(UNKNOWN_CODES, _MINUTE, monotonic)
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, who: str) -> None:
        """Count a look-up. Raises `RateLimited` instead, for known and unknown codes alike: an answer to some would tell
        which of them exist."""
        if seconds := self._unknown.seconds_to_wait(who) or self._seconds_to_wait(who):
            raise RateLimited("rate-limited", retry_after=seconds, scans=True)

    def note_unknown(self, who: str, code: str) -> None:
        """A well-formed code that no batch has."""
        self._unknown.add(who, code.encode())

    def _seconds_to_wait(self, address: str) -> int:
        """A bucket of a minute's scans that fills again evenly: who waits a second gets twenty."""
        if _is_this_machine(address):
            return 0
        net, now = _net(address), self._monotonic()
        with self._lock:
            left, at = self._left.get(net, (float(SCANS_A_MINUTE), now))
            left = min(SCANS_A_MINUTE, left + (now - at) * SCANS_A_MINUTE / _MINUTE)
            self._left[net] = (left - 1 if left >= 1 else left), now
            self._left.move_to_end(net)
            if len(self._left) > ADDRESSES_REMEMBERED:
                self._left.popitem(last=False)
        return 0 if left >= 1 else 1


@lru_cache(maxsize=4_096)
def _net(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address  # a socket of this machine, or a test's client
    if found.version == 4:
        return address
    return str(ipaddress.ip_network((found, _IPV6_NET), strict=False))


@lru_cache(maxsize=4_096)
def _is_this_machine(address: str) -> bool:
    """A measurement, or a web server in front that does not say for whom it asks: then this is everybody, and a limit
    would lock out all shoppers at once."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
