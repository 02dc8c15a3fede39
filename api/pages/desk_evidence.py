"""On which records of a batch may a hold of it be lifted, and what is missing where none will do? Asked of the log's own rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.pages.scan_words import Words
from trace.ledger.store import Reads
from trace.queries import load_register, load_state
from trace.records import entry_of
from trace.releases import release_verdict
from trace.rules import Verdict
from trace.state import Row, State
from trace.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Evidence:
    """`newer`: ids of the records that came after the hold; `fit`: those of them on which it falls, the newest first;
    `verdict`: what the rule says of them all together."""

    state: State
    hold: Row
    newer: frozenset[str]
    fit: tuple[Row, ...]
    verdict: Verdict

    @property
    def ticked(self) -> list[dict[str, Any]]:
        """What stands in the form before anybody chose: the newest record that will do."""
        return [entry_of(row) for row in self.fit[:1]]


def evidence_for(reads: Reads, hold: Row) -> Evidence:
    """What a hold could be lifted on now."""
    wanted = Wanted()
    wanted.ids["batch"].add(hold["batch"])
    wanted.ids["hold"].add(hold["id"])
    wanted.whole.add(hold["batch"])
    state = load_state(reads, wanted, None, load_register(reads))
    newer = [
        row
        for (table, _), row in state.rows.items()
        if table == "record" and row["chain"] == hold["batch"] and row["index"] > hold["index"] and not row["is_void"]
    ]
    fit = [row for row in newer if not release_verdict(state, hold, [row["id"]]).outcome.stops]
    fit.sort(key=lambda row: int(row["index"]), reverse=True)
    ids = frozenset(row["id"] for row in newer)
    return Evidence(state, hold, ids, tuple(fit), release_verdict(state, hold, sorted(ids)))


def with_what_is_missing(lead: Markup, evidence: Evidence, words: Words) -> Markup:
    """After the lead, what is missing before this hold can fall, and what to do; the lead alone where some record will do."""
    if not evidence.verdict.outcome.stops:
        return lead
    first = evidence.verdict.reasons[:1]
    said = [*(words.word("rule.reason", one) for one in first)]
    said += [words.word("rule.remedy", one) for one in evidence.verdict.remedy]
    return words.html("desk.lift_missing", lead=lead, why=words.sentences(said))
