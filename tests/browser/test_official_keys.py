"""Two officials, each in a browser of their own: keys made there, a signature each, a key that is lost and replaced."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from api.catalogue import LANGS
from api.keyfiles import load_key
from tests.browser.axe import axe_findings
from tests.browser.real_node import ROOT, WAIT_SECONDS, RealNode, real_node
from tests.browser.test_every_page import WIDTHS, picture
from trace.ledger.sqlite import reading
from trace.queries import find_key_owners

pytestmark = pytest.mark.needs("chromium")

Desk = Callable[[str], BrowserContext]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealNode]:
    """A demonstration of its own: what is signed here stays here."""
    with real_node(tmp_path_factory.mktemp("officials")) as served:
        yield served


def run(node: RealNode, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "api", *words],
        env=dict(node.environ),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=True,
    )
    return done.stdout


def officials(node: RealNode) -> list[str]:
    """The parties of the demonstration's officials, in the order of their key files."""
    files = sorted(node.key_dir.glob("demo-official-*.key"))
    with reading(Path(node.environ["SUXIN_DATA_DIR"]) / "suxin.db") as reads:
        return [find_key_owners(reads.connection, [load_key(file).did])[0] for file in files]


@pytest.fixture
def desk(browser: Browser, node: RealNode, violations: list[str]) -> Iterator[Desk]:
    """A browser of its own, signed in by a link as the official of this party."""
    contexts: list[BrowserContext] = []

    def sign_in(party: str) -> BrowserContext:
        link = run(node, "token", "--role", "official", "--party", party, "--region", "341602").splitlines()[-2]
        context = browser.new_context(viewport={"width": 360, "height": 780}, locale="zh-CN")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: violations.append(str(error)))
        page.on("console", lambda said: violations.append(said.text) if "Security Policy" in said.text else None)
        page.goto(link)
        page.wait_for_url(lambda url: "/in" not in url)
        return context

    yield sign_in
    for context in contexts:
        context.close()
    assert violations == []


def page_of(context: BrowserContext, node: RealNode, path: str) -> Page:
    page = context.pages[0]
    page.goto(node.url + path)
    return page


def take_in(context: BrowserContext, node: RealNode, number: int) -> None:
    """The demonstration's key file of an official."""
    page = page_of(context, node, "/desk/keys")
    page.get_by_label("密钥文件").set_input_files(node.key_dir / f"demo-official-{number}.key")
    expect(page.get_by_text("密钥已载入这个浏览器")).to_be_visible()


def ask(context: BrowserContext, node: RealNode) -> str:
    """Make a key in this browser and ask for it; the path of its request."""
    page = page_of(context, node, "/desk/keys")
    page.get_by_role("button", name="生成并申请").click()
    page.wait_for_url("**/desk/sign/*")
    return page.url.removeprefix(node.url)


def sign(context: BrowserContext, node: RealNode, path: str) -> Page:
    page = page_of(context, node, "/desk/waiting")
    page.locator(f'a[href="{path}"]').click()
    expect(page.locator("#by-key")).to_be_visible()
    with page.expect_navigation():  # the browser computes before it sends
        page.get_by_role("button", name="用我的密钥签名").click()
    return page


def test_a_lost_key_is_revoked_and_replaced_by_two_officials_in_their_own_browsers(node: RealNode, desk: Desk) -> None:
    first, second, third, _ = officials(node)
    one, two, three = desk(first), desk(second), desk(third)
    take_in(one, node, 1)
    take_in(two, node, 2)

    # The third lost the demonstration's key and makes one that only this browser has.
    page = page_of(three, node, "/desk/keys")
    page.get_by_text("吊销这把密钥").click()
    page.get_by_role("button", name="吊销", exact=True).click()
    expect(page.get_by_text("已吊销")).to_be_visible()
    path = ask(three, node)
    expect(three.pages[0].get_by_text("还没有人签名")).to_be_visible()

    expect(sign(one, node, path).get_by_text("现在等别人签名")).to_be_visible()
    expect(sign(two, node, path).get_by_text("已记入账本")).to_be_visible()

    page = page_of(three, node, "/desk/keys")
    row = page.locator("li", has_text="有效，可以签职责内的事")
    expect(row).to_contain_text("这把密钥在这个浏览器里")

    # With it the third vouches for the first's next key, together with the second.
    again = ask(one, node)
    sign(three, node, again)
    expect(sign(two, node, again).get_by_text("已记入账本")).to_be_visible()
    run(node, "audit")


