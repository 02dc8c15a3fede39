"""Do photos and papers come back with the log, by the operator's own commands?"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from api import commands
from api.files import Files
from api.node import open_node
from tests.api.app_parts import settings_in
from tests.api.files.file_bytes import JPEG, PDF

OWNER = "aliceaaaaaaaaaaaaaaaaa"


def test_a_backup_is_one_file_with_log_and_photos(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = settings_in(tmp_path)
    commands.prepare(settings)
    open_node(settings).close()
    files, backup = Files(settings.files), tmp_path / "backup.db"
    kept = {files.keep(JPEG, OWNER), files.keep(PDF, OWNER)}
    elsewhere = replace(settings, data_dir=tmp_path / "restored")

    assert commands.backup(Namespace(file=backup), settings) == 0
    assert commands.restore(Namespace(file=backup), elsewhere) == 0

    assert set(Files(elsewhere.files).all()) == kept
    assert [one.name for one in tmp_path.glob("backup*")] == ["backup.db"]
    assert commands.audit(Namespace(json=False, envelopes=False), elsewhere) == 0
    assert commands.rebuild(Namespace(), elsewhere) == 0
    capsys.readouterr()
