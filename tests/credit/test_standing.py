"""Nobody is refused without a decision in force, a failed sample asks for a test, and no reason betrays a record."""

from dataclasses import asdict
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.reference.measures import measures
from credit.standing import MeasureStanding, standing_of
from trace.standing import AsksStanding, Standing, StandingAct, StandingCode, StandingReason

from .rows import Row, measure_row

AT = datetime.fromisoformat("2026-11-30T10:00:00+08:00")
ADMIT, SELL = StandingAct.ADMIT, StandingAct.SELL


def asked(*rows: Row, act: StandingAct = ADMIT, at: datetime = AT, party: str = "party") -> Standing:
    asks: AsksStanding = standing_of(rows, ["party"], 500)
    return asks.may(party, act, None, at)


def test_of_an_unknown_party_nothing_is_known_and_it_is_allowed() -> None:
    assert asked(party="stranger") == Standing(True, StandingCode.UNKNOWN, (), (), 500)


def test_a_party_under_no_measure_is_free() -> None:
    assert asked() == Standing(True, StandingCode.FREE, (), (), 500)


def test_a_failed_sample_asks_for_a_test_before_entry_and_never_refuses() -> None:
    found = asked(measure_row("S08", "2026-11-01", basis="L-APQSL 37; L-FSL 64"))

    assert (found.allowed, found.code, found.must_do) == (True, StandingCode.CONDITIONAL, ("test_before_entry",))
    assert found.reasons == (StandingReason("S08", "L-APQSL 37; L-FSL 64", None, None, None),)


def test_a_condition_does_not_say_whether_a_sample_or_a_listing_is_behind_it() -> None:
    sample = measure_row("S08", "2026-11-01", records="file/3")
    listing = measure_row("S08", "2026-10-01", records="file/5", until="2029-10-01", decision_no="谯市监列〔2026〕1号")

    assert asked(sample) == asked(listing) == asked(sample, listing)


def test_a_restriction_refuses_with_its_decision_its_last_day_and_what_lifts_it() -> None:
    row = measure_row("S09", "2026-10-20", decision_no="谯市监罚〔2026〕7号", until="2029-10-20", basis="P-SAMR44")

    found = asked(row)

    assert (found.allowed, found.code) == (False, StandingCode.RESTRICTED)
    assert found.reasons == (
        StandingReason("S09", "P-SAMR44", "谯市监罚〔2026〕7号", "2029-10-20", "listing-or-restriction-ends"),
    )


@pytest.mark.parametrize(
    ("at", "allowed"),
    [
        ("2026-10-19T23:59:59+08:00", True),
        ("2026-10-20T00:00:00+08:00", False),
        ("2029-10-20T15:59:59Z", False),
        ("2029-10-20T16:00:00Z", True),
    ],
)
def test_a_restriction_refuses_exactly_on_its_days(at: str, allowed: bool) -> None:
    row = measure_row("S09", "2026-10-20", decision_no="谯市监罚〔2026〕7号", until="2029-10-20")

    assert asked(row, at=datetime.fromisoformat(at)).allowed is allowed


def test_a_bar_on_a_trade_refuses_its_sales_and_not_the_entry_of_goods() -> None:
    row = measure_row("S06", "2026-10-20", decision_no="谯市监罚〔2026〕7号")

    assert [asked(row, act=act).allowed for act in StandingAct] == [act is not SELL for act in StandingAct]


def test_without_a_decision_number_nothing_is_refused() -> None:
    assert asked(measure_row("S09", "2026-10-20"), measure_row("S06", "2026-10-20")).allowed


def test_a_suspended_own_promise_asks_for_a_test_of_each_batch() -> None:
    found = asked(measure_row("S07", "2026-10-20"), act=StandingAct.SELF_CERTIFY)

    assert (found.allowed, found.must_do) == (True, ("test_each_batch",))


@pytest.mark.parametrize("act", StandingAct)
def test_key_supervision_says_nothing_here(act: StandingAct) -> None:
    assert asked(measure_row("S01", "2026-10-20"), act=act) == asked(act=act)


def test_a_past_state_does_not_know_what_was_started_later() -> None:
    rows = [measure_row("S08", "2026-11-01", index=501)]

    assert standing_of(rows, ["party"], 500).may("party", ADMIT, None, AT).code is StandingCode.FREE
    assert standing_of(rows, ["party"], 501).may("party", ADMIT, None, AT).code is StandingCode.CONDITIONAL


def test_another_party_s_measure_is_not_one_s_own() -> None:
    rows = [measure_row("S08", "2026-11-01", subject="neighbour")]

    assert standing_of(rows, ["party", "neighbour"], 500).may("party", ADMIT, None, AT).code is StandingCode.FREE


CELLS = st.dates(datetime(2026, 1, 1, tzinfo=AT.tzinfo).date(), AT.date()).map(lambda day: day.isoformat())
measure_rows = st.lists(
    st.builds(
        lambda code, since, until, number, ended: measure_row(
            code, since, until=until, decision_no=number, ended_on=ended
        ),
        st.sampled_from(sorted(measures())),
        CELLS,
        st.none() | CELLS,
        st.none() | st.just("谯市监罚〔2026〕7号"),
        st.none() | CELLS,
    ),
    max_size=8,
)


@given(rows=measure_rows, act=st.sampled_from(StandingAct))
def test_a_refusal_always_names_a_decision_in_force_of_a_measure_that_blocks_trade(
    rows: list[Row], act: StandingAct
) -> None:
    found = asked(*rows, act=act)

    if not found.allowed:
        assert found.reasons
        for reason in found.reasons:
            assert measures()[reason.measure].blocks_trade
            standing = [
                row
                for row in rows
                if (row["measure"], row["decision_no"]) == (reason.measure, reason.decision_no)
                and row["starts_on"] <= "2026-11-30"
                and (row["until"] is None or row["until"] >= "2026-11-30")
                and row["ended_on"] is None
            ]
            assert standing
    assert found == asked(*rows, act=act)


@given(rows=measure_rows, act=st.sampled_from(StandingAct))
def test_no_record_and_no_file_leaves_the_wing(rows: list[Row], act: StandingAct) -> None:
    found = asked(*[{**row, "records": "file/77", "file": "file-66", "scope": "scope-55"} for row in rows], act=act)

    assert not any(word in str(asdict(found)) for word in ("file/77", "file-66", "scope-55"))


def test_the_wing_answers_what_trace_asks() -> None:
    asks: AsksStanding = MeasureStanding(frozenset(), {}, 0)

    assert asks.may("anybody", SELL, "place", AT).code is StandingCode.UNKNOWN
