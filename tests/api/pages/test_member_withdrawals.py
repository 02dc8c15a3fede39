"""Can a seller take an offer back, and is the buyer's acceptance then refused with its reason; and who wins where both act?"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api import migrations
from api.auth.policy import Caller
from api.offers.withdrawing import withdraw_offer
from api.recording import record_event
from tests.api.app_parts import NOW, World, running_world, settings_in
from tests.api.case_parts import run
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.test_member_pages import follow, form_at, send
from tests.api.pages.test_member_transfers import USCC, goods, offered, owner
from trace.ledger.errors import Conflict, DomainError, Unavailable
from trace.queries import find_batch

ROUNDS = 12


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("withdrawals")) as running:
        body = {"name": "示例饮片公司", "legal_form": "enterprise", "roles": ["purchaser"], "region": "341602"}
        running.parties["buyer"] = running.made("/api/v1/parties", {**body, "uscc": USCC}, "official")["id"]
        running.add_token("buyer", "member", party=running.parties["buyer"])
        yield running


@pytest.fixture
def coop(world: World) -> Browser:
    return signed_in(world, "coop")


def standing(world: World, batch: str) -> str:
    """The offer that stands on a batch: where it is in the log."""
    with world.node.reading() as reads:
        row = find_batch(reads.connection, batch)
    assert row is not None
    return str(row["offer"])


def take_back(coop: Browser, world: World, batch: str, **changed: str) -> Any:
    return coop.post(f"/m/offer/{batch}/withdraw", {"offer": standing(world, batch), **changed})


def test_an_offer_taken_back_lies_with_nobody_and_is_not_accepted(world: World, coop: Browser) -> None:
    batch, buyer = goods(world, coop), signed_in(world, "buyer")
    offered(world, coop, batch)
    form, size = form_at(buyer, f"/m/record/transfer_accepted?batch={batch}"), world.size
    page = coop.get(f"/m/batches/{batch}").text
    assert f'action="/m/offer/{batch}/withdraw"' in page
    assert "收回" in page

    assert take_back(coop, world, batch).headers["location"] == f"/m/batches/{batch}"
    assert take_back(coop, world, batch).status_code == 303  # pressed twice

    assert world.size == size  # nothing changed hands, so the log has nothing to say
    page = coop.get(f"/m/batches/{batch}").text
    assert "您在2026年9月10日 12:00收回了，示例饮片公司不能再接收" in page
    assert "/withdraw" not in page
    assert f"/m/offers/{batch}" not in buyer.get("/m/").text
    page = buyer.get(f"/m/offers/{batch}").text
    assert "对方在2026年9月10日 12:00收回了这次交货" in page
    assert "transfer_accepted" not in page
    assert "decline" not in page
    refused = send(buyer, form, "save")
    assert refused.status_code == 409
    assert "对方收回了这次交货" in refused.text
    assert buyer.get(f"/m/record/transfer_accepted?batch={batch}").status_code == 409
    assert (owner(world, batch), world.size) == (world.parties["coop"], size)


def test_it_says_so_in_english_too(world: World, coop: Browser) -> None:
    batch = goods(world, coop)
    offered(world, coop, batch)
    assert "Take back" in signed_in(world, "coop", "en").get(f"/m/batches/{batch}").text
    take_back(coop, world, batch)

    assert "You took it back on 10 Sep 2026 12:00" in signed_in(world, "coop", "en").get(f"/m/batches/{batch}").text
    assert "The other party took this offer back" in signed_in(world, "buyer", "en").get(f"/m/offers/{batch}").text


def test_another_program_is_refused_with_the_same_reason(world: World, coop: Browser) -> None:
    batch = goods(world, coop)
    index = offered(world, coop, batch)
    take_back(coop, world, batch)
    leaf = world.get(f"/api/v1/entries/{index}/proof").status_code, standing(world, batch).rpartition("/")[2]
    events = world.get(f"/api/v1/batches/{batch}/events").json()["items"]
    entry = next(one for one in events if one["index"] == index)
    payload = {
        "offer": {"chain": batch, "seq": entry["seq"], "leaf": entry["leaf"]},
        "quantity": {"value": "640", "unit": "kg"},
    }

    answer = world.post(f"/api/v1/batches/{batch}/events", {"kind": "transfer_accepted", "payload": payload}, "buyer")

    assert leaf[1] == str(entry["seq"])
    assert (answer.status_code, answer.json()["code"]) == (409, "offer-withdrawn")
    assert answer.json()["errors"][0]["pointer"] == "/payload/offer"


def test_goods_taken_back_are_offered_anew(world: World, coop: Browser) -> None:
    batch, buyer = goods(world, coop), signed_in(world, "buyer")
    offered(world, coop, batch)
    take_back(coop, world, batch)
    offered(world, coop, batch)

    follow(buyer, send(buyer, form_at(buyer, f"/m/record/transfer_accepted?batch={batch}"), "save"))

    assert owner(world, batch) == world.parties["buyer"]


def test_a_page_of_before_takes_back_no_later_offer(world: World, coop: Browser) -> None:
    batch = goods(world, coop)
    offered(world, coop, batch)
    seen = standing(world, batch)
    offered(world, coop, batch, p__buyer=world.parties["neighbour"])

    answer = take_back(coop, world, batch, offer=seen)

    assert answer.status_code == 409
    assert "被后来的交货代替" in answer.text
    assert f"/m/offers/{batch}" in signed_in(world, "neighbour").get("/m/").text


def test_what_the_buyer_declined_is_taken_back_so_that_no_second_thought_comes(world: World, coop: Browser) -> None:
    batch, buyer = goods(world, coop), signed_in(world, "buyer")
    offered(world, coop, batch)
    buyer.get(f"/m/offers/{batch}")
    buyer.post(f"/m/offers/{batch}", {"do": "decline"})

    assert take_back(coop, world, batch).status_code == 303

    assert buyer.get(f"/m/record/transfer_accepted?batch={batch}").status_code == 409


def test_an_offer_whose_last_day_is_over_asks_for_nothing(world: World, coop: Browser) -> None:
    batch = goods(world, coop)
    offered(world, coop, batch, p__until="2026-09-11")
    try:
        world.clock.at = NOW + timedelta(hours=36)

        assert "/withdraw" not in signed_in(world, "coop").get(f"/m/batches/{batch}").text
    finally:
        world.clock.at = NOW


@pytest.mark.parametrize("who", ["buyer", "neighbour", "retailer"])
def test_nobody_else_takes_an_offer_back(world: World, coop: Browser, who: str) -> None:
    batch = goods(world, coop)
    offered(world, coop, batch)

    assert take_back(signed_in(world, who), world, batch).status_code == 404
    assert f"/m/offers/{batch}" in signed_in(world, "buyer").get("/m/").text


# ---- both at once ----


def acceptance(world: World, batch: str) -> Any:
    """The buyer's, on its way."""
    with world.node.reading() as reads:
        chain, _, seq = standing(world, batch).rpartition("/")
        leaf = next(one.leaf for one in reads.chain_rows(batch) if one.seq == int(seq))
    payload = {
        "offer": {"chain": chain, "seq": int(seq), "leaf": leaf.hex()},
        "quantity": {"value": "640", "unit": "kg"},
    }
    caller = Caller("member", world.parties["buyer"], None, "test")
    id = world.node.recorder.new_id()
    return record_event(world.node, caller, batch, "transfer_accepted", payload, id=id)


