"""What was said against me, until when can I answer, and what did I answer? A party's own cases.

A party sees a case once something was served on it, once it acted itself, or where the law gives it the paper anyway (the
report of its sample). A proposal that nobody has served is not the party's to read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup, escape
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.documents.words import field_label
from api.pages.clock import ClockView, clock_view
from api.pages.desk_case_words import action_words, document_words, law_of, procedure_words, state_words
from api.pages.documents import store_of
from api.pages.forms.choices import NOTHING
from api.pages.forms.views import Link
from api.pages.member_context import Member, member_of
from api.pages.notice_claim import Grounds, case_facts, grounds_of
from api.pages.notice_enclosure import enclosure_links
from api.pages.notice_receipts import NOTICES, receipts_waiting
from api.pages.private import private_page, spoken_day_time
from api.pages.scan_words import as_moment
from api.pages.views import Fact
from credit.case_rows import Paper
from credit.clocks import earliest_of
from credit.documents import is_for_subject
from credit.next_steps import Standing, standing_of
from credit.queries import find_case, list_cases
from credit.reference.documents import templates
from credit.reference.holidays import legal_calendar
from credit.reference.procedures import SUBJECT, Kind, Step
from credit.services import CALLED_BY, SERVED
from credit.told_steps import told_steps
from trace.ledger.canonical import decode_value
from trace.ledger.entry import parse_entry
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads, SealedRow
from trace.legal_days import SHANGHAI
from trace.queries import find_parties
from trace.state import Row

router = APIRouter(include_in_schema=False)
Read = Annotated[Caller, allow_page("own.read")]

SHOWN_AT_ONCE = frozenset({"sample_result", "repair"})
"""Procedures of which the party learns from their first step: the report is given to it, the repair is its own."""

TOLD_OF = frozenset({SUBJECT, "laboratory", "service_clerk", "head", "registrar"})
"""Roles whose steps reach the party: its own, reports, services, decisions; not what officials draft or review, unless a
paper of the step is for the party, as the notice of its hearing is."""


CALLS_TO = ("time", "place")
"""What of a paper that calls somebody has to be known at a glance."""

_SERVED = frozenset(code for codes in SERVED.values() for code in codes)
"""Papers that count from the day on which they were handed over: none of them is read here before."""


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """One case in a list. `clock`: how long the party can still act; `waits`: whether it can, or is called to come."""

    href: str
    title: Markup
    state: Markup
    clock: ClockView | None
    waits: bool


@dataclass(frozen=True, slots=True)
class NoticesView:
    """`receipts`: papers that the party may say it received."""

    back: Link
    receipts: tuple[Link, ...]
    waiting: tuple[NoticeLine, ...]
    others: tuple[NoticeLine, ...]


@dataclass(frozen=True, slots=True)
class Right:
    """A step that the party can take, and until when. `href`: where; "" before the first day, which `from_day` says."""

    href: str
    title: Markup
    clock: ClockView | None
    from_day: Markup
    law: Markup


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, when it was received."""

    title: Markup
    when: str


@dataclass(frozen=True, slots=True)
class NoticeView:
    """`clock`: how long the party can still act; `grounds`: what is claimed, and on what it rests."""

    back: Link
    title: Markup
    state: Markup
    clock: ClockView | None
    facts: tuple[Fact, ...]
    grounds: Grounds
    rights: tuple[Right, ...]
    papers: tuple[Link, ...]
    events: tuple[Event, ...]


@router.get(NOTICES)
async def show_notices(request: Request, caller: Read) -> Response:
    """Cases that wait for an answer, then the others."""
    member = member_of(request, caller)
    with member.node.reading() as reads:
        rows = own_cases(member, reads)
    lines = [(standing, notice_line(member, standing)) for standing in rows]
    view = NoticesView(
        Link("/m/me", member.words.html("member.nav.me")),
        await receipts_waiting(request, member),
        tuple(line for _, line in lines if line.waits),
        tuple(line for _, line in reversed(lines) if not line.waits),
    )
    return private_page(request, "m/notices.html", view)


@router.get(f"{NOTICES}/{{id}}")
async def show_notice(id: str, request: Request, caller: Read) -> Response:
    """One case as its party sees it: what is claimed, the papers, what can be done until when."""
    member = member_of(request, caller)
    with member.node.reading() as reads:
        standing = own_case(member, reads, id)
        rows = reads.chain_rows(id)
        names = {row["id"]: row for row in find_parties(reads.connection, [standing.row["authority"]])}
        papers = tuple(_papers(request, member, reads, standing))
        facts = tuple(case_facts(member, reads, standing, names))
        grounds = grounds_of(request, member, reads, standing, rows[0])
    view = NoticeView(
        back=Link(NOTICES, member.words.html("notice.title")),
        title=procedure_words(standing.row["procedure"], member.words),
        state=state_words(standing.case.state, member.words),
        clock=notice_line(member, standing).clock,
        facts=(*facts, *_called_to(request, member, standing)),
        grounds=grounds,
        rights=tuple(_right(member, standing, step) for step in open_rights(standing)),
        papers=papers,
        events=tuple(_events(member, standing, rows)),
    )
    return private_page(request, "m/notice.html", view)


def own_cases(member: Member, reads: Reads) -> list[Standing]:
    """The party's cases that it may know of, oldest first."""
    rows: list[Row] = list_cases(reads.connection, subject=member.id)
    found = (standing_of(row, member.now) for row in rows)
    return [one for one in found if is_known(one)]


