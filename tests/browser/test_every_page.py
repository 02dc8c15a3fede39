"""Is every public page readable, light and within its policy, in both languages and all text sizes?

With SUXIN_SCREENSHOTS=folder each page is also written there as a picture, to be looked at beside the design.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from api.catalogue import LANGS, Lang, say
from api.pages.render import TEXT_SIZES, TextSize
from tests.browser.axe import axe_findings
from tests.browser.panel import Visit, wait_for_check
from tests.browser.real_node import CABBAGE, FREED, HELD, PACKED, RealNode

pytestmark = pytest.mark.needs("chromium")

WIDTHS = (320, 360)
MAX_BYTES, MAX_REQUESTS = 60 * 1024, 6

PAGES: Mapping[str, Callable[[RealNode, str], tuple[str, str]]] = {
    "scan": lambda node, label: (f"/t/{node.codes[PACKED]}", label),
    "failed": lambda node, label: (f"/t/{node.codes[PACKED]}", label[:-1] + ("A" if label[-1] != "A" else "B")),
    "held": lambda node, _label: (f"/t/{node.codes[HELD]}", ""),
    "freed": lambda node, _label: (f"/t/{node.codes[FREED]}", ""),
    "corrected": lambda node, _label: (f"/t/{node.codes[CABBAGE]}", ""),
    "unknown": lambda _node, _label: ("/t/AAAABBBBCCCC", ""),
    "home": lambda _node, _label: ("/", ""),
    "label": lambda node, _label: (f"/t/{node.codes[PACKED]}/label", ""),
    "problem": lambda _node, _label: ("/problems/mass-exceeded", ""),
    "listings": lambda _node, _label: ("/listings", ""),
}
"""Path and fragment of each page; the fragment is made of the printed one."""

READINGS = [(lang, size) for lang in LANGS for size in TEXT_SIZES]
LOOKED_AT: list[tuple[str, Lang, TextSize]] = [
    *((name, lang, size) for name in ("scan", "held", "unknown", "home", "label") for lang, size in READINGS),
    # The same parts once more, or little else than a sentence: the extremes are enough.
    *(
        (name, lang, size)
        for name in ("failed", "freed", "corrected", "problem", "listings")
        for lang, size in READINGS
        if size != "large"
    ),
]


@pytest.fixture(scope="module")
def seen(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """One tab for all pages, and what it violated."""
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="zh-CN")
    page, violations = context.new_page(), list[str]()
    page.on("pageerror", lambda error: violations.append(str(error)))
    page.on("console", lambda said: violations.append(said.text) if "Security Policy" in said.text else None)
    yield page, violations
    context.close()


def picture(page: Page, name: str) -> None:
    folder = os.environ.get("SUXIN_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("name", "lang", "text_size"), LOOKED_AT)
def test_a_page_fits_a_small_phone_and_axe_finds_nothing(
    seen: tuple[Page, list[str]], node: RealNode, label: str, name: str, lang: Lang, text_size: TextSize
) -> None:
    page, violations = seen
    path, fragment = PAGES[name](node, label.partition("#")[2])
    page.goto("about:blank")  # or a visit that differs only in its fragment would load nothing
    page.goto(f"{node.url}{path}?lang={lang}&text={text_size}" + (f"#{fragment}" if fragment else ""))
    wait_for_check(page)
    picture(page, f"{name}-{lang}-{text_size}")

    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")

    assert page.get_attribute("html", "data-text") == text_size
    assert page.locator(".masthead .tag").text_content() == say("site.demonstration_mark", lang)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 780})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    assert axe_findings(page) == []
    assert violations == []


def test_the_first_view_takes_little_of_a_slow_network(browser: Browser, node: RealNode, label: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="zh-CN")
    page = context.new_page()
    network = context.new_cdp_session(page)
    asked: dict[str, str] = {}
    received: dict[str, int] = {}
    network.on("Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["request"]["url"]}))
    network.on(
        "Network.loadingFinished", lambda event: received.update({event["requestId"]: event["encodedDataLength"]})
    )
    network.send("Network.enable")

    page.goto(label)
    wait_for_check(page)
    page.wait_for_load_state("networkidle")
    context.close()

    assert asked.keys() == received.keys()
    # The seal is picture and tab icon: the second time it comes out of the browser's memory, and nothing travels.
    travelled = {one: size for one, size in received.items() if size}
    assert len(travelled) == MAX_REQUESTS
    assert 20_000 < sum(travelled.values()) <= MAX_BYTES
    assert all(url.startswith(f"{node.url}/") for url in asked.values())


@pytest.mark.parametrize("name", ["scan", "label"])
def test_a_page_that_shows_goods_says_that_they_are_a_demonstration(
    phone: Visit, node: RealNode, label: str, name: str
) -> None:
    page = phone(node.url + PAGES[name](node, label)[0], java_script_enabled=False)

    assert "示例数据" in page.locator("main").inner_text()
