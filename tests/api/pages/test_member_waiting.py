"""A correction that its party cannot make alone: asked for on a page, signed by an official with an own key, seen by both."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.api.app_parts import NOW, World
from tests.api.office_parts import KEYS, exact_text, give_office, proof_of, running_offices, sign
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import seen_form
from tests.api.pages.test_member_pages import form_at, new_batch, send, statement_at
from trace.ledger.bundle import verify_bundle
from trace.ledger.keys import parse_vkey
from trace.queries import find_batch
from trace.state import balance

TEN_DAYS = timedelta(days=10)
SOON = NOW + timedelta(hours=25)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_offices(tmp_path) as running:
        yield running


def kilograms(world: World, batch: str) -> float:
    with world.node.reading() as reads:
        row = find_batch(reads.connection, batch)
    assert row is not None
    return balance(row) / 1_000_000


def harvested(world: World, coop: Browser) -> tuple[str, str]:
    """A batch, and the page that corrects its harvest of 70 kg, which a split relied on."""
    batch = new_batch(world, coop)
    form = form_at(coop, f"/m/record/harvest?batch={batch}")
    answer = send(coop, form, "save", p__quantity__value="70", p__operator="厉秋收")
    index = int(answer.headers["location"].rpartition("/")[2])
    send(coop, form_at(coop, f"/m/split/{batch}?parts=2"), "save")
    return batch, f"/m/correct/{index}"


def asked(coop: Browser, path: str, **changed: Any) -> str:
    """Where the correction waits that the form asked for."""
    form = form_at(coop, path)
    answer = send(coop, form, "save", **{"p__quantity__value": "71", "reason": "看错秤了", **changed})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def desk_path(path: str) -> str:
    return path.replace("/m/waiting/", "/desk/sign/")


def test_an_official_signs_it_and_only_then_it_counts(world: World) -> None:
    coop = signed_in(world, "coop")
    batch, path = harvested(world, coop)
    form = form_at(coop, path)
    check = send(coop, form, "check", p__quantity__value="71", reason="看错秤了")
    assert "更正要一名监管人员用自己的密钥一起签名" in check.text
    size = world.size
    answer = send(coop, seen_form(check.text), "save")
    waits = str(answer.headers["location"])

    page = coop.get(waits).text
    assert (world.size, kilograms(world, batch)) == (size, 0)
    assert "等一名监管人员签名，到2026年9月20日 12:00为止" in page
    assert "原来70公斤，改为71公斤" in page
    assert f'href="{waits}"' in coop.get("/m/").text
    assert f'href="{waits}"' in coop.get(f"/m/batches/{batch}").text

    official = signed_in(world, "third")
    assert "示例中药材专业合作社" in official.get("/desk/waiting").text
    assert f'href="{desk_path(waits)}"' in official.get(f"/desk/batches/{batch}").text
    box = official.get(desk_path(waits)).text
    for said in ("原来70公斤，改为71公斤", "看错秤了", "账本第"):
        assert said in box
    assert sign(official, desk_path(waits), KEYS["third"]).status_code == 303

    assert kilograms(world, batch) == 1
    said = statement_at(world, size)
    assert (said["kind"], said["actor"], said["custody"], len(said["proof"])) == (
        "correction",
        world.parties["coop"],
        "platform",
        2,
    )
    assert "已记入账本" in official.get(desk_path(waits)).text
    assert f"更正已记入账本第{size}号" in coop.get(waits).text
    assert waits not in coop.get("/m/").text


def test_what_was_signed_so_is_checked_by_everybody(world: World) -> None:
    """The bundle brings the official's chain too, and every check of it holds."""
    coop = signed_in(world, "coop")
    batch, path = harvested(world, coop)
    sign(signed_in(world, "first"), desk_path(asked(coop, path)), KEYS["first"])

    bundle = bundle_of(world, batch)

    found = verify_bundle(bundle, [parse_vkey(world.node.genesis.vkey)])
    assert (found.valid, found.failed) == (True, None)
    assert world.parties["first"] in [chain["chain"] for chain in json.loads(bundle)["chains"]]


