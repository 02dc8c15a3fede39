"""What is done when somebody registers a place, opens, splits or blends batches, or records an event? The one way of the
API and the pages.

Whoever reads a request hands over plain payloads; faults point into the payload of a registration, and below `/payload`
of an event.
"""

import hashlib
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from api.auth.policy import Caller, may
from api.node import Node
from api.submitting import submit
from trace.codes import label_code
from trace.corrections import check_said_of_another
from trace.events import KINDS, Kind, Nature
from trace.ledger.canonical import b64url_encode
from trace.ledger.entry import is_chain_id
from trace.ledger.errors import DomainError, FieldFault, Forbidden, Invalid, NotFound
from trace.ledger.submission import Receipt, Signed, Submission
from trace.queries import find_batch, find_parties, find_places

SentAt = Callable[[str, int], str]
"""Where in the request stands what a refusal points to: from the pointer into a statement, and its place in a group."""


KEY_OF_PARTY = uuid.UUID("0d9f1d4e-52b8-5c0e-a6a4-8f6f2f2f7c11")
"""Makes the id of the `key_added` that comes with a registration out of the registration's own."""

OF_A_GROUP = uuid.UUID("6c0f3f0a-3f0e-5b7b-9d0c-5a4b0d2f6e31")
"""Makes the ids of the statements that come with one out of its own: a request that is sent twice makes the same group."""


class BatchOpened(NamedTuple):
    """Where the batch stands in the log, and the code for its label."""

    receipt: Receipt
    code: str


class BatchSplit(NamedTuple):
    """Where the split stands in its batch, and the batches that it made, in the order of the request."""

    receipt: Receipt
    parts: tuple[BatchOpened, ...]


async def log_all(
    node: Node, *items: Signed, sent_at: SentAt | None = None, wait_proof: bool = False
) -> tuple[Receipt, ...]:
    """Submit and wait until durable (with `wait_proof` until it is under a signed checkpoint).

    Raises as `submit` does; where `sent_at` is given, faults point into what was sent.
    """
    try:
        return await submit(node, Submission(items, wait_proof))
    except DomainError as refusal:
        if sent_at is not None:
            item = int(str(refusal.values.get("item", 0)))
            refusal.faults = tuple(FieldFault(sent_at(fault.pointer, item), fault.code) for fault in refusal.faults)
        raise


def in_event(pointer: str, _item: int) -> str:
    return "/Idempotency-Key" if pointer == "/id" else pointer


def in_registration(pointer: str, _item: int) -> str:
    return in_event(pointer.removeprefix("/payload"), _item)


async def register_party(
    node: Node,
    caller: Caller,
    payload: Mapping[str, Any],
    key: object = None,
    *,
    id: str,
    occurred_at: str | None = None,
    wait_proof: bool = False,
) -> Receipt:
    """Register a party under a chain of its own; with `key` its first key enters in the same group.

    Raises `Forbidden` for a caller who registers nobody, `Conflict` (id-number-taken) for a natural person who is registered
    already, `RateLimited` where too many identity numbers were tried.
    """
    if not may(caller, "parties.create", region=text_in(payload, "region")):
        raise Forbidden("scope-missing")
    common: dict[str, Any] = {
        "chain": node.recorder.new_chain(),
        "opens": True,
        "actor": node.genesis.chain,
        "recorded_by": caller.account,
        "occurred_at": occurred_at,
        "at": "",
    }
    group = [node.recorder.record("party_registered", payload, id=id, **common)]
    if key is not None:
        added = {"key": key, "authenticated": "in person"}
        key_id = f"urn:uuid:{uuid.uuid5(KEY_OF_PARTY, id)}"
        group.append(node.recorder.record("key_added", added, id=key_id, **common))
    with node.id_numbers.counted(caller.account, payload):
        return (await log_all(node, *group, sent_at=in_registration, wait_proof=wait_proof))[0]