def own_case(member: Member, reads: Reads, id: str) -> Standing:
    """Raises `NotFound` for another's case, for one that it may not know of yet, and for none, alike."""
    row = find_case(reads.connection, id)
    if row is None or row["subject"] != member.id:
        raise NotFound("not-found")
    standing = standing_of(row, member.now)
    if not is_known(standing):
        raise NotFound("not-found")
    return standing


def is_known(standing: Standing) -> bool:
    """Whether the party has learnt of a case in a lawful way."""
    return standing.row["procedure"] in SHOWN_AT_ONCE or bool(standing.progress.served)


def open_rights(standing: Standing) -> list[Step]:
    """What the party itself may do from here, in the order of the table; what is lost is left out."""
    return [step for step in standing.steps if step.actor_role == SUBJECT and _is_in_time(standing, step)]


def _is_in_time(standing: Standing, step: Step) -> bool:
    due = standing.due(step)
    return due is None or due.is_met_at(standing.now)


def notice_line(member: Member, standing: Standing) -> NoticeLine:
    words = member.words
    due = next((due for step in open_rights(standing) if (due := standing.due(step)) is not None), None)
    return NoticeLine(
        href=f"{NOTICES}/{standing.row['id']}",
        title=procedure_words(standing.row["procedure"], words),
        state=state_words(standing.case.state, words),
        clock=clock_view(due, member.now, words) if due else None,
        waits=due is not None or bool(_calls(standing)),
    )


def _calls(standing: Standing) -> list[Paper]:
    """The papers that call the party to what comes next, as to a hearing."""
    called = (CALLED_BY.get((standing.row["procedure"], step.code), ()) for step in standing.steps)
    papers = (standing.progress.paper(code) for codes in called for code in codes)
    return [one for one in papers if one is not None]


def _right(member: Member, standing: Standing, step: Step) -> Right:
    due, earliest = standing.due(step), earliest_of(step, standing.case, legal_calendar())
    is_early = earliest is not None and member.now.astimezone(SHANGHAI).date() < earliest.first_day
    return Right(
        href="" if is_early else f"{NOTICES}/{standing.row['id']}/{step.code}",
        title=action_words(step, member.words),
        clock=clock_view(due, member.now, member.words) if due else None,
        from_day=member.words.html("notice.from_day", day=member.words.day(earliest.first_day.isoformat()))
        if earliest is not None and is_early
        else NOTHING,
        law=law_of(step, member.words),
    )


def _called_to(request: Request, member: Member, standing: Standing) -> Iterator[Fact]:
    """When and where the party is called to come, as the paper says it."""
    for call in _calls(standing):
        made = store_of(request).find(call.hash)
        if made is None:
            continue
        for name in CALLS_TO:
            label = field_label(templates()[call.code], name, member.words.lang)
            yield Fact(escape(label), member.words.quoted(made.values[name]))


def _papers(request: Request, member: Member, reads: Reads, standing: Standing) -> Iterator[Link]:
    """What was served on the party, what it handed in itself with the files that it added, and what was decided on that and is
    not served by a step."""
    served = {one.hash for one in standing.progress.served}
    store = store_of(request)
    for paper in standing.progress.papers:
        if paper.hash in served or _is_told(standing, paper):
            served.discard(paper.hash)
            made = store.find(paper.hash)
            yield (_scan if made is None else _paper)(member, reads, paper.code, paper.hash)
            yield from enclosure_links(member.shelf, reads, made, member.words)
    for one in standing.progress.served:
        if one.hash in served and store.find(one.hash) is not None:
            yield _paper(member, reads, one.code, one.hash)


def _is_told(standing: Standing, paper: Paper) -> bool:
    """Its own words, and what answers it or calls it, whoever signed that, as the acceptance of an application or the notice
    of a hearing, and what the node wrote down as ended; a notice or a decision against it is served."""
    return standing.procedure.steps[paper.step].actor_role == SUBJECT or _is_for_party(paper.code)


def _is_for_party(code: str) -> bool:
    """Whether a paper is the party's to read as soon as a step brings it."""
    return is_for_subject(templates()[code]) and code not in _SERVED


def _is_told_of(step: Step) -> bool:
    """Whether the party may know that this step was taken."""
    is_over = step.to_kind is not Kind.OPEN
    return is_over or step.is_by_system or step.actor_role in TOLD_OF or any(map(_is_for_party, step.documents))


def _paper(member: Member, _reads: Reads, code: str, hash: str) -> Link:
    """To be read in one's language and size; the official text is one tap further."""
    return Link(f"/m/documents/{hash}/copy", document_words(code, member.words))


def _scan(member: Member, reads: Reads, code: str, hash: str) -> Link:
    """A signed paper that was not made here: the picture that was entered, or, where its bytes lie elsewhere, no link."""
    return Link(
        member.shelf.href(reads, hash), member.shelf.named(hash, document_words(code, member.words), member.words)
    )


def _events(member: Member, standing: Standing, rows: list[SealedRow]) -> Iterator[Event]:
    """What the party may know of, newest first: its own steps, what was served on it or decided, and what the clock or a
    report brought."""
    entries: list[tuple[Any, Any]] = []
    for row in rows:
        said: Any = decode_value(row.statement)
        if said["kind"] == "case_step":
            entries.append((said["payload"], as_moment(parse_entry(row.entry).received)))
    for one in reversed(told_steps(standing.procedure, entries)):
        if _is_told_of(one.step):
            yield Event(action_words(one.step, member.words), spoken_day_time(one.at, member.words))
