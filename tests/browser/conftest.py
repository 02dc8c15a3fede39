"""What browser tests share: a Chromium, a node that has played its season, and a phone that tolerates no violation."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from types import MappingProxyType
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.browser.panel import Visit, wait_for_check
from tests.browser.real_node import PACKED, PLAIN_HOST, WAIT_SECONDS, RealNode, real_node

OF_THE_ADDRESS_BAR = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
"""Pages of the browser's own that each window loads though nobody sees it: two thirds of what a new window costs."""
PLAYWRIGHTS = (
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "LensOverlay"),
    *("HttpsFirstBalancedModeAutoEnable", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled"),
    "PreconnectToSearch",
)
"""What playwright turns off itself: of two lists the browser reads the last one alone."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One a module: while it lives, playwright's event loop stands in the way of every other one."""
    expect.set_options(timeout=WAIT_SECONDS * 1_000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            timeout=WAIT_SECONDS * 1_000,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                f"--disable-features={','.join((*PLAYWRIGHTS, *OF_THE_ADDRESS_BAR))}",
                f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1",
            ],
        )
        launched.on("context", lambda context: context.set_default_timeout(WAIT_SECONDS * 1_000))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealNode]:
    with real_node(tmp_path_factory.mktemp("node")) as served:
        yield served


@pytest.fixture(scope="session")
def label_png(node: RealNode) -> bytes:
    """The label of the packed batch, as a printer gets it."""
    return node.get(node.bundle_path(node.codes[PACKED]).replace("/bundle", "/labels.png"))


@pytest.fixture(scope="session")
def label(label_png: bytes) -> str:
    """The address that is printed on it."""
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(label_png)))
    text: str = found.text
    return text


@pytest.fixture
def violations() -> list[str]:
    """What a page did that its policy forbids, or an error that it did not catch; empty at the end of every visit."""
    return []


@pytest.fixture
def phone(browser: Browser, violations: list[str]) -> Iterator[Visit]:
    """Opens an address on a narrow screen and waits for the panel; every visit is another phone.

    `routes` says who answers in place of the node.
    """
    contexts = []

    def open_page(
        address: str,
        script: str | None = None,
        routes: Mapping[str, Callable[[Route], None]] = MappingProxyType({}),
        **options: Any,
    ) -> Page:
        context = browser.new_context(**{"viewport": {"width": 360, "height": 780}, "locale": "zh-CN", **options})
        contexts.append(context)
        page = context.new_page()
        if script:
            page.add_init_script(script)
        for pattern, answer in routes.items():
            page.route(pattern, answer)
        page.on("pageerror", lambda error: violations.append(str(error)))
        page.on("console", lambda said: violations.append(said.text) if "Security Policy" in said.text else None)
        page.goto(address)
        wait_for_check(page, options.get("java_script_enabled", True))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert violations == []
