"""What does an official see of one batch? Holds and questions, every record with what the rules said of it, its lineage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.pages.desk_context import Official, batch_title, regions_of_batch
from api.pages.desk_findings import (
    FlagLine,
    HoldLine,
    basis_words,
    flag_line,
    hold_lines,
    kind_of,
    question_words,
    seen_and_expected,
)
from api.pages.forms.answers import Answer, answers
from api.pages.forms.choices import NOTHING, Choices, Option
from api.pages.law_words import law_words
from api.pages.own_records import OwnRecord, corrected_in, own_record
from api.pages.queries import flags_of_batch
from api.pages.scan_words import Words, as_moment
from api.pages.trace_view import Known, TraceView, trace_view
from api.pages.views import Fact
from api.waiting import Waiting, page_of
from trace.events import KINDS
from trace.ledger.store import Reads
from trace.payload import references
from trace.products import dimension_of
from trace.quantity import Dimension
from trace.state import Row, balance

_MILLIGRAMS = 1_000_000


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One entry of the batch. `unverified`: it rests on a row that nobody has read at its source; `mark`: stop, ask, done
    or step; `sealed`: not on the public page."""

    n: int
    title: Markup
    day: str
    moment: str
    signer: Markup
    told: tuple[Markup, ...]
    answers: tuple[Answer, ...]
    unverified: bool
    mark: str
    sealed: bool
    fate: Markup


@dataclass(frozen=True, slots=True)
class DeskBatchView:
    """`asked`: where releases of holds wait for signatures already; `corrections`: where corrections of its records do."""

    title: Markup
    facts: tuple[Fact, ...]
    holds: tuple[HoldLine, ...]
    asked: tuple[str, ...]
    corrections: tuple[str, ...]
    flags: tuple[FlagLine, ...]
    records: tuple[RecordLine, ...]
    trace: TraceView | None
    public_href: str


def batch_view_of(official: Official, reads: Reads, row: Row, waiting: Sequence[Waiting]) -> DeskBatchView:
    """The ready values of the page."""
    words, id = official.words, row["id"]
    rows = reads.chain_rows(id)
    records = [_seen(reads, sealed) for sealed in rows]
    corrected = corrected_in(rows)
    return DeskBatchView(
        title=batch_title(row, words),
        facts=tuple(_facts(official, reads, row)),
        holds=hold_lines(official, reads, [id]).get(id, ()),
        asked=tuple(page_of(one.id) for one in waiting if is_release(one, id)),
        corrections=tuple(
            page_of(one.id) for one in waiting if one.kind.name == "correction" and one.fields["chain"] == id
        ),
        flags=tuple(flag_line(official, reads, flag) for flag in flags_of_batch(reads.connection, id)),
        records=tuple(_line(official, reads, one, records, corrected.get(one.id, "")) for one in reversed(records)),
        trace=trace_view(reads, row, lambda one: _known(official, reads, one), words),
        public_href=f"/t/{row['code']}" if row["code"] else "",
    )


def is_release(waiting: Waiting, batch: str) -> bool:
    """Whether a statement that waits would lift a hold of this batch."""
    return bool(waiting.kind.name == "hold_released" and waiting.fields["chain"] == batch)


def _seen(reads: Reads, sealed: Any) -> OwnRecord:
    """Private fields stay closed, but for the answer to a question: that is meant for the office."""
    record = own_record(reads, sealed, "")
    return own_record(reads, sealed) if record.kind == "flag_answered" else record


def _facts(official: Official, reads: Reads, row: Row) -> Iterable[Fact]:
    words = official.words
    yield Fact(words.html("desk.owner"), official.named(reads, row["owner"]))
    if row["holder"] != row["owner"]:
        yield Fact(words.html("desk.holder"), official.named(reads, row["holder"]))
    yield Fact(words.html("desk.township"), words.quoted(row["township"]))
    yield Fact(words.html("member.stage"), words.word("kind", row["stage"]))
    if dimension_of(row["product"]) is Dimension.MASS:
        kilograms = words.measure(f"{balance(row) / _MILLIGRAMS:g}", "kg")
        yield Fact(words.html("member.left"), kilograms)