async def register_place(
    node: Node,
    caller: Caller,
    payload: Mapping[str, Any],
    *,
    id: str,
    occurred_at: str | None = None,
    wait_proof: bool = False,
) -> Receipt:
    """Register a plot, store or stall of the payload's party; its chain is the new place's id.

    Raises `Invalid` for a party that is not the caller's to speak for, whether it exists or not.
    """
    party = text_in(payload, "party")
    speak_for(caller, "places.create", party, region_of(node, party))
    signed = node.recorder.record(
        "place_registered",
        payload,
        chain=node.recorder.new_chain(),
        opens=True,
        actor=party,
        recorded_by=caller.account,
        id=id,
        occurred_at=occurred_at,
        at="",
    )
    return (await log_all(node, signed, sent_at=in_registration, wait_proof=wait_proof))[0]


async def open_batch(
    node: Node,
    caller: Caller,
    party: str,
    payload: Mapping[str, Any],
    *,
    id: str,
    occurred_at: str | None = None,
    wait_proof: bool = False,
    blended: Mapping[str, Any] = MappingProxyType({}),
) -> BatchOpened:
    """Open a batch; the node makes its label code, and takes the township from the place where none is given.

    With two or more inputs it is a blend, and says so in the same group, with what `blended` tells of it.
    """
    region = region_of(node, party)
    speak_for(caller, "batches.create", party, region)
    asked = {name: value for name, value in payload.items() if (name, value) != ("inputs", [])}
    made: dict[str, Any] = {} if "code" in asked else {"code": label_code(os.urandom(7))}
    if "township" not in asked:
        made |= _origin_of(node, asked)
    common: dict[str, Any] = {
        "chain": node.recorder.new_chain(),
        "opens": True,
        "actor": party,
        "recorded_by": caller.account,
        "occurred_at": occurred_at,
        "at": "",
    }
    group = [node.recorder.record("batch_opened", asked, id=id, region=region, made=made, **common)]
    inputs = asked.get("inputs", [])
    if len(inputs) > 1:
        said = {"inputs": inputs, **blended}
        group.append(node.recorder.record("batch_merged", said, id=_id_in_group(id, 1), **common))
    receipt = (await log_all(node, *group, sent_at=in_registration, wait_proof=wait_proof))[0]
    return _opened(node, receipt)


async def split_batch(
    node: Node,
    caller: Caller,
    batch: str,
    payload: Mapping[str, Any],
    *,
    id: str,
    occurred_at: str | None = None,
    wait_proof: bool = False,
) -> BatchSplit:
    """Divide a batch into new ones: `outputs` with a quantity each, whose batch ids the node makes where none is given.

    The split and every opening enter together or not at all. Raises `NotFound` for the batch, else as the log refuses.
    """
    party = own_party(caller)
    with node.reading() as reads:
        row = find_batch(reads.connection, batch)
    if row is None:
        raise NotFound("not-found")
    whole = dict(payload)
    if isinstance(payload.get("outputs"), list):
        whole["outputs"] = _with_ids(payload["outputs"], id)
    common: dict[str, Any] = {"actor": party, "recorded_by": caller.account, "occurred_at": occurred_at}
    group = [node.recorder.record("batch_split", whole, chain=batch, id=id, **common)]
    for number, one in enumerate(whole["outputs"], 1):
        opening = {
            "product": row["product"],
            "quantity": one["quantity"],
            "inputs": [{"batch": batch, "quantity": one["quantity"]}],
        }
        made = {"code": label_code(os.urandom(7)), "township": row["township"]}
        group.append(
            node.recorder.record(
                "batch_opened", opening, chain=one["batch"], id=_id_in_group(id, number), made=made, **common
            )
        )
    receipts = await log_all(node, *group, sent_at=_in_split, wait_proof=wait_proof)
    return BatchSplit(receipts[0], tuple(_opened(node, receipt) for receipt in receipts[1:]))


def _with_ids(outputs: Sequence[Any], id: str) -> list[Any]:
    """The outputs with a batch id each. Out of the split's own id: the same request names the same batches again."""
    return [
        {"batch": b64url_encode(hashlib.sha256(f"{id} {number}".encode()).digest()[:16]), **one}
        if isinstance(one, dict)
        else one
        for number, one in enumerate(outputs, 1)
    ]


