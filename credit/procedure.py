"""What becomes of a case when somebody takes a step, or when time passes? (pure)

Walks any carried procedure table and knows none by name. Time is the log's received time, never a claimed one. The engine's own
steps only close, lapse, expire or keep internal: the silence of an office harms nobody.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from .cases import Case, Done
from .clocks import Due, deadline_of
from .reference.procedures import Procedure, Step
from .step_checks import NOBODY_APART, Apart, Attempt, Fault, Trial, Why, find_fault, is_late
from .working_days import LegalCalendar

_BY_CLOCK = "_over"
"""Guards that end so ask whether a period is over; for a step that the clock itself brings, it is."""
_NO_ANSWERS: Mapping[str, bool] = {}


@dataclass(frozen=True)
class Taken:
    """A step that was taken. `is_late`: after its deadline. `due`: the deadline that brought an automatic one, else None."""

    step: Step
    at: datetime
    is_late: bool = False
    due: Due | None = None


@dataclass(frozen=True)
class Outcome:
    """The case afterwards, the steps taken on the way in order, and why the attempt itself was refused, if it was."""

    case: Case
    taken: tuple[Taken, ...]
    refusal: Fault | None = None


def take(
    procedure: Procedure,
    case: Case,
    attempt: Attempt,
    parties: frozenset[str],
    calendar: LegalCalendar,
    apart: Callable[[Step], Apart] = lambda _step: NOBODY_APART,
) -> Outcome:
    """Judge one step, after what the clock has brought before it. `parties`: the subject, its kin, declared interests;
    `apart`: who keeps out of a step beyond its row.

    A refused attempt leaves nothing in the case but the time that has passed.
    """
    if case.now is not None and attempt.at < case.now:
        return Outcome(case, (), Fault(Why.BACKDATED, case.now.isoformat()))
    found = brought_to(procedure, case, attempt.at, calendar, attempt.answers)
    step = procedure.find(found.case.state, attempt.action)
    if step is None:
        possible = ";".join(one.action for one in procedure.steps_from(found.case.state))
        return Outcome(found.case, found.taken, Fault(Why.NOT_FROM_HERE, possible))
    facts = procedure.statable(attempt.facts)
    trial = Trial(step, found.case.stating(facts), attempt, parties, calendar, apart(step))
    if (fault := find_fault(trial)) is not None:
        return Outcome(found.case, found.taken, fault)
    done = Done(attempt.at, attempt.by.person)
    after = found.case.after(procedure, step, done, facts, attempt.answers)
    return Outcome(after, (*found.taken, Taken(step, attempt.at, is_late(trial))))


def let_time_pass(
    procedure: Procedure,
    case: Case,
    until: datetime,
    calendar: LegalCalendar,
    answers: Mapping[str, bool] = _NO_ANSWERS,
) -> Outcome:
    """Take every step that the clock has brought by then, each at its own moment. An earlier time changes nothing.

    `answers` stay in the case: what is known of it (as its class) tells the engine which of its steps applies.
    """
    passed = _advance(procedure, case, until, calendar, answers, lambda due: due.is_over_at(until))
    return Outcome(passed.case.at_time(until, answers), passed.taken)


def brought_to(
    procedure: Procedure,
    case: Case,
    at: datetime,
    calendar: LegalCalendar,
    answers: Mapping[str, bool] = _NO_ANSWERS,
) -> Outcome:
    """The case as somebody who acts at this moment finds it. Who acts at the very hour of a deadline comes before the engine.

    `answers` do not stay: they are the attempt's, and an attempt may be refused.
    """
    return _advance(procedure, case, at, calendar, answers, lambda due: not due.is_met_at(at))


def engine_step(procedure: Procedure, case: Case, at: datetime, calendar: LegalCalendar) -> Taken | None:
    """The first step that the clock has brought by this moment and that nobody has entered yet; None: there is none."""
    return _next_automatic(procedure, case, calendar, _NO_ANSWERS, lambda due: not due.is_met_at(at))


def next_engine_step(procedure: Procedure, case: Case, calendar: LegalCalendar) -> Taken | None:
    """The step that the clock will bring next if nobody acts, and when."""
    return _next_automatic(procedure, case, calendar, _NO_ANSWERS, lambda _due: True)


def _advance(
    procedure: Procedure,
    case: Case,
    until: datetime,
    calendar: LegalCalendar,
    answers: Mapping[str, bool],
    has_come: Callable[[Due], bool],
) -> Outcome:
    if case.now is not None and until < case.now:
        return Outcome(case, ())
    taken: list[Taken] = []
    while (found := _next_automatic(procedure, case, calendar, answers, has_come)) is not None:
        taken.append(found)
        case = case.after(procedure, found.step, Done(found.at, ""))
    return Outcome(case.at_time(until), tuple(taken))


def _next_automatic(
    procedure: Procedure,
    case: Case,
    calendar: LegalCalendar,
    answers: Mapping[str, bool],
    has_come: Callable[[Due], bool],
) -> Taken | None:
    """The one that came first, in the order of the table where two came together.

    A state that is entered after its last day is left again in that moment, never before it.
    """
    found: Taken | None = None
    known = {**case.answers, **answers}
    for row in procedure.steps_from(case.state):
        step = procedure.steps[row.auto_step] if row.auto_step else None
        due = deadline_of(row, case, calendar) if step else None
        if step is None or due is None or not has_come(due) or _is_ruled_out(step, known):
            continue
        if found is None or found.due is None or due.over_at < found.due.over_at:
            found = Taken(step, due.over_at if case.now is None else max(due.over_at, case.now), due=due)
    return found


def _is_ruled_out(step: Step, answers: Mapping[str, bool]) -> bool:
    """A guard of an office that kept silent is nobody's to answer; the engine's own may say that another step applies."""
    guard = step.guard
    return step.is_by_system and guard is not None and not guard.endswith(_BY_CLOCK) and answers.get(guard) is False
