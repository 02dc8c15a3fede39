"""Every published value has one source. Days are written by hand.

发改办财金规〔2026〕36号 as told: 3, 12, 36 months from the document. 国家市场监督管理总局令第44号 and 第107号: 36 months from the
listing. Counted by 民法典 arts. 201, 202.
"""

import calendar
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.case_rows import Progress
from credit.cases import Case
from credit.judging import WIRED
from credit.published import STATED, Publication, computed_values
from credit.reference.procedures import procedures
from trace.ledger.canonical import decode_value
from trace.ledger.errors import Invalid
from trace.state import State

from .case_parts import COOP, MARKET_OFFICE, ONE, THREE, TWO, Told, at, audited, told
from .log_reader import said_in
from .test_forged_cases import audit_of, found
from .test_step_form import to_list
from .test_stories import LISTING, PAPER, PENALTY

L27, P07 = (LISTING, "listing", "L27", THREE), (PENALTY, "penalty_record", "P07", THREE)
OWN = {"violation_kind": "销售假药材", "ground_articles": "药品管理法第一百一十七条"}
OWN_OF_PENALTY = {"violation_kind": "使用国家禁止使用的农药", "measures": "罚款 20000 元"}


def listing_values(published: str, until: str, removal: str) -> dict[str, str]:
    """What everybody reads of the listing that `to_list` decides on 2026-08-25."""
    return {
        "decision_no": "谯农D-LIST-DECISION1号",
        "party": "谯城区示例专业合作社",
        "uscc_or_masked": "93341602B1NFHWBU50",
        # S01 to S04, S07 and S08 of measures.csv: those that start with a listing, for who is no person and no household
        "measures": "列为重点监管对象 提高检查频次；不适用告知承诺制；不予授予荣誉称号和表彰；"
        "审查许可 资质 采购 招投标的重要考量；暂停自行承诺开证 改为批批检测；入市加严查验",
        "authority": "示例主管部门",
        "decision_date": "2026-08-25",
        "published_from": published,
        "published_until": until,
        "repair_from": removal,
    }


def penalty_values(dated: str, published: str, until: str, repair: str) -> dict[str, str]:
    return {
        "decision_no": "亳市监处罚〔2026〕31号",
        "party": "谯城区示例专业合作社",
        "uscc_or_masked": "93341602B1NFHWBU50",
        "ground_articles": "农产品质量安全法 第七十条",
        "authority": "示例主管部门",
        "decision_date": dated,
        "published_from": published,
        "published_until": until,
        "repair_from": repair,
    }


def to_publish(log: Told, item: str, dated: str, day: str) -> None:
    """Entered, confirmed and served on the day on which it may be published."""
    log.on(at(day))
    paper = {**PAPER, "dated": dated}
    entry = {"item": item, "class_basis": "见目录", "legal_basis": "农产品质量安全法 第七十条", "paper": paper}
    log.begin(log.opening(PENALTY, "penalty_record"), "penalty_record", "P01", ONE, **entry)
    log.take(PENALTY, "penalty_record", "P05", TWO)
    log.serve(PENALTY, "D-PUB-NOTICE", ONE)
    log.serve(PENALTY, "D-REPAIR-NOTICE", ONE)
    log.take(PENALTY, "penalty_record", "P06", ONE)
    log.open_file()


def refused(log: Told, step: tuple[str, str, str, str], published: dict[str, str], **more: Any) -> Invalid:
    before = log.case(step[0])["progress"]
    with pytest.raises(Invalid) as error:
        log.take(*step, published=published, **more)
    assert (log.case(step[0])["progress"], log.listings(), log.records()) == (before, [], [])
    return error.value


