"""An auditor runs the whole audit from a page: sound, or the number of the first bad entry; whoever may not look does not."""

import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.app_parts import World, running_world
from tests.api.page_parts import Browser, signed_in
from trace.ledger.audit import AuditResult, audit


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        yield running


def audited(browser: Browser) -> str:
    """Start an audit and wait until the page tells what it found."""
    browser.get("/desk/ledger")
    assert browser.post("/desk/ledger", {}).status_code == 303
    for _ in range(2_000):
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


def test_whoever_runs_the_machine_audits_and_sees_no_other_room(world: World) -> None:
    browser = signed_in(world, "administrator")

    page = browser.get("/desk/ledger").text
    told = audited(browser)

    assert "全部核对无误" in told
    bar = page.partition('class="desk-bar"')[2].partition("</nav>")[0]
    assert set(re.findall(r'href="(/[^"]*)"', bar)) == {"/desk/ledger", "/m/me"}
    assert 'href="/desk/ledger"' in browser.get("/m/me").text


def test_a_database_that_cannot_be_read_is_no_audit_that_runs_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr("api.running_audit.audit", broken)
    monkeypatch.setattr("threading.excepthook", lambda told: None)

    assert "审计没有做成：读不了数据库" in audited(signed_in(world, "auditor"))


def test_a_run_shows_how_far_it_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(*given: Any) -> AuditResult:
        given[-1](3, 12)
        begun.set()
        go_on.wait(120)
        return audit(*given)

    monkeypatch.setattr("api.running_audit.audit", slow)
    browser = signed_in(world, "auditor")
    browser.get("/desk/ledger")
    browser.post("/desk/ledger", {})
    begun.wait(120)

    page = browser.get("/desk/ledger").text
    browser.post("/desk/ledger", {})  # a second one does not begin beside it
    go_on.set()

    assert '<progress max="100" value="25"' in page
    assert '<meta http-equiv="refresh" content="2">' in page
    assert "<form" not in page.partition('id="audit"')[2].partition("</section>")[0]
    assert "<progress" not in audited(browser)
