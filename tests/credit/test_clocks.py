"""Every deadline and every earliest day of every row, at its boundary: met until 24:00 of the last day, over from then on.

All periods start on Tuesday 2026-09-22 at 10:00 in Shanghai. Counted by hand: 25-27 September and 1-7 October are off, Saturday
10 October is worked, and a party's own days move from 2 to 8 October.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from credit.cases import Case, Done
from credit.clocks import deadline_of, earliest_of
from credit.procedure import Outcome, let_time_pass, take
from credit.reference.holidays import legal_calendar
from credit.reference.procedures import Period, Procedure, Step, Timeout, Unit, procedures
from credit.step_checks import Actor, Attempt, Why
from trace.legal_days import SHANGHAI

CALENDAR = legal_calendar()
START = datetime(2026, 9, 22, 10, tzinfo=SHANGHAI)
SECOND = timedelta(seconds=1)
LAST_DAYS = {
    (1, Unit.WORKING_DAY): "2026-09-23",
    (2, Unit.WORKING_DAY): "2026-09-24",
    (3, Unit.WORKING_DAY): "2026-09-28",
    (5, Unit.WORKING_DAY): "2026-09-30",
    (7, Unit.WORKING_DAY): "2026-10-09",
    (10, Unit.WORKING_DAY): "2026-10-13",
    (14, Unit.WORKING_DAY): "2026-10-19",
    (20, Unit.WORKING_DAY): "2026-10-27",
    (30, Unit.WORKING_DAY): "2026-11-10",
    (0, Unit.DAY): "2026-09-22",
    (7, Unit.DAY): "2026-09-29",
    (30, Unit.DAY): "2026-10-22",
    (90, Unit.DAY): "2026-12-21",
    (3, Unit.MONTH): "2026-12-22",
    (12, Unit.MONTH): "2027-09-22",
    (36, Unit.MONTH): "2029-09-22",
}
MOVED = {"C03": "2026-10-08"}
ROWS = [(procedure, step) for procedure in procedures().values() for step in procedure.steps.values()]
WITH_DEADLINE = [(p, s) for p, s in ROWS if s.deadline]
WITH_EARLIEST = [(p, s) for p, s in ROWS if s.earliest]


def name_of(value: object) -> str:
    return value.code if isinstance(value, Step) else getattr(value, "name", str(value))


def over_at(step: Step, period: Period) -> datetime:
    """The first moment after the period, by the table of days above."""
    if period.unit is Unit.HOUR:
        return START + timedelta(hours=period.count)
    last = date.fromisoformat(MOVED.get(step.code) or LAST_DAYS[period.count, period.unit])
    return datetime.combine(last + timedelta(1), datetime.min.time(), SHANGHAI)


def alone(procedure: Procedure, step: Step) -> Procedure:
    """The machine with this row only (and what its timeout brings)."""
    kept = {step.code} | ({step.auto_step} if step.auto_step else set())
    return replace(procedure, steps={code: one for code, one in procedure.steps.items() if code in kept})


def case_at(procedure: Procedure, step: Step) -> Case:
    """In the state where the row starts, with every clock started."""
    periods = [one for other in procedure.steps.values() for one in (other.earliest, other.deadline) if one]
    return Case(
        state=step.from_state,
        now=START,
        entered={step.from_state: START},
        done={code: Done(START, "somebody") for code in procedure.steps if code != "X10"},
        facts={period.anchor.name: START.date() for period in periods},
    )


def attempt(procedure: Procedure, step: Step, at: datetime) -> Outcome:
    tried = Attempt(
        action=step.action,
        at=at,
        by=Actor(step.actor_role, "an actor"),
        cosigner=Actor(step.cosign, "another") if step.cosign else None,
        answers={step.guard: True} if step.guard else {},
        facts={},
        documents=frozenset(step.documents),
    )
    return take(alone(procedure, step), case_at(procedure, step), tried, frozenset(), CALENDAR)


@pytest.mark.parametrize(("procedure", "step"), WITH_DEADLINE, ids=name_of)
def test_a_deadline_is_met_until_the_end_of_its_last_day(procedure: Procedure, step: Step) -> None:
    assert step.deadline is not None
    due = deadline_of(step, case_at(procedure, step), CALENDAR)

    assert due is not None
    assert due.over_at == over_at(step, step.deadline)
    assert due.is_met_at(due.over_at - SECOND)
    assert not due.is_met_at(due.over_at + SECOND)


@pytest.mark.parametrize(("procedure", "step"), WITH_EARLIEST, ids=name_of)
def test_a_step_that_must_wait_is_refused_until_the_period_is_over(procedure: Procedure, step: Step) -> None:
    assert step.earliest is not None
    over = over_at(step, step.earliest)

    too_early = attempt(procedure, step, over - SECOND)
    in_time = earliest_of(step, case_at(procedure, step), CALENDAR)

    assert too_early.refusal is not None
    assert too_early.refusal.why is Why.TOO_EARLY
    assert in_time is not None
    assert in_time.over_at == over
    if step.on_timeout is not Timeout.AUTO:
        assert attempt(procedure, step, over).refusal is None


@pytest.mark.parametrize(
    ("procedure", "step"), [(p, s) for p, s in WITH_DEADLINE if s.on_timeout is Timeout.LATE], ids=name_of
)
def test_after_the_deadline_a_late_step_is_possible_and_shown_late(procedure: Procedure, step: Step) -> None:
    assert step.deadline is not None
    over = over_at(step, step.deadline)

    in_time = attempt(procedure, step, over - SECOND) if step.earliest is None else None
    late = attempt(procedure, step, over + SECOND)

    assert late.refusal is None
    assert [one.is_late for one in late.taken] == [True]
    assert in_time is None or [one.is_late for one in in_time.taken] == [False]


@pytest.mark.parametrize(
    ("procedure", "step"), [(p, s) for p, s in WITH_DEADLINE if s.on_timeout is Timeout.BAR], ids=name_of
)
def test_after_the_deadline_a_barred_right_is_lost(procedure: Procedure, step: Step) -> None:
    assert step.deadline is not None
    over = over_at(step, step.deadline)

    too_late = attempt(procedure, step, over).refusal

    assert attempt(procedure, step, over - SECOND).refusal is None
    assert too_late is not None
    assert too_late.code == "too_late"
    assert too_late.lifted_by == (over - SECOND).date().isoformat()


@pytest.mark.parametrize(("procedure", "step"), [(p, s) for p, s in WITH_DEADLINE if s.auto_step], ids=name_of)
def test_the_engine_acts_at_midnight_after_the_last_day_or_at_the_hour(procedure: Procedure, step: Step) -> None:
    assert step.deadline is not None
    machine, case, over = alone(procedure, step), case_at(procedure, step), over_at(step, step.deadline)

    before = let_time_pass(machine, case, over - SECOND, CALENDAR)
    after = let_time_pass(machine, case, over + timedelta(days=400), CALENDAR)

    assert before.taken == ()
    assert [(one.step.code, one.at) for one in after.taken][:1] == [(step.auto_step, over)]


def test_only_the_subject_s_own_days_move_off_a_holiday() -> None:
    subject_rows = {
        s.code
        for _, s in WITH_DEADLINE
        if s.actor_role == "subject" and s.deadline and s.deadline.unit in (Unit.DAY, Unit.MONTH)
    }

    assert subject_rows == set(MOVED)


def test_a_clock_whose_start_is_not_in_the_case_does_not_run() -> None:
    listing = procedures()["listing"]
    case = Case(state="listed")

    assert deadline_of(listing.steps["L35"], case, CALENDAR) is None
    assert earliest_of(listing.steps["L30"], case, CALENDAR) is None


def test_an_open_stay_stops_the_deadline_of_publication() -> None:
    step = procedures()["penalty_record"].steps["P07"]
    decided = Case(state="recorded", facts={"decision_date": date(2026, 7, 3), "stay_from": date(2026, 7, 20)})
    ended = decided.stating({"stay_until": date(2026, 7, 24)})

    due = deadline_of(step, ended, CALENDAR)

    assert deadline_of(step, decided, CALENDAR) is None
    assert due is not None
    assert due.last_day == date(2026, 8, 7)


def test_an_expert_examination_does_not_count_among_the_ninety_days() -> None:
    step = procedures()["listing"].steps["L21"]
    case = Case(
        state="reviewed",
        facts={
            "case_filed": date(2026, 8, 20),
            "examination_from": date(2026, 9, 1),
            "examination_until": date(2026, 9, 10),
        },
    )

    due = deadline_of(step, case, CALENDAR)

    assert due is not None
    assert due.last_day == date(2026, 11, 28)


def test_a_longer_restriction_makes_the_term_longer_and_a_shorter_one_changes_nothing() -> None:
    step = procedures()["listing"].steps["L35"]
    listed = Case(state="listed", facts={"listing_date": date(2026, 10, 20)})

    longer = deadline_of(step, listed.stating({"restriction_end": date(2031, 10, 20)}), CALENDAR)
    shorter = deadline_of(step, listed.stating({"restriction_end": date(2028, 10, 20)}), CALENDAR)

    assert longer is not None
    assert longer.last_day == date(2031, 10, 20)
    assert shorter is not None
    assert shorter.last_day == date(2029, 10, 20)
