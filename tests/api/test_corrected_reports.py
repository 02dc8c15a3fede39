"""What becomes of hold and case when a laboratory says its supervision report anew? The last word is judged, the first one stays.

The hold goes by what the facts say now (design.md 2: "rules run again; both versions stay visible"). A case that is open ends by
its own steps alone (procedure_penalty_record.csv, sample_result: S06 to S09), and no step of it is a laboratory's second thought.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.aside.db import AsideStore
from api.keeper import Keeper
from tests.api.app_parts import AT, World
from tests.api.case_parts import FAILED, cases, on, papers, run, running_cases
from tests.api.test_sampled_party import is_sound
from trace.ledger.canonical import decode_value
from trace.queries import open_holds

PASSED = {
    **FAILED,
    "items": [{"item": "T-SO2", "value": "41.2", "unit": "mg/kg", "limit": "150", "judgement": "pass"}],
    "conclusion": "pass",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_cases(tmp_path) as running:
        on(running, "2026-09-10", 13)
        yield running


@pytest.fixture
def keeper(world: World) -> Keeper:
    """One that has run all along, as on a node that was never off."""
    return Keeper(world.node, papers(world), AsideStore(world.operational))


def reported(world: World, payload: dict[str, Any]) -> str:
    """Of the co-op's batch; the id of the statement."""
    body = {"kind": "lab_report", "occurred_at": AT, "payload": payload}
    return str(world.made(f"/api/v1/batches/{world.batch}/events", body, "laboratory")["id"])


def said_anew(world: World, report: str, payload: dict[str, Any] | None) -> None:
    """None: there was no such report."""
    again = {"restated": {"kind": "lab_report", "occurred_at": AT, "payload": payload}}
    told = again if payload else {"did_not_occur": True}
    body = {"kind": "correction", "corrects": report, "reason": "小数点抄错", "payload": told}
    world.made(f"/api/v1/batches/{world.batch}/events", body, "laboratory")


def states(world: World) -> list[tuple[str, str]]:
    return [(row["procedure"], row["state"]) for row in cases(world)]


def is_held(world: World) -> bool:
    with world.node.reading() as reads:
        return bool(open_holds(reads.connection, [world.batch]))


def conclusions(world: World) -> list[str]:
    """Of the batch's reports as they were logged, in the order of the log."""
    with world.node.reading() as reads:
        said: list[Any] = [decode_value(row.statement) for row in reads.chain_rows(world.batch)]
    return [one["payload"]["conclusion"] for one in said if one["kind"] == "lab_report"]


@pytest.mark.parametrize("again", [PASSED, None])
def test_a_failure_taken_back_frees_the_goods_and_leaves_its_case_to_the_officials(
    world: World, keeper: Keeper, again: dict[str, Any] | None
) -> None:
    report = reported(world, FAILED)
    run(world, keeper.look())
    assert (is_held(world), states(world)) == (True, [("sample_result", "fail_reported")])

    said_anew(world, report, again)
    run(world, keeper.look())

    assert (is_held(world), states(world)) == (False, [("sample_result", "fail_reported")])
    assert conclusions(world) == ["fail"]  # the first version stands in the log as it was said
    assert is_sound(world)


def test_a_failure_said_anew_before_anybody_looked_opens_no_case(world: World, keeper: Keeper) -> None:
    said_anew(world, reported(world, FAILED), PASSED)
    run(world, keeper.look())

    assert (is_held(world), states(world)) == (False, [])
    assert is_sound(world)


def test_a_pass_said_anew_as_a_failure_opens_its_case_once(world: World, keeper: Keeper) -> None:
    """As it would have, had it been said at once: no slip, and nobody's patience, keeps a failure out of its procedure."""
    report = reported(world, PASSED)
    run(world, keeper.look())
    assert (is_held(world), states(world)) == (False, [])

    said_anew(world, report, FAILED)
    for _ in range(2):
        run(world, keeper.look())

    assert (is_held(world), states(world)) == (True, [("sample_result", "fail_reported")])
    assert is_sound(world)
