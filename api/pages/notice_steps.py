"""How does a party answer in a case: explain, ask for a re-test or a hearing, apply for repair? A form, a check, a step.

The papers that the step asks for are made of what is typed. The account acts in custody; a step that gives up a right is
taken with an own key or on a signed paper at the service desk, and says so here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup, escape
from starlette.responses import RedirectResponse, Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.casework import log_step, step_payload
from api.catalogue import has
from api.documents import prepare_of
from api.documents.words import FieldSpec
from api.form_body import read_form
from api.node import Node
from api.pages.desk_case_words import document_words, guard_words
from api.pages.documents import store_of
from api.pages.forms.answers import Answer
from api.pages.forms.choices import NOTHING
from api.pages.forms.questions import Question as Control
from api.pages.forms.views import Link
from api.pages.member_context import party_label
from api.pages.notice_asking import Asking, application_of, asking_of
from api.pages.notice_enclosure import (
    ENCLOSURE,
    PROOF,
    UPLOADS,
    enclosure_answer,
    enclosure_question,
    kept_enclosure,
    takes_a_file,
    with_enclosure,
)
from api.pages.notice_receipts import NOTICES
from api.pages.private import private_page
from api.problems import sentences, status_of
from credit.judging import GIVES_UP_A_RIGHT
from trace.ledger.errors import Conflict, DomainError, FieldFault, Forbidden, Invalid
from trace.ledger.submission import Signed
from trace.queries import find_parties
from trace.texts import MAX_NOTE_CHARACTERS, MAX_OUTLINE_CHARACTERS

router = APIRouter(include_in_schema=False)
Act = Annotated[Caller, allow_page("own.record")]


@dataclass(frozen=True, slots=True)
class Question:
    name: str
    label: str
    lines: bool
    most: int
    value: str
    error: Markup


@dataclass(frozen=True, slots=True)
class StepForm:
    """`on_paper`: where the account may not act for the party, how the step is taken on paper; nothing is asked then.
    `enclosure`: the choice of a file, where the papers can name one."""

    back: Link
    title: Markup
    about: Markup
    action: str
    on_paper: tuple[Markup, ...]
    refused: Markup
    guard: Markup
    is_confirmed: bool
    guard_error: Markup
    questions: tuple[Question, ...]
    enclosure: Control | None


@dataclass(frozen=True, slots=True)
class StepCheck:
    """What the page to check shows, as every form's does."""

    back: Link
    title: Markup
    lead: Markup
    action: str
    hidden: tuple[tuple[str, str], ...]
    answers: tuple[Answer, ...]
    consequence: Markup
    save_label: Markup


@router.get(f"{NOTICES}/{{id}}/{{step}}")
async def show_step(id: str, step: str, request: Request, caller: Act) -> Response:
    """The form of a step of one's own case."""
    asking = asking_of(request, caller, id, step)
    return _see(asking.back.href) if asking.against else _form(request, asking, asking.begun, ())


@router.post(f"{NOTICES}/{{id}}/{{step}}")
async def take_step(id: str, step: str, request: Request, caller: Act) -> Response:
    """What the form sent: to be checked, or to be said. A second tap leads where the first one did."""
    return await _take(request, asking_of(request, caller, id, step))


@router.get("/m/repair/{record}")
async def show_repair(record: str, request: Request, caller: Act) -> Response:
    """The form that applies for the repair of a record."""
    asking = application_of(request, caller, record)
    return _form(request, asking, asking.begun, ())


@router.post("/m/repair/{record}")
async def take_repair(record: str, request: Request, caller: Act) -> Response:
    """What the form of an application sent."""
    return await _take(request, application_of(request, caller, record))


def _see(path: str) -> Response:
    return RedirectResponse(path, 303, {"Cache-Control": "no-store"})


def _refused(request: Request, asking: Asking, typed: Mapping[str, str], refusal: DomainError) -> Response:
    """The form with everything that was typed, and the sentence of the refusal above it."""
    status = status_of(refusal)
    both = sentences(refusal.code, status, refusal.values)
    return _form(request, asking, typed, (), escape(both.zh if asking.member.words.lang == "zh" else both.en), status)


def _form(
    request: Request,
    asking: Asking,
    typed: Mapping[str, str],
    faults: Sequence[FieldFault],
    refused: Markup = NOTHING,
    status: int = 200,
) -> Response:
    words = asking.member.words
    wrong = {fault.pointer.removeprefix("/values/"): words.html(f"problem.{fault.code}") for fault in faults}
    view = StepForm(
        back=asking.back,
        title=asking.title,
        about=asking.about,
        action=asking.action,
        on_paper=_on_paper(asking) if asking.step.code in GIVES_UP_A_RIGHT else (),
        refused=refused,
        guard=_guard_words(asking) if asking.guard else NOTHING,
        is_confirmed=typed.get("guard") == "yes",
        guard_error=wrong.get("guard", NOTHING),
        questions=tuple(
            Question(
                one.name,
                one.label(words.lang),
                one.lines,
                _most(one),
                typed.get(one.name, ""),
                wrong.get(one.name, NOTHING),
            )
            for one in asking.fields
        ),
        enclosure=enclosure_question(typed.get(ENCLOSURE, ""), wrong.get(ENCLOSURE, NOTHING), words)
        if takes_a_file(asking.codes)
        else None,
    )
    return private_page(request, "m/notice_step.html", view, status=422 if faults else status)


