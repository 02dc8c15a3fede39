"""Can somebody who had goods once still say what was done to them, and see no more than is theirs to see?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.api.app_parts import World, running_world
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.test_member_pages import follow, form_at, send, statement_at

ALL = "1250.5"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The co-op has sold its batch to its neighbour, who lost some of it since."""
    with running_world(tmp_path_factory.mktemp("earlier")) as running:
        hand_over(running, "coop", "neighbour")
        lost = {"quantity": {"value": "7.25", "unit": "kg"}, "why": "spoilage"}
        running.made(f"/api/v1/batches/{running.batch}/events", {"kind": "loss", "payload": lost}, "neighbour")
        yield running


def hand_over(world: World, seller: str, buyer: str, kilograms: str = ALL) -> None:
    """All that is left of the batch, from one owner to the next."""
    amount = {"value": kilograms, "unit": "kg"}
    events = f"/api/v1/batches/{world.batch}/events"
    payload = {"buyer": world.parties[buyer], "quantity": amount}
    offer = world.made(events, {"kind": "transfer_offered", "payload": payload}, seller)
    named = {name: offer[name] for name in ("chain", "seq", "leaf")}
    world.made(events, {"kind": "transfer_accepted", "payload": {"offer": named, "quantity": amount}}, buyer)


@pytest.fixture
def coop(world: World) -> Browser:
    return signed_in(world, "coop")


def test_goods_that_were_sold_stand_among_earlier_batches(coop: Browser, world: World) -> None:
    page = coop.get("/m/batches").text

    before, _, after = page.partition('id="earlier"')
    assert f"/m/batches/{world.batch}" not in before
    assert f'href="/m/batches/{world.batch}"' in after
    assert f"/m/batches/{world.batch}" not in coop.get("/m/").text
    assert 'id="earlier"' not in signed_in(world, "neighbour").get("/m/batches").text
    assert (
        f'href="/m/batches/{world.batch}"'
        in signed_in(world, "retailer").get("/m/batches").text.partition('id="earlier"')[2]
    )  # who received it held it, until the sale


def test_the_page_shows_own_records_and_the_way_to_the_public_one_alone(coop: Browser, world: World) -> None:
    page = coop.get(f"/m/batches/{world.batch}").text

    assert f'href="/t/{world.code}"' in page
    for said in ("建立批次", "采收", "交货"):
        assert said in page
    own = page.partition('id="own"')[2]
    assert "损耗" not in own  # the neighbour's
    assert "收货" not in own  # the retailer's
    assert 'class="facts"' not in page
    assert "公斤" not in page


def test_a_forgotten_use_is_told_after_the_sale(coop: Browser, world: World) -> None:
    page = coop.get(f"/m/batches/{world.batch}").text
    assert f'href="/m/record/input_use?batch={world.batch}"' in page
    for act in ("dispatch", "transfer_offered", "batch_split", "packing"):
        assert f"/m/record/{act}?" not in page

    form = form_at(coop, f"/m/record/input_use?batch={world.batch}&input_kind=fertiliser")
    used = {"p__name": "复合肥", "p__used_from": "2026-05-01", "p__used_until": "2026-05-01"}
    saved = send(coop, form, "save", when="other", day="2026-05-01", **used)
    receipt = follow(coop, saved)

    said = statement_at(world, int(saved.headers["location"].rpartition("/")[2]))
    assert (said["kind"], said["actor"], said["occurred_at"][:10]) == ("input_use", world.parties["coop"], "2026-05-01")
    assert f'href="/m/batches/{world.batch}"' in receipt
    assert saved.headers["location"] in coop.get(f"/m/batches/{world.batch}").text


def test_ones_own_fact_is_mended_after_the_sale_as_before(coop: Browser, world: World) -> None:
    """It was relied on by the offer, so a second person has to sign; the form is there."""
    page = coop.get(f"/m/batches/{world.batch}").text
    (href,) = re.findall(r'href="(/m/correct/[0-9]+)">更正<span class="unseen">采收', page)

    assert form_at(coop, href).values("p.quantity.value") == ["1250.5"]


@pytest.mark.parametrize("who", ["laboratory", "official"])
def test_nobody_else_has_such_a_page(world: World, who: str) -> None:
    assert signed_in(world, who).get(f"/m/batches/{world.batch}").status_code == 403


def test_a_party_that_never_had_them_finds_nothing(world: World) -> None:
    body = {"name": "示例外人", "legal_form": "co-op", "roles": ["grower"], "region": "341602"}
    world.parties["stranger"] = world.made("/api/v1/parties", body, "official")["id"]
    world.add_token("stranger", "member", party=world.parties["stranger"])

    assert signed_in(world, "stranger").get(f"/m/batches/{world.batch}").status_code == 404


def test_the_page_speaks_english_too(world: World) -> None:
    page = signed_in(world, "coop", "en").get(f"/m/batches/{world.batch}").text

    assert "no longer yours" in page
    assert "Earlier batches" in signed_in(world, "coop", "en").get("/m/batches").text
