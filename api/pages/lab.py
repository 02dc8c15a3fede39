"""What does a laboratory do here? Samples that wait for its report, the report bound to sample and batch, its receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.forms.answers import Answer, answers, time_words
from api.pages.forms.choices import Choices
from api.pages.lab_about import HOME, RETEST, batch_title
from api.pages.member_context import Member, member_of
from api.pages.member_holds import Hold, holds_by_batch
from api.pages.member_receipt import local
from api.pages.own_records import OwnRecord, own_record
from api.pages.private import private_page
from api.pages.queries import records_by_actor, samples_for
from api.pages.scan_words import Words
from trace.events import KINDS
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.papers import REPORTS
from trace.queries import find_batch, open_holds
from trace.records import record_id, said
from trace.state import Row

Work = Annotated[Caller, allow_page("lab.report")]

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A sample that waits. `href`: where its report is written."""

    title: Markup
    number: Markup
    seal: Markup
    kind: Markup
    taken: str
    href: str


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report of this laboratory."""

    title: Markup
    day: str
    conclusion: Markup
    href: str


@dataclass(frozen=True, slots=True)
class SamplesView:
    """What waits, and what was reported lately."""

    party: Markup
    demonstration: bool
    samples: tuple[SampleRow, ...]
    reports: tuple[ReportRow, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report as it was received, and what it did to the batch."""

    name: Markup
    title: Markup
    received: Markup
    holds: tuple[Hold, ...]
    consequence: Markup
    facts: tuple[Answer, ...]
    batch_href: str


@router.get(HOME)
async def show_samples(request: Request, caller: Work) -> Response:
    """The samples that name this laboratory and have no report of it yet, the longest waiting first."""
    member = member_of(request, caller)
    with member.node.reading() as reads:
        own = [row for kind in REPORTS for row in records_by_actor(reads.connection, member.id, kind)]
        reports = sorted(own, key=lambda row: int(row["index"]))
        done = {_sample_id(said(row)) for row in reports}
        waiting = [row for row in samples_for(reads.connection, member.id) if row["id"] not in done]
        view = SamplesView(
            party=member.words.quoted(member.party["name"] or ""),
            demonstration=member.node.genesis.purpose == "demonstration",
            samples=tuple(_sample_row(reads, row, member.words) for row in waiting),
            reports=tuple(_report_row(reads, row, member.words) for row in reports[-REPORTS_SHOWN:][::-1]),
        )
    return private_page(request, "lab/samples.html", view)


REPORTS_SHOWN = 20


def _sample_id(payload: Mapping[str, Any]) -> str:
    sample = payload.get("sample")
    return record_id(sample["chain"], sample["seq"]) if sample else ""


def _sample_row(reads: Reads, row: Row, words: Words) -> SampleRow:
    payload = said(row)
    chain, _, seq = row["id"].rpartition("/")
    return SampleRow(
        title=batch_title(find_batch(reads.connection, row["chain"]), words),
        number=words.quoted(payload["sample_no"]),
        seal=words.quoted(payload.get("seal_no", "")),
        kind=words.word("value.sample_kind", payload["sample_kind"]),
        taken=words.day(row["occurred_at"]),
        href=f"/lab/reports/new?sample={chain}.{seq}",
    )


def _report_row(reads: Reads, row: Row, words: Words) -> ReportRow:
    conclusion = said(row).get("conclusion")
    return ReportRow(
        title=batch_title(find_batch(reads.connection, row["chain"]), words),
        day=words.day(row["occurred_at"]),
        conclusion=words.clauses(
            [
                words.word("kind", row["kind"]) if row["kind"] == RETEST.name else None,
                words.word("value.conclusion", conclusion) if conclusion else words.html("lab.no_conclusion"),
            ]
        ),
        href=f"/lab/reports/{row['index']}",
    )


@router.get("/lab/reports/{index}")
async def show_report(index: str, request: Request, caller: Work) -> Response:
    """A report of this laboratory as it stands in the log, and whether the batch is held by it."""
    member = member_of(request, caller)
    with member.node.reading() as reads:
        number = int(index) if index.isascii() and index.isdigit() and len(index) < 16 else -1
        sealed = next(reads.rows(number, number + 1), None) if number >= 0 else None
        if sealed is None:
            raise NotFound("not-found")
        record = own_record(reads, sealed, member.id)
        if record.kind not in REPORTS or record.actor != member.id:
            raise NotFound("not-found")
        batch = find_batch(reads.connection, record.chain)
        own = _held_by(reads, record.chain, {record_id(record.chain, record.seq), *_first_of(record)})
        holds = [one for row, one in zip(own, _holds(member, reads, record.chain), strict=True) if row]
        view = _report_view(member, reads, batch, record, tuple(replace(one, href="") for one in holds))
    return private_page(request, "lab/report.html", view)


def _first_of(record: OwnRecord) -> tuple[str, ...]:
    """The report that a re-test answers."""
    named = record.payload.get("retest_of")
    return (record_id(named["chain"], named["seq"]),) if named else ()


def _held_by(reads: Reads, batch: str, records: set[str]) -> list[bool]:
    """Of each open hold of the batch, whether it rests on one of these records."""
    return [not records.isdisjoint(row["ground"].split()[1:]) for row in open_holds(reads.connection, [batch])]


def _holds(member: Member, reads: Reads, batch: str) -> Sequence[Hold]:
    return holds_by_batch(member, reads, [batch]).get(batch, ())


def _report_view(
    member: Member, reads: Reads, batch: Row | None, record: OwnRecord, holds: tuple[Hold, ...]
) -> ReportView:
    words = member.words
    choices = Choices(member.party["region"], batch["product"] if batch else None)
    told = {name: value for name, value in record.payload.items() if name not in ("sample", "retest_of")}
    received = Answer(words.html("member.received_at"), time_words(local(member, record.received), words), "")
    follows = "retest_followed" if record.kind == RETEST.name else "followed"
    return ReportView(
        name=words.html("lab.retest" if record.kind == RETEST.name else "lab.report"),
        title=batch_title(batch, words),
        received=words.html("member.received", n=record.index),
        holds=holds,
        consequence=words.html(f"lab.{follows}_hold" if holds else f"lab.{follows}_no_hold"),
        facts=(received, *member.shelf.answers(reads, answers(KINDS[record.kind], told, choices, words), words)),
        batch_href=f"/t/{batch['code']}" if batch and batch["code"] else "",
    )