def _guard_words(asking: Asking) -> Markup:
    """The condition as the party can answer it, which has the notice before it and not the law."""
    words, own = asking.member.words, f"notice.guard.{asking.guard}"
    return words.html(own) if has(own, words.lang) else guard_words(asking.guard, words)


def _on_paper(asking: Asking) -> tuple[Markup, ...]:
    """What the signed paper says, where it is brought, and that nobody has to."""
    member = asking.member
    with member.node.reading() as reads:
        (authority,) = find_parties(reads.connection, [asking.case.authority])
    return (
        member.words.html("notice.needs_key"),
        member.words.html("notice.paper_says", step=asking.title),
        member.words.html("notice.bring", authority=party_label(authority, member.words)),
        member.words.html("notice.need_not"),
    )


def _most(field: FieldSpec) -> int:
    """So many characters may be typed: a defence is as long as its paper, a number is not."""
    return MAX_OUTLINE_CHARACTERS if field.lines else MAX_NOTE_CHARACTERS


async def _take(request: Request, asking: Asking) -> Response:
    is_with_file = takes_a_file(asking.codes)
    form = await read_form(request, files=UPLOADS if is_with_file else {}, cuts=is_with_file)
    typed = {one.name: form.get(one.name).replace("\r\n", "\n").strip() for one in asking.fields}
    typed["guard"] = form.get("guard")
    wrong: tuple[FieldFault, ...] = ()
    if is_with_file:
        typed[ENCLOSURE], wrong = await kept_enclosure(form, asking.member.shelf.files, asking.member.id)
    if asking.against:
        is_again = asking.is_taken and form.get("do") == "save"
        return _see(asking.back.href) if is_again else _refused(request, asking, typed, Conflict(asking.against))
    faults = [*wrong, *_faults(asking, typed)]
    if faults or form.get("do") == "change":
        return _form(request, asking, typed, faults)
    if form.get("do") != "save":
        return _check(request, asking, typed)
    return await _save(request, asking, typed)


def _faults(asking: Asking, typed: Mapping[str, str]) -> list[FieldFault]:
    values = with_enclosure(typed, asking.codes, typed.get(ENCLOSURE, ""))
    told = {**typed, PROOF: values.get(PROOF, "")}
    blank = [(one.name, "missing-field") for one in asking.fields if not told[one.name]]
    long = [(one.name, "too-long") for one in asking.fields if len(values[one.name]) > _most(one)]
    faults = [FieldFault(f"/values/{name}", code) for name, code in (*blank, *long)]
    if asking.guard and typed["guard"] != "yes":
        faults.append(FieldFault("/values/guard", "case-guard"))
    return faults


def _check(request: Request, asking: Asking, typed: Mapping[str, str]) -> Response:
    words = asking.member.words
    answers = [
        Answer(escape(one.label(words.lang)), words.quoted(typed[one.name]), f"f-{one.name}") for one in asking.fields
    ]
    if typed.get(ENCLOSURE):
        answers.append(enclosure_answer(typed[ENCLOSURE], words))
    if asking.guard:
        answers.append(Answer(_guard_words(asking), words.html("value.true"), "f-guard"))
    view = StepCheck(
        back=asking.back,
        title=asking.title,
        lead=words.list_of(document_words(code, words) for code in asking.codes),
        action=asking.action,
        hidden=tuple(typed.items()),
        answers=tuple(answers),
        consequence=words.html("notice.consequence"),
        save_label=words.html("notice.submit"),
    )
    return private_page(request, "m/check.html", view)


async def _save(request: Request, asking: Asking, typed: Mapping[str, str]) -> Response:
    """Make the papers, then the step; where the log refuses, the form says why. Raises `Forbidden` where it wants an own key."""
    if asking.step.code in GIVES_UP_A_RIGHT:
        raise Forbidden("own-key-needed")
    node, store = asking.member.node, store_of(request)
    values = with_enclosure({**asking.known, **typed}, asking.codes, typed.get(ENCLOSURE, ""))
    papers: list[dict[str, str]] = []
    try:
        for code in asking.codes:
            made = await prepare_of(
                node,
                store,
                asking.case,
                step=asking.step.code,
                code=code,
                values=values,
                prepared_by=asking.member.id,
            )
            if code == "D-PROMISE":
                values["promise_no"] = made.doc_no
            papers.append({"code": code, "doc_no": made.doc_no, "hash": made.sha256})
    except Invalid as invalid:
        return _form(request, asking, typed, invalid.faults)
    try:
        await log_step(node, store, _said(node, asking, papers), asking.opening)
    except DomainError as refusal:
        return _refused(request, asking, typed, refusal)
    return _see(f"{NOTICES}/{asking.case.id}")


def _said(node: Node, asking: Asking, papers: Sequence[Mapping[str, str]]) -> Signed:
    payload = step_payload(
        asking.case.procedure,
        asking.step.code,
        opening=asking.opening,
        guards={asking.guard: True} if asking.guard else {},
        documents=[dict(one) for one in papers],
    )
    return node.recorder.record(
        "case_step",
        payload,
        chain=asking.case.id,
        actor=asking.member.id,
        recorded_by=asking.member.caller.account,
        id=node.recorder.new_id(),
    )
