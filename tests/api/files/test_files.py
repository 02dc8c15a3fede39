"""Are uploads kept once, whole, for few to read, and do they come back from a backup?"""

from __future__ import annotations

import hashlib
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from api.files import Files
from api.files.db import put_files, take_files
from api.refusals import UnsupportedMediaType
from tests.api.files.file_bytes import JPEG, PDF, SVG

ALICE, BOB = "aliceaaaaaaaaaaaaaaaaa", "bobbbbbbbbbbbbbbbbbbbb"


def test_a_file_lies_under_its_hash_for_its_owner_alone(tmp_path: Path) -> None:
    files = Files(tmp_path / "files")

    name = files.keep(JPEG, ALICE)

    assert name == hashlib.sha256(JPEG).hexdigest()
    path = tmp_path / "files" / name[:2] / name[2:]
    assert path.read_bytes() == JPEG
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir() if one.is_file()] == [name[2:]]


def test_the_same_file_of_two_parties_is_kept_once(tmp_path: Path) -> None:
    files = Files(tmp_path)

    first, second = files.keep(PDF, ALICE), files.keep(PDF, BOB)

    assert first == second
    kept = files.find(first)
    assert kept is not None
    assert kept.owners == {ALICE, BOB}
    assert list(files.all()) == [first]


@pytest.mark.parametrize("name", ["", "..", "../../suxin.db", "ab", "0" * 63, "0" * 64, "G" * 64, "0" * 62 + "/x"])
def test_no_name_leads_anywhere_else(tmp_path: Path, name: str) -> None:
    assert Files(tmp_path).find(name) is None


def test_what_is_refused_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedMediaType):
        Files(tmp_path / "files").keep(SVG, ALICE)

    assert not (tmp_path / "files").exists()


def test_a_backup_brings_back_every_file_and_whose_it_is(tmp_path: Path) -> None:
    there, here, backup = Files(tmp_path / "there"), Files(tmp_path / "here"), tmp_path / "backup.db"
    photo, paper = there.keep(JPEG, ALICE), there.keep(PDF, ALICE)
    there.keep(PDF, BOB)

    assert put_files(backup, there) == 2
    assert take_files(backup, here) == 2

    assert list(here.all()) == sorted([photo, paper])
    found = here.find(paper)
    assert found is not None
    assert (found.data, found.owners) == (PDF, {ALICE, BOB})
    with closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []


def test_a_node_without_files_makes_the_backup_of_before(tmp_path: Path) -> None:
    assert put_files(tmp_path / "none.db", Files(tmp_path / "files")) == 0
    assert not (tmp_path / "none.db").exists()