# ---- the days of the law -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("published", "until", "removal"),
    [
        ("2026-10-20", "2029-10-20", "2027-10-21"),
        ("2026-12-31", "2029-12-31", "2028-01-01"),  # the year's end, shown through its last day
        ("2027-02-28", "2030-02-28", "2028-02-29"),  # the minimum ends with 02-28 of a leap year
        ("2028-02-29", "2031-02-28", "2029-03-01"),  # no such day: the month's end
        ("2027-03-01", "2030-03-01", "2028-03-02"),
        ("2026-10-01", "2029-10-01", "2027-10-02"),  # no holiday moves a term
    ],
)
def test_a_listing_is_published_with_the_days_that_the_log_computes(
    tmp_path: Path, published: str, until: str, removal: str
) -> None:
    with told(tmp_path) as log:
        to_list(log)
        log.on(at(published, 23, 59, 59))
        log.take(*L27, published=OWN)
        (listing,), (record,) = log.listings(), log.records()

    assert decode_value(listing["published"].encode()) == OWN | listing_values(published, until, removal)
    assert (listing["listed_on"], listing["until"], listing["removal_from"]) == (published, until, removal)
    assert (record["published_from"], record["published_until"]) == (published, until)
    assert audited(tmp_path).ok


@pytest.mark.parametrize(
    ("item", "dated", "published", "until", "repair"),
    [
        ("P02", "2026-11-30", "2026-12-01", "2027-02-28", "2026-11-30"),  # three months, and no minimum
        ("P03", "2026-08-10", "2026-08-12", "2027-08-10", "2026-11-11"),  # twelve and three
        ("P03", "2028-02-29", "2028-03-01", "2029-02-28", "2028-05-30"),
        ("P03", "2026-11-30", "2026-12-02", "2027-11-30", "2027-03-01"),  # three months end with February
        ("P04", "2026-12-31", "2027-01-04", "2029-12-31", "2028-01-01"),  # thirty-six and twelve
        ("P04", "2028-02-29", "2028-03-01", "2031-02-28", "2029-03-01"),
    ],
)
def test_a_penalty_is_published_through_the_term_of_its_class_from_its_document(
    tmp_path: Path, item: str, dated: str, published: str, until: str, repair: str
) -> None:
    values = penalty_values(dated, published, until, repair)
    with told(tmp_path) as log:
        to_publish(log, item, dated, published)
        log.take(*P07, published=OWN_OF_PENALTY | values)  # repeated by whoever signs: the very same
        (record,) = log.records()

    assert (record["published_from"], record["published_until"]) == (published, until)
    assert decode_value(record["published"].encode()) == OWN_OF_PENALTY | values
    assert audited(tmp_path).ok


