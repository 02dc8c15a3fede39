"""At which address does a member record what? Each builds a `Task` for the one form mechanism."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.files import Files
from api.offers.turns import Accepted
from api.pages.forms.choices import NOTHING, Choices
from api.pages.forms.controls import read_value
from api.pages.forms.filled import Filled, day_of, default_at, new_id
from api.pages.forms.layouts import kept_values, layout_of
from api.pages.forms.speaking import may_record
from api.pages.forms.task import show_form, take_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.member_context import Member, batch_label, choices_of, is_offered, member_of, own_batch, own_places
from api.pages.member_products import INPUT_USE, like_of, products_offered, targets_offered, without_name
from api.pages.member_words import consequence_of, doubt_of, title_of
from api.pages.own_records import last_records, own_record
from api.query import read_query
from api.recording import open_batch, record_event, register_place
from api.routes.writing import node_of
from trace.events import KINDS, Kind
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.payload import check_payload
from trace.queries import find_batch
from trace.records import record_id
from trace.rules.duties import owed_fields
from trace.state import Row

Read = Annotated[Caller, allow_page("own.read")]
Write = Annotated[Caller, allow_page("own.record")]

router = APIRouter(include_in_schema=False)


def files_of(request: Request) -> Files:
    files: Files = request.app.state.files
    return files


def _query(request: Request, *names: str) -> dict[str, str]:
    return read_query(request, {*names, "lang", "text"}, ignore_unknown=True)


@router.get("/m/record/{kind}")
async def show_record_form(kind: str, request: Request, caller: Read) -> Response:
    """The form of a kind for a batch, with the values of the last time; none for an offer that was taken back."""
    task, filled = _record_task(request, caller, kind)
    if kind == "transfer_accepted":
        offer = filled.payload["offer"]
        await node_of(request).turns.refuse_withdrawn([Accepted(record_id(offer["chain"], offer["seq"]), 0)])
    return show_form(request, task, filled)


@router.post("/m/record/{kind}")
async def take_record(kind: str, request: Request, caller: Write) -> Response:
    """What the form of a kind sent."""
    return await take_form(request, _record_task(request, caller, kind)[0], files_of(request))


def _record_task(request: Request, caller: Caller, name: str) -> tuple[Task, Filled]:
    """The task, and what its form begins with. Raises `NotFound` for a batch or a kind that is not this party's to tell."""
    member, query = member_of(request, caller), _query(request, "batch", "like", *_CHOSEN)
    kind = KINDS.get(name)
    with member.node.reading() as reads:
        row = find_batch(reads.connection, query.get("batch", ""))
        if row is None or kind is None or not _may_tell(member, reads, kind, row):
            raise NotFound("not-found")
        choices = choices_of(member, reads, row, reads.chain_rows(row["id"]))
        earlier = last_records(reads, member.id, name)
        places = own_places(member, reads)
        offer = _offer(reads, row) if name == "transfer_accepted" else {}
    chosen = _chosen(kind, query)
    earlier = [one for one in earlier if all(one.payload.get(key) == value for key, value in chosen.items())]
    like = like_of(earlier, query.get("like", ""))
    payload: dict[str, Any] = kept_values(kind, like.payload, same_batch=like.chain == row["id"]) if like else {}
    plot = next((place for place in places if place.id == row["place"]), None)
    if plot is not None and plot.area_mu and "area_mu" in kind.fields:
        payload.setdefault("area_mu", plot.area_mu)
    if "township" in kind.fields:
        payload.setdefault("township", row["township"])
    begun = {**payload, **offer, **chosen}
    address = {"batch": row["id"], **{key: query[key] for key in chosen}}
    task = Task(
        kind=kind,
        action=f"/m/record/{name}?{urlencode(address)}",
        title=title_of(kind, begun, member.words),
        back=_back(member, row, batch_label(member, row, places)),
        words=member.words,
        choices=choices,
        layout=without_name(layout_of(kind), name == INPUT_USE and like is not None),
        asked=tuple(kind.fields),
        now=member.now,
        party=member.id,
        save=_event_saver(member, row["id"], name),
        consequence=_consequence(kind, member, row["product"]),
        doubt=lambda payload: doubt_of(kind, payload, row["product"], member.words),
        save_label=member.words.html("forms.save"),
        region=member.party["region"],
        owed=_owed(member, name, plot is not None and plot.has_gap_base),
        also=tuple(products_offered(earlier, like, name, address, member)),
        also_title=member.words.html("member.which_product"),
        suggested=targets_offered(earlier, name),
        opens_all=like is None and name == INPUT_USE,
    )
    return task, _begin(task, begun)


