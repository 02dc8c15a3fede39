"""May this official act in this role, for this authority, here and now? The writer's answer and the audit's, side by side."""

from datetime import date
from typing import Any

import pytest

from trace.ledger.entry import Entry
from trace.ledger.key_book import KeyBook
from trace.ledger.keys import PrivateKey
from trace.offices import acts_as, adopted_on, interested_in, own_office_signers
from trace.places import is_covered
from trace.projection import project
from trace.state import State

from .ledger.ledger_parts import NODE, NODE_CHAIN, ORIGIN, VKEY
from .test_offices import BY_NODE, BY_TWO, PERSON
from .told_season import (
    COOP,
    COOP_KEY,
    FIELD,
    FIRST,
    FIRST_KEY,
    HOUSEHOLD,
    LAB,
    OFFICE,
    SECOND,
    SECOND_KEY,
    THIRD,
    THIRD_KEY,
    key_of,
    office,
    party,
    said,
)

BUREAU, MARKET_BUREAU = "v" * 22, "w" * 22
PLANTED_KEY = PrivateKey.from_seed(bytes([34]) * 32)
LEAF = bytes(32)
MORNING = "2026-09-10T00:00:00.000Z"
LAST_MOMENT, DAY_AFTER = "2026-12-31T15:59:59.999Z", "2026-12-31T16:00:00.000Z"
"""24:00 in Shanghai is 16:00 in UTC."""


class Told:
    """Statements told to both: the state that the writer decides by, and the book that the audit reads."""

    def __init__(self) -> None:
        self.state, self.book = State(), KeyBook(is_covered)
        self._seqs: dict[str, int] = {}
        self._index = -1

    def say(self, chain: str, kind: str, payload: dict[str, Any], received: str = MORNING, **by: Any) -> dict[str, Any]:
        """How a payload names the entry."""
        self._index += 1
        seq = self._seqs[chain] = self._seqs.get(chain, -1) + 1
        signed = said(self._index + 1, chain, kind, payload, **by)
        entry = Entry(ORIGIN, chain, seq, self._index, None if seq == 0 else LEAF, (), received, "00" * 32)
        if kind == "genesis":
            self.book.open(signed.statement)
        self.book.read(entry, signed.statement)
        for opening in signed.openings:
            self.state.open(opening.commit, payload.get("interests"))
        project(self.state, entry, LEAF, signed.statement)
        return {"chain": chain, "seq": seq, "leaf": LEAF.hex()}

    def may(
        self,
        role: str = "verifier",
        authority: str = BUREAU,
        region: str | None = "341602",
        received: str = MORNING,
        official: str = THIRD,
    ) -> bool:
        """Both answer the same, or the test fails."""
        decided = acts_as(self.state, official, role, authority, region, received)
        assert self.book.holds_role(official, role, authority, region, received) is decided
        return decided

    def signers(self, *keys: PrivateKey, **more: Any) -> set[str]:
        statement = said(90, FIELD, "planting", {}, THIRD, keys[0], keys[1:], **more).statement
        index = self._index + 1
        decided = own_office_signers(self.state, statement, index)
        assert self.book.signed_for_office(index, statement) == decided
        return decided


@pytest.fixture
def told() -> Told:
    """Two founders in 341600; the third verifies and hears cases for the bureau in 341602 until the end of 2026."""
    told = Told()
    told.say(NODE_CHAIN, "genesis", {"key": NODE.did, "vkey": VKEY}, **BY_NODE)
    for official in (FIRST, SECOND, THIRD):
        told.say(official, "party_registered", PERSON, **BY_NODE)
    told.say(FIRST, "key_added", key_of(FIRST_KEY), **BY_NODE)
    told.say(SECOND, "key_added", key_of(SECOND_KEY), **BY_NODE)
    told.say(THIRD, "key_added", key_of(PLANTED_KEY), **BY_NODE)
    told.say(COOP, "party_registered", party("示例合作社", "co-op", "grower"), **BY_NODE)
    told.say(COOP, "key_added", key_of(COOP_KEY), **BY_NODE)
    founders = {"parties": [FIRST, SECOND], "region": "341600"}
    told.say(OFFICE, "founders_named", founders, **BY_NODE, beside=(FIRST_KEY, SECOND_KEY))
    given = office(THIRD, authority=BUREAU, until="2026-12-31")
    told.say(OFFICE, "office_given", {**given, "offices": ["verifier", "hearing_host"]}, **BY_TWO)
    told.say(THIRD, "key_added", key_of(THIRD_KEY), **BY_TWO)
    return told


def test_an_official_acts_in_each_role_of_the_office_and_in_no_other(told: Told) -> None:
    assert told.may(role="verifier")
    assert told.may(role="hearing_host")
    assert not told.may(role="head")
    assert not told.may(role="verifier hearing_host")


def test_an_office_is_held_for_one_authority(told: Told) -> None:
    assert not told.may(authority=MARKET_BUREAU)


@pytest.mark.parametrize(
    ("region", "allowed"),
    [("341602", True), ("341602101", True), ("341600", False), ("341603", False), ("340000", False), (None, False)],
)
def test_an_office_reaches_its_region_and_what_lies_in_it(told: Told, region: str | None, allowed: bool) -> None:
    assert told.may(region=region) is allowed


def test_an_office_lasts_to_the_end_of_its_last_day_in_shanghai(told: Told) -> None:
    assert told.may(received=LAST_MOMENT)
    assert not told.may(received=DAY_AFTER)


