"""Do the records of these goods show their quality? A clean report, or a market that let them in on a proof or a test. (pure)

食用农产品市场销售质量安全监督管理办法 takes any of them: who took the goods without a paper has one as soon as it is there.
"""

from .records import records_of, said
from .samples import is_of_these_goods
from .state import Row, State

WITHOUT_PAPERS = ("receipt", "market_admission")
"""Records that owe the papers seen."""

RETEST = "retest_report"
REPORTS = ("lab_report", RETEST)

PAPERS = (*REPORTS, "market_admission")
"""Records that may show the quality of the goods."""


def clean_reports(state: State, batch: str) -> list[Row]:
    """The reports that conclude that these goods pass."""
    return [one for one in records_of(state, batch, REPORTS) if is_clean(one)]


def is_clean(report: Row) -> bool:
    """Whether a report shows that the goods on which it stands pass; one on a sample of others shows nothing of them."""
    return said(report).get("conclusion") == "pass" and is_of_these_goods(report)


def quality_is_shown(state: State, batch: str) -> bool:
    """Whether any record of the batch shows it, whoever made it and whenever it came."""
    admissions = (said(one) for one in records_of(state, batch, ("market_admission",)))
    return bool(clean_reports(state, batch)) or any(
        one["decision"] == "admitted"
        and (one.get("proofs") or "certificate" in one or one.get("test", {}).get("result") == "pass")
        for one in admissions
    )
