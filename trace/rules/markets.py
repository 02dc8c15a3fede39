"""Gate G18: may these goods enter the market? (pure)

农产品质量安全法 arts 37, 39; 食品安全法 art. 64. Proof of quality, else a test that passed. Proof of origin alone shows no
quality: the wording of SAMR order 81 was not read, so it warns.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType

from ..reference.substances import normal_name
from .verdict import Finding, Outcome, Reason, Verdict, conclude

GATE = "G18"


class EntryTest(Enum):
    """The test made at the gate."""

    PASSED = "pass"
    FAILED = "fail"


class Proof(Enum):
    """What a paper shows."""

    QUALITY = "quality"
    ORIGIN = "origin"
    OTHER = "other"


_PAPERS: Mapping[str, Proof] = MappingProxyType(
    {
        "承诺达标合格证": Proof.QUALITY,
        "农产品质量安全承诺达标合格证": Proof.QUALITY,
        "食用农产品承诺达标合格证": Proof.QUALITY,
        "食用农产品合格证": Proof.QUALITY,
        "合格证": Proof.QUALITY,
        "自检合格证明": Proof.QUALITY,
        "自检报告": Proof.QUALITY,
        "检验报告": Proof.QUALITY,
        "检测报告": Proof.QUALITY,
        "检验检测报告": Proof.QUALITY,
        "检疫证明": Proof.QUALITY,
        "动物检疫合格证明": Proof.QUALITY,
        "肉品品质检验合格证": Proof.QUALITY,
        "产地证明": Proof.ORIGIN,
        "原产地证明": Proof.ORIGIN,
        "产地证明书": Proof.ORIGIN,
    }
)

NO_PROOF = Reason("no-proof-no-test", Outcome.REFUSE, ("show-proof", "test-at-the-gate"))
FAILED = Reason("entry-test-failed", Outcome.REFUSE, ("do-not-sell", "ask-for-retest"), "L-APQSL 37; L-FSL 64")
ORIGIN_ALONE = Reason("origin-proof-alone", Outcome.WARN, ("test-at-the-gate",), unverified=True)
UNKNOWN_PAPER = Reason("proof-unknown", Outcome.WARN, ("show-proof", "test-at-the-gate"))
CLOSER_CHECK = Reason("test-before-entry", Outcome.REFUSE, ("test-at-the-gate",), "L-APQSL 37; L-FSL 64")
RESTRICTED = Reason("restriction-in-force", Outcome.REFUSE, ("restriction-ends",))
REASONS = (NO_PROOF, FAILED, ORIGIN_ALONE, UNKNOWN_PAPER, CLOSER_CHECK, RESTRICTED)


def market_entry(proofs: Iterable[str], entry_test: EntryTest | None, *, needs_test: bool = False) -> Verdict:
    """Judge goods at the gate by the papers shown (names in Chinese, as in the payload table) and the test made there.

    `needs_test`: a measure in force asks for a test before entry (S08), so papers alone are not enough.
    """
    if entry_test is EntryTest.FAILED:
        return conclude(GATE, (Finding(FAILED),))
    if entry_test is EntryTest.PASSED:
        return conclude(GATE, ())
    if needs_test:
        return conclude(GATE, (Finding(CLOSER_CHECK),))
    shown = {what_it_shows(proof) for proof in proofs if proof.strip()}
    if Proof.QUALITY in shown:
        return conclude(GATE, ())
    if Proof.OTHER in shown:
        return conclude(GATE, (Finding(UNKNOWN_PAPER),))
    return conclude(GATE, (Finding(ORIGIN_ALONE if shown else NO_PROOF),))


def what_it_shows(proof: str) -> Proof:
    """What a paper of this name shows; OTHER for a name that the law does not know."""
    return _PAPERS.get(normal_name(proof), Proof.OTHER)
