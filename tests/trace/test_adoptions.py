"""Which tables are in force, who adopts one, and from which day? And what a restart still knows of officials."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from trace.domain import Trace
from trace.ledger.submission import Decision, Signed
from trace.offices import adopted_on, interested_in
from trace.queries import list_adoptions, load_register, load_state
from trace.state import State
from trace.tables import metadata
from trace.wanted import wanted_by

from .ledger.ledger_parts import NODE_CHAIN, running
from .test_offices import BY_NODE, BY_TWO, FAR, SOUND
from .test_offices_ended import BY_THIRD, Offices
from .told_season import COOP, COOP_KEY, FIRST_KEY, OFFICE, SECOND, THIRD, office, reference, said

HASH = "aa" * 32
TODAY = "2026-09-10"
"""The day of this log, in Shanghai as in UTC."""


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Offices]:
    with running(tmp_path, domain=Trace(None), projections=metadata) as node:
        found = Offices(node, tmp_path, {}, {})
        found.given = dict(reference(found.say(*SOUND)[-2]))
        yield found


def adopts(number: int, by: dict[str, Any] | None = None, **changed: str) -> Signed:
    payload = {"table": "competence.csv", "version": "1", "sha256": HASH, "in_force_from": TODAY, "basis": "10"}
    return said(number, OFFICE, "tables_adopted", {**payload, **changed}, **(BY_TWO if by is None else by))


def known(log: Offices) -> State:
    with log.node.store.reading() as reads:
        return load_state(reads, wanted_by([]), (NODE_CHAIN, ""), load_register(reads))


def test_two_officials_adopt_a_table_from_today_on(log: Offices) -> None:
    receipt = log.say(adopts(20))[0]

    with log.node.store.reading() as reads:
        assert list_adoptions(reads.connection) == [
            {
                "id": f"{OFFICE}/{receipt.seq}",
                "table": "competence.csv",
                "version": "1",
                "sha256": HASH,
                "in_force_from": TODAY,
                "replaces": None,
                "index": receipt.index,
            }
        ]
    assert adopted_on(known(log), "competence.csv", date(2026, 9, 10)) == HASH
    assert log.check().ok


def test_a_later_one_says_which_it_replaces(log: Offices) -> None:
    log.say(adopts(20), adopts(21, sha256="bb" * 32, in_force_from="2026-10-01", replaces=HASH))

    assert log.refused(adopts(22, replaces="cc" * 32)) == "bad-reference"
    assert adopted_on(known(log), "competence.csv", date(2026, 9, 30)) == HASH
    assert adopted_on(known(log), "competence.csv", date(2026, 10, 1)) == "bb" * 32


WRONG: list[tuple[str, Callable[[], Signed], str, str]] = [
    ("from yesterday", lambda: adopts(20, in_force_from="2026-09-09"), "in-force-before-adoption", "payload"),
    ("by one official", lambda: adopts(20, {**BY_TWO, "beside": ()}), "second-official-missing", "key"),
    ("by the node", lambda: adopts(20, BY_NODE), "second-official-missing", "key"),
    ("with a co-op", lambda: adopts(20, {**BY_TWO, "beside": (COOP_KEY,)}), "second-official-missing", "key"),
    ("by the node and one", lambda: adopts(20, {**BY_NODE, "beside": (FIRST_KEY,)}), "second-official-missing", "key"),
    # The founders act in 341600, the third in a district of it: a table is in force everywhere in the log.
    ("by an official of a part", lambda: adopts(20, BY_THIRD), "second-official-missing", "key"),
]


@pytest.mark.parametrize(("about", "forged", "code", "check"), WRONG)
def test_what_is_no_adoption_is_refused_and_the_audit_finds_it(
    log: Offices, monkeypatch: pytest.MonkeyPatch, about: str, forged: Callable[[], Signed], code: str, check: str
) -> None:
    assert log.refused(forged()) == code
    monkeypatch.setattr(Trace, "decide", lambda *_: Decision())
    index = log.say(forged())[0].index

    found = log.check()
    assert (found.ok, found.first_bad_index, found.check) == (False, index, check), found.detail


def test_declared_interests_are_known_at_once_and_after_a_restart(log: Offices) -> None:
    log.say(said(20, OFFICE, "office_given", {**office(THIRD), "interests": [COOP]}, **BY_TWO))

    assert interested_in(known(log), COOP) == {THIRD}
    assert interested_in(known(log), SECOND) == frozenset()


def test_a_running_node_knows_them_without_reading_again(log: Offices, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[frozenset[str]] = []
    project = Trace.project

    def look(self: Trace, state: State, *more: Any) -> None:
        seen.append(interested_in(state, COOP))
        project(self, state, *more)

    monkeypatch.setattr(Trace, "project", look)
    log.say(
        said(20, OFFICE, "office_given", {**office(THIRD), "interests": [COOP]}, **BY_TWO),
        said(21, OFFICE, "office_given", office(FAR), **BY_TWO),
    )

    assert seen == [frozenset(), {THIRD}]
