"""G07, G14, G18, G20: what has to be there before goods move, leave, enter."""

from datetime import date

import pytest

from trace.rules import EntryTest, Outcome, Standing, harvest_recorded, market_entry, no_open_hold, package_complete
from trace.rules.packages import FIELDS


def test_a_harvest_with_date_plot_and_quantity_may_move() -> None:
    """农产品质量安全法 art. 27 (3)."""
    assert harvest_recorded(date(2026, 9, 10)).outcome is Outcome.PASS


def test_a_harvest_without_one_of_the_three_may_not() -> None:
    """农产品质量安全法 art. 27 (3)."""
    day = date(2026, 9, 10)
    found = [
        harvest_recorded(None),
        harvest_recorded(day, has_place=False),
        harvest_recorded(day, has_quantity=False),
    ]

    assert [one.outcome for one in found] == [Outcome.BLOCK] * 3
    assert [one.reasons for one in found] == [
        ("harvest-date-missing",),
        ("harvest-place-missing",),
        ("harvest-quantity-missing",),
    ]
    assert {one.article for one in found} == {"L-APQSL 27"}


def test_a_package_with_the_five_statements_may_leave() -> None:
    """药品管理法 art. 48."""
    assert package_complete([]).outcome is Outcome.PASS


@pytest.mark.parametrize("field", [*FIELDS, "品名", "产地", "日期", "供货单位", "质量合格标志"])
def test_a_package_that_lacks_one_may_not(field: str) -> None:
    """药品管理法 art. 48: 品名 产地 日期 供货单位 质量合格标志."""
    verdict = package_complete([field])

    assert (verdict.outcome, verdict.article, verdict.unverified) == (Outcome.BLOCK, "L-DRUG 48", False)


def test_a_package_that_lacks_all_names_each() -> None:
    assert len(package_complete(FIELDS).reasons) == 5


def test_the_check_at_purchase_is_owed_too() -> None:
    """中医药法 art. 24."""
    verdict = package_complete(["purchase_check"])

    assert (verdict.outcome, verdict.article) == (Outcome.BLOCK, "L-TCM 24")


def test_a_field_that_the_law_does_not_name_warns() -> None:
    assert package_complete(["条形码"]).reasons == ("package-lacks-other",)


@pytest.mark.parametrize("proof", ["承诺达标合格证", "自检合格证明", "检验报告", "检疫证明", " 检验报告 "])
def test_a_proof_of_quality_opens_the_gate(proof: str) -> None:
    """农产品质量安全法 art. 39; 食品安全法 art. 64."""
    assert market_entry([proof], None).outcome is Outcome.PASS


def test_without_proof_a_test_that_passed_opens_it() -> None:
    """农产品质量安全法 art. 37."""
    assert market_entry([], EntryTest.PASSED).outcome is Outcome.PASS


def test_without_proof_and_test_entry_is_refused() -> None:
    """农产品质量安全法 arts 37, 39."""
    for proofs in ([], [""], ["  "]):
        verdict = market_entry(proofs, None)
        assert (verdict.outcome, verdict.reasons) == (Outcome.REFUSE, ("no-proof-no-test",))


def test_a_failed_test_refuses_whatever_the_paper_says() -> None:
    """农产品质量安全法 art. 37: what fails is not sold, and is reported."""
    assert market_entry(["承诺达标合格证"], EntryTest.FAILED).reasons == ("entry-test-failed",)


def test_a_proof_of_origin_alone_asks_for_a_test() -> None:
    """The wording of SAMR order 81 was not read: it warns, unverified."""
    verdict = market_entry(["产地证明"], None)

    assert (verdict.outcome, verdict.unverified, verdict.remedy) == (Outcome.WARN, True, ("test-at-the-gate",))
    assert market_entry(["产地证明", "检验报告"], None).outcome is Outcome.PASS


def test_a_paper_that_nobody_knows_does_not_pass_in_silence() -> None:
    assert market_entry(["村里的条子"], None).reasons == ("proof-unknown",)


def test_nothing_held_lets_an_act_pass() -> None:
    """食品安全法 art. 63; 农产品质量安全法 arts 34, 36."""
    assert no_open_hold([]).outcome is Outcome.PASS
    assert no_open_hold([Standing.OK, Standing.RELEASED]).outcome is Outcome.PASS


def test_one_held_or_recalled_ancestor_blocks() -> None:
    """农产品质量安全法 art. 36; 食品安全法 art. 63 for a recall."""
    held = no_open_hold([Standing.OK, Standing.HELD])
    recalled = no_open_hold([Standing.RECALLED])

    assert (held.outcome, held.article) == (Outcome.BLOCK, "L-APQSL 34; L-APQSL 36")
    assert (recalled.outcome, recalled.article) == (Outcome.BLOCK, "L-FSL 63")
    assert no_open_hold([Standing.RECALLED, Standing.HELD]).reasons == ("ancestor-held", "ancestor-recalled")
