"""A member sees its own file with a sum that adds up; officials of its region see the same, nobody else does."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.earned import enter_earned
from tests.api.app_parts import World, running_world
from tests.api.case_parts import adopt, running_cases
from tests.api.page_parts import signed_in

HARVEST = {
    "kind": "harvest",
    "occurred_at": "2026-09-10T08:00:00+08:00",
    "payload": {"quantity": {"value": "1", "unit": "kg"}},
}
OCTOBER = datetime(2026, 10, 8, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("node")) as running:
        running.made(f"/api/v1/batches/{running.batch}/events", HARVEST, "coop")
        running.clock.at = OCTOBER
        asyncio.run(enter_earned(running.node, OCTOBER))
        yield running


def amounts(page: str) -> list[str]:
    """The points of every line of the sum, and the sum itself last."""
    begins = page.index("<details>", page.index('id="grade"'))
    inside = page[begins : page.index("</details>", begins)]
    return re.findall(r"<dd>(?:<strong>)?([−+]?[0-9]+\.[0-9]{2})", inside)


def hundredths(text: str) -> int:
    return int(text.replace("−", "-").replace("+", "").replace(".", ""))


def test_one_sees_what_one_earned_and_how_the_score_adds_up(world: World) -> None:
    """producer_v1: a base of 75.00, and half a point for a complete month (C02, flat for twelve months)."""
    page = signed_in(world, "coop").get("/m/credit").text
    *lines, total = amounts(page)

    assert "记录完整月" in page
    assert total == "75.50"
    assert sum(map(hundredths, lines)) == 7550
    assert "暂不评级" in page  # one record, 28 days after the first fact


def test_an_official_of_the_region_sees_the_same_file(world: World) -> None:
    own, seen = (
        signed_in(world, who).get(path).text
        for who, path in (("coop", "/m/credit"), ("official", f"/desk/parties/{world.parties['coop']}"))
    )

    assert amounts(own) == amounts(seen)


def test_another_party_and_another_region_see_nothing_of_it(world: World) -> None:
    neighbour = signed_in(world, "neighbour").get("/m/credit").text
    far = signed_in(world, "far official").get(f"/desk/parties/{world.parties['coop']}")
    public = world.get(f"/p/{world.parties['coop']}").text

    assert "记录完整月" not in neighbour
    assert far.status_code == 404
    assert "记录完整月" not in public


@pytest.fixture
def offices(tmp_path: Path) -> Iterator[World]:
    with running_cases(tmp_path) as running:
        yield running


@pytest.mark.parametrize(("sha256", "is_trial"), [("", False), ("ab" * 32, True)])
def test_the_score_is_a_trial_until_two_officials_adopt_these_very_rules(
    offices: World, sha256: str, is_trial: bool
) -> None:
    own, seen = "/m/credit", f"/desk/parties/{offices.parties['coop']}"
    before = [signed_in(offices, who).get(path).text for who, path in (("coop", own), ("first", seen))]

    adopt(offices, "policy_producer_v1", sha256)
    after = [signed_in(offices, who).get(path).text for who, path in (("coop", own), ("first", seen))]

    assert all('<p class="tag">试算</p>' in page and "没有机关批准" in page for page in before)
    assert [('<p class="tag">试算</p>' in page, "已由两位监管人员启用" in page) for page in after] == [
        (is_trial, not is_trial)
    ] * 2
    assert "这里不公布等级。" in offices.get(f"/p/{offices.parties['coop']}?lang=zh").text
