"""One byte of any evidence column changed in the database: the audit names the first bad entry. Nothing changes silently.

The long campaign: SUXIN_CAMPAIGN=long make tamper (200 changed bytes a column instead of 8, and every byte of the guard
and of the key files instead of some: about ten minutes where the machine does nothing else); SUXIN_SEED=… draws others.
"""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trace.audit_meaning import TraceMeaning
from trace.bundles import chain_bundle
from trace.ledger import audit as auditing
from trace.ledger.audit import AuditResult, audit
from trace.ledger.bundle import label_fragment, verify_bundle
from trace.ledger.canonical import encode
from trace.ledger.entry import Entry
from trace.ledger.keys import parse_vkey
from trace.ledger.recomputed import Recomputed
from trace.ledger.sqlite import reading
from trace.ledger.statement import parse_statement
from trace.ledger.store import StoredRow
from trace.ledger.tables import EVIDENCE
from trace.tables import metadata

from ..trace.ledger.ledger_parts import NODE_CHAIN, ORIGIN, VKEY, Running, running, single
from ..trace.told_season import PACKED, Trace, season
from .intruder import Flip, flip_byte, intrusion

IS_LONG = os.environ.get("SUXIN_CAMPAIGN") == "long"
SEED = os.environ.get("SUXIN_SEED", "2026-09-10")
POSITIONS = 200 if IS_LONG else 8
"""Changed bytes a column."""
COLUMNS = [(table.name, column.name) for table in EVIDENCE for column in table.c]
KEYS = [parse_vkey(VKEY)]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a stopped node: seventy-five entries with statements, openings and three checkpoints."""
    folder = tmp_path_factory.mktemp("told")
    with season(folder):
        pass
    return folder / "suxin.db"


@pytest.fixture(scope="module")
def tiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six hundred entries: two full tiles, whose hashes stand in rows of their own."""
    folder = tmp_path_factory.mktemp("tiled")
    with running(folder) as node:
        node.append(*(single(n) for n in range(600)))
    return folder / "suxin.db"


def audited(path: Path, *, statements: bool) -> AuditResult:
    with reading(path) as reads:
        return audit(reads, ORIGIN, KEYS, TraceMeaning(reads) if statements else None)


def first_bad_indices(path: Path, flip: Flip) -> set[int]:
    """Which entry the changed row belonged to, read from the untouched database."""
    row = flip.row
    match flip.table:
        case "entry" | "statement" | "chain_head":
            return {row["index"]}
        case "opening":
            with reading(path) as reads:
                commit = row["commit"].decode()
                return {
                    one.index for one in reads.rows(0, 1000) if commit in str(parse_statement(one.statement).payload)
                }
        case "tile":
            return {row["position"] * 256}
        case "checkpoint":
            return {row["size"] - 1}
    return {74, 75}  # log_state: the newest entry, or the first of those that it says are missing


def flips(path: Path, tmp_path: Path, table: str, column: str) -> Iterator[tuple[Path, Flip]]:
    """A copy of a database, again and again with one other byte changed."""
    chance, copy = random.Random(f"{SEED} {table}.{column}"), tmp_path / "changed.db"
    for _ in range(POSITIONS):
        shutil.copy(path, copy)
        yield copy, flip_byte(copy, table, column, chance)


def test_the_campaign_changes_every_column_and_two_hundred_bytes_at_least() -> None:
    assert len(COLUMNS) == 27
    assert POSITIONS * len(COLUMNS) >= 200


