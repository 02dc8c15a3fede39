"""Which listings and records does everybody see on a day? (pure)

Functions of rows and a day: no job has to run for something to disappear, and a server that was off changes nothing. A last day
is inclusive; the next begins at 00:00 Asia/Shanghai. Holidays move none of it: only a party's own right moves off them.
"""

from collections.abc import Container, Iterable
from datetime import date, datetime
from hashlib import sha256

from trace.ledger.canonical import encode
from trace.legal_days import SHANGHAI

from .records import Row, as_known_on, day_of_cell, is_shown


def public_day(at: datetime) -> date:
    """The legal day of a moment in any zone. ValueError for a time without an offset: it names no moment."""
    if at.tzinfo is None:
        raise ValueError(at)
    return at.astimezone(SHANGHAI).date()


def is_listing_shown(row: Row, day: date) -> bool:
    """Whether everybody may see a listing on this day, if its subject is one of whom anything is published."""
    within = day_of_cell(row["listed_on"]) <= day <= day_of_cell(row["until"])
    ended = row["ended_on"] is not None and day_of_cell(row["ended_on"]) <= day
    return within and not ended and not row["paused"]


def listings_on(rows: Iterable[Row], legal_persons: Container[str], day: date) -> tuple[Row, ...]:
    """The listings that everybody sees, the newest first, as they were known on that day.

    `legal_persons`: the parties of whom anything may be published. Who is not among them is left out: it might be a human being.
    """
    shown = [row for row in rows if row["subject"] in legal_persons and is_listing_shown(row, day)]
    known = [row if row["ended_on"] is None else {**row, "ended_on": None, "how": None} for row in shown]
    return tuple(sorted(known, key=lambda row: (row["listed_on"], int(row["index"])), reverse=True))


_NAMED_BY = ("subject", "list", "authority", "decision_no")
_LISTING_LABEL = b"suxin/listing/1\n"


def public_id(row: Row) -> str:
    """What a listing is called in public (docs/formats.md): by what is published of it, 64 hex characters.

    The entry that made it stands in the credit file of the party; who knew that chain could watch the file grow, records that
    are not public among them (ledger.md 2, 8). One that is reinstated (L47) is the same listing.
    """
    return sha256(_LISTING_LABEL + encode({name: row[name] for name in _NAMED_BY})).hexdigest()


def records_on(rows: Iterable[Row], legal_persons: Container[str], day: date) -> tuple[Row, ...]:
    """The credit records that everybody sees, the newest first, as they were known on that day."""
    shown = [row for row in rows if row["subject"] in legal_persons and is_shown(row, day)]
    known = [found for row in shown if (found := as_known_on(row, day)) is not None]
    return tuple(sorted(known, key=lambda row: (row["published_from"], int(row["index"])), reverse=True))
