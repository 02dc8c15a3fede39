"""A node of the release before keeps its tokens, its offers and what waits when it learns to keep statements aside."""

import sqlite3
from contextlib import closing
from pathlib import Path

from api import migrations
from api.aside.db import AsideStore
from api.db import Operational
from api.settings import load_settings
from tests.api.migration_parts import go_back_to

TOKEN = (b"\x01" * 32, "member", "coop", None, "2026-09-01T00:00:00+00:00", "2099-01-01T00:00:00+00:00", None, None)
WAITING = ("urn:uuid:1", b"{}", b"[]", b"[]", "[]", "coop", "2026-09-01T00:00:00+00:00", None, None, None)
OFFER = ("chain/3", "seller", "2026-09-01T00:00:00+00:00")


def test_what_stood_in_the_file_stands_there_afterwards(tmp_path: Path) -> None:
    settings = load_settings({"SUXIN_DATA_DIR": str(tmp_path)})
    migrations.migrate(settings)  # for the other database
    go_back_to(settings, "20261130_withdrawn_offers")
    with closing(sqlite3.connect(settings.operational)) as before, before:
        before.execute("INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?)", TOKEN)
        before.execute("INSERT INTO waiting VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", WAITING)
        before.execute("INSERT INTO withdrawn_offer VALUES (?, ?, ?)", OFFER)

    migrations.migrate(settings)

    migrations.check(settings)
    with closing(sqlite3.connect(settings.operational)) as after:
        assert after.execute("SELECT * FROM token").fetchall() == [TOKEN]
        assert after.execute("SELECT * FROM waiting").fetchall() == [WAITING]
        assert after.execute("SELECT * FROM withdrawn_offer").fetchall() == [OFFER]
    assert AsideStore(Operational(settings.operational)).waiting_ids() == []
