"""Gates G08 and G17: is a measured value within the limits in force on the day of the test? (pure)

农产品质量安全法 arts 34, 36, 48; 药典 0212 and 2341 in the edition of that day; GB 2763, GB 2762, GB 2761, GB 31650. The report's
own conclusion decides: where an accredited laboratory concludes that the sample passes (农产品质量安全法 art. 48), our comparison
asks why it differs and holds nothing. Elsewhere it holds where every live row is exceeded and the source of one was read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from ..reference.citation import Citation
from ..reference.crops import Crop
from ..reference.limits import Limit
from ..reference.substances import Substance
from .limit_rows import Found, find_food_rows, find_herb_rows, is_herb
from .measured import Measured, factor_between, is_known_unit
from .verdict import Finding, Outcome, Reason, Verdict, conclude

TEST_GATE, HERB_GATE = "G08", "G17"


class Conclusion(Enum):
    """What the report itself says. None elsewhere: it says nothing, and proves nothing."""

    PASS = "pass"
    FAIL = "fail"
    NO_JUDGEMENT = "no-judgement"


_CURE = ("rework-and-retest", "ask-for-retest", "two-officials-lift")
_ASK = ("officer-checks-source",)
REPORT_FAILED = Reason("report-failed", Outcome.HOLD, _CURE, "L-APQSL 34; L-APQSL 36")
FAILED_NO_CMA = Reason("report-failed-without-cma", Outcome.WARN, ("test-at-cma-laboratory",), "L-APQSL 48")
ABOVE = Reason("above-limit", Outcome.HOLD, _CURE)
ABOVE_UNVERIFIED = Reason("above-unverified-limit", Outcome.WARN, _ASK)
BELOW = Reason("below-minimum", Outcome.HOLD, _CURE)
BELOW_UNVERIFIED = Reason("below-unverified-minimum", Outcome.WARN, _ASK)
ABOVE_GUIDELINE = Reason("above-guideline", Outcome.WARN, ("watch-the-source",))
EXCEPTION_ALONE = Reason("within-exception-alone", Outcome.WARN, _ASK)
UNVERIFIED_ALONE = Reason("within-unverified-limit-alone", Outcome.WARN, (*_ASK, "give-conclusion"))
WITHIN = Reason("within-limit", Outcome.PASS)
DIFFERS = Reason("conclusion-differs", Outcome.WARN, ("ask-the-laboratory",))
NOT_LOADED = Reason("rule-not-loaded", Outcome.WARN, ("officer-loads-limit",))
NOT_LISTED = Reason("herb-not-listed", Outcome.NOT_APPLICABLE)
METHOD_UNFIT = Reason("method-not-fit", Outcome.WARN, ("test-with-lower-loq",))
LOQ_MISSING = Reason("loq-not-stated", Outcome.WARN, ("give-loq",))
VALUE_MISSING = Reason("value-missing", Outcome.WARN, ("give-value",))
UNIT_UNKNOWN = Reason("unit-unknown", Outcome.WARN, ("check-unit",))
UNIT_MISMATCH = Reason("unit-mismatch", Outcome.WARN, ("check-unit",))
PARAMETER_UNKNOWN = Reason("parameter-unknown", Outcome.WARN, ("check-substance-name",))
MATRIX_UNKNOWN = Reason("matrix-unknown", Outcome.WARN, ("name-the-crop",))
COMPONENT = Reason("component-of-sum", Outcome.WARN, ("give-the-sum",))
NOT_A_HERB = Reason("not-a-herb", Outcome.NOT_APPLICABLE)
REASONS = (
    REPORT_FAILED,
    FAILED_NO_CMA,
    ABOVE,
    ABOVE_UNVERIFIED,
    BELOW,
    BELOW_UNVERIFIED,
    ABOVE_GUIDELINE,
    EXCEPTION_ALONE,
    UNVERIFIED_ALONE,
    WITHIN,
    DIFFERS,
    NOT_LOADED,
    NOT_LISTED,
    METHOD_UNFIT,
    LOQ_MISSING,
    VALUE_MISSING,
    UNIT_UNKNOWN,
    UNIT_MISMATCH,
    PARAMETER_UNKNOWN,
    MATRIX_UNKNOWN,
    COMPONENT,
    NOT_A_HERB,
)


@dataclass(frozen=True)
class Result:
    """One measured item. `substance` None: no table knows the name. `measured` None: the report gives no value.

    `unit` "": as the limit row's.
    """

    substance: Substance | None
    measured: Measured | None
    unit: str = ""


@dataclass(frozen=True)
class Report:
    """What a report says as a whole. `has_cma`: the laboratory holds 资质认定 valid on the report's day."""

    conclusion: Conclusion | None
    has_cma: bool = True

    @property
    def passes(self) -> bool:
        """Whether a laboratory whose reports prove something says that the sample passed."""
        return self.conclusion is Conclusion.PASS and self.has_cma


