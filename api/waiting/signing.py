"""How does a statement get its signatures and enter the log? Asked for, signed by one after the other, submitted whole.

The node keeps the bytes and checks each proof; the keys stay in the browsers. Whether the signatures are enough is asked
of the same rules that the log decides by, and the log decides once more.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from api.casework import log_step, wanted_of_case
from api.compose import received_statement
from api.documents.db import DocumentStore
from api.node import Node
from api.recording import log_all
from trace.ledger.canonical import b64url_encode
from trace.ledger.errors import (
    Conflict,
    DomainError,
    FieldFault,
    Forbidden,
    Invalid,
    NotFound,
    OutcomeUnknown,
    Overloaded,
    Unavailable,
)
from trace.ledger.sealing import time_received
from trace.ledger.statement import Statement, parse_statement, sign_document
from trace.ledger.store import Reads
from trace.ledger.submission import Receipt, Signed
from trace.offices import is_in_force, office_holders, officials_beside
from trace.places import is_covered
from trace.queries import find_key_owners, find_keys, find_parties, list_offices
from trace.state import Row, State

from . import LOGGED, Waiting, document_bytes
from .db import WaitingRoom

OF_CASES = "case"
"""Statements on chains of cases are signed by the one who acts, and by a second official where the row says so."""

NOT_NOW = (Unavailable, Overloaded, OutcomeUnknown)
"""After these the same statement can be sent again: it goes on waiting, with all its signatures."""


@dataclass(frozen=True)
class Asked:
    """What is to be said. `by_node`: the node signs first, as the actor or, under `custody`, for it; `corrects` and `reason`
    go with a correction; `before`: the node's own statement that comes before it in the same group."""

    kind: str
    payload: Mapping[str, Any]
    chain: str
    actor: str
    regions: tuple[str | None, ...]
    by_node: bool = False
    custody: bool = False
    corrects: str | None = None
    reason: str | None = None
    before: Statement | None = None


async def ask(
    node: Node, room: WaitingRoom, asked: Asked, *, asked_by: str, account: str, id: str | None = None
) -> Waiting:
    """Draft a statement and let it wait; with an `id` that waits already, that one. Raises `Invalid` with every fault of
    its payload."""
    if id is not None and (known := await asyncio.to_thread(room.find, id)):
        return known
    recorder = node.recorder
    fields, openings = recorder.draft(
        asked.kind, asked.payload, chain=asked.chain, actor=asked.actor, id=id or recorder.new_id()
    )
    fields["recorded_by"] = account
    fields.update({name: text for name in ("corrects", "reason") if (text := getattr(asked, name)) is not None})
    if asked.custody:
        fields["custody"] = "platform"
    proofs = (sign_document(fields, recorder.node_key, recorder.created()),) if asked.by_node else ()
    made = Waiting(
        fields["id"],
        document_bytes(fields),
        tuple(openings),
        proofs,
        asked.regions,
        asked_by,
        room.clock(),
        before=asked.before.data if asked.before else None,
    )
    await asyncio.to_thread(room.add, made)
    return made


def offices_of(connection: Connection, party: str, now: datetime) -> list[Row]:
    """The offices that a party holds today."""
    received = time_received(now, "")
    return [row for row in list_offices(connection) if row["party"] == party and is_in_force(row, received)]


def regions_of(connection: Connection, party: str) -> tuple[str | None, ...]:
    """Where those must hold office who vouch for a party's key: everywhere it does, else where it is registered."""
    held = {row["region"] for row in list_offices(connection) if row["party"] == party}
    if held:
        return tuple(sorted(held, key=lambda region: region or ""))
    return tuple(row["region"] for row in find_parties(connection, [party]))


def may_sign(reads: Reads, waiting: Waiting, party: str, now: datetime) -> bool:
    """Whether this party is one of those whose signature is still wanted."""
    if not waiting.is_open(now) or party in find_key_owners(reads.connection, waiting.signers):
        return False
    if waiting.kind.name == "founders_named":
        return party in waiting.fields["payload"]["parties"]
    if waiting.kind.chain == OF_CASES:
        return party in wanted_of_case(reads, waiting, now)
    held = offices_of(reads.connection, party, now)
    return bool(held) and all(any(is_covered(row["region"], one) for row in held) for one in waiting.regions)


def may_see(reads: Reads, waiting: Waiting, party: str, now: datetime) -> bool:
    """Those who may sign see it, those who have signed it, and whoever asked for it."""
    has_part = party == waiting.asked_by or party in find_key_owners(reads.connection, waiting.signers)
    return has_part or may_sign(reads, waiting, party, now)


