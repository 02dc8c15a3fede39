"""A step says what its own row asks and nothing that would stay in the case behind the backs of those who signed before."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from credit.next_steps import standing_of
from credit.told_steps import told_steps
from trace.ledger.errors import DomainError, Invalid, Refused

from .case_parts import COOP, MARKET_OFFICE, ONE, THREE, TWO, UPPER, Told, at, audited, paper_hash, told
from .log_reader import said_in
from .test_stories import LISTING, OUTCOME, PAPER, PENALTY, became_final, listed, proposed, sampled

ENTRY = {"item": "P03", "class_basis": "一般", "legal_basis": "农产品质量安全法 第七十条", "paper": PAPER}


def entered(log: Told) -> None:
    log.on(at("2026-08-12"))
    log.begin(log.opening(PENALTY, "penalty_record"), "penalty_record", "P01", ONE, **ENTRY)


def returned(log: Told) -> None:
    entered(log)
    log.take(PENALTY, "penalty_record", "P02", TWO)


def confirmed(log: Told) -> None:
    entered(log)
    log.take(PENALTY, "penalty_record", "P05", TWO)


def to_publish(log: Told) -> None:
    confirmed(log)
    log.serve(PENALTY, "D-PUB-NOTICE", ONE)
    log.serve(PENALTY, "D-REPAIR-NOTICE", ONE)
    log.take(PENALTY, "penalty_record", "P06", ONE)
    log.open_file()


def to_decide(log: Told) -> None:
    proposed(log)
    log.on(at("2026-08-24"))
    log.take(LISTING, "listing", "L03", TWO)
    log.serve(LISTING, "D-LIST-NOTICE", ONE)
    log.take(LISTING, "listing", "L04", ONE)
    log.on(at("2026-08-25"))
    log.take(LISTING, "listing", "L07", COOP)
    log.take(LISTING, "listing", "L15", THREE)
    log.take(LISTING, "listing", "L18", TWO)
    log.take(LISTING, "listing", "L19", UPPER)


def to_list(log: Told) -> None:
    to_decide(log)
    log.take(LISTING, "listing", "L22", TWO)
    log.serve(LISTING, "D-LIST-DECISION", ONE)
    log.serve(LISTING, "D-REPAIR-NOTICE", ONE)
    log.on(at("2026-08-26"))
    log.take(LISTING, "listing", "L25", ONE)
    log.open_file()


def asked(log: Told) -> None:
    became_final(log, sampled(log))
    log.on(at("2026-08-14"))
    log.serve(OUTCOME, "D-FACT-NOTICE", ONE)


def explained(log: Told) -> None:
    asked(log)
    log.take(OUTCOME, "trace_outcome", "T02", ONE)
    log.on(at("2026-08-24"))
    log.take(OUTCOME, "trace_outcome", "T04")
    log.take(OUTCOME, "trace_outcome", "T05", ONE)
    log.open_file()


def papers(*codes: str) -> list[dict[str, str]]:
    return [{"code": code, "doc_no": "谯农另1号", "hash": paper_hash(code[::-1])} for code in codes]


LATER = {**PAPER, "dated": "2026-08-12"}
BOTH = {"guards": {"service_proven": True, "not_handled": False}}


@pytest.mark.parametrize(
    ("tell", "step", "said", "pointer", "code"),
    [
        # What was confirmed is what is published: no other item, least of all the list itself, no other paper or day.
        (to_publish, (PENALTY, "penalty_record", "P07", THREE), {"item": "P05"}, "/payload/item", "unknown-field"),
        (to_publish, (PENALTY, "penalty_record", "P07", THREE), {"paper": LATER}, "/payload/paper", "unknown-field"),
        (
            to_publish,
            (PENALTY, "penalty_record", "P07", THREE),
            {"facts": {"period_start": "2026-08-12"}},
            "/payload/facts/period_start",
            "unknown-field",
        ),
        (explained, (OUTCOME, "trace_outcome", "T06", TWO), {"item": "N03"}, "/payload/item", "unknown-field"),
        # One answer keeps no question open that nobody handled in time.
        (asked, (OUTCOME, "trace_outcome", "T02", ONE), BOTH, "/payload/guards/not_handled", "unknown-field"),
        # No day that the case computes is typed, and none makes a term longer but at publication.
        (
            proposed,
            (LISTING, "listing", "L03", TWO),
            {"facts": {"case_filed": "2026-08-01"}},
            "/payload/facts/case_filed",
            "unknown-field",
        ),
        (
            to_list,
            (LISTING, "listing", "L27", THREE),
            {"facts": {"listing_date": "2026-08-01"}},
            "/payload/facts/listing_date",
            "unknown-field",
        ),
        (
            proposed,
            (LISTING, "listing", "L03", TWO),
            {"facts": {"restriction_end": "2036-08-01"}},
            "/payload/facts/restriction_end",
            "unknown-field",
        ),
        # The decision is the one that the head signed and the party was served with.
        (
            to_list,
            (LISTING, "listing", "L27", THREE),
            {"documents": papers("D-PUB-ENTRY", "D-LIST-DECISION")},
            "/payload/documents/1/code",
            "unknown-value",
        ),
        (
            proposed,
            (LISTING, "listing", "L03", TWO),
            {"documents": papers("D-LIST-NOTICE", "D-LIST-NOTICE")},
            "/payload/documents/1/code",
            "unknown-value",
        ),
        (
            proposed,
            (LISTING, "listing", "L03", TWO),
            {"published": {"party": "另一家"}},
            "/payload/published/party",
            "unknown-field",
        ),
        # A correction says the whole entry again.
        (returned, (PENALTY, "penalty_record", "P03", ONE), {"item": "P04"}, "/payload/class_basis", "missing-field"),
    ],
)
def test_what_is_not_of_the_row_is_not_accepted(
    tmp_path: Path,
    tell: Callable[[Told], None],
    step: tuple[str, str, str, str],
    said: dict[str, Any],
    pointer: str,
    code: str,
) -> None:
    with told(tmp_path) as log:
        tell(log)
        before = (log.case(step[0])["progress"], log.records(), log.listings())
        with pytest.raises(Invalid) as refused:
            log.take(*step, **said)
        after = (log.case(step[0])["progress"], log.records(), log.listings())

    assert (refused.value.faults[0].pointer, refused.value.code) == (pointer, code)
    assert after == before
    assert audited(tmp_path).ok


@pytest.mark.parametrize("said", [{"item": "P05"}, {"item": "N09"}, {"paper": {**PAPER, "dated": "2026-08-13"}}])
def test_a_corrected_entry_holds_what_a_first_one_holds(tmp_path: Path, said: dict[str, Any]) -> None:
    with told(tmp_path) as log:
        returned(log)
        with pytest.raises(DomainError) as refused:
            log.take(PENALTY, "penalty_record", "P03", ONE, **{**ENTRY, **said})

    assert isinstance(refused.value, Refused)
    assert (refused.value.code, refused.value.values["lifted_by"]) == ("case-guard", "catalogue_item")


def test_a_corrected_entry_is_what_is_confirmed_and_published(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        returned(log)
        log.take(PENALTY, "penalty_record", "P03", ONE, **{**ENTRY, "item": "P04", "class_basis": "严重"})
        log.take(PENALTY, "penalty_record", "P05", TWO)
        log.serve(PENALTY, "D-PUB-NOTICE", ONE)
        log.serve(PENALTY, "D-REPAIR-NOTICE", ONE)
        log.take(PENALTY, "penalty_record", "P06", ONE)
        log.open_file()
        log.take(PENALTY, "penalty_record", "P07", THREE)
        (record,) = log.records()

    # 36 months from the date of the document, 2026-08-10.
    assert (record["item"], record["class"], record["published_until"]) == ("P04", "serious", "2029-08-10")
    assert audited(tmp_path).ok


def test_a_longer_restriction_is_stated_at_publication(tmp_path: Path) -> None:
    """The term of 36 months would end with 2029-08-26; the restriction lasts until 2030-01-31 (row L35)."""
    with told(tmp_path) as log:
        to_list(log)
        log.take(LISTING, "listing", "L27", THREE, facts={"restriction_end": "2030-01-31"})
        log.on(at("2030-01-31", 23, 59, 59))
        with pytest.raises(Refused) as early:
            log.take(LISTING, "listing", "L35")
        log.on(at("2030-02-01", 0))
        log.take(LISTING, "listing", "L35")

    assert early.value.code == "case-too-early"
    assert audited(tmp_path).ok


def test_the_day_that_an_own_clock_counts_from_is_stated_once(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        listed(log)
        log.on(at("2026-11-02"))
        quashed = {"annulment_received": "2026-10-30"}
        log.take(LISTING, "listing", "L39", TWO, beside=(THREE,), facts=quashed)
        (listing,) = log.listings()

    assert (listing["how"], listing["ended_on"]) == ("annulled", "2026-11-02")
    assert audited(tmp_path).ok


def test_a_listing_of_another_authority_is_not_smuggled_in(tmp_path: Path) -> None:
    """The authority without a list power enters a penalty, and a registrar would publish it as a listing."""
    with told(tmp_path) as log:
        to_publish(log)
        with pytest.raises(Invalid):
            log.take(PENALTY, "penalty_record", "P07", THREE, item="P05", legal_basis="P-SAMR44")
        log.take(PENALTY, "penalty_record", "P07", THREE)
        records, listings = log.records(), log.listings()

    assert [one["item"] for one in records] == ["P03"]
    assert listings == []
    assert MARKET_OFFICE not in {one["authority"] for one in listings}


def test_a_step_is_the_row_of_the_state_that_the_case_is_in(tmp_path: Path) -> None:
    """`annul` is L28 before a listing and L39 after it; under the first name nothing of the listing would have ended."""
    with told(tmp_path) as log:
        listed(log)
        with pytest.raises(Refused) as refused:
            log.take(LISTING, "listing", "L28", TWO, beside=(THREE,))
        log.take(LISTING, "listing", "L39", TWO, beside=(THREE,))
        (listing,) = log.listings()

    assert (refused.value.code, refused.value.values["lifted_by"]) == ("case-not-from-here", "L39")
    assert listing["how"] == "annulled"
    assert audited(tmp_path).ok


# ---- days that are stated ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tell", "step", "facts", "name", "earliest"),
    [
        # PAPER is of 2026-08-10.
        (
            confirmed,
            (PENALTY, "penalty_record", "P23", TWO),
            {"annulment_received": "2026-08-09"},
            "annulment_received",
            10,
        ),
        # Agreed to by the city on 2026-08-25; decided that day.
        (to_decide, (LISTING, "listing", "L22", TWO), {"decision_date": "2026-08-24"}, "decision_date", 25),
        (to_list, (LISTING, "listing", "L28", TWO), {"annulment_received": "2026-08-24"}, "annulment_received", 25),
        (
            to_list,
            (LISTING, "listing", "L27", THREE),
            {"stay_from": "2026-08-26", "stay_until": "2026-08-25"},
            "stay_until",
            26,
        ),
    ],
)
def test_no_stated_day_lies_before_what_it_follows_from(
    tmp_path: Path,
    tell: Callable[[Told], None],
    step: tuple[str, str, str, str],
    facts: dict[str, str],
    name: str,
    earliest: int,
) -> None:
    beside = {"beside": (THREE,)} if step[2] in ("P23", "L28") else {}
    with told(tmp_path) as log:
        tell(log)
        with pytest.raises(Invalid) as refused:
            log.take(*step, facts=facts, **beside)
        log.take(*step, facts={**facts, name: f"2026-08-{earliest}"}, **beside)

    assert [(one.pointer, one.code) for one in refused.value.faults] == [(f"/payload/facts/{name}", "date-too-early")]
    assert refused.value.values["earliest"] == f"2026-08-{earliest}"
    assert audited(tmp_path).ok


def test_a_document_was_not_received_before_it_was_written(tmp_path: Path) -> None:
    with told(tmp_path) as log:
        log.on(at("2026-08-12"))
        opening = log.opening(PENALTY, "penalty_record")
        with pytest.raises(Invalid) as refused:
            log.begin(opening, "penalty_record", "P01", ONE, **ENTRY, facts={"document_received": "2026-08-09"})
        log.begin(opening, "penalty_record", "P01", ONE, **ENTRY, facts={"document_received": "2026-08-10"})

    assert refused.value.code == "date-too-early"
    assert refused.value.values["earliest"] == "2026-08-10"


def test_a_second_ruling_has_a_day_of_its_own(tmp_path: Path) -> None:
    """The first came on 2026-10-21; the second, told without a day, counts from the day on which the log has it."""
    with told(tmp_path) as log:
        listed(log)
        log.on(at("2026-10-22"))
        log.take(LISTING, "listing", "L43", TWO, beside=(THREE,), facts={"ruling_received": "2026-10-21"})
        log.on(at("2026-11-09"))
        log.take(LISTING, "listing", "L44", TWO, beside=(THREE,))
        log.on(at("2026-12-01"))
        standing = standing_of(log.case(LISTING), at("2026-12-01"))
        pause = standing.procedure.steps["L43"]
        again = log.take(LISTING, "listing", "L43", TWO, beside=(THREE,), facts={"ruling_received": "2026-11-30"})
        steps = told_steps(
            standing.procedure,
            [(one.payload, one.at) for one in said_in(tmp_path) if one.kind == "case_step" and one.chain == LISTING],
        )

    assert standing.due(pause) is None
    assert not standing.is_late(pause)
    assert [one.is_late for one in steps if one.step.code == "L43"] == [False, False]
    assert again.seq > 0
    assert audited(tmp_path).ok
