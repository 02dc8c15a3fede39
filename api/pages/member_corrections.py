"""How does a party put right what it recorded: say it anew, or say that it did not happen? Both versions stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.forms.choices import Choices
from api.pages.forms.filled import Filled, new_id
from api.pages.forms.layouts import Layout
from api.pages.forms.task import show_form, take_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.member_context import Member, choices_of, member_of, own_or_earlier
from api.pages.member_forms import files_of
from api.pages.member_holds import may_be_restated
from api.pages.member_words import title_of
from api.pages.own_records import current_payload
from api.pages.queries import find_record
from api.query import read_query
from api.recording import record_event
from trace.events import KINDS
from trace.ledger.errors import NotFound
from trace.state import Row

router = APIRouter(include_in_schema=False)


@router.get("/m/correct/{index}")
async def show_correction(index: str, request: Request, caller: Annotated[Caller, allow_page("own.read")]) -> Response:
    """The record as it stands, to be said anew; or, with `how=void`, that it did not happen."""
    task, begun = _task(request, caller, index)
    return show_form(request, task, begun)


@router.post("/m/correct/{index}")
async def take_correction(
    index: str, request: Request, caller: Annotated[Caller, allow_page("own.record")]
) -> Response:
    """What the form of a correction sent."""
    return await take_form(request, _task(request, caller, index)[0], files_of(request))


def _task(request: Request, caller: Caller, index: str) -> tuple[Task, Filled]:
    """The task and what its form begins with. Raises `NotFound` for what is not this party's own fact, or says no more."""
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
    if query.get("how") == "void":
        return _void(member, row, choices), Filled(new_id(), {})
    return _restate(member, row, choices, payload), Filled(new_id(), payload, at=row["occurred_at"])


def _restate(member: Member, row: Row, choices: Choices, payload: Mapping[str, Any]) -> Task:
    kind, words = KINDS[row["kind"]], member.words

    async def save(one: Saving) -> str:
        restated = {"kind": kind.name, "occurred_at": one.occurred_at, "payload": dict(one.payload)}
        return await _log(member, row, {"restated": restated}, one)

    return Task(
        kind=kind,
        action=f"/m/correct/{row['index']}",
        title=words.html("member.title_correct", what=title_of(kind, payload, words)),
        layout=Layout(first=tuple(name for name in kind.fields if name in payload)),
        asked=tuple(kind.fields),
        save=save,
        also=(Link(f"/m/correct/{row['index']}?how=void", words.html("member.void")),),
        also_title=words.html("member.void_hint"),
        **_common(member, row, choices),
    )


def _void(member: Member, row: Row, choices: Choices) -> Task:
    kind, words = KINDS["correction"], member.words

    async def save(one: Saving) -> str:
        return await _log(member, row, one.payload, one)

    return Task(
        kind=kind,
        action=f"/m/correct/{row['index']}?how=void",
        title=words.html("member.title_void", what=words.word("kind", row["kind"])),
        layout=Layout(first=("evidence",)),
        asked=("evidence",),
        settled={"did_not_occur": True},
        asks_when=False,
        save=save,
        **_common(member, row, choices),
    )


def _common(member: Member, row: Row, choices: Choices) -> dict[str, Any]:
    follows: Markup = member.words.html("member.follows.correction")
    return {
        "back": Link(f"/m/records/{row['index']}", member.words.word("kind", row["kind"])),
        "words": member.words,
        "choices": choices,
        "now": member.now,
        "party": member.id,
        "consequence": lambda _payload, _filled: follows,
        "save_label": member.words.html("forms.save"),
        "region": member.party["region"],
        "asks_reason": True,
    }


async def _log(member: Member, row: Row, payload: Mapping[str, Any], one: Saving) -> str:
    receipt = await record_event(
        member.node,
        member.caller,
        row["chain"],
        "correction",
        payload,
        id=one.id,
        occurred_at=member.now.isoformat(timespec="seconds"),
        corrects=row["statement"],
        reason=one.reason,
    )
    return f"/m/records/{receipt.index}"
