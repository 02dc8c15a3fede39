"""Gate G05: was nothing harvested, slaughtered or sold before its interval was over? (pure)

农产品质量安全法 art. 29; 兽药管理条例 art. 40. The day itself is in time: harvest >= last use + days.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from .verdict import Finding, Outcome, Reason, Verdict, conclude

GATE = "G05"
MAX_DAYS = 3_650
"""Ten years: a longer interval is a slip, and would leave the calendar."""


class DaysSource(Enum):
    """Where the days were read. Only a label with photo and a prescription may hold goods."""

    LABEL = "label"
    PRESCRIPTION = "prescription"
    TABLE = "table"


@dataclass(frozen=True)
class Use:
    """One use of one product. `days` None: nothing states an interval. `first_used_on` None: the same day.

    Of days that stand the wrong way round the later one counts as the last: a slip never shortens an interval.
    `has_photo`: a photo of the label is kept, where the label is the source.
    """

    last_used_on: date
    days: int | None
    days_source: DaysSource | None
    first_used_on: date | None = None
    has_photo: bool = True

    @property
    def began_on(self) -> date:
        return min(self.first_used_on or self.last_used_on, self.last_used_on)

    @property
    def ended_on(self) -> date:
        return max(self.first_used_on or self.last_used_on, self.last_used_on)

    @property
    def free_on(self) -> date | None:
        """The first day on which the goods may be harvested."""
        return None if self.days is None else self.ended_on + timedelta(days=self.days)

    @property
    def may_hold(self) -> bool:
        """Whether its days were read where the law looks: on a prescription, or on the label, which a photo shows."""
        return self.days_source is DaysSource.PRESCRIPTION or (self.days_source is DaysSource.LABEL and self.has_photo)


@dataclass(frozen=True)
class Harvest:
    """The days on which goods were picked. `first_on` None: one day."""

    last_on: date
    first_on: date | None = None

    def first_after(self, use: Use) -> date | None:
        """The first day of picking that was no earlier than the first day of use: of all that follow it, the one for which the
        interval is shortest. None where all was picked before. Days that stand the wrong way round are a span all the same."""
        first, last = sorted((self.first_on or self.last_on, self.last_on))
        return max(first, use.began_on) if use.began_on <= last else None


INSIDE = Reason("inside-interval", Outcome.HOLD, ("test-what-was-used", "two-officials-lift", "correct-if-mistaken"))
INSIDE_WITHDRAWAL = Reason("inside-withdrawal", Outcome.HOLD, ("wait-until-day", "correct-if-mistaken"), "L-VET 40")
INSIDE_NO_PHOTO = Reason("inside-interval-no-photo", Outcome.WARN, ("add-label-photo",), unverified=True)
INSIDE_TABLE = Reason("inside-table-interval", Outcome.WARN, ("give-label-interval",), unverified=True)
UNKNOWN = Reason("interval-unknown", Outcome.WARN, ("give-label-interval",))
AFTER_HARVEST = Reason("use-after-harvest", Outcome.WARN, ("check-dates",))
REVERSED = Reason("dates-reversed", Outcome.WARN, ("check-dates",))
KEPT_BY_TABLE = Reason("interval-kept-by-table", Outcome.PASS, unverified=True)
REASONS = (INSIDE, INSIDE_WITHDRAWAL, INSIDE_NO_PHOTO, INSIDE_TABLE, UNKNOWN, AFTER_HARVEST, REVERSED, KEPT_BY_TABLE)


def interval_kept(uses: Iterable[Use], harvest: Harvest, *, is_livestock: bool = False) -> Verdict:
    """Judge a harvest (slaughter, sale of milk or eggs) by every use on its plot or animals, each of its days by each use.

    `day` of the answer is the earliest day that all stated intervals allow. A use after the harvest does not touch it.
    """
    known = tuple(uses)
    found = [_judge(use, harvest.first_after(use), is_livestock) for use in known]
    before = [use for use in known if harvest.first_after(use) is not None]
    if any(_is_reversed(use.first_used_on, use.last_used_on) for use in known) or _is_reversed(
        harvest.first_on, harvest.last_on
    ):
        found.append(Finding(REVERSED))
    return conclude(GATE, (one for one in found if one is not None), day=earliest_harvest(before))


def earliest_harvest(uses: Iterable[Use]) -> date | None:
    """The first day on which every stated interval is over; None where no use states one."""
    return max((use.free_on for use in uses if use.free_on is not None), default=None)


def _is_reversed(first: date | None, last: date) -> bool:
    return first is not None and first > last


def _judge(use: Use, picked_on: date | None, is_livestock: bool) -> Finding | None:
    if picked_on is None:
        return Finding(AFTER_HARVEST)
    if use.free_on is None:
        return Finding(UNKNOWN)
    if picked_on >= use.free_on:
        return None if use.may_hold else Finding(KEPT_BY_TABLE)
    if use.may_hold:
        return Finding(INSIDE_WITHDRAWAL if is_livestock else INSIDE)
    return Finding(INSIDE_NO_PHOTO if use.days_source is DaysSource.LABEL else INSIDE_TABLE)
