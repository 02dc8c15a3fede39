"""Who holds which office, and how is one given? Asked for by one office holder, signed by that one and a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.desk_words import office_words, person
from api.pages.forms.choices import NOTHING, Choices, Option
from api.pages.forms.filled import Filled, new_id
from api.pages.forms.layouts import layout_of
from api.pages.forms.task import show_form, take_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.member_forms import files_of
from api.pages.names import names
from api.pages.private import private_page
from api.pages.routes import reader_of
from api.pages.scan_words import Words
from api.pages.signing import room_of
from api.recording import own_party
from api.routes.writing import node_of
from api.waiting import page_of
from api.waiting.signing import Asked, ask, offices_of
from trace.events import KINDS
from trace.ledger.errors import Forbidden
from trace.ledger.store import Reads
from trace.legal_days import SHANGHAI
from trace.offices import FOUNDER
from trace.places import is_covered, region_prefix
from trace.queries import list_nouns, list_offices
from trace.state import Row

router = APIRouter(include_in_schema=False)

OFFICES = "/desk/offices"
MOST_PARTIES = 200
NAMED = frozenset({"person", "authority"})
"""Legal forms of those who may hold an office, and of the authorities that it is held for."""


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """An official and one of the offices. `end_href`: where the reader may ask for its end; "" where it is not to end."""

    who: Markup
    office: Markup
    end_href: str


@dataclass(frozen=True, slots=True)
class OfficesView:
    """`may_give`: whether the reader holds an office, and so may ask for another's."""

    rows: tuple[OfficeRow, ...]
    may_give: bool


@router.get(OFFICES)
async def show_offices(request: Request, caller: Annotated[Caller, allow_page("office.sign")]) -> Response:
    """Every office of the log, in the order in which they were given."""
    words = Words(reader_of(request).lang, names())
    with node_of(request).reading() as reads:
        held = offices_of(reads.connection, own_party(caller), room_of(request).clock())
        shown = tuple(
            OfficeRow(person(reads, row["party"], words), office_words(reads, row, words), _end_href(row, held))
            for row in list_offices(reads.connection)
        )
    return private_page(request, "desk_offices.html", OfficesView(shown, may_give=bool(held)))


def may_end(row: Row, held: list[Row]) -> bool:
    """Whether an office stands, was given, and lies within one of those that the reader holds."""
    is_given = row["offices"] != FOUNDER and row["ended"] is None
    return is_given and any(is_covered(own["region"], row["region"]) for own in held)


def _end_href(row: Row, held: list[Row]) -> str:
    return f"{OFFICES}/end?office={row['entry'].replace('/', '.')}" if may_end(row, held) else ""


@router.get(f"{OFFICES}/new")
async def show_office_form(request: Request, caller: Annotated[Caller, allow_page("office.sign")]) -> Response:
    """The form of an office, by the one form mechanism."""
    return show_form(request, _task(request, caller), Filled(new_id(), {}))


@router.post(f"{OFFICES}/new")
async def take_office(request: Request, caller: Annotated[Caller, allow_page("office.sign")]) -> Response:
    """What the form sent; then the signature box."""
    return await take_form(request, _task(request, caller), files_of(request))


def _task(request: Request, caller: Caller) -> Task:
    """Raises `Forbidden` for somebody who holds no office."""
    node, room, party = node_of(request), room_of(request), own_party(caller)
    words, kind = Words(reader_of(request).lang, names()), KINDS["office_given"]
    with node.reading() as reads:
        held = offices_of(reads.connection, party, room.clock())
        if not held:
            raise Forbidden("scope-missing")
        chain = held[0]["chain"]
        parties = tuple(Option(row["id"], person(reads, row["id"], words)) for row in _in_reach(reads, held))

    async def save(one: Saving) -> str:
        asked = Asked("office_given", one.payload, chain, party, (one.payload["region"],))
        made = await ask(node, room, asked, asked_by=party, account=caller.account, id=one.id)
        return page_of(made.id)

    return Task(
        kind=kind,
        action=f"{OFFICES}/new",
        title=words.html("office.give"),
        back=Link(OFFICES, words.html("office.list")),
        words=words,
        choices=Choices(region=caller.region or "", parties=parties),
        layout=layout_of(kind),
        asked=tuple(kind.fields),
        now=node.clock().astimezone(SHANGHAI),
        party=party,
        save=save,
        consequence=lambda _payload, _filled: words.html("office.give_consequence"),
        save_label=words.html("office.give_submit"),
        lead=NOTHING,
        asks_when=False,
        opens_all=True,
        form_page="desk/form_to_sign.html",
        check_page="desk/check_to_sign.html",
    )


def _in_reach(reads: Reads, held: list[Row]) -> list[Row]:
    """People and authorities that are registered where the reader holds office."""
    found: dict[str, Row] = {}
    for office in held:
        region: Mapping[str, Any] = {"region": region_prefix(office["region"])} if office["region"] else {}
        for row in list_nouns(reads.connection, "party", -1, MOST_PARTIES, **region):
            if row["legal_form"] in NAMED and is_covered(office["region"], row["region"]):
                found[row["id"]] = row
    return sorted(found.values(), key=lambda row: int(row["index"]))
