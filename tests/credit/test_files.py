"""A file rates on any day as it did on that day, by lines that add up, and between two change days it stays as it is."""

import random
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.files import LineKind, Rating, next_change_day, policy_for, rate
from credit.records import annulled_since
from credit.reference.catalogue import catalogue
from credit.reference.policies import policies
from credit.subjects import Subject

from .rows import Row, record_row

COOP = Subject("party", "co-op", frozenset({"grower"}), "93341602MA2N00000X")
SHOP = Subject("party", "individual-business", frozenset({"input-dealer"}))
FIRST = date(2026, 2, 1)
SEED, HELD_OUT_SEED = 20261130, 404_991
"""Files are made by chance from these two; the second was first run when the code was done."""


def day(text: str) -> date:
    return date.fromisoformat(text)


def rated(records: list[Row], on: date, subject: Subject = COOP, first: date | None = FIRST) -> Rating:
    found = rate(subject, first, records, on)
    assert found is not None
    return found


EXAMPLE = [
    record_row("G01", "2026-10-31", id="f/1", index=1),
    record_row("G03", "2026-08-15", id="f/2", index=2),
    record_row("G05", "2026-06-10", id="f/3", index=3),
    record_row("G11", "2026-03-01", id="f/4", index=4, published_from="2026-03-01", published_until="2027-02-28"),
    record_row("N12", "2026-04-20", id="f/5", index=5),
    record_row("P03", "2026-07-03", id="f/6", index=6, published_from="2026-07-03", published_until="2027-07-03"),
]


def test_the_worked_example_is_74_64_and_a_cap_b_on_band_c() -> None:
    found = rated(EXAMPLE, day("2026-11-30"))

    assert found.score.score == 7464
    assert (found.score.band, found.score.grade, found.score.caps) == ("C", "C", ("P03",))
    assert dict(found.score.points) == {"f/1": 50, "f/2": 20, "f/3": 100, "f/4": 100, "f/5": -106, "f/6": -200}


def test_its_repair_brings_76_64_and_b_that_day() -> None:
    repaired = [
        {**row, "ended_on": "2026-12-10", "how": "repaired"} if row["item"] == "P03" else row for row in EXAMPLE
    ]

    before, since = rated(repaired, day("2026-12-09")), rated(repaired, day("2026-12-10"))

    assert (before.score.score, before.score.grade) == (7464, "C")
    assert (since.score.score, since.score.grade, since.score.caps) == (7664, "B", ())


def test_a_cap_names_its_records() -> None:
    second = record_row("P03", "2026-09-01", id="f/7", index=7)

    one, two = rated(EXAMPLE, day("2026-11-30")), rated([*EXAMPLE, second], day("2026-11-30"))

    assert [(cap.cap.grade, cap.records) for cap in one.score.standing] == [("B", ("f/6",))]
    assert [(cap.cap.grade, cap.records) for cap in two.score.standing] == [
        ("B", ("f/6", "f/7")),
        ("C", ("f/6", "f/7")),
    ]


DAYS_AROUND = ("2026-07-02", "2026-07-03", "2026-12-09", "2026-12-10")
"""The day before it was recorded, that day, the last one with it, the day of the annulment."""


def test_an_annulled_record_counted_then_and_is_noted_now() -> None:
    annulled = [
        {**row, "ended_on": "2026-12-10", "how": "annulled"} if row["item"] == "P03" else row for row in EXAMPLE
    ]

    then, now = rated(annulled, day("2026-11-30")), rated(annulled, day("2026-12-10"))

    assert (then.score.score, now.score.score) == (7464, 7664)
    noted = [[row["id"] for row in annulled_since(annulled, day(on))] for on in DAYS_AROUND]
    assert noted == [[], ["f/6"], ["f/6"], []]


def test_a_record_that_came_later_is_not_in_the_explanation_of_a_past_day() -> None:
    later = record_row("N03", "2026-06-01", id="f/9", recorded="2026-12-01", index=9)

    assert rated([*EXAMPLE, later], day("2026-11-30")) == rated(EXAMPLE, day("2026-11-30"))
    assert "f/9" in rated([*EXAMPLE, later], day("2026-12-01")).score.points


def test_no_policy_rates_a_day_before_the_first() -> None:
    assert rate(COOP, FIRST, EXAMPLE, day("2025-12-31")) is None


@pytest.mark.parametrize(
    ("form", "roles", "name"),
    [
        ("co-op", {"grower"}, "producer_v1"),
        ("enterprise", {"processor"}, "producer_v1"),
        ("household", {"grower"}, "producer_v1"),
        ("individual-business", {"purchaser"}, "producer_v1"),
        ("individual-business", {"input-dealer"}, "dealer_v1"),
        ("enterprise", {"input-dealer"}, "dealer_v1"),
        ("enterprise", {"input-dealer", "retailer"}, "dealer_v1"),
        ("co-op", {"grower", "input-dealer"}, "producer_v1"),
        ("individual-business", {"grower", "input-dealer"}, "dealer_v1"),
        ("individual-business", {"retailer"}, None),
        ("authority", {"regulator"}, None),
    ],
)
def test_a_policy_applies_by_form_and_role(form: str, roles: set[str], name: str | None) -> None:
    found = policy_for(Subject("p", form, frozenset(roles)), day("2026-11-30"))

    assert (found and found.name) == name


