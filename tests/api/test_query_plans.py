"""Which way does the database go to the rows that pages and decisions ask for? By an index, whatever the log has grown to.

Asked of SQLite itself, for the statements as the code says them.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from api import migrations
from api.pages import queries as pages
from credit import queries as credit
from tests.api.app_parts import settings_in
from trace import queries as trace
from trace.at_hand import has_from_owner
from trace.ledger import tables as evidence
from trace.ledger.sqlite import SqliteReads, reading
from trace.state import State
from trace.tables import metadata, record

A, B = "a" * 22, "b" * 22
KINDS = ("harvest", "input_use")
TABLES = {*metadata.tables, *evidence.metadata.tables}

ASKED: dict[str, Callable[[SqliteReads], object]] = {
    "batches once of a party": lambda reads: pages.batches_once_of(reads.connection, A, 50),
    "last records of a kind": lambda reads: pages.recorded_by(reads.connection, A, "harvest", 20),
    "indices of entries": lambda reads: pages.find_indices(reads.connection, [(A, 0), (B, 1)]),
    "a record by its index": lambda reads: pages.find_record(reads.connection, 1),
    "a record by where it stands": lambda reads: pages.find_record_by_id(reads.connection, f"{A}/0"),
    "a market's decisions": lambda reads: pages.last_decisions(reads.connection, [A, B]),
    "a laboratory's reports": lambda reads: pages.records_by_actor(reads.connection, A, "lab_report"),
    "a laboratory's samples": lambda reads: pages.samples_for(reads.connection, A),
    "records of a kind on a batch": lambda reads: pages.current_records(reads.connection, A, "harvest"),
    "who opened batches": lambda reads: trace.find_openers(reads.connection, [A, B]),
    "facts of parties": lambda reads: credit.records_of_actors(reads.connection, [A, B], KINDS),
    "reports behind an index": lambda reads: credit.reports_after(reads.connection, 1),
    "who has the goods from the owner": lambda reads: has_from_owner(reads, {"id": A, "holder": B}, B),
    "records by where they stand": lambda reads: trace.know_records(State(), reads, [f"{A}/0", f"{B}/1"]),
    "records by topic": lambda reads: trace.know_rows(
        State(), reads, "record", "topic", [f"{A}/harvest", f"{B}/harvest"]
    ),
    "records by whose goods": lambda reads: trace.know_rows(State(), reads, "record", "goods_of", [A, B]),
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    settings = settings_in(tmp_path_factory.mktemp("plans"))
    settings.data_dir.mkdir()
    migrations.migrate(settings)
    return settings.database


def scanned(database: Path, ask: Callable[[SqliteReads], object]) -> tuple[int, list[str]]:
    """How many statements were run, and which tables or indexes they read from one end to the other."""
    said: list[str] = []
    with reading(database) as reads:
        driver = reads.connection.connection.dbapi_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(said.append)  # each statement with its values in place
        ask(reads)
        driver.set_trace_callback(None)
        steps = [str(row[3]) for sql in said for row in driver.execute(f"EXPLAIN QUERY PLAN {sql}")]
    return len(said), [step for step in steps if step.startswith("SCAN ") and step.split()[1] in TABLES]


@pytest.mark.parametrize("what", ASKED)
def test_what_pages_and_decisions_ask_for_is_found_by_an_index(database: Path, what: str) -> None:
    count, found = scanned(database, ASKED[what])

    assert count > 0
    assert found == []


def test_a_question_without_an_index_is_noticed(database: Path) -> None:
    asked = select(record).where(record.c.id == f"{A}/0")

    assert scanned(database, lambda reads: reads.connection.execute(asked).all()) == (1, ["SCAN record"])
