"""How much of a batch is on its way, and how much did a market let in? What moves may not be counted twice. (pure)

Moving changes no balance: goods that were sent to one's own store, kept there and sent on were sent twice and are there once.
So what was sent counts until something is told of its arrival, and what a market let in until it is told that it went on.
Whatever left the batch since may have been of it. Facts decide by when they happened, late ones too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .products import dimension_of
from .quantity import base_amount, parse_quantity
from .records import records_of, said
from .state import Row, State

MOVING = ("dispatch", "market_admission", "receipt", "store_in", "transfer_accepted")
LEAVING = ("retail_sale", "loss", "sample_taken", "primary_processing")
NEEDS: Mapping[str, tuple[str, ...]] = dict.fromkeys(("dispatch", "market_admission"), (*MOVING, *LEAVING))
"""Records of the batch that these acts are judged with; beside them the openings of what was made of it."""

_STAYING = ("market_admission", "receipt", "store_in")
"""What a market says of goods that stay with it."""


@dataclass(frozen=True, slots=True)
class _Step:
    """`amount`: base units; None where the record means all of it, or measures it otherwise."""

    at: str
    index: int
    kind: str
    actor: str
    amount: int | None
    lets_in: bool


def under_way(state: State, row: Row) -> int:
    """What was sent and, as far as anybody told, has come nowhere: base units."""
    sent = 0
    for step in _steps(state, row):
        if step.kind == "dispatch":
            sent += step.amount or 0
        else:
            sent = _less(sent, step)
    return sent


def let_in(state: State, row: Row, market: str) -> int:
    """What this market let in and, as far as anybody told, is there yet: base units."""
    inside = 0
    for step in _steps(state, row):
        if step.lets_in and step.actor == market:
            inside += step.amount or 0
        elif step.actor != market or step.kind not in _STAYING:
            inside = _less(inside, step)
    return inside


def _less(amount: int, step: _Step) -> int:
    return 0 if step.amount is None else max(0, amount - step.amount)


def _steps(state: State, row: Row) -> list[_Step]:
    """Everything that moved goods of the batch or took some of them, in the order in which it happened."""
    steps = [_step(row, one, one["kind"], _moved(one)) for one in records_of(state, row["id"], (*MOVING, *LEAVING))]
    steps += [_step(row, one, "consumed", quantity) for one, quantity in _consumed(state, row["id"])]
    return sorted(steps, key=lambda step: (step.at, step.index))


def _consumed(state: State, batch: str) -> Iterator[tuple[Row, Any]]:
    for child in state.children.get(batch, ()):
        for opened in records_of(state, child, ("batch_opened",)):
            yield from ((opened, one["quantity"]) for one in said(opened)["inputs"] if one["batch"] == batch)


def _moved(record: Row) -> Any:
    """The amount of which a record speaks; None: all."""
    payload = said(record)
    return payload["quantity_in"] if record["kind"] == "primary_processing" else payload.get("quantity")


def _step(row: Row, record: Row, kind: str, quantity: Any) -> _Step:
    return _Step(
        at=datetime.fromisoformat(record["occurred_at"]).astimezone(UTC).isoformat(timespec="microseconds"),
        index=record["index"],
        kind=kind,
        actor=record["actor"],
        amount=_amount(row, quantity) if kind != "transfer_accepted" else None,
        lets_in=kind == "market_admission" and said(record)["decision"] == "admitted",
    )


def _amount(row: Row, quantity: Any) -> int | None:
    parsed = parse_quantity(quantity) if quantity is not None else None
    is_alike = parsed is not None and parsed.unit.dimension is dimension_of(row["product"])
    return base_amount(parsed) if parsed is not None and is_alike else None
