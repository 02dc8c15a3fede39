"""Which tables of rules are in force, and how is one adopted? Two officials sign the check value of its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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
from api.pages.member_forms import files_of
from api.pages.names import names
from api.pages.private import private_page
from api.pages.routes import reader_of
from api.pages.scan_words import Words
from api.pages.signing import room_of
from api.query import read_query
from api.recording import own_party
from api.routes.writing import node_of
from api.waiting import page_of
from api.waiting.signing import Asked, ask, offices_of
from credit.reference import TABLES, rows, table_hash
from trace.events import KINDS
from trace.ledger.errors import FieldFault, Forbidden, Invalid, NotFound
from trace.ledger.store import Reads
from trace.legal_days import SHANGHAI
from trace.offices import FOUNDER
from trace.places import is_covered
from trace.queries import list_adoptions, list_offices
from trace.state import Row

router = APIRouter(include_in_schema=False)

TABLES_PAGE = "/desk/tables"
ADOPT = KINDS["tables_adopted"]
_HASH_SHOWN = 12
"""So many hexadecimal digits of a check value name the bytes where a table states no version of its own."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """A carried table. `state`: in-force, later (adopted, from a day to come), other (other bytes are in force), none."""

    title: Markup
    file: str
    version: str
    sha256: str
    state: str
    since: str
    href: str


@dataclass(frozen=True, slots=True)
class TablesView:
    """`may_adopt`: whether the reader holds an office wherever the log's founders do."""

    rows: tuple[TableRow, ...]
    may_adopt: bool


@router.get(TABLES_PAGE)
async def show_tables(request: Request, caller: Annotated[Caller, allow_page("office.sign")]) -> Response:
    """Every table that this program carries, with what was adopted of it."""
    node, words = node_of(request), Words(reader_of(request).lang, names())
    today = node.clock().astimezone(SHANGHAI).date()
    with node.reading() as reads:
        adopted = list_adoptions(reads.connection)
        may_adopt = _acts_everywhere(reads, request, caller)
    shown = tuple(_row(table, adopted, today, words) for table in TABLES)
    return private_page(request, "desk/tables.html", TablesView(shown, may_adopt))


@router.get(f"{TABLES_PAGE}/adopt")
async def show_adoption(request: Request, caller: Annotated[Caller, allow_page("office.sign")]) -> Response:
    """From which day, and by which paper."""
    task = _task(request, caller)
    return show_form(request, task, Filled(new_id(), {"in_force_from": task.now.date().isoformat()}))


@router.post(f"{TABLES_PAGE}/adopt")
async def take_adoption(request: Request, caller: Annotated[Caller, allow_page("office.sign")]) -> Response:
    """What the form sent; then the signature box."""
    return await take_form(request, _task(request, caller), files_of(request))


def version_of(table: str) -> str:
    """What a table says of itself; where it says nothing, the beginning of its bytes' check value."""
    stated = (row for row in rows(table) if row.get("row") == "meta" and row.get("code") == "version")
    row = next(stated, None)
    return (row["zh"] or row["en"]) if row else table_hash(table)[:_HASH_SHOWN]


def _row(table: str, adopted: list[Row], today: date, words: Words) -> TableRow:
    own = [row for row in adopted if row["table"] == f"{table}.csv"]
    here = next((row for row in reversed(own) if row["sha256"] == table_hash(table)), None)
    begun = [row for row in own if row["in_force_from"] <= today.isoformat()]
    if begun and begun[-1]["sha256"] == table_hash(table):
        state, since = "in-force", begun[-1]["in_force_from"]
    elif here is not None and here["in_force_from"] > today.isoformat():
        state, since = "later", here["in_force_from"]
    else:
        state, since = ("other", begun[-1]["in_force_from"]) if begun else ("none", "")
    return TableRow(
        title=words.html(f"table.{table}"),
        file=f"{table}.csv",
        version=version_of(table),
        sha256=table_hash(table),
        state=state,
        since=words.day(since) if since else "",
        href=f"{TABLES_PAGE}/adopt?table={table}",
    )


def _reach(reads: Reads) -> str | None:
    """Where the founders' office holds."""
    return next((row["region"] for row in list_offices(reads.connection) if row["offices"] == FOUNDER), None)


def _acts_everywhere(reads: Reads, request: Request, caller: Caller) -> bool:
    held = offices_of(reads.connection, own_party(caller), room_of(request).clock())
    return any(is_covered(row["region"], _reach(reads)) for row in held)


def _task(request: Request, caller: Caller) -> Task:
    """Raises `Forbidden` for whose office does not reach the whole log, `NotFound` for what is no table."""
    node, room, party = node_of(request), room_of(request), own_party(caller)
    words = Words(reader_of(request).lang, names())
    today = node.clock().astimezone(SHANGHAI).date().isoformat()
    table = read_query(request, {"table", "lang", "text"}, ignore_unknown=True).get("table", "")
    with node.reading() as reads:
        if not _acts_everywhere(reads, request, caller):
            raise Forbidden("scope-missing")
        if table not in TABLES:
            raise NotFound("not-found")
        chain, region = list_offices(reads.connection)[0]["chain"], _reach(reads)
        own = [row for row in list_adoptions(reads.connection) if row["table"] == f"{table}.csv"]
    settled: dict[str, Any] = {"table": f"{table}.csv", "version": version_of(table), "sha256": table_hash(table)}
    if own and own[-1]["sha256"] != settled["sha256"]:
        settled["replaces"] = own[-1]["sha256"]

    async def save(one: Saving) -> str:
        asked = Asked(ADOPT.name, one.payload, chain, party, (region,))
        made = await ask(node, room, asked, asked_by=party, account=caller.account, id=one.id)
        return page_of(made.id)

    return Task(
        kind=ADOPT,
        action=f"{TABLES_PAGE}/adopt?table={table}",
        title=words.html("table.adopt"),
        back=Link(TABLES_PAGE, words.html("table.list")),
        words=words,
        choices=Choices(region=caller.region or ""),
        layout=Layout(first=("in_force_from", "basis")),
        asked=("in_force_from", "basis"),
        now=node.clock().astimezone(SHANGHAI),
        party=party,
        save=save,
        consequence=lambda _payload, _filled: words.html("table.adopt_consequence"),
        save_label=words.html("office.give_submit"),
        lead=words.html(
            "table.adopt_lead",
            title=words.html(f"table.{table}"),
            file=settled["table"],
            version=settled["version"],
            sha256=settled["sha256"],
        ),
        settled=settled,
        asks_when=False,
        completed=lambda filled: _not_before(filled, today),
        opens_all=True,
        form_page="desk/form_to_sign.html",
        check_page="desk/check_to_sign.html",
    )


def _not_before(filled: Filled, today: str) -> Filled:
    """Raises `Invalid` for a day that is over: the log would refuse it when the last signature comes."""
    stated = filled.payload.get("in_force_from")
    if isinstance(stated, str) and stated < today:
        raise Invalid("in-force-before-adoption", FieldFault("/payload/in_force_from", "in-force-before-adoption"))
    return filled
