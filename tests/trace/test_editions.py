"""By which tables was a log judged? Its first entry says so, an adoption says when that changes, and the audit compares."""

import subprocess
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from trace import reference
from trace.audit_meaning import TraceMeaning
from trace.domain import Trace
from trace.ledger.audit import AuditResult, audit
from trace.ledger.keys import parse_vkey
from trace.ledger.sqlite import reading
from trace.ledger.submission import Submission
from trace.reference import RULE_TABLES, rule_table_hashes
from trace.replay import standing
from trace.tables import metadata

from .control_parts import control, sprayed
from .ledger.ledger_parts import NODE, NODE_CHAIN, ORIGIN, VKEY, running
from .test_offices import BY_NODE, BY_TWO, SOUND
from .told_season import OFFICE, said

OURS, OTHERS = "aa" * 32, "bb" * 32
FOLDER = Path(reference.__file__).parent


def test_the_edition_of_a_table_is_the_hash_of_its_bytes() -> None:
    """Compared with the answer of sha256sum."""
    paths = [str(FOLDER / f"{name}.csv") for name in RULE_TABLES]
    lines = subprocess.run(["sha256sum", *paths], capture_output=True, text=True, check=True).stdout.splitlines()

    assert dict(rule_table_hashes()) == {Path(line[66:]).name: line[:64] for line in lines}


def audited(
    folder: Path, tables: list[dict[str, str]] | None, carried: Mapping[str, str], *adopted: dict[str, Any]
) -> AuditResult:
    """The log of two founders whose genesis names these tables, as somebody audits it who carries others perhaps."""
    payload: dict[str, Any] = {"key": NODE.did, "vkey": VKEY, **({"tables": tables} if tables is not None else {})}
    adoptions = [said(30 + at, OFFICE, "tables_adopted", one, **BY_TWO) for at, one in enumerate(adopted)]
    with running(folder, domain=Trace(None), projections=metadata) as node:
        for one in (said(1, NODE_CHAIN, "genesis", payload, **BY_NODE), *SOUND[1:], *adoptions):
            node.append(Submission((one,)))
    with reading(folder / "suxin.db") as reads:
        return audit(reads, ORIGIN, [parse_vkey(VKEY)], TraceMeaning(reads, None, carried))


def adoption(sha256: str) -> dict[str, Any]:
    return {
        "table": "limits_herb.csv",
        "version": "2",
        "sha256": sha256,
        "in_force_from": "2026-09-10",
        "basis": "10",
    }


NAMED = [{"name": "limits_herb.csv", "sha256": OURS}]


@pytest.mark.parametrize(
    ("tables", "carried", "adopted", "fault"),
    [
        (NAMED, OURS, (), None),
        (NAMED, OTHERS, (), ("tables", 0)),
        (NAMED, OTHERS, (adoption(OTHERS),), None),  # the log says since when
        (NAMED, OURS, (adoption(OTHERS),), None),  # what was judged before, this program can judge
        ([], OTHERS, (), None),
        (None, OTHERS, (), None),  # a log that was opened before any table was named
        ([{"name": "another.csv", "sha256": OURS}], OTHERS, (), None),  # not ours to carry
    ],
)
def test_the_audit_compares_what_the_log_names_with_what_it_carries(
    tmp_path: Path,
    tables: list[dict[str, str]] | None,
    carried: str,
    adopted: tuple[dict[str, Any], ...],
    fault: tuple[str, int] | None,
) -> None:
    found = audited(tmp_path, tables, {"limits_herb.csv": carried}, *adopted)

    assert (found.ok, found.check, found.first_bad_index) == (fault is None, *(fault or (None, None)))


def test_the_tables_of_this_program_are_compared_where_nobody_says_which(tmp_path: Path) -> None:
    tables = [{"name": name, "sha256": sha256} for name, sha256 in rule_table_hashes().items()]

    (tmp_path / "same").mkdir()
    (tmp_path / "other").mkdir()
    assert audited(tmp_path / "same", tables, {}).ok
    changed = [{**tables[0], "sha256": OTHERS}, *tables[1:]]
    assert audited(tmp_path / "other", changed, {}).check == "tables"


def test_a_ban_counts_from_its_day_whenever_it_is_asked_about(tmp_path: Path) -> None:
    """农业农村部公告第736号: 氧乐果 out from 2026-06-01; on wheat the use of May was lawful, then and later, that of July not."""
    wheat = "w" * 22
    with control(tmp_path) as world:
        world.open(wheat, product="GR-WH")
        for day in ("2026-05-20", "2026-07-02"):
            used = sprayed(day, active=["氧乐果"], toxicity="中等毒")
            world.say(wheat, "input_use", used, at=f"{day}T08:00:00+08:00")
        received = world.received()
        uses = [index for index, kind in enumerate(world.kinds()) if kind == "input_use"]

        def judged(on: str, known_at: datetime) -> list[tuple[str, list[int]]]:
            with world.node.store.reading() as reads:
                found = standing(reads, world.batch(wheat), date.fromisoformat(on), known_at)
            assert found is not None
            return [(one.verdict.rule, [row["index"] for row in one.records]) for one in found.findings]

        latest = max(received.values())
        assert judged("2026-05-31", latest) == []
        assert judged("2026-07-01", latest) == []
        assert judged("2026-07-02", latest) == [("G03@1", [uses[1]])]
        assert judged("2026-12-31", latest) == [("G03@1", [uses[1]])]
        assert judged("2026-12-31", received[uses[0]]) == []  # of July nobody had said anything yet
