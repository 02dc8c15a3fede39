"""Does axe judge the page, and not where the window happens to end?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import axe_findings

pytestmark = pytest.mark.needs("chromium")

LINKS = 20
PAGE = """<!doctype html><html lang="en"><title>Links</title><style>
body, h1 {{ margin: 0 }} body {{ min-height: 100vh; font: 16px/1 sans-serif }}
a {{ display: block; color: #000 }} main a {{ height: {height}px }}
nav {{ position: sticky; bottom: 0; background: #fff }} nav a {{ height: 56px }}</style>
<main><h1>Links</h1>{links}</main><nav><a href="#0">Always in sight</a></nav>"""


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 360, "height": 300})
    yield page
    page.close()


def shown(tab: Page, height: int) -> Page:
    """A list of links of this height, one right below the other, and a bar that covers the last that fit the window."""
    links = "".join(f'<a href="#{number}">link {number}</a>' for number in range(LINKS))
    tab.set_content(PAGE.format(height=height, links=links))
    return tab


def test_a_link_half_behind_a_bar_is_no_finding_wherever_the_window_ends(tab: Page) -> None:
    for height in range(300, 300 + 24, 4):
        tab.set_viewport_size({"width": 360, "height": height})

        assert axe_findings(shown(tab, 24)) == []
        assert tab.viewport_size == {"width": 360, "height": height}


def test_links_that_are_too_small_are_found_behind_the_bar_and_beside_it(tab: Page) -> None:
    ((rule, parts),) = axe_findings(shown(tab, 20))

    assert rule == "target-size"
    assert len(parts) == LINKS
