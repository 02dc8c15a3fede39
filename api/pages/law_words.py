"""How is what a rule rests on named to a reader? `L-APQSL 34 53; P-SAMR44 (art 15, M)` by titles and articles, with 待核.

Titles stand in the catalogue under the key of their source; a standard or an announcement stays as the table writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from markupsafe import Markup

from api.catalogue import has
from api.documents.words import source_words
from api.pages.scan_words import Words
from credit.reference.competence import Power
from credit.reference.laws import Cited, find_cited

_PART = re.compile(r";\s*(?![^()]*\))")
"""Between the sources of a citation; not inside a note in brackets."""
_NOTED = re.compile(r"(?P<named>[\u3400-\u9fff].*?)(?P<note> \([^()]*\))")
"""An announcement with a note of the table, all of which say that something of it is from memory or not yet looked up."""
_BY_NAME = re.compile(r"(?P<law>[\u3400-\u9fff]+) art\. (?P<numbers>[0-9]+)")


def law_words(article: str, words: Words) -> Markup:
    """Every source of a citation, each once, with all of its articles that are cited."""
    parts = [part.strip() for part in _PART.split(article) if part.strip()]
    cited = {part: one for part in parts if (one := _cited(part, words)) is not None}
    named = (_all_of(cited[part], cited.values(), words) if part in cited else _other(part, words) for part in parts)
    return Markup(words.say("law.between")).join(dict.fromkeys(named))


def power_words(power: Power, words: Words) -> Markup:
    """What a list power rests on; 待核 where its row of the register was not read whole."""
    basis = law_words(power.basis, words)
    return words.html("document.law.unverified", law=basis) if power.is_unverified else basis


def _cited(text: str, words: Words) -> Cited | None:
    found = find_cited(text)
    return found if found is not None and has(f"law.{found.source}", words.lang) else None


def _all_of(one: Cited, others: Iterable[Cited], words: Words) -> Markup:
    """A source with the articles of every part that cites it in the same way."""
    same = [other for other in others if replace(other, articles=()) == replace(one, articles=())]
    articles = dict.fromkeys(article for other in same for article in other.articles)
    return source_words(replace(one, articles=tuple(articles)), words.lang)


def _other(text: str, words: Words) -> Markup:
    if has(f"law.{text}", words.lang):
        return words.html(f"law.{text}")
    if (noted := _NOTED.fullmatch(text)) is not None:
        return words.html("document.law.unverified", law=words.quoted(noted["named"]))
    if (named := _BY_NAME.fullmatch(text)) is not None:
        return words.html("document.law.articles", law=words.quoted(named["law"]), numbers=named["numbers"])
    return words.quoted(text)
