"""One failed supervision sample walks to a record and off it; one heavy penalty walks to the blacklist and off it.

Days are those of the State Council's notice for 2026 and of credit.md 13; each expected day is written out by hand.
"""

from pathlib import Path
from typing import Any

import pytest

from trace.ledger.errors import Conflict, DomainError, Forbidden, Invalid, Refused
from trace.ledger.submission import Receipt

from .case_parts import (
    AUTHORITY,
    BATCH,
    COOP,
    FAR,
    FILE,
    KEYS,
    LAB,
    MARKET,
    MARKET_OFFICE,
    ONE,
    OTHER_LAB,
    SECOND_BATCH,
    THREE,
    TWO,
    UPPER,
    Told,
    at,
    audited,
    entry,
    paper_hash,
    told,
)

SAMPLE, OUTCOME, PENALTY, LISTING, REPAIR = (
    name.ljust(22, "x") for name in ("sample", "outcome", "penalty", "listing", "repair")
)


def failed_report(log: Told, kind: str = "supervision", **item: str) -> Receipt:
    """A laboratory reports that a sample of the co-op's peony root failed for sulphur dioxide."""
    found = {"item": "T-SO2", "value": "412", "unit": "mg/kg", "limit": "150", "judgement": "fail", **item}
    payload = {
        "items": [found, {"item": "T-MOIST", "value": "11.2", "unit": "%", "judgement": "pass", "method": "烘干法"}],
        "conclusion": "fail",
        "report_kind": kind,
        "report_no": "监2026-0117",
        "cma_no": "CMA-示例-01",
        "tested_on": "2026-08-03",
    }
    return log.say(BATCH, "lab_report", payload, LAB)


def sampled(log: Told) -> dict[str, Any]:
    """The report opens its case; served on 2026-08-05, so that a re-test may be asked for until 2026-08-12."""
    report = entry(failed_report(log))
    log.begin(
        log.opening(SAMPLE, "sample_result", target=BATCH, evidence=[report]), "sample_result", "S01", record=report
    )
    log.on(at("2026-08-05"))
    log.serve(SAMPLE, "D-RESULT-NOTICE", ONE)
    log.take(SAMPLE, "sample_result", "S02", ONE)
    return report


def became_final(log: Told, report: dict[str, Any], **of_the_question: Any) -> None:
    """The window of five working days is over at the end of 2026-08-12: the failure is final, and asks a question."""
    log.on(at("2026-08-13", 0))
    step = log.step(SAMPLE, "sample_result", "S08")
    opened = log.opening(OUTCOME, "trace_outcome", target=BATCH, evidence=[report])
    log.log(
        step, opened, first_of_case(log, opened, "trace_outcome", "T01", item="N09", record=report, **of_the_question)
    )


def first_of_case(log: Told, opening: Any, procedure: str, code: str, actor: str | None = None, **more: Any) -> Any:
    from credit.judging import opening_hash

    said = {"opens": opening_hash(opening.statement), **more}
    chain = opening.statement.chain
    return (
        log.step(chain, procedure, code, **said) if actor is None else log.step(chain, procedure, code, actor, **said)
    )


def recorded(log: Told) -> None:
    """Told on 08-14, no answer until 08-21, confirmed by one official and countersigned by another on 08-24."""
    became_final(log, sampled(log))
    log.on(at("2026-08-14"))
    log.serve(OUTCOME, "D-FACT-NOTICE", ONE)
    log.take(OUTCOME, "trace_outcome", "T02", ONE)
    log.on(at("2026-08-24"))
    log.take(OUTCOME, "trace_outcome", "T04")
    log.take(OUTCOME, "trace_outcome", "T05", ONE)
    log.open_file()
    log.take(OUTCOME, "trace_outcome", "T06", TWO)


