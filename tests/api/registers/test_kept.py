"""What is registered stays so: over a restart, a release, a lost file, a backup, and the erasure of what it was read from."""

from __future__ import annotations

import logging
import sqlite3
from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from api import commands, migrations
from api.db import Operational
from api.registers.db import Claim, IdNumberTable
from api.settings import Settings
from tests.api.app_parts import REGION, World, running_app, settings_in
from tests.api.migration_parts import go_back_to
from trace.ledger.submission import Submission

from .number_parts import STATEMENTS, change, person, register, resident_id, rows, sent, signed

FIRST, SECOND, THIRD = resident_id(1), resident_id(2), resident_id(3)
STARTS = count()


@contextmanager
def started(folder: Path) -> Iterator[World]:
    """A node over what lies in the folder, with another token of the office at each start."""
    with running_app(folder) as world:
        name = f"official {next(STARTS)}"
        world.add_token(name, "official", region=REGION)
        world.tokens["official"] = world.tokens[name]
        yield world


def made(world: World, body: dict[str, Any], id: int | None = None) -> dict[str, Any]:
    answer = register(world, body, id=id)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(world: World, *numbers: str) -> list[str]:
    """What somebody hears who registers these: a code, or nothing."""
    return [register(world, person(number)).json().get("code", "") for number in numbers]


def as_of_the_release_before(settings: Settings) -> None:
    """ops.db as it was before there was a register, with a token in it."""
    go_back_to(settings, "20261130_aside")
    Operational(settings.operational).add_token(b"\x01" * 32, "auditor", None, None, datetime(2027, 1, 1, tzinfo=UTC))


def log_two_of_one_number(world: World) -> list[str]:
    """As a release before took them: nothing compared them. Their statements."""
    two = [signed(world, person(FIRST, name)) for name in ("甲", "乙")]
    return [world.node.log.submit(Submission((one,))).result()[0].id for one in two]


def test_a_number_is_known_after_a_restart(tmp_path: Path) -> None:
    with started(tmp_path) as world:
        first = made(world, person(FIRST), id=1)

    with started(tmp_path) as world:
        assert codes(world, FIRST, SECOND) == ["id-number-taken", ""]
        assert made(world, person(FIRST), id=1) == first


