"""How is a record put right by whoever made it: said anew, or that it did not happen? One way for every shell.

Both versions stay. Where its party cannot do it alone any more, the correction waits for an official's signature.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.pages.desk_context import regions_of_batch
from api.pages.forms.choices import Choices
from api.pages.forms.filled import Filled, new_id
from api.pages.forms.layouts import Layout
from api.pages.forms.task import show_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.member_context import Member
from api.pages.member_holds import may_be_restated
from api.pages.member_words import title_of
from api.pages.own_records import current_payload
from api.pages.queries import find_record
from api.pages.signing import room_of
from api.pages.waiting_corrections import Rooms, corrections_of
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

MAX_INDEX_DIGITS = 15


@dataclass(frozen=True)
class Second:
    """Where a correction waits that its party cannot make alone, where the official must hold office who signs it, and
    whether it has come to that already."""

    room: WaitingRoom
    regions: tuple[str, ...]
    is_needed: bool


@dataclass(frozen=True)
class Correcting:
    """A record that its party may say anew: `payload` is what it says now, private fields open; `rooms`, in which shell."""

    member: Member
    rooms: Rooms
    row: Row
    payload: Mapping[str, Any]
    choices: Choices
    second: Second

    @property
    def action(self) -> str:
        """Where its form is, and is sent to."""
        return f"{self.rooms.correct}/{self.row['index']}"


def own_fact(member: Member, reads: Reads, index: str) -> Row:
    """The party's own fact of that log index, as it stands. Raises `NotFound` for what is another's, no fact, or says no more."""
    is_index = index.isascii() and index.isdigit() and len(index) <= MAX_INDEX_DIGITS
    row = find_record(reads.connection, int(index)) if is_index else None
    if row is None or row["is_void"] or row["actor"] != member.id or not may_be_restated(row["kind"]):
        raise NotFound("not-found")
    return row


def correcting(
    request: Request, member: Member, reads: Reads, rooms: Rooms, row: Row, batch: Row, choices: Choices
) -> Correcting:
    """The record, and whether its party can say it anew alone."""
    state = _as_decided(reads, batch["id"])
    is_needed = needs_second_person(state, row, member.now)
    second = Second(room_of(request), regions_of_batch(reads, batch)[:1], is_needed)
    return Correcting(member, rooms, row, current_payload(reads, row), choices, second)


def _as_decided(reads: Reads, batch: str) -> State:
    """The batch with all its records and everything made of it, as the log finds it when it decides on a correction."""
    wanted = Wanted(whole={batch}, below={batch})
    wanted.ids["batch"].add(batch)
    return load_state(reads, wanted, None, load_register(reads))


def task_asked(request: Request, one: Correcting, restate: Callable[[Correcting], Task]) -> Task:
    """What the address asks for: to say it anew, or with `how=void` that it did not happen."""
    query = read_query(request, {"how", "lang", "text"}, ignore_unknown=True)
    return voiding(one) if query.get("how") == "void" else restate(one)


async def show_correcting(request: Request, one: Correcting, task: Task) -> Response:
    """The form; where a correction of the record waits for a signature, that one."""
    for waiting in await corrections_of(one.member, one.second.room):
        if waiting.fields["corrects"] == one.row["statement"] and waiting.is_open(one.second.room.clock()):
            return RedirectResponse(one.rooms.waits_at(waiting), 303, {"Cache-Control": "no-store"})
    is_void = task.kind.name == "correction"
    begun = Filled(new_id(), {}) if is_void else Filled(new_id(), one.payload, at=one.row["occurred_at"])
    return show_form(request, task, task.reopened(begun))


def restating(one: Correcting) -> Task:
    """The record as it stands, to be said anew."""
    kind, words = KINDS[one.row["kind"]], one.member.words

    async def save(saving: Saving) -> str:
        restated = {"kind": kind.name, "occurred_at": saving.occurred_at, "payload": dict(saving.payload)}
        return await _log(one, {"restated": restated}, saving)

    return Task(
        kind=kind,
        action=one.action,
        title=words.html("member.title_correct", what=title_of(kind, one.payload, words)),
        layout=Layout(first=tuple(name for name in kind.fields if name in one.payload)),
        asked=tuple(kind.fields),
        save=save,
        also=(Link(f"{one.action}?how=void", words.html("member.void")),),
        also_title=words.html("member.void_hint"),
        **_common(one),
    )


def voiding(one: Correcting) -> Task:
    """That it did not happen, and why."""
    kind, words = KINDS["correction"], one.member.words

    async def save(saving: Saving) -> str:
        return await _log(one, saving.payload, saving)

    return Task(
        kind=kind,
        action=f"{one.action}?how=void",
        title=words.html("member.title_void", what=words.word("kind", one.row["kind"])),
        layout=Layout(first=("evidence",)),
        asked=("evidence",),
        settled={"did_not_occur": True},
        asks_when=False,
        save=save,
        **_common(one),
    )


def _common(one: Correcting) -> dict[str, Any]:
    member, follows = one.member, follows_of(one)
    return {
        "back": Link(f"{one.rooms.records}/{one.row['index']}", member.words.word("kind", one.row["kind"])),
        "words": member.words,
        "choices": one.choices,
        "now": member.now,
        "party": member.id,
        "consequence": lambda _payload, _filled: follows,
        "save_label": member.words.html("lineage.second_save" if one.second.is_needed else "forms.save"),
        "region": member.party["region"],
        "asks_reason": True,
    }


def follows_of(one: Correcting) -> Markup:
    """What a correction brings, and whether somebody has to sign beside."""
    return one.member.words.html("lineage.second_follows" if one.second.is_needed else "member.follows.correction")


async def _log(one: Correcting, payload: Mapping[str, Any], saving: Saving) -> str:
    """The correction, or where the log asks for a second person, one that waits for an official's signature."""
    member, room, chain = one.member, one.second.room, one.row["chain"]
    if (known := await asyncio.to_thread(room.find, saving.id)) is not None and known.asked_by == member.id:
        return one.rooms.waits_at(known)
    said: dict[str, Any] = {"corrects": one.row["statement"], "reason": saving.reason}
    try:
        receipt = await record_event(member.node, member.caller, chain, "correction", payload, id=saving.id, **said)
    except Forbidden as refusal:
        if refusal.code != "second-person-missing":
            raise
    else:
        return f"{one.rooms.records}/{receipt.index}"
    asked = Asked("correction", payload, chain, member.id, one.second.regions, by_node=True, custody=True, **said)
    made = await ask(member.node, room, asked, asked_by=member.id, account=member.caller.account, id=saving.id)
    return one.rooms.waits_at(made)
