"""Does a statement date what has happened into the future? More than a day ahead is a slip, and is said so at once. (pure)

A fact is always logged, but a day that nobody has lived through is no fact yet: it would choose the edition of a limit, or
end an interval, by what may still come. A day that is printed on a package, or until which a paper holds, is another thing:
whoever printed a false one must be able to say so.
"""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any

from .events.kind import Kind
from .ledger.errors import FieldFault, Invalid
from .ledger.statement import Statement
from .legal_days import SHANGHAI
from .payload.restated import POINTER, restated_of

FUTURE_TOLERANCE = timedelta(hours=24)
"""A clock may be wrong, or set to another zone (design §2)."""

MIDNIGHT = time()

_REPORT = ("received_on", "tested_on", "issued_on")
HAPPENED: Mapping[str, tuple[str, ...]] = {
    "input_use": ("used_from", "used_until"),
    "harvest": ("from",),
    "primary_processing": ("from",),
    "store_in": ("fumigant/used_on",),
    "lab_report": _REPORT,
    "retest_report": _REPORT,
    "market_admission": ("test/tested_at",),
}
"""The fields of a payload that say when something happened; after a slash, a member of one."""


def check_past(kind: Kind, statement: Statement, now: datetime) -> None:
    """Raises `Invalid` (`time-in-future`) with the field whose day, by Shanghai's calendar, begins more than 24 h after `now`."""
    latest = _latest(now)
    for pointer, stated in _stated(kind, statement):
        if _begins(stated) > latest:
            raise Invalid("time-in-future", FieldFault(pointer, "time-in-future"))


@lru_cache(maxsize=1)
def _latest(now: datetime) -> datetime:
    """Those who come together are judged at one time."""
    return (now + FUTURE_TOLERANCE).astimezone(SHANGHAI)


def _stated(kind: Kind, statement: Statement) -> list[tuple[str, str]]:
    """Where a statement says when something happened, and what it says there."""
    payload = statement.payload
    found = [("/occurred_at", statement.occurred_at), *_dated(kind.name, payload, "/payload")]
    restated = restated_of(kind, payload)
    if restated is not None:
        found.append(("/payload/restated/occurred_at", payload["restated"]["occurred_at"]))
        found += _dated(restated[0].name, restated[1], f"/payload{POINTER}")
    return found


def _dated(name: str, payload: Mapping[str, Any], pointer: str) -> list[tuple[str, str]]:
    found = []
    for path in HAPPENED.get(name, ()):
        field, _, member = path.partition("/")
        value = payload.get(field)
        if member:
            value = value.get(member) if isinstance(value, Mapping) else None
        if isinstance(value, str):  # what is not open is committed, and none of these is
            found.append((f"{pointer}/{path}", value))
    return found


def _begins(value: str) -> datetime:
    """A time as it is, a date as its first moment."""
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else datetime.combine(moment, MIDNIGHT, SHANGHAI)