def test_role_authority_and_region_are_one_offices(told: Told) -> None:
    """Head for the other bureau and verifier for this one: no head for this one."""
    told.say(OFFICE, "office_given", {**office(THIRD, authority=MARKET_BUREAU), "offices": ["head"]}, **BY_TWO)

    assert told.may(role="head", authority=MARKET_BUREAU)
    assert not told.may(role="head", authority=BUREAU)


def test_founders_act_for_no_authority_before_they_are_given_an_office(told: Told) -> None:
    assert not told.may(official=FIRST)
    assert not told.may(official=FIRST, role="founder")

    told.say(OFFICE, "office_given", office(FIRST, authority=BUREAU), **BY_TWO)

    assert told.may(official=FIRST)


def test_an_office_that_was_ended_is_none_from_then(told: Told) -> None:
    given = {"chain": OFFICE, "seq": 1, "leaf": LEAF.hex()}
    told.say(OFFICE, "office_ended", {"office": given, "why": "left", "basis": "9"}, **BY_TWO)

    assert not told.may()
    assert told.state.rows["office", f"10/{THIRD}"]["ended"] == 12


def test_a_stranger_and_a_party_hold_none(told: Told) -> None:
    assert not told.may(official=COOP)
    assert not told.may(official="z" * 22)


def test_keys_of_office_are_those_that_founders_signed_with_and_that_two_vouched_for(told: Told) -> None:
    assert told.signers(THIRD_KEY) == {THIRD}
    assert told.signers(THIRD_KEY, SECOND_KEY) == {THIRD, SECOND}
    assert told.signers(COOP_KEY) == set()
    assert told.signers(THIRD_KEY, COOP_KEY) == {THIRD}


def test_a_key_that_the_node_added_signs_nothing_of_office(told: Told) -> None:
    assert told.signers(PLANTED_KEY) == set()
    assert told.signers(PLANTED_KEY, THIRD_KEY) == {THIRD}


def test_nobody_signs_for_an_office_in_custody(told: Told) -> None:
    assert told.signers(THIRD_KEY, custody="platform") == set()


def test_a_revoked_key_signs_nothing_any_more(told: Told) -> None:
    told.say(THIRD, "key_revoked", {"key": THIRD_KEY.did, "why": "lost"}, **BY_NODE)

    assert told.signers(THIRD_KEY) == set()


# ---- interests -------------------------------------------------------------------------------------------------------


def test_who_declared_a_party_their_own_is_known_by_it(told: Told) -> None:
    told.say(OFFICE, "office_given", {**office(SECOND), "interests": [COOP, HOUSEHOLD]}, **BY_TWO)
    told.say(OFFICE, "office_given", {**office(FIRST), "interests": [HOUSEHOLD]}, **BY_TWO)

    assert interested_in(told.state, COOP) == {SECOND}
    assert interested_in(told.state, HOUSEHOLD) == {FIRST, SECOND}
    assert interested_in(told.state, LAB) == frozenset()


def test_an_interest_outlasts_the_office_in_which_it_was_declared(told: Told) -> None:
    """行政处罚法 art. 43 speaks of the person: kin and stakes do not end with an office, nor begin anew with the next."""
    given = told.say(OFFICE, "office_given", {**office(SECOND), "interests": [COOP]}, **BY_TWO)
    told.say(OFFICE, "office_ended", {"office": given, "why": "reassigned", "basis": "9"}, **BY_TWO)

    assert interested_in(told.state, COOP) == {SECOND}

    told.say(OFFICE, "office_given", {**office(SECOND), "interests": [HOUSEHOLD]}, **BY_TWO)

    assert interested_in(told.state, COOP) == {SECOND}
    assert interested_in(told.state, HOUSEHOLD) == {SECOND}


def test_an_erased_declaration_names_nobody(told: Told) -> None:
    told.say(OFFICE, "office_given", {**office(SECOND), "interests": [COOP]}, **BY_TWO)
    told.state.opened.clear()

    assert interested_in(told.state, COOP) == frozenset()


# ---- tables in force -------------------------------------------------------------------------------------------------


def adopted(sha256: str, in_force_from: str, table: str = "competence.csv") -> dict[str, Any]:
    return {"table": table, "version": "1", "sha256": sha256, "in_force_from": in_force_from, "basis": "10"}


def test_a_table_is_in_force_from_its_first_day(told: Told) -> None:
    told.say(OFFICE, "tables_adopted", adopted("aa" * 32, "2026-09-10"), **BY_TWO)

    assert adopted_on(told.state, "competence.csv", date(2026, 9, 9)) is None
    assert adopted_on(told.state, "competence.csv", date(2026, 9, 10)) == "aa" * 32
    assert adopted_on(told.state, "working_days.csv", date(2026, 9, 10)) is None


def test_the_latest_adoption_wins_on_every_day_from_which_it_is_in_force(told: Told) -> None:
    told.say(OFFICE, "tables_adopted", adopted("aa" * 32, "2027-01-01"), **BY_TWO)
    told.say(OFFICE, "tables_adopted", adopted("bb" * 32, "2026-10-01"), **BY_TWO)
    told.say(OFFICE, "tables_adopted", adopted("cc" * 32, "2026-12-01", "working_days.csv"), **BY_TWO)

    assert adopted_on(told.state, "competence.csv", date(2026, 9, 30)) is None
    assert adopted_on(told.state, "competence.csv", date(2026, 10, 1)) == "bb" * 32
    assert adopted_on(told.state, "competence.csv", date(2027, 1, 1)) == "bb" * 32
