"""What can whoever runs the server, with database, log key and node key in hand, make the audit believe? Nothing of these.

Each log is written by a node that lets everything in, projects it, and leaves out or changes what should follow.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from credit.judging import opening_hash
from credit.wing import CREDIT
from trace.domain import Trace
from trace.ledger.audit import AuditResult
from trace.ledger.canonical import decode, encode
from trace.ledger.entry import Entry
from trace.ledger.errors import DomainError
from trace.ledger.sealing import Derived
from trace.ledger.statement import Statement, parse_statement
from trace.ledger.submission import Decision, Signed
from trace.state import State

from .case_parts import (
    BATCH,
    COOP,
    FAR,
    FILE,
    HOUSEHOLD,
    KEYS,
    LAB,
    MARKET_OFFICE,
    ONE,
    TWO,
    Told,
    at,
    audited,
    entry,
    told,
)
from .test_stories import LISTING, OUTCOME, PAPER, PENALTY, SAMPLE, became_final, listed, proposed, recorded, sampled

Change = Callable[[tuple[Derived, ...]], tuple[Derived, ...]]


class Unscrupulous(Trace):
    """A node that refuses nothing, and says what follows only as `change` lets it."""

    def __init__(self, change: Change = lambda derived: derived) -> None:
        super().__init__(None, CREDIT)
        self._change = change

    def decide(self, state: State, signed: Signed, seq: int, index: int, now: datetime) -> Decision:
        try:
            return super().decide(state, signed, seq, index, now)
        except DomainError:
            return Decision()

    def close(self, state: State) -> None:
        """Half a group is enough for it."""

    def follow(self, state: State, entry: Entry, leaf: bytes, statement: Statement) -> tuple[Derived, ...]:
        return self._change(super().follow(state, entry, leaf, statement))


def audit_of(folder: Path, tell: Callable[[Told], None], change: Change = lambda derived: derived) -> AuditResult:
    with told(folder, Unscrupulous(change)) as log:
        tell(log)
    return audited(folder)


def found(result: AuditResult) -> tuple[bool, str | None]:
    return result.ok, result.check


def without(kind: str) -> Change:
    return lambda derived: tuple(one for one in derived if one.kind != kind)


def altered(kind: str, **said: Any) -> Change:
    def change(derived: tuple[Derived, ...]) -> tuple[Derived, ...]:
        return tuple(replace(one, payload={**one.payload, **said}) if one.kind == kind else one for one in derived)

    return change


# ---- the control: what an honest node writes is sound, through the same unscrupulous domain -----------------------------


@pytest.mark.parametrize("tell", [recorded, listed])
def test_the_same_stories_told_whole_are_sound(tmp_path: Path, tell: Callable[[Told], None]) -> None:
    assert found(audit_of(tmp_path, tell)) == (True, None)


# ---- acts of office ------------------------------------------------------------------------------------------------------


def by_custody(log: Told) -> None:
    """The node signs for an official."""
    log.begin(log.opening(LISTING, "listing", authority=MARKET_OFFICE), "listing", "L01", ONE, custody="platform")


def by_the_node_itself(log: Told) -> None:
    log.begin(log.opening(LISTING, "listing", authority=MARKET_OFFICE), "listing", "L01")


def by_an_official_of_another_region(log: Told) -> None:
    log.begin(log.opening(LISTING, "listing", authority=MARKET_OFFICE), "listing", "L01", FAR)


def by_one_official_twice(log: Told) -> None:
    became_final(log, sampled(log))
    log.on(at("2026-08-14"))
    log.serve(OUTCOME, "D-FACT-NOTICE", ONE)
    log.take(OUTCOME, "trace_outcome", "T02", ONE)
    log.on(at("2026-08-24"))
    log.take(OUTCOME, "trace_outcome", "T04")
    log.take(OUTCOME, "trace_outcome", "T05", ONE)
    log.open_file()
    log.take(OUTCOME, "trace_outcome", "T06", ONE)


def by_an_old_opening(log: Told) -> None:
    """What an official signed against one party is put under the opening against another."""
    meant = log.opening(LISTING, "listing", authority=MARKET_OFFICE)
    step = log.step(LISTING, "listing", "L01", ONE, opens=opening_hash(meant.statement))
    log.log(log.opening(LISTING, "listing", authority=MARKET_OFFICE, subject=LAB), step)


def before_it_was_served(log: Told) -> None:
    proposed(log)
    log.take(LISTING, "listing", "L03", TWO)
    log.take(LISTING, "listing", "L04", ONE)


def before_the_defence_was_over(log: Told) -> None:
    before_it_was_served(log)
    log.serve(LISTING, "D-LIST-NOTICE", ONE)
    log.take(LISTING, "listing", "L08")


def giving_up_a_right_in_custody(log: Told) -> None:
    proposed(log)
    log.take(LISTING, "listing", "L03", TWO)
    log.serve(LISTING, "D-LIST-NOTICE", ONE)
    log.take(LISTING, "listing", "L04", ONE)
    log.take(LISTING, "listing", "L07", COOP, custody="platform")


def by_an_authority_without_a_list_power(log: Told) -> None:
    log.begin(log.opening(LISTING, "listing"), "listing", "L01", ONE)


def a_file_s_good_record_that_no_rule_earns(log: Told) -> None:
    log.open_file()
    report = entry(log.say(BATCH, "lab_report", {"items": [{"item": "T-SO2", "value": "9", "unit": "mg/kg"}]}, LAB))
    said = {
        "item": "G05",
        "catalogue": "credit_catalogue@1",
        "direction": "good",
        "layer": "sector",
        "source": report,
        "rule": "G05@1",
        "legal_basis": "L-APQSL 46-51",
        "anchor": "2026-08-03",
    }
    log.say(FILE, "record_entered", said)


def a_measure_without_a_decision(log: Told) -> None:
    recorded(log)
    (record,) = log.records()
    named = {"chain": FILE, "seq": int(record["id"].rpartition("/")[2]), "leaf": record["leaf"]}
    said = {
        "measure": "S02",
        "records": [named],
        "basis": "P-SAMR44",
        "scope": "all",
        "starts_on": "2026-08-24",
        "source": named,
        "rule": "credit@1",
    }
    log.say(FILE, "measure_started", said)


def a_listing_ended_without_its_procedure(log: Told) -> None:
    listed(log)
    (listing,) = log.listings()
    named = {"chain": FILE, "seq": int(listing["id"].rpartition("/")[2]), "leaf": listing["leaf"]}
    log.say(FILE, "listing_ended", {"listing": named, "how": "removed", "rule": "credit@1", "ended_on": "2026-10-21"})


def supervised(log: Told, sampled: str, conclusion: str) -> dict[str, Any]:
    """The co-op's goods were sampled, the sheet names whom they were drawn from; the report."""
    sheet = {"sample_no": "1", "sample_kind": "supervision", "quantity": {"value": "1", "unit": "kg"}}
    sample = entry(log.say(BATCH, "sample_taken", {**sheet, "sampled": sampled}, LAB))
    value = {"fail": "412", "pass": "40"}[conclusion]
    said = {"items": [{"item": "T-SO2", "value": value, "unit": "mg/kg", "judgement": conclusion}], "sample": sample}
    more = {"conclusion": conclusion, "report_kind": "supervision", "cma_no": "CMA-示例-01"}
    return entry(log.say(BATCH, "lab_report", {**said, **more}, LAB))


