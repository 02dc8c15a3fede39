"""What is asked of whoever takes a step: condition, dates, reasons, what is published, and what stands in its documents?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from markupsafe import Markup

from api.documents import FieldSpec, Prepared, needed_fields
from api.pages.desk_case_words import document_words, guard_words
from api.pages.desk_sheet import ANSWER, Blank, Part, Saved, is_day, known_lines
from api.pages.forms.choices import NOTHING, Option
from api.pages.scan_words import Words
from credit.next_steps import NextStep, Standing
from credit.published import STATED
from credit.reference.procedures import Step
from credit.services import SERVED
from credit.step_form import OFFERED_FACTS, PAPER_DAYS, own_fact
from trace.texts import MAX_NOTE_CHARACTERS

REASON = "reason_given"
GUARD, GROUNDS, PAPER_ON = "guard", "grounds", "paper_on"
REASONS = "reasons"
PUBLIC_ENTRY = "D-PUB-ENTRY"
_PUBLISHED, _FACT = "published.", "fact."
_OF_ENTRY: Mapping[str, str] = {"violation_kind": "violation_kind", "penalty_or_measure": "measures"}
"""Fields of the publication's paper that the registrar may have filled in, by what is published under them."""
_RECEIVED = "_received"
SERVICE_PAPER = "D-SERVICE"
_FIXED: Mapping[str, tuple[str, ...]] = {
    SERVICE_PAPER: ("document_no", "method", "served_on", "receiver", "evidence_hash"),
    "D-LIST-NOTICE": ("term",),
    "D-LIST-DECISION": ("term",),
    "D-UPPER-REQ": ("file_hash",),
    "D-REPAIR-NOTICE": ("from_until", "min_period"),
    "D-ACCEPT": ("received_at", "accepted_at", "decide_by"),
    "D-REMOVE-DECISION": ("measures_ended", "effective_at"),
    "D-REPAIR-DECISION": ("items", "publication_end", "sharing_end", "measures_ended"),
    "D-REC-ENTRY": ("item_code", "catalogue_version", "document_hash", "document_date"),
    "D-FACT-NOTICE": ("event_ids", "rule_id_version"),
}
"""What nobody types into a document where it is known: days, numbers, hashes and terms by entries of the log and the tables."""
_DAYS = frozenset({"decision_date", "published_from", "published_until", "repair_from"})


def handed_over(procedure: str, step: Step) -> tuple[str, ...]:
    """The documents of this very step that have to be made and served before it is taken."""
    return tuple(code for code in SERVED.get((procedure, step.code), ()) if code in step.documents)


def step_parts(
    standing: Standing,
    found: NextStep,
    known: Mapping[str, str],
    published: Mapping[str, str],
    words: Words,
    papers: Iterable[str],
) -> tuple[Part, ...]:
    """The whole form of an official's step. `papers`: the documents that are made with it; `published`: what the log computes."""
    step = found.step
    own = (*_condition(found, words), *_dates(standing, step, words), *_grounds(step, words))
    parts = [Part(NOTHING, own)] if own else []
    if step.published_fields:
        at = (standing.procedure.name, step.code)
        lines = [
            (words.title_word("case.field", name), _published_words(name, published[name], words))
            for name in step.published_fields
            if name in published
        ]
        blanks = (*known_lines("published", lines), *_stated(STATED[at], known, words))
        parts.append(Part(words.html("case.what_published"), blanks))
    # The paper of a publication says what is published and nothing else: it asks for nothing again.
    asked = [code for code in papers if code != PUBLIC_ENTRY]
    return (*parts, *document_parts(asked, known, words))


def _stated(names: Iterable[str], known: Mapping[str, str], words: Words) -> Iterator[Blank]:
    for name in names:
        label, begun = words.word("case.field", name), _begin(known.get(name))
        hint = words.html("case.ask.published_hint")
        yield Blank(f"{_PUBLISHED}{name}", "text", label, begun, hint=hint, most=MAX_NOTE_CHARACTERS)


def _published_words(name: str, text: str, words: Words) -> Markup:
    return Markup(words.day(text)) if name in _DAYS else words.quoted(text)


def entry_values(published: Mapping[str, str]) -> dict[str, str]:
    """The fields of the publication's paper."""
    return {**published, **{field: published[name] for field, name in _OF_ENTRY.items() if name in published}}


def control_of(pointer: str) -> str:
    """The question that a fault of a payload or of a paper means."""
    room, _, name = pointer.rpartition("/")
    paper, _, field = name.removeprefix("d.").partition(".")
    if paper == PUBLIC_ENTRY:
        return _PUBLISHED + _OF_ENTRY.get(field, field)
    rooms = {"/payload/published": _PUBLISHED, "/payload/facts": _FACT}
    return rooms.get(room, "") + name


def document_parts(codes: Iterable[str], known: Mapping[str, str], words: Words) -> Iterator[Part]:
    """A heading a document, under it what the log says of it, then each field that nobody computes."""
    for code in codes:
        fields = [one for one in needed_fields(code) if not one.is_computed]
        fixed = fixed_texts(code, known)
        lines = [
            (_field_words(one, words), _known_words(fixed[one.name], words)) for one in fields if one.name in fixed
        ]
        blanks = tuple(
            Blank(
                f"d.{code}.{one.name}",
                "lines" if one.lines else "text",
                _field_words(one, words),
                _begin(known.get(f"{code}.{one.name}", known.get(one.name))),
                most=MAX_NOTE_CHARACTERS,
            )
            for one in fields
            if one.name not in fixed
        )
        if fields:
            yield Part(document_words(code, words), (*known_lines(f"d.{code}", lines), *blanks))


