"""Is control real in a browser: a laboratory reports, two officials see the hold and lift it, a market lets the goods in?

Taps are counted from the shell's first page and compared with the numbers of the design, written here by hand. With
SUXIN_SCREENSHOTS=folder each page is also written there as a picture.
"""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from api.catalogue import LANGS
from tests.browser.axe import axe_findings
from tests.browser.hand import Hand, watched
from tests.browser.real_node import WAIT_SECONDS, RealNode, real_node
from tests.browser.test_clerk_walk import made_token, posted
from tests.browser.test_every_page import picture
from tests.browser.test_official_keys import officials

pytestmark = pytest.mark.needs("chromium")

PHONE, DESK = ViewportSize(width=360, height=780), ViewportSize(width=1280, height=900)
SIZES = ("standard", "huge")


@dataclass
class Walk:
    """The demonstration with a batch of its own, a sample of it for the laboratory, and a browser for each person."""

    node: RealNode
    browser: Browser
    contexts: dict[str, BrowserContext]
    tokens: dict[str, str]
    batch: str
    code: str
    violations: list[str]

    def open(self, who: str, path: str = "", script: bool = True) -> Page:
        """The page of somebody who signed in before, or does now."""
        if who not in self.contexts:
            is_desk = who in ("first", "second", "auditor")
            context = self.browser.new_context(
                viewport=DESK if is_desk else PHONE,
                locale="zh-CN",
                java_script_enabled=script,
            )
            self.contexts[who] = context
            page = context.new_page()
            page.on("pageerror", lambda error: self.violations.append(str(error)))
            page.on(
                "console", lambda said: self.violations.append(said.text) if "Security Policy" in said.text else None
            )
            page.goto(f"{self.node.url}/in")
            page.fill('[name="token"]', self.tokens[who])
            page.locator("main form button").first.click()
            page.wait_for_url(lambda url: "/in" not in url)
        page = self.contexts[who].pages[0]
        if path:
            page.goto(self.node.url + path)
        return page


def party(node: RealNode, role: str) -> str:
    """A party of the demonstration that has this role."""
    with urllib.request.urlopen(f"{node.url}/api/v1/parties?limit=100", timeout=WAIT_SECONDS) as answer:
        rows: list[dict[str, Any]] = json.loads(answer.read())["items"]
    return next(str(row["id"]) for row in rows if role in row["roles"] and row["legal_form"] != "person")


@pytest.fixture(scope="module")
def walk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with real_node(tmp_path_factory.mktemp("control")) as node:
        yield from _walk(browser, node)


def _walk(browser: Browser, node: RealNode) -> Iterator[Walk]:
    office = made_token(node, "official", "--region", "341602")
    place = {"region": "341602", "township": "十河镇", "name": "南地", "area_mu": "2"}
    grower = {
        "name": "示例种植社",
        "legal_form": "co-op",
        "roles": ["grower"],
        "region": "341602",
        "township": "十河镇",
    }
    buyer = {"name": "示例商行", "legal_form": "enterprise", "roles": ["retailer"], "region": "341602"}
    market = {"name": "示例批发市场", "legal_form": "enterprise", "roles": ["market"], "region": "341602"}
    ids = {"coop": posted(node, office, "parties", grower), "market": posted(node, office, "parties", market)}
    for name in ("buyer", "other buyer"):
        ids[name] = posted(node, office, "parties", buyer)
    ids["other market"] = posted(node, office, "parties", {**market, "name": "示例农贸市场"})
    ids["lab"] = party(node, "laboratory")
    first, second = officials(node)[:2]
    tokens = {
        "coop": made_token(node, "member", "--party", ids["coop"]),
        **{
            name: made_token(node, "member", "--party", ids[name])
            for name in ("market", "other market", "buyer", "other buyer")
        },
        "lab": made_token(node, "laboratory", "--party", ids["lab"]),
        "first": made_token(node, "official", "--party", first, "--region", "341602"),
        "second": made_token(node, "official", "--party", second, "--region", "341602"),
        "auditor": made_token(node, "auditor"),
    }
    plot = posted(node, tokens["coop"], "places", {**place, "party": ids["coop"]})
    opened = {"party": ids["coop"], "product": "HB-BS", "place": plot, "quantity": {"value": "100", "unit": "kg"}}
    batch = posted(node, tokens["coop"], "batches", opened)
    for kind, payload in (
        ("harvest", {"quantity": {"value": "100", "unit": "kg"}}),
        ("sample_taken", sample(ids["lab"], "YP-1")),
        ("sample_taken", sample(ids["lab"], "YP-2")),
        ("sample_taken", sample(ids["lab"], "YP-3")),
        ("sample_taken", sample(ids["lab"], "YP-4")),
    ):
        posted(node, tokens["coop"], f"batches/{batch}/events", {"kind": kind, "payload": payload})
    code = json.loads(node.get(f"/api/v1/batches/{batch}"))["code"]
    found = Walk(node, browser, {}, tokens, batch, code, [])
    yield found
    for context in found.contexts.values():
        context.close()
    assert found.violations == []


