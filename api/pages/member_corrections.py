"""How does a party put right what it recorded: say it anew, or say that it did not happen? Both versions stay."""

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
from api.pages.desk_context import regions_of_batch
from api.pages.forms.choices import Choices
from api.pages.forms.filled import Filled, new_id
from api.pages.forms.layouts import Layout
from api.pages.forms.task import show_form, take_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.member_context import Member, choices_of, member_of, own_or_earlier
from api.pages.member_forms import files_of
from api.pages.member_holds import may_be_restated
from api.pages.member_waiting import address_of, corrections_of
from api.pages.member_words import title_of
from api.pages.own_records import current_payload
from api.pages.queries import find_record
from api.pages.signing import room_of
from api.query import read_query
from api.recording import record_event
from api.waiting.db import WaitingRoom
from api.waiting.signing import Asked, ask
from trace.corrections import needs_second_person
from trace.events import KINDS
from trace.ledger.errors import Forbidden, NotFound
from trace.ledger.store import Reads
from trace.queries import load_register, load_state
from trace.state import Row, State
from trace.wanted import Wanted

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Second:
    """Where a correction waits that its party cannot make alone, where the official must hold office who signs it, and
    whether it has come to that already."""

    room: WaitingRoom
    regions: tuple[str, ...]
    is_needed: bool


@router.get("/m/correct/{index}")
async def show_correction(index: str, request: Request, caller: Annotated[Caller, allow_page("own.read")]) -> Response:
    """The record as it stands, to be said anew; or, with `how=void`, that it did not happen. Where a correction of it waits
    for a signature, that one."""
    task, begun, row = _task(request, caller, index)
    for one in await corrections_of(member_of(request, caller), room_of(request)):
        if one.fields["corrects"] == row["statement"] and one.is_open(room_of(request).clock()):
            return RedirectResponse(address_of(one), 303, {"Cache-Control": "no-store"})
    return show_form(request, task, begun)


@router.post("/m/correct/{index}")
async def take_correction(
    index: str, request: Request, caller: Annotated[Caller, allow_page("own.record")]
) -> Response:
    """What the form of a correction sent."""
    return await take_form(request, _task(request, caller, index)[0], files_of(request))


def _task(request: Request, caller: Caller, index: str) -> tuple[Task, Filled, Row]:
    """The task, what its form begins with, and the record. Raises `NotFound` for what is not this party's own fact, or
    says no more."""
    member = member_of(request, caller)
    query = read_query(request, {"how", "lang", "text"}, ignore_unknown=True)
    with member.node.reading() as reads:
        row = (
            find_record(reads.connection, int(index))
            if index.isascii() and index.isdigit() and len(index) < 16
            else None
        )
        if row is None or row["is_void"] or row["actor"] != member.id or not may_be_restated(row["kind"]):
            raise NotFound("not-found")
        batch = own_or_earlier(member, reads, row["chain"])
        choices = choices_of(member, reads, batch, reads.chain_rows(batch["id"]))
        payload = current_payload(reads, row)
        state = _as_decided(reads, batch["id"])
        second = Second(
            room_of(request), regions_of_batch(reads, batch)[:1], needs_second_person(state, row, member.now)
        )
    if query.get("how") == "void":
        return _void(member, row, choices, second), Filled(new_id(), {}), row
    return _restate(member, row, choices, payload, second), Filled(new_id(), payload, at=row["occurred_at"]), row


def _as_decided(reads: Reads, batch: str) -> State:
    """The batch with all its records and everything made of it, as the log finds it when it decides on a correction."""
    wanted = Wanted(whole={batch}, below={batch})
    wanted.ids["batch"].add(batch)
    return load_state(reads, wanted, None, load_register(reads))


def _restate(member: Member, row: Row, choices: Choices, payload: Mapping[str, Any], second: Second) -> Task:
    kind, words = KINDS[row["kind"]], member.words

    async def save(one: Saving) -> str:
        restated = {"kind": kind.name, "occurred_at": one.occurred_at, "payload": dict(one.payload)}
        return await _log(member, row, {"restated": restated}, one, second)

    return Task(
        kind=kind,
        action=f"/m/correct/{row['index']}",
        title=words.html("member.title_correct", what=title_of(kind, payload, words)),
        layout=Layout(first=tuple(name for name in kind.fields if name in payload)),
        asked=tuple(kind.fields),
        save=save,
        also=(Link(f"/m/correct/{row['index']}?how=void", words.html("member.void")),),
        also_title=words.html("member.void_hint"),
        **_common(member, row, choices, second),
    )


def _void(member: Member, row: Row, choices: Choices, second: Second) -> Task:
    kind, words = KINDS["correction"], member.words

    async def save(one: Saving) -> str:
        return await _log(member, row, one.payload, one, second)

    return Task(
        kind=kind,
        action=f"/m/correct/{row['index']}?how=void",
        title=words.html("member.title_void", what=words.word("kind", row["kind"])),
        layout=Layout(first=("evidence",)),
        asked=("evidence",),
        settled={"did_not_occur": True},
        asks_when=False,
        save=save,
        **_common(member, row, choices, second),
    )


def _common(member: Member, row: Row, choices: Choices, second: Second) -> dict[str, Any]:
    follows: Markup = member.words.html("lineage.second_follows" if second.is_needed else "member.follows.correction")
    return {
        "back": Link(f"/m/records/{row['index']}", member.words.word("kind", row["kind"])),
        "words": member.words,
        "choices": choices,
        "now": member.now,
        "party": member.id,
        "consequence": lambda _payload, _filled: follows,
        "save_label": member.words.html("lineage.second_save" if second.is_needed else "forms.save"),
        "region": member.party["region"],
        "asks_reason": True,
    }


async def _log(member: Member, row: Row, payload: Mapping[str, Any], one: Saving, second: Second) -> str:
    """The correction, or where the log asks for a second person, one that waits for an official's signature."""
    if (known := await asyncio.to_thread(second.room.find, one.id)) is not None and known.asked_by == member.id:
        return address_of(known)
    said: dict[str, Any] = {"corrects": row["statement"], "reason": one.reason}
    try:
        receipt = await record_event(member.node, member.caller, row["chain"], "correction", payload, id=one.id, **said)
    except Forbidden as refusal:
        if refusal.code != "second-person-missing":
            raise
    else:
        return f"/m/records/{receipt.index}"
    asked = Asked("correction", payload, row["chain"], member.id, second.regions, by_node=True, custody=True, **said)
    made = await ask(member.node, second.room, asked, asked_by=member.id, account=member.caller.account, id=one.id)
    return address_of(made)
