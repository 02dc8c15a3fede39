"""Can a clerk keep a season's records on a cheap phone, in as many taps as were promised, with and without script?

Taps and typed fields are counted from the shell's first page and compared with the numbers of the design, written here by
hand. With SUXIN_SCREENSHOTS=folder each page is also written there as a picture.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from api.catalogue import LANGS, Lang
from api.pages.render import TEXT_SIZES, TextSize
from tests.api.pages.forms.test_stepping import NO_NUMBERS, STEPS
from tests.browser.axe import axe_findings
from tests.browser.hand import Hand, watched
from tests.browser.real_node import ROOT, WAIT_SECONDS, RealNode, live_node
from tests.browser.test_every_page import WIDTHS, picture

pytestmark = pytest.mark.needs("chromium")

COOP, PESTICIDE = "示例中药材专业合作社", "示例杀菌剂甲25%悬浮剂"
PLOT = "东头二亩地"
SHOWN = f"白芍 · {PLOT}"
SCRIPTED = pytest.mark.parametrize("scripted", [True, False], ids=["script", "no-script"])


def made_token(node: RealNode, role: str, *more: str) -> str:
    """A token, as the operator of the node makes it."""
    made = subprocess.run(
        [sys.executable, "-m", "api", "token", "--role", role, *more],
        env=dict(node.environ),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=True,
    )
    return made.stdout.splitlines()[-1]


def posted(node: RealNode, token: str, path: str, body: dict[str, Any]) -> str:
    """What another program sent before: the id of what was registered."""
    request = urllib.request.Request(
        f"{node.url}/api/v1/{path}",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as answer:
        id: str = json.loads(answer.read())["id"]
    return id


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealNode]:
    """A live node of its own, as it is on an office's first day."""
    with live_node(tmp_path_factory.mktemp("clerk")) as served:
        yield served


@pytest.fixture(scope="module")
def token(node: RealNode) -> str:
    """A co-op that has grown white peony before: one plot, one batch, one pesticide."""
    official = made_token(node, "official", "--region", "341602")
    coop = {
        "name": COOP,
        "legal_form": "co-op",
        "roles": ["grower", "processor"],
        "region": "341602",
        "township": "十河镇",
    }
    party = posted(node, official, "parties", coop)
    member = made_token(node, "member", "--party", party)
    place = {"party": party, "region": "341602", "township": "十河镇", "name": "西洼连片地", "area_mu": "118.47"}
    batch = {
        "party": party,
        "product": "HB-BS",
        "place": posted(node, member, "places", place),
        "quantity": {"value": "9500", "unit": "kg"},
        "inputs": [],
    }
    used = {
        "input_kind": "pesticide",
        "name": PESTICIDE,
        "active": ["苯醚甲环唑"],
        "dose": {"value": "155", "unit": "mL"},
        "target": "白芍 叶斑病",
        "interval_days": 21,
        "interval_source": "label",
    }
    posted(
        node, member, f"batches/{posted(node, member, 'batches', batch)}/events", {"kind": "input_use", "payload": used}
    )
    return member


class Walk(Hand):
    """A phone in the clerk's hand."""

    def act(self, words: str) -> None:
        """One of the big buttons of a batch; its history has links of the same words."""
        self.tap(self.page.locator("a.action").filter(has_text=words))

    def open_batch(self) -> None:
        self.tap(self.page.get_by_role("link").filter(has_text=SHOWN).first)

    def heading(self) -> str:
        return self.page.inner_text("h1")

    def receipt(self) -> str:
        """The sentence with the log's number, which every record ends with."""
        said = self.page.inner_text(".receipt")
        assert re.fullmatch(r"已收到，账本第[0-9]+号。", said)
        return said


Phone = Callable[..., Walk]


