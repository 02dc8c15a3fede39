"""Which day is the nth working day, and when do months end? Legal days of Asia/Shanghai. (pure)

The day on which a period starts does not count; months end on the same day number, else with the month (民法典 arts. 201,
202). Days of 行政处罚法 up to 7 are working days (its art. 85). Which days are worked is data: the notices of the State Council.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class LegalCalendar:
    """The exceptional days: weekdays that are `off`, weekend days that are `worked`, and the years whose notice is loaded.

    In another year weekends and the statutory days known so far count, and what rests on them is provisional.
    """

    off: frozenset[date]
    worked: frozenset[date]
    loaded_years: frozenset[int]

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on this day."""
        return day in self.worked or (day.weekday() < SATURDAY and day not in self.off)

    def is_loaded(self, day: date) -> bool:
        """Whether the notice of the day's year has been loaded."""
        return day.year in self.loaded_years


@dataclass(frozen=True)
class LastDay:
    """The last day of a period. `provisional`: days were counted that no loaded notice covers yet."""

    day: date
    provisional: bool = False


@dataclass(frozen=True)
class Pause:
    """Days that do not count, the first and the last included."""

    since: date
    until: date

    def __contains__(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.since <= day <= self.until


def nth_working_day(start: date, count: int, calendar: LegalCalendar, pauses: Iterable[Pause] = ()) -> LastDay:
    """The `count`th working day after `start`, pauses left out; `start` itself for 0.

    ValueError for a negative count, OverflowError past the year 9999.
    """
    _not_negative(count)
    spans = tuple(pauses)
    day, left, provisional = start, count, not calendar.is_loaded(start) and count == 0
    while left:
        day += _ONE_DAY
        provisional = provisional or not calendar.is_loaded(day)
        if calendar.is_working_day(day) and not any(day in span for span in spans):
            left -= 1
    return LastDay(day, provisional)


def working_days_until(last: date, after: date, calendar: LegalCalendar) -> int:
    """How many working days come after one day, up to and with the last; 0 where it is past."""
    days = (after + timedelta(days=count) for count in range(1, (last - after).days + 1))
    return sum(calendar.is_working_day(day) for day in days)


def nth_day(start: date, count: int, pauses: Iterable[Pause] = ()) -> date:
    """The `count`th day after `start`, days off included, pauses left out. ValueError for a negative count."""
    _not_negative(count)
    spans = tuple(pauses)
    day, left = start, count
    while left:
        day += _ONE_DAY
        if not any(day in span for span in spans):
            left -= 1
    return day


def moved_to_a_working_day(day: date, calendar: LegalCalendar) -> LastDay:
    """A last day that is off moves on to the next working day (民法典 art. 203)."""
    provisional = not calendar.is_loaded(day)
    while not calendar.is_working_day(day):
        day += _ONE_DAY
        provisional = provisional or not calendar.is_loaded(day)
    return LastDay(day, provisional)


def add_months(start: date, months: int) -> date:
    """The same day number so many months on, else the last day of that month. ValueError past the year 9999."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def whole_months(start: date, day: date) -> int:
    """How many whole months lie between the two; 0 while none has ended."""
    months = max(0, (day.year - start.year) * 12 + day.month - start.month)
    return months if months == 0 or add_months(start, months) <= day else months - 1


def _not_negative(count: int) -> None:
    if count < 0:
        raise ValueError(count)
