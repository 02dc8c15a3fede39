"""The papers of the node's own steps: none is taken without the paper that its row names, and each says what really ends.

What each step needs is written out from documents.csv and credit.md 3; days are those of the stories.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from credit.case_rows import progress_of
from credit.judging import opening_hash
from credit.own_papers import ended_by, made_for
from credit.own_steps import OwnStep, belongs_to, brought_by_the_clock
from credit.queries import case_state
from credit.reference.procedures import procedures
from credit.stepping import own_papers_of
from credit.told_steps import told_steps
from trace.ledger.errors import Invalid, Refused
from trace.legal_days import SHANGHAI
from trace.state import State

from .case_parts import BATCH, LAB, ONE, OTHER_LAB, THREE, TWO, Told, at, audited, entry, told
from .log_reader import said_in
from .test_step_form import to_publish
from .test_stories import LISTING, OUTCOME, PENALTY, REPAIR, SAMPLE, listed, recorded, sampled, verified

END_NOTE, NOTE = "D-END-NOTE", "D-NOTE"


def published(log: Told) -> None:
    """A general penalty of 2026-08-10, shown from 2026-08-12 on; its twelve months end with 2027-08-10."""
    to_publish(log)
    log.take(PENALTY, "penalty_record", "P07", THREE)


def term_over(log: Told, **more: Any) -> None:
    published(log)
    log.on(at("2027-08-11", 0))
    log.take(PENALTY, "penalty_record", "P10", **more)


def listing_over(log: Told, **more: Any) -> None:
    listed(log)
    log.on(at("2029-10-21", 0))
    log.take(LISTING, "listing", "L35", **more)


def paused_and_over(log: Told, **more: Any) -> None:
    published(log)
    log.take(PENALTY, "penalty_record", "P25", TWO, beside=(ONE,))
    log.on(at("2027-08-11", 0))
    log.take(PENALTY, "penalty_record", "P29", **more)


def repaired(log: Told, ends: dict[str, Any] | None = None, done: dict[str, Any] | None = None) -> None:
    recorded(log)
    verified(log)
    log.log(
        log.step(REPAIR, "repair", "X12", ONE),
        log.step(OUTCOME, "trace_outcome", "T18", **(ends or {})),
        log.step(REPAIR, "repair", "X14", **(done or {})),
    )


def raised(log: Told, **more: Any) -> None:
    """The window of the re-test is over; the case that follows is opened in the same group."""
    report = sampled(log)
    log.on(at("2026-08-13", 0))
    opened = log.opening(OUTCOME, "trace_outcome", target=BATCH, evidence=[report])
    said = {"item": "N09", "record": report, "opens": opening_hash(opened.statement), **more}
    log.log(log.step(SAMPLE, "sample_result", "S08"), opened, log.step(OUTCOME, "trace_outcome", "T01", **said))


def revocation_dropped(log: Told, **more: Any) -> None:
    """A repair that nobody revokes within twenty working days of the notice stands."""
    repaired(log)
    log.on(at("2026-09-04"))
    log.take(REPAIR, "repair", "X20", ONE)
    log.on(at("2026-11-20"))
    log.take(REPAIR, "repair", "X22", grounds=None, **more)


WITHOUT = {"documents": None}


@pytest.mark.parametrize(
    ("tell", "missing"),
    [
        (lambda log: term_over(log, **WITHOUT), END_NOTE),
        (lambda log: paused_and_over(log, **WITHOUT), END_NOTE),
        (lambda log: listing_over(log, **WITHOUT), END_NOTE),
        (lambda log: repaired(log, ends=WITHOUT), END_NOTE),
        (lambda log: repaired(log, done=WITHOUT), END_NOTE),
        (lambda log: raised(log, **WITHOUT), NOTE),
        (lambda log: revocation_dropped(log, **WITHOUT), NOTE),
    ],
)
def test_the_node_takes_no_step_without_the_paper_of_its_row(
    tmp_path: Path, tell: Callable[[Told], None], missing: str
) -> None:
    with told(tmp_path) as log, pytest.raises(Refused) as refused:
        tell(log)

    assert (refused.value.code, refused.value.values["lifted_by"]) == ("case-document", missing)


@pytest.mark.parametrize("tell", [term_over, paused_and_over, listing_over, repaired, raised, revocation_dropped])
def test_with_its_paper_each_is_taken_and_the_case_keeps_it(tmp_path: Path, tell: Callable[[Told], None]) -> None:
    with told(tmp_path) as log:
        tell(log)
        named = {(one.code, one.step) for row in log.cases() for one in progress_of(row).papers}

    expected = {
        term_over: {(END_NOTE, "P10")},
        paused_and_over: {(END_NOTE, "P29")},
        listing_over: {(END_NOTE, "L35")},
        repaired: {(NOTE, "T01"), (END_NOTE, "T18"), (END_NOTE, "X14")},
        raised: {(NOTE, "T01")},
        revocation_dropped: {(NOTE, "T01"), (END_NOTE, "T18"), (END_NOTE, "X14"), (NOTE, "X22")},
    }
    assert {one for one in named if one[0] in (END_NOTE, NOTE)} == expected[tell]
    assert audited(tmp_path).ok


def test_a_paper_without_a_number_is_none(tmp_path: Path) -> None:
    bare = [{"code": END_NOTE, "hash": "ab" * 32}]
    with told(tmp_path) as log, pytest.raises(Invalid) as refused:
        term_over(log, documents=bare)

    assert [(one.pointer, one.code) for one in refused.value.faults] == [("/payload/documents/0/hash", "missing-field")]


# ---- what ends --------------------------------------------------------------------------------------------------------------


def ended(log: Told, own: OwnStep, moment: str) -> tuple[str, str | None, str | None, list[str]]:
    """The first day without it, the item of the record, the last day of the listing, the measures."""
    with log.node.store.reading() as reads:
        found = ended_by(case_state(reads, [log.case(own.case)]), own, at(moment))
    record, listing = found.record, found.listing
    return (
        found.on.isoformat(),
        record["item"] if record else None,
        listing["until"] if listing else None,
        [one["measure"] for one in found.measures],
    )


def test_a_term_ends_on_its_own_day_however_late_it_is_written_down(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        published(log)
        log.on(at("2027-09-30"))
        (own,) = brought_by_the_clock(log.case(PENALTY), at("2027-09-30"))

        assert (own.step, own.last_day) == ("P10", date(2027, 8, 10))
        assert ended(log, own, "2027-09-30") == ("2027-08-11", "P03", None, [])


def test_a_listing_ends_with_its_record_and_its_measures(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        listed(log)
        (own,) = brought_by_the_clock(log.case(LISTING), at("2029-11-05"))

        found = ended(log, own, "2029-11-05")

    assert found == ("2029-10-21", "P05", "2029-10-20", ["S01", "S02", "S03", "S04", "S07", "S08"])


def test_a_repair_ends_the_record_and_the_test_at_the_gate_that_day(tmp_path: Path) -> None:
    """Both papers of the group say it, that of the record's own case and that of the repair."""
    with told(tmp_path) as log:
        recorded(log)
        verified(log)
        row = log.case(REPAIR)
        end, done = belongs_to(row, "X12", log.case(OUTCOME))
        assert isinstance(end, OwnStep)
        assert isinstance(done, OwnStep)

        assert (end.step, done.step) == ("T18", "X14")
        assert ended(log, end, "2026-09-03") == ("2026-09-03", "N09", None, ["S08"])
        assert ended(log, done, "2026-09-03") == ("2026-09-03", "N09", None, ["S08"])


