"""What does a case wait for: an office, the party, a laboratory, the clock? And is it late? (pure)"""

from dataclasses import dataclass
from enum import Enum

from trace.state import State

from .clocks import Due
from .next_steps import Standing, possible_step
from .reference.procedures import SUBJECT, Step, Timeout
from .step_checks import Why
from .stepping import LABORATORY

_KEEPS_OUT = frozenset({Why.PARTY, Why.SAME_PERSON})
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
    may take it."""

    waits_for: WaitsFor
    step: Step | None
    due: Due | None
    is_late: bool = False
    wants: bool = False


def duty_of(state: State, standing: Standing, person: str | None) -> Duty:
    """What a case waits for, as this person finds it; None: somebody who holds no office."""
    step = _of_an_office(state, standing)
    if step is not None:
        found = possible_step(state, standing, step, person, _NOTHING)
        wants = found.holds_role and not any(fault.why in _KEEPS_OUT for fault in found.against)
        return Duty(WaitsFor.OFFICE, step, found.due, found.is_late, wants)
    for step in standing.steps:
        due = standing.due(step)
        if step.actor_role == SUBJECT and due is not None and due.is_met_at(standing.now):
            return Duty(WaitsFor.PARTY, step, due)
    for step in standing.steps:
        if step.actor_role == LABORATORY:
            return Duty(WaitsFor.LABORATORY, step, standing.due(step))
    if standing.brings is not None:
        return Duty(WaitsFor.CLOCK, standing.brings.step, standing.brings.due)
    return Duty(WaitsFor.NOBODY, None, None)


def _of_an_office(state: State, standing: Standing) -> Step | None:
    """The row that an office has so many days for, and that is not ruled out by what the program found out.

    Of several the one with the longest time, the first of the table where it is the same: with a rapid method an office has
    an hour, and is not late by that where the report is of another method. A row that turns back comes after those that lead
    on.
    """
    found: list[tuple[Step, Due]] = []
    for step in standing.steps:
        due = standing.due(step)
        if step.on_timeout is not Timeout.LATE or due is None or step.actor_role in (SUBJECT, LABORATORY):
            continue
        if any(
            fault.why is Why.GUARD and not _can_be_brought(step)
            for fault in possible_step(state, standing, step, None, _NOTHING).against
        ):
            continue
        found.append((step, due))
    onwards = [one for one in found if one[0].guard not in TURNS_BACK] or found
    return max(onwards, key=lambda one: one[1].over_at)[0] if onwards else None


def _can_be_brought(step: Step) -> bool:
    """A service that is not proven yet is what the office has to bring; every other condition is as it is."""
    return step.guard is not None and step.guard.startswith("service_proven")
