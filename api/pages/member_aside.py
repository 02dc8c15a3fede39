"""What came under a key that the party had ended? Its clerks look at it here, and vouch for it or dismiss it."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.aside import WAITING, Aside
from api.aside.db import AsideStore
from api.aside.keeping import note_logged
from api.aside.vouching import dismiss, vouch
from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.form_body import Form, read_form
from api.pages.aside_view import SHOWN, AsideLine, AsideView, aside_line, aside_view
from api.pages.forms.task import refusal_lines
from api.pages.forms.views import Link
from api.pages.member_context import Member, batch_label, choices_of, member_of, own_name, own_places
from api.pages.private import private_page
from api.problems import status_of
from trace.ledger.errors import DomainError, NotFound
from trace.ledger.store import Reads
from trace.queries import find_batch
from trace.state import Row

BUTTONS = frozenset({"vouch", "dismiss"})

router = APIRouter(include_in_schema=False)


@router.get("/m/aside/{id}")
async def show_aside(id: str, request: Request, caller: Annotated[Caller, allow_page("own.read")]) -> Response:
    """What it says, when its key ended, and what can be done."""
    member = member_of(request, caller)
    one = await _find(member, aside_of(request), id)
    return private_page(request, "m/aside.html", _view(member, one))


@router.post("/m/aside/{id}")
async def settle_aside(id: str, request: Request, caller: Annotated[Caller, allow_page("own.record")]) -> Response:
    """Vouch for it or dismiss it; where the log refuses, the page says why, and it goes on waiting."""
    form = await read_form(request)
    member, store = member_of(request, caller), aside_of(request)
    one = await _find(member, store, id)
    try:
        await settled(request, store, one, caller.account, form)
    except DomainError as refusal:
        view = _view(member, one, refusal_lines(refusal, member.words))
        return private_page(request, "m/aside.html", view, status=status_of(refusal))
    return RedirectResponse(f"/m/aside/{id}", 303, {"Cache-Control": "no-store"})


def aside_of(request: Request) -> AsideStore:
    store: AsideStore = request.app.state.aside
    return store


async def settled(request: Request, store: AsideStore, one: Aside, account: str, form: Form) -> None:
    """Do what the button says; of one that waits no more, nothing. Raises as `vouch` and `dismiss` do."""
    do, _ = form.button(BUTTONS)
    if one.state != WAITING:
        return
    if do == "vouch":
        await vouch(request.app.state.node, store, one, account)
    else:
        await dismiss(store, one, account, form.get("reason"))


async def aside_lines(request: Request, member: Member) -> tuple[AsideLine, ...]:
    """The party's own that wait, oldest first."""
    store, words = aside_of(request), member.words
    await asyncio.to_thread(note_logged, member.node, store)
    found = await asyncio.to_thread(store.waiting_of, member.id, SHOWN)
    if not found:
        return ()
    with member.node.reading() as reads:
        return tuple(aside_line(one, address_of(one), _subject(member, reads, one), words) for one in found)


def address_of(one: Aside) -> str:
    return f"/m/aside/{one.id.removeprefix('urn:uuid:')}"


async def _find(member: Member, store: AsideStore, id: str) -> Aside:
    """Raises `NotFound` for another party's as for one that nobody sent."""
    await asyncio.to_thread(note_logged, member.node, store)
    one = await asyncio.to_thread(store.find, f"urn:uuid:{id}")
    if one is None or one.party != member.id:
        raise NotFound("not-found")
    return one


def _view(member: Member, one: Aside, said: tuple[Markup, ...] = ()) -> AsideView:
    with member.node.reading() as reads:
        row = _own_batch(member, reads, one)
        choices = choices_of(member, reads, row, reads.chain_rows(one.chain) if row else ())
        return aside_view(
            reads,
            one,
            choices,
            member.words,
            back=Link("/m/", member.words.html("member.today")),
            action=address_of(one),
            subject=batch_label(member, row, own_places(member, reads)) if row else None,
            who=own_name(reads, member.party, member.words),
            opens=True,
            said=said,
            record_href=f"/m/records/{one.index}" if one.index is not None else "",
        )


def _subject(member: Member, reads: Reads, one: Aside) -> Markup:
    """The batch as its party calls it; of a place, and of a batch that is to be opened, the party's own name."""
    row = _own_batch(member, reads, one)
    if row is None:
        return own_name(reads, member.party, member.words)
    return batch_label(member, row, own_places(member, reads))


def _own_batch(member: Member, reads: Reads, one: Aside) -> Row | None:
    """The batch, where the party has it or had it; another's is not told of."""
    row = find_batch(reads.connection, one.chain)
    if row is None or member.id not in (row["owner"], row["holder"], *row["kept_by"].split()):
        return None
    return row
