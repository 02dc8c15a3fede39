"""How does a party divide a batch? So many parts, or an amount each; nobody needs to know an id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.forms.choices import NOTHING
from api.pages.forms.filled import Filled, default_at, new_id
from api.pages.forms.layouts import Layout
from api.pages.forms.speaking import may_record
from api.pages.forms.task import show_form, take_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.member_amounts import base_of, equal_parts, in_unit, total
from api.pages.member_context import Member, batch_label, choices_of, member_of, own_batch, own_places
from api.pages.member_forms import files_of
from api.pages.member_views import amount_of, left_of
from api.query import read_query
from api.recording import record_event
from trace.events import KINDS, Kind
from trace.fieldtype import Amount, ListOf, Members
from trace.fieldtype import Member as TypeMember
from trace.ledger.errors import Conflict, FieldFault, NotFound
from trace.state import Row, balance

MOST_PARTS = 200
"""So many parts one page asks for; whoever needs more splits a part again."""
OFFERED = (2, 3, 4, 5)
"""Numbers of equal parts that are one tap away."""


def _kind() -> Kind:
    """The split as the page asks for it: an amount a part. The ids are made where it is recorded."""
    declared = KINDS["batch_split"]
    part = Members((TypeMember("quantity", Amount(), True),))
    outputs = replace(declared.fields["outputs"], type=ListOf(part, 2, MOST_PARTS, distinct="batch"))
    return replace(declared, fields=MappingProxyType({**declared.fields, "outputs": outputs}))


SPLIT = _kind()

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Dividing:
    """The small form above the amounts: into how many equal parts. `asked`: the number that was typed and cannot be."""

    action: str
    most: int
    left: Markup
    asked: str


@router.get("/m/split/{id}")
async def show_split(id: str, request: Request, caller: Annotated[Caller, allow_page("own.read")]) -> Response:
    """The amounts of the parts; with `parts` so many equal ones to begin with."""
    task, row = _task(request, caller, id)
    asked = read_query(request, {"parts", "lang", "text"}, ignore_unknown=True).get("parts", "").strip()
    is_number = asked.isascii() and asked.isdigit() and 2 <= int(asked[:6]) <= MOST_PARTS
    parts = equal_parts(left_of(row), int(asked)) if is_number and balance(row) > 0 else []
    if asked and not parts:
        assert isinstance(task.beside, Dividing)
        task = replace(task, beside=replace(task.beside, asked=asked))
    rows: list[dict[str, Any]] = [{"quantity": one} for one in parts] or [{}, {}]
    return show_form(request, task, Filled(new_id(), {"outputs": rows}, at=default_at(task.now)))


@router.post("/m/split/{id}")
async def take_split(id: str, request: Request, caller: Annotated[Caller, allow_page("own.record")]) -> Response:
    """What the form of a split sent."""
    return await take_form(request, _task(request, caller, id)[0], files_of(request))


def _task(request: Request, caller: Caller, id: str) -> tuple[Task, Row]:
    """Raises `NotFound` for a batch that is not this party's to divide."""
    member = member_of(request, caller)
    with member.node.reading() as reads:
        row = own_batch(member, reads, id)
        if not may_record(KINDS["batch_split"], member.party, row):
            raise NotFound("not-found")
        choices = choices_of(member, reads, row)
        label = batch_label(member, row, own_places(member, reads))
    words, action = member.words, f"/m/split/{id}"

    async def save(one: Saving) -> str:
        receipt = await record_event(
            member.node, member.caller, id, "batch_split", one.payload, id=one.id, occurred_at=one.occurred_at
        )
        return f"/m/records/{receipt.index}"

    task = Task(
        kind=SPLIT,
        action=action,
        title=words.html("lineage.split"),
        lead=words.html("lineage.split_lead", batch=label, left=amount_of(member, row)),
        back=Link(f"/m/batches/{id}", label),
        words=words,
        choices=choices,
        layout=Layout(first=("outputs",)),
        asked=("outputs", "why", "place"),
        now=member.now,
        party=member.id,
        save=save,
        consequence=lambda payload, _filled: _consequence(member, row, payload),
        save_label=words.html("lineage.split_save"),
        region=member.party["region"],
        also=tuple(Link(f"{action}?parts={n}", words.html("lineage.parts", n=n)) for n in OFFERED),
        also_title=words.html("lineage.equal"),
        foreseen=lambda filled: _check_amounts(row, filled),
        beside=Dividing(action, MOST_PARTS, amount_of(member, row), ""),
        form_page="m/split.html",
    )
    return task, row


def _amounts(payload: Mapping[str, Any]) -> list[object]:
    outputs = payload.get("outputs")
    return [one.get("quantity") for one in outputs if isinstance(one, Mapping)] if isinstance(outputs, list) else []


def _check_amounts(row: Row, filled: Filled) -> None:
    """Raises `Conflict` (mass-exceeded) at the part with which it becomes too much: said on the page, before it is sent."""
    left = balance(row)
    for at, quantity in enumerate(_amounts(filled.payload)):
        left -= base_of(quantity) or 0
        if left < 0:
            raise Conflict("mass-exceeded", FieldFault(f"/payload/outputs/{at}/quantity", "mass-exceeded"))


def _consequence(member: Member, row: Row, payload: Mapping[str, Any]) -> Markup:
    """How many batches there will be, how much goes out, and what stays."""
    unit, parts = left_of(row)["unit"], [one for one in _amounts(payload) if one]
    together = total(parts, unit)
    if len(parts) < 2 or together is None:
        return member.words.html("lineage.split_follows_plain")
    rest = balance(row) - (base_of(together) or 0)
    if rest < 0:
        return NOTHING
    return member.words.html(
        "lineage.split_follows",
        n=len(parts),
        quantity=member.words.quantity(together),
        rest=member.words.quantity(in_unit(rest, unit)),
    )