def is_complete(reads: Reads, node: Node, signed: Signed, waiting: Waiting) -> bool:
    """Whether every signature is there that the kind asks for, and the actor's own."""
    statement = signed.statement
    owners = {*find_key_owners(reads.connection, statement.signers)}
    if statement.kind == "founders_named":
        return owners.issuperset(statement.payload["parties"])
    if not statement.custody and statement.actor not in (*owners, node.genesis.chain):
        return False
    if waiting.kind.chain == OF_CASES:
        return not wanted_of_case(reads, waiting, node.clock())
    state = State()
    for office in list_offices(reads.connection):
        state.know("office", office)
    for owner in owners:
        for key in find_keys(reads.connection, owner):
            state.know("key", key)
    received = time_received(node.clock(), "")
    if statement.kind == "correction":  # the party's own word, and one official beside it
        return bool(officials_beside(state, statement, node.log.size, received, waiting.regions))
    return len(office_holders(state, statement, node.log.size, received, waiting.regions)) >= 2


async def add_proof(
    node: Node, room: WaitingRoom, store: DocumentStore, waiting: Waiting, party: str, proof: object
) -> Receipt | None:
    """Check a proof that a party's browser made, keep it, and submit the statement once it has all of them.

    None while another signature is wanted. Raises `Invalid` (bad-signature and the like), `Forbidden` (key-not-valid,
    key-not-vouched), `NotFound` where this party's signature is not wanted, and whatever the log refuses with.
    """
    now = room.clock()
    with node.reading() as reads:
        if not may_sign(reads, waiting, party, now):
            raise NotFound("not-found")
        keys = {row["id"]: row for row in find_keys(reads.connection, party)}
    checked = await asyncio.to_thread(_signed, {**waiting.fields, "proof": [proof]}, waiting)
    row = keys.get(checked.statement.signers[0])
    _check_key(row, waiting)
    kept = await asyncio.to_thread(room.add_proof, waiting.id, checked.statement.proofs[0])
    if kept is None:
        raise NotFound("not-found")
    return await submit(node, room, store, kept)


def _check_key(row: Row | None, waiting: Waiting) -> None:
    """The key is this party's own and in force; for an act of office one that two office holders vouched for."""
    if row is None:
        raise Forbidden("key-not-valid", FieldFault("/proof", "key-not-valid"))
    if row["revoked"] is not None:
        raise Conflict("key-revoked", FieldFault("/proof", "key-revoked"))
    if row["office"] is None and waiting.kind.name != "founders_named":
        raise Forbidden("key-not-vouched", FieldFault("/proof", "key-not-vouched"))


async def submit(node: Node, room: WaitingRoom, store: DocumentStore, waiting: Waiting) -> Receipt | None:
    """Send a statement to the log where it has all its signatures; None where it has not. `store`: for what the node says
    with it.

    A refusal ends it, except where the node could not write just now.
    """
    with node.reading() as reads:
        standing = _standing_proofs(reads.connection, node, waiting)
    if not standing:
        return None
    signed = await asyncio.to_thread(_signed, {**waiting.fields, "proof": standing}, waiting)
    with node.reading() as reads:
        if not is_complete(reads, node, signed, waiting):
            return None
    try:
        if waiting.kind.name == "case_step":
            opening = Signed(parse_statement(waiting.before)) if waiting.before else None
            receipt = await log_step(node, store, signed, opening)
        else:
            receipt = (await log_all(node, signed))[0]
    except NOT_NOW:
        raise
    except DomainError as refused:
        await asyncio.to_thread(room.end, waiting.id, refused.code)
        raise
    await asyncio.to_thread(room.end, waiting.id, LOGGED, receipt.index)
    return receipt


def _standing_proofs(connection: Connection, node: Node, waiting: Waiting) -> list[dict[str, Any]]:
    """The proofs whose key is still in force: one that was revoked meanwhile would spoil what a third person may sign."""
    owners = find_key_owners(connection, waiting.signers)
    in_force = {row["id"] for owner in owners for row in find_keys(connection, owner) if row["revoked"] is None}
    in_force.add(node.genesis.key)
    return [proof for proof, did in zip(waiting.proofs, waiting.signers, strict=True) if did in in_force]


def _signed(document: Mapping[str, Any], waiting: Waiting) -> Signed:
    """The statement, parsed and its proofs checked, with its openings. Raises `Invalid`."""
    openings = [{"commit": one.commit, "salt": b64url_encode(one.salt), "value": one.value} for one in waiting.openings]
    if not isinstance(document["proof"], list) or not document["proof"]:
        raise Invalid("missing-proof", FieldFault("/proof", "missing-proof"))
    return received_statement(document, openings)
