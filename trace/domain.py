"""How does the trace wing plug into the log's one write path? Load, decide, project, save: each in its own room."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from . import decide as rules
from .consequences import follow
from .events import KINDS
from .ledger.canonical import decode_value
from .ledger.entry import Entry
from .ledger.sealing import Derived
from .ledger.statement import Statement, parse_statement
from .ledger.store import OpeningRow, Reads, SealedRow, Writes
from .ledger.submission import Decision, Signed, Submission
from .lineage import check_nothing_owed
from .payload import commits_of, shown_payload
from .projection import project
from .queries import Register, load_register, load_state, register_of, save_state
from .state import Place, Row, State
from .wanted import wanted_by
from .wing import Wing

MADE_BY_NODE = frozenset({"code", "township"})
"""Fields that the node fills where a request leaves them out: no difference between a request and its repeat."""

KEPT = frozenset({"party", "key", "place", "batch"})
"""Nouns whose rows stay in memory from one transaction to the next: the writer alone changes them."""
MOST_KEPT = 20_000
"""Rows that are kept before all of them are let go: some 30 MB."""


class Trace:
    """The Domain of the ledger's `Log`. It remembers the node and the register of offices, which every decision needs."""

    def __init__(self, node: tuple[str, str] | None, wing: Wing | None = None) -> None:
        self._node = node
        self._wing = wing
        self._register: Register | None = None
        self._kept: dict[Place, Row] = {}

    def open_state(self, reads: Reads, submissions: Sequence[Submission]) -> State:
        if self._register is None:
            self._register = load_register(reads)
        state = load_state(reads, wanted_by(submissions), self._node, self._register, self._kept)
        if self._wing:
            statements = [item.statement for submission in submissions for item in submission.items]
            self._wing.load(state, reads, statements)
        return state

    def decide(self, state: State, signed: Signed, seq: int, index: int, now: datetime) -> Decision:
        return rules.decide(state, signed, seq, index, now, self._wing)

    def project(self, state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
        project(state, entry, leaf, statement, self._wing)

    def follow(self, state: State, entry: Entry, leaf: bytes, statement: Statement) -> tuple[Derived, ...]:
        return follow(state, entry, leaf, statement, self._wing)

    def close(self, state: State) -> None:
        check_nothing_owed(state)

    def mark(self, state: State) -> int:
        return state.mark()

    def undo(self, state: State, mark: int) -> None:
        state.undo(mark)

    def save(self, state: State, writes: Writes) -> None:
        save_state(writes, state, self._wing.tables if self._wing else {})
        self._node = state.node
        self._register = register_of(state)
        if len(self._kept) > MOST_KEPT:
            self._kept = {}
        self._kept.update((at, row) for at, row in state.rows.items() if at[0] in KEPT)

    def is_same_request(self, signed: Signed, known: SealedRow, openings: Mapping[str, OpeningRow]) -> bool:
        """The same actor said the same kind of thing of the same chain and time, with the same opened payload."""
        before, asked = parse_statement(known.statement), signed.asked
        if asked is None or _said(before) != _said(signed.statement):
            return False
        if asked.chain not in (None, before.chain) or asked.occurred_at not in (None, before.occurred_at):
            return False
        kind = KINDS[before.kind]
        values = {commit: decode_value(openings[commit].value) for commit in commits_of(kind, before.payload)}
        opened = shown_payload(kind, before.payload, values)
        filled = {name for name in MADE_BY_NODE if name not in asked.payload}
        return {name: value for name, value in opened.items() if name not in filled} == dict(asked.payload)


def _said(statement: Statement) -> tuple[str | None, ...]:
    """The members that no request leaves to the node, beside the payload."""
    return statement.kind, statement.actor, statement.corrects, statement.reason
