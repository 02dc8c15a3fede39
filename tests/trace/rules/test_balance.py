"""G19: mass is conserved; bands of the tables flag.

No article sets a band: NY/T 4712 has the model of batches in and out, 农产品质量安全法 art. 39 the split.
"""

from decimal import Decimal

import pytest

from trace.quantity import Quantity, Unit
from trace.rules import (
    Outcome,
    drying_ratio,
    harvest_plausible,
    mass_balance,
    step_plausible,
    usual_yield,
    yield_per_mu,
)


def kg(text: str) -> Quantity:
    return Quantity(Decimal(text), Unit.KG)


@pytest.mark.parametrize(
    ("dry", "outcome"), [("329.9", "warn"), ("330", "pass"), ("500", "pass"), ("500.1", "warn"), ("550.1", "warn")]
)
def test_drying_white_peony_gives_a_third_to_a_half(dry: str, outcome: str) -> None:
    """Row PR-DRY-BS, read on a page: 0.33 to 0.50; above the cap 0.55 it still only flags."""
    verdict = mass_balance("PR-DRY-BS", kg("1000"), kg(dry))

    assert (verdict.outcome.value, verdict.unverified) == (outcome, False)
    assert verdict.rows == ("processes PR-DRY-BS - page",)


def test_more_out_than_in_blocks_by_a_milligram() -> None:
    assert mass_balance("PR-DRY-BS", kg("1000"), kg("1000.000001")).outcome is Outcome.BLOCK
    assert mass_balance(None, kg("1000"), kg("1000.000001")).outcome is Outcome.BLOCK
    assert mass_balance(None, kg("1000"), kg("1000")).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("boiled", "outcome"), [("105", "pass"), ("105.1", "warn"), ("110", "warn"), ("110.1", "block")]
)
def test_boiling_takes_up_water_up_to_its_cap(boiled: str, outcome: str) -> None:
    """Row PR-BOIL: 0.95 to 1.05, cap 1.10, partly from memory: unverified, unless mass appears from nowhere."""
    verdict = mass_balance("PR-BOIL", kg("100"), kg(boiled))

    assert (verdict.outcome.value, verdict.unverified) == (outcome, outcome != "block")


def test_what_is_split_off_may_be_less_than_the_whole() -> None:
    """农产品质量安全法 art. 39: children sum to at most the parent."""
    assert mass_balance("PR-SPLIT", kg("100"), kg("40")).outcome is Outcome.PASS
    assert mass_balance("PR-SPLIT", kg("100"), kg("100")).outcome is Outcome.PASS
    assert mass_balance("PR-SPLIT", kg("100"), kg("100.1")).outcome is Outcome.BLOCK
    assert mass_balance("PR-SPLIT", kg("100"), kg("40")).reasons == ("within-band",)
    assert mass_balance("PR-MERGE", kg("100"), kg("99")).outcome is Outcome.WARN


def test_units_are_reckoned_and_kinds_of_unit_are_not_mixed() -> None:
    """1 t is 2000 斤."""
    tonne, head = Quantity(Decimal(1), Unit.T), Quantity(Decimal(1), Unit.HEAD)

    assert mass_balance("PR-SORT", tonne, Quantity(Decimal(2000), Unit.JIN)).outcome is Outcome.PASS
    assert mass_balance("PR-SORT", tonne, Quantity(Decimal(2001), Unit.JIN)).outcome is Outcome.BLOCK
    assert mass_balance("PR-SLAUGHTER", head, kg("80")).reasons == ("units-differ",)


def test_an_unknown_process_warns_and_still_conserves_mass() -> None:
    assert mass_balance("PR-MAGIC", kg("100"), kg("50")).reasons == ("process-unknown",)
    assert mass_balance("PR-MAGIC", kg("100"), kg("101")).outcome is Outcome.BLOCK


def test_a_band_made_for_another_product_is_said() -> None:
    verdict = mass_balance("PR-DRY-BS", kg("1000"), kg("400"), "HB-JH")

    assert "process-not-for-product" in verdict.reasons
    assert mass_balance("PR-DRY-BS", kg("1000"), kg("400"), "HB-BS").outcome is Outcome.PASS


@pytest.mark.parametrize(("dry", "outcome"), [("999", "warn"), ("1000", "pass"), ("2000", "pass"), ("2000.1", "warn")])
def test_two_mu_of_white_peony_give_one_to_two_tonnes_dry(dry: str, outcome: str) -> None:
    """Row HB-BS: 500 to 1000 kg dry a mu and harvest."""
    assert yield_per_mu("HB-BS", Decimal(2), Decimal(dry), is_dry=True).outcome.value == outcome


