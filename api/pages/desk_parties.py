"""Who is registered in the region, and how does somebody new come in? The list, one party, and the form of a registration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.credit_file import FileView, file_view
from api.pages.desk_context import Bar, Official, bar_of, batch_title, official_of, wanted_of
from api.pages.desk_findings import HoldLine, hold_lines
from api.pages.file_day import asked_day
from api.pages.forms.choices import Choices
from api.pages.forms.filled import Filled, new_id
from api.pages.forms.layouts import Layout
from api.pages.forms.task import show_form, take_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.gaps import Gap, gaps_of_party
from api.pages.lists.asked import read_asked
from api.pages.lists.kinds import PARTY_LIST
from api.pages.lists.listing import ListTools, list_lines
from api.pages.lists.queries import party_lines
from api.pages.member_forms import files_of
from api.pages.private import private_page
from api.pages.queries import batches_of
from api.pages.views import Fact
from api.query import read_query
from api.recording import register_party
from credit.records import Viewer
from trace.events import KINDS, Kind, Required
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.queries import find_parties
from trace.state import Row

Look = Annotated[Caller, allow_page("desk.read")]
Register = Annotated[Caller, allow_page("parties.create")]
PARTIES = "/desk/parties"
BATCHES_SHOWN = 50

router = APIRouter(include_in_schema=False)


def _with_first_key() -> Kind:
    """A registration as it is asked for: with the party's first key, which enters beside it."""
    kind, key = KINDS["party_registered"], KINDS["key_added"].fields["key"]
    fields = {**kind.fields, "key": replace(key, required=Required.NO)}
    return replace(kind, fields=MappingProxyType(fields))


REGISTRATION = _with_first_key()
FIRST = ("name", "legal_form", "roles", "region", "township", "uscc", "phone")


@dataclass(frozen=True, slots=True)
class PartyLine:
    """A party in the list. `links_href`: where a sign-in link is handed out, "" for an auditor."""

    name: Markup
    href: str
    form: Markup
    roles: Markup
    place: Markup
    links_href: str


@dataclass(frozen=True, slots=True)
class PartiesView:
    bar: Bar
    parties: tuple[PartyLine, ...]
    tools: ListTools


@dataclass(frozen=True, slots=True)
class OwnBatch:
    """A batch of the party."""

    title: Markup
    href: str
    stage: Markup
    holds: tuple[HoldLine, ...]


@dataclass(frozen=True, slots=True)
class PartyView:
    """One party of the region. `is_new`: it was registered just now."""

    bar: Bar
    name: Markup
    facts: tuple[Fact, ...]
    gaps: tuple[Gap, ...]
    batches: tuple[OwnBatch, ...]
    file: FileView
    links_href: str
    case_links: tuple[Link, ...]
    is_new: bool


@router.get(PARTIES)
async def show_parties(request: Request, caller: Look) -> Response:
    """The parties of the region, in the order of registration."""
    official = official_of(request, caller)
    wanted = await wanted_of(request, official)
    asked = read_asked(request, PARTY_LIST)
    with official.node.reading() as reads:
        found = list_lines(official, reads, party_lines(official.scope), asked)
        lines = tuple(_line(official, reads, row) for row in found.rows)
        view = PartiesView(bar_of(official, reads, "parties", wanted), lines, found.tools)
    return private_page(request, "desk/parties.html", view, kept=asked.query())


def _line(official: Official, reads: Reads, row: Row) -> PartyLine:
    words = official.words
    return PartyLine(
        name=official.named(reads, row["id"]),
        href=f"{PARTIES}/{row['id']}",
        form=words.word("value.legal_form", row["legal_form"]),
        roles=words.list_of(words.word("value.roles", role) for role in row["roles"].split()),
        place=words.township(row["region"], row["township"]) if row["township"] else words.region(row["region"]),
        links_href=_links_href(official, row),
    )


def _links_href(official: Official, row: Row) -> str:
    """An official's own link is not for another official to hand out."""
    if official.only_looks or set(row["roles"].split()) == {"regulator"}:
        return ""
    return f"/m/me/links?party={row['id']}"


@router.get(f"{PARTIES}/new")
async def show_party_form(request: Request, caller: Register) -> Response:
    """The form of a registration; the office's own region stands in it."""
    official = official_of(request, caller)
    task = await _task(request, official)
    return show_form(request, task, Filled(new_id(), {"region": caller.region}))


