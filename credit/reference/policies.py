"""What does each credit item weigh, for how long, and which grade does it cap? The rows of policy_*.csv.

All figures are hundredths of a point.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache
from types import MappingProxyType

from . import POLICY_TABLES, rows


class Decay(Enum):
    """How a record's weight falls with its age."""

    FLAT = "flat"
    STEP = "step"
    LINEAR = "linear"
    VALID = "valid"


@dataclass(frozen=True)
class Indicator:
    """One indicator: it starts at `base` and stays between `floor` and `ceiling`."""

    code: str
    zh: str
    en: str
    base: int
    floor: int
    ceiling: int


@dataclass(frozen=True)
class ItemRule:
    """What one record of an item brings to which indicator. `life_months` is 0 where the record's own validity bounds it."""

    item: str
    indicator: str
    delta: int
    decay: Decay
    life_months: int


@dataclass(frozen=True)
class Cap:
    """So many live records of an item younger than `life_months` allow no better grade than this one."""

    code: str
    item: str
    life_months: int
    min_count: int
    grade: str


@dataclass(frozen=True)
class Band:
    """A grade and the least score that earns it."""

    grade: str
    threshold: int


@dataclass(frozen=True)
class Policy:
    """One version of the rules. `bands`: the best first. Under `min_days` since the first fact or `min_records`: not rated."""

    name: str
    version: str
    valid_from: date
    applies_to: tuple[str, ...]
    min_days: int
    min_records: int
    indicators: Mapping[str, Indicator]
    items: Mapping[str, ItemRule]
    caps: tuple[Cap, ...]
    bands: tuple[Band, ...]


@lru_cache(maxsize=1)
def policies() -> Mapping[str, Policy]:
    """Every policy by name, as `producer_v1`. ValueError for a row that the score could not use."""
    found = (_policy(rows(table)) for table in POLICY_TABLES)
    return MappingProxyType({policy.name: policy for policy in found})


def _policy(table: tuple[Mapping[str, str], ...]) -> Policy:
    meta = {row["code"]: row for row in table if row["row"] == "meta"}
    not_rated = [row for row in table if row["row"] == "meta" and row["code"] == "not_rated"]
    indicators = {row["code"]: _indicator(row) for row in table if row["row"] == "indicator"}
    items = {row["code"]: _item(row) for row in table if row["row"] == "item"}
    caps = tuple(_cap(row) for row in table if row["row"] == "cap")
    bands = sorted((_band(row) for row in table if row["row"] == "band"), key=lambda band: -band.threshold)
    grades = {band.grade for band in bands}
    if {rule.indicator for rule in items.values()} - indicators.keys() or {cap.grade for cap in caps} - grades:
        raise ValueError(table[0]["policy"])
    return Policy(
        name=table[0]["policy"],
        version=meta["version"]["en"],
        valid_from=date.fromisoformat(meta["valid_from"]["en"]),
        applies_to=tuple(meta["applies_to"]["zh"].split()),
        min_days=next(int(row["threshold"]) for row in not_rated if row["threshold"]),
        min_records=next(int(row["min_count"]) for row in not_rated if row["min_count"]),
        indicators=MappingProxyType(indicators),
        items=MappingProxyType(items),
        caps=caps,
        bands=tuple(bands),
    )


def _indicator(row: Mapping[str, str]) -> Indicator:
    base, floor, ceiling = (int(row[name]) for name in ("base", "floor", "ceiling"))
    return Indicator(row["code"], row["zh"], row["en"], base, floor, ceiling)


def _item(row: Mapping[str, str]) -> ItemRule:
    life = int(row["life_month"]) if row["life_month"] else 0
    return ItemRule(row["code"], row["indicator"], int(row["delta"]), Decay(row["decay"]), life)


def _cap(row: Mapping[str, str]) -> Cap:
    return Cap(row["code"], row["indicator"], int(row["life_month"]), int(row["min_count"]), row["cap_grade"])


def _band(row: Mapping[str, str]) -> Band:
    return Band(row["code"], int(row["threshold"]))
