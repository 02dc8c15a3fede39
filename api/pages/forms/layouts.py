"""What stands first in a form, what is known before anybody types, and does it save at once? Tables for the quick flows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from trace.events import Field, Kind, Required
from trace.fieldtype import Amount, FieldType, ListOf, Plain


@dataclass(frozen=True, slots=True)
class Layout:
    """`first`: the fields that are seen at once, the others wait folded; empty: all that is required or owed.

    `saves_at_once`: no page to check in between, and a day is asked for instead of a time. `day_fields`: dates that are
    the day of the record where nobody said otherwise. `kept`: values of the last record that hold for the next one too,
    although their type says that they change.
    """

    first: tuple[str, ...] = ()
    saves_at_once: bool = False
    day_fields: tuple[str, ...] = ()
    kept: frozenset[str] = frozenset()


_REPORT = ("items", "conclusion", "report_no", "tested_on", "standard", "cma_no", "cma_until")
_OF_THE_LABORATORY = frozenset({"standard", "cma_no", "cma_until", "cnas_no"})

LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        "input_use": Layout(
            first=("name", "dose", "target"),
            saves_at_once=True,
            day_fields=("used_from", "used_until"),
            kept=frozenset({"dose", "registration_no", "label_photo"}),
        ),
        "harvest": Layout(first=("quantity",), saves_at_once=True),
        "labels_issued": Layout(first=("count", "layout"), saves_at_once=True, kept=frozenset({"count"})),
        "place_registered": Layout(first=("name", "township", "area_mu")),
        "batch_opened": Layout(first=("product", "place", "quantity")),
        "packing": Layout(day_fields=("packed_on",)),
        "lab_report": Layout(first=_REPORT, kept=_OF_THE_LABORATORY),
        "retest_report": Layout(first=("retest_of", *_REPORT), kept=_OF_THE_LABORATORY),
    }
)
PLAIN_LAYOUT = Layout()

_OF_ONE_BATCH = frozenset(
    {"area_mu", "places", "place", "growing_years", "variety", "previous_crop", "density", "part"}
)
"""What is true of the same batch the next time, and says nothing of another one."""

_ONCE = frozenset(
    {"code", "price", "packs", "why", "reprint_of", "sold_out", "conclusion", "moisture", "items", "labels"}
)
"""What is said anew each time."""


def layout_of(kind: Kind) -> Layout:
    return LAYOUTS.get(kind.name, PLAIN_LAYOUT)


def first_fields(kind: Kind, layout: Layout, asked: Iterable[str], owed: frozenset[str]) -> tuple[str, ...]:
    """The fields that are seen at once."""
    names, chosen = tuple(asked), layout.first
    if chosen:
        return tuple(name for name in chosen if name in names)
    needed = tuple(name for name in names if kind.fields[name].required is Required.YES or name in owed)
    return needed or names


def kept_values(kind: Kind, last: Mapping[str, Any], *, same_batch: bool) -> dict[str, Any]:
    """The values of a party's last record that a new one begins with."""
    kept = layout_of(kind).kept
    return {
        name: value
        for name, value in last.items()
        if name in kind.fields and (name in kept or _is_usual(kind.fields[name], same_batch))
    }


def _is_usual(field: Field, same_batch: bool) -> bool:
    """Habits and tools come back; amounts, dates, numbers of papers, files and references do not."""
    if field.name in _ONCE or field.name.endswith("_no") or (field.name in _OF_ONE_BATCH and not same_batch):
        return False
    return not _changes(field.type)


def _changes(type: FieldType) -> bool:
    match type:
        case ListOf(item):
            return _changes(item)
        case Amount() | Plain.DATE | Plain.TIME | Plain.HASH | Plain.ENTRY:
            return True
    return False
