"""What shape has an answer of the API? JSON by orjson, hashes in lower-case hex, one place for what all routes say."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from starlette.responses import Response

from trace.history import PartyView, RecordView
from trace.ledger.canonical import b64url_encode
from trace.ledger.statement import Statement
from trace.ledger.store import SealedRow
from trace.ledger.submission import Receipt
from trace.state import Row, balance

JSON = "application/json"


def json_answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(value), status, headers, JSON)


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """Where a statement stands, durable when this leaves; and what the rules said of it."""
    return {**_standing(receipt), "verdicts": verdicts_json(receipt.followed)}


def _standing(receipt: Receipt) -> dict[str, Any]:
    return {
        "id": receipt.id,
        "chain": receipt.chain,
        "seq": receipt.seq,
        "index": receipt.index,
        "leaf": receipt.leaf.hex(),
    }


def noun_json(receipt: Receipt) -> dict[str, Any]:
    """A registered party or place: its id is its chain."""
    return {**_standing(receipt), "id": receipt.chain, "statement": receipt.id}


def batch_opened_json(receipt: Receipt, code: str) -> dict[str, Any]:
    head = {"seq": receipt.seq, "index": receipt.index, "leaf": receipt.leaf.hex()}
    verdicts = verdicts_json(receipt.followed)
    return {"id": receipt.chain, "code": code, "statement": receipt.id, "head": head, "verdicts": verdicts}


def verdicts_json(followed: Sequence[Statement]) -> list[dict[str, Any]]:
    """What followed by rule, in the order of the log; what only moves amounts is not among it."""
    return [_verdict_json(one) for one in followed if one.kind in _OF_RULES]


_OF_RULES = frozenset({"verdict", "hold_placed", "hold_released", "flag_raised"})
_AS_STATED = ("outcome", "article", "remedy", "unverified")


def _verdict_json(statement: Statement) -> dict[str, Any]:
    payload = statement.payload
    reasons = payload.get("reasons", [payload["reason"]] if "reason" in payload else [])
    stated = {name: payload[name] for name in _AS_STATED if name in payload}
    return {
        "kind": statement.kind,
        "chain": statement.chain,
        "rule": payload["rule"],
        "reasons": reasons,
        **stated,
    }


def split_json(receipt: Receipt, parts: Sequence[tuple[Receipt, str]]) -> dict[str, Any]:
    """The split itself, and the batches that it made in the order in which they were asked for."""
    return {**receipt_json(receipt), "items": [{"id": part.chain, "code": code} for part, code in parts]}


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


def batch_json(row: Row, may_open: Callable[[str], bool], opener: str, head: SealedRow | None = None) -> dict[str, Any]:
    """A batch without what only a sealed record says: the stage that it reached, who bought it, and who has held it since.

    `opener`: its first owner, who is named to those who may not read of a transfer.
    """
    found = {
        "id": row["id"],
        "code": row["code"],
        "product": row["product"],
        "township": row["township"],
        "owner": row["owner"] if may_open("transfer_accepted") else opener,
        **({"holder": row["holder"]} if may_open("receipt") else {}),
        "state": state_of(row),
        **({"stage": row["stage"]} if may_open(row["stage"]) else {}),
        "balance": {"base_units": balance(row)},
    }
    return found if head is None else {**found, "head": head_json(head)}


def state_of(row: Row) -> str:
    """open, held or closed: what may be done with the goods, apart from the stage that they reached."""
    if row["holds"]:
        return "held"
    return "closed" if row["is_closed"] else "open"


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
