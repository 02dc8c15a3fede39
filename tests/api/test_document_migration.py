"""A node of the release before keeps what waits for signatures when it learns of papers."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from api import migrations
from api.db import Operational
from api.documents.db import DocumentStore
from api.files import Kept
from api.settings import load_settings
from tests.api.migration_parts import go_back_to


def test_tokens_outlive_the_register_of_papers(tmp_path: Path) -> None:
    settings = load_settings({"SUXIN_DATA_DIR": str(tmp_path)})
    migrations.migrate(settings)  # for the other database
    go_back_to(settings, "20261130_waiting_cases")
    operational = Operational(settings.operational)
    operational.add_token(b"\x01" * 32, "auditor", None, None, datetime(2027, 1, 1, tzinfo=UTC))

    migrations.migrate(settings)

    migrations.check(settings)
    assert operational.find_token(b"\x01" * 32) is not None
    assert DocumentStore(operational, Kept(settings.documents)).of_case("any") == []
    with closing(sqlite3.connect(settings.operational)) as kept:
        assert kept.execute("SELECT count(*) FROM waiting").fetchone() == (0,)
