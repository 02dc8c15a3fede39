"""How much came in, how much went out, what is left? The movements of one batch, which add up to its balance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from api.pages.scan_records import Placed
from api.pages.scan_words import Words
from trace.history import BatchView
from trace.products import dimension_of
from trace.projection import movement
from trace.quantity import Dimension, base_amount, parse_quantity

_SHOWN_IN = {Dimension.MASS: ("kg", 1_000_000), Dimension.VOLUME: ("L", 1_000_000), Dimension.HEAD: ("head", 1)}
"""The unit in which sums are shown, and how many base units it has."""


@dataclass(frozen=True, slots=True)
class AmountLine:
    """One line of the sum; `direction` is in, out or left."""

    term: Markup
    text: Markup
    direction: str


def amounts(batch: BatchView, counted: Iterable[Placed], words: Words) -> tuple[AmountLine, ...]:
    """In, out, left. Of goods that were grown here the harvest counts, and the estimate of the opening is not in the sum."""
    unit, size = _SHOWN_IN[dimension_of(batch.product)]

    def line(key: str, amount: int, direction: str) -> AmountLine:
        value = format((Decimal(abs(amount)) / size).normalize(), "f")
        shown = words.measure(value, unit)
        if direction != "left":
            shown = words.html(f"goods.amount.{'minus' if amount < 0 else 'plus'}", value=shown)
        elif amount < 0:
            shown = words.html("goods.amount.minus", value=shown)
        return AmountLine(words.html(f"goods.amount.{key}"), shown, direction)

    sums: dict[str, int] = {}
    for kind, amount in _movements(item for item in counted if item.batch.id == batch.id):
        sums[kind] = sums.get(kind, 0) + amount
    lines = [line(kind, amount, "in" if amount > 0 else "out") for kind, amount in sums.items() if amount]
    lines.sort(key=lambda one: one.direction)
    return (*lines, line("left", batch.balance_mg, "left"))


def _movements(items: Iterable[Placed]) -> Iterator[tuple[str, int]]:
    """(kind, base units) of everything that counts, as the projection does."""
    listed = list(items)
    is_measured = any(item.kind == "harvest" for item in listed)
    for item in listed:
        if item.kind == "batch_opened":
            if item.payload.get("inputs"):
                yield "inputs", _amount(item.payload["quantity"])
            elif not is_measured:
                yield "opened", _amount(item.payload["quantity"])
        else:
            yield item.kind, movement(item.kind, item.payload)


def _amount(quantity: Any) -> int:
    return base_amount(parse_quantity(quantity))
