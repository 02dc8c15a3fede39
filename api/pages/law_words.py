"""How is an article of law named to a reader? `L-APQSL 34 53; L-PEST 34` in words; a standard stays as it is written."""

from __future__ import annotations

import re

from markupsafe import Markup

from api.catalogue import has
from api.pages.scan_words import Words

_CITED = re.compile(r"(L-[A-Z]+[0-9]*)((?: [0-9]+(?:-[0-9]+)?)*)")


def law_words(article: str, words: Words) -> Markup:
    """Every source of a citation, by the name of its law and the numbers of its articles, or by that of its standard."""
    return words.list_of(_one(part.strip(), words) for part in article.split(";") if part.strip())


def _one(text: str, words: Words) -> Markup:
    if has(f"law.{text}", words.lang):
        return words.html(f"law.{text}")
    found = _CITED.fullmatch(text)
    if found is None or not has(f"law.{found[1]}", words.lang):
        return Markup("{}").format(text)
    law, articles = words.html(f"law.{found[1]}"), found[2].split()
    if not articles:
        return law
    return words.html("law.articles", law=law, numbers=words.list_of(articles))
