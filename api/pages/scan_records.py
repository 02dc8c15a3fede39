"""Which records tell the story of a batch, and what do they say now? Public ones, corrections applied, both versions kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from api.pages.scan_words import as_moment
from trace.history import BatchView, History, RecordView
from trace.legal_days import SHANGHAI
from trace.papers import REPORTS

Payload = Mapping[str, Any]

RESTATED, VOID = "restated", "void"

_WHENEVER_IT_CAME = frozenset({*REPORTS, "correction", "hold_placed", "hold_released"})
"""Kinds on an input's chain that speak of these goods too, however late: what was left over may have gone its own way."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A public record together with the batch on whose chain it stands.

    `feeds_this`, on an input's chain: the record by which it went into the very batch that is shown. `became`: RESTATED
    or VOID where a later record says it anew or says that it did not occur; else "".
    """

    batch: BatchView
    record: RecordView
    kind: str
    occurred_at: str
    payload: Payload
    of_input: bool
    feeds_this: bool = False
    became: str = ""

    @property
    def is_of_others(self) -> bool:
        """Whether a report names a sample of other goods than those on which it stands."""
        return self.kind in REPORTS and self.payload.get("sample", {}).get("chain", self.batch.id) != self.batch.id

    @property
    def conclusion(self) -> str:
        """What a report concludes of these goods."""
        return "no-judgement" if self.is_of_others else str(self.payload.get("conclusion", "no-judgement"))


def public_records(history: History) -> tuple[Placed, ...]:
    """Every open record of the batch and of what went into it, as it was said, in the order in which things happened."""
    downstream = {history.batch.id, *(batch.id for batch in history.inputs)}
    placed = list(_open_records(history.batch, history.batch.records, of_input=False))
    for batch in history.inputs:
        placed += _of_input(batch, history.batch.id, downstream)
    became = {statement: how for item in placed for statement, how in _corrections(item)}
    told = (replace(item, became=became.get(item.record.statement or "", "")) for item in placed)
    return tuple(sorted(told, key=_moment))


def told_late(item: Placed) -> date | None:
    """The day on which a record came in, where that was days after what it tells."""
    received = as_moment(item.record.received)
    is_late = received - as_moment(item.record.occurred_at or item.record.received) >= _LATE
    return received.astimezone(SHANGHAI).date() if is_late and item.kind not in _FROM_WHEN_KNOWN else None


_LATE = timedelta(days=3)
"""Sooner is an ordinary way from the field to the office; nothing hangs on it but a word on the page."""


def counting(placed: Iterable[Placed]) -> tuple[Placed, ...]:
    """What counts: each record as it was last said, without those that did not occur, and without the corrections."""
    listed = sorted(placed, key=lambda item: item.record.index)
    anew = {item.record.corrects: item.payload.get("restated") for item in listed if item.kind == "correction"}
    found: list[Placed] = []
    for item in listed:
        if item.kind == "correction":
            continue
        if item.record.statement is None or item.record.statement not in anew:
            found.append(item)
        elif said := anew[item.record.statement]:
            found.append(replace(item, occurred_at=said["occurred_at"], payload=said["payload"]))
    return tuple(sorted(found, key=_moment))


def _of_input(batch: BatchView, made: str, downstream: set[str]) -> Iterable[Placed]:
    """Its records until the goods went in, those that tell later of what was before, and what speaks of it whenever."""
    used = [
        record
        for record in batch.records
        if record.payload is not None and record.kind == "consumed" and _source_chain(record.payload) in downstream
    ]
    last = max(used, default=None, key=lambda record: record.index)
    records = [record for record in batch.records if last is None or _was_before(record, last)]
    for item in _open_records(batch, records, of_input=True):
        yield replace(item, feeds_this=item.kind == "consumed" and _source_chain(item.payload) == made)


def _was_before(record: RecordView, last: RecordView) -> bool:
    if record.index <= last.index or record.kind in _WHENEVER_IT_CAME:
        return True
    if record.kind == "consumed" or record.occurred_at is None or last.occurred_at is None:
        return False
    return as_moment(record.occurred_at) < as_moment(last.occurred_at)


def _open_records(batch: BatchView, records: Iterable[RecordView], *, of_input: bool) -> Iterable[Placed]:
    for record in records:
        if record.payload is None or record.kind is None or record.occurred_at is None:
            continue
        if of_input and _is_of_another(record.kind, record.payload):
            continue
        # A hold carries the time of what it follows from; goods are held from when we knew.
        when = record.received if record.kind in _FROM_WHEN_KNOWN else record.occurred_at
        yield Placed(batch, record, record.kind, when, record.payload, of_input)


_FROM_WHEN_KNOWN = frozenset({"hold_placed", "hold_released"})


def _is_of_another(kind: str, payload: Payload) -> bool:
    """A hold of an input that spread to it, or fell with its origin: the origin's own is told once."""
    return (kind == "hold_placed" and "origin" in payload) or (
        kind == "hold_released" and payload["ground"] == "origin"
    )


def _corrections(item: Placed) -> Iterable[tuple[str, str]]:
    if item.kind == "correction" and item.record.corrects is not None:
        yield item.record.corrects, RESTATED if "restated" in item.payload else VOID


def _source_chain(payload: Payload) -> str | None:
    source = payload.get("source")
    chain = source.get("chain") if isinstance(source, Mapping) else None
    return chain if isinstance(chain, str) else None


def _moment(item: Placed) -> tuple[Any, int]:
    return as_moment(item.occurred_at), item.record.index
