"""Quantities: grammar, bounds, and exact amounts worked out by hand."""

from decimal import Decimal

import pytest

from trace.quantity import Dimension, Quantity, QuantityError, Unit, base_amount, parse_quantity


def faults_of(json: object, allowed: frozenset[Dimension] = frozenset(Dimension)) -> list[tuple[str, str]]:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(json, allowed)
    return [(fault.pointer, fault.code) for fault in caught.value.faults]


def test_value_and_unit_stay_as_they_were_entered() -> None:
    quantity = parse_quantity({"value": "12.50", "unit": "jin"})

    assert quantity == Quantity(Decimal("12.50"), Unit.JIN)
    assert str(quantity.value) == "12.50"


@pytest.mark.parametrize(
    ("value", "unit", "amount"),
    [
        ("1", "kg", 1_000_000),
        ("0.000001", "kg", 1),
        ("2", "g", 2_000),
        ("1.5", "t", 1_500_000_000),
        ("3", "jin", 1_500_000),  # 市斤 = 500 g
        ("0.001", "mL", 1),
        ("0.3", "L", 300_000),
        ("7", "head", 7),
        ("1", "m2", 3_000_000),  # in thirds of a square millimetre
        ("3", "mu", 6_000_000_000),  # 3 mu = 2,000 m2
        ("1", "mu", 2_000_000_000),
        ("999999999.123456", "kg", 999_999_999_123_456),
    ],
)
def test_an_amount_is_exact_in_its_base_unit(value: str, unit: str, amount: int) -> None:
    assert base_amount(parse_quantity({"value": value, "unit": unit})) == amount


def test_three_mu_are_two_thousand_square_metres_to_the_last_digit() -> None:
    assert base_amount(Quantity(Decimal(3), Unit.MU)) == base_amount(Quantity(Decimal(2000), Unit.M2))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("0", "not-positive"),
        ("0.00", "not-positive"),
        ("-1", "not-positive"),
        ("-0.5", "not-positive"),
        ("1e30", "not-a-decimal"),
        ("１２", "not-a-decimal"),
        ("1,000", "not-a-decimal"),
        (" 1", "not-a-decimal"),
        ("1 ", "not-a-decimal"),
        ("1\n", "not-a-decimal"),
        ("+1", "not-a-decimal"),
        ("", "not-a-decimal"),
        ("01", "not-a-decimal"),
        ("1.", "not-a-decimal"),
        (".5", "not-a-decimal"),
        ("0x10", "not-a-decimal"),
        ("NaN", "not-a-decimal"),
        ("1_000", "not-a-decimal"),
        ("--1", "not-a-decimal"),
        ("1234567890123456789", "too-precise"),
        ("1.234567890123456789", "too-precise"),
        ("9" * 5_000, "too-precise"),
        ("0.0000001", "too-precise"),
        ("1000000000.000001", "quantity-absurd"),
        ("1000000001", "quantity-absurd"),
        (12, "wrong-type"),
        (12.5, "wrong-type"),
        (True, "wrong-type"),
        (None, "wrong-type"),
    ],
)
def test_a_bad_value_is_named(value: object, code: str) -> None:
    assert faults_of({"value": value, "unit": "kg"}) == [("/value", code)]


def test_the_most_that_is_believed() -> None:
    assert base_amount(parse_quantity({"value": "1000000000", "unit": "kg"})) == 10**15
    assert faults_of({"value": "1000001", "unit": "t"}) == [("/value", "quantity-absurd")]
    assert faults_of({"value": "1000000001", "unit": "L"}) == [("/value", "quantity-absurd")]
    assert faults_of({"value": "10000001", "unit": "head"}) == [("/value", "quantity-absurd")]


def test_half_an_animal_is_too_precise() -> None:
    assert faults_of({"value": "1.5", "unit": "head"}) == [("/value", "too-precise")]
    assert base_amount(parse_quantity({"value": "2.0", "unit": "head"})) == 2


@pytest.mark.parametrize("unit", ["KG", "公斤", "", "ml", "kg "])
def test_an_unknown_unit_is_named(unit: str) -> None:
    assert faults_of({"value": "1", "unit": unit}) == [("/unit", "unknown-unit")]


def test_an_area_is_no_mass() -> None:
    assert faults_of({"value": "1", "unit": "mu"}, frozenset({Dimension.MASS})) == [("/unit", "unit-mismatch")]
    assert faults_of({"value": "1", "unit": "kg"}, frozenset({Dimension.AREA})) == [("/unit", "unit-mismatch")]


def test_everything_wrong_is_named_at_once() -> None:
    assert faults_of({"value": "x", "unit": "y", "a/b~": 1}) == [
        ("/a~1b~0", "unknown-field"),
        ("/value", "not-a-decimal"),
        ("/unit", "unknown-unit"),
    ]
    assert faults_of({}) == [("/value", "missing-field"), ("/unit", "missing-field")]


@pytest.mark.parametrize("json", [None, "1 kg", 5, ["1", "kg"]])
def test_something_else_than_an_object_is_no_quantity(json: object) -> None:
    assert faults_of(json) == [("", "wrong-type")]


def test_an_amount_that_no_statement_can_hold_is_not_rounded() -> None:
    with pytest.raises(ValueError, match="finer than the base unit"):
        base_amount(Quantity(Decimal("0.0000005"), Unit.KG))
