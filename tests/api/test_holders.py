"""Whom does a receipt let read? Anybody in the trade may write one; what its parties alone read opens by the owner's act."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.app_parts import World, running_world, send_to
from tests.api.page_parts import signed_in

V1 = "/api/v1"
SPRAYED = {"input_kind": "pesticide", "name": "无名", "active": ["苯醚甲环唑"]}
"""A co-op owes more than that of a pesticide: a question is raised."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The retailer wrote a receipt on the co-op's batch; a question about it is open."""
    with running_world(tmp_path) as running:
        body = {"kind": "input_use", "occurred_at": "2026-05-01T08:00:00+08:00", "payload": SPRAYED}
        running.made(f"{V1}/batches/{running.batch}/events", body, "coop")
        yield running


def open_kinds(world: World, who: str) -> list[str]:
    items = world.get(f"{V1}/batches/{world.batch}/events", who).json()["items"]
    return [one["kind"] for one in items if "kind" in one]


def test_a_receipt_on_a_stranger_s_batch_opens_nothing(world: World) -> None:
    batch = f"{V1}/batches/{world.batch}"

    assert "holder" not in world.get(batch, "retailer").json()
    assert world.get(f"{batch}/downstream", "retailer").status_code == 404
    assert open_kinds(world, "retailer") == open_kinds(world, "neighbour")
    assert {"receipt", "flag_raised"} <= set(open_kinds(world, "coop")) - set(open_kinds(world, "retailer"))
    page = signed_in(world, "retailer").get(f"/m/batches/{world.batch}").text
    assert "货主的发运或交货记录里没有写您" in page
    assert f"/m/records/{world.receipt['index']}" in page  # its own words
    assert "无名" not in page


def test_whom_the_owner_sent_the_goods_to_reads_what_their_parties_read(world: World) -> None:
    send_to(world, "retailer")
    batch = f"{V1}/batches/{world.batch}"

    assert world.get(batch, "retailer").json()["holder"] == world.parties["retailer"]
    assert world.get(f"{batch}/downstream", "retailer").status_code == 200
    assert "receipt" in open_kinds(world, "retailer")
    assert "salt" in world.get(f"{V1}/entries/{world.receipt['index']}", "retailer").json()
    assert "holder" not in world.get(batch, "neighbour").json()
    assert "货主的发运" not in signed_in(world, "retailer").get(f"/m/batches/{world.batch}").text


def test_who_was_sent_the_goods_and_never_had_them_reads_nothing(world: World) -> None:
    send_to(world, "neighbour")

    assert "holder" not in world.get(f"{V1}/batches/{world.batch}", "neighbour").json()
    assert "holder" not in world.get(f"{V1}/batches/{world.batch}", "retailer").json()


def test_a_question_is_for_the_owner_and_the_office(world: World) -> None:
    """Of those who read the batch in private, too (vocabulary, flag_raised: owner and officials)."""
    send_to(world, "retailer")

    assert {who: "flag_raised" in open_kinds(world, who) for who in ("coop", "official", "auditor", "retailer")} == {
        "coop": True,
        "official": True,
        "auditor": True,
        "retailer": False,
    }