@pytest.fixture
def phone(browser: Browser, node: RealNode, token: str) -> Iterator[Phone]:
    """A narrow touch screen, signed in; what violates the policy of a page fails the test."""
    contexts: list[BrowserContext] = []
    violations: list[str] = []

    def signed_in(**options: Any) -> Walk:
        context = browser.new_context(
            **{"viewport": {"width": 360, "height": 780}, "locale": "zh-CN", "has_touch": True, **options}
        )
        contexts.append(context)
        scripted = options.get("java_script_enabled", True)
        watched(context, scripted)
        page = context.new_page()
        page.on("pageerror", lambda error: violations.append(str(error)))
        page.on("console", lambda said: violations.append(said.text) if "Security Policy" in said.text else None)
        page.goto(f"{node.url}/in")
        page.fill('[name="token"]', token)
        page.locator("main form button").first.click()
        page.wait_for_url(re.compile("/m/$"))
        return Walk(page, node.url, scripted=scripted)

    yield signed_in
    for context in contexts:
        context.close()
    assert violations == []


@SCRIPTED
def test_a_season_is_recorded_in_the_taps_that_were_promised(phone: Phone, node: RealNode, scripted: bool) -> None:
    walk = phone(java_script_enabled=scripted)
    name = "script" if scripted else "no-script"

    walk.start()
    walk.link("批次")
    walk.link("登记地块")
    walk.fill("p.name", PLOT)
    walk.fill("p.area_mu", "3.1")
    walk.button("核对")
    walk.button("登记")
    walk.receipt()
    assert walk.count == (4, 2)

    walk.start()
    walk.link("批次")
    walk.link("新建")
    walk.choose("白芍")
    walk.choose(PLOT)
    walk.fill("p.quantity.value", "2500")
    walk.button("核对")
    picture(walk.page, f"check-{name}")
    walk.button("登记")
    walk.receipt()
    assert walk.count == (6, 1)
    picture(walk.page, f"receipt-{name}")

    walk.start()
    walk.open_batch()
    walk.act("种植")
    walk.choose("分根")
    walk.button("核对")
    walk.button("保存")
    walk.receipt()
    assert walk.count == (5, 0)

    walk.start()
    walk.open_batch()
    walk.act("用药")
    assert walk.page.input_value('[name="p.name"]') == PESTICIDE
    assert "最早" in walk.page.inner_text(".consequence")
    picture(walk.page, f"pesticide-{name}")
    walk.button("保存")
    walk.receipt()
    assert walk.count == (3, 0)
    assert re.search("最早[0-9]+年[0-9]+月[0-9]+日可采收", walk.page.inner_text(".consequence"))

    walk.start()
    walk.open_batch()
    walk.act("采收")
    walk.fill("p.quantity.value", "2310.5")
    walk.button("保存")
    walk.receipt()
    assert walk.count == (3, 1)

    walk.link("更正")
    walk.fill("p.quantity.value", "2301.5")
    walk.fill("reason", "数字写颠倒了")
    walk.button("核对")
    picture(walk.page, f"correction-{name}")
    walk.button("保存")
    walk.receipt()
    assert walk.count == (6, 3)  # the harvest's 3 + 1, and then 更正, 核对, 保存 and two fields

    walk.start()
    walk.open_batch()
    assert "2,301.5公斤" in walk.page.inner_text(".facts")
    assert "已更正，以更正的记录为准。" in walk.page.inner_text("[aria-labelledby=history]")
    walk.act("加工")
    walk.set("p.process", "PR-DRY-BS")
    walk.fill("p.quantity_in.value", "2301.5")
    walk.fill("p.quantity_out.value", "920")
    walk.button("核对")
    walk.button("保存")
    walk.receipt()
    assert walk.count == (6, 2)

    walk.start()
    walk.open_batch()
    assert "920公斤" in walk.page.inner_text(".facts")
    picture(walk.page, f"batch-{name}")
    walk.act("标签")
    walk.fill("p.count", "180")
    walk.button("打印")
    walk.page.wait_for_url(re.compile("/label$"))
    assert walk.count == (3, 1)
    assert walk.page.locator(".label-image").count() == 1

    events = node.get(f"/api/v1/batches/{batch_of(walk)}/events")
    told = [one.get("kind") for one in json.loads(events)["items"]]  # what the rules ask is between party and office
    assert [kind for kind in told if kind not in ("verdict", None)] == [
        *("batch_opened", "planting", "input_use", "harvest", "correction", "primary_processing", "labels_issued"),
    ]


