"""A case of the release before learns when its papers came and how one was served, from the log alone."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from api import migrations
from tests.api.case_parts import case_row, opened, running_cases, serve, step
from tests.api.earlier_schema import undo_parts
from trace.ledger.canonical import decode_value, encode


def test_a_case_of_the_release_before_gets_the_days_of_its_papers(tmp_path: Path) -> None:
    with running_cases(tmp_path) as world:
        case = opened(world, "listing", "L01", "first", authority="market office")
        step(world, case, "listing", "L03", "second")
        serve(world, case, "D-LIST-NOTICE", "third")
        after, settings = case_row(world, case)["progress"], world.node.settings
    told: Any = decode_value(after.encode())
    told["papers"] = [one[:4] for one in told["papers"]]
    told["served"] = [one[:3] for one in told["served"]]
    with closing(sqlite3.connect(settings.database)) as kept, kept:
        kept.execute('UPDATE "case" SET progress = ? WHERE id = ?', (encode(told).decode(), case))
        undo_parts(kept)
        kept.execute("UPDATE alembic_version SET version_num = '20261130_published'")

    migrations.migrate(settings)

    migrations.check(settings)
    with closing(sqlite3.connect(settings.database)) as kept:
        (found,) = kept.execute('SELECT progress FROM "case" WHERE id = ?', (case,)).fetchone()
    assert (found, len(told["papers"]), len(told["served"])) == (after, 2, 1)
