"""Which comes first where an offer is accepted and taken back at once? One at a time: the second sees what the first did.

The acceptance stands in the log and the withdrawal in ops.db, which share no transaction. One process serves a log, so
its own locks are enough to put them in order.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import NamedTuple
from weakref import WeakValueDictionary

from trace.ledger.errors import Conflict, FieldFault
from trace.ledger.submission import Signed
from trace.records import record_id

IN_TURN = frozenset({"transfer_accepted", "party_registered"})
"""Kinds that something beside the log has a say in: an offer taken back, an identity number that is registered."""


class Accepted(NamedTuple):
    """An offer, as its record's id, and the place in a group of the statement that accepts it."""

    offer: str
    item: int


class Turns:
    """Whoever accepts or withdraws an offer waits for its turn. `withdrawn` says when an offer was taken back, if it was."""

    def __init__(self) -> None:
        self.withdrawn: Callable[[str], datetime | None] = lambda _offer: None
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, offers: Iterable[str]) -> AsyncIterator[None]:
        """Alone with these offers. Always in the same order, or two groups could wait for each other for ever."""
        locks = [self._locks.setdefault(one, asyncio.Lock()) for one in sorted(set(offers))]
        async with AsyncExitStack() as held:
            for lock in locks:
                await held.enter_async_context(lock)
            yield

    async def refuse_withdrawn(self, accepted: Iterable[Accepted]) -> None:
        """Raises `Conflict` (offer-withdrawn) where one of these was taken back."""
        for one in accepted:
            if await asyncio.to_thread(self.withdrawn, one.offer) is not None:
                raise Conflict("offer-withdrawn", FieldFault("/payload/offer", "offer-withdrawn"), item=one.item)


def accepted_in(items: Iterable[Signed]) -> Iterator[Accepted]:
    """The offers that these statements accept, as far as they name one; whether they may is for the log to say."""
    for at, one in enumerate(items):
        if one.statement.kind != "transfer_accepted":
            continue
        match one.statement.payload.get("offer"):
            case {"chain": str(chain), "seq": int(seq)}:
                yield Accepted(record_id(chain, seq), at)
            case _:
                pass


def waits_for_turn(items: Iterable[Signed]) -> bool:
    """Whether some of these statements may enter the log in their turn alone (`api.submitting`)."""
    return any(one.statement.kind in IN_TURN for one in items)
