"""Which measures are there, what starts each, and which acts does each touch? The rows of measures.csv and its two own tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from types import MappingProxyType

from . import rows

_FROM_MEMORY = re.compile(r"\bM\b")
_NEVER = "never "


@dataclass(frozen=True)
class Measure:
    """One sanction or reward. `kinds`, `never`: for whom it is and for whom not, in the table's words."""

    code: str
    zh: str
    en: str
    direction: str
    basis: str
    scope: str
    who_applies: str
    suxin_does: str
    others_do: str
    start_rule: str
    end_rule: str
    kinds: tuple[str, ...]
    never: tuple[str, ...]
    blocks_trade: bool
    is_unverified: bool
    status: str


class Trigger(Enum):
    """What starts measures: step L27, the second confirmation of N09, another authority's listing taken in."""

    LISTED = "listed"
    FAILED_SAMPLE = "failed_sample"
    IMPORTED = "imported"


class Need(Enum):
    """What must hold besides: a statutory restriction by decision; a place on the list of measures in force."""

    RESTRICTION = "restriction"
    MEASURES_LIST = "measures_list"


class Until(Enum):
    """The last day at the latest: of the term, of the restriction, or of whichever ends first."""

    TERM = "term"
    RESTRICTION = "restriction"
    FIRST = "first"


@dataclass(frozen=True)
class Start:
    """A measure that starts on a trigger. `need`: None where the trigger is enough."""

    trigger: Trigger
    measure: str
    need: Need | None
    until: Until


class Effect(Enum):
    """What a measure does to an act: it is refused, or done only with something else."""

    REFUSE = "refuse"
    CONDITION = "condition"


@dataclass(frozen=True)
class Touch:
    """One act that a measure touches. `must_do`: what makes it lawful; `lifted_by`: what would end a refusal."""

    measure: str
    act: str
    effect: Effect
    must_do: str | None
    lifted_by: str | None


@lru_cache(maxsize=1)
def measures() -> Mapping[str, Measure]:
    """Every measure by code, as `S08`."""
    return MappingProxyType({row["code"]: _measure(row) for row in rows("measures")})


@lru_cache(maxsize=1)
def measure_starts() -> tuple[Start, ...]:
    """What starts what, in the order of the table. ValueError for an unknown word, KeyError for an unknown measure."""
    return tuple(
        Start(
            Trigger(row["trigger"]),
            measures()[row["measure"]].code,
            Need(row["needs"]) if row["needs"] else None,
            Until(row["until"]),
        )
        for row in rows("measure_starts")
    )


@lru_cache(maxsize=1)
def touches() -> tuple[Touch, ...]:
    """Which act each measure touches. ValueError where a measure that does not block trade would refuse one."""
    found = tuple(
        Touch(row["measure"], row["act"], Effect(row["effect"]), row["must_do"] or None, row["lifted_by"] or None)
        for row in rows("measure_acts")
    )
    for touch in found:
        if (touch.effect is Effect.REFUSE) != measures()[touch.measure].blocks_trade:
            raise ValueError(touch.measure)
    return found


def _measure(row: Mapping[str, str]) -> Measure:
    parts = [part.strip() for part in row["subject_kinds"].split(";")]
    return Measure(
        code=row["code"],
        zh=row["zh"],
        en=row["en"],
        direction=row["direction"],
        basis=row["basis"],
        scope=row["scope"],
        who_applies=row["who_applies"],
        suxin_does=row["suxin_does"],
        others_do=row["others_do"],
        start_rule=row["start_rule"],
        end_rule=row["end_rule"],
        kinds=tuple(word for part in parts if not part.startswith(_NEVER) for word in _words(part)),
        never=tuple(word for part in parts if part.startswith(_NEVER) for word in _words(part.removeprefix(_NEVER))),
        blocks_trade=row["blocks_trade"] == "yes",
        is_unverified=_FROM_MEMORY.search(row["basis"]) is not None,
        status=row["status"],
    )


def _words(part: str) -> tuple[str, ...]:
    """Chinese words stand apart by blanks; an English phrase, as `all sellers`, is one word."""
    return (part,) if part.isascii() else tuple(part.split())
