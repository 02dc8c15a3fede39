"""G03 for plants: 农药管理条例 art. 34; 食品安全法 art. 49; 中医药法 art. 22; the ministry's notices with their days."""

from datetime import date

import pytest

from trace.reference.inputs import pesticide_bans, pesticide_restrictions
from trace.rules import CropClass, Outcome, Unstated, crop_class_of, input_lawful, parse_crop_class
from trace.rules.pesticides import Toxicity, parse_toxicity

NEW_YEAR = date(2026, 1, 1)


def test_omethoate_was_lawful_on_wheat_in_may_2026() -> None:
    """公告736: sale and use of 氧乐果 are banned from 2026-06-01; the day before is free."""
    verdict = input_lawful(["氧乐果"], date(2026, 5, 31), CropClass.GRAIN)

    assert verdict.outcome is Outcome.PASS
    assert verdict.reasons == ("ban-comes-later",)


def test_omethoate_is_banned_on_every_crop_from_the_first_of_june_2026() -> None:
    """农药管理条例 art. 34; 公告736, row 51 of the table, read on a page."""
    verdict = input_lawful(["氧乐果"], date(2026, 6, 1), CropClass.GRAIN)

    assert verdict.outcome is Outcome.BLOCK
    assert not verdict.unverified
    assert verdict.article == "L-PEST 34; 公告736"
    assert verdict.rows == ("pesticides_banned 51 2026-06-01 page",)
    assert verdict.remedy == ("report-to-officials", "correct-if-mistaken")


@pytest.mark.parametrize(
    "name",
    [
        "氧乐果",
        "氧 乐果",
        "氧乐果（40%）",
        "氧化乐果",
        "40%氧乐果乳油",
        "Omethoate",
        "1113-02-6",
        "CAS 1113-02-6",
        "氧乐果·氰戊菊酯",
    ],
)
def test_a_banned_substance_is_known_by_every_name(name: str) -> None:
    """公告736, however the label writes it."""
    assert input_lawful([name], date(2026, 7, 1), CropClass.GRAIN).outcome is Outcome.BLOCK


def test_a_name_inside_another_name_is_another_substance() -> None:
    """乙酰甲胺磷 (公告2552: not on vegetables) is not 甲胺磷 (公告322: on no crop)."""
    verdict = input_lawful(["乙酰甲胺磷"], NEW_YEAR, CropClass.GRAIN)

    assert verdict.outcome is Outcome.PASS
    assert verdict.reasons == ()


def test_one_banned_ingredient_of_several_is_enough() -> None:
    """农药管理条例 art. 34."""
    assert input_lawful(["吡虫啉", "克百威"], date(2026, 6, 1), CropClass.GRAIN).outcome is Outcome.BLOCK


def test_compounds_of_mercury_arsenic_and_lead_are_banned_as_classes() -> None:
    """公告199: 汞制剂, 砷类, 铅类."""
    for name in ("氯化汞", "砷酸铅", "甲基砷酸钙"):
        assert input_lawful([name], NEW_YEAR, CropClass.GRAIN).outcome is Outcome.BLOCK


@pytest.mark.parametrize(
    "row", [row for row in pesticide_bans() if not row.citation.is_firm], ids=lambda row: row.name_zh
)
def test_a_ban_from_memory_warns_and_never_blocks(row: object) -> None:
    """No row that nobody has read may block (甲胺磷, 林丹, 百草枯 …)."""
    verdict = input_lawful([row.name_zh], NEW_YEAR, CropClass.VEGETABLE)  # type: ignore[attr-defined]

    assert (verdict.outcome, verdict.unverified) == (Outcome.WARN, True)


def test_every_firm_ban_blocks_on_its_first_day_and_not_before() -> None:
    """公告199, 1586, 2032, 2445, 2552, 536, 736: 18 + 10 + 2 + 1 + 2 + 4 + 4 substances whose notice was read."""
    firm = [row for row in pesticide_bans() if row.citation.is_firm]

    assert len(firm) == 41
    for row in firm:
        assert row.days.since is not None
        assert input_lawful([row.name_zh], row.days.since, CropClass.GRAIN).outcome is Outcome.BLOCK, row.name_zh
        before = date.fromordinal(row.days.since.toordinal() - 1)
        assert input_lawful([row.name_zh], before, CropClass.GRAIN).outcome is Outcome.PASS, row.name_zh