def against_an_owner_who_was_not_sampled(log: Told) -> None:
    """The goods stand with the co-op, and the sheet names the household that they were drawn from."""
    report = supervised(log, HOUSEHOLD, "fail")
    opened = log.opening(SAMPLE, "sample_result", target=BATCH, evidence=[report])
    log.begin(opened, "sample_result", "S01", record=report)


def half_a_group(log: Told) -> None:
    """A final failure, and nobody asks the question that follows."""
    sampled(log)
    log.on(at("2026-08-13", 0))
    log.take("sample".ljust(22, "x"), "sample_result", "S08")


@pytest.mark.parametrize(
    "tell",
    [
        by_custody,
        by_the_node_itself,
        by_an_official_of_another_region,
        by_one_official_twice,
        by_an_old_opening,
        before_it_was_served,
        before_the_defence_was_over,
        giving_up_a_right_in_custody,
        by_an_authority_without_a_list_power,
        a_file_s_good_record_that_no_rule_earns,
        a_measure_without_a_decision,
        a_listing_ended_without_its_procedure,
        against_an_owner_who_was_not_sampled,
        half_a_group,
    ],
)
def test_the_audit_finds_a_step_that_nobody_could_lawfully_take(tmp_path: Path, tell: Callable[[Told], None]) -> None:
    assert found(audit_of(tmp_path, tell)) == (False, "procedure")


