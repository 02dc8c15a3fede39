"""How does a laboratory put its own report right: say it anew, or say that there was no such report?

What its goods are held for is judged again by what the report says then; the one before stays in the log, and is shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.corrections import (
    Correcting,
    correcting,
    follows_of,
    own_fact,
    restating,
    show_correcting,
    task_asked,
)
from api.pages.forms.choices import Choices, Option
from api.pages.forms.filled import Filled
from api.pages.forms.task import take_form
from api.pages.forms.views import Task
from api.pages.lab_about import REPORT, RETEST, About, batch_title, foreseen_verdict, is_for, report_follows, used_on
from api.pages.lab_items import MOST_LINES, corrected_items, first_items, test_day, with_the_rest
from api.pages.lab_retests import first_reports, report_option
from api.pages.lab_waiting import ROOMS
from api.pages.member_context import Member, member_of
from api.pages.member_forms import files_of
from api.pages.queries import current_records, find_record_by_id, open_holds
from api.pages.scan_words import as_day
from trace.events import KINDS
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.papers import REPORTS
from trace.queries import find_batch
from trace.records import entry_of, record_id, said
from trace.rules.duties import owed_fields
from trace.state import Row

Work = Annotated[Caller, allow_page("lab.report")]

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class _Report:
    """A report that is mended, and the samples that it may be on. `holds`: whether goods are held by it as it stands;
    `is_answered`: whether a re-test of it stands, so that it does not decide alone."""

    one: Correcting
    about: About
    samples: tuple[Row, ...]
    holds: bool
    is_answered: bool

    @property
    def items(self) -> list[Any]:
        found: list[Any] = self.one.payload["items"]
        return found

    @property
    def is_long(self) -> bool:
        """Whether it has more lines than a form carries: they are mended by whoever sent them, by the interface."""
        return len(self.items) > MOST_LINES

    @property
    def tested_on(self) -> date:
        return test_day(self.one.payload, as_day(self.one.row["occurred_at"]))


@router.get("/lab/correct/{index}")
async def show_correction(index: str, request: Request, caller: Work) -> Response:
    """The report as it stands, to be said anew; or, with `how=void`, that there was no such report."""
    one, task = _asked(request, caller, index)
    return await show_correcting(request, one, task)


@router.post("/lab/correct/{index}")
async def take_correction(index: str, request: Request, caller: Work) -> Response:
    """What the form of a correction sent."""
    return await take_form(request, _asked(request, caller, index)[1], files_of(request))


def _asked(request: Request, caller: Caller, index: str) -> tuple[Correcting, Task]:
    member = member_of(request, caller)
    with member.node.reading() as reads:
        report = _report(request, member, reads, index)
    task = task_asked(request, report.one, lambda _one: _restating(report))
    if task.settled.get("did_not_occur"):
        gone = member.words.sentences((member.words.html("lab.follows_gone"), follows_of(report.one)))
        task = replace(task, consequence=lambda _payload, _filled: gone)
    return report.one, replace(task, lead=_lead(report), form_page="lab/form.html", check_page="lab/check.html")


def _report(request: Request, member: Member, reads: Reads, index: str) -> _Report:
    """Raises `NotFound` for what is no report of this laboratory, or says no more."""
    row = own_fact(member, reads, index)
    batch = find_batch(reads.connection, row["chain"])
    if row["kind"] not in REPORTS or batch is None:
        raise NotFound("not-found")
    samples, firsts = tuple(_samples(member, reads, row)), tuple(_firsts(reads, row))
    entries = (
        *(_sample_option(member, reads, one, row) for one in samples),
        *(report_option(one, member.words) for one in firsts),
    )
    choices = Choices(member.party["region"], batch["product"], entries=entries)
    return _Report(
        one=correcting(request, member, reads, ROOMS, row, batch, choices),
        about=About(KINDS[row["kind"]], batch, used_on(reads, batch, firsts), firsts=firsts),
        samples=samples,
        holds=any(row["id"] in hold["ground"].split() for hold in open_holds(reads.connection, [batch["id"]])),
        is_answered=any(
            _named(said(one).get("retest_of")) == row["id"]
            for one in current_records(reads.connection, batch["id"], RETEST.name)
        ),
    )


def _samples(member: Member, reads: Reads, row: Row) -> Iterator[Row]:
    """The one that the report names, wherever it was drawn, then the others of these goods for this laboratory."""
    named = find_record_by_id(reads.connection, _named(said(row).get("sample")))
    if named is not None:
        yield named
    for one in current_records(reads.connection, row["chain"], "sample_taken"):
        if is_for(member, one) and (named is None or one["id"] != named["id"]):
            yield one


def _firsts(reads: Reads, row: Row) -> Iterator[Row]:
    """Of a re-test: the report that it names, then the others on these goods."""
    if row["kind"] == REPORT.name:
        return
    named = find_record_by_id(reads.connection, _named(said(row)["retest_of"]))
    if named is not None:
        yield named
    for one in first_reports(reads, row["chain"]):
        if named is None or one["id"] != named["id"]:
            yield one


def _named(entry: Mapping[str, Any] | None) -> str:
    return record_id(entry["chain"], entry["seq"]) if entry else ""


def _sample_option(member: Member, reads: Reads, sample: Row, report: Row) -> tuple[str, Option]:
    words, payload = member.words, said(sample)
    line = words.html(
        "lab.sample_line",
        number=words.quoted(payload["sample_no"]),
        kind=words.word("value.sample_kind", payload["sample_kind"]),
        taken=words.day(sample["occurred_at"]),
    )
    if sample["chain"] != report["chain"]:
        line = words.clauses([line, batch_title(find_batch(reads.connection, sample["chain"]), words)])
    return sample["kind"], Option(f"{sample['id'].replace('/', '.')}.{sample['leaf']}", line)


def _lead(report: _Report) -> Markup:
    words, title = report.one.member.words, batch_title(report.about.batch, report.one.member.words)
    return words.html("lab.long_lead", batch=title, n=len(report.items)) if report.is_long else title


def _restating(report: _Report) -> Task:
    """The form of a report, with what it says now; its lines first, then those that it might have had."""
    one, words = report.one, report.one.member.words
    task = restating(one)
    return replace(
        task,
        title=words.html("member.title_correct", what=words.html(f"lab.{_TITLE[one.row['kind']]}")),
        asked=tuple(name for name in task.asked if name != "items" or not report.is_long),
        settled={"items": report.items} if report.is_long else {},
        owed=frozenset(owed_fields(one.row["kind"], one.member.party["legal_form"], False)),
        completed=lambda filled: _completed(report, filled),
        reopened=lambda filled: _reopened(report, filled),
        consequence=lambda payload, _filled: _follows(report, payload),
    )


_TITLE = {REPORT.name: "report", RETEST.name: "retest"}


def _completed(report: _Report, filled: Filled) -> Filled:
    """The lines with a result; number and kind of the sample where another one was chosen and they still say the first's."""
    payload, before = dict(filled.payload), report.one.payload
    lines = payload.pop("items", None)
    if not report.is_long:
        tested_on = test_day(payload, report.tested_on)
        items = corrected_items(lines, report.items, report.about.batch["product"], report.tested_on, tested_on)
        payload |= {"items": items} if items else {}
    chosen = next((one for one in report.samples if entry_of(one) == payload.get("sample")), None)
    if chosen is not None and payload.get("sample") != before.get("sample"):
        drawn = said(chosen)
        told = {"sample_no": drawn["sample_no"]}
        if report.about.kind is REPORT:  # what is left of any sample is tested again
            told["report_kind"] = drawn["sample_kind"]
        payload |= {name: value for name, value in told.items() if payload.get(name) == before.get(name)}
    return replace(filled, payload=payload)


def _reopened(report: _Report, filled: Filled) -> Filled:
    if report.is_long:
        return filled
    first = first_items(report.about.batch["product"], report.about.used, report.tested_on)
    return replace(filled, payload={**filled.payload, "items": with_the_rest(filled.payload.get("items"), first)})


def _follows(report: _Report, payload: Mapping[str, Any]) -> Markup:
    """What the report will do then, where it decides alone; and who has to sign."""
    member, about = report.one.member, report.about
    told = {**payload, "items": report.items} if report.is_long else payload
    verdict = foreseen_verdict(about, told)
    parts = [follows_of(report.one)]
    if report.holds and not report.is_answered and verdict is not None and not verdict.outcome.stops:
        parts.insert(0, member.words.html("lab.follows_freed"))
    elif not report.is_answered:
        parts.insert(0, report_follows(member, about, told))
    return member.words.sentences(parts)
