"""Who is listed today, and how does a producer stand? Pages and files for everybody, by the day alone.

What is shown appears and disappears at 00:00 Asia/Shanghai, whether or not anything ran: it is asked of rows and the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow
from api.auth.policy import Caller
from api.pages.listing_files import listings_csv, listings_feed, listings_json
from api.pages.names import names
from api.pages.render import render_listings, render_standing
from api.pages.routes import html_answer, reader_of, today_of
from api.pages.scan_words import Words
from api.pages.standing_view import (
    ListingsView,
    StandingView,
    legal_persons,
    shown_listings,
    shown_records,
)
from api.query import read_query
from api.routes.writing import node_of
from credit.publicity import listings_on
from credit.queries import list_listings, records_of_subject
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.queries import find_parties
from trace.state import Row

router = APIRouter(include_in_schema=False)
Everybody = Annotated[Caller, allow("public.read")]


@router.get("/listings")
async def show_listings(request: Request, caller: Everybody) -> Response:
    """Everybody who is listed today."""
    reader, day, node = reader_of(request), today_of(request), node_of(request)
    words = Words(reader.lang, names())
    with node.reading() as reads:
        rows = list_listings(reads.connection)
        shown = shown_listings(rows, _parties(reads, rows), day, words)
    view = ListingsView("/listings", words.day(day.isoformat()), shown, node.genesis.purpose == "demonstration")
    return html_answer(render_listings(view, reader.lang, reader.text_size), reader)


@router.get("/listings.json")
async def list_as_json(request: Request, caller: Everybody) -> Response:
    """The same as JSON: one item a listing, with what the decision publishes."""
    read_query(request, ())
    rows, parties, day = _listed(request)
    return _file(listings_json(rows, parties, day), "application/json")


@router.get("/listings.csv")
async def list_as_csv(request: Request, caller: Everybody) -> Response:
    """The same for a spreadsheet."""
    read_query(request, ())
    rows, parties, _day = _listed(request)
    return _file(listings_csv(rows, parties), "text/csv")


@router.get("/listings.atom")
async def list_as_feed(request: Request, caller: Everybody) -> Response:
    """The same as a feed: who is listed now."""
    read_query(request, ())
    rows, parties, day = _listed(request)
    base = node_of(request).settings.public_url
    return _file(listings_feed(rows, parties, day, base), "application/atom+xml")


@router.get("/p/{id}")
async def show_standing(id: str, request: Request, caller: Everybody) -> Response:
    """What is public of one party: its listings and records within publicity, with term and way to repair."""
    reader, day, node = reader_of(request), today_of(request), node_of(request)
    words = Words(reader.lang, names())
    with node.reading() as reads:
        party = next(iter(find_parties(reads.connection, [id])), None)
        if party is None:
            raise NotFound("not-found")
        rows = list_listings(reads.connection, id)
        parties = {**_parties(reads, rows), id: party}
        listings = shown_listings(rows, parties, day, words)
        records = shown_records(records_of_subject(reads.connection, id), party, day, words)
    view = StandingView(
        path=f"/p/{id}",
        day=words.day(day.isoformat()),
        name=words.quoted(party["name"]) if party["name"] else words.html("standing.somebody"),
        uscc=party["uscc"] or "",
        region=words.region(party["region"]),
        is_natural=id not in legal_persons([party]),
        listings=listings,
        records=records,
        demonstration=node.genesis.purpose == "demonstration",
    )
    return html_answer(render_standing(view, reader.lang, reader.text_size), reader)


def _parties(reads: Reads, rows: list[Row]) -> dict[str, Row]:
    ids = {row["subject"] for row in rows} | {row["authority"] for row in rows}
    return {row["id"]: row for row in find_parties(reads.connection, ids)}


def _listed(request: Request) -> tuple[tuple[Row, ...], Mapping[str, Row], date]:
    """The listings of today, the parties that they name, and the day."""
    day = today_of(request)
    with node_of(request).reading() as reads:
        rows = list_listings(reads.connection)
        parties = _parties(reads, rows)
    return listings_on(rows, legal_persons(parties.values()), day), parties, day


def _file(body: bytes, media_type: str) -> Response:
    """Asked for anew each time: nothing may keep a listing beyond its day."""
    answer = Response(body, media_type=f"{media_type}; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer
