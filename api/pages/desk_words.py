"""How are an official, an office, and what a statement is about named to those who have to decide about it?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from api.pages.forms.choices import Choices, Option
from api.pages.law_words import law_words
from api.pages.names import names
from api.pages.own_records import OwnRecord, own_record
from api.pages.scan_view import grouped_code
from api.pages.scan_words import Words
from api.waiting import Unlogged, Waiting
from trace.ledger.store import Reads
from trace.payload import references
from trace.queries import find_batch, find_parties, list_offices
from trace.records import record_id
from trace.state import Row


def person(reads: Reads, party: str, words: Words) -> Markup:
    """A party's name, a natural person's too: officials have to know for whom they vouch. The node has none."""
    if not find_parties(reads.connection, [party]):
        return words.html("office.node")
    name = own_record(reads, reads.chain_rows(party)[0]).payload.get("name")
    return words.html("office.person", name=words.quoted(name or ""), id=party[:6])


def office_words(reads: Reads, row: Row, words: Words) -> Markup:
    """What an office is: of which authority, where there is one, for which region, offices, last day, and whether it was ended
    before. Two offices of one person may differ by the authority alone."""
    ended = words.html("office.ended", index=row["ended"]) if row["ended"] is not None else None
    return words.clauses([_office(reads, row, row["offices"].split(), words), ended])


def _office(reads: Reads, said: Mapping[str, Any], offices: Iterable[str], words: Words) -> Markup:
    authority = person(reads, said["authority"], words) if said.get("authority") else None
    region = words.region(said["region"]) if said.get("region") else words.html("office.everywhere")
    until = words.html("office.until", day=words.day(said["until"])) if said.get("until") else None
    named = words.list_of([words.html(f"value.offices.{one}") for one in offices])
    return words.clauses([authority, region, named, until])


def subject(reads: Reads, waiting: Waiting, words: Words) -> Markup:
    """Whom or what a statement is about: the party whose chain it is, the goods, the table, or who gets or held an office."""
    chain = waiting.fields["chain"]
    if waiting.kind.chain == "party":
        return person(reads, chain, words)
    if waiting.kind.name == "office_given":
        given = waiting.fields["payload"]
        office = _office(reads, given, given["offices"], words)
        return words.html("office.of", who=person(reads, given["party"], words), office=office)
    if waiting.kind.name == "office_ended":
        named = waiting.fields["payload"]["office"]
        ended = record_id(named["chain"], named["seq"])
        row = next(one for one in list_offices(reads.connection) if one["entry"] == ended)
        return words.html("office.of", who=person(reads, row["party"], words), office=office_words(reads, row, words))
    if waiting.kind.name == "tables_adopted":
        table = waiting.fields["payload"]["table"]
        return words.html("table.of", title=words.html(f"table.{table.removesuffix('.csv')}"), file=table)
    batch = find_batch(reads.connection, chain) if waiting.kind.chain == "batch" else None
    if batch is None:
        return words.html(f"kind.{waiting.kind.name}")
    product = words.product_name(names().products[batch["product"]])
    return words.html("office.batch", product=product, code=grouped_code(batch["code"] or ""))


def choices_of_statement(reads: Reads, waiting: Unlogged, words: Words) -> Choices:
    """The parties and entries that a statement names, by words that a reader knows."""
    named = references(waiting.kind, waiting.opened)
    parties = sorted({one.value for one in named if one.type == "party"})
    entries = [found for one in named if one.type == "entry" for found in _entry(reads, one.value, words)]
    return Choices(
        region="", parties=tuple(Option(id, person(reads, id, words)) for id in parties), entries=tuple(entries)
    )


def _entry(reads: Reads, entry: dict[str, Any], words: Words) -> list[tuple[str, Option]]:
    """An entry by its kind, its day, and the article that it rests on, where it names one."""
    rows = [row for row in reads.chain_rows(entry["chain"]) if row.seq == entry["seq"]]
    found = [own_record(reads, row) for row in rows]
    return [(one.kind, Option(f"{one.chain}.{one.seq}.{one.leaf.hex()}", _said(one, words))) for one in found]


def _said(record: OwnRecord, words: Words) -> Markup:
    article = record.payload.get("article")
    title = words.html(f"kind.{record.kind}")
    return words.clauses([title, words.day(record.occurred_at), law_words(article, words) if article else None])
