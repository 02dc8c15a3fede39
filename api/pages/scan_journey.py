"""What happened to the goods, said in plain words? One step a public record, newest first.

Only what a record states is said: no rule judges here, no private field has reached a payload.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.pages.scan_words import Words, as_moment
from trace.history import BatchView, History, RecordView

Payload = Mapping[str, Any]


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


@dataclass(frozen=True, slots=True)
class Placed:
    """A public record together with the batch on whose chain it stands."""

    batch: BatchView
    record: RecordView
    kind: str
    occurred_at: str
    payload: Payload
    of_input: bool


_MILESTONES = frozenset({"harvest", "packing", "receipt", "retail_sale"})


def public_records(history: History) -> tuple[Placed, ...]:
    """Every open record of the batch and of what went into it, oldest first.

    An input's own later life (what was left over and sold elsewhere) is not this batch's history; a laboratory's
    report on it is, whenever it came.
    """
    downstream = {history.batch.id, *(batch.id for batch in history.inputs)}
    placed = list(_open_records(history.batch, history.batch.records, of_input=False))
    for batch in history.inputs:
        used = [record.index for record in batch.records if record.payload is not None and record.kind == "consumed"
                and _source_chain(record.payload) in downstream]
        last = max(used, default=None)
        records = [record for record in batch.records
                   if last is None or record.index <= last or record.kind == "lab_report"]
        placed += _open_records(batch, records, of_input=True)
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


def _open_records(batch: BatchView, records: Iterable[RecordView], *, of_input: bool) -> Iterable[Placed]:
    for record in records:
        if record.payload is not None and record.kind is not None and record.occurred_at is not None:
            yield Placed(batch, record, record.kind, record.occurred_at, record.payload, of_input)


def _source_chain(payload: Payload) -> str | None:
    source = payload.get("source")
    chain = source.get("chain") if isinstance(source, Mapping) else None
    return chain if isinstance(chain, str) else None


def _step(item: Placed, history: History, words: Words, year: int | None) -> Step:
    title = _TITLES.get(item.kind, _plain_title)(item, words)
    detail = _DETAILS.get(item.kind, _no_detail)(item, words)
    name = party_name(history, item.record.actor, words)
    signer = words.html("journey.custody" if item.record.custody else "journey.signed", name=name)
    product = words.names.products.get(item.batch.product)
    goods = words.product_name(product) if product else item.batch.product
    batch = words.html("journey.of_input", product=goods) if item.of_input else Markup("")
    failed = item.kind == "lab_report" and item.payload.get("conclusion") == "fail"
    passed = item.kind == "lab_report" and item.payload.get("conclusion") == "pass"
    mark = "stop" if failed else "milestone" if passed or item.kind in _MILESTONES else "step"
    return Step(title, words.day(item.occurred_at, year), item.occurred_at, detail, signer, batch, mark)


# ---------------------------------------------------------------- titles

def _plain_title(item: Placed, words: Words) -> Markup:
    return words.word("kind", item.kind)


def _input_title(item: Placed, words: Words) -> Markup:
    return words.word("input_use", item.payload.get("input_kind", "other"))


def _process_title(item: Placed, words: Words) -> Markup:
    names = words.names.processes.get(str(item.payload.get("process")))
    if names is None:
        return _plain_title(item, words)
    zh, en = names
    return Markup.escape(zh if words.lang == "zh" else en[:1].upper() + en[1:])


def _report_title(item: Placed, words: Words) -> Markup:
    return words.word("lab_report", item.payload.get("conclusion", "no-judgement"))


_TITLES: Mapping[str, Callable[[Placed, Words], Markup]] = {
    "input_use": _input_title, "primary_processing": _process_title, "lab_report": _report_title,
}


# ---------------------------------------------------------------- details

def _no_detail(_item: Placed, _words: Words) -> Markup:
    return Markup("")


def _stated(payload: Payload, words: Words, field: str, key: str, write: Callable[[Any], object]) -> Markup | None:
    """The clause `key` about one field, or nothing where the record does not state it."""
    value = payload.get(field)
    return None if value is None else words.html(key, value=write(value))


def _opened(item: Placed, words: Words) -> Markup:
    say = item.payload
    inputs = say.get("inputs") or []
    return words.clauses([
        words.html("detail.origin", value=words.township(item.batch.region, str(say.get("township", item.batch.township)))),
        _stated(say, words, "quantity", "detail.opened_from" if inputs else "detail.opened", words.quantity),
        _stated(say, words, "lot_no", "detail.lot_no", words.quoted),
    ])


def _planting(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses([
        _stated(say, words, "area_mu", "detail.plain", lambda value: words.measure(value, "mu")),
        _stated(say, words, "method", "detail.plain", lambda value: words.word("planting", value)),
        _stated(say, words, "variety", "detail.variety", words.quoted),
        _stated(say, words, "seed_source", "detail.seed_source", words.quoted),
        _stated(say, words, "previous_crop", "detail.previous_crop", words.quoted),
    ])


def _input_use(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses([
        _stated(say, words, "name", "detail.plain", words.quoted),
        _stated(say, words, "active", "detail.active", lambda value: words.list_of(words.quoted(one) for one in value)),
        _stated(say, words, "target", "detail.target", words.quoted),
        _stated(say, words, "dose", "detail.dose", words.quantity),
        _stated(say, words, "area_mu", "detail.area", lambda value: words.measure(value, "mu")),
        _stated(say, words, "interval_days", "detail.interval", words.number),
    ])


def _harvest(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses([
        _stated(say, words, "area_mu", "detail.plain", lambda value: words.measure(value, "mu")),
        _stated(say, words, "quantity", "detail.fresh", words.quantity),
        _stated(say, words, "growing_years", "detail.growing_years", words.number),
    ])


def _processing(item: Placed, words: Words) -> Markup:
    say = item.payload
    weights = None
    if "quantity_in" in say and "quantity_out" in say:
        weights = words.html("detail.in_out", before=words.quantity(say["quantity_in"]), after=words.quantity(say["quantity_out"]))
    return words.clauses([
        weights,
        _stated(say, words, "moisture", "detail.moisture", words.number),
        _stated(say, words, "temperature", "detail.temperature", words.quoted),
        _stated(say, words, "sulphur_used", "detail.sulphur", lambda value: words.word("sulphur", str(value).lower())),
        _additives(say, words),
    ])


def _packing(item: Placed, words: Words) -> Markup:
    say = item.payload
    levels = [
        words.html("detail.level", count=words.number(level["count"]), level=words.word("level", level["level"]),
                   net=words.quantity(level["net"]))
        for level in say.get("levels", [])
    ]
    return words.clauses([
        *levels,
        _stated(say, words, "grade", "detail.grade", words.quoted),
        _stated(say, words, "packed_on", "detail.packed_on", words.day),
        _stated(say, words, "best_before", "detail.best_before", words.day),
        _additives(say, words),
    ])


def _labels(item: Placed, words: Words) -> Markup:
    return words.clauses([_stated(item.payload, words, "count", "detail.labels", words.number)])


def _storage(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses([
        _stated(say, words, "township", "detail.plain", lambda value: words.township(item.batch.region, str(value))),
        _stated(say, words, "quantity", "detail.plain", words.quantity),
        _stated(say, words, "conditions", "detail.plain", words.quoted),
    ])


def _dispatch(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses([
        _stated(say, words, "from_region", "detail.from_region", lambda value: words.region(str(value))),
        _stated(say, words, "to_region", "detail.to_region", lambda value: words.region(str(value))),
        _stated(say, words, "quantity", "detail.plain", words.quantity),
        _stated(say, words, "packs", "detail.packs", words.number),
    ])


def _sale(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses([
        _stated(say, words, "township", "detail.plain", words.quoted),
        _stated(say, words, "quantity", "detail.plain", words.quantity),
        words.html("detail.sold_out") if say.get("sold_out") is True else None,
    ])


def _sample(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses([
        _stated(say, words, "sample_kind", "detail.plain", lambda value: words.word("sample", value)),
        _stated(say, words, "sample_no", "detail.sample_no", words.quoted),
        _stated(say, words, "quantity", "detail.sample_quantity", words.quantity),
    ])


def _report(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses([
        words.html("detail.items", value=len(say.get("items", []))),
        _stated(say, words, "report_no", "detail.report_no", words.quoted),
    ])


def _consumed(item: Placed, words: Words) -> Markup:
    return words.clauses([_stated(item.payload, words, "quantity", "detail.consumed", words.quantity)])


def _additives(say: Payload, words: Words) -> Markup | None:
    additives = say.get("additives")
    if additives is None:
        return None
    if not additives:
        return words.html("detail.no_additives")
    return words.html("detail.additives", value=words.list_of(words.quoted(one) for one in additives))


_DETAILS: Mapping[str, Callable[[Placed, Words], Markup]] = {
    "batch_opened": _opened, "planting": _planting, "input_use": _input_use, "harvest": _harvest,
    "primary_processing": _processing, "consumed": _consumed, "packing": _packing, "labels_issued": _labels,
    "store_in": _storage, "dispatch": _dispatch, "receipt": _storage, "retail_sale": _sale, "sample_taken": _sample,
    "lab_report": _report,
}
