"""On which days do offices work? The carried table of exceptional days."""

from datetime import date
from functools import lru_cache

from ..working_days import LegalCalendar
from . import rows

_STATUTORY = "statutory"
"""A day that the law alone makes a holiday: the year's notice, with its worked weekends, is not loaded yet."""


@lru_cache(maxsize=1)
def legal_calendar() -> LegalCalendar:
    """The calendar of the checkout. ValueError for a row that names no day or no known kind."""
    found = rows("working_days")
    kinds = {row["kind"] for row in found}
    if kinds != {"off", "work"}:
        raise ValueError(sorted(kinds))
    return LegalCalendar(
        off=frozenset(date.fromisoformat(row["date"]) for row in found if row["kind"] == "off"),
        worked=frozenset(date.fromisoformat(row["date"]) for row in found if row["kind"] == "work"),
        loaded_years=frozenset(date.fromisoformat(row["date"]).year for row in found if row["status"] != _STATUTORY),
    )
