"""Tokens and scan counts: kept over a restart, written by two processes, counted without a commit a scan."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from api import db
from api.db import Operational, ScanCounter, Token
from trace.ledger.sqlite import operational_engine

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
WAIT_SECONDS = 60
"""For what comes at once; on a machine that is busy with others it may not."""
CHINA = datetime.fromisoformat("2026-12-25T16:00:00+08:00")
HASH, OTHER = b"\x01" * 32, b"\x02" * 32
CODE, SECOND = "YST04QABKQJM", "7K3M9QABTRWX"
TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)
NEVER = 3_600.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "ops.db"
    db.metadata.create_all(operational_engine(found))
    return found


@pytest.fixture
def operational(path: Path) -> Operational:
    return Operational(path, lambda: NOW)


# ---- tokens ----------------------------------------------------------------------------------------------------------


def test_a_token_is_found_again_after_a_restart(operational: Operational, path: Path) -> None:
    operational.add_token(HASH, "member", "coop-1234567890123456", None, CHINA)

    found = Operational(path).find_token(HASH)

    assert found == Token(HASH, "member", "coop-1234567890123456", None, datetime(2026, 12, 25, 8, tzinfo=UTC), None)


def test_an_unknown_hash_finds_nothing(operational: Operational) -> None:
    operational.add_token(HASH, "auditor", None, None, CHINA)

    assert operational.find_token(OTHER) is None
    assert operational.remembered_token(OTHER) is None


def test_the_same_hash_cannot_be_added_twice(operational: Operational) -> None:
    operational.add_token(HASH, "auditor", None, None, CHINA)

    with pytest.raises(IntegrityError):
        operational.add_token(HASH, "administrator", None, None, CHINA)

    assert operational.find_token(HASH) is not None


@pytest.mark.parametrize(
    ("role", "party", "region"),
    [
        ("member", None, "341602"),
        ("laboratory", None, None),
        ("official", "coop-1234567890123456", None),
        ("official", None, ""),
        ("anyone", None, None),
        ("root", None, None),
    ],
)
def test_a_token_without_what_its_role_is_bound_to_is_not_made(
    operational: Operational, role: str, party: str | None, region: str | None
) -> None:
    with pytest.raises(ValueError):
        operational.add_token(HASH, role, party, region, CHINA)

    assert operational.find_token(HASH) is None


def test_a_token_is_valid_until_its_last_second_and_not_after(operational: Operational) -> None:
    operational.add_token(HASH, "official", None, "341602", CHINA)
    found = operational.find_token(HASH)

    assert found is not None
    assert found.is_valid(CHINA - timedelta(seconds=1))
    assert not found.is_valid(CHINA)


def test_a_revoked_token_stays_known_and_is_not_valid(operational: Operational) -> None:
    operational.add_token(HASH, "official", None, "341602", CHINA)
    operational.find_token(HASH)

    first, second = operational.revoke_token(HASH), operational.revoke_token(HASH)

    assert (first, second, operational.revoke_token(OTHER)) == (True, False, False)
    assert operational.remembered_token(HASH) is None
    found = operational.find_token(HASH)
    assert found is not None
    assert found.revoked_at == NOW
    assert not found.is_valid(NOW)


def test_a_token_is_remembered_for_a_second_and_no_longer(
    operational: Operational, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 100.0
    monkeypatch.setattr(db.time, "monotonic", lambda: at)
    operational.add_token(HASH, "auditor", None, None, CHINA)
    operational.find_token(HASH)
    at = 100.99
    soon = operational.remembered_token(HASH)

    at = 101.0

    assert soon is not None
    assert operational.remembered_token(HASH) is None


def test_a_row_read_before_its_revocation_is_not_remembered(
    operational: Operational, monkeypatch: pytest.MonkeyPatch
) -> None:
    operational.add_token(HASH, "auditor", None, None, CHINA)
    until = datetime.fromisoformat

    class Slow(datetime):
        @classmethod
        def fromisoformat(cls, text: str) -> datetime:
            operational.revoke_token(HASH)  # between the look-up and its end
            return until(text)

    monkeypatch.setattr(db, "datetime", Slow)
    found = operational.find_token(HASH)

    assert found is not None
    assert operational.remembered_token(HASH) is None


def test_tokens_are_remembered_in_bounded_room(operational: Operational, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "TOKENS_REMEMBERED", 2)
    for number in range(5):
        operational.add_token(bytes([number]) * 32, "auditor", None, None, CHINA)
        operational.find_token(bytes([number]) * 32)

    remembered = [number for number in range(5) if operational.remembered_token(bytes([number]) * 32)]

    assert len(remembered) <= 2
    assert 4 in remembered


class Slow(Operational):
    """Counts look-ups; each has read its row, and ends when it is let go."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, lambda: NOW)
        self.looked_up, self.has_read, self.let_go = 0, threading.Event(), threading.Event()

    def find_token(self, secret_hash: bytes) -> Token | None:
        found = super().find_token(secret_hash)
        self.looked_up += 1
        self.has_read.set()
        assert self.let_go.wait(WAIT_SECONDS)
        return found


