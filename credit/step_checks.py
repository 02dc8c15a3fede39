"""May this person take this step at this moment, and if not, what would lift the refusal? (pure)

Checked in the order of the tuple at the end: role, party's interest, second person, second proof, earliest day, lost right,
guard, documents. The first that fails answers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from .cases import Case
from .clocks import deadline_of, earliest_of
from .reference.procedures import Step, Timeout
from .working_days import LegalCalendar


class Why(Enum):
    """Why a step is refused."""

    BACKDATED = "backdated"
    NOT_FROM_HERE = "not_from_here"
    WRONG_ROLE = "wrong_role"
    PARTY = "party"
    SAME_PERSON = "same_person"
    NO_COSIGN = "no_cosign"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    GUARD = "guard"
    DOCUMENT = "document"


@dataclass(frozen=True)
class Actor:
    """A person in a role. The party whom the case concerns acts as `subject`, the engine as `system`."""

    role: str
    person: str


@dataclass(frozen=True)
class Attempt:
    """What somebody would do. `at`: received time. `answers`: by guard; only yes lets a guarded step through.

    `facts`: dates that the step states. `documents`: codes of the documents that come with it. `entered_by`: the official who
    enters a step of the party from its signed paper.
    """

    action: str
    at: datetime
    by: Actor
    cosigner: Actor | None
    answers: Mapping[str, bool]
    facts: Mapping[str, date]
    documents: frozenset[str]
    entered_by: str | None = None


@dataclass(frozen=True)
class Apart:
    """Who keeps out of a step beyond what its row says.

    `interested`: officials who declared the subject their own, kin or a stake; they take no step of its cases at all
    (行政处罚法 art. 43).
    `after`: steps whose person takes this one as little as those of `differs`.
    """

    interested: frozenset[str] = frozenset()
    after: tuple[str, ...] = ()


NOBODY_APART = Apart()


@dataclass(frozen=True)
class Fault:
    """What failed. `lifted_by`: the role wanted, the step whose person may not act, the day, the guard, the document."""

    why: Why
    lifted_by: str

    @property
    def code(self) -> str:
        """One word; with the guard or the document where that is what is missing."""
        return f"{self.why.value}:{self.lifted_by}" if self.why in (Why.GUARD, Why.DOCUMENT) else self.why.value


@dataclass(frozen=True)
class Trial:
    """A step and who would take it. `case` already has the dates that the attempt states; `parties`: the subject, its kin and
    whoever has a declared interest."""

    step: Step
    case: Case
    attempt: Attempt
    parties: frozenset[str]
    calendar: LegalCalendar
    apart: Apart = NOBODY_APART


def find_fault(trial: Trial) -> Fault | None:
    """The first thing that stands against the step; None: it may be taken."""
    return next((fault for check in _CHECKS if (fault := check(trial)) is not None), None)


def find_faults(trial: Trial) -> tuple[Fault, ...]:
    """Everything that stands against the step, in the order in which it is checked."""
    return tuple(fault for check in _CHECKS if (fault := check(trial)) is not None)


def missing_paper(step: Step, attempt: Attempt) -> Fault | None:
    """The first document of the row that does not come with the step; None: all are there."""
    missing = (code for code in step.documents if code not in attempt.documents)
    return next((Fault(Why.DOCUMENT, code) for code in missing), None)


def is_late(trial: Trial) -> bool:
    """Whether the step, still possible, comes after its last day."""
    due = deadline_of(trial.step, trial.case, trial.calendar) if trial.step.on_timeout is Timeout.LATE else None
    return due is not None and not due.is_met_at(trial.attempt.at)


def _role(trial: Trial) -> Fault | None:
    wanted = trial.step.actor_role
    return None if trial.attempt.by.role == wanted else Fault(Why.WRONG_ROLE, wanted)


def _interest(trial: Trial) -> Fault | None:
    """The second proof is an act of office too: whoever gives it keeps out of the case as well."""
    step, attempt = trial.step, trial.attempt
    acting = {attempt.by.person} | ({attempt.cosigner.person} if step.cosign and attempt.cosigner else set())
    out = trial.apart.interested | (trial.parties if step.not_party else frozenset())
    return Fault(Why.PARTY, step.actor_role) if (acting | {attempt.entered_by}) & out else None


def _second_person(trial: Trial) -> Fault | None:
    for name in (*(name for others in trial.step.differs for name in others), *trial.apart.after):
        done = trial.case.done.get(name)
        if trial.attempt.by.person == (done.person if done else trial.case.persons.get(name)):
            return Fault(Why.SAME_PERSON, name)
    return None


def _second_proof(trial: Trial) -> Fault | None:
    wanted, second = trial.step.cosign, trial.attempt.cosigner
    if wanted is None or (second and second.role == wanted and second.person != trial.attempt.by.person):
        return None
    return Fault(Why.NO_COSIGN, wanted)


def _earliest(trial: Trial) -> Fault | None:
    """A period whose start is not in the case cannot be shown to be over."""
    if trial.step.earliest is None:
        return None
    due = earliest_of(trial.step, trial.case, trial.calendar)
    if due is None:
        return Fault(Why.TOO_EARLY, trial.step.earliest.anchor.name)
    return None if due.is_over_at(trial.attempt.at) else Fault(Why.TOO_EARLY, due.first_day.isoformat())


def _lost_right(trial: Trial) -> Fault | None:
    due = deadline_of(trial.step, trial.case, trial.calendar) if trial.step.on_timeout is Timeout.BAR else None
    return None if due is None or due.is_met_at(trial.attempt.at) else Fault(Why.TOO_LATE, due.last_day.isoformat())


def _guard(trial: Trial) -> Fault | None:
    guard = trial.step.guard
    return None if guard is None or trial.attempt.answers.get(guard) is True else Fault(Why.GUARD, guard)


def _documents(trial: Trial) -> Fault | None:
    return missing_paper(trial.step, trial.attempt)


_CHECKS: tuple[Callable[[Trial], Fault | None], ...] = (
    _role,
    _interest,
    _second_person,
    _second_proof,
    _earliest,
    _lost_right,
    _guard,
    _documents,
)
