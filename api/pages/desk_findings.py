"""What holds a batch and what is asked about it, as an official reads it: why, by which article, since when, what lifts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.catalogue import has
from api.pages.desk_context import Official, batch_title
from api.pages.forms.choices import NOTHING
from api.pages.law_words import law_words
from api.pages.own_records import own_record
from api.pages.queries import find_record_by_id
from api.pages.scan_words import Words, as_moment
from trace.ledger.store import Reads
from trace.queries import find_batch, open_holds
from trace.records import record_id
from trace.rules.catalogue import remedies_of
from trace.state import Row

OFFICIALS = "officials"
FIELDS_MISSING = "fields-missing"
"""The reason of a flag whose `expected` lists the fields that the law asks for."""


@dataclass(frozen=True, slots=True)
class HoldLine:
    """One open hold. `origin_href`: the batch from which it spread, else ""; `lift_href`: where two officials can lift it."""

    why: Markup
    since: str
    cure: Markup
    basis: Markup
    origin_href: str
    lift_href: str


@dataclass(frozen=True, slots=True)
class FlagLine:
    """One question about a record: what was seen and expected, and the answer, once there is one."""

    title: Markup
    href: str
    why: Markup
    detail: Markup
    since: str
    basis: Markup
    answer: Markup


def hold_lines(official: Official, reads: Reads, batches: Sequence[str]) -> dict[str, tuple[HoldLine, ...]]:
    """The open holds of each of these batches, oldest first."""
    found: dict[str, tuple[HoldLine, ...]] = {}
    for row in open_holds(reads.connection, batches):
        found[row["batch"]] = (*found.get(row["batch"], ()), _hold(official, row))
    return found


def _hold(official: Official, row: Row) -> HoldLine:
    words = official.words
    cures = [words.word("rule.remedy", code) for code in remedies_of(row["reason"])]
    spread = row["origin"] is not None
    may_lift = row["lifted_by"] == OFFICIALS and not official.only_looks and official.caller.party is not None
    return HoldLine(
        why=words.word("rule.reason", row["reason"]),
        since=words.day(_local(official, row["placed_at"])),
        cure=words.sentences(cures) if cures and not spread else words.html(f"member.lift.{row['lifted_by']}"),
        basis=basis_words(row["rule"], row["article"], words),
        origin_href=f"/desk/batches/{row['origin'].rpartition('/')[0]}" if spread else "",
        lift_href=f"/desk/batches/{row['batch']}/lift?hold={row['id'].rpartition('/')[2]}" if may_lift else "",
    )


def basis_words(rule: str, article: str, words: Words) -> Markup:
    """The rule by name, and the articles that it rests on."""
    name = words.word("rule.name", rule.partition("@")[0])
    return words.html("member.basis", rule=name, law=law_words(article, words)) if article else name


def flag_line(official: Official, reads: Reads, row: Row) -> FlagLine:
    """A flag with the words of its entry, and of the entry that answers it."""
    words = official.words
    batch = find_batch(reads.connection, row["batch"])
    raised = _payload(reads, row["index"])
    answer = _payload(reads, row["answered"]).get("answer") if row["answered"] is not None else None
    return FlagLine(
        title=batch_title(batch, words) if batch else NOTHING,
        href=f"/desk/batches/{row['batch']}",
        why=question_words(row["reason"], words),
        detail=words.clauses(seen_and_expected(raised, kind_of(reads, raised["source"]), words)),
        since=words.day(_local(official, str(raised.get("received")))),
        basis=basis_words(row["rule"], str(raised.get("article", "")), words),
        answer=words.quoted(answer) if answer else NOTHING,
    )


def _payload(reads: Reads, index: int) -> dict[str, Any]:
    """What an entry says and when it came, private fields open: the office is one of those whom an answer is for."""
    record = own_record(reads, next(reads.rows(index, index + 1)))
    return {**record.payload, "received": record.received}


def question_words(reason: str, words: Words) -> Markup:
    """What a flag asks about: a missed duty and an overdrawn batch in the desk's words, all else in those of its rule."""
    own = f"desk.reason.{reason}"
    return words.html(own) if has(own, words.lang) else words.word("rule.reason", reason)


def kind_of(reads: Reads, entry: Mapping[str, Any]) -> str:
    """Of which kind the record is that an entry cites; "" for a correction, which may restate any."""
    found = find_record_by_id(reads.connection, record_id(entry["chain"], entry["seq"]))
    return found["kind"] if found else ""


def seen_and_expected(raised: Mapping[str, Any], kind: str, words: Words) -> list[Markup]:
    """What a flag says of a record of this kind was seen, and what instead of it was expected; for a duty that was missed,
    which fields."""
    if raised["reason"] == FIELDS_MISSING:
        fields = (words.field(kind, name) for name in str(raised.get("expected", "")).split())
        return [words.html("desk.flag.missing", fields=words.list_of(fields))]
    return [
        words.html(f"desk.flag.{name}", text=words.quoted(raised[name]))
        for name in ("found", "expected")
        if raised.get(name)
    ]


def _local(official: Official, time: str) -> str:
    return as_moment(time).astimezone(official.now.tzinfo).isoformat()
