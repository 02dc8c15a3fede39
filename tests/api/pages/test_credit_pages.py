"""A member sees its own file with a sum that adds up; officials of its region see the same, nobody else does."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.earned import enter_earned
from tests.api.app_parts import World, running_world
from tests.api.case_parts import PENALTY, adopt, on, opened, running_cases, serve, step
from tests.api.page_parts import signed_in
from tests.api.pages.test_member_earlier import hand_over

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


def penalised(world: World) -> tuple[str, str]:
    """A general penalty of 2026-09-08 in the file, published; its case, and the page of the file at the desk."""
    on(world, "2026-09-10", 13)
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    step(world, case, "penalty_record", "P05", "second")
    for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE"):
        serve(world, case, code)
    step(world, case, "penalty_record", "P06", "first")
    step(world, case, "penalty_record", "P07", "third")
    return case, f"/desk/parties/{world.parties['coop']}"


def test_each_record_leads_to_what_it_rests_on(offices: World) -> None:
    case, path = penalised(offices)

    seen, own = (signed_in(offices, who).get(at).text for who, at in (("first", path), ("coop", "/m/credit")))

    assert re.search(rf'<a href="/desk/cases/{case}">来源：行政处罚信息录入，账本第[0-9]+号</a>', seen)
    assert re.search(rf'<a href="/m/notices/{case}">来源：行政处罚信息录入，账本第[0-9]+号</a>', own)


def test_a_good_record_leads_to_the_fact_that_earned_it(world: World) -> None:
    page = signed_in(world, "coop").get("/m/credit").text

    assert re.search(rf'<a href="/m/batches/{world.batch}">来源：采收，账本第[0-9]+号</a>', page)


def test_a_good_record_on_goods_that_were_sold_leads_to_what_the_party_may_open(tmp_path: Path) -> None:
    """Its own page of earlier goods; the office reads of goods where their owner is, and that is another district."""
    with running_world(tmp_path) as world:
        hand_over(world, "coop", "retailer")
        world.clock.at = OCTOBER
        asyncio.run(enter_earned(world.node, OCTOBER))
        page = signed_in(world, "coop").get("/m/credit").text
        seen = signed_in(world, "official").get(f"/desk/parties/{world.parties['coop']}").text
        earlier = signed_in(world, "coop").get(f"/m/batches/{world.batch}")

    assert re.search(rf'<a href="/m/batches/{world.batch}">来源：采收，账本第[0-9]+号</a>', page)
    assert earlier.status_code == 200
    assert "来源：采收" in seen
    assert f"/desk/batches/{world.batch}" not in seen


def test_a_cap_names_its_record_and_its_grade_beside_the_grade_by_points(offices: World) -> None:
    """producer_v1: 75.00 − 2.00 for a general penalty; its indicator begins at 0.00 and only goes down; cap B, by points C."""
    _case, path = penalised(offices)

    page = signed_in(offices, "first").get(path).text
    lines = amounts(page)

    assert "73.00 · 按评分为C级" in page
    assert "<dt>行政处罚 一般，2026年9月8日</dt><dd>−2.00</dd>" in page
    assert "行政处罚 一般（2026年9月8日）：最高B级" in page
    assert sum(map(hundredths, lines[:-1])) == hundredths(lines[-1]) == 7300
    assert "第一条记录满90天、在计的记录满5条以后评级；现在在计1条。" in page
    assert "生产者评分办法第1版" in page
