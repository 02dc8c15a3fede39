"""How does a party make one batch of several, or goods of another kind of one? By ticking its own batches; no ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.forms.choices import NOTHING, Option
from api.pages.forms.filled import Filled, default_at, new_id
from api.pages.forms.layouts import Layout
from api.pages.forms.questions import element_id, fault_words
from api.pages.forms.task import show_form, take_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.member_amounts import base_of, total
from api.pages.member_context import Member, OwnPlace, batch_label, choices_of, member_of, own_places
from api.pages.member_forms import files_of
from api.pages.member_views import amount_of, left_of
from api.pages.queries import batches_to_take_from
from api.pages.scan_view import grouped_code
from api.query import read_query
from api.recording import open_batch
from trace.events import KINDS, Kind, Required
from trace.ledger.errors import Conflict, FieldFault, Invalid
from trace.quantity import Unit
from trace.queries import find_batch
from trace.state import Row, balance

MOST_INPUTS = 400
"""As many as one blend takes: the page lists no more, the newest first."""
OF_BATCH, OF_BLEND = ("inputs", "product", "quantity", "lot_no", "season"), ("why", "process")
"""What goes into the opening of the new batch, and into the record that it was blended."""
ACTION = "/m/blend"


def _kind() -> Kind:
    """The opening of a batch as this page asks for it: inputs are owed, and the amount may be left to their sum. Beside it
    what the record of a blend says."""
    declared, merged = KINDS["batch_opened"], KINDS["batch_merged"]
    fields = {name: declared.fields[name] for name in OF_BATCH} | {name: merged.fields[name] for name in OF_BLEND}
    fields["inputs"] = replace(fields["inputs"], required=Required.YES)
    fields["quantity"] = replace(fields["quantity"], required=Required.NO)
    return replace(declared, name="blend", fields=MappingProxyType(fields))


BLEND = _kind()

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A batch that can be ticked. `name` and `id` are those of its two controls without the last part; `code` is on its
    label, where it has one; `unit` is that in which it is weighed out."""

    name: str
    id: str
    batch: str
    label: Markup
    code: str
    left: Markup
    is_chosen: bool
    value: str
    unit: Markup
    error: Markup


@dataclass(frozen=True, slots=True)
class Picking:
    """The list to tick. `has_more`: there are older batches that are not in it."""

    candidates: tuple[Candidate, ...]
    has_more: bool
    error: Markup


@dataclass
class Goods:
    """What can be taken from: the batches of the list, and those that were ticked while they still stood in it."""

    member: Member
    rows: dict[str, Row]
    places: Sequence[OwnPlace]

    def find(self, id: object) -> Row | None:
        """One of the party's own batches; what was ticked stays in the list, also once nothing is left of it."""
        if str(id) not in self.rows:
            with self.member.node.reading() as reads:
                row = find_batch(reads.connection, str(id))
            if row is None or row["owner"] != self.member.id:
                return None
            self.rows[row["id"]] = row
        return self.rows[str(id)]

    def label(self, row: Row) -> Markup:
        return batch_label(self.member, row, self.places)

    def options(self) -> tuple[Option, ...]:
        """Each batch by name and code, as the page to check names it."""
        words = self.member.words
        return tuple(Option(id, words.clauses([self.label(row), _code(row) or None])) for id, row in self.rows.items())


@router.get(ACTION)
async def show_blend(request: Request, caller: Annotated[Caller, allow_page("own.read")]) -> Response:
    """Own batches to tick, each with what is left of it; `batch` ticks one beforehand."""
    member, query = member_of(request, caller), read_query(request, {"batch", "lang", "text"}, ignore_unknown=True)
    rows = _rows(member)
    task = _task(member, rows)
    first = next((row for row in rows if row["id"] == query.get("batch")), None)
    begun: dict[str, Any] = {}
    if first is not None:
        begun = {"inputs": [{"batch": first["id"], "quantity": left_of(first)}], "product": first["product"]}
    return show_form(request, task, Filled(new_id(), begun, at=default_at(task.now)))


@router.post(ACTION)
async def take_blend(request: Request, caller: Annotated[Caller, allow_page("own.record")]) -> Response:
    """What the form sent."""
    member = member_of(request, caller)
    return await take_form(request, _task(member, _rows(member)), files_of(request))


def _rows(member: Member) -> list[Row]:
    with member.node.reading() as reads:
        return batches_to_take_from(reads.connection, member.id, MOST_INPUTS + 1)


