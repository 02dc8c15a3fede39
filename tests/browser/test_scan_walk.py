"""From the printed label to the answer on the phone: does the whole way hold on a real node that played its season?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from api.catalogue import LANGS, Lang
from tests.browser.panel import Visit, results, rows, state, wait_for_check
from tests.browser.real_node import BLEND, BOUGHT, CABBAGE, FIELD, FREED, HELD, LATE, PACKED, WAITING, RealNode
from trace.legal_days import SHANGHAI

pytestmark = pytest.mark.needs("chromium")

CSS_PIXELS_PER_MM = 96 / 25.4
SAID: Mapping[Lang, tuple[str, str, str]] = {
    "zh": ("白芍", "已在您的手机上核验", "自打印标签以来没有被改动。"),
    "en": ("White peony root", "Checked on your phone", "Unchanged since the label was printed."),
}


@pytest.mark.needs("zbar")
def test_both_readers_find_the_same_address_on_the_label(label_png: bytes, label: str, node: RealNode) -> None:
    from pyzbar import pyzbar  # type: ignore[import-untyped]  # needs the system's zbar as soon as it is imported

    (found,) = pyzbar.decode(Image.open(BytesIO(label_png)))

    assert found.data.decode() == label
    assert re.fullmatch(rf"{node.url}/t/{node.codes[PACKED]}#1\.12\.[A-Za-z0-9_-]{{32}}", label)
    assert len(label) <= 84


def test_the_address_on_the_label_shows_the_goods_and_all_five_checks_pass(phone: Visit, label: str) -> None:
    page = phone(label)

    assert results(page) == ["pass"] * 5
    assert page.title() == "白芍 · 溯信"
    assert page.inner_text("h1") == "白芍"
    assert page.inner_text(".alias") == "亳芍"
    assert page.inner_text("#check-title") == "已在您的手机上核验"
    assert "自打印标签以来没有被改动。" in page.inner_text("#check-text")
    assert page.inner_text("#check-witness") == "还没有独立见证。"
    assert page.get_attribute("#check", "data-signing") == "webcrypto"
    assert page.locator(".tag").first.inner_text() == "示例数据"
    assert "正品" not in page.content()


def test_the_journey_runs_from_the_field_to_the_stall(phone: Visit, label: str) -> None:
    page = phone(label, java_script_enabled=False)

    assert page.locator(".step h3").all_inner_texts() == [
        *("损耗", "零售", "零售", "发运", "入库", "包装", "发放标签", "检验合格", "抽样", "转入本批", "建立批次"),
        *("入库", "干燥", "去皮", "煮", "采收", "用药", "施肥", "施肥", "种植", "建立批次"),
    ]
    signers = page.locator(".step p.small").all_inner_texts()
    assert signers[0] == "上海浦东芍韵药材商行有限公司（示例），由平台代签"
    assert signers[3] == "生产者，由平台代签"
    assert signers[-1] == "生产者，由平台代签 · 原料批次"
    assert "另有2条记录不公开" in page.inner_text("[aria-labelledby=journey]")


def printed_label(node: RealNode, batch: str) -> str:
    """The address on the label of a batch, as a phone reads it."""
    png = node.get(node.bundle_path(node.codes[batch]).replace("/bundle", "/labels.png"))
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(png)))
    return found.text


def test_a_dispatched_batch_that_a_late_record_holds_says_so_first_and_shows_no_green(
    phone: Visit, node: RealNode
) -> None:
    page = phone(printed_label(node, HELD))

    assert results(page) == ["pass"] * 5
    assert state(page) == "held"
    assert page.inner_text("#check-title") == "记录没有被改动，但这批货被扣留"
    band: Any = page.locator(".band-stop").bounding_box()
    product: Any = page.locator("#product").bounding_box()
    assert band["y"] + band["height"] <= product["y"]
    assert "从2026年10月30日起扣留。" in page.inner_text(".band-stop")
    green = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--shilv')")
    assert green == "#1f6b4f"
    colours = page.evaluate("""[...document.querySelectorAll('#check, #check *')].flatMap((part) => {
        const style = getComputedStyle(part); return [style.color, style.borderTopColor]; })""")
    assert "rgb(31, 107, 79)" not in colours


def test_from_a_held_batch_one_tap_leads_to_the_batch_that_it_follows(phone: Visit, node: RealNode) -> None:
    page = phone(f"{node.url}/t/{node.codes[HELD]}", java_script_enabled=False)

    with page.expect_navigation():
        page.click(".band-stop a")

    assert page.url == f"{node.url}/t/{node.codes[LATE]}"
    assert "由两名监管人员各用自己的密钥解除。" in page.inner_text(".band-stop")
    assert "2026年10月30日才填报" in page.inner_text("[aria-labelledby=journey]")


def test_the_inputs_of_a_blend_are_one_tap_deeper_each_with_its_own_check(phone: Visit, node: RealNode) -> None:
    page = phone(f"{node.url}/t/{node.codes[BLEND]}")
    own = page.get_attribute("#check", "data-bundle")
    links = page.locator(".inputs a")

    assert links.count() == 2
    assert page.locator("svg.lineage .mark").count() == 3
    seen = {own}
    for place in range(2):
        page.locator(".inputs a").nth(place).click()
        page.wait_for_url(lambda url: not url.endswith(node.codes[BLEND]))
        wait_for_check(page)
        assert results(page) == ["skip"] + ["pass"] * 4
        seen.add(page.get_attribute("#check", "data-bundle"))
        page.go_back()
    assert len(seen) == 3


def test_the_quantities_of_every_example_add_up(phone: Visit, node: RealNode) -> None:
    for code in node.codes.values():  # with a choice of language, which is no new view
        page = phone(f"{node.url}/t/{code}?lang=zh", java_script_enabled=False)
        *moved, left = [
            float(re.sub(r"[^0-9.\-]", "", text.replace("－", "-")))
            for text in page.locator(".sum dd").all_inner_texts()
        ]
        assert sum(moved) == pytest.approx(left, abs=1e-6)


def test_every_state_of_goods_can_be_seen(phone: Visit, node: RealNode) -> None:
    def text(batch: str) -> str:
        return phone(f"{node.url}/t/{node.codes[batch]}", java_script_enabled=False).inner_text("main")

    freed, admitted, waiting = text(FREED), text(CABBAGE), text(WAITING)

    assert "曾经扣留，已经解除" in freed
    assert "两名监管人员签名" in freed
    assert "入市前要先检测" in admitted
    assert "准许入市" in admitted
    assert "入场检测合格" in admitted
    assert "已更正，以更正后的为准" in admitted
    assert "入市前要先检测" in waiting
    assert "准许入市" not in waiting


def test_the_start_page_says_in_a_word_where_each_example_stands(phone: Visit, node: RealNode) -> None:
    page = phone(f"{node.url}/")

    shown = dict(
        zip(
            page.locator(".people h3 a").evaluate_all("(all) => all.map((one) => one.pathname)"),
            page.locator(".people li").all_inner_texts(),
            strict=True,
        )
    )
    states = {path.removeprefix("/t/"): text.splitlines()[-1] for path, text in shown.items()}
    assert [states[node.codes[one]] for one in (HELD, FREED, CABBAGE)] == ["正被扣留", "扣留已解除", "已售完"]


def test_without_script_the_page_is_whole_and_says_that_nothing_was_checked(phone: Visit, label: str) -> None:
    page = phone(label, java_script_enabled=False)

    assert page.locator("#check").get_attribute("data-state") == "not_here"
    assert page.locator("#check-title").inner_text() == "这台设备上没有核对"
    assert "这台设备什么都没有核对" in page.locator("#check-text").inner_text()
    assert page.locator('[data-result="pass"]').count() == 0
    assert "没有被改动" not in page.locator("body").inner_text()


def test_noble_is_loaded_only_where_a_plain_address_leaves_no_webcrypto(
    phone: Visit, node: RealNode, label: str
) -> None:
    loaded = "performance.getEntriesByType('resource').map((one) => one.name)"

    secure, plain = phone(label), phone(label.replace(node.url, node.plain_url))

    assert results(secure) == results(plain) == ["pass"] * 5
    assert [page.evaluate("globalThis.crypto.subtle === undefined") for page in (secure, plain)] == [False, True]
    for page, engine in ((secure, "webcrypto"), (plain, "noble")):
        assert page.get_attribute("#check", "data-hashing") == page.get_attribute("#check", "data-signing") == engine
    assert [url for url in secure.evaluate(loaded) if "/noble/" in url] == []
    assert [url for url in plain.evaluate(loaded) if url.endswith("/noble/ed25519.js")] != []


def test_a_missing_fragment_is_neutral_and_not_red(phone: Visit, label: str) -> None:
    page = phone(label.partition("#")[0])

    assert state(page) == "unlabelled"
    assert results(page) == ["skip"] + ["pass"] * 4
    assert rows(page)["label"][1] == "没有标签校验值，直接扫标签可以补上这项核对。"
    zhusha = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--zhusha')")
    assert zhusha == "#a62b1f"
    colours = page.evaluate("""[...document.querySelectorAll('#check, #check *')].flatMap((part) => {
        const style = getComputedStyle(part); return [style.color, style.borderTopColor]; })""")
    assert "rgb(166, 43, 31)" not in colours


def test_the_links_for_language_and_size_keep_the_label(phone: Visit, label: str) -> None:
    page = phone(label)
    fragment = label.partition("#")[2]

    for link, kept in (("EN", "lang=en"), ("Large", "text=large"), ("Huge", "text=huge"), ("中文", "lang=zh")):
        page.click(f".settings >> text={link}")
        page.wait_for_url(f"**?{kept}#{fragment}")
        wait_for_check(page)
        assert results(page) == ["pass"] * 5

    # The choices before the last are remembered by cookie.
    assert page.get_attribute("html", "data-text") == "huge"
    assert page.inner_text("h1") == "白芍"


@pytest.mark.parametrize("lang", LANGS)
def test_title_and_promise_in_both_languages(phone: Visit, label: str, lang: Lang) -> None:
    address, _, fragment = label.partition("#")
    name, title, promise = SAID[lang]

    page = phone(f"{address}?lang={lang}#{fragment}")

    assert page.inner_text("h1") == name
    assert page.inner_text("#check-title") == title
    assert promise in page.inner_text("#check-text")


def test_views_of_a_label_are_counted_and_the_count_outlives_a_restart(phone: Visit, node: RealNode) -> None:
    address = f"{node.url}/t/{node.codes[BOUGHT]}"

    def counted() -> tuple[int, int]:
        line = phone(address).inner_text("[aria-labelledby=scans] p >> nth=0")
        found = re.match(r"今天(\d+)次，累计(\d+)次。", line)
        assert found, line
        return int(found[1]), int(found[2])

    (today, total), days = counted(), {datetime.now(SHANGHAI).date()}  # other walks looked at it too
    assert total >= today >= 1
    assert counted()[1] == total + 1
    node.stop()
    node.start()
    later = counted()
    days.add(datetime.now(SHANGHAI).date())
    assert later[1] == total + 2
    assert later[0] == today + 2 or len(days) == 2  # at midnight the day's count begins again


def test_a_change_of_language_is_no_new_view(phone: Visit, node: RealNode) -> None:
    page = phone(f"{node.url}/t/{node.codes[FIELD]}")
    before = page.inner_text("[aria-labelledby=scans] p >> nth=0")

    with page.expect_navigation():
        page.click("text=EN")
    with page.expect_navigation():
        page.click("text=中文")

    assert page.inner_text("[aria-labelledby=scans] p >> nth=0") == before


def test_a_code_typed_in_any_manner_finds_its_batch(phone: Visit, node: RealNode) -> None:
    code = node.codes[PACKED]
    typed = "-".join((code[:4], code[4:8], code[8:])).lower().replace("0", "O").replace("1", "l")

    page = phone(f"{node.url}/")
    page.fill("#code", f" {typed} ")
    page.click("button")

    page.wait_for_url(f"{node.url}/t/{code}")
    assert page.inner_text("h1") == "白芍"


@pytest.mark.parametrize("scripted", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize(
    "typed", ["{label}", "白芍 {label} 来自浏览器", "{label}?from=timeline", "{a} {b} {c}", "　{a}－{b}－{c}　"]
)
def test_what_was_pasted_whole_arrives_whole(
    phone: Visit, node: RealNode, label: str, typed: str, scripted: bool
) -> None:
    code = node.codes[PACKED]
    page = phone(f"{node.url}/", java_script_enabled=scripted)

    page.locator("#code").focus()
    page.keyboard.insert_text(typed.format(label=label, a=code[:4], b=code[4:8], c=code[8:]))
    page.keyboard.press("Enter")

    page.wait_for_url(f"{node.url}/t/{code}")


def test_a_code_that_is_none_is_asked_for_again(phone: Visit, node: RealNode) -> None:
    page = phone(f"{node.url}/")

    page.fill("#code", "AAAA-BBBB-CCCC")
    with page.expect_navigation():
        page.click("button")

    assert page.inner_text("h1") == "找不到这个追溯码"
    assert page.locator("#code").is_visible()


def test_the_printed_page_holds_the_label_alone_at_its_size_and_it_decodes(
    phone: Visit, node: RealNode, label: str
) -> None:
    page = phone(f"{node.url}/t/{node.codes[PACKED]}/label", device_scale_factor=3)

    page.emulate_media(media="print")

    shown = "[...document.querySelectorAll('body *')].filter((part) => part.innerText && part.checkVisibility())"
    assert page.evaluate(f"{shown}.map((part) => part.innerText.trim()).join('')") == ""
    box: Any = page.locator(".label-image").bounding_box()
    assert box["width"] / CSS_PIXELS_PER_MM == pytest.approx(40, abs=0.1)
    (printed,) = zxingcpp.read_barcodes(Image.open(BytesIO(page.locator(".label-image").screenshot())))
    assert printed.text == label
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) == 1


def test_the_address_of_a_problem_says_what_to_do(phone: Visit, node: RealNode) -> None:
    page = phone(f"{node.url}/problems/mass-exceeded")

    assert page.inner_text("h1") == "数量超过了这一批现有的数量，或者超过了用去的原料"
    assert page.inner_text('section[lang="en"] p').startswith("The amount is more than this batch has")
    assert phone(f"{node.url}/problems/no-such-code").inner_text(".class-line") == "404"


def test_a_policy_violation_would_be_seen(phone: Visit, node: RealNode, violations: list[str]) -> None:
    page = phone(f"{node.url}/")

    with page.expect_console_message(lambda said: "Security Policy" in said.text):
        page.evaluate("document.body.append(Object.assign(document.createElement('style'), {textContent: 'p {}'}))")

    assert len(violations) == 1
    violations.clear()