def test_what_has_ended_before_ends_no_second_time(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        repaired(log)

        again = ended(log, OwnStep(REPAIR, "repair", "X14", {}), "2026-09-05")

    assert again == ("2026-09-05", None, None, [])


def test_only_papers_that_the_node_writes_itself_are_made() -> None:
    """The laboratory signs its own report; what ends by itself, and why something was asked, the node writes down."""
    steps = {name: procedures()[name].steps for name in ("sample_result", "trace_outcome", "penalty_record", "repair")}

    assert [made_for(steps["sample_result"][code]) for code in ("S01", "S06", "S07", "S08")] == [(), (), (), ()]
    assert [made_for(steps["trace_outcome"][code]) for code in ("T01", "T18", "T10")] == [(NOTE,), (END_NOTE,), ()]
    assert made_for(steps["penalty_record"]["P29"]) == (END_NOTE,)
    assert made_for(steps["repair"]["X14"]) == (END_NOTE,)


# ---- how the steps of the clock are told ------------------------------------------------------------------------------------


def told_of(folder: Path, case: str) -> dict[str, tuple[str, bool]]:
    """Of each step the moment from which it counts, and whether the clock brought it."""
    entries = [(one.payload, one.at) for one in said_in(folder) if one.kind == "case_step" and one.chain == case]
    steps = told_steps(procedures()["penalty_record" if case == PENALTY else "repair"], entries)
    return {one.step.code: (one.at.astimezone(SHANGHAI).isoformat(timespec="minutes"), one.by_clock) for one in steps}


def test_what_the_clock_brought_is_told_from_its_own_moment(tmp_path: Path) -> None:
    """Written down weeks later: the publicity of 2026-08-10 ended with 2027-08-10, and minor ones would have ended before."""
    with told(tmp_path) as log:
        published(log)
        log.on(at("2027-09-30"))
        log.take(PENALTY, "penalty_record", "P10")

    found = told_of(tmp_path, PENALTY)

    assert found["P10"] == ("2027-08-11T00:00+08:00", True)
    assert found["P07"] == ("2026-08-12T09:00+08:00", False)


def test_what_an_office_left_undone_is_the_clock_s_too(tmp_path: Path) -> None:
    """Twenty working days from the document of 2026-08-10 end with 09-07; then the penalty stays internal, by nobody's hand."""
    with told(tmp_path) as log:
        to_publish(log)
        log.on(at("2026-10-13"))
        log.take(PENALTY, "penalty_record", "P08")

    assert told_of(tmp_path, PENALTY)["P08"] == ("2026-09-08T00:00+08:00", True)


def test_what_follows_from_a_grant_is_not_the_clock_s(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        repaired(log)

    assert told_of(tmp_path, REPAIR)["X14"] == ("2026-09-03T09:00+08:00", False)


# ---- the laboratory's report is the paper of the step that cites it -----------------------------------------------------


def test_the_report_itself_is_the_paper_of_the_steps_that_cite_it(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        report = entry(log.say(BATCH, "lab_report", FAILED, LAB))
        opening = log.opening(SAMPLE, "sample_result", target=BATCH, evidence=[report])
        log.begin(opening, "sample_result", "S01", record=report, documents=None)
        log.serve(SAMPLE, "D-RESULT-NOTICE", ONE)
        log.take(SAMPLE, "sample_result", "S02", ONE)
        log.take(SAMPLE, "sample_result", "S04", ONE, paper_on="2026-08-03")
        clean = {
            "retest_of": report,
            "items": [{"item": "T-SO2", "value": "88", "unit": "mg/kg"}],
            "conclusion": "pass",
            "cma_no": "CMA-示例-02",
        }
        retest = entry(log.say(BATCH, "retest_report", clean, OTHER_LAB))
        log.take(SAMPLE, "sample_result", "S06", record=retest, documents=None)
        state = log.case(SAMPLE)["state"]

    assert state == "cleared"
    assert audited(tmp_path).ok


@pytest.mark.parametrize(
    ("kind", "counts"), [("lab_report", True), ("retest_report", True), ("sampling", False), (None, False)]
)
def test_only_a_report_that_is_really_cited_counts_as_the_laboratory_s_paper(kind: str | None, counts: bool) -> None:
    """The step names a D-LAB-REPORT by number and hash, as any paper; what counts is the record in the log."""
    state = State()
    if kind is not None:
        state.put("record", f"{BATCH}/3", {"kind": kind, "actor": LAB})
    payload = {
        "record": {"chain": BATCH, "seq": 3, "leaf": "ab" * 32},
        "documents": [{"code": "D-LAB-REPORT", "doc_no": "1号", "hash": "ab" * 32}],
    }

    found = own_papers_of(state, procedures()["sample_result"].steps["S06"], payload)

    assert found == (frozenset({"D-LAB-REPORT"}) if counts else frozenset())


def test_a_report_is_the_paper_of_no_other_step() -> None:
    state = State()
    state.put("record", f"{BATCH}/3", {"kind": "lab_report", "actor": LAB})
    payload = {"record": {"chain": BATCH, "seq": 3, "leaf": "ab" * 32}}

    assert own_papers_of(state, procedures()["trace_outcome"].steps["T01"], payload) == frozenset()


FAILED = {
    "items": [{"item": "T-SO2", "value": "412", "unit": "mg/kg", "limit": "150", "judgement": "fail"}],
    "conclusion": "fail",
    "report_kind": "supervision",
    "report_no": "监2026-0117",
    "cma_no": "CMA-示例-01",
    "tested_on": "2026-08-03",
}
