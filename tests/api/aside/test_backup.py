"""Does what was kept aside come back with the log, by the operator's own commands?"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api import commands
from api.aside.db import AsideStore
from api.db import Operational
from tests.api.app_parts import HARVEST, RETIRED_KEY, opening, running_world


def test_a_restored_node_has_what_was_kept_aside(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    backup, operator = tmp_path / "backup.db", opening("厉秋收")
    with running_world(tmp_path / "node") as world:
        world.clock.at = datetime.now(UTC)  # the commands go by today
        world.add_token("today", "member", party=world.parties["coop"])
        payload = {**HARVEST, "operator": {"commit": operator["commit"]}}
        statement = world.statement(1, RETIRED_KEY, payload=payload)
        answer = world.post("/api/v1/statements", {"statement": statement, "openings": [operator]}, "today")
        assert answer.status_code == 409
        settings = world.node.settings
        one = world.client.app.state.aside.find(statement["id"])  # type: ignore[attr-defined]
        assert commands.backup(Namespace(file=backup), settings) == 0
    elsewhere = replace(settings, data_dir=tmp_path / "restored")

    assert commands.restore(Namespace(file=backup), elsewhere) == 0

    assert AsideStore(Operational(elsewhere.operational)).find(statement["id"]) == one
    assert one.opened["operator"] == "厉秋收"
    assert commands.audit(Namespace(json=False, envelopes=False), elsewhere) == 0
    capsys.readouterr()
