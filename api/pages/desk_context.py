"""Who looks at the desk, how far does the office reach, and what waits there? Shared by all rooms of officials."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from markupsafe import Markup

from api.auth.policy import Caller, may, may_ever
from api.node import Node
from api.pages.desk_case_signing import waiting_subject, waiting_title
from api.pages.desk_words import person
from api.pages.held_files import Shelf, shelf_of
from api.pages.names import names
from api.pages.own_account import party_name
from api.pages.queries import count_incomplete
from api.pages.routes import reader_of
from api.pages.scan_view import grouped_code
from api.pages.scan_words import Words
from api.pages.signing import room_of
from api.routes.writing import node_of
from api.waiting import Waiting, page_of
from api.waiting.signing import may_sign
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.legal_days import SHANGHAI
from trace.places import region_prefix
from trace.queries import find_batch, find_parties, find_places, list_flags, list_held, list_offices
from trace.state import Row


@dataclass(frozen=True)
class Official:
    """The reader of a desk page. `scope`: what every region code of the office begins with, "" for all of them; `now` is
    local time."""

    node: Node
    caller: Caller
    words: Words
    scope: str
    now: datetime
    shelf: Shelf

    @property
    def only_looks(self) -> bool:
        """An auditor sees everything and does nothing."""
        return self.caller.role != "official"

    def may(self, action: str, regions: Iterable[str]) -> bool:
        """Whether the office reaches one of these regions."""
        return any(may(self.caller, action, region=region) for region in regions)

    def named(self, reads: Reads, party: str) -> Markup:
        """A party as the office that watches it knows it; to others, and to an auditor, a natural person has no name.

        Officials know each other by name, wherever they are registered: what one of them signs names its person.
        """
        found = find_parties(reads.connection, [party])
        if not found or (
            not self.only_looks and (self.may("desk.read", [found[0]["region"]]) or _is_official(reads, party))
        ):
            return person(reads, party, self.words)
        return party_name(found[0]["name"], party, self.words)


def _is_official(reads: Reads, party: str) -> bool:
    return any(row["party"] == party for row in list_offices(reads.connection))


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A statement that waits for the reader's signature."""

    title: Markup
    href: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The left bar: `here` is the room, the numbers stand behind their rooms. `only_ledger`: whoever runs the machine has no
    business in the others."""

    here: str
    only_looks: bool
    only_ledger: bool
    held: int
    flags: int
    waiting: int


def official_of(request: Request, caller: Caller) -> Official:
    """Raises `NotFound` for an official whose office has no region that could be read."""
    node = node_of(request)
    scope = "" if caller.role != "official" else region_prefix(caller.region)
    if scope is None:
        raise NotFound("not-found")
    words = Words(reader_of(request).lang, names())
    return Official(node, caller, words, scope, node.clock().astimezone(SHANGHAI), shelf_of(request, caller))


async def wanted_of(request: Request, official: Official) -> tuple[Waiting, ...]:
    """The statements that wait for this official's signature, oldest first."""
    party = official.caller.party
    if official.only_looks or party is None:
        return ()
    room = room_of(request)
    waiting = await asyncio.to_thread(room.all_open)
    with official.node.reading() as reads:
        return tuple(one for one in waiting if may_sign(reads, one, party, room.clock()))


def bar_of(official: Official, reads: Reads, here: str, wanted: tuple[Waiting, ...]) -> Bar:
    if not may_ever(official.caller, "desk.read"):
        return Bar(here, official.only_looks, True, 0, 0, 0)
    return Bar(
        here,
        official.only_looks,
        False,
        len(list_held(reads.connection, official.scope)),
        len(list_flags(reads.connection, official.scope)) + count_incomplete(reads.connection, official.scope),
        len(wanted),
    )


def waiting_lines(official: Official, reads: Reads, wanted: tuple[Waiting, ...]) -> tuple[WaitingLine, ...]:
    words = official.words
    return tuple(
        WaitingLine(
            words.html("desk.waits", title=waiting_title(one, words), subject=waiting_subject(reads, one, words)),
            page_of(one.id),
        )
        for one in wanted
    )


def regions_of_batch(reads: Reads, row: Row) -> tuple[str, ...]:
    """Where a batch comes under supervision first, its place or else its owner's region; then its owner's."""
    places = find_places(reads.connection, [row["place"]] if row["place"] else [])
    owners = find_parties(reads.connection, [row["owner"]])
    return tuple(dict.fromkeys(one["region"] for one in (*places, *owners)))


def supervised_batch(official: Official, reads: Reads, id: str, action: str = "desk.read") -> Row:
    """A batch within the office's reach. Raises `NotFound` for another office's as for one that nobody registered."""
    row = find_batch(reads.connection, id)
    if row is None or not official.may(action, regions_of_batch(reads, row)):
        raise NotFound("not-found")
    return row


def batch_title(row: Row, words: Words) -> Markup:
    """Goods and code, or goods and township where there is no code."""
    product = words.product_name(names().products[row["product"]])
    code = grouped_code(row["code"]) if row["code"] else words.quoted(row["township"])
    return words.html("office.batch", product=product, code=code)
