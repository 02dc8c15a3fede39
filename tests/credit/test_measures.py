"""Measures start for those whom they are for, with their basis, and end with the last record that holds them."""

from datetime import date

import pytest

from credit.measures import Ending, Occasion, Restriction, is_in_force, measures_ending, measures_starting
from credit.reference.measures import Trigger, measures
from credit.subjects import Subject

from .rows import Row, measure_row, record_row

ON, UNTIL = date(2026, 10, 20), date(2029, 10, 20)
LISTED = Occasion(Trigger.LISTED, ON, "341602", UNTIL, "谯市监列〔2026〕1号")
BARRED = Restriction("谯市监罚〔2026〕7号", date(2026, 10, 1), date(2031, 9, 30))
COMPANY = Subject("p", "enterprise", frozenset({"processor"}), "91341600MA2N00000X")
HOUSEHOLD = Subject("p", "household", frozenset({"grower", "purchaser"}))
SHOP = Subject("p", "individual-business", frozenset({"retailer"}))


def day(text: str) -> date:
    return date.fromisoformat(text)


def codes(occasion: Occasion, subject: Subject) -> list[str]:
    return [payload["measure"] for payload in measures_starting(occasion, subject)]


def test_a_listing_brings_its_measures_and_none_that_blocks_trade() -> None:
    started = codes(LISTED, COMPANY)

    assert started == ["S01", "S02", "S03", "S04", "S07", "S08"]
    assert not any(measures()[code].blocks_trade for code in started)


@pytest.mark.parametrize("barred", [None, BARRED])
def test_nothing_that_blocks_trade_rests_on_a_failed_sample(barred: Restriction | None) -> None:
    """So a temporary repair (X31), which is never about a listing, finds no measure to lift."""
    started = codes(Occasion(Trigger.FAILED_SAMPLE, ON, "341602", UNTIL, None, barred), COMPANY)

    assert started == ["S08"]
    assert not measures()["S08"].blocks_trade


@pytest.mark.parametrize("subject", [HOUSEHOLD, SHOP])
def test_a_household_keeps_its_own_promise_even_where_it_buys_up(subject: Subject) -> None:
    """S07 is for 企业 合作社 收购者, never for a household."""
    assert codes(LISTED, subject) == ["S01", "S02", "S03", "S04", "S08"]


def test_whoever_buys_up_and_is_no_household_tests_each_batch() -> None:
    assert "S07" in codes(LISTED, Subject("p", "individual-business", frozenset({"purchaser"})))


def test_a_statutory_restriction_brings_what_blocks_trade_with_its_own_decision_number() -> None:
    occasion = Occasion(Trigger.LISTED, ON, "341602", UNTIL, "谯市监列〔2026〕1号", BARRED)

    started = {payload["measure"]: payload for payload in measures_starting(occasion, COMPANY)}

    assert list(started) == ["S01", "S02", "S03", "S04", "S06", "S07", "S08", "S09"]
    assert (started["S06"]["decision_no"], started["S06"]["until"]) == ("谯市监罚〔2026〕7号", "2031-09-30")
    assert (started["S09"]["decision_no"], started["S09"]["until"]) == ("谯市监罚〔2026〕7号", "2029-10-20")
    assert started["S08"]["decision_no"] == "谯市监列〔2026〕1号"


@pytest.mark.parametrize(
    ("since", "until", "bars"),
    [
        ("2026-10-20", "2026-10-20", True),
        ("2026-10-21", None, False),
        ("2021-10-19", "2026-10-19", False),
        ("2021-10-19", None, True),
    ],
)
def test_a_restriction_bars_only_while_it_is_in_force(since: str, until: str | None, bars: bool) -> None:
    restriction = Restriction("x", day(since), None if until is None else day(until))
    occasion = Occasion(Trigger.LISTED, ON, "341602", UNTIL, "y", restriction)

    assert ({"S06", "S09"} <= set(codes(occasion, COMPANY))) is bars
    assert bool({"S06", "S09"} & set(codes(occasion, COMPANY))) is bars


def test_public_money_is_limited_only_by_a_list_of_measures_in_force() -> None:
    occasion = Occasion(Trigger.LISTED, ON, "341602", UNTIL, "y", on_measures_list=frozenset({"S05"}))

    assert codes(occasion, COMPANY) == ["S01", "S02", "S03", "S04", "S05", "S07", "S08"]


def test_a_failed_sample_brings_a_test_at_the_gate_and_nothing_more() -> None:
    occasion = Occasion(Trigger.FAILED_SAMPLE, ON, "341602", UNTIL)

    assert measures_starting(occasion, HOUSEHOLD) == (
        {
            "measure": "S08",
            "basis": "L-APQSL 37; L-FSL 64",
            "scope": "admission answer says: test before entry; "
            "never a refusal for grade, listing or record alone; market; 341602",
            "starts_on": "2026-10-20",
            "until": "2029-10-20",
        },
    )


def test_another_authority_s_listing_only_informs() -> None:
    assert codes(Occasion(Trigger.IMPORTED, ON, "341602", UNTIL), COMPANY) == ["S10"]


def test_every_measure_has_its_basis_and_its_dates() -> None:
    for payload in measures_starting(LISTED, COMPANY):
        assert payload["basis"] == measures()[payload["measure"]].basis != ""
        assert (payload["starts_on"], payload["until"]) == ("2026-10-20", "2029-10-20")


def records(**ends: str | None) -> dict[str, Row]:
    return {id: record_row("N09", "2026-07-03", id=id, ended_on=end) for id, end in ends.items()}


def test_a_measure_on_two_records_ends_with_the_last_of_them() -> None:
    row = measure_row("S08", "2026-07-03", id="m", records="a b")

    assert measures_ending([row], records(a="2026-12-10", b=None), day("2027-06-01")) == ()
    assert measures_ending([row], records(a="2026-12-10"), day("2027-06-01")) == ()
    both = records(a="2026-12-10", b="2027-01-15")
    assert measures_ending([row], both, day("2027-01-14")) == ()
    assert measures_ending([row], both, day("2027-01-15")) == (Ending("m", day("2027-01-15")),)


def test_a_measure_ends_the_day_after_its_last_day_though_its_record_stands() -> None:
    row = measure_row("S08", "2026-07-03", id="m", records="a", until="2029-07-03")

    assert measures_ending([row], records(a=None), day("2029-07-03")) == ()
    assert measures_ending([row], records(a=None), day("2029-09-01")) == (Ending("m", day("2029-07-04")),)


def test_what_has_ended_does_not_end_again() -> None:
    row = measure_row("S08", "2026-07-03", records="a", until="2029-07-03", ended_on="2026-12-10")

    assert measures_ending([row], records(a="2026-12-10"), day("2030-01-01")) == ()


@pytest.mark.parametrize(
    ("on", "holds"),
    [("2026-07-02", False), ("2026-07-03", True), ("2029-07-03", True), ("2029-07-04", False)],
)
def test_a_measure_holds_from_its_first_day_through_its_last(on: str, holds: bool) -> None:
    assert is_in_force(measure_row("S08", "2026-07-03", until="2029-07-03"), day(on)) is holds


def test_an_ended_measure_holds_until_the_day_before() -> None:
    row = measure_row("S08", "2026-07-03", ended_on="2026-12-10")

    assert [is_in_force(row, day(on)) for on in ("2026-12-09", "2026-12-10")] == [True, False]
