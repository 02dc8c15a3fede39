"""What is signed in a case, in plain words: which step of which case against whom, with which papers; which paper was served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from api.pages.desk_case_words import (
    action_words,
    case_title,
    document_words,
    guard_words,
    procedure_words,
    role_words,
)
from api.pages.desk_words import person, subject
from api.pages.documents import paper_path
from api.pages.forms.answers import Answer
from api.pages.forms.choices import NOTHING
from api.pages.held_files import Shelf
from api.pages.scan_words import Words
from api.waiting import Waiting
from credit.queries import find_case
from credit.reference.catalogue import catalogue
from credit.reference.procedures import Step, procedures
from trace.ledger.statement import parse_statement
from trace.ledger.store import Reads

OF_CASES = ("case_step", "document_served")


def case_of_statement(reads: Reads, waiting: Waiting) -> Mapping[str, Any] | None:
    """Procedure and party of the case that a statement is of: an open one, or the one that is opened with it."""
    if waiting.before is not None:
        return parse_statement(waiting.before).payload
    return find_case(reads.connection, waiting.fields["chain"])


def case_link(reads: Reads, waiting: Waiting) -> str:
    """The page of the case, once there is one."""
    is_open = waiting.kind.name in OF_CASES and find_case(reads.connection, waiting.fields["chain"]) is not None
    return f"/desk/cases/{waiting.fields['chain']}" if is_open else ""


def waiting_subject(reads: Reads, waiting: Waiting, words: Words) -> Markup:
    """Of a case its procedure and the party whom it concerns; else whom or what the statement is about."""
    if waiting.kind.name not in OF_CASES:
        return subject(reads, waiting, words)
    found = case_of_statement(reads, waiting)
    if found is None:
        return words.html(f"kind.{waiting.kind.name}")
    return case_title(dict(found), person(reads, found["subject"], words), words)


def waiting_title(waiting: Waiting, words: Words) -> Markup:
    """The step by its word; of a service the paper that was handed over; else what kind of statement it is."""
    payload = waiting.fields["payload"]
    if waiting.kind.name not in OF_CASES:
        return words.html(f"kind.{waiting.kind.name}")
    if waiting.kind.name == "document_served":
        return words.html("case.service_line", document=document_words(payload["document"], words))
    step = _step(payload)
    return action_words(step, words) if step else words.html(f"kind.{waiting.kind.name}")


def _step(payload: Mapping[str, Any]) -> Step | None:
    """The row of a step: its code is of one procedure alone."""
    found = (one.steps[payload["step"]] for one in procedures().values() if payload["step"] in one.steps)
    return next(found, None)


def case_answers(reads: Reads, waiting: Waiting, shelf: Shelf, words: Words) -> tuple[Answer, ...]:
    """Every member of what is signed, in words; the exact bytes stand beside it."""
    is_service = waiting.kind.name == "document_served"
    told = _of_service(reads, waiting, shelf, words) if is_service else _of_step(reads, waiting, shelf, words)
    return tuple(Answer(term, text, "") for term, text in told)


def _of_step(reads: Reads, waiting: Waiting, shelf: Shelf, words: Words) -> Iterator[tuple[Markup, Markup]]:
    payload, step, case = waiting.opened, _step(waiting.opened), case_of_statement(reads, waiting)
    if step is not None and case is not None:
        title, procedure = action_words(step, words), procedure_words(case["procedure"], words)
        yield words.html("case.sign.what"), words.html("case.sign.step", step=title, procedure=procedure)
        yield words.html("case.subject"), person(reads, case["subject"], words)
        role = "service_clerk" if step.actor_role == "subject" else step.actor_role
        yield words.html("case.sign.role"), role_words(role, words)
        yield words.html("case.authority"), person(reads, case["authority"], words)
    if "opens" in payload:
        yield words.html("case.sign.opens"), words.html("value.true")
    yield from _entered(payload, words)
    for name, answer in payload.get("guards", {}).items():
        key = "case.answered_yes" if answer else "case.answered_no"
        yield words.html("case.sign.condition"), words.html(key, condition=guard_words(name, words))
    for name, day in payload.get("facts", {}).items():
        yield words.word("case.fact", name), Markup(words.day(day))
    if "paper_on" in payload:
        yield words.html("case.ask.paper_on"), Markup(words.day(payload["paper_on"]))
    if "grounds" in payload:
        yield words.html("case.grounds"), words.quoted(payload["grounds"])
    for name, text in payload.get("published", {}).items():
        yield words.word("case.field", name), words.quoted(text)
    papers = [
        _paper(reads, one["code"], one["doc_no"], one["hash"], shelf, words) for one in payload.get("documents", [])
    ]
    if papers:
        yield words.html("case.sign.papers"), Markup("<br>").join(papers)


def _entered(payload: Mapping[str, Any], words: Words) -> Iterator[tuple[Markup, Markup]]:
    """A penalty that is entered: its item, bases and paper."""
    item = catalogue().get(payload.get("item", ""))
    if item is not None:
        yield words.html("case.item"), words.quoted(item.zh if words.lang == "zh" else item.en)
    for name in ("class_basis", "legal_basis"):
        if name in payload:
            yield words.html(f"case.{name}"), words.quoted(payload[name])
    if "paper" in payload:
        paper = payload["paper"]
        named = {name: words.quoted(paper[name]) for name in ("number", "authority")}
        yield words.html("case.paper"), words.html("case.paper_text", day=words.day(paper["dated"]), **named)


def _of_service(reads: Reads, waiting: Waiting, shelf: Shelf, words: Words) -> Iterator[tuple[Markup, Markup]]:
    payload = waiting.opened
    yield (
        words.html("case.sign.service"),
        _paper(reads, payload["document"], payload["doc_no"], payload["hash"], shelf, words),
    )
    yield words.html("field.to"), person(reads, payload["to"], words)
    yield words.html("field.document_served.method"), words.word("value.method", payload["method"])
    yield words.html("field.served_on"), Markup(words.day(payload["served_on"]))
    if "receiver" in payload:
        yield words.html("field.document_served.receiver"), words.quoted(payload["receiver"])
    if "proof" in payload:
        yield words.html("field.proof"), shelf.linked(reads, payload["proof"], NOTHING, words)


def _paper(reads: Reads, code: str, doc_no: str, sha256: str, shelf: Shelf, words: Words) -> Markup:
    """A document with its number, to be opened before it is signed for, and the beginning of its hash. What a party signed on
    paper is the picture that the clerk sent."""
    text = words.html("case.document_line", title=document_words(code, words), doc_no=words.quoted(doc_no))
    return Markup('<a href="{}">{}</a> <code class="code small">{}…</code>').format(
        shelf.href(reads, sha256) or paper_path(sha256, words.lang), text, sha256[:12]
    )
