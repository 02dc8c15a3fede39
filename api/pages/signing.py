"""Which keys has an official, and what waits for the official's signature? The rooms of the desk where officials sign.

The keys are made and kept by the browser (static/own_keys.js); these pages carry public keys, exact bytes and proofs.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.form_body import read_form
from api.pages.correction_words import correction_answers
from api.pages.desk_case_signing import OF_CASES, case_answers, case_link, waiting_subject, waiting_title
from api.pages.desk_words import choices_of_statement, office_words, person
from api.pages.documents import store_of
from api.pages.forms.answers import Answer, answers
from api.pages.forms.choices import Choices
from api.pages.held_files import Shelf, shelf_of
from api.pages.names import names
from api.pages.private import private_page, spoken_day_time
from api.pages.routes import reader_of
from api.pages.scan_words import Words, as_moment
from api.recording import log_all, own_party
from api.routes.writing import node_of
from api.waiting import LOGGED, WITHDRAWN, Waiting, page_of
from api.waiting.db import WaitingRoom
from api.waiting.signing import Asked, add_proof, ask, may_see, may_sign, offices_of, regions_of, submit
from trace.ledger.canonical import ProfileError, decode
from trace.ledger.errors import FieldFault, Invalid, NotFound
from trace.ledger.store import Reads
from trace.queries import find_key_owners, find_keys, list_offices
from trace.state import Row

router = APIRouter(include_in_schema=False)

KEYS, WAITING = "/desk/keys", "/desk/waiting"
REASONS = ("lost", "stolen", "replaced", "left", "compromised", "other")


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key of one's own in the log. `state`: office (signs acts of office), plain (does not), revoked."""

    did: str
    state: str


@dataclass(frozen=True, slots=True)
class AskedRow:
    """A key that was asked for: still waiting, lapsed, or refused."""

    did: str
    href: str
    state: str
    until: str


@dataclass(frozen=True, slots=True)
class KeysView:
    """`offices`: what the official may act for, in words; `has_founders`: whether others have to sign for a key."""

    person: Markup
    offices: tuple[Markup, ...]
    keys: tuple[KeyRow, ...]
    asked: tuple[AskedRow, ...]
    reasons: tuple[str, ...]
    has_founders: bool
    demonstration: bool


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A statement that waits, with who asked for it and who has signed."""

    title: Markup
    subject: Markup
    href: str
    asked_by: Markup
    signed: tuple[Markup, ...]
    until: str
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class WaitingView:
    rows: tuple[WaitingRow, ...]


@dataclass(frozen=True, slots=True)
class SignView:
    """The signature box: what is signed, field by field and to the letter, by whose key, and who has signed.

    `state`: open, logged, lapsed, withdrawn, or refused with `refusal`. `keys`: own keys that may sign it.
    """

    id: str
    row: WaitingRow
    answers: tuple[Answer, ...]
    when: Markup
    exact: str
    keys: str
    state: str
    refusal: str
    index: int | None
    person: Markup
    is_key: bool
    case_href: str


def room_of(request: Request) -> WaitingRoom:
    room: WaitingRoom = request.app.state.waiting
    return room


@router.get(KEYS)
async def show_keys(request: Request, caller: Annotated[Caller, allow_page("office.keys")]) -> Response:
    """One's own keys, those asked for, and the button that makes one."""
    party, node, room = own_party(caller), node_of(request), room_of(request)
    words = Words(reader_of(request).lang, names())
    asked = await asyncio.to_thread(room.asked_by, party)
    with node.reading() as reads:
        keys = find_keys(reads.connection, party)
        view = KeysView(
            person=person(reads, party, words),
            offices=tuple(office_words(reads, row, words) for row in offices_of(reads.connection, party, room.clock())),
            keys=tuple(KeyRow(row["id"], _key_state(row)) for row in reversed(keys)),
            asked=tuple(_asked(room, one, words) for one in asked if one.kind.name == "key_added" and _is_news(one)),
            reasons=REASONS,
            has_founders=bool(list_offices(reads.connection)),
            demonstration=node.genesis.purpose == "demonstration",
        )
    return private_page(request, "desk_keys.html", view)


@router.post(KEYS)
async def ask_for_key(request: Request, caller: Annotated[Caller, allow_page("office.keys")]) -> Response:
    """A key that this official's browser made. Two office holders vouch for it; before there are any, the node adds it,
    and it speaks for an office only if its owner signs with it as a founder."""
    form = await read_form(request)
    party, node, room = own_party(caller), node_of(request), room_of(request)
    payload = {"key": form.get("key"), "authenticated": "sign-in link", "custody": "device"}
    if label := form.get("label").strip():
        payload["label"] = label
    with node.reading() as reads:
        has_founders = bool(list_offices(reads.connection))
        regions = regions_of(reads.connection, party)
    chain = node.genesis.chain
    if has_founders:
        asked = Asked("key_added", payload, party, chain, regions, by_node=True)
        made = await ask(node, room, asked, asked_by=party, account=caller.account)
        return _see(page_of(made.id))
    id = node.recorder.new_id()
    signed = node.recorder.record("key_added", payload, chain=party, actor=chain, recorded_by=caller.account, id=id)
    await log_all(node, signed)
    return _see(KEYS)


@router.post(f"{KEYS}/revoke")
async def revoke_key(request: Request, caller: Annotated[Caller, allow_page("office.keys")]) -> Response:
    """A key of one's own that is lost or replaced. What it signed before stands."""
    form = await read_form(request)
    party, node = own_party(caller), node_of(request)
    payload = {"key": form.get("key"), "why": form.get("why")}
    actor, id = node.genesis.chain, node.recorder.new_id()
    signed = node.recorder.record("key_revoked", payload, chain=party, actor=actor, recorded_by=caller.account, id=id)
    await log_all(node, signed)
    return _see(KEYS)