def test_fresh_weight_has_a_band_of_its_own() -> None:
    """Row HB-BS: 1200 to 2000 kg fresh."""
    assert yield_per_mu("HB-BS", Decimal(1), Decimal(1500), is_dry=False).outcome is Outcome.PASS
    assert yield_per_mu("HB-BS", Decimal(1), Decimal(2100), is_dry=False).reasons == ("yield-outside-band",)


def test_a_yield_from_memory_is_unverified() -> None:
    """Row HB-DS is from memory: 200 to 350 kg dry."""
    verdict = yield_per_mu("HB-DS", Decimal(1), Decimal(351), is_dry=True)

    assert (verdict.outcome, verdict.unverified) == (Outcome.WARN, True)


def test_products_without_a_band_and_unknown_ones_do_not_pass_in_silence() -> None:
    assert yield_per_mu("VG-CB", Decimal(1), Decimal(100), is_dry=True).reasons == ("band-not-loaded",)
    assert yield_per_mu("HB-XX", Decimal(1), Decimal(100), is_dry=True).reasons == ("product-unknown",)


def test_an_area_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="above zero"):
        yield_per_mu("HB-BS", Decimal(0), Decimal(1), is_dry=True)


@pytest.mark.parametrize(("fresh", "outcome"), [("199", "warn"), ("200", "pass"), ("300", "pass"), ("301", "warn")])
def test_two_to_three_kilograms_of_fresh_root_make_one_dry(fresh: str, outcome: str) -> None:
    """Row HB-BS: 2.0 to 3.0 fresh for one dry."""
    assert drying_ratio("HB-BS", kg(fresh), kg("100")).outcome.value == outcome


def test_a_third_is_compared_exactly() -> None:
    """1/3 is above 0.33 and below 0.34: no rounding of floats decides."""
    assert mass_balance("PR-DRY-BZ", kg("3"), kg("1")).outcome is Outcome.WARN  # band 0.25 to 0.33
    assert mass_balance("PR-DRY-DS", kg("100"), kg("33")).outcome is Outcome.PASS  # band 0.22 to 0.33


def test_a_ratio_needs_two_weights() -> None:
    assert drying_ratio("HB-BS", kg("100"), kg("0")).reasons == ("units-differ",)
    assert drying_ratio("HB-BS", kg("100"), Quantity(Decimal(1), Unit.HEAD)).reasons == ("units-differ",)


@pytest.mark.parametrize(
    ("process", "product", "given", "reasons"),
    [
        ("PR-DRY-BS", "HB-BS", "334", ("within-band",)),
        ("PR-DRY-BS", "HB-BS", "333", ("drying-ratio-outside-band", "within-band")),
        ("PR-DRY-JH", "HB-JH", "125", ("within-band",)),  # 菊花: 0.125 to 0.20 of the step, 5.0 to 8.0 for one dry
        ("PR-DRY-JH", "HB-JH", "124", ("outside-band", "drying-ratio-outside-band")),
        ("PR-PEEL", "HB-BS", "800", ("within-band",)),
        ("PR-DRY-BS", "HB-SBP", "400", ("process-not-for-product", "band-not-loaded", "within-band")),
    ],
)
def test_a_step_that_dries_is_judged_by_its_own_band_and_by_that_of_the_herb(
    process: str, product: str, given: str, reasons: tuple[str, ...]
) -> None:
    """Rows PR-DRY-BS, PR-DRY-JH, PR-PEEL, HB-BS, HB-JH; 桑白皮 has no ratio, which is said."""
    assert set(step_plausible(process, kg("1000"), kg(given), product).reasons) == set(reasons)


@pytest.mark.parametrize(("kilograms", "outcome"), [("449", "warn"), ("450", "pass"), ("620", "pass"), ("621", "warn")])
def test_grain_is_judged_as_it_is_weighed(kilograms: str, outcome: str) -> None:
    """Row GR-WH: 450 to 620 kg a mu at trade moisture; a herb is judged fresh when it is cut."""
    assert harvest_plausible("GR-WH", Decimal(1), Decimal(kilograms)).outcome.value == outcome
    assert [str(usual_yield(one)) for one in ("GR-WH", "HB-BS", "VG-XG", "HB-XX")] == [
        *("450-620", "1200-2000"),
        *("None", "None"),
    ]
