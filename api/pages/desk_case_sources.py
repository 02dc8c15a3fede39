"""What stands in the log already of what a paper asks: the report behind a fact, the application and the record of a repair?

Papers are Chinese; so is what is filled into them. Whoever signs reads it first and may write otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from api.catalogue import say
from api.pages.law_words import law_words
from api.pages.names import names
from api.pages.own_records import OwnRecord, own_record
from api.pages.scan_words import Words, as_day
from credit.measures import is_in_force, measures_ending
from credit.next_steps import Standing
from credit.queries import find_record, measures_of_subject
from credit.reference.catalogue import Item, catalogue
from credit.reference.holidays import legal_calendar
from credit.reference.measures import measures
from credit.reference.procedures import Step
from credit.working_days import nth_working_day
from trace.ledger.store import Reads
from trace.legal_days import SHANGHAI

REPAIR, APPLIED, GRANT = "repair", "applied", "X12"


def report_texts(reads: Reads, entry: Mapping[str, Any], item: Item | None) -> Iterator[tuple[str, str]]:
    """Of a fact that a report found: which report, the hash of its file (of its entry where it came without one), its day,
    and on what the item of the catalogue rests."""
    sealed = next((one for one in reads.chain_rows(entry["chain"]) if one.seq == entry["seq"]), None)
    if sealed is None:
        return
    words, record = Words("zh", names()), own_record(reads, sealed, "")
    yield "event_ids", report_line(reads, entry, words)
    yield "document_hash", str(record.payload.get("report", sealed.leaf.hex()))
    yield "document_date", report_day(record)
    yield "sample_no", sample_number(reads, record.payload)
    if item is not None:
        yield "legal_basis", law_words(item.legal_basis, words).striptags()
    if item is not None and item.severity is None:
        yield "class", say("case.text.no_class", "zh")
        yield "class_basis", say("case.text.no_class_basis", "zh")


def report_line(reads: Reads, entry: Mapping[str, Any], words: Words) -> str:
    """A report by its kind, number and day, and where it stands in the log. StopIteration for an entry that is none."""
    record = own_record(reads, next(one for one in reads.chain_rows(entry["chain"]) if one.seq == entry["seq"]), "")
    number, day = words.quoted(record.payload.get("report_no", "")), words.day(report_day(record))
    kind = words.word("kind", record.kind)
    return words.html("case.text.report", kind=kind, number=number, day=day, n=record.index).striptags()


def report_day(record: OwnRecord) -> str:
    """The day on which a report was issued, else that of its entry."""
    return str(record.payload.get("issued_on") or as_day(record.occurred_at).isoformat())


def sample_number(reads: Reads, report: Mapping[str, Any]) -> str:
    """The number of the sample that was reported on: as the report has it, else as the sample's own record; "" where neither."""
    if "sample_no" in report or "sample" not in report:
        return str(report.get("sample_no", ""))
    entry = report["sample"]
    sealed = next((one for one in reads.chain_rows(entry["chain"]) if one.seq == entry["seq"]), None)
    return "" if sealed is None else str(own_record(reads, sealed, "").payload.get("sample_no", ""))


def begun_texts(reads: Reads, standing: Standing) -> dict[str, str]:
    """What a party's answer to a report begins with. Where neither report nor sample has a number the answer names the report:
    nobody loses a re-test by a number that was never told."""
    entry = standing.progress.said.get("record")
    if not entry:
        return {}
    texts = dict(report_texts(reads, entry, None))
    if not texts.get("sample_no"):
        texts["sample_no"] = say("case.text.no_sample_no", "zh", report=report_line(reads, entry, Words("zh", names())))
    return texts


def repair_texts(reads: Reads, standing: Standing, step: Step, today: date) -> Iterator[tuple[str, str]]:
    """Of a repair: when it was applied for, until when it is decided, and what ends with the record, as of today."""
    yield from acceptance_texts(standing, step, APPLIED, GRANT, today)
    record = find_record(reads.connection, standing.row["target"] or "")
    if record is None:
        return
    item = catalogue()[record["item"]]
    yield "items", f"{item.code} {item.zh}"
    yield "publication_end", today.isoformat() if item.is_public else say("case.text.never_published", "zh")
    yield "sharing_end", today.isoformat()
    yield "measures_ended", ending_text(reads, record, today)
    yield "grade_update", say("case.text.grade_anew", "zh")
    yield "peers_told", say("case.text.nobody", "zh")


def acceptance_texts(
    standing: Standing, step: Step, applied: str, grant: str, today: date
) -> Iterator[tuple[str, str]]:
    """When the application came, and at its acceptance, until when it is decided. `applied`: the state that it led to; `grant`:
    the step whose time runs from the acceptance."""
    came = standing.case.entered.get(applied)
    yield "received_at", came.astimezone(SHANGHAI).date().isoformat() if came else ""
    deadline = standing.procedure.steps[grant].deadline
    if deadline is not None and step.code == deadline.anchor.name:
        yield "accepted_at", today.isoformat()
        yield "decide_by", nth_working_day(today, deadline.count, legal_calendar()).day.isoformat()


def ending_text(reads: Reads, record: Mapping[str, Any], today: date) -> str:
    """The measures that end with the record: those that rest on no other that stands."""
    rows = [row for row in measures_of_subject(reads.connection, record["subject"]) if is_in_force(row, today)]
    ended = {record["id"]: {**record, "ended_on": today.isoformat()}}
    over = {one.measure for one in measures_ending(rows, ended, today)}
    found = [measures()[row["measure"]] for row in rows if row["id"] in over]
    return "\n".join(f"{one.code} {one.zh}" for one in found) or say("case.text.nothing", "zh")