def test_passed(result: Result, matrix: Crop, tested_on: date, report: Report) -> Verdict:
    """G08: judge one item of a report on food, herb or piece."""
    return _judge(TEST_GATE, result, matrix, tested_on, report)


def within_limits(result: Result, herb: Crop, tested_on: date, report: Report) -> Verdict:
    """G17: judge one item of a report on a herb or piece. Not applicable to anything else."""
    if not is_herb(herb):
        return conclude(HERB_GATE, (Finding(NOT_A_HERB),))
    return _judge(HERB_GATE, result, herb, tested_on, report)


test_passed.__test__ = False  # type: ignore[attr-defined]  # a rule of this name, not a test to collect


def find_rows(gate: str, substance: Substance, goods: Crop, tested_on: date) -> Found:
    """The live rows that a gate compares: G17 the herb tables, G08 the food tables, or those of herbs where they are silent."""
    if gate == HERB_GATE:
        return find_herb_rows(substance, goods, tested_on)
    food = find_food_rows(substance, goods, tested_on)
    if food.limits or not (goods.is_known and is_herb(goods)):
        return food
    return find_herb_rows(substance, goods, tested_on)


def judge_conclusion(report: Report) -> Iterator[Finding]:
    """What the report's own conclusion means, whatever its figures say."""
    if report.conclusion is Conclusion.FAIL:
        yield Finding(REPORT_FAILED if report.has_cma else FAILED_NO_CMA)


def _judge(gate: str, result: Result, goods: Crop, on: date, report: Report) -> Verdict:
    found = list(judge_conclusion(report))
    if not goods.is_known:
        found.append(Finding(MATRIX_UNKNOWN))
    if result.substance is None:
        found.append(Finding(PARAMETER_UNKNOWN))
        return conclude(gate, found)
    rows = find_rows(gate, result.substance, goods, on)
    compared = list(_compare_all(result, rows, report))
    if report.conclusion is Conclusion.PASS and any(one.reason in _FAILURES for one in compared):
        compared.append(Finding(DIFFERS))
    looked_at = [row.citation for row in rows.limits]
    return conclude(gate, found + compared, rows=looked_at, article=_editions(rows))


_FAILURES = (ABOVE, ABOVE_UNVERIFIED, BELOW, BELOW_UNVERIFIED, EXCEPTION_ALONE)


def _compare_all(result: Result, rows: Found, report: Report) -> Iterator[Finding]:
    if not rows.limits:
        if rows.unlisted and not rows.unloaded:
            yield Finding(NOT_LISTED, _cite(rows.unlisted))
        elif rows.listed and result.measured is not None and result.measured.is_below_loq:
            yield Finding(WITHIN, _cite(rows.listed))
        else:
            yield Finding(NOT_LOADED, _cite(rows.unloaded))
        return
    if rows.is_gap:
        yield Finding(NOT_LOADED, _cite(rows.unloaded))
    if result.measured is None:
        yield Finding(VALUE_MISSING)
        return
    if result.unit and not is_known_unit(result.unit):
        yield Finding(UNIT_UNKNOWN)
        return
    failed: list[Limit] = []
    kept: list[Limit] = []
    for row in rows.limits:
        factor = factor_between(result.unit or row.unit, row.unit)
        if factor is None:
            yield Finding(UNIT_MISMATCH, (row.citation,))
            continue
        measured = result.measured.times(factor)
        if (unfit := _unfit(row, measured)) is not None:
            yield Finding(unfit, (row.citation,))
        else:
            (failed if _fails(row, measured) else kept).append(row)
    yield from _weigh(failed, kept, report)
    if result.substance is not None and result.substance.is_component and kept and not failed:
        yield Finding(COMPONENT, _cite(kept))


