"""Which items may a credit record have, and on which basis does each stand? The rows of credit_catalogue.csv."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from . import rows

CATALOGUE_VERSION = "credit_catalogue@1"
"""What a record names as its catalogue. A changed table is a new version: a test holds this one to the bytes of its table."""

_FROM_MEMORY = re.compile(r"\bM\b")
_NOTHING = "-"


@dataclass(frozen=True)
class Item:
    """One item. `severity` (minor, general, serious): None for what has no class. Months are None where the table has none.

    `period_start`: from which date publicity counts, None where nothing does. `kept_months`: how long the record has life;
    None where something else bounds it, as a validity. `repair` says in the table's words whether and where it is repaired.
    `is_unverified`: its basis or its national category is from memory.
    """

    code: str
    zh: str
    en: str
    direction: str
    severity: str | None
    layer: str
    confirm_rule: str
    legal_basis: str
    publicity: str
    public_min_months: int | None
    public_max_months: int | None
    period_start: str | None
    kept_months: int | None
    repair: str
    is_unverified: bool
    status: str

    @property
    def is_public(self) -> bool:
        """Whether a record of it may ever be shown to everybody."""
        return self.layer == "public" and self.publicity != "no"

    @property
    def is_repairable(self) -> bool:
        """Whether it is repaired here, not at its source or with another record."""
        return self.repair == "yes"


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Item]:
    """Every item by code, as `P03`. ValueError for a row that names no known direction, layer or class."""
    return MappingProxyType({row["code"]: _item(row) for row in rows("credit_catalogue")})


def _item(row: Mapping[str, str]) -> Item:
    severity = _unless_nothing(row["class"])
    if (
        row["direction"] not in ("good", "bad", "neutral")
        or row["layer"] not in ("public", "sector")
        or severity not in (None, "minor", "general", "serious")
    ):
        raise ValueError(row["code"])
    return Item(
        code=row["code"],
        zh=row["zh"],
        en=row["en"],
        direction=row["direction"],
        severity=severity,
        layer=row["layer"],
        confirm_rule=row["confirm_rule"],
        legal_basis=row["legal_basis"],
        publicity=row["publicity"],
        public_min_months=_months(row["public_min_month"]),
        public_max_months=_months(row["public_max_month"]),
        period_start=_unless_nothing(row["period_start"]),
        kept_months=_months(row["retention_month"]),
        repair=row["repairable"],
        is_unverified=any(_FROM_MEMORY.search(row[cell]) for cell in ("legal_basis", "national_category")),
        status=row["status"],
    )


def _unless_nothing(cell: str) -> str | None:
    return None if cell == _NOTHING else cell


def _months(cell: str) -> int | None:
    """Words as `while valid` name another bound than months."""
    return int(cell) if cell.isdecimal() else None
