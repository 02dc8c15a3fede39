"""A form whose questions follow from a table row: asked, checked once more, then saved. What was typed always comes back.

The forms of records follow from a kind (`forms/`); those of a case follow from a row of its procedure and from the documents
that it names, each with fields of its own.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from fastapi import Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.files import MAX_FILE_BYTES, Files
from api.form_body import Form, read_form
from api.pages.desk_context import Bar
from api.pages.forms.answers import SHOWN_HEX, Answer
from api.pages.forms.choices import NOTHING, Option
from api.pages.forms.controls import fold
from api.pages.forms.filled import new_id
from api.pages.forms.questions import Question, element_id, fault_words
from api.pages.forms.task import MAX_FORM_PARTS
from api.pages.forms.views import CheckView, FormView, Link
from api.pages.private import private_page
from api.pages.scan_words import Words
from api.problems import PARTICULARS, sentences, status_of
from trace.ledger.errors import DomainError, FieldFault, Invalid, TooLarge
from trace.texts import MAX_CHARACTERS, MAX_NOTE_CHARACTERS, MAX_OUTLINE_CHARACTERS, text_fault

Texts = Mapping[str, tuple[str, ...]]
"""What stands in the form, by the name of the control; several for boxes that are ticked."""


ANSWER, TOLD = "answer", "told"
BUTTONS = frozenset({"check", "change", "save"})
"""Of `check` an answer may stand behind a colon."""


@dataclass(frozen=True)
class Blank:
    """One question. `control`: text, lines, date, radios, select, checks, file, or answer: yes or no by the
    button that sends the form, at most once in it; told asks nothing and shows its `options`. `initial`: what it begins
    with."""

    name: str
    control: str
    label: Markup
    initial: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    is_owed: bool = True
    hint: Markup = NOTHING
    most: int = MAX_CHARACTERS


def known_lines(name: str, lines: Iterable[tuple[Markup, Markup]]) -> tuple[Blank, ...]:
    """What nobody types, as terms and texts; nothing where there are none."""
    options = tuple(Option("", text, group=term) for term, text in lines)
    return (Blank(name, TOLD, NOTHING, options=options, is_owed=False),) if options else ()


@dataclass(frozen=True)
class Part:
    """Questions under one heading, as those of one document."""

    title: Markup
    blanks: tuple[Blank, ...]


@dataclass(frozen=True)
class Saved:
    """What a form hands over: the id that its statement will have, and the texts of its questions."""

    id: str
    texts: Texts

    def get(self, name: str) -> str:
        return next(iter(self.texts.get(name, ())), "")


@dataclass(frozen=True)
class Sheet:
    """A whole form. `save` says which page follows; `control_of` finds the question that a fault of it means. `owner`: whose
    the files are that come with it."""

    action: str
    title: Markup
    lead: Markup
    back: Link
    parts: tuple[Part, ...]
    consequence: Markup
    save_label: Markup
    words: Words
    bar: Bar
    owner: str
    save: Callable[[Saved], Awaitable[str]]
    control_of: Callable[[str], str] = lambda pointer: pointer.rpartition("/")[2]
    told: tuple[Markup, ...] = ()

    @property
    def blanks(self) -> tuple[Blank, ...]:
        return tuple(blank for part in self.parts for blank in part.blanks)


def show_sheet(
    request: Request,
    sheet: Sheet,
    saved: Saved | None = None,
    faults: Mapping[str, str] | None = None,
    said: tuple[Markup, ...] = (),
    status: int = 200,
) -> Response:
    """The form, as it begins or with what was typed. `faults`: by control, a code, or the sentence itself where it knows more
    than the code; `said`: what no question has."""
    present = saved or Saved(new_id(), {blank.name: blank.initial for blank in sheet.blanks})
    named = faults or {}
    groups = tuple(
        Question(
            f"part.{at}", "group", part.title, parts=tuple(_question(one, present, named, sheet) for one in part.blanks)
        )
        if part.title
        else None
        for at, part in enumerate(sheet.parts)
    )
    first: list[Question] = []
    for part, group in zip(sheet.parts, groups, strict=True):
        asked = [one for one in part.blanks if one.control != ANSWER]
        first += [group] if group else [_question(one, present, named, sheet) for one in asked]
    answer = next((_question(one, present, named, sheet) for one in sheet.blanks if one.control == ANSWER), None)
    view = FormView(
        title=sheet.title,
        lead=sheet.lead,
        back=sheet.back,
        action=sheet.action,
        with_files=any(one.control == "file" for one in sheet.blanks),
        hidden=(("id", present.id),),
        problems=_problems(sheet, present, named, said),
        also=(),
        also_title=NOTHING,
        first=tuple(first),
        when=None,
        reason=None,
        more=(),
        more_open=False,
        consequence=sheet.consequence,
        saves_at_once=False,
        save_label=sheet.save_label,
        beside=(sheet.bar, sheet.told, answer),
    )
    return _page(request, "desk/sheet.html", view, sheet, status)


async def take_sheet(request: Request, sheet: Sheet, files: Files) -> Response:
    """What the form sent: a page to check, the form again, or what `save` leads to."""
    saved, do, faults = await _read(request, sheet, files)
    if do == "change":
        return show_sheet(request, sheet, saved)
    faults = {**_faults(sheet, saved), **faults}
    if faults:
        return show_sheet(request, sheet, saved, faults, status=422)
    if do == "check":
        return _page(request, "desk/sheet_check.html", _check_view(sheet, saved), sheet, 200)
    try:
        where = await sheet.save(saved)
    except DomainError as refusal:
        return _refused(request, sheet, saved, refusal)
    answer = RedirectResponse(where, 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _refused(request: Request, sheet: Sheet, saved: Saved, refusal: DomainError) -> Response:
    names = {blank.name for blank in sheet.blanks}
    faults = {sheet.control_of(fault.pointer): fault.code for fault in refusal.faults}
    known = {name: code for name, code in faults.items() if name in names}
    status = status_of(refusal)
    both = sentences(refusal.code, status, refusal.values)
    said = Markup("{}").format(both.zh if sheet.words.lang == "zh" else both.en)
    if len(known) == 1 and any(map(refusal.values.get, PARTICULARS.get(refusal.code, ()))):
        known = dict.fromkeys(known, said)  # one question is at fault, and the sentence says what would be right
    return show_sheet(request, sheet, saved, known, () if known else (said,), status)


async def _read(request: Request, sheet: Sheet, files: Files) -> tuple[Saved, str, dict[str, str]]:
    uploads = [blank.name for blank in sheet.blanks if blank.control == "file"]
    limits = {f"{name}.file": MAX_FILE_BYTES for name in uploads}
    form = await read_form(request, files=limits, parts=MAX_FORM_PARTS, cuts=True)
    do, answered = form.button(BUTTONS)
    texts = {blank.name: _texts(form, blank) for blank in sheet.blanks}
    faults: dict[str, str] = {}
    for name in uploads:
        upload = form.file(f"{name}.file")
        if upload is None:
            continue
        try:
            if upload.is_cut:
                raise TooLarge("file-too-large")
            texts[name] = (await asyncio.to_thread(files.keep, upload.data, sheet.owner),)
        except DomainError as error:
            faults[name] = error.code
    if answered:
        texts.update({blank.name: (answered,) for blank in sheet.blanks if blank.control == ANSWER})
    return Saved(_id(form), texts), do, faults


def _id(form: Form) -> str:
    try:
        return str(uuid.UUID(form.get("id")))
    except ValueError as error:
        raise Invalid("bad-reference", FieldFault("/id", "bad-reference")) from error


def _texts(form: Form, blank: Blank) -> tuple[str, ...]:
    found = (text.replace("\r\n", "\n").strip() for text in form.all(blank.name))
    return tuple(fold(text) if blank.control == "date" else text for text in found if text)


def _faults(sheet: Sheet, saved: Saved) -> dict[str, str]:
    found = {}
    for blank in sheet.blanks:
        code = _fault(blank, saved.texts.get(blank.name, ()))
        if code:
            found[blank.name] = code
    return found


def _fault(blank: Blank, texts: tuple[str, ...]) -> str | None:
    if not texts:
        return "missing-field" if blank.is_owed else None
    match blank.control:
        case "date":
            return None if is_day(texts[0]) else "not-a-time"
        case "radios" | "select" | "checks" | "answer":
            known = {option.value for option in blank.options}
            return None if known.issuperset(texts) else "unknown-value"
        case "file":
            return None if len(texts[0]) == 64 else "bad-reference"
    return text_fault(texts[0], _most(blank), lines=blank.control == "lines")


def _most(blank: Blank) -> int:
    return MAX_OUTLINE_CHARACTERS if blank.control == "lines" else max(blank.most, MAX_NOTE_CHARACTERS)


def is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _question(blank: Blank, saved: Saved, faults: Mapping[str, str], sheet: Sheet) -> Question:
    fault = faults.get(blank.name, "")
    texts = saved.texts.get(blank.name, ())
    tags = () if blank.is_owed else (sheet.words.html("forms.optional"),)
    return Question(
        name=blank.name,
        control=blank.control,
        label=blank.label,
        hint=blank.hint,
        tags=tags,
        texts=texts,
        options=blank.options,
        error=fault
        if isinstance(fault, Markup)
        else fault_words(fault, blank.label, sheet.words)
        if fault
        else NOTHING,
        max_characters=_most(blank),
        is_filled=bool(texts),
    )


def _problems(sheet: Sheet, saved: Saved, faults: Mapping[str, str], said: tuple[Markup, ...]) -> tuple[Link, ...]:
    asked = [_question(blank, saved, faults, sheet) for blank in sheet.blanks if blank.name in faults]
    return (*(Link("", text) for text in said), *(Link(f"#{one.first_id}", one.error) for one in asked))


def _check_view(sheet: Sheet, saved: Saved) -> CheckView:
    told = [one for blank in sheet.blanks for one in _answers(blank, saved.texts[blank.name], sheet.words)]
    hidden = [("id", saved.id), *((name, text) for name, texts in saved.texts.items() for text in texts)]
    return CheckView(
        title=sheet.title,
        lead=sheet.lead,
        back=sheet.back,
        action=sheet.action,
        hidden=tuple(hidden),
        answers=tuple(told),
        consequence=sheet.consequence,
        save_label=sheet.save_label,
        problems=(),
        beside=(sheet.bar, sheet.told),
    )


def _answers(blank: Blank, texts: tuple[str, ...], words: Words) -> Iterator[Answer]:
    """What was typed; what is known has no place in the form where it could be changed."""
    if blank.control == TOLD:
        yield from (Answer(one.group, one.label, "") for one in blank.options)
    elif texts:
        yield _answer(blank, texts, words)


def _answer(blank: Blank, texts: tuple[str, ...], words: Words) -> Answer:
    anchor = element_id(blank.name)
    match blank.control:
        case "date":
            return Answer(blank.label, Markup(words.day(texts[0])), anchor)
        case "answer":
            return Answer(blank.label, words.html(f"value.{texts[0]}"), anchor)
        case "radios" | "select" | "checks":
            labels = {option.value: option.label for option in blank.options}
            return Answer(blank.label, words.list_of(labels[text] for text in texts), anchor)
        case "file":
            shown = Markup('{} <code class="code">{}…</code>').format(
                words.html("forms.file_kept"), texts[0][:SHOWN_HEX]
            )
            return Answer(blank.label, shown, anchor)
    lines = Markup("<br>").join(words.quoted(line) for line in texts[0].split("\n"))
    return Answer(blank.label, lines, anchor)


def _page(request: Request, template: str, view: object, sheet: Sheet, status: int) -> Response:
    path, _, kept = sheet.action.partition("?")
    return private_page(request, template, view, path=path, status=status, kept=kept)
