"""What did the laboratory measure? A value, or less than it can quantify; in whose unit? (pure)

Decimals throughout: a limit of 0.05 and a value of 0.05 must be equal.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from ..quantity import DECIMAL_PATTERN
from ..reference.substances import normal_name

_DECIMAL = re.compile(DECIMAL_PATTERN)
_BELOW = re.compile(rf"<({DECIMAL_PATTERN})")
_NOT_FOUND = frozenset({"<loq", "<lod", "nd", "n.d.", "未检出", "notdetected"})
_FOUND = frozenset({"检出", "detected"})
_MAX_DIGITS = 18

_UNITS: Mapping[str, tuple[str, Decimal]] = MappingProxyType(
    {
        "mg/kg": ("mg/kg", Decimal(1)),
        "ppm": ("mg/kg", Decimal(1)),
        "µg/g": ("mg/kg", Decimal(1)),
        "ug/g": ("mg/kg", Decimal(1)),
        "µg/kg": ("mg/kg", Decimal("0.001")),
        "ug/kg": ("mg/kg", Decimal("0.001")),
        "ppb": ("mg/kg", Decimal("0.001")),
        "ng/g": ("mg/kg", Decimal("0.001")),
        "g/kg": ("mg/kg", Decimal(1000)),
        "%": ("%", Decimal(1)),
        "g/100g": ("%", Decimal(1)),
    }
)


@dataclass(frozen=True)
class Measured:
    """A result. `value` None: below what the method can quantify, which `loq` gives where the report states it."""

    value: Decimal | None
    loq: Decimal | None = None

    @property
    def is_below_loq(self) -> bool:
        """Whether there is no figure to compare: none was given, or it is smaller than the method can quantify."""
        return self.value is None or (self.loq is not None and self.value < self.loq)

    def times(self, factor: Decimal) -> "Measured":
        """The same in another unit."""
        value, loq = self.value, self.loq
        return Measured(None if value is None else value * factor, None if loq is None else loq * factor)


def parse_measured(value: str, loq: str | None = None) -> Measured:
    """`0.05`, `<0.01`, `<LOQ`, `ND` or `未检出`, full width or not. ValueError for anything else."""
    text, stated = normal_name(value), None if loq is None or not loq.strip() else _decimal(normal_name(loq))
    if text in _NOT_FOUND:
        return Measured(None, stated)
    if below := _BELOW.fullmatch(text):
        return Measured(None, _decimal(below[1]))
    return Measured(_decimal(text), stated)


def is_finding_word(value: str) -> bool | None:
    """Whether a result in words says that something was found; None where it is no such word."""
    text = normal_name(value)
    return text in _FOUND if text in _FOUND | _NOT_FOUND else None


def factor_between(unit: str, other: str) -> Decimal | None:
    """What a figure in one unit is multiplied by to be one in the other; None for an unknown unit or another kind of it."""
    one, two = (_UNITS.get(normal_name(name)) for name in (unit, other))
    return one[1] / two[1] if one and two and one[0] == two[0] else None


def is_known_unit(unit: str) -> bool:
    """Whether results are reported in this unit at all."""
    return normal_name(unit) in _UNITS


def _decimal(text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text) or len(text) > _MAX_DIGITS + 1:
        raise ValueError(f"{text!r} is no decimal")
    return Decimal(text)
