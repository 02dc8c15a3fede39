"""Does one function record for programs and for pages, corrections among it?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.app_parts import World, running_world

ID = "0191d5a0-0000-4000-8000-00000000c0de"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("recording")) as running:
        yield running


def correction(world: World, **members: Any) -> dict[str, Any]:
    """A harvest of the co-op, and what says that it did not happen."""
    body = {"kind": "harvest", "payload": {"quantity": {"value": "7", "unit": "kg"}}}
    logged = world.made(f"/api/v1/batches/{world.batch}/events", body, "coop")
    return {
        "kind": "correction",
        "payload": {"did_not_occur": True},
        "corrects": logged["id"],
        "reason": "记到别的批次去了",
        **members,
    }


def test_a_correction_names_what_it_corrects_and_why(world: World) -> None:
    before = world.get(f"/api/v1/batches/{world.batch}").json()["balance"]

    answer = world.post(f"/api/v1/batches/{world.batch}/events", correction(world), "coop", **{"Idempotency-Key": ID})

    assert answer.status_code == 201
    assert answer.json()["id"] == f"urn:uuid:{ID}"
    assert world.get(f"/api/v1/batches/{world.batch}").json()["balance"] == before


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"corrects": "urn:uuid:x"}, "/corrects"),
        ({"corrects": f"urn:uuid:{ID[:-1]}0"}, "/corrects"),
        ({"reason": ""}, "/reason"),
    ],
)
def test_a_correction_of_nothing_or_for_no_reason_is_refused(
    world: World, members: dict[str, Any], pointer: str
) -> None:
    answer = world.post(f"/api/v1/batches/{world.batch}/events", correction(world, **members), "coop")

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


def test_waiting_for_a_proof_is_asked_for_by_one_word(world: World) -> None:
    path = f"/api/v1/batches/{world.batch}/events?wait=for+me"

    answer = world.post(path, correction(world), "coop")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/wait"


def test_why_a_sealed_record_did_not_occur_is_read_by_its_parties_alone(world: World) -> None:
    """The reason is free text: it may name whoever the sealed record hides."""
    reason = "裘点货说货还没到"
    body = {"kind": "correction", "payload": {"did_not_occur": True}, "corrects": world.receipt["id"], "reason": reason}
    logged = world.made(f"/api/v1/batches/{world.batch}/events?wait=proof", body, "retailer")
    addresses = [
        *(f"/api/v1/batches/{world.batch}/{what}" for what in ("events", "bundle", "verdicts")),
        f"/api/v1/entries?from={logged['index']}",
        f"/api/v1/entries/{logged['index']}",
        f"/t/{world.code}",
        f"/t/{world.code}?lang=en",
    ]

    public = {address: world.get(address).text for address in addresses}

    telling = (reason, world.receipt["id"], world.parties["retailer"])
    events = world.get(addresses[0]).json()["items"]
    assert {address: [one for one in telling if one in text] for address, text in public.items()} == {
        address: [world.receipt["id"]] if address.endswith("/events") else [] for address in addresses
    }
    assert [set(one) for one in events if one["id"] == logged["id"]] == [{"id", "seq", "index", "leaf"}]
    assert reason in world.get(addresses[4], "coop").text


@pytest.mark.parametrize(
    ("members", "pointer"),
    [({"corrects": f"urn:uuid:{ID}", "reason": "记错"}, "/corrects"), ({"reason": "记错"}, "/reason")],
)
@pytest.mark.parametrize("kind", ["harvest", "store_in", "batch_split"])
def test_only_a_correction_names_what_it_corrects(
    world: World, kind: str, members: dict[str, Any], pointer: str
) -> None:
    """A harvest that restates another one is a second harvest: the goods would be there twice."""
    payload: dict[str, Any] = {
        "harvest": {"quantity": {"value": "90", "unit": "kg"}},
        "store_in": {"township": "十河镇"},
        "batch_split": {"outputs": [{"quantity": {"value": "1", "unit": "kg"}}] * 2},
    }[kind]
    size = world.size

    answer = world.post(f"/api/v1/batches/{world.batch}/events", {"kind": kind, "payload": payload, **members}, "coop")

    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, "not-a-correction")]
    assert world.size == size
