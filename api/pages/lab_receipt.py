"""What does a laboratory see of one of its reports, or of the correction of one, right after it was sent and ever after?

Each as it was received: a report that was said anew leads to what counts now, and that back to what stood before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.corrections import MAX_INDEX_DIGITS
from api.pages.forms.answers import Answer, answers, time_words
from api.pages.forms.choices import NOTHING, Choices
from api.pages.forms.views import Link
from api.pages.lab_about import RETEST, batch_title
from api.pages.lab_waiting import ROOMS
from api.pages.member_context import Member, member_of
from api.pages.member_holds import Hold, holds_by_batch
from api.pages.member_receipt import local
from api.pages.own_records import OwnRecord, corrections_in, own_record
from api.pages.private import private_page
from api.pages.queries import find_record_by_id
from api.pages.signing import room_of
from api.pages.waiting_corrections import corrections_of
from api.waiting import Waiting
from trace.events import KINDS
from trace.ledger.canonical import decode_value
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads, SealedRow
from trace.papers import REPORTS
from trace.queries import find_batch, open_holds
from trace.records import record_id, said
from trace.state import Row

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report, or its correction, as it was received; and what the report does to the batch as it stands now.

    `fate`: what became of it later, and `others`: where the correction, or what it corrects, is read. `waits_href`: where
    one waits for a signature; `correct_href`: where it is said anew, "" where that cannot be.
    """

    name: Markup
    title: Markup
    received: Markup
    fate: Markup
    others: tuple[Link, ...]
    waits_href: str
    holds: tuple[Hold, ...]
    consequence: Markup
    facts: tuple[Answer, ...]
    batch_href: str
    correct_href: str


@dataclass(frozen=True)
class _Shown:
    """What the page is about: the entry at its address, the report that it is or corrects, as first said and as it stands,
    and every correction of that."""

    sealed: SealedRow
    record: OwnRecord
    report: OwnRecord
    row: Row
    corrections: Sequence[SealedRow]

    @property
    def later(self) -> list[SealedRow]:
        return [one for one in self.corrections if one.index > self.record.index]


@router.get("/lab/reports/{index}")
async def show_report(index: str, request: Request, caller: Annotated[Caller, allow_page("lab.report")]) -> Response:
    """A report of this laboratory as it stands in the log, what became of it, and whether the batch is held by it."""
    member, room = member_of(request, caller), room_of(request)
    asked = await corrections_of(member, room)
    with member.node.reading() as reads:
        shown = _shown(member, reads, index)
        waiting = [one for one in asked if one.fields["corrects"] == shown.report.id and one.is_open(room.clock())]
        view = _view(member, reads, shown, waiting)
    return private_page(request, "lab/report.html", view)


def _shown(member: Member, reads: Reads, index: str) -> _Shown:
    """Raises `NotFound` for what is neither a report of this laboratory nor the correction of one."""
    number = int(index) if index.isascii() and index.isdigit() and len(index) <= MAX_INDEX_DIGITS else -1
    sealed = next(reads.rows(number, number + 1), None) if number >= 0 else None
    if sealed is None:
        raise NotFound("not-found")
    record = own_record(reads, sealed, member.id)
    report = _corrected_by(member, reads, sealed) if record.kind == "correction" else record
    if record.actor != member.id or report.kind not in REPORTS:
        raise NotFound("not-found")
    row = find_record_by_id(reads.connection, record_id(report.chain, report.seq))
    if row is None:
        raise NotFound("not-found")
    return _Shown(sealed, record, report, row, corrections_in(reads.chain_rows(report.chain), report.id))


def _corrected_by(member: Member, reads: Reads, correction: SealedRow) -> OwnRecord:
    told: Any = decode_value(correction.statement)
    (sealed,) = reads.known([told["corrects"]]).values()
    return own_record(reads, sealed, member.id)


