"""G08 and G17: 农产品质量安全法 arts 34, 36, 48; 药典 0212, 2341 by edition; GB 2763-2026, GB 2762. Limits copied by hand."""

from datetime import date

import pytest

from trace.reference.crops import find_crop
from trace.reference.limits import food_limits, herb_limits
from trace.reference.substances import find_substance
from trace.rules import Conclusion, Outcome, Report, Result, Verdict, within_limits
from trace.rules import test_passed as food_test_passed
from trace.rules.measured import parse_measured

PASSED, FAILED = Report(Conclusion.PASS), Report(Conclusion.FAIL)
SILENT = Report(None)


def result(parameter: str, value: str | None, loq: str | None = None, unit: str = "") -> Result:
    return Result(find_substance(parameter), None if value is None else parse_measured(value, loq), unit)


def food(parameter: str, goods: str, day: str, value: str | None, report: Report = PASSED, **how: str) -> Verdict:
    return food_test_passed(result(parameter, value, **how), find_crop(goods), date.fromisoformat(day), report)


def herb(parameter: str, goods: str, day: str, value: str | None, report: Report = SILENT, **how: str) -> Verdict:
    return within_limits(result(parameter, value, **how), find_crop(goods), date.fromisoformat(day), report)


# Sulphur dioxide: 150 for all herbs (read), 400 for ten of them (from memory)


@pytest.mark.parametrize(
    ("value", "outcome", "unverified"),
    [
        ("150", "pass", False),
        ("150.01", "warn", True),
        ("300", "warn", True),
        ("400", "warn", True),
        ("400.01", "hold", False),
        ("401", "hold", False),
    ],
)
def test_white_peony_passes_to_150_warns_to_400_and_holds_above(value: str, outcome: str, unverified: bool) -> None:
    """药典 2020 0212: 150 mg/kg; the monograph's 400 is from memory and may save nothing, only keep from holding."""
    verdict = herb("二氧化硫", "白芍", "2025-09-30", value)

    assert (verdict.outcome.value, verdict.unverified) == (outcome, unverified)
    assert sorted(row.rsplit(" ", 1)[1] for row in verdict.rows) == ["M", "page"]
    assert "limits_herb 二氧化硫_SO2|白芍 2020-12-30 M" in verdict.rows


@pytest.mark.parametrize(
    ("value", "report", "outcome", "reason"),
    [
        ("400.01", Report(Conclusion.PASS), "warn", "conclusion-differs"),
        ("400.01", Report(Conclusion.PASS, has_cma=False), "hold", "above-limit"),
        ("400.01", Report(Conclusion.NO_JUDGEMENT), "hold", "above-limit"),
        ("400.01", Report(None), "hold", "above-limit"),
        ("400.01", Report(Conclusion.FAIL), "hold", "report-failed"),
        ("150", Report(Conclusion.FAIL), "hold", "report-failed"),
        ("150", Report(Conclusion.PASS), "pass", "within-limit"),
    ],
)
def test_an_accredited_conclusion_decides_and_our_comparison_only_asks(
    value: str, report: Report, outcome: str, reason: str
) -> None:
    """农产品质量安全法 arts 36, 48; domain notes 3.2: the conclusion decides, a difference is flagged. 药典 2020 0212: 150."""
    verdict = herb("SO2", "白芍", "2025-09-30", value, report)

    assert (verdict.outcome.value, verdict.reasons[0], verdict.unverified) == (outcome, reason, False)


@pytest.mark.parametrize(("value", "outcome"), [("3.0", "pass"), ("2.99", "warn")])
def test_a_minimum_that_was_missed_is_asked_about_where_the_report_passes(value: str, outcome: str) -> None:
    """药典 2020 丹参: 丹酚酸B at least 3.0 %, read on a page."""
    assert herb("丹酚酸B", "丹参", "2025-06-01", value, PASSED).outcome.value == outcome


@pytest.mark.parametrize(("value", "outcome"), [("150", "pass"), ("150.01", "hold")])
def test_a_herb_without_exception_holds_above_150(value: str, outcome: str) -> None:
    """药典 2020 0212: 桔梗 and 菊花 are not among the ten."""
    assert herb("SO2", "桔梗", "2025-09-30", value).outcome.value == outcome
    assert herb("SO2", "亳菊", "2025-09-30", value).outcome.value == outcome