def batch_of(walk: Walk) -> str:
    """The id of the newest batch of the plot."""
    walk.start()
    walk.open_batch()
    return walk.page.url.rpartition("/")[2].partition("?")[0]


@SCRIPTED
def test_goods_are_divided_and_made_one_again_without_an_id(phone: Phone, scripted: bool) -> None:
    walk = phone(java_script_enabled=scripted)
    name = "script" if scripted else "no-script"
    walk.start()
    walk.tap(walk.page.locator("a.task").first)
    before = walk.page.inner_text(".facts dd >> nth=1")
    walk.page.locator("summary", has_text="其他记录").tap()
    walk.link("分批")
    walk.link("2份")
    walk.button("核对")
    picture(walk.page, f"split-{name}")
    assert f"分出2批，共{before}；原批次还剩0公斤" in walk.page.inner_text(".consequence")
    walk.button("分批")
    walk.receipt()
    made = walk.page.locator("[aria-labelledby=made] a.task")
    assert made.count() == 2

    walk.tap(made.first)
    walk.page.locator("summary", has_text="其他记录").tap()
    walk.link("合批或加工")
    boxes = walk.page.locator("label.choice", has=walk.page.locator("input[type=checkbox]:not(:checked)"))
    hidden = walk.page.locator(".pick-amount:visible").count()
    boxes.first.tap()
    assert walk.page.locator(".pick-amount:visible").count() == hidden + 1
    walk.button("核对")
    picture(walk.page, f"blend-{name}")
    assert "从2批里共转出" in walk.page.inner_text(".consequence")
    walk.button("做成新的一批")
    walk.receipt()
    walk.link("回到这一批")
    assert walk.page.locator("svg.lineage .mark").count() >= 4
    picture(walk.page, f"trace-{name}")


@SCRIPTED
def test_a_slip_is_said_at_its_field_and_mended(phone: Phone, scripted: bool) -> None:
    walk = phone(java_script_enabled=scripted)
    walk.start()
    walk.tap(walk.page.locator("a.task").first)
    walk.act("采收")

    walk.fill("p.quantity.value", "ein paar")
    walk.button("保存")

    assert "要填数字" in walk.page.inner_text(".error-summary")
    picture(walk.page, "slip")
    walk.tap(walk.page.locator(".error-summary a").first)
    assert walk.page.locator(":target").get_attribute("name") == "p.quantity.value"
    assert walk.page.input_value('[name="p.quantity.value"]') == "ein paar"
    walk.fill("p.quantity.value", "１２．５")
    walk.button("保存")
    walk.receipt()
    assert "12.5公斤" in walk.page.inner_text("[aria-labelledby=said]")


def press(walk: Walk, words: str) -> None:
    """A button that changes a control: with script at once, without by a request."""
    button = walk.page.get_by_role("button", name=words, exact=True)
    (walk.touch if walk.scripted else walk.tap)(button)


@SCRIPTED
def test_a_number_is_counted_up_and_down_without_typing(phone: Phone, scripted: bool) -> None:
    walk = phone(java_script_enabled=scripted)
    walk.start()
    walk.tap(walk.page.locator("a.task").first)
    walk.act("采收")
    value = '[name="p.quantity.value"]'
    steps = STEPS if scripted else STEPS[-2:]

    for text, less, more in steps:
        walk.page.fill(value, text)
        press(walk, "采收量少一些")
        assert walk.page.input_value(value) == less
        walk.page.fill(value, text)
        press(walk, "采收量多一些")
        assert walk.page.input_value(value) == more
    for text in NO_NUMBERS if scripted else NO_NUMBERS[:1]:
        walk.page.fill(value, text)
        press(walk, "采收量多一些")
        assert walk.page.input_value(value) == text


@SCRIPTED
def test_a_day_a_product_and_a_target_are_a_tap_each(phone: Phone, scripted: bool) -> None:
    walk = phone(java_script_enabled=scripted)
    walk.start()
    walk.tap(walk.page.locator("a.task").first)
    walk.act("用药")
    target = walk.page.locator('[name="p.target"]')
    today = walk.page.locator(".consequence:visible").inner_text()

    walk.choose("昨天")
    yesterday = walk.page.locator(".consequence:visible").inner_text()
    target.fill("别的")
    press(walk, "白芍 叶斑病")

    assert yesterday != today
    assert "最早" in yesterday
    assert target.input_value() == "白芍 叶斑病"
    assert walk.page.locator('.others [aria-current="true"]').inner_text().startswith(PESTICIDE)
    walk.link("别的产品")
    assert walk.page.input_value('[name="p.name"]') == ""
    assert walk.page.locator('[name="p.name"]').is_visible()


