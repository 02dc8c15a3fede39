"""What does a case wait for: an office, the party, a laboratory, the clock? And is it late? (pure)"""

from dataclasses import dataclass
from enum import Enum
from itertools import chain

from trace.state import State

from .clocks import Due
from .next_steps import Standing, possible_step
from .procedure import Taken
from .reference.procedures import SUBJECT, Step, Timeout
from .step_checks import Why
from .stepping import LABORATORY

_KEEPS_OUT = frozenset({Why.PARTY, Why.SAME_PERSON})
"""What no day and no paper lifts: this person does not take the step."""
TURNS_BACK = frozenset({"reason_given", "list_of_missing"})
"""Conditions of rows that refuse, return or ask for more."""
_NOTHING: dict[str, object] = {}


class WaitsFor(Enum):
    """Whose step is next. `NOBODY`: nothing is due, the case rests."""

    OFFICE = "office"
    PARTY = "party"
    LABORATORY = "laboratory"
    CLOCK = "clock"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Duty:
    """The next step of a case. `due`: until when, None where there is no limit; `wants`: whether the person asked about
    may take it; `otherwise`: what the clock brings if nobody acts."""

    waits_for: WaitsFor
    step: Step | None
    due: Due | None
    is_late: bool = False
    wants: bool = False
    otherwise: Taken | None = None


def duty_of(state: State, standing: Standing, person: str | None) -> Duty:
    """What a case waits for, as this person finds it; None: somebody who holds no office."""
    step, otherwise = _of_an_office(state, standing), standing.brings
    if step is not None:
        wants = person is not None and is_open_to(state, standing, step, person)
        return Duty(WaitsFor.OFFICE, step, standing.due(step), standing.is_late(step), wants, otherwise)
    for step in standing.steps:
        due = standing.due(step)
        if step.actor_role == SUBJECT and due is not None and due.is_met_at(standing.now):
            return Duty(WaitsFor.PARTY, step, due, otherwise=otherwise)
    for step in standing.steps:
        if step.actor_role == LABORATORY:
            return Duty(WaitsFor.LABORATORY, step, standing.due(step), standing.is_late(step), otherwise=otherwise)
    if standing.brings is not None:
        return Duty(WaitsFor.CLOCK, standing.brings.step, standing.brings.due)
    return Duty(WaitsFor.NOBODY, None, None)


def is_open_to(state: State, standing: Standing, step: Step, person: str) -> bool:
    """Whether this person holds the office that a step wants, and neither an interest nor an earlier step keeps it out."""
    found = possible_step(state, standing, step, person, _NOTHING)
    return found.holds_role and not any(fault.why in _KEEPS_OUT for fault in found.against)


def who_may_take(state: State, standing: Standing, step: Step) -> tuple[str, ...]:
    """The officials to whom a step is open, at the authority of the case or, where the table says so, at the one above."""
    holders = dict.fromkeys(state.rows["office", id]["party"] for id in state.office_ids)
    return tuple(one for one in holders if is_open_to(state, standing, step, one))


def _of_an_office(state: State, standing: Standing) -> Step | None:
    """The row that an office has to take, and that is not ruled out by what the program found out.

    Of several that have so many days the one with the longest time, the first of the table where it is the same: with a
    rapid method an office serves within the hour or gives the longer time to ask, and is not late before. A row that turns
    back comes after those that lead on. A row without days and without a condition waits for nothing but the office, one
    that the clock takes in the end is the office's until then.
    """
    rows = [one for one in standing.steps if one.actor_role not in (SUBJECT, LABORATORY)]
    rows = [one for one in rows if not _is_ruled_out(state, standing, one)]
    timed = [(one, due) for one in rows if (due := standing.due(one)) is not None]
    late = [one for one in timed if one[0].on_timeout is Timeout.LATE]
    onwards = [one for one in late if one[0].guard not in TURNS_BACK] or late
    if onwards:
        return max(onwards, key=lambda one: one[1].over_at)[0]
    free = (one for one in rows if one.deadline is None and one.guard is None)
    by_clock = (one for one, due in timed if one.on_timeout is Timeout.AUTO and due.is_met_at(standing.now))
    return next(chain(free, by_clock), None)


def _is_ruled_out(state: State, standing: Standing, step: Step) -> bool:
    against = possible_step(state, standing, step, None, _NOTHING).against
    return any(fault.why is Why.GUARD for fault in against) and not _can_be_brought(step)


def _can_be_brought(step: Step) -> bool:
    """A service that is not proven yet is what the office has to bring; every other condition is as it is."""
    return step.guard is not None and step.guard.startswith("service_proven")
