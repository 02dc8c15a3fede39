"""What shape has an answer of the API? JSON by orjson, hashes in lower-case hex, one place for what all routes say."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from starlette.responses import Response

from trace.history import PartyView, RecordView
from trace.ledger.canonical import b64url_encode
from trace.ledger.log import Receipt
from trace.ledger.store import SealedRow
from trace.state import Row, balance

JSON = "application/json"


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(value), status, headers, JSON)


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """Where a statement stands: durable when this leaves."""
    return {
        "id": receipt.id,
        "chain": receipt.chain,
        "seq": receipt.seq,
        "index": receipt.index,
        "leaf": receipt.leaf.hex(),
    }


def noun_json(receipt: Receipt) -> dict[str, Any]:
    """A registered party or place: its id is its chain."""
    return {**receipt_json(receipt), "id": receipt.chain, "statement": receipt.id}


def batch_opened_json(receipt: Receipt, code: str) -> dict[str, Any]:
    head = {"seq": receipt.seq, "index": receipt.index, "leaf": receipt.leaf.hex()}
    return {"id": receipt.chain, "code": code, "statement": receipt.id, "head": head}


def head_json(row: SealedRow) -> dict[str, Any]:
    return {"seq": row.seq, "index": row.index, "leaf": row.leaf.hex()}


def party_json(row: Row) -> dict[str, Any]:
    """What everybody may see of a party; no name where it is a natural person."""
    named = {"name": row["name"]} if row["name"] else {}
    return {
        "id": row["id"],
        **named,
        "legal_form": row["legal_form"],
        "roles": row["roles"].split(),
        "region": row["region"],
    }


def party_view_json(view: PartyView) -> dict[str, Any]:
    return party_json(
        {
            "id": view.id,
            "name": view.name,
            "legal_form": view.legal_form,
            "roles": " ".join(view.roles),
            "region": view.region,
        }
    )


def place_json(row: Row) -> dict[str, Any]:
    """A place as everybody may see it: township, never name, area or outline."""
    return {name: row[name] for name in ("id", "party", "region", "township", "place_kind")}


def batch_json(row: Row, may_open: Callable[[str], bool], head: SealedRow | None = None) -> dict[str, Any]:
    """A batch without what only a sealed record says: the stage that it reached, and who has held the goods since."""
    found = {
        "id": row["id"],
        "code": row["code"],
        "product": row["product"],
        "township": row["township"],
        "owner": row["owner"],
        **({"holder": row["holder"]} if may_open("receipt") else {}),
        "state": "closed" if row["is_closed"] else "open",
        **({"stage": row["stage"]} if may_open(row["stage"]) else {}),
        "balance": {"base_units": balance(row)},
    }
    return found if head is None else {**found, "head": head_json(head)}


def record_json(record: RecordView, id: str) -> dict[str, Any]:
    """A record of a batch; without its kind where the reader may not open it."""
    open_part = {} if record.kind is None else {"kind": record.kind, "occurred_at": record.occurred_at}
    return {"id": id, **open_part, "seq": record.seq, "index": record.index, "leaf": record.leaf.hex()}


def entry_json(row: SealedRow, is_open: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"index": row.index, "entry": row.entry.decode()}
    if is_open:
        found |= {"salt": b64url_encode(row.salt), "statement": row.statement.decode()}
    return found


def list_json(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"items": list(items)}