def bundle_of(world: World, batch: str) -> bytes:
    """Once a checkpoint covers all of the log."""
    for _ in range(2_000):
        answer = world.get(f"/api/v1/batches/{batch}/bundle")
        if answer.status_code == 200 and f"\n{world.size}\n" in answer.json()["checkpoint"]:
            break
        time.sleep(0.05)
    return bytes(answer.content)


def test_private_words_of_before_stay_closed_to_the_office(world: World) -> None:
    coop = signed_in(world, "coop")
    _, path = harvested(world, coop)
    waits = asked(coop, path, p__operator="厉秋香")

    box = signed_in(world, "third").get(desk_path(waits)).text
    assert "厉秋香" in box  # what is signed is read
    assert "厉秋收" not in box
    assert "原来厉秋收，改为厉秋香" in coop.get(waits).text


def test_that_it_did_not_happen_waits_in_the_same_way(world: World) -> None:
    coop = signed_in(world, "coop")
    batch, path = harvested(world, coop)
    form = form_at(coop, f"{path}?how=void")
    waits = str(send(coop, form, "save", reason="记到别的地块上了").headers["location"])

    assert "已说明没有发生" in coop.get(waits).text
    sign(signed_in(world, "third"), desk_path(waits), KEYS["third"])

    assert kilograms(world, batch) == 730  # the estimate of 800 counts again, less the two parts


def test_after_a_day_it_waits_too_and_lapses_after_ten(world: World) -> None:
    coop = signed_in(world, "coop")
    batch = new_batch(world, coop)
    form = form_at(coop, f"/m/record/harvest?batch={batch}")
    index = send(coop, form, "save", p__quantity__value="70").headers["location"].rpartition("/")[2]
    world.clock.at = SOON
    waits = asked(coop, f"/m/correct/{index}")

    world.clock.at = SOON + TEN_DAYS - timedelta(seconds=1)
    coop, official = signed_in(world, "coop"), signed_in(world, "third")
    assert "等一名监管人员签名" in coop.get(waits).text
    text = exact_text(official.get(desk_path(waits)))
    world.clock.at = SOON + TEN_DAYS
    assert official.post(desk_path(waits), {"proof": proof_of(text, KEYS["third"])}).status_code == 404

    assert "已经失效" in coop.get(waits).text
    assert "没有人签名" in coop.get("/m/").text
    assert kilograms(world, batch) == 70
    assert form_at(coop, f"/m/correct/{index}").values("p.quantity.value") == ["70"]  # it may be asked for again


def test_a_record_has_one_correction_that_waits(world: World) -> None:
    coop = signed_in(world, "coop")
    _, path = harvested(world, coop)
    form = form_at(coop, path)
    first = send(coop, form, "save", p__quantity__value="71", reason="看错秤了")

    again = send(coop, form, "save", p__quantity__value="71", reason="看错秤了")
    form_again = coop.get(path)

    assert again.headers["location"] == form_again.headers["location"] == first.headers["location"]
    assert form_again.status_code == 303


def test_its_party_takes_it_back(world: World) -> None:
    coop = signed_in(world, "coop")
    batch, path = harvested(world, coop)
    waits = asked(coop, path)
    coop.get(waits)

    assert coop.post(waits, {"do": "withdraw"}).status_code == 303

    assert "已由提交人撤回" in coop.get(waits).text
    assert waits not in coop.get("/m/").text
    official = signed_in(world, "third")
    assert official.get(desk_path(waits)).status_code == 404
    assert kilograms(world, batch) == 0
    assert form_at(coop, path).values("p.quantity.value") == ["70"]


@pytest.mark.parametrize("who", ["neighbour", "retailer"])
def test_no_other_party_sees_it_or_takes_it_back(world: World, who: str) -> None:
    _, path = harvested(world, signed_in(world, "coop"))
    waits = asked(signed_in(world, "coop"), path)
    other = signed_in(world, who)

    assert other.get(waits).status_code == 404
    assert other.post(waits, {"do": "withdraw"}).status_code == 404
    assert "等一名监管人员签名" in signed_in(world, "coop").get(waits).text


def test_an_office_elsewhere_does_not_sign_it(world: World) -> None:
    give_office(world, 80, "far", "341621")
    _, path = harvested(world, signed_in(world, "coop"))
    waits = asked(signed_in(world, "coop"), path)

    assert signed_in(world, "far").get(desk_path(waits)).status_code == 404
