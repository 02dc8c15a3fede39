"""On whom does each duty fall, and what does each gate rest on?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from . import rows

WHERE_GAP = "only where the place has a gap_base"
ALL_BUT_PEOPLE = "all but household and person"
PEOPLE = frozenset({"household", "person"})


@dataclass(frozen=True)
class Gate:
    """One gate as the law and the project's tables state it, in their own words."""

    code: str
    name: str
    rule: str
    on_fail: str
    source: str
    block_basis: str
    block_rule: str
    reaction: str


@dataclass(frozen=True)
class Duty:
    """Who owes the fields of one basis: these legal forms, or everybody but people, or whoever works a GAP base."""

    legal_forms: frozenset[str]
    all_but_people: bool
    where_gap: bool


@lru_cache(maxsize=1)
def gates() -> Mapping[str, Gate]:
    """Gates by code, as `G05`."""
    return MappingProxyType(
        {
            row["gate"]: Gate(
                row["gate"],
                row["name"],
                row["rule"],
                row["on_fail"],
                row["source"],
                row["block_basis"],
                row["block_rule"],
                row["reaction"],
            )
            for row in rows("gates")
        }
    )


def duty_of(basis: str) -> Duty:
    """Who owes what this basis asks for: its own row, or the row `*`."""
    duties = _duties()
    return duties.get(basis, duties["*"])


def has_row(basis: str) -> bool:
    """Whether a basis stands in the table by its own name."""
    return basis in _duties()


@lru_cache(maxsize=1)
def _duties() -> Mapping[str, Duty]:
    return MappingProxyType({row["basis"]: _duty(row["legal_forms"]) for row in rows("field_duties")})


def _duty(words: str) -> Duty:
    if words in (WHERE_GAP, ALL_BUT_PEOPLE):
        return Duty(frozenset(), words == ALL_BUT_PEOPLE, words == WHERE_GAP)
    return Duty(frozenset(words.split()), all_but_people=False, where_gap=False)
