"""A statement under a key that its party had ended is kept aside, and its sender hears what becomes of it (ledger §5)."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy.exc import OperationalError

import api.aside.db as aside_db
from api.aside import Aside
from api.aside.db import AsideStore
from api.aside.keeping import note_logged
from api.keeper import Keeper
from tests.api.app_parts import (
    COOP_KEY,
    CREATED,
    HARVEST,
    NEIGHBOUR_KEY,
    RETIRED_KEY,
    STRANGER_KEY,
    World,
    opening,
    running_world,
)
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import signed_statement

STATEMENTS = "/api/v1/statements"
MONTH = timedelta(days=30)
KEPT_ZH = (
    "签名用的密钥已经吊销，这条记录没有进账本。它已另外存放，到2026-10-10 12:00为止：请用有效的密钥重新签名、编号不变，"
    "或请本单位经办人、当地监管人员核实后代为记录。"
)
PLAIN_ZH = (
    "签名用的密钥已经吊销，这条记录没有记下来。请用有效的密钥重新签名，或请经办人代为记录；已经签好的那份请自己留存。"
)
FULL_ZH = (
    "签名用的密钥已经吊销，这条记录没有记下来。另外存放的位置已满，也没有存放；您手里签好的那份不受影响，请留存。"
    "请用有效的密钥重新签名，或请经办人代为记录。"
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        yield running


def store_of(world: World) -> AsideStore:
    store: AsideStore = world.client.app.state.aside  # type: ignore[attr-defined]
    return store


def send(world: World, statement: dict[str, Any], *openings: Any, who: str = "coop") -> Response:
    return world.post(STATEMENTS, {"statement": statement, "openings": list(openings)}, who)


def kept(world: World, number: int = 1) -> Aside | None:
    return store_of(world).find(f"urn:uuid:00000000-0000-4000-8000-{number:012d}")


def resigned(statement: dict[str, Any], *keys: PrivateKey) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(signed_statement(statement, keys, CREATED))
    return found


def by_somebody(operator: Any) -> dict[str, Any]:
    return {**HARVEST, "operator": {"commit": operator["commit"]}}


def test_it_is_kept_as_it_came_and_its_sender_is_told(world: World) -> None:
    size, operator = world.size, opening("厉秋收")
    statement = world.statement(1, RETIRED_KEY, payload=by_somebody(operator))

    answer = send(world, statement, operator)

    assert (answer.status_code, answer.json()["code"], world.size) == (409, "key-revoked", size)
    assert answer.json()["zh"] == KEPT_ZH
    assert "kept aside until 2026-10-10 12:00" in answer.json()["en"]
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["code"], fault["zh"]) == ("/statement/proof/0", "key-revoked", KEPT_ZH)
    one = kept(world)
    assert one is not None
    assert json.loads(one.statement) == statement
    assert one.statement == signed_statement(statement, [RETIRED_KEY], CREATED)  # to the byte
    assert [(opened.commit, opened.value) for opened in one.openings] == [(operator["commit"], "厉秋收")]
    assert one.opened["operator"] == "厉秋收"
    assert (one.state, one.party, one.region, one.kind_name, one.chain, one.key) == (
        *("waiting", world.parties["coop"], "341602", "harvest", world.batch),
        RETIRED_KEY.did,
    )
    assert (one.came_at, one.kept_until) == (world.clock.at, world.clock.at + MONTH)


def test_sent_again_it_is_kept_once_and_answered_the_same(world: World) -> None:
    first = send(world, world.statement(1, RETIRED_KEY)).json()
    world.clock.at += timedelta(days=3)

    again = send(world, world.statement(1, RETIRED_KEY)).json()

    assert {**again, "instance": ""} == {**first, "instance": ""}
    assert len(store_of(world).waiting_of(world.parties["coop"], 10)) == 1


def test_signed_anew_with_the_same_ended_key_it_is_the_same(world: World) -> None:
    """A device that signs at each try makes another `created`, and says the same."""
    statement = world.statement(1, RETIRED_KEY)
    send(world, statement)
    later = json.loads(signed_statement(statement, [RETIRED_KEY], "2026-09-10T03:06:00Z"))

    answer = send(world, later)

    assert answer.json()["zh"] == KEPT_ZH
    found = kept(world)
    assert found is not None
    assert json.loads(found.statement) == statement


def test_other_words_under_its_id_are_not_kept_and_the_answer_says_so(world: World) -> None:
    send(world, world.statement(1, RETIRED_KEY))

    answer = send(world, world.statement(1, RETIRED_KEY, payload={**HARVEST, "area_mu": "0.9"}))

    assert (answer.status_code, answer.json()["zh"]) == (409, PLAIN_ZH)
    found = kept(world)
    assert found is not None
    assert found.fields["payload"] == HARVEST


def test_its_party_signs_it_again_and_it_is_settled(world: World) -> None:
    statement = world.statement(1, RETIRED_KEY)
    send(world, statement)

    entered = send(world, resigned(statement, COOP_KEY))
    late = send(world, statement)

    assert entered.status_code == 201
    assert (late.status_code, late.json()["code"]) == (409, "statement-id-reused")
    assert late.json()["zh"] == f"这条记录已经在账本里，第{entered.json()['index']}号。不用再发。"
    one = kept(world)
    assert one is not None
    assert (one.state, one.index, one.statement, one.openings) == ("signed_again", entered.json()["index"], b"", ())


def test_the_node_finds_out_by_itself_that_it_was_signed_again(world: World) -> None:
    statement = world.statement(1, RETIRED_KEY)
    send(world, statement)
    entered = send(world, resigned(statement, COOP_KEY)).json()

    note_logged(world.node, store_of(world))

    one = kept(world)
    assert one is not None
    assert (one.state, one.index) == ("signed_again", entered["index"])
    assert store_of(world).waiting_ids() == []


def test_another_party_under_its_id_settles_nothing(world: World) -> None:
    """Who guessed the id could else make a neighbour's record go away."""
    send(world, world.statement(1, RETIRED_KEY))
    neighbour = world.parties["neighbour"]
    place = {"party": neighbour, "region": "341602", "township": "十河镇"}
    same_id = world.statement(1, NEIGHBOUR_KEY, kind="place_registered", actor=neighbour, chain="N" * 22, payload=place)
    taken = send(world, same_id, who="neighbour")

    note_logged(world.node, store_of(world))

    one = kept(world)
    assert taken.status_code == 201, taken.text
    assert one is not None
    assert one.state == "waiting"


