"""On what does each record of a credit file rest? The case that entered it, or the fact that earned it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.pages.forms.views import Link
from api.pages.scan_words import Words
from credit.queries import find_case
from trace.ledger.store import Reads
from trace.queries import find_batch, know_records
from trace.state import Row, State


@dataclass(frozen=True)
class Rooms:
    """Where this reader opens a case and a batch of the file's party."""

    cases: str
    batches: str


OFFICE, OWN = Rooms("/desk/cases", "/desk/batches"), Rooms("/m/notices", "/m/batches")


def sources_of(reads: Reads, rows: Sequence[Row], party: str, rooms: Rooms, words: Words) -> Mapping[str, Link]:
    """By record: what it rests on. A link leads to the case, or to the batch where it is the party's own, or once was."""
    state = State()
    know_records(state, reads, {row["source"] for row in rows if not row["case"]})
    return {
        row["id"]: _of_case(reads, row, rooms, words) or _of_fact(state, reads, row, party, rooms, words)
        for row in rows
    }


def _of_case(reads: Reads, row: Row, rooms: Rooms, words: Words) -> Link | None:
    case = find_case(reads.connection, row["case"]) if row["case"] else None
    if case is None:
        return None
    text = words.word("case.procedure", case["procedure"])
    return Link(f"{rooms.cases}/{case['id']}", words.html("file.source", what=text, n=row["index"]))


def _openers(batch: Row, rooms: Rooms) -> Sequence[str]:
    """Of whose goods this reader has a page: a party of all that it ever had, its office of what it owns now."""
    kept_by: Sequence[str] = batch["kept_by"].split()
    return kept_by if rooms is OWN else (batch["owner"],)


def _of_fact(state: State, reads: Reads, row: Row, party: str, rooms: Rooms, words: Words) -> Link:
    fact = state.find("record", row["source"])
    if fact is None:
        return Link("", words.html("file.entry", n=row["index"]))
    batch = find_batch(reads.connection, fact["chain"])
    href = f"{rooms.batches}/{batch['id']}" if batch is not None and party in _openers(batch, rooms) else ""
    return Link(href, words.html("file.source", what=words.word("kind", fact["kind"]), n=fact["index"]))
