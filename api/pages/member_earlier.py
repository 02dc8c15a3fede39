"""What does a party still see and say of goods that it once had? Its own records, what everybody sees, and late facts.

Whoever ever owned or held a batch may say later what was done to it, and mends its own facts; what others recorded since
is theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.forms.choices import NOTHING
from api.pages.forms.speaking import recordable
from api.pages.forms.views import Link
from api.pages.member_context import Member, OwnPlace, batch_label, own_places
from api.pages.member_holds import is_correctable
from api.pages.own_records import OwnRecord, corrected_in, own_record
from api.pages.queries import batches_once_of
from api.pages.waiting_corrections import WaitingLine
from trace.ledger.store import Reads
from trace.state import Row

EARLIER_SHOWN = 50
"""The newest of them; an older one is found by its code."""


@dataclass(frozen=True, slots=True)
class OwnLine:
    """One of the party's own records. `correct_href`: where it is mended, "" where it is no fact or counts no more."""

    href: str
    title: Markup
    day: str
    moment: str
    fate: Markup
    correct_href: str


@dataclass(frozen=True, slots=True)
class EarlierView:
    """`lead`: why no more is shown. `kinds`: what may still be told. `public_href`: "" for a batch without a label."""

    title: Markup
    lead: Markup
    public_href: str
    kinds: tuple[Link, ...]
    waiting: tuple[WaitingLine, ...]
    records: tuple[OwnLine, ...]


def had(member: Member, row: Row) -> bool:
    """Whether the party owned or held this batch once, and does no more."""
    return member.id in row["kept_by"].split() and member.id not in (row["owner"], row["holder"])


def earlier_batches(member: Member, reads: Reads, places: list[OwnPlace]) -> tuple[Link, ...]:
    """Goods that the party once had, those that it had last first."""
    rows = batches_once_of(reads.connection, member.id, EARLIER_SHOWN)
    return tuple(Link(f"/m/batches/{row['id']}", batch_label(member, row, places)) for row in rows if had(member, row))


def earlier_view(member: Member, reads: Reads, row: Row, waiting: tuple[WaitingLine, ...]) -> EarlierView:
    """The ready values of the page."""
    words, sealed = member.words, reads.chain_rows(row["id"])
    fates = corrected_in(sealed)
    records = [one for one in (own_record(reads, each, member.id) for each in sealed) if one.actor == member.id]
    return EarlierView(
        title=batch_label(member, row, own_places(member, reads)),
        lead=words.html("lineage.unsent_text" if row["holder"] == member.id else "lineage.earlier_text"),
        public_href=f"/t/{row['code']}" if row["code"] else "",
        kinds=tuple(
            Link(f"/m/record/{kind.name}?batch={row['id']}", words.title_word("kind", kind.name))
            for kind in recordable(member.party, row)
        ),
        waiting=waiting,
        records=tuple(_lines(member, reversed(records), fates)),
    )


def _lines(member: Member, records: Iterable[OwnRecord], fates: dict[str, str]) -> Iterable[OwnLine]:
    words = member.words
    for one in records:
        fate = fates.get(one.id, "")
        mends = is_correctable(member, one) and fate != "did_not_occur"
        yield OwnLine(
            href=f"/m/records/{one.index}",
            title=words.title_word("kind", one.kind),
            day=words.day(one.occurred_at),
            moment=one.occurred_at,
            fate=words.html(f"member.fate.{fate}") if fate else NOTHING,
            correct_href=f"/m/correct/{one.index}" if mends else "",
        )
