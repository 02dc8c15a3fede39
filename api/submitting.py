"""How does a submission get to the writer and its answer back? In turn, where something beside the log has a say in it.

Who accepts an offer waits for whoever takes it back, and who registers a person for whoever registers the same number.
"""

import asyncio
from collections.abc import Sequence

from api.delivery import Awaited
from api.node import Node
from api.offers.turns import accepted_in, waits_for_turn
from api.registers.id_numbers import Wanted
from trace.ledger.errors import DomainError
from trace.ledger.submission import Receipt, Submission


async def submit(node: Node, submission: Submission) -> tuple[Receipt, ...]:
    """Submit and wait until the log has answered.

    Raises `Conflict` (offer-withdrawn) for the acceptance of an offer that its seller took back, (id-number-taken) for a
    natural person whose number is registered, else as the log refuses; the value `item` says which of a group it was.
    """
    if waits_for_turn(submission.items):
        # Nothing that ends the request lets go of the turn before the log has answered.
        return await asyncio.shield(_in_turn(node, submission))
    return await _put(node, submission)


async def _in_turn(node: Node, submission: Submission) -> tuple[Receipt, ...]:
    accepted, wanted = list(accepted_in(submission.items)), node.id_numbers.wanted_in(submission.items)
    async with node.turns.of([*(one.offer for one in accepted), *(one.turn for one in wanted)]):
        await node.turns.refuse_withdrawn(accepted)
        return await (_put_once(node, submission, wanted) if wanted else _put(node, submission))


async def _put_once(node: Node, submission: Submission, wanted: Sequence[Wanted]) -> tuple[Receipt, ...]:
    """With its identity numbers claimed, which are given back where the log refuses."""
    claimed = await asyncio.to_thread(node.id_numbers.claim, wanted)
    try:
        receipts = await _put(node, submission)
    except DomainError as refusal:
        await asyncio.to_thread(node.id_numbers.release, claimed, refusal)
        raise
    await asyncio.to_thread(node.id_numbers.settle, claimed, receipts)
    return receipts


async def _put(node: Node, submission: Submission) -> tuple[Receipt, ...]:
    answer: Awaited[tuple[Receipt, ...]] = Awaited()
    node.log.put(submission, answer)
    return await answer.wait()
