"""How much is that together, and what is a part of it? Quantities as forms state them, added and divided exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

from trace.quantity import Dimension, Quantity, QuantityError, Unit, base_amount, parse_quantity

_FINEST = {Dimension.HEAD: Decimal(1)}
_GRAM = Decimal("0.001")
"""A part is weighed to the gram, or to the millilitre; heads are whole."""


def base_of(quantity: object) -> int | None:
    """Base units of a quantity; None for what is none (yet)."""
    try:
        return base_amount(parse_quantity(quantity))
    except QuantityError:
        return None


def total(quantities: Iterable[object], unit: str) -> dict[str, str] | None:
    """The sum in this unit; None where one of them cannot be read, or measures something else."""
    amounts = []
    for one in quantities:
        try:
            amounts.append(parse_quantity(one, frozenset({Unit(unit).dimension})))
        except QuantityError:
            return None
    if not amounts:
        return None
    return in_unit(sum(base_amount(one) for one in amounts), unit)


def in_unit(base_units: int, unit: str) -> dict[str, str]:
    """An amount in base units as a payload states it, without needless zeros."""
    one = base_amount(Quantity(Decimal(1), Unit(unit)))
    return {"value": f"{(Decimal(base_units) / one).normalize():f}", "unit": unit}


def equal_parts(whole: Mapping[str, Any], count: int) -> list[dict[str, str]]:
    """So many equal parts; what does not divide is in the last one. Empty where a part would be nothing."""
    value, unit = Decimal(whole["value"]), str(whole["unit"])
    each = (value / count).quantize(_FINEST.get(Unit(unit).dimension, _GRAM), ROUND_DOWN)
    if each <= 0:
        return []
    last = value - each * (count - 1)
    return [{"value": f"{one.normalize():f}", "unit": unit} for one in (*[each] * (count - 1), last)]
