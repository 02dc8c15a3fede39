"""How the port hears a case: times as they are written, answers and dates that stay, persons named as facts."""

from collections.abc import Mapping
from typing import Any

import pytest

from credit.port import answer_procedure, answer_working_days

PENALTY: Mapping[str, Any] = {
    "procedure": "penalty_record",
    "facts": {"document_received": "2026-07-06", "decision_date": "2026-07-03", "period_start": "2026-07-03"},
}
PUBLISHED = [
    {"do": "enter", "on": "2026-07-07", "by": "file_officer:Li"},
    {"do": "confirm", "on": "2026-07-08", "by": "second_officer:Wang"},
    {"do": "serve_two_papers", "on": "2026-07-10", "by": "service_clerk:Zhao"},
]


def told(*events: Mapping[str, Any]) -> dict[str, Any]:
    return answer_procedure({**PENALTY, "events": [*PUBLISHED, *events]})


def rapid(served: str) -> dict[str, Any]:
    return answer_procedure(
        {
            "procedure": "sample_result",
            "events": [
                {"do": "report_fail", "on": "2026-10-02", "by": "laboratory:A"},
                {"do": "serve_rapid_result", "on": served, "by": "service_clerk:Zhao"},
                {"ask": "deadline", "step": "S05"},
                {"tick": "2026-10-03"},
            ],
        }
    )


@pytest.mark.parametrize(
    ("served", "until"),
    [
        ("2026-10-02T10:02", "2026-10-02T14:02"),
        ("2026-10-02 10:02", "2026-10-02 14:02"),
        ("2026-10-02T10:02:03", "2026-10-02T14:02:03"),
        ("2026-10-02T10:02:03+08:00", "2026-10-02T14:02:03+08:00"),
        ("2026-10-02T02:02:03.104Z", "2026-10-02T06:02:03.104Z"),
    ],
)
def test_a_clock_in_hours_is_written_as_the_case_writes_its_times(served: str, until: str) -> None:
    answer = rapid(served)

    assert answer["asked"] == {"S05": until}
    assert answer["log"][-1] == {"step": "S09", "on": until, "state": "final_fail", "auto": True}


def test_what_an_accepted_step_answers_stays_known_to_the_engine() -> None:
    answered = {"class_is_minor": False, "class_is_serious": False}

    answer = told(
        {"do": "publish", "on": "2026-07-13", "by": "registrar:Zhou", "guards": answered}, {"tick": "2029-01-01"}
    )

    assert answer["log"][-1] == {"step": "P10", "on": "2027-07-04", "state": "ended_expired", "auto": True}


def test_what_a_refused_step_answers_does_not() -> None:
    refused = {"class_not_public": False, "class_is_minor": False}

    answer = told({"do": "keep_internal", "on": "2026-07-13", "by": "registrar:Zhou", "guards": refused})
    later = told(
        {"do": "keep_internal", "on": "2026-07-13", "by": "registrar:Zhou", "guards": refused}, {"tick": "2026-08-01"}
    )

    assert answer["log"][-1] == {"refused": "guard:class_not_public", "action": "keep_internal", "state": "recorded"}
    assert later["log"][-1] == {"step": "P08", "on": "2026-08-01", "state": "internal", "auto": True}


def test_a_day_without_an_hour_is_not_before_an_hour_of_that_day() -> None:
    answer = told(
        {"do": "publish", "on": "2026-07-13T09:00", "by": "registrar:Zhou"},
        {"do": "correct", "on": "2026-07-13", "by": "registrar:Zhou"},
        {"do": "correct", "on": "2026-07-13T08:59", "by": "registrar:Zhou"},
    )

    assert answer["log"][-2:] == [
        {"step": "P24", "on": "2026-07-13", "state": "published"},
        {"refused": "backdated", "action": "correct", "state": "published"},
    ]


def test_a_clock_that_has_no_start_is_null() -> None:
    answer = answer_procedure({"procedure": "repair", "events": [{"ask": "earliest", "step": "X02"}]})

    assert answer == {"ok": True, "log": [], "state": "none", "asked": {"X02": None}}


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"do": "apply_minor", "on": "2026-01-05", "by": 7}, "wrong-type"),
        ({"do": "apply_minor", "on": "2026-01-05", "by": "subject:Ma", "guards": {"duties_done": "no"}}, "wrong-type"),
        ({"do": "apply_minor", "on": "2026-01-05T25:00", "by": "subject:Ma"}, "not-a-date"),
        ({"do": "apply_minor", "on": "2026-W01-1", "by": "subject:Ma"}, "not-a-date"),
        ({"ask": "price", "step": "X01"}, "bad-case"),
    ],
)
def test_an_event_that_cannot_be_read_is_named(event: Mapping[str, Any], error: str) -> None:
    answer = answer_procedure({"procedure": "repair", "events": [event]})

    assert answer == {"ok": False, "error": error}


def test_a_period_past_the_last_day_there_is_cannot_be_answered() -> None:
    assert answer_working_days({"from": "9999-12-30", "n": 9}) == {"ok": False, "error": "not-a-date"}
