"""Good facts enter once a day, all in one group, and each once."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.auditing import run_audit
from api.earned import enter_earned
from credit.queries import list_cases, records_of_subject
from tests.api.app_parts import AT, REGION, World, running_world
from tests.api.pages.test_member_earlier import hand_over
from trace.ledger.entry import parse_entry


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        yield running


def items(world: World, who: str = "coop") -> list[tuple[str, str]]:
    with world.node.reading() as reads:
        rows = records_of_subject(reads.connection, world.parties[who])
    return [(row["item"], row["anchor"]) for row in rows]


def enter(world: World, day: datetime) -> int:
    world.clock.at = day
    return asyncio.run(enter_earned(world.node, day))


def test_a_month_of_records_in_time_earns_one_record_when_it_is_closed(world: World) -> None:
    """September closes on the 8th of October, when nothing of it can come within seven days any more."""
    world.made(
        f"/api/v1/batches/{world.batch}/events",
        {
            "kind": "harvest",
            "occurred_at": "2026-09-10T08:00:00+08:00",
            "payload": {"quantity": {"value": "1", "unit": "kg"}},
        },
        "coop",
    )
    early = enter(world, datetime(2026, 10, 7, 4, tzinfo=UTC))
    due = enter(world, datetime(2026, 10, 8, 4, tzinfo=UTC))
    again = enter(world, datetime(2026, 10, 8, 5, tzinfo=UTC))

    assert (early, due, again) == (0, 1, 0)
    assert items(world) == [("G01", "2026-09-30")]


def test_its_entries_link_to_nothing_and_the_audit_finds_each_earned(world: World) -> None:
    world.made(
        f"/api/v1/batches/{world.batch}/events",
        {
            "kind": "harvest",
            "occurred_at": "2026-09-10T08:00:00+08:00",
            "payload": {"quantity": {"value": "1", "unit": "kg"}},
        },
        "coop",
    )
    before = world.size
    enter(world, datetime(2026, 10, 8, 4, tzinfo=UTC))
    with world.node.reading() as reads:
        entries = [parse_entry(row.entry) for row in reads.rows(before, world.size)]
        cases = list_cases(reads.connection)

    assert entries
    assert not [link for one in entries for link in one.links]
    assert cases == []
    assert run_audit(world.node.settings, world.node.genesis, envelopes=False).ok


def told(world: World, who: str, kind: str, **payload: Any) -> dict[str, Any]:
    """A record on the co-op's batch of 2026-09-10, as another payload names it."""
    body = {"kind": kind, "occurred_at": AT, "payload": payload}
    receipt = world.made(f"/api/v1/batches/{world.batch}/events", body, who)
    return {name: receipt[name] for name in ("chain", "seq", "leaf")}


def passed(world: World, kind: str, **more: Any) -> None:
    told(world, "laboratory", "lab_report", items=[CLEAN], conclusion="pass", report_kind=kind, **more)


def drawn(world: World, **more: Any) -> dict[str, Any]:
    sheet = {"sample_no": "CY-1", "sample_kind": "supervision", "quantity": {"value": "1", "unit": "kg"}}
    return told(world, "laboratory", "sample_taken", **sheet, **more)


def let_in(world: World) -> None:
    """At a market of the district, on a test at its gate."""
    body = {"name": "示例市场", "legal_form": "enterprise", "roles": ["market"], "region": REGION}
    world.parties["market"] = world.made("/api/v1/parties", body, "official")["id"]
    world.add_token("market", "member", party=world.parties["market"])
    test = {"method": "快速检测", "result": "pass", "tested_at": AT}
    amount = {"value": "10", "unit": "kg"}
    told(world, "market", "market_admission", market="示例市场", quantity=amount, decision="admitted", test=test)


def in_october(world: World) -> tuple[list[str], list[str]]:
    """What seller and buyer have earned when September is closed, and that the audit finds each earned."""
    enter(world, datetime(2026, 10, 8, 4, tzinfo=UTC))
    assert run_audit(world.node.settings, world.node.genesis, envelopes=False).ok
    seller, buyer = ([item for item, _ in items(world, who)] for who in ("coop", "neighbour"))
    return sorted(seller), sorted(buyer)


def test_a_test_that_passed_before_the_sale_is_the_seller_s(world: World) -> None:
    """It owns nothing any more, and its harvest of September was in time all the same."""
    passed(world, "self")
    hand_over(world, "coop", "neighbour")

    assert in_october(world) == (["G01", "G03"], [])


def test_a_test_that_passed_after_the_sale_is_the_buyer_s(world: World) -> None:
    hand_over(world, "coop", "neighbour")
    passed(world, "self")

    assert in_october(world) == (["G01"], ["G03"])


def test_a_market_s_check_before_the_sale_is_the_seller_s(world: World) -> None:
    let_in(world)
    hand_over(world, "coop", "neighbour")

    assert in_october(world) == (["G01", "G06"], [])


def test_a_supervision_sample_is_of_whom_it_was_drawn_from_though_its_report_came_after_the_sale(world: World) -> None:
    sample = drawn(world)
    hand_over(world, "coop", "neighbour", "1249.5")
    passed(world, "supervision", sample=sample)

    assert in_october(world) == (["G01", "G05"], [])


def test_a_supervision_sample_is_of_whom_its_sheet_names_though_it_never_had_the_goods(world: World) -> None:
    passed(world, "supervision", sample=drawn(world, sampled=world.parties["neighbour"]))

    assert in_october(world) == (["G01"], ["G05"])


def test_an_own_test_that_failed_and_was_held_is_the_owner_s_of_that_day(world: World) -> None:
    """G04: goods that are held are not sold; it is earned when the day is over."""
    failed = {**CLEAN, "value": "412", "judgement": "fail"}
    said = {"items": [failed], "conclusion": "fail", "report_kind": "self", "cma_no": "示例-000000"}
    told(world, "laboratory", "lab_report", **said)

    assert in_october(world) == (["G01", "G04"], [])


CLEAN = {"item": "T-SO2", "value": "40", "unit": "mg/kg", "limit": "150", "judgement": "pass"}
