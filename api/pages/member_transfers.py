"""How do goods change hands? The seller offers a batch whole, the buyer looks, and takes it over or says no."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.form_body import read_form
from api.offers.db import AnsweredOffers
from api.offers.withdrawing import withdraw_offer
from api.pages.forms.choices import Choices, Option
from api.pages.forms.controls import fold
from api.pages.forms.filled import Filled, default_at, new_id
from api.pages.forms.layouts import Layout
from api.pages.forms.speaking import may_record
from api.pages.forms.task import show_form, take_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.member_context import (
    Member,
    batch_label,
    choices_of,
    member_of,
    offer_for,
    own_batch,
    own_places,
    party_label,
)
from api.pages.member_forms import files_of
from api.pages.member_holds import Hold, holds_by_batch
from api.pages.member_views import Offer, amount_of, left_of
from api.pages.own_records import own_record
from api.pages.private import private_page, spoken_day_time
from api.pages.queries import find_party_by_uscc
from api.recording import record_event
from trace.codes import is_uscc
from trace.events import KINDS
from trace.ledger.errors import FieldFault, Invalid, NotFound
from trace.ledger.store import Reads
from trace.queries import find_batch, find_parties
from trace.state import Row

USUAL_DAYS = 7
"""So long an offer stands where nobody says otherwise: a week's delivery."""
ASKED = ("buyer", "until", "price", "dispatch")

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class OfferView:
    """Goods that somebody hands over to this party."""

    title: Markup
    offer: Offer
    quantity: Markup
    public_href: str
    accept_href: str
    action: str
    holds: tuple[Hold, ...]


def declined_of(request: Request) -> AnsweredOffers:
    declined: AnsweredOffers = request.app.state.declined_offers
    return declined


def withdrawn_of(request: Request) -> AnsweredOffers:
    withdrawn: AnsweredOffers = request.app.state.withdrawn_offers
    return withdrawn


async def is_answered(request: Request, offer: str) -> bool:
    """Whether the buyer declined an offer or the seller took it back: it waits no more."""
    rooms = (declined_of(request), withdrawn_of(request))
    return any([await asyncio.to_thread(room.when, offer) is not None for room in rooms])


# ---- the seller -----------------------------------------------------------------------------------------------------


@router.get("/m/offer/{id}")
async def show_offering(id: str, request: Request, caller: Annotated[Caller, allow_page("own.read")]) -> Response:
    """To whom, until when; all of the batch, whatever is left of it."""
    task = _task(request, caller, id)
    until = (task.now.date() + timedelta(days=USUAL_DAYS)).isoformat()
    return show_form(request, task, Filled(new_id(), {"until": until}, at=default_at(task.now)))


@router.post("/m/offer/{id}")
async def take_offering(id: str, request: Request, caller: Annotated[Caller, allow_page("own.record")]) -> Response:
    """What the form of an offer sent."""
    return await take_form(request, _task(request, caller, id), files_of(request))


@router.post("/m/offer/{id}/withdraw")
async def take_back(id: str, request: Request, caller: Annotated[Caller, allow_page("own.record")]) -> Response:
    """The seller changed their mind about the offer that they saw on the page."""
    form = await read_form(request)
    member = member_of(request, caller)
    await withdraw_offer(member.node, withdrawn_of(request), id, form.get("offer"), member.id)
    return RedirectResponse(f"/m/batches/{id}", 303, {"Cache-Control": "no-store"})


def _task(request: Request, caller: Caller, id: str) -> Task:
    """Raises `NotFound` for a batch that is not this party's to sell."""
    member, kind = member_of(request, caller), KINDS["transfer_offered"]
    with member.node.reading() as reads:
        row = own_batch(member, reads, id)
        if not may_record(kind, member.party, row):
            raise NotFound("not-found")
        choices = choices_of(member, reads, row, reads.chain_rows(id))
        label = batch_label(member, row, own_places(member, reads))
    others = tuple(one for one in choices.parties if one.value != member.id)
    words, left = member.words, amount_of(member, row)

    async def save(one: Saving) -> str:
        receipt = await record_event(
            member.node, member.caller, id, kind.name, one.payload, id=one.id, occurred_at=one.occurred_at
        )
        return f"/m/records/{receipt.index}"

    return Task(
        kind=kind,
        action=f"/m/offer/{id}",
        title=words.html("lineage.offer"),
        lead=words.html("lineage.offer_lead", batch=label, quantity=left),
        back=Link(f"/m/batches/{id}", label),
        words=words,
        choices=replace(choices, parties=others),
        layout=Layout(first=("buyer", "until", "price")),
        asked=ASKED,
        now=member.now,
        party=member.id,
        save=save,
        consequence=lambda payload, _filled: _consequence(member, payload, left),
        save_label=words.html("lineage.offer_save"),
        region=member.party["region"],
        settled={"quantity": left_of(row)},
        completed=lambda filled: _with_buyer(member, filled),
        choices_for=lambda payload: _with_name(member, choices, payload),
        also=(Link(f"/m/split/{id}", words.html("lineage.split")),),
        also_title=words.html("lineage.offer_part"),
    )


