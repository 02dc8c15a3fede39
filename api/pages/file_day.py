"""Of which day is a credit file asked for, and how is another day asked for? Today, unless the address names a day (`on`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from fastapi import Request
from markupsafe import Markup

from api.pages.desk_sheet import is_day
from api.pages.forms.choices import NOTHING
from api.pages.scan_words import Words
from api.query import read_query
from trace.ledger.errors import FieldFault, Invalid

ON = "on"


@dataclass(frozen=True)
class FileDay:
    """The day asked for, and today; both by the clock of Asia/Shanghai."""

    day: date
    today: date

    @property
    def is_past(self) -> bool:
        return self.day < self.today

    @property
    def kept(self) -> str:
        """What the links of the page keep of its query."""
        return f"{ON}={self.day.isoformat()}" if self.is_past else ""


@dataclass(frozen=True, slots=True)
class DayView:
    """The field for a day: where it is sent, what stands in it, the last day that it takes. `told`: that the page is of a past
    day, "" for today; `none`: what is said where there was no file."""

    path: str
    value: str
    latest: str
    told: Markup
    none: Markup


def asked_day(request: Request, today: date) -> FileDay:
    """The day that the address names; an empty field means today.

    Raises `Invalid`: not-a-time for what is no day, date-in-future for one that nobody can know of yet, repeated-parameter.
    """
    text = read_query(request, {ON}, ignore_unknown=True).get(ON, "")
    if not text:
        return FileDay(today, today)
    if not is_day(text):
        raise Invalid("not-a-time", FieldFault(f"/{ON}", "not-a-time"))
    day = date.fromisoformat(text)
    if day > today:
        raise Invalid("date-in-future", FieldFault(f"/{ON}", "date-in-future"))
    return FileDay(day, today)


def day_view(asked: FileDay, path: str, words: Words) -> DayView:
    """`path`: of the page that shows the file."""
    told = words.html("file.past", day=words.day(asked.day.isoformat())) if asked.is_past else NOTHING
    none = words.html("file.none_then" if asked.is_past else "file.none")
    return DayView(path, asked.day.isoformat(), asked.today.isoformat(), told, none)
