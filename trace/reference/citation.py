"""Which row of which table is meant, in which version, and has anybody read its source?"""

from dataclasses import dataclass
from datetime import date

FIRM = frozenset({"law", "page", "confirmed"})
"""States of a row that may hold goods or refuse an act: its statute or official page was read, or an officer confirmed it.

Every other one (`M` from memory, `copy`, `mixed`, `proposal`) warns and is shown as not yet verified.
"""


@dataclass(frozen=True)
class Citation:
    """One row of a carried table. `version` is the day from which it is in force, or "-" where a table has no days."""

    table: str
    key: str
    version: str
    status: str

    @property
    def is_firm(self) -> bool:
        """Whether the row alone may stop something."""
        return self.status in FIRM

    @property
    def text(self) -> str:
        """Table, key, version and status as one line; blanks inside a key become `_`."""
        return " ".join((self.table, "_".join(self.key.split()), self.version or "-", self.status))


@dataclass(frozen=True)
class InForce:
    """From which day to which day a row holds, both days included; `until` None: open."""

    since: date | None
    until: date | None

    def holds_on(self, day: date) -> bool:
        """Whether the row is in force on this day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


def parse_days(valid_from: str, valid_to: str) -> InForce:
    """The days of a row. ValueError for text that is no ISO date; empty means open."""
    return InForce(
        date.fromisoformat(valid_from) if valid_from else None, date.fromisoformat(valid_to) if valid_to else None
    )
