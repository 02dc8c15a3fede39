"""Do goods change hands on pages: offered to somebody by a code that they have on paper, taken over, declined, lapsed?"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api import migrations
from tests.api.app_parts import NOW, World, running_world, settings_in
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import seen_form
from tests.api.pages.test_member_pages import follow, form_at, new_batch, send, statement_at
from trace.queries import find_batch

USCC = "91341602MA2N0000XJ"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """With a buyer whom nobody has dealt with before."""
    with running_world(tmp_path_factory.mktemp("transfers")) as running:
        body = {
            "name": "示例饮片公司",
            "legal_form": "enterprise",
            "roles": ["purchaser"],
            "region": "341602",
            "uscc": USCC,
        }
        running.parties["buyer"] = running.made("/api/v1/parties", body, "official")["id"]
        running.add_token("buyer", "member", party=running.parties["buyer"])
        yield running


@pytest.fixture
def coop(world: World) -> Browser:
    return signed_in(world, "coop")


def goods(world: World, coop: Browser) -> str:
    """A batch with its harvest on record, without which it is not handed over."""
    batch = new_batch(world, coop)
    follow(coop, send(coop, form_at(coop, f"/m/record/harvest?batch={batch}"), "save", p__quantity__value="640"))
    return batch


def offered(world: World, coop: Browser, batch: str, **changed: Any) -> int:
    """The log index of the offer that the form made."""
    form = form_at(coop, f"/m/offer/{batch}")
    answer = send(coop, form, "save", **{"p__buyer": USCC, **changed})
    assert answer.status_code == 303, answer.text
    return int(answer.headers["location"].rpartition("/")[2])


def owner(world: World, batch: str) -> str:
    with world.node.reading() as reads:
        row = find_batch(reads.connection, batch)
    assert row is not None
    return str(row["owner"])


def test_a_batch_is_offered_by_the_buyers_code_and_taken_over(world: World, coop: Browser) -> None:
    batch, buyer = goods(world, coop), signed_in(world, "buyer")
    assert f'href="/m/offer/{batch}"' in coop.get(f"/m/batches/{batch}").text
    form = form_at(coop, f"/m/offer/{batch}")
    assert form.values("p.until") == ["2026-09-17"]

    check = send(coop, form, "check", p__buyer=USCC.lower(), p__price="12803.57")
    assert "等示例饮片公司接收640公斤" in check.text
    assert "<dd>示例饮片公司</dd>" in check.text
    saved = send(coop, seen_form(check.text), "save")
    follow(coop, saved)

    said = statement_at(world, int(saved.headers["location"].rpartition("/")[2]))
    assert (said["payload"]["quantity"], said["payload"]["until"]) == ({"value": "640", "unit": "kg"}, "2026-09-17")
    assert "已交给示例饮片公司，等对方接收，期限：2026年9月17日" in coop.get(f"/m/batches/{batch}").text
    assert f'href="/m/offers/{batch}"' in buyer.get("/m/").text
    page = buyer.get(f"/m/offers/{batch}").text
    assert "示例中药材专业合作社" in page
    assert "640公斤" in page
    assert "803.57" not in page
    assert f'href="/m/record/transfer_accepted?batch={batch}"' in page
    follow(buyer, send(buyer, form_at(buyer, f"/m/record/transfer_accepted?batch={batch}"), "save"))

    assert owner(world, batch) == world.parties["buyer"]
    assert buyer.get(f"/m/offers/{batch}").status_code == 404
    assert f"/m/offers/{batch}" not in buyer.get("/m/").text
    assert f'href="/m/batches/{batch}"' in coop.get("/m/batches").text.partition('id="earlier"')[2]


def test_who_has_no_code_is_found_by_the_number_on_their_own_page(world: World, coop: Browser) -> None:
    batch, number = goods(world, coop), world.parties["neighbour"]
    assert number in signed_in(world, "neighbour").get("/m/me").text

    offered(world, coop, batch, p__buyer=f" {number} ")

    assert f"/m/offers/{batch}" in signed_in(world, "neighbour").get("/m/").text
    assert f"/m/offers/{batch}" not in signed_in(world, "buyer").get("/m/").text


def test_what_the_buyer_does_not_want_stays_the_sellers_and_both_see_it(world: World, coop: Browser) -> None:
    batch, buyer = goods(world, coop), signed_in(world, "buyer")
    offered(world, coop, batch)
    size = world.size
    buyer.get(f"/m/offers/{batch}")

    assert buyer.post(f"/m/offers/{batch}", {"do": "decline"}).status_code == 303
    assert buyer.post(f"/m/offers/{batch}", {"do": "decline"}).status_code == 303

    assert world.size == size  # nothing changed hands, so the log has nothing to say
    assert f"/m/offers/{batch}" not in buyer.get("/m/").text
    assert "表示不接收" in buyer.get(f"/m/offers/{batch}").text
    assert "示例饮片公司不接收这批货（2026年9月10日 12:00）" in coop.get(f"/m/batches/{batch}").text
    assert owner(world, batch) == world.parties["coop"]
    follow(
        buyer, send(buyer, form_at(buyer, f"/m/record/transfer_accepted?batch={batch}"), "save")
    )  # on second thoughts
    assert owner(world, batch) == world.parties["buyer"]


def test_an_offer_is_over_after_its_last_day(world: World, coop: Browser) -> None:
    batch = goods(world, coop)
    offered(world, coop, batch, p__until="2026-09-11")
    accept = f"/m/record/transfer_accepted?batch={batch}"
    buyer = signed_in(world, "buyer")
    form = form_at(buyer, accept)
    try:
        world.clock.at = NOW + timedelta(hours=35)  # 23:00 in Shanghai, on its last day
        assert f"/m/offers/{batch}" in signed_in(world, "buyer").get("/m/").text
        world.clock.at = NOW + timedelta(hours=36)
        buyer = signed_in(world, "buyer")

        assert f"/m/offers/{batch}" not in buyer.get("/m/").text
        page = buyer.get(f"/m/offers/{batch}").text
        assert "已过，不能再接收" in page
        assert accept not in page
        assert send(buyer, form, "save").status_code == 404
        assert "对方没有接收" in signed_in(world, "coop").get(f"/m/batches/{batch}").text
        assert owner(world, batch) == world.parties["coop"]
    finally:
        world.clock.at = NOW


def test_a_new_offer_takes_the_place_of_the_first(world: World, coop: Browser) -> None:
    batch = goods(world, coop)
    offered(world, coop, batch)
    offered(world, coop, batch, p__buyer=world.parties["neighbour"])

    assert signed_in(world, "buyer").get(f"/m/offers/{batch}").status_code == 404
    assert signed_in(world, "neighbour").get(f"/m/offers/{batch}").status_code == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("91341602MA2N0000X0", "没有登记这样的主体"),
        ("示例饮片公司", "没有登记这样的主体"),
        ("AAAAAAAAAAAAAAAAAAAAAA", "没有登记这样的主体"),
        ("93341602MA75428340", "这是您自己"),
        ("", "还没有填"),
    ],
)
def test_a_buyer_who_cannot_be_is_said_at_the_field(world: World, coop: Browser, typed: str, said: str) -> None:
    batch = goods(world, coop)
    size = world.size

    answer = send(coop, form_at(coop, f"/m/offer/{batch}"), "check", p__buyer=typed)

    assert answer.status_code == 422
    assert said in answer.text
    assert 'href="#f-p-buyer"' in answer.text
    assert seen_form(answer.text).values("p.buyer") == [typed]
    assert world.size == size


def test_goods_without_a_harvest_on_record_are_not_handed_over(world: World, coop: Browser) -> None:
    batch = new_batch(world, coop)

    answer = send(coop, form_at(coop, f"/m/offer/{batch}"), "save", p__buyer=USCC)

    assert answer.status_code == 409
    assert "采收" in answer.text.partition('class="error-summary"')[2].partition("</div>")[0]


@pytest.mark.parametrize("who", ["neighbour", "retailer", "coop"])
def test_no_other_party_sees_or_answers_an_offer(world: World, coop: Browser, who: str) -> None:
    batch = goods(world, coop)
    offered(world, coop, batch)
    other = signed_in(world, who)

    assert other.get(f"/m/offers/{batch}").status_code == 404
    assert other.post(f"/m/offers/{batch}", {"do": "decline"}).status_code == 404
    assert f"/m/offers/{batch}" in signed_in(world, "buyer").get("/m/").text
    if who != "coop":
        assert other.get(f"/m/offer/{batch}").status_code == 404


def test_a_file_of_before_learns_of_declined_offers_and_keeps_what_it_had(tmp_path: Path) -> None:
    """A release before this one knew no declined offers; what it kept stays."""
    with running_world(tmp_path):
        pass
    settings = settings_in(tmp_path)
    with closing(sqlite3.connect(settings.operational)) as kept, kept:
        tokens = kept.execute("SELECT count(*) FROM token").fetchone()
        for table in ("declined_offer", "withdrawn_offer", "aside", "id_number", "id_number_read"):
            kept.execute(f"DROP TABLE {table}")
        kept.execute("UPDATE alembic_version SET version_num = '20261130_documents'")

    migrations.migrate(settings)

    migrations.check(settings)
    with closing(sqlite3.connect(settings.operational)) as kept:
        assert kept.execute("SELECT count(*) FROM token").fetchone() == tokens
        assert kept.execute("SELECT * FROM declined_offer").fetchall() == []
