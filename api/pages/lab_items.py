"""Which lines does a report of these goods begin with, and what does the law say beside each? Limits of the day of the test.

What a laboratory left empty is no line; what it wrote stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from trace import reference
from trace.rules import LimitShown, limits_of
from trace.rules.measured import parse_measured

Item = Mapping[str, Any]

MOST_LINES = 40
"""So many lines a form carries; it is bounded in fields, and each line has seven."""
_MASS_SHARE = "mg/kg"
"""The unit in which residues are reported where no limit names one."""


def first_items(product: str, used: Iterable[str], tested_on: date) -> list[dict[str, Any]]:
    """The lines to fill in: what was used on these goods, then every analyte with a limit for them on that day."""
    names = dict.fromkeys((*used, *_with_limit(product, tested_on)))
    return [with_limit({"item": name}, product, tested_on) for name in names][:MOST_LINES]


def _with_limit(product: str, tested_on: date) -> Iterator[str]:
    """The analytes of the test table that have a limit for these goods, by the name under which reports give them."""
    for code, test in reference.tests().items():
        limits = limits_of(code, product, tested_on)
        if not limits:
            continue
        # "limits_herb 芍药苷|白芍 2025-10-01 M": what the assay of these goods measures has no name in the test table.
        in_row = limits[0].row.split(" ")[1].partition("|")[0]
        for name in (test.item_zh.split(" ")[0], in_row):
            if limits_of(name, product, tested_on) == limits:
                yield name
                break


def with_the_rest(items: Any, first: Sequence[Item]) -> list[Any]:
    """All of these lines, then so many of the first ones whose analyte none of them names as make `MOST_LINES`."""
    own = items if isinstance(items, list) else []
    named = {one.get("item") for one in own if isinstance(one, dict)}
    rest = [one for one in first if one["item"] not in named]
    return [*own, *rest[: max(0, MOST_LINES - len(own))]]


def corrected_items(
    items: Any, before: Sequence[Item], product: str, tested_before: date, tested_on: date
) -> list[Any]:
    """As `completed_items`, of a report that is said anew: a line that stands as it stood says no more than it said, unless
    the day of the test is another one."""
    kept = list(before) if tested_before == tested_on else []
    lines = items if isinstance(items, list) else []
    told = ([one] if one in kept else completed_items([one], product, tested_before, tested_on) for one in lines)
    return [line for lines in told for line in lines]


def completed_items(items: Any, product: str, begun_on: date, tested_on: date) -> list[Any]:
    """The lines that have a result, each with the limit, unit and quantification limit that can be known.

    A limit that was filled in for the day on which the form was opened becomes that of the day of the test.
    """
    if not isinstance(items, list):
        return []
    return [_completed(one, product, begun_on, tested_on) for one in items if isinstance(one, dict) and "value" in one]


def test_day(payload: Mapping[str, Any], otherwise: date) -> date:
    """The day of the test that a report states, where it states one."""
    stated = payload.get("tested_on")
    try:
        return date.fromisoformat(str(stated)) if stated else otherwise
    except ValueError:
        return otherwise


def _completed(item: Item, product: str, begun_on: date, tested_on: date) -> dict[str, Any]:
    begun = with_limit({"item": item.get("item")}, product, begun_on)
    own = {name: value for name, value in item.items() if begun.get(name) != value or name in ("item", "value")}
    found = with_limit(own, product, tested_on)
    if "loq" not in found and (loq := _stated_loq(str(found["value"]))):
        found["loq"] = loq
    return found


def with_limit(item: Item, product: str, tested_on: date) -> dict[str, Any]:
    """A line with the limit in force for its analyte on a day and that limit's unit, where it states none itself."""
    limit = shown_limit(str(item.get("item") or ""), product, tested_on)
    if limit is None:
        return {**item} if "unit" in item else {**item, "unit": _MASS_SHARE}
    return {"unit": limit.unit, "limit": format(limit.value, "f"), **item}


def shown_limit(item: str, product: str, tested_on: date) -> LimitShown | None:
    """The limit to write beside a figure: a binding one before a guideline, one whose source was read before another."""
    limits = limits_of(item, product, tested_on) if item else ()
    return min(limits, key=lambda one: ("guideline" in one.kind, not one.is_verified), default=None)


def _stated_loq(value: str) -> str:
    """`<0.01` says what the method can quantify."""
    try:
        measured = parse_measured(value)
    except ValueError:
        return ""
    return format(measured.loq, "f") if measured.value is None and measured.loq is not None else ""
