"""What does a step of a case bring in the credit and batch chains, in the same group? The rows of procedure_effects.csv."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from . import rows

_BRINGS = re.compile(
    r"\b(record_entered|record_ended|measure_started|measure_ended|listing_started|listing_ended"
    r"|hold_released|case_opened|repair_end)\b|every (measure) of measures\.csv that starts"
)
_FOR_ITEM = re.compile(r"for (?P<item>[A-Z]\d\d) also measure_started (?P<measure>[A-Z]\d\d)")
_ITEM = re.compile(r"record_entered (?P<item>[A-Z]\d\d)")
_OPENS = re.compile(r"case_opened (?P<procedure>\w+), (?P<step>\w+) for (?P<item>\w+)")
_AS = re.compile(r"^as (?P<step>\w+) with the original dates$")


@dataclass(frozen=True)
class Opens:
    """A case that a step opens, by its first step, about an item."""

    procedure: str
    step: str
    item: str


@dataclass(frozen=True)
class Brings:
    """What one step brings. `kinds`: of entries, in the order of the table; `repair_end` is a step of the record's own case.

    `item`: of the record entered, None where the case says it. `measures_of`: the measures that start for one item alone.
    A measure ends only with the last record that holds it. `with_dates_of`: the step whose dates stay.
    """

    kinds: tuple[str, ...]
    item: str | None
    measures_of: Mapping[str, str]
    opens: Opens | None
    with_dates_of: str | None
    text: str


@lru_cache(maxsize=1)
def effects() -> Mapping[tuple[str, str], Brings]:
    """By procedure and step. ValueError for a row that brings nothing."""
    found: dict[tuple[str, str], Brings] = {}
    for procedure, step, text in _each():
        repeats = _AS.match(text)
        if repeats:
            # The row stands below the one that it repeats.
            of = found[procedure, repeats["step"]]
            found[procedure, step] = replace(of, with_dates_of=repeats["step"], text=text)
        else:
            found[procedure, step] = _brings(text)
    return MappingProxyType(found)


def _each() -> Iterator[tuple[str, str, str]]:
    for row in rows("procedure_effects"):
        for step in row["steps"].split():
            yield row["procedure"], step, row["effects"]


def _brings(text: str) -> Brings:
    kinds = tuple("measure_started" if every else kind for kind, every in _BRINGS.findall(text))
    if not kinds:
        raise ValueError(text)
    opens, item = _OPENS.search(text), _ITEM.search(text)
    return Brings(
        kinds=kinds,
        item=item["item"] if item else None,
        measures_of=MappingProxyType({one["item"]: one["measure"] for one in _FOR_ITEM.finditer(text)}),
        opens=Opens(opens["procedure"], opens["step"], opens["item"]) if opens else None,
        with_dates_of=None,
        text=text,
    )