def _with_buyer(member: Member, filled: Filled) -> Filled:
    """The buyer by number, where a 统一社会信用代码 was typed.

    Raises `Invalid` (unknown-party, own-party) for a buyer who is not registered, and for the seller itself.
    """
    typed = fold(str(filled.payload.get("buyer", "")))
    if not typed:
        return filled
    with member.node.reading() as reads:
        by_code = find_party_by_uscc(reads.connection, typed.upper()) if is_uscc(typed.upper()) else None
        found = [by_code] if by_code else find_parties(reads.connection, [typed])
    if not found:
        raise Invalid("unknown-party", FieldFault("/payload/buyer", "unknown-party"))
    if found[0]["id"] == member.id:
        raise Invalid("own-party", FieldFault("/payload/buyer", "own-party"))
    return replace(filled, payload={**filled.payload, "buyer": found[0]["id"]})


def _buyer(member: Member, payload: Mapping[str, Any]) -> Row | None:
    with member.node.reading() as reads:
        return next(iter(find_parties(reads.connection, [str(payload.get("buyer", ""))])), None)


def _with_name(member: Member, choices: Choices, payload: Mapping[str, Any]) -> Choices:
    """The buyer by name on the page to check, also where nobody had dealt with them before."""
    row = _buyer(member, payload)
    return replace(choices, parties=(Option(row["id"], party_label(row, member.words)),)) if row else choices


def _consequence(member: Member, payload: Mapping[str, Any], left: Markup) -> Markup:
    row = _buyer(member, payload)
    name = party_label(row, member.words) if row else member.words.html("lineage.the_buyer")
    return member.words.html("lineage.offer_follows", name=name, quantity=left)


async def offer_made(request: Request, member: Member, reads: Reads, row: Row) -> Offer | None:
    """The offer that stands on a batch of one's own, and what became of it; None where there is none."""
    if row["offer"] is None or row["owner"] != member.id:
        return None
    said = own_record(reads, _sealed(reads, row), member.id).payload
    buyers = find_parties(reads.connection, [str(said.get("buyer", ""))])
    name = party_label(buyers[0], member.words) if buyers else member.words.html("lineage.the_buyer")
    offer = await _offer(request, member, row, name)
    if offer.state not in ("open", "declined"):
        return offer
    return replace(offer, id=row["offer"], take_back=f"/m/offer/{row['id']}/withdraw")


# ---- the buyer ------------------------------------------------------------------------------------------------------


@router.get("/m/offers/{id}")
async def show_offer(id: str, request: Request, caller: Annotated[Caller, allow_page("own.read")]) -> Response:
    """What is offered, by whom, until when; and the two answers."""
    member = member_of(request, caller)
    with member.node.reading() as reads:
        row = _offered(member, reads, id)
        said = own_record(reads, _sealed(reads, row), "").payload
        (seller,) = find_parties(reads.connection, [row["owner"]])
        offer = await _offer(request, member, row, party_label(seller, member.words))
        view = OfferView(
            title=batch_label(member, row, ()),
            offer=offer,
            quantity=member.words.quantity(said["quantity"]),
            public_href=f"/t/{row['code']}" if row["code"] else "",
            accept_href=f"/m/record/transfer_accepted?batch={id}" if offer.state in ("open", "declined") else "",
            action=f"/m/offers/{id}",
            holds=holds_by_batch(member, reads, [id]).get(id, ()),
        )
    return private_page(request, "m/offer.html", view)


@router.post("/m/offers/{id}")
async def decline_offer(id: str, request: Request, caller: Annotated[Caller, allow_page("own.record")]) -> Response:
    """These goods are not wanted: the seller sees it, and they stand no more among what waits."""
    await read_form(request)
    member = member_of(request, caller)
    with member.node.reading() as reads:
        row = _offered(member, reads, id)
    await asyncio.to_thread(declined_of(request).add, row["offer"], member.id)
    return RedirectResponse(f"/m/offers/{id}", 303, {"Cache-Control": "no-store"})


def _offered(member: Member, reads: Reads, id: str) -> Row:
    """A batch that is offered to this party, in time or not. Raises `NotFound` for every other."""
    row = find_batch(reads.connection, id)
    if row is None or not offer_for(member, reads, row):
        raise NotFound("not-found")
    return row


def _sealed(reads: Reads, row: Row) -> Any:
    seq = int(row["offer"].rpartition("/")[2])
    return next(one for one in reads.chain_rows(row["id"]) if one.seq == seq)


async def _offer(request: Request, member: Member, row: Row, party: Markup) -> Offer:
    words = member.words
    until = words.day(row["offer_until"]) if row["offer_until"] else ""
    if row["offer_until"] and row["offer_until"] < member.now.date().isoformat():
        return Offer(party, "lapsed", until)
    withdrawn_at = await asyncio.to_thread(withdrawn_of(request).when, row["offer"])
    if withdrawn_at is not None:
        return Offer(party, "withdrawn", spoken_day_time(withdrawn_at, words))
    declined_at = await asyncio.to_thread(declined_of(request).when, row["offer"])
    if declined_at is not None:
        return Offer(party, "declined", spoken_day_time(declined_at, words))
    return Offer(party, "open", until)
