"""How is one record said in plain words? A line of details for each public kind of the vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from api.pages.law_words import law_words
from api.pages.scan_records import Payload, Placed
from api.pages.scan_titles import said_anew
from api.pages.scan_words import Words, as_day


def step_detail(item: Placed, words: Words) -> Markup:
    """What the record states, clause by clause; empty for a kind that this page does not know."""
    return _DETAILS.get(item.kind, _no_detail)(item, words)


def _no_detail(_item: Placed, _words: Words) -> Markup:
    return Markup("")


def _stated(payload: Payload, words: Words, field: str, key: str, write: Callable[[Any], object]) -> Markup | None:
    """The clause `key` about one field, or nothing where the record does not state it."""
    value = payload.get(field)
    return None if value is None else words.html(key, value=write(value))


def _opened(item: Placed, words: Words) -> Markup:
    say = item.payload
    inputs = say.get("inputs") or []
    return words.clauses(
        [
            words.html(
                "detail.origin", value=words.township(item.batch.region, str(say.get("township", item.batch.township)))
            ),
            _stated(say, words, "quantity", "detail.opened_from" if inputs else "detail.opened", words.quantity),
            _stated(say, words, "lot_no", "detail.lot_no", words.quoted),
        ]
    )


def _planting(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses(
        [
            _stated(say, words, "area_mu", "detail.plain", lambda value: words.measure(value, "mu")),
            _stated(say, words, "method", "detail.plain", lambda value: words.word("planting", value)),
            _stated(say, words, "variety", "detail.variety", words.quoted),
            _stated(say, words, "seed_source", "detail.seed_source", words.quoted),
            _stated(say, words, "previous_crop", "detail.previous_crop", words.quoted),
        ]
    )


def _input_use(item: Placed, words: Words) -> Markup:
    say = item.payload
    # A fertiliser has no active ingredient in the law's sense.
    active = "detail.active" if say.get("input_kind") == "pesticide" else "detail.active_other"
    return words.clauses(
        [
            _stated(say, words, "name", "detail.plain", words.quoted),
            _stated(say, words, "active", active, lambda value: words.list_of(words.quoted(one) for one in value)),
            _stated(say, words, "target", "detail.used_on", words.quoted),
            _stated(say, words, "dose", "detail.dose", words.quantity),
            _stated(say, words, "area_mu", "detail.area", lambda value: words.measure(value, "mu")),
            _stated(say, words, "interval_days", "detail.interval", words.number),
        ]
    )


def _harvest(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses(
        [
            _stated(say, words, "area_mu", "detail.plain", lambda value: words.measure(value, "mu")),
            _stated(say, words, "quantity", "detail.fresh", words.quantity),
            _stated(say, words, "growing_years", "detail.growing_years", words.number),
        ]
    )


def _processing(item: Placed, words: Words) -> Markup:
    say = item.payload
    weights = None
    if "quantity_in" in say and "quantity_out" in say:
        weights = words.html(
            "detail.in_out", before=words.quantity(say["quantity_in"]), after=words.quantity(say["quantity_out"])
        )
    return words.clauses(
        [
            weights,
            _stated(say, words, "moisture", "detail.moisture", words.number),
            _stated(say, words, "temperature", "detail.temperature", words.quoted),
            _stated(
                say, words, "sulphur_used", "detail.sulphur", lambda value: words.word("sulphur", str(value).lower())
            ),
            _additives(say, words),
        ]
    )


def _packing(item: Placed, words: Words) -> Markup:
    say = item.payload
    levels = [
        words.html(
            "detail.level",
            count=words.number(level["count"]),
            level=words.word("level", level["level"]),
            net=words.quantity(level["net"]),
        )
        for level in say.get("levels", [])
    ]
    return words.clauses(
        [
            *levels,
            _stated(say, words, "grade", "detail.grade", words.quoted),
            _packed_on(item, words),
            _stated(say, words, "best_before", "detail.best_before", words.day),
            _additives(say, words),
        ]
    )


def _packed_on(item: Placed, words: Words) -> Markup | None:
    """The printed day, where it is not the day that stands beside the step anyway."""
    if item.payload.get("packed_on") == as_day(item.occurred_at).isoformat():
        return None
    return _stated(item.payload, words, "packed_on", "detail.packed_on", words.day)


def _labels(item: Placed, words: Words) -> Markup:
    return words.clauses([_stated(item.payload, words, "count", "detail.labels", words.number)])


def _storage(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses(
        [
            _stated(
                say, words, "township", "detail.plain", lambda value: words.township(item.batch.region, str(value))
            ),
            _stated(say, words, "quantity", "detail.plain", words.quantity),
            _stated(say, words, "conditions", "detail.plain", words.quoted),
        ]
    )


def _dispatch(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses(
        [
            _stated(say, words, "from_region", "detail.from_region", lambda value: words.region(str(value))),
            _stated(say, words, "to_region", "detail.to_region", lambda value: words.region(str(value))),
            _stated(say, words, "quantity", "detail.plain", words.quantity),
            _stated(say, words, "packs", "detail.packs", words.number),
        ]
    )


def _sale(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses(
        [
            _stated(say, words, "township", "detail.plain", words.quoted),
            _stated(say, words, "quantity", "detail.plain", words.quantity),
            words.html("detail.sold_out") if say.get("sold_out") is True else None,
        ]
    )


def _sample(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses(
        [
            _stated(say, words, "sample_kind", "detail.plain", lambda value: words.word("sample", value)),
            _stated(say, words, "sample_no", "detail.sample_no", words.quoted),
            _stated(say, words, "quantity", "detail.sample_quantity", words.quantity),
        ]
    )


def _report(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses(
        [
            words.html("detail.items", value=len(say.get("items", []))),
            _stated(say, words, "report_no", "detail.report_no", words.quoted),
        ]
    )


def _consumed(item: Placed, words: Words) -> Markup:
    return words.clauses([_stated(item.payload, words, "quantity", "detail.consumed", words.quantity)])


def _split(item: Placed, words: Words) -> Markup:
    outputs = item.payload["outputs"]
    parts = words.html("goods.parts", value=words.number(len(outputs)))
    return words.clauses([parts, words.list_of(words.quantity(one["quantity"]) for one in outputs)])


def _merged(item: Placed, words: Words) -> Markup:
    inputs = item.payload["inputs"]
    parts = words.html("goods.merged", value=words.number(len(inputs)))
    return words.clauses([parts, words.list_of(words.quantity(one["quantity"]) for one in inputs)])


def _admission(item: Placed, words: Words) -> Markup:
    say = item.payload
    test = say.get("test") or {}
    return words.clauses(
        [
            _stated(say, words, "market", "detail.plain", words.quoted),
            _stated(say, words, "quantity", "detail.plain", words.quantity),
            words.word("goods.admission_test", test["result"]) if "result" in test else None,
            words.html("goods.proofs", value=words.list_of(words.quoted(one["type"]) for one in say["proofs"]))
            if say.get("proofs")
            else None,
        ]
    )


def _loss(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses(
        [
            _stated(say, words, "quantity", "detail.plain", words.quantity),
            _stated(say, words, "why", "detail.plain", lambda value: words.word("goods.loss", value)),
        ]
    )


def _held(item: Placed, words: Words) -> Markup:
    say = item.payload
    why = words.html("goods.hold.from_origin") if "origin" in say else words.word("rule.reason", say["reason"])
    return words.html("goods.hold.step", why=why, law=law_words(say["article"], words))


def _released(item: Placed, words: Words) -> Markup:
    say = item.payload
    return words.clauses(
        [
            words.word("goods.hold.ground", say["ground"]),
            _stated(say, words, "reason_text", "detail.plain", words.quoted),
        ]
    )


def _correction(item: Placed, words: Words) -> Markup:
    """What is said anew, and why; what was said before stands at its own place."""
    restated = item.payload.get("restated")
    reason = item.record.reason
    return words.clauses(
        [
            step_detail(said_anew(item, restated), words) if restated else None,
            words.html("goods.correction.reason", value=words.quoted(reason)) if reason else None,
        ]
    )


def _attached(item: Placed, words: Words) -> Markup:
    return words.clauses([_stated(item.payload, words, "media_type", "detail.plain", words.quoted)])


def _additives(say: Payload, words: Words) -> Markup | None:
    additives = say.get("additives")
    if additives is None:
        return None
    if not additives:
        return words.html("detail.no_additives")
    return words.html("detail.additives", value=words.list_of(words.quoted(one) for one in additives))


_DETAILS: Mapping[str, Callable[[Placed, Words], Markup]] = {
    "batch_opened": _opened,
    "planting": _planting,
    "input_use": _input_use,
    "harvest": _harvest,
    "primary_processing": _processing,
    "consumed": _consumed,
    "packing": _packing,
    "labels_issued": _labels,
    "store_in": _storage,
    "dispatch": _dispatch,
    "receipt": _storage,
    "retail_sale": _sale,
    "sample_taken": _sample,
    "lab_report": _report,
    "retest_report": _report,
    "batch_split": _split,
    "batch_merged": _merged,
    "market_admission": _admission,
    "loss": _loss,
    "hold_placed": _held,
    "hold_released": _released,
    "correction": _correction,
    "attachment_added": _attached,
}
