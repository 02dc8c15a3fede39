"""How much is this, exactly? A decimal with its unit as entered, and the same amount in whole base units. (pure)"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from .ledger.errors import FieldFault
from .pointer import child


class Dimension(Enum):
    """What can be added up: amounts of one dimension, and nothing across."""

    MASS = "mass"
    VOLUME = "volume"
    HEAD = "head"
    AREA = "area"

    __hash__ = object.__hash__
    """Each is one object. Enum's own hash is a function of Python's, and costs more than the look-up."""


class Unit(Enum):
    """The units of docs/formats.md; no other is taken. `jin` (市斤) is 500 g, `mu` (市亩) is 10000/15 m²."""

    KG = "kg"
    G = "g"
    T = "t"
    ML = "mL"
    L = "L"
    HEAD = "head"
    MU = "mu"
    M2 = "m2"
    JIN = "jin"

    __hash__ = object.__hash__

    @property
    def dimension(self) -> Dimension:
        """What this unit measures."""
        return _UNITS[self].dimension


@dataclass(frozen=True)
class _Measure:
    dimension: Dimension
    base_units: int


_MILLION = 10**6
_UNITS: Mapping[Unit, _Measure] = {
    Unit.KG: _Measure(Dimension.MASS, _MILLION),
    Unit.G: _Measure(Dimension.MASS, 1_000),
    Unit.T: _Measure(Dimension.MASS, 1_000 * _MILLION),
    Unit.JIN: _Measure(Dimension.MASS, 500_000),
    Unit.ML: _Measure(Dimension.VOLUME, 1_000),
    Unit.L: _Measure(Dimension.VOLUME, _MILLION),
    Unit.HEAD: _Measure(Dimension.HEAD, 1),
    Unit.M2: _Measure(Dimension.AREA, 3 * _MILLION),
    Unit.MU: _Measure(Dimension.AREA, 2_000 * _MILLION),
}
"""Base units: a milligram, a microlitre, one head, and a third of a square millimetre: the thirds make a mu whole."""

_ABSURD_ABOVE: Mapping[Dimension, int] = {
    Dimension.MASS: 10**9 * _MILLION,  # 1e9 kg: more than the district's whole wheat harvest
    Dimension.VOLUME: 10**9 * _MILLION,  # 1e9 L
    Dimension.HEAD: 10**7,
    Dimension.AREA: 10**7 * 2_000 * _MILLION,  # 1e7 mu: more than the district's whole area
}
MAX_DIGITS = 18
"""More digits are a slip, and would not fit the 64-bit integers of the projections."""

GOODS = frozenset({Dimension.MASS, Dimension.VOLUME, Dimension.HEAD})
"""What an amount of goods may be measured in."""

DECIMAL_PATTERN = r"(0|[1-9][0-9]*)(\.[0-9]+)?"
"""Grammar: docs/formats.md. ASCII alone: `\\d` would take full-width digits."""
_DECIMAL = re.compile(DECIMAL_PATTERN)
_BY_SYMBOL: Mapping[str, Unit] = {unit.value: unit for unit in Unit}


class Quantity(NamedTuple):
    """An amount as somebody entered it: value above zero, trailing zeros kept."""

    value: Decimal
    unit: Unit


class QuantityError(ValueError):
    """This is no quantity; `faults` point into it (`/value`, `/unit`, or "" for the whole)."""

    def __init__(self, *faults: FieldFault) -> None:
        super().__init__(" ".join(f"{fault.code} at {fault.pointer}" for fault in faults))
        self.faults = faults


def parse_quantity(json: object, allowed: frozenset[Dimension] = frozenset(Dimension)) -> Quantity:
    """Read `{"value": "12.5", "unit": "kg"}`, in one of the `allowed` dimensions.

    Raises QuantityError with wrong-type, unknown-field, missing-field, not-a-decimal, not-positive, too-precise (more
    than 18 digits, or finer than the base unit), quantity-absurd, unknown-unit or unit-mismatch.
    """
    if not isinstance(json, dict):
        raise QuantityError(FieldFault("", "wrong-type"))
    faults = [FieldFault(child("", str(name)), "unknown-field") for name in json if name not in ("value", "unit")]
    value, unit = json.get("value"), json.get("unit")
    if why := _fault_of_value(value, "value" in json):
        faults.append(FieldFault("/value", why))
    if why := _fault_of_unit(unit, "unit" in json, allowed):
        faults.append(FieldFault("/unit", why))
    if faults:
        raise QuantityError(*faults)
    assert isinstance(value, str)
    assert isinstance(unit, str)
    quantity = Quantity(Decimal(value), _BY_SYMBOL[unit])
    if why := _fault_of_amount(quantity):
        raise QuantityError(FieldFault("/value", why))
    return quantity


def base_amount(quantity: Quantity) -> int:
    """The amount in whole base units: milligrams, microlitres, head, or thirds of a square millimetre.

    Exact: ValueError for an amount that is finer (a quantity from `parse_quantity` never is).
    """
    amount = _exact_amount(quantity)
    if amount is None:
        raise ValueError(f"{quantity.value} {quantity.unit.value} is finer than the base unit")
    return amount


def decimal_fault(text: object, *, zero_allowed: bool = False) -> str | None:
    """Why this is no decimal of ours: wrong-type, not-a-decimal, not-positive, too-precise; None where it is one.

    A well-formed number below zero is not-positive: who typed a minus sign is told about the sign.
    """
    if not isinstance(text, str):
        return "wrong-type"
    if _DECIMAL.fullmatch(text) is None:
        return "not-positive" if text[:1] == "-" and _DECIMAL.fullmatch(text, 1) else "not-a-decimal"
    if len(text) - text.count(".") > MAX_DIGITS:
        return "too-precise"
    if not zero_allowed and not text.strip("0."):
        return "not-positive"
    return None


def _fault_of_value(value: object, is_given: bool) -> str | None:
    return decimal_fault(value) if is_given else "missing-field"


def _fault_of_unit(unit: object, is_given: bool, allowed: frozenset[Dimension]) -> str | None:
    if not is_given:
        return "missing-field"
    if not isinstance(unit, str):
        return "wrong-type"
    known = _BY_SYMBOL.get(unit)
    if known is None:
        return "unknown-unit"
    return None if _UNITS[known].dimension in allowed else "unit-mismatch"


def _fault_of_amount(quantity: Quantity) -> str | None:
    amount = _exact_amount(quantity)
    if amount is None:
        return "too-precise"
    return "quantity-absurd" if amount > _ABSURD_ABOVE[quantity.unit.dimension] else None


def _exact_amount(quantity: Quantity) -> int | None:
    """None where it is no whole number of base units. In integers: Decimal would round at its context's digits."""
    digits, denominator = quantity.value.as_integer_ratio()
    amount, rest = divmod(digits * _UNITS[quantity.unit].base_units, denominator)
    return None if rest else amount
