"""How does an office open a case against a party? A penalty from its document, or the proposal of a listing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.casework import opening_of, step_payload
from api.documents import OfCase, prepare_of
from api.pages.desk_case_blanks import as_named, document_parts, received_blank, stated_days, values_of
from api.pages.desk_case_known import entry_texts
from api.pages.desk_case_listing import PROPOSAL, grounds_of, newest_penalty, proposal_texts
from api.pages.desk_case_words import role_words
from api.pages.desk_context import Bar, Official, bar_of, official_of, wanted_of
from api.pages.desk_sheet import Blank, Part, Saved, Sheet, show_sheet, take_sheet
from api.pages.documents import store_of
from api.pages.forms.choices import NOTHING, Option
from api.pages.forms.views import Link
from api.pages.law_words import power_words
from api.pages.member_forms import files_of
from api.pages.names import names
from api.pages.private import private_page
from api.pages.scan_words import Words
from api.pages.signing import room_of
from api.recording import own_party
from api.waiting import page_of
from api.waiting.signing import Asked, ask
from credit.competence import list_power
from credit.queries import case_state
from credit.reference.catalogue import Item, catalogue
from credit.reference.procedures import procedures
from credit.stepping import acts_in_case
from trace.ledger.errors import FieldFault, Invalid, NotFound
from trace.ledger.sealing import time_received
from trace.ledger.store import Reads
from trace.offices import interested_in
from trace.places import is_covered
from trace.queries import find_parties, list_authorities
from trace.state import Row, State

Act = Annotated[Caller, allow_page("cases.act")]
FIRST: Mapping[str, str] = {"penalty": ("penalty_record"), "listing": "listing"}
"""What is opened from a party's page, by the last part of the address."""
STEP: Mapping[str, str] = {"penalty_record": "P01", "listing": "L01"}
LISTS_NEED = "国办发〔2020〕49号"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class RefusedView:
    """Why this official cannot open it, and what is possible instead."""

    bar: Bar
    title: Markup
    back: Link
    reason: Markup
    instead: Link | None


@dataclass(frozen=True)
class Opening:
    """A case that could be opened: the party, the authorities for which this official holds the office, and the records that
    it may rest on."""

    official: Official
    procedure: str
    party: Row
    name: Markup
    state: State
    authorities: tuple[Option, ...]
    powers: Mapping[str, str]
    records: tuple[Row, ...]
    penalty: Row | None
    texts: Mapping[str, str]
    bar: Bar

    @property
    def path(self) -> str:
        return f"/desk/parties/{self.party['id']}"


@router.get("/desk/parties/{id}/{what}")
async def show_opening(id: str, what: str, request: Request, caller: Act) -> Response:
    """The form; where this official or its authority has no power to, a page that says why."""
    opening = await _opening(request, caller, id, what)
    refused = _refused(opening, what)
    if refused is not None:
        return private_page(request, "desk/case_refused.html", refused)
    return show_sheet(request, _sheet(request, opening, what))


@router.post("/desk/parties/{id}/{what}")
async def take_opening(id: str, what: str, request: Request, caller: Act) -> Response:
    """What the form sent; then the signature box: the case opens with the first step, once it is signed."""
    opening = await _opening(request, caller, id, what)
    if _refused(opening, what) is not None:
        return RedirectResponse(f"{opening.path}/{what}", 303, {"Cache-Control": "no-store"})
    return await take_sheet(request, _sheet(request, opening, what), files_of(request))


async def _opening(request: Request, caller: Caller, id: str, what: str) -> Opening:
    """Raises `NotFound` for a party of another office, and for what is not opened here."""
    official = official_of(request, caller)
    person = own_party(caller)
    procedure = FIRST.get(what)
    wanted = await wanted_of(request, official)
    with official.node.reading() as reads:
        row = next(iter(find_parties(reads.connection, [id])), None)
        if procedure is None or row is None or not official.may("cases.act", [row["region"]]):
            raise NotFound("not-found")
        role = procedures()[procedure].steps[STEP[procedure]].actor_role
        state, rows = _state(reads, row), list_authorities(reads.connection)
        chinese = Words("zh", names())  # it goes onto a paper
        held = [one for one in rows if _acts(official, state, person, role, one, row)]
        powers = {
            one["id"]: str(power_words(power, chinese).striptags())
            for one in held
            if (power := list_power(state, one["id"], official.now.date()))
        }
        if procedure == "listing":
            held = [one for one in held if one["id"] in powers]
        today = official.now.date()
        records = grounds_of(reads, id, today)
        penalty = newest_penalty(records)
        return Opening(
            official,
            procedure,
            row,
            official.named(reads, id),
            state,
            tuple(Option(one["id"], official.words.quoted(one["name"])) for one in held),
            powers if procedure == "listing" else {},
            records,
            penalty,
            {**proposal_texts(reads, penalty), "competence_basis": "；".join(dict.fromkeys(powers.values()))},
            bar_of(official, reads, "parties", wanted),
        )