@pytest.mark.parametrize(("sampled", "result"), [(COOP, (True, None)), (HOUSEHOLD, (False, "procedure"))])
def test_a_pass_is_earned_by_nobody_but_whom_the_sample_was_drawn_from(
    tmp_path: Path, sampled: str, result: tuple[bool, str | None]
) -> None:
    """The owner of the goods is the co-op both times, and it is the co-op's file that it is entered in."""

    def entered(log: Told) -> None:
        log.open_file()
        said = {
            "item": "G05",
            "catalogue": "credit_catalogue@1",
            "direction": "good",
            "layer": "sector",
            "source": supervised(log, sampled, "pass"),
            "rule": "G05@1",
            "legal_basis": "L-APQSL 46-51",
            "anchor": "2026-08-03",
        }
        log.say(FILE, "record_entered", said)

    assert found(audit_of(tmp_path, entered)) == result


def test_a_proof_of_another_statement_proves_nothing(tmp_path: Path) -> None:
    """An old proof replayed: the official's signature on one step, put on another."""

    def replayed(log: Told) -> None:
        proposed(log)
        honest = log.step(LISTING, "listing", "L03", TWO)
        other = log.step(LISTING, "listing", "L03", TWO, grounds="另有理由")
        document = {**decode(other.statement.data), "proof": list(honest.statement.proofs)}
        log.log(Signed(parse_statement(encode(document)), other.openings))

    result = audit_of(tmp_path, replayed)

    assert not result.ok
    assert result.check == "signature"


def test_a_revoked_key_signs_no_more(tmp_path: Path) -> None:
    def revoked(log: Told) -> None:
        proposed(log)
        log.say(TWO, "key_revoked", {"key": KEYS[TWO].did, "why": "stolen"})
        log.take(LISTING, "listing", "L03", TWO)

    assert found(audit_of(tmp_path, revoked)) == (False, "key")


def test_the_node_alone_changes_no_register(tmp_path: Path) -> None:
    from .case_parts import OFFICE

    def adopted(log: Told) -> None:
        said = {
            "table": "competence.csv",
            "version": "2",
            "sha256": "0" * 64,
            "in_force_from": "2026-08-03",
            "basis": "1",
        }
        log.say(OFFICE, "tables_adopted", said)

    assert found(audit_of(tmp_path, adopted)) == (False, "key")


# ---- what follows --------------------------------------------------------------------------------------------------------


def penalty(log: Told) -> None:
    log.on(at("2026-08-12"))
    said: Mapping[str, Any] = {"item": "P03", "class_basis": "一般", "legal_basis": "L-APQSL 70", "paper": PAPER}
    log.begin(log.opening(PENALTY, "penalty_record"), "penalty_record", "P01", ONE, **said)
    log.take(PENALTY, "penalty_record", "P05", TWO)
    log.serve(PENALTY, "D-PUB-NOTICE", ONE)
    log.serve(PENALTY, "D-REPAIR-NOTICE", ONE)
    log.take(PENALTY, "penalty_record", "P06", ONE)
    log.open_file()
    log.take(PENALTY, "penalty_record", "P07", TWO)


@pytest.mark.parametrize(
    ("tell", "change"),
    [
        (recorded, without("record_entered")),
        (recorded, without("measure_started")),
        (recorded, altered("record_entered", layer="public")),
        (penalty, altered("record_entered", published_until="2036-08-10")),
        (penalty, altered("record_entered", **{"class": "serious"})),
        (listed, without("listing_started")),
        (listed, altered("listing_started", until="2039-10-20")),
        (listed, altered("measure_started", basis="another")),
    ],
)
def test_the_audit_misses_what_was_left_out_and_sees_what_was_altered(
    tmp_path: Path, tell: Callable[[Told], None], change: Change
) -> None:
    assert found(audit_of(tmp_path, tell, change)) == (False, "derived")
