"""Who may end an office, which may not be ended, and what does its holder no longer do from that index on?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from trace.audit_meaning import TraceMeaning
from trace.domain import Trace
from trace.ledger.audit import AuditResult, audit
from trace.ledger.errors import DomainError
from trace.ledger.keys import parse_vkey
from trace.ledger.sqlite import reading
from trace.ledger.submission import Decision, Receipt, Signed, Submission
from trace.queries import list_offices
from trace.rebuild import compare
from trace.tables import metadata

from .ledger.ledger_parts import ORIGIN, VKEY, Running, running
from .test_offices import BY_NODE, BY_TWO, FAR, SOUND
from .told_season import (
    COOP,
    COOP_KEY,
    FIRST,
    FIRST_KEY,
    OFFICE,
    SECOND_KEY,
    THIRD,
    THIRD_KEY,
    key_of,
    office,
    reference,
    said,
)

BY_THIRD: dict[str, Any] = {"actor": THIRD, "key": THIRD_KEY, "beside": (FIRST_KEY,)}
Named = dict[str, Any]


@dataclass
class Offices:
    """The log of `SOUND`. `founded` and `given` name the founders' entry and that of the third official's office."""

    node: Running
    folder: Path
    founded: Named
    given: Named

    def say(self, *statements: Signed) -> list[Receipt]:
        return [self.node.append(Submission((one,)))[0][0] for one in statements]

    def refused(self, statement: Signed) -> str:
        with pytest.raises(DomainError) as refused:
            self.say(statement)
        return refused.value.code

    def check(self) -> AuditResult:
        with reading(self.folder / "suxin.db") as reads:
            assert compare(reads) == []
            return audit(reads, ORIGIN, [parse_vkey(VKEY)], TraceMeaning(reads))

    def office(self, party: str) -> dict[str, Any]:
        with self.node.store.reading() as reads:
            return next(dict(row) for row in list_offices(reads.connection) if row["party"] == party)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Offices]:
    with running(tmp_path, domain=Trace(None), projections=metadata) as node:
        found = Offices(node, tmp_path, {}, {})
        *_, founded, given, _keyed = found.say(*SOUND)
        found.founded, found.given = dict(reference(founded)), dict(reference(given))
        yield found


def ends(number: int, named: Named, **by: Any) -> Signed:
    return said(
        number,
        OFFICE,
        "office_ended",
        {"office": named, "why": "reassigned", "basis": "谯农发〔2026〕9号"},
        **{**BY_TWO, **by},
    )


def test_an_office_ends_at_the_index_that_ends_it(log: Offices) -> None:
    log.say(said(13, OFFICE, "office_given", office(FAR), **BY_THIRD))

    ended = log.say(ends(20, log.given))[0]

    assert (log.office(THIRD)["entry"], log.office(THIRD)["ended"]) == (f"{OFFICE}/1", ended.index)
    assert (log.office(FAR)["ended"], log.office(FIRST)["ended"]) == (None, None)  # what the third gave before stands
    assert log.refused(said(14, OFFICE, "office_given", office(COOP), **BY_THIRD)) == "second-official-missing"
    assert log.check() == AuditResult(True, 14)


def test_its_own_holder_may_be_one_of_the_two(log: Offices) -> None:
    log.say(ends(20, log.given, **BY_THIRD))

    assert log.check().ok


def test_who_is_given_an_office_again_acts_by_the_new_one_with_the_key_of_before(log: Offices) -> None:
    log.say(
        ends(20, log.given),
        said(21, OFFICE, "office_given", office(THIRD), **BY_TWO),
        said(22, OFFICE, "office_given", office(FAR), **BY_THIRD),
    )

    assert log.check() == AuditResult(True, 15)


def test_a_former_officials_key_stays_a_matter_of_two_office_holders(log: Offices) -> None:
    log.say(ends(20, log.given))

    assert log.refused(said(50, THIRD, "key_added", key_of(COOP_KEY), **BY_NODE)) == "second-official-missing"


def test_one_of_two_offices_is_ended_and_the_other_stands(log: Offices) -> None:
    log.say(said(21, OFFICE, "office_given", office(THIRD), **BY_TWO), ends(22, log.given))
    log.say(said(23, OFFICE, "office_given", office(FAR), **BY_THIRD))

    assert log.check().ok


def test_an_office_beyond_the_region_of_one_of_the_two_is_not_ended(log: Offices) -> None:
    """The third official acts in 341602; an office in the whole of 341600 is not that one's to end."""
    wide = log.say(said(21, OFFICE, "office_given", office(FAR, region="341600"), **BY_TWO))[0]

    assert log.refused(ends(22, dict(reference(wide)), **BY_THIRD)) == "second-official-missing"


def test_who_holds_no_office_any_more_ends_none(log: Offices) -> None:
    other = log.say(said(19, OFFICE, "office_given", office(FAR), **BY_TWO), ends(20, log.given))[0]

    assert log.refused(ends(21, dict(reference(other)), **BY_THIRD)) == "second-official-missing"


WRONG: list[tuple[str, Callable[[Offices], list[Signed]], str, str]] = [
    ("ended twice", lambda log: [ends(20, log.given), ends(21, log.given)], "office-ended-already", "key"),
    ("what founders are", lambda log: [ends(20, log.founded)], "founders-stay", "key"),
    ("an entry that is not there", lambda log: [ends(20, {**log.given, "seq": 7})], "bad-reference", "key"),
    ("another hash", lambda log: [ends(20, {**log.given, "leaf": "00" * 32})], "bad-reference", "reference"),
    ("by one official", lambda log: [ends(20, log.given, beside=())], "second-official-missing", "key"),
    ("by the node", lambda log: [ends(20, log.given, **BY_NODE, beside=())], "second-official-missing", "key"),
    (
        "by an official and the node",
        lambda log: [ends(20, log.given, **BY_NODE, beside=(FIRST_KEY,))],
        "second-official-missing",
        "key",
    ),
    (
        "by an official and a co-op",
        lambda log: [ends(20, log.given, beside=(COOP_KEY,))],
        "second-official-missing",
        "key",
    ),
    (
        "in custody",
        lambda log: [ends(20, log.given, beside=(SECOND_KEY,), custody="platform")],
        "key-not-valid",
        "key",
    ),
]


@pytest.mark.parametrize(("about", "spoken", "code", "check"), WRONG)
def test_what_ends_no_office_is_refused_and_the_audit_finds_it(
    log: Offices,
    monkeypatch: pytest.MonkeyPatch,
    about: str,
    spoken: Callable[[Offices], list[Signed]],
    code: str,
    check: str,
) -> None:
    *before, forged = spoken(log)
    log.say(*before)

    assert log.refused(forged) == code
    monkeypatch.setattr(Trace, "decide", lambda *_: Decision())
    index = log.say(forged)[0].index
    found = log.check()
    assert (found.ok, found.first_bad_index, found.check) == (False, index, check), found.detail
