"""Goods that move are there once: what is on its way, or in a market, is not sent or let in again; and nothing is stuck."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trace.ledger.errors import Conflict
from trace.ledger.submission import Receipt

from .control_parts import BUYER, GROWER, MARKET, Control, control, kg, named

FIELD, MADE = "f" * 22, "h" * 22
PROOF = [{"type": "承诺达标合格证", "number": "示例-1"}]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Control]:
    """1,000 kg of cabbage, cut on the first of September."""
    with control(tmp_path) as found:
        found.open(FIELD, product="VG-CB")
        found.say(FIELD, "harvest", {"quantity": kg("1000")}, at=day(1))
        yield found
    assert found.check(tmp_path).ok


def day(number: int) -> str:
    return f"2026-09-{number:02d}T08:00:00+08:00"


def send(world: Control, quantity: str, at: int = 2, **more: Any) -> Receipt:
    return world.say(FIELD, "dispatch", {"quantity": kg(quantity), "to_region": "341602"}, at=day(at), **more)


def store(world: Control, at: int, **more: Any) -> Receipt:
    return world.say(FIELD, "store_in", {"township": "十河镇", **more}, at=day(at))


def receive(world: Control, quantity: dict[str, str], at: int = 3, **more: Any) -> Receipt:
    return world.say(FIELD, "receipt", {"quantity": quantity, **more}, actor=BUYER, at=day(at))


def admit(world: Control, quantity: str, at: int = 3, decision: str = "admitted") -> Receipt:
    said = {"decision": decision, "market": "示例市场", "quantity": kg(quantity), "proofs": PROOF}
    if decision != "admitted":
        said["reasons"] = ["measure"]
    return world.say(FIELD, "market_admission", said, actor=MARKET, at=day(at))


def is_too_much(world: Control, quantity: str, at: int, act: Any = send) -> bool:
    """Whether the act is refused for its amount, and leaves nothing."""
    size = world.node.log.size
    with pytest.raises(Conflict) as refused:
        act(world, quantity, at)
    fault = refused.value.faults[0]
    return (refused.value.code, fault.pointer, world.node.log.size) == ("mass-exceeded", "/payload/quantity", size)


def test_parts_may_be_sent_up_to_what_there_is(world: Control) -> None:
    for part in ("400", "400", "200"):
        send(world, part)

    assert is_too_much(world, "0.000001", 3)


def test_four_times_nine_hundred_are_not_sent_of_a_thousand(world: Control) -> None:
    send(world, "900")

    assert all(is_too_much(world, "900", at) for at in (3, 4, 5))


def test_what_went_to_one_s_own_store_is_sent_on_from_there(world: Control) -> None:
    send(world, "1000", 2)
    store(world, 3)

    send(world, "1000", 4)
    assert is_too_much(world, "1", 5)
    store(world, 5, quantity=kg("300"))  # it came back, in part
    send(world, "300", 6)
    assert is_too_much(world, "1", 7)


def test_what_arrived_at_somebody_else_s_is_sent_on_from_there(world: Control) -> None:
    send(world, "1000", 2)
    receive(world, kg("1000"), 3)

    send(world, "1000", 4)

    assert is_too_much(world, "1", 5)


def test_a_record_of_before_the_dispatch_is_no_arrival(world: Control) -> None:
    """Told late: they were in store before they were sent."""
    send(world, "1000", 3)
    store(world, 2)

    assert is_too_much(world, "1", 4)


def test_what_a_market_sent_back_is_sent_elsewhere(world: Control) -> None:
    send(world, "900", 2)
    admit(world, "900", 3, "refused")

    send(world, "900", 4)


def test_what_was_lost_on_the_way_is_neither_there_nor_on_its_way(world: Control) -> None:
    send(world, "400", 2)
    world.say(FIELD, "loss", {"quantity": kg("400"), "why": "spoilage"}, at=day(3))

    send(world, "600", 4)
    assert is_too_much(world, "1", 5)


def test_what_was_sent_to_be_worked_on_is_in_the_new_batch(world: Control) -> None:
    send(world, "400", 2)
    world.take(MADE, FIELD, "400", product="VG-CB", at=day(3))

    send(world, "600", 4)
    assert is_too_much(world, "1", 5)


def test_what_was_split_off_before_does_not_shorten_what_is_on_its_way(world: Control) -> None:
    world.take(MADE, FIELD, "400", product="VG-CB", at=day(2))
    send(world, "600", 3)

    assert is_too_much(world, "1", 4)


def test_a_new_owner_sends_goods_on(world: Control) -> None:
    send(world, "1000", 2)
    offer = world.say(FIELD, "transfer_offered", {"buyer": BUYER, "quantity": kg("1000")}, at=day(3))
    taken = {"offer": named(offer), "quantity": kg("1000")}
    world.say(FIELD, "transfer_accepted", taken, actor=BUYER, at=day(3))

    send(world, "1000", 4, actor=BUYER)


def test_a_market_lets_in_no_more_than_there_is(world: Control) -> None:
    """payloads.csv, market_admission.quantity: the sum is at most the balance. What is sent back is logged each time."""
    admit(world, "900", 3)

    assert is_too_much(world, "900", 4, admit)
    admit(world, "900", 4, "refused")
    admit(world, "100", 5)
    assert is_too_much(world, "0.000001", 6, admit)


def test_what_left_the_market_comes_in_again(world: Control) -> None:
    """Unsold, and taken home for the night: stored by its owner, or sent away."""
    admit(world, "900", 3)
    store(world, 4, quantity=kg("900"))
    admit(world, "900", 5)
    send(world, "900", 6)

    admit(world, "900", 7)

    assert is_too_much(world, "900", 8, admit)


def test_thirty_two_lorries_at_once_take_no_more_than_there_is(world: Control) -> None:
    payload = {"quantity": kg("100"), "to_region": "341602"}
    wanted = [world.signed(FIELD, "dispatch", payload, at=day(2)) for _ in range(32)]
    ready, gone, refusals = threading.Barrier(32), [], []

    def drive(one: Any) -> None:
        ready.wait()
        try:
            gone.append(world.together(one))
        except Conflict as refusal:
            refusals.append(refusal.code)

    lorries = [threading.Thread(target=drive, args=(one,)) for one in wanted]
    for lorry in lorries:
        lorry.start()
    for lorry in lorries:
        lorry.join()

    assert (len(gone), refusals) == (10, ["mass-exceeded"] * 22)


# ---- what came is compared with what was sent ----


@pytest.mark.parametrize(
    ("quantity", "is_asked"),
    [
        (kg("900"), False),
        ({"value": "1800", "unit": "jin"}, False),  # 500 g each
        (kg("900.000001"), True),
        (kg("850"), True),
        ({"value": "900", "unit": "head"}, True),
    ],
)
def test_a_receipt_that_differs_from_its_dispatch_is_asked_about(
    world: Control, quantity: dict[str, str], is_asked: bool
) -> None:
    sent = send(world, "900", 2)

    receive(world, quantity, dispatch=named(sent))

    asked = {one for one in world.flags() if one[1] == "receipt-differs"}
    assert asked == ({(FIELD, "receipt-differs")} if is_asked else set())


def test_a_receipt_that_names_no_dispatch_is_compared_with_none(world: Control) -> None:
    send(world, "900", 2)

    receive(world, kg("850"))

    assert "receipt-differs" not in {reason for _, reason in world.flags()}


def test_the_question_is_gone_once_the_receipt_is_mended_or_its_owner_answers(world: Control) -> None:
    sent = send(world, "900", 2)
    first = receive(world, kg("850"), dispatch=named(sent))
    restated = {"kind": "receipt", "occurred_at": day(3), "payload": {"quantity": kg("900"), "dispatch": named(sent)}}

    world.say(FIELD, "correction", {"restated": restated}, actor=BUYER, corrects=first.id, reason="看错了秤", at=day(4))
    assert "receipt-differs" not in {reason for _, reason in world.flags()}

    receive(world, kg("800"), 5, dispatch=named(sent))
    rows = [row for row in world.rows()["flag"] if row["is_open"] and row["reason"] == "receipt-differs"]
    chain, _, seq = rows[0]["id"].rpartition("/")
    flag = {"chain": chain, "seq": int(seq), "leaf": rows[0]["leaf"]}
    world.say(FIELD, "flag_answered", {"flag": flag, "answer": "分两车收的"}, actor=GROWER, at=day(6))
    assert "receipt-differs" not in {reason for _, reason in world.flags()}
