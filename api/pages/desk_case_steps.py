"""How is a step of a case taken? Its papers are made, handed over where they must be first, then the step is asked and signed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.casework import step_payload
from api.documents import Prepared, prepare
from api.pages.desk_case_blanks import (
    GUARD,
    PUBLIC_ENTRY,
    as_named,
    control_of,
    document_parts,
    entry_values,
    fixed_texts,
    paper_days,
    paper_parts,
    said_by,
    step_parts,
    values_of,
)
from api.pages.desk_case_doing import SERVICE, Doing, doing_of
from api.pages.desk_case_known import service_texts
from api.pages.desk_case_words import (
    action_words,
    case_title,
    clock_of,
    document_words,
    guard_words,
    who_words,
)
from api.pages.desk_context import Bar
from api.pages.desk_sheet import Saved, Sheet, show_sheet, take_sheet
from api.pages.documents import store_of
from api.pages.forms.choices import NOTHING
from api.pages.forms.views import Link
from api.pages.member_forms import files_of
from api.pages.private import private_page
from api.pages.signing import room_of
from api.query import read_query
from api.recording import own_party
from api.waiting import page_of
from api.waiting.signing import Asked, ask
from credit.next_steps import possible_step
from credit.services import SERVED, find_service
from credit.step_form import days_ahead, early_days
from credit.stepping import authority_of
from trace.ledger.errors import Conflict, FieldFault, Invalid, Refused
from trace.ledger.sealing import time_received

Act = Annotated[Caller, allow_page("cases.act")]

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A paper that has to be handed over before the step. `serve_href`: where that is recorded, "" once it is; `counts_from`:
    when a public notice that stands will count."""

    text: Markup
    href: str
    serve_href: str
    counts_from: Markup


@dataclass(frozen=True, slots=True)
class ServicesView:
    bar: Bar
    title: Markup
    lead: Markup
    back: Link
    papers: tuple[ServiceLine, ...]
    again_href: str


@router.get("/desk/cases/{id}/steps/{code}")
async def show_step(id: str, code: str, request: Request, caller: Act) -> Response:
    """What the step asks; where it waits for signatures already, that statement; where it cannot be taken, the case."""
    doing = await doing_of(request, caller, id, code)
    if (waiting := await _waiting(request, id, code)) is not None:
        return _see(waiting)
    if doing.reasons:
        return _see(doing.path)
    again = read_query(request, {"again", "lang", "text"}, ignore_unknown=True).get("again") == "yes"
    if not again and _is_to_be_served(doing):
        return private_page(request, "desk/case_services.html", _services_view(doing))
    return show_sheet(request, _sheet(request, doing, again))


@router.post("/desk/cases/{id}/steps/{code}")
async def take_step(id: str, code: str, request: Request, caller: Act) -> Response:
    """What the form sent; then the signature box, where the official signs."""
    doing = await doing_of(request, caller, id, code)
    again = read_query(request, {"again", "lang", "text"}, ignore_unknown=True).get("again") == "yes"
    return await take_sheet(request, _sheet(request, doing, again), files_of(request))


def _see(path: str) -> Response:
    return RedirectResponse(path, 303, {"Cache-Control": "no-store"})


async def _waiting(request: Request, case: str, code: str) -> str | None:
    """The page of a statement of this very step that waits for signatures."""
    for one in await asyncio.to_thread(room_of(request).all_open):
        if one.kind.name == "case_step" and one.fields["chain"] == case and one.fields["payload"]["step"] == code:
            return page_of(one.id)
    return None


def _is_to_be_served(doing: Doing) -> bool:
    """Whether the papers are made and a service is still missing."""
    is_unproven = any(one.lifted_by.startswith(SERVICE) for one in doing.found.against)
    return is_unproven and all(doing.made(code) for code in doing.must_serve)


def _sheet(request: Request, doing: Doing, again: bool) -> Sheet:
    if doing.found.for_paper:
        return _paper_sheet(request, doing)
    if doing.must_serve and (again or not all(doing.made(code) for code in doing.must_serve)):
        return _making_sheet(request, doing)
    return _step_sheet(request, doing)


