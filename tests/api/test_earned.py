"""Good facts enter once a day, all in one group, and each once."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.auditing import run_audit
from api.earned import enter_earned
from credit.queries import list_cases, records_of_subject
from tests.api.app_parts import World, running_world
from trace.ledger.entry import parse_entry


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        yield running


def items(world: World) -> list[tuple[str, str]]:
    with world.node.reading() as reads:
        rows = records_of_subject(reads.connection, world.parties["coop"])
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
