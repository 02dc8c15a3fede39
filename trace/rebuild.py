"""Do the rows that pages and decisions read follow from the log? Replay it from nothing, compare, and mend.

A replay projects without deciding: what is logged is logged. It trusts what it reads, so the audit comes first.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Table

from .ledger.entry import parse_entry
from .ledger.statement import parse_statement
from .ledger.store import Evidence, Reads, Writes
from .projection import project
from .queries import parts_of, save_state
from .state import Row, State
from .tables import PROJECTIONS
from .wing import Wing

Stored = dict[tuple[object, ...], tuple[object, ...]]
"""Rows as they lie in a table, by the values of their primary key; a text is its bytes."""


@dataclass(frozen=True, order=True)
class Difference:
    """One projected row that does not follow from the log. `id`: its primary key, parts joined by a slash.

    `column`: the one that differs. Where the row as a whole is `missing` or `extra` it is the key's own, for then the
    key is what no longer fits.
    """

    table: str
    id: str
    column: str
    what: Literal["changed", "missing", "extra"] = "changed"


def replay(reads: Reads, size: int, wing: Wing | None = None) -> State:
    """The state after the first `size` entries, with every row of the log in memory. The log must be sound."""
    state = State()
    for row in reads.rows(0, size):
        project(state, parse_entry(row.entry), row.leaf, parse_statement(row.statement), wing)
        state.forget()
    return state


def compare(reads: Evidence, wing: Wing | None = None) -> list[Difference]:
    """Every difference between the projections of this snapshot and a replay of its log, in a stable order."""
    state = replay(reads, reads.count("entry"), wing)
    tables = _tables(wing)
    rows = _projected(state, tables)
    return sorted(one for table in tables for one in _compare_table(table, reads, rows[table.name]))


def mend(writes: Writes, wing: Wing | None = None) -> None:
    """Write every projection anew from a replay, in the writer's transaction; the caller commits."""
    tail = writes.tail()
    state = replay(writes, tail.size if tail else 0, wing)
    writes.empty(table.name for table in _tables(wing))
    save_state(writes, state, wing.tables if wing else {})


def _tables(wing: Wing | None) -> tuple[Table, ...]:
    return (*PROJECTIONS, *(wing.tables.values() if wing else ()))


def _projected(state: State, tables: Iterable[Table]) -> Mapping[str, list[Row]]:
    """The rows of each table as a replay leaves them."""
    rows: dict[str, list[Row]] = {table.name: [] for table in tables}
    for (name, _), row in state.rows.items():
        rows[name].append(row)
    edges: list[Row] = [{"child": child, "parent": parent} for child, parent in state.edges]
    parts: list[Row] = [dict(zip(("actor", "kind", "chain"), one, strict=True)) for one in parts_of(rows["record"])]
    return {**rows, "part": parts, "edge": edges}


def _compare_table(table: Table, reads: Evidence, rows: list[Row]) -> Iterator[Difference]:
    columns = [column.name for column in table.c]
    key = [column.name for column in table.primary_key]
    places = [columns.index(name) for name in key]
    wanted: Stored = {}
    for row in rows:
        values = tuple(_as_stored(row[name]) for name in columns)
        wanted[tuple(values[place] for place in places)] = values
    stored: Stored = {
        tuple(values[place] for place in places): values for values in reads.stored_table(table.name, columns)
    }
    for id in wanted.keys() - stored.keys():
        yield Difference(table.name, _id_text(id), "/".join(key), "missing")
    for id in stored.keys() - wanted.keys():
        yield Difference(table.name, _id_text(id), "/".join(key), "extra")
    for id in wanted.keys() & stored.keys():
        for column, one, other in zip(columns, wanted[id], stored[id], strict=True):
            # Not "!=": to Python 1.0 and 1 are the same, and a database may hold either.
            if (type(one), one) != (type(other), other):
                yield Difference(table.name, _id_text(id), column)


def _as_stored(value: object) -> object:
    """A projected value as a column keeps it."""
    if isinstance(value, bool):
        return int(value)
    return value.encode() if isinstance(value, str) else value


def _id_text(id: tuple[object, ...]) -> str:
    return "/".join(part.decode(errors="replace") if isinstance(part, bytes) else str(part) for part in id)
