"""Statements that wait: what is kept, for how long, and that two who sign at once lose nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.db import Operational
from api.migrations import migrate
from api.waiting import LIFE, LOGGED, Waiting, document_bytes
from api.waiting.db import WaitingRoom
from tests.api.app_parts import Clock, settings_in
from trace.payload import Opening

NOW = datetime(2026, 9, 10, tzinfo=UTC)
FIELDS = {"id": "urn:uuid:1", "kind": "key_added", "chain": "c" * 22, "payload": {"key": "did:key:z"}}
NEEDED = ("341602", None)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def room(tmp_path: Path, clock: Clock) -> WaitingRoom:
    settings = settings_in(tmp_path)
    settings.data_dir.mkdir(parents=True)
    migrate(settings)
    return WaitingRoom(Operational(settings.operational, clock))


def made(id: str = "urn:uuid:1", at: datetime = NOW, **more: Any) -> Waiting:
    return Waiting(id, document_bytes({**FIELDS, "id": id}), (), (), NEEDED, "p" * 22, at, **more)


def proof(name: str, value: str = "z1") -> dict[str, str]:
    return {"verificationMethod": f"did:key:{name}#{name}", "proofValue": value}


def test_exactly_what_was_put_in_comes_out(room: WaitingRoom) -> None:
    opening = Opening("commitment", bytes(32), {"a": ["文", 1]})
    put = Waiting("urn:uuid:1", document_bytes(FIELDS), (opening,), (proof("a"),), NEEDED, "p" * 22, NOW)

    room.add(put)

    assert room.find("urn:uuid:1") == put
    assert (
        put.document
        == b'{"chain":"cccccccccccccccccccccc","id":"urn:uuid:1","kind":"key_added","payload":{"key":"did:key:z"}}'
    )
    assert put.signers == ("did:key:a",)
    assert room.find("urn:uuid:2") is None


def test_it_may_be_signed_for_ten_days_and_no_longer(room: WaitingRoom, clock: Clock) -> None:
    room.add(made())

    clock.at = NOW + timedelta(days=10) - timedelta(seconds=1)
    assert room.all_open() != []
    assert room.add_proof("urn:uuid:1", proof("a")) is not None
    clock.at = NOW + timedelta(days=10)
    assert room.all_open() == []
    assert room.add_proof("urn:uuid:1", proof("b")) is None
    assert timedelta(days=10) == LIFE


def test_signatures_that_arrive_together_are_all_kept(room: WaitingRoom) -> None:
    room.add(made())
    names = [f"z{n}" for n in range(12)]

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda name: room.add_proof("urn:uuid:1", proof(name)), names))

    found = room.find("urn:uuid:1")
    assert found is not None
    assert sorted(found.signers) == sorted(f"did:key:{name}" for name in names)


def test_a_key_that_signs_again_replaces_its_proof(room: WaitingRoom) -> None:
    room.add(made())
    room.add_proof("urn:uuid:1", proof("a", "z1"))

    found = room.add_proof("urn:uuid:1", proof("a", "z2"))

    assert found is not None
    assert found.proofs == (proof("a", "z2"),)


def test_what_ended_stays_ended_and_is_forgotten_a_month_after_it_could_be_signed(
    room: WaitingRoom, clock: Clock
) -> None:
    room.add(made())
    room.end("urn:uuid:1", LOGGED, 7)
    room.end("urn:uuid:1", "key-taken")

    found = room.find("urn:uuid:1")
    assert found is not None
    assert (found.ended, found.index) == (LOGGED, 7)
    assert room.add_proof("urn:uuid:1", proof("a")) is None
    assert [one.id for one in room.asked_by("p" * 22)] == ["urn:uuid:1"]
    clock.at = NOW + timedelta(days=41)
    room.add(made("urn:uuid:2", clock.at))
    assert room.find("urn:uuid:1") is None