def _may_tell(member: Member, reads: Reads, kind: Kind, row: Row) -> bool:
    """By relation and role; goods that were offered are accepted by whom they were offered to."""
    if kind.name == "transfer_accepted":
        return is_offered(member, reads, row["id"])
    return may_record(kind, member.party, row)


def _offer(reads: Reads, row: Row) -> dict[str, Any]:
    """What an acceptance begins with: the offer that stands, and all that was offered."""
    seq = int(row["offer"].rpartition("/")[2])
    sealed = next(one for one in reads.chain_rows(row["id"]) if one.seq == seq)
    entry = {"chain": row["id"], "seq": seq, "leaf": sealed.leaf.hex()}
    return {"offer": entry, "quantity": own_record(reads, sealed, "").payload["quantity"]}


_CHOSEN = ("input_kind", "sample_kind", "flag")
"""Fields that an address may settle beforehand: one button for pesticide, another for fertiliser; which question is answered."""


def _chosen(kind: Kind, query: Mapping[str, str]) -> dict[str, Any]:
    """What the address settles, as far as it is right."""
    given = [name for name in _CHOSEN if name in kind.fields and name in query]
    found = {name: read_value(kind.fields[name].type, name, {name: [query[name]]}) for name in given}
    wrong = {fault.pointer.split("/")[1] for fault in check_payload(kind, found)}
    return {name: value for name, value in found.items() if name not in wrong}


def _begin(task: Task, payload: Mapping[str, Any]) -> Filled:
    filled = Filled(new_id(), payload)
    if not task.asks_when:
        return filled
    return replace(filled, when="today") if task.layout.saves_at_once else replace(filled, at=default_at(task.now))


def _back(member: Member, row: Row, label: Markup) -> Link:
    """To the batch; for one that never was the party's (a buyer records its receipt) to the start."""
    is_own = member.id in (row["owner"], row["holder"], *row["kept_by"].split())
    return Link(f"/m/batches/{row['id']}" if is_own else "/m/", label)


def _event_saver(member: Member, batch: str, kind: str) -> Any:
    async def save(one: Saving) -> str:
        receipt = await record_event(
            member.node, member.caller, batch, kind, one.payload, id=one.id, occurred_at=one.occurred_at
        )
        return f"/m/records/{receipt.index}"

    return save


def _owed(member: Member, kind: str, has_gap_base: bool = False) -> frozenset[str]:
    return frozenset(owed_fields(kind, member.party["legal_form"], has_gap_base))


def _consequence(kind: Kind, member: Member, product: str = "") -> Callable[[Mapping[str, Any], Filled], Markup]:
    """What follows, and before it what will be asked about."""

    def told(payload: Mapping[str, Any], filled: Filled) -> Markup:
        follows = consequence_of(kind, payload, day_of(filled, member.now), member.words)
        doubt = doubt_of(kind, payload, product, member.words)
        return Markup("{} {}").format(doubt, follows) if doubt else follows

    return told


@router.get("/m/places/new")
async def show_place_form(request: Request, caller: Read) -> Response:
    """A new plot, store or stall."""
    task = _place_task(request, caller)
    member = member_of(request, caller)
    begun = {name: member.party[name] for name in ("region", "township") if member.party[name]}
    return show_form(request, task, _begin(task, begun))


@router.post("/m/places/new")
async def take_place(request: Request, caller: Write) -> Response:
    """What the form of a place sent."""
    return await take_form(request, _place_task(request, caller), files_of(request))


def _place_task(request: Request, caller: Caller) -> Task:
    member = member_of(request, caller)
    with member.node.reading() as reads:
        choices = choices_of(member, reads)

    async def save(one: Saving) -> str:
        receipt = await register_place(member.node, member.caller, one.payload, id=one.id, occurred_at=one.occurred_at)
        return f"/m/records/{receipt.index}"

    kind = KINDS["place_registered"]
    return _registration(
        member, kind, "/m/places/new", choices, save, without={"party"}, settled={"party": member.id}, back="/m/"
    )


