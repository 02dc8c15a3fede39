"""A log in memory, without keys and hashes: statements are projected and followed by rule as the writer does, hundreds of
seasons a second. For questions that no act decides: what do facts bring, in whatever order they are told?
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from trace.consequences import follow
from trace.ledger.entry import Entry
from trace.ledger.statement import Statement
from trace.projection import project
from trace.state import State, balance

ORIGIN, NODE = "log.example/suxin", "n" * 22
Place = tuple[str, int]


def statement(
    id: str, chain: str, kind: str, payload: Mapping[str, Any], actor: str, at: str, corrects: str | None = None
) -> Statement:
    said = dict(payload)
    return Statement(id, ORIGIN, chain, kind, actor, at, said, (), (), False, None, corrects, None, b"")


@dataclass
class Telling:
    """`named`: under which place an entry that another telling placed elsewhere stands here."""

    state: State = field(default_factory=State)
    lengths: dict[str, int] = field(default_factory=dict)
    named: dict[Place, dict[str, Any]] = field(default_factory=dict)
    index: int = 0
    derived: list[str] = field(default_factory=list)

    def tell(self, said: Statement, received: str, was: Place | None = None) -> None:
        """One statement and everything that follows from it."""
        if was is not None:
            said = said._replace(payload=self._here(said.payload))
        entry, leaf = self._seal(said, received)
        if was is not None:
            self.named[was] = {"chain": entry.chain, "seq": entry.seq, "leaf": leaf.hex()}
        project(self.state, entry, leaf, said)
        source = {"chain": entry.chain, "seq": entry.seq, "leaf": leaf.hex()}
        for one in follow(self.state, entry, leaf, said):
            payload = {**one.payload, "rule": one.rule, "source": source}
            self.derived.append(one.kind)
            self.tell(statement("", one.chain, one.kind, payload, NODE, said.occurred_at), received)

    def _seal(self, said: Statement, received: str) -> tuple[Entry, bytes]:
        seq = self.lengths.get(said.chain, 0)
        self.lengths[said.chain] = seq + 1
        entry = Entry(ORIGIN, said.chain, seq, self.index, None, (), received, b"")
        self.index += 1
        return entry, sha256(f"{said.chain}/{seq}".encode()).digest()

    def _here(self, value: Any) -> Any:
        """The same value, entries named by where they stand in this telling."""
        if isinstance(value, Mapping):
            if set(value) == {"chain", "seq", "leaf"}:
                return self.named.get((value["chain"], value["seq"]), value)
            return {name: self._here(one) for name, one in value.items()}
        return [self._here(one) for one in value] if isinstance(value, list) else value

    def holds(self) -> frozenset[tuple[str, str, str, bool]]:
        """Batch, rule, reason and whether it was spread, of every hold that stands."""
        rows = (row for (table, _), row in self.state.rows.items() if table == "hold" and row["released"] is None)
        return frozenset((row["batch"], row["rule"], row["reason"], row["origin"] is not None) for row in rows)

    def flags(self) -> frozenset[tuple[str, str, str]]:
        """Batch, reason and the statement that it is about, of every open question."""
        rows = [row for (table, _), row in self.state.rows.items() if table == "flag" and row["is_open"]]
        return frozenset((row["batch"], row["reason"], self._about(row)) for row in rows)

    def _about(self, row: Mapping[str, Any]) -> str:
        record = self.state.find("record", row["ground"].partition(" ")[2])
        return str(record["statement"]) if record is not None and row["reason"] != "overdrawn" else ""

    def stages(self) -> frozenset[tuple[str, str, int]]:
        """Batch, stage and what is left."""
        rows = (row for (table, _), row in self.state.rows.items() if table == "batch")
        return frozenset((row["id"], row["stage"], balance(row)) for row in rows)

    def followed(self) -> list[str]:
        """The kinds of the node's own entries, sorted."""
        return sorted(self.derived)


def named_in(value: Any) -> Iterable[Place]:
    """Every entry that a payload names."""
    if isinstance(value, Mapping):
        if set(value) == {"chain", "seq", "leaf"}:
            yield value["chain"], value["seq"]
        else:
            for one in value.values():
                yield from named_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from named_in(one)
