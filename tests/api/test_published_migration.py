"""A node of the release before tells of a published penalty what its registrar signed: it stood in the log all along."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from api import migrations
from tests.api.app_parts import World, settings_in
from tests.api.case_parts import PENALTY, opened, running_cases, serve, step
from tests.api.earlier_schema import undo_parts
from trace.ledger.canonical import decode_value

OWN = {"violation_kind": "使用国家禁止使用的农药", "measures": "罚款20000元"}


def publish(world: World) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    step(world, case, "penalty_record", "P05", "second")
    for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE"):
        serve(world, case, code)
    step(world, case, "penalty_record", "P06", "first")
    step(world, case, "penalty_record", "P07", "third", published=OWN)


def records(path: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM credit_record")]


def test_what_was_published_is_there_after_the_step_to_this_release(tmp_path: Path) -> None:
    with running_cases(tmp_path) as world:
        publish(world)
    settings = settings_in(tmp_path)
    before = records(settings.database)
    with closing(sqlite3.connect(settings.database)) as old, old:
        old.execute("ALTER TABLE credit_record DROP COLUMN published")
        undo_parts(old)
        old.execute("UPDATE alembic_version SET version_num = '20261130_sampled'")

    migrations.migrate(settings)

    migrations.check(settings)
    assert records(settings.database) == before
    assert decode_value(before[0]["published"].encode()) == {
        **OWN,
        "decision_no": "谯农罚〔2026〕31号",
        "party": "示例中药材专业合作社",
        "uscc_or_masked": "93341602MA75428340",
        "ground_articles": "农产品质量安全法第七十条",
        "authority": "示例农业农村局",
        "decision_date": "2026-09-08",
        "published_from": "2026-09-10",
        "published_until": "2027-09-08",
        "repair_from": "2026-12-09",
    }