def test_a_newer_policy_rates_from_its_day_and_leaves_the_past_alone() -> None:
    first = policies()["producer_v1"]
    second = replace(first, name="producer_v2", version="2", valid_from=day("2027-01-01"))
    known = MappingProxyType({**policies(), "producer_v2": second})

    names = [one.name for on in ("2026-12-31", "2027-01-01") if (one := policy_for(COOP, day(on), known)) is not None]

    assert names == ["producer_v1", "producer_v2"]
    assert next_change_day(COOP, None, [], day("2026-12-31"), known) == day("2027-01-01")


DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
cells = DAYS.map(date.isoformat)
records = st.lists(
    st.builds(
        lambda item, anchor, recorded, until, ended, how: record_row(
            item,
            anchor,
            recorded=max(anchor, recorded),
            published_until=until,
            ended_on=ended,
            how=ended and how,
        ),
        st.sampled_from(sorted(catalogue())),
        cells,
        cells,
        st.none() | cells,
        st.none() | cells,
        st.sampled_from(("repaired", "annulled", "lapsed", "expired")),
    ),
    max_size=20,
).map(lambda rows: [{**row, "id": f"f/{n}", "index": n} for n, row in enumerate(rows)])


@given(rows=records, on=DAYS, subject=st.sampled_from((COOP, SHOP)))
def test_the_lines_add_up_to_the_score(rows: list[Row], on: date, subject: Subject) -> None:
    found = rated(rows, on, subject)

    assert sum(line.amount for line in found.lines) == found.score.score
    bases = [line.amount for line in found.lines if line.kind is LineKind.BASE]
    assert sum(bases) == (7500 if subject is COOP else 7700)


@given(rows=records, on=DAYS)
def test_each_record_s_effect_is_what_removing_its_row_changes(rows: list[Row], on: date) -> None:
    found = rated(rows, on)

    for id, effect in found.score.effect.items():
        without = rated([row for row in rows if row["id"] != id], on)
        assert effect == found.score.score - without.score.score


@given(rows=records, on=DAYS)
def test_without_its_records_a_cap_does_not_stand(rows: list[Row], on: date) -> None:
    for standing in rated(rows, on).score.standing:
        rest = [row for row in rows if row["id"] not in standing.records]

        assert standing.records
        assert standing.cap not in [one.cap for one in rated(rest, on).score.standing]


def _file_by_chance(chance: random.Random) -> list[Row]:
    start, items = date(2026, 1, 1), sorted(catalogue())
    rows = []
    for n in range(chance.randrange(12)):
        anchor = start + timedelta(chance.randrange(1_000))
        recorded = anchor + timedelta(chance.randrange(60))
        ended = None if chance.random() < 0.6 else recorded + timedelta(chance.randrange(1, 700))
        rows.append(
            record_row(
                chance.choice(items),
                anchor.isoformat(),
                id=f"f/{n}",
                index=n,
                recorded=recorded.isoformat(),
                published_until=(anchor + timedelta(chance.randrange(30, 900))).isoformat(),
                ended_on=ended and ended.isoformat(),
                how=ended and chance.choice(("repaired", "annulled", "lapsed")),
            )
        )
    return rows


def _as_it_stood(rows: list[Row], on: date) -> list[Row]:
    """The file as it was written on that day, by hand: without later rows, without later ends."""
    text = on.isoformat()
    return [
        row if row["ended_on"] is None or row["ended_on"] <= text else {**row, "ended_on": None, "how": None}
        for row in rows
        if row["recorded"] <= text
    ]


@pytest.mark.parametrize("seed", [SEED, HELD_OUT_SEED])
def test_a_thousand_files_of_three_years_rate_any_past_day_as_it_was_rated_then(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(1_000):
        rows, subject = _file_by_chance(chance), chance.choice((COOP, SHOP))
        first = FIRST + timedelta(chance.randrange(200))
        on = date(2026, 1, 1) + timedelta(chance.randrange(1_095))

        now_asked, then_asked = (rated(known, on, subject, first) for known in (rows, _as_it_stood(rows, on)))

        assert now_asked.score == then_asked.score


@pytest.mark.parametrize("seed", [SEED, HELD_OUT_SEED])
def test_a_thousand_stored_ratings_hold_until_their_next_change_day(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(1_000):
        rows, subject = _file_by_chance(chance), chance.choice((COOP, SHOP))
        on = date(2026, 1, 1) + timedelta(chance.randrange(1_095))

        stored = rated(rows, on, subject)
        change = next_change_day(subject, FIRST, rows, on) or on + timedelta(400)
        last = change - timedelta(1)

        assert change > on
        for one in {last, on + timedelta(chance.randrange((change - on).days))}:
            assert replace(rated(rows, one, subject).score, points={}, effect={}) == replace(
                stored.score, points={}, effect={}
            )


def test_a_file_recomputed_on_its_change_days_alone_is_right_on_every_day_of_three_years() -> None:
    chance = random.Random(SEED)
    for _ in range(60):
        rows = _file_by_chance(chance)
        on, stored = date(2026, 1, 1), rated(rows, date(2026, 1, 1)).score
        change = next_change_day(COOP, FIRST, rows, on)
        while on < date(2028, 12, 31):
            on += timedelta(1)
            if on == change:
                stored = rated(rows, on).score
                change = next_change_day(COOP, FIRST, rows, on)
            full = rated(rows, on).score
            assert (full.score, full.grade, full.caps, full.counted) == (
                stored.score,
                stored.grade,
                stored.caps,
                stored.counted,
            )
