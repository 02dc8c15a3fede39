"""What does a credit record say on a day: does it count, who may see it, until when, and from when may it be repaired? (pure)

Functions over rows of the projection `credit_record`; their dates are ISO texts. A last day is inclusive: shown through it, gone
at 00:00 Asia/Shanghai of the next. A past day knows only what had been recorded by then.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any

from .reference.catalogue import Item
from .reference.procedures import Unit, procedures
from .scoring import Record
from .subjects import Subject
from .working_days import add_months

Row = Mapping[str, Any]

PUBLIC, SECTOR = "public", "sector"

_ONE_DAY = timedelta(days=1)
_BAD = "bad"
_LISTED = "listing"


@dataclass(frozen=True)
class Period:
    """From when an item's time counts, and its last days, both inclusive. `rule`: which date `start` is.

    `published_until`: None where nothing is published, or where a validity bounds it. `kept_until`: the end of its life.
    """

    start: date
    rule: str | None
    published_until: date | None
    kept_until: date | None


@dataclass(frozen=True)
class Repair:
    """How a record is repaired: by which first action of which procedure, and the first day when that may be taken."""

    procedure: str
    action: str
    from_day: date


class Viewer(Enum):
    """Who looks: the subject itself, an official of its region, everybody."""

    SUBJECT = "subject"
    OFFICIAL = "official"
    PUBLIC = "public"


@dataclass(frozen=True)
class View:
    """What one viewer may see on a day, oldest first. Public credit information and trace outcomes never mix."""

    public: tuple[Row, ...]
    sector: tuple[Row, ...]


def period_of(item: Item, anchor: date) -> Period:
    """The period of a record. `anchor`: the date that the item's `period_start` names."""
    shown = add_months(anchor, item.public_max_months) if item.is_public and item.public_max_months else None
    kept = add_months(anchor, item.kept_months) if item.kept_months is not None else None
    return Period(anchor, item.period_start, shown, kept)


def repair_of(item: Item, severity: str | None, period_start: date) -> Repair | None:
    """How and from when such a record may be repaired; None: not here. A record without a class has no minimum period.

    The first day is the one after the minimum (0, 3, 12 months); a listing is left by its own procedure.
    """
    if not item.is_repairable:
        return None
    procedure, step_code = (_LISTED, "L30") if item.confirm_rule == _LISTED else ("repair", _REPAIR_STEPS[severity])
    step = procedures()[procedure].steps[step_code]
    if step.earliest is None:
        return Repair(procedure, step.action, period_start)
    assert step.earliest.unit is Unit.MONTH
    return Repair(procedure, step.action, add_months(period_start, step.earliest.count) + _ONE_DAY)


_REPAIR_STEPS: Mapping[str | None, str] = {None: "X01", "minor": "X01", "general": "X02", "serious": "X03"}


def as_known_on(row: Row, day: date) -> Row | None:
    """The record as it was known on that day: without an end that had not come; None: it was not recorded yet.

    A pause has no date in the row: it is as it is now.
    """
    if day_of_cell(row["recorded"]) > day:
        return None
    if row["ended_on"] is None or day_of_cell(row["ended_on"]) <= day:
        return row
    return {**row, "ended_on": None, "how": None}


def annulled_since(records: Iterable[Row], day: date) -> tuple[Row, ...]:
    """The records that were known on that day and were annulled after it: what was counted stays, with a note (credit.md 5)."""
    fallen = (row for row in records if row["how"] == "annulled" and day_of_cell(row["recorded"]) <= day)
    return tuple(row for row in fallen if day_of_cell(row["ended_on"]) > day)


def is_live(row: Row, day: date) -> bool:
    """Whether it counts on this day: known, begun, not ended."""
    return scoring_record(row).is_live(day)


def may_ground_listing(row: Row, day: date) -> bool:
    """Whether a list may point to it on this day: a bad record of the public layer that counts and is not stayed.

    What was repaired is used no more (X12), the sector's own records never leave it, and a good record accuses nobody.
    """
    return row["layer"] == PUBLIC and row["direction"] == _BAD and not row["paused"] and is_live(row, day)


def is_shown(row: Row, day: date) -> bool:
    """Whether everybody may see it on this day, if its subject is one of whom anything is published.

    A bad record without a last day is never shown: no omission may keep somebody on a page for ever.
    """
    if row["layer"] != PUBLIC or row["paused"] or row["published_from"] is None or day_of_cell(row["recorded"]) > day:
        return False
    if row["published_until"] is None and row["direction"] == _BAD:
        return False
    begun = day_of_cell(row["published_from"]) <= day
    over = row["published_until"] is not None and day_of_cell(row["published_until"]) < day
    return begun and not over and not _is_ended(row, day)


def view_for(viewer: Viewer, records: Iterable[Row], subject: Subject, day: date) -> View:
    """The records of one subject that a viewer may see, as they were known on that day.

    The subject and officials see what has ended, too; everybody sees what is within publicity, and of a human being nothing.
    """
    if viewer is Viewer.PUBLIC:
        records = () if subject.is_natural else [row for row in records if is_shown(row, day)]
    known = [found for row in records if (found := as_known_on(row, day)) is not None]
    return View(
        _in_order(row for row in known if row["layer"] == PUBLIC),
        _in_order(row for row in known if row["layer"] == SECTOR),
    )


def scoring_record(row: Row) -> Record:
    """The record as the score sees it. A published validity bounds what counts while it is valid."""
    return Record(
        id=row["id"],
        item=row["item"],
        anchor=day_of_cell(row["anchor"]),
        recorded=day_of_cell(row["recorded"]),
        ended=_optional_day(row["ended_on"]),
        valid_until=_optional_day(row["published_until"]),
    )


def day_of_cell(cell: str) -> date:
    """The date of a cell. ValueError for text that is none: a projection never writes one."""
    return date.fromisoformat(cell)


def _optional_day(cell: str | None) -> date | None:
    return None if cell is None else day_of_cell(cell)


def _is_ended(row: Row, day: date) -> bool:
    return row["ended_on"] is not None and day_of_cell(row["ended_on"]) <= day


def _in_order(found: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(found, key=lambda row: int(row["index"])))
