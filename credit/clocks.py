"""From when and until when may a step be taken? (pure)

A period in days ends at 24:00 Asia/Shanghai of its last day, one in hours at the hour. Only a party's own right moves off
holidays; publicity, terms, measures and the offices' own days do not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from trace.legal_days import SHANGHAI

from .cases import Case, day_of
from .reference.procedures import SUBJECT, Anchor, AnchorKind, PauseFacts, Period, Step, Unit
from .working_days import LastDay, LegalCalendar, Pause, add_months, moved_to_a_working_day, nth_day, nth_working_day

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """The end of a period: `over_at` is the first moment after it, for one in hours the hour itself."""

    over_at: datetime
    is_hourly: bool
    provisional: bool = False

    @property
    def last_day(self) -> date:
        """The last legal day in time."""
        return self.first_day if self.is_hourly else self.first_day - _ONE_DAY

    @property
    def first_day(self) -> date:
        """The first legal day when it is over: what was to wait for it may be done."""
        return day_of(self.over_at)

    def is_met_at(self, at: datetime) -> bool:
        """Whether this moment is in time. At the very hour a period in hours is met, and over for the engine."""
        return at <= self.over_at if self.is_hourly else at < self.over_at

    def is_over_at(self, at: datetime) -> bool:
        """Whether the period lies behind."""
        return at >= self.over_at


def deadline_of(step: Step, case: Case, calendar: LegalCalendar) -> Due | None:
    """When the step's time ends; None: it has no limit, its anchor is not in the case, or a pause has not ended."""
    if step.deadline is None:
        return None
    extended = (replace(step.deadline, count=one.count) for one in step.extensions if one.by_step in case.done)
    return _due(next(extended, step.deadline), case, calendar, step.pauses, moves=step.actor_role == SUBJECT)


def earliest_of(step: Step, case: Case, calendar: LegalCalendar) -> Due | None:
    """The period that must be over first; None: there is none, or its anchor is not in the case."""
    return None if step.earliest is None else _due(step.earliest, case, calendar, (), moves=False)


def _due(
    period: Period, case: Case, calendar: LegalCalendar, pause_facts: tuple[PauseFacts, ...], *, moves: bool
) -> Due | None:
    start = _anchored(period.anchor, case)
    if start is None:
        return None
    if period.unit is Unit.HOUR:
        at = start if isinstance(start, datetime) else _midnight(start)
        return Due(at + timedelta(hours=period.count), is_hourly=True)
    anchor = day_of(start) if isinstance(start, datetime) else start
    last = _last_day(period, anchor, calendar, tuple(_closed(pause_facts, case.facts)))
    if any(since <= last.day for since in _unclosed(pause_facts, case.facts)):
        return None
    if moves and period.unit is not Unit.WORKING_DAY:
        last = moved_to_a_working_day(last.day, calendar)
    longer = case.facts.get(period.or_longer) if period.or_longer else None
    if longer is not None and longer > last.day:
        last = LastDay(longer)
    return Due(_midnight(last.day + _ONE_DAY), is_hourly=False, provisional=last.provisional)


def _last_day(period: Period, anchor: date, calendar: LegalCalendar, pauses: tuple[Pause, ...]) -> LastDay:
    """Months run through pauses."""
    match period.unit:
        case Unit.WORKING_DAY:
            return nth_working_day(anchor, period.count, calendar, pauses)
        case Unit.MONTH:
            return LastDay(add_months(anchor, period.count))
        case Unit.DAY | Unit.HOUR:
            return LastDay(nth_day(anchor, period.count, pauses))


def _anchored(anchor: Anchor, case: Case) -> datetime | date | None:
    match anchor.kind:
        case AnchorKind.STATE_ENTRY:
            return case.entered.get(anchor.name)
        case AnchorKind.STEP:
            done = case.done.get(anchor.name)
            return done.at if done else None
        case AnchorKind.FACT:
            return case.facts.get(anchor.name)


def _closed(pauses: Iterable[PauseFacts], facts: Mapping[str, date]) -> Iterable[Pause]:
    for pause in pauses:
        if pause.from_fact in facts and pause.until_fact in facts:
            yield Pause(facts[pause.from_fact], facts[pause.until_fact])


def _unclosed(pauses: Iterable[PauseFacts], facts: Mapping[str, date]) -> Iterable[date]:
    return (facts[one.from_fact] for one in pauses if one.from_fact in facts and one.until_fact not in facts)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
