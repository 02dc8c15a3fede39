"""What does everybody see of listings and of a party's standing on a day? Within publicity, and of legal persons alone.

Nothing of a case or of the sector layer is among it, and no grade: its policy is a proposal that nobody has approved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from api.pages.law_words import law_words, power_words
from api.pages.published_words import OF_A_PENALTY, STATED, Fact, published_facts, published_of
from api.pages.scan_words import Words
from credit.publicity import listings_on, public_id, records_on
from credit.records import day_of_cell, repair_of
from credit.reference.catalogue import catalogue
from credit.reference.competence import Power, find_power
from trace.ledger.canonical import decode_value
from trace.parties import is_natural_person
from trace.state import Row


@dataclass(frozen=True, slots=True)
class ListingShown:
    """One listing as it is published. `id`: its public one, never that of its entry; `facts`: all but whose it is, and which."""

    id: str
    name: Markup
    uscc: str
    href: str
    list: str
    basis: Markup
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class RecordShown:
    """A record of the public layer: what is published of it, its term and the way to repair it."""

    item: Markup
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class ListingsView:
    path: str
    day: str
    rows: tuple[ListingShown, ...]
    demonstration: bool


@dataclass(frozen=True, slots=True)
class StandingView:
    """`is_natural`: a human being, of whom nothing is published."""

    path: str
    day: str
    name: Markup
    uscc: str
    region: Markup
    is_natural: bool
    listings: tuple[ListingShown, ...]
    records: tuple[RecordShown, ...]
    demonstration: bool


def legal_persons(parties: Iterable[Row]) -> frozenset[str]:
    """Those of whom something may be published: bodies with a name of their own."""
    return frozenset(
        row["id"] for row in parties if row["name"] and not is_natural_person(row["legal_form"], row["uscc"])
    )


def shown_listings(
    rows: Iterable[Row], parties: Mapping[str, Row], day: date, words: Words
) -> tuple[ListingShown, ...]:
    """The listings of the day, the newest first."""
    return tuple(shown_listing(row, parties, words) for row in listings_on(rows, legal_persons(parties.values()), day))


def shown_listing(row: Row, parties: Mapping[str, Row], words: Words) -> ListingShown:
    """One of them, in the words of a page."""
    party = parties[row["subject"]]
    authority = parties.get(row["authority"])
    basis = listing_basis(row, authority, words)
    named = words.quoted(authority["name"] if authority and authority["name"] else row["authority"])
    return ListingShown(
        id=public_id(row),
        name=words.quoted(party["name"]),
        uscc=party["uscc"] or "",
        href=f"/p/{row['subject']}",
        list=row["list"],
        basis=basis,
        facts=(
            Fact(words.html("standing.authority"), named),
            Fact(words.html("field.decision_no"), words.quoted(row["decision_no"])),
            Fact(words.html("field.decision_date"), Markup(words.day(row["decision_date"]))),
            *published_facts(published_of(row), STATED, words),
            Fact(words.html("field.legal_basis"), basis),
            Fact(words.html("field.listed_on"), Markup(words.day(row["listed_on"]))),
            Fact(words.html("field.published_until"), Markup(words.day(row["until"]))),
            Fact(words.html("field.removal_from"), Markup(words.day(row["removal_from"]))),
        ),
    )


def listing_basis(row: Row, authority: Row | None, words: Words) -> Markup:
    """What the power to make this listing rests on."""
    power = power_of(row, authority)
    return power_words(power, words) if power else law_words(row["legal_basis"], words)


def power_of(row: Row, authority: Row | None) -> Power | None:
    """The row of the register by which a listing was made; None: the register that is carried now has none such."""
    if authority is None or authority["authority_kind"] is None:
        return None
    day = date.fromisoformat(row["listed_on"])
    power = find_power(authority["authority_kind"], authority["region"], row["list"], day)
    return power if power and power.basis == row["legal_basis"] else None


def shown_records(rows: Iterable[Row], party: Row, day: date, words: Words) -> tuple[RecordShown, ...]:
    """The records of one party that everybody sees on this day; a listing stands among the listings."""
    shown = records_on(rows, legal_persons([party]), day)
    return tuple(_record(row, words) for row in shown if row["item"] != "P05")


def _record(row: Row, words: Words) -> RecordShown:
    item = catalogue()[row["item"]]
    return RecordShown(
        words.quoted(item.zh if words.lang == "zh" else item.en), (*_said(row, words), *_term(row, words))
    )


def _said(row: Row, words: Words) -> Iterator[Fact]:
    """Of a penalty what its publication says; of anything else its document and basis."""
    if published := published_of(row):
        yield from published_facts(published, OF_A_PENALTY, words)
        return
    document: Any = decode_value(row["document"].encode()) if row["document"] else {}
    if "number" in document:
        yield Fact(words.html("field.doc_no"), words.quoted(document["number"]))
    if "dated" in document:
        yield Fact(words.html("standing.dated"), Markup(words.day(str(document["dated"]))))
    yield Fact(words.html("field.legal_basis"), law_words(row["legal_basis"], words))


def _term(row: Row, words: Words) -> Iterator[Fact]:
    """Until when it is shown, and from when it can be repaired."""
    until = row["published_until"]
    shown = words.html("standing.until", day=words.day(until)) if until else words.html("standing.no_end")
    yield Fact(words.html("standing.shown"), shown)
    repair = repair_of(catalogue()[row["item"]], row["class"], day_of_cell(row["period_start"] or row["anchor"]))
    when = words.html("standing.repair_from", day=words.day(repair.from_day.isoformat())) if repair else None
    yield Fact(words.html("standing.repair"), when or words.html("standing.no_repair"))
