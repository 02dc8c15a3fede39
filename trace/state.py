"""What does a decision know? Rows in memory with an undo journal. (pure)

The writer loads what a transaction touches, decides and projects in memory, and writes the changed rows at its end; a
replay starts from nothing and ends with every row.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .standing import Standing, StandingAct

Row = Mapping[str, Any]
Place = tuple[str, str]
Standings = Callable[[str, StandingAct], Standing]
"""Answers what a party may do at the moment that is being judged (credit.md 7)."""


@dataclass
class State:
    """Rows by (table, id). `leaves` are the entries that payloads name: (chain, seq) to leaf hash."""

    rows: dict[Place, Row] = field(default_factory=dict)
    leaves: dict[tuple[str, int], bytes] = field(default_factory=dict)
    taken: dict[Place, str] = field(default_factory=dict)
    office_ids: list[str] = field(default_factory=list)
    adoptions: dict[str, list[str]] = field(default_factory=dict)
    topics: dict[str, list[str]] = field(default_factory=dict)
    holds_of: dict[str, list[str]] = field(default_factory=dict)
    statements: dict[str, str] = field(default_factory=dict)
    owed: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    opened: dict[str, Any] = field(default_factory=dict)
    spread_of: dict[str, list[str]] = field(default_factory=dict)
    flags_of: dict[str, list[str]] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    parents: dict[str, list[str]] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    listed: dict[Place, list[str]] = field(default_factory=dict)
    originals: dict[Place, Row] = field(default_factory=dict)
    node: tuple[str, str] | None = None
    standing: Standings | None = None
    kept: Mapping[Place, Row] = field(default_factory=dict)
    _undo: list[tuple[Any, ...]] = field(default_factory=list)
    """What takes each change back, the newest last: a function and its arguments."""

    def find(self, table: str, id: str) -> Row | None:
        return self.rows.get((table, id))

    def put(self, table: str, id: str, row: Row) -> None:
        self._set(self.rows, (table, id), row)

    def take(self, what: str, value: str, by: str) -> None:
        """Remember a value that is unique in the log: a code, a 统一社会信用代码."""
        self._set(self.taken, (what, value), by)

    def add_edge(self, child: str, parent: str) -> None:
        self.edges.append((child, parent))
        self._undo.append((self.edges.pop,))
        self._list(self.children, parent, child)
        self._list(self.parents, child, parent)

    def owe(self, chain: str, what: Mapping[str, Any]) -> None:
        """Remember what the statements of this group still have to say of a chain."""
        self._set(self.owed, chain, what)

    def settle(self, chain: str) -> None:
        if chain in self.owed:
            before = self.owed.pop(chain)
            self._undo.append((self.owed.__setitem__, chain, before))

    def open(self, commit: str, value: Any) -> None:
        """Remember what a commitment hides."""
        self._set(self.opened, commit, value)

    def forget(self) -> None:
        """Nothing of before will be undone: a replay only goes on."""
        self._undo.clear()

    def add_record(self, row: Row) -> None:
        self.put("record", row["id"], row)
        self._list_under(("record.actor", row["actor"]), row["id"])
        if row["goods_of"]:
            self._list_under(("record.goods_of", row["goods_of"]), row["id"])
        self._set(self.statements, row["statement"], row["id"])
        self._list(self.topics, row["topic"], row["id"])

    def change_record(self, row: Row) -> None:
        """Put a record that was said anew. Whoever looks it up by `ids_of("record.goods_of", …)` asks its row as well."""
        before = self.rows["record", row["id"]]
        self.put("record", row["id"], row)
        if row["goods_of"] and row["goods_of"] != before["goods_of"]:
            self._list_under(("record.goods_of", row["goods_of"]), row["id"])

    def add_hold(self, row: Row) -> None:
        self.put("hold", row["id"], row)
        self._list(self.holds_of, row["batch"], row["id"])
        if row["origin"]:
            self._list(self.spread_of, row["origin"], row["id"])

    def add_flag(self, row: Row) -> None:
        self.put("flag", row["id"], row)
        self._list(self.flags_of, row["batch"], row["id"])

    def add_listed(self, table: str, row: Row, columns: Iterable[str]) -> None:
        """Put a new row that is looked up by these columns too: `ids_of("case.subject", party)`."""
        self.put(table, row["id"], row)
        for column in columns:
            self._list_under((f"{table}.{column}", row[column]), row["id"])

    def know_listed(self, table: str, row: Row, columns: Iterable[str]) -> None:
        """Take in such a row that the database holds already."""
        if (table, row["id"]) not in self.rows:
            self.know(table, row)
            for column in columns:
                self.listed.setdefault((f"{table}.{column}", row[column]), []).append(row["id"])

    def ids_of(self, what: str, value: str) -> tuple[str, ...]:
        """The rows that `add_listed` put under this value, in the order of the log."""
        return tuple(self.listed.get((what, value), ()))

    def know(self, table: str, row: Row) -> None:
        """Take in a row that the database holds already."""
        at = (table, row["id"])
        if at in self.rows:
            return
        self.rows[at] = self.originals[at] = row
        match table:
            case "record":
                self.listed.setdefault(("record.actor", row["actor"]), []).append(row["id"])
                if row["goods_of"]:
                    self.listed.setdefault(("record.goods_of", row["goods_of"]), []).append(row["id"])
                self.topics.setdefault(row["topic"], []).append(row["id"])
                self.statements[row["statement"]] = row["id"]
            case "hold":
                self.holds_of.setdefault(row["batch"], []).append(row["id"])
                if row["origin"]:
                    self.spread_of.setdefault(row["origin"], []).append(row["id"])
            case "flag":
                self.flags_of.setdefault(row["batch"], []).append(row["id"])
            case "office":
                self.office_ids.append(row["id"])
            case "adoption":
                self.adoptions.setdefault(row["table"], []).append(row["id"])

    def recall(self, table: str, ids: Iterable[str]) -> list[str]:
        """Take in the rows that were kept, which are looked up by their ids alone. Returns the ids that are still to be read."""
        unknown = []
        for id in ids:
            at = (table, id)
            row = self.kept.get(at)
            if row is None:
                unknown.append(id)
            elif at not in self.rows:
                self.rows[at] = self.originals[at] = row
        return unknown

    def know_edge(self, child: str, parent: str) -> None:
        """Take in an edge that the database holds already."""
        if child not in self.children.setdefault(parent, []):
            self.children[parent].append(child)
            self.parents.setdefault(child, []).append(parent)

    def below(self, batch: str) -> list[str]:
        """Every batch that was made from this one, at any remove, each once, in the order of their ids."""
        return _closure(self.children, batch)

    def above(self, batch: str) -> list[str]:
        """Every batch that this one was made from."""
        return _closure(self.parents, batch)

    def add_office(self, row: Row) -> None:
        self.put("office", row["id"], row)
        self.office_ids.append(row["id"])
        self._undo.append((self.office_ids.pop,))

    def add_adoption(self, row: Row) -> None:
        self.put("adoption", row["id"], row)
        self._list(self.adoptions, row["table"], row["id"])

    def set_node(self, chain: str, key: str) -> None:
        before, self.node = self.node, (chain, key)
        self._undo.append((setattr, self, "node", before))

    def add_leaf(self, chain: str, seq: int, leaf: bytes) -> None:
        self._set(self.leaves, (chain, seq), leaf)

    def mark(self) -> int:
        return len(self._undo)

    def undo(self, mark: int) -> None:
        """Forget everything since the mark: a group is all or none."""
        while len(self._undo) > mark:
            do, *with_what = self._undo.pop()
            do(*with_what)

    def _list_under(self, at: Place, id: str) -> None:
        found = self.listed.setdefault(at, [])
        found.append(id)
        self._undo.append((found.pop,))

    def _list(self, into: dict[str, list[str]], at: str, value: str) -> None:
        found = into.setdefault(at, [])
        found.append(value)
        self._undo.append((found.pop,))

    def _set(self, into: dict[Any, Any], at: Any, value: Any) -> None:
        before = into.get(at)
        into[at] = value
        self._undo.append((into.pop, at) if before is None else (into.__setitem__, at, before))


def _closure(steps: Mapping[str, list[str]], start: str) -> list[str]:
    found: set[str] = set()
    frontier = [start]
    while frontier:
        frontier = [one for at in frontier for one in steps.get(at, ()) if one not in found]
        found.update(frontier)
    return sorted(found)


def balance(row: Row) -> int:
    """What is left, in base units. Without inputs the opening is an estimate that the first harvest replaces."""
    estimate_holds = row["has_inputs"] or not row["is_measured"]
    return int(row["movements"] + (row["opening"] if estimate_holds else 0))
