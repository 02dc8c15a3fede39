"""How does a policy rate a subject on a day, and what does each record do to it? Hundredths of a point, integers. (pure)

Points and clamp lines add up to the score exactly. A record's effect is what taking it away would change; it differs from its
points only where a clamp binds. Caps act on the grade, never on the score.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from .reference.policies import Cap, Decay, ItemRule, Policy
from .working_days import whole_months

NOT_RATED = "N"
TOTAL = "SUM"
"""The clamp line that lifts a sum below zero to zero."""

_FULL = 100
STEPS = ((12, 100), (24, 60), (36, 30))
"""Under so many months of age, so many percent: a serious fact weighs less each year, and nothing after the third."""

_CAPS_OF_THE_UNRATED = ("C", "D")
"""A serious fact grades its subject, however little else is known of it."""


class NoPolicy(ValueError):
    """The policy was not in force yet on the day asked for."""


@dataclass(frozen=True)
class Mark:
    """An objection: without weight from the day of the mark to before the day it is closed; None: still open."""

    marked_on: date
    closed_on: date | None

    def covers(self, day: date) -> bool:
        """Whether the record is marked on this day."""
        return self.marked_on <= day and (self.closed_on is None or day < self.closed_on)


@dataclass(frozen=True)
class Record:
    """One credit record as the score sees it. `anchor`: its life counts from here; `recorded`: since when it was known."""

    id: str
    item: str
    anchor: date
    recorded: date
    ended: date | None = None
    marks: tuple[Mark, ...] = ()
    valid_until: date | None = None

    def is_live(self, day: date) -> bool:
        """Whether it counts on this day: known, begun, not ended, not marked by an objection."""
        begun = self.recorded <= day and self.anchor <= day
        return begun and (self.ended is None or day < self.ended) and not any(mark.covers(day) for mark in self.marks)


@dataclass(frozen=True)
class StandingCap:
    """A cap that stands, and the records on which it does, in the order of their ids."""

    cap: Cap
    records: tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """A score with everything that explains it. `points`, `effect`: by record; `clamped`: what a bound added or took away, by
    indicator, where one binds; `standing`: the caps that stand; `counted`: live records that still weigh something."""

    score: int
    indicators: Mapping[str, int]
    clamped: Mapping[str, int]
    points: Mapping[str, int]
    effect: Mapping[str, int]
    band: str
    standing: tuple[StandingCap, ...]
    counted: int
    grade: str

    @property
    def caps(self) -> tuple[str, ...]:
        """The items whose caps stand, each once, in the order of the policy."""
        return tuple(dict.fromkeys(one.cap.item for one in self.standing))


def score(policy: Policy, first_fact: date | None, records: Sequence[Record], day: date) -> Score:
    """Rate a subject. `first_fact`: the day of its first fact; None: it has none, and is not rated.

    NoPolicy before the policy is in force; ValueError for two records of one id.
    """
    if day < policy.valid_from:
        raise NoPolicy(policy.name)
    if len({record.id for record in records}) < len(records):
        raise ValueError("duplicate-id")
    live = [record for record in records if record.is_live(day)]
    weights = {record.id: _percent(policy.items.get(record.item), record, day) for record in live}
    points = {record.id: _points(policy.items.get(record.item), weights.get(record.id, 0)) for record in records}
    raw = _raw(policy, records, points)
    indicators = {code: _within(policy, code, value) for code, value in raw.items()}
    total = sum(indicators.values())
    clamped = {code: indicators[code] - value for code, value in raw.items() if indicators[code] != value}
    if total < 0:
        clamped[TOTAL] = -total
    standing = _standing(policy, live, day)
    counted = sum(1 for weight in weights.values() if weight > 0)
    band = _band(policy, max(0, total))
    return Score(
        score=max(0, total),
        indicators=indicators,
        clamped=clamped,
        points=points,
        effect={record.id: _effect(policy, record, points[record.id], raw, total) for record in records},
        band=band,
        standing=standing,
        counted=counted,
        grade=_grade(policy, band, standing, is_rated=_is_rated(policy, first_fact, counted, day)),
    )


def _percent(rule: ItemRule | None, record: Record, day: date) -> int:
    """How much of its points a live record of this age brings; an item that the policy does not name brings none."""
    if rule is None:
        return 0
    age = whole_months(record.anchor, day)
    match rule.decay:
        case Decay.FLAT:
            return _FULL if age < rule.life_months else 0
        case Decay.STEP:
            return next((percent for months, percent in STEPS if age < months), 0)
        case Decay.LINEAR:
            return _FULL - _FULL * age // rule.life_months if age < rule.life_months else 0
        case Decay.VALID:
            return _FULL if record.valid_until is not None and day <= record.valid_until else 0


def _points(rule: ItemRule | None, percent: int) -> int:
    """Cut towards zero: what does not make a whole hundredth neither earns nor costs."""
    if rule is None:
        return 0
    size = abs(rule.delta) * percent // _FULL
    return size if rule.delta > 0 else -size


def _raw(policy: Policy, records: Iterable[Record], points: Mapping[str, int]) -> dict[str, int]:
    """Each indicator before its bounds."""
    found = {code: indicator.base for code, indicator in policy.indicators.items()}
    for record in records:
        if (rule := policy.items.get(record.item)) is not None:
            found[rule.indicator] += points[record.id]
    return found


def _within(policy: Policy, code: str, value: int) -> int:
    indicator = policy.indicators[code]
    return min(max(value, indicator.floor), indicator.ceiling)


def _effect(policy: Policy, record: Record, points: int, raw: Mapping[str, int], total: int) -> int:
    """The score less the score without the record."""
    rule = policy.items.get(record.item)
    if rule is None or points == 0:
        return 0
    code = rule.indicator
    without = total - _within(policy, code, raw[code]) + _within(policy, code, raw[code] - points)
    return max(0, total) - max(0, without)


def _standing(policy: Policy, live: Sequence[Record], day: date) -> tuple[StandingCap, ...]:
    """The caps for which enough young records are live, in the order of the policy."""
    found = (StandingCap(cap, _young(cap, live, day)) for cap in policy.caps)
    return tuple(one for one in found if len(one.records) >= one.cap.min_count)


def _young(cap: Cap, live: Iterable[Record], day: date) -> tuple[str, ...]:
    """The records that the cap counts."""
    of_item = (record for record in live if record.item == cap.item)
    return tuple(sorted(record.id for record in of_item if whole_months(record.anchor, day) < cap.life_months))


def _band(policy: Policy, total: int) -> str:
    return next(band.grade for band in policy.bands if band.threshold <= total)


def _is_rated(policy: Policy, first_fact: date | None, counted: int, day: date) -> bool:
    return first_fact is not None and (day - first_fact).days >= policy.min_days and counted >= policy.min_records


def _grade(policy: Policy, band: str, standing: Iterable[StandingCap], *, is_rated: bool) -> str:
    """The worse of band and caps. A subject that is not rated yet has no grade, unless a cap C or D stands: then that."""
    order = [one.grade for one in policy.bands]
    worst = max((order.index(one.cap.grade) for one in standing), default=0)
    if is_rated:
        return order[max(worst, order.index(band))]
    return order[worst] if order[worst] in _CAPS_OF_THE_UNRATED else NOT_RATED