def fixed_texts(code: str, known: Mapping[str, str]) -> dict[str, str]:
    """Fields of a document that the log has the words for: a paper that said something else would be wrong."""
    of_paper = f"{code}." if code == SERVICE_PAPER else ""
    return {name: text for name in _FIXED.get(code, ()) if (text := known.get(of_paper + name))}


def _field_words(field: FieldSpec, words: Words) -> Markup:
    return words.quoted(field.label(words.lang))


def _known_words(text: str, words: Words) -> Markup:
    if is_day(text):
        return Markup(words.day(text))
    return Markup("<br>").join(words.quoted(line) for line in text.split("\n"))


def paper_parts(found: NextStep, words: Words) -> tuple[Part, ...]:
    """A step of the party, entered from its signed paper: its date, and each document with number and scan."""
    blanks = [*_condition(found, words), Blank(PAPER_ON, "date", words.html("case.ask.paper_on"))]
    for code in found.step.documents:
        title = document_words(code, words)
        blanks.append(Blank(f"n.{code}", "text", words.html("case.ask.number", document=title)))
        blanks.append(Blank(f"f.{code}", "file", words.html("case.ask.scan", document=title)))
    return (Part(NOTHING, tuple(blanks)),)


def _condition(found: NextStep, words: Words) -> Iterator[Blank]:
    """Yes or no, unless the program finds it out or the reasons are the answer."""
    guard = found.step.guard
    if guard is None or guard == REASON or found.computed is not None:
        return
    options = tuple(Option(value, words.html(f"case.answer.{value}")) for value in ("true", "false"))
    yield Blank(GUARD, ANSWER, words.html("case.ask.guard", condition=guard_words(guard, words)), options=options)


def _dates(standing: Standing, step: Step, words: Words) -> Iterator[Blank]:
    """The date that the step's own clock counts from, and those that it may state; none that a paper made here bears."""
    if (own := own_fact(standing.procedure, step, standing.case)) is not None:
        yield received_blank(own, words) if own.endswith(_RECEIVED) else _day_blank(own, words, is_owed=True)
    for name in OFFERED_FACTS.get((standing.procedure.name, step.code), ()):
        if name not in PAPER_DAYS:
            yield _day_blank(name, words, is_owed=False)


def received_blank(name: str, words: Words) -> Blank:
    """When a paper came to the office; today, if nothing is filled in."""
    hint = words.html("case.ask.received_hint")
    return Blank(f"{_FACT}{name}", "date", words.word("case.fact", name), is_owed=False, hint=hint)


def _day_blank(name: str, words: Words, *, is_owed: bool) -> Blank:
    return Blank(f"{_FACT}{name}", "date", words.word("case.fact", name), is_owed=is_owed)


def paper_days(standing: Standing, step: Step, today: date) -> dict[str, str]:
    """The days of papers that are made with the step today, as the case states them."""
    offered = OFFERED_FACTS.get((standing.procedure.name, step.code), ())
    return {name: today.isoformat() for name in offered if name in PAPER_DAYS}


def _grounds(step: Step, words: Words) -> Iterator[Blank]:
    if not _told_in_paper(step):
        yield Blank(GROUNDS, "lines", words.html("case.grounds"), is_owed=step.guard == REASON)


def _told_in_paper(step: Step) -> str:
    """The question of a paper of this step that asks for its reasons, "" where none does: nobody gives them twice."""
    codes = step.documents if step.guard == REASON else ()
    asked = (f"d.{code}.{REASONS}" for code in codes if any(one.name == REASONS for one in needed_fields(code)))
    return next(asked, "")


def _begin(text: str | None) -> tuple[str, ...]:
    return (text,) if text else ()


def said_by(step: Step, found: NextStep, saved: Saved) -> dict[str, Any]:
    """What the answers say in the payload of the step, its documents apart."""
    guards = {}
    if step.guard and found.computed is None:
        guards[step.guard] = True if step.guard == REASON else saved.get(GUARD) == "true"
    return {
        "guards": guards,
        "facts": stated_days(saved),
        "grounds": saved.get(_told_in_paper(step) or GROUNDS),
        "published": _under(_PUBLISHED, saved),
        "paper_on": saved.get(PAPER_ON),
    }


def stated_days(saved: Saved) -> dict[str, str]:
    """The dates that were filled in, by the names of the case; what is no day is told at its question."""
    return {name: day for name, day in _under(_FACT, saved).items() if is_day(day)}


def _under(prefix: str, saved: Saved) -> dict[str, str]:
    return {name.removeprefix(prefix): saved.get(name) for name in saved.texts if name.startswith(prefix)}


def values_of(code: str, saved: Saved) -> dict[str, str]:
    """What was filled into a document."""
    return _under(f"d.{code}.", saved)


def as_named(paper: Prepared) -> dict[str, str]:
    """A paper as a statement names it."""
    return {"code": paper.code, "doc_no": paper.doc_no, "hash": paper.sha256}
