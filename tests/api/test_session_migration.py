"""A node of the release before keeps its tokens and counts when it learns of sessions."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from api import migrations
from api.auth.db import Sessions
from api.db import Operational, ScanCounts
from api.settings import Settings, load_settings
from tests.api.migration_parts import go_back_to

TOKEN, SECRET = b"\x01" * 32, b"\x02" * 32


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Data of the first release, with rows in it that its own code wrote."""
    found = load_settings({"SUXIN_DATA_DIR": str(tmp_path)})
    migrations.migrate(found)  # for the other database
    go_back_to(found, "20261125_first")
    with closing(sqlite3.connect(found.operational)) as kept, kept:
        kept.execute(
            "INSERT INTO token (hash, role, party, region, created_at, expires_at, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (TOKEN, "member", "coop", None, "2026-09-01T00:00:00+00:00", "2099-01-01T00:00:00+00:00", None),
        )
        kept.execute("INSERT INTO scan (code, day, count) VALUES ('7K3M9QX2WTBP', '2026-09-10', 41)")
    return found


def test_tokens_and_counts_outlive_the_new_table(settings: Settings) -> None:
    migrations.migrate(settings)

    operational = Operational(settings.operational)
    token = operational.find_token(TOKEN)
    assert token is not None
    assert (token.role, token.party, token.expires_at.year) == ("member", "coop", 2099)
    assert operational.scans("7K3M9QX2WTBP", date(2026, 9, 10)) == ScanCounts(41, 41)
    with closing(sqlite3.connect(settings.operational)) as connection:
        assert connection.execute("SELECT created_at, issued_by FROM token").fetchall() == [
            ("2026-09-01T00:00:00+00:00", None)
        ]
    migrations.check(settings)


def test_a_token_from_before_signs_in(settings: Settings) -> None:
    migrations.migrate(settings)
    sessions = Sessions(Operational(settings.operational, lambda: datetime(2026, 11, 25, tzinfo=UTC)))

    sessions.start(SECRET, TOKEN)

    found = sessions.find(SECRET)
    assert found is not None
    assert found.is_open(datetime(2026, 11, 25, tzinfo=UTC))


def test_the_release_before_would_still_read_what_is_there_now(settings: Settings) -> None:
    """It names its columns; new ones and a new table are nothing to it."""
    migrations.migrate(settings)

    with closing(sqlite3.connect(settings.operational)) as connection, connection:
        connection.execute(
            "INSERT INTO token (hash, role, party, region, created_at, expires_at) VALUES (x'03', 'auditor', NULL, NULL, '', '')"
        )
        old = "SELECT hash, role, party, region, created_at, expires_at, revoked_at FROM token"
        assert len(connection.execute(old).fetchall()) == 2
