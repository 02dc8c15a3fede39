"""Substances, crops and figures are known however they are written."""

from decimal import Decimal

import pytest

from trace.reference import rows
from trace.reference.crops import find_crop, find_product
from trace.reference.substances import find_substance, keys_named
from trace.rules.measured import Measured, factor_between, parse_measured


def key(name: str) -> str | None:
    found = find_substance(name)
    return found.key if found else None


@pytest.mark.parametrize(
    ("name", "cas"),
    [
        ("克百威", "1563-66-2"),
        ("呋喃丹", "1563-66-2"),
        ("呋喃丹（克百威）", "1563-66-2"),
        ("Carbofuran", "1563-66-2"),
        ("CAS：1563-66-2", "1563-66-2"),
        ("ＳＯ２", "7446-09-5"),
        ("SO₂", "7446-09-5"),
        ("二氧化硫残留量", "7446-09-5"),
        ("铅（以Pb计）", "7439-92-1"),
        ("Pb", "7439-92-1"),
        ("黄曲霉毒素 B1", "1162-65-8"),
        ("非泼罗尼", "120068-37-3"),
        ("比久", "1596-84-5"),
    ],
)
def test_a_substance_is_known_by_its_names(name: str, cas: str) -> None:
    assert key(name) == cas


def test_total_and_inorganic_arsenic_are_two_substances() -> None:
    """GB 2762: total arsenic in wheat, inorganic arsenic in rice."""
    assert key("总砷") == key("砷") == "7440-38-2"
    assert key("无机砷") not in (None, "7440-38-2")


def test_unknown_and_ambiguous_names_mean_nothing() -> None:
    assert [key(name) for name in ("神奇一号", "", "黄曲霉毒素", "农药残留", "ANY 剧毒 or 高毒 product")] == [None] * 5


def test_every_row_of_a_ban_names_at_least_one_substance() -> None:
    unnamed = [row["name_zh"] for row in rows("pesticides_banned") if not keys_named(row["name_zh"])]
    unnamed += [row["name_zh"] for row in rows("herb_banned_residues_33") if not keys_named(row["name_zh"])]

    assert unnamed == []


def test_every_cas_number_has_its_check_digit() -> None:
    """The last digit is the sum of the others, counted from the right, times their place, modulo 10."""
    tables = ("pesticides_banned", "pesticides_restricted", "limits_herb", "limits_food_selected", "substance_names")
    for row in (row for table in tables for row in rows(table) if row["cas"]):
        digits = row["cas"].replace("-", "")
        total = sum(place * int(digit) for place, digit in enumerate(reversed(digits[:-1]), 1))
        assert total % 10 == int(digits[-1]), row["cas"]


@pytest.mark.parametrize("name", ["HB-BS", "白芍", "亳芍", "亳白芍", "白芍 (亳芍)", "white peony root", "白芍（亳芍）"])
def test_white_peony_is_known_by_its_names(name: str) -> None:
    assert find_crop(name).name == "白芍"


def test_slices_know_the_herb_they_are_made_of() -> None:
    slices = find_crop("炒白芍")

    assert (slices.product and slices.product.code, slices.base) == ("PC-CBS", "白芍")


def test_a_state_in_brackets_is_kept_apart_from_the_name() -> None:
    assert (find_crop("菊花（干）").name, find_crop("菊花（干）").state) == ("菊花", "干")


def test_common_names_of_vegetables_are_known_and_others_are_not() -> None:
    assert find_crop("西红柿").name == "番茄"
    assert find_product("VG-TO") is find_product("番茄") is not None
    assert (find_crop("神奇果").is_known, find_product("神奇果")) == (False, None)


def test_control_totals_of_the_limit_tables() -> None:
    """Sums over every figure, reckoned apart from the program: a figure that slips is seen here."""
    herb = sum(Decimal(row["limit"]) for row in rows("limits_herb") if row["limit"])
    food = sum(Decimal(row["limit"]) for row in rows("limits_food_selected") if row["limit"])
    listed = sum(Decimal(row["limit_mg_per_kg"]) for row in rows("herb_banned_residues_33"))

    assert (herb, food, listed) == (Decimal("9314.05"), Decimal("4573.64"), Decimal("1.46"))


@pytest.mark.parametrize(
    ("text", "loq", "measured"),
    [
        ("0.05", None, Measured(Decimal("0.05"))),
        ("＜0.01", None, Measured(None, Decimal("0.01"))),
        ("< 0.01", None, Measured(None, Decimal("0.01"))),
        ("<LOQ", "0.02", Measured(None, Decimal("0.02"))),
        ("未检出", None, Measured(None)),
        ("n.d.", None, Measured(None)),
        ("0.3", "0.1", Measured(Decimal("0.3"), Decimal("0.1"))),
    ],
)
def test_a_result_is_read(text: str, loq: str | None, measured: Measured) -> None:
    assert parse_measured(text, loq) == measured


@pytest.mark.parametrize("text", ["", "abc", "1e3", "-1", "1,000", ">0.1", "NaN", "0.1 mg/kg", "1" * 30])
def test_what_is_no_figure_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is no decimal"):
        parse_measured(text)


def test_factors_between_units_are_exact() -> None:
    assert factor_between("µg/kg", "mg/kg") == Decimal("0.001")
    assert factor_between("mg/kg", "μg/kg") == 1000
    assert (factor_between("%", "mg/kg"), factor_between("筐", "mg/kg")) == (None, None)
