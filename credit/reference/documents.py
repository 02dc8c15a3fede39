"""Which documents may a case have, what must stand in each, and which sentences does nobody type? The carried tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from . import rows
from .laws import Cited, parse_cited


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
