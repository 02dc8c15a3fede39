"""A registration without what the law asks for is shown to the party and to its office, to nobody else, and holds nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.app_parts import REGION, World
from tests.api.office_parts import running_offices
from tests.api.page_parts import signed_in

COOP = {"name": "示例合作社", "legal_form": "co-op", "roles": ["grower"], "region": REGION}
MEMBER_HEADING, DESK_HEADING = "登记资料不全", "登记时缺少的内容"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_offices(tmp_path) as running:
        yield running


def registered(world: World, **said: Any) -> str:
    made: str = world.made("/api/v1/parties", {**COOP, **said}, "official")["id"]
    return made


def today_of(world: World, party: str) -> str:
    world.add_token(party, "member", party=party)
    return signed_in(world, party).get("/m/").text


def flags_of(world: World, region: str = REGION, query: str = "") -> str:
    world.add_token(region, "official", region=region)
    return signed_in(world, region).get(f"/desk/flags{query}").text


def test_a_co_op_without_code_and_address_reads_so_and_its_office_too(world: World) -> None:
    """GB 32100; NY/T 4712."""
    party = registered(world)

    seen = today_of(world, party)
    assert (MEMBER_HEADING in seen, "统一社会信用代码" in seen, "地址" in seen, "NY/T 4712" in seen) == (True,) * 4
    for page in (flags_of(world), signed_in(world, "official").get(f"/desk/parties/{party}").text):
        assert (DESK_HEADING in page, f'href="/desk/parties/{party}"' in page, "GB 32100" in page) == (True,) * 3


@pytest.mark.parametrize("form", ["household", "family-farm"])
def test_a_household_and_a_farm_owe_neither(world: World, form: str) -> None:
    """农产品质量安全法 art. 27 and field_duties.csv: 农户 are encouraged, not obliged."""
    party = registered(world, legal_form=form, township="十河镇")

    assert MEMBER_HEADING not in today_of(world, party)
    assert f'href="/desk/parties/{party}"' not in flags_of(world)


@pytest.mark.parametrize(
    ("form", "place", "is_asked"),
    [
        ("co-op", {}, True),
        ("co-op", {"area_mu": "6.5"}, False),
        ("co-op", {"place_kind": "store"}, False),  # an area is a plot's
        ("household", {}, False),
    ],
)
def test_the_area_of_a_plot_is_owed_by_a_co_op(world: World, form: str, place: dict[str, Any], is_asked: bool) -> None:
    """农产品质量安全法 art. 27."""
    party = registered(world, legal_form=form, uscc="91341602MA2N0000XJ", address="十河镇 1 号")
    said = {"party": party, "region": REGION, "township": "十河镇", **place}
    world.made("/api/v1/places", said, "official")

    seen = today_of(world, party)
    assert ("面积" in seen and "农产品质量安全法第27条" in seen) == is_asked == (MEMBER_HEADING in seen)


def test_another_office_reads_nothing_of_it_and_no_entry_says_so(world: World) -> None:
    party = registered(world)

    assert DESK_HEADING in flags_of(world)
    assert DESK_HEADING not in flags_of(world, "341621")
    with world.node.reading() as reads:
        assert len(reads.chain_rows(party)) == 1


def test_a_list_that_was_narrowed_shows_what_was_asked_for_alone(world: World) -> None:
    registered(world)

    assert DESK_HEADING not in flags_of(world, query="?q=白芍")
