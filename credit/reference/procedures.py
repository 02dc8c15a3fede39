"""Which steps has a procedure, who takes each, under what condition and until when? The rows of procedure_*.csv."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cached_property, lru_cache
from types import MappingProxyType

from . import PROCEDURE_TABLES, rows

NOT_OPEN = "none"
"""The state before the first step."""
SYSTEM = "system"
"""The role of the engine itself: it closes, lapses and expires."""
SUBJECT = "subject"
"""The role of the party whom the case concerns."""

_OR_LONGER = re.compile(r"\(fact:(\w+)\)")
_NOT_PARTY, _DIFFERS, _COSIGN, _AUTO, _RESET = "not_party", "differs:", "cosign:", "auto:", "!reset"


class Unit(Enum):
    """In what a period counts. Working days are those of the legal calendar; the others run on."""

    WORKING_DAY = "working_day"
    DAY = "day"
    MONTH = "month"
    HOUR = "hour"


class Kind(Enum):
    """Where a step leaves the case: running, at rest (it may be taken up again), or over."""

    OPEN = "open"
    CLOSED = "closed"
    TERMINAL = "terminal"


class Timeout(Enum):
    """What a missed deadline means: shown as late, the right lost, or a step that the engine takes."""

    NONE = ""
    LATE = "late"
    BAR = "bar"
    AUTO = "auto"


class AnchorKind(Enum):
    """From what a period counts: the entry into the present state, the last time of a step, a date in the case."""

    STATE_ENTRY = "state_entry"
    STEP = "step"
    FACT = "fact"


@dataclass(frozen=True)
class Anchor:
    """The start of a period. `name`: of the step or the fact; for the entry into a state, that state."""

    kind: AnchorKind
    name: str


@dataclass(frozen=True)
class Period:
    """So many units from the anchor; a longer one where the case has a date named by `or_longer`."""

    count: int
    unit: Unit
    anchor: Anchor
    or_longer: str | None


@dataclass(frozen=True)
class PauseFacts:
    """The names of the two dates of the case between which a step's deadline does not run."""

    from_fact: str
    until_fact: str


@dataclass(frozen=True)
class Extension:
    """A deadline that counts so many units instead once another step has been taken."""

    by_step: str
    count: int


@dataclass(frozen=True)
class Step:
    """One row. `differs`: for each rule the steps of which the acting person may have taken none.

    `cosign`: the role of a second official, whose own proof stands on the same statement. `auto_step`: what the engine does
    when the deadline has passed. `resets`: the guarantees reached so far are lost, a new notice begins.
    """

    code: str
    from_state: str
    action: str
    to_state: str
    to_kind: Kind
    actor_role: str
    not_party: bool
    differs: tuple[tuple[str, ...], ...]
    cosign: str | None
    guard: str | None
    earliest: Period | None
    deadline: Period | None
    on_timeout: Timeout
    auto_step: str | None
    guarantees: tuple[str, ...]
    resets: bool
    documents: tuple[str, ...]
    published_fields: tuple[str, ...]
    law: str
    pauses: tuple[PauseFacts, ...]
    extensions: tuple[Extension, ...]

    @property
    def is_by_system(self) -> bool:
        """Whether the engine takes it, by rule or by the clock."""
        return self.actor_role == SYSTEM


@dataclass(frozen=True)
class ComputedFact:
    """A date that taking a step sets. `stated_wins`: unless the step itself, or an earlier one, has stated it."""

    name: str
    stated_wins: bool


@dataclass(frozen=True)
class Procedure:
    """One machine: its steps by code, in the order of the table, and the dates that they compute."""

    name: str
    steps: Mapping[str, Step]
    computed: Mapping[str, tuple[ComputedFact, ...]]

    def statable(self, facts: Mapping[str, date]) -> dict[str, date]:
        """Those of the dates that a person may state: a computed one is never typed."""
        never = {fact.name for facts in self.computed.values() for fact in facts if not fact.stated_wins}
        return {name: day for name, day in facts.items() if name not in never}

    @cached_property
    def _by_action(self) -> Mapping[tuple[str, str], Step]:
        return {(step.from_state, step.action): step for step in self.steps.values()}

    @cached_property
    def _by_state(self) -> Mapping[str, tuple[Step, ...]]:
        states = {step.from_state for step in self.steps.values()}
        return {
            state: tuple(step for step in self.steps.values() if step.from_state == state) for state in sorted(states)
        }

    def find(self, state: str, action: str) -> Step | None:
        """The row of this action in this state; None: it cannot be taken from here."""
        return self._by_action.get((state, action))

    def steps_from(self, state: str) -> tuple[Step, ...]:
        """Every row that starts in this state; none where the case is over."""
        return self._by_state.get(state, ())


