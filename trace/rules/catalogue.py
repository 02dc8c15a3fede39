"""Which reasons may the rules give, and what may they advise? Every code for which the pages need a sentence. (pure)"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from . import (
    balance,
    drugs,
    harvests,
    holds,
    intervals,
    markets,
    packages,
    pesticides,
    releases,
    reports,
    residues,
    retests,
)
from .verdict import Reason

REASONS: Mapping[str, tuple[Reason, ...]] = MappingProxyType(
    {
        "G03": pesticides.REASONS + drugs.REASONS + releases.OF_INPUTS,
        "G05": intervals.REASONS + releases.OF_INTERVALS,
        "G07": harvests.REASONS,
        "G08": residues.REASONS + reports.REASONS + retests.REASONS + releases.OF_TESTS,
        "G14": packages.REASONS,
        "G17": residues.REASONS + reports.REASONS + retests.REASONS + releases.OF_TESTS,
        "G18": markets.REASONS,
        "G19": balance.REASONS,
        "G20": holds.REASONS,
    }
)
"""Reasons by gate. A code means the same in every gate that gives it."""


def reason_codes() -> frozenset[str]:
    """Codes of the sentences `rule.reason.…`."""
    return frozenset(reason.code for reasons in REASONS.values() for reason in reasons)


def remedy_codes() -> frozenset[str]:
    """Codes of the sentences `rule.remedy.…`."""
    return frozenset(code for reasons in REASONS.values() for reason in reasons for code in reason.remedy)


@cache
def remedies_of(reason: str) -> tuple[str, ...]:
    """What would lift a finding of this reason; nothing for a code that no rule has."""
    found = {one.code: one.remedy for reasons in REASONS.values() for one in reasons}
    return found.get(reason, ())
