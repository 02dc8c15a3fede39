"""Everybody may scan as often as people do; who guesses codes is told to wait, and learns nothing from that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from api.auth.limits import Scans
from tests.api.app_parts import World, running_world
from tests.api.page_parts import Browser
from tests.api.refusal_parts import check_refusal
from trace.codes import is_label_code, label_code

HTML = "text/html,*/*;q=0.8"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        running.client.app.state.scan_limits = Scans(lambda: 0.0)  # no minute passes while a slow machine asks
        yield running


def unknown(number: int) -> str:
    """A well-formed code that no batch has."""
    code = label_code(number.to_bytes(7))
    assert is_label_code(code)
    return code


@pytest.mark.parametrize("path", ["/t", "/m/scan"])
@pytest.mark.parametrize(
    "typed",
    ["https://suxin.example/t/{code}#1.2.x", "suxin.example/t/{code}?from=timeline", "{a} {b} {c}", "　{a}－{b}－{c}"],
)
def test_every_field_for_a_code_takes_an_address_and_blanks(world: World, path: str, typed: str) -> None:
    code, browser = world.code, Browser(world)
    browser.sign_in("coop")
    sent = quote(typed.format(code=code, a=code[:4], b=code[4:8], c=code[8:]))

    answer = browser.get(f"{path}?code={sent}")

    assert answer.headers["location"] == (f"/t/{code}" if path == "/t" else f"/m/batches/{world.batch}")


def guess(world: World, times: int, template: str = "/t/{}") -> set[int]:
    return {world.get(template.format(unknown(number))).status_code for number in range(times)}


def test_five_hundred_phones_behind_one_address_are_all_answered_and_counted(world: World) -> None:
    answers = [world.get(f"/t/{world.code}") for _ in range(500)]

    assert {answer.status_code for answer in answers} == {200}
    assert "今天500次，累计500次" in answers[-1].text


def test_a_minutes_scans_are_1200_and_the_next_one_is_not_counted(world: World) -> None:
    taken = [world.get(f"/t/{world.code}").status_code for _ in range(1_200)]
    refused = world.get(f"/t/{world.code}", Accept="application/json")

    assert set(taken) == {200}
    check_refusal(refused, 429, "rate-limited", None)
    assert refused.headers["retry-after"] == "1"
    world.client.app.state.scans.flush()
    day = world.clock().date()
    assert world.operational.scans(world.code, day).total == 1_200


def test_thirty_codes_that_do_not_exist_are_a_minute_s_work(world: World) -> None:
    assert guess(world, 30) == {404}

    unknown_one, known_one = (world.get(f"/t/{code}", Accept=HTML) for code in (unknown(99), world.code))

    for answer in (unknown_one, known_one):
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 61
        assert "请等一分钟再扫" in answer.text
        assert "假" not in answer.text
    assert unknown_one.text.replace(unknown(99), "") == known_one.text.replace(world.code, "")
    check_refusal(world.get(f"/t/{world.code}/label"), 429, "rate-limited", None)
    check_refusal(world.get(f"/t/{world.code}/from/1"), 429, "rate-limited", None)


def test_whoever_has_the_page_open_keeps_what_belongs_to_it(world: World) -> None:
    page = world.get(f"/t/{world.code}").text
    guess(world, 31)

    stylesheet = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    for path in (f"/api/v1/batches/{world.batch}/bundle", stylesheet, "/", "/log/checkpoint"):
        assert world.get(path).status_code == 200, path


def test_one_label_that_we_do_not_know_may_be_scanned_by_a_whole_village(world: World) -> None:
    answers = [world.get(f"/t/{unknown(1)}").status_code for _ in range(200)]

    assert set(answers) == {404}
    assert world.get(f"/t/{world.code}").status_code == 200


@pytest.mark.parametrize("typed", ["7K3M9QX2WTB", "7K3M-9QX2-WTB{}", "白芍{}", "{}", "7K3M9QX2WTBPP{}"])
def test_a_slip_of_the_hand_is_no_guess(world: World, typed: str) -> None:
    for number in range(60):
        world.get(f"/t/{typed.format(number)}")

    assert world.get(f"/t/{world.code}").status_code == 200


def test_an_account_guesses_no_faster_and_does_not_block_its_neighbours(world: World) -> None:
    clerk, neighbour = Browser(world), Browser(world)
    for browser, who in ((clerk, "coop"), (neighbour, "neighbour")):
        browser.post("/in", {"token": world.tokens[who]})
    statuses = {clerk.get(f"/m/scan?code={unknown(number)}").status_code for number in range(30)}

    assert statuses == {404}
    assert clerk.get(f"/m/scan?code={world.code}").status_code == 429
    assert neighbour.get(f"/m/scan?code={world.code}").status_code == 303
    assert world.get(f"/t/{world.code}").status_code == 200
