"""What becomes of a case that is told event by event, as the test port tells it? (pure)

Guards that are not named are answered with yes, documents are there, a second proof that is not named is taken as given: the
port tests clocks and states.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from .cases import Case, day_of
from .clocks import Due, deadline_of, earliest_of
from .procedure import Outcome, Taken, brought_to, let_time_pass, take
from .reference.holidays import legal_calendar
from .reference.procedures import Procedure, Step, procedures
from .stated import BadCase, day, has_hour, is_dated, listed, mapping, moment, text, written_like
from .step_checks import Actor, Attempt
from .working_days import LegalCalendar

Answer = dict[str, Any]

_OWN_KEYS = frozenset({"do", "on", "by", "cosign", "guards", "tick", "ask", "step", "as"})
_UNNAMED = "(not shown)"


def told_case(stated: Mapping[str, Any]) -> Answer:
    """`{"log", "state", "asked"}`: steps taken and refused, the state at the end, the clocks asked for."""
    procedure = procedures().get(text(stated.get("procedure")))
    if procedure is None:
        raise BadCase("unknown-procedure")
    parties = frozenset(text(one) for one in listed(stated.get("parties")))
    told = mapping(stated.get("facts") or {})
    walk = _Walk(procedure, parties, Case(facts=procedure.statable(_facts(told)), persons=_persons(told)))
    for event in listed(stated.get("events")):
        walk.hear(mapping(event))
    return {"log": walk.log, "state": walk.case.state, "asked": walk.asked}


@dataclass
class _Walk:
    """A case on its way, with what the answer says of it."""

    procedure: Procedure
    parties: frozenset[str]
    case: Case
    calendar: LegalCalendar = field(default_factory=legal_calendar)
    log: list[Answer] = field(default_factory=list)
    asked: dict[str, str | None] = field(default_factory=dict)
    written_as: str = ""

    def hear(self, event: Mapping[str, Any]) -> None:
        """One event: a step, a passing of time, or a question."""
        if "do" in event:
            self._do(event)
        elif "tick" in event:
            self.case = self.case.stating(self.procedure.statable(_facts(_further(event))))
            until = self._moment(event["tick"])
            self._passed(let_time_pass(self.procedure, self.case, until, self.calendar, _answers(event)))
        elif "ask" in event:
            self._ask(event)
        else:
            raise BadCase

    def _do(self, event: Mapping[str, Any]) -> None:
        action, at, by = text(event["do"]), self._moment(event.get("on")), _actor(event.get("by", "system"))
        self._passed(brought_to(self.procedure, self.case, at, self.calendar, _answers(event)))
        step = self.procedure.find(self.case.state, action)
        attempt = Attempt(
            action=action,
            at=at,
            by=by,
            cosigner=_actor(event["cosign"]) if event.get("cosign") else _assumed_cosigner(step),
            answers={**({step.guard: True} if step and step.guard else {}), **_answers(event)},
            facts=_facts(_further(event)),
            documents=frozenset(step.documents if step else ()),
        )
        outcome = take(self.procedure, self.case, attempt, self.parties, self.calendar)
        self._passed(outcome, on=text(event.get("on")))
        if outcome.refusal is not None:
            self.log.append({"refused": outcome.refusal.code, "action": action, "state": self.case.state})

    def _passed(self, outcome: Outcome, on: str = "") -> None:
        for taken in outcome.taken:
            self.log.append(self._line(taken, on))
        self.case = outcome.case

    def _line(self, taken: Taken, on: str) -> Answer:
        line: Answer = {"step": taken.step.code, "on": on, "state": taken.step.to_state}
        if taken.due is not None:
            at = written_like(self.written_as, taken.at) if taken.due.is_hourly else day_of(taken.at).isoformat()
            return {**line, "on": at, "auto": True}
        return {**line, "late": True} if taken.is_late else line

    def _ask(self, event: Mapping[str, Any]) -> None:
        step = self.procedure.steps.get(text(event.get("step")))
        if step is None:
            raise BadCase("unknown-step")
        name = text(event.get("as", step.code))
        match event["ask"]:
            case "deadline":
                due = deadline_of(step, self.case, self.calendar)
                self.asked[name] = self._clock(due, due.last_day) if due else None
            case "earliest":
                due = earliest_of(step, self.case, self.calendar)
                self.asked[name] = self._clock(due, due.first_day) if due else None
            case _:
                raise BadCase

    def _clock(self, due: Due, last_or_first: date) -> str:
        shown = written_like(self.written_as, due.over_at) if due.is_hourly else last_or_first.isoformat()
        return f"{shown} provisional" if due.provisional else shown

    def _moment(self, stated: object) -> datetime:
        """A day alone stands for its first moment, or for now where now lies in it."""
        written = text(stated)
        at = moment(written)
        if has_hour(written):
            self.written_as = written
        elif self.case.now is not None and day_of(self.case.now) == day_of(at):
            return max(at, self.case.now)
        return at


def _assumed_cosigner(step: Step | None) -> Actor | None:
    return Actor(step.cosign, _UNNAMED) if step and step.cosign else None


def _further(event: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in event.items() if name not in _OWN_KEYS}


def _facts(stated: Mapping[str, Any]) -> dict[str, date]:
    return {name: day(value) for name, value in stated.items() if isinstance(value, str) and is_dated(value)}


def _persons(stated: Mapping[str, Any]) -> dict[str, str]:
    """A fact that is no date names a person, as `record_entry`."""
    return {name: value for name, value in stated.items() if isinstance(value, str) and not is_dated(value)}


def _answers(event: Mapping[str, Any]) -> dict[str, bool]:
    answers = mapping(event.get("guards") or {})
    if not all(isinstance(answer, bool) for answer in answers.values()):
        raise BadCase("wrong-type")
    return dict(answers)


def _actor(stated: object) -> Actor:
    role, _, person = text(stated).partition(":")
    return Actor(role, person)
