"""What does a laboratory do here? The samples that wait for its report, what it reported lately, and what waits to be signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.aside_view import AsideLine
from api.pages.forms.choices import NOTHING
from api.pages.lab_about import HOME, RETEST, batch_title
from api.pages.lab_aside import SHELL as ASIDE
from api.pages.lab_waiting import ROOMS
from api.pages.member_context import member_of
from api.pages.own_aside import own_lines
from api.pages.own_records import corrected_in
from api.pages.private import private_page
from api.pages.queries import find_record, recorded_by, records_by_actor, samples_for
from api.pages.scan_words import Words
from api.pages.signing import room_of
from api.pages.waiting_corrections import WaitingLine, corrections_of, lines_of
from trace.ledger.store import Reads
from trace.papers import REPORTS
from trace.queries import find_batch
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
    """A report of this laboratory. `fate`: what became of it by a correction."""

    title: Markup
    day: str
    conclusion: Markup
    fate: Markup
    href: str


@dataclass(frozen=True, slots=True)
class SamplesView:
    """What waits for a report, or as a correction for a signature, what came under a key that had ended, and what was reported
    lately."""

    party: Markup
    waiting: tuple[WaitingLine, ...]
    aside: tuple[AsideLine, ...]
    samples: tuple[SampleRow, ...]
    reports: tuple[ReportRow, ...]


@router.get(HOME)
async def show_samples(request: Request, caller: Work) -> Response:
    """The samples that name this laboratory and have no report of it yet, the longest waiting first."""
    member, room = member_of(request, caller), room_of(request)
    corrections, aside = await corrections_of(member, room), await own_lines(request, member, ASIDE)
    words = member.words
    with member.node.reading() as reads:
        own = [row for kind in REPORTS for row in records_by_actor(reads.connection, member.id, kind)]
        done = {_sample_id(said(row)) for row in own}
        waiting = [row for row in samples_for(reads.connection, member.id) if row["id"] not in done]
        view = SamplesView(
            party=words.quoted(member.party["name"] or ""),
            waiting=lines_of(member, reads, room, ROOMS, corrections, lambda row: batch_title(row, words)),
            aside=aside,
            samples=tuple(_sample_row(reads, row, words) for row in waiting),
            reports=tuple(_report_rows(reads, member.id, words)),
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


def _report_rows(reads: Reads, laboratory: str, words: Words) -> Iterator[ReportRow]:
    """Its reports as they were last said, newest first; also those that count no more."""
    indices = sorted(
        index for kind in REPORTS for index in recorded_by(reads.connection, laboratory, kind, REPORTS_SHOWN)
    )
    rows = [row for index in indices[: -REPORTS_SHOWN - 1 : -1] if (row := find_record(reads.connection, index))]
    fates: dict[str, str] = {}
    for chain in dict.fromkeys(row["chain"] for row in rows):
        fates |= corrected_in(reads.chain_rows(chain))
    for row in rows:
        yield _report_row(reads, row, fates.get(row["statement"], ""), words)


def _report_row(reads: Reads, row: Row, fate: str, words: Words) -> ReportRow:
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
        fate=words.html(f"member.fate.{fate}") if fate else NOTHING,
        href=f"/lab/reports/{row['index']}",
    )
