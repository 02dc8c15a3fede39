"""How does a clerk vouch for what was kept aside, or dismiss it? The node records the same words for the party, in custody.

The record goes the way of every form: the same checks, the same refusals. It keeps the id, so that the party's own second
signature and the clerk's word can never both enter; whichever is first counts.
"""

import asyncio
import logging

from api.node import Node
from api.recording import in_event, is_recordable, log_all
from trace.events import KINDS
from trace.ledger.errors import FieldFault, Invalid, NotFound

from . import DISMISSED, REASONS, Aside
from .db import AsideStore
from .keeping import note_logged

OPENING = frozenset({"batch_opened", "place_registered"})
SIGNED_ALONE = frozenset({"hold_released"})
"""Acts of office, which nobody says for another."""

_log = logging.getLogger("suxin.aside")


def is_vouchable(one: Aside) -> bool:
    """Whether the node may record a statement of this kind for its party: what the party could have typed into a form."""
    return one.kind_name in OPENING or (is_recordable(KINDS[one.kind_name]) and one.kind_name not in SIGNED_ALONE)


def recorded_by(account: str, one: Aside) -> str:
    """Who typed it, and that the words came under a key that had ended: a member of the statement for everybody to read."""
    return f"{account} vouching {one.key}"


async def vouch(node: Node, store: AsideStore, one: Aside, account: str) -> None:
    """Record the words of a statement that waits, in custody, at the time that they state; then it is settled.

    Raises `NotFound` for a kind that nobody may vouch for, else as the log refuses, and it goes on waiting.
    """
    if not is_vouchable(one):
        raise NotFound("not-found")
    said = one.fields
    signed = node.recorder.record(
        one.kind_name,
        one.opened,
        chain=one.chain,
        actor=one.party,
        recorded_by=recorded_by(account, one),
        id=one.id,
        occurred_at=said["occurred_at"],
        corrects=said.get("corrects"),
        reason=said.get("reason"),
    )
    await log_all(node, signed, sent_at=in_event)
    await asyncio.to_thread(note_logged, node, store, account)


async def dismiss(store: AsideStore, one: Aside, account: str, reason: str) -> None:
    """It is not recorded, and its words go. Raises `Invalid` (unknown-value) for a reason that is none of `REASONS`."""
    if reason not in REASONS:
        raise Invalid("unknown-value", FieldFault("/reason", "unknown-value"))
    await asyncio.to_thread(store.settle, one.id, DISMISSED, by=account, reason=reason)
    _log.info("aside.dismissed")