def test_the_edition_of_the_day_of_the_test_counts() -> None:
    """药典 2020 to 2025-09-30; the 2025 edition was not read, so its rows warn."""
    last, first = herb("SO2", "白芍", "2025-09-30", "401"), herb("SO2", "白芍", "2025-10-01", "401")
    early = herb("SO2", "白芍", "2020-12-29", "401")

    assert (last.outcome, last.article) == (Outcome.HOLD, "ChP 2020 0212")
    assert (first.outcome, first.unverified, first.article) == (Outcome.WARN, True, "ChP 2025 0212")
    assert (early.outcome, early.reasons) == (Outcome.WARN, ("rule-not-loaded",))


def test_within_rows_from_memory_alone_a_report_has_to_conclude() -> None:
    """Nobody has read the 2025 edition: a figure without conclusion warns, a conclusion decides, unverified."""
    silent, passed = herb("SO2", "白芍", "2026-01-10", "100"), herb("SO2", "白芍", "2026-01-10", "100", PASSED)

    assert (silent.outcome, silent.reasons) == (Outcome.WARN, ("within-unverified-limit-alone",))
    assert (passed.outcome, passed.unverified) == (Outcome.PASS, True)


def test_minerals_have_no_limit_for_sulphur_dioxide() -> None:
    """药典 0212 leaves minerals out."""
    assert herb("SO2", "石膏", "2025-06-01", "500").reasons == ("matrix-unknown", "rule-not-loaded")


# The list of 33 pesticides


@pytest.mark.parametrize(("value", "outcome"), [("0.05", "pass"), ("0.0501", "hold"), ("<0.05", "pass")])
def test_methamidophos_is_held_above_its_quantification_limit(value: str, outcome: str) -> None:
    """药典 2020 2341, row 1 (read): 0.05 mg/kg, not above."""
    assert herb("甲胺磷", "白术", "2025-09-30", value).outcome.value == outcome


FIRST_ELEVEN = [
    *(
        ("甲胺磷", "0.05"),
        ("甲基对硫磷", "0.02"),
        ("对硫磷", "0.02"),
        ("久效磷", "0.03"),
        ("磷胺", "0.05"),
        ("六六六", "0.1"),
    ),
    *(("滴滴涕", "0.1"), ("杀虫脒", "0.02"), ("除草醚", "0.05"), ("艾氏剂", "0.05"), ("狄氏剂", "0.05")),
]


@pytest.mark.parametrize(("name", "limit"), FIRST_ELEVEN)
def test_rows_one_to_eleven_were_read_and_hold(name: str, limit: str) -> None:
    """药典 2020 0212/2341, rows 1 to 11."""
    assert herb(name, "丹参", "2025-09-30", limit).outcome is Outcome.PASS
    assert herb(name, "丹参", "2025-09-30", limit + "1").outcome is Outcome.HOLD


@pytest.mark.parametrize(
    ("name", "limit"), [("苯线磷", "0.02"), ("甲拌磷", "0.02"), ("氯唑磷", "0.01"), ("甲基硫环磷", "0.03")]
)
def test_rows_twelve_to_thirty_three_are_from_memory_and_warn(name: str, limit: str) -> None:
    """药典 2020 2341, rows 12, 21, 27, 33."""
    above = herb(name, "丹参", "2025-09-30", limit + "1")

    assert (above.outcome, above.unverified) == (Outcome.WARN, True)
    assert herb(name, "丹参", "2025-09-30", limit, PASSED).outcome is Outcome.PASS


def test_after_the_list_of_33_nothing_passes_in_silence() -> None:
    """药典 2025: its list of 47 is not loaded."""
    for name in ("甲胺磷", "甲拌磷", "33 禁用农药", "47 禁用农药"):
        verdict = herb(name, "白芍", "2025-10-01", "<0.001", PASSED)
        assert (verdict.outcome, verdict.unverified) == (Outcome.WARN, True), name
        assert "rule-not-loaded" in verdict.reasons


def test_the_whole_list_not_found_passes_while_it_was_in_force() -> None:
    """药典 2020 2341: not above the quantification limits; 22 of its rows are from memory."""
    verdict = herb("33种禁用农药", "白芍", "2025-06-01", "未检出", PASSED)

    assert (verdict.outcome, verdict.unverified) == (Outcome.PASS, True)
    assert sum(row.startswith("herb_banned_residues_33 ") for row in verdict.rows) == 33


def test_fipronil_sulphide_is_what_the_text_calls_sulphoxide() -> None:
    """药典 2020 2341 row 30: laboratories report 硫醚; by CAS 120067-83-6 it is a part of the sum."""
    part = herb("120067-83-6", "白芍", "2025-06-01", "0.001", PASSED)

    assert (part.outcome, part.reasons[0]) == (Outcome.WARN, "component-of-sum")
    assert herb("氟虫腈硫醚", "白芍", "2025-06-01", "0.03").reasons == ("above-unverified-limit",)