def test_a_crowd_with_one_token_looks_it_up_once(operational: Operational, path: Path) -> None:
    operational.add_token(HASH, "auditor", None, None, CHINA)
    slow = Slow(path)

    async def crowd() -> list[Token | None]:
        asked = [asyncio.create_task(slow.look_up_token(HASH)) for _ in range(30)]
        assert await asyncio.to_thread(slow.has_read.wait, WAIT_SECONDS)
        asked[0].cancel()  # who gives up waiting takes the answer from nobody
        slow.let_go.set()
        return await asyncio.gather(*asked[1:])

    found = asyncio.run(crowd())

    assert found == [operational.find_token(HASH)] * 29
    assert slow.looked_up == 1


def test_who_asks_after_a_revocation_gets_no_answer_from_before_it(operational: Operational, path: Path) -> None:
    operational.add_token(HASH, "auditor", None, None, CHINA)
    slow = Slow(path)

    async def ask_twice() -> Token | None:
        before = asyncio.create_task(slow.look_up_token(HASH))
        assert await asyncio.to_thread(slow.has_read.wait, WAIT_SECONDS)
        slow.revoke_token(HASH)
        after = asyncio.create_task(slow.look_up_token(HASH))
        await asyncio.sleep(0)
        slow.let_go.set()
        await before
        return await after

    found = asyncio.run(ask_twice())

    assert found is not None
    assert found.revoked_at == NOW


# ---- scans -----------------------------------------------------------------------------------------------------------


def test_counts_add_up_by_label_and_day(operational: Operational, path: Path) -> None:
    operational.add_scans({(CODE, TUESDAY): 3, (CODE, WEDNESDAY): 1, (SECOND, WEDNESDAY): 5})
    operational.add_scans({(CODE, WEDNESDAY): 2})

    again = Operational(path)

    assert again.scans(CODE, WEDNESDAY) == (3, 6)
    assert again.scans(CODE, TUESDAY) == (3, 6)
    assert again.scans(SECOND, TUESDAY) == (0, 5)
    assert again.scans("000000000000", TUESDAY) == (0, 0)


def test_a_scan_counts_at_once_and_is_stored_later(operational: Operational) -> None:
    operational.add_scans({(CODE, TUESDAY): 7})
    counter = ScanCounter(operational, NEVER)

    counter.add(CODE, WEDNESDAY)
    counter.add(CODE, WEDNESDAY)

    assert counter.counts(CODE, WEDNESDAY) == (2, 9)
    assert operational.scans(CODE, WEDNESDAY) == (0, 7)
    counter.flush()
    assert counter.counts(CODE, WEDNESDAY) == (2, 9)
    assert operational.scans(CODE, WEDNESDAY) == (2, 9)
    counter.close()


def test_a_scan_after_the_first_look_counts_too(operational: Operational) -> None:
    counter = ScanCounter(operational, NEVER)
    seen = []

    for _ in range(3):
        counter.add(CODE, WEDNESDAY)
        seen.append(counter.counts(CODE, WEDNESDAY))
    counter.close()

    assert seen == [(1, 1), (2, 2), (3, 3)]


def test_a_new_day_starts_at_zero_and_keeps_the_total(operational: Operational) -> None:
    counter = ScanCounter(operational, NEVER)
    for _ in range(4):
        counter.add(CODE, TUESDAY)
    before = counter.counts(CODE, TUESDAY)

    untouched = counter.counts(CODE, WEDNESDAY)
    counter.add(CODE, WEDNESDAY)

    assert (before, untouched) == ((4, 4), (0, 4))
    assert counter.counts(CODE, WEDNESDAY) == (1, 5)
    assert counter.counts(CODE, TUESDAY) == (4, 5)
    counter.close()


