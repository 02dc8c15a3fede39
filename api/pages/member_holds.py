"""Why is this batch held, what lifts it, and what questions are open about it? In the words of a member's page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from api.catalogue import has
from api.pages.forms.choices import Choices
from api.pages.forms.questions import Asking
from api.pages.forms.speaking import may_record
from api.pages.forms.views import Link
from api.pages.law_words import law_words
from api.pages.member_context import Member
from api.pages.own_records import OwnRecord, own_record
from api.pages.queries import find_indices, find_record_by_id, open_flags, open_holds
from api.pages.scan_words import Words, as_moment
from trace.events import KINDS, Nature
from trace.ledger.store import Reads
from trace.records import record_id, said
from trace.rules.catalogue import remedies_of
from trace.state import Row
from trace.uses import kept_interval


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a batch is held, since when, what lifts it, by which rule of which law, and the record that it rests on."""

    why: Markup
    since: str
    cure: Markup
    basis: Markup
    href: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A question about a record: of which, what was seen, where it is put right and where it is explained."""

    of: Markup
    why: Markup
    links: tuple[Link, ...]


def holds_by_batch(member: Member, reads: Reads, batches: Sequence[str]) -> dict[str, tuple[Hold, ...]]:
    """The open holds of each of these batches that has any, oldest first."""
    rows = open_holds(reads.connection, batches)
    indices = find_indices(reads.connection, [place for row in rows for place in _grounds(row)])
    found: dict[str, tuple[Hold, ...]] = {}
    for row in rows:
        found[row["batch"]] = (*found.get(row["batch"], ()), _hold(member, reads, row, indices))
    return found


def flags_of(member: Member, reads: Reads, batch: Row) -> tuple[Flag, ...]:
    """The open questions about a batch, oldest first. They are between its owner and the office: who only has the goods in
    hand is not asked, and does not read them."""
    if not may_record(KINDS["flag_answered"], member.party, batch):
        return ()
    return tuple(_flag(member, reads, row) for row in open_flags(reads.connection, batch["id"]))


def _hold(member: Member, reads: Reads, row: Row, indices: Mapping[tuple[str, int], int]) -> Hold:
    words = member.words
    index = next((indices[place] for place in _grounds(row) if place in indices), None)
    rule = words.word("rule.name", row["rule"].partition("@")[0])
    return Hold(
        why=_sentences([_why(row["reason"], words), *_days(reads, row, words)], words),
        since=words.day(as_moment(row["placed_at"]).astimezone(member.now.tzinfo).isoformat()),
        cure=_sentences([*_advice(row["reason"], words), words.html(f"member.lift.{row['lifted_by']}")], words),
        basis=words.html("member.basis", rule=rule, law=law_words(row["article"], words)),
        href=f"/m/records/{index}" if index is not None else "",
    )


def _flag(member: Member, reads: Reads, row: Row) -> Flag:
    words = member.words
    said = own_record(reads, next(reads.rows(row["index"], row["index"] + 1))).payload
    source = find_indices(reads.connection, [(said["source"]["chain"], said["source"]["seq"])])
    about = [own_record(reads, one, member.id) for index in source.values() for one in reads.rows(index, index + 1)]
    chain, _, seq = row["id"].rpartition("/")
    query = urlencode({"batch": chain, "flag": f"{chain}.{seq}.{row['leaf']}"})
    mend = [Link(f"/m/correct/{one.index}", words.html("member.mend")) for one in about if is_correctable(member, one)]
    kinds = [
        words.html("member.of", kind=words.word("kind", one.kind), day=words.day(one.occurred_at)) for one in about
    ]
    return Flag(
        of=words.clauses(kinds),
        why=_question(row["reason"], said, about, words),
        links=(*mend, Link(f"/m/record/flag_answered?{query}", words.html("member.answer"))),
    )


def _question(reason: str, said: Mapping[str, Any], about: Sequence[OwnRecord], words: Words) -> Markup:
    """What was seen and what was expected instead, with the advice of the rule."""
    own = f"member.flag.{reason}"
    if reason == "fields-missing" and about:
        asking = Asking(KINDS[about[0].kind], {}, Choices(region=""), words)
        names = [asking.label(name) for name in str(said.get("expected", "")).split() if name in asking.kind.fields]
        return words.html(own, fields=words.list_of(names))
    if has(own, words.lang):
        return words.html(own)
    return _sentences([_why(reason, words), *_advice(reason, words)], words)


def is_correctable(member: Member, record: OwnRecord) -> bool:
    """One's own facts about a batch: an act that was wrong is answered by another act."""
    return record.actor == member.id and may_be_restated(record.kind)


def may_be_restated(kind: str) -> bool:
    declared = KINDS[kind]
    return declared.nature is Nature.FACT and declared.chain == "batch" and kind != "correction"


def _advice(reason: str, words: Words) -> list[Markup]:
    return [words.word("rule.remedy", code) for code in remedies_of(reason)]


def _sentences(parts: Sequence[Markup], words: Words) -> Markup:
    """Sentences after one another: Chinese ones have their own stop, others a blank between them."""
    return Markup("" if words.lang == "zh" else " ").join(parts)


def _why(reason: str, words: Words) -> Markup:
    return words.word("rule.reason", reason)


def _days(reads: Reads, row: Row, words: Words) -> Iterator[Markup]:
    """Of a hold for an interval: of what was used, the days that there were and those that there have to be."""
    own = (
        find_record_by_id(reads.connection, record_id(*place)) for place in _grounds(row) if place[0] == row["batch"]
    )
    records = {one["kind"]: one for one in own if one is not None}
    if not records.keys() >= {"input_use", "harvest"}:
        return
    use, harvest = records["input_use"], records["harvest"]
    kept = kept_interval(use, said(use), harvest, said(harvest))
    if kept is not None and "interval_days" in said(use):
        days = max((kept.picked_on - kept.used_on).days, 0)
        name = words.quoted(said(use)["name"])
        yield words.html("member.held_days", name=name, days=days, asked=said(use)["interval_days"])


def _grounds(row: Row) -> list[tuple[str, int]]:
    """The records that a finding rests on, which its `ground` names behind the rule: chain and number on it."""
    places = (one.rpartition("/") for one in row["ground"].split()[1:])
    return [(chain, int(seq)) for chain, _, seq in places if seq.isdigit()]