PAGES = {
    "today": "/m/",
    "batches": "/m/batches",
    "batch": "/m/batches/{batch}",
    "new-place": "/m/places/new",
    "new-batch": "/m/batches/new",
    "pesticide": "/m/record/input_use?batch={batch}&input_kind=pesticide",
    "packing": "/m/record/packing?batch={batch}",
    "dispatch": "/m/record/dispatch?batch={batch}",
    "labels": "/m/labels/{batch}",
    "split": "/m/split/{batch}?parts=3",
    "blend": "/m/blend?batch={batch}",
    "offer": "/m/offer/{batch}",
    "scan": "/m/scan",
    "me": "/m/me",
}


@pytest.fixture(scope="module")
def seen(browser: Browser, node: RealNode, token: str) -> Iterator[tuple[Page, str]]:
    """One signed-in tab for all pages, and a batch of the party."""
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{node.url}/in")
    page.fill('[name="token"]', token)
    page.locator("main form button").first.click()
    page.wait_for_url(re.compile("/m/$"))
    page.locator("a.task").first.click()
    yield page, page.url.rpartition("/")[2]
    context.close()


@pytest.mark.parametrize("name", list(PAGES))
@pytest.mark.parametrize(("lang", "text_size"), [(lang, size) for lang in LANGS for size in TEXT_SIZES])
def test_a_page_fits_a_small_phone_and_axe_finds_nothing(
    seen: tuple[Page, str], node: RealNode, name: str, lang: Lang, text_size: TextSize
) -> None:
    page, batch = seen
    path = PAGES[name].format(batch=batch)
    page.goto(f"{node.url}{path}{'&' if '?' in path else '?'}lang={lang}&text={text_size}")
    page.set_viewport_size({"width": 360, "height": 780})
    picture(page, f"m-{name}-{lang}-{text_size}")

    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")

    assert page.get_attribute("html", "data-text") == text_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 780})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    if text_size == "huge":
        picture(page, f"m-{name}-{lang}-open-320")
    assert axe_findings(page) == []


@pytest.mark.parametrize("name", ["batch", "new-batch", "pesticide", "packing"])
def test_every_target_is_large_enough_for_a_thumb(seen: tuple[Page, str], node: RealNode, name: str) -> None:
    page, batch = seen
    page.set_viewport_size({"width": 360, "height": 780})
    path = PAGES[name].format(batch=batch)
    page.goto(f"{node.url}{path}{'&' if '?' in path else '?'}lang=zh&text=standard")
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")

    small = page.evaluate("""[...document.querySelectorAll(
        'main input:not([type=hidden]):not([type=radio]):not([type=checkbox]), main select, main textarea, '
        + 'main button:not(.first-button), main label.choice, a.button, a.action, a.task, a.chip, summary, .bottom-bar a')]
      .filter((part) => part.checkVisibility())
      .filter((part) => part.getBoundingClientRect().height < 48).map((part) => part.outerHTML.slice(0, 90))""")

    assert small == []


def test_the_focus_is_never_hidden_by_the_bars(seen: tuple[Page, str], node: RealNode) -> None:
    """WCAG 2.2, 2.4.11: each control that the keyboard reaches can be seen."""
    page, batch = seen
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(f"{node.url}{PAGES['packing'].format(batch=batch)}&lang=zh&text=standard")
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")

    hidden = []
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate("""() => {
            const part = document.activeElement, box = part.getBoundingClientRect();
            if (part === document.body || part.closest('.bottom-bar') || part.closest('.save-bar')) return '';
            const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height, 40) / 2);
            return part === top || part.contains(top) || (top && top.closest('label')?.contains(part)) ? '' : part.outerHTML;
        }""")
        if found:
            hidden.append(found[:90])

    assert hidden == []
