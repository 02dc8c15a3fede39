"""Do the rooms of cases fit a small phone and a desk in both languages, and does axe find nothing?

The pages are asked for first and shown to the browser as they were answered. With SUXIN_SCREENSHOTS=folder each is also written
there as a picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route

from api.catalogue import LANGS, Lang
from api.pages.assets import load_assets
from tests.api.case_parts import PENALTY, cases, on, opened, running_cases, sampled
from tests.api.page_parts import signed_in
from tests.api.pages.forms.html_forms import seen_form
from tests.api.pages.test_desk_case_steps import asked, checked, signs
from tests.browser.axe import axe_findings
from tests.browser.test_every_page import picture

pytestmark = pytest.mark.needs("chromium")

NAMES = (
    *("overview", "cases", "none", "penalty", "listing", "sample", "audited", "party", "open-penalty", "open-listing"),
    *(
        "offices",
        "make",
        "serve-first",
        "put-up",
        "too-early",
        "serve",
        "check",
        "paper",
        "sign",
        "waiting",
        "today",
        "receipt",
    ),
    *("notice-of-sample", "notice-of-listing"),
)
HOST = "http://desk.example"


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, Lang], str]:
    """Each page as the official of that page gets it, by its name and language."""
    with running_cases(tmp_path_factory.mktemp("cases")) as world:
        on(world, "2026-09-10", 13)
        coop = world.parties["coop"]
        penalty = opened(world, "penalty_record", "P01", "first", **PENALTY)
        sample = sampled(world)
        listing = opened(world, "listing", "L01", "first", authority="market office")
        signs(world, "second", f"/desk/cases/{listing}/steps/L03", guard="true")
        clerk = signed_in(world, "third")
        services = f"/desk/cases/{listing}/steps/L04"
        (serve,) = re.findall(r'href="(/desk/cases/[^"]+/serve/[0-9a-f]{64})"', clerk.get(services).text)
        (receipt,) = re.findall(
            r'href="(/m/notices/[^"]+/received/[0-9a-f]{64})"', signed_in(world, "coop").get("/m/").text
        )
        second = opened(world, "listing", "L01", "first", authority="market office", party="neighbour")
        signs(world, "second", f"/desk/cases/{second}/steps/L03", guard="true")
        for link in re.findall(
            r'href="(/desk/cases/[^"]+/serve/[0-9a-f]{64})"', clerk.get(f"/desk/cases/{second}/steps/L04").text
        ):
            signs(world, "third", link, method="receipt", served_on="2026-09-10", receiver="王某")
        signs(world, "third", f"/desk/cases/{second}/steps/L04")
        put_up = opened(world, "listing", "L01", "first", authority="market office", party="neighbour")
        signs(world, "second", f"/desk/cases/{put_up}/steps/L03", guard="true")
        waits = f"/desk/cases/{put_up}/steps/L04"
        (notice,) = re.findall(r'href="(/desk/cases/[^"]+/serve/[0-9a-f]{64})"', clerk.get(waits).text)
        signs(world, "third", notice, method="public-notice", served_on="2026-10-10", receiver="")
        on(world, "2026-09-16")
        sign = asked(signed_in(world, "second"), f"/desk/cases/{penalty}/steps/P05", guard="true")
        assert len(cases(world)) == 5
        places = {
            "overview": ("second", "/desk/"),
            "cases": ("second", "/desk/cases"),
            "none": ("second", "/desk/cases?q=没有这家"),
            "penalty": ("second", f"/desk/cases/{penalty}"),
            "listing": ("third", f"/desk/cases/{second}"),
            "sample": ("second", f"/desk/cases/{sample}"),
            "audited": ("auditor", f"/desk/cases/{second}"),
            "party": ("first", f"/desk/parties/{coop}"),
            "open-penalty": ("first", f"/desk/parties/{coop}/penalty"),
            "open-listing": ("first", f"/desk/parties/{coop}/listing"),
            "make": ("first", f"/desk/cases/{sample}/steps/S02"),
            "serve-first": ("third", services),
            "put-up": ("third", waits),
            "offices": ("first", "/desk/offices"),
            "serve": ("third", serve),
            "paper": ("third", f"/desk/cases/{second}/steps/L07"),
            "sign": ("second", sign),
            "waiting": ("second", "/desk/waiting"),
            "today": ("coop", "/m/"),
            "receipt": ("coop", receipt),
            "notice-of-sample": ("coop", f"/m/notices/{sample}"),
            "notice-of-listing": ("neighbour", f"/m/notices/{second}"),
        }
        found: dict[tuple[str, Lang], str] = {}
        for lang in LANGS:
            for name, (who, path) in places.items():
                answer = signed_in(world, who, lang).get(path)
                assert answer.status_code == 200, (name, path, answer.text[:200])
                found[name, lang] = answer.text
            form = checked(signed_in(world, "first", lang), serve, method="post", served_on="2026-09-15")
            found["check", lang] = form.text
            browser = signed_in(world, "third", lang)
            early = seen_form(checked(browser, notice, method="public-notice", served_on="2026-10-09").text)
            refused = browser.post(early.action, {**early.sent(), "do": "save"})
            assert refused.status_code == 422, refused.text[:200]
            found["too-early", lang] = refused.text
        return found


@pytest.fixture(scope="module")
def tab(answered: Mapping[tuple[str, Lang], str], browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="zh-CN")
    page, violations = context.new_page(), list[str]()

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        asset = load_assets().assets.get("/".join(path.split("/")[3:])) if path.startswith("/static/") else None
        if asset is not None:
            route.fulfill(body=asset.body, content_type=asset.content_type)
        elif path.startswith("/room/"):
            name, _, lang = path.removeprefix("/room/").rpartition("/")
            route.fulfill(body=answered[name, "zh" if lang == "zh" else "en"], content_type="text/html; charset=utf-8")
        else:
            route.fulfill(status=404)

    page.route("**/*", answer)
    page.on("pageerror", lambda error: violations.append(str(error)))
    yield page, violations
    context.close()


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", NAMES)
def test_a_room_of_cases_fits_and_axe_finds_nothing(tab: tuple[Page, list[str]], name: str, lang: Lang) -> None:
    page, violations = tab
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{HOST}/room/{name}/{lang}")
        picture(page, f"case-{name}-{lang}-{width}")
        page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert axe_findings(page) == []
    assert violations == []
