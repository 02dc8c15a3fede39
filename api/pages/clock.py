"""How long is there still? The end of a period in working days, with its last day, as every page of a case shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from api.pages.forms.choices import NOTHING
from api.pages.scan_words import Words
from credit.clocks import Due
from credit.reference.holidays import legal_calendar
from credit.working_days import working_days_until
from trace.legal_days import SHANGHAI

COUNTED = 40
"""Beyond so many working days only the last day is said: nobody plans a year in working days."""


@dataclass(frozen=True, slots=True)
class ClockView:
    """`state`: open, today (the last day) or over; `provisional`: said where days were counted that no notice covers yet."""

    text: Markup
    state: str
    provisional: Markup


def clock_view(due: Due, now: datetime, words: Words) -> ClockView:
    """The clock of a period; `now` with offset."""
    note = words.html("clock.provisional") if due.provisional else NOTHING
    if due.is_hourly:
        at = due.over_at.astimezone(SHANGHAI)
        key, state = ("clock.hour", "open") if due.is_met_at(now) else ("clock.hour_over", "over")
        return ClockView(words.html(key, day=words.day(at.isoformat()), time=f"{at:%H:%M}"), state, note)
    today, last = now.astimezone(SHANGHAI).date(), due.last_day
    day = words.day(last.isoformat())
    if today > last:
        late = working_days_until(today, last, legal_calendar())
        return ClockView(_counted("clock.over", late, day, words), "over", note)
    if today == last:
        return ClockView(words.html("clock.today", day=day), "today", note)
    left = working_days_until(last, today, legal_calendar())
    if left > COUNTED:
        return ClockView(words.html("clock.until", day=day), "open", note)
    return ClockView(_counted("clock.left", left, day, words), "open", note)


def _counted(key: str, count: int, day: str, words: Words) -> Markup:
    return words.html(f"{key}_one" if count == 1 else key, n=count, day=day)
