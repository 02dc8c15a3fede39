"""What happened, in a word or two? The title of one record for each public kind of the vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from api.pages.scan_records import Placed
from api.pages.scan_words import Words


def step_title(item: Placed, words: Words) -> Markup:
    """What happened, in a word or two."""
    return _TITLES.get(item.kind, _plain_title)(item, words)


def _plain_title(item: Placed, words: Words) -> Markup:
    return words.title_word("kind", item.kind)


def _input_title(item: Placed, words: Words) -> Markup:
    return words.word("input_use", item.payload.get("input_kind", "other"))


def _process_title(item: Placed, words: Words) -> Markup:
    names = words.names.processes.get(str(item.payload.get("process")))
    if names is None:
        return _plain_title(item, words)
    zh, en = names
    return Markup.escape(zh if words.lang == "zh" else en[:1].upper() + en[1:])


def _report_title(item: Placed, words: Words) -> Markup:
    return words.word("lab_report", item.conclusion)


def _retest_title(item: Placed, words: Words) -> Markup:
    return words.word("retest_report", item.conclusion)


def _consumed_title(item: Placed, words: Words) -> Markup:
    return words.html("kind.consumed_here") if item.feeds_this else _plain_title(item, words)


def _admission_title(item: Placed, words: Words) -> Markup:
    return words.word("goods.admission", item.payload["decision"])


def _correction_title(item: Placed, words: Words) -> Markup:
    restated = item.payload.get("restated")
    if restated is None:
        return words.html("goods.correction.void")
    return words.html("goods.correction.of", title=step_title(said_anew(item, restated), words))


def said_anew(item: Placed, restated: Mapping[str, Any]) -> Placed:
    return replace(item, kind=restated["kind"], occurred_at=restated["occurred_at"], payload=restated["payload"])


_TITLES: Mapping[str, Callable[[Placed, Words], Markup]] = {
    "input_use": _input_title,
    "primary_processing": _process_title,
    "lab_report": _report_title,
    "retest_report": _retest_title,
    "consumed": _consumed_title,
    "market_admission": _admission_title,
    "correction": _correction_title,
}
