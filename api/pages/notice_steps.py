"""How does a party answer in a case: explain, ask for a re-test or a hearing, apply for repair? A form, a check, a step.

The papers that the step asks for are made of what is typed. The account acts in custody; a step that gives up a right is
taken with an own key or on a signed paper at the service desk, and says so here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup, escape
from starlette.responses import RedirectResponse, Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.casework import log_step, opening_of, step_payload
from api.documents import OfCase, needed_fields, prepare_of
from api.documents.words import FieldSpec
from api.form_body import read_form
from api.node import Node
from api.pages.desk_case_sources import begun_texts
from api.pages.desk_case_words import action_words, document_words, guard_words
from api.pages.documents import store_of
from api.pages.forms.answers import Answer
from api.pages.forms.choices import NOTHING
from api.pages.forms.views import Link
from api.pages.member_context import Member, member_of
from api.pages.notice_receipts import NOTICES
from api.pages.notices import open_rights, own_case
from api.pages.private import private_page
from api.problems import sentences, status_of
from credit.guards import COMPUTED
from credit.judging import GIVES_UP_A_RIGHT
from credit.queries import find_case, find_record
from credit.reference.procedures import SUBJECT, Step, procedures
from credit.targets import APPLIES
from trace.ledger.errors import Conflict, DomainError, FieldFault, Forbidden, Invalid, NotFound
from trace.ledger.submission import Signed
from trace.state import Row
from trace.texts import MAX_NOTE_CHARACTERS, MAX_OUTLINE_CHARACTERS

router = APIRouter(include_in_schema=False)
Act = Annotated[Caller, allow_page("own.record")]

CHANNEL = "网上账户"
NOBODY = "无"
"""What stands in a paper where somebody acts for himself and encloses nothing else."""


@dataclass(frozen=True)
class Asking:
    """A step on its way: of which case (`opening` where it begins one), with the papers in the order in which they are
    made: a promise before the application that names its number. `begun`: what the form opens with; `against`: why it cannot
    be taken now, "" where it can; `is_taken`: whether it was taken before."""

    member: Member
    case: OfCase
    step: Step
    opening: Signed | None
    back: Link
    action: str
    known: Mapping[str, str]
    begun: Mapping[str, str]
    against: str = ""
    is_taken: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(sorted(self.step.documents, key=lambda code: code != "D-PROMISE"))

    @property
    def fields(self) -> tuple[FieldSpec, ...]:
        """What the person types, each field once though two papers have it."""
        found = {one.name: one for code in self.codes for one in needed_fields(code)}
        return tuple(one for one in found.values() if not one.is_computed and one.name not in self.known)

    @property
    def guard(self) -> str:
        """The condition that the person answers for, "" where there is none."""
        guard = self.step.guard or ""
        return "" if guard in COMPUTED else guard


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
    back: Link
    title: Markup
    action: str
    needs_key: bool
    refused: Markup
    guard: Markup
    is_confirmed: bool
    guard_error: Markup
    questions: tuple[Question, ...]


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
    asking = _asking(request, caller, id, step)
    return _see(asking.back.href) if asking.against else _form(request, asking, asking.begun, ())


@router.post(f"{NOTICES}/{{id}}/{{step}}")
async def take_step(id: str, step: str, request: Request, caller: Act) -> Response:
    """What the form sent: to be checked, or to be said. A second tap leads where the first one did."""
    return await _take(request, _asking(request, caller, id, step))


@router.get("/m/repair/{record}")
async def show_repair(record: str, request: Request, caller: Act) -> Response:
    """The form that applies for the repair of a record."""
    return _form(request, _repair(request, caller, record), {}, ())


@router.post("/m/repair/{record}")
async def take_repair(record: str, request: Request, caller: Act) -> Response:
    """What the form of an application sent."""
    return await _take(request, _repair(request, caller, record))


def _asking(request: Request, caller: Caller, id: str, code: str) -> Asking:
    """Raises `NotFound` for a case that is not one's own, and for a step that is no party's."""
    member = member_of(request, caller)
    with member.node.reading() as reads:
        standing = own_case(member, reads, id)
        begun = begun_texts(reads, standing)
    step = standing.procedure.steps.get(code)
    if step is None or step.actor_role != SUBJECT:
        raise NotFound("not-found")
    row, due = standing.row, standing.due(step)
    is_late = due is not None and not due.is_met_at(standing.now)
    against = "" if step in open_rights(standing) else "case-too-late" if is_late else "case-not-from-here"
    is_taken = code in standing.case.done
    used = {one.hash for one in standing.progress.papers} | {one.hash for one in standing.progress.served}
    case = OfCase(id, row["procedure"], row["subject"], row["authority"], row["region"], frozenset(used))
    back = Link(f"{NOTICES}/{id}", member.words.html("notice.back"))
    return Asking(
        member, case, step, None, back, f"{NOTICES}/{id}/{code}", _known(member, {}), begun, against, is_taken
    )


def _repair(request: Request, caller: Caller, name: str) -> Asking:
    """Raises `NotFound` for a record that is not one's own or has no way of repair here, `Conflict` for one that ended."""
    member = member_of(request, caller)
    with member.node.reading() as reads:
        record = find_record(reads.connection, name.replace(".", "/"))
        if record is None or record["subject"] != member.id or record["case"] is None:
            raise NotFound("not-found")
        if record["ended_on"] is not None:
            raise Conflict("record-ended-already")
        of_record = find_case(reads.connection, record["case"])
    assert of_record is not None  # a record names a case that is in the log
    action = APPLIES[record["class"]]
    step = next(one for one in procedures()["repair"].steps.values() if one.action == action)
    opening = opening_of(
        member.node,
        "repair",
        subject=member.id,
        authority=of_record["authority"],
        region=of_record["region"],
        target=record["id"],
    )
    case = OfCase(opening.statement.chain, "repair", member.id, of_record["authority"], of_record["region"])
    back = Link("/m/credit", member.words.html("file.title"))
    return Asking(member, case, step, opening, back, f"/m/repair/{name}", _known(member, record), {})


