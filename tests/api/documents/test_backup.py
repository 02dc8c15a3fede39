"""Do papers and their register come back with the log, by the operator's own commands?"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import pytest

from api import commands
from api.db import Operational
from api.documents.db import DocumentStore
from api.files import Kept
from tests.api.documents.case_world import running_case


def test_a_restored_node_has_every_paper_and_its_numbers_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup = tmp_path / "backup.db"
    with running_case(tmp_path / "node") as case:
        settings, entry = case.world.node.settings, case.entry
        data = case.store.read(entry.sha256)
        assert commands.backup(Namespace(file=backup), settings) == 0
    elsewhere = replace(settings, data_dir=tmp_path / "restored")

    assert commands.restore(Namespace(file=backup), elsewhere) == 0

    store = DocumentStore(Operational(elsewhere.operational), Kept(elsewhere.documents))
    assert store.find(entry.sha256) == entry
    assert store.read(entry.sha256) == data
    assert [one.doc_no for one in store.of_case(entry.case)] == ["谯农〔2026〕1号"]
    assert commands.audit(Namespace(json=False, envelopes=False), elsewhere) == 0
    capsys.readouterr()
