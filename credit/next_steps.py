"""Which steps can be taken in a case now, by whom, from when and until when, and what stands against each? (pure)

Nothing is decided here: the log judges whatever is sent. A page asks this to offer only what is lawful, and to say of the
rest what it waits for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from trace.ledger.sealing import time_received
from trace.offices import interested_in
from trace.state import Row, State

from .case_rows import Progress, progress_of
from .cases import Case, day_of
from .clocks import Due, deadline_of, earliest_of
from .guards import Asked, computed_answers, is_of_another_method
from .procedure import Taken, brought_to, next_engine_step
from .reference.holidays import legal_calendar
from .reference.procedures import SUBJECT, Procedure, Step, Timeout, procedures
from .services import find_uncalled
from .step_checks import Actor, Attempt, Fault, Trial, Why, find_faults
from .step_form import before_step
from .stepping import LABORATORY, NOBODY, SERVICE_CLERK, acts_in_case, apart_of

_ANOTHER = ""
"""Stands for the second official, whoever that will be."""


@dataclass(frozen=True)
class Standing:
    """A case at this moment, after what the clock has brought. `passed`: steps of the engine that are not in the log yet;
    `brings`: the one that comes next if nobody acts."""

    row: Row
    progress: Progress
    procedure: Procedure
    case: Case
    now: datetime
    passed: tuple[Taken, ...]
    brings: Taken | None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The rows that start in the present state, those of the engine and of another method left out."""
        found = (step for step in self.procedure.steps_from(self.case.state) if not step.is_by_system)
        return tuple(step for step in found if not is_of_another_method(step, self.case))

    def due(self, step: Step) -> Due | None:
        return deadline_of(step, before_step(step, self.case), legal_calendar())

    def is_late(self, step: Step) -> bool:
        """Whether the step can still be taken, after its last day."""
        due = self.due(step)
        return step.on_timeout is Timeout.LATE and due is not None and not due.is_met_at(self.now)


@dataclass(frozen=True)
class NextStep:
    """A row that starts in the present state, as one person finds it.

    `first_day`: before it, the step is too early; `holds_role`: whether this person acts in the role that is wanted;
    `against`: everything else that stands against it now. `computed`: what was found out for its guard, None where the
    acting person answers. `for_paper`: a step of the party that this person may enter from its signed paper.
    """

    step: Step
    first_day: date | None
    due: Due | None
    is_late: bool
    holds_role: bool
    against: tuple[Fault, ...]
    computed: bool | None
    for_paper: bool

    @property
    def is_open(self) -> bool:
        """Whether this person can take it now."""
        return self.holds_role and not self.against


def standing_of(row: Row, now: datetime) -> Standing:
    """Where a case stands now."""
    procedure, progress = procedures()[row["procedure"]], progress_of(row)
    passed = brought_to(procedure, progress.case, now, legal_calendar())
    brings = next_engine_step(procedure, passed.case, legal_calendar())
    return Standing(row, progress, procedure, passed.case, now, passed.taken, brings)


def next_steps(
    state: State,
    standing: Standing,
    person: str | None,
    papers: Mapping[str, Iterable[Mapping[str, Any]]] | None = None,
) -> tuple[NextStep, ...]:
    """Every row that starts in the present state, as this person finds it; None: somebody who holds no office.

    `papers`: by step, documents that were made for it already, as its statement will name them.
    """
    made = papers or {}
    return tuple(_next(state, standing, step, person, list(made.get(step.code, ()))) for step in standing.steps)


def possible_step(
    state: State, standing: Standing, step: Step, person: str | None, payload: Mapping[str, Any]
) -> NextStep:
    """One row as this person finds it who would say this."""
    return _found(state, standing, step, person, payload)


def _next(
    state: State, standing: Standing, step: Step, person: str | None, papers: list[Mapping[str, Any]]
) -> NextStep:
    return _found(state, standing, step, person, {"documents": papers} if papers else {})


def _found(state: State, standing: Standing, step: Step, person: str | None, payload: Mapping[str, Any]) -> NextStep:
    row, case, now = standing.row, standing.case, standing.now
    received = time_received(now, "")
    asked = Asked(state, row, standing.progress, step, payload, day_of(now))
    answers = computed_answers(asked)
    computed = answers.get(step.guard) if step.guard else None
    by_paper = step.actor_role == SUBJECT
    wanted = SERVICE_CLERK if by_paper else step.actor_role
    holds = person is not None and step.actor_role != LABORATORY and acts_in_case(state, person, wanted, row, received)
    attempt = Attempt(
        action=step.action,
        at=now,
        by=Actor(step.actor_role, row["subject"] if by_paper else person or NOBODY),
        cosigner=Actor(step.cosign, _ANOTHER) if step.cosign else None,
        answers={**({step.guard: True} if step.guard else {}), **answers},
        facts={},
        documents=frozenset(step.documents),
        entered_by=person,
    )
    interested = interested_in(state, row["subject"])
    parties = interested | {row["subject"]}
    trial = Trial(step, case, attempt, parties, legal_calendar(), apart_of(step, interested))
    earliest = earliest_of(step, case, legal_calendar())
    faults = [fault for fault in find_faults(trial) if fault.why is not Why.WRONG_ROLE]
    uncalled = find_uncalled(row, standing.progress, step, day_of(now))
    if uncalled is not None and Why.TOO_EARLY not in {fault.why for fault in faults}:
        faults.append(uncalled)
    return NextStep(
        step=step,
        first_day=earliest.first_day if earliest else None,
        due=standing.due(step),
        is_late=standing.is_late(step),
        holds_role=holds,
        against=tuple(faults),
        computed=computed,
        for_paper=by_paper and holds,
    )