@pytest.mark.parametrize("name", ["told", "tiled"])
def test_an_untouched_log_is_sound(name: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(name)

    assert audited(path, statements=name == "told") == AuditResult(True, {"told": 75, "tiled": 600}[name])


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_one_changed_byte_is_seen_and_the_first_bad_entry_named(
    told: Path, tiled: Path, tmp_path: Path, table: str, column: str, tell: Callable[[str], None]
) -> None:
    path, seen = tiled if table == "tile" else told, 0

    for copy, flip in flips(path, tmp_path, table, column):
        result = audited(copy, statements=path is told)

        assert not result.ok, flip
        assert result.first_bad_index in first_bad_indices(path, flip), (result, flip)
        assert result.check in auditing.CHECKS
        seen += 1

    assert seen == POSITIONS
    if IS_LONG:
        tell(f"tamper, seed {SEED}: {seen} changed bytes of {table}.{column}, the first bad entry named each time")


# ---- the control: with its check switched off, a change goes unseen -------------------------------------------------


def _ignore_columns(row: StoredRow, entry: Entry, leaf: bytes) -> None:
    return None


def _off(name: str) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(Recomputed, name, lambda *_: None)


def _columns_off(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(auditing, "_check_columns", _ignore_columns)
    patch.setattr(
        auditing, "_check_place", lambda *_: None
    )  # a link's check reads the columns of the entry that it names


SWITCHES: dict[str, tuple[list[str], Callable[[pytest.MonkeyPatch], None]]] = {
    "entry": (["seq", "leaf"], _columns_off),
    "chain_head": (["chain", "seq", "index", "leaf"], _off("_check_heads")),
    "log_state": (["id", "size", "frontier", "received"], _off("_check_states")),
    "checkpoint": (["size", "note"], _off("_check_checkpoint")),
    "tile": (["hashes", "root"], _off("_check_tiles")),
}


@pytest.mark.parametrize("table", SWITCHES)
def test_the_campaign_sees_a_check_that_is_switched_off(
    told: Path, tiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    columns, switch_off = SWITCHES[table]
    path = tiled if table == "tile" else told
    switch_off(monkeypatch)
    monkeypatch.setattr(Recomputed, "_check_tile_places", lambda self: None)  # it counts what _check_tiles saw

    for column in columns:
        changed = [audited(copy, statements=False).ok for copy, _ in flips(path, tmp_path, table, column)]
        assert changed == [True] * POSITIONS, column


@pytest.mark.parametrize(("table", "column"), [one for one in COLUMNS if one[0] in ("statement", "opening")])
def test_the_audit_of_envelopes_alone_does_not_look_at_statements(
    told: Path, tmp_path: Path, table: str, column: str
) -> None:
    assert all(audited(copy, statements=False).ok for copy, _ in flips(told, tmp_path, table, column))


# ---- rows taken away or added ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "check", "index"),
    [
        ('DELETE FROM entry WHERE "index" = 20', "entry", 20),
        ('DELETE FROM entry WHERE "index" >= 50', "checkpoint", 50),
        ('UPDATE entry SET "index" = -1 WHERE "index" = 74', "checkpoint", 74),
        ('DELETE FROM statement WHERE "index" = 30', "statement", 30),
        ("INSERT INTO statement SELECT 90, 'x' || id, salt, bytes FROM statement WHERE \"index\" = 9", "statement", 90),
        ("INSERT INTO opening VALUES ('nobody asks', x'00', x'31')", "opening", 74),
        ("DELETE FROM chain_head", "head", 0),
        ("DELETE FROM log_state", "state", 74),
        ("INSERT INTO log_state VALUES (2, 75, x'', '')", "state", 74),
        ("INSERT INTO tile VALUES (0, 0, x'', x'')", "tile", 0),
        ("INSERT INTO tile VALUES (4611686018427387904, 0, x'', x'')", "tile", 74),
        ("UPDATE entry SET leaf = 'a text' WHERE \"index\" = 8", "entry", 8),
        ("UPDATE statement SET salt = CAST(x'ff' AS TEXT) WHERE \"index\" = 8", "statement", 8),
    ],
)
def test_a_row_taken_away_added_or_of_another_type_is_named(
    told: Path, tmp_path: Path, change: str, check: str, index: int
) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(told, copy)
    with intrusion(copy) as connection:
        connection.execute(change)

    result = audited(copy, statements=True)

    assert (result.ok, result.check, result.first_bad_index) == (False, check, index)


# ---- somebody who has the log key -----------------------------------------------------------------------------------


def _bundle(node: Running) -> bytes:
    with node.store.reading() as reads:
        return encode(chain_bundle(reads, ORIGIN, node.log.published, NODE_CHAIN, PACKED))


def _printed_label(node: Running) -> str:
    """What was printed on the bag after the batch was opened: the leaf of its first entry."""
    with node.store.reading() as reads:
        return label_fragment(0, reads.chain_rows(PACKED)[0].leaf)


def test_a_history_rewritten_with_every_key_is_sound_and_caught_by_the_printed_label_and_the_guard(
    told: Path, tmp_path: Path
) -> None:
    with season(tmp_path, harvested="9999") as forger:
        forged, forged_label = _bundle(forger), _printed_label(forger)
    victim = tmp_path / "victim"
    victim.mkdir()
    shutil.copy(told.parent / "guard", victim)
    shutil.copy(told, victim)
    with running(victim, domain=Trace(None), projections=metadata) as node:
        label = _printed_label(node)
        unchanged = _bundle(node)
    shutil.copy(tmp_path / "suxin.db", victim)
    with running(victim, domain=Trace(None), projections=metadata) as node:
        refusal = node.log.read_only

    assert audited(tmp_path / "suxin.db", statements=True).ok  # nothing inside it is wrong
    assert verify_bundle(forged, KEYS, forged_label).valid
    assert verify_bundle(unchanged, KEYS, label).valid
    assert verify_bundle(forged, KEYS, label).failed == "label"
    assert refusal == "inconsistent-with-guard"
