"""What a caller hears of the rules: with a fact what followed from it, with a refused act why and what lifts it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from .app_parts import AT, World, running_world

V1 = "/api/v1"
KEY = "3f1c5a52-6d0e-4b53-9b39-0c6f3b1f7a11"
LATE = {
    "input_kind": "pesticide",
    "name": "戊唑醇悬浮剂",
    "active": ["戊唑醇"],
    "dose": {"value": "300", "unit": "mL"},
    "area_mu": "0.8",
    "used_until": "2026-09-01",
    "method": "喷雾",
    "target": "白芍 叶斑病",
    "maker": "示例农化有限公司",
    "source": "十河镇植保服务部",
    "interval_days": 28,
    "interval_source": "label",
    "label_photo": "ab" * 32,
    "toxicity": "低毒",
    "crop_on_label": True,
}
"""A truthful word, told after a harvest of 10 September: nine days before it, where the label asks for 28."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        running.clock.at += timedelta(hours=1)
        yield running


def event(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "occurred_at": AT, "payload": payload}


def path(world: World) -> str:
    return f"{V1}/batches/{world.batch}/events"


def test_a_fact_that_holds_the_batch_is_taken_and_says_so(world: World) -> None:
    made = world.made(path(world), event("input_use", LATE), "coop")

    held = {"chain": world.batch, "rule": "G05@1", "reasons": ["inside-interval"], "article": "L-APQSL 29; L-VET 40"}
    assert made["verdicts"] == [
        {
            "kind": "verdict",
            **held,
            "outcome": "hold",
            "remedy": ["test-what-was-used", "two-officials-lift", "correct-if-mistaken"],
        },
        {"kind": "hold_placed", **held},
    ]


def test_a_field_that_a_co_op_owes_is_asked_for_in_the_answer(world: World) -> None:
    made = world.made(path(world), event("harvest", {"quantity": {"value": "12", "unit": "kg"}}), "coop")

    assert made["verdicts"] == [
        {
            "kind": "flag_raised",
            "chain": world.batch,
            "rule": "duties@1",
            "reasons": ["fields-missing"],
            "article": "L-APQSL 27",
        }
    ]


def test_sent_again_it_has_the_same_answer(world: World) -> None:
    headers = {"Idempotency-Key": KEY}
    first = world.post(path(world), event("input_use", LATE), "coop", **headers)
    world.made(path(world), event("store_in", {"township": "十河镇"}), "coop")

    again = world.post(path(world), event("input_use", LATE), "coop", **headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert len(first.json()["verdicts"]) == 2
    assert again.json() == first.json()


def test_an_act_on_a_held_batch_is_refused_with_the_hold_and_since_when(world: World) -> None:
    made = world.made(path(world), event("input_use", LATE), "coop")
    label = event("labels_issued", {"count": 10})

    refused = world.post(path(world), label, "coop")

    said = refused.json()
    assert (refused.status_code, said["code"], said["rule"]) == (409, "batch-held", "G20@1")
    assert [(one["chain"], one["seq"]) for one in said["evidence"]] == [(world.batch, made["seq"] + 2)]
    assert said["zh"].startswith("没有被接受：这批货从2026-09-")
    assert said["article"]
    assert said["reasons"] == ["ancestor-held"]
    assert said["remedy"] == ["lift-the-hold"]


def test_a_herb_leaves_when_what_the_law_wants_on_its_package_is_on_record(world: World) -> None:
    sold = {"quantity": {"value": "100", "unit": "kg"}, "to_region": "310115", "buyer": world.parties["retailer"]}
    bag = {"levels": [{"level": "bag", "count": 200}], "name": "白芍", "origin": "安徽省亳州市谯城区十河镇"}
    marked = {"packed_on": "2026-09-10", "supplier": "示例中药材专业合作社", "quality_mark": True}

    unpacked = world.post(path(world), event("dispatch", sold), "coop").json()
    world.made(path(world), event("packing", bag), "coop")
    unmarked = world.post(path(world), event("dispatch", sold), "coop").json()
    world.made(path(world), event("packing", {**bag, **marked}), "coop")
    made = world.made(path(world), event("dispatch", sold), "coop")

    assert [one["code"] for one in (unpacked, unmarked)] == ["package-incomplete", "package-incomplete"]
    assert unmarked["zh"] == "没有被接受：包装记录里还缺包装日期、供货单位、质量合格标志。补记包装后可以发运。"
    assert unmarked["rule"] == "G14@1"
    assert made["verdicts"] == []