@router.post(f"{PARTIES}/new")
async def take_party(request: Request, caller: Register) -> Response:
    """What the form sent."""
    return await take_form(request, await _task(request, official_of(request, caller)), files_of(request))


async def _task(request: Request, official: Official) -> Task:
    words = official.words
    wanted = await wanted_of(request, official)
    with official.node.reading() as reads:
        bar = bar_of(official, reads, "parties", wanted)

    async def save(one: Saving) -> str:
        key = one.payload.get("key")
        payload = {name: value for name, value in one.payload.items() if name != "key"}
        receipt = await register_party(
            official.node, official.caller, payload, key, id=one.id, occurred_at=one.occurred_at
        )
        # Somebody from elsewhere is registered here too, and is then another office's to watch.
        is_own = official.may("desk.read", [str(payload["region"])])
        return f"{PARTIES}/{receipt.chain}?new=yes" if is_own else PARTIES

    return Task(
        kind=REGISTRATION,
        action=f"{PARTIES}/new",
        title=words.html("desk.register"),
        back=Link(PARTIES, words.html("desk.nav.parties")),
        words=words,
        choices=Choices(region=official.caller.region or ""),
        layout=Layout(first=FIRST),
        asked=tuple(REGISTRATION.fields),
        now=official.now,
        party=official.caller.party or "",
        save=save,
        consequence=lambda _payload, _filled: words.html("desk.register_follows"),
        save_label=words.html("desk.register_submit"),
        asks_when=False,
        form_page="desk/form.html",
        check_page="desk/check.html",
        beside=bar,
    )


@router.get(f"{PARTIES}/{{id}}")
async def show_party(id: str, request: Request, caller: Look) -> Response:
    """One party of the region, its batches and its file (of a past day, where `on` names one).

    Another office's looks like one that nobody registered.
    """
    official = official_of(request, caller)
    wanted = await wanted_of(request, official)
    is_new = read_query(request, {"new", "lang", "text"}, ignore_unknown=True).get("new") == "yes"
    asked = asked_day(request, official.now.date())
    with official.node.reading() as reads:
        row = next(iter(find_parties(reads.connection, [id])), None)
        if row is None or not official.may("desk.read", [row["region"]]):
            raise NotFound("not-found")
        view = PartyView(
            bar=bar_of(official, reads, "parties", wanted),
            name=official.named(reads, id),
            facts=_facts(official, row),
            gaps=gaps_of_party(official, reads, id),
            batches=_batches(official, reads, id),
            file=file_view(reads, row, Viewer.OFFICIAL, asked, f"{PARTIES}/{id}", official.words),
            links_href=_links_href(official, row),
            case_links=_case_links(official, row),
            is_new=is_new,
        )
    return private_page(request, "desk/party.html", view, kept=asked.kept)


def _case_links(official: Official, row: Row) -> tuple[Link, ...]:
    """What an official can open against a party; nobody against an office."""
    if official.only_looks or official.caller.party is None or set(row["roles"].split()) == {"regulator"}:
        return ()
    words, path = official.words, f"{PARTIES}/{row['id']}"
    return tuple(Link(f"{path}/{what}", words.html(f"case.link.{what}")) for what in ("penalty", "listing"))


def _facts(official: Official, row: Row) -> tuple[Fact, ...]:
    words = official.words
    roles = words.list_of(words.word("value.roles", role) for role in row["roles"].split())
    told: Mapping[str, Markup] = {
        "legal_form": words.word("value.legal_form", row["legal_form"]),
        "roles": roles,
        "region": words.region(row["region"]),
        **({"township": words.township(row["region"], row["township"])} if row["township"] else {}),
        **({"uscc": Markup('<span class="code">{}</span>').format(row["uscc"])} if row["uscc"] else {}),
    }
    return tuple(Fact(words.html(f"field.{name}"), text) for name, text in told.items())


def _batches(official: Official, reads: Reads, party: str) -> tuple[OwnBatch, ...]:
    rows = [row for row in batches_of(reads.connection, party, BATCHES_SHOWN) if row["owner"] == party]
    holds = hold_lines(official, reads, [row["id"] for row in rows])
    return tuple(
        OwnBatch(
            batch_title(row, official.words),
            f"/desk/batches/{row['id']}",
            official.words.word("kind", row["stage"]),
            holds.get(row["id"], ()),
        )
        for row in rows
    )
