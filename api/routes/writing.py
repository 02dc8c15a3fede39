"""How do statements come in over HTTP? Registrations, events that the node signs, and statements that others signed."""

import asyncio
import os
import uuid
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow
from api.auth.policy import Caller, may
from api.body import fields, read_json
from api.compose import received_statement
from api.node import Node
from api.query import read_query
from api.routes.answers import batch_opened_json, json_answer, noun_json, receipt_json
from api.routes.described import answers
from trace.codes import label_code
from trace.events import KINDS, Nature
from trace.ledger.entry import is_chain_id
from trace.ledger.errors import DomainError, FieldFault, Forbidden, Invalid, NotFound
from trace.ledger.log import Receipt, Signed, Submission
from trace.ledger.statement import is_time
from trace.queries import find_batch, find_parties, find_places

MAX_GROUP = 1_000
KEY_OF_PARTY = uuid.UUID("0d9f1d4e-52b8-5c0e-a6a4-8f6f2f2f7c11")
"""Makes the id of the `key_added` that comes with a registration out of the registration's own."""

SentAt = Callable[[str, int], str]
"""Where in the body stands what a refusal points to: from the pointer into a statement, and its place in a group."""

router = APIRouter()


def node_of(request: Request) -> Node:
    node: Node = request.app.state.node
    return node


async def log_all(request: Request, *items: Signed, sent_at: SentAt) -> tuple[Receipt, ...]:
    """Submit and wait until durable (with `?wait=proof` until it is under a signed checkpoint)."""
    query = read_query(request, {"wait"})
    wait = query.get("wait")
    if wait not in (None, "proof"):
        raise Invalid("unknown-value", FieldFault("/wait", "unknown-value"))
    try:
        return await asyncio.wrap_future(node_of(request).log.submit(Submission(items, wait == "proof")))
    except DomainError as refusal:
        item = int(str(refusal.values.get("item", 0)))
        refusal.faults = tuple(FieldFault(sent_at(fault.pointer, item), fault.code) for fault in refusal.faults)
        raise


def in_event(pointer: str, _item: int) -> str:
    return "/Idempotency-Key" if pointer == "/id" else pointer


def in_registration(pointer: str, _item: int) -> str:
    return in_event(pointer.removeprefix("/payload"), _item)


def in_statement(pointer: str, _item: int) -> str:
    return f"/statement{pointer}"


def in_group(pointer: str, item: int) -> str:
    return f"/group/{item}/statement{pointer}"


def statement_id(request: Request, node: Node) -> str:
    """`Idempotency-Key` is the statement's id where the node makes the statement."""
    sent = request.headers.get("idempotency-key")
    if sent is None:
        return node.recorder.new_id()
    try:
        return f"urn:uuid:{uuid.UUID(sent)}"
    except ValueError as error:
        raise Invalid("bad-reference", FieldFault("/Idempotency-Key", "bad-reference")) from error


def occurred_at(body: Mapping[str, Any]) -> str | None:
    found = body.get("occurred_at")
    if "occurred_at" in body and not isinstance(found, str):
        raise Invalid("wrong-type", FieldFault("/occurred_at", "wrong-type"))
    if found is not None and not is_time(found):
        raise Invalid("not-a-time", FieldFault("/occurred_at", "not-a-time"))
    return found


def _payload(body: Mapping[str, Any], *without: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("occurred_at", *without)}


def own_party(caller: Caller) -> str:
    """The party that this account speaks for."""
    if caller.party is None:
        raise Forbidden("scope-missing")
    return caller.party


def _speaks_for(caller: Caller, action: str, party: str, region: str | None) -> None:
    """Foreign and unknown look alike."""
    if not may(caller, action, party=party, region=region):
        raise Invalid("bad-reference", FieldFault("/party", "bad-reference"))


@router.post("/parties", **answers("party"))
async def register_party(request: Request, caller: Annotated[Caller, allow("parties.create")]) -> Response:
    """Register a party; with `key` its first key enters in the same group."""
    node, body = node_of(request), await read_json(request)
    payload, key = _payload(body, "key"), body.get("key")
    if not may(caller, "parties.create", region=str(payload.get("region"))):
        raise Forbidden("scope-missing")
    chain, id, when = node.recorder.new_chain(), statement_id(request, node), occurred_at(body)
    common: dict[str, Any] = {
        "chain": chain,
        "actor": node.genesis.chain,
        "recorded_by": caller.account,
        "occurred_at": when,
        "at": "",
    }
    items = [node.recorder.record("party_registered", payload, id=id, **common)]
    if key is not None:
        added = {"key": key, "authenticated": "in person"}
        key_id = f"urn:uuid:{uuid.uuid5(KEY_OF_PARTY, id)}"
        items.append(node.recorder.record("key_added", added, id=key_id, **common))
    return json_answer(noun_json((await log_all(request, *items, sent_at=in_registration))[0]), 201)


