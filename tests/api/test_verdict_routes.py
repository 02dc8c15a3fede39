"""What the rules said of a batch, asked over HTTP for a day and a time."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from trace import reference
from trace.ledger.canonical import decode_value

from .app_parts import World, running_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A harvest of 10 September (Shanghai), and a day later a truthful word of what was sprayed on 1 September."""
    with running_world(Path(tmp_path_factory.mktemp("verdicts"))) as found:
        found.clock.at += timedelta(days=1)
        payload = {
            "input_kind": "pesticide",
            "name": "戊唑醇悬浮剂",
            "active": ["戊唑醇"],
            "used_from": "2026-09-01",
            "used_until": "2026-09-01",
            "interval_days": 28,
            "interval_source": "label",
            "label_photo": "ab" * 32,
            "toxicity": "低毒",
            "crop_on_label": True,
        }
        sent = {"kind": "input_use", "occurred_at": "2026-09-01T08:00:00+08:00", "payload": payload}
        found.receipt = found.made(f"/api/v1/batches/{found.batch}/events", sent, "coop")
        yield found


def asked(world: World, query: str = "") -> dict[str, Any]:
    answer = world.get(f"/api/v1/batches/{world.batch}/verdicts{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_today_the_batch_is_held_by_the_interval(world: World) -> None:
    found = asked(world)

    assert [(one["rule"], one["outcome"], one["reasons"]) for one in found["verdicts"]] == [
        ("G05@1", "hold", ["inside-interval"])
    ]
    assert [(one["rule"], one["lifted_by"]) for one in found["holds"]] == [("G05@1", "officials")]
    assert world.get(f"/api/v1/batches/{world.batch}").json()["state"] == "held"


def test_yesterday_nobody_knew(world: World) -> None:
    found = asked(world, "?known_at=2026-09-10T12:00:00%2B08:00")

    assert (found["on"], found["verdicts"], found["holds"]) == ("2026-09-10", [], [])


def test_on_a_day_before_the_harvest_nothing_was_wrong(world: World) -> None:
    assert asked(world, "?on=2026-09-09")["verdicts"] == []


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    [
        ("?on=2026-02-30", "not-a-time", "/on"),
        ("?known_at=yesterday", "not-a-time", "/known_at"),
        ("?since=2026", "unknown-parameter", "/since"),
        ("?on=2026-09-09&on=2026-09-10", "repeated-parameter", "/on"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused(world: World, query: str, code: str, pointer: str) -> None:
    answer = world.get(f"/api/v1/batches/{world.batch}/verdicts{query}")

    assert answer.status_code == 422
    assert [(one["code"], one["pointer"]) for one in answer.json()["errors"]] == [(code, pointer)]


@pytest.mark.parametrize("query", ["", "?known_at=2020-01-01T00:00:00Z"])
def test_what_nobody_knew_of_is_not_found(world: World, query: str) -> None:
    batch = world.batch if query else "x" * 22

    assert world.get(f"/api/v1/batches/{batch}/verdicts{query}").status_code == 404


def test_the_answer_says_by_which_tables_it_was_given(world: World) -> None:
    tables = asked(world)["tables"]
    folder = Path(reference.__file__).parent

    assert {"pesticides_banned.csv", "limits_herb.csv", "gates.csv"} <= tables.keys()
    assert tables == {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in tables}


def test_the_log_names_the_tables_of_its_first_day(world: World) -> None:
    with world.node.reading() as reads:
        said = decode_value(next(reads.rows(0, 1)).statement)

    named = {one["name"]: one["sha256"] for one in said["payload"]["tables"]}  # type: ignore[index, call-overload]
    assert asked(world)["tables"].items() <= named.items()
    assert {"working_days.csv", "policy_producer_v1.csv"} <= named.keys()
