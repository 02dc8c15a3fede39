"""The carried tables are whole, and say what they say elsewhere."""

import pytest

from trace import reference


def test_each_table_has_the_rows_that_its_readme_counts() -> None:
    counts = {table: len(reference.rows(table)) for table in reference.TABLES}

    assert counts == {
        "vocabulary": 47,
        "payloads": 381,
        "products": 49,
        "processes": 22,
        "tests": 27,
        "division_codes": 77,
        "gates": 22,
        "field_duties": 8,
        "pesticides_banned": 56,
        "pesticides_restricted": 17,
        "vet_banned_substances": 26,
        "input_products": 46,
        "limits_herb": 179,
        "herb_banned_residues_33": 33,
        "limits_food_selected": 252,
        "crop_groups": 94,
        "substance_names": 98,
    }


def test_white_peony_root_is_a_herb_weighed_in_kilograms() -> None:
    product = reference.products()["HB-BS"]

    assert (product.name_zh, product.name_en) == ("白芍 (亳芍)", "white peony root")
    assert (product.product_class, product.regime, product.default_unit) == ("herb", "herb", "kg")
    assert product.required_tests == ("T-MOIST", "T-ASH", "T-SO2", "T-METAL5", "T-PEST33", "T-ASSAY")


def test_boiling_a_test_item_and_a_township_are_found_by_code() -> None:
    assert reference.processes()["PR-BOIL"].name_zh == "煮 (白芍)"
    assert reference.tests()["T-SO2"].unit == "mg/kg"
    assert reference.divisions()["341602114"].name == "十河镇"


def test_every_required_test_of_a_product_is_in_the_test_table() -> None:
    named = {code for product in reference.products().values() for code in product.required_tests}

    assert named <= set(reference.tests())


def test_every_payload_row_belongs_to_a_kind_of_the_vocabulary_and_the_other_way_round() -> None:
    assert {row.kind for row in reference.payload_rows()} == set(reference.vocabulary())


def test_a_table_that_is_not_carried_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        reference.rows("../vocabulary")