# GB 2763-2026 beside the pharmacopoeia


def test_the_food_standard_is_a_second_check_from_march_2026() -> None:
    """GB 2763-2026 药用植物: 克百威 0.02, a copy; the pharmacopoeia's list is not loaded."""
    before, after = herb("克百威", "白芍", "2026-02-28", "0.03"), herb("克百威", "白芍", "2026-03-01", "0.03")

    assert before.reasons == ("rule-not-loaded",)
    assert set(after.reasons) == {"rule-not-loaded", "above-unverified-limit"}
    assert not after.outcome.stops


@pytest.mark.parametrize(
    ("goods", "value", "outcome"),
    [
        ("菊花(干)", "2", "pass"),
        ("菊花(干)", "2.1", "warn"),
        ("菊花（鲜）", "1", "pass"),
        ("菊花(鲜)", "1.1", "warn"),
        ("菊花", "1.5", "warn"),
    ],
)
def test_imidacloprid_in_chrysanthemum_depends_on_its_state(goods: str, value: str, outcome: str) -> None:
    """GB 2763-2026 表48: dry 2, fresh 1 mg/kg; where the state is not known the stricter one warns."""
    assert herb("吡虫啉", goods, "2026-03-01", value, PASSED).outcome.value == outcome


def test_a_limit_that_two_tables_carry_is_one_limit() -> None:
    assert len(herb("吡虫啉", "菊花(干)", "2026-03-01", "1", PASSED).rows) == 1
    assert herb("阿维菌素", "百合(干)", "2026-03-01", "0.06", PASSED).reasons[0] == "above-unverified-limit"


# Metals, minima, scopes


def test_a_guideline_is_no_ground_to_fail() -> None:
    """药典 9302: Pb 5, Cd 1, As 2, Hg 0.2, Cu 20; binding only by monograph, which is from memory."""
    for metal, limit in (("铅", "5"), ("镉", "1"), ("砷", "2"), ("汞", "0.2"), ("铜", "20")):
        assert herb(metal, "桔梗", "2025-06-01", limit).outcome is Outcome.PASS
        above = herb(metal, "桔梗", "2025-06-01", limit + ".1" if "." not in limit else limit + "1")
        assert (above.outcome, above.reasons) == (Outcome.WARN, ("above-guideline",))
    assert not herb("铅", "白芍", "2025-06-01", "500").outcome.stops


def test_a_minimum_is_missed_below_it() -> None:
    """药典 2020 丹参 (read): 丹酚酸B at least 3.0 %, tanshinones 0.25 %; water at most 13.0 %."""
    assert herb("丹酚酸B", "丹参", "2025-06-01", "3.0").outcome is Outcome.PASS
    assert herb("丹酚酸B", "丹参", "2025-06-01", "2.99").reasons == ("below-minimum",)
    assert herb("丹参酮类", "丹参", "2025-06-01", "0.249").outcome is Outcome.HOLD
    assert herb("水分", "丹参", "2025-06-01", "13.1").reasons == ("above-limit",)


def test_a_minimum_from_memory_warns() -> None:
    """药典 2020 白芍, from memory: 芍药苷 at least 1.6 %, for its slices 1.2 %."""
    assert herb("芍药苷", "白芍", "2025-06-01", "1.59").reasons == ("below-unverified-minimum",)
    assert herb("芍药苷", "白芍片", "2025-06-01", "1.3", PASSED).outcome is Outcome.PASS


def test_slices_have_the_general_limit_for_water_beside_the_herbs() -> None:
    """药典 0212 (read): pieces 13 %; 白芍 14.0 % from memory."""
    assert herb("水分", "白芍片", "2025-06-01", "13").outcome is Outcome.PASS
    assert herb("水分", "白芍片", "2025-06-01", "13.5").reasons == ("within-exception-alone",)
    assert herb("水分", "白芍片", "2025-06-01", "14.1").outcome is Outcome.HOLD


def test_aflatoxin_is_limited_in_listed_herbs_alone() -> None:
    """药典: B1 5 µg/kg for listed herbs (list from memory, none of Bozhou's roots)."""
    unlisted = herb("黄曲霉毒素B1", "白芍", "2025-06-01", "9")
    listed = herb("黄曲霉毒素B1", "酸枣仁", "2025-06-01", "5.1")

    assert (unlisted.outcome, unlisted.unverified) == (Outcome.NOT_APPLICABLE, True)
    assert (listed.outcome, listed.unverified) == (Outcome.WARN, True)


