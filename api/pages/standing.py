"""Who is listed today, and how does a producer stand? Pages and files for everybody, by the day alone.

What is shown appears and disappears at 00:00 Asia/Shanghai, whether or not anything ran: it is asked of rows and the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow
from api.auth.policy import Caller
from api.pages.law_words import law_words, power_words
from api.pages.lists.csv_file import csv_bytes
from api.pages.names import names
from api.pages.render import render_listings, render_standing
from api.pages.routes import html_answer, reader_of, today_of
from api.pages.scan_words import Words
from api.pages.standing_view import (
    ListingsView,
    StandingView,
    legal_persons,
    power_of,
    shown_listings,
    shown_records,
)
from api.query import read_query
from api.routes.writing import node_of
from credit.publicity import listings_on, public_id
from credit.queries import list_listings, records_of_subject
from trace.ledger.canonical import decode_value
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.legal_days import SHANGHAI
from trace.queries import find_parties
from trace.state import Row

router = APIRouter(include_in_schema=False)
Everybody = Annotated[Caller, allow("public.read")]

ATOM = "http://www.w3.org/2005/Atom"
COLUMNS = ("party", "uscc", "list", "authority", "decision_no", "decision_date", "listed_on", "until", "removal_from")


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
    day, items = _items(request)
    return _file(orjson.dumps({"as_of": day.isoformat(), "items": items}), "application/json")


@router.get("/listings.csv")
async def list_as_csv(request: Request, caller: Everybody) -> Response:
    """The same for a spreadsheet."""
    read_query(request, ())
    _day, items = _items(request)
    return _file(csv_bytes(COLUMNS, [[one[name] or "" for name in COLUMNS] for one in items]), "text/csv")


@router.get("/listings.atom")
async def list_as_feed(request: Request, caller: Everybody) -> Response:
    """The same as a feed (RFC 4287): who is listed now; what has ended is gone from it."""
    read_query(request, ())
    day, items = _items(request)
    base = node_of(request).settings.public_url
    feed = Element("feed", xmlns=ATOM)
    SubElement(feed, "id").text = f"{base}/listings"
    SubElement(feed, "title").text = "名单公示"
    SubElement(feed, "updated").text = _midnight(max((one["listed_on"] for one in items), default=day.isoformat()))
    SubElement(feed, "link", rel="self", href=f"{base}/listings.atom")
    for one in items:
        entry = SubElement(feed, "entry")
        SubElement(entry, "id").text = f"{base}/listings#{one['id']}"
        SubElement(entry, "title").text = f"{one['party']} · {one['list']}"
        SubElement(entry, "updated").text = _midnight(one["listed_on"])
        SubElement(entry, "link", href=f"{base}/p/{one['subject']}")
        author = SubElement(entry, "author")
        SubElement(author, "name").text = one["authority"]
        SubElement(entry, "summary").text = f"{one['decision_no']}，公示至{one['until']}"
    return _file(b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(feed), "application/atom+xml")


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


def _items(request: Request) -> tuple[date, list[dict[str, Any]]]:
    day = today_of(request)
    with node_of(request).reading() as reads:
        rows = list_listings(reads.connection)
        parties = _parties(reads, rows)
    return day, [_item(row, parties) for row in listings_on(rows, legal_persons(parties.values()), day)]


def _item(row: Row, parties: Mapping[str, Row]) -> dict[str, Any]:
    named = ("list", "decision_no", "decision_date", "listed_on", "until", "removal_from")
    party, authority = parties[row["subject"]], parties.get(row["authority"])
    power, chinese = power_of(row, authority), Words("zh", names())
    basis = power_words(power, chinese) if power else law_words(row["legal_basis"], chinese)
    return {
        "id": public_id(row),
        "subject": row["subject"],
        "party": party["name"],
        "uscc": party["uscc"],
        "authority": authority["name"] if authority else row["authority"],
        "legal_basis": str(basis),
        **{name: row[name] for name in named},
        "published": decode_value(row["published"].encode()),
    }


def _file(body: bytes, media_type: str) -> Response:
    """Asked for anew each time: nothing may keep a listing beyond its day."""
    answer = Response(body, media_type=f"{media_type}; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _midnight(day: str) -> str:
    return datetime.fromisoformat(day).replace(tzinfo=SHANGHAI).isoformat()
