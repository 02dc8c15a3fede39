"""The catalogue, the measures, the list powers and the effects of steps say what their tables say."""

import hashlib
from datetime import date
from pathlib import Path

import pytest

from credit import reference
from credit.reference.catalogue import CATALOGUE_VERSION, catalogue
from credit.reference.competence import find_power, level_of, powers
from credit.reference.effects import Opens, effects
from credit.reference.measures import Effect, Need, Start, Trigger, Until, measure_starts, measures, touches
from credit.reference.policies import policies
from credit.reference.procedures import procedures

LIST = "市场监督管理严重违法失信名单"
KINDS = {
    "record_entered",
    "record_ended",
    "measure_started",
    "measure_ended",
    "listing_started",
    "listing_ended",
    "hold_released",
    "case_opened",
}


def test_the_version_of_the_catalogue_is_that_of_these_bytes() -> None:
    """Whoever changes the table gives it a new version: records name the one that they were entered by."""
    table = Path(reference.__file__).parent / "credit_catalogue.csv"

    digest = hashlib.sha256(table.read_bytes()).hexdigest()
    assert (CATALOGUE_VERSION, digest[:16]) == ("credit_catalogue@1", "b08655d970b02cb4")


def test_an_item_says_everything_that_its_columns_say() -> None:
    item = catalogue()["P03"]

    assert (item.zh, item.en, item.direction) == ("行政处罚 一般", "Penalty, general", "bad")
    assert (item.severity, item.layer, item.confirm_rule) == ("general", "public", "penalty_record")
    assert (item.publicity, item.public_min_months, item.public_max_months) == ("public", 3, 12)
    assert (item.period_start, item.kept_months) == ("document_date", 60)
    assert (item.is_public, item.is_repairable, item.is_unverified) == (True, True, True)
    assert item.legal_basis == "L-PEN 48; P-NDRC36-B; P-NDRC36-C; P-SAMR107"


def test_a_sector_item_has_no_class_no_publicity_and_a_life() -> None:
    item = catalogue()["N09"]

    assert (item.severity, item.layer, item.period_start) == (None, "sector", "final_on")
    assert (item.public_min_months, item.public_max_months, item.kept_months) == (None, None, 36)
    assert (item.is_public, item.is_repairable, item.is_unverified) == (False, True, False)


@pytest.mark.parametrize("code", ["P01", *(f"G{n:02}" for n in range(1, 11)), *(f"N{n:02}" for n in range(1, 22))])
def test_trace_outcomes_and_penalties_by_simple_procedure_are_never_public(code: str) -> None:
    assert not catalogue()[code].is_public


def test_what_is_repaired_elsewhere_is_not_repaired_here() -> None:
    elsewhere = {code for code, item in catalogue().items() if item.direction == "bad" and not item.is_repairable}

    assert elsewhere == {"P06", "P07", "P08"}


def test_a_validity_bounds_what_no_number_of_months_does() -> None:
    assert catalogue()["G11"].kept_months is catalogue()["B02"].kept_months is None


def test_every_bad_item_has_a_class_exactly_in_the_public_layer() -> None:
    for item in catalogue().values():
        assert (item.severity is not None) == (item.direction == "bad" and item.layer == "public"), item.code


def test_every_item_of_a_policy_is_on_the_catalogue() -> None:
    for policy in policies().values():
        assert policy.items.keys() <= catalogue().keys()


def test_a_measure_says_everything_that_its_columns_say() -> None:
    found = measures()["S07"]

    assert (found.zh, found.direction) == ("暂停自行承诺开证 改为批批检测", "sanction")
    assert (found.kinds, found.never) == (("企业", "合作社", "收购者"), ("农户",))
    assert (found.blocks_trade, found.is_unverified) == (False, False)
    assert (measures()["S01"].is_unverified, measures()["S01"].kinds) == (True, ("all",))
    assert measures()["S08"].kinds == ("all sellers",)


def test_only_a_statutory_restriction_blocks_trade() -> None:
    assert {code for code, one in measures().items() if one.blocks_trade} == {"S06", "S09"}