def test_the_pharmacopoeia_does_not_speak_of_tomatoes() -> None:
    assert herb("SO2", "番茄", "2025-06-01", "9").outcome is Outcome.NOT_APPLICABLE


def test_an_unknown_herb_warns_where_it_would_pass_and_holds_where_all_herbs_would() -> None:
    """药典 0212: 150 for all herbs but minerals."""
    assert herb("SO2", "神奇草", "2025-06-01", "100").outcome is Outcome.WARN
    assert herb("SO2", "神奇草", "2025-06-01", "151").outcome is Outcome.HOLD


# Food


@pytest.mark.parametrize(
    ("parameter", "goods", "limit"),
    [
        ("吡虫啉", "番茄", "1"),
        ("吡虫啉", "VG-TO", "1"),
        ("噻虫胺", "番茄", "1"),
        ("阿维菌素", "小白菜", "0.05"),
        ("阿维菌素", "普通白菜", "0.05"),
        ("吡虫啉", "小白菜", "0.5"),
        ("噻虫胺", "茄子", "0.05"),
        ("克百威", "番茄", "0.02"),
        ("噻虫嗪", "豇豆", "0.5"),
        ("吡虫啉", "豇豆", "2"),
        ("吡虫啉", "菜豆", "0.1"),
        ("毒死蜱", "芹菜", "0.05"),
        ("毒死蜱", "菠菜", "0.02"),
        ("敌敌畏", "大白菜", "0.5"),
        ("噻虫嗪", "葡萄", "2"),
        ("噻虫嗪", "草莓", "0.5"),
        ("甲拌磷", "玉米", "0.05"),
        ("甲拌磷", "高粱", "0.02"),
        ("铅", "菠菜", "0.3"),
        ("铅", "番茄", "0.1"),
        ("镉", "小麦", "0.1"),
    ],
)
def test_the_most_specific_matrix_counts(parameter: str, goods: str, limit: str) -> None:
    """GB 2763-2026 (copy) and GB 2762-2022 (memory): a crop's own row, else its group's, less the exceptions."""
    day = "2026-04-01"

    assert food(parameter, goods, day, limit).outcome is Outcome.PASS
    above = food(parameter, goods, day, limit + ("1" if "." in limit else ".1"))
    assert (above.outcome, above.unverified) == (Outcome.WARN, True)
    assert above.reasons == ("above-unverified-limit", "conclusion-differs")


def test_a_failed_report_holds_whatever_its_figures_say() -> None:
    """农产品质量安全法 arts 34, 36: the conclusion of an accredited laboratory."""
    verdict = food("吡虫啉", "番茄", "2026-04-01", "0.01", FAILED)

    assert (verdict.outcome, verdict.unverified, verdict.article) == (Outcome.HOLD, False, "L-APQSL 34; L-APQSL 36")
    assert food("神奇一号", "神奇果", "2026-04-01", None, FAILED).outcome is Outcome.HOLD


def test_a_failed_report_without_accreditation_warns() -> None:
    """农产品质量安全法 art. 48."""
    verdict = food("吡虫啉", "番茄", "2026-04-01", "0.01", Report(Conclusion.FAIL, has_cma=False))

    assert (verdict.outcome, verdict.reasons[0]) == (Outcome.WARN, "report-failed-without-cma")


def test_editions_of_the_food_standards_change_on_their_days() -> None:
    """GB 2763-2026 from 2026-03-01; GB 2762-2025 from 2026-09-02: leafy vegetables stay at Pb 0.3, grain Cd is not loaded."""
    assert food("吡虫啉", "番茄", "2026-02-28", "0.01").reasons == ("rule-not-loaded",)
    assert food("铅", "菠菜", "2026-09-01", "0.3").article == "GB 2762-2022"
    assert food("铅", "菠菜", "2026-09-02", "0.3").article == "GB 2762-2025"
    assert food("镉", "小麦", "2026-09-01", "0.1").outcome is Outcome.PASS
    assert food("镉", "小麦", "2026-09-02", "0.1").reasons == ("rule-not-loaded",)


def test_units_are_reckoned() -> None:
    """1 mg/kg is 1000 µg/kg, whichever micro sign is typed; 玉米 DON 1000 µg/kg."""
    for unit in ("µg/kg", "μg/kg", "ug/kg", "ppb", "ＵＧ/ＫＧ"):
        assert food("吡虫啉", "番茄", "2026-04-01", "1000", unit=unit).outcome is Outcome.PASS
        assert food("吡虫啉", "番茄", "2026-04-01", "1001", unit=unit).outcome is Outcome.WARN
    assert food("DON", "玉米", "2026-04-01", "1", unit="mg/kg").outcome is Outcome.PASS
    assert food("DON", "玉米", "2026-04-01", "1.001", unit="mg/kg").outcome is Outcome.WARN