def test_a_penalty_that_stays_internal_has_nothing_to_publish(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        to_publish(log, "P03", "2026-08-10", "2026-08-12")
        log.take(PENALTY, "penalty_record", "P08", THREE)
        (record,) = log.records()

    assert (record["item"], record["published_from"], record["published"]) == ("P03", None, None)


def test_the_day_is_that_of_shanghai(tmp_path: Path) -> None:
    """Half past midnight of 2026-12-01 is still November by UTC."""
    values = penalty_values("2026-11-30", "2026-12-01", "2027-11-30", "2027-03-01")
    with told(tmp_path) as log:
        to_publish(log, "P03", "2026-11-30", "2026-12-01")
        log.on(at("2026-12-01", 10))
        wrong = refused(log, P07, OWN_OF_PENALTY | {**values, "published_from": "2026-11-30"})
        log.take(*P07, published=OWN_OF_PENALTY | values)

    assert wrong.values["right"] == {"published_from": "2026-12-01"}


def test_a_longer_restriction_makes_nothing_public_for_longer(tmp_path: Path) -> None:
    """It keeps the case open beyond the thirty-six months (row L35); what is shown ends with them (credit.md 6)."""
    values = listing_values("2026-10-20", "2029-10-20", "2027-10-21")
    restricted = {"facts": {"restriction_end": "2031-05-31"}}
    with told(tmp_path) as log:
        to_list(log)
        log.on(at("2026-10-20"))
        wrong = refused(log, L27, OWN | {**values, "published_until": "2031-05-31"}, **restricted)
        log.take(*L27, published=OWN | values, **restricted)
        (listing,), (record,) = log.listings(), log.records()

    assert wrong.values["right"] == {"published_until": "2029-10-20"}
    assert (listing["until"], record["published_until"]) == ("2029-10-20", "2029-10-20")
    assert audited(tmp_path).ok


# ---- what differs is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(listing_values("", "", "")))
def test_no_value_of_a_listing_is_another_than_the_log_s(tmp_path: Path, name: str) -> None:
    values = listing_values("2026-08-26", "2029-08-26", "2027-08-27")
    other = "2030-01-01" if name.startswith(("published", "repair", "decision_d")) else "另一个"
    with told(tmp_path) as log:
        to_list(log)
        error = refused(log, L27, OWN | {**values, name: other})

    assert (error.code, [one.pointer for one in error.faults]) == ("published-differs", [f"/payload/published/{name}"])
    assert error.values["right"] == {name: values[name]}


@pytest.mark.parametrize("name", sorted(penalty_values("", "", "", "")))
def test_no_value_of_a_penalty_is_another_than_the_log_s(tmp_path: Path, name: str) -> None:
    values = penalty_values("2026-08-10", "2026-08-12", "2027-08-10", "2026-11-11")
    other = "2030-01-01" if name.startswith(("published", "repair", "decision_d")) else "另一个"
    with told(tmp_path) as log:
        to_publish(log, "P03", "2026-08-10", "2026-08-12")
        error = refused(log, P07, OWN_OF_PENALTY | {**values, name: other})

    assert (error.code, [one.pointer for one in error.faults]) == ("published-differs", [f"/payload/published/{name}"])
    assert error.values["right"] == {name: values[name]}


@pytest.mark.parametrize("name", sorted(OWN))
def test_what_the_registrar_alone_knows_is_asked(tmp_path: Path, name: str) -> None:
    with told(tmp_path) as log:
        to_list(log)
        error = refused(log, L27, {one: text for one, text in OWN.items() if one != name})

    assert [(one.pointer, one.code) for one in error.faults] == [(f"/payload/published/{name}", "missing-field")]


@pytest.mark.parametrize("name", sorted(OWN_OF_PENALTY))
def test_what_a_penalty_was_given_for_and_consists_of_is_asked(tmp_path: Path, name: str) -> None:
    """The name of its item, 行政处罚 一般, is no kind of violation."""
    with told(tmp_path) as log:
        to_publish(log, "P03", "2026-08-10", "2026-08-12")
        error = refused(log, P07, {one: text for one, text in OWN_OF_PENALTY.items() if one != name})

    assert [(one.pointer, one.code) for one in error.faults] == [(f"/payload/published/{name}", "missing-field")]


def test_a_step_signed_before_midnight_is_not_published_with_the_day_before(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        to_list(log)
        values = listing_values("2026-10-20", "2029-10-20", "2027-10-21")
        log.on(at("2026-10-21", 0))
        error = refused(log, L27, OWN | values)

    assert error.values["right"] == {
        "published_from": "2026-10-21",
        "published_until": "2029-10-21",
        "repair_from": "2027-10-22",
    }


@pytest.mark.parametrize("seed", [20261020, 404991])
def test_whatever_is_accepted_is_what_the_log_computes(tmp_path: Path, seed: int) -> None:
    """Any of the values repeated, any of them changed: taken exactly if none differs, and then published with all of them."""
    chance = random.Random(seed)
    right = listing_values("2026-10-20", "2029-10-20", "2027-10-21")
    with told(tmp_path) as log:
        to_list(log)
        log.on(at("2026-10-20"))
        for _ in range(40):
            said = {name: text for name, text in right.items() if chance.random() < 0.7}
            changed = sorted(name for name in said if chance.random() < 0.4) or [*said][:1]
            said |= {name: chance.choice([right["party"], f"{said[name]} ", "2029-10-19"]) for name in changed}
            differing = {name: right[name] for name in said if said[name] != right[name]}
            if differing:
                assert refused(log, L27, OWN | said).values["right"] == differing
        log.take(*L27, published=OWN | {name: text for name, text in right.items() if chance.random() < 0.5})
        (listing,) = log.listings()

    assert decode_value(listing["published"].encode()) == OWN | right


@given(st.dates(date(2026, 8, 3), date(2060, 12, 31)))
def test_terms_of_a_listing_equal_those_of_another_calendar(day: date) -> None:
    def months_after(years: int) -> date:
        year = day.year + years
        return date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))

    row = {"procedure": "listing", "subject": COOP, "authority": MARKET_OFFICE}
    values = computed_values(Publication(known_parties(), row, Progress(Case(), ""), day))

    assert values["published_from"] == day.isoformat()
    assert values["published_until"] == months_after(3).isoformat()
    assert values["repair_from"] == (months_after(1) + timedelta(days=1)).isoformat()


