"""Who is at work in this browser, in which words, and what do they know by name?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request
from markupsafe import Markup

from api.auth.policy import Caller
from api.node import Node
from api.pages.forms.choices import Choices, Option
from api.pages.held_files import Shelf, shelf_of
from api.pages.names import names
from api.pages.own_records import OwnRecord, own_record
from api.pages.queries import batches_of
from api.pages.routes import reader_of
from api.pages.scan_words import Words
from api.recording import own_party
from api.routes.writing import node_of
from trace.at_hand import has_from_owner, is_for_holders
from trace.bundles import MayOpen, is_public, kind_of
from trace.ledger.canonical import decode_value
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads, SealedRow
from trace.legal_days import SHANGHAI
from trace.queries import find_batch, find_parties, list_nouns
from trace.records import record_id
from trace.state import Row

MOST_PLACES = 200
MOST_BATCHES = 200
"""So many of each can be chosen from; a party with more finds the others by their code."""


@dataclass(frozen=True)
class Member:
    """The party of a signed-in member, and the reader's words. `now` is local time (Asia/Shanghai)."""

    node: Node
    caller: Caller
    party: Row
    words: Words
    now: datetime
    shelf: Shelf

    @property
    def id(self) -> str:
        id: str = self.party["id"]
        return id


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """A place of the party with the name that only its party sees."""

    id: str
    name: Markup
    label: Markup
    township: str
    area_mu: str
    has_gap_base: bool


def member_of(request: Request, caller: Caller) -> Member:
    """The member at work. Raises `Forbidden` for an account without party, `NotFound` for a party that is gone."""
    node = node_of(request)
    with node.reading() as reads:
        party = next(iter(find_parties(reads.connection, [own_party(caller)])), None)
    if party is None:
        raise NotFound("not-found")
    words = Words(reader_of(request).lang, names())
    return Member(node, caller, party, words, node.clock().astimezone(SHANGHAI), shelf_of(request, caller))


def own_batch(member: Member, reads: Reads, id: str) -> Row:
    """A batch that the party owns or holds. Raises `NotFound` for another's as for one that nobody registered."""
    row = find_batch(reads.connection, id)
    if row is None or member.id not in (row["owner"], row["holder"]):
        raise NotFound("not-found")
    return row


def own_or_earlier(member: Member, reads: Reads, id: str) -> Row:
    """A batch that the party has or once had. Raises `NotFound` for any other."""
    row = find_batch(reads.connection, id)
    if row is None or member.id not in (row["owner"], row["holder"], *row["kept_by"].split()):
        raise NotFound("not-found")
    return row


def reads_whole(member: Member, reads: Reads, row: Row) -> bool:
    """Whether the party reads what others recorded of a batch in private: as its owner, or who has it from its owner."""
    return row["owner"] == member.id or has_from_owner(reads, row, member.id)


def opens_to(member: Member, reads: Reads, row: Row) -> MayOpen:
    """Which kinds of records the party may open on this batch, beside its own."""
    if row["owner"] == member.id:
        return lambda _kind: True
    return is_for_holders if has_from_owner(reads, row, member.id) else is_public


def own_places(member: Member, reads: Reads) -> list[OwnPlace]:
    """The party's places, newest first."""
    rows = list_nouns(reads.connection, "place", -1, MOST_PLACES, party_id=member.id)
    return [_place(member, reads, row) for row in reversed(rows)]


def _place(member: Member, reads: Reads, row: Row) -> OwnPlace:
    said = own_record(reads, reads.chain_rows(row["id"])[0]).payload
    words = member.words
    township = words.township(row["region"], row["township"])
    name = words.quoted(said["name"]) if "name" in said else words.word("value.place_kind", row["place_kind"])
    label = words.html("member.place", name=name, township=township)
    area = str(said.get("area_mu", ""))
    if area:
        label = words.clauses([label, words.html("member.area", value=words.number(area))])
    return OwnPlace(row["id"], name, label, row["township"], area, "gap_base" in said)


def batch_label(member: Member, row: Row, places: Sequence[OwnPlace]) -> Markup:
    """What a batch is called in a list: goods and plot, else goods and township."""
    words, found = member.words, names().products.get(row["product"])
    product = words.product_name(found) if found else row["product"]
    where = next((place.name for place in places if place.id == row["place"]), None)
    return words.html("member.batch", product=product, place=where or words.quoted(row["township"]))


def choices_of(member: Member, reads: Reads, batch: Row | None = None, records: Sequence[SealedRow] = ()) -> Choices:
    """What this party can choose in a form about a batch, or about none."""
    places = own_places(member, reads)
    batches = batches_of(reads.connection, member.id, MOST_BATCHES)
    others = {row[name] for row in batches for name in ("owner", "holder")} | {member.id}
    parties = sorted(find_parties(reads.connection, others), key=lambda row: row["index"])
    return Choices(
        region=member.party["region"],
        product=batch["product"] if batch else None,
        places=tuple(Option(place.id, place.label) for place in places),
        batches=tuple(
            Option(row["id"], batch_label(member, row, places))
            for row in batches
            if batch is None or row["id"] != batch["id"]
        ),
        parties=tuple(Option(row["id"], party_label(row, member.words)) for row in parties),
        entries=tuple(_entry(one, member.words) for one in _known_records(member, reads, batch, records)),
        used_products=tuple(dict.fromkeys(row["product"] for row in batches)),
    )


def _known_records(
    member: Member, reads: Reads, batch: Row | None, records: Sequence[SealedRow]
) -> Iterator[OwnRecord]:
    """The records of a batch that the party may open, by what it is to it; and the offer that was made to oneself."""
    opens = opens_to(member, reads, batch) if batch is not None else is_public
    offer = batch["offer"] if batch is not None and is_offered(member, reads, batch["id"]) else None
    for row in records:
        if opens(kind_of(reads, row)) or offer == record_id(row.chain, row.seq):
            yield own_record(reads, row, member.id)


def is_offered(member: Member, reads: Reads, batch: str) -> bool:
    """Whether this batch waits to be taken over by the party: offered to it, and still in time."""
    row = find_batch(reads.connection, batch)
    return row is not None and offer_for(member, reads, row) and is_in_time(member, row)


def offer_for(member: Member, reads: Reads, row: Row) -> bool:
    """Whether the offer that stands on a batch names this party."""
    found = reads.openings([row["offered_to"]]) if row["offered_to"] else {}
    return any(decode_value(one.value) == member.id for one in found.values())


def is_in_time(member: Member, row: Row) -> bool:
    """Whether the offer on a batch can still be accepted: its last day is a day of Asia/Shanghai."""
    return not row["offer_until"] or row["offer_until"] >= member.now.date().isoformat()


def party_label(row: Row, words: Words) -> Markup:
    """A legal person by name; a natural person as such."""
    return words.quoted(row["name"]) if row["name"] else words.html("party.natural")


def own_name(reads: Reads, party: Row, words: Words) -> Markup:
    """What a party is called on its own pages, where a natural person's name is no secret."""
    name = party["name"] or own_record(reads, reads.chain_rows(party["id"])[0]).payload.get("name")
    return words.quoted(name) if name else words.html("party.natural")


def _entry(record: OwnRecord, words: Words) -> tuple[str, Option]:
    label = words.html(
        "member.entry", kind=words.word("kind", record.kind), day=words.day(record.occurred_at), seq=record.seq
    )
    return record.kind, Option(f"{record.chain}.{record.seq}.{record.leaf.hex()}", label)
