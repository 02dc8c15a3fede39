"""What came under a key that the party had ended? Its clerks look at it, and vouch for it or dismiss it, each in their shell.

The same in every shell: how it tells of goods, and where its records lie, is the shell's own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.aside import WAITING, Aside
from api.aside.db import AsideStore
from api.aside.keeping import note_logged
from api.aside.vouching import dismiss, vouch
from api.form_body import Form, read_form
from api.pages.aside_view import SHOWN, AsideLine, AsideView, aside_line
from api.pages.forms.task import refusal_lines
from api.pages.member_context import Member
from api.pages.private import private_page
from api.problems import status_of
from trace.ledger.errors import DomainError, NotFound
from trace.ledger.store import Reads

BUTTONS = frozenset({"vouch", "dismiss"})

Said = tuple[Markup, ...]
"""Why the log did not take it just now."""


@dataclass(frozen=True, slots=True)
class Shell:
    """Where a shell shows them, and in which words: the page of one, and what a line of its list is about."""

    path: str
    template: str
    view: Callable[[Member, Reads, Aside, Said], AsideView]
    subject: Callable[[Member, Reads, Aside], Markup]

    def address_of(self, one: Aside) -> str:
        return f"{self.path}/{one.id.removeprefix('urn:uuid:')}"


def aside_of(request: Request) -> AsideStore:
    store: AsideStore = request.app.state.aside
    return store


async def show_own(request: Request, member: Member, shell: Shell, id: str) -> Response:
    """What it says, when its key ended, and what can be done. Raises `NotFound` for another party's."""
    one = await _find(member, aside_of(request), id)
    return _page(request, member, shell, one)


async def settle_own(request: Request, member: Member, shell: Shell, id: str) -> Response:
    """Vouch for it or dismiss it; where the log refuses, the page says why, and it goes on waiting."""
    form, store = await read_form(request), aside_of(request)
    one = await _find(member, store, id)
    try:
        await settled(request, store, one, member.caller.account, form)
    except DomainError as refusal:
        return _page(request, member, shell, one, refusal)
    return RedirectResponse(shell.address_of(one), 303, {"Cache-Control": "no-store"})


async def settled(request: Request, store: AsideStore, one: Aside, account: str, form: Form) -> None:
    """Do what the button says; of one that waits no more, nothing. Raises as `vouch` and `dismiss` do."""
    do, _ = form.button(BUTTONS)
    if one.state != WAITING:
        return
    if do == "vouch":
        await vouch(request.app.state.node, store, one, account)
    else:
        await dismiss(store, one, account, form.get("reason"))


async def own_lines(request: Request, member: Member, shell: Shell) -> tuple[AsideLine, ...]:
    """The party's own that wait, oldest first."""
    store, words = aside_of(request), member.words
    await asyncio.to_thread(note_logged, member.node, store)
    found = await asyncio.to_thread(store.waiting_of, member.id, SHOWN)
    if not found:
        return ()
    with member.node.reading() as reads:
        return tuple(aside_line(one, shell.address_of(one), shell.subject(member, reads, one), words) for one in found)


async def _find(member: Member, store: AsideStore, id: str) -> Aside:
    """Raises `NotFound` for another party's as for one that nobody sent."""
    await asyncio.to_thread(note_logged, member.node, store)
    one = await asyncio.to_thread(store.find, f"urn:uuid:{id}")
    if one is None or one.party != member.id:
        raise NotFound("not-found")
    return one


def _page(request: Request, member: Member, shell: Shell, one: Aside, refusal: DomainError | None = None) -> Response:
    said = refusal_lines(refusal, member.words) if refusal else ()
    with member.node.reading() as reads:
        view = shell.view(member, reads, one, said)
    return private_page(request, shell.template, view, status=status_of(refusal) if refusal else 200)
