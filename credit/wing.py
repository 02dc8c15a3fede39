"""How does the credit wing plug into the log's one write path? The chains of cases and credit files are its own."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Table

from trace.events import KINDS
from trace.ledger.entry import Entry
from trace.ledger.sealing import Derived
from trace.ledger.statement import Statement
from trace.ledger.store import Reads
from trace.ledger.submission import Signed
from trace.queries import know_rows
from trace.records import record_id
from trace.standing import Standing, StandingAct
from trace.state import Standings, State

from .effects import follow
from .good_facts import DUE
from .guards import OWED
from .judging import judge
from .projection import project
from .queries import know, know_named, records_of_actors, rested_on
from .standing import standing_of
from .tables import TABLES

_CHAINS: Mapping[str, str] = {"case": "case", "credit": "credit_file"}


class Credit:
    """The `Wing` of trace/wing.py. It keeps nothing between transactions."""

    @property
    def chains(self) -> Mapping[str, str]:
        return _CHAINS

    @property
    def tables(self) -> Mapping[str, Table]:
        return TABLES

    def load(self, state: State, reads: Reads, statements: Iterable[Statement]) -> None:
        """For statements of its own chains: their cases, and everything of the parties that these are about."""
        sellers = {
            row["owner"]
            for one in statements
            if one.kind == "market_admission" and (row := state.find("batch", one.chain)) is not None
        }
        for name in ("credit_file", "measure"):
            know(state, reads, name, "subject", sellers)
        own = [one for one in statements if one.kind in KINDS and KINDS[one.kind].chain in _CHAINS]
        if not own:
            return
        cases = know(state, reads, "case", "id", {one.chain for one in own})
        files = know(state, reads, "credit_file", "id", {one.chain for one in own})
        subjects = {row["subject"] for row in (*cases, *files)}
        subjects |= {one.payload["subject"] for one in own if isinstance(one.payload.get("subject"), str)}
        authorities = {row["authority"] for row in cases}
        authorities |= {
            row["authority"] for row in (state.rows["office", id] for id in state.office_ids) if row["authority"]
        }
        know_rows(state, reads, "party", "id", subjects | authorities)
        for name in ("case", "credit_file", "credit_record", "measure", "listing"):
            know(state, reads, name, "subject", subjects)
        if any(one.kind == "record_entered" for one in own):
            self.load_facts(state, reads, {row["subject"] for row in files} | subjects)
        named = {id for one in own for id in _entries(one)} | rested_on(cases)
        know_named(state, reads, named)
        chains = {id.rpartition("/")[0] for id in named}
        know_rows(state, reads, "batch", "id", chains)

    def load_facts(self, state: State, reads: Reads, parties: Iterable[str]) -> None:
        """What declared rules look at: own records of production, and what others recorded of goods that were theirs."""
        wanted = sorted(parties)
        for row in records_of_actors(reads.connection, wanted, DUE):
            state.know("record", row)
        know_rows(state, reads, "record", "goods_of", wanted)
        named = (id for party in wanted for id in state.ids_of("record.goods_of", party))
        know_rows(state, reads, "hold", "batch", {state.rows["record", id]["chain"] for id in named})

    def standing(self, state: State, at: datetime) -> Standings:
        """By the measures of the state, as far as they were loaded."""

        def may(party: str, act: StandingAct) -> Standing:
            measures = [state.rows["measure", id] for id in state.ids_of("measure.subject", party)]
            known = [party] if state.ids_of("credit_file.subject", party) else []
            newest = max((int(row["index"]) for row in measures), default=0)
            return standing_of(measures, known, newest).may(party, act, None, at)

        return may

    def judge(self, state: State, signed: Signed, seq: int, index: int, now: datetime) -> None:
        judge(state, signed.statement, seq, index, now)

    def left_open(self, state: State) -> int | None:
        return min((int(what["index"]) for key, what in state.owed.items() if key.startswith(OWED)), default=None)

    def project(self, state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
        project(state, entry, leaf, statement)

    def follow(self, state: State, entry: Entry, leaf: bytes, statement: Statement) -> tuple[Derived, ...]:
        return follow(state, entry, statement)


def _entries(statement: Statement) -> Iterable[str]:
    """The records that a statement names."""
    payload = statement.payload
    named = [payload.get(name) for name in ("record", "first_fact", "source")] + list(payload.get("evidence", []))
    for one in named:
        if isinstance(one, dict) and isinstance(one.get("chain"), str):
            yield record_id(one["chain"], one["seq"])


CREDIT = Credit()
