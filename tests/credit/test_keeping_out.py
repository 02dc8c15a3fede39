"""Who has an interest in a party takes no step of its cases, whoever corrected an entry is not its second person, and one matter
is one case.

Interests are what officials declared in the paper that gave them their office (行政处罚法 art. 43: whoever has one keeps out).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trace.ledger.errors import Conflict, Refused
from trace.ledger.submission import Signed

from .case_parts import AUTHORITY, COOP, LAB, MARKET_OFFICE, OFFICE, ONE, THREE, TWO, Told, at, audited, told
from .test_step_form import ENTRY, PENALTY, asked, entered, explained, returned, to_list, to_publish
from .test_stories import LISTING, OUTCOME, PAPER, REPAIR, listed, recorded, verified

AGAIN = "again".ljust(22, "x")


def declare(log: Told, person: str, party: str = COOP) -> None:
    """One more office, with what its holder declared."""
    office = {
        "party": person,
        "offices": ["case_officer"],
        "authority": AUTHORITY,
        "region": "341602",
        "basis": "谯农发〔2026〕3号",
        "interests": [party],
    }
    others = [one for one in (ONE, TWO, THREE) if one != person]
    log.say(OFFICE, "office_given", office, others[0], beside=(others[1],))


Step = Callable[[Told], Signed]


def step(case: str, procedure: str, code: str, actor: str, **more: Any) -> Step:
    return lambda log: log.step(case, procedure, code, actor, **more)


def proposed_first(log: Told) -> None:
    log.begin(log.opening(LISTING, "listing", authority=MARKET_OFFICE), "listing", "L01", ONE)


def noticed(log: Told) -> None:
    proposed_first(log)
    log.take(LISTING, "listing", "L03", TWO)
    log.serve(LISTING, "D-LIST-NOTICE", ONE)
    log.take(LISTING, "listing", "L04", ONE)


@pytest.mark.parametrize(
    ("tell", "who", "tried"),
    [
        (proposed_first, TWO, step(LISTING, "listing", "L03", TWO)),
        (to_list, THREE, step(LISTING, "listing", "L27", THREE)),
        (listed, THREE, step(LISTING, "listing", "L39", TWO, beside=(THREE,))),
        (entered, TWO, step(PENALTY, "penalty_record", "P05", TWO)),
        (to_publish, THREE, step(PENALTY, "penalty_record", "P07", THREE)),
        (explained, TWO, step(OUTCOME, "trace_outcome", "T06", TWO)),
        # The party's own paper, entered by a clerk who would be rid of a competitor.
        (noticed, THREE, step(LISTING, "listing", "L07", THREE, paper_on="2026-08-03")),
    ],
)
def test_an_interest_keeps_out_of_every_step(
    tmp_path: Path, tell: Callable[[Told], None], who: str, tried: Step
) -> None:
    with told(tmp_path) as log:
        tell(log)
        declare(log, who)
        size = log.node.log.size
        with pytest.raises(Refused) as refused:
            log.log(tried(log))
        after = log.node.log.size

    assert refused.value.code == "case-party"
    assert after == size
    assert audited(tmp_path).ok


def test_nobody_proposes_his_own_competitor(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        declare(log, ONE)
        with pytest.raises(Refused) as refused:
            proposed_first(log)
        log.begin(log.opening(LISTING, "listing", authority=MARKET_OFFICE), "listing", "L01", TWO)

    assert (refused.value.code, refused.value.values["lifted_by"]) == ("case-party", "case_officer")


def test_nobody_frees_his_own_kin(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        recorded(log)
        verified(log)
        declare(log, ONE)
        with pytest.raises(Refused) as refused:
            log.log(
                log.step(REPAIR, "repair", "X12", ONE),
                log.step(OUTCOME, "trace_outcome", "T18"),
                log.step(REPAIR, "repair", "X14"),
            )
        (record,) = log.records()

    assert (refused.value.code, record["ended_on"]) == ("case-party", None)


def test_nobody_serves_his_own_competitor(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        asked(log)
        declare(log, ONE)
        with pytest.raises(Refused) as refused:
            log.serve(OUTCOME, "D-FACT-NOTICE", ONE)

    assert refused.value.code == "case-party"


@pytest.mark.parametrize("party", [LAB, None])
def test_an_interest_in_somebody_else_keeps_nobody_out(tmp_path: Path, party: str | None) -> None:
    with told(tmp_path) as log:
        if party:
            declare(log, TWO, party)
        noticed(log)
        state = log.case(LISTING)["state"]

    assert state == "defence_open"


# ---- four eyes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "who"), [("P05", TWO), ("P05", ONE)])
def test_neither_who_entered_nor_who_corrected_confirms(tmp_path: Path, code: str, who: str) -> None:
    with told(tmp_path) as log:
        returned(log)
        log.take(PENALTY, "penalty_record", "P03", TWO, **{**ENTRY, "item": "P04"})
        with pytest.raises(Refused) as refused:
            log.take(PENALTY, "penalty_record", code, who)
        log.take(PENALTY, "penalty_record", code, THREE)
        state = log.case(PENALTY)["state"]

    assert (refused.value.code, refused.value.values["lifted_by"]) == (
        "case-same-person",
        "P03" if who == TWO else "P01",
    )
    assert state == "confirmed"


# ---- one matter, one case -----------------------------------------------------------------------------------------------


def enter_again(log: Told, **paper: str) -> None:
    said = {**ENTRY, "paper": {**PAPER, **paper}}
    log.begin(log.opening(AGAIN, "penalty_record"), "penalty_record", "P01", ONE, **said)


def expired(log: Told) -> None:
    to_publish(log)
    log.take(PENALTY, "penalty_record", "P07", THREE)
    log.on(at("2027-08-11", 0))
    log.take(PENALTY, "penalty_record", "P10")


@pytest.mark.parametrize("tell", [entered, to_publish, expired])
@pytest.mark.parametrize("paper", [{"number": "亳市监处罚〔2026〕32号"}, {"hash": "ab" * 32}])
def test_one_penalty_is_recorded_once(tmp_path: Path, tell: Callable[[Told], None], paper: dict[str, str]) -> None:
    """The same bytes under another number, or another scan of the same number: also when its time is over."""
    with told(tmp_path) as log:
        tell(log)
        with pytest.raises(Conflict) as refused:
            enter_again(log, **paper)

    assert refused.value.code == "paper-entered-already"


def test_a_dropped_entry_leaves_its_paper_free(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        returned(log)
        log.take(PENALTY, "penalty_record", "P04", ONE)
        enter_again(log)
        state = log.case(AGAIN)["state"]

    assert state == "entered"


def test_another_penalty_is_another_case(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        entered(log)
        enter_again(log, number="亳市监处罚〔2026〕32号", hash="ab" * 32)
        state = log.case(AGAIN)["state"]

    assert state == "entered"


def test_a_correction_takes_no_other_penalty_s_paper(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        returned(log)
        enter_again(log, number="亳市监处罚〔2026〕32号", hash="ab" * 32)
        with pytest.raises(Conflict) as refused:
            log.take(
                PENALTY,
                "penalty_record",
                "P03",
                ONE,
                **{**ENTRY, "paper": {**PAPER, "number": "亳市监处罚〔2026〕32号"}},
            )

    assert refused.value.code == "paper-entered-already"


def test_a_listing_is_left_by_removal_and_not_by_repair(tmp_path: Path) -> None:
    """Its own procedure has the year, the conditions and the second person (rows L30 to L33); a repair would know none."""
    with told(tmp_path) as log:
        listed(log)
        (record,) = log.records()
        log.on(at("2027-10-21"))
        opening = log.opening(REPAIR, "repair", target=record["id"], authority=MARKET_OFFICE)
        with pytest.raises(Refused) as refused:
            log.begin(opening, "repair", "X03", COOP, custody="platform")
        log.take(LISTING, "listing", "L30", COOP, custody="platform")

    assert (refused.value.code, refused.value.values["lifted_by"]) == ("listing-is-left", "apply_removal")