NOT_KEPT = {
    "a stranger's key": lambda w: w.statement(1, STRANGER_KEY),
    "another party's key": lambda w: w.statement(1, NEIGHBOUR_KEY),
    "a stranger's beside the ended one": lambda w: resigned(w.statement(1), RETIRED_KEY, STRANGER_KEY),
    "another party's beside the ended one": lambda w: resigned(w.statement(1), RETIRED_KEY, NEIGHBOUR_KEY),
    "the ended key of another party": lambda w: w.statement(1, RETIRED_KEY, actor=w.parties["neighbour"]),
    "a batch that is not there": lambda w: w.statement(1, RETIRED_KEY, chain="B" * 22),
    "another log": lambda w: w.statement(1, RETIRED_KEY, origin="log.example/other"),
    "said to be in custody": lambda w: w.statement(1, RETIRED_KEY, custody="platform"),
    "a key for the party": lambda w: w.statement(
        1,
        RETIRED_KEY,
        chain=w.parties["coop"],
        kind="key_added",
        payload={"key": STRANGER_KEY.did, "authenticated": "by phone"},
    ),
    "changed after it was signed": lambda w: {
        **w.statement(1, RETIRED_KEY),
        "occurred_at": "2026-09-10T09:06:00+08:00",
    },
    "a payload with a fault": lambda w: w.statement(1, RETIRED_KEY, payload={**HARVEST, "area_mu": "many"}),
}


