"""Do goods change hands on two phones: offered in one hand, seen under today in the other, declined there, taken back,
offered again, and taken over?

Both languages, with script and without. With SUXIN_SCREENSHOTS=folder each page is also written there as a picture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page

from tests.browser.axe import axe_findings
from tests.browser.real_node import RealNode, live_node
from tests.browser.test_clerk_walk import made_token, posted
from tests.browser.test_every_page import WIDTHS, picture

pytestmark = pytest.mark.needs("chromium")

USCC = "91341602MA2N0000XJ"
SELLER, BUYER = "示例中药材专业合作社", "示例饮片公司"
WALKS = pytest.mark.parametrize(("lang", "scripted"), [("zh", True), ("zh", False), ("en", True)])


@dataclass(frozen=True)
class Said:
    """What a page says in one language, written here as its readers should find it."""

    today: str
    offer: str
    check: str
    waits: str
    accept: str
    decline: str
    declined: str
    seller_told: str
    take_back: str
    taken_back: str
    buyer_told: str
    until: str
    records: list[str]
    save: str


SAID = {
    "zh": Said(
        today="等您接收的",
        offer="交货",
        check="核对",
        waits=f"已交给{BUYER}，等对方接收",
        accept="接收",
        decline="不接收",
        declined="表示不接收",
        seller_told=f"{BUYER}不接收这批货",
        take_back="收回",
        taken_back=f"收回了，{BUYER}不能再接收",
        buyer_told="收回了这次交货",
        until="接收期限",
        records=["交货", "交货", "采收", "建立批次"],
        save="保存",
    ),
    "en": Said(
        today="Offered to you",
        offer="Hand over",
        check="Check",
        waits=f"Offered to {BUYER}, who has not taken it over yet",
        accept="Take over",
        decline="Do not take over",
        declined="that you do not take these goods",
        seller_told=f"{BUYER} does not take these goods",
        take_back="Take back",
        taken_back=f"{BUYER} can no longer take it over",
        buyer_told="took this offer back",
        until="Offer ends",
        records=["Offered", "Offered", "Harvested", "Batch opened"],
        save="Save",
    ),
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealNode]:
    with live_node(tmp_path_factory.mktemp("transfer")) as served:
        yield served


@pytest.fixture(scope="module")
def tokens(node: RealNode) -> dict[str, str]:
    """A co-op with a plot, and a buyer whom it has not dealt with before."""
    official = made_token(node, "official", "--region", "341602")
    seller = {"name": SELLER, "legal_form": "co-op", "roles": ["grower"], "region": "341602", "township": "十河镇"}
    buyer = {"name": BUYER, "legal_form": "enterprise", "roles": ["purchaser"], "region": "341602", "uscc": USCC}
    ids = {name: posted(node, official, "parties", body) for name, body in (("seller", seller), ("buyer", buyer))}
    made = {name: made_token(node, "member", "--party", id) for name, id in ids.items()}
    place = {"party": ids["seller"], "region": "341602", "township": "十河镇", "name": "西洼连片地", "area_mu": "8"}
    return {**made, "party": ids["seller"], "place": posted(node, made["seller"], "places", place)}


@pytest.fixture
def batch(node: RealNode, tokens: dict[str, str]) -> str:
    """Goods with their harvest on record, without which they are not handed over."""
    kilograms = {"value": "640", "unit": "kg"}
    opened = {"party": tokens["party"], "product": "HB-BS", "place": tokens["place"], "quantity": kilograms}
    made = posted(node, tokens["seller"], "batches", opened)
    harvest = {"kind": "harvest", "payload": {"quantity": kilograms}}
    posted(node, tokens["seller"], f"batches/{made}/events", harvest)
    return made


Phone = Callable[[str, str, bool], Page]


@pytest.fixture
def phone(browser: Browser, node: RealNode, tokens: dict[str, str]) -> Iterator[Phone]:
    """A narrow screen of somebody who signed in, in their language."""
    contexts: list[BrowserContext] = []
    violations: list[str] = []

    def signed_in(who: str, lang: str, scripted: bool) -> Page:
        context = browser.new_context(
            viewport={"width": 360, "height": 780}, locale="zh-CN", java_script_enabled=scripted
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: violations.append(str(error)))
        page.on("console", lambda said: violations.append(said.text) if "Security Policy" in said.text else None)
        page.goto(f"{node.url}/in?lang={lang}")
        page.fill('[name="token"]', tokens[who])
        page.locator("main form button").first.click()
        page.wait_for_url("**/m/")
        return page

    yield signed_in
    for context in contexts:
        context.close()
    assert violations == []


def is_well_made(page: Page, scripted: bool) -> None:
    """It fits the narrowest phones, and axe finds nothing."""
    if not scripted:
        return
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 780})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    assert axe_findings(page) == []


def press(page: Page, words: str) -> None:
    go(page, page.locator("main").get_by_role("button", name=words, exact=True))


def follow(page: Page, words: str) -> None:
    go(page, page.locator("main").get_by_role("link", name=words, exact=True))


def go(page: Page, what: Locator) -> None:
    """To the next page, until it has its style sheets: before, nothing on it can be measured."""
    with page.expect_navigation():
        what.click()


def offer(page: Page, node: RealNode, batch: str, said: Said) -> None:
    """From the batch to the sentence that says who is waited for."""
    page.goto(f"{node.url}/m/batches/{batch}")
    page.locator("main summary", has_text="其他记录" if said is SAID["zh"] else "Other records").click()
    go(page, page.locator(f'main details a[href="/m/offer/{batch}"]', has_text=said.offer))
    page.locator('[name="p.buyer"]').fill(USCC)
    press(page, said.check)
    press(page, said.offer)
    page.goto(f"{node.url}/m/batches/{batch}")
    assert said.waits in page.inner_text("main")


@WALKS
def test_goods_are_offered_declined_taken_back_offered_again_and_taken_over(
    phone: Phone, node: RealNode, batch: str, lang: str, scripted: bool
) -> None:
    said, seller, buyer = SAID[lang], phone("seller", lang, scripted), phone("buyer", lang, scripted)
    name = f"transfer-{lang}-{'script' if scripted else 'no-script'}"

    offer(seller, node, batch, said)
    picture(seller, f"{name}-1-offered")
    is_well_made(seller, scripted)
    buyer.goto(f"{node.url}/m/")
    picture(buyer, f"{name}-2-today")
    assert said.today in buyer.inner_text("main")
    go(buyer, buyer.locator(f'a[href="/m/offers/{batch}"]'))
    picture(buyer, f"{name}-3-offer")
    assert SELLER in buyer.inner_text("main")
    assert said.until in buyer.locator(".facts dt").all_inner_texts()
    is_well_made(buyer, scripted)
    press(buyer, said.decline)
    picture(buyer, f"{name}-4-declined")
    assert said.declined in buyer.inner_text('[role="status"]')
    is_well_made(buyer, scripted)
    buyer.goto(f"{node.url}/m/")
    assert buyer.locator(f'a[href="/m/offers/{batch}"]').count() == 0
    seller.goto(f"{node.url}/m/batches/{batch}")
    picture(seller, f"{name}-5-told")
    assert said.seller_told in seller.inner_text("main")

    press(seller, said.take_back)
    picture(seller, f"{name}-5-taken-back")
    assert said.taken_back in seller.inner_text('[role="status"]')
    is_well_made(seller, scripted)
    buyer.goto(f"{node.url}/m/offers/{batch}")
    picture(buyer, f"{name}-5-withdrawn")
    assert said.buyer_told in buyer.inner_text("main")
    assert buyer.locator('main a[href*="transfer_accepted"], main form').count() == 0
    is_well_made(buyer, scripted)

    offer(seller, node, batch, said)
    buyer.goto(f"{node.url}/m/")
    go(buyer, buyer.locator(f'a[href="/m/offers/{batch}"]'))
    follow(buyer, said.accept)
    picture(buyer, f"{name}-6-accept")
    is_well_made(buyer, scripted)
    press(buyer, said.check)
    picture(buyer, f"{name}-7-check")
    press(buyer, said.save)
    picture(buyer, f"{name}-8-receipt")
    assert buyer.locator(".receipt").count() == 1
    buyer.goto(f"{node.url}/m/batches")
    assert buyer.locator(f'a[href="/m/batches/{batch}"]').count() == 1
    seller.goto(f"{node.url}/m/batches/{batch}")
    picture(seller, f"{name}-9-earlier")
    assert seller.locator(f'a[href="/m/offer/{batch}"]').count() == 0
    assert seller.locator(".step-head h3").all_inner_texts() == said.records
