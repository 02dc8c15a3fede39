"""How does another wing say things in the same log? Chains of its own, which it judges, projects and keeps itself.

Its chains are sealed: their entries link to nothing and nothing links to them, because links are public and would
betray a case (docs/formats.md, "Chains").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from .ledger.entry import Entry
from .ledger.sealing import Derived
from .ledger.statement import Statement
from .ledger.store import Reads
from .ledger.submission import Signed
from .state import Standings, State

if TYPE_CHECKING:
    from sqlalchemy import Table

SEALED = frozenset({"case", "credit"})
"""Sorts of chain whose entries neither link nor are linked to."""


class Wing(Protocol):
    """What this wing asks of the one that joins. `chains`: the sorts of chain that are its own, with the table whose rows
    say that one is open; `tables`: its projections, by name, each with a primary key `id`."""

    @property
    def chains(self) -> Mapping[str, str]: ...

    @property
    def tables(self) -> Mapping[str, Table]: ...

    def load(self, state: State, reads: Reads, statements: Iterable[Statement]) -> None:
        """Add the rows that deciding on these could look at; those of this wing are there already."""
        ...

    def judge(self, state: State, signed: Signed, seq: int, index: int, now: datetime) -> None:
        """Raises the refusal. Keys, chain and references have been checked; the audit asks the same question."""
        ...

    def standing(self, state: State, at: datetime) -> Standings:
        """Who answers what parties may do at a moment, from the rows that were loaded."""
        ...

    def left_open(self, state: State) -> int | None:
        """The entry that asks for another which never came; None: everything that belongs together was said."""
        ...

    def project(self, state: State, entry: Entry, leaf: bytes, statement: Statement) -> None: ...

    def follow(self, state: State, entry: Entry, leaf: bytes, statement: Statement) -> tuple[Derived, ...]: ...
