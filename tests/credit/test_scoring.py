"""Points and clamp lines add up, an effect is what removal changes, honesty never scores below silence."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.reference.policies import Policy, policies
from credit.scoring import Mark, NoPolicy, Record, Score, score

PRODUCER, DEALER = policies()["producer_v1"], policies()["dealer_v1"]
ITEMS = sorted({*PRODUCER.items, *DEALER.items, "P06", "B01"})
DAYS = st.dates(date(2026, 1, 1), date(2029, 12, 31))
FIRST = date(2026, 1, 1)

marks = st.builds(
    lambda day, length: Mark(day, None if length == 0 else day + timedelta(length)), DAYS, st.integers(0, 90)
)
records = st.lists(
    st.builds(
        Record,
        id=st.uuids().map(str),
        item=st.sampled_from(ITEMS),
        anchor=DAYS,
        recorded=DAYS,
        ended=st.none() | DAYS,
        marks=st.lists(marks, max_size=2).map(tuple),
        valid_until=st.none() | DAYS,
    ),
    max_size=25,
    unique_by=lambda record: record.id,
)
rules = st.sampled_from((PRODUCER, DEALER))


def record(item: str, anchor: str, name: str = "r") -> Record:
    return Record(name, item, date.fromisoformat(anchor), date.fromisoformat(anchor), valid_until=date(2030, 1, 1))


def rated(*known: Record, on: str = "2026-06-01") -> Score:
    return score(PRODUCER, FIRST, known, date.fromisoformat(on))


@given(policy=rules, known=records, day=DAYS)
def test_bases_points_and_clamp_lines_add_up_to_the_score(policy: Policy, known: list[Record], day: date) -> None:
    found = score(policy, FIRST, known, day)

    bases = sum(indicator.base for indicator in policy.indicators.values())
    assert found.score == bases + sum(found.points.values()) + sum(found.clamped.values())
    assert 0 <= found.score <= 10_000
    assert set(found.points) == set(found.effect) == {one.id for one in known}


@given(policy=rules, known=records, day=DAYS)
def test_a_record_s_effect_is_what_removing_it_changes(policy: Policy, known: list[Record], day: date) -> None:
    found = score(policy, FIRST, known, day)

    for one in known:
        without = score(policy, FIRST, [other for other in known if other is not one], day)
        assert found.effect[one.id] == found.score - without.score


@given(policy=rules, known=records, day=DAYS)
def test_an_effect_is_never_larger_than_the_points_nor_against_them(
    policy: Policy, known: list[Record], day: date
) -> None:
    found = score(policy, FIRST, known, day)

    for one in known:
        low, high = sorted((0, found.points[one.id]))
        assert low <= found.effect[one.id] <= high


@given(policy=rules, known=records, day=DAYS, later=st.integers(1, 400))
def test_a_past_score_does_not_see_what_came_later(policy: Policy, known: list[Record], day: date, later: int) -> None:
    afterwards = Record("later", "N03", day, day + timedelta(later))

    assert replace(score(policy, FIRST, [*known, afterwards], day), points={}, effect={}) == replace(
        score(policy, FIRST, known, day), points={}, effect={}
    )


@given(policy=rules, known=records, day=DAYS)
def test_the_order_of_the_records_says_nothing(policy: Policy, known: list[Record], day: date) -> None:
    assert score(policy, FIRST, known, day) == score(policy, FIRST, known[::-1], day)


@given(known=records, day=DAYS, item=st.sampled_from(("G01", "G03", "G04", "G05")))
def test_honesty_never_scores_below_silence(known: list[Record], day: date, item: str) -> None:
    """A complete month, a test whatever its result: who records it stands no worse than who records nothing."""
    silent = score(PRODUCER, FIRST, known, day)
    honest = score(PRODUCER, FIRST, [*known, Record("honest", item, day, day)], day)

    assert honest.score >= silent.score
    assert honest.effect["honest"] >= 0
    assert honest.grade <= silent.grade


def test_an_own_failed_test_whose_goods_were_held_earns_what_a_pass_earns() -> None:
    passed, failed = rated(record("G03", "2026-05-01")), rated(record("G04", "2026-05-01"))

    assert failed == passed
    assert failed.points == {"r": 20}


@pytest.mark.parametrize("policy", [PRODUCER, DEALER])
def test_no_good_item_costs_and_no_bad_one_earns(policy: Policy) -> None:
    signs = {item: rule.delta > 0 for item, rule in policy.items.items()}

    assert all(good == item.startswith("G") for item, good in signs.items())


@given(policy=rules, known=records, day=DAYS)
def test_a_cap_names_its_record_and_no_grade_is_better_than_it(policy: Policy, known: list[Record], day: date) -> None:
    found = score(policy, FIRST, known, day)

    caps = [cap.grade for cap in policy.caps if cap.item in found.caps and cap.min_count == 1]
    live_items = {one.item for one in known if one.is_live(day)}
    assert set(found.caps) <= live_items
    assert found.grade == "N" or all(found.grade >= grade for grade in caps)


def test_a_policy_says_nothing_of_days_before_it_is_in_force() -> None:
    with pytest.raises(NoPolicy):
        score(PRODUCER, FIRST, [], date(2025, 12, 31))


def test_two_records_of_one_id_are_not_one_subject_s_file() -> None:
    with pytest.raises(ValueError):
        rated(record("G03", "2026-05-01"), record("G04", "2026-05-01"))


def test_a_thousand_subjects_of_three_years_are_rated_the_same_again() -> None:
    """Known then, asked for now: the answer of a past day does not depend on when one asks."""
    chance = random.Random(20260901)
    for _ in range(1_000):
        known = [
            Record(
                str(n),
                chance.choice(ITEMS),
                begun := date(2026, 1, 1) + timedelta(chance.randrange(1_000)),
                begun + timedelta(chance.randrange(30)),
                ended=None if chance.random() < 0.8 else begun + timedelta(chance.randrange(1_000)),
            )
            for n in range(chance.randrange(12))
        ]
        day = date(2026, 1, 1) + timedelta(chance.randrange(1_095))
        then = [one for one in known if one.recorded <= day]
        then = [one if one.ended is None or one.ended <= day else replace(one, ended=None) for one in then]

        now_asked, then_asked = score(PRODUCER, FIRST, known, day), score(PRODUCER, FIRST, then, day)

        assert (now_asked.score, now_asked.grade, now_asked.caps, now_asked.counted) == (
            then_asked.score,
            then_asked.grade,
            then_asked.caps,
            then_asked.counted,
        )
