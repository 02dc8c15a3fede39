"""Periods end on the day the law says, the layers never mix, and a past day knows only what was known."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.records import (
    Repair,
    Viewer,
    as_known_on,
    is_live,
    is_shown,
    may_ground_listing,
    period_of,
    repair_of,
    view_for,
)
from credit.reference.catalogue import catalogue
from credit.subjects import Subject

from .rows import Row, record_row

COMPANY = Subject("party", "enterprise", frozenset({"processor"}), "91341600MA2N00000X")
HOUSEHOLD = Subject("party", "household", frozenset({"grower"}))
FARM = Subject("party", "family-farm", frozenset({"farm"}))
DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))
cells = DAYS.map(date.isoformat)
rows = st.lists(
    st.builds(
        lambda item, anchor, since, until, ended, paused, recorded: record_row(
            item,
            anchor,
            recorded=recorded,
            published_from=since,
            published_until=until,
            ended_on=ended,
            how=ended and "repaired",
            paused=paused,
        ),
        st.sampled_from(sorted(catalogue())),
        cells,
        st.none() | cells,
        st.none() | cells,
        st.none() | cells,
        st.booleans(),
        cells,
    ),
    max_size=12,
)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("item", "start", "last"),
    [
        ("P02", "2026-07-03", "2026-10-03"),
        ("P03", "2026-07-03", "2027-07-03"),
        ("P04", "2026-07-03", "2029-07-03"),
        ("P05", "2026-10-20", "2029-10-20"),
        ("P02", "2026-11-30", "2027-02-28"),
        ("P02", "2027-11-30", "2028-02-29"),
        ("P03", "2028-02-29", "2029-02-28"),
        ("P01", "2026-07-03", None),
        ("N09", "2026-07-03", None),
        ("G11", "2026-03-01", None),
    ],
)
def test_publicity_lasts_3_12_or_36_months_and_its_last_day_counts(item: str, start: str, last: str | None) -> None:
    found = period_of(catalogue()[item], day(start))

    assert found.start == day(start)
    assert found.published_until == (last and day(last))


def test_a_period_names_its_rule_and_the_end_of_a_record_s_life() -> None:
    penalty, sample = period_of(catalogue()["P03"], day("2026-07-03")), period_of(catalogue()["N09"], day("2026-07-03"))

    assert (penalty.rule, penalty.kept_until) == ("document_date", day("2031-07-03"))
    assert (sample.rule, sample.kept_until) == ("final_on", day("2029-07-03"))


@pytest.mark.parametrize(
    ("item", "start", "repair"),
    [
        ("P03", "2026-07-03", Repair("repair", "apply_general", day("2026-10-04"))),
        ("P04", "2026-07-03", Repair("repair", "apply_serious", day("2027-07-04"))),
        ("P05", "2026-10-20", Repair("listing", "apply_removal", day("2027-10-21"))),
        ("P02", "2026-07-03", Repair("repair", "apply_minor", day("2026-07-03"))),
        ("N09", "2026-07-03", Repair("repair", "apply_minor", day("2026-07-03"))),
        ("P03", "2026-11-30", Repair("repair", "apply_general", day("2027-03-01"))),
    ],
)
def test_repair_may_be_asked_for_from_the_day_after_the_minimum(item: str, start: str, repair: Repair) -> None:
    """The worked examples: a general penalty of 3 July from 4 October, a listing of 20 October from 21 October a year on."""
    assert repair_of(catalogue()[item], catalogue()[item].severity, day(start)) == repair


@pytest.mark.parametrize("item", ["G01", "B01", "P06", "P07", "P08"])
def test_what_is_good_or_not_ours_is_not_repaired_here(item: str) -> None:
    assert repair_of(catalogue()[item], catalogue()[item].severity, day("2026-07-03")) is None


@pytest.mark.parametrize("item", ["P02", "P03", "P04", "P05"])
def test_the_steps_wait_as_long_as_the_catalogue_says(item: str) -> None:
    """Two tables of the law's months: the steps of repair and removal, and the catalogue."""
    of, start = catalogue()[item], day("2026-01-15")
    months = {0: "2026-01-15", 3: "2026-04-16", 12: "2027-01-16"}

    repair = repair_of(of, of.severity, start)

    assert repair is not None
    assert of.public_min_months is not None
    assert repair.from_day == day(months[of.public_min_months])


PUBLISHED = record_row(
    "P03", "2026-07-03", recorded="2026-07-10", published_from="2026-07-10", published_until="2027-07-03"
)


@pytest.mark.parametrize(
    ("on", "shown"),
    [("2026-07-09", False), ("2026-07-10", True), ("2027-07-03", True), ("2027-07-04", False)],
)
def test_a_penalty_is_shown_from_its_publication_through_its_last_day(on: str, shown: bool) -> None:
    assert is_shown(PUBLISHED, day(on)) is shown


