"""Fields by legal form: 农产品质量安全法 art. 27 obliges enterprises, co-ops and service bodies; households are encouraged."""

from collections.abc import Mapping

import pytest

from trace.rules import field_duties, owed_fields

BARE_USE = {"input_kind": "pesticide", "name": "吡虫啉"}


def fields(kind: str, payload: Mapping[str, object], form: str, gap: bool = False) -> list[str]:
    return [one.field for one in field_duties(kind, payload, form, gap)]


@pytest.mark.parametrize("form", ["enterprise", "co-op", "service-organisation"])
def test_obliged_bodies_owe_the_record_of_use(form: str) -> None:
    """农产品质量安全法 art. 27; 农药管理条例 arts 34, 36. The day of use defaults to the day of the record."""
    assert fields("input_use", BARE_USE, form) == [
        *("active", "dose", "area_mu", "used_until", "method", "target", "maker", "source"),
        *("interval_days", "interval_source", "crop_on_label"),
    ]


@pytest.mark.parametrize("form", ["household", "person"])
def test_households_owe_nothing(form: str) -> None:
    """农产品质量安全法 art. 27: encouraged, not obliged."""
    assert fields("input_use", BARE_USE, form) == []
    assert fields("harvest", {}, form) == []


def test_a_family_farm_owes_what_binds_all_but_people() -> None:
    """农药管理条例 art. 34 binds every user of a pesticide; arts 27 and 36 name other bodies."""
    assert fields("input_use", BARE_USE, "family-farm") == [
        "active",
        "interval_days",
        "interval_source",
        "crop_on_label",
    ]
    assert fields("harvest", {}, "large-grower") == []


def test_what_is_given_is_not_missing() -> None:
    given = {**BARE_USE, "active": ["吡虫啉"], "interval_days": 0, "crop_on_label": False, "interval_source": "label"}

    assert fields("input_use", given, "family-farm") == []


def test_an_empty_field_is_missing() -> None:
    assert "active" in fields("input_use", {**BARE_USE, "active": []}, "co-op")
    assert "maker" in fields("input_use", {**BARE_USE, "maker": ""}, "co-op")


def test_laws_of_pesticides_ask_nothing_of_a_fertiliser() -> None:
    """农药管理条例 arts 34, 36 speak of pesticides; 农产品质量安全法 art. 27 of every input."""
    assert fields("input_use", {"input_kind": "fertiliser"}, "co-op") == ["dose", "used_until", "method", "source"]


def test_gap_records_are_owed_where_the_place_is_a_gap_base() -> None:
    """中药材GAP: whoever works the base."""
    assert fields("planting", {}, "enterprise") == []
    assert fields("planting", {}, "household", gap=True) == ["area_mu"]
    assert fields("primary_processing", {}, "co-op", gap=True) == ["sulphur_used"]


def test_a_cell_with_two_laws_names_those_that_bind() -> None:
    dose = next(one for one in field_duties("input_use", BARE_USE, "co-op", False) if one.field == "dose")

    assert dose.basis == "L-APQSL 27; L-PEST 36"


def test_registered_bodies_owe_their_code_and_address() -> None:
    """GB 32100; NY/T 4712: five legal forms and authorities, not a family farm."""
    assert fields("party_registered", {}, "institution") == ["uscc", "address"]
    assert fields("party_registered", {}, "family-farm") == []


def test_an_area_is_a_plots_and_bought_goods_were_grown_elsewhere() -> None:
    assert fields("place_registered", {}, "co-op") == ["area_mu"]
    assert fields("place_registered", {"place_kind": "market"}, "co-op") == []
    assert fields("batch_opened", {}, "co-op") == ["place"]
    assert fields("batch_opened", {"inputs": [{}]}, "co-op") == []
    assert fields("batch_opened", {"seller": "…"}, "co-op") == []


def test_a_sample_has_a_task_where_officials_planned_it() -> None:
    """抽样单: number of the plan or task, for monitoring and supervision."""
    for kind, missing in (("entrusted", []), ("self", []), ("monitoring", ["task_no"]), ("supervision", ["task_no"])):
        given = {"sample_kind": kind, "seal_no": "1", "samplers": ["a", "b"]}
        assert fields("sample_taken", given, "institution") == missing


def test_a_buyer_is_named_one_way_or_the_other() -> None:
    """药品管理法 art. 57: the buyer; one without an account has a name alone."""
    assert fields("dispatch", {}, "co-op") == ["buyer"]
    assert fields("dispatch", {"buyer_name": "某商行"}, "co-op") == []


def test_a_market_sees_papers_or_a_test() -> None:
    """总局令81: who cannot show a proof is tested before the goods come in."""
    assert fields("market_admission", {"decision": "admitted"}, "enterprise") == ["proofs"]
    assert fields("market_admission", {"decision": "admitted", "test": {"result": "pass"}}, "enterprise") == []
    assert fields("market_admission", {"decision": "test-first"}, "enterprise") == []


def test_laboratories_owe_what_a_report_states() -> None:
    """农产品质量安全法 art. 48; every body but people. The day of issue defaults to the day of the record."""
    assert fields("lab_report", {"items": []}, "institution") == [
        *("report_no", "conclusion", "sample", "sample_no", "report_kind", "standard", "cma_no", "tested_on", "report"),
    ]


def test_a_form_can_mark_what_is_owed_before_anything_is_typed() -> None:
    assert owed_fields("harvest", "co-op", False) == ("area_mu",)
    assert owed_fields("no_such_kind", "co-op", False) == ()
