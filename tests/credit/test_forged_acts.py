"""More of what whoever runs the server, with database, log key and node key in hand, cannot make the audit believe.

The honest stories through the same unscrupulous node are the control in test_forged_cases.py; here as well, for what ends.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trace.ledger.canonical import decode, encode
from trace.ledger.keys import PrivateKey
from trace.ledger.sealing import Derived
from trace.ledger.statement import parse_statement
from trace.ledger.submission import Signed

from .case_parts import (
    AUTHORITY,
    COOP,
    KEYS,
    MARKET,
    MARKET_OFFICE,
    NODE_CHAIN,
    OFFICE,
    ONE,
    ROLES,
    THREE,
    TWO,
    Told,
    at,
    audited,
    told,
)
from .log_reader import said_in
from .test_forged_cases import Change, altered, audit_of, found, without
from .test_keeping_out import declare, enter_again
from .test_step_form import ENTRY, asked, entered, returned, to_list, to_publish
from .test_stories import (
    LISTING,
    OUTCOME,
    PENALTY,
    REPAIR,
    became_final,
    listed,
    proposed,
    recorded,
    repaired,
    sampled,
    verified,
)

ELSEWHERE = "elsewhere".ljust(22, "e")
Tell = Callable[[Told], None]
ANOTHER = PrivateKey.from_seed(b"another key of one of them......")


def published(log: Told) -> None:
    to_publish(log)
    log.take(PENALTY, "penalty_record", "P07", THREE)


def listing_over(log: Told) -> None:
    listed(log)
    log.on(at("2029-10-21", 0))
    log.take(LISTING, "listing", "L35")


def stayed(log: Told) -> None:
    listed(log)
    log.take(LISTING, "listing", "L43", ONE, beside=(TWO,))


def repair_over(log: Told) -> None:
    recorded(log)
    repaired(log)


@pytest.mark.parametrize("tell", [published, listing_over, stayed, repair_over])
def test_what_ends_by_its_own_way_is_sound(tmp_path: Path, tell: Tell) -> None:
    assert found(audit_of(tmp_path, tell)) == (True, None)


# ---- acts of office -------------------------------------------------------------------------------------------------------


def granted(log: Told, *, by: str, **how: Any) -> None:
    recorded(log)
    verified(log)
    log.log(
        log.step(REPAIR, "repair", "X12", by, **how),
        log.step(OUTCOME, "trace_outcome", "T18"),
        log.step(REPAIR, "repair", "X14"),
    )


def repair_granted_in_custody(log: Told) -> None:
    granted(log, by=ONE, custody="platform")


def repair_granted_by_the_node(log: Told) -> None:
    granted(log, by=NODE_CHAIN)


def repair_granted_by_who_verified_it(log: Told) -> None:
    granted(log, by=TWO)


def repair_granted_by_kin(log: Told) -> None:
    declare(log, ONE)
    granted(log, by=ONE)


def penalty_confirmed_by_who_entered_it(log: Told) -> None:
    entered(log)
    log.take(PENALTY, "penalty_record", "P05", ONE)


def penalty_confirmed_by_who_corrected_it(log: Told) -> None:
    returned(log)
    log.take(PENALTY, "penalty_record", "P03", TWO, **ENTRY)
    log.take(PENALTY, "penalty_record", "P05", TWO)


def penalty_entered_anew_after_its_time(log: Told) -> None:
    published(log)
    log.on(at("2027-08-11", 0))
    log.take(PENALTY, "penalty_record", "P10")
    enter_again(log)


def another_item_published_than_confirmed(log: Told) -> None:
    to_publish(log)
    log.take(PENALTY, "penalty_record", "P07", THREE, item="P05")


def a_day_typed_into_the_publicity(log: Told) -> None:
    to_publish(log)
    log.take(PENALTY, "penalty_record", "P07", THREE, facts={"period_start": "2026-08-12"})


def a_question_kept_open(log: Told) -> None:
    asked(log)
    log.take(OUTCOME, "trace_outcome", "T02", ONE, guards={"service_proven": True, "not_handled": False})


def consent_by_an_official_of_the_district(log: Told) -> None:
    proposed(log)
    log.take(LISTING, "listing", "L03", TWO)
    log.serve(LISTING, "D-LIST-NOTICE", ONE)
    log.take(LISTING, "listing", "L04", ONE)
    log.take(LISTING, "listing", "L07", COOP)
    log.take(LISTING, "listing", "L15", THREE)
    log.take(LISTING, "listing", "L18", TWO)
    log.take(LISTING, "listing", "L19", TWO)


def a_step_left_out(log: Told) -> None:
    """Decided without the legal review."""
    proposed(log)
    log.take(LISTING, "listing", "L03", TWO)
    log.serve(LISTING, "D-LIST-NOTICE", ONE)
    log.take(LISTING, "listing", "L04", ONE)
    log.take(LISTING, "listing", "L07", COOP)
    log.take(LISTING, "listing", "L21", TWO)


def published_by_who_proposed(log: Told) -> None:
    to_list(log)
    log.take(LISTING, "listing", "L27", ONE)


def annulled_by_one_official_with_one_key(log: Told) -> None:
    listed(log)
    log.take(LISTING, "listing", "L39", TWO)


def annulled_by_one_official_with_two_keys(log: Told) -> None:
    """Both are the official's own, and vouched for: two keys are not two persons."""
    log.say(THREE, "key_added", {"key": ANOTHER.did, "authenticated": "in person"}, ONE, beside=(TWO,))
    listed(log)
    log.take(LISTING, "listing", "L39", THREE, keys=(KEYS[THREE], ANOTHER))