def _in_split(pointer: str, item: int) -> str:
    """A fault of an opened part means the output that asked for it."""
    return in_event(pointer, item) if item == 0 else f"/payload/outputs/{item - 1}"


def _id_in_group(id: str, number: int) -> str:
    return f"urn:uuid:{uuid.uuid5(OF_A_GROUP, f'{id} {number}')}"


def _opened(node: Node, receipt: Receipt) -> BatchOpened:
    with node.reading() as reads:
        row = find_batch(reads.connection, receipt.chain)
    return BatchOpened(receipt, row["code"] if row else "")


async def record_event(
    node: Node,
    caller: Caller,
    batch: str,
    kind: str,
    payload: Mapping[str, Any],
    *,
    id: str,
    occurred_at: str | None = None,
    corrects: str | None = None,
    reason: str | None = None,
    wait_proof: bool = False,
) -> Receipt:
    """Record what happened to a batch; the node signs for the caller's party, and the statement says so. `corrects` and
    `reason` go with a correction; a split opens its parts (`split_batch`).

    Raises `Invalid` (unknown-kind) for a kind that nobody records by hand on a batch, `NotFound` for the batch.
    """
    if not is_recordable(KINDS.get(kind)):
        raise Invalid("unknown-kind", FieldFault("/kind", "unknown-kind"))
    check_said_of_another(kind, corrects, reason)
    if kind == "batch_split":
        split = await split_batch(node, caller, batch, payload, id=id, occurred_at=occurred_at, wait_proof=wait_proof)
        return split.receipt
    with node.reading() as reads:
        if find_batch(reads.connection, batch) is None:
            raise NotFound("not-found")
    signed = node.recorder.record(
        kind,
        payload,
        chain=batch,
        actor=own_party(caller),
        recorded_by=caller.account,
        id=id,
        occurred_at=occurred_at,
        corrects=corrects,
        reason=reason,
    )
    return (await log_all(node, signed, sent_at=in_event, wait_proof=wait_proof))[0]


def is_recordable(kind: Kind | None) -> bool:
    """Whether somebody records this kind on a batch that is open already."""
    if kind is None or kind.chain != "batch":
        return False
    return kind.nature is not Nature.DERIVED and kind.name != "batch_opened"


def own_party(caller: Caller) -> str:
    """The party that this account speaks for."""
    if caller.party is None:
        raise Forbidden("scope-missing")
    return caller.party


def text_in(body: Mapping[str, Any], name: str) -> str:
    """What policy goes by, in a body that nothing has checked yet. Raises `Invalid` (missing-field, wrong-type)."""
    found = body.get(name)
    if isinstance(found, str):
        return found
    code = "wrong-type" if name in body else "missing-field"
    raise Invalid(code, FieldFault(f"/{name}", code))


def speak_for(caller: Caller, action: str, party: str, region: str | None) -> None:
    """Foreign and unknown look alike."""
    if not may(caller, action, party=party, region=region):
        raise Invalid("bad-reference", FieldFault("/party", "bad-reference"))


def region_of(node: Node, party: str) -> str | None:
    """Where a party lies; None for one that nobody registered."""
    with node.reading() as reads:
        found = find_parties(reads.connection, [party])
    return found[0]["region"] if found else None


def _origin_of(node: Node, payload: Mapping[str, Any]) -> dict[str, str]:
    """The township of a batch that names none: that of its place, else of its input. Raises `Invalid` where that is unknown."""
    place, inputs = payload.get("place"), payload.get("inputs")
    with node.reading() as reads:
        if isinstance(place, str):
            rows, named, pointer = find_places(reads.connection, [place]), place, "/place"
        elif isinstance(inputs, list) and inputs and isinstance(inputs[0], dict):
            named = str(inputs[0].get("batch"))
            row, pointer = find_batch(reads.connection, named), "/inputs/0/batch"
            rows = [row] if row else []
        else:
            return {}
    if not rows and is_chain_id(named):  # what is no id at all is told with the other faults of the payload
        raise Invalid("bad-reference", FieldFault(pointer, "bad-reference"))
    return {"township": rows[0]["township"]} if rows else {}
