"""Which documents may a case have, what must stand in each, and which sentences does nobody type? The carried tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from . import rows

MEMORY, PROPOSAL = "M", "proposal"
"""What stands in the place of a law where none was read, and where the rule is ours."""

_NO_LAW_HERE = frozenset({MEMORY, PROPOSAL, "P-SAMR44R", "P-SHINV44", "L-ZJCRED"})
"""No law in force here: memory, our own proposals, a draft, a report of practice, a regulation of another province."""

_CITED = re.compile(
    r"(?P<source>[LP]-[A-Z]+[0-9]*[A-Z]?(?:-[A-Z])?)(?: art)?(?P<articles>(?: [0-9()-]+)*)(?P<like> by analogy)?"
)
_ITEMS = re.compile(r"(?P<article>[0-9]+)\((?P<first>[0-9]+)\)(?:-\((?P<last>[0-9]+)\))?")


@dataclass(frozen=True)
class Article:
    """One article, or a run of them (`last`); `items`: the numbered items of it that are meant, first and last."""

    first: str
    last: str | None = None
    items: tuple[str, str] | None = None


@dataclass(frozen=True)
class Cited:
    """One source of a document. `is_firm`: its text was read and is in force here; every other one is shown as unverified."""

    source: str
    articles: tuple[Article, ...]
    by_analogy: bool

    @property
    def is_firm(self) -> bool:
        return self.source not in _NO_LAW_HERE and not self.by_analogy


@dataclass(frozen=True)
class Template:
    """One kind of document. `fields`: what must stand in it, each once, in the order of the paper.

    `signed_by`, `given_to`: roles in the words of the table; `recipients` is the latter in parts.
    """

    code: str
    zh: str
    en: str
    fields: tuple[str, ...]
    law: tuple[Cited, ...]
    signed_by: str
    sealed: bool
    given_to: str

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.given_to.split(";"))


@dataclass(frozen=True)
class Sentence:
    """A sentence of the official text and its reading copy; `{organ}` is what the person names in it."""

    zh: str
    en: str
    law: str

    @property
    def asks(self) -> bool:
        """Whether something has to be named in it."""
        return "{organ}" in self.zh


@lru_cache(maxsize=1)
def templates() -> Mapping[str, Template]:
    """Every carried document by its code. ValueError for a row that cannot be read."""
    found = {row["id"]: _template(row) for row in rows("documents")}
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def sentences() -> Mapping[tuple[str, str, str], Sentence]:
    """By code, field and circumstance (a step, `none`, `public`); code and circumstance are "" where they do not matter."""
    return MappingProxyType(
        {
            (row["code"], row["field"], row["when"]): Sentence(row["zh"], row["en"], row["law"])
            for row in rows("document_sentences")
        }
    )


@lru_cache(maxsize=1)
def name_parts() -> Mapping[tuple[str, str], str]:
    """The short form of an authority in parts: by `region` and its code, by `kind` and what the authority is for."""
    return MappingProxyType({(row["part"], row["key"]): row["short_zh"] for row in rows("authority_names")})


def parse_cited(law: str) -> tuple[Cited, ...]:
    """`L-PEN 44 62; P-NDRC36 art 3; M` in parts; a page of a source (`P-NDRC36-B`) counts as that source, once."""
    found: dict[str, Cited] = {}
    for part in law.split(";"):
        one = _cited(part.strip())
        known = found.get(one.source)
        found[one.source] = Cited(one.source, (*known.articles, *one.articles), one.by_analogy) if known else one
    return tuple(found.values())


def _template(row: Mapping[str, str]) -> Template:
    if row["sealed"] not in ("yes", "no"):
        raise ValueError(row["sealed"])
    return Template(
        code=row["id"],
        zh=row["zh"],
        en=row["en"],
        fields=tuple(dict.fromkeys(row["required_fields"].split(";"))),
        law=parse_cited(row["law"]),
        signed_by=row["signed_by"],
        sealed=row["sealed"] == "yes",
        given_to=row["given_to"],
    )


def _cited(text: str) -> Cited:
    if text in (MEMORY, PROPOSAL):
        return Cited(text, (), by_analogy=False)
    found = _CITED.fullmatch(text)
    if found is None:
        raise ValueError(text)
    source = re.sub("-[A-Z]$", "", found["source"]) if found["source"].startswith("P-") else found["source"]
    articles = tuple(_article(token) for token in found["articles"].split())
    return Cited(source, articles, by_analogy=found["like"] is not None)


def _article(token: str) -> Article:
    if (items := _ITEMS.fullmatch(token)) is not None:
        return Article(items["article"], items=(items["first"], items["last"] or items["first"]))
    first, _, last = token.partition("-")
    if not (first.isdigit() and (last.isdigit() or not last)):
        raise ValueError(token)
    return Article(first, last or None)