def sample(laboratory: str, number: str) -> dict[str, Any]:
    kilogram = {"value": "1", "unit": "kg"}
    return {"sample_no": number, "sample_kind": "entrusted", "quantity": kilogram, "laboratory": laboratory}


def report(walk: Walk, number: str, moisture: str, conclusion: str) -> Page:
    """A laboratory's report of one figure, from the list of samples to the receipt."""
    page = walk.open("lab", "/lab/")
    page.get_by_role("link").filter(has_text=f"样品{number}").click()
    page.get_by_role("group", name="水分").get_by_label("结果").fill(moisture)
    page.locator("label.choice", has_text=re.compile(f"^{conclusion}$")).click()
    page.get_by_label("报告编号").fill(f"SL-{number}")
    picture(page, f"lab-form-{number}")
    page.get_by_role("button", name="核对", exact=True).click()
    picture(page, f"lab-check-{number}")
    page.get_by_role("button", name="签发报告", exact=True).click()
    expect(page.locator(".receipt")).to_have_text(re.compile("已收到，账本第[0-9]+号。"))
    picture(page, f"lab-report-{number}")
    return page


def take_in_key(walk: Walk, who: str, number: int) -> None:
    page = walk.open(who, "/desk/keys")
    page.get_by_label("密钥文件").set_input_files(walk.node.key_dir / f"demo-official-{number}.key")
    expect(page.get_by_text("密钥已载入这个浏览器")).to_be_visible()


def sign(page: Page) -> None:
    expect(page.locator("#by-key")).to_be_visible()
    with page.expect_navigation():  # the browser computes before it sends
        page.get_by_role("button", name="用我的密钥签名").click()


def test_a_failed_report_holds_goods_and_two_officials_lift_it(walk: Walk) -> None:
    page = report(walk, "YP-1", "16.2", "不合格")
    assert "这批货因这份报告被扣留" in page.inner_text(".consequence")

    gate = walk.open("market", f"/m/gate/{walk.code}")
    assert "已扣留，不能放行" in gate.inner_text("h1")
    picture(gate, "gate-held")
    gate.get_by_role("button", name="放行", exact=True).click()
    assert "这批货从" in gate.inner_text(".error-summary")
    picture(gate, "gate-refused")
    assert gate.get_by_role("button", name="要求检测", exact=True).is_visible()

    take_in_key(walk, "first", 1)
    take_in_key(walk, "second", 2)
    one = walk.open("first", "/desk/")
    picture(one, "desk-overview")
    one.get_by_role("link", name=re.compile("^批次")).click()
    one.locator(f'a[href="/desk/batches/{walk.batch}"]').first.click()
    picture(one, "desk-batch-held")
    one.get_by_role("link", name="解除扣留").first.click()
    expect(one.get_by_text("现在还不能解除")).to_be_visible()
    picture(one, "desk-lift-missing")
    report(walk, "YP-4", "11.5", "合格")
    one.reload()
    expect(one.locator('[name="p.evidence"]')).to_be_checked()
    one.get_by_label("解除理由").fill("复检合格：送检样品受潮，留样复检水分11.5%。")
    picture(one, "desk-lift")
    one.get_by_role("button", name="核对", exact=True).click()
    one.get_by_role("button", name="去签名").click()
    sign(one)
    expect(one.get_by_text("现在等别人签名")).to_be_visible()

    two = walk.open("second", "/desk/")
    two.locator('main a[href^="/desk/sign/"]').last.click()  # the season's own was asked for before
    picture(two, "desk-sign-second")
    sign(two)
    expect(two.get_by_text("已记入账本")).to_be_visible()

    two.goto(f"{walk.node.url}/desk/batches/{walk.batch}")
    assert two.locator(".band-hold").count() == 0
    assert "复检合格：送检样品受潮" in two.inner_text(".desk-records")
    picture(two, "desk-batch-lifted")


