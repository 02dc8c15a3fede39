"""Working days by the notices of the State Council, months and last days by the Civil Code. Counted by hand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.reference.holidays import legal_calendar
from credit.working_days import (
    LastDay,
    Pause,
    add_months,
    moved_to_a_working_day,
    nth_day,
    nth_working_day,
    whole_months,
    working_days_until,
)

CALENDAR = legal_calendar()
LOADED = st.dates(date(2020, 1, 1), date(2026, 11, 30))


def days(text: str) -> list[date]:
    return [date.fromisoformat(one) for one in text.split()]


def span(first: str, last: str) -> list[date]:
    start, end = days(f"{first} {last}")
    return [start + timedelta(n) for n in range((end - start).days + 1)]


def test_2026_has_the_days_off_of_its_notice_and_248_working_days() -> None:
    off = [
        *span("2026-01-01", "2026-01-03"),
        *span("2026-02-15", "2026-02-23"),
        *span("2026-04-04", "2026-04-06"),
        *span("2026-05-01", "2026-05-05"),
        *span("2026-06-19", "2026-06-21"),
        *span("2026-09-25", "2026-09-27"),
        *span("2026-10-01", "2026-10-07"),
    ]
    worked = days("2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10")

    assert [day for day in off if CALENDAR.is_working_day(day)] == []
    assert [day for day in worked if not CALENDAR.is_working_day(day)] == []
    assert sum(CALENDAR.is_working_day(day) for day in span("2026-01-01", "2026-12-31")) == 248


@pytest.mark.parametrize(
    ("year", "count"), [(2020, 249), (2021, 250), (2022, 249), (2023, 249), (2024, 251), (2025, 248)]
)
def test_each_loaded_year_has_its_working_days(year: int, count: int) -> None:
    """Weekdays of the year, less those off, plus the weekend days worked, by its notice; 2020 as extended in January."""
    first, last = f"{year}-01-01", f"{year}-12-31"

    assert sum(CALENDAR.is_working_day(day) for day in span(first, last)) == count


def test_only_the_years_of_a_notice_are_loaded() -> None:
    assert set(range(2020, 2027)) == CALENDAR.loaded_years


def test_a_period_that_touches_no_later_year_is_firm() -> None:
    assert nth_working_day(date(2026, 12, 30), 1, CALENDAR) == LastDay(date(2026, 12, 31))
    assert nth_working_day(date(2026, 12, 31), 1, CALENDAR) == LastDay(date(2027, 1, 4), provisional=True)


def test_days_of_a_pause_do_not_count() -> None:
    pause = Pause(date(2026, 7, 20), date(2026, 7, 24))

    assert nth_working_day(date(2026, 7, 16), 2, CALENDAR, [pause]).day == date(2026, 7, 27)
    assert nth_day(date(2026, 7, 16), 4, [pause]) == date(2026, 7, 25)


def test_a_last_day_that_is_off_moves_on() -> None:
    assert moved_to_a_working_day(date(2026, 10, 2), CALENDAR).day == date(2026, 10, 8)
    assert moved_to_a_working_day(date(2026, 10, 10), CALENDAR).day == date(2026, 10, 10)
    assert moved_to_a_working_day(date(2026, 10, 11), CALENDAR).day == date(2026, 10, 12)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-07-03", 3, "2026-10-03"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2027-12-31", 2, "2028-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 36, "2027-02-28"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-02-28", 1, "2026-03-28"),
    ],
)
def test_months_end_on_the_same_day_number_or_with_the_month(start: str, months: int, end: str) -> None:
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)
    assert whole_months(date.fromisoformat(start), date.fromisoformat(end)) == months
    assert whole_months(date.fromisoformat(start), date.fromisoformat(end) - timedelta(1)) == months - 1


def test_no_month_has_passed_before_it_starts() -> None:
    assert whole_months(date(2026, 7, 3), date(2026, 1, 1)) == 0


def test_a_period_backwards_is_no_period() -> None:
    with pytest.raises(ValueError):
        nth_working_day(date(2026, 1, 1), -1, CALENDAR)
    with pytest.raises(ValueError):
        nth_day(date(2026, 1, 1), -1)


@given(start=LOADED, count=st.integers(1, 15))
def test_the_last_day_is_worked_and_so_many_worked_days_lie_behind_it(start: date, count: int) -> None:
    last = nth_working_day(start, count, CALENDAR).day

    between = [start + timedelta(n) for n in range(1, (last - start).days + 1)]
    assert CALENDAR.is_working_day(last)
    assert sum(CALENDAR.is_working_day(day) for day in between) == count


@given(start=LOADED, first=st.integers(0, 10), second=st.integers(1, 10))
def test_counting_in_two_parts_ends_on_the_same_day(start: date, first: int, second: int) -> None:
    middle = nth_working_day(start, first, CALENDAR).day

    assert nth_working_day(middle, second, CALENDAR).day == nth_working_day(start, first + second, CALENDAR).day


@pytest.mark.parametrize(
    ("last", "after", "left"),
    [
        ("2026-09-22", "2026-09-18", 3),  # Sunday 09-20 is worked, then Monday and Tuesday
        ("2026-10-08", "2026-09-30", 1),  # the National Day holiday ends with 10-07
        ("2026-09-18", "2026-09-18", 0),
        ("2026-09-17", "2026-09-18", 0),
    ],
)
def test_working_days_that_are_left_are_counted_from_tomorrow(last: str, after: str, left: int) -> None:
    found = working_days_until(date.fromisoformat(last), date.fromisoformat(after), legal_calendar())

    assert found == left
