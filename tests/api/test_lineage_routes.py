"""Splits, blends and transfers over HTTP, and the trace back and forward: who is answered what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.app_parts import AT, World, running_world, send_to
from trace.ledger.canonical import decode_value

V1 = "/api/v1"
KEY = "0a1c5a52-6d0e-4b53-9b39-0c6f3b1f7a11"
SPLIT = {"outputs": [{"quantity": {"value": "400", "unit": "kg"}}, {"quantity": {"value": "600.5", "unit": "kg"}}]}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        yield running


def events(batch: str) -> str:
    return f"{V1}/batches/{batch}/events"


def balance(world: World, batch: str) -> int:
    found: int = world.get(f"{V1}/batches/{batch}").json()["balance"]["base_units"]
    return found


def last_statements(world: World, count: int) -> list[dict[str, Any]]:
    with world.node.reading() as reads:
        rows = list(reads.rows(world.size - count, world.size))
    return [dict(decode_value(row.statement)) for row in rows]  # type: ignore[arg-type]


def split(world: World, payload: dict[str, Any] = SPLIT, key: str = "") -> dict[str, Any]:
    headers = {"Idempotency-Key": key} if key else {}
    answer = world.post(events(world.batch), {"kind": "batch_split", "payload": payload}, "coop", **headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def blend(world: World, *parts: tuple[str, str]) -> str:
    inputs = [{"batch": batch, "quantity": {"value": amount, "unit": "kg"}} for batch, amount in parts]
    total = sum(int(amount) for _, amount in parts)
    body = {
        "party": world.parties["coop"],
        "product": "HB-BS",
        "quantity": {"value": str(total), "unit": "kg"},
        "inputs": inputs,
    }
    made: str = world.made(f"{V1}/batches", body, "coop")["id"]
    return made


def test_a_split_answers_with_the_batches_that_it_made(world: World) -> None:
    made = split(world)

    assert set(made) == {"id", "chain", "seq", "index", "leaf", "verdicts", "items"}
    assert made["chain"] == world.batch
    first, second = made["items"]
    assert set(first) == {"id", "code"}
    assert [balance(world, one["id"]) for one in (first, second)] == [400_000_000, 600_500_000]
    assert balance(world, world.batch) == 250_000_000  # 1,250.5 - 400 - 600.5 kilograms, in milligrams
    part = world.get(f"{V1}/batches/{first['id']}").json()
    assert (part["product"], part["township"], part["owner"], part["code"]) == (
        "HB-BS",
        "十河镇",
        world.parties["coop"],
        first["code"],
    )


def test_a_split_that_is_sent_twice_makes_the_same_batches_once(world: World) -> None:
    first = split(world, key=KEY)
    size = world.size

    again = split(world, key=KEY)

    assert again == first
    assert world.size == size


def test_a_part_may_bring_its_own_id(world: World) -> None:
    named = {
        "outputs": [{"batch": "own-part-of-the-batch1", "quantity": {"value": "1", "unit": "kg"}}, SPLIT["outputs"][0]]
    }

    made = split(world, named)

    assert made["items"][0]["id"] == "own-part-of-the-batch1"


@pytest.mark.parametrize(
    ("payload", "status", "code", "pointer"),
    [
        ({"outputs": [SPLIT["outputs"][0]]}, 422, "too-few-batches", "/payload/outputs"),
        ({"outputs": "halves"}, 422, "wrong-type", "/payload/outputs"),
        (
            {"outputs": [{"quantity": {"value": "0", "unit": "kg"}}, SPLIT["outputs"][0]]},
            422,
            "not-positive",
            "/payload/outputs/0/quantity/value",
        ),
        (
            {"outputs": [{"quantity": {"value": "900", "unit": "kg"}}] * 2},
            409,
            "mass-exceeded",
            "/payload/outputs/1/quantity",
        ),
        ({}, 422, "missing-field", "/payload/outputs"),
    ],
)
def test_a_split_that_cannot_be_is_told_where(
    world: World, payload: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    size = world.size

    answer = world.post(events(world.batch), {"kind": "batch_split", "payload": payload}, "coop")

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert world.size == size


def test_somebody_elses_batch_is_not_split(world: World) -> None:
    answer = world.post(events(world.batch), {"kind": "batch_split", "payload": SPLIT}, "neighbour")

    assert (answer.status_code, answer.json()["code"]) == (403, "not-your-act")


def test_a_blend_says_in_the_same_group_that_it_is_one(world: World) -> None:
    first, second = (one["id"] for one in split(world)["items"])

    made = blend(world, (first, "100"), (second, "200"))

    kinds = [one["kind"] for one in last_statements(world, 4)]
    assert kinds == ["batch_opened", "batch_merged", "consumed", "consumed"]
    assert [balance(world, one) for one in (first, second, made)] == [300_000_000, 400_500_000, 300_000_000]


def test_a_blend_of_more_than_there_is_points_to_its_input(world: World) -> None:
    first, second = (one["id"] for one in split(world)["items"])
    body = {
        "party": world.parties["coop"],
        "product": "HB-BS",
        "quantity": {"value": "10", "unit": "kg"},
        "inputs": [
            {"batch": first, "quantity": {"value": "1", "unit": "kg"}},
            {"batch": second, "quantity": {"value": "9000", "unit": "kg"}},
        ],
    }

    answer = world.post(f"{V1}/batches", body, "coop")

    assert (answer.status_code, answer.json()["code"]) == (409, "mass-exceeded")
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/inputs/1/quantity"]


@pytest.mark.parametrize(("inputs", "merged"), [(1, 0), (2, 1), (400, 1)])
def test_a_batch_is_made_of_up_to_four_hundred(world: World, inputs: int, merged: int) -> None:
    """Of one it is no blend; 400 links fit into one entry of 60,000 bytes."""
    parts = split(world, {"outputs": [{"quantity": {"value": "3", "unit": "kg"}}] * 400})["items"]

    made = blend(world, *((one["id"], "1") for one in parts[:inputs]))

    kinds = [one["kind"] for one in last_statements(world, 1 + merged + inputs)]
    assert kinds == ["batch_opened", *["batch_merged"] * merged, *["consumed"] * inputs]
    assert {balance(world, one["id"]) for one in parts[:inputs]} == {2_000_000}
    assert balance(world, made) == inputs * 1_000_000


def test_four_hundred_and_one_inputs_are_refused_in_words(world: World) -> None:
    parts = split(world, {"outputs": [{"quantity": {"value": "1", "unit": "kg"}}] * 401})["items"]
    inputs = [{"batch": one["id"], "quantity": {"value": "1", "unit": "kg"}} for one in parts]
    body = {"party": world.parties["coop"], "product": "HB-BS", "quantity": {"value": "401", "unit": "kg"}}
    size = world.size

    answer = world.post(f"{V1}/batches", {**body, "inputs": inputs}, "coop")

    found = answer.json()
    assert (answer.status_code, found["code"], found["errors"][0]["pointer"]) == (422, "too-many-batches", "/inputs")
    assert "400" in found["zh"]
    assert "400" in found["en"]
    assert world.size == size


# ---- the trace -------------------------------------------------------------------------------------------------------


def test_everybody_may_ask_what_a_batch_was_made_from(world: World) -> None:
    first, second = (one["id"] for one in split(world)["items"])
    made = blend(world, (first, "100"), (second, "200"))

    answer = world.get(f"{V1}/batches/{made}/upstream")

    assert answer.status_code == 200
    found = answer.json()
    assert [one["id"] for one in found["items"]] == [second, first, world.batch]
    assert found["edges"] == sorted([[made, first], [made, second], [first, world.batch], [second, world.batch]])
    assert "holder" not in found["items"][2]  # a receipt that only its parties may open made it
    assert world.get(f"{V1}/batches/{world.batch}/upstream").json() == {"items": [], "edges": []}


@pytest.mark.parametrize(("who", "status"), [("coop", 200), ("retailer", 200), ("official", 200), ("auditor", 200)])
def test_what_was_made_of_a_batch_is_for_its_parties_their_office_and_the_auditor(
    world: World, who: str, status: int
) -> None:
    """The retailer has received what the co-op sent it, and so is its holder."""
    send_to(world, "retailer")
    first, second = (one["id"] for one in split(world)["items"])

    answer = world.get(f"{V1}/batches/{world.batch}/downstream", who)

    assert answer.status_code == status
    assert [one["id"] for one in answer.json()["items"]] == [first, second]
    assert answer.json()["edges"] == sorted([[first, world.batch], [second, world.batch]])


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        (None, 401, "unauthenticated"),
        ("administrator", 403, "scope-missing"),
        ("neighbour", 404, "not-found"),
        ("laboratory", 404, "not-found"),
        ("far official", 404, "not-found"),
    ],
)
def test_to_others_it_is_as_if_there_were_no_such_batch(world: World, who: str | None, status: int, code: str) -> None:
    answer = world.get(f"{V1}/batches/{world.batch}/downstream", who)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize("way", ["upstream", "downstream"])
def test_an_unknown_batch_has_no_trace(world: World, way: str) -> None:
    answer = world.get(f"{V1}/batches/{'A' * 22}/{way}", "auditor")

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert world.get(f"{V1}/batches/{world.batch}/{way}?depth=2", "auditor").status_code == 422


# ---- transfers -------------------------------------------------------------------------------------------------------


def test_goods_change_hands_by_an_offer_and_its_acceptance(world: World) -> None:
    neighbour = world.parties["neighbour"]
    amount = {"value": "1250.5", "unit": "kg"}
    offer = world.made(
        events(world.batch),
        {"kind": "transfer_offered", "occurred_at": AT, "payload": {"buyer": neighbour, "quantity": amount}},
        "coop",
    )
    named = {name: offer[name] for name in ("chain", "seq", "leaf")}
    acceptance = {"kind": "transfer_accepted", "payload": {"offer": named, "quantity": amount}}

    stranger = world.post(events(world.batch), acceptance, "retailer")
    world.made(events(world.batch), acceptance, "neighbour")

    assert (stranger.status_code, stranger.json()["code"]) == (403, "not-your-act")
    owners = {who: world.get(f"{V1}/batches/{world.batch}", who).json()["owner"] for who in (None, "neighbour", "coop")}
    coop = world.parties["coop"]
    assert owners == {None: coop, "neighbour": neighbour, "coop": coop}  # who bought is for its parties alone
    again = world.post(events(world.batch), acceptance, "neighbour")
    assert (again.status_code, again.json()["code"]) == (409, "offer-not-open")
