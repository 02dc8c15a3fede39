"""How does an office end? Asked for by one office holder of its region, signed by that one and a second."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.desk_words import office_words, person
from api.pages.forms.choices import Choices
from api.pages.forms.filled import Filled, new_id
from api.pages.forms.layouts import layout_of
from api.pages.forms.task import show_form, take_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.member_forms import files_of
from api.pages.names import names
from api.pages.offices import OFFICES, may_end
from api.pages.routes import reader_of
from api.pages.scan_words import Words
from api.pages.signing import room_of
from api.query import read_query
from api.recording import own_party
from api.routes.writing import node_of
from api.waiting import page_of
from api.waiting.signing import Asked, ask, offices_of
from trace.events import KINDS
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.legal_days import SHANGHAI
from trace.queries import list_offices

router = APIRouter(include_in_schema=False)

END = KINDS["office_ended"]


@router.get(f"{OFFICES}/end")
async def show_end(request: Request, caller: Annotated[Caller, allow_page("office.sign")]) -> Response:
    """Why the office ends, and by which paper."""
    return show_form(request, _task(request, caller), Filled(new_id(), {}))


@router.post(f"{OFFICES}/end")
async def take_end(request: Request, caller: Annotated[Caller, allow_page("office.sign")]) -> Response:
    """What the form sent; then the signature box."""
    return await take_form(request, _task(request, caller), files_of(request))


def _task(request: Request, caller: Caller) -> Task:
    """Raises `NotFound` for an office that stands no more, that founders hold, or that lies beyond one's own."""
    node, room, party = node_of(request), room_of(request), own_party(caller)
    words = Words(reader_of(request).lang, names())
    entry = read_query(request, {"office", "lang", "text"}, ignore_unknown=True).get("office", "").replace(".", "/")
    with node.reading() as reads:
        held = offices_of(reads.connection, party, room.clock())
        row = next((one for one in list_offices(reads.connection) if one["entry"] == entry), None)
        if row is None or not may_end(row, held):
            raise NotFound("not-found")
        named = _named(reads, entry)
        lead = words.html(
            "office.end_lead", who=person(reads, row["party"], words), office=office_words(reads, row, words)
        )
    chain, region = row["chain"], row["region"]

    async def save(one: Saving) -> str:
        asked = Asked(END.name, one.payload, chain, party, (region,))
        made = await ask(node, room, asked, asked_by=party, account=caller.account, id=one.id)
        return page_of(made.id)

    return Task(
        kind=END,
        action=f"{OFFICES}/end?office={entry.replace('/', '.')}",
        title=words.html("office.end"),
        back=Link(OFFICES, words.html("office.list")),
        words=words,
        choices=Choices(region=caller.region or ""),
        layout=layout_of(END),
        asked=tuple(name for name in END.fields if name != "office"),
        now=node.clock().astimezone(SHANGHAI),
        party=party,
        save=save,
        consequence=lambda _payload, _filled: words.html("office.end_consequence"),
        save_label=words.html("office.give_submit"),
        lead=lead,
        settled={"office": named},
        asks_when=False,
        opens_all=True,
        form_page="desk/form_to_sign.html",
        check_page="desk/check_to_sign.html",
    )


def _named(reads: Reads, entry: str) -> dict[str, Any]:
    """How the statement names the entry that gave the office."""
    chain, _, seq = entry.partition("/")
    leaf = next(row.leaf for row in reads.chain_rows(chain) if row.seq == int(seq))
    return {"chain": chain, "seq": int(seq), "leaf": leaf.hex()}