def test_a_failed_supervision_sample_becomes_a_record_of_the_sector_with_a_test_at_the_gate(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        recorded(log)
        case, records, measures = log.case(OUTCOME), log.records(), log.measures()

    (record,) = records
    assert (case["state"], case["kind"]) == ("recorded", "closed")
    assert (record["item"], record["direction"], record["layer"], record["case"]) == ("N09", "bad", "sector", OUTCOME)
    # Final on the first moment of 2026-08-13 (the day on which T01 entered); nothing of it is ever published.
    assert (record["anchor"], record["recorded"], record["published_from"], record["published_until"]) == (
        "2026-08-13",
        "2026-08-24",
        None,
        None,
    )
    assert measures == [("S08", None)]
    assert audited(tmp_path).ok


def verified(log: Told) -> None:
    """A repair applied for on 2026-09-01 and checked on 09-02; it is 09-03."""
    record = log.records()[0]["id"]
    log.on(at("2026-09-01"))
    log.begin(log.opening(REPAIR, "repair", target=record), "repair", "X01", COOP, custody="platform")
    log.on(at("2026-09-02"))
    log.take(REPAIR, "repair", "X07", ONE)
    log.take(REPAIR, "repair", "X09", TWO)
    log.on(at("2026-09-03"))


def granted(log: Told) -> None:
    log.log(
        log.step(REPAIR, "repair", "X12", ONE),
        log.step(OUTCOME, "trace_outcome", "T18"),
        log.step(REPAIR, "repair", "X14"),
    )


def repaired(log: Told) -> None:
    verified(log)
    granted(log)


def test_its_repair_ends_record_and_measure_in_one_group(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        recorded(log)
        verified(log)
        with pytest.raises(Refused) as same:  # differs:X09
            log.take(REPAIR, "repair", "X12", TWO)
        with pytest.raises(Invalid) as half:
            log.take(REPAIR, "repair", "X12", ONE)
        granted(log)
        records, measures, states = log.records(), log.measures(), [log.case(one)["state"] for one in (REPAIR, OUTCOME)]

    assert same.value.code == "case-same-person"
    assert half.value.code == "group-incomplete"
    assert [(one["ended_on"], one["how"]) for one in records] == [("2026-09-03", "repaired")]
    assert measures == [("S08", "2026-09-03")]
    assert states == ["done", "ended"]
    assert audited(tmp_path).ok


def test_a_retest_by_another_laboratory_that_passes_clears_the_sample(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        report = sampled(log)
        log.on(at("2026-08-12", 23, 59, 59))  # the last day in time
        log.take(SAMPLE, "sample_result", "S04", COOP, custody="platform")
        log.on(at("2026-08-17"))
        passed = {
            "retest_of": report,
            "items": [{"item": "T-SO2", "value": "88", "unit": "mg/kg"}],
            "conclusion": "pass",
            "cma_no": "CMA-示例-02",
        }
        same = entry(log.say(BATCH, "retest_report", passed, LAB))
        other = entry(log.say(BATCH, "retest_report", passed, OTHER_LAB))
        with pytest.raises(Refused) as refused:
            log.take(SAMPLE, "sample_result", "S06", record=same)
        log.take(SAMPLE, "sample_result", "S06", record=other)
        state, cases, records = log.case(SAMPLE)["state"], log.cases(), log.records()

    assert refused.value.code == "case-same-person"
    assert (state, [one["procedure"] for one in cases], records) == ("cleared", ["sample_result"], [])
    assert audited(tmp_path).ok


@pytest.mark.parametrize(
    "short",
    [
        {"items": [{"item": "T-MOIST", "value": "11.0", "unit": "%"}]},  # what failed was not tested again
        {"cma_no": None},  # no 资质认定 (农产品质量安全法 art. 48)
        {"items": [{"item": "T-SO2", "value": "88", "unit": "mg/kg", "method": "快速检测试纸"}]},  # art. 51
    ],
)
@pytest.mark.parametrize(("step", "conclusion"), [("S06", "pass"), ("S07", "fail")])
def test_a_retest_that_the_law_does_not_count_settles_nothing(
    tmp_path: Path, short: dict[str, Any], step: str, conclusion: str
) -> None:
    with told(tmp_path) as log:
        report = sampled(log)
        log.take(SAMPLE, "sample_result", "S04", COOP, custody="platform")
        whole = {
            "retest_of": report,
            "items": [{"item": "T-SO2", "value": "88", "unit": "mg/kg"}],
            "conclusion": conclusion,
            "cma_no": "CMA-示例-02",
        }
        said = {name: value for name, value in {**whole, **short}.items() if value is not None}
        retest = entry(log.say(BATCH, "retest_report", said, OTHER_LAB))
        with pytest.raises(Refused) as refused:
            log.take(SAMPLE, "sample_result", step, record=retest)
        state = log.case(SAMPLE)["state"]

    assert (refused.value.code, refused.value.values["lifted_by"]) == ("case-guard", "other_laboratory")
    assert state == "retesting"
    assert audited(tmp_path).ok


def test_the_window_closes_at_the_end_of_its_fifth_working_day(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        sampled(log)
        log.on(at("2026-08-12", 23, 59, 59))
        with pytest.raises(Refused) as early:
            log.take(SAMPLE, "sample_result", "S08")
        log.on(at("2026-08-13", 0))
        with pytest.raises(Conflict) as late:
            log.take(SAMPLE, "sample_result", "S04", COOP, custody="platform")

    assert early.value.code == "case-too-early"
    assert (late.value.code, late.value.values["due"]) == ("case-step-due", "S08")


def test_monitoring_opens_nothing(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        report = entry(failed_report(log, "monitoring"))
        opening = log.opening(SAMPLE, "sample_result", target=BATCH, evidence=[report])
        with pytest.raises(Refused) as refused:
            log.begin(opening, "sample_result", "S01", record=report)

    assert (refused.value.code, refused.value.values["lifted_by"]) == ("case-guard", "supervision_sample")


@pytest.mark.parametrize(
    ("method", "hours_are_enough"),
    [
        ({"method": "快速检测（胶体金法）"}, True),
        ({"item": "T-RAPID"}, True),
        ({"method": "酸碱滴定法"}, False),
        ({}, False),
    ],
)
def test_four_hours_for_a_retest_are_for_a_rapid_method_alone(
    tmp_path: Path, method: dict[str, str], hours_are_enough: bool
) -> None:
    """农产品质量安全法 art. 51: four hours after a rapid method, else five working days; who names none shortens nothing."""
    with told(tmp_path) as log:
        report = entry(failed_report(log, **method))
        opening = log.opening(SAMPLE, "sample_result", target=BATCH, evidence=[report])
        log.begin(opening, "sample_result", "S01", record=report)
        log.serve(SAMPLE, "D-RESULT-NOTICE", ONE)

        if hours_are_enough:
            log.take(SAMPLE, "sample_result", "S03", ONE)
        else:
            with pytest.raises(Refused) as refused:
                log.take(SAMPLE, "sample_result", "S03", ONE)
            assert (refused.value.code, refused.value.values["lifted_by"]) == ("case-guard", "service_proven")
            log.take(SAMPLE, "sample_result", "S02", ONE)
        state = log.case(SAMPLE)["state"]

    assert state == ("rapid_open" if hours_are_enough else "retest_open")
    assert audited(tmp_path).ok


def rapid_served(log: Told, **method: str) -> dict[str, Any]:
    """A report of a rapid method, served at 09:00 on 2026-08-05: the party may ask for a re-test until 13:00."""
    report = entry(failed_report(log, **method))
    log.begin(
        log.opening(SAMPLE, "sample_result", target=BATCH, evidence=[report]), "sample_result", "S01", record=report
    )
    log.on(at("2026-08-05", 9))
    log.serve(SAMPLE, "D-RESULT-NOTICE", ONE)
    log.take(SAMPLE, "sample_result", "S03", ONE)
    return report


def outcome_with(log: Told, step: Any, report: dict[str, Any]) -> None:
    """A final step and the question that follows from it, in one group."""
    opened = log.opening(OUTCOME, "trace_outcome", target=BATCH, evidence=[report])
    log.log(step, opened, first_of_case(log, opened, "trace_outcome", "T01", item="N09", record=report))


@pytest.mark.parametrize("method", [{"item": "T-RAPID"}, {"method": "GB/T 5009.199-2003"}, {"method": "农药速测"}])
def test_what_the_enzyme_inhibition_test_alone_found_bears_no_record(tmp_path: Path, method: dict[str, str]) -> None:
    """tests.csv, T-RAPID: "never a basis for credit". The party kept its four hours (art. 51); the failure is final for the
    goods, and asks nobody for a record."""
    with told(tmp_path) as log:
        report = rapid_served(log, **method)
        log.on(at("2026-08-05", 13, 0, 1))
        with pytest.raises(Refused) as asked:
            outcome_with(log, log.step(SAMPLE, "sample_result", "S09"), report)
        log.take(SAMPLE, "sample_result", "S09")
        states = [(one["procedure"], one["state"]) for one in log.cases()]

    assert (asked.value.code, asked.value.values["lifted_by"]) == ("case-guard", "declared_rule")
    assert states == [("sample_result", "final_fail")]
    assert audited(tmp_path).ok


def test_another_rapid_method_becomes_final_after_four_hours_and_asks_the_question(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        report = rapid_served(log, method="快速检测（胶体金法）")
        log.on(at("2026-08-05", 13, 0, 1))
        with pytest.raises(Invalid) as half:
            log.take(SAMPLE, "sample_result", "S09")
        outcome_with(log, log.step(SAMPLE, "sample_result", "S09"), report)
        states = [(one["procedure"], one["state"]) for one in log.cases()]

    assert half.value.code == "group-incomplete"
    assert states == [("sample_result", "final_fail"), ("trace_outcome", "raised")]
    assert audited(tmp_path).ok


def test_a_screening_that_a_laboratory_confirms_asks_the_question_and_a_rapid_retest_settles_nothing(
    tmp_path: Path,
) -> None:
    """农产品质量安全法 art. 51: the re-test is by no rapid method."""
    with told(tmp_path) as log:
        report = rapid_served(log, item="T-RAPID")
        log.on(at("2026-08-05", 12))
        log.take(SAMPLE, "sample_result", "S05", COOP, custody="platform")
        failed = {"retest_of": report, "conclusion": "fail", "cma_no": "CMA-示例-02"}
        rapid = {**failed, "items": [{"item": "T-RAPID", "value": "61", "unit": "%", "judgement": "fail"}]}
        lawful = {
            **failed,
            "items": [
                {"item": "氧乐果", "value": "0.3", "unit": "mg/kg", "judgement": "fail", "method": "GB 23200.113-2018"}
            ],
        }
        again = entry(log.say(BATCH, "retest_report", rapid, OTHER_LAB))
        with pytest.raises(Refused) as refused:
            outcome_with(log, log.step(SAMPLE, "sample_result", "S07", record=again), report)
        confirmed = entry(log.say(BATCH, "retest_report", lawful, OTHER_LAB))
        outcome_with(log, log.step(SAMPLE, "sample_result", "S07", record=confirmed), report)
        states = [(one["procedure"], one["state"]) for one in log.cases()]

    assert (refused.value.code, refused.value.values["lifted_by"]) == ("case-guard", "other_laboratory")
    assert states == [("sample_result", "final_fail"), ("trace_outcome", "raised")]
    assert audited(tmp_path).ok


def test_a_final_failure_without_the_case_that_follows_is_half_a_group(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        sampled(log)
        log.on(at("2026-08-13", 0))
        with pytest.raises(Invalid) as half:
            log.take(SAMPLE, "sample_result", "S08")

    assert half.value.code == "group-incomplete"


def test_nobody_handled_it_so_it_never_counts(tmp_path: Path) -> None:
    """30 working days after 2026-08-13: the worked Sunday 09-20 counts, so the last one is 2026-09-23."""
    with told(tmp_path) as log:
        became_final(log, sampled(log))
        log.on(at("2026-09-23", 23, 59, 59))
        with pytest.raises(Refused):
            log.take(OUTCOME, "trace_outcome", "T10")
        log.on(at("2026-11-01"))  # the server was off for weeks
        log.take(OUTCOME, "trace_outcome", "T10")
        state, records = log.case(OUTCOME)["state"], log.records()

    assert (state, records) == ("lapsed", [])
    assert audited(tmp_path).ok


# ---- the blacklist ----


PAPER = {
    "number": "亳市监处罚〔2026〕31号",
    "authority": "示例主管部门",
    "dated": "2026-08-10",
    "hash": paper_hash("paper"),
}


def proposed(log: Told, day: str = "2026-08-20") -> None:
    log.on(at(day))
    opening = log.opening(LISTING, "listing", authority=MARKET_OFFICE)
    log.begin(opening, "listing", "L01", ONE)


def listed(log: Told) -> None:
    """The calendar of credit.md 13: served 2026-09-22, closed by itself 10-01, decided 10-14, listed 2026-10-20."""
    proposed(log)
    log.on(at("2026-08-24"))
    log.take(LISTING, "listing", "L03", TWO)
    log.on(at("2026-09-22"))
    log.serve(LISTING, "D-LIST-NOTICE", ONE)
    log.take(LISTING, "listing", "L04", ONE)
    log.on(at("2026-10-12"))
    log.take(LISTING, "listing", "L08")
    log.take(LISTING, "listing", "L15", THREE)
    log.take(LISTING, "listing", "L18", TWO)
    log.on(at("2026-10-13"))
    log.take(LISTING, "listing", "L19", UPPER)
    log.on(at("2026-10-14"))
    log.take(LISTING, "listing", "L22", TWO)
    log.on(at("2026-10-16"))
    log.serve(LISTING, "D-LIST-DECISION", ONE)
    log.serve(LISTING, "D-REPAIR-NOTICE", ONE)
    log.take(LISTING, "listing", "L25", ONE)
    log.on(at("2026-10-20"))
    log.open_file()
    log.take(LISTING, "listing", "L27", THREE)


def test_a_listing_brings_its_record_and_its_measures_and_ends_with_its_term(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        listed(log)
        record, listing, measures = log.records()[0], log.listings()[0], log.measures()
        log.on(at("2029-10-20", 23, 59, 59))
        with pytest.raises(Refused) as early:
            log.take(LISTING, "listing", "L35")
        log.on(at("2029-11-05"))  # the server was off; the term ended all the same on its own day
        log.take(LISTING, "listing", "L35")
        after, ended, state = log.listings()[0], log.records()[0], log.case(LISTING)["state"]
        measures_after = log.measures()

    assert (record["item"], record["layer"], record["class"], record["period_rule"]) == (
        "P05",
        "public",
        "serious",
        "listing_date",
    )
    assert (listing["listed_on"], listing["removal_from"], listing["until"]) == (
        "2026-10-20",
        "2027-10-21",
        "2029-10-20",
    )
    assert (listing["list"], listing["decision_date"]) == ("市场监督管理严重违法失信名单", "2026-10-14")
    assert {code for code, _ in measures} == {"S01", "S02", "S03", "S04", "S07", "S08"}
    assert early.value.code == "case-too-early"
    assert (after["how"], after["ended_on"], ended["ended_on"], state) == (
        "expired",
        "2029-10-21",
        "2029-10-21",
        "expired",
    )
    assert {end for _, end in measures_after} == {"2029-10-21"}
    assert audited(tmp_path).ok


def test_a_listing_is_removed_after_a_year_on_application(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        listed(log)
        log.on(at("2027-10-20", 23, 59, 59))
        with pytest.raises(Refused) as early:
            log.take(LISTING, "listing", "L30", COOP, custody="platform")
        log.on(at("2027-10-21", 0))
        log.take(LISTING, "listing", "L30", COOP, custody="platform")
        log.on(at("2027-10-25"))
        log.take(LISTING, "listing", "L31", ONE)
        with pytest.raises(Refused) as same:
            log.take(LISTING, "listing", "L33", ONE)
        log.take(LISTING, "listing", "L33", TWO)
        listing, measures = log.listings()[0], log.measures()

    assert (early.value.code, early.value.values["lifted_by"]) == ("case-too-early", "2027-10-21")
    assert same.value.code == "case-same-person"
    assert (listing["how"], listing["ended_on"]) == ("removed", "2027-10-25")
    assert {end for _, end in measures} == {"2027-10-25"}
    assert audited(tmp_path).ok


def test_an_authority_without_a_list_power_is_refused_with_the_article(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        opening = log.opening(LISTING, "listing", authority=AUTHORITY)
        with pytest.raises(Refused) as refused:
            log.begin(opening, "listing", "L01", ONE)

    assert (refused.value.code, refused.value.values["lifted_by"]) == ("case-guard", "competent_basis")
    assert "P-GBF49" in str(refused.value.values["article"])


def test_a_penalty_is_entered_confirmed_served_and_shown_for_its_term(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        log.on(at("2026-08-12"))
        said = {"item": "P03", "class_basis": "一般", "legal_basis": "农产品质量安全法 第七十条", "paper": PAPER}
        log.begin(log.opening(PENALTY, "penalty_record"), "penalty_record", "P01", ONE, **said)
        with pytest.raises(Refused) as same:
            log.take(PENALTY, "penalty_record", "P05", ONE)
        log.take(PENALTY, "penalty_record", "P05", TWO)
        log.on(at("2026-08-14"))
        with pytest.raises(Refused) as unserved:
            log.take(PENALTY, "penalty_record", "P06", ONE)
        log.serve(PENALTY, "D-PUB-NOTICE", ONE)
        log.serve(PENALTY, "D-REPAIR-NOTICE", ONE)
        log.take(PENALTY, "penalty_record", "P06", ONE)
        log.open_file()
        log.on(at("2026-08-17"))
        log.take(PENALTY, "penalty_record", "P07", THREE)
        record = log.records()[0]
        log.on(at("2027-08-11", 0))
        log.take(PENALTY, "penalty_record", "P10")
        ended = log.records()[0]

    assert same.value.code == "case-same-person"
    assert unserved.value.values["lifted_by"] == "service_proven_two_papers"
    # Twelve months from the date of the document (发改办财金规〔2026〕36号 as told): 2026-08-10 to 2027-08-10, inclusive.
    assert (record["class"], record["published_from"], record["published_until"]) == (
        "general",
        "2026-08-17",
        "2027-08-10",
    )
    assert (ended["ended_on"], ended["how"]) == ("2027-08-11", "expired")
    assert audited(tmp_path).ok


def test_what_the_clock_enters_needs_a_file_to_stand_in_too(tmp_path: Path) -> None:
    """Twenty working days from 2026-08-10 end on 2026-09-07: then P08 is the clock's."""
    with told(tmp_path) as log:
        log.on(at("2026-08-12"))
        said = {"item": "P03", "class_basis": "一般", "legal_basis": "农产品质量安全法 第七十条", "paper": PAPER}
        log.begin(log.opening(PENALTY, "penalty_record"), "penalty_record", "P01", ONE, **said)
        log.take(PENALTY, "penalty_record", "P05", TWO)
        log.serve(PENALTY, "D-PUB-NOTICE", ONE)
        log.serve(PENALTY, "D-REPAIR-NOTICE", ONE)
        log.take(PENALTY, "penalty_record", "P06", ONE)
        log.on(at("2026-09-08", 0))
        with pytest.raises(Conflict) as fileless:
            log.take(PENALTY, "penalty_record", "P08")
        log.open_file()
        log.take(PENALTY, "penalty_record", "P08")
        (record,) = log.records()

    assert fileless.value.code == "no-credit-file"
    assert (record["item"], record["published_from"], record["published_until"]) == ("P03", None, None)
    assert audited(tmp_path).ok


# ---- who may not ----


@pytest.mark.parametrize(
    ("actor", "more", "code"),
    [
        (FAR, {}, "case-wrong-role"),  # an official of another region
        (COOP, {}, "case-wrong-role"),  # the subject itself
        (ONE, {"custody": "platform"}, "case-wrong-role"),  # the node's key instead of the official's
    ],
)
def test_who_holds_no_office_there_proposes_nobody(tmp_path: Path, actor: str, more: dict[str, Any], code: str) -> None:
    with told(tmp_path) as log:
        opening = log.opening(LISTING, "listing", authority=MARKET_OFFICE)
        with pytest.raises((Refused, Forbidden)) as refused:
            log.begin(opening, "listing", "L01", actor, **more)

    assert refused.value.code == code


def test_a_right_is_not_given_up_in_custody(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        proposed(log)
        log.take(LISTING, "listing", "L03", TWO)
        log.serve(LISTING, "D-LIST-NOTICE", ONE)
        log.take(LISTING, "listing", "L04", ONE)
        with pytest.raises(Forbidden) as custody:
            log.take(LISTING, "listing", "L07", COOP, custody="platform")
        log.take(LISTING, "listing", "L07", COOP)
        state = log.case(LISTING)["state"]

    assert (custody.value.code, state) == ("own-key-needed", "defence_closed")


def test_a_first_step_signed_for_another_opening_is_refused(tmp_path: Path) -> None:
    """Whoever runs the server cannot put what an official signed under another subject."""
    with told(tmp_path) as log:
        meant = log.opening(LISTING, "listing", authority=MARKET_OFFICE)
        step = first_of_case(log, meant, "listing", "L01", ONE)
        other = log.opening(LISTING, "listing", authority=MARKET_OFFICE, subject=LAB)
        with pytest.raises(DomainError) as refused:
            log.log(other, step)

    assert (refused.value.code, refused.value.faults[0].pointer) == ("bad-reference", "/payload/opens")


def test_two_repairs_of_one_record_at_once_are_one_too_many(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        recorded(log)
        record = log.records()[0]["id"]
        log.begin(log.opening(REPAIR, "repair", target=record), "repair", "X01", COOP, custody="platform")
        second = log.opening("repair2".ljust(22, "y"), "repair", target=record)
        with pytest.raises(Conflict) as refused:
            log.begin(second, "repair", "X01", COOP, custody="platform")

    assert refused.value.code == "case-open-already"


def test_entries_of_cases_and_files_link_to_nothing(tmp_path: Path) -> None:
    from trace.ledger.entry import parse_entry
    from trace.ledger.sqlite import reading

    with told(tmp_path) as log:
        recorded(log)
    with reading(tmp_path / "suxin.db") as reads:
        rows = list(reads.rows(0, reads.count("entry")))
    entries = [parse_entry(row.entry) for row in rows]
    sealed = {SAMPLE, OUTCOME, FILE}

    assert all(not one.links for one in entries if one.chain in sealed)
    assert not [link for one in entries for link in one.links if link.chain in sealed]


# ---- at the market gate ----------------------------------------------------------------------------------------------


def admission(log: Told, **more: Any) -> Receipt:
    payload = {"decision": "admitted", "market": "示例市场", "quantity": {"value": "10", "unit": "kg"}, **more}
    return log.say(SECOND_BATCH, "market_admission", payload, MARKET)


def with_second_batch(log: Told) -> None:
    """Another batch of the same co-op, clean, with its own certificate; a market that may let it in."""
    log.on(at("2026-08-25"))
    log.say(
        MARKET,
        "party_registered",
        {"name": "示例市场", "legal_form": "enterprise", "roles": ["market"], "region": "341602"},
    )
    log.say(MARKET, "key_added", {"key": KEYS[MARKET].did, "authenticated": "in person"})
    log.say(
        SECOND_BATCH,
        "batch_opened",
        {"product": "HB-BS", "quantity": {"value": "50", "unit": "kg"}, "township": "十河镇"},
        COOP,
    )


PAPERS = [{"type": "承诺达标合格证", "number": "1"}]


def test_the_gate_asks_for_a_test_while_the_record_stands_and_admits_with_it(tmp_path: Path) -> None:
    """S08 (农产品质量安全法 art. 37; 食品安全法 art. 64): never a refusal for a record alone."""
    with told(tmp_path) as log:
        recorded(log)
        with_second_batch(log)
        with pytest.raises(Refused) as untested:
            admission(log, proofs=PAPERS)
        tested = admission(log, proofs=PAPERS, test={"method": "rapid", "result": "pass"})

    assert (untested.value.code, untested.value.values["reasons"]) == ("market-entry-refused", ["test-before-entry"])
    assert tested.index > 0
    assert audited(tmp_path).ok


def test_the_gate_takes_papers_again_once_the_record_was_repaired(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        recorded(log)
        repaired(log)
        with_second_batch(log)
        log.on(at("2026-09-04"))
        admitted = admission(log, proofs=PAPERS)

    assert admitted.index > 0


def test_a_listing_alone_keeps_nobody_out_of_the_market(tmp_path: Path) -> None:
    """Measures do, and S08 asks for a test and no more (design: listings do not block trade)."""
    with told(tmp_path) as log:
        listed(log)
        with_second_batch(log.on(at("2026-10-21")))
        log.on(at("2026-10-21"))
        admitted = admission(log, proofs=PAPERS, test={"method": "rapid", "result": "pass"})

    assert admitted.index > 0
