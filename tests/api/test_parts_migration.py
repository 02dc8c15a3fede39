"""A node of the release before, whose records were kept by their id: after the step every row is there, made from the log."""

import sqlite3
from contextlib import closing
from pathlib import Path

from api import migrations
from tests.api.app_parts import settings_in
from tests.api.case_parts import opened, running_cases, serve, step
from tests.api.earlier_schema import undo_parts
from trace.ledger.sqlite import reading
from trace.queries import all_rows


def test_records_of_the_release_before_are_kept_by_their_log_index_and_who_took_part(tmp_path: Path) -> None:
    with running_cases(tmp_path) as world:
        case = opened(world, "listing", "L01", "first", authority="market office")
        step(world, case, "listing", "L03", "second")
        serve(world, case, "D-LIST-NOTICE", "third")
    settings = settings_in(tmp_path)
    with reading(settings.database) as reads:
        before = all_rows(reads.connection)
        log = [*reads.rows(0, reads.count("entry"))]
    with closing(sqlite3.connect(settings.database)) as old, old:
        undo_parts(old)
        old.execute("UPDATE alembic_version SET version_num = '20261130_served'")

    migrations.migrate(settings)

    migrations.check(settings)
    with reading(settings.database) as reads:
        assert [*reads.rows(0, reads.count("entry"))] == log
        assert all_rows(reads.connection) == before
    assert before["record"] != []
    assert {(row["actor"], row["kind"], row["chain"]) for row in before["record"]} == {
        (row["actor"], row["kind"], row["chain"]) for row in before["part"]
    }