def known_parties(**subject: str | None) -> State:
    state = State()
    row = {"name": "示例", "legal_form": "co-op", "roles": "grower", "uscc": "93341602B1NFHWBU50", **subject}
    for id, of_it in ((COOP, row), (MARKET_OFFICE, {**row, "legal_form": "authority"})):
        state.know("party", {"id": id, **of_it})
    return state


def test_of_a_human_being_there_is_nothing_to_publish() -> None:
    row = {"procedure": "listing", "subject": COOP, "authority": MARKET_OFFICE}
    household = known_parties(legal_form="household", uscc=None)

    assert computed_values(Publication(household, row, Progress(Case(), ""), date(2026, 10, 20))) == {}


def test_every_step_that_publishes_says_what_the_registrar_states() -> None:
    """A new row with published fields has to say which of them are nobody else's."""
    rows = [
        (name, step) for name in sorted(WIRED) for step in procedures()[name].steps.values() if step.published_fields
    ]

    assert {(name, step.code) for name, step in rows} == set(STATED)
    for name, step in rows:
        assert set(STATED[name, step.code]) <= set(step.published_fields)


# ---- the audit ------------------------------------------------------------------------------------------------------------


def listed_with(**other: str) -> Any:
    def tell(log: Told) -> None:
        to_list(log)
        log.on(at("2026-10-20"))
        values = listing_values("2026-10-20", "2029-10-20", "2027-10-21")
        log.take(*L27, published=OWN | values | other)

    return tell


def fined_with(**other: str) -> Any:
    def tell(log: Told) -> None:
        to_publish(log, "P03", "2026-08-10", "2026-08-12")
        values = penalty_values("2026-08-10", "2026-08-12", "2027-08-10", "2026-11-11")
        log.take(*P07, published=OWN_OF_PENALTY | values | other)

    return tell


@pytest.mark.parametrize("tell", [listed_with(), fined_with()])
def test_a_log_that_publishes_what_it_computes_is_sound(tmp_path: Path, tell: Any) -> None:
    assert found(audit_of(tmp_path, tell)) == (True, None)


@pytest.mark.parametrize(
    "tell",
    [
        listed_with(published_from="2026-10-19"),
        listed_with(published_until="2036-10-20"),
        listed_with(repair_from="2029-10-21"),
        listed_with(decision_no="另一份决定"),
        listed_with(party="另一家公司"),
        fined_with(published_until="2036-08-10"),
        fined_with(repair_from="2026-08-13"),
        fined_with(decision_date="2026-08-11"),
    ],
)
def test_a_log_that_publishes_something_else_is_found_at_that_entry(tmp_path: Path, tell: Any) -> None:
    result = audit_of(tmp_path, tell)

    (step,) = (one for one in said_in(tmp_path) if one.payload.get("step") in ("L27", "P07"))
    assert (result.ok, result.check, result.first_bad_index) == (False, "procedure", step.index)
