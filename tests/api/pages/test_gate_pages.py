"""Does the market's gate show the verdict first, log each decision, and say why a rule refuses one?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from tests.api.app_parts import AT, World, running_world
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import SeenForm, seen_form
from trace.ledger.canonical import decode_value

REPORT = {
    "items": [{"item": "水分", "value": "11.8", "unit": "%"}],
    "report_no": "SL-9",
    "tested_on": "2026-09-10",
    "issued_on": "2026-09-10",
    "cma_no": "示例-000000",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        body = {"name": "示例批发市场", "legal_form": "enterprise", "roles": ["market"], "region": "341602"}
        running.parties["market"] = running.made("/api/v1/parties", body, "official")["id"]
        running.add_token("market", "member", party=running.parties["market"])
        yield running


@pytest.fixture
def market(world: World) -> Browser:
    return signed_in(world, "market")


def report(world: World, conclusion: str) -> None:
    body = {"kind": "lab_report", "occurred_at": AT, "payload": {**REPORT, "conclusion": conclusion}}
    world.made(f"/api/v1/batches/{world.batch}/events", body, "laboratory")


def form_at(browser: Browser, path: str) -> SeenForm:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return seen_form(answer.text)


def press(browser: Browser, form: SeenForm, decision: str, **changed: Any) -> Response:
    return browser.post(form.action, {**form.sent(**changed), "p.decision": decision})


def decisions(world: World) -> list[dict[str, Any]]:
    with world.node.reading() as reads:
        said: list[Any] = [decode_value(row.statement) for row in reads.chain_rows(world.batch)]
    return [one["payload"] for one in said if one["kind"] == "market_admission"]


@pytest.mark.parametrize("typed", ["{code}", "{spaced}", "{lower}"])
def test_a_typed_code_leads_to_the_verdict(world: World, market: Browser, typed: str) -> None:
    code = world.code
    text = typed.format(code=code, spaced=f"{code[:4]}-{code[4:8]}-{code[8:]}", lower=code.lower())

    answer = market.get(f"/m/gate?code={text}")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/m/gate/{code}")
    assert market.get(f"/m/gate/{code.lower()}").status_code == 200


def test_an_unknown_code_is_asked_again(market: Browser) -> None:
    answer = market.get("/m/gate?code=AAAA-BBBB-CCCC")

    assert answer.status_code == 404
    assert 'value="AAAA-BBBB-CCCC"' in answer.text
    assert market.get("/m/gate/AAAABBBBCCCC").status_code == 404


def test_the_verdict_stands_before_everything_else(world: World, market: Browser) -> None:
    """农产品质量安全法 arts 37, 39: without proof of quality the goods are tested first."""
    page = market.get(f"/m/gate/{world.code}").text

    assert (
        page.index("没有合格凭证，先检测") < page.index("白芍") or "<h1" in page[: page.index("没有合格凭证，先检测")]
    )
    assert "没有任何凭证，也没有检测合格。" in page
    assert "农产品质量安全法" in page
    assert "账本里没有这批货的检验报告" in page
    assert seen_form(page).values("p.quantity.value") == ["1250.5"]


def test_the_full_button_is_the_one_that_the_verdict_says(world: World, market: Browser) -> None:
    buttons = re.compile('<button( class="quiet")? type="submit" name="p.decision" value="(admitted|test-first)">')

    untested = buttons.findall(market.get(f"/m/gate/{world.code}").text)
    report(world, "pass")
    passed = buttons.findall(market.get(f"/m/gate/{world.code}").text)

    assert [decision for quiet, decision in untested if not quiet] == ["test-first"]
    assert [decision for quiet, decision in passed if not quiet] == ["admitted"]


def test_both_a_failed_report_and_its_clean_retest_are_shown_as_papers(world: World, market: Browser) -> None:
    events = f"/api/v1/batches/{world.batch}/events"
    failed = {"kind": "lab_report", "occurred_at": AT, "payload": {**REPORT, "conclusion": "fail"}}
    made = world.made(events, failed, "laboratory")
    first = {name: made[name] for name in ("chain", "seq", "leaf")}
    again = {**REPORT, "report_no": "FJ-1", "conclusion": "pass", "retest_of": first}
    world.made(events, {"kind": "retest_report", "occurred_at": AT, "payload": again}, "laboratory")

    page = market.get(f"/m/gate/{world.code}").text

    assert "检验报告SL-9" in page
    assert "复检报告FJ-1" in page
    assert "已扣留" in page  # by the laboratory of the first test: it takes no place


def test_what_a_refusal_asks_for_stands_open_below_it(world: World, market: Browser) -> None:
    page = market.get(f"/m/gate/{world.code}").text
    assert '<details class="more" open>' not in page

    refused = press(market, seen_form(page), "admitted")

    assert refused.status_code == 409
    assert refused.text.index('<details class="more" open>') < refused.text.index('name="p.test.result"')


def test_goods_with_a_clean_report_come_in_by_one_button(world: World, market: Browser) -> None:
    report(world, "pass")
    page = market.get(f"/m/gate/{world.code}").text
    assert "可以放行" in page
    assert "检验报告SL-9" in page

    answer = press(market, seen_form(page), "admitted")

    assert answer.status_code == 303, answer.text
    assert decisions(world) == [
        {
            "decision": "admitted",
            "market": "示例批发市场",
            "quantity": {"value": "1250.5", "unit": "kg"},
            "proofs": [{"type": "检验报告", "number": "SL-9"}],
        }
    ]
    told = market.get(answer.headers["location"]).text
    assert "：放行，1,250.5公斤。" in told
    assert 'action="/m/gate"' in told


def test_goods_without_proof_are_refused_by_the_rule_and_can_be_tested(world: World, market: Browser) -> None:
    """Gate G18: no proof, no test."""
    form = form_at(market, f"/m/gate/{world.code}")
    size = world.size

    refused = press(market, form, "admitted")

    assert refused.status_code == 409
    assert "没有质量合格的凭证，或者现场检测不合格" in refused.text
    assert "没有任何凭证，也没有检测合格。" in refused.text
    assert 'value="test-first"' in refused.text
    assert 'value="refused"' in refused.text
    assert world.size == size

    tested = press(market, seen_form(refused.text), "test-first")
    assert tested.status_code == 303, tested.text
    assert decisions(world)[0]["decision"] == "test-first"
    assert decisions(world)[0]["reasons"].keys() == {"commit"}
    receipt = market.get(f"/m/records/{world.size - 1}").text
    assert "没有任何凭证，也没有检测合格。" in receipt
    assert "no-proof-no-test" not in receipt


def test_a_test_at_the_gate_that_passes_lets_goods_in(world: World, market: Browser) -> None:
    form = form_at(market, f"/m/gate/{world.code}")

    failed = press(market, form, "admitted", p__test__result="fail")
    passed = press(market, seen_form(failed.text), "admitted", p__test__result="pass")

    assert failed.status_code == 409
    assert passed.status_code == 303, passed.text
    assert decisions(world)[0]["test"] == {"method": "快速检测", "result": "pass"}


def test_held_goods_show_the_hold_first_and_do_not_come_in(world: World, market: Browser) -> None:
    report(world, "fail")
    page = market.get(f"/m/gate/{world.code}").text
    assert "已扣留，不能放行" in page

    admitted = press(market, seen_form(page), "admitted", p__test__result="pass")
    refused = press(market, seen_form(page), "refused")

    assert admitted.status_code == 409
    assert "这批货从2026-09-10" in admitted.text
    assert refused.status_code == 303, refused.text
    assert decisions(world)[0]["decision"] == "refused"


def test_a_refusal_needs_a_reason(world: World, market: Browser) -> None:
    report(world, "pass")
    form = form_at(market, f"/m/gate/{world.code}")

    answer = press(market, form, "refused")
    told = press(market, seen_form(answer.text), "refused", p__reasons="goods-spoiled")

    assert answer.status_code == 422
    assert 'aria-describedby="f-p-reasons-error"' in answer.text
    assert told.status_code == 303, told.text
    receipt = market.get(f"/m/records/{world.size - 1}").text
    assert "goods-spoiled" not in receipt


def test_no_more_comes_in_than_there_is(world: World, market: Browser) -> None:
    report(world, "pass")

    answer = press(market, form_at(market, f"/m/gate/{world.code}"), "admitted", p__quantity__value="1250.6")

    assert answer.status_code == 409
    assert 'value="1250.6"' in answer.text


def test_what_was_let_in_is_not_offered_once_more(world: World, market: Browser) -> None:
    """1250.5 kg are there; after 250.5 have come in, a thousand can, and after those nothing."""
    report(world, "pass")
    page = f"/m/gate/{world.code}"
    press(market, form_at(market, page), "admitted", p__quantity__value="250.5")

    again = form_at(market, page)
    assert again.values("p.quantity.value") == ["1000"]
    assert "本市场已放行</dt><dd>250.5公斤" in market.get(page).text
    assert press(market, again, "admitted").status_code == 303

    assert form_at(market, page).values("p.quantity.value") == [""]
    assert "本市场已放行</dt><dd>1,250.5公斤" in market.get(page).text


def test_enter_decides_nothing(world: World, market: Browser) -> None:
    form = form_at(market, f"/m/gate/{world.code}")
    size = world.size

    answer = market.post(form.action, {**form.sent(), form.buttons[0][0]: form.buttons[0][1]})

    assert answer.status_code == 200
    assert world.size == size


@pytest.mark.parametrize("who", ["coop", "retailer", "laboratory", "official", "auditor", "administrator"])
def test_the_gate_is_for_markets_alone(world: World, who: str) -> None:
    browser = signed_in(world, who)

    assert browser.get("/m/gate").status_code == 403
    assert browser.get(f"/m/gate/{world.code}").status_code == 403
    assert browser.post(f"/m/gate/{world.code}", {"p.decision": "refused"}).status_code == 403


def test_another_market_does_not_read_what_was_decided(world: World, market: Browser) -> None:
    report(world, "pass")
    where = press(market, form_at(market, f"/m/gate/{world.code}"), "admitted").headers["location"]
    body = {"name": "另一市场", "legal_form": "enterprise", "roles": ["market"], "region": "341602"}
    world.add_token("other", "member", party=world.made("/api/v1/parties", body, "official")["id"])

    assert "已记入账本" not in signed_in(world, "other").get(where).text


# ---- a buyer takes goods in ----


def test_goods_are_received_as_sent_by_one_button(world: World) -> None:
    buyer = signed_in(world, "retailer")
    form = form_at(buyer, f"/m/receive/{world.code}")
    assert form.values("p.quantity.value") == ["1250.5"]
    assert form.values("p.seller_name") == ["示例中药材专业合作社"]

    answer = buyer.post(form.action, {**form.sent(), "do": "save"})

    assert answer.status_code == 303, answer.text
    assert "已收到，账本第" in buyer.get(answer.headers["location"]).text


def test_who_does_not_receive_goods_finds_no_such_page(world: World, market: Browser) -> None:
    assert market.get(f"/m/receive/{world.code}").status_code == 200
    assert signed_in(world, "neighbour").get(f"/m/receive/{world.code}").status_code == 404
    assert signed_in(world, "laboratory").get(f"/m/receive/{world.code}").status_code == 403
    assert market.get("/m/receive/AAAABBBBCCCC").status_code == 404