@pytest.mark.parametrize("crop", ["vegetable", "mushroom", "fruit", "melon", "tea", "herb"])
def test_dimethoate_is_barred_from_food_crops_since_august_2019(crop: str) -> None:
    """公告2552: not on vegetables, melons and fruit, tea, fungi, herbs from 2019-08-01."""
    assert input_lawful(["乐果"], date(2019, 8, 1), CropClass(crop)).outcome is Outcome.BLOCK
    assert input_lawful(["乐果"], date(2019, 7, 31), CropClass(crop)).outcome is Outcome.PASS
    assert input_lawful(["乐果"], date(2019, 8, 1), CropClass.GRAIN).outcome is Outcome.PASS


def test_where_the_crop_decides_it_has_to_be_known() -> None:
    """公告2552 names crops; a record without one cannot be judged."""
    verdict = input_lawful(["乐果"], NEW_YEAR, Unstated.UNSTATED)

    assert (verdict.outcome, verdict.reasons) == (Outcome.WARN, ("crop-unknown",))


def test_an_unknown_crop_warns_even_for_a_harmless_product() -> None:
    assert input_lawful(["吡虫啉"], NEW_YEAR, None).reasons == ("crop-unknown",)
    assert input_lawful(["吡虫啉"], NEW_YEAR, Unstated.UNSTATED).outcome is Outcome.PASS


def test_an_unknown_substance_warns() -> None:
    verdict = input_lawful(["神奇一号"], NEW_YEAR, CropClass.GRAIN)

    assert (verdict.outcome, verdict.reasons) == (Outcome.WARN, ("substance-unknown",))


def test_what_only_a_quality_test_names_is_no_known_pesticide() -> None:
    assert input_lawful(["水分"], NEW_YEAR, CropClass.GRAIN).reasons == ("substance-unknown",)


def test_a_record_without_any_ingredient_warns() -> None:
    assert input_lawful([], NEW_YEAR, CropClass.GRAIN).reasons == ("substance-missing",)


@pytest.mark.parametrize("toxicity", ["高毒", "剧毒", " 剧毒 "])
@pytest.mark.parametrize("crop", ["vegetable", "mushroom", "fruit", "melon", "tea", "herb", "aquatic plants"])
def test_highly_toxic_products_are_barred_from_food_crops_and_herbs(crop: str, toxicity: str) -> None:
    """农药管理条例 art. 34; 食品安全法 art. 49; 中医药法 art. 22: whatever the substance, also one that was lawful in May."""
    verdict = input_lawful(["氧乐果"], date(2026, 5, 31), CropClass(crop), toxicity=toxicity)

    assert verdict.outcome is Outcome.BLOCK
    assert verdict.article == "L-PEST 34; L-FSL 49; L-TCM 22"


@pytest.mark.parametrize("toxicity", ["中等毒", "低毒", "微毒", "低毒（原药高毒）"])
def test_milder_products_are_not(toxicity: str) -> None:
    """The label's class is the product's; 原药高毒 speaks of the technical material."""
    assert input_lawful(["阿维菌素"], NEW_YEAR, CropClass.HERB, toxicity=toxicity).outcome is Outcome.PASS


def test_highly_toxic_products_are_not_barred_from_grain_by_this_article() -> None:
    assert input_lawful(["吡虫啉"], NEW_YEAR, CropClass.GRAIN, toxicity="高毒").outcome is Outcome.PASS


def test_a_toxicity_that_nobody_understands_warns_and_a_missing_one_is_said() -> None:
    assert input_lawful(["吡虫啉"], NEW_YEAR, CropClass.HERB, toxicity="好毒").reasons == ("toxicity-unknown",)
    silent = input_lawful(["乐果"], date(2019, 1, 1), CropClass.HERB)
    assert (silent.outcome, "toxicity-not-stated" in silent.reasons) == (Outcome.PASS, False)  # 中等毒 in the table
    unsaid = input_lawful(["氧乐果"], date(2026, 5, 1), CropClass.HERB)
    assert (unsaid.outcome, "toxicity-not-stated" in unsaid.reasons) == (Outcome.PASS, True)


