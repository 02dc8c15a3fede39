"""Can a laboratory report on a sample and put the report right, on a phone, with and without script?

With SUXIN_SCREENSHOTS=folder each page is also written there as a picture, in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from api.catalogue import LANGS, Lang
from api.pages.render import TextSize
from tests.api.app_parts import World
from tests.api.office_parts import KEYS, running_offices, sign
from tests.api.page_parts import signed_in
from tests.api.pages.test_lab_pages import named
from tests.browser.axe import axe_findings
from tests.browser.case_walk import PATIENCE, PHONE, served
from tests.browser.test_every_page import WIDTHS, picture

pytestmark = pytest.mark.needs("chromium")

SIZES: tuple[TextSize, ...] = ("standard", "huge")
Opened = Callable[[bool], Page]


@dataclass(frozen=True)
class Site:
    world: World
    url: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_offices(tmp_path_factory.mktemp("lab")) as world, served(world) as url:
        yield Site(world, url)


@pytest.fixture
def opened(site: Site, browser: Browser) -> Iterator[Opened]:
    """A phone of the laboratory, signed in, with script or without; what violates the policy of a page fails the test."""
    contexts, violations = [], list[str]()

    def page_of(scripted: bool) -> Page:
        context = browser.new_context(viewport=PHONE, locale="zh-CN", java_script_enabled=scripted)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: violations.append(str(error)))
        page.on("console", lambda said: violations.append(said.text) if "Security Policy" in said.text else None)
        page.goto(f"{site.url}/in")
        page.fill('[name="token"]', site.world.tokens["laboratory"])
        page.locator("main form button").first.click()
        page.wait_for_url(re.compile("/lab/$"))
        return page

    yield page_of
    for context in contexts:
        context.close()
    assert violations == []


def press(page: Page, words: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=words, exact=True).click()


def follow(page: Page, words: str) -> None:
    with page.expect_navigation():
        page.get_by_role("link", name=re.compile(words)).first.click()


def fill_in(page: Page, water: str, conclusion: str) -> None:
    page.get_by_role("group", name="水分").get_by_label("结果").fill(water)
    page.locator("label.choice", has_text=re.compile(f"^{conclusion}$")).click()


def reported(page: Page, number: str, water: str, conclusion: str) -> str:
    """From the list of samples to the receipt; where that is."""
    follow(page, f"样品{number}")
    fill_in(page, water, conclusion)
    page.get_by_label("报告编号").fill(f"SL-{number}")
    page.locator('[name="p.cma_no"]').fill("示例-000000")
    press(page, "核对")
    press(page, "签发报告")
    expect(page.locator(".receipt")).to_have_text(re.compile("已收到，账本第[0-9]+号。"))
    return page.url


@pytest.mark.parametrize("scripted", [True, False], ids=["script", "no-script"])
def test_a_laboratory_puts_its_report_right(site: Site, opened: Opened, scripted: bool) -> None:
    number = "CY-A" if scripted else "CY-B"
    named(site.world, number)
    page = opened(scripted)
    before = reported(page, number, "16.2", "不合格")
    assert "这批货因这份报告被扣留" in page.inner_text(".consequence")

    follow(page, "^更正$")
    fill_in(page, "11.8", "合格")
    page.locator('[name="reason"]').fill("小数点抄错")
    picture(page, f"lab-correct-{number}")
    press(page, "核对")
    assert "更正后，这份报告不再扣留货物" in page.inner_text(".consequence")
    picture(page, f"lab-correct-check-{number}")
    press(page, "保存")

    assert "按更正后的内容，这份报告不扣留货物。" in page.inner_text(".consequence")
    assert page.locator(".band-hold").count() == 0
    picture(page, f"lab-corrected-{number}")
    follow(page, "^检验报告，账本第[0-9]+号$")
    assert page.url == before
    assert "已更正，以更正的记录为准。" in page.inner_text("main")
    assert "16.2" in page.inner_text("main")


@pytest.fixture(scope="module")
def places(site: Site, browser: Browser) -> dict[str, str]:
    """A report that nobody corrected; and one that was, and on whose word another batch was made: its next correction waits."""
    world = site.world
    for number in ("CY-V", "CY-W", "CY-X"):
        named(world, number)
    context = browser.new_context(viewport=PHONE, locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{site.url}/in")
    page.fill('[name="token"]', world.tokens["laboratory"])
    page.locator("main form button").first.click()
    page.wait_for_url(re.compile("/lab/$"))
    found = {"list": "/lab/"}
    reported(page, "CY-V", "11.7", "合格")
    found["form"] = page.get_by_role("link", name="更正", exact=True).get_attribute("href") or ""
    found["void"] = f"{found['form']}?how=void"
    page.goto(f"{site.url}/lab/")
    found["report"] = reported(page, "CY-W", "11.8", "合格").removeprefix(site.url)
    mended = found["report"].replace("/lab/reports/", "/lab/correct/")
    corrected(page, site.url + mended, "11.9")
    found["correction"] = page.url.removeprefix(site.url)
    taken = {"party": world.parties["coop"], "product": "HB-BS", "quantity": {"value": "1", "unit": "kg"}}
    inputs = [{"batch": world.batch, "quantity": {"value": "1", "unit": "kg"}}]
    world.made("/api/v1/batches", {**taken, "inputs": inputs}, "coop")
    corrected(page, site.url + mended, "12.1", "提交，等监管人员签名")
    found["waiting"] = page.url.removeprefix(site.url)
    context.close()
    return found


def corrected(page: Page, form: str, water: str, save: str = "保存") -> None:
    page.goto(form)
    page.get_by_role("group", name="水分").get_by_label("结果").fill(water)
    page.locator('[name="reason"]').fill("平行样没有平均")
    press(page, "核对")
    press(page, save)


PAGES = ("list", "report", "correction", "waiting", "form", "void")


@pytest.mark.parametrize(("lang", "text_size"), [(lang, size) for lang in LANGS for size in SIZES])
def test_its_pages_fit_a_small_phone_and_axe_finds_nothing(
    site: Site, opened: Opened, places: dict[str, str], lang: Lang, text_size: TextSize
) -> None:
    page = opened(True)
    for name in PAGES:
        path = places[name]
        page.goto(f"{site.url}{path}{'&' if '?' in path else '?'}lang={lang}&text={text_size}")
        picture(page, f"lab-{name}-{lang}-{text_size}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 780})
            assert page.evaluate("document.documentElement.scrollWidth") == width, (name, width)
        assert axe_findings(page) == [], name


def test_where_a_correction_waits_its_form_leads_to_it(site: Site, opened: Opened, places: dict[str, str]) -> None:
    page = opened(False)

    page.goto(site.url + places["report"].replace("/lab/reports/", "/lab/correct/"))

    assert page.url == site.url + places["waiting"]


def test_once_an_official_has_signed_the_laboratory_reads_what_counts(
    site: Site, opened: Opened, places: dict[str, str]
) -> None:
    page = opened(False)
    follow(page, "等监管人员签名")
    assert "原来" in page.inner_text("main")
    desk = places["waiting"].replace("/lab/waiting/", "/desk/sign/")

    assert sign(signed_in(site.world, "third"), desk, KEYS["third"]).status_code == 303

    page.reload()
    assert "监管人员已签名，更正已记入账本第" in page.inner_text("main")
    follow(page, "看这条更正")
    assert "12.1" in page.inner_text("main")
    assert (
        page.get_by_role("link", name=re.compile("账本第[0-9]+号")).count() == 2
    )  # the report, and its first correction
