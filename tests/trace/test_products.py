"""What an amount of a product is measured in."""

import pytest

from trace.products import dimension_of
from trace.quantity import Dimension
from trace.reference import products


def test_herbs_are_weighed_and_pigs_are_counted() -> None:
    assert dimension_of("HB-BS") is Dimension.MASS
    assert dimension_of("AN-PIG") is Dimension.HEAD


def test_every_product_of_the_table_has_a_unit_that_we_know() -> None:
    assert {dimension_of(code) for code in products()} == {Dimension.MASS, Dimension.HEAD}


def test_an_unknown_product_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        dimension_of("HB-XX")
