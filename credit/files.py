"""How does a credit file rate on a day, why, and when may that change? (pure)

A past day is rated by what was known then and the policy then in force; `annulled_since` says what has to be noted beside it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from .records import Row, as_known_on, scoring_record
from .reference.policies import Decay, Policy, policies
from .scoring import STEPS, TOTAL, Record, Score, score
from .subjects import ROLES, Subject
from .working_days import add_months

DEALER = "农资店"
"""The word of the policies for those who sell inputs."""

_PRODUCING = frozenset({"grower", "farm"} | set(ROLES.values())) - {ROLES[DEALER]}
_ONE_DAY = timedelta(days=1)


class LineKind(Enum):
    """What a line of an explanation says: an indicator's base, a record's points, what a bound took or gave."""

    BASE = "base"
    POINTS = "points"
    BOUND = "bound"


@dataclass(frozen=True)
class Line:
    """One line. `name`: of the indicator, the record, or `SUM` where the whole was lifted to zero; hundredths of a point."""

    kind: LineKind
    name: str
    amount: int


@dataclass(frozen=True)
class Rating:
    """A file's score on a day, with the policy it was made by."""

    policy: Policy
    day: date
    score: Score

    @property
    def lines(self) -> tuple[Line, ...]:
        """Bases, points and bounds; they add up to the score exactly."""
        bases = [Line(LineKind.BASE, code, one.base) for code, one in self.policy.indicators.items()]
        points = [Line(LineKind.POINTS, id, amount) for id, amount in self.score.points.items() if amount]
        order = [*self.policy.indicators, TOTAL]
        bounds = [Line(LineKind.BOUND, code, self.score.clamped[code]) for code in order if code in self.score.clamped]
        return (*bases, *points, *bounds)


def policy_for(subject: Subject, day: date, known: Mapping[str, Policy] | None = None) -> Policy | None:
    """The policy that rates such a subject on that day; None: none is in force for it.

    One that sells inputs and does nothing else is rated as a dealer; who produces as well, as a producer. `known`: policies().
    """
    found = [
        one for one in (known or policies()).values() if one.valid_from <= day and subject.is_one_of(one.applies_to)
    ]
    only_deals = ROLES[DEALER] in subject.roles and not subject.roles & _PRODUCING
    return max(found, key=lambda one: ((DEALER in one.applies_to) == only_deals, one.valid_from), default=None)


def rate(
    subject: Subject,
    first_fact: date | None,
    records: Iterable[Row],
    day: date,
    known: Mapping[str, Policy] | None = None,
) -> Rating | None:
    """Rate a file on a day, past or present; None: no policy rates such a subject on that day.

    `records`: every row of the file, whenever it came. `first_fact`: the day of the first fact; None: there is none.
    """
    policy = policy_for(subject, day, known)
    if policy is None:
        return None
    then = [scoring_record(row) for one in records if (row := as_known_on(one, day)) is not None]
    return Rating(policy, day, score(policy, first_fact, then, day))


def next_change_day(
    subject: Subject,
    first_fact: date | None,
    records: Iterable[Row],
    day: date,
    known: Mapping[str, Policy] | None = None,
) -> date | None:
    """The first day after this one on which the rating may be another though nothing happens; None: it stays for ever.

    Until then a stored rating holds, unless a record comes or ends.
    """
    found = tuple((known or policies()).values())
    marks = [policy.valid_from for policy in found]
    if first_fact is not None:
        marks += [first_fact + timedelta(policy.min_days) for policy in found]
    rows = [scoring_record(row) for row in records]
    marks += [turn for record in rows for policy in found for turn in _turns(policy, record)]
    return min((mark for mark in marks if mark > day), default=None)


def _turns(policy: Policy, record: Record) -> Iterator[date]:
    """The days on which what a record weighs may change."""
    yield max(record.anchor, record.recorded)
    if record.ended is not None:
        yield record.ended
    for mark in record.marks:
        yield mark.marked_on
        if mark.closed_on is not None:
            yield mark.closed_on
    rule = policy.items.get(record.item)
    if rule is not None and rule.decay is Decay.VALID and record.valid_until is not None:
        yield record.valid_until + _ONE_DAY
    for months in {
        *_decay_months(policy, record),
        *(cap.life_months for cap in policy.caps if cap.item == record.item),
    }:
        yield add_months(record.anchor, months)


def _decay_months(policy: Policy, record: Record) -> Sequence[int]:
    """The ages in months at which its weight falls."""
    rule = policy.items.get(record.item)
    if rule is None:
        return ()
    match rule.decay:
        case Decay.FLAT:
            return (rule.life_months,)
        case Decay.STEP:
            return tuple(months for months, _ in STEPS)
        case Decay.LINEAR:
            return range(1, rule.life_months + 1)
        case Decay.VALID:
            return ()