def _known(member: Member, record: Row | Mapping[str, Any]) -> dict[str, str]:
    """Fields of papers that the program knows; `promise_no` comes with the promise."""
    now = member.now
    return {
        "received_at": f"{now.year}年{now.month}月{now.day}日{now:%H:%M}",
        "signed_at": f"{now.year}年{now.month}月{now.day}日",
        "channel": CHANNEL,
        "promise_no": "",
        "agent": NOBODY,
        "agent_if_any": NOBODY,
        "evidence_hashes": NOBODY,
        **({"item_no": str(record["id"])} if record else {}),
    }


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
        title=action_words(asking.step, words),
        action=asking.action,
        needs_key=asking.step.code in GIVES_UP_A_RIGHT,
        refused=refused,
        guard=guard_words(asking.guard, words) if asking.guard else NOTHING,
        is_confirmed=typed.get("guard") == "yes",
        guard_error=wrong.get("guard", NOTHING),
        questions=tuple(
            Question(
                one.name,
                one.zh if words.lang == "zh" else one.en,
                one.lines,
                _most(one),
                typed.get(one.name, ""),
                wrong.get(one.name, NOTHING),
            )
            for one in asking.fields
        ),
    )
    return private_page(request, "m/notice_step.html", view, status=422 if faults else status)


def _most(field: FieldSpec) -> int:
    """So many characters may be typed: a defence is as long as its paper, a number is not."""
    return MAX_OUTLINE_CHARACTERS if field.lines else MAX_NOTE_CHARACTERS


async def _take(request: Request, asking: Asking) -> Response:
    form = await read_form(request)
    typed = {one.name: form.get(one.name).replace("\r\n", "\n").strip() for one in asking.fields}
    typed["guard"] = form.get("guard")
    if asking.against:
        is_again = asking.is_taken and form.get("do") == "save"
        return _see(asking.back.href) if is_again else _refused(request, asking, typed, Conflict(asking.against))
    faults = _faults(asking, typed)
    if faults or form.get("do") == "change":
        return _form(request, asking, typed, faults)
    if form.get("do") != "save":
        return _check(request, asking, typed)
    return await _save(request, asking, typed)


def _faults(asking: Asking, typed: Mapping[str, str]) -> list[FieldFault]:
    blank = [(one.name, "missing-field") for one in asking.fields if not typed[one.name]]
    long = [(one.name, "too-long") for one in asking.fields if len(typed[one.name]) > _most(one)]
    faults = [FieldFault(f"/values/{name}", code) for name, code in (*blank, *long)]
    if asking.guard and typed["guard"] != "yes":
        faults.append(FieldFault("/values/guard", "case-guard"))
    return faults


def _check(request: Request, asking: Asking, typed: Mapping[str, str]) -> Response:
    words = asking.member.words
    answers = [
        Answer(Markup(escape(one.zh if words.lang == "zh" else one.en)), words.quoted(typed[one.name]), f"f-{one.name}")
        for one in asking.fields
    ]
    if asking.guard:
        answers.append(Answer(guard_words(asking.guard, words), words.html("value.true"), "f-guard"))
    view = StepCheck(
        back=asking.back,
        title=action_words(asking.step, words),
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
    values = {**asking.known, **typed}
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
        await log_step(node, _said(node, asking, papers), asking.opening)
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
