"""Papers of every kind, filled with words that can be found again."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from api.documents.render import Paper, document_bytes
from credit.documents import FROM_CASE, is_computed
from credit.reference.documents import Template, templates
from credit.reference.procedures import procedures

WIRED = ("sample_result", "trace_outcome", "penalty_record", "listing", "repair")


def step_of(code: str) -> tuple[str, str]:
    """A procedure and a step that asks for the document."""
    return next(
        (name, step.code) for name in WIRED for step in procedures()[name].steps.values() if code in step.documents
    )


def asked_values(template: Template, text: str = "内容{}") -> dict[str, str]:
    """What somebody types into each field that asks for something; `{}` stands for the field's name."""
    asked = [name for name in template.fields if name not in FROM_CASE and not is_computed(template, name)]
    return {name: text.replace("{}", name) for name in asked}


def paper(code: str, text: str = "内容{}", *, is_demonstration: bool = False, **changed: str) -> Paper:
    template = templates()[code]
    known = {
        "doc_no": "谯农〔2026〕1号",
        "authority": "示例区农业农村局",
        "date": "2026年11月30日",
        "subject_name": "示例合作社",
        "subject_id_masked": "93341602MA75428340",
    }
    values = {**known, **asked_values(template, text), **changed}
    return Paper(template, step_of(code)[1], values, is_demonstration)


def page_of(code: str, text: str = "内容{}", **changed: str) -> str:
    return document_bytes(paper(code, text, **changed)).decode()


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def tags_of(page: str) -> list[tuple[str, dict[str, str | None]]]:
    """Every element with its attributes, as a parser sees it."""
    parser = _Text()
    parser.feed(page)
    return parser.tags


def text_of(page: str) -> str:
    """What a reader sees, blanks made one."""
    parser = _Text()
    parser.feed(page)
    return re.sub(r"\s+", " ", " ".join(parser.text))