def withdrawal(world: World, batch: str) -> Any:
    withdrawn = world.client.app.state.withdrawn_offers
    return withdraw_offer(world.node, withdrawn, batch, standing(world, batch), world.parties["coop"])


def test_an_acceptance_that_is_on_its_way_is_not_taken_back(
    world: World, coop: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = goods(world, coop)
    offered(world, coop, batch)
    put, begun = world.node.log.put, list[Any]()

    def put_and_withdraw(*asked: Any) -> None:
        put(*asked)
        begun.append(asyncio.ensure_future(withdrawal(world, batch)))

    async def both() -> Any:
        receipt = await acceptance(world, batch)
        (refused,) = await asyncio.gather(*begun, return_exceptions=True)
        return receipt, refused

    monkeypatch.setattr(world.node.log, "put", put_and_withdraw)
    receipt, refused = run(world, both())

    assert receipt.chain == batch
    assert isinstance(refused, Conflict)
    assert refused.code == "offer-accepted"
    assert owner(world, batch) == world.parties["buyer"]


def test_an_acceptance_that_comes_while_the_offer_is_taken_back_is_refused(
    world: World, coop: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = goods(world, coop)
    offered(world, coop, batch)
    withdrawn, begun = world.client.app.state.withdrawn_offers, list[Any]()
    add = withdrawn.add

    async def accept() -> Any:
        return await acceptance(world, batch)

    async def both() -> Any:
        loop = asyncio.get_running_loop()

        def accept_and_add(*asked: Any) -> None:
            begun.append(asyncio.run_coroutine_threadsafe(accept(), loop))
            add(*asked)

        monkeypatch.setattr(withdrawn, "add", accept_and_add)
        await withdrawal(world, batch)
        (refused,) = await asyncio.gather(*map(asyncio.wrap_future, begun), return_exceptions=True)
        return refused

    refused = run(world, both())

    assert isinstance(refused, Conflict)
    assert refused.code == "offer-withdrawn"
    assert owner(world, batch) == world.parties["coop"]


def test_from_two_browsers_at_once_exactly_one_of_them_has_its_way(world: World, coop: Browser) -> None:
    buyer, won = signed_in(world, "buyer"), set()
    with ThreadPoolExecutor(2) as hands:
        for _ in range(ROUNDS):
            batch = goods(world, coop)
            offered(world, coop, batch)
            form = form_at(buyer, f"/m/record/transfer_accepted?batch={batch}")
            coop.get(f"/m/batches/{batch}")
            offer = {"offer": standing(world, batch)}
            accepting = hands.submit(send, buyer, form, "save")
            withdrawing = hands.submit(coop.post, f"/m/offer/{batch}/withdraw", offer)
            answers = (accepting.result().status_code, withdrawing.result().status_code)
            won.add(answers)
            assert owner(world, batch) == world.parties["buyer" if answers == (303, 409) else "coop"]

    assert won <= {(303, 409), (409, 303)}


def test_while_nobody_knows_what_was_written_nothing_is_taken_back(tmp_path: Path) -> None:
    """A log that stopped at COMMIT may hold the acceptance: the next start decides."""
    with running_world(tmp_path) as world:
        body = {"name": "示例饮片公司", "legal_form": "enterprise", "roles": ["purchaser"], "region": "341602"}
        world.parties["buyer"] = world.made("/api/v1/parties", {**body, "uscc": USCC}, "official")["id"]
        coop = signed_in(world, "coop")
        batch = goods(world, coop)
        offered(world, coop, batch)
        world.node.log._stop("COMMIT raised OSError")

        with pytest.raises(Unavailable) as refused:
            run(world, withdrawal(world, batch))

        assert isinstance(refused.value, DomainError)
        assert refused.value.code == "read-only"


def test_a_file_of_before_learns_of_withdrawn_offers_and_keeps_the_declined_ones(tmp_path: Path) -> None:
    with running_world(tmp_path) as world:
        world.client.app.state.declined_offers.add("a/1", "b")
    settings = settings_in(tmp_path)
    with closing(sqlite3.connect(settings.operational)) as kept, kept:
        for table in ("withdrawn_offer", "aside", "id_number", "id_number_read"):
            kept.execute(f"DROP TABLE {table}")
        kept.execute("UPDATE alembic_version SET version_num = '20261130_declined_offers'")

    migrations.migrate(settings)

    migrations.check(settings)
    with closing(sqlite3.connect(settings.operational)) as kept:
        assert kept.execute("SELECT offer, party FROM declined_offer").fetchall() == [("a/1", "b")]
        assert kept.execute("SELECT * FROM withdrawn_offer").fetchall() == []
