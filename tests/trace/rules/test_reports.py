"""A whole report: 农产品质量安全法 arts 34, 36, 48. A sample fails if any item fails."""

from datetime import date
from decimal import Decimal

import pytest

from trace.rules import Conclusion, Item, Outcome, judge_report, limits_of

IN_2025 = date(2025, 9, 1)
IN_2026 = date(2026, 6, 1)
HERB_ITEMS = (Item("T-SO2", "100", "mg/kg"), Item("甲胺磷", "<0.05", "mg/kg"), Item("T-MOIST", "11.2", "%"))


def test_a_clean_report_of_an_accredited_laboratory_passes() -> None:
    """药典 2020: SO2 150, 甲胺磷 0.05; water 14.0 from memory, which the report's conclusion carries."""
    judged = judge_report(HERB_ITEMS, "HB-BS", IN_2025, Conclusion.PASS, has_cma=True)

    assert (judged.verdict.rule, judged.verdict.outcome) == ("G17@1", Outcome.PASS)
    assert [one.verdict.outcome for one in judged.items] == [Outcome.PASS] * 3


def test_each_line_shows_the_limits_of_its_day() -> None:
    judged = judge_report(HERB_ITEMS, "HB-BS", IN_2025, Conclusion.PASS, has_cma=True)

    general, exception = judged.items[0].limits
    assert (general.value, general.unit, general.edition, general.is_verified) == (
        Decimal(150),
        "mg/kg",
        "ChP 2020 0212",
        True,
    )
    assert (exception.value, exception.is_verified) == (Decimal(400), False)


def test_one_item_above_a_limit_that_was_read_holds_the_report() -> None:
    """药典 2020 2341, row 1."""
    items = (Item("T-SO2", "100", "mg/kg"), Item("甲胺磷", "0.06", "mg/kg"))
    judged = judge_report(items, "HB-BS", IN_2025, None, has_cma=True)

    assert (judged.verdict.outcome, judged.verdict.reasons[0]) == (Outcome.HOLD, "above-limit")
    assert [one.verdict.outcome for one in judged.items] == [Outcome.PASS, Outcome.HOLD]


def test_a_failed_conclusion_holds_and_each_line_keeps_its_own_verdict() -> None:
    judged = judge_report(HERB_ITEMS[:2], "HB-BS", IN_2025, Conclusion.FAIL, has_cma=True)

    assert (judged.verdict.outcome, judged.verdict.reasons[0]) == (Outcome.HOLD, "report-failed")
    assert [one.verdict.outcome for one in judged.items] == [Outcome.PASS, Outcome.PASS]


def test_a_report_without_conclusion_accreditation_day_or_items_proves_nothing() -> None:
    """农产品质量安全法 art. 48; the edition follows from the day."""
    silent = judge_report(HERB_ITEMS[:1], "HB-BS", IN_2025, None, has_cma=True)
    unaccredited = judge_report(HERB_ITEMS[:1], "HB-BS", IN_2025, Conclusion.PASS, has_cma=False)
    undated = judge_report(HERB_ITEMS[:1], "HB-BS", None, Conclusion.PASS, has_cma=True)
    empty = judge_report((), "HB-BS", IN_2025, Conclusion.PASS, has_cma=True)

    assert [one.verdict.outcome for one in (silent, unaccredited, undated, empty)] == [Outcome.WARN] * 4
    assert [one.verdict.reasons[0] for one in (silent, unaccredited, undated, empty)] == [
        "report-without-conclusion",
        "report-without-cma",
        "test-day-missing",
        "report-without-items",
    ]


def test_food_is_judged_by_the_food_tables() -> None:
    """GB 2763-2026: 吡虫啉 in 番茄 1, 克百威 0.02; copies."""
    items = (Item("吡虫啉", "0.4", "mg/kg"), Item("克百威", "<0.01", "mg/kg"))
    judged = judge_report(items, "VG-TO", IN_2026, Conclusion.PASS, has_cma=True)

    assert (judged.verdict.rule, judged.verdict.outcome, judged.verdict.unverified) == ("G08@1", Outcome.PASS, True)


