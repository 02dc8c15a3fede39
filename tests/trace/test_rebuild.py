"""Projections against a replay: a changed row is named by table, id and column, and mending puts the told rows back."""

import random
import shutil
from pathlib import Path

import pytest

from trace.ledger.sqlite import SqliteStore, reading
from trace.queries import all_rows
from trace.rebuild import Difference, compare, mend
from trace.tables import NOUNS, PROJECTIONS

from ..faults.intruder import Flip, flip_byte, intrusion
from .told_season import COOP, FIELD, PACKED, season, tell_of_offices

CHANGED = [(table.name, column.name) for table in PROJECTIONS for column in table.c if not column.primary_key]
KEYED = [(table.name, column.name) for table in PROJECTIONS for column in table.primary_key]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("told")
    with season(folder) as node:
        tell_of_offices(node)
    return folder / "suxin.db"


@pytest.fixture
def copy(told: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(told, tmp_path / "suxin.db"))


def compared(path: Path) -> list[Difference]:
    with reading(path) as reads:
        return compare(reads)


def _id(flip: Flip) -> str:
    parts = [flip.row[column.name] for column in {table.name: table for table in PROJECTIONS}[flip.table].primary_key]
    return "/".join(part.decode() if isinstance(part, bytes) else str(part) for part in parts)


def test_the_rows_of_a_told_season_follow_from_its_log(told: Path) -> None:
    assert compared(told) == []


@pytest.mark.parametrize(("table", "column"), CHANGED)
def test_a_changed_byte_is_named_by_table_id_and_column(copy: Path, table: str, column: str) -> None:
    flip = flip_byte(copy, table, column, random.Random(f"{table}.{column}"))

    assert compared(copy) == [Difference(table, _id(flip), column, "changed")]


@pytest.mark.parametrize(("table", "column"), KEYED)
def test_a_changed_key_is_a_row_that_is_missing_and_one_that_is_extra(copy: Path, table: str, column: str) -> None:
    flip = flip_byte(copy, table, column, random.Random(f"{table}.{column}"))

    found = compared(copy)

    assert sorted(one.what for one in found) == ["extra", "missing"]
    key = "/".join(name for of, name in KEYED if of == table)
    assert Difference(table, _id(flip), key, "missing") in found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            "UPDATE batch SET is_closed = 2 WHERE is_closed = 0",
            [("batch", FIELD, "is_closed"), ("batch", PACKED, "is_closed")],
        ),
        ("UPDATE party SET name = 'another' WHERE uscc IS NOT NULL AND roles = 'grower'", [("party", COOP, "name")]),
        ('UPDATE key SET revoked = 9 WHERE revoked IS NULL AND "index" = 2', []),
        ("UPDATE batch SET movements = movements + 0.5 WHERE code = 'EQSB0VKFAWQZ'", [("batch", PACKED, "movements")]),
    ],
)
def test_a_changed_value_is_named_even_where_python_would_call_it_equal(
    copy: Path, change: str, expected: list[tuple[str, str, str]]
) -> None:
    with intrusion(copy) as connection:
        connection.execute(change)

    assert [(one.table, one.id, one.column) for one in compared(copy)] == expected


def test_a_row_taken_away_and_one_put_in_are_named(copy: Path) -> None:
    with intrusion(copy) as connection:
        connection.execute(f"DELETE FROM part WHERE actor = '{COOP}' AND kind = 'harvest'")
        connection.execute("INSERT INTO edge VALUES ('child', 'parent')")

    assert compared(copy) == [
        Difference("edge", "child/parent", "child/parent", "extra"),
        Difference("part", f"{COOP}/harvest/{FIELD}", "actor/kind/chain", "missing"),
    ]


def test_mending_writes_the_rows_as_they_were_told(told: Path, copy: Path) -> None:
    with reading(told) as reads:
        rows = all_rows(reads.connection)
    with intrusion(copy) as connection:
        for name in NOUNS:
            connection.execute(f'DELETE FROM "{name}" WHERE rowid % 2 = 0')
        connection.execute("UPDATE part SET actor = 'another'")
        connection.execute("DELETE FROM edge")
    assert compared(copy) != []

    store = SqliteStore(copy)
    writes = store.begin()
    mend(writes)
    writes.commit()
    store.close()

    assert compared(copy) == []
    with reading(copy) as reads:
        assert all_rows(reads.connection) == rows


def test_mending_that_is_not_committed_changes_nothing(copy: Path) -> None:
    with intrusion(copy) as connection:
        connection.execute("DELETE FROM batch")
    before = compared(copy)

    store = SqliteStore(copy)
    writes = store.begin()
    mend(writes)
    writes.rollback()
    store.close()

    assert compared(copy) == before