def _task(member: Member, found: Sequence[Row]) -> Task:
    words = member.words
    with member.node.reading() as reads:
        choices = choices_of(member, reads)
        goods = Goods(member, {row["id"]: row for row in found[:MOST_INPUTS]}, own_places(member, reads))

    async def save(one: Saving) -> str:
        opening = {name: value for name, value in one.payload.items() if name not in OF_BLEND}
        blended = {name: one.payload[name] for name in OF_BLEND if name in one.payload}
        opened = await open_batch(
            member.node, member.caller, member.id, opening, id=one.id, occurred_at=one.occurred_at, blended=blended
        )
        return f"/m/records/{opened.receipt.index}"

    def drawn(filled: Filled, named: Mapping[str, str]) -> Picking:
        return Picking(
            tuple(_candidates(goods, filled, named)),
            len(found) > MOST_INPUTS,
            _fault(named.get("p.inputs"), words.html("field.inputs"), member),
        )

    return Task(
        kind=BLEND,
        action=ACTION,
        title=words.html("lineage.blend"),
        back=Link("/m/batches", words.html("member.back.batch_opened")),
        words=words,
        choices=replace(choices, batches=goods.options()),
        layout=Layout(first=("inputs", "product", "quantity")),
        asked=OF_BATCH + OF_BLEND,
        now=member.now,
        party=member.id,
        save=save,
        consequence=lambda payload, _filled: _consequence(member, payload),
        save_label=words.html("lineage.blend_save"),
        region=member.party["region"],
        completed=lambda filled: _completed(goods, filled),
        foreseen=lambda filled: _check_amounts(goods, filled),
        drawn=drawn,
        form_page="m/blend.html",
    )


def _code(row: Row) -> str:
    return grouped_code(row["code"]) if row["code"] else ""


def _fault(code: str | None, label: Markup, member: Member) -> Markup:
    return fault_words(code, label, member.words) if code else NOTHING


def _candidates(goods: Goods, filled: Filled, named: Mapping[str, str]) -> Iterable[Candidate]:
    """In the order of the list. What is ticked is numbered as in the payload, so that a fault finds its line."""
    chosen = {one["batch"]: (at, one) for at, one in enumerate(_ticked(goods, filled.payload))}
    number, member = len(chosen), goods.member
    for id, row in goods.rows.items():
        at, one = chosen.get(id, (number, {}))
        number += id not in chosen
        name, left = f"p.inputs.{at}", left_of(row)
        label = member.words.html("field.inputs.quantity")
        codes = [
            named.get(f"{name}{part}") for part in ("", ".batch", ".quantity", ".quantity.value", ".quantity.unit")
        ]
        yield Candidate(
            name=name,
            id=element_id(name),
            batch=id,
            label=goods.label(row),
            code=_code(row),
            left=amount_of(member, row),
            is_chosen=id in chosen,
            value=one["quantity"]["value"] if one else left["value"],
            unit=member.words.html(f"value.unit.{left['unit']}"),
            error=_fault(next((code for code in codes if code), None), label, member),
        )


def _ticked(goods: Goods, payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The inputs that were ticked, the largest first: the new batch's origin is that of its main input. No amount means
    all that is left; the unit is that of the page."""
    sent = payload.get("inputs")
    found = []
    for one in sent if isinstance(sent, list) else ():
        row = goods.find(one["batch"]) if isinstance(one, Mapping) and "batch" in one else None
        if row is not None:
            found.append({"batch": row["id"], "quantity": {**left_of(row), **one.get("quantity", {})}})
    return sorted(found, key=lambda one: -(base_of(one["quantity"]) or 0))


def _completed(goods: Goods, filled: Filled) -> Filled:
    """The new batch is as much as went into it where nobody weighed it, and the same goods where nobody says which.

    Raises `Invalid` where nothing is ticked, or where one batch is said to have been blended.
    """
    inputs = _ticked(goods, filled.payload)
    if not inputs:
        raise Invalid("missing-field", FieldFault("/payload/inputs", "missing-field"))
    told = next((name for name in OF_BLEND if name in filled.payload), None)
    if told and len(inputs) == 1:
        raise Invalid("blend-of-one", FieldFault(f"/payload/{told}", "blend-of-one"))
    together = _together(inputs)
    summed = {} if together is None or "quantity" in filled.payload else {"quantity": together}
    same = {} if "product" in filled.payload else {"product": goods.rows[inputs[0]["batch"]]["product"]}
    return replace(filled, payload={**filled.payload, "inputs": inputs, **summed, **same})


def _check_amounts(goods: Goods, filled: Filled) -> None:
    """Raises `Conflict` (mass-exceeded) where more is taken than is left, or more comes out than is taken."""
    inputs = filled.payload["inputs"]
    for at, one in enumerate(inputs):
        if (base_of(one["quantity"]) or 0) > balance(goods.rows[one["batch"]]):
            raise Conflict("mass-exceeded", FieldFault(f"/payload/inputs/{at}/quantity", "mass-exceeded"))
    together, made = _together(inputs), filled.payload.get("quantity")
    if together is not None and (base_of(made) or 0) > (base_of(together) or 0):
        raise Conflict("mass-exceeded", FieldFault("/payload/quantity", "mass-exceeded"))


def _together(inputs: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """All inputs together, in the unit of the first; None where they cannot be added up."""
    unit = inputs[0]["quantity"].get("unit") if inputs else None
    if unit not in {one.value for one in Unit}:
        return None
    return total([one["quantity"] for one in inputs], unit)


def _consequence(member: Member, payload: Mapping[str, Any]) -> Markup:
    """How much goes out of how many batches, and what follows for the new one."""
    inputs = [one for one in payload.get("inputs", ()) if isinstance(one, Mapping) and "quantity" in one]
    together = _together(inputs)
    if together is None:
        return member.words.html("lineage.blend_follows_plain")
    quantity = member.words.quantity(together)
    return member.words.html("lineage.blend_follows", n=len(inputs), quantity=quantity)
