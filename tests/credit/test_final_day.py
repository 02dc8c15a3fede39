"""From which day does the record of a failed sample count? From the day on which the failure became final, whoever was off then.

The life of the record, the end of its measure and what the score still takes off are counted from there.
"""

from pathlib import Path
from typing import Any

import pytest

from trace.ledger.errors import Refused

from .case_parts import BATCH, COOP, HOUSEHOLD, ONE, OTHER_LAB, TWO, Told, at, audited, entry, told
from .test_stories import OUTCOME, SAMPLE, first_of_case, outcome_with, rapid_served, sampled


def recorded(log: Told) -> tuple[str, str]:
    """The party was told on 2026-09-02, did not answer, and two officials confirmed: the day from which
    the record counts, and the day on which it was entered."""
    log.on(at("2026-09-02"))
    log.serve(OUTCOME, "D-FACT-NOTICE", ONE)
    log.take(OUTCOME, "trace_outcome", "T02", ONE)
    log.on(at("2026-09-10"))
    log.take(OUTCOME, "trace_outcome", "T04")
    log.take(OUTCOME, "trace_outcome", "T05", ONE)
    log.open_file()
    log.take(OUTCOME, "trace_outcome", "T06", TWO)
    (record,) = log.records()
    return record["anchor"], record["recorded"]


@pytest.mark.parametrize("logged", ["2026-08-13", "2026-08-14", "2026-08-31"])
def test_a_window_that_closed_while_the_server_was_off_closed_on_its_day(tmp_path: Path, logged: str) -> None:
    """Served on 2026-08-05: five working days are over with the 12th, and the failure is final on the 13th."""
    with told(tmp_path) as log:
        report = sampled(log)
        log.on(at(logged, 7))
        outcome_with(log, log.step(SAMPLE, "sample_result", "S08"), report)
        days = recorded(log)

    assert days == ("2026-08-13", "2026-09-10")
    assert audited(tmp_path).ok


@pytest.mark.parametrize("logged", ["2026-08-05", "2026-08-31"])
def test_four_hours_that_were_over_while_the_server_was_off_were_over_on_their_day(tmp_path: Path, logged: str) -> None:
    with told(tmp_path) as log:
        report = rapid_served(log, method="快速检测（胶体金法）")
        log.on(at(logged, 14))
        outcome_with(log, log.step(SAMPLE, "sample_result", "S09"), report)
        days = recorded(log)

    assert days == ("2026-08-05", "2026-09-10")
    assert audited(tmp_path).ok


def retested(log: Told, report: dict[str, Any]) -> dict[str, Any]:
    """Another laboratory finds what the first one found."""
    failed = {"item": "T-SO2", "value": "398", "unit": "mg/kg", "judgement": "fail"}
    said = {"retest_of": report, "items": [failed], "conclusion": "fail", "cma_no": "CMA-示例-02"}
    return entry(log.say(BATCH, "retest_report", said, OTHER_LAB))


@pytest.mark.parametrize("logged", ["2026-08-20", "2026-08-31"])
def test_a_retest_that_failed_is_final_on_the_day_of_its_report(tmp_path: Path, logged: str) -> None:
    """The report entered the log on 2026-08-20; the server read it then, or fell and read it when it was back."""
    with told(tmp_path) as log:
        report = sampled(log)
        log.take(SAMPLE, "sample_result", "S04", COOP, custody="platform")
        log.on(at("2026-08-20"))
        retest = retested(log, report)
        log.on(at(logged, 15))
        outcome_with(log, log.step(SAMPLE, "sample_result", "S07", record=retest), report)
        days = recorded(log)

    assert days == ("2026-08-20", "2026-09-10")
    assert audited(tmp_path).ok


def test_a_retest_report_from_before_it_was_asked_for_is_final_when_it_was(tmp_path: Path) -> None:
    """A laboratory was faster than the paper of the party: until it was asked for, the window was open."""
    with told(tmp_path) as log:
        report = sampled(log)
        log.on(at("2026-08-06"))
        retest = retested(log, report)
        log.on(at("2026-08-10"))
        log.take(SAMPLE, "sample_result", "S04", COOP, custody="platform")
        log.on(at("2026-08-24"))
        outcome_with(log, log.step(SAMPLE, "sample_result", "S07", record=retest), report)
        days = recorded(log)

    assert days == ("2026-08-10", "2026-09-10")


def test_the_question_is_put_to_nobody_but_the_party_whose_sample_failed(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        report = sampled(log)
        log.on(at("2026-08-13", 0))
        step = log.step(SAMPLE, "sample_result", "S08")
        opened = log.opening(OUTCOME, "trace_outcome", subject=HOUSEHOLD, target=BATCH, evidence=[report])
        with pytest.raises(Refused) as refused:
            log.log(step, opened, first_of_case(log, opened, "trace_outcome", "T01", item="N09", record=report))

    assert (refused.value.code, refused.value.values["lifted_by"]) == ("case-guard", "declared_rule")