@pytest.mark.parametrize("what", list(NOT_KEPT))
def test_what_is_not_kept(world: World, what: str) -> None:
    answer = send(world, NOT_KEPT[what](world))

    assert answer.status_code in (403, 409, 422), answer.text
    assert "另外存放" not in answer.json()["zh"]
    assert kept(world) is None


def send_group(world: World, *statements: dict[str, Any]) -> Response:
    return world.post(STATEMENTS, {"group": [{"statement": one} for one in statements]}, "coop")


def test_of_a_group_each_is_kept_in_its_order(world: World) -> None:
    """What a device collected without a network: a batch that it opened, and what happened to it."""
    batch = {"product": "HB-BS", "township": "十河镇", "quantity": {"value": "20", "unit": "kg"}}
    opened = world.statement(9, RETIRED_KEY, kind="batch_opened", chain="Q" * 22, payload=batch)
    harvested = world.statement(2, RETIRED_KEY, chain="Q" * 22)

    answer = send_group(world, opened, harvested)

    assert (answer.status_code, answer.json()["code"], answer.json()["zh"]) == (409, "key-revoked", KEPT_ZH)
    assert answer.json()["errors"][0]["pointer"] == "/group/0/statement/proof/0"
    waiting = store_of(world).waiting_of(world.parties["coop"], 10)
    assert [one.kind_name for one in waiting] == ["batch_opened", "harvest"]
    assert send_group(world, opened, harvested).json()["zh"] == KEPT_ZH
    assert len(store_of(world).waiting_of(world.parties["coop"], 10)) == 2


def test_a_group_that_is_not_of_ended_keys_alone_is_not_kept_and_is_told_so(world: World) -> None:
    """The other statements of the group were not logged either, and nobody may think that all of it lies here."""
    answer = send_group(world, world.statement(1), world.statement(2, RETIRED_KEY))

    assert (answer.status_code, answer.json()["zh"]) == (409, PLAIN_ZH)
    assert answer.json()["errors"][0]["pointer"] == "/group/1/statement/proof/0"
    assert (kept(world, 1), kept(world, 2)) == (None, None)


def test_a_group_that_finds_no_room_is_not_kept_in_part(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside_db, "MOST_OF_A_PARTY", 2)

    answer = send_group(world, *(world.statement(number, RETIRED_KEY) for number in (1, 2, 3)))

    assert (answer.status_code, answer.json()["zh"]) == (409, FULL_ZH)
    assert store_of(world).waiting_ids() == []


def test_a_group_that_was_signed_again_hears_where_it_stands(world: World) -> None:
    late = [world.statement(number, RETIRED_KEY) for number in (1, 2)]
    send_group(world, *late)
    entered = send_group(world, *(resigned(one, COOP_KEY) for one in late)).json()["items"]

    answer = send_group(world, *late)

    assert answer.json()["zh"] == f"这条记录已经在账本里，第{entered[0]['index']}号。不用再发。"
    assert store_of(world).waiting_ids() == []


LIMITS = [("MOST_OF_A_PARTY", 2), ("MOST", 2), ("BYTES_OF_A_PARTY", 1_800), ("BYTES", 1_800)]
"""A harvest of the test has about 700 bytes: two of them fit into 1,800."""


@pytest.mark.parametrize(("limit", "value"), LIMITS)
def test_when_it_is_full_nothing_is_kept_and_the_sender_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(aside_db, limit, value)
    for number in (1, 2):
        assert send(world, world.statement(number, RETIRED_KEY)).json()["zh"] == KEPT_ZH

    answer = send(world, world.statement(3, RETIRED_KEY))

    assert (answer.status_code, answer.json()["code"], answer.json()["zh"]) == (409, "key-revoked", FULL_ZH)
    assert "not kept aside either" in answer.json()["en"]
    assert kept(world, 3) is None
    assert send(world, world.statement(2, RETIRED_KEY)).json()["zh"] == KEPT_ZH  # what is kept is kept