def test_parts_of_a_sum_are_added_up() -> None:
    """GB 2763-2026: 克百威 is 克百威 + 3-羟基克百威; 氟虫腈 of the 2020 list (0.02, from memory) is four substances."""
    parts = (Item("氟甲腈", "0.008", "mg/kg"), Item("氟虫腈砜", "9", "µg/kg"), Item("氟虫腈硫醚", "<0.002", "mg/kg"))
    judged = judge_report(parts, "HB-BS", IN_2025, Conclusion.PASS, has_cma=True)

    total = judged.items[-1]
    assert (total.item.item, total.item.value, total.verdict.outcome) == ("氟虫腈", "0.017", Outcome.PASS)
    assert judged.verdict.outcome is Outcome.PASS
    more = judge_report((*parts, Item("氟虫腈砜", "0.004", "mg/kg")), "HB-BS", IN_2025, Conclusion.PASS, has_cma=True)
    assert more.items[-1].verdict.reasons == ("above-unverified-limit", "conclusion-differs")


def test_one_part_alone_says_nothing_of_the_sum() -> None:
    judged = judge_report((Item("氟甲腈", "0.008", "mg/kg"),), "HB-BS", IN_2025, Conclusion.PASS, has_cma=True)

    assert (judged.verdict.outcome, judged.verdict.reasons[0]) == (Outcome.WARN, "component-of-sum")


@pytest.mark.parametrize("item", ["T-METAL5", "T-MRES", "T-VETRES"])
def test_a_set_without_the_name_of_its_substance_warns(item: str) -> None:
    judged = judge_report((Item(item, "0.1", "mg/kg"),), "HB-BS", IN_2025, Conclusion.PASS, has_cma=True)

    assert "analyte-not-named" in judged.verdict.reasons


def test_the_assay_is_the_one_content_of_its_herb() -> None:
    """药典 2020: 白芍 芍药苷 at least 1.6 %, 桔梗 桔梗皂苷D 0.10 % beside its extract; 菊花 has three and has to name one."""
    peony = judge_report((Item("T-ASSAY", "1.5", "%"),), "HB-BS", IN_2025, Conclusion.PASS, has_cma=True)
    chrysanthemum = judge_report((Item("T-ASSAY", "1.5", "%"),), "HB-JH", IN_2025, Conclusion.PASS, has_cma=True)

    balloon = judge_report((Item("T-ASSAY", "0.11", "%"),), "HB-JG", IN_2025, Conclusion.PASS, has_cma=True)

    assert balloon.items[0].limits[0].value == Decimal("0.10")
    assert "below-unverified-minimum" in peony.verdict.reasons
    assert chrysanthemum.verdict.reasons == ("analyte-not-named",)


def test_rapid_tests_ask_for_a_proper_one_from_fifty_per_cent_on() -> None:
    """Enzyme inhibition: positive from 50 %; row T-RAPID is from memory."""
    found = [
        judge_report((Item("T-RAPID", value, "%"),), "VG-CB", IN_2026, Conclusion.PASS, has_cma=True).verdict
        for value in ("49.9", "50")
    ]

    assert [one.outcome for one in found] == [Outcome.PASS, Outcome.WARN]
    assert found[1].reasons == ("rapid-positive",)


def test_results_in_words_are_read() -> None:
    """β-兴奋剂: any detection is a breach; row T-BETA is partly from memory. 基原鉴定: it matches or not."""
    detected = judge_report((Item("T-BETA", "检出"),), "AN-PIG", IN_2026, Conclusion.PASS, has_cma=True)
    free = judge_report((Item("T-BETA", "未检出"),), "AN-PIG", IN_2026, Conclusion.PASS, has_cma=True)
    other = judge_report((Item("T-DNA", "no match"),), "HB-BS", IN_2026, Conclusion.PASS, has_cma=True)
    blurred = judge_report((Item("T-DNA", "大概"),), "HB-BS", IN_2026, Conclusion.PASS, has_cma=True)

    assert [one.verdict.reasons[0] for one in (detected, other, blurred)] == [
        "detected",
        "detected",
        "value-unreadable",
    ]
    assert free.verdict.outcome is Outcome.PASS


def test_a_line_that_the_laboratory_judges_as_failed_is_said() -> None:
    items = (Item("T-SO2", "100", "mg/kg", judgement="fail"),)

    assert (
        "laboratory-says-item-fails"
        in judge_report(items, "HB-BS", IN_2025, Conclusion.PASS, has_cma=True).verdict.reasons
    )


def test_limits_fill_in_a_form() -> None:
    """药典 2020 and GB 2763-2026, by the code of the item or the analyte's name."""
    assert [one.value for one in limits_of("T-SO2", "HB-BS", IN_2025)] == [Decimal(150), Decimal(400)]
    assert [one.value for one in limits_of("吡虫啉", "VG-TO", IN_2026)] == [Decimal(1)]
    assert limits_of("T-METAL5", "HB-BS", IN_2025) == ()
