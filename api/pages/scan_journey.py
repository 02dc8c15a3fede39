"""What happened to the goods, said in plain words? One step a public record, newest first.

Only what a record states is said: no rule judges here, no private field has reached a payload.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup

from api.pages.scan_details import Payload, Placed, step_detail, step_title
from api.pages.scan_words import Words, as_moment
from trace.history import BatchView, History, RecordView


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the journey. `mark` is milestone, step or stop: shape and word say it too, not colour alone."""

    title: Markup
    day: str
    moment: str
    detail: Markup
    signer: Markup
    batch: Markup
    mark: str


_MILESTONES = frozenset({"harvest", "packing", "receipt", "retail_sale"})


def public_records(history: History) -> tuple[Placed, ...]:
    """Every open record of the batch and of what went into it, oldest first.

    An input's own later life (what was left over and sold elsewhere) is not this batch's history; a laboratory's
    report on it is, whenever it came.
    """
    downstream = {history.batch.id, *(batch.id for batch in history.inputs)}
    placed = list(_open_records(history.batch, history.batch.records, of_input=False))
    for batch in history.inputs:
        used = [
            record.index
            for record in batch.records
            if record.payload is not None and record.kind == "consumed" and _source_chain(record.payload) in downstream
        ]
        last = max(used, default=None)
        records = [
            record for record in batch.records if last is None or record.index <= last or record.kind == "lab_report"
        ]
        placed += [
            replace(item, feeds_this=item.kind == "consumed" and _source_chain(item.payload) == history.batch.id)
            for item in _open_records(batch, records, of_input=True)
        ]
    return tuple(sorted(placed, key=lambda item: (as_moment(item.occurred_at), item.record.index)))


def journey(history: History, words: Words) -> tuple[Step, ...]:
    """The steps, newest first."""
    placed = public_records(history)
    year = int(placed[-1].occurred_at[:4]) if placed else None
    return tuple(_step(item, history, words, year) for item in reversed(placed))


def party_name(history: History, party: str | None, words: Words) -> Markup:
    """A legal person by name; a natural person as such, for their names are not public."""
    view = history.parties.get(party or "")
    if view is None:
        return words.html("party.platform" if party is not None else "party.unknown")
    return words.quoted(view.name) if view.name is not None else words.html("party.natural")


def _signer(item: Placed, history: History, words: Words) -> Markup:
    """Who stands behind a record. Where one party made the goods from field to pack it is "the producer": the page
    names it once, below, instead of twenty times."""
    record = item.record
    if record.actor is not None and record.actor not in history.parties:
        return words.html("journey.platform")
    owners = {history.batch.owner, *(batch.owner for batch in history.inputs)}
    name = words.html("journey.producer") if owners == {record.actor} else party_name(history, record.actor, words)
    return words.html("journey.custody" if record.custody else "journey.signed", name=name)


def _input_line(item: Placed, history: History, words: Words) -> Markup:
    """That a record belongs to what went in, and to which goods where these are others."""
    if item.batch.product == history.batch.product:
        return words.html("journey.same_input")
    product = words.names.products.get(item.batch.product)
    return words.html("journey.of_input", product=words.product_name(product) if product else item.batch.product)


def _open_records(batch: BatchView, records: Iterable[RecordView], *, of_input: bool) -> Iterable[Placed]:
    for record in records:
        if record.payload is not None and record.kind is not None and record.occurred_at is not None:
            yield Placed(batch, record, record.kind, record.occurred_at, record.payload, of_input)


def _source_chain(payload: Payload) -> str | None:
    source = payload.get("source")
    chain = source.get("chain") if isinstance(source, Mapping) else None
    return chain if isinstance(chain, str) else None


def _step(item: Placed, history: History, words: Words, year: int | None) -> Step:
    title = step_title(item, words)
    detail = step_detail(item, words)
    signer = _signer(item, history, words)
    batch = _input_line(item, history, words) if item.of_input else Markup("")
    failed = item.kind == "lab_report" and item.payload.get("conclusion") == "fail"
    passed = item.kind == "lab_report" and item.payload.get("conclusion") == "pass"
    mark = "stop" if failed else "milestone" if passed or item.kind in _MILESTONES else "step"
    return Step(title, words.day(item.occurred_at, year), item.occurred_at, detail, signer, batch, mark)
