"""Where does a case stand, and what has been done in it so far? (pure)"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from types import MappingProxyType

from trace.legal_days import SHANGHAI

from .reference.procedures import NOT_OPEN, Procedure, Step

_NOTHING: Mapping[str, date] = MappingProxyType({})
_NO_ANSWERS: Mapping[str, bool] = MappingProxyType({})


@dataclass(frozen=True)
class Done:
    """The last time that a step was taken: when the log received it, and who took it ("" for the engine)."""

    at: datetime
    person: str


@dataclass(frozen=True)
class Case:
    """One case after its last step. Times are received times, with offset; `now`: the newest one seen.

    `entered`: when each state was last entered; a step that stays in its state does not enter it anew. `answers`: the last
    answer that accepted steps gave to each guard; the engine's own steps read them. `persons`: who did something outside
    the case that a second person must not have done, as `record_entry`.
    """

    state: str = NOT_OPEN
    now: datetime | None = None
    entered: Mapping[str, datetime] = field(default_factory=dict)
    done: Mapping[str, Done] = field(default_factory=dict)
    facts: Mapping[str, date] = field(default_factory=dict)
    persons: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, bool] = field(default_factory=dict)
    guarantees: frozenset[str] = frozenset()

    def at_time(self, at: datetime, answers: Mapping[str, bool] = _NO_ANSWERS) -> "Case":
        """The same case later, with what else was answered. An earlier time leaves it where it is."""
        now = at if self.now is None else max(self.now, at)
        return replace(self, now=now, answers={**self.answers, **answers})

    def stating(self, facts: Mapping[str, date]) -> "Case":
        """The same case with what a step states about dates, for the clocks of that step."""
        return replace(self, facts={**self.facts, **facts})

    def after(
        self,
        procedure: Procedure,
        step: Step,
        done: Done,
        facts: Mapping[str, date] = _NOTHING,
        answers: Mapping[str, bool] = _NO_ANSWERS,
    ) -> "Case":
        """The case when the step has been taken: its dates, answers and guarantees are in it."""
        kept: frozenset[str] = frozenset() if step.resets else self.guarantees
        later = self.at_time(done.at, answers)
        return replace(
            later,
            state=step.to_state,
            entered=later.entered if step.to_state == self.state else {**later.entered, step.to_state: done.at},
            done={**later.done, step.code: done},
            facts=_with_computed(procedure, step, done.at, {**later.facts, **facts}),
            guarantees=kept | set(step.guarantees),
        )


def day_of(at: datetime) -> date:
    """The legal day of a received time."""
    return at.astimezone(SHANGHAI).date()


def _with_computed(procedure: Procedure, step: Step, at: datetime, facts: dict[str, date]) -> dict[str, date]:
    for computed in procedure.computed.get(step.code, ()):
        if not (computed.stated_wins and computed.name in facts):
            facts[computed.name] = day_of(at)
    return facts
