"""How does the trace wing plug into the log's one write path? Load, decide, project, save: each in its own room."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from . import decide as rules
from .events import KINDS
from .ledger.canonical import decode_value
from .ledger.entry import Entry
from .ledger.log import Decision, Signed, Submission
from .ledger.statement import Statement, parse_statement
from .ledger.store import OpeningRow, SealedRow
from .payload import private_fields
from .queries import load_state, save_state, wanted_by
from .state import State, project

MADE_BY_NODE = frozenset({"code", "township"})
"""Fields that the node fills where a request leaves them out: no difference between a request and its repeat."""


class Trace:
    """The Domain of the ledger's `Log`. It remembers the node's chain and key, which every decision needs."""

    def __init__(self, node: tuple[str, str] | None) -> None:
        self._node = node

    def open_state(self, connection: Connection, submissions: Sequence[Submission]) -> State:
        return load_state(connection, wanted_by(submissions), self._node)

    def decide(self, state: State, signed: Signed, seq: int, index: int, now: datetime) -> Decision:
        return rules.decide(state, signed, seq, index, now)

    def project(self, state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
        project(state, entry, leaf, statement)

    def mark(self, state: State) -> int:
        return state.mark()

    def undo(self, state: State, mark: int) -> None:
        state.undo(mark)

    def save(self, state: State, connection: Connection) -> None:
        save_state(connection, state)
        self._node = state.node

    def is_same_request(self, signed: Signed, known: SealedRow, openings: Mapping[str, OpeningRow]) -> bool:
        """The same actor said the same kind of thing with the same opened payload."""
        before = parse_statement(known.statement)
        if (before.kind, before.actor) != (signed.statement.kind, signed.statement.actor) or signed.asked is None:
            return False
        private = private_fields(KINDS[before.kind], before.payload)
        opened = {
            name: decode_value(openings[value["commit"]].value) if name in private else value
            for name, value in before.payload.items()
        }
        filled = {name for name in MADE_BY_NODE if name not in signed.asked}
        return {name: value for name, value in opened.items() if name not in filled} == dict(signed.asked)