def test_closing_stores_what_waits_and_a_restart_goes_on(operational: Operational, path: Path) -> None:
    counter = ScanCounter(operational, NEVER)
    counter.add(CODE, WEDNESDAY)
    counter.close()

    after = ScanCounter(Operational(path), NEVER)
    after.add(CODE, WEDNESDAY)

    assert after.counts(CODE, WEDNESDAY) == (2, 2)
    after.close()


def test_the_thread_stores_without_being_asked(operational: Operational) -> None:
    counter = ScanCounter(operational, 0.02)
    counter.add(CODE, WEDNESDAY)

    _wait_until(lambda: operational.scans(CODE, WEDNESDAY) == (1, 1))

    counter.close()


def test_a_counter_that_never_counted_has_no_thread(operational: Operational) -> None:
    before = threading.active_count()

    counter = ScanCounter(operational)
    counter.counts(CODE, WEDNESDAY)

    assert threading.active_count() == before
    counter.close()


def test_many_threads_lose_no_scan(operational: Operational) -> None:
    counter = ScanCounter(operational, 0.01)

    def scan_often() -> None:
        for number in range(300):
            counter.add(CODE, WEDNESDAY)
            if number % 50 == 0:
                counter.counts(SECOND if number % 100 else CODE, WEDNESDAY)

    threads = [threading.Thread(target=scan_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counter.counts(CODE, WEDNESDAY) == (1200, 1200)
    counter.close()
    assert operational.scans(CODE, WEDNESDAY) == (1200, 1200)


def test_a_file_that_takes_nothing_loses_nothing(operational: Operational, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = ScanCounter(operational, NEVER)
    counter.add(CODE, WEDNESDAY)

    with monkeypatch.context() as broken:
        broken.setattr(operational, "add_scans", _locked)
        counter.flush()
        counter.add(CODE, WEDNESDAY)
    waiting = operational.scans(CODE, WEDNESDAY)
    counter.flush()

    assert waiting == (0, 0)
    assert operational.scans(CODE, WEDNESDAY) == (2, 2)
    counter.close()


def test_a_file_that_does_not_answer_fails_no_page(operational: Operational, monkeypatch: pytest.MonkeyPatch) -> None:
    operational.add_scans({(CODE, TUESDAY): 7})
    counter = ScanCounter(operational, NEVER)
    counter.add(CODE, WEDNESDAY)

    with monkeypatch.context() as broken:
        broken.setattr(operational, "scans", _locked)
        meanwhile = counter.counts(CODE, WEDNESDAY)

    assert meanwhile == (1, 1)
    assert counter.counts(CODE, WEDNESDAY) == (1, 8)
    counter.close()


def test_the_room_for_labels_is_bounded(operational: Operational, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "LABELS_WAITING", 2)
    monkeypatch.setattr(db, "LABELS_REMEMBERED", 2)
    counter = ScanCounter(operational, NEVER)

    for code in ("A", "B", "C", "A"):
        counter.add(code, WEDNESDAY)

    assert [counter.counts(code, WEDNESDAY) for code in "ABC"] == [(2, 2), (1, 1), (0, 0)]
    assert counter.counts("A", WEDNESDAY) == (2, 2)  # no longer remembered: read again, with what waits
    counter.close()


def _locked(*_arguments: object) -> Mapping[str, int]:
    raise OperationalError("UPDATE scan", {}, sqlite3.OperationalError("database is locked"))


def _wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# ---- two processes ---------------------------------------------------------------------------------------------------

WRITER = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from api.db import Operational
operational, name = Operational(Path(sys.argv[1])), int(sys.argv[2])
for number in range(40):
    operational.add_token(bytes([name, number]) * 16, "auditor", None, None, datetime(2027, 1, 1, tzinfo=UTC))
    operational.add_scans({("YST04QABKQJM", date(2026, 11, 25)): 1})
"""


def test_two_processes_write_at_once_and_both_are_heard(operational: Operational, path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(name)],
            env={"PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in (1, 2)
    ]
    said = [writer.communicate(timeout=WAIT_SECONDS)[1] for writer in writers]

    assert [writer.returncode for writer in writers] == [0, 0], said
    assert operational.scans(CODE, WEDNESDAY) == (80, 80)
    assert all(operational.find_token(bytes([name, number]) * 16) for name in (1, 2) for number in range(40))


def test_ops_db_has_no_wal_and_syncs_fully(operational: Operational, path: Path) -> None:
    operational.add_scans({(CODE, WEDNESDAY): 1})

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert not path.with_name("ops.db-wal").exists()