@router.post("/parties/{id}/events", **answers("key-change"))
async def change_party(id: str, request: Request, caller: Annotated[Caller, allow("keys.change")]) -> Response:
    """Add or revoke a key of a party, recorded by the node for somebody whom it authenticated."""
    node, body = node_of(request), await read_json(request)
    fields(body, required={"kind": str, "payload": dict}, optional={"occurred_at": str})
    with node.reading() as reads:
        party = next(iter(find_parties(reads.connection, [id])), None)
    if party is None or not may(caller, "keys.change", party=id, region=party["region"]):
        raise NotFound("not-found")
    if body["kind"] not in ("key_added", "key_revoked"):
        raise Invalid("unknown-kind", FieldFault("/kind", "unknown-kind"))
    signed = node.recorder.record(
        body["kind"],
        body["payload"],
        chain=id,
        actor=node.genesis.chain,
        recorded_by=caller.account,
        id=statement_id(request, node),
        occurred_at=occurred_at(body),
    )
    return json_answer(receipt_json((await log_all(request, signed, sent_at=in_event))[0]), 201)


@router.post("/places", **answers("place"))
async def register_place(request: Request, caller: Annotated[Caller, allow("places.create")]) -> Response:
    """Register a plot, store or stall; its name, area and outline are committed, never published."""
    node, body = node_of(request), await read_json(request)
    payload = _payload(body)
    party = payload.get("party")
    _speaks_for(caller, "places.create", str(party), _region_of(node, str(party)))
    signed = node.recorder.record(
        "place_registered",
        payload,
        chain=node.recorder.new_chain(),
        actor=str(party),
        recorded_by=caller.account,
        id=statement_id(request, node),
        occurred_at=occurred_at(body),
        at="",
    )
    return json_answer(noun_json((await log_all(request, signed, sent_at=in_registration))[0]), 201)


def _region_of(node: Node, party: str) -> str | None:
    with node.reading() as reads:
        found = find_parties(reads.connection, [party])
    return found[0]["region"] if found else None


@router.post("/batches", **answers("batch"))
async def open_batch(request: Request, caller: Annotated[Caller, allow("batches.create")]) -> Response:
    """Open a batch; the node makes its label code, and takes the township from the place where none is given."""
    node, body = node_of(request), await read_json(request)
    party = body.get("party")
    region = _region_of(node, str(party))
    _speaks_for(caller, "batches.create", str(party), region)
    payload = _payload(body, "party")
    if payload.get("inputs") == []:
        del payload["inputs"]
    made: dict[str, Any] = {} if "code" in payload else {"code": label_code(os.urandom(7))}
    if "township" not in payload:
        made |= _origin_of(node, payload)
    signed = node.recorder.record(
        "batch_opened",
        payload,
        chain=node.recorder.new_chain(),
        actor=str(party),
        recorded_by=caller.account,
        id=statement_id(request, node),
        occurred_at=occurred_at(body),
        region=region,
        at="",
        made=made,
    )
    receipt = (await log_all(request, signed, sent_at=in_registration))[0]
    with node.reading() as reads:
        row = find_batch(reads.connection, receipt.chain)
    return json_answer(batch_opened_json(receipt, row["code"] if row else ""), 201)


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


@router.post("/batches/{id}/events", **answers("event"))
async def record_event(id: str, request: Request, caller: Annotated[Caller, allow("events.create")]) -> Response:
    """Record what happened to a batch; the node signs for the caller's party, and the statement says so."""
    node, body = node_of(request), await read_json(request)
    fields(body, required={"kind": str, "payload": dict}, optional={"occurred_at": str})
    kind = KINDS.get(body["kind"])
    if kind is None or kind.chain != "batch" or kind.nature is Nature.DERIVED or kind.name == "batch_opened":
        raise Invalid("unknown-kind", FieldFault("/kind", "unknown-kind"))
    with node.reading() as reads:
        if find_batch(reads.connection, id) is None:
            raise NotFound("not-found")
    signed = node.recorder.record(
        kind.name,
        body["payload"],
        chain=id,
        actor=own_party(caller),
        recorded_by=caller.account,
        id=statement_id(request, node),
        occurred_at=occurred_at(body),
    )
    return json_answer(receipt_json((await log_all(request, signed, sent_at=in_event))[0]), 201)


@router.post("/statements", **answers("statement"))
async def take_statements(request: Request, caller: Annotated[Caller, allow("statements.create")]) -> Response:
    """Take statements that somebody signed with an own key: one, or a group that enters all or none."""
    body = await read_json(request)
    if "group" not in body:
        fields(body, required={"statement": dict}, optional={"openings": list})
        signed = await asyncio.to_thread(received_statement, body["statement"], body.get("openings", []))
        return json_answer(receipt_json((await log_all(request, signed, sent_at=in_statement))[0]), 201)
    fields(body, required={"group": list}, optional={})
    if not 1 <= len(body["group"]) <= MAX_GROUP:
        raise Invalid("group-size", FieldFault("/group", "group-size"))
    items = await asyncio.to_thread(_received_group, body["group"])
    receipts = await log_all(request, *items, sent_at=in_group)
    return json_answer({"items": [receipt_json(one) for one in receipts]}, 201)


def _received_group(group: list[Any]) -> list[Signed]:
    items = []
    for at, one in enumerate(group):
        if not isinstance(one, dict) or not isinstance(one.get("statement"), dict):
            raise Invalid("wrong-type", FieldFault(f"/group/{at}", "wrong-type"))
        if unknown := set(one) - {"statement", "openings"}:
            raise Invalid("unknown-field", FieldFault(f"/group/{at}/{min(unknown)}", "unknown-field"))
        items.append(received_statement(one["statement"], one.get("openings", []), f"/group/{at}"))
    return items
