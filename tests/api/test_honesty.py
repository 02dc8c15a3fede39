"""Two co-ops with the same history, one of which tells one more truth about itself: it never stands lower than the other.

Late, failed or against a rule: what a party says of itself opens no case, enters nothing bad and starts no measure (credit.md 4);
goods that are unsafe are held all the same. Each is told through the API, then months pass, on a server that keeps up.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from api.auditing import run_audit
from credit.files import Rating, rate
from credit.queries import find_file, list_cases, measures_of_subject, records_of_subject
from credit.subjects import Subject
from tests.api.app_parts import HARVEST, PLACE, World
from tests.api.case_parts import keep_up, on, running_cases
from tests.api.test_casework import FAILED
from trace.queries import find_parties, open_holds

HONEST, SILENT = "coop", "neighbour"
DAYS = ("2026-10-08", "2026-11-09", "2026-12-08", "2027-03-08", "2027-09-08")
SPRAYED = {
    "input_kind": "pesticide",
    "name": "氧乐果乳油",
    "active": ["氧乐果"],
    "used_from": "2026-09-09",
    "used_until": "2026-09-09",
    "registration_no": "PD84109",
}
"""Omethoate, of which no use on herbs is registered, the day before the harvest (中药材GAP)."""
CLEAN = {"item": "T-SO2", "value": "88", "unit": "mg/kg", "limit": "150", "judgement": "pass"}
PASSED = {**FAILED, "items": [CLEAN], "conclusion": "pass"}
TRUTHS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "a harvest that is told 25 days late": ("harvest", HONEST, {"quantity": {"value": "40", "unit": "kg"}}),
    "an own test that failed": ("lab_report", "laboratory", {**FAILED, "report_kind": "self"}),
    "an entrusted test that failed": ("lab_report", "laboratory", {**FAILED, "report_kind": "entrusted"}),
    "an own test that passed": ("lab_report", "laboratory", {**PASSED, "report_kind": "self"}),
    "goods that were lost": ("loss", HONEST, {"quantity": {"value": "3", "unit": "kg"}, "why": "insects"}),
    "a pesticide that is not allowed": ("input_use", HONEST, SPRAYED),
}
HOLDS = {"an own test that failed", "an entrusted test that failed", "a pesticide that is not allowed"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_cases(tmp_path) as running:
        yield running


def same_history(world: World) -> str:
    """The neighbour opens and harvests as the co-op did; its batch."""
    place = world.made("/api/v1/places", {**PLACE, "party": world.parties[SILENT]}, SILENT)["id"]
    opened = {"party": world.parties[SILENT], "product": "HB-BS", "place": place}
    batch = world.made("/api/v1/batches", {**opened, "quantity": {"value": "1000", "unit": "kg"}}, SILENT)["id"]
    told = {"kind": "harvest", "occurred_at": "2026-09-10T08:06:00+08:00", "payload": HARVEST}
    world.made(f"/api/v1/batches/{batch}/events", told, SILENT)
    return str(batch)


def rated(world: World, party: str, day: str) -> tuple[Rating, list[dict[str, Any]]]:
    id = world.parties[party]
    with world.node.reading() as reads:
        (row,) = find_parties(reads.connection, [id])
        rows = [dict(one) for one in records_of_subject(reads.connection, id)]
        file = find_file(reads.connection, id)
        first = date.fromisoformat(file["first_fact"]) if file and file["first_fact"] else None
        subject = Subject(id, row["legal_form"], frozenset(row["roles"].split()), row["uscc"])
        found = rate(subject, first, rows, date.fromisoformat(day))
        assert list_cases(reads.connection, subject=id) == []
        assert measures_of_subject(reads.connection, id) == []
    assert found is not None
    assert {one["direction"] for one in rows} <= {"good"}
    return found, rows


@pytest.mark.parametrize("truth", TRUTHS)
def test_who_tells_stands_no_lower_than_who_is_silent(world: World, truth: str) -> None:
    same_history(world)
    kind, who, payload = TRUTHS[truth]
    on(world, "2026-10-05")
    said = {"kind": kind, "occurred_at": "2026-09-10T09:00:00+08:00", "payload": payload}
    world.made(f"/api/v1/batches/{world.batch}/events", said, who)
    with world.node.reading() as reads:
        assert bool(open_holds(reads.connection, [world.batch])) is (truth in HOLDS)

    for day in DAYS:
        on(world, day)
        keep_up(world)
        (honest, own), (silent, others) = rated(world, HONEST, day), rated(world, SILENT, day)
        assert honest.score.score >= silent.score.score
        assert {(one["item"], one["anchor"]) for one in own} >= {(one["item"], one["anchor"]) for one in others}

    assert others  # the months of both were complete, so that there was something to lose
    assert run_audit(world.node.settings, world.node.genesis, envelopes=False).ok


@pytest.mark.parametrize("kind", ["self", "entrusted"])
def test_an_own_failure_whose_goods_are_held_earns_what_a_pass_earns(world: World, kind: str) -> None:
    """Both tell of a test, one that failed and one that passed: the same points (credit.md 4)."""
    batch = same_history(world)
    for where, result in ((world.batch, FAILED), (batch, PASSED)):
        payload = {**result, "report_kind": kind}
        said = {"kind": "lab_report", "occurred_at": "2026-09-10T09:00:00+08:00", "payload": payload}
        world.made(f"/api/v1/batches/{where}/events", said, "laboratory")
    on(world, "2026-11-09")
    keep_up(world)

    (failed, own), (passed, others) = (rated(world, one, "2026-11-09") for one in (HONEST, SILENT))

    assert failed.score.score == passed.score.score
    assert {one["item"] for one in own} == {"G01", "G04"}
    assert {one["item"] for one in others} == {"G01", "G03"}
