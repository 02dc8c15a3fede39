"""What may a party do under the measures in force on it? (pure)

Only a measure that rests on a decision with a number refuses, and only while it is in force; others ask for something more. Key
supervision is internal and says nothing here; neither score nor record goes out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from trace.standing import Standing, StandingAct, StandingCode, StandingReason

from .measures import is_in_force
from .publicity import public_day
from .records import Row
from .reference.measures import Effect, Touch, touches

_ACTS = frozenset(act.value for act in StandingAct)


@dataclass(frozen=True)
class MeasureStanding:
    """The standing of parties by rows of `measure`, at one state of the log. `known`: every party that has a credit file.

    `by_party`: the rows of each; `as_of_index`: the last entry that they show.
    """

    known: frozenset[str]
    by_party: Mapping[str, tuple[Row, ...]]
    as_of_index: int

    def may(self, party: str, act: StandingAct, place: str | None, at: datetime) -> Standing:
        """Answer by the day of the moment. No measure of today's table is bound to one place. ValueError without an offset."""
        day = public_day(at)
        if party not in self.known:
            return Standing(True, StandingCode.UNKNOWN, (), (), self.as_of_index)
        standing = [row for row in self.by_party.get(party, ()) if is_in_force(row, day)]
        found = [(touch, row) for touch in _touching(act) for row in standing if row["measure"] == touch.measure]
        refusing = [(touch, row) for touch, row in found if touch.effect is Effect.REFUSE and row["decision_no"]]
        if refusing:
            return Standing(False, StandingCode.RESTRICTED, _refusals(refusing), (), self.as_of_index)
        asking = [(touch, row) for touch, row in found if touch.effect is Effect.CONDITION]
        must_do = tuple(dict.fromkeys(touch.must_do for touch, _ in asking if touch.must_do))
        code = StandingCode.CONDITIONAL if must_do else StandingCode.FREE
        return Standing(True, code, _conditions(asking), must_do, self.as_of_index)


def standing_of(rows: Iterable[Row], known: Iterable[str], as_of_index: int) -> MeasureStanding:
    """Put together who has a file and the measures that were started up to an index; later ones are left out."""
    by_party: dict[str, list[Row]] = {}
    for row in rows:
        if row["index"] <= as_of_index:
            by_party.setdefault(row["subject"], []).append(row)
    in_order = {party: tuple(sorted(found, key=lambda row: int(row["index"]))) for party, found in by_party.items()}
    return MeasureStanding(frozenset(known), MappingProxyType(in_order), as_of_index)


def _touching(act: StandingAct) -> tuple[Touch, ...]:
    found = touches()
    if {touch.act for touch in found} - _ACTS:
        raise ValueError(sorted(touch.act for touch in found))
    return tuple(touch for touch in found if touch.act == act.value)


def _refusals(found: Iterable[tuple[Touch, Row]]) -> tuple[StandingReason, ...]:
    return tuple(
        StandingReason(row["measure"], row["basis"], row["decision_no"], row["until"], touch.lifted_by)
        for touch, row in found
    )


def _conditions(found: Iterable[tuple[Touch, Row]]) -> tuple[StandingReason, ...]:
    """Each measure once: how many records hold it is not told either."""
    return tuple(
        dict.fromkeys(StandingReason(row["measure"], row["basis"], None, None, touch.lifted_by) for touch, row in found)
    )
