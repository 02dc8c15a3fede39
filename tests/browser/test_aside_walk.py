"""A device came with a key that had ended: does its clerk find the record, check it and vouch for it, on a cheap phone; and the
official at the desk, who does not record it?

Both languages, with script and without. With SUXIN_SCREENSHOTS=folder each page is also written there as a picture.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from api.catalogue import LANGS
from api.pages.render import TEXT_SIZES
from tests.browser.axe import axe_findings
from tests.browser.real_node import WAIT_SECONDS, RealNode, live_node
from tests.browser.test_clerk_walk import made_token, posted
from tests.browser.test_every_page import WIDTHS, picture
from trace.ledger.canonical import commit
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import signed_statement

pytestmark = pytest.mark.needs("chromium")

COOP, OPERATOR = "示例中药材专业合作社", "厉秋收"
LOST_KEY = PrivateKey.from_seed(bytes([31]) * 32)
SALT = bytes(range(32))
SALT_TEXT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
ORIGIN = "suxin.localhost/log"


@dataclass(frozen=True)
class Said:
    """What a page says in one language, written here as its readers should find it."""

    heading: str
    kind: str
    lead: str
    vouch: str
    vouched: str
    dismiss: str
    reason: str
    dismissed: str


SAID = {
    "zh": Said(
        heading="密钥吊销后送来的记录",
        kind="采收",
        lead="先向本人核实",
        vouch="已向本人核实，代为记录",
        vouched="已代为记录，账本第",
        dismiss="不予记录",
        reason="没有联系上本人",
        dismissed="没有代为记录，内容已经删除。原因：没有联系上本人。",
    ),
    "en": Said(
        heading="Records that came under a revoked key",
        kind="Harvested",
        lead="ask the person first",
        vouch="I have asked the person: record it",
        vouched="It was vouched for and stands in the log under number",
        dismiss="Do not record it",
        reason="The person could not be reached",
        dismissed="It was not recorded, and what it said is deleted. Reason: The person could not be reached.",
    ),
}


@dataclass(frozen=True)
class Place:
    """A co-op whose device was lost: its tokens, and the batch that the device writes to."""

    node: RealNode
    official: str
    member: str
    party: str
    batch: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with live_node(tmp_path_factory.mktemp("aside")) as node:
        official = made_token(node, "official", "--region", "341602")
        coop = {"name": COOP, "legal_form": "co-op", "roles": ["grower"], "region": "341602", "key": LOST_KEY.did}
        party = posted(node, official, "parties", coop)
        member = made_token(node, "member", "--party", party)
        plot = {"party": party, "region": "341602", "township": "十河镇", "name": "西洼连片地", "area_mu": "8"}
        opened = {"party": party, "product": "HB-BS", "place": posted(node, member, "places", plot)}
        batch = posted(node, member, "batches", {**opened, "quantity": {"value": "640", "unit": "kg"}})
        ended = {"kind": "key_revoked", "payload": {"key": LOST_KEY.did, "why": "lost"}}
        posted(node, official, f"parties/{party}/events", ended)
        yield Place(node, official, member, party, batch)


def sent(place: Place) -> str:
    """A harvest that the lost device signed; where its page is, below /m and /desk."""
    id = str(uuid.uuid4())
    value = commit(SALT, OPERATOR)
    fields = {
        "id": f"urn:uuid:{id}",
        "origin": ORIGIN,
        "chain": place.batch,
        "kind": "harvest",
        "actor": place.party,
        "occurred_at": "2026-09-10T08:06:00+08:00",
        "payload": {"quantity": {"value": "640", "unit": "kg"}, "operator": {"commit": value}},
    }
    statement: dict[str, Any] = json.loads(signed_statement(fields, [LOST_KEY], "2026-09-10T00:06:00Z"))
    body = {"statement": statement, "openings": [{"commit": value, "salt": SALT_TEXT, "value": OPERATOR}]}
    request = urllib.request.Request(
        f"{place.node.url}/api/v1/statements",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {place.member}", "Content-Type": "application/json"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=WAIT_SECONDS)
    with refused.value as answer:
        assert (answer.code, json.load(answer)["code"]) == (409, "key-revoked")
    return f"/aside/{id}"


SignedIn = Callable[..., Page]


@pytest.fixture
def signed_in(browser: Browser, place: Place) -> Iterator[SignedIn]:
    """A narrow screen of whoever holds a token; what violates the policy of a page fails the test."""
    contexts: list[BrowserContext] = []
    violations: list[str] = []

    def opened(token: str, lang: str, *, scripted: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": 360, "height": 780},
            locale="zh-CN" if lang == "zh" else "en-GB",
            java_script_enabled=scripted,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: violations.append(str(error)))
        page.on("console", lambda said: violations.append(said.text) if "Security Policy" in said.text else None)
        page.goto(f"{place.node.url}/in")
        page.fill('[name="token"]', token)
        page.locator("main form button").first.click()
        page.wait_for_url(re.compile("/(m|desk)/$"))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert violations == []


@pytest.mark.parametrize(("lang", "scripted"), [("zh", True), ("zh", False), ("en", True)])
def test_a_clerk_finds_it_under_today_and_vouches(place: Place, signed_in: SignedIn, lang: str, scripted: bool) -> None:
    said, path = SAID[lang], sent(place)
    page = signed_in(place.member, lang, scripted=scripted)

    today = page.locator("section", has=page.locator("#aside"))
    assert today.locator("h2").inner_text() == said.heading
    today.locator(f'a[href="/m{path}"]').click()
    assert page.inner_text("h1") == said.kind
    assert said.lead in page.inner_text(".notice")
    assert OPERATOR in page.inner_text(".check-answers")
    picture(page, f"aside-{lang}-{'script' if scripted else 'no-script'}")
    page.get_by_role("button", name=said.vouch, exact=True).click()

    page.locator(".notice-done", has_text=said.vouched).wait_for()
    picture(page, f"aside-vouched-{lang}-{'script' if scripted else 'no-script'}")
    assert OPERATOR not in page.content()
    page.goto(f"{place.node.url}/m/")
    assert page.locator(f'a[href="/m{path}"]').count() == 0


@pytest.mark.parametrize(("lang", "scripted"), [("zh", True), ("zh", False), ("en", True)])
def test_an_official_dismisses_it_with_a_reason(place: Place, signed_in: SignedIn, lang: str, scripted: bool) -> None:
    said, path = SAID[lang], sent(place)
    page = signed_in(place.official, lang, scripted=scripted)

    page.goto(f"{place.node.url}/desk/aside")
    picture(page, f"desk-asides-{lang}")
    page.locator(f'a[href="/desk{path}"]').click()
    assert COOP in page.inner_text(".check-answers")
    page.locator("label.choice", has_text=said.reason).click()
    picture(page, f"desk-aside-{lang}")
    page.get_by_role("button", name=said.dismiss, exact=True).click()

    page.locator(".notice", has_text=said.dismissed).wait_for()
    page.goto(f"{place.node.url}/desk/aside")
    assert page.locator(f'a[href="/desk{path}"]').count() == 0


def test_its_pages_fit_a_small_phone_and_axe_finds_nothing(place: Place, signed_in: SignedIn) -> None:
    path = sent(place)
    pages = [(place.member, f"/m{path}"), (place.member, "/m/"), (place.official, "/desk/aside")]

    for token, address in [*pages, (place.official, f"/desk{path}"), (place.official, "/desk/")]:
        page = signed_in(token, "zh")
        for lang in LANGS:
            for size in TEXT_SIZES:
                page.goto(f"{place.node.url}{address}?lang={lang}&text={size}")
                assert page.get_attribute("html", "data-text") == size
                for width in WIDTHS:
                    page.set_viewport_size({"width": width, "height": 780})
                    assert page.evaluate("document.documentElement.scrollWidth") == width, (address, lang, size)
                assert axe_findings(page) == [], (address, lang, size)
