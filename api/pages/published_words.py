"""How is what is published of a listing or a penalty written for a reader? Every field that its row of the procedure names.

Name and code of the party stand above it. What officials wrote stays as they wrote it, in Chinese; articles and measures of the
tables are named in the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from api.pages.law_words import law_words
from api.pages.scan_words import Words
from credit.published import BETWEEN_MEASURES
from credit.reference.measures import Measure, measures
from trace.ledger.canonical import decode_value
from trace.state import Row

STATED = ("violation_kind", "ground_articles", "measures")
"""For what, by which articles, with what consequence: the fields that are no name, number or day."""
OF_A_PENALTY = ("decision_no", "authority", "decision_date", *STATED, "published_from")
"""The fields of a penalty but its party and the days of its term and repair, which every record shows."""
_DAYS = frozenset({"decision_date", "published_from"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of what is published: what it is, and what is said."""

    term: Markup
    text: Markup


def published_of(row: Row) -> Mapping[str, str]:
    """By field, what a listing or a record publishes; empty for what has nothing of its own."""
    found: Any = decode_value(row["published"].encode()) if row["published"] else {}
    told: dict[str, str] = found
    return told


def published_facts(published: Mapping[str, str], names: tuple[str, ...], words: Words) -> Iterator[Fact]:
    """These fields, in this order, as far as they are published."""
    for name in names:
        if text := published.get(name):
            yield Fact(words.title_word("case.field", name), _text(name, text, words))


def measures_in(text: str, words: Words) -> Markup:
    """Measures in a row, each by its name in the reader's language; what is none of the table stays as it was written."""
    if words.lang == "zh":
        return words.quoted(text)
    parts = text.split(BETWEEN_MEASURES)
    if not set(parts) <= _by_name().keys():
        return words.quoted(text)
    return words.clauses(words.quoted(_by_name()[part].en) for part in parts)


def _text(name: str, text: str, words: Words) -> Markup:
    if name in _DAYS:
        return Markup(words.day(text))
    if name == "ground_articles":
        return law_words(text, words)
    return measures_in(text, words) if name == "measures" else words.quoted(text)


@lru_cache(maxsize=1)
def _by_name() -> Mapping[str, Measure]:
    return {one.zh: one for one in measures().values()}
