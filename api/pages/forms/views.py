"""What do the pages of a form show? Its questions, what is wrong and where, and the list to check: ready values.

A page hands over a `Task`: what is asked, of whom, and what saving means.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from markupsafe import Markup

from api.pages.forms.answers import Answer, answers, time_words
from api.pages.forms.choices import NOTHING, Choices
from api.pages.forms.controls import PREFIX, name_of_pointer
from api.pages.forms.filled import Filled, day_of, file_controls, hidden_pairs, occurred_at
from api.pages.forms.layouts import Layout, first_fields
from api.pages.forms.questions import Asking, Question, element_id, fault_words
from api.pages.forms.when import Follows, WhenView, by_day, when_view
from api.pages.scan_words import Words
from trace.events import Kind
from trace.ledger.errors import FieldFault, Invalid
from trace.payload import check_payload
from trace.texts import MAX_NOTE_CHARACTERS, text_fault

OCCURRED = "occurred"
"""The anchor of the question when it happened."""

REASON = "reason"
_OWN = ("/day", "/occurred_at", f"/{REASON}")
"""What a fault can mean beside the payload."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where a page leads, and its words. `is_chosen`: of several, the one that this page is."""

    href: str
    text: Markup
    note: Markup = NOTHING
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Saving:
    """What a form hands over to be logged: the statement's id, the whole payload, when it happened, and why, where a reason
    was asked for."""

    id: str
    payload: Mapping[str, Any]
    occurred_at: str
    reason: str


def _as_sent(filled: Filled) -> Filled:
    return filled


def _nothing(_filled: Filled) -> None:
    return None


def _no_doubt(_payload: Mapping[str, Any]) -> Markup:
    return NOTHING


@dataclass(frozen=True)
class Task:
    """One thing to record. `save` logs it and says which page tells so; `consequence` says beforehand what follows;
    `completed` fills in what can be known of what was sent, before it is checked; `foreseen` raises what the log would refuse
    with, on the way to the page to check alone: what is sent twice has its first answer from the log. `reopened` puts back
    what `completed` left out, where the form is shown again.
    `beside`: what a form's own page (`form_page`) shows beside the questions; `drawn` makes it of what was filled in, and of
    the codes of what is wrong by the name of the control. `choices_for`: what the page to check knows by name beyond the form.

    `doubt`: what will be asked about later, for which a form that saves at once shows the page to check first.

    `asked`: the fields, in their order; `settled`: members of the payload that nobody is asked for; `unjudged`: those
    that the node fills in, so that their absence is no fault yet; `also`: other things to begin with, such as other
    products; `suggested`: texts that one tap puts into a field.
    """

    kind: Kind
    action: str
    title: Markup
    back: Link
    words: Words
    choices: Choices
    layout: Layout
    asked: tuple[str, ...]
    now: datetime
    party: str
    save: Callable[[Saving], Awaitable[str]]
    consequence: Follows
    save_label: Markup
    lead: Markup = NOTHING
    region: str | None = None
    owed: frozenset[str] = frozenset()
    settled: Mapping[str, Any] = field(default_factory=dict)
    unjudged: frozenset[str] = frozenset()
    also: tuple[Link, ...] = ()
    also_title: Markup = NOTHING
    suggested: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asks_when: bool = True
    asks_reason: bool = False
    opens_all: bool = False
    completed: Callable[[Filled], Filled] = _as_sent
    reopened: Callable[[Filled], Filled] = _as_sent
    foreseen: Callable[[Filled], None] = _nothing
    doubt: Callable[[Mapping[str, Any]], Markup] = _no_doubt
    beside: object = None
    drawn: Callable[[Filled, Mapping[str, str]], object] | None = None
    choices_for: Callable[[Mapping[str, Any]], Choices] | None = None
    form_page: str = "m/form.html"
    check_page: str = "m/check.html"


@dataclass(frozen=True, slots=True)
class FormView:
    """A form to fill in. `problems`: what is wrong, each with the anchor of its field, or ""; `by_day`: what follows from
    each choice of a day, where it differs."""

    title: Markup
    lead: Markup
    back: Link
    action: str
    with_files: bool
    hidden: tuple[tuple[str, str], ...]
    problems: tuple[Link, ...]
    also: tuple[Link, ...]
    also_title: Markup
    first: tuple[Question, ...]
    when: WhenView | None
    reason: Question | None
    more: tuple[Question, ...]
    more_open: bool
    consequence: Markup
    saves_at_once: bool
    save_label: Markup
    beside: object
    by_day: tuple[tuple[str, Markup], ...] = ()


@dataclass(frozen=True, slots=True)
class CheckView:
    """What was filled in, to be read once more before it is sent."""

    title: Markup
    lead: Markup
    back: Link
    action: str
    hidden: tuple[tuple[str, str], ...]
    answers: tuple[Answer, ...]
    consequence: Markup
    save_label: Markup
    problems: tuple[Link, ...]
    beside: object


