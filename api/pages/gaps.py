"""What did registrations leave out that the law asks for? Of parties and places, who owe it by their legal form.

No entry says so: a party's chain travels whole in every bundle that it signs for, and what is wrong with a form is for the
party and its office alone. It is reckoned from the registration, and is gone as soon as that is whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from api.pages.desk_context import Official
from api.pages.desk_findings import basis_words
from api.pages.member_context import Member
from api.pages.queries import incomplete_of, list_incomplete
from api.pages.scan_words import Words, as_moment
from trace.ledger.entry import parse_entry
from trace.ledger.store import Reads
from trace.legal_days import SHANGHAI
from trace.queries import find_parties
from trace.rules.duties import basis_of
from trace.state import Row

RULE = "duties@1"
SHOWN = 50
_KINDS = {"party": "party_registered", "place": "place_registered"}


@dataclass(frozen=True, slots=True)
class Gap:
    """A registration that is not whole: whose, what is missing, since when, and who asks for it."""

    title: Markup
    href: str
    detail: Markup
    since: str
    basis: Markup


def gaps_of_region(official: Official, reads: Reads) -> tuple[Gap, ...]:
    """What is missing in the registrations of the region, parties first, the oldest first."""
    return tuple(_desk_gaps(official, reads, list_incomplete(reads.connection, official.scope, SHOWN)))


def gaps_of_party(official: Official, reads: Reads, party: str) -> tuple[Gap, ...]:
    """The same of one party and its places."""
    return tuple(_desk_gaps(official, reads, incomplete_of(reads.connection, party)))


def own_gaps(member: Member, reads: Reads) -> tuple[Gap, ...]:
    """The same for the party itself, in the words of its own page."""
    words = member.words
    titles = {"party": words.html("member.own_registration"), "place": None}
    return tuple(
        _gap(titles[noun] or _place(row, words), "", noun, row, member.party["legal_form"], reads, words)
        for noun, row in incomplete_of(reads.connection, member.id)
    )


def _desk_gaps(official: Official, reads: Reads, rows: Iterable[tuple[str, Row]]) -> Iterable[Gap]:
    words, found = official.words, list(rows)
    owners = {row["id" if noun == "party" else "party"] for noun, row in found}
    parties = {row["id"]: row for row in find_parties(reads.connection, owners)}
    for noun, row in found:
        owner = parties[row["id" if noun == "party" else "party"]]
        name = official.named(reads, owner["id"])
        title = name if noun == "party" else words.clauses([name, _place(row, words)])
        yield _gap(title, f"/desk/parties/{owner['id']}", noun, row, owner["legal_form"], reads, words)


def _place(row: Row, words: Words) -> Markup:
    kind = words.word("value.place_kind", row["place_kind"])
    return words.html("member.place", name=kind, township=words.township(row["region"], row["township"]))


def _gap(title: Markup, href: str, noun: str, row: Row, form: str, reads: Reads, words: Words) -> Gap:
    fields = row["missing"].split()
    received = parse_entry(next(reads.rows(row["index"], row["index"] + 1)).entry).received
    return Gap(
        title,
        href,
        words.html("desk.flag.missing", fields=words.list_of(words.field(_KINDS[noun], name) for name in fields)),
        words.day(as_moment(received).astimezone(SHANGHAI).isoformat()),
        basis_words(RULE, basis_of(_KINDS[noun], fields, form, False), words),
    )
