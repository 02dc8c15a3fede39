"""Can a person with a link come in by scanning it, and by typing, and leave nothing of the link behind?

With SUXIN_SCREENSHOTS=folder each page is also written there as a picture, to be looked at beside the design.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from api.catalogue import LANGS, Lang
from api.pages.render import TEXT_SIZES, TextSize
from tests.browser.axe import axe_findings
from tests.browser.real_node import ROOT, WAIT_SECONDS, RealNode
from tests.browser.test_every_page import WIDTHS, picture

pytestmark = pytest.mark.needs("chromium")

Phone = Callable[..., Page]


def new_link(node: RealNode, role: str = "official", *more: str) -> str:
    """A sign-in link, as the operator of the node gets it."""
    region = ("--region", "341602") if role == "official" else ()
    made = subprocess.run(
        [sys.executable, "-m", "api", "token", "--role", role, *region, *more],
        env=dict(node.environ),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=True,
    ).stdout.splitlines()
    assert made[-2] == f"{node.url}/in#{made[-1]}"
    return made[-2]


@pytest.fixture
def phone(browser: Browser) -> Iterator[Phone]:
    """A narrow screen, another phone each time; what violates the policy of a page ends the test."""
    contexts: list[BrowserContext] = []
    violations: list[str] = []

    def new_page(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 360, "height": 780}, "locale": "zh-CN", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: violations.append(str(error)))
        page.on("console", lambda said: violations.append(said.text) if "Security Policy" in said.text else None)
        return page

    yield new_page
    for context in contexts:
        context.close()
    assert violations == []


def test_opening_a_link_signs_in_and_leaves_no_token_in_the_address_or_the_history(
    node: RealNode, phone: Phone
) -> None:
    link, page = new_link(node), phone()
    token = link.partition("#")[2]
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))

    page.goto(f"{node.url}/")
    page.goto(link)
    page.wait_for_url(re.compile(r"/(m/me|desk/)$"))

    assert not any("sx_" in url for url in requested)
    assert page.evaluate("location.hash") == ""
    entries = page.context.new_cdp_session(page).send("Page.getNavigationHistory")["entries"]
    # The page that only passed the token on has no entry of its own: "back" leads to where one was before.
    assert [entry["url"] for entry in entries[1:]] == [f"{node.url}/", page.url]
    page.goto(f"{node.url}/in")
    assert token not in page.content()
    assert page.locator("#token").input_value() == ""


def test_a_person_sees_its_session_and_signs_out(node: RealNode, phone: Phone) -> None:
    page = phone()
    page.goto(new_link(node))
    page.wait_for_url(re.compile(r"/(m/me|desk/)$"))
    page.goto(f"{node.url}/m/me")
    (cookie,) = [one for one in page.context.cookies() if one["name"] == "__Host-sx"]

    expect(page.get_by_role("heading", level=1)).to_have_text("我的账号")
    expect(page.locator("main")).to_contain_text("监管人员")
    expect(page.locator("main")).to_contain_text("亳州市谯城区")
    page.get_by_role("button", name="退出登录").click()

    page.wait_for_url(f"{node.url}/in?out=1")
    expect(page.get_by_role("status")).to_have_text("已经退出登录。")
    page.goto(f"{node.url}/m/me")
    assert page.url == f"{node.url}/in?next=%2Fm%2Fme"
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")
    assert not [one for one in page.context.cookies() if one["name"] == "__Host-sx"]


def test_without_script_the_code_is_typed(node: RealNode, phone: Phone) -> None:
    link, page = new_link(node), phone(java_script_enabled=False, locale="en-GB")

    page.goto(f"{node.url}/m/me")
    page.get_by_label("Sign-in code or link").fill(link)
    page.get_by_role("button", name="Sign in").click()

    assert page.url == f"{node.url}/m/me"
    expect(page.get_by_role("heading", level=1)).to_have_text("My account")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out.")


def test_a_wrong_code_is_told_beside_its_field(node: RealNode, phone: Phone) -> None:
    page = phone()
    page.goto(f"{node.url}/in")

    page.get_by_label("登录码或登录链接").fill("sx_" + "0" * 49)
    page.get_by_role("button", name="登录").click()

    expect(page.get_by_role("alert")).to_contain_text("登录码不对")
    expect(page.get_by_label("登录码或登录链接")).to_have_accessible_description(re.compile("登录码不对"))


def test_a_link_does_not_change_who_is_signed_in_without_being_asked(node: RealNode, phone: Phone) -> None:
    page = phone()
    page.goto(new_link(node))
    page.wait_for_url(re.compile(r"/(m/me|desk/)$"))
    page.goto("about:blank")

    page.goto(new_link(node, "auditor"))

    expect(page.locator(".notice")).to_contain_text("已经有人登录")
    assert page.evaluate("location.href") == f"{node.url}/in"
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(re.compile(r"/(m/me|desk/)$"))
    page.goto(f"{node.url}/m/me")
    expect(page.locator("main")).to_contain_text("审计人员")


def test_a_form_of_another_site_changes_nothing(node: RealNode, phone: Phone) -> None:
    page = phone()
    page.goto(new_link(node))
    page.wait_for_url(re.compile(r"/(m/me|desk/)$"))

    page.goto("data:text/html,<form method=post action='" + node.url + "/out'><button>win</button></form>")
    page.get_by_role("button").click()
    page.wait_for_url(f"{node.url}/out")

    # The cookie stays at home (SameSite), so to us it is somebody without a session.
    expect(page.locator("main")).to_contain_text("401")
    page.goto(f"{node.url}/m/me")
    expect(page.get_by_role("heading", level=1)).to_have_text("我的账号")


def test_an_official_hands_out_a_link_and_a_second_phone_comes_in_by_it(node: RealNode, phone: Phone) -> None:
    office, grower = phone(), phone()
    office.goto(new_link(node))
    office.wait_for_url(re.compile(r"/(m/me|desk/)$"))
    office.goto(f"{node.url}/m/me")

    office.get_by_role("link", name="发登录链接").click()
    office.get_by_role("button", name="选这个主体").click()
    office.get_by_role("button", name="发一条").first.click()
    link = office.get_by_label("链接", exact=True).input_value()
    expect(office.get_by_role("img", name="登录链接的二维码")).to_be_visible()
    grower.goto(link)
    grower.wait_for_url(re.compile(r"/(m/me|m/|lab/)$"))
    grower.goto(f"{node.url}/m/me")
    expect(grower.get_by_role("heading", level=1)).to_have_text("我的账号")

    office.get_by_role("button", name="收回").first.click()
    expect(office.get_by_role("heading", level=1)).to_have_text("发登录链接")
    grower.reload()
    assert grower.url == f"{node.url}/in?next=%2Fm%2Fme"


def test_on_a_plain_address_of_the_network_a_phone_comes_in_too(node: RealNode, phone: Phone) -> None:
    """There no page is a secure context, and a browser throws a `Secure` cookie away."""
    page = phone()

    page.goto(new_link(node).replace(node.url, node.plain_url))
    page.wait_for_url(re.compile(r"/(m/me|desk/)$"))

    assert not page.evaluate("isSecureContext")
    assert [one["name"] for one in page.context.cookies() if one["name"].endswith("sx")] == ["sx"]
    page.goto(f"{node.plain_url}/m/me")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(f"{node.plain_url}/in?out=1")


@pytest.fixture(scope="module")
def seen(browser: Browser, node: RealNode) -> Iterator[Page]:
    """One tab for all pages, of an official with a second session."""
    others = browser.new_context()
    link = new_link(node)
    other = others.new_page()
    other.goto(link)
    other.wait_for_url(re.compile(r"/(m/me|desk/)$"))
    context = browser.new_context(viewport={"width": 360, "height": 780}, locale="zh-CN")
    page = context.new_page()
    page.goto(link)
    page.wait_for_url(re.compile(r"/(m/me|desk/)$"))
    yield page
    context.close()
    others.close()


@pytest.mark.parametrize("text_size", TEXT_SIZES)
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", ["in", "refused", "me", "links", "made"])
def test_a_page_fits_a_small_phone_and_axe_finds_nothing(
    seen: Page, node: RealNode, name: str, lang: Lang, text_size: TextSize
) -> None:
    settings = f"lang={lang}&text={text_size}"
    path = {"in": "/in", "refused": "/in", "me": "/m/me", "links": "/m/me/links", "made": "/m/me/links"}[name]
    seen.goto(f"{node.url}{path}?{settings}")
    if name == "refused":
        seen.locator("#token").fill("sx_wrong")
        seen.locator("#sign-in button").click()
        seen.locator("[role=alert]").wait_for()
    if name == "made":
        seen.locator("form[method=get] button").click()
        seen.locator("form[method=post] button").first.click()
        seen.locator(".qr").wait_for()
    seen.wait_for_load_state()  # a click waits for the page alone, not for its style sheets
    picture(seen, f"sign-in-{name}-{lang}-{text_size}")

    assert seen.get_attribute("html", "data-text") == text_size
    for width in WIDTHS:
        seen.set_viewport_size({"width": width, "height": 780})
        assert seen.evaluate("document.documentElement.scrollWidth") == width
    assert axe_findings(seen) == []