def ended_before_its_term(log: Told) -> None:
    listed(log)
    log.on(at("2029-10-20", 23, 59, 59))
    log.take(LISTING, "listing", "L35")


def removed_without_the_party_s_word(log: Told) -> None:
    listed(log)
    log.on(at("2027-10-21"))
    log.take(LISTING, "listing", "L30", custody="platform")


# The control of these three: test_what_ends_by_its_own_way_is_sound.


def a_term_ended_without_its_list_of_what_ended(log: Told) -> None:
    listed(log)
    log.on(at("2029-10-21", 0))
    log.take(LISTING, "listing", "L35", documents=None)


def a_repair_without_its_list_of_what_ended(log: Told) -> None:
    recorded(log)
    verified(log)
    log.log(
        log.step(REPAIR, "repair", "X12", ONE),
        log.step(OUTCOME, "trace_outcome", "T18", documents=None),
        log.step(REPAIR, "repair", "X14"),
    )


def a_question_raised_without_its_note(log: Told) -> None:
    became_final(log, sampled(log), documents=None)


@pytest.mark.parametrize(
    "tell",
    [
        a_term_ended_without_its_list_of_what_ended,
        a_repair_without_its_list_of_what_ended,
        a_question_raised_without_its_note,
        repair_granted_in_custody,
        repair_granted_by_the_node,
        repair_granted_by_who_verified_it,
        repair_granted_by_kin,
        penalty_confirmed_by_who_entered_it,
        penalty_confirmed_by_who_corrected_it,
        penalty_entered_anew_after_its_time,
        another_item_published_than_confirmed,
        a_day_typed_into_the_publicity,
        a_question_kept_open,
        consent_by_an_official_of_the_district,
        a_step_left_out,
        published_by_who_proposed,
        annulled_by_one_official_with_one_key,
        annulled_by_one_official_with_two_keys,
        ended_before_its_term,
        removed_without_the_party_s_word,
    ],
)
def test_the_audit_finds_an_act_that_is_nobody_s_to_take_so(tmp_path: Path, tell: Tell) -> None:
    assert found(audit_of(tmp_path, tell)) == (False, "procedure")


# ---- officials of the operator's own making ---------------------------------------------------------------------------------


def a_key_of_the_node_s_for_an_official(log: Told) -> None:
    log.say(TWO, "key_added", {"key": ANOTHER.did, "authenticated": "in person"})


def an_office_given_by_the_node(log: Told) -> None:
    office = {"party": COOP, "offices": ROLES, "authority": MARKET_OFFICE, "region": "341602", "basis": "1"}
    log.say(OFFICE, "office_given", office)


def an_office_given_by_one(log: Told) -> None:
    office = {"party": COOP, "offices": ROLES, "authority": MARKET_OFFICE, "region": "341602", "basis": "1"}
    log.say(OFFICE, "office_given", office, ONE)


@pytest.mark.parametrize(
    "tell", [a_key_of_the_node_s_for_an_official, an_office_given_by_the_node, an_office_given_by_one]
)
def test_the_operator_makes_no_official(tmp_path: Path, tell: Tell) -> None:
    assert found(audit_of(tmp_path, tell)) == (False, "key")