@pytest.mark.parametrize(
    "changed",
    [
        {"paused": True},
        {"published_from": None},
        {"ended_on": "2026-08-01"},
        {"layer": "sector"},
        {"recorded": "2026-08-02"},
        {"published_until": None},
    ],
)
def test_what_is_paused_ended_internal_or_without_a_last_day_is_not_shown(changed: Row) -> None:
    assert is_shown(PUBLISHED, day("2026-08-01"))
    assert not is_shown({**PUBLISHED, **changed}, day("2026-08-01"))


def test_a_licence_without_a_last_day_is_shown_while_it_stands() -> None:
    licence = record_row("B02", "2026-03-01", published_from="2026-03-01")

    assert is_shown(licence, day("2029-12-31"))


def test_an_ended_record_counts_until_the_day_before() -> None:
    row = record_row("N09", "2026-07-03", ended_on="2026-12-10", how="repaired")

    assert [is_live(row, day(on)) for on in ("2026-07-02", "2026-07-03", "2026-12-09", "2026-12-10")] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("row", "may"),
    [
        (record_row("P03", "2026-07-03"), True),
        (record_row("P03", "2026-07-03", ended_on="2026-12-10", how="repaired"), False),
        (record_row("P03", "2026-07-03", ended_on="2026-12-11", how="repaired"), True),  # the day after
        (record_row("P03", "2026-07-03", paused=True), False),
        (record_row("P03", "2026-12-11"), False),
        (record_row("N09", "2026-07-03"), False),  # of the sector: the layers never mix (credit.md 2)
        (record_row("G03", "2026-07-03"), False),
        (record_row("B02", "2026-07-03"), False),  # public and no fault
    ],
)
def test_a_list_points_to_bad_public_records_in_force_alone(row: Row, may: bool) -> None:
    assert may_ground_listing(row, day("2026-12-10")) is may


def test_a_past_day_does_not_know_the_end_that_came_later() -> None:
    row = record_row("N09", "2026-07-03", ended_on="2026-12-10", how="repaired")

    before, since = as_known_on(row, day("2026-12-09")), as_known_on(row, day("2026-12-10"))

    assert as_known_on(row, day("2026-07-02")) is None
    assert before is not None
    assert (before["ended_on"], before["how"]) == (None, None)
    assert since == row


@given(records=rows, on=DAYS)
def test_everybody_sees_no_sector_record_and_none_that_is_paused_ended_or_over(records: list[Row], on: date) -> None:
    view = view_for(Viewer.PUBLIC, records, COMPANY, on)

    assert view.sector == ()
    for row in view.public:
        assert row["layer"] == "public"
        assert row["item"][0] not in "N"
        assert not row["paused"]
        assert row["ended_on"] is None
        assert row["recorded"] <= on.isoformat()
        assert row["published_from"] <= on.isoformat()
        assert row["published_until"] is None or on.isoformat() <= row["published_until"]


@given(records=rows, on=DAYS, who=st.sampled_from((HOUSEHOLD, FARM)))
def test_nothing_is_published_of_a_human_being(records: list[Row], on: date, who: Subject) -> None:
    """A family farm without a code is one."""
    view = view_for(Viewer.PUBLIC, records, who, on)

    assert view.public == view.sector == ()


@given(records=rows, on=DAYS, viewer=st.sampled_from((Viewer.SUBJECT, Viewer.OFFICIAL)))
def test_subject_and_official_see_what_was_recorded_the_layers_apart(
    records: list[Row], on: date, viewer: Viewer
) -> None:
    view = view_for(viewer, records, HOUSEHOLD, on)

    assert {row["layer"] for row in view.public} <= {"public"}
    assert {row["layer"] for row in view.sector} <= {"sector"}
    assert len(view.public) + len(view.sector) == sum(row["recorded"] <= on.isoformat() for row in records)


@given(records=rows, on=DAYS, later=st.integers(1, 400))
def test_a_view_of_a_past_day_does_not_see_what_came_later(records: list[Row], on: date, later: int) -> None:
    after = (on + timedelta(later)).isoformat()
    then = [
        {**row, "ended_on": None, "how": None} if (row["ended_on"] or "") > on.isoformat() else row for row in records
    ]
    now = [*records, record_row("P04", after, published_from=after, published_until=after)]

    for viewer in Viewer:
        assert view_for(viewer, now, COMPANY, on) == view_for(viewer, then, COMPANY, on)


def test_a_view_has_the_oldest_first() -> None:
    rows_ = [record_row("G03", "2026-05-01", index=9), record_row("N09", "2026-05-01", index=10)]

    view = view_for(Viewer.SUBJECT, reversed(rows_), COMPANY, day("2026-06-01"))

    assert [row["item"] for row in view.sector] == ["G03", "N09"]