def test_what_was_settled_makes_room(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside_db, "MOST_OF_A_PARTY", 1)
    send(world, world.statement(1, RETIRED_KEY))
    send(world, resigned(world.statement(1), COOP_KEY))

    assert send(world, world.statement(2, RETIRED_KEY)).json()["zh"] == KEPT_ZH


def test_one_party_s_limit_is_no_other_s(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside_db, "MOST_OF_A_PARTY", 1)
    send(world, world.statement(1, RETIRED_KEY))
    neighbour, key = world.parties["neighbour"], NEIGHBOUR_KEY.did
    revoked = {"kind": "key_revoked", "payload": {"key": key, "why": "lost"}}
    world.made(f"/api/v1/parties/{neighbour}/events", revoked, "official")

    answer = send(world, world.statement(2, NEIGHBOUR_KEY, actor=neighbour), who="neighbour")

    assert answer.json()["zh"] == KEPT_ZH


def test_after_a_month_it_is_gone_to_the_last_byte(world: World) -> None:
    operator = opening("厉秋收")
    send(world, world.statement(1, RETIRED_KEY, payload=by_somebody(operator)), operator)
    file = world.node.settings.operational
    assert "厉秋收".encode() in file.read_bytes()

    world.clock.at += MONTH - timedelta(seconds=1)
    assert kept(world) is not None
    world.clock.at += timedelta(seconds=1)
    note_logged(world.node, store_of(world))

    assert kept(world) is None
    assert "厉秋收".encode() not in file.read_bytes()
    assert operator["commit"].encode() not in file.read_bytes()


def test_once_it_is_settled_its_words_are_gone_from_the_file(world: World) -> None:
    operator = opening("厉秋收")
    statement = world.statement(1, RETIRED_KEY, payload=by_somebody(operator))
    send(world, statement, operator)
    send(world, resigned(statement, COOP_KEY), operator)

    note_logged(world.node, store_of(world))

    file = world.node.settings.operational.read_bytes()
    assert "厉秋收".encode() not in file
    assert statement["proof"][0]["proofValue"].encode() not in file
    world.clock.at += MONTH
    assert kept(world) is None  # what became of it is known for a month more


def test_nothing_of_it_is_logged_by_the_program_or_shown_to_others(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    operator = opening("厉秋收")
    statement = world.statement(1, RETIRED_KEY, payload=by_somebody(operator))

    send(world, statement, operator)
    send(world, resigned(statement, COOP_KEY), operator)
    note_logged(world.node, store_of(world))

    said = "\n".join(f"{record.getMessage()} {vars(record)}" for record in caplog.records)
    for private in ("厉秋收", operator["commit"], operator["salt"], statement["id"], world.parties["coop"]):
        assert private not in said
    assert caplog.records


def test_a_file_that_takes_nothing_leaves_the_plain_refusal(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process holds the lock for too long, or the disk is full."""

    def locked(_those: list[Aside]) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr(store_of(world), "keep", locked)

    answer = send(world, world.statement(1, RETIRED_KEY))

    assert (answer.status_code, answer.json()["zh"]) == (409, PLAIN_ZH)


def test_the_keeper_lets_go_of_it_without_anybody_asking(world: World) -> None:
    operator = opening("厉秋收")
    send(world, world.statement(1, RETIRED_KEY, payload=by_somebody(operator)), operator)
    documents = world.client.app.state.documents  # type: ignore[attr-defined]
    world.clock.at += MONTH

    asyncio.run(Keeper(world.node, documents, store_of(world)).look())

    assert "厉秋收".encode() not in world.node.settings.operational.read_bytes()


def test_twenty_at_once_are_kept_once(world: World) -> None:
    statement = world.statement(1, RETIRED_KEY)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: send(world, statement).json()["zh"], range(20)))

    assert set(answers) == {KEPT_ZH}
    assert len(store_of(world).waiting_of(world.parties["coop"], 30)) == 1
