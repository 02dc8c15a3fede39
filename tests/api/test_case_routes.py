"""Do offices and auditors read cases as JSON, each those that it may see?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.app_parts import World
from tests.api.case_parts import PENALTY, on, opened, running_cases, sampled

V1 = "/api/v1"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A penalty and a failed sample of Thursday 2026-09-10."""
    with running_cases(tmp_path_factory.mktemp("cases")) as running:
        on(running, "2026-09-10", 13)
        opened(running, "penalty_record", "P01", "first", **PENALTY)
        sampled(running)
        yield running


def items(world: World, who: str, query: str = "") -> list[dict[str, Any]]:
    answer = world.get(f"{V1}/cases{query}", who)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_an_office_reads_the_cases_of_its_region_with_what_each_waits_for(world: World) -> None:
    penalty, sample = items(world, "first")

    assert (penalty["procedure"], penalty["state"], penalty["kind"]) == ("penalty_record", "entered", "open")
    # Three working days after Thursday 09-10, and five.
    assert penalty["next"] == {
        "waits_for": "office",
        "late": False,
        "last_day": "2026-09-15",
        "provisional": False,
        "step": "P05",
        "action": "confirm",
        "role": "second_officer",
    }
    assert (sample["next"]["step"], sample["next"]["last_day"]) == ("S02", "2026-09-17")
    assert sample["target"] == world.batch


def test_one_case_tells_what_was_done_and_what_can_come_next(world: World) -> None:
    sample = items(world, "auditor")[1]["id"]

    found = world.get(f"{V1}/cases/{sample}", "auditor").json()

    assert [one["step"] for one in found["done"]] == ["S01"]
    assert [(one["step"], one["role"], one["documents"]) for one in found["steps"]] == [
        ("S02", "service_clerk", ["D-RESULT-NOTICE"]),
    ]
    assert found["steps"][0]["last_day"] == "2026-09-17"
    assert found["documents"][0]["code"] == "D-LAB-REPORT"


def test_another_region_has_no_case_and_knows_of_none(world: World) -> None:
    case = items(world, "first")[0]["id"]
    foreign, unknown = world.get(f"{V1}/cases/{case}", "far official"), world.get(f"{V1}/cases/{'A' * 22}", "first")

    assert items(world, "far official") == []
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert {**foreign.json(), "instance": ""} == {**unknown.json(), "instance": ""}


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("coop", 403), ("laboratory", 403), ("administrator", 403)])
def test_nobody_else_reads_cases(world: World, who: str | None, status: int) -> None:
    for path in ("cases", f"cases/{'A' * 22}"):
        assert world.get(f"{V1}/{path}", who).status_code == status


def test_a_list_goes_on_where_its_page_ended(world: World) -> None:
    first = world.get(f"{V1}/cases?limit=1", "first")
    (link,) = re.findall(r"<([^>]+)>; rel=\"next\"", first.headers["link"])

    rest = world.get(link, "first")

    assert [one["procedure"] for one in (*first.json()["items"], *rest.json()["items"])] == [
        "penalty_record",
        "sample_result",
    ]
    assert "link" not in rest.headers


def test_the_description_shows_the_members_of_a_real_answer(world: World) -> None:
    document = world.get(f"{V1}/openapi.json").json()
    example = document["paths"][f"{V1}/cases/{{id}}"]["get"]["responses"]["200"]["content"]["application/json"][
        "example"
    ]
    real = world.get(f"{V1}/cases/{items(world, 'first')[1]['id']}", "first").json()

    assert set(example) == set(real)
    assert set(example["steps"][0]) == set(real["steps"][0])
    assert set(example["next"]) == set(real["next"])