def test_a_key_that_the_node_added_before_the_office_was_given_speaks_for_none(tmp_path: Path) -> None:
    """The operator keeps a key for somebody who becomes an official later; it confirms a penalty with it."""

    def kept(log: Told) -> None:
        log.say(
            MARKET,
            "party_registered",
            {"name": "示例人员", "legal_form": "person", "roles": ["regulator"], "region": "341602"},
        )
        log.say(MARKET, "key_added", {"key": KEYS[MARKET].did, "authenticated": "in person"})
        office = {"party": MARKET, "offices": ROLES, "authority": AUTHORITY, "region": "341602", "basis": "1"}
        log.say(OFFICE, "office_given", office, ONE, beside=(TWO,))
        entered(log)
        log.take(PENALTY, "penalty_record", "P05", MARKET)

    assert found(audit_of(tmp_path, kept)) == (False, "procedure")


def test_a_signed_step_is_not_told_twice_nor_in_another_case(tmp_path: Path) -> None:
    """An old proof replayed with everything that it signed: the statement names its case and its own id."""

    def again(log: Told) -> None:
        proposed(log)
        step = log.step(LISTING, "listing", "L03", TWO)
        log.log(step)
        moved = {
            "chain": ELSEWHERE,
            "id": f"urn:uuid:11111111-1111-4111-8111-{1:012d}",
            "proof": list(step.statement.proofs),
        }
        elsewhere = encode({**decode(step.statement.data), **moved})
        opening = log.opening(ELSEWHERE, "listing", authority=MARKET_OFFICE)
        log.log(opening, Signed(parse_statement(elsewhere), step.openings))

    assert found(audit_of(tmp_path, again)) == (False, "signature")


# ---- what follows, at its end -------------------------------------------------------------------------------------------------


def less(kind: str, name: str) -> Change:
    """One member taken out of an entry that follows."""

    def change(derived: tuple[Derived, ...]) -> tuple[Derived, ...]:
        return tuple(
            replace(one, payload={key: value for key, value in one.payload.items() if key != name})
            if one.kind == kind
            else one
            for one in derived
        )

    return change


@pytest.mark.parametrize(
    ("tell", "change"),
    [
        (published, without("record_entered")),
        (published, altered("record_entered", published_from="2026-08-13")),
        (published, less("record_entered", "published_from")),
        (listing_over, without("listing_ended")),
        (listing_over, without("record_ended")),
        (listing_over, without("measure_ended")),
        (listing_over, altered("listing_ended", how="removed")),
        (listing_over, altered("listing_ended", ended_on="2030-01-01")),
        (listing_over, altered("listing_started", removal_from="2026-10-21")),
        (listing_over, altered("listing_started", list="另一名单")),
        (stayed, without("measure_ended")),
        (repair_over, without("record_ended")),
        (repair_over, without("measure_ended")),
        (repair_over, altered("record_ended", how="expired")),
        (repair_over, altered("record_ended", ended_on="2026-09-02")),
    ],
)
def test_an_end_that_was_left_out_or_altered_is_missed(tmp_path: Path, tell: Tell, change: Change) -> None:
    assert found(audit_of(tmp_path, tell, change)) == (False, "derived")


# ---- with the database alone ---------------------------------------------------------------------------------------------------


KINDS = (
    "case_opened",
    "case_step",
    "document_served",
    "record_entered",
    "listing_started",
    "measure_started",
    "listing_ended",
)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["altered", "removed"])
def test_what_was_altered_or_removed_in_the_tables_is_named(tmp_path: Path, kind: str, how: str) -> None:
    with told(tmp_path) as log:
        listing_over(log)
    one = next(one for one in said_in(tmp_path) if one.kind == kind)
    with closing(sqlite3.connect(tmp_path / "suxin.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        if how == "removed":
            connection.execute('DELETE FROM statement WHERE "index" = ?', (one.index,))
            connection.execute('DELETE FROM entry WHERE "index" = ?', (one.index,))
        else:
            (before,) = connection.execute('SELECT bytes FROM statement WHERE "index" = ?', (one.index,)).fetchone()
            after = before.replace(b"202", b"203")
            assert after != before
            connection.execute('UPDATE statement SET bytes = ? WHERE "index" = ?', (after, one.index))
        connection.commit()

    result = audited(tmp_path)

    assert (result.ok, result.first_bad_index) == (False, one.index)
