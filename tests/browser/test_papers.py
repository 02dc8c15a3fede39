"""Can every paper of a case be read on a small phone and printed, within its policy, and without its style sheet?

With SUXIN_SCREENSHOTS=folder each paper is also written there, as a picture and as it prints.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from api.documents.render import document_bytes
from api.pages.assets import load_assets
from api.pages.documents import PAPER_POLICY
from credit.reference.documents import templates
from tests.api.documents.paper_parts import paper
from tests.browser.axe import axe_findings

pytestmark = pytest.mark.needs("chromium")

CODES = sorted(templates())
LAYOUTS = ("D-LIST-DECISION", "D-LIST-NOTICE", "D-SERVICE", "D-DEFENCE", "D-HEAR-RECORD", "D-PUB-ENTRY", "D-LAB-REPORT")
"""One of each way in which the template lays a paper out: remedies, rights, no sections, the party's, no receipt, no issuer."""
PLACE = "http://papers.example/desk/documents/"
LONG = "检验报告9f0ec83a4b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f80912，سەمەت，" + "长" * 80


class Shelf:
    """A tab, and what stands at the addresses that it opens. `sheet`: the bytes at the style sheet's address."""

    def __init__(self, page: Page) -> None:
        self.page, self.paper, self.sheet = page, b"", load_assets().assets["document.css"].body
        self.violations: list[str] = []
        page.route("**/*", self._answer)
        page.on("pageerror", lambda error: self.violations.append(str(error)))
        page.on("console", lambda said: self.violations.append(said.text) if "Security Policy" in said.text else None)

    def _answer(self, route: Route) -> None:
        address = route.request.url
        if address == f"http://papers.example{load_assets().pinned('document.css').path}":
            route.fulfill(body=self.sheet, content_type="text/css")
        elif address.startswith(PLACE):
            policy = {"Content-Security-Policy": PAPER_POLICY}
            route.fulfill(body=self.paper, content_type="text/html; charset=utf-8", headers=policy)
        else:
            route.fulfill(status=404)

    def open(self, paper: bytes) -> Page:
        self.paper = paper
        self.page.goto(PLACE + "0" * 64)
        return self.page


@pytest.fixture(scope="module")
def shelf(browser: Browser) -> Iterator[Shelf]:
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="zh-CN", java_script_enabled=True)
    yield Shelf(context.new_page())
    context.close()


@pytest.mark.parametrize("code", CODES)
def test_a_paper_fits_a_small_phone_and_a_desk(shelf: Shelf, code: str) -> None:
    page = shelf.open(document_bytes(paper(code, LONG, is_demonstration=True)))

    for width in (320, 360, 1000):
        page.set_viewport_size({"width": width, "height": 780})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    assert shelf.violations == []


@pytest.mark.parametrize("code", LAYOUTS)
def test_axe_finds_nothing(shelf: Shelf, code: str) -> None:
    page = shelf.open(document_bytes(paper(code, LONG, is_demonstration=True)))

    assert axe_findings(page) == []
    assert shelf.violations == []


@pytest.mark.parametrize("code", LAYOUTS)
def test_a_paper_prints_with_nothing_left_out(shelf: Shelf, code: str) -> None:
    page = shelf.open(document_bytes(paper(code, is_demonstration=True)))
    seen = page.inner_text("main")

    page.emulate_media(media="print")
    printed = page.inner_text("main")
    file = page.pdf(prefer_css_page_size=True)
    page.emulate_media(media="screen")

    assert printed.split() == seen.split()
    assert file.startswith(b"%PDF")
    if folder := os.environ.get("SUXIN_SCREENSHOTS"):
        (Path(folder) / f"paper-{code}.pdf").write_bytes(file)
        page.screenshot(path=Path(folder) / f"paper-{code}.png", full_page=True)


def test_a_style_sheet_that_hides_the_remedies_is_not_taken(shelf: Shelf) -> None:
    """The paper names the sheet's hash: another sheet at its address lays out nothing, and every word stays."""
    honest = shelf.sheet
    shelf.sheet = b".remedies, .demonstration { display: none; }"

    page = shelf.open(document_bytes(paper("D-LIST-DECISION", is_demonstration=True)))
    shelf.sheet = honest

    assert page.is_visible("text=提起行政诉讼")
    assert page.is_visible("text=示例文书，不是真的公文")


def test_letters_that_run_the_other_way_move_nothing_beside_them(shelf: Shelf) -> None:
    page = shelf.open(document_bytes(paper("D-LIST-DECISION", remedies_court_6m="سەمەت 123")))

    before, name, after = (
        page.evaluate(
            """part => {
              const line = [...document.querySelectorAll('.remedies p')].at(-1), range = document.createRange();
              const [text, offset] = part === 1 ? [line.querySelector('bdi').firstChild, 0]
                : [part === 0 ? line.firstChild : line.lastChild, 0];
              range.setStart(text, offset); range.setEnd(text, offset + 1);
              return range.getBoundingClientRect().left + 10000 * range.getBoundingClientRect().top;
            }""",
            part,
        )
        for part in (0, 1, 2)
    )

    assert before < name < after