def _common(doing: Doing) -> dict[str, Any]:
    words = doing.official.words
    party = case_title(doing.row, doing.party, words)
    return {
        "action": f"{doing.path}/steps/{doing.step.code}",
        "title": action_words(doing.step, words),
        "back": Link(doing.path, party),
        "words": words,
        "bar": doing.bar,
        "owner": doing.row["subject"],
    }


def _lead(doing: Doing) -> Markup:
    words = doing.official.words
    clock = clock_of(words, doing.standing, doing.step)
    return words.clauses([who_words(doing.step, words), clock.text if clock else None])


def _told(doing: Doing) -> tuple[Markup, ...]:
    """What the program found out for the condition, and who has to sign beside this official."""
    words, step = doing.official.words, doing.step
    told = []
    if step.guard and doing.found.computed:
        told.append(words.html("case.checked", condition=guard_words(step.guard, words)))
    if step.cosign is not None:
        told.append(words.html("case.second_signs", role=words.word("value.offices", step.cosign)))
    return tuple(told)


def _making_sheet(request: Request, doing: Doing) -> Sheet:
    """The papers that are handed over before the step."""
    words = doing.official.words

    async def save(saved: Saved) -> str:
        for code in doing.must_serve:
            await _prepared(request, doing, code, values_of(code, saved) | fixed_texts(code, doing.known))
        return f"{doing.path}/steps/{doing.step.code}"

    common = _common(doing)
    return Sheet(
        **{**common, "action": f"{common['action']}?again=yes"},
        lead=_lead(doing),
        parts=tuple(document_parts(doing.must_serve, doing.known, words)),
        consequence=words.html("case.make_first"),
        save_label=words.html("case.make"),
        save=save,
    )


async def _prepared(request: Request, doing: Doing, code: str, values: Mapping[str, str]) -> Prepared:
    """Raises `Invalid` with each field at fault, by the name of its question."""
    try:
        return await prepare(
            doing.official.node,
            store_of(request),
            case=doing.row["id"],
            step=doing.step.code,
            code=code,
            values=values,
            prepared_by=doing.official.caller.account,
            speaks=authority_of(
                doing.state,
                own_party(doing.official.caller),
                doing.step.actor_role,
                doing.row,
                time_received(doing.official.now, ""),
            ),
        )
    except Invalid as error:
        raise Invalid(
            error.code, *(FieldFault(f"/d.{code}.{one.pointer.rpartition('/')[2]}", one.code) for one in error.faults)
        ) from error


def _step_sheet(request: Request, doing: Doing) -> Sheet:
    words, step = doing.official.words, doing.step
    codes = tuple(code for code in step.documents if code not in doing.must_serve)
    known = {**doing.known, **service_texts(doing.rests_on)}

    async def save(saved: Saved) -> str:
        return await _ask(request, doing, saved, {code: fixed_texts(code, known) for code in codes})

    return Sheet(
        **_common(doing),
        lead=_lead(doing),
        parts=step_parts(doing.standing, doing.found, known, doing.published, words, codes),
        consequence=words.html("case.then_sign"),
        save_label=words.html("case.to_signature"),
        save=save,
        control_of=control_of,
        told=_told(doing),
    )


def _paper_sheet(request: Request, doing: Doing) -> Sheet:
    """The party's own step, from its signed paper: the clerk signs that it came in."""
    words = doing.official.words

    async def save(saved: Saved) -> str:
        papers = [
            {"code": code, "doc_no": saved.get(f"n.{code}"), "hash": saved.get(f"f.{code}")}
            for code in doing.step.documents
        ]
        return await _ask(request, doing, saved, {}, papers)

    return Sheet(
        **_common(doing),
        lead=words.html("case.paper_lead"),
        parts=paper_parts(doing.found, words),
        consequence=words.html("case.then_sign"),
        save_label=words.html("case.to_signature"),
        save=save,
    )