def test_the_key_cannot_be_read_out_of_the_browser(node: RealNode, desk: Desk) -> None:
    _, _, _, fourth = officials(node)
    context = desk(fourth)
    take_in(context, node, 4)

    found: Any = context.pages[0].evaluate(
        """async () => {
          const request = indexedDB.open("suxin-keys");
          const database = await new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
          const store = database.transaction("keys").objectStore("keys");
          const all = store.getAll();
          const [kept] = await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); });
          const forms = await Promise.all(["raw", "pkcs8", "jwk"].map((form) =>
            crypto.subtle.exportKey(form, kept.privateKey).then(() => form, () => "refused")));
          return { members: Object.keys(kept).sort(), extractable: kept.privateKey.extractable, forms };
        }"""
    )

    assert found == {"members": ["did", "privateKey"], "extractable": False, "forms": ["refused"] * 3}


def test_a_key_file_chosen_before_the_script_has_come_is_taken_in_all_the_same(node: RealNode, desk: Desk) -> None:
    page, held = desk(officials(node)[3]).pages[0], list[Route]()
    page.route("**/keys.js*", lambda route: held.append(route))  # a bound method of a list cannot be marked by it
    page.goto(node.url + "/desk/keys", wait_until="commit")
    page.get_by_label("密钥文件").set_input_files(node.key_dir / "demo-official-4.key")
    while not held:
        page.wait_for_timeout(50)

    held[0].continue_()

    expect(page.get_by_text("密钥已载入这个浏览器")).to_be_visible()


def test_a_browser_without_the_key_says_so_and_signs_nothing(node: RealNode, desk: Desk) -> None:
    _, second, _, fourth = officials(node)
    path = ask(desk(fourth), node)

    page = page_of(desk(second), node, path)

    expect(page.get_by_text("这个浏览器里没有您可以用来签这件事的密钥")).to_be_visible()
    expect(page.get_by_role("button", name="用我的密钥签名")).to_be_disabled()


def test_without_script_the_page_says_what_is_needed(browser: Browser, node: RealNode) -> None:
    party = officials(node)[0]
    token = run(node, "token", "--role", "official", "--party", party, "--region", "341602").splitlines()[-1]
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(node.url + "/in?next=/desk/keys")
    page.locator("#token").fill(token)
    page.get_by_role("button").click()

    expect(page.get_by_text("签名要在浏览器里计算")).to_be_visible()
    expect(page.get_by_role("button", name="生成并申请")).to_be_disabled()
    context.close()


@pytest.mark.parametrize(("lang", "text_size"), [(lang, size) for lang in LANGS for size in ("standard", "huge")])
def test_a_desk_page_fits_a_small_phone_and_axe_finds_nothing(
    node: RealNode, desk: Desk, lang: str, text_size: str
) -> None:
    first, _, third, _ = officials(node)
    path = ask(desk(third), node)
    one = desk(first)
    take_in(one, node, 1)

    for name in ("/desk/keys", "/desk/waiting", path):
        page = page_of(one, node, f"{name}?lang={lang}&text={text_size}")
        page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        picture(page, f"{name.split('/')[2]}-{lang}-{text_size}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 780})
            assert page.evaluate("document.documentElement.scrollWidth") == width, name
        assert axe_findings(page) == [], name
