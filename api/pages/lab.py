"""What does a laboratory do here? Samples that wait for its report, the report bound to sample and batch, its receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.forms.answers import Answer, answers, time_words
from api.pages.forms.choices import Choices
from api.pages.forms.filled import Filled, default_at, new_id
from api.pages.forms.layouts import kept_values, layout_of
from api.pages.forms.task import show_form, take_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.lab_items import completed_items, first_items
from api.pages.member_context import Member, member_of
from api.pages.member_forms import files_of
from api.pages.member_holds import Hold, holds_by_batch
from api.pages.member_receipt import local
from api.pages.names import names
from api.pages.own_records import last_records, own_record
from api.pages.private import private_page
from api.pages.queries import find_record_by_id, records_by_actor, samples_for
from api.pages.scan_view import grouped_code
from api.pages.scan_words import Words
from api.query import read_query
from api.recording import record_event
from trace.events import KINDS
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.queries import find_batch, open_holds, upstream
from trace.records import record_id, said
from trace.reports import report_of
from trace.rules import Outcome
from trace.rules.duties import owed_fields
from trace.state import Row

Work = Annotated[Caller, allow_page("lab.report")]
REPORT = KINDS["lab_report"]
HOME = "/lab/"
_OF_THE_SAMPLE = ("sample", "sample_no", "report_kind")
"""What the sample settles: a report on it says the same."""

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
        reports = records_by_actor(reads.connection, member.id, REPORT.name)
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
        title=_batch_title(find_batch(reads.connection, row["chain"]), words),
        number=words.quoted(payload["sample_no"]),
        seal=words.quoted(payload.get("seal_no", "")),
        kind=words.word("value.sample_kind", payload["sample_kind"]),
        taken=words.day(row["occurred_at"]),
        href=f"/lab/reports/new?sample={chain}.{seq}",
    )


def _report_row(reads: Reads, row: Row, words: Words) -> ReportRow:
    conclusion = said(row).get("conclusion")
    return ReportRow(
        title=_batch_title(find_batch(reads.connection, row["chain"]), words),
        day=words.day(row["occurred_at"]),
        conclusion=words.word("value.conclusion", conclusion) if conclusion else words.html("lab.no_conclusion"),
        href=f"/lab/reports/{row['index']}",
    )


def _batch_title(batch: Row | None, words: Words) -> Markup:
    if batch is None:
        return Markup("")
    product = words.product_name(names().products[batch["product"]])
    code = grouped_code(batch["code"]) if batch["code"] else words.quoted(batch["township"])
    return words.html("lab.batch", product=product, code=code)


@router.get("/lab/reports/new")
async def show_report_form(request: Request, caller: Work) -> Response:
    """The report of one sample: its lines with unit and limit, what the last report said of the laboratory itself."""
    member = member_of(request, caller)
    task, batch, used = _task(request, member)
    with member.node.reading() as reads:
        last = next(iter(last_records(reads, member.id, REPORT.name)), None)
    kept = kept_values(REPORT, last.payload, same_batch=last.chain == batch["id"]) if last else {}
    today = member.now.date()
    payload = {
        **{name: value for name, value in kept.items() if name in task.asked},
        "items": first_items(batch["product"], used, today),
        "tested_on": today.isoformat(),
    }
    return show_form(request, task, Filled(new_id(), payload, at=default_at(member.now)))


@router.post("/lab/reports/new")
async def take_report(request: Request, caller: Work) -> Response:
    """What the form sent: checked, then logged."""
    return await take_form(request, _task(request, member_of(request, caller))[0], files_of(request))


def _task(request: Request, member: Member) -> tuple[Task, Row, tuple[str, ...]]:
    """The report of the sample that the address names; the goods; what was used on them and on what they were made from.

    Raises `NotFound` for a sample that does not name this laboratory, as for none.
    """
    chain, _, seq = (
        read_query(request, {"sample", "lang", "text"}, ignore_unknown=True).get("sample", "").partition(".")
    )
    with member.node.reading() as reads:
        sample = find_record_by_id(reads.connection, f"{chain}/{seq}")
        batch = find_batch(reads.connection, chain)
        if sample is None or batch is None or not _is_for(member, sample):
            raise NotFound("not-found")
        used = _used(reads, batch)
    payload, words = said(sample), member.words
    entry = {"chain": chain, "seq": int(seq), "leaf": sample["leaf"]}
    lead = words.html(
        "lab.lead",
        batch=_batch_title(batch, words),
        number=words.quoted(payload["sample_no"]),
        kind=words.word("value.sample_kind", payload["sample_kind"]),
    )
    task = Task(
        kind=REPORT,
        action=f"/lab/reports/new?sample={chain}.{seq}",
        title=words.html("lab.report"),
        back=Link(HOME, words.html("lab.samples")),
        words=words,
        choices=Choices(member.party["region"], batch["product"]),
        layout=layout_of(REPORT),
        asked=tuple(name for name in REPORT.fields if name not in _OF_THE_SAMPLE),
        now=member.now,
        party=member.id,
        save=_saver(member, batch["id"]),
        consequence=lambda filled, _form: _consequence(filled, batch["product"], words),
        save_label=words.html("lab.send"),
        lead=lead,
        region=member.party["region"],
        owed=frozenset(owed_fields(REPORT.name, member.party["legal_form"], False)),
        settled={"sample": entry, "sample_no": payload["sample_no"], "report_kind": payload["sample_kind"]},
        completed=lambda filled: _completed(filled, batch["product"], member.now.date()),
        form_page="lab/form.html",
        check_page="lab/check.html",
    )
    return task, batch, used


def _is_for(member: Member, sample: Row) -> bool:
    """Whether the sample was drawn for this laboratory, or by it for itself."""
    if sample["kind"] != "sample_taken" or sample["is_void"]:
        return False
    laboratory = said(sample).get("laboratory", sample["actor"])
    return bool(laboratory == member.id)


def _used(reads: Reads, batch: Row) -> tuple[str, ...]:
    """The active substances on record for these goods and everything they were made from."""
    chains = [batch["id"], *(row["id"] for row in upstream(reads.connection, batch["id"]))]
    rows = (row for chain in chains for row in reads.chain_rows(chain))
    uses = (record.payload for record in (own_record(reads, row, "") for row in rows) if record.kind == "input_use")
    return tuple(dict.fromkeys(name for use in uses for name in use.get("active", ())))


def _completed(filled: Filled, product: str, today: date) -> Filled:
    """The lines that were filled in, with the limits of the day of the test."""
    stated = filled.payload.get("tested_on")
    try:
        tested = date.fromisoformat(str(stated)) if stated else today
    except ValueError:
        tested = today
    items = completed_items(filled.payload.get("items"), product, today, tested)
    rest = {name: value for name, value in filled.payload.items() if name != "items"}
    return replace(filled, payload={**rest, "items": items} if items else rest)


def _consequence(payload: Mapping[str, Any], product: str, words: Words) -> Markup:
    """What the report will do to the batch, as far as it is filled in."""
    items = completed_items(payload.get("items"), product, date.min, date.min)
    if not items or "conclusion" not in payload:
        return words.html("lab.follows_unknown")
    try:
        verdict = report_of({**payload, "items": items}, product).verdict
    except (KeyError, ValueError):  # a line that is not whole yet: the check of the form says which
        return words.html("lab.follows_unknown")
    reasons = Markup("").join(words.word("rule.reason", code) for code in verdict.reasons)
    if verdict.outcome.stops:
        return words.html("lab.follows_hold", reasons=reasons)
    if verdict.outcome is Outcome.WARN:
        return words.html("lab.follows_remark", reasons=reasons)
    return words.html("lab.follows_clean")


def _saver(member: Member, batch: str) -> Any:
    async def save(one: Saving) -> str:
        receipt = await record_event(
            member.node, member.caller, batch, REPORT.name, one.payload, id=one.id, occurred_at=one.occurred_at
        )
        return f"/lab/reports/{receipt.index}"

    return save


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
        if record.kind != REPORT.name or record.actor != member.id:
            raise NotFound("not-found")
        batch = find_batch(reads.connection, record.chain)
        own = _held_by(reads, record.chain, record_id(record.chain, record.seq))
        holds = [one for row, one in zip(own, _holds(member, reads, record.chain), strict=True) if row]
        view = _report_view(member, batch, record, tuple(replace(one, href="") for one in holds))
    return private_page(request, "lab/report.html", view)


def _held_by(reads: Reads, batch: str, record: str) -> list[bool]:
    """Of each open hold of the batch, whether it rests on this record."""
    return [record in row["ground"].split()[1:] for row in open_holds(reads.connection, [batch])]


def _holds(member: Member, reads: Reads, batch: str) -> Sequence[Hold]:
    return holds_by_batch(member, reads, [batch]).get(batch, ())


def _report_view(member: Member, batch: Row | None, record: Any, holds: tuple[Hold, ...]) -> ReportView:
    words = member.words
    choices = Choices(member.party["region"], batch["product"] if batch else None)
    told = {name: value for name, value in record.payload.items() if name != "sample"}
    received = Answer(words.html("member.received_at"), time_words(local(member, record.received), words), "")
    return ReportView(
        title=_batch_title(batch, words),
        received=words.html("member.received", n=record.index),
        holds=holds,
        consequence=words.html("lab.followed_hold" if holds else "lab.followed_no_hold"),
        facts=(received, *answers(REPORT, told, choices, words)),
        batch_href=f"/t/{batch['code']}" if batch and batch["code"] else "",
    )