def test_a_unit_that_nobody_knows_or_of_another_kind_warns() -> None:
    assert food("吡虫啉", "番茄", "2026-04-01", "0.1", unit="筐").reasons == ("unit-unknown",)
    assert food("吡虫啉", "番茄", "2026-04-01", "0.1", unit="%").reasons == ("unit-mismatch",)


def test_below_the_quantification_limit_passes_where_that_reaches_the_limit() -> None:
    """克百威 in tomato 0.02: `<0.02` shows it, `<0.03` shows nothing, a bare 未检出 says not how little."""
    assert food("克百威", "番茄", "2026-04-01", "<0.02").outcome is Outcome.PASS
    assert food("克百威", "番茄", "2026-04-01", "＜0.02").outcome is Outcome.PASS
    assert food("克百威", "番茄", "2026-04-01", "<0.03").reasons == ("method-not-fit",)
    assert food("克百威", "番茄", "2026-04-01", "0.01", loq="0.03").reasons == ("method-not-fit",)
    assert food("克百威", "番茄", "2026-04-01", "未检出").reasons == ("loq-not-stated",)
    assert food("克百威", "番茄", "2026-04-01", "ND", loq="0.01").outcome is Outcome.PASS


def test_what_may_not_be_there_at_all_holds_when_found() -> None:
    """公告250 (2019-12-27): 氯霉素, any detection; read. 恩诺沙星 in eggs from a copy: warns."""
    assert food("氯霉素", "猪肉", "2026-04-01", "0.3", SILENT).outcome is Outcome.HOLD
    assert food("氯霉素", "生猪", "2026-04-01", "<0.1").outcome is Outcome.PASS
    assert food("氯霉素", "猪肉", "2019-12-26", "0.3").reasons == ("rule-not-loaded",)
    assert food("恩诺沙星", "鸡蛋", "2026-04-01", "10").outcome is Outcome.WARN


def test_unknown_items_goods_and_missing_values_warn() -> None:
    assert food("神奇一号", "番茄", "2026-04-01", "0.1").reasons == ("parameter-unknown",)
    assert "matrix-unknown" in food("吡虫啉", "神奇果", "2026-04-01", "0.1").reasons
    assert food("吡虫啉", "番茄", "2026-04-01", None).reasons == ("value-missing",)


def test_what_is_not_loaded_is_named() -> None:
    """GB 2763-2026 limits pesticides alone: it says nothing of copper."""
    pesticide, metal = food("多菌灵", "番茄", "2026-04-01", "0.1"), food("铜", "番茄", "2026-04-01", "0.1")

    assert pesticide.rows == ("limits_food_selected 农药残留_(other_substances)|all_crops 2026-03-01 page",)
    assert (metal.reasons, metal.rows) == (("rule-not-loaded",), ())
    assert herb("多菌灵", "白芍", "2026-04-01", "0.1").rows == pesticide.rows
    assert "农药残留" not in "".join(herb("黄曲霉毒素B1", "白芍", "2025-06-01", "9").rows)


# Every row


def test_no_row_that_nobody_has_read_ever_stops_anything() -> None:
    """A failing value under every limit of the tables: what stops has a row that was read among those it names."""
    for row in herb_limits() + food_limits():
        if row.value is None or row.days.since is None or not row.substances:
            continue
        value = "0" if row.kind == "min" else "1000000"
        names = [name for name in (row.parameter, row.parameter.split(" ")[0]) if find_substance(name)]
        goods = "白芍" if row.citation.table != "limits_food_selected" else row.matrix
        judge = herb if row.citation.table != "limits_food_selected" else food
        verdict = judge(names[0], goods, row.days.since.isoformat(), value, SILENT)
        if verdict.outcome.stops:
            assert any(cited.endswith((" law", " page")) for cited in verdict.rows), row


def test_limits_of_one_matrix_and_day_are_compared_at_their_figure() -> None:
    """GB 2763-2026 rows that name one crop: at the limit within, a thousandth above it not."""
    for row in food_limits():
        crop = find_crop(row.matrix)
        if row.value is None or not row.value or row.days.since is None or not crop.is_known or crop.name != row.matrix:
            continue
        day = row.days.since.isoformat()
        at, above = format(row.value, "f"), format(row.value + row.value / 1000, "f")
        assert food(row.parameter, row.matrix, day, at).outcome is Outcome.PASS, row
        assert food(row.parameter, row.matrix, day, above).outcome is Outcome.WARN, row
