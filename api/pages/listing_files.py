"""The list of the day as files: JSON, a table, a feed (RFC 4287). Each says all that is published, with basis and term.

What an official wrote is Chinese in each; what a table or a law names stands in both languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

import orjson

from api.pages.lists.csv_file import csv_bytes
from api.pages.names import names
from api.pages.published_words import measures_in, published_of
from api.pages.scan_words import Words
from api.pages.standing_view import listing_basis, shown_listing
from credit.publicity import public_id
from trace.legal_days import SHANGHAI
from trace.state import Row

ATOM, XHTML = "http://www.w3.org/2005/Atom", "http://www.w3.org/1999/xhtml"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
COLUMNS = (
    *("party", "uscc", "list", "authority", "legal_basis", "legal_basis_en", "decision_no", "decision_date"),
    *("violation_kind", "ground_articles", "measures", "measures_en", "listed_on", "until", "removal_from"),
)
_ZH, _EN = "zh-CN", "en"


def listings_json(rows: Iterable[Row], parties: Mapping[str, Row], day: date) -> bytes:
    """`{"as_of", "items"}`; `published` of an item has every field that the procedure's row publishes."""
    return orjson.dumps({"as_of": day.isoformat(), "items": [_item(row, parties) for row in rows]})


def listings_csv(rows: Iterable[Row], parties: Mapping[str, Row]) -> bytes:
    """One row a listing. Days are ISO dates, the last one inclusive."""
    items = ({**published_of(row), **_item(row, parties)} for row in rows)
    return csv_bytes(COLUMNS, [[one.get(name) or "" for name in COLUMNS] for one in items])


def listings_feed(rows: Sequence[Row], parties: Mapping[str, Row], day: date, base: str) -> bytes:
    """Who is listed now; what has ended is gone from it. `base`: the public address of the node."""
    feed = Element("feed", xmlns=ATOM)
    SubElement(feed, "id").text = f"{base}/listings"
    SubElement(feed, "title").text = "名单公示"
    SubElement(feed, "updated").text = _midnight(max((row["listed_on"] for row in rows), default=day.isoformat()))
    SubElement(feed, "link", rel="self", href=f"{base}/listings.atom")
    for row in rows:
        item = _item(row, parties)
        entry = SubElement(feed, "entry")
        SubElement(entry, "id").text = f"{base}/listings#{item['id']}"
        SubElement(entry, "title").text = f"{item['party']} · {item['list']}"
        SubElement(entry, "updated").text = _midnight(item["listed_on"])
        SubElement(entry, "link", href=f"{base}/p/{item['subject']}")
        author = SubElement(entry, "author")
        SubElement(author, "name").text = item["authority"]
        SubElement(entry, "summary").text = f"{item['decision_no']}，公示至{item['until']}"
        _tell(SubElement(entry, "content", type="xhtml"), row, parties)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + tostring(feed)


def _tell(content: Element, row: Row, parties: Mapping[str, Row]) -> None:
    """What the page says of it, in both languages (RFC 4287 3.1.1.3: one div)."""
    whole = SubElement(content, "div", xmlns=XHTML)
    for words, lang in ((Words("zh", names()), _ZH), (Words("en", names()), _EN)):
        terms = SubElement(SubElement(whole, "div", {LANG: lang}), "dl")
        shown = shown_listing(row, parties, words)
        if shown.uscc:
            SubElement(terms, "dt").text = words.title_word("field", "uscc").striptags()
            SubElement(terms, "dd").text = shown.uscc
        for fact in shown.facts:
            SubElement(terms, "dt").text = fact.term.striptags()
            SubElement(terms, "dd").text = fact.text.striptags()


def _item(row: Row, parties: Mapping[str, Row]) -> dict[str, Any]:
    party, authority = parties[row["subject"]], parties.get(row["authority"])
    zh, en = Words("zh", names()), Words("en", names())
    published = published_of(row)
    return {
        "id": public_id(row),
        "subject": row["subject"],
        "party": party["name"],
        "uscc": party["uscc"],
        "authority": authority["name"] if authority else row["authority"],
        "legal_basis": listing_basis(row, authority, zh).striptags(),
        "legal_basis_en": listing_basis(row, authority, en).striptags(),
        **{name: row[name] for name in ("list", "decision_no", "decision_date", "listed_on", "until", "removal_from")},
        "measures_en": measures_in(published.get("measures", ""), en).striptags(),
        "published": published,
    }


def _midnight(day: str) -> str:
    return datetime.fromisoformat(day).replace(tzinfo=SHANGHAI).isoformat()