async def _ask(
    request: Request,
    doing: Doing,
    saved: Saved,
    fixed: Mapping[str, Mapping[str, str]],
    papers: Sequence[Mapping[str, str]] = (),
) -> str:
    """The statement, waiting for its signatures. `fixed`: by document that is made with it, what nobody typed. Raises what the
    log would refuse it with."""
    official, room, party = doing.official, room_of(request), own_party(doing.official.caller)
    id = f"urn:uuid:{saved.id}"
    if (known := await asyncio.to_thread(room.find, id)) is not None:
        return page_of(known.id)
    said = said_by(doing.step, doing.found, saved)
    said["facts"] |= paper_days(doing.standing, doing.step, official.now.date())
    said["published"] |= doing.published
    handed = [as_named(paper) for code in doing.must_serve if (paper := doing.made(code)) is not None]
    _refuse(doing, {**said, "documents": [*handed, *papers]}, party)
    published = {PUBLIC_ENTRY: entry_values(said["published"])}
    values = {code: {**values_of(code, saved), **texts, **published.get(code, {})} for code, texts in fixed.items()}
    made = [as_named(await _prepared(request, doing, code, values[code])) for code in values]
    payload = step_payload(doing.row["procedure"], doing.step.code, **said, documents=[*handed, *papers, *made])
    asked = Asked("case_step", payload, doing.row["id"], party, (doing.row["region"],))
    waiting = await ask(official.node, room, asked, asked_by=party, account=official.caller.account, id=id)
    return page_of(waiting.id)


def _refuse(doing: Doing, said: Mapping[str, Any], party: str) -> None:
    """Raises where the step cannot be taken, or its condition was answered with no."""
    step = doing.step
    if step not in doing.standing.steps:
        raise Conflict("case-not-from-here")
    for guard, answer in said["guards"].items():
        if not answer:
            raise Invalid("case-guard", FieldFault(f"/{GUARD}", "case-guard"))
        assert guard == step.guard
    _refuse_days(doing, said)
    found = possible_step(doing.state, doing.standing, step, party, said)
    if not found.holds_role:
        raise _refused(doing, "case-wrong-role", step.actor_role)
    for fault in found.against:
        raise _refused(doing, f"case-{fault.why.value.replace('_', '-')}", fault.lifted_by)


def _refuse_days(doing: Doing, said: Mapping[str, Any]) -> None:
    """Raises for a day that the log would refuse, at its question."""
    if ahead := days_ahead(said, doing.official.now.date()):
        raise Invalid("date-in-future", *(FieldFault(f"/payload/facts/{name}", "date-in-future") for name in ahead))
    if early := early_days(doing.standing.progress.case, doing.step, said):
        faults = (FieldFault(f"/payload/facts/{name}", "date-too-early") for name in early)
        raise Invalid("date-too-early", *faults, earliest=min(early.values()))


def _refused(doing: Doing, code: str, lifted_by: str) -> Refused:
    return Refused(code, rule=doing.row["procedure"], article=doing.step.law, step=doing.step.code, lifted_by=lifted_by)


def _services_view(doing: Doing) -> ServicesView:
    words, progress = doing.official.words, doing.standing.progress
    lines = []
    for code in SERVED[doing.row["procedure"], doing.step.code]:
        made, earlier = doing.made(code), progress.paper(code)
        number, sha256 = (made.doc_no, made.sha256) if made else (earlier.doc_no, earlier.hash) if earlier else ("", "")
        text = words.html("case.document_line", title=document_words(code, words), doc_no=words.quoted(number))
        is_served = find_service(doing.row, progress, code, sha256, doing.official.now.date()) is not None
        serve_href = "" if is_served else f"{doing.path}/serve/{sha256}"
        lines.append(ServiceLine(text, f"/desk/documents/{sha256}", serve_href, _counts_from(doing, code, sha256)))
    return ServicesView(
        bar=doing.bar,
        title=action_words(doing.step, words),
        lead=_lead(doing),
        back=Link(doing.path, case_title(doing.row, doing.party, words)),
        papers=tuple(lines),
        again_href=f"{doing.path}/steps/{doing.step.code}?again=yes" if doing.must_serve else "",
    )


def _counts_from(doing: Doing, code: str, sha256: str) -> Markup:
    """The day on which a public notice of this paper will count as its service; nothing where none stands."""
    today, words = doing.official.now.date(), doing.official.words
    served = doing.standing.progress.served
    ahead = min((one.on for one in served if (one.code, one.hash) == (code, sha256) and one.on > today), default=None)
    return words.html("case.served_from", day=words.day(ahead.isoformat())) if ahead else NOTHING