@router.get("/m/batches/new")
async def show_batch_form(request: Request, caller: Read) -> Response:
    """A new batch: which goods, from where, how much."""
    task = _batch_task(request, caller)
    return show_form(request, task, _begin(task, {}))


@router.post("/m/batches/new")
async def take_batch(request: Request, caller: Write) -> Response:
    """What the form of a batch sent."""
    return await take_form(request, _batch_task(request, caller), files_of(request))


def _batch_task(request: Request, caller: Caller) -> Task:
    member = member_of(request, caller)
    with member.node.reading() as reads:
        choices = choices_of(member, reads)

    async def save(one: Saving) -> str:
        opened = await open_batch(
            member.node, member.caller, member.id, one.payload, id=one.id, occurred_at=one.occurred_at
        )
        return f"/m/records/{opened.receipt.index}"

    task = _registration(
        member, KINDS["batch_opened"], "/m/batches/new", choices, save, without={"code"}, settled={}, back="/m/batches"
    )
    if choices.places:
        return replace(task, unjudged=frozenset({"township"}))
    first = Link("/m/places/new", member.words.html("member.new_place"))
    return replace(task, also=(first,), also_title=member.words.html("member.no_place_yet"))


def _registration(
    member: Member,
    kind: Kind,
    action: str,
    choices: Choices,
    save: Any,
    *,
    without: set[str],
    settled: Mapping[str, Any],
    back: str,
) -> Task:
    words = member.words
    return Task(
        kind=kind,
        action=action,
        title=words.html(f"member.title.{kind.name}"),
        back=Link(back, words.html(f"member.back.{kind.name}")),
        words=words,
        choices=choices,
        layout=layout_of(kind),
        asked=tuple(name for name in kind.fields if name not in without),
        now=member.now,
        party=member.id,
        save=save,
        consequence=_consequence(kind, member),
        save_label=words.html("member.register"),
        region=member.party["region"],
        owed=_owed(member, kind.name),
        settled=settled,
        asks_when=False,
    )


@router.get("/m/labels/{id}")
async def show_label_form(id: str, request: Request, caller: Read) -> Response:
    """How many labels, on which stock: those of the last time."""
    task, begun = _label_task(request, caller, id)
    return show_form(request, task, _begin(task, begun))


@router.post("/m/labels/{id}")
async def issue_labels(id: str, request: Request, caller: Write) -> Response:
    """Issue labels, then the page that prints them."""
    return await take_form(request, _label_task(request, caller, id)[0], files_of(request))


def _label_task(request: Request, caller: Caller, id: str) -> tuple[Task, dict[str, Any]]:
    member, kind = member_of(request, caller), KINDS["labels_issued"]
    with member.node.reading() as reads:
        row = own_batch(member, reads, id)
        if not may_record(kind, member.party, row):
            raise NotFound("not-found")
        choices = choices_of(member, reads, row, reads.chain_rows(id))
        last = next(iter(last_records(reads, member.id, kind.name)), None)
        label = batch_label(member, row, own_places(member, reads))

    async def save(one: Saving) -> str:
        receipt = await record_event(
            member.node, member.caller, row["id"], kind.name, one.payload, id=one.id, occurred_at=one.occurred_at
        )
        return f"/t/{row['code']}/label" if row["code"] else f"/m/records/{receipt.index}"

    task = Task(
        kind=kind,
        action=f"/m/labels/{id}",
        title=member.words.html("member.title.labels_issued"),
        back=_back(member, row, label),
        words=member.words,
        choices=choices,
        layout=layout_of(kind),
        asked=tuple(name for name in kind.fields if name != "code" or not row["code"]),
        now=member.now,
        party=member.id,
        save=save,
        consequence=lambda _payload, _filled: member.words.html("member.follows.labels_issued"),
        save_label=member.words.html("member.print"),
        lead=NOTHING,
        asks_when=False,
    )
    return task, kept_values(kind, last.payload, same_batch=last.chain == id) if last else {}
