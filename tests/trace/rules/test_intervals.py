"""G05: 农产品质量安全法 art. 29 (安全间隔期); 兽药管理条例 art. 40 (休药期). The day itself is in time."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.rules import DaysSource, Harvest, Outcome, Use, Verdict, earliest_harvest
from trace.rules import interval_kept as kept_on

FIRST = date(2026, 6, 1)


def interval_kept(uses: list[Use], on: date, *, since: date | None = None, is_livestock: bool = False) -> Verdict:
    return kept_on(uses, Harvest(on, first_on=since), is_livestock=is_livestock)


def use(days: int | None, source: DaysSource | None = DaysSource.LABEL, last: date = FIRST) -> Use:
    return Use(last, days, source)


@pytest.mark.parametrize(("day", "outcome"), [(7, "hold"), (8, "pass"), (9, "pass")])
def test_seven_days_after_the_first_end_on_the_eighth(day: int, outcome: str) -> None:
    """Art. 29, days of the label: harvest >= last use + days."""
    verdict = interval_kept([use(7)], date(2026, 6, day))

    assert verdict.outcome.value == outcome
    assert verdict.day == date(2026, 6, 8)


def test_the_longest_interval_of_several_counts() -> None:
    """20 days from 20 May end on 9 June, three from 1 June on the 4th."""
    uses = [use(3), use(20, last=date(2026, 5, 20))]

    assert interval_kept(uses, date(2026, 6, 8)).outcome is Outcome.HOLD
    assert interval_kept(uses, date(2026, 6, 9)).outcome is Outcome.PASS
    assert earliest_harvest(uses) == date(2026, 6, 9)


@pytest.mark.parametrize(("last", "free"), [("2026-02-20", "2026-03-02"), ("2028-02-20", "2028-03-01")])
def test_ten_days_over_the_end_of_february(last: str, free: str) -> None:
    assert earliest_harvest([use(10, last=date.fromisoformat(last))]) == date.fromisoformat(free)


def test_a_table_only_warns() -> None:
    """The label binds (农药管理条例 art. 34); tables only fill in."""
    inside, after = (
        interval_kept([use(7, DaysSource.TABLE)], date(2026, 6, 7)),
        interval_kept([use(7, DaysSource.TABLE)], date(2026, 6, 8)),
    )

    assert (inside.outcome, inside.unverified, inside.reasons) == (Outcome.WARN, True, ("inside-table-interval",))
    assert (after.outcome, after.unverified) == (Outcome.PASS, True)


def test_days_without_a_source_and_a_label_without_a_photo_only_warn() -> None:
    unsourced = interval_kept([use(7, None)], date(2026, 6, 7))
    unseen = interval_kept([Use(FIRST, 7, DaysSource.LABEL, has_photo=False)], date(2026, 6, 7))

    assert [unsourced.outcome, unseen.outcome] == [Outcome.WARN, Outcome.WARN]
    assert unseen.reasons == ("inside-interval-no-photo",)


def test_a_label_outranks_a_table_beside_it() -> None:
    verdict = interval_kept([use(2), use(30, DaysSource.TABLE)], date(2026, 6, 2))

    assert (verdict.outcome, verdict.unverified) == (Outcome.HOLD, False)


def test_no_stated_interval_is_not_an_interval_of_nothing() -> None:
    """A label without an interval for this crop is not registered for it."""
    verdict = interval_kept([use(None)], date(2027, 6, 1))

    assert (verdict.outcome, verdict.reasons, verdict.day) == (Outcome.WARN, ("interval-unknown",), None)


def test_a_withdrawal_period_ends_by_itself() -> None:
    """兽药管理条例 art. 40: 28 days after 1 June is 29 June."""
    inside = interval_kept([use(28, DaysSource.PRESCRIPTION)], date(2026, 6, 28), is_livestock=True)

    assert (inside.outcome, inside.article, inside.day) == (Outcome.HOLD, "L-VET 40", date(2026, 6, 29))
    assert inside.remedy[0] == "wait-until-day"


def test_a_use_after_the_harvest_does_not_touch_it_but_is_said() -> None:
    verdict = interval_kept([use(7, last=date(2026, 7, 1))], date(2026, 6, 30))

    assert (verdict.outcome, verdict.reasons, verdict.day) == (Outcome.WARN, ("use-after-harvest",), None)


def test_a_use_that_went_on_over_the_harvest_is_inside_it() -> None:
    verdict = interval_kept([Use(date(2026, 7, 1), 7, DaysSource.LABEL, first_used_on=FIRST)], date(2026, 6, 15))

    assert verdict.outcome is Outcome.HOLD


@pytest.mark.parametrize(
    ("used", "outcome"), [("09-16", "pass"), ("09-17", "hold"), ("10-05", "hold"), ("10-10", "hold")]
)
def test_every_day_of_a_harvest_is_judged(used: str, outcome: str) -> None:
    """Picked from 1 to 10 October, 15 days from 16 September end on 1 October; a use within the harvest is inside it."""
    verdict = interval_kept(
        [use(15, last=date.fromisoformat(f"2026-{used}"))], date(2026, 10, 10), since=date(2026, 10, 1)
    )

    assert verdict.outcome.value == outcome


def test_a_use_on_the_day_after_a_long_harvest_does_not_touch_it() -> None:
    verdict = interval_kept([use(15, last=date(2026, 10, 11))], date(2026, 10, 10), since=date(2026, 10, 1))

    assert verdict.reasons == ("use-after-harvest",)


@pytest.mark.parametrize(("picked", "outcome"), [("12-03", "hold"), ("12-04", "warn")])
def test_days_of_use_the_wrong_way_round_count_to_the_later_one(picked: str, outcome: str) -> None:
    """From 20 to 10 November, 14 days: free on 4 December, and the dates are asked about."""
    used = Use(date(2026, 11, 10), 14, DaysSource.LABEL, first_used_on=date(2026, 11, 20))
    verdict = interval_kept([used], date.fromisoformat(f"2026-{picked}"))

    assert (verdict.outcome.value, verdict.day) == (outcome, date(2026, 12, 4))
    assert "dates-reversed" in verdict.reasons


def test_a_harvest_the_wrong_way_round_is_the_span_between_its_days() -> None:
    verdict = interval_kept([use(14, last=date(2026, 10, 5))], date(2026, 10, 1), since=date(2026, 10, 10))

    assert verdict.reasons == ("inside-interval", "dates-reversed")


def test_nothing_used_passes() -> None:
    assert interval_kept([], FIRST).outcome is Outcome.PASS
    assert earliest_harvest([]) is None


@given(st.lists(st.integers(0, 400), min_size=1, max_size=6), st.integers(0, 500))
def test_it_passes_exactly_from_the_earliest_day_on(days: list[int], later: int) -> None:
    uses = [use(one) for one in days]
    harvested = date.fromordinal(FIRST.toordinal() + later)

    passes = interval_kept(uses, harvested).outcome is Outcome.PASS

    assert passes == (later >= max(days))
