"""How do statements come in over HTTP? Registrations, events that the node signs, and statements that others signed."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.aside.keeping import set_aside
from api.auth.guard import allow
from api.auth.policy import Caller, may
from api.body import fields, read_json, read_json_bytes
from api.node import Node
from api.query import read_query
from api.recording import SentAt, in_event, text_in
from api.recording import log_all as log_items
from api.recording import open_batch as open_new_batch
from api.recording import record_event as record_new_event
from api.recording import register_party as register_new_party
from api.recording import register_place as register_new_place
from api.recording import split_batch as split_into_parts
from api.routes.answers import batch_opened_json, json_answer, noun_json, receipt_json, split_json
from api.routes.described import answers
from api.verifying import Verifier
from trace.ledger.errors import Conflict, FieldFault, Invalid, NotFound
from trace.ledger.statement import is_statement_id, is_time
from trace.ledger.submission import Receipt, Signed
from trace.queries import find_parties

router = APIRouter()


def node_of(request: Request) -> Node:
    node: Node = request.app.state.node
    return node


async def log_all(request: Request, *items: Signed, sent_at: SentAt) -> tuple[Receipt, ...]:
    """Submit and wait as the address asks."""
    return await log_items(node_of(request), *items, sent_at=sent_at, wait_proof=waits_for_proof(request))


def waits_for_proof(request: Request) -> bool:
    """Whether `?wait=proof` asks for an answer only once the entry is under a signed checkpoint."""
    wait = read_query(request, {"wait"}).get("wait")
    if wait not in (None, "proof"):
        raise Invalid("unknown-value", FieldFault("/wait", "unknown-value"))
    return wait is not None


def in_statement(pointer: str, _item: int) -> str:
    return f"/statement{pointer}"


def in_group(pointer: str, item: int) -> str:
    return f"/group/{item}/statement{pointer}"


def statement_id(request: Request, node: Node) -> str:
    """`Idempotency-Key` is the statement's id where the node makes the statement."""
    sent = request.headers.get("idempotency-key")
    if sent is None:
        return node.recorder.new_id()
    if not is_statement_id(f"urn:uuid:{sent}"):  # another spelling would come back as another key than was sent
        raise Invalid("bad-reference", FieldFault("/Idempotency-Key", "bad-reference"))
    return f"urn:uuid:{sent}"


def occurred_at(body: Mapping[str, Any]) -> str | None:
    found = body.get("occurred_at")
    if "occurred_at" in body and not isinstance(found, str):
        raise Invalid("wrong-type", FieldFault("/occurred_at", "wrong-type"))
    if found is not None and not is_time(found):
        raise Invalid("not-a-time", FieldFault("/occurred_at", "not-a-time"))
    return found


def _payload(body: Mapping[str, Any], *without: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("occurred_at", *without)}


@router.post("/parties", **answers("party"))
async def register_party(request: Request, caller: Annotated[Caller, allow("parties.create")]) -> Response:
    """Register a party; with `key` its first key enters in the same group."""
    node, body = node_of(request), await read_json(request)
    id, when, wait = statement_id(request, node), occurred_at(body), waits_for_proof(request)
    payload, key = _payload(body, "key"), body.get("key")
    receipt = await register_new_party(node, caller, payload, key, id=id, occurred_at=when, wait_proof=wait)
    return json_answer(noun_json(receipt), 201)


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
    id, when, wait = statement_id(request, node), occurred_at(body), waits_for_proof(request)
    receipt = await register_new_place(node, caller, _payload(body), id=id, occurred_at=when, wait_proof=wait)
    return json_answer(noun_json(receipt), 201)


@router.post("/batches", **answers("batch"))
async def open_batch(request: Request, caller: Annotated[Caller, allow("batches.create")]) -> Response:
    """Open a batch; the node makes its label code, and takes the township from the place where none is given."""
    node, body = node_of(request), await read_json(request)
    id, when, wait = statement_id(request, node), occurred_at(body), waits_for_proof(request)
    party, payload = text_in(body, "party"), _payload(body, "party")
    opened = await open_new_batch(node, caller, party, payload, id=id, occurred_at=when, wait_proof=wait)
    return json_answer(batch_opened_json(*opened), 201)


@router.post("/batches/{id}/events", **answers("event"))
async def record_event(id: str, request: Request, caller: Annotated[Caller, allow("events.create")]) -> Response:
    """Record what happened to a batch; the node signs for the caller's party, and the statement says so. A split answers
    with the batches that it made, in `items`."""
    node, body = node_of(request), await read_json(request)
    optional = {"occurred_at": str, "corrects": str, "reason": str}
    fields(body, required={"kind": str, "payload": dict}, optional=optional)
    statement, when, wait = statement_id(request, node), occurred_at(body), waits_for_proof(request)
    if body["kind"] == "batch_split" and not {"corrects", "reason"} & set(body):
        split = await split_into_parts(
            node, caller, id, body["payload"], id=statement, occurred_at=when, wait_proof=wait
        )
        return json_answer(split_json(*split), 201)
    receipt = await record_new_event(
        node,
        caller,
        id,
        body["kind"],
        body["payload"],
        id=statement,
        occurred_at=when,
        corrects=body.get("corrects"),
        reason=body.get("reason"),
        wait_proof=wait,
    )
    return json_answer(receipt_json(receipt), 201)


@router.post("/statements", **answers("statement"))
async def take_statements(request: Request, caller: Annotated[Caller, allow("statements.create")]) -> Response:
    """Take statements that somebody signed with an own key: one, or a group that enters all or none. What came under a
    key that had ended is kept aside, which its refusal says."""
    verifier: Verifier = request.app.state.verifier
    incoming = await verifier.read(await read_json_bytes(request))
    try:
        receipts = await log_all(request, *incoming.items, sent_at=in_group if incoming.is_group else in_statement)
    except Conflict as refusal:
        await set_aside(node_of(request), request.app.state.aside, incoming.items, refusal)
        raise
    if not incoming.is_group:
        return json_answer(receipt_json(receipts[0]), 201)
    return json_answer({"items": [receipt_json(one) for one in receipts]}, 201)