def _unfit(row: Limit, measured: Measured) -> Reason | None:
    """Why a result without a figure says nothing about this limit: LOQ above it, or not stated."""
    if not measured.is_below_loq or not row.value:
        return None
    if measured.loq is None:
        return LOQ_MISSING
    return METHOD_UNFIT if measured.loq > row.value else None


def _fails(row: Limit, measured: Measured) -> bool:
    """Equal to the limit is within it, on both sides. What is below the quantification limit counts as nothing."""
    assert row.value is not None
    figure = measured.value if measured.value is not None and not measured.is_below_loq else Decimal(0)
    return figure < row.value if row.kind == "min" else figure > row.value


def _weigh(failed: list[Limit], kept: list[Limit], report: Report) -> Iterator[Finding]:
    """Exceeded under every binding row: holds where one of them was read, and the report does not decide otherwise.

    Under some: warns. Under none: within.
    """
    guides = [row for row in failed if row.kind == "guideline max"]
    failed = [row for row in failed if row not in guides]
    binding = [row for row in kept if row.kind != "guideline max"]
    if guides:
        yield Finding(ABOVE_GUIDELINE, _cite(guides), _editions_of(guides))
    if failed and not binding:
        firm = [row for row in failed if row.citation.is_firm]
        exceeded = _exceeded(firm or failed)
        if firm and report.passes:
            exceeded = Finding(DIFFERS, exceeded.rows, exceeded.article)
        yield exceeded
    elif failed and any(row.citation.is_firm for row in failed):
        yield Finding(EXCEPTION_ALONE, _cite(failed + binding), _editions_of(failed))
    elif failed:
        yield _exceeded(failed)
    elif kept:
        yield _within(kept, report.conclusion)


def _exceeded(rows: list[Limit]) -> Finding:
    is_firm = all(row.citation.is_firm for row in rows)
    if all(row.kind == "min" for row in rows):
        return Finding(BELOW if is_firm else BELOW_UNVERIFIED, _cite(rows), _editions_of(rows))
    return Finding(ABOVE if is_firm else ABOVE_UNVERIFIED, _cite(rows), _editions_of(rows))


def _within(kept: list[Limit], conclusion: Conclusion | None) -> Finding:
    """Within limits from memory alone proves little, unless the report concludes the same; a copied standard was read."""
    firm = [row for row in kept if row.citation.is_firm]
    if firm:
        return Finding(WITHIN, _cite(firm))
    if conclusion is Conclusion.PASS or any(row.citation.status == "copy" for row in kept):
        return Finding(WITHIN, _cite(kept))
    return Finding(UNVERIFIED_ALONE, _cite(kept), _editions_of(kept))


def _cite(rows: tuple[Limit, ...] | list[Limit]) -> tuple[Citation, ...]:
    return tuple(row.citation for row in rows)


def _editions(rows: Found) -> str:
    return _editions_of(list(rows.limits + rows.unloaded + rows.unlisted))


def _editions_of(rows: list[Limit]) -> str:
    return "; ".join(dict.fromkeys(edition_of(row) for row in rows))


def edition_of(row: Limit) -> str:
    """Standard and edition: `ChP 2020 0212`, `GB 2763-2026 表48`."""
    if row.edition.startswith("GB "):
        return row.edition.split(";")[0]
    if row.citation.table != "limits_herb":
        return row.edition
    year = "2025" if row.days.since is not None and row.days.since >= _CHP_2025 else "2020"
    return f"ChP {year} 0212"


_CHP_2025 = date(2025, 10, 1)
"""From memory: the day on which the 2025 edition of the pharmacopoeia came into force."""
