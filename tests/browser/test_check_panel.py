"""What does a shopper's browser say after it has checked a batch by itself? Real Chromium, a real bundle."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Page

from api.catalogue import Lang, messages
from api.pages.render import TextSize, render_scan
from api.pages.scan_view import PANEL_ROWS, scan_view
from tests.api.pages.page_server import Site, serve
from tests.api.pages.sample_history import CODE, history, names
from tests.browser.panel import FINISHED, results, rows, state

EXAMPLE = json.loads((Path(__file__).parents[1] / "conformance" / "vectors" / "worked-example.json").read_text("utf-8"))
FRAGMENT = EXAMPLE["label_url"].split("#")[1]
pytestmark = pytest.mark.needs("chromium")

NO_SUBTLE = "Object.defineProperty(globalThis.crypto, 'subtle', {value: undefined})"
NO_ED25519 = """const old = crypto.subtle.importKey.bind(crypto.subtle);
crypto.subtle.importKey = (form, key, algorithm, ...rest) => algorithm.name === 'Ed25519'
  ? Promise.reject(new DOMException('Unrecognized name', 'NotSupportedError')) : old(form, key, algorithm, ...rest);"""


@pytest.fixture
def site() -> Iterator[Site]:
    def render(_path: str, lang: str, text_size: str) -> str:
        return render_scan(scan_view(history(), names(), cast(Lang, lang)), cast(Lang, lang), cast(TextSize, text_size))

    with serve(Site(render, bundle_bytes())) as served:
        yield served


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    contexts = []

    def open_page(fragment: str | None = FRAGMENT, query: str = "", script: str | None = None, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 360, "height": 780}, **options})
        contexts.append(context)
        page = context.new_page()
        if script:
            page.add_init_script(script)
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.on("console", lambda message: pytest.fail(message.text) if "Security Policy" in message.text else None)
        page.goto(f"{site.address}/t/{CODE}{query}{'#' + fragment if fragment else ''}")
        if options.get("java_script_enabled", True):
            page.wait_for_selector(FINISHED)
        return page

    yield open_page
    for context in contexts:
        context.close()


def bundle_bytes(change: Callable[[dict[str, Any]], object] | None = None, name: str = "bundle") -> bytes:
    bundle = copy.deepcopy(EXAMPLE[name])
    if change:
        change(bundle)
    return json.dumps(bundle, ensure_ascii=False).encode()


def test_an_untouched_batch_turns_all_five_lines_green(visit: Callable[..., Page]) -> None:
    page = visit()

    assert state(page) == "passed"
    assert results(page) == ["pass"] * 5
    assert page.inner_text("#check-title") == "已在您的手机上核验"
    assert "自打印标签以来没有被改动" in page.inner_text("#check-text")
    assert page.inner_text("#check-witness") == "还没有独立见证。"
    assert rows(page)["inclusion"][1] == "最新一条是账本第9号，账本共10条。"


def test_a_wide_screen_is_called_a_computer(visit: Callable[..., Page]) -> None:
    assert visit(viewport={"width": 1280, "height": 900}).inner_text("#check-title") == "已在这台电脑上核验"


def test_a_label_printed_earlier_still_matches_at_its_seq(visit: Callable[..., Page]) -> None:
    page = visit(EXAMPLE["label_fragment_printed_after_entry_4"])

    assert state(page) == "passed"
    assert rows(page)["label"] == ("pass", "标签上印的校验值与1号记录相同。")


def test_a_sealed_record_is_counted(visit: Callable[..., Page], site: Site) -> None:
    site.bundle = bundle_bytes(name="bundle_with_one_sealed")

    page = visit()

    assert rows(page)["chain"] == ("pass", "4条记录没有缺号，前后相连；其中1条不公开。")


@pytest.mark.parametrize("fragment", [None, "check", "wechat_redirect"])
def test_a_missing_fragment_is_neutral(visit: Callable[..., Page], fragment: str | None) -> None:
    page = visit(fragment)

    assert state(page) == "unlabelled"
    assert results(page) == ["skip", "pass", "pass", "pass", "pass"]
    assert rows(page)["label"][1] == "没有标签校验值，直接扫标签可以补上这项核对。"


@pytest.mark.parametrize(
    ("script", "hashing", "signing"),
    [(None, "webcrypto", "webcrypto"), (NO_SUBTLE, "noble", "noble"), (NO_ED25519, "webcrypto", "noble")],
)
def test_where_webcrypto_lacks_something_our_own_code_answers(
    visit: Callable[..., Page], site: Site, script: str | None, hashing: str, signing: str
) -> None:
    page = visit(script=script)

    assert results(page) == ["pass"] * 5
    assert (page.get_attribute("#check", "data-hashing"), page.get_attribute("#check", "data-signing")) == (
        hashing,
        signing,
    )
    assert any("/noble/" in path for path in site.requests) == (signing == "noble")


def drop_second(bundle: dict[str, Any]) -> None:
    del bundle["chains"][0]["entries"][1]


def seal_a_key(bundle: dict[str, Any]) -> None:
    bundle["chains"][1]["entries"][1] = {"entry": bundle["chains"][1]["entries"][1]["entry"]}


def change_contents(bundle: dict[str, Any]) -> None:
    item = bundle["chains"][0]["entries"][1]
    item["statement"] = item["statement"].replace("1250.5", "1350.5")


def swap_path(bundle: dict[str, Any]) -> None:
    bundle["chains"][0]["path"].reverse()


def other_log_key(bundle: dict[str, Any]) -> None:
    bundle["checkpoint"] = bundle["checkpoint"].replace("yjBnydrl", "yjBoydrl")


@pytest.mark.parametrize(
    ("change", "fragment", "row", "sentence"),
    [
        (None, FRAGMENT[:-1] + "3", "label", "标签上印的校验值与3号记录不同：标签不是这批货的，或记录后来被改过。"),
        (None, "1.3.short", "label", "标签校验值残缺或被改过，无法与记录比对。"),
        (drop_second, None, "chain", "记录缺了一条或前后接不上：在1号记录处断开。"),
        (seal_a_key, None, "chain", "签名密钥的登记里有一条被遮住，可能藏着吊销。"),
        (change_contents, None, "signature", "1号记录的内容与封存时不同。"),
        (swap_path, None, "inclusion", "最新一条记录不在公开账本里。"),
        (other_log_key, None, "checkpoint", "账本的签名不是来自本页固定的公钥。"),
    ],
)
def test_each_check_fails_alone_with_its_own_sentence(
    visit: Callable[..., Page],
    site: Site,
    change: Callable[[dict[str, Any]], None] | None,
    fragment: str | None,
    row: str,
    sentence: str,
) -> None:
    site.bundle = bundle_bytes(change)

    page = visit(fragment)

    shown = rows(page)
    assert state(page) == "failed"
    assert shown[row] == ("fail", sentence)
    assert page.inner_text("#check-text") == sentence
    assert "先不要使用" in page.inner_text("#check-advice")
    after = PANEL_ROWS[PANEL_ROWS.index(row) + 1 :]
    assert [shown[key][0] for key in after] == ["skip"] * len(after)
    assert [result for result, _ in shown.values()].count("fail") == 1


def test_a_log_key_other_than_the_remembered_one_fails(visit: Callable[..., Page]) -> None:
    page = visit()
    page.evaluate("localStorage.setItem('suxin.vkey:suxin.example/log', 'suxin.example/log+00000000+AQ==')")

    page.reload()
    page.wait_for_selector(FINISHED)

    assert rows(page)["checkpoint"] == ("fail", "账本公钥与您上次扫码时记住的不同。")


def test_a_key_is_remembered_only_after_it_has_checked_something(visit: Callable[..., Page], site: Site) -> None:
    remembered = "localStorage.getItem('suxin.vkey:suxin.example/log')"

    assert visit().evaluate(remembered) == EXAMPLE["keys"]["log"]["vkey"]
    site.bundle = bundle_bytes(other_log_key)
    assert visit().evaluate(remembered) is None


@pytest.mark.parametrize(
    ("bundle", "text"),
    [
        (None, "记录没有取到。有网络时重新打开本页。"),
        (b"<html>", "取到的文件不是本系统的记录，什么都没有核对。稍后重新打开本页。"),
    ],
)
def test_records_that_do_not_arrive_are_not_a_failed_check(
    visit: Callable[..., Page], site: Site, bundle: bytes | None, text: str
) -> None:
    site.bundle = bundle

    page = visit()

    assert state(page) == "unreachable"
    assert page.inner_text("#check-text") == text
    assert results(page) == ["skip"] * 5


def test_without_script_nothing_is_claimed(visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)

    assert page.locator("#check").get_attribute("data-state") == "not_here"
    assert page.locator("#check-title").inner_text() == "这台设备上没有核对"
    assert page.locator(".step").count() == 16


def test_language_and_size_keep_the_label(visit: Callable[..., Page]) -> None:
    page = visit()

    with page.expect_navigation():
        page.click("text=EN")
    page.wait_for_selector(FINISHED)

    assert page.url.endswith(f"?lang=en#{FRAGMENT}")
    assert state(page) == "passed"
    assert "Unchanged since the label was printed." in page.inner_text("#check-text")


def test_nothing_overflows_a_small_phone_in_huge_type(visit: Callable[..., Page]) -> None:
    page = visit(query="?lang=en&text=huge", viewport={"width": 320, "height": 700})

    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")

    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_the_first_view_takes_six_requests(visit: Callable[..., Page], site: Site) -> None:
    visit()

    assert len(site.requests) == len(set(site.requests)) == 6


def test_every_sentence_that_the_panel_may_say_is_in_the_page() -> None:
    script = (Path(__file__).parents[2] / "api" / "pages" / "static" / "panel.js").read_text("utf-8")
    known = {key.removeprefix("check.") for key in messages("zh") if key.startswith("check.")}

    said = set(re.findall(r"say\(\"([a-z_.]+)\"", script))

    assert said <= known
    assert {f"pass.{row}" for row in PANEL_ROWS} | {
        f"fail.{check}"
        for check in ("format", "label", "entry", "chain", "body", "signature", "inclusion", "checkpoint")
    } <= known
