"""Does a re-test take the place of the result that it was asked for against? (pure)

农产品质量安全法 art. 51: not by the laboratory of the first test, and by no rapid method. Nor does a report on something else:
what failed has to be tested again, not before the first test, by a laboratory that may report (art. 48).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ..reference import tests
from .reports import Item, item_key, judged_by
from .residues import Conclusion
from .verdict import Finding, Outcome, Reason, Verdict, conclude

_ARTICLE = "L-APQSL 51"
SAME_LABORATORY = Reason("retest-by-same-laboratory", Outcome.WARN, ("retest-at-another-laboratory",), _ARTICLE)
RAPID_METHOD = Reason("retest-by-rapid-method", Outcome.WARN, ("retest-by-laboratory-method",), _ARTICLE)
TOO_EARLY = Reason("retest-before-first-test", Outcome.WARN, ("correct-the-day",))
OTHER_ITEMS = Reason("retest-of-other-items", Outcome.WARN, ("retest-what-failed",))
REASONS = (SAME_LABORATORY, RAPID_METHOD, TOO_EARLY, OTHER_ITEMS)

RAPID_ITEM = "T-RAPID"
RAPID_KIND = "rapid"


@dataclass(frozen=True)
class Tested:
    """A report as the law on re-tests reads it.

    `day`: legal day of the report; `methods`: as its items name them; `has_cma`: 资质认定 in force.
    """

    laboratory: str
    day: date
    items: tuple[Item, ...]
    methods: frozenset[str] = frozenset()
    report_kind: str = ""
    conclusion: Conclusion | None = None
    has_cma: bool = False


def judge_retest(first: Tested, retest: Tested, product: str) -> Verdict:
    """A pass where a clean result would take the place of the first one; a warning says why it would not."""
    return conclude(judged_by(product), (Finding(reason) for reason in _shortcomings(first, retest, product)))


def settles(first: Tested, retest: Tested, product: str) -> bool:
    """Whether the re-test is one that the law lets count, whichever way it went.

    Without a conclusion it proves nothing, and a laboratory without 资质认定 proves nothing for others (art. 48).
    """
    proves = retest.has_cma and retest.conclusion in (Conclusion.PASS, Conclusion.FAIL)
    return proves and judge_retest(first, retest, product).outcome is Outcome.PASS


def replaces(first: Tested, retest: Tested, product: str, found: Verdict) -> bool:
    """Whether the re-test counts and passes, and so may lift what the first result brought. `found`: what the rules say of its
    report."""
    is_clean = retest.conclusion is Conclusion.PASS and not found.outcome.stops
    return is_clean and settles(first, retest, product)


def _shortcomings(first: Tested, retest: Tested, product: str) -> Iterator[Reason]:
    if retest.laboratory == first.laboratory:
        yield SAME_LABORATORY
    if is_rapid(retest):
        yield RAPID_METHOD
    if retest.day < first.day:
        yield TOO_EARLY
    # A screening names no substance: which ones stand behind it is the laboratory's to find, when it tests again.
    named = (one for one in first.items if one.judgement == "fail" and one.item not in _names_of_screening())
    failed = {item_key(one.item, product, first.day) for one in named}
    if failed - {item_key(one.item, product, retest.day) for one in retest.items}:
        yield OTHER_ITEMS


def is_rapid(report: Tested) -> bool:
    """By what the report says of itself: its kind, an item of the rapid test, or a rapid method beside any item."""
    named = any("快检" in one or "快速" in one for one in report.methods)
    return report.report_kind == RAPID_KIND or named or is_screening(report)


def is_screening(report: Tested) -> bool:
    """Whether it is the enzyme inhibition test of row T-RAPID, by its item or its method.

    It says that something inhibits, not which substance in what amount: "never a basis for credit" (tests.csv).
    """
    method = _plain(tests()[RAPID_ITEM].method)
    return any(one.item in _names_of_screening() for one in report.items) or any(
        method in _plain(one) or "速测" in one or "酶抑制" in one for one in report.methods
    )


def _names_of_screening() -> tuple[str, str, str]:
    rapid = tests()[RAPID_ITEM]
    return RAPID_ITEM, rapid.item_zh, rapid.item_en


def _plain(text: str) -> str:
    return "".join(text.split()).upper()