@router.get(WAITING)
async def show_waiting(request: Request, caller: Annotated[Caller, allow_page("office.sign")]) -> Response:
    """What this official may sign, then what waits for others."""
    party, node, room = own_party(caller), node_of(request), room_of(request)
    words, now = Words(reader_of(request).lang, names()), room.clock()
    waiting = await asyncio.to_thread(room.all_open)
    with node.reading() as reads:
        seen = [one for one in waiting if may_see(reads, one, party, now)]
        rows = [_row(reads, one, party, words, room) for one in seen]
    return private_page(
        request, "desk_waiting.html", WaitingView(tuple(sorted(rows, key=lambda row: not row.is_wanted)))
    )


@router.get("/desk/sign/{id}")
async def show_statement(id: str, request: Request, caller: Annotated[Caller, allow_page("office.sign")]) -> Response:
    """The signature box of one statement."""
    party, node, room = own_party(caller), node_of(request), room_of(request)
    waiting = await _find(request, id, party)
    words = Words(reader_of(request).lang, names())
    with node.reading() as reads:
        row = _row(reads, waiting, party, words, room)
        is_founding = waiting.kind.name == "founders_named"
        keys = [
            one["id"]
            for one in find_keys(reads.connection, party)
            if one["revoked"] is None and (is_founding or one["office"] is not None)
        ]
        choices = choices_of_statement(reads, waiting, words)
        view = SignView(
            id=id,
            row=row,
            answers=_answers(reads, waiting, choices, shelf_of(request, caller), words),
            # The exact bytes below may say it in UTC: which clock this is has to stand beside it.
            when=words.html("office.sign.clock", at=spoken_day_time(as_moment(waiting.fields["occurred_at"]), words)),
            exact=waiting.document.decode(),
            keys=" ".join(keys),
            state=state_of(room, waiting),
            refusal=waiting.ended or "",
            index=waiting.index,
            person=person(reads, party, words),
            is_key=waiting.kind.name == "key_added",
            case_href=case_link(reads, waiting),
        )
    return private_page(request, "desk_sign.html", view)


@router.post("/desk/sign/{id}")
async def take_proof(id: str, request: Request, caller: Annotated[Caller, allow_page("office.sign")]) -> Response:
    """A proof that the browser made over the exact bytes; with none, a statement that has all of them is sent again."""
    text = (await read_form(request)).get("proof")
    party, node, room = own_party(caller), node_of(request), room_of(request)
    waiting = await _find(request, id, party)
    if text:
        await add_proof(node, room, store_of(request), waiting, party, _proof(text))
    elif waiting.is_open(room.clock()):
        await submit(node, room, store_of(request), waiting)
    return _see(f"/desk/sign/{id}")


def _proof(text: str) -> object:
    try:
        return decode(text.encode())
    except ProfileError as error:
        raise Invalid("bad-signature", FieldFault("/proof", "bad-signature")) from error


async def _find(request: Request, id: str, party: str) -> Waiting:
    """A statement that this party may see; foreign and unknown look alike."""
    node, room = node_of(request), room_of(request)
    waiting = await asyncio.to_thread(room.find, f"urn:uuid:{id}")
    if waiting is not None:
        with node.reading() as reads:
            if may_see(reads, waiting, party, room.clock()):
                return waiting
    raise NotFound("not-found")


def _answers(reads: Reads, waiting: Waiting, choices: Choices, shelf: Shelf, words: Words) -> tuple[Answer, ...]:
    """What a statement says, field by field; of a correction, what was said before as well."""
    if waiting.kind.name in OF_CASES:
        return case_answers(reads, waiting, shelf, words)
    if waiting.kind.name == "correction":
        return correction_answers(reads, waiting, choices, words, opens=False)
    return answers(waiting.kind, waiting.opened, choices, words)


def _see(path: str) -> Response:
    answer = RedirectResponse(path, 303)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def state_of(room: WaitingRoom, waiting: Waiting) -> str:
    if waiting.ended is not None:
        return waiting.ended if waiting.ended in (LOGGED, WITHDRAWN) else "refused"
    return "open" if waiting.is_open(room.clock()) else "lapsed"


def _key_state(row: Row) -> str:
    if row["revoked"] is not None:
        return "revoked"
    return "plain" if row["office"] is None else "office"


def _is_news(one: Waiting) -> bool:
    """A key that is in the log stands in the list of keys already."""
    return one.ended != LOGGED


def _asked(room: WaitingRoom, one: Waiting, words: Words) -> AskedRow:
    lapses = spoken_day_time(one.lapses_at, words)
    return AskedRow(one.fields["payload"]["key"], page_of(one.id), state_of(room, one), lapses)


def _row(reads: Reads, waiting: Waiting, party: str, words: Words, room: WaitingRoom) -> WaitingRow:
    signed = find_key_owners(reads.connection, waiting.signers)
    return WaitingRow(
        title=waiting_title(waiting, words),
        subject=waiting_subject(reads, waiting, words),
        href=page_of(waiting.id),
        asked_by=person(reads, waiting.asked_by, words),
        signed=tuple(person(reads, one, words) for one in signed),
        until=spoken_day_time(waiting.lapses_at, words),
        is_wanted=may_sign(reads, waiting, party, room.clock()),
    )
