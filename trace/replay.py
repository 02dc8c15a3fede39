"""What did the rules say of a batch, given what was true on one day and known at one time? (no clock: both are arguments)

`on`: records of things that happened later are left out. `known_at`: entries that came in later are. So the same question
has the same answer for ever, and a verdict of last year can be read beside that of today.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from .events import KINDS
from .holds import open_holds_of
from .judging import Finding, judge_all
from .ledger.entry import parse_entry
from .ledger.statement import parse_statement
from .ledger.store import Reads, SealedRow
from .legal_days import legal_day
from .projection import project
from .queries import find_parties, find_places
from .state import Row, State


@dataclass(frozen=True)
class Standing:
    """What the rules found, each finding once, and the holds that stood."""

    findings: tuple[Finding, ...]
    holds: tuple[Row, ...]


def standing(reads: Reads, batch: Row, on: date, known_at: datetime) -> Standing | None:
    """How a batch stood; None where nobody knew of it yet."""
    rows = [row for row in reads.chain_rows(batch["id"]) if _came_by(row, known_at)]
    if not rows:
        return None
    state = _state_of(reads, rows, batch)
    for id, row in [(id, row) for (table, id), row in state.rows.items() if table == "record"]:
        if legal_day(row["occurred_at"]) > on:
            state.put("record", id, {**row, "is_void": True})
    return Standing(tuple(judge_all(state, batch["id"], KINDS)), tuple(open_holds_of(state, batch["id"])))


def _came_by(row: SealedRow, known_at: datetime) -> bool:
    return datetime.fromisoformat(parse_entry(row.entry).received) <= known_at


def _state_of(reads: Reads, rows: Iterable[SealedRow], batch: Row) -> State:
    """The rows of this batch as its chain tells them; parties and places as they are."""
    state = State()
    told = [(parse_entry(row.entry), row.leaf, parse_statement(row.statement)) for row in rows]
    for party in find_parties(reads.connection, {statement.actor for _, _, statement in told}):
        state.know("party", party)
    for place in find_places(reads.connection, [batch["place"]] if batch["place"] else []):
        state.know("place", place)
    for entry, leaf, statement in told:
        project(state, entry, leaf, statement)
    return state