def form_view(
    task: Task,
    filled: Filled,
    faults: tuple[FieldFault, ...] = (),
    said: tuple[Markup, ...] = (),
    more_rows: frozenset[str] = frozenset(),
) -> FormView:
    """The ready values of a form's page."""
    named = {control_of(task, fault.pointer): fault.code for fault in reversed(faults)}
    asking = Asking(task.kind, filled.payload, task.choices, task.words, named, task.owed, more_rows)
    first = first_fields(task.kind, task.layout, task.asked, task.owed)
    first_questions = tuple(
        replace(one, chips=task.suggested.get(name, ()))
        for name, one in zip(first, asking.questions(first), strict=True)
    )
    code = named.get("day") or named.get("occurred_at")
    asks_day = task.asks_when and task.layout.saves_at_once
    more = asking.questions(name for name in task.asked if name not in first)
    return FormView(
        title=task.title,
        lead=task.lead,
        back=task.back,
        action=task.action,
        with_files=bool(file_controls(task.kind)),
        hidden=(("id", filled.id),),
        problems=_problems(task, (*first_questions, *more), faults, said),
        also=task.also,
        also_title=task.also_title,
        first=first_questions,
        when=when_view(filled, task.now, task.words, task.layout.saves_at_once, code) if task.asks_when else None,
        reason=_reason(task, filled, named) if task.asks_reason else None,
        more=more,
        more_open=task.opens_all or any(_is_at_fault(one, named) for one in more) or bool(more_rows),
        consequence=task.consequence(filled.payload, filled),
        by_day=by_day(task.consequence, filled, task.now, task.words) if asks_day else (),
        saves_at_once=task.layout.saves_at_once,
        save_label=task.save_label,
        beside=task.drawn(filled, named) if task.drawn else task.beside,
    )


def whole_payload(task: Task, filled: Filled) -> tuple[dict[str, Any], str | None]:
    """The payload as it will be logged, and when it happened. Raises `Invalid` with every fault of both."""
    payload = {**filled.payload, **task.settled}
    day = day_of(filled, task.now)
    for name in task.layout.day_fields:
        if day is not None:
            payload.setdefault(name, day.isoformat())
    faults = [
        fault
        for fault in check_payload(task.kind, payload, task.region)
        if not (fault.code == "missing-field" and fault.pointer.removeprefix("/") in task.unjudged)
    ]
    when: str | None = None
    try:
        when = occurred_at(filled, task.now) if task.asks_when else None
    except Invalid as error:
        faults.extend(error.faults)
    if task.asks_reason and (why := text_fault(filled.reason, MAX_NOTE_CHARACTERS)):
        faults.append(FieldFault(f"/{REASON}", "missing-field" if not filled.reason else why))
    if faults:
        raise Invalid(faults[0].code, *faults)
    return payload, when


def check_view(task: Task, filled: Filled, problems: tuple[Link, ...] = ()) -> CheckView:
    """The ready values of the page to check."""
    payload, when = whole_payload(task, filled)
    asked = {name: value for name, value in payload.items() if name in task.asked}
    choices = task.choices_for(payload) if task.choices_for else task.choices
    told = answers(task.kind, asked, choices, task.words)
    if task.asks_reason:
        reason = Answer(task.words.html("forms.reason"), task.words.quoted(filled.reason), element_id(REASON))
        told = (*told, reason)
    if task.asks_when:
        said_when = time_words(when, task.words) if when else task.words.html("forms.now")
        told = (Answer(task.words.html("forms.occurred"), said_when, element_id(OCCURRED)), *told)
    return CheckView(
        title=task.title,
        lead=task.lead,
        back=task.back,
        action=task.action,
        hidden=tuple(hidden_pairs(filled, task.kind)),
        answers=told,
        consequence=task.consequence(payload, filled),
        save_label=task.save_label,
        problems=problems,
        beside=task.beside,
    )


def _reason(task: Task, filled: Filled, named: Mapping[str, str]) -> Question:
    label = task.words.html("forms.reason")
    code = named.get(REASON)
    return Question(
        REASON,
        "lines",
        label,
        hint=task.words.html("forms.reason_hint"),
        texts=(filled.reason,) if filled.reason else (),
        error=fault_words(code, label, task.words) if code else NOTHING,
        max_characters=MAX_NOTE_CHARACTERS,
    )


def control_of(task: Task, pointer: str) -> str:
    """The control that a fault means: those of an event point below /payload, those of a registration do not, and those of
    a correction into what it restates."""
    for before in ("/payload", "/restated"):
        pointer = pointer.removeprefix(before) if pointer.startswith(f"{before}/") else pointer
    if pointer in _OWN and pointer.removeprefix("/") not in task.asked:
        return pointer.removeprefix("/")
    return name_of_pointer(pointer.removeprefix("/payload"))


def is_asked(task: Task, fault: FieldFault) -> bool:
    """Whether the page has a control for this fault."""
    name = control_of(task, fault.pointer)
    return f"/{name}" in _OWN or name.removeprefix(f"{PREFIX}.").partition(".")[0] in task.asked


def _problems(
    task: Task, questions: tuple[Question, ...], faults: tuple[FieldFault, ...], said: tuple[Markup, ...]
) -> tuple[Link, ...]:
    """Every fault once, with the place where it can be put right."""
    found: dict[str, Link] = {}
    for at, text in enumerate(said):
        found[f" {at}"] = Link("", text)
    every = {one.name: one for question in questions for one in _flat(question)}
    for fault in faults:
        name = control_of(task, fault.pointer)
        if name == REASON:
            label, anchor = task.words.html("forms.reason"), element_id(REASON)
        elif f"/{name}" in _OWN:
            label, anchor = task.words.html("forms.occurred"), element_id(OCCURRED)
        elif is_asked(task, fault):
            question = _nearest(name, every)
            label, anchor = (question.label, question.first_id) if question else (NOTHING, "")
        else:
            continue
        found.setdefault(name, Link(f"#{anchor}" if anchor else "", fault_words(fault.code, label, task.words)))
    return tuple(found.values())


def _nearest(name: str, every: Mapping[str, Question]) -> Question | None:
    while name not in every and "." in name:
        name = name.rpartition(".")[0]
    return every.get(name)


def _flat(question: Question) -> tuple[Question, ...]:
    parts = (*question.parts, *(part for row in question.rows for part in row))
    return (question, *(one for part in parts for one in _flat(part)))


def _is_at_fault(question: Question, named: Mapping[str, str]) -> bool:
    return any(one.name in named for one in _flat(question))
