"""What does a whole laboratory report say of its batch, item by item, and what is shown beside each figure? (pure)

A sample fails if any item fails. An item is a code of the test table or the analyte's name; residues that are defined as a sum
are added up where the report gives their parts.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from ..reference import LabTest, rows, tests
from ..reference.citation import Citation
from ..reference.crops import Crop, find_crop
from ..reference.limits import herb_limits
from ..reference.substances import Substance, find_substance, normal_name
from . import residues
from .limit_rows import is_herb
from .measured import Measured, factor_between, is_finding_word, parse_measured
from .residues import HERB_GATE, TEST_GATE, Conclusion, Report, Result, edition_of, find_rows, judge_conclusion
from .verdict import Finding, Outcome, Reason, Verdict, conclude, worst

_ASK = ("officer-checks-source",)
NO_CONCLUSION = Reason("report-without-conclusion", Outcome.WARN, ("give-conclusion",))
NO_CMA = Reason("report-without-cma", Outcome.WARN, ("test-at-cma-laboratory",), "L-APQSL 48")
NO_DAY = Reason("test-day-missing", Outcome.WARN, ("give-test-day",))
NO_ITEMS = Reason("report-without-items", Outcome.WARN, ("give-value",))
ANALYTE_MISSING = Reason("analyte-not-named", Outcome.WARN, ("name-the-substance",))
VALUE_UNREADABLE = Reason("value-unreadable", Outcome.WARN, ("give-value",))
DETECTED = Reason("detected", Outcome.WARN, _ASK)
RAPID_POSITIVE = Reason("rapid-positive", Outcome.WARN, ("test-at-cma-laboratory",))
ITEM_FAILED = Reason("laboratory-says-item-fails", Outcome.WARN, ("ask-the-laboratory",))
REASONS = (
    NO_CONCLUSION,
    NO_CMA,
    NO_DAY,
    NO_ITEMS,
    ANALYTE_MISSING,
    VALUE_UNREADABLE,
    DETECTED,
    RAPID_POSITIVE,
    ITEM_FAILED,
)

_ANALYTE: Mapping[str, str] = MappingProxyType(
    {
        "T-MOIST": "水分",
        "T-ASH": "总灰分",
        "T-IMPUR": "杂质",
        "T-EXT": "浸出物",
        "T-SO2": "二氧化硫",
        "T-PEST33": "33 禁用农药",
        "T-IMI": "吡虫啉",
        "T-AVM": "阿维菌素",
        "T-PB": "铅",
        "T-CD": "镉",
        "T-HG": "汞",
        "T-AS": "砷",
        "T-AFB1": "黄曲霉毒素B1",
        "T-DON": "脱氧雪腐镰刀菌烯醇",
        "T-ZEN": "玉米赤霉烯酮",
    }
)
"""Items that mean one analyte. Every other code stands for a set, whose parts a report names one by one."""

_ASSAY = "T-ASSAY"
_RAPID = "T-RAPID"
_RAPID_POSITIVE = re.compile(r"positive >= (\d+)")
_IN_WORDS = ("detected / not detected", "match / no match")
_NO_MATCH = frozenset({"nomatch", "不符合", "不一致", "不匹配"})
_MATCH = frozenset({"match", "符合", "一致", "匹配"})


@dataclass(frozen=True)
class Item:
    """One line of a report as it is printed. `item`: code of the test table or analyte; `judgement`: pass, fail or ""."""

    item: str
    value: str
    unit: str = ""
    loq: str = ""
    judgement: str = ""


@dataclass(frozen=True)
class LimitShown:
    """A limit beside a figure: `0.05`, `mg/kg`, `max`, its standard, and whether its source was read."""

    value: Decimal
    unit: str
    kind: str
    edition: str
    is_verified: bool
    row: str


@dataclass(frozen=True)
class ItemVerdict:
    """One line with what the rules say of it and the limits in force on the day of the test."""

    item: Item
    verdict: Verdict
    limits: tuple[LimitShown, ...] = ()


@dataclass(frozen=True)
class ReportVerdict:
    """The worst of everything, and each line for itself, in the order of the report."""

    verdict: Verdict
    items: tuple[ItemVerdict, ...]


def judge_report(
    items: Iterable[Item], product: str, tested_on: date | None, conclusion: Conclusion | None, *, has_cma: bool
) -> ReportVerdict:
    """Judge a report on a batch. `product`: code, or a name with its state as 菊花(干). `tested_on` gives the edition.

    The verdict is one of G17 for a herb or piece, else of G08. `has_cma`: 资质认定, valid on the report's day.
    """
    goods = find_crop(product)
    gate = _gate_of(goods)
    listed = tuple(items)
    sums = tuple(_sums(listed))
    settled = frozenset(_keys(listed + sums))
    report = Report(conclusion, has_cma)
    judged = [_judge_item(gate, item, goods, tested_on, report, settled) for item in listed + sums]
    whole = conclude(gate, _judge_whole(listed, tested_on, report))
    return ReportVerdict(worst(gate, [whole, *(one.verdict for one in judged)]), tuple(judged))


def limits_of(item: str, product: str, tested_on: date) -> tuple[LimitShown, ...]:
    """The limits in force for an item, to fill in a form; empty where none is loaded."""
    goods = find_crop(product)
    return _shown(_gate_of(goods), _substance(item, goods, tested_on), goods, tested_on)


def judged_by(product: str) -> str:
    """The gate whose rule judges reports on this product: G17 for a herb or piece, else G08."""
    return _gate_of(find_crop(product))


def item_key(item: str, product: str, on: date) -> str:
    """One key for one analyte, however a report names it; an item that no table knows is its own."""
    substance = _substance(item, find_crop(product), on)
    return substance.key if substance is not None else normal_name(item)


def _gate_of(goods: Crop) -> str:
    return HERB_GATE if goods.is_known and is_herb(goods) else TEST_GATE


def _judge_whole(items: tuple[Item, ...], tested_on: date | None, report: Report) -> Iterator[Finding]:
    yield from judge_conclusion(report)
    if report.conclusion in (None, Conclusion.NO_JUDGEMENT):
        yield Finding(NO_CONCLUSION)
    if not report.has_cma and report.conclusion is not Conclusion.FAIL:
        yield Finding(NO_CMA)
    if tested_on is None:
        yield Finding(NO_DAY)
    if not items:
        yield Finding(NO_ITEMS)


def _judge_item(
    gate: str, item: Item, goods: Crop, on: date | None, report: Report, settled: frozenset[str]
) -> ItemVerdict:
    own = conclude(gate, (Finding(ITEM_FAILED),)) if item.judgement == "fail" else None
    limits: tuple[LimitShown, ...] = ()
    if on is None:
        found = conclude(gate, (Finding(NO_DAY),))
    elif (said := _judge_words(item)) is not None:
        found = conclude(gate, said)
    else:
        substance = _substance(item.item, goods, on)
        if substance is not None and substance.key in settled:
            substance = replace(substance, is_component=False)
        limits = _shown(gate, substance, goods, on)
        found = _judge_figure(gate, item, substance, goods, on, report)
    return ItemVerdict(item, worst(gate, [found, own]) if own else found, limits)


def _judge_figure(gate: str, item: Item, substance: Substance | None, goods: Crop, on: date, report: Report) -> Verdict:
    if substance is None and item.item in tests():
        return conclude(gate, (Finding(ANALYTE_MISSING),))
    try:
        measured = parse_measured(item.value, item.loq) if item.value.strip() else None
    except ValueError:
        return conclude(gate, (Finding(VALUE_UNREADABLE),))
    judge = residues.within_limits if gate == HERB_GATE else residues.test_passed
    # A failed report is judged once, for the whole: its other items may well be within their limits.
    agreed = replace(report, conclusion=None) if report.conclusion is Conclusion.FAIL else report
    return judge(Result(substance, measured, item.unit), goods, on, agreed)


def _judge_words(item: Item) -> list[Finding] | None:
    """Items whose result is no figure to hold against a limit: a detection, a match, the rapid test; None for others."""
    test = tests().get(item.item)
    if test is None:
        return None
    cited = (_citation(test.code),)
    if test.code == _RAPID:
        return _judge_rapid(test, item, cited)
    if test.result_kind not in _IN_WORDS:
        return None
    value = normal_name(item.value)
    found = is_finding_word(item.value)
    if found is None and value not in _MATCH | _NO_MATCH:
        return [Finding(VALUE_UNREADABLE)]
    return [Finding(DETECTED, cited)] if found or value in _NO_MATCH else [Finding(residues.WITHIN, cited)]


def _judge_rapid(test: LabTest, item: Item, cited: tuple[Citation, ...]) -> list[Finding]:
    """Inhibition in per cent. A positive is a reason to test properly, never a ground for credit."""
    positive = _RAPID_POSITIVE.search(test.result_kind)
    try:
        inhibition = parse_measured(item.value).value
    except ValueError:
        return [Finding(VALUE_UNREADABLE)]
    assert positive is not None
    is_positive = inhibition is not None and inhibition >= Decimal(positive[1])
    return [Finding(RAPID_POSITIVE if is_positive else residues.WITHIN, cited)]


def _citation(code: str) -> Citation:
    """The row of a test item, with its status."""
    return next(Citation("tests", code, "", row["status"]) for row in rows("tests") if row["code"] == code)


def _substance(item: str, goods: Crop, on: date) -> Substance | None:
    """The analyte of an item. The assay of a herb is its one content with a minimum, where there is only one."""
    if item == _ASSAY:
        named = {
            row.parameter
            for row in herb_limits()
            if row.kind == "min"
            and row.matrix == goods.name
            and row.days.holds_on(on)
            and not row.parameter.startswith("浸出物")
        }
        return find_substance(named.pop()) if len(named) == 1 else None
    if item in tests():
        return find_substance(_ANALYTE[item]) if item in _ANALYTE else None
    return find_substance(item)


def _shown(gate: str, substance: Substance | None, goods: Crop, on: date) -> tuple[LimitShown, ...]:
    if substance is None:
        return ()
    return tuple(
        LimitShown(row.value, row.unit, row.kind, edition_of(row), row.citation.is_firm, row.citation.text)
        for row in find_rows(gate, substance, goods, on).limits
        if row.value is not None
    )


def _sums(items: tuple[Item, ...]) -> Iterator[Item]:
    """One line more for each sum of which the report gives two parts or more and not the sum itself."""
    whole = frozenset(_keys(items))
    parts: dict[str, list[Item]] = {}
    for item in items:
        substance = find_substance(item.item)
        if substance is not None and substance.is_component and substance.key not in whole:
            parts.setdefault(substance.key, []).append(item)
    for key, of_key in parts.items():
        substance = find_substance(key)
        total = _total(of_key)
        if len(of_key) > 1 and total is not None and substance is not None:
            yield Item(substance.name_zh, format(total, "f"), of_key[0].unit)


def _keys(items: Iterable[Item]) -> Iterator[str]:
    """The substances for which a line gives the whole, not a part of a sum."""
    for item in items:
        substance = find_substance(item.item)
        if substance is not None and not substance.is_component:
            yield substance.key


def _total(items: list[Item]) -> Decimal | None:
    """The sum in the unit of the first part; a part below its quantification limit adds nothing. None: cannot be added."""
    total = Decimal(0)
    for item in items:
        try:
            measured: Measured = parse_measured(item.value, item.loq)
        except ValueError:
            return None
        factor = Decimal(1) if item.unit == items[0].unit else factor_between(item.unit, items[0].unit)
        if factor is None:
            return None
        if measured.value is not None and not measured.is_below_loq:
            total += measured.value * factor
    return total
