"""How do batches become others, and change hands? Splits, blends, transfers: what is asked, and what a group still owes. (pure)

A split stands in its parent, a blend in its output; each new batch is opened in the same group, so that nobody reads half
of one. Nothing takes more than is there. Order: ledger format §8.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .ledger.entry import Entry, Link
from .ledger.errors import Conflict, FieldFault, Forbidden, Invalid
from .ledger.statement import Statement
from .legal_days import SHANGHAI
from .products import dimension_of
from .quantity import Quantity, base_amount, parse_quantity
from .records import record_id
from .state import Row, State, balance


def check_amount(row: Row, taken: Quantity, pointer: str, left: int) -> None:
    """What is taken is measured as the goods are, and is there. `left`: in base units."""
    if taken.unit.dimension is not dimension_of(row["product"]):
        raise Invalid("unit-mismatch", FieldFault(f"{pointer}/unit", "unit-mismatch"))
    if base_amount(taken) > left:
        raise Conflict("mass-exceeded", FieldFault(pointer, "mass-exceeded"))


def check_inputs(state: State, statement: Statement) -> None:
    """What a new batch is made of is the opener's own and is there; where both are measured alike, no more comes out (G19).

    Who only holds goods, as anybody may say who received some, makes nothing of them: the owner stays (vocabulary, receipt).
    """
    payload, taken = statement.payload, []
    for at, one in enumerate(payload.get("inputs", ())):
        row, pointer = state.rows["batch", one["batch"]], f"/payload/inputs/{at}"
        if statement.actor != row["owner"]:
            raise Forbidden("not-your-batch", FieldFault(f"{pointer}/batch", "not-your-batch"))
        taken.append(parse_quantity(one["quantity"]))
        check_amount(row, taken[-1], f"{pointer}/quantity", balance(row))
    made = parse_quantity(payload["quantity"])
    is_alike = {one.unit.dimension for one in taken} == {made.unit.dimension}
    if is_alike and base_amount(made) > sum(map(base_amount, taken)):
        raise Conflict("mass-exceeded", FieldFault("/payload/quantity", "mass-exceeded"))


# ---- splits and blends: what one statement asks of the next ones of its group ----


def judge_split(state: State, statement: Statement, left: int) -> None:
    """Every part is a new batch, and all of them together are there."""
    row = state.rows["batch", statement.chain]
    for at, one in enumerate(statement.payload["outputs"]):
        pointer = f"/payload/outputs/{at}"
        if state.find("batch", one["batch"]) is not None or one["batch"] in state.owed:
            raise Conflict("chain-open-already", FieldFault(f"{pointer}/batch", "chain-open-already"))
        quantity = parse_quantity(one["quantity"])
        check_amount(row, quantity, f"{pointer}/quantity", left)
        left -= base_amount(quantity)


def owe_parts(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    """The parts of a split are opened next."""
    for one in statement.payload["outputs"]:
        input = {"batch": entry.chain, "quantity": one["quantity"]}
        state.owe(one["batch"], {"split": Link(entry.chain, entry.seq, leaf), "inputs": [input]})


def owe_blend(state: State, entry: Entry, statement: Statement) -> None:
    """A batch opened from two or more says next that it is a blend of them; a part of a split owes nothing more."""
    inputs = statement.payload.get("inputs", [])
    state.settle(entry.chain)
    if len(inputs) > 1:
        state.owe(entry.chain, {"merge": True, "inputs": inputs})


def check_opening(state: State, statement: Statement) -> tuple[Link, ...]:
    """The link of a batch that a split owes, which names what it was split from and no other; nothing for others."""
    owed = state.owed.get(statement.chain)
    if owed is None or "split" not in owed:
        return ()
    if statement.payload.get("inputs") != owed["inputs"]:
        raise Invalid("not-the-part", FieldFault("/payload/inputs", "not-the-part"))
    return (owed["split"],)


def judge_merge(state: State, statement: Statement, seq: int) -> None:
    """Right behind its opening, and of the same inputs."""
    owed = state.owed.get(statement.chain)
    if owed is None or "merge" not in owed or seq != 1 or statement.payload["inputs"] != owed["inputs"]:
        raise Invalid("not-the-part", FieldFault("/payload/inputs", "not-the-part"))


def check_nothing_owed(state: State) -> None:
    """At the end of a group. Raises `Invalid` (group-incomplete) where a part was not opened, or a blend not said."""
    if state.owed:
        raise Invalid("group-incomplete", FieldFault("", "group-incomplete"))


# ---- transfers ----


def judge_offer(state: State, statement: Statement, left: int) -> None:
    """All of the batch: who sells part of it splits it first."""
    quantity = parse_quantity(statement.payload["quantity"])
    check_amount(state.rows["batch", statement.chain], quantity, "/payload/quantity", left)
    if base_amount(quantity) != left:
        raise Conflict("transfer-is-whole", FieldFault("/payload/quantity", "transfer-is-whole"))


def judge_acceptance(state: State, statement: Statement, now: datetime) -> None:
    """The open offer, in time, by the one to whom it was made."""
    row = state.rows["batch", statement.chain]
    offer = statement.payload["offer"]
    if row["offer"] is None or row["offer"] != record_id(offer["chain"], offer["seq"]):
        raise Conflict("offer-not-open", FieldFault("/payload/offer", "offer-not-open"))
    if row["offer_until"] and now.astimezone(SHANGHAI).date().isoformat() > row["offer_until"]:
        raise Conflict("offer-not-open", FieldFault("/payload/offer", "offer-not-open"))
    if state.opened.get(row["offered_to"]) != statement.actor:
        raise Forbidden("not-your-act")


def project_transfer(state: State, row: Row, entry: Entry, statement: Statement, moment: str) -> Mapping[str, Any]:
    """What an offer or its acceptance changes on the batch's row."""
    payload = statement.payload
    if statement.kind == "transfer_offered":
        return {
            "offer": record_id(entry.chain, entry.seq),
            "offered_to": payload["buyer"]["commit"],
            "offer_until": payload.get("until"),
        }
    return {
        "offer": None,
        "offered_to": None,
        "offer_until": None,
        "owner": statement.actor,
        "holder": statement.actor,
        "held_since": max(moment, row["held_since"]),
    }