def test_the_five_classes_are_read_as_words_and_as_digits() -> None:
    assert [parse_toxicity(text) for text in ("1", "2", "中等毒", "低毒(原药高毒)", "slightly toxic", "?")] == [
        Toxicity.ACUTE,
        Toxicity.HIGH,
        Toxicity.MODERATE,
        Toxicity.LOW,
        Toxicity.SLIGHT,
        None,
    ]


def test_use_outside_the_label_is_barred() -> None:
    """农药管理条例 art. 34; 农产品质量安全法 art. 29."""
    outside = input_lawful(["吡虫啉"], NEW_YEAR, CropClass.HERB, crop_on_label=False)
    within = input_lawful(["吡虫啉"], NEW_YEAR, CropClass.HERB, crop_on_label=True)

    assert (outside.outcome, outside.article) == (Outcome.BLOCK, "L-PEST 34; L-APQSL 29")
    assert within.outcome is Outcome.PASS


def test_fipronil_may_coat_the_seed_of_maize_and_nothing_else() -> None:
    """公告1157: all crops except seed coating of some dry-land crops such as maize, from 2009-10-01."""
    coated = input_lawful(["氟虫腈"], NEW_YEAR, CropClass.MAIZE, is_seed_coating=True)
    sprayed = input_lawful(["氟虫腈"], NEW_YEAR, CropClass.MAIZE)
    on_herb = input_lawful(["氟虫腈"], NEW_YEAR, CropClass.HERB, is_seed_coating=True)

    assert [one.outcome for one in (coated, sprayed, on_herb)] == [Outcome.PASS, Outcome.BLOCK, Outcome.WARN]
    assert on_herb.reasons[0] == "exception-unclear"


def test_a_crop_named_too_broadly_for_a_ban_on_one_of_its_kind_warns() -> None:
    """公告2445 bars 氟苯虫酰胺 from rice: grain may be rice, maize is none. 公告274: oilseed may be peanut."""
    assert input_lawful(["氟苯虫酰胺"], NEW_YEAR, CropClass.GRAIN).reasons == ("crop-too-coarse",)
    assert input_lawful(["氟苯虫酰胺"], NEW_YEAR, CropClass.MAIZE).outcome is Outcome.PASS
    assert input_lawful(["丁酰肼"], NEW_YEAR, CropClass.OILSEED).reasons == ("crop-too-coarse",)
    assert input_lawful(["丁酰肼"], NEW_YEAR, CropClass.PEANUT).outcome is Outcome.BLOCK


def test_a_restriction_from_memory_never_blocks() -> None:
    """毒死蜱 and 三唑磷 on vegetables, 氟苯虫酰胺 on rice, 氯化苦, 磷化铝, 壮根灵: not read at the source."""
    for row in pesticide_restrictions():
        for crop in CropClass:
            for name in () if row.citation.is_firm else row.name_zh.split(" and ")[0].split():
                assert not input_lawful([name], NEW_YEAR, crop).outcome.stops, (name, crop)


def test_products_of_the_table_have_the_class_that_a_ban_names() -> None:
    found = [crop_class_of(code) for code in ("HB-BS", "PC-CBS", "GR-MA", "GR-WH", "VG-XG", "VG-CB", "FR-WM", "AN-PIG")]

    assert [one and one.value for one in found] == [
        *("herb", "herb", "maize", "grain", "mushroom", "vegetable", "melon"),
        None,
    ]


def test_a_class_is_read_in_both_languages_and_from_a_product() -> None:
    words = ("蔬菜", "veg", "Vegetable", "HB-BS", "白芍", "茶叶", "花卉")

    assert [one and one.value for one in map(parse_crop_class, words)] == [
        *("vegetable", "vegetable", "vegetable", "herb", "herb", "tea"),
        None,
    ]