def _state(reads: Reads, party: Row) -> State:
    """Offices, interests, the register: as for a case of this party that every authority could open."""
    authorities = list_authorities(reads.connection)
    return case_state(reads, [{"subject": party["id"], "authority": one["id"]} for one in authorities])


def _acts(official: Official, state: State, person: str, role: str, authority: Row, party: Row) -> bool:
    row = {"authority": authority["id"], "region": party["region"]}
    is_near = is_covered(authority["region"], party["region"])
    return is_near and acts_in_case(state, person, role, row, time_received(official.now, ""))


def _refused(opening: Opening, what: str) -> RefusedView | None:
    """Why not: an interest, no such office, or an authority without a list power, with the paper that asks for one."""
    official, words, procedure = opening.official, opening.official.words, opening.procedure
    person, role = own_party(official.caller), procedures()[procedure].steps[STEP[procedure]].actor_role
    instead = None
    if person in {opening.party["id"], *interested_in(opening.state, opening.party["id"])}:
        reason = words.html("case.not.party")
    elif opening.authorities:
        return None
    elif procedure == "listing" and _holds_somewhere(opening, role):
        reason = words.html("case.open.no_power", law=LISTS_NEED)
        instead = Link(f"{opening.path}/penalty", words.html("case.open.instead"))
    else:
        reason = words.html("case.open.no_office", role=role_words(role, words))
    title, back = words.html(f"case.link.{what}"), Link(opening.path, opening.name)
    return RefusedView(opening.bar, title, back, reason, instead)


def _holds_somewhere(opening: Opening, role: str) -> bool:
    """Whether this official holds the office at any authority of the party's region."""
    person, rows = own_party(opening.official.caller), opening.state.rows
    parties = [row for (name, _), row in rows.items() if name == "party" and row["legal_form"] == "authority"]
    return any(_acts(opening.official, opening.state, person, role, one, opening.party) for one in parties)


def _sheet(request: Request, opening: Opening, what: str) -> Sheet:
    words = opening.official.words
    first = opening.authorities[0].value if len(opening.authorities) == 1 else ""
    authority = Blank(
        "authority",
        "radios",
        words.html("case.open.authority"),
        (first,) if first else (),
        opening.authorities,
    )
    is_penalty = opening.procedure == "penalty_record"
    own = _penalty_blanks(opening) if is_penalty else _evidence(opening)
    papers = () if is_penalty else tuple(document_parts([PROPOSAL], opening.texts, words))

    async def save(saved: Saved) -> str:
        return await (_penalty if is_penalty else _proposal)(request, opening, saved)

    return Sheet(
        action=f"{opening.path}/{what}",
        title=words.html(f"case.link.{what}"),
        lead=words.html(f"case.open.{what}_lead", party=opening.name),
        back=Link(opening.path, opening.name),
        parts=(Part(NOTHING, (authority, *own)), *papers),
        consequence=words.html("case.then_sign"),
        save_label=words.html("case.to_signature"),
        words=words,
        bar=opening.bar,
        owner=opening.party["id"],
        save=save,
    )


def penalty_items() -> tuple[Item, ...]:
    """The items that penalties enter by: those with a class."""
    return tuple(one for one in catalogue().values() if one.confirm_rule == "penalty_record" and one.severity)


def _penalty_blanks(opening: Opening) -> tuple[Blank, ...]:
    words = opening.official.words
    options = tuple(
        Option(
            one.code,
            words.html(
                "case.open.item_line",
                name=words.quoted(one.zh if words.lang == "zh" else one.en),
                severity=words.html(f"value.class.{one.severity}"),
            ),
        )
        for one in penalty_items()
    )
    return (
        Blank("item", "radios", words.html("case.open.item"), options=options),
        Blank("number", "text", words.html("case.open.number")),
        Blank("made_by", "text", words.html("case.open.made_by")),
        Blank("dated", "date", words.html("case.open.dated")),
        Blank("file", "file", words.html("case.open.file")),
        received_blank("document_received", words),
        Blank("class_basis", "text", words.html("case.open.class_basis")),
        Blank("legal_basis", "text", words.html("case.open.legal_basis")),
    )