@pytest.fixture
def hand(walk: Walk, request: pytest.FixtureRequest) -> Iterator[Hand]:
    """A touch screen of whoever the test is about, signed in, which counts."""
    who, scripted = request.param
    context = walk.browser.new_context(viewport=PHONE, locale="zh-CN", has_touch=True, java_script_enabled=scripted)
    watched(context, scripted)
    page = context.new_page()
    page.goto(f"{walk.node.url}/in")
    page.fill('[name="token"]', walk.tokens[who])
    page.locator("main form button").first.click()
    page.wait_for_url(re.compile("/m/$"))
    yield Hand(page, walk.node.url, scripted=scripted)
    context.close()


def by(scripted: str, plain: str) -> pytest.MarkDecorator:
    """With script in the hand of one party, without in that of another."""
    hands = [(scripted, True), (plain, False)]
    return pytest.mark.parametrize("hand", hands, indirect=True, ids=["script", "no-script"])


@by("market", "other market")  # what a market has let in it is not offered once more
def test_the_market_lets_tested_goods_in_by_two_taps(walk: Walk, hand: Hand) -> None:
    if hand.scripted:
        report(walk, "YP-2", "11.5", "合格")
    name = "script" if hand.scripted else "no-script"

    hand.start()
    hand.tap(hand.page.locator(".bottom-bar a", has_text="扫码"))
    hand.scan(label_address(walk))
    assert "可以放行" in hand.page.inner_text("h1")
    picture(hand.page, f"gate-clear-{name}")
    hand.button("放行")

    assert (hand.count, hand.scans) == ((2, 0), 1)
    assert re.search(
        "已记入账本第[0-9]+号：放行，96公斤。", hand.page.inner_text("[role=status]")
    )  # 100, less four samples
    picture(hand.page, f"gate-logged-{name}")


@by("market", "market")
def test_a_code_that_is_typed_costs_its_field_and_one_tap(walk: Walk, hand: Hand) -> None:
    """The table's figure is for a code that is scanned; without a camera it is read off the label and typed."""
    hand.start()
    hand.tap(hand.page.locator(".bottom-bar a", has_text="扫码"))
    hand.fill("code", walk.code.lower())
    hand.button("查询")
    assert hand.page.get_by_role("button", name="要求检测", exact=True).is_visible()
    hand.button("要求检测")

    assert hand.count == (3, 1)


@by("buyer", "other buyer")  # whoever has received goods holds them, and finds them among its own
def test_a_buyer_takes_goods_in_by_two_taps(walk: Walk, hand: Hand) -> None:
    hand.start()
    hand.tap(hand.page.locator(".bottom-bar a", has_text="扫码"))
    hand.scan(label_address(walk))
    shown = hand.page.input_value('[name="p.quantity.value"]')
    hand.button("收货")

    assert float(shown) > 0
    assert (hand.count, hand.scans) == ((2, 0), 1)
    assert "已收到，账本第" in hand.page.inner_text(".receipt")


def label_address(walk: Walk) -> str:
    """What a scanner reads off the label."""
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(walk.node.get(f"/api/v1/batches/{walk.batch}/labels.png"))))
    text: str = found.text
    return text


def test_laboratory_and_gate_work_without_script(walk: Walk) -> None:
    walk.tokens |= {"lab ": walk.tokens["lab"], "market ": walk.tokens["market"]}
    lab = walk.open("lab ", "/lab/", script=False)
    lab.get_by_role("link").filter(has_text="样品YP-3").click()
    lab.get_by_role("group", name="水分").get_by_label("结果").fill("<0.1")
    lab.locator("label.choice", has_text=re.compile("^合格$")).click()
    lab.get_by_role("button", name="核对", exact=True).click()
    lab.get_by_role("button", name="签发报告", exact=True).click()
    assert "已收到" in lab.inner_text(".receipt")

    gate = walk.open("market ", f"/m/gate/{walk.code}", script=False)
    gate.get_by_role("button", name="要求检测", exact=True).click()
    assert "先检测" in gate.inner_text("[role=status]")


