"""What a correction says anew is judged, kept and shown as that kind is: private fields, openings, who may read it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trace.bundles import kind_of
from trace.histories import record_view
from trace.ledger.errors import Forbidden
from trace.ledger.keys import PrivateKey
from trace.ledger.submission import Asked, Receipt

from .control_parts import BUYER, FIRST, GROWER, KEYS, LAB, SECOND, Control, control, kg
from .ledger.ledger_parts import NODE, NODE_CHAIN

FIELD = "f" * 22
AT = "2026-08-20T17:00:00+08:00"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Control]:
    """Whatever a test logs has to be sound: the audit finds every opening inside a correction."""
    with control(tmp_path) as found:
        found.open(FIELD)
        yield found
    assert found.check(tmp_path).ok


def restated(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"restated": {"kind": kind, "occurred_at": AT, "payload": payload}}


def corrected(world: Control, first: Receipt, kind: str, payload: dict[str, Any], actor: str = GROWER) -> Receipt:
    return world.say(FIELD, "correction", restated(kind, payload), actor=actor, corrects=first.id, reason="看错了磅")


def shown(world: Control, receipt: Receipt) -> Any:
    """The record as everybody may see it."""
    with world.node.store.reading() as reads:
        return record_view(reads, next(reads.rows(receipt.index, receipt.index + 1)))


def test_what_was_said_anew_is_public_but_for_its_private_fields(world: Control) -> None:
    first = world.say(FIELD, "harvest", {"quantity": kg("9880"), "operator": "厉秋收"}, at=AT)
    second = corrected(world, first, "harvest", {"quantity": kg("988"), "operator": "厉秋香"})

    view = shown(world, second)

    assert world.left(FIELD) == 988_000_000  # milligrams
    assert view.payload == restated("harvest", {"quantity": kg("988")})
    assert (view.corrects, view.reason) == (first.id, "看错了磅")


def test_a_corrected_receipt_is_as_sealed_as_the_receipt(world: Control) -> None:
    first = world.say(FIELD, "receipt", {"quantity": kg("120")}, actor=BUYER, at=AT)
    second = corrected(world, first, "receipt", {"quantity": kg("119")}, BUYER)

    view = shown(world, second)

    assert (view.kind, view.payload, view.reason) == (None, None, None)
    with world.node.store.reading() as reads:
        assert kind_of(reads, next(reads.rows(second.index, second.index + 1))) == "receipt"


@pytest.mark.parametrize(
    ("kind", "is_open"), [("receipt", False), ("harvest", True)], ids=["a sealed kind", "a public kind"]
)
def test_that_a_record_did_not_occur_is_as_sealed_as_the_record(world: Control, kind: str, is_open: bool) -> None:
    actor = GROWER if is_open else BUYER
    first = world.say(FIELD, kind, {"quantity": kg("120")}, actor=actor, at=AT)
    void = {"actor": actor, "corrects": first.id, "reason": "裘点货说货还没到"}
    second = world.say(FIELD, "correction", {"did_not_occur": True}, **void)

    view = shown(world, second)

    told = ("correction", actor, first.id, "裘点货说货还没到") if is_open else (None, None, None, None)
    assert (view.kind, view.actor, view.corrects, view.reason) == told


def test_the_same_request_for_a_correction_is_known_again_by_its_opened_payload(world: Control) -> None:
    first = world.say(FIELD, "harvest", {"quantity": kg("9880"), "operator": "厉秋收"}, at=AT)
    payload = restated("harvest", {"quantity": kg("988"), "operator": "厉秋香"})
    more: dict[str, Any] = {"corrects": first.id, "reason": "看错了磅"}
    once = world.signed(FIELD, "correction", payload, **more)
    again = world.signed(FIELD, "correction", payload, **more, id=once.statement.id)
    assert again.statement.data != once.statement.data  # under other salts

    receipts = [world.together(one._replace(asked=Asked(payload, FIELD)))[0] for one in (once, again)]

    assert receipts[0] == receipts[1]


# ---- the second person ----

FARTHER = "q" * 22


@pytest.mark.parametrize(
    ("second", "is_enough"),
    [
        (FIRST, True),  # an official of the district
        (BUYER, False),  # a neighbour, who has no say in it
        (LAB, False),
        (None, False),
    ],
)
def test_the_second_person_is_of_the_same_party_or_an_official(
    world: Control, second: str | None, is_enough: bool
) -> None:
    """Ledger format §8: another account of that party, else an official."""
    first = world.say(FIELD, "harvest", {"quantity": kg("9880")}, at=AT)
    world.take("d" * 22, FIELD)
    said: dict[str, Any] = {"corrects": first.id, "reason": "看错了磅", "beside": (KEYS[second],) if second else ()}

    if is_enough:
        world.say(FIELD, "correction", restated("harvest", {"quantity": kg("988")}), **said)
        assert world.left(FIELD) == 888_000_000
    else:
        with pytest.raises(Forbidden) as refused:
            world.say(FIELD, "correction", restated("harvest", {"quantity": kg("988")}), **said)
        assert refused.value.code == "second-person-missing"


def test_another_key_of_the_same_party_is_another_person_of_it(world: Control) -> None:
    other = PrivateKey.from_seed(bytes([99]) * 32)
    added = {"key": other.did, "authenticated": "in person"}
    world.say(GROWER, "key_added", added, actor=NODE_CHAIN)
    first = world.say(FIELD, "harvest", {"quantity": kg("9880")}, at=AT)
    world.take("d" * 22, FIELD)

    again = restated("harvest", {"quantity": kg("988")})
    world.say(FIELD, "correction", again, corrects=first.id, reason="看错了磅", beside=(other,))

    assert world.left(FIELD) == 888_000_000


def test_under_custody_the_node_is_nobodys_second_person_and_an_official_is(world: Control) -> None:
    first = world.say(FIELD, "harvest", {"quantity": kg("9880")}, at=AT)
    world.take("d" * 22, FIELD)
    said: dict[str, Any] = {"corrects": first.id, "reason": "看错了磅", "custody": "platform", "recorded_by": "token:1"}
    again = restated("harvest", {"quantity": kg("988")})

    with pytest.raises(Forbidden) as refused:
        world.say(FIELD, "correction", again, **said, keys=(NODE,))
    assert refused.value.code == "second-person-missing"
    world.say(FIELD, "correction", again, **said, keys=(NODE, KEYS[FIRST]))

    assert world.left(FIELD) == 888_000_000


def test_an_official_of_another_district_is_none(world: Control) -> None:
    """The founders hold office in 谯城区; this plot lies in 涡阳县."""
    world.say(FARTHER, "place_registered", {"party": GROWER, "region": "341621", "township": "义门镇"})
    batch = "e" * 22
    world.open(batch, place=FARTHER)
    first = world.say(batch, "harvest", {"quantity": kg("9880")}, at=AT)
    world.take("d" * 22, batch)
    said: dict[str, Any] = {"corrects": first.id, "reason": "看错了磅", "beside": (KEYS[FIRST], KEYS[SECOND])}

    with pytest.raises(Forbidden):
        world.say(batch, "correction", restated("harvest", {"quantity": kg("988")}), **said)
