"""What does a member see of one record, right after it was saved and ever after? Ready values of its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.forms.answers import Answer, answers, time_words
from api.pages.forms.choices import Choices
from api.pages.forms.views import Link
from api.pages.member_context import Member
from api.pages.member_holds import Hold, may_be_restated
from api.pages.member_views import BatchRow, signer_of
from api.pages.member_words import outcome_of, title_of
from api.pages.own_records import OwnRecord
from api.pages.scan_words import as_day, as_moment
from trace.events import KINDS
from trace.ledger.store import Reads
from trace.state import Row


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """One record as it was received, and what follows from it."""

    title: Markup
    received: Markup
    facts: tuple[Answer, ...]
    consequence: Markup
    holds: tuple[Hold, ...]
    made: tuple[BatchRow, ...]
    signer: Markup
    next: tuple[Link, ...]
    correct_href: str


def receipt_view(
    member: Member,
    reads: Reads,
    record: OwnRecord,
    choices: Choices,
    batch_href: str,
    parties: Mapping[str, Row],
    holds: tuple[Hold, ...],
    made: tuple[BatchRow, ...] = (),
) -> ReceiptView:
    """What was received, under which number, and what follows; `batch_href`: the page of its batch, "" where the
    party has none; `made`: the batches that it opened."""
    words, kind = member.words, KINDS[record.kind]
    told = member.shelf.answers(reads, answers(kind, record.payload, choices, words), words)
    when = Answer(words.html("forms.occurred"), time_words(record.occurred_at, words), "")
    received = Answer(words.html("member.received_at"), time_words(local(member, record.received), words), "")
    return ReceiptView(
        title=title_of(kind, record.payload, words),
        received=words.html("member.received", n=record.index),
        facts=(when, received, *told),
        consequence=outcome_of(kind, record.payload, as_day(record.occurred_at), words),
        holds=holds,
        made=made,
        signer=signer_of(member, record.actor, record.custody, parties),
        next=tuple(_next(member, record, batch_href)),
        correct_href=f"/m/correct/{record.index}" if record.actor == member.id and may_be_restated(record.kind) else "",
    )


def _next(member: Member, record: OwnRecord, batch_href: str) -> Iterable[Link]:
    words = member.words
    if record.kind == "place_registered":
        yield Link("/m/batches/new", words.html("member.next.batch"))
    if batch_href:
        yield Link(batch_href, words.html("member.next.open"))
    yield Link("/m/", words.html("member.next.today"))


def local(member: Member, time: str) -> str:
    """A time of the log by the local clock."""
    return as_moment(time).astimezone(member.now.tzinfo).isoformat(timespec="seconds")
