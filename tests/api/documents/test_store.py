"""Are numbers given in order, to each paper its own, whatever happens at the same time?"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from api.db import Operational
from api.documents.db import Asked, DocumentStore, Prepared, put_register, take_register
from api.files import Kept
from api.migrations import migrate
from api.settings import Settings
from tests.api.app_parts import settings_in

DAY = date(2026, 11, 30)
ASKED = Asked(
    case="case-1234567890123456",
    step="P01",
    code="D-REC-ENTRY",
    authority="bureau-12345678901234",
    subject="coop-1234567890123456",
    region="341602",
    values={"reasons": "一"},
    prepared_by="token:ab",
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    found = settings_in(tmp_path)
    found.data_dir.mkdir(parents=True)
    migrate(found)
    return found


def store_of(settings: Settings) -> DocumentStore:
    clock: Callable[[], datetime] = lambda: datetime(2026, 11, 30, tzinfo=UTC)  # noqa: E731
    return DocumentStore(Operational(settings.operational, clock), Kept(settings.documents))


def added(store: DocumentStore, asked: Asked = ASKED, day: date = DAY, **more: frozenset[str]) -> Prepared:
    return store.add(
        asked,
        day,
        lambda n: f"谯农〔{day.year}〕{n}号",
        lambda doc_no: f"{doc_no} {asked.code} {dict(asked.values)}".encode(),
        **more,
    )


def worded(text: str, asked: Asked = ASKED) -> Asked:
    return replace(asked, values={"reasons": text})


def test_papers_of_an_authority_count_from_one(settings: Settings) -> None:
    store = store_of(settings)

    made = [added(store, worded(text)).doc_no for text in "甲乙丙"]

    assert made == ["谯农〔2026〕1号", "谯农〔2026〕2号", "谯农〔2026〕3号"]


def test_each_authority_each_kind_of_paper_and_each_year_counts_for_itself(settings: Settings) -> None:
    store = store_of(settings)
    added(store)

    others = [
        added(store, replace(ASKED, authority="another-1234567890123")),
        added(store, replace(ASKED, code="D-REC-CONFIRM")),
        added(store, worded("明年"), date(2027, 1, 1)),
    ]

    assert [one.doc_no for one in others] == ["谯农〔2026〕1号", "谯农〔2026〕1号", "谯农〔2027〕1号"]
    assert added(store, worded("今年")).doc_no == "谯农〔2026〕2号"


def test_a_paper_is_found_by_its_hash_with_everything_that_stands_in_it(settings: Settings) -> None:
    store = store_of(settings)

    made = added(store)

    assert store.find(made.sha256) == made
    data = store.read(made.sha256)
    assert data is not None
    assert hashlib.sha256(data).hexdigest() == made.sha256
    assert (made.values, made.prepared_by, made.subject) == ({"reasons": "一"}, "token:ab", ASKED.subject)
    assert store.find("0" * 64) is None
    assert store.read("../../ops.db") is None


def test_the_papers_of_a_case_are_listed_by_step(settings: Settings) -> None:
    store = store_of(settings)
    first, second = added(store), added(store, replace(ASKED, step="P05", code="D-REC-CONFIRM"))
    added(store, replace(ASKED, case="other-123456789012345"))

    assert {one.id for one in store.of_case(ASKED.case)} == {first.id, second.id}
    assert store.of_case(ASKED.case, "P05") == [second]


def test_the_same_paper_asked_for_twice_takes_one_number(settings: Settings) -> None:
    store = store_of(settings)

    assert added(store) == added(store)
    assert added(store, worded("二")).doc_no == "谯农〔2026〕2号"


def test_what_is_said_anew_in_a_case_is_a_new_paper(settings: Settings) -> None:
    """After a notice has to be given again, what was served before must not stand for it."""
    store = store_of(settings)
    before = added(store)

    again = added(store, used=frozenset({before.sha256}))

    assert again.doc_no == "谯农〔2026〕2号"
    assert again.sha256 != before.sha256


def test_a_paper_that_could_not_be_made_takes_no_number(settings: Settings) -> None:
    store = store_of(settings)

    def fail(doc_no: str) -> bytes:
        raise KeyError(doc_no)

    with pytest.raises(KeyError):
        store.add(ASKED, DAY, str, fail)

    assert added(store).doc_no == "谯农〔2026〕1号"


def test_a_disk_that_refuses_the_bytes_takes_no_number(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_of(settings)
    monkeypatch.setattr(Kept, "put", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        added(store)
    monkeypatch.undo()

    assert added(store).doc_no == "谯农〔2026〕1号"


def test_many_at_once_from_two_processes_worth_of_stores_get_one_number_each(settings: Settings) -> None:
    stores = [store_of(settings) for _ in range(4)]

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: added(stores[n % 4], worded(str(n))), range(40)))

    assert sorted(int(one.doc_no[8:-1]) for one in made) == list(range(1, 41))
    assert len({one.sha256 for one in made}) == 40
    assert all(one.doc_no in (stores[0].read(one.sha256) or b"").decode() for one in made)


def test_the_same_paper_asked_for_by_many_at_once_is_one(settings: Settings) -> None:
    stores = [store_of(settings) for _ in range(4)]

    with ThreadPoolExecutor(8) as pool:
        made = {one.id for one in pool.map(lambda n: added(stores[n % 4]), range(16))}

    assert len(made) == 1


def test_no_number_can_be_entered_twice(settings: Settings) -> None:
    added(store_of(settings))

    with closing(sqlite3.connect(settings.operational)) as kept, pytest.raises(sqlite3.IntegrityError):
        kept.execute(
            "INSERT INTO document SELECT 'other', \"case\", step, code, authority, year, number, doc_no, "
            "subject, region, 'x', \"values\", prepared_at, prepared_by FROM document"
        )


def test_a_backup_brings_the_register_back_and_numbers_go_on(settings: Settings, tmp_path: Path) -> None:
    first = added(store_of(settings))
    backup, there = tmp_path / "backup.db", settings_in(tmp_path / "there")
    there.data_dir.mkdir(parents=True)
    migrate(there)

    put_register(backup, settings.operational)
    store = store_of(there)
    rows = take_register(backup)
    store.add_register(rows)
    store.add_register(rows)

    assert store.find(first.sha256) == first
    assert added(store, worded("二")).doc_no == "谯农〔2026〕2号"
    assert take_register(backup) == []


def test_a_node_without_papers_makes_the_backup_of_before(settings: Settings, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db")) as old:
        old.execute("CREATE TABLE token (hash)")

    for operational in (settings.operational, tmp_path / "old.db", tmp_path / "none.db"):
        put_register(tmp_path / "backup.db", operational)

    assert not (tmp_path / "backup.db").exists()
    assert not (tmp_path / "none.db").exists()
