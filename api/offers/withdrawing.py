"""May a seller take an offer back? As long as nobody accepted it."""

import asyncio

from api.node import Node
from api.offers.db import AnsweredOffers
from trace.ledger.errors import Conflict, NotFound, Unavailable
from trace.queries import find_batch


async def withdraw_offer(node: Node, withdrawn: AnsweredOffers, batch: str, offer: str, seller: str) -> None:
    """From now on nobody accepts this offer; whoever is about to is waited for first.

    Raises `NotFound` for a batch that this party never owned, `Conflict` where the offer was accepted (offer-accepted) or
    another took its place (offer-replaced), `Unavailable` where the log does not write.
    """
    async with node.turns.of([offer]):
        if node.log.read_only:
            # It may have stopped at a COMMIT that held the acceptance: the next start knows, and this one must not guess.
            raise Unavailable("read-only", reason=node.log.read_only)
        with node.reading() as reads:
            row = find_batch(reads.connection, batch)
        if row is None or seller not in (row["owner"], *row["kept_by"].split()):
            raise NotFound("not-found")
        if row["owner"] != seller:
            raise Conflict("offer-accepted")
        if row["offer"] != offer:
            raise Conflict("offer-replaced")
        await asyncio.to_thread(withdrawn.add, offer, seller)
