"""What are the exact bytes of a document? Template and values in, one HTML page out, the same for the same values.

The bytes are hashed, logged and served as they are. They need nobody: the style sheet is named with its hash and only lays
out what stands there; no script, no picture, no place of this server but that one address. The official text is Chinese.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from api.catalogue import Lang, install
from api.documents.words import field_label, law_lines, signer, title
from api.pages.assets import load_assets
from credit.documents import (
    FROM_CASE,
    LINES,
    OPENING,
    SERVED_WITH,
    day_text,
    is_by_subject,
    sentence,
)
from credit.reference.documents import Template, templates

OFFICIAL: Lang = "zh"
STYLE = "document.css"

_TEMPLATES = Path(__file__).parent / "templates"
_REMEDIES = ("remedies_reconsideration_60d", "remedies_court_6m")
_OF_THE_FRAME = FROM_CASE | {"subject_address", "authority_seal", *_REMEDIES}
"""Fields that stand at a place of their own: heading, party, remedies, seal."""
_NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True)
class Paper:
    """A document before it has bytes. `values`: every required field, computed ones too; `step`: of its case."""

    template: Template
    step: str
    values: Mapping[str, str]
    is_demonstration: bool


@dataclass(frozen=True)
class Line:
    """A field with its label: what stands there, line by line, ready for a page. `is_sentence`: ours, not typed by anybody."""

    name: str
    label: str
    text: tuple[Markup, ...]
    is_sentence: bool


@dataclass(frozen=True)
class Part:
    """A piece of the body: short fields below one another, or a numbered section of one field."""

    numeral: str
    lines: tuple[Line, ...]


def document_bytes(paper: Paper) -> bytes:
    """The page in UTF-8. KeyError where a required field has no value."""
    template = paper.template
    html = (
        _environment()
        .get_template("document.html")
        .render(
            style=load_assets().pinned(STYLE),
            template=template,
            values=paper.values,
            is_demonstration=paper.is_demonstration,
            is_own=is_by_subject(template),
            is_issued=_is_issued(template),
            gets_receipt=_is_issued(template) and any(one.startswith("subject") for one in template.recipients),
            title=title(template, OFFICIAL),
            label={name: field_label(template, name, OFFICIAL) for name in template.fields},
            opening=said(paper, OPENING, OFFICIAL),
            parts=list(_parts(paper)),
            remedies=[_line(paper, name, OFFICIAL) for name in _REMEDIES if name in template.fields],
            law=law_lines(template, OFFICIAL),
            is_by_program=is_by_program(paper),
            signer=signer(template, OFFICIAL),
            served_with=_served_with(template),
        )
    )
    return html.encode()


def reading_lines(paper: Paper, lang: Lang) -> list[Line]:
    """Every required field for a reader: labels and our own sentences in the language, typed words as they were typed."""
    return [_line(paper, name, lang) for name in paper.template.fields]


def copy_field(name: str, lang: Lang) -> str:
    """Under which name the values keep what a copy in another language says of a field that the program wrote itself."""
    return f"{name}:{lang}"


def is_by_program(paper: Paper) -> bool:
    """Whether the program wrote it for a step of its own: nobody has to sign that."""
    return any(copy_field(name, "en") in paper.values for name in paper.template.fields)


def said(paper: Paper, field: str, lang: Lang) -> Markup | None:
    """The sentence of a field, with what was named in it; None where somebody wrote the field."""
    found = sentence(paper.template, field, paper.step)
    if found is None:
        return None
    text = escape(found.zh if lang == OFFICIAL else found.en)
    return text.format(organ=isolated(paper.values[field])) if found.asks else text


def isolated(text: str) -> Markup:
    """What somebody typed, so that its direction of writing moves nothing beside it."""
    return Markup("<bdi>{}</bdi>").format(_shown(text))


def _line(paper: Paper, name: str, lang: Lang) -> Line:
    own = None if name in FROM_CASE else said(paper, name, lang)
    if own is not None:
        return Line(name, field_label(paper.template, name, lang), (own,), True)
    by_program = paper.values.get(copy_field(name, lang))
    written = paper.values[name] if by_program is None else by_program
    text = tuple(isolated(one) for one in written.split("\n") if one.strip())
    return Line(name, field_label(paper.template, name, lang), text, by_program is not None)


def _shown(text: str) -> str:
    """A day that stands alone, as papers write it; every other text as it is."""
    try:
        return day_text(date.fromisoformat(text)) if len(text) == len("2026-11-30") else text
    except ValueError:
        return text


def _parts(paper: Paper) -> Iterator[Part]:
    lines = [_line(paper, name, OFFICIAL) for name in paper.template.fields if name not in _OF_THE_FRAME]
    count = 0
    for is_short, group in groupby(lines, lambda line: line.name not in LINES and not line.is_sentence):
        if is_short:
            yield Part("", tuple(group))
            continue
        for line in group:
            count += 1
            yield Part(_numeral(count), (line,))


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    if number <= 10:
        return _NUMERALS[number - 1]
    return f"{_NUMERALS[tens - 1] if tens > 1 else ''}十{_NUMERALS[ones - 1] if ones else ''}"


def _is_issued(template: Template) -> bool:
    """Whether an authority speaks, that of the case or the one above; else it is named as the one that the paper is for."""
    return not is_by_subject(template) and template.signed_by != "laboratory"


def _served_with(template: Template) -> str | None:
    other = SERVED_WITH.get(template.code)
    return title(templates()[other], OFFICIAL) if other else None


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    install(environment, OFFICIAL)
    environment.filters["shown"] = isolated
    return environment
