"""Was each step of a case taken in time? Its entries walked once more, with the clocks that ran before each. (pure)"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from .cases import Case, Done
from .clocks import deadline_of
from .reference.holidays import legal_calendar
from .reference.procedures import Procedure, Step, Timeout
from .step_form import before_step


@dataclass(frozen=True)
class ToldStep:
    """A step as it was taken. `at`: from when it counts; of one that the clock brought (`by_clock`), when it was due."""

    step: Step
    at: datetime
    is_late: bool
    by_clock: bool


def told_steps(procedure: Procedure, entries: Iterable[tuple[Mapping[str, Any], datetime]]) -> list[ToldStep]:
    """The steps of one case from their payloads and received times, in the order of the log."""
    case = Case()
    told = []
    for payload, received in entries:
        step = procedure.steps[payload["step"]]
        brought = _brought(procedure, case, step, received)
        at = received if brought is None else brought
        facts = procedure.statable(_facts(payload))
        found = before_step(step, case).stating(facts)
        limit = deadline_of(step, found, legal_calendar()) if step.on_timeout is Timeout.LATE else None
        told.append(ToldStep(step, at, limit is not None and not limit.is_met_at(at), brought is not None))
        case = case.after(procedure, step, Done(at, ""), facts, payload.get("guards", {}))
    return told


def _brought(procedure: Procedure, case: Case, step: Step, received: datetime) -> datetime | None:
    """When the clock brought this step; None where it did not. From then on the log takes it from the node alone."""
    for row in procedure.steps_from(case.state):
        due = deadline_of(row, case, legal_calendar()) if row.auto_step == step.code else None
        if due is not None and not due.is_met_at(received):
            return due.over_at if case.now is None else max(due.over_at, case.now)
    return None


def _facts(payload: Mapping[str, Any]) -> dict[str, date]:
    """The dates that a step states, and those of the paper that it enters."""
    facts = {name: date.fromisoformat(day) for name, day in payload.get("facts", {}).items()}
    if "paper" in payload:
        facts["decision_date"] = facts["period_start"] = date.fromisoformat(payload["paper"]["dated"])
    return facts
