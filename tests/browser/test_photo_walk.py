"""A phone whose camera reads no codes: a photo of the label leads to the same page and the same five checks."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.browser.panel import Visit, results, wait_for_check
from tests.browser.real_node import PACKED, RealNode

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture
def photo(label_png: bytes, tmp_path: Path) -> Path:
    """The label on a table, as a phone keeps it."""
    table = Image.new("RGB", (1_600, 1_200), "#7a6f62")
    table.paste(Image.open(BytesIO(label_png)).convert("RGB").resize((700, 700)).rotate(7, expand=True), (300, 200))
    path = tmp_path / "IMG_0001.jpg"
    table.save(path, quality=80)
    return path


def upload(page: Page, file: Path) -> None:
    page.set_input_files("#photo", file)
    with page.expect_navigation():
        page.click("form:has(#photo) button")


def test_a_photo_leads_from_the_start_page_to_five_green_checks(phone: Visit, node: RealNode, photo: Path) -> None:
    page = phone(f"{node.url}/")

    upload(page, photo)

    assert re.fullmatch(rf"{node.url}/t/{node.codes[PACKED]}#1\.12\.[A-Za-z0-9_-]{{32}}", page.url)
    wait_for_check(page)
    assert results(page) == ["pass"] * 5


def test_without_script_the_photo_leads_to_the_whole_page(phone: Visit, node: RealNode, photo: Path) -> None:
    page = phone(f"{node.url}/t/AAAABBBBCCCC", java_script_enabled=False)

    upload(page, photo)

    assert page.inner_text("h1") == "白芍"
    assert "没有" in page.inner_text("#check-title")


def test_a_photo_of_nothing_is_answered_on_a_page_to_try_again(phone: Visit, node: RealNode, photo: Path) -> None:
    Image.new("RGB", (800, 600), "#7a6f62").save(photo)
    page = phone(f"{node.url}/")

    upload(page, photo)

    assert page.inner_text("h1") == "照片里没有找到二维码"
    assert page.locator("#photo, #code").count() == 2


def test_a_photo_larger_than_we_take_gets_its_sentence_and_no_broken_line(
    phone: Visit, node: RealNode, photo: Path
) -> None:
    with photo.open("ab") as stream:
        stream.write(bytes(15_000_000))
    page = phone(f"{node.url}/")

    upload(page, photo)

    assert page.inner_text("h1") == "照片太大"