def test_a_correction_that_was_relied_on_waits_for_an_official_and_both_see_it(walk: Walk) -> None:
    """Another batch was made on the harvest's word; then the clerk finds the slip."""
    taken = {"party": party_of(walk), "product": "HB-BS", "quantity": {"value": "1", "unit": "kg"}}
    taken["inputs"] = [{"batch": walk.batch, "quantity": {"value": "1", "unit": "kg"}}]
    posted(walk.node, walk.tokens["coop"], "batches", taken)
    clerk = walk.open("coop", f"/m/batches/{walk.batch}")
    step = clerk.locator(".step", has_text="采收").filter(has=clerk.locator('a[href^="/m/correct/"]')).first
    step.get_by_role("link", name=re.compile("^更正")).click()
    clerk.locator('[name="p.quantity.value"]').fill("101")
    clerk.locator('[name="reason"]').fill("过磅单是101公斤")
    clerk.get_by_role("button", name="核对", exact=True).click()
    assert "要一名监管人员用自己的密钥一起签名" in clerk.inner_text(".consequence")
    clerk.get_by_role("button", name="提交，等监管人员签名").click()
    expect(clerk.get_by_role("status")).to_contain_text("已提交，等一名监管人员签名")
    assert "原来100公斤，改为101公斤" in clerk.inner_text("main")
    picture(clerk, "correction-waits")
    clean(clerk, (320, 360))
    waits = clerk.url

    take_in_key(walk, "first", 1)
    official = walk.open("first", "/desk/waiting")
    official.locator('main a[href^="/desk/sign/"]').first.click()
    assert "原来100公斤，改为101公斤" in official.inner_text(".signature-box")
    picture(official, "correction-signed")
    sign(official)
    expect(official.get_by_text("已记入账本")).to_be_visible()

    clerk.goto(waits)
    expect(clerk.get_by_role("status")).to_contain_text("监管人员已签名，更正已记入账本第")
    clerk.goto(f"{walk.node.url}/m/batches/{walk.batch}")
    assert "已更正，以更正的记录为准。" in clerk.inner_text("[aria-labelledby=history]")


def party_of(walk: Walk) -> str:
    """Who owns the walk's batch."""
    found: str = json.loads(walk.node.get(f"/api/v1/batches/{walk.batch}"))["owner"]
    return found


def clean(page: Page, widths: tuple[int, ...]) -> None:
    """The page overflows at none of these widths, and axe finds nothing."""
    page.wait_for_load_state()  # a click waits for the page alone, not for its style sheets
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") == width, width
    assert axe_findings(page) == []


PAGES: dict[str, tuple[str, tuple[int, ...]]] = {
    "/lab/": ("lab", (320, 360)),
    "/lab/reports/new?sample={sample}": ("lab", (320, 360)),
    "/lab/retests?code={code}": ("lab", (320, 360)),
    "/m/": ("coop", (320, 360)),
    "/m/gate": ("market", (320, 360)),
    "/m/gate/{code}": ("market", (320, 360)),
    "/m/receive/{code}": ("market", (320, 360)),
    "/desk/": ("first", (320, 1280)),
    "/desk/batches": ("first", (320, 1280)),
    "/desk/batches?show=all": ("first", (320, 1280)),
    "/desk/batches/{batch}": ("first", (320, 1280)),
    "/desk/flags": ("first", (320, 1280)),
    "/desk/parties": ("first", (320, 1280)),
    "/desk/parties?role=grower": ("first", (320, 1280)),
    "/desk/parties?role=retailer&q=%E6%97%A0": ("first", (320, 1280)),
    "/desk/parties/new": ("first", (320, 1280)),
    "/desk/keys": ("first", (320, 1280)),
    "/desk/offices": ("first", (320, 1280)),
    "/desk/tables": ("first", (320, 1280)),
    "/desk/tables/adopt?table=competence": ("first", (320, 1280)),
    "/desk/batches/{batch} ": ("auditor", (1280,)),
}


@pytest.mark.parametrize(("lang", "text_size"), [(lang, size) for lang in LANGS for size in SIZES])
@pytest.mark.parametrize("path", list(PAGES))
def test_a_page_fits_its_screen_and_axe_finds_nothing(walk: Walk, path: str, lang: str, text_size: str) -> None:
    who, widths = PAGES[path]
    events = json.loads(walk.node.get(f"/api/v1/batches/{walk.batch}/events"))["items"]
    taken = next(one["seq"] for one in events if one.get("kind") == "sample_taken")
    place = path.strip().format(batch=walk.batch, code=walk.code, sample=f"{walk.batch}.{taken}")
    page = walk.open(who, f"{place}{'&' if '?' in place else '?'}lang={lang}&text={text_size}")
    name = re.sub("[^a-z]+", "-", path.partition("{")[0]).strip("-")
    page.set_viewport_size({"width": widths[-1], "height": 900})
    picture(page, f"page-{name}-{who}-{lang}-{text_size}")
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")

    clean(page, widths)
