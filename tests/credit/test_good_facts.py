"""Good records are earned once, months only when closed, and who tells the truth never stands below who keeps silent."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.files import rate
from credit.good_facts import RULED_ITEMS, Facts, good_facts
from credit.reference.catalogue import catalogue
from credit.subjects import Subject
from trace.ledger.canonical import encode

from .rows import Row, record_row

PARTY, LABORATORY, MARKET = "party", "laboratory", "market"
COOP = Subject(PARTY, "co-op", frozenset({"grower"}), "93341602MA2N00000X")
SAMPLE = {"chain": "batch", "seq": 3, "leaf": "11" * 32}


def fact(
    kind: str, occurred: str, received: str | None = None, *, seq: int = 1, actor: str = PARTY, **said: Any
) -> Row:
    """A row of `record` as the projection writes it."""
    return {
        "id": f"batch/{seq}",
        "chain": "batch",
        "topic": f"batch/{kind}",
        "statement": f"urn:uuid:{seq}",
        "index": seq,
        "leaf": "22" * 32,
        "kind": kind,
        "actor": actor,
        "occurred_at": f"{occurred}T09:00:00+08:00",
        "received": f"{received or occurred}T10:00:00+08:00",
        "payload": encode(said).decode(),
        "is_void": False,
    }


def report(occurred: str, kind: str, conclusion: str, *, seq: int = 1, **said: Any) -> Row:
    row = fact("lab_report", occurred, seq=seq, actor=LABORATORY, report_kind=kind, conclusion=conclusion, **said)
    return {**row, "index": seq}


def admission(occurred: str, decision: str, *, seq: int = 1, **said: Any) -> Row:
    return fact("market_admission", occurred, seq=seq, actor=MARKET, decision=decision, **said)


def hold(placed_on: str) -> Row:
    return {"id": "batch/9", "batch": "batch", "placed_at": f"{placed_on}T10:00:00+08:00", "released": None}


def earned(facts: Facts, on: str, entered: list[Row] | None = None) -> list[tuple[str, str]]:
    return [(one["item"], one["anchor"]) for one in good_facts(facts, entered or [], date.fromisoformat(on))]


def as_rows(payloads: tuple[dict[str, Any], ...], recorded: date, start: int) -> list[Row]:
    """The rows of `credit_record` that these payloads become."""
    return [
        record_row(
            one["item"],
            one["anchor"],
            id=f"file/{start + n}",
            index=start + n,
            recorded=recorded.isoformat(),
            rule=one["rule"],
            source=f"{one['source']['chain']}/{one['source']['seq']}",
        )
        for n, one in enumerate(payloads)
    ]


OCTOBER = Facts(own=(fact("input_use", "2026-10-05"), fact("harvest", "2026-10-20", "2026-10-26", seq=2)))


@pytest.mark.parametrize(("on", "months"), [("2026-11-07", []), ("2026-11-08", [("G01", "2026-10-31")])])
def test_a_month_earns_when_none_of_its_records_can_come_in_time_any_more(on: str, months: list[Any]) -> None:
    """A record of 31 October is in time until 7 November."""
    assert earned(OCTOBER, on) == months


def test_a_good_record_says_what_the_file_wants_to_know() -> None:
    (payload,) = good_facts(OCTOBER, [], date(2026, 11, 8))

    assert payload == {
        "item": "G01",
        "catalogue": "credit_catalogue@1",
        "direction": "good",
        "layer": "sector",
        "source": {"chain": "batch", "seq": 2, "leaf": "22" * 32},
        "rule": "G01@1",
        "legal_basis": "L-APQSL 27; L-PEST 26-27",
        "anchor": "2026-10-31",
    }


def test_a_month_is_counted_in_shanghai() -> None:
    """17:00 UTC of 31 October is 1 November there."""
    row = {**fact("harvest", "2026-10-31"), "occurred_at": "2026-10-31T17:00:00Z", "received": "2026-10-31T18:00:00Z"}

    assert earned(Facts(own=(row,)), "2026-12-08") == [("G01", "2026-11-30")]


def test_a_month_without_a_record_or_with_late_ones_alone_earns_nothing() -> None:
    late = fact("input_use", "2026-10-05", "2026-10-13")

    assert earned(Facts(), "2026-12-31") == []
    assert earned(Facts(own=(late,)), "2026-12-31") == []


def test_a_late_record_that_its_party_tells_takes_nothing_away() -> None:
    """Were the month lost by it, silence would have paid."""
    late = fact("input_use", "2026-10-05", "2026-10-25", seq=3)

    assert earned(replace(OCTOBER, own=(*OCTOBER.own, late)), "2026-11-08") == earned(OCTOBER, "2026-11-08")


@pytest.mark.parametrize(
    ("occurred", "received", "in_time"),
    [
        ("2026-10-05T09:00:00+08:00", "2026-10-12T09:00:00+08:00", True),
        ("2026-10-05T09:00:00+08:00", "2026-10-12T09:00:01+08:00", False),
        ("2026-10-05T09:00:00+08:00", "2026-10-12T01:00:00Z", True),
    ],
)
def test_in_time_is_a_week_to_the_second(occurred: str, received: str, in_time: bool) -> None:
    row = {**fact("harvest", "2026-10-05"), "occurred_at": occurred, "received": received}

    assert bool(earned(Facts(own=(row,)), "2026-11-30")) is in_time


@pytest.mark.parametrize("item", ["N04", "N05", "N06"])
def test_a_month_of_which_somebody_else_found_something_missing_is_not_complete(item: str) -> None:
    found = record_row(item, "2026-10-12")

    assert earned(OCTOBER, "2026-11-30", [found]) == []
    assert earned(OCTOBER, "2026-11-30", [{**found, "anchor": "2026-09-12"}]) == [("G01", "2026-10-31")]
    annulled = {**found, "ended_on": "2026-11-20", "how": "annulled"}
    assert earned(OCTOBER, "2026-11-30", [annulled]) == [("G01", "2026-10-31")]


def test_other_kinds_of_records_make_no_complete_month() -> None:
    assert earned(Facts(own=(fact("planting", "2026-10-05"), fact("loss", "2026-10-06", seq=2))), "2026-11-30") == []


@pytest.mark.parametrize("kind", ["self", "entrusted"])
def test_an_own_test_that_passed_earns(kind: str) -> None:
    assert earned(Facts(reports=(report("2026-08-15", kind, "pass"),)), "2026-08-15") == [("G03", "2026-08-15")]


def test_an_own_test_that_failed_earns_the_same_points_once_its_goods_are_held() -> None:
    facts = Facts(reports=(report("2026-08-15", "self", "fail"),), holds=(hold("2026-08-15"),))
    first = date(2026, 2, 1)

    failed = as_rows(good_facts(facts, [], date(2026, 8, 15)), date(2026, 8, 16), 1)
    passed = as_rows(
        good_facts(Facts(reports=(report("2026-08-15", "self", "pass"),)), [], date(2026, 8, 15)), date(2026, 8, 16), 1
    )

    assert [row["item"] for row in failed] == ["G04"]
    ratings = [rate(COOP, first, rows, date(2026, 9, 1)) for rows in (failed, passed)]
    assert ratings[0] is not None
    assert ratings[1] is not None
    assert ratings[0].score == ratings[1].score
    assert ratings[0].score.score == 7520


@pytest.mark.parametrize("held", [(), (hold("2026-08-16"),), ({**hold("2026-08-15"), "batch": "other"},)])
def test_a_failed_test_whose_goods_were_not_held_that_day_earns_nothing(held: tuple[Row, ...]) -> None:
    assert earned(Facts(reports=(report("2026-08-15", "self", "fail"),), holds=held), "2026-08-31") == []


@pytest.mark.parametrize("kind", ["monitoring", "rapid", "market", "retest"])
@pytest.mark.parametrize("conclusion", ["pass", "fail"])
def test_monitoring_and_rapid_tests_neither_earn_nor_cost(kind: str, conclusion: str) -> None:
    facts = Facts(reports=(report("2026-08-15", kind, conclusion, sample=SAMPLE),), holds=(hold("2026-08-15"),))

    assert earned(facts, "2026-12-31") == []


def test_a_supervision_sample_that_passed_earns_if_an_official_drew_it() -> None:
    drawn = report("2026-06-10", "supervision", "pass", sample=SAMPLE)

    assert earned(Facts(reports=(drawn,)), "2026-06-10") == [("G05", "2026-06-10")]
    assert earned(Facts(reports=(report("2026-06-10", "supervision", "pass"),)), "2026-06-10") == []
    assert earned(Facts(reports=(report("2026-06-10", "supervision", "fail", sample=SAMPLE),)), "2026-06-10") == []


@pytest.mark.parametrize("conclusion", ["no-judgement", None])
def test_a_report_without_a_conclusion_proves_nothing(conclusion: str | None) -> None:
    row = report("2026-08-15", "self", "pass")
    said = json.loads(row["payload"]) | {"conclusion": conclusion}
    said = {name: value for name, value in said.items() if value is not None}

    assert earned(Facts(reports=({**row, "payload": encode(said).decode()},)), "2026-08-31") == []


def test_one_report_on_three_batches_earns_once() -> None:
    first, second, third = (report("2026-08-15", "self", "pass", seq=n, report_no="A-17") for n in (4, 5, 6))
    other = report("2026-08-15", "self", "pass", seq=7, report_no="A-18")

    assert earned(Facts(reports=(second, first, other)), "2026-08-15") == [("G03", "2026-08-15")] * 2
    entered = as_rows(good_facts(Facts(reports=(first, second)), [], date(2026, 8, 15)), date(2026, 8, 16), 1)
    assert earned(Facts(reports=(first, second, third)), "2026-08-31", entered) == []


def test_a_report_that_shows_a_pass_and_a_held_failure_is_one_test() -> None:
    passed = report("2026-08-15", "self", "pass", seq=4, report_no="A-17")
    failed = report("2026-08-15", "self", "fail", seq=5, report_no="A-17")

    facts = Facts(reports=(passed, failed), holds=(hold("2026-08-15"),))
    assert earned(facts, "2026-08-31") == [("G03", "2026-08-15")]


@pytest.mark.parametrize(
    ("decisions", "clean"),
    [
        (["admitted"], True),
        (["admitted", "admitted"], True),
        (["test-first", "admitted"], True),
        (["test-first"], False),
        (["admitted", "refused"], False),
        ([], False),
    ],
)
def test_a_month_of_market_checks_is_clean_if_goods_came_in_and_none_was_turned_away(
    decisions: list[str], clean: bool
) -> None:
    rows = tuple(admission(f"2026-10-{n:02}", one, seq=n) for n, one in enumerate(decisions, 1))

    assert earned(Facts(admissions=rows), "2026-11-08") == ([("G06", "2026-10-31")] if clean else [])
    assert earned(Facts(admissions=rows), "2026-11-07") == []


def test_a_failed_test_at_the_gate_makes_no_clean_month() -> None:
    rows = (admission("2026-10-05", "admitted"), admission("2026-10-06", "test-first", seq=2, test={"result": "fail"}))

    assert earned(Facts(admissions=rows), "2026-11-08") == []


def test_what_was_entered_and_taken_away_is_not_earned_again() -> None:
    entered = as_rows(good_facts(OCTOBER, [], date(2026, 11, 8)), date(2026, 11, 9), 1)
    ended = [{**row, "ended_on": "2026-11-20", "how": "annulled"} for row in entered]

    assert earned(OCTOBER, "2026-12-31", entered) == earned(OCTOBER, "2026-12-31", ended) == []


def test_a_day_knows_only_what_had_come_by_then() -> None:
    late = report("2026-08-15", "self", "pass")
    late = {**late, "received": "2026-09-01T10:00:00+08:00"}

    assert earned(Facts(reports=(late,)), "2026-08-31") == []
    assert earned(Facts(reports=(late,)), "2026-09-01") == [("G03", "2026-08-15")]


def test_every_rule_earns_a_good_sector_item_that_the_catalogue_leaves_to_a_rule() -> None:
    for code in RULED_ITEMS:
        item = catalogue()[code]
        assert (item.direction, item.layer, item.confirm_rule) == ("good", "sector", "rule")


def test_what_asks_for_gates_and_certificates_that_are_not_built_is_not_earned() -> None:
    """A quarter of a part of the gates (G02) is none of all of them; certificates (G07) are not issued here yet."""
    assert not RULED_ITEMS & {"G02", "G07"}


FIRST, LAST = date(2026, 3, 1), date(2026, 8, 31)
days = st.dates(FIRST, LAST)
own_facts = st.builds(
    lambda kind, day, late: ("own", kind, day, late),
    st.sampled_from(("input_use", "harvest")),
    days,
    st.integers(0, 20),
)
own_tests = st.builds(
    lambda kind, conclusion, day, is_held: ("test", kind, conclusion, day, is_held),
    st.sampled_from(("self", "entrusted", "monitoring", "rapid")),
    st.sampled_from(("pass", "fail")),
    days,
    st.booleans(),
)
gates = st.builds(lambda decision, day: ("gate", decision, day), st.sampled_from(("admitted", "refused")), days)
truths = own_facts | own_tests


def told(stories: list[Any]) -> Facts:
    """Facts from short stories; each has its own place in the log."""
    own: list[Row] = []
    reports: list[Row] = []
    admissions: list[Row] = []
    holds: list[Row] = []
    for seq, story in enumerate(stories, 1):
        match story:
            case ("own", kind, day, late):
                own.append(fact(kind, day.isoformat(), (day + timedelta(late)).isoformat(), seq=seq))
            case ("test", kind, conclusion, day, is_held):
                reports.append({**report(day.isoformat(), kind, conclusion, seq=seq), "chain": f"batch-{seq}"})
                if is_held:
                    holds.append({**hold(day.isoformat()), "batch": f"batch-{seq}"})
            case ("gate", decision, day):
                admissions.append(admission(day.isoformat(), decision, seq=seq))
    return Facts(tuple(own), tuple(reports), tuple(admissions), tuple(holds))


def entered_daily(facts: Facts, until: date, step: int = 9) -> list[Row]:
    """The file that a run every few days makes."""
    entered: list[Row] = []
    day = FIRST
    while day <= until:
        entered += as_rows(good_facts(facts, entered, day), day, len(entered) + 1)
        day += timedelta(step)
    return entered


@given(stories=st.lists(truths | gates, max_size=8), truth=truths, on=st.dates(FIRST, date(2027, 3, 1)))
def test_one_more_true_record_never_lowers_the_score(stories: list[Any], truth: Any, on: date) -> None:
    """In time or late, passed or failed, held or not: who tells it stands no lower than who does not."""
    silent, honest = (entered_daily(told(known), on) for known in (stories, [*stories, truth]))

    scores = [rate(COOP, FIRST, rows, on) for rows in (silent, honest)]
    assert scores[0] is not None
    assert scores[1] is not None
    assert scores[1].score.score >= scores[0].score.score
    assert scores[1].score.grade <= scores[0].score.grade


@given(stories=st.lists(truths | gates, max_size=8), step=st.integers(1, 40))
def test_however_often_the_run_comes_the_same_is_earned_once(stories: list[Any], step: int) -> None:
    facts, until = told(stories), date(2026, 12, 31)

    rows = entered_daily(facts, until, step)
    rows += as_rows(good_facts(facts, rows, until), until, len(rows) + 1)

    at_once = {(one["item"], one["anchor"], one["source"]["seq"]) for one in good_facts(facts, [], until)}
    assert sorted((row["item"], row["anchor"]) for row in rows) == sorted((item, anchor) for item, anchor, _ in at_once)


@given(stories=st.lists(truths | gates, max_size=8), on=st.dates(FIRST, date(2026, 12, 31)))
def test_no_month_is_earned_before_it_is_closed(stories: list[Any], on: date) -> None:
    for item, anchor in earned(told(stories), on.isoformat()):
        if item in ("G01", "G06"):
            assert datetime.fromisoformat(anchor).date() + timedelta(8) <= on
