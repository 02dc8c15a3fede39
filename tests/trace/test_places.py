"""Regions and townships."""

import pytest

from trace.places import is_region, is_township


@pytest.mark.parametrize("code", ["341602", "341600", "340000", "310115", "320508", "341602114"])
def test_a_listed_code_or_a_county_of_a_listed_prefecture_is_a_region(code: str) -> None:
    assert is_region(code)


@pytest.mark.parametrize("code", ["", "110101", "3416", "341602999", "34160２", "谯城区", "340099", " 341602"])
def test_anything_else_is_none(code: str) -> None:
    assert not is_region(code)


def test_the_townships_of_the_home_district_are_known_by_name() -> None:
    assert is_township("341602", "十河镇")
    assert is_township("341602114", "十河镇")
    assert is_township("341602", "谯城经济开发区")
    assert not is_township("341602", "十河")
    assert not is_township("341602", "三林镇")


def test_elsewhere_and_where_the_region_is_unknown_any_township_is_taken() -> None:
    assert is_township("310115", "三林镇")
    assert is_township(None, "三林镇")
