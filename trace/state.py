"""What does a decision know, and how does an entry change it? Rows in memory with an undo journal. (pure)

The writer loads what a transaction touches, decides and projects in memory, and writes the changed rows at its end; a
replay starts from nothing and ends with every row. Order of arrival does not change a balance, a stage or a holder.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .ledger.entry import Entry
from .ledger.statement import Statement
from .quantity import base_amount, parse_quantity

Row = Mapping[str, Any]
Place = tuple[str, str]


@dataclass
class State:
    """Rows by (table, id). `leaves` are the entries that payloads name: (chain, seq) to leaf hash."""

    rows: dict[Place, Row] = field(default_factory=dict)
    leaves: dict[tuple[str, int], bytes] = field(default_factory=dict)
    taken: dict[Place, str] = field(default_factory=dict)
    events: list[Row] = field(default_factory=list)
    edges: list[tuple[str, str]] = field(default_factory=list)
    loaded: frozenset[Place] = frozenset()
    originals: dict[Place, Row] = field(default_factory=dict)
    node: tuple[str, str] | None = None
    _undo: list[Callable[[], object]] = field(default_factory=list)

    def find(self, table: str, id: str) -> Row | None:
        return self.rows.get((table, id))

    def put(self, table: str, id: str, row: Row) -> None:
        self._set(self.rows, (table, id), row)

    def take(self, what: str, value: str, by: str) -> None:
        """Remember a value that is unique in the log: a code, a 统一社会信用代码."""
        self._set(self.taken, (what, value), by)

    def add_event(self, row: Row) -> None:
        self.events.append(row)
        self._undo.append(self.events.pop)

    def add_edge(self, child: str, parent: str) -> None:
        self.edges.append((child, parent))
        self._undo.append(self.edges.pop)

    def set_node(self, chain: str, key: str) -> None:
        before, self.node = self.node, (chain, key)
        self._undo.append(lambda: setattr(self, "node", before))

    def add_leaf(self, chain: str, seq: int, leaf: bytes) -> None:
        self._set(self.leaves, (chain, seq), leaf)

    def mark(self) -> int:
        return len(self._undo)

    def undo(self, mark: int) -> None:
        """Forget everything since the mark: a group is all or none."""
        while len(self._undo) > mark:
            self._undo.pop()()

    def _set(self, into: dict[Any, Any], at: Any, value: Any) -> None:
        before = into.get(at)
        into[at] = value
        self._undo.append(lambda: into.pop(at) if before is None else into.update({at: before}))


def project(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    """Change the rows as this entry says. Never refuses: what is logged is logged."""
    state.add_event(
        {
            "index": entry.index,
            "chain": entry.chain,
            "seq": entry.seq,
            "kind": statement.kind,
            "actor": statement.actor,
            "occurred_at": statement.occurred_at,
            "received": entry.received,
        }
    )
    state.add_leaf(entry.chain, entry.seq, leaf)
    change = _CHANGES.get(statement.kind)
    if change:
        change(state, entry, statement)
    elif state.find("batch", entry.chain):
        _change_batch(state, entry, statement)


def _open_node(state: State, entry: Entry, statement: Statement) -> None:
    state.set_node(entry.chain, statement.payload["key"])


def _register_party(state: State, entry: Entry, statement: Statement) -> None:
    payload = statement.payload
    name, uscc = payload["name"], payload.get("uscc")
    row = {
        "id": entry.chain,
        "name": name if isinstance(name, str) else None,
        "legal_form": payload["legal_form"],
        "roles": " ".join(payload["roles"]),
        "region": payload["region"],
        "township": payload.get("township"),
        "uscc": uscc,
        "index": entry.index,
    }
    state.put("party", entry.chain, row)
    if uscc:
        state.take("uscc", uscc, entry.chain)


def _add_key(state: State, entry: Entry, statement: Statement) -> None:
    did = statement.payload["key"]
    state.put("key", did, {"id": did, "party": entry.chain, "added": entry.index, "revoked": None})


def _revoke_key(state: State, entry: Entry, statement: Statement) -> None:
    did = statement.payload["key"]
    row = state.find("key", did)
    if row:
        state.put("key", did, {**row, "revoked": entry.index})


def _register_place(state: State, entry: Entry, statement: Statement) -> None:
    payload = statement.payload
    row = {
        "id": entry.chain,
        "party": payload["party"],
        "region": payload["region"],
        "township": payload["township"],
        "place_kind": payload.get("place_kind", "plot"),
        "index": entry.index,
    }
    state.put("place", entry.chain, row)


def _open_batch(state: State, entry: Entry, statement: Statement) -> None:
    payload = statement.payload
    inputs = payload.get("inputs", [])
    row = {
        "id": entry.chain,
        "code": payload.get("code"),
        "product": payload["product"],
        "township": payload["township"],
        "place": payload.get("place"),
        "owner": statement.actor,
        "holder": statement.actor,
        "held_since": _moment(statement.occurred_at, entry.index),
        "stage": statement.kind,
        "stage_at": _moment(statement.occurred_at, entry.index),
        "opened_at": statement.occurred_at,
        "opening": _amount(payload["quantity"]),
        "movements": 0,
        "has_inputs": bool(inputs),
        "is_measured": False,
        "is_closed": False,
        "index": entry.index,
    }
    state.put("batch", entry.chain, row)
    if payload.get("code"):
        state.take("code", payload["code"], entry.chain)
    for one in inputs:
        state.add_edge(entry.chain, one["batch"])


_CHANGES: Mapping[str, Callable[[State, Entry, Statement], None]] = {
    "genesis": _open_node,
    "party_registered": _register_party,
    "key_added": _add_key,
    "key_revoked": _revoke_key,
    "place_registered": _register_place,
    "batch_opened": _open_batch,
}


def _change_batch(state: State, entry: Entry, statement: Statement) -> None:
    row = dict(state.rows["batch", entry.chain])
    payload, kind = statement.payload, statement.kind
    moment = _moment(statement.occurred_at, entry.index)
    row["movements"] += movement(kind, payload)
    if kind == "harvest":
        row["is_measured"] = True
    if moment > row["stage_at"] and kind != "consumed":
        row["stage"], row["stage_at"] = kind, moment
    if kind == "receipt" and moment > row["held_since"]:
        row["holder"], row["held_since"] = statement.actor, moment
    if kind == "labels_issued" and row["code"] is None and payload.get("code"):
        row["code"] = payload["code"]
        state.take("code", payload["code"], entry.chain)
    if kind == "retail_sale" and payload.get("sold_out"):
        row["is_closed"] = True
    state.put("batch", entry.chain, row)


def movement(kind: str, payload: Mapping[str, Any]) -> int:
    """By how much a record of a batch changes its balance, in base units (quantity_effect of the vocabulary)."""
    match kind:
        case "harvest":
            return _amount(payload["quantity"])
        case "primary_processing":
            return _amount(payload["quantity_out"]) - _amount(payload["quantity_in"])
        case "consumed" | "sample_taken" | "retail_sale":
            return -_amount(payload["quantity"])
    return 0


def balance(row: Row) -> int:
    """What is left, in base units. Without inputs the opening is an estimate that the first harvest replaces."""
    estimate_holds = row["has_inputs"] or not row["is_measured"]
    return int(row["movements"] + (row["opening"] if estimate_holds else 0))


def _amount(quantity: object) -> int:
    return base_amount(parse_quantity(quantity))


def _moment(occurred_at: str, index: int) -> str:
    """Sorts by the time something happened, then by when we were told."""
    return f"{datetime.fromisoformat(occurred_at).astimezone(UTC).isoformat(timespec='microseconds')} {index:016d}"
