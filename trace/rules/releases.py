"""On what evidence may two officials lift a hold? Never by their word alone. (pure)

农产品质量安全法 arts 29, 34, 36, 48: goods picked inside an interval after a clean report, by an accredited laboratory, on what
was used; goods that failed after rework and a clean test of what failed; any other hold on something that was not known
when it was placed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .verdict import Finding, Outcome, Reason, Verdict, conclude

NO_TEST_OF_USE = Reason("release-without-test-of-use", Outcome.REFUSE, ("test-what-was-used", "name-the-evidence"))
NO_CLEAN_TEST = Reason("release-without-clean-test", Outcome.REFUSE, ("rework-and-retest", "name-the-evidence"))
NOTHING_NEW = Reason("release-without-new-evidence", Outcome.REFUSE, ("name-the-evidence",))
OLDER = Reason("evidence-before-hold", Outcome.REFUSE, ("name-the-evidence",))
NOT_CLEAN = Reason("evidence-not-clean", Outcome.REFUSE, ("test-at-cma-laboratory",))
BY_RAPID_METHOD = Reason("evidence-by-rapid-method", Outcome.REFUSE, ("test-at-cma-laboratory",))
OF_OTHER_ITEMS = Reason("evidence-of-other-items", Outcome.REFUSE, ("name-the-evidence",))
OF_INTERVALS = (NO_TEST_OF_USE, OLDER, NOT_CLEAN, BY_RAPID_METHOD, OF_OTHER_ITEMS)
OF_TESTS = (NO_CLEAN_TEST, OLDER, NOT_CLEAN, BY_RAPID_METHOD, OF_OTHER_ITEMS)
OF_INPUTS = (NOTHING_NEW, OLDER)

_WANTED: Mapping[str, Reason] = MappingProxyType({"G05": NO_TEST_OF_USE, "G08": NO_CLEAN_TEST, "G17": NO_CLEAN_TEST})
"""What is missing by the gate that placed the hold, where that asks for a report; of every other, anything new."""


@dataclass(frozen=True)
class Evidence:
    """One record that a release names. `is_later`: it came after the hold, and a report tested the goods no earlier than
    they were picked, or failed; `is_clean`: it concludes that they pass, under 资质认定; `covers`: what was used, or failed.

    A record that is no report is none of the last three.
    """

    is_later: bool
    is_clean: bool = False
    is_rapid: bool = False
    covers: bool = False


def asks_for_report(gate: str) -> bool:
    """Whether a hold of this gate is lifted on a report alone."""
    return gate in _WANTED


def release_founded(gate: str, article: str, named: Iterable[Evidence]) -> Verdict:
    """A pass where one of the records named would do; else what is missing, and why those named do not do."""
    known = tuple(named)
    wanted = _WANTED.get(gate)
    if wanted is None:
        if any(one.is_later for one in known):
            return conclude(gate, (), article=article)
        return _refused(gate, article, (NOTHING_NEW, *(OLDER for _ in known)))
    if any(one.is_later and one.is_clean and one.covers and not one.is_rapid for one in known):
        return conclude(gate, (), article=article)
    return _refused(gate, article, (wanted, *(reason for one in known for reason in _shortcomings(one))))


def _shortcomings(one: Evidence) -> Iterable[Reason]:
    found = ((one.is_later, OLDER), (one.is_clean, NOT_CLEAN), (one.covers, OF_OTHER_ITEMS))
    yield from (reason for holds, reason in found if not holds)
    if one.is_rapid:
        yield BY_RAPID_METHOD


def _refused(gate: str, article: str, reasons: Iterable[Reason]) -> Verdict:
    return conclude(gate, (Finding(reason, article=article) for reason in reasons))