def _evidence(opening: Opening) -> tuple[Blank, ...]:
    """The records to point to, where there are any; the penalty that the proposal's text names is ticked."""
    words, ticked = opening.official.words, opening.penalty
    options = tuple(
        Option(
            f"{one['id']}/{one['leaf']}",
            words.html(
                "case.open.evidence_line", item=_item_words(one["item"], opening), day=words.day(one["recorded"])
            ),
        )
        for one in opening.records
    )
    if not options:
        return ()
    first = (f"{ticked['id']}/{ticked['leaf']}",) if ticked else ()
    return (Blank("evidence", "checks", words.html("case.open.evidence"), first, options, is_owed=False),)


def _item_words(item: str, opening: Opening) -> Markup:
    words, found = opening.official.words, catalogue().get(item)
    return words.quoted((found.zh if words.lang == "zh" else found.en) if found else item)


async def _penalty(request: Request, opening: Opening, saved: Saved) -> str:
    """P01: what the form says, and the entry sheet that says the same."""
    today = opening.official.now.date().isoformat()
    for name in ("dated", "fact.document_received"):
        if saved.get(name) > today:
            raise Invalid("date-in-future", FieldFault(f"/{name}", "date-in-future"))
    if "" < saved.get("fact.document_received") < saved.get("dated"):
        early = FieldFault("/fact.document_received", "date-too-early")
        raise Invalid("date-too-early", early, earliest=saved.get("dated"))
    item = catalogue()[saved.get("item")]
    paper = {
        "number": saved.get("number"),
        "authority": saved.get("made_by"),
        "dated": saved.get("dated"),
        "hash": saved.get("file"),
    }
    values = {
        **dict(entry_texts(item, saved.get("class_basis"), saved.get("legal_basis"))),
        "document_hash": paper["hash"],
        "document_date": paper["dated"],
    }
    said = {
        "item": item.code,
        "class_basis": saved.get("class_basis"),
        "legal_basis": saved.get("legal_basis"),
        "paper": paper,
        "facts": stated_days(saved),
    }
    return await _open(request, opening, saved, "D-REC-ENTRY", values, said, ())


async def _proposal(request: Request, opening: Opening, saved: Saved) -> str:
    """L01 with its proposal, and the records that it points to."""
    named = [text.rsplit("/", 2) for text in saved.texts.get("evidence", ())]
    evidence = [{"chain": chain, "seq": int(seq), "leaf": leaf} for chain, seq, leaf in named]
    return await _open(request, opening, saved, PROPOSAL, values_of(PROPOSAL, saved), {}, evidence)


async def _open(
    request: Request,
    opening: Opening,
    saved: Saved,
    code: str,
    values: Mapping[str, str],
    said: Mapping[str, Any],
    evidence: Any,
) -> str:
    """The first step with its paper, waiting for its signature together with the node's opening of the case."""
    official, party, room = opening.official, opening.party, room_of(request)
    id, person = f"urn:uuid:{saved.id}", own_party(opening.official.caller)
    if (known := await asyncio.to_thread(room.find, id)) is not None:
        return page_of(known.id)
    authority, region = saved.get("authority"), party["region"]
    before = opening_of(
        official.node,
        opening.procedure,
        subject=party["id"],
        authority=authority,
        region=region,
        evidence=evidence,
    )
    chain, step = before.statement.chain, STEP[opening.procedure]
    case = OfCase(chain, opening.procedure, party["id"], authority, region)
    try:
        made = await prepare_of(
            official.node,
            store_of(request),
            case,
            step=step,
            code=code,
            values=values,
            prepared_by=official.caller.account,
        )
    except Invalid as error:
        faults = (FieldFault(f"/d.{code}.{one.pointer.rpartition('/')[2]}", one.code) for one in error.faults)
        raise Invalid(error.code, *faults) from error
    payload = step_payload(opening.procedure, step, opening=before, documents=[as_named(made)], **said)
    asked = Asked("case_step", payload, chain, person, (region,), before=before.statement)
    waiting = await ask(official.node, room, asked, asked_by=person, account=official.caller.account, id=id)
    return page_of(waiting.id)