def test_what_starts_what_is_read_from_the_words_of_the_measures() -> None:
    """By hand from start_rule; `as S07` of S08 includes its listing."""
    listed, term = Trigger.LISTED, Until.TERM

    assert measure_starts() == (
        Start(listed, "S01", None, term),
        Start(listed, "S02", None, term),
        Start(listed, "S03", None, term),
        Start(listed, "S04", None, term),
        Start(listed, "S05", Need.MEASURES_LIST, term),
        Start(listed, "S06", Need.RESTRICTION, Until.RESTRICTION),
        Start(listed, "S07", None, term),
        Start(listed, "S08", None, term),
        Start(listed, "S09", Need.RESTRICTION, Until.FIRST),
        Start(Trigger.FAILED_SAMPLE, "S08", None, term),
        Start(Trigger.IMPORTED, "S10", None, term),
    )


def test_every_measure_whose_rule_names_step_l27_starts_with_a_listing() -> None:
    named = {code for code, one in measures().items() if "step L27" in one.start_rule and one.direction == "sanction"}

    assert named <= {start.measure for start in measure_starts() if start.trigger is Trigger.LISTED}
    assert named == {"S01", "S02", "S03", "S04", "S05", "S07"}


def test_a_refusal_needs_a_measure_that_blocks_trade() -> None:
    refusing = {touch.measure: touch.act for touch in touches() if touch.effect is Effect.REFUSE}

    assert refusing == {"S06": "sell", "S09": "admit"}


@pytest.mark.parametrize(
    ("region", "level"),
    [
        ("340000", "province"),
        ("341600", "prefecture"),
        ("341602", "county"),
        ("341602103", None),
        ("34160", None),
        ("", None),
    ],
)
def test_the_level_of_an_authority_follows_from_its_region(region: str, level: str | None) -> None:
    assert level_of(region) == level


def test_market_supervision_may_list_from_the_day_its_order_is_in_force() -> None:
    before, since = (find_power("market-supervision", "341602", LIST, date(2021, *day)) for day in ((8, 31), (9, 1)))

    assert before is None
    assert since is not None
    assert (since.basis, since.upper_consent, since.is_unverified) == ("SAMR order 44", True, True)


def test_the_province_asks_nobody_above() -> None:
    power = find_power("market-supervision", "340000", LIST, date(2026, 11, 30))

    assert power is not None
    assert (power.upper_consent, power.is_unverified) == (False, False)


@pytest.mark.parametrize(
    ("kind", "region", "name"),
    [
        ("agriculture", "341602", LIST),
        ("medical-products", "340000", LIST),
        ("market-supervision", "341602103", LIST),
        ("market-supervision", "341602", "农产品黑名单"),
    ],
)
def test_nobody_else_has_a_list_power(kind: str, region: str, name: str) -> None:
    """The farm-stage bureau: lists need a law, regulation or central paper (P-GBF49)."""
    assert find_power(kind, region, name, date(2026, 11, 30)) is None


def test_another_register_that_was_adopted_answers_instead() -> None:
    assert find_power("market-supervision", "341602", LIST, date(2026, 11, 30), register=()) is None
    assert len(powers()) == 3


def test_every_step_with_effects_is_a_step_and_brings_known_kinds() -> None:
    for (procedure, step), brings in effects().items():
        assert step in procedures()[procedure].steps
        assert set(brings.kinds) - {"repair_end"} <= KINDS


def test_a_listing_brings_a_record_itself_and_its_measures_in_one_group() -> None:
    published, reinstated = effects()["listing", "L27"], effects()["listing", "L47"]

    assert published.kinds == ("record_entered", "listing_started", "measure_started")
    assert (published.item, published.with_dates_of) == ("P05", None)
    assert (reinstated.kinds, reinstated.item, reinstated.with_dates_of) == (published.kinds, "P05", "L27")


def test_a_failed_sample_brings_its_measure_and_no_other_outcome_does() -> None:
    confirmed = effects()["trace_outcome", "T06"]

    assert confirmed.kinds == ("record_entered", "measure_started")
    assert confirmed.measures_of == {"N09": "S08"}
    assert effects()["trace_outcome", "T13"].kinds == ("record_entered",)


def test_a_final_failure_opens_the_case_of_its_outcome() -> None:
    for step in ("S07", "S08", "S09"):
        assert effects()["sample_result", step].opens == Opens("trace_outcome", "T01", "N09")


def test_every_way_out_of_a_listing_ends_record_and_measures() -> None:
    ways = {step for (procedure, step), brings in effects().items() if "listing_ended" in brings.kinds}
    steps = procedures()["listing"].steps.values()

    assert ways == {one.code for one in steps if one.to_state in ("removed", "expired", "annulled")} - {"L28", "L48"}
    for step in ways:
        assert effects()["listing", step].kinds == ("listing_ended", "record_ended", "measure_ended")