def _view(member: Member, reads: Reads, shown: _Shown, waiting: Sequence[Waiting]) -> ReportView:
    words, record, report = member.words, shown.record, shown.report
    batch = find_batch(reads.connection, report.chain)
    choices = Choices(member.party["region"], batch["product"] if batch else None)
    name = words.html("lab.retest" if report.kind == RETEST.name else "lab.report")
    holds = tuple(_holds(member, reads, shown))
    facts = _correction_facts(member, shown, choices) if record is not report else _facts(member, report, choices)
    received = Answer(words.html("member.received_at"), time_words(local(member, record.received), words), "")
    return ReportView(
        name=words.html("member.title_correct", what=name) if record is not report else name,
        title=batch_title(batch, words),
        received=words.html("member.received", n=record.index),
        fate=words.html(f"member.fate.{_fate(shown.later[-1])}") if shown.later else NOTHING,
        others=tuple(_others(member, shown)),
        waits_href=ROOMS.waits_at(waiting[0]) if waiting else "",
        holds=holds,
        consequence=words.html(f"lab.{_followed(shown)}_{'hold' if holds else 'no_hold'}"),
        facts=(received, *member.shelf.answers(reads, facts, words)),
        batch_href=f"/t/{batch['code']}" if batch and batch["code"] else "",
        correct_href="" if waiting or shown.row["is_void"] else f"{ROOMS.correct}/{report.index}",
    )


def _followed(shown: _Shown) -> str:
    """In which words it is said what the report does now: what it did before a correction was something else."""
    if shown.report.kind == RETEST.name:
        return "retest_followed"
    return "corrected" if shown.corrections else "followed"


def _fate(correction: SealedRow) -> str:
    told: Any = decode_value(correction.statement)
    return "restated" if "restated" in told["payload"] else "did_not_occur"


def _others(member: Member, shown: _Shown) -> Iterator[Link]:
    """The report itself, where this is a correction; then every other correction of it."""
    words = member.words
    if shown.record is not shown.report:
        yield _link(member, words.word("kind", shown.report.kind), shown.report.index)
    for one in shown.corrections:
        if one.index != shown.record.index:
            yield _link(member, words.word("kind", "correction"), one.index)


def _link(member: Member, kind: Markup, index: int) -> Link:
    return Link(f"{ROOMS.records}/{index}", member.words.html("lineage.record_of", kind=kind, n=index))


def _facts(member: Member, record: OwnRecord, choices: Choices) -> Iterable[Answer]:
    told = {name: value for name, value in record.payload.items() if name not in ("sample", "retest_of")}
    yield _occurred(member, record.occurred_at)
    yield from answers(KINDS[record.kind], told, choices, member.words)


def _correction_facts(member: Member, shown: _Shown, choices: Choices) -> Iterable[Answer]:
    """Why, and what counts from then on."""
    words, payload = member.words, shown.record.payload
    told: Any = decode_value(shown.sealed.statement)
    yield Answer(words.html("forms.reason"), words.quoted(told["reason"]), "")
    restated: Mapping[str, Any] | None = payload.get("restated")
    if restated is None:
        yield Answer(words.html("lineage.becomes"), words.html("member.fate.did_not_occur"), "")
        evidence = {name: value for name, value in payload.items() if name == "evidence"}
        yield from answers(KINDS["correction"], evidence, choices, words)
    else:
        again = replace(shown.report, occurred_at=restated["occurred_at"], payload=restated["payload"])
        yield from _facts(member, again, choices)


def _occurred(member: Member, occurred_at: str) -> Answer:
    return Answer(member.words.html("forms.occurred"), time_words(occurred_at, member.words), "")


def _holds(member: Member, reads: Reads, shown: _Shown) -> Iterator[Hold]:
    """The holds of the batch that rest on this report, or on the one that it tests again as it stands now."""
    named = said(shown.row).get("retest_of")
    grounds = {shown.row["id"], *((record_id(named["chain"], named["seq"]),) if named else ())}
    rows = open_holds(reads.connection, [shown.report.chain])
    for row, hold in zip(
        rows, holds_by_batch(member, reads, [shown.report.chain]).get(shown.report.chain, ()), strict=True
    ):
        if not grounds.isdisjoint(row["ground"].split()[1:]):
            yield replace(hold, href="")
