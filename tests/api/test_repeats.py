"""Is a request that comes again the same request? Its key stands for one record alone: nothing is lost behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.api.app_parts import AT, REGION, World, running_world
from tests.api.refusal_parts import check_refusal

V1 = "/api/v1"
KEY = "3f1c5a52-6d0e-4b53-9b39-0c6f3b1f7a10"
HARVEST = {
    "kind": "harvest",
    "occurred_at": AT,
    "payload": {"quantity": {"value": "12.50", "unit": "kg"}, "area_mu": "0.01", "operator": "厉秋收"},
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        yield running


@pytest.fixture
def other_batch(world: World) -> str:
    quantity = {"value": "500", "unit": "kg"}
    body = {"party": world.parties["coop"], "product": "HB-BS", "place": world.place, "quantity": quantity}
    return str(world.made(f"{V1}/batches", body, "coop")["id"])


def test_a_key_that_stands_for_a_record_of_one_batch_takes_none_of_another(world: World, other_batch: str) -> None:
    """Nobody hears that a record was kept which is not there."""
    first = world.post(f"{V1}/batches/{world.batch}/events", HARVEST, "coop", **{"Idempotency-Key": KEY})
    size = world.size

    other = world.post(f"{V1}/batches/{other_batch}/events", HARVEST, "coop", **{"Idempotency-Key": KEY})

    assert first.status_code == 201
    check_refusal(other, 409, "statement-id-reused", "/Idempotency-Key")
    assert world.size == size


def test_a_key_that_stands_for_a_split_of_one_batch_splits_no_other(world: World, other_batch: str) -> None:
    quantity = {"value": "5", "unit": "kg"}
    split = {"kind": "batch_split", "payload": {"outputs": [{"quantity": quantity}] * 2}}
    first = world.post(f"{V1}/batches/{world.batch}/events", split, "coop", **{"Idempotency-Key": KEY})
    size = world.size

    other = world.post(f"{V1}/batches/{other_batch}/events", split, "coop", **{"Idempotency-Key": KEY})

    assert first.status_code == 201, first.text
    check_refusal(other, 409, "statement-id-reused", "/Idempotency-Key")
    assert world.size == size


@pytest.mark.parametrize("what", ["harvest", "place", "batch"])
def test_a_key_that_stands_for_one_day_takes_no_other(world: World, what: str) -> None:
    coop = world.parties["coop"]
    path, body = {
        "harvest": (f"batches/{world.batch}/events", HARVEST),
        "place": ("places", {"party": coop, "region": REGION, "township": "十河镇", "name": "西洼"}),
        "batch": (
            "batches",
            {"party": coop, "product": "HB-BS", "place": world.place, "quantity": {"value": "9", "unit": "kg"}},
        ),
    }[what]
    day = {"occurred_at": "2026-09-01T08:00:00+08:00"}
    first = world.post(f"{V1}/{path}", {**body, **day}, "coop", **{"Idempotency-Key": KEY})
    size = world.size

    again = world.post(f"{V1}/{path}", {**body, **day}, "coop", **{"Idempotency-Key": KEY})
    day = {"occurred_at": "2026-09-02T08:00:00+08:00"}
    other = world.post(f"{V1}/{path}", {**body, **day}, "coop", **{"Idempotency-Key": KEY})

    assert (first.status_code, again.json()) == (201, first.json())
    check_refusal(other, 409, "statement-id-reused", "/Idempotency-Key")
    assert world.size == size


def test_a_request_that_leaves_the_time_to_the_node_is_the_same_a_minute_later(world: World) -> None:
    path, body = f"{V1}/batches/{world.batch}/events", {"kind": "harvest", "payload": HARVEST["payload"]}
    first = world.post(path, body, "coop", **{"Idempotency-Key": KEY})
    world.clock.at += timedelta(minutes=1)

    again = world.post(path, body, "coop", **{"Idempotency-Key": KEY})

    assert (first.status_code, again.json()) == (201, first.json())


def test_a_key_that_stands_for_one_correction_takes_none_of_another_record_nor_for_another_reason(
    world: World,
) -> None:
    path = f"{V1}/batches/{world.batch}/events"
    first, second = (world.made(path, HARVEST, "coop")["id"] for _ in range(2))
    void = {"kind": "correction", "payload": {"did_not_occur": True}, "corrects": first, "reason": "记错批次"}
    said = world.post(path, void, "coop", **{"Idempotency-Key": KEY})
    size = world.size

    again, *others = (
        world.post(path, {**void, **more}, "coop", **{"Idempotency-Key": KEY})
        for more in ({}, {"corrects": second}, {"reason": "重复记录"})
    )

    assert (said.status_code, again.json()) == (201, said.json())
    for other in others:
        check_refusal(other, 409, "statement-id-reused", "/Idempotency-Key")
    assert world.size == size
