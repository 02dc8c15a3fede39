"""Which authority may put somebody on which statutory list on a day? The rows of competence.csv.

Lists and sanctions need a law, regulation or central paper (国办发〔2020〕49号); whom no row names has no list power.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from trace.reference.citation import FIRM, InForce, parse_days

from . import rows

PROVINCE, PREFECTURE, COUNTY = "province", "prefecture", "county"
_REGION_DIGITS = 6


@dataclass(frozen=True)
class Power:
    """One list power. `upper_consent`: the next authority up must agree. `is_unverified`: shown so, and never a bar."""

    authority_kind: str
    level: str
    list: str
    basis: str
    days: InForce
    upper_consent: bool
    is_unverified: bool


@lru_cache(maxsize=1)
def powers() -> tuple[Power, ...]:
    """The register of the checkout. ValueError for a row that names no day or level."""
    return tuple(
        Power(
            authority_kind=row["authority_kind"],
            level=_known_level(row["level"]),
            list=row["list"],
            basis=row["basis"],
            days=parse_days(row["valid_from"], row["valid_until"]),
            upper_consent=row["upper_consent"] == "yes",
            is_unverified=row["status"] not in FIRM,
        )
        for row in rows("competence")
    )


def find_power(
    authority_kind: str, region: str, list: str, day: date, register: Iterable[Power] | None = None
) -> Power | None:
    """The power of an authority of this kind in this region to put on this list on this day; None: it has none.

    `region`: GB/T 2260; its level is the authority's. `register`: powers(), unless another was adopted.
    """
    level = level_of(region)
    for power in powers() if register is None else register:
        if (power.authority_kind, power.level, power.list) == (authority_kind, level, list) and power.days.holds_on(
            day
        ):
            return power
    return None


def level_of(region: str) -> str | None:
    """Province, prefecture or county of a region of six digits; None below that: a township's authority has no list power."""
    if len(region) != _REGION_DIGITS or not region.isdecimal():
        return None
    if region.endswith("0000"):
        return PROVINCE
    return PREFECTURE if region.endswith("00") else COUNTY


def _known_level(level: str) -> str:
    if level not in (PROVINCE, PREFECTURE, COUNTY):
        raise ValueError(level)
    return level