def _line(official: Official, reads: Reads, record: OwnRecord, records: Sequence[OwnRecord], fate: str) -> RecordLine:
    words, kind = official.words, KINDS[record.kind]
    control = _CONTROL.get(record.kind)
    told = tuple(control(reads, record.payload, words)) if control else ()
    choices = _choices(reads, official, record, records)
    signer = official.named(reads, record.actor)
    return RecordLine(
        n=record.index,
        title=words.word("kind", record.kind),
        day=words.day(as_moment(record.received).astimezone(official.now.tzinfo).isoformat()),
        moment=record.received,
        signer=words.html("journey.custody" if record.custody else "journey.signed", name=signer),
        told=told,
        answers=() if control else official.shelf.answers(reads, answers(kind, record.payload, choices, words), words),
        unverified=record.payload.get("unverified") is True,
        mark={"hold_placed": "stop", "flag_raised": "ask", "hold_released": "done"}.get(record.kind, "step"),
        sealed=not kind.is_public,
        fate=words.html(f"member.fate.{fate}") if fate else NOTHING,
    )


def _choices(reads: Reads, official: Official, record: OwnRecord, records: Sequence[OwnRecord]) -> Choices:
    """What a record names, by words: parties, and other records of the batch."""
    named = references(KINDS[record.kind], record.payload)
    parties = sorted({one.value for one in named if one.type == "party"})
    return Choices(
        region="",
        parties=tuple(Option(id, official.named(reads, id)) for id in parties),
        entries=tuple(entry_option(one, official.words) for one in records),
    )


def entry_option(record: OwnRecord, words: Words) -> tuple[str, Option]:
    """A record of the batch as something to point to."""
    label = words.html(
        "member.entry", kind=words.word("kind", record.kind), day=words.day(record.occurred_at), seq=record.seq
    )
    return record.kind, Option(f"{record.chain}.{record.seq}.{record.leaf.hex()}", label)


def _known(official: Official, reads: Reads, row: Row) -> Known:
    """A batch of another office is seen as everybody sees it."""
    is_own = official.may("desk.read", regions_of_batch(reads, row))
    public = f"/t/{row['code']}" if row["code"] else ""
    href = f"/desk/batches/{row['id']}" if is_own else public
    return Known(batch_title(row, official.words), href, official.named(reads, row["owner"]))


def _verdict(_reads: Reads, payload: Mapping[str, Any], words: Words) -> Iterable[Markup]:
    yield words.html("desk.outcome", outcome=words.word("value.outcome", payload["outcome"]))
    yield from (words.word("rule.reason", code) for code in payload.get("reasons", ()))
    yield from (words.word("rule.remedy", code) for code in payload.get("remedy", ()))
    yield basis_words(payload["rule"], payload["article"], words)


def _hold(_reads: Reads, payload: Mapping[str, Any], words: Words) -> Iterable[Markup]:
    yield words.word("rule.reason", payload["reason"])
    yield basis_words(payload["rule"], payload["article"], words)
    yield words.html(f"member.lift.{payload['lifted_by']}")


def _release(_reads: Reads, payload: Mapping[str, Any], words: Words) -> Iterable[Markup]:
    yield words.html("desk.ground", ground=words.word("value.ground", payload["ground"]))
    if "reason_text" in payload:
        yield words.quoted(payload["reason_text"])


def _flag(reads: Reads, payload: Mapping[str, Any], words: Words) -> Iterable[Markup]:
    yield question_words(payload["reason"], words)
    yield from seen_and_expected(payload, kind_of(reads, payload["source"]), words)
    if payload.get("article"):
        yield law_words(payload["article"], words)


_CONTROL = {"verdict": _verdict, "hold_placed": _hold, "hold_released": _release, "flag_raised": _flag}
"""Entries of the node are told in a rule's words; all others field by field."""