@lru_cache(maxsize=1)
def table_of() -> Mapping[str, str]:
    """The carried table that holds each procedure, by the procedure's name."""
    return MappingProxyType({row["procedure"]: table for table in PROCEDURE_TABLES for row in rows(table)})


@lru_cache(maxsize=1)
def procedures() -> Mapping[str, Procedure]:
    """Every procedure by name. ValueError for a row that the engine could not walk."""
    found: dict[str, dict[str, Step]] = {}
    for table in PROCEDURE_TABLES:
        for row in rows(table):
            steps = found.setdefault(row["procedure"], {})
            if row["step"] in steps:
                raise ValueError(row["step"])
            steps[row["step"]] = _step(row)
    return MappingProxyType({name: _procedure(name, steps) for name, steps in found.items()})


def _procedure(name: str, steps: dict[str, Step]) -> Procedure:
    if len({(step.from_state, step.action) for step in steps.values()}) < len(steps):
        raise ValueError(name)
    for step in steps.values():
        # The engine takes it again and again if it led back to where it starts.
        if step.auto_step and steps[step.auto_step].to_state == step.from_state:
            raise ValueError(step.code)
    computed: dict[str, tuple[ComputedFact, ...]] = {}
    for row in rows("procedure_facts"):
        if row["procedure"] == name:
            fact = ComputedFact(row["fact"], row["stated_wins"] == "yes")
            computed[row["step"]] = (*computed.get(row["step"], ()), fact)
    if computed.keys() - steps.keys():
        raise ValueError(name)
    return Procedure(name, MappingProxyType(steps), MappingProxyType(computed))


def _step(row: Mapping[str, str]) -> Step:
    rules = _parts(row["second_person_rule"])
    ensures = _parts(row["ensures"])
    timeout, _, auto_step = row["on_timeout"].partition(":")
    cosigners = [rule.removeprefix(_COSIGN) for rule in rules if rule.startswith(_COSIGN)]
    differs = [rule.removeprefix(_DIFFERS) for rule in rules if rule.startswith(_DIFFERS)]
    if len(cosigners) > 1 or len(cosigners) + len(differs) + (_NOT_PARTY in rules) != len(rules):
        raise ValueError(row["second_person_rule"])
    return Step(
        code=row["step"],
        from_state=row["from_state"],
        action=row["action"],
        to_state=row["to_state"],
        to_kind=Kind(row["to_kind"]),
        actor_role=row["actor_role"],
        not_party=_NOT_PARTY in rules,
        differs=tuple(tuple(rule.split("|")) for rule in differs),
        cosign=cosigners[0] if cosigners else None,
        guard=row["guard"] or None,
        earliest=_period(row, "earliest_value", "earliest_unit", "earliest_from"),
        deadline=_period(row, "deadline_value", "deadline_unit", "deadline_counts_from"),
        on_timeout=Timeout(timeout),
        auto_step=auto_step or None,
        guarantees=tuple(name for name in ensures if name != _RESET),
        resets=_RESET in ensures,
        documents=_parts(row["document"]),
        published_fields=_parts(row["published_fields"]),
        law=row["legal_basis"],
        pauses=tuple(
            PauseFacts(pause["from_fact"], pause["until_fact"])
            for pause in rows("procedure_pauses")
            if pause["action"] == row["action"]
        ),
        extensions=tuple(
            Extension(longer["extended_by"], int(longer["deadline_value"]))
            for longer in rows("procedure_extensions")
            if (longer["procedure"], longer["step"]) == (row["procedure"], row["step"])
        ),
    )


def _period(row: Mapping[str, str], count: str, unit: str, anchor: str) -> Period | None:
    """A term that a longer one may replace names that one's last day in the text of its guard."""
    if not row[count]:
        return None
    kind, _, name = row[anchor].partition(":")
    longer = _OR_LONGER.search(row["guard_text"])
    return Period(
        count=int(row[count]),
        unit=Unit(row[unit]),
        anchor=Anchor(AnchorKind(kind), name or row["from_state"]),
        or_longer=longer.group(1) if longer else None,
    )


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split(";") if part)
