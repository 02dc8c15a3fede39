"""How does a form go from its first page to the log? Ask, check, save: the same steps for every kind.

Everything that was typed comes back on the page that says what is wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.files import MAX_FILE_BYTES, Files
from api.form_body import Form, read_form
from api.pages.forms.filled import Filled, file_controls, read_filled, with_file
from api.pages.forms.stepping import LESS, PLUS, SET, pressed
from api.pages.forms.views import Saving, Task, check_view, form_view, is_asked, whole_payload
from api.pages.law_words import law_words
from api.pages.private import private_page
from api.pages.scan_words import Words
from api.problems import sentences, status_of
from trace.ledger.errors import DomainError, FieldFault, Refused, TooLarge
from trace.pointer import child

MAX_FORM_PARTS = 400
"""Fields and files of a form with files. The largest kind has some forty controls; rows and ticked boxes add to them."""

BUTTONS = frozenset({"more", LESS, PLUS, SET, "change", "check", "quick", "save", ""})
"""What sends a form; behind a colon stands which control is meant. The decisions of the gate are buttons of its own."""


def show_form(
    request: Request,
    task: Task,
    filled: Filled,
    faults: tuple[FieldFault, ...] = (),
    *,
    status: int = 200,
    said: tuple[Markup, ...] = (),
    more_rows: frozenset[str] = frozenset(),
) -> Response:
    """The form with what stands in it. `said`: what no field has."""
    return _page(request, task, task.form_page, form_view(task, filled, faults, said, more_rows), status)


async def take_form(request: Request, task: Task, files: Files) -> Response:
    """What somebody sent: one more row, a page to check, or the record itself and then the page that tells so.

    A quick form goes past the page to check, unless something in it is unusual.
    """
    form, file_faults = await _read_with_files(request, task, files)
    filled = read_filled(form, task.kind)
    step, of = form.button(BUTTONS)
    if file_faults:
        return show_form(request, task, filled, file_faults, status=422)
    if step == "more":
        return show_form(request, task, filled, more_rows=frozenset({of}))
    if step in (LESS, PLUS, SET):
        return show_form(request, task, pressed(filled, step, of))
    if step == "change":
        return show_form(request, task, task.reopened(filled))
    try:
        filled = task.completed(filled)
        payload, when = whole_payload(task, filled)
        if step == "check" or (step == "quick" and task.doubt(payload)):
            task.foreseen(filled)
            return _page(request, task, task.check_page, check_view(task, filled))
        # Said by the clock of the place, not by the server's: the day that the reader sees is the day that was meant.
        moment = when or task.now.isoformat(timespec="seconds")
        where = await task.save(Saving(f"urn:uuid:{filled.id}", payload, moment, filled.reason))
    except DomainError as refusal:
        return _refused(request, task, filled, refusal)
    answer = RedirectResponse(where, 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _refused(request: Request, task: Task, filled: Filled, refusal: DomainError) -> Response:
    """The form again, with what is wrong at its fields, or above them where no field has it."""
    has_field = any(is_asked(task, fault) for fault in refusal.faults)
    told = () if has_field else refusal_lines(refusal, task.words)
    return show_form(request, task, task.reopened(filled), refusal.faults, status=status_of(refusal), said=told)


def refusal_lines(refusal: DomainError, words: Words) -> tuple[Markup, ...]:
    """What a page says of a refusal: its sentence; of an act that a rule refuses, why, what would lift it, and the law."""
    both = sentences(refusal.code, status_of(refusal), refusal.values)
    said = Markup("{}").format(both.zh if words.lang == "zh" else both.en)
    return said, *_why_refused(refusal, words)


def _why_refused(refusal: DomainError, words: Words) -> Iterator[Markup]:
    """Of an act that a rule refuses: the rule's reasons, what would lift them, and the law."""
    if not isinstance(refusal, Refused):
        return
    values: Mapping[str, Any] = refusal.values
    for group in ("reason", "remedy"):
        codes = values.get("reasons" if group == "reason" else group, ())
        yield from (words.word(f"rule.{group}", code) for code in codes)
    if values.get("article"):
        yield words.html("forms.basis", law=law_words(str(values["article"]), words))


def _page(request: Request, task: Task, template: str, view: object, status: int = 200) -> Response:
    """The settings of the masthead lead to the form's own address, where it begins anew."""
    path, _, kept = task.action.partition("?")
    return private_page(request, template, view, path=path, status=status, kept=kept)


async def _read_with_files(request: Request, task: Task, files: Files) -> tuple[Form, tuple[FieldFault, ...]]:
    """The form; each file that came with it is kept, and its hash stands where the file was chosen."""
    controls = file_controls(task.kind)
    form = await read_form(request, files=dict.fromkeys(controls, MAX_FILE_BYTES), parts=MAX_FORM_PARTS, cuts=True)
    faults: list[FieldFault] = []
    for control, path in controls.items():
        upload = form.file(control)
        if upload is None:
            continue
        try:
            if upload.is_cut:
                raise TooLarge("file-too-large")
            sha256 = await asyncio.to_thread(files.keep, upload.data, task.party)
        except DomainError as error:
            faults.append(FieldFault(_pointer(path), error.code))
        else:
            form = with_file(form, control, path, task.kind, sha256)
    return form, tuple(faults)


def _pointer(path: tuple[str, ...]) -> str:
    pointer = ""
    for part in path:
        pointer = child(pointer, part)
    return pointer
