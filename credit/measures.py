"""Which measures start with a listing or a failed sample, and which are over? (pure)

Measures, what starts them and for whom they are, are rows of tables; each keeps its basis. A listing blocks no trade: only a
statutory restriction by a decision does, and its number stands in the measure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from .records import Row, day_of_cell
from .reference.measures import Measure, Need, Start, Trigger, Until, measure_starts, measures
from .subjects import Subject

RULE = "measures@1"
"""What a measure names as the rule that started or ended it."""

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Restriction:
    """A statutory bar by a decision: in force from `since` through `until` (None: with no end that is known)."""

    decision_no: str
    since: date
    until: date | None

    def is_in_force(self, day: date) -> bool:
        """Whether it bars something on this day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Occasion:
    """What starts measures. `on`: the first day; `term_until`: the last day of the listing, or of the record's life.

    `decision_no`: of the listing. `region`: where the measures reach. `on_measures_list`: codes of the measures that the
    list in force names by a basis of its own.
    """

    trigger: Trigger
    on: date
    region: str
    term_until: date | None = None
    decision_no: str | None = None
    restriction: Restriction | None = None
    on_measures_list: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Ending:
    """A measure that is over: its row's id and the first day without it."""

    measure: str
    ended_on: date


def measures_starting(occasion: Occasion, subject: Subject) -> tuple[dict[str, Any], ...]:
    """The payloads of `measure_started`, in the order of the table, without the entries that they name and the rule.

    A listing with the dates of its first day starts the measures of that day again.
    """
    starting = (start for start in measure_starts() if start.trigger is occasion.trigger)
    return tuple(
        _payload(start, occasion)
        for start in starting
        if _is_met(start, occasion) and _is_for(measures()[start.measure], subject)
    )


def intended_measures(subject: Subject) -> tuple[Measure, ...]:
    """What a listing of this subject will bring by itself, in the order of the table: a prior notice has to tell of it."""
    starting = (start for start in measure_starts() if start.trigger is Trigger.LISTED and start.need is None)
    return tuple(measures()[one.measure] for one in starting if _is_for(measures()[one.measure], subject))


def measures_ending(rows: Iterable[Row], records: Mapping[str, Row], day: date) -> tuple[Ending, ...]:
    """The measures that are over on this day and not ended yet: their last day has passed, or the last of their records ended.

    `records`: by id, those on which the measures rest; one that is not there still stands.
    """
    endings = []
    for row in rows:
        if row["ended_on"] is not None:
            continue
        found = [end for end in (_end_by_date(row), _end_with_records(row, records)) if end is not None and end <= day]
        if found:
            endings.append(Ending(row["id"], min(found)))
    return tuple(endings)


def is_in_force(row: Row, day: date) -> bool:
    """Whether a measure holds on this day, by its dates alone: no job has to run for it to stop."""
    begun = day_of_cell(row["starts_on"]) <= day
    over = row["until"] is not None and day_of_cell(row["until"]) < day
    ended = row["ended_on"] is not None and day_of_cell(row["ended_on"]) <= day
    return begun and not over and not ended


def _is_met(start: Start, occasion: Occasion) -> bool:
    match start.need:
        case None:
            return True
        case Need.RESTRICTION:
            return occasion.restriction is not None and occasion.restriction.is_in_force(occasion.on)
        case Need.MEASURES_LIST:
            return start.measure in occasion.on_measures_list


def _is_for(measure: Measure, subject: Subject) -> bool:
    """What is never for a kind of subject is not for it, whatever else it is: a household that buys up is a household."""
    return subject.is_one_of(measure.kinds) and not subject.is_one_of(measure.never)


def _payload(start: Start, occasion: Occasion) -> dict[str, Any]:
    measure = measures()[start.measure]
    last = _last_day(start, occasion)
    number = occasion.decision_no
    if start.need is Need.RESTRICTION and occasion.restriction is not None:
        number = occasion.restriction.decision_no
    return {
        "measure": measure.code,
        "basis": measure.basis,
        "scope": f"{measure.suxin_does}; {measure.who_applies}; {occasion.region}",
        "starts_on": occasion.on.isoformat(),
        **({"until": last.isoformat()} if last else {}),
        **({"decision_no": number} if number else {}),
    }


def _last_day(start: Start, occasion: Occasion) -> date | None:
    restricted = occasion.restriction.until if occasion.restriction else None
    match start.until:
        case Until.TERM:
            return occasion.term_until
        case Until.RESTRICTION:
            return restricted
        case Until.FIRST:
            return min((day for day in (occasion.term_until, restricted) if day is not None), default=None)


def _end_by_date(row: Row) -> date | None:
    return day_of_cell(row["until"]) + _ONE_DAY if row["until"] is not None else None


def _end_with_records(row: Row, records: Mapping[str, Row]) -> date | None:
    """The day on which the last of its records ended; None: one of them stands."""
    ends = [records[id]["ended_on"] if id in records else None for id in row["records"].split()]
    known = [day_of_cell(end) for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None
