"""How does an entry change the rows? Order of arrival does not change a balance, a stage, a holder or an open question. (pure)"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from .corrections import apply_correction
from .events import KINDS, Nature
from .holds import CONTROLS, OVERDRAWN
from .judging import SETTLES, judge, judge_all
from .ledger.entry import Entry
from .ledger.statement import Statement
from .lineage import owe_blend, owe_parts, project_transfer
from .offices import adopt_table, end_office, give_office, is_vouched, name_founders
from .quantity import base_amount, parse_quantity
from .records import add_record, records_of, said
from .rules import field_duties
from .state import Row, State, balance
from .whose_goods import spoken_of
from .wing import Wing


def project(state: State, entry: Entry, leaf: bytes, statement: Statement, wing: Wing | None = None) -> None:
    """Change the rows as this entry says. Never refuses: what is logged is logged."""
    state.add_leaf(entry.chain, entry.seq, leaf)
    kind, change = KINDS[statement.kind], _CHANGES.get(statement.kind)
    if wing and kind.chain in wing.chains:
        wing.project(state, entry, leaf, statement)
    elif change:
        change(state, entry, statement)
    elif statement.kind == "correction":
        _correct(state, entry, statement)
    elif statement.kind in CONTROLS:
        CONTROLS[statement.kind](state, entry, leaf, statement)
    elif state.find("batch", entry.chain):
        _change_batch(state, entry, leaf, statement)
    if kind.chain == "batch" and kind.nature is not Nature.DERIVED:
        add_record(state, entry, leaf, statement, spoken_of(state, statement))
        _settle_questions(state, entry.chain, SETTLES.get(statement.kind, ()))


def _open_node(state: State, entry: Entry, statement: Statement) -> None:
    state.set_node(entry.chain, statement.payload["key"])


def _register_party(state: State, entry: Entry, statement: Statement) -> None:
    payload = statement.payload
    name, uscc = payload["name"], payload.get("uscc")
    row = {
        "id": entry.chain,
        "name": name if isinstance(name, str) else None,
        "legal_form": payload["legal_form"],
        "roles": " ".join(payload["roles"]),
        "region": payload["region"],
        "township": payload.get("township"),
        "uscc": uscc,
        "authority_kind": payload.get("authority_kind"),
        "missing": _missing(statement, payload["legal_form"]),
        "index": entry.index,
    }
    state.put("party", entry.chain, row)
    if uscc:
        state.take("uscc", uscc, entry.chain)


def _add_key(state: State, entry: Entry, statement: Statement) -> None:
    did = statement.payload["key"]
    office = entry.index if is_vouched(state, statement, entry.index, entry.received) else None
    row = {"id": did, "party": entry.chain, "added": entry.index, "revoked": None, "office": office}
    state.put("key", did, row)


def _revoke_key(state: State, entry: Entry, statement: Statement) -> None:
    did = statement.payload["key"]
    row = state.find("key", did)
    if row:
        state.put("key", did, {**row, "revoked": entry.index})


def _register_place(state: State, entry: Entry, statement: Statement) -> None:
    payload = statement.payload
    row = {
        "id": entry.chain,
        "party": payload["party"],
        "region": payload["region"],
        "township": payload["township"],
        "place_kind": payload.get("place_kind", "plot"),
        "is_gap_base": "gap_base" in payload,
        "missing": _missing(statement, state.rows["party", payload["party"]]["legal_form"]),
        "index": entry.index,
    }
    state.put("place", entry.chain, row)


def _missing(statement: Statement, legal_form: str) -> str | None:
    """What the law asks of such a party and its registration left out, in the order of the payload table."""
    return " ".join(one.field for one in field_duties(statement.kind, statement.payload, legal_form, False)) or None


def _open_batch(state: State, entry: Entry, statement: Statement) -> None:
    payload = statement.payload
    inputs = payload.get("inputs", [])
    row = {
        "id": entry.chain,
        "code": payload.get("code"),
        "product": payload["product"],
        "township": payload["township"],
        "place": payload.get("place"),
        "owner": statement.actor,
        "holder": statement.actor,
        "held_since": BEFORE_ALL,
        "stage": statement.kind,
        "stage_at": BEFORE_ALL,
        "opened_at": statement.occurred_at,
        "opening": _amount(payload["quantity"]),
        "movements": 0,
        "has_inputs": bool(inputs),
        "is_measured": False,
        "is_closed": False,
        "kept_by": statement.actor,
        "holds": 0,
        "offer": None,
        "offered_to": None,
        "offer_until": None,
        "index": entry.index,
    }
    state.put("batch", entry.chain, row)
    if payload.get("code"):
        state.take("code", payload["code"], entry.chain)
    for one in inputs:
        state.add_edge(entry.chain, one["batch"])
    owe_blend(state, entry, statement)


BEFORE_ALL = "0"
"""The moment of an opening: what was done before the batch was entered is still further on than that."""

_STAGES = frozenset(
    name for name, kind in KINDS.items() if kind.chain == "batch" and kind.nature is not Nature.DERIVED
) - {*CONTROLS, "correction", "attachment_added", "batch_opened"}
"""Kinds that say where the goods have got to since their batch was opened; the rest speaks of records."""

_CHANGES: Mapping[str, Callable[[State, Entry, Statement], None]] = {
    "genesis": _open_node,
    "founders_named": name_founders,
    "office_given": give_office,
    "office_ended": end_office,
    "tables_adopted": adopt_table,
    "party_registered": _register_party,
    "key_added": _add_key,
    "key_revoked": _revoke_key,
    "place_registered": _register_place,
    "batch_opened": _open_batch,
}


def _change_batch(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    row = dict(state.rows["batch", entry.chain])
    payload, kind = statement.payload, statement.kind
    moment = _moment(statement.occurred_at, entry.index)
    row["movements"] += movement(kind, payload)
    if kind == "harvest":
        row["is_measured"] = True
    if kind in ("transfer_offered", "transfer_accepted"):
        row.update(project_transfer(state, row, entry, statement, moment))
    if kind == "batch_split":
        owe_parts(state, entry, leaf, statement)
    if kind == "batch_merged":
        state.settle(entry.chain)
    if moment > row["stage_at"] and kind in _STAGES:
        row["stage"], row["stage_at"] = kind, moment
    if kind == "receipt" and moment > row["held_since"]:
        row["holder"], row["held_since"] = statement.actor, moment
    if kind == "labels_issued" and row["code"] is None and payload.get("code"):
        row["code"] = payload["code"]
        state.take("code", payload["code"], entry.chain)
    if kind == "retail_sale" and payload.get("sold_out"):
        row["is_closed"] = True
    kept_by = row["kept_by"].split()
    if row["owner"] not in kept_by or row["holder"] not in kept_by:
        row["kept_by"] = " ".join(sorted({*kept_by, row["owner"], row["holder"]}))
    state.put("batch", entry.chain, row)
    _watch_balance(state, row)


def _correct(state: State, entry: Entry, statement: Statement) -> None:
    """The batch as if the restated event had been told in the first place; what was derived stays until rules judge again."""
    changed = apply_correction(state, entry, statement)
    if changed is None:
        return
    before, after = changed
    row = dict(state.rows["batch", entry.chain])
    row["movements"] -= movement(before["kind"], said(before))
    if not after["is_void"]:
        row["movements"] += movement(after["kind"], said(after))
    records = list(records_of(state, entry.chain, KINDS))
    moments = [(_moment(one["occurred_at"], one["index"]), one["kind"]) for one in records if one["kind"] in _STAGES]
    row["stage_at"], row["stage"] = max(moments, default=(BEFORE_ALL, "batch_opened"))
    row["is_measured"] = any(one["kind"] == "harvest" for one in records)
    row["is_closed"] = any(one["kind"] == "retail_sale" and said(one).get("sold_out") for one in records)
    state.put("batch", entry.chain, row)
    _watch_balance(state, row)
    flagged = {one.ground for one in judge_all(state, entry.chain, KINDS) if one.asks}
    for id in state.flags_of.get(entry.chain, ()):
        flag = state.rows["flag", id]
        if flag["reason"] != OVERDRAWN:
            is_open = flag["ground"] in flagged and flag["answered"] is None
            state.put("flag", id, {**flag, "is_open": is_open})


def _settle_questions(state: State, chain: str, kinds: Iterable[str]) -> None:
    """A question about a record of these kinds stands as long as the records give no answer, in whatever order they came."""
    for id in state.flags_of.get(chain, ()):
        flag = state.rows["flag", id]
        row = state.find("record", flag["ground"].partition(" ")[2])
        if row is None or row["kind"] not in kinds or row["is_void"]:
            continue
        is_open = flag["answered"] is None and any(
            one.asks and one.ground == flag["ground"] for one in judge(state, row)
        )
        if flag["is_open"] != is_open:
            state.put("flag", id, {**flag, "is_open": is_open})


def _watch_balance(state: State, row: Row) -> None:
    """The question why more went out than came in stands as long as that is so, in whatever order the facts came."""
    for id in state.flags_of.get(row["id"], ()):
        flag = state.rows["flag", id]
        is_open = balance(row) < 0 and flag["answered"] is None
        if flag["reason"] == OVERDRAWN and flag["is_open"] != is_open:
            state.put("flag", id, {**flag, "is_open": is_open})


def movement(kind: str, payload: Mapping[str, Any]) -> int:
    """By how much a record of a batch changes its balance, in base units (quantity_effect of the vocabulary)."""
    match kind:
        case "harvest":
            return _amount(payload["quantity"])
        case "primary_processing":
            return _amount(payload["quantity_out"]) - _amount(payload["quantity_in"])
        case "consumed" | "sample_taken" | "retail_sale" | "loss":
            return -_amount(payload["quantity"])
    return 0


def _amount(quantity: object) -> int:
    return base_amount(parse_quantity(quantity))


def _moment(occurred_at: str, index: int) -> str:
    """Sorts by the time something happened, then by when we were told."""
    return f"{datetime.fromisoformat(occurred_at).astimezone(UTC).isoformat(timespec='microseconds')} {index:016d}"
