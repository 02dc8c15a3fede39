"""Are the pages of cases and credit files readable on a small phone and at a desk, in both languages, for each person?

The browser's requests are answered by the app itself, whose clock the test moves. With SUXIN_SCREENSHOTS=folder each page is
also written there as a picture.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from api.catalogue import LANGS, Lang
from tests.api.app_parts import World
from tests.api.case_parts import PENALTY, cases, keep_up, on, opened, running_cases, sampled, serve, step
from tests.api.page_parts import signed_in
from tests.browser.axe import axe_findings

pytestmark = pytest.mark.needs("chromium")

SITE = "http://localhost"
PAGES = [
    ("coop", "today", "/m/"),
    ("coop", "notices", "/m/notices"),
    ("coop", "notice", "/m/notices/{sample}"),
    ("coop", "retest", "/m/notices/{sample}/S04"),
    ("coop", "credit", "/m/credit"),
    ("coop", "credit-past", "/m/credit?on=2026-09-11"),
    ("first", "desk", "/desk/"),
    ("first", "desk-cases", "/desk/cases"),
    ("first", "desk-case", "/desk/cases/{penalty}"),
    ("first", "desk-party", "/desk/parties/{coop}"),
    ("first", "desk-party-past", "/desk/parties/{coop}?on=2026-09-11"),
    ("auditor", "desk-ledger", "/desk/ledger"),
    ("", "listings", "/listings"),
    ("", "standing", "/p/{coop}"),
]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, dict[str, str]]]:
    """On 2026-09-14 a co-op has a served sample result to answer, a penalty in its file, and a record N09 of another sample."""
    with running_cases(tmp_path_factory.mktemp("cases")) as world:
        on(world, "2026-09-10", 13)
        penalty = opened(world, "penalty_record", "P01", "first", **PENALTY)
        step(world, penalty, "penalty_record", "P05", "second")
        sample = sampled(world)
        on(world, "2026-09-11")
        for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE"):
            serve(world, penalty, code)
        step(world, penalty, "penalty_record", "P06", "first")
        step(world, penalty, "penalty_record", "P07", "third")
        serve(world, sample, "D-RESULT-NOTICE")
        step(world, sample, "sample_result", "S02", "first")
        on(world, "2026-09-14")
        keep_up(world)
        assert len(cases(world)) == 2
        yield world, {"penalty": penalty, "sample": sample, "coop": world.parties["coop"]}


@pytest.fixture(scope="module")
def tab(browser: Browser, places: tuple[World, dict[str, str]]) -> Iterator[tuple[Page, list[str], list[str]]]:
    """One tab for all pages, whose session the test changes, and what it violated."""
    world, cookie, violations = places[0], [""], list[str]()

    def answer(route: Route) -> None:
        request = route.request
        headers = {**request.headers, "cookie": f"sx={cookie[0]}"} if cookie[0] else request.headers
        found = world.client.get(request.url.removeprefix(SITE), headers=headers, follow_redirects=False)
        world.client.cookies.clear()
        kept = {
            name: value for name, value in found.headers.items() if name not in ("content-encoding", "content-length")
        }
        route.fulfill(status=found.status_code, headers=kept, body=found.content)

    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="zh-CN")
    page = context.new_page()
    page.route("**/*", answer)
    page.on("pageerror", lambda error: violations.append(str(error)))
    page.on("console", lambda said: violations.append(said.text) if "Security Policy" in said.text else None)
    yield page, violations, cookie
    context.close()


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("who", "name", "path"), PAGES, ids=[name for _, name, _ in PAGES])
def test_a_page_of_cases_fits_phone_and_desk_and_axe_finds_nothing(
    tab: tuple[Page, list[str], list[str]],
    places: tuple[World, dict[str, str]],
    who: str,
    name: str,
    path: str,
    lang: Lang,
) -> None:
    (page, violations, cookie), (world, ids) = tab, places
    cookie[0] = signed_in(world, who).cookie or "" if who else ""
    page.set_viewport_size({"width": 360, "height": 780})
    answer = page.goto(f"{SITE}{path.format(**ids)}{'&' if '?' in path else '?'}lang={lang}")

    assert answer is not None
    assert answer.status == 200
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    folder = os.environ.get("SUXIN_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"case-{name}-{lang}.png", full_page=True)
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    if folder and who in ("first", "auditor"):
        page.screenshot(path=Path(folder) / f"case-{name}-{lang}-desk.png", full_page=True)
    assert axe_findings(page) == []
    assert violations == []
