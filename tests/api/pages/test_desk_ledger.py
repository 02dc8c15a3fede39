"""An auditor runs the whole audit from a page: sound, or the number of the first bad entry; whoever may not look does not."""

import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.app_parts import World, running_world
from tests.api.page_parts import Browser, signed_in


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        yield running


def audited(browser: Browser) -> str:
    """Start an audit and wait until the page tells what it found."""
    browser.get("/desk/ledger")
    assert browser.post("/desk/ledger", {}).status_code == 303
    for _ in range(200):
        page = browser.get("/desk/ledger").text
        if "<progress" not in page:
            return re.sub("<[^>]*>", " ", page)
        time.sleep(0.05)
    raise AssertionError("the audit did not end")


def test_before_the_first_one_the_page_says_so(world: World) -> None:
    assert "还没有审计过" in signed_in(world, "auditor").get("/desk/ledger").text


def test_a_sound_log_is_called_sound_with_its_size(world: World) -> None:
    size = world.size
    page = audited(signed_in(world, "auditor"))

    assert f"{size}" in page
    assert "第一条有问题" not in page


def test_a_changed_byte_is_named_by_its_entry(world: World) -> None:
    path = world.node.settings.database
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER IF EXISTS entry_no_update")
        triggers = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in triggers:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute('UPDATE statement SET salt = zeroblob(32) WHERE "index" = 3')
    page = audited(signed_in(world, "official"))

    assert "第一条有问题的记录是第3号" in page


@pytest.mark.parametrize("who", ["coop", "laboratory"])
def test_the_audit_is_for_officials_and_auditors(world: World, who: str) -> None:
    assert signed_in(world, who).get("/desk/ledger").status_code == 403