def test_a_node_of_the_release_before_learns_the_numbers_of_its_log_at_its_first_start(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with started(tmp_path) as world:
        made(world, person(None))
        first, second = log_two_of_one_number(world)
        made(world, person(SECOND))
    as_of_the_release_before(settings)

    with started(tmp_path) as world:
        found = rows(settings)
        assert codes(world, FIRST, SECOND, THIRD) == ["id-number-taken", "id-number-taken", ""]

    migrations.check(settings)
    assert Operational(settings.operational).find_token(b"\x01" * 32) is not None
    assert found[0][1] == first
    assert second not in {statement for _, statement, _ in found}


def test_both_of_two_that_a_release_before_took_are_answered_as_before(tmp_path: Path) -> None:
    """Nothing that is logged is taken back: who sends one again has its first answer."""
    with started(tmp_path) as world:
        two = [signed(world, person(FIRST, name)) for name in ("甲", "乙")]
        before = [world.node.log.submit(Submission((one,))).result()[0].index for one in two]
    settings_in(tmp_path).operational.unlink()

    with started(tmp_path) as world:
        again = [world.post(STATEMENTS, sent(one), "official") for one in two]

    assert [(one.status_code, one.json().get("index")) for one in again] == [(201, index) for index in before]


def test_what_came_in_by_another_way_is_found_at_the_next_start(tmp_path: Path) -> None:
    """A release before that served for a day in between, or somebody who wrote to the log beside the API."""
    with started(tmp_path) as world:
        made(world, person(SECOND))
        log_two_of_one_number(world)

    with started(tmp_path) as world:
        assert codes(world, FIRST) == ["id-number-taken"]


def test_claims_whose_outcome_nobody_knew_are_settled_by_the_log_at_the_next_start(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with started(tmp_path) as world:
        made(world, person(FIRST))
        made(world, person(SECOND))
        taken = rows(settings)
    change(settings.operational, "UPDATE id_number SET entry = NULL")
    with_other_number = taken[0][1]
    table = IdNumberTable(Operational(settings.operational))
    table.claim([Claim(b"\x01" * 32, "urn:uuid:nothing"), Claim(b"\x02" * 32, with_other_number)])

    with started(tmp_path):
        assert rows(settings) == taken


def test_the_start_does_not_fail_where_the_register_cannot_be_filled_and_the_first_registration_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("database is locked"))

    with started(tmp_path) as world:
        made(world, person(FIRST))
    monkeypatch.setattr(IdNumberTable, "fill", locked)
    with caplog.at_level(logging.ERROR), started(tmp_path) as world:
        told = register(world, person(FIRST))
        monkeypatch.undo()
        after = codes(world, FIRST)

    assert told.status_code == 500
    assert after == ["id-number-taken"]
    assert "failure.OperationalError" in caplog.text


# ---- erasure ---------------------------------------------------------------------------------------------------------


def erase(settings: Settings, number: str) -> None:
    """Take the opening of a number out of the log's database: what an erasure leaves is the commitment."""
    change(settings.database, "DELETE FROM opening WHERE value = ?", f'"{number}"'.encode())


def test_an_erased_number_stays_registered(tmp_path: Path) -> None:
    with started(tmp_path) as world:
        made(world, person(FIRST))
    erase(settings_in(tmp_path), FIRST)

    with started(tmp_path) as world:
        assert codes(world, FIRST) == ["id-number-taken"]


def test_an_erased_number_of_a_claim_that_was_open_counts_as_registered(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with started(tmp_path) as world:
        made(world, person(FIRST))
    change(settings.operational, "UPDATE id_number SET entry = NULL")
    erase(settings, FIRST)

    with started(tmp_path) as world:
        assert codes(world, FIRST) == ["id-number-taken"]


# ---- files that are lost, and backups --------------------------------------------------------------------------------


def test_a_lost_register_is_read_again_from_the_log_and_has_no_erased_numbers(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with started(tmp_path) as world:
        made(world, person(FIRST))
        made(world, person(SECOND))
        before = rows(settings)
    erase(settings, FIRST)
    settings.operational.unlink()

    with started(tmp_path) as world:
        assert rows(settings) == before[1:]
        assert codes(world, SECOND, FIRST) == ["id-number-taken", ""]


def test_a_register_of_another_log_is_not_taken_for_this_one_s(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with started(tmp_path) as world:
        made(world, person(FIRST))
    with started(tmp_path / "other") as world:
        for _ in range(9):
            made(world, person(None))
    with started(tmp_path / "other"):
        pass  # read to the end
    settings.operational.write_bytes(settings_in(tmp_path / "other").operational.read_bytes())

    with started(tmp_path) as world:
        assert codes(world, FIRST) == ["id-number-taken"]


def test_a_backup_brings_the_register_back_with_its_erased_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, backup = settings_in(tmp_path), tmp_path / "backup.db"
    with started(tmp_path) as world:
        made(world, person(FIRST))
        made(world, person(SECOND))
    erase(settings, FIRST)
    assert commands.backup(Namespace(file=backup), settings) == 0
    settings.data_dir.rename(tmp_path / "gone")

    assert commands.restore(Namespace(file=backup), settings) == 0

    with closing(sqlite3.connect(settings.database)) as kept:
        assert kept.execute("SELECT name FROM sqlite_master WHERE name LIKE '%id_number%'").fetchall() == []
    with started(tmp_path) as world:
        assert codes(world, FIRST, SECOND, THIRD) == ["id-number-taken", "id-number-taken", ""]
    capsys.readouterr()


def test_a_backup_of_a_release_before_is_restored_and_its_numbers_read_from_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, backup = settings_in(tmp_path), tmp_path / "backup.db"
    with started(tmp_path) as world:
        made(world, person(FIRST))
    as_of_the_release_before(settings)
    assert commands.backup(Namespace(file=backup), settings) == 0
    settings.data_dir.rename(tmp_path / "gone")

    assert commands.restore(Namespace(file=backup), settings) == 0

    with started(tmp_path) as world:
        assert codes(world, FIRST, SECOND) == ["id-number-taken", ""]
    capsys.readouterr()


def test_a_claim_whose_outcome_is_open_does_not_travel(tmp_path: Path) -> None:
    table = IdNumberTable(Operational(made_folder(tmp_path).operational))

    table.add([{"hash": b"1", "statement": "urn:uuid:1", "entry": None}, {"hash": b"2", "statement": "b", "entry": 7}])
    table.add([{"hash": b"2", "statement": "c", "entry": 8}])

    assert table.find([b"1", b"2"]) == {b"2": Claim(b"2", "b", 7)}


def made_folder(folder: Path) -> Settings:
    settings = settings_in(folder)
    settings.data_dir.mkdir(parents=True)
    migrations.migrate(settings)
    return settings


def test_more_numbers_than_one_question_holds_are_found(tmp_path: Path) -> None:
    table = IdNumberTable(Operational(made_folder(tmp_path).operational))
    claims = [Claim(number.to_bytes(32), f"urn:uuid:{number}") for number in range(1_001)]

    table.claim(claims)

    assert sorted(table.find([one.hash for one in claims])) == [one.hash for one in claims]
    assert table.find([]) == {}
