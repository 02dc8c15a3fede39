"""Which rows does a transaction or a page need, and how are changed rows written? All SQL of this wing.

SQLAlchemy, so that one text serves SQLite now and PostgreSQL later. Set-wise: one query a table, whatever queued.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select

from .events import KINDS
from .ledger import tables as evidence
from .ledger.log import Submission
from .payload import references
from .state import Row, State
from .tables import NOUNS, PROJECTIONS, batch, edge, event, party


@dataclass
class Wanted:
    """Ids by table, entries by place, unique values by field."""

    ids: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in NOUNS})
    entries: set[tuple[str, int]] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    usccs: set[str] = field(default_factory=set)


def wanted_by(submissions: Iterable[Submission]) -> Wanted:
    """Everything that deciding on these submissions could look at."""
    wanted = Wanted()
    for statement in (item.statement for submission in submissions for item in submission.items):
        kind, payload = KINDS.get(statement.kind), statement.payload
        wanted.ids["party"].update((statement.actor, statement.chain))
        wanted.ids["key"].update(statement.signers)
        for noun in ("place", "batch"):
            wanted.ids[noun].add(statement.chain)
        if kind is None:
            continue
        for reference in references(kind, payload):
            if reference.type == "entry":
                wanted.entries.add((reference.value["chain"], reference.value["seq"]))
            else:
                wanted.ids[reference.type].add(reference.value)
        if isinstance(payload.get("key"), str):
            wanted.ids["key"].add(payload["key"])
        if isinstance(payload.get("code"), str):
            wanted.codes.add(payload["code"])
        if isinstance(payload.get("uscc"), str):
            wanted.usccs.add(payload["uscc"])
    return wanted


def load_state(connection: Connection, wanted: Wanted, node: tuple[str, str] | None) -> State:
    """The rows that a transaction may look at, before any of it is decided."""
    state = State(node=node)
    for name, table in NOUNS.items():
        for row in _by_id(connection, table, wanted.ids[name]):
            state.rows[name, row["id"]] = row
    state.loaded = frozenset(state.rows)
    state.originals = dict(state.rows)
    for chain, seq in wanted.entries:
        rows = evidence.entry
        leaf = connection.scalar(select(rows.c.leaf).where(rows.c.chain == chain, rows.c.seq == seq))
        if leaf is not None:
            state.leaves[chain, seq] = leaf
    for what, column, values in (("code", batch.c.code, wanted.codes), ("uscc", party.c.uscc, wanted.usccs)):
        if values:
            found = connection.execute(select(column, column.table.c.id).where(column.in_(values)))
            state.taken.update({(what, value): owner for value, owner in found})
    return state


def _by_id(connection: Connection, table: Table, ids: Iterable[str]) -> list[Row]:
    wanted = sorted(ids)
    if not wanted:
        return []
    return [dict(row) for row in connection.execute(select(table).where(table.c.id.in_(wanted))).mappings()]


def save_state(connection: Connection, state: State) -> None:
    """Write what changed since `load_state`, in the writer's transaction."""
    for name, table in NOUNS.items():
        changed = [row for (of, _), row in state.rows.items() if of == name]
        fresh = [row for row in changed if (name, row["id"]) not in state.loaded]
        moved = [
            row for row in changed if (name, row["id"]) in state.loaded and state.originals[name, row["id"]] is not row
        ]
        _insert(connection, table, fresh)
        if moved:
            others: dict[str, Any] = {
                column.name: bindparam(f"new_{column.name}") for column in table.c if column.name != "id"
            }
            update = table.update().where(table.c.id == bindparam("old_id")).values(others)
            connection.execute(update, [{"old_id": row["id"], **_new(row)} for row in moved])
    _insert(connection, event, state.events)
    _insert(connection, edge, [{"child": child, "parent": parent} for child, parent in state.edges])


def _new(row: Row) -> dict[str, Any]:
    return {f"new_{name}": value for name, value in row.items() if name != "id"}


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(table.insert(), [dict(row) for row in rows])


def all_rows(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Every projection, each in the order of its primary key: what a rebuild is compared with."""
    return {
        table.name: [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
        for table in PROJECTIONS
    }


def find_key_owners(connection: Connection, dids: Iterable[str]) -> list[str]:
    """The parties that these keys belong to; the node's key belongs to none."""
    key = NOUNS["key"]
    return sorted(connection.scalars(select(key.c.party).where(key.c.id.in_(sorted(dids))).distinct()))


def find_parties(connection: Connection, ids: Iterable[str]) -> list[Row]:
    return _by_id(connection, party, ids)


def find_places(connection: Connection, ids: Iterable[str]) -> list[Row]:
    return _by_id(connection, NOUNS["place"], ids)


def find_batch(connection: Connection, id: str) -> Row | None:
    return next(iter(_by_id(connection, batch, [id])), None)


def find_batch_by_code(connection: Connection, code: str) -> Row | None:
    found = connection.execute(select(batch).where(batch.c.code == code)).mappings().first()
    return dict(found) if found else None


def upstream(connection: Connection, id: str) -> list[Row]:
    """Every batch that this one was made from, nearest first. UNION on one column: a depth column would walk paths."""
    above = select(edge.c.parent.label("id")).where(edge.c.child == id).cte("above", recursive=True)
    above = above.union(select(edge.c.parent).where(edge.c.child == above.c.id))
    rows = connection.execute(select(batch).join(above, above.c.id == batch.c.id).order_by(batch.c.index.desc()))
    return [dict(row) for row in rows.mappings()]


def list_nouns(
    connection: Connection, noun: str, after: int, limit: int, *, party_id: str | None = None, region: str | None = None
) -> list[Row]:
    """Parties, places or batches in the order of registration, behind log index `after`; of one party or one region."""
    table = NOUNS[noun]
    query = select(table).where(table.c.index > after).order_by(table.c.index).limit(limit)
    if party_id is not None:
        query = query.where(table.c[{"party": "id", "place": "party", "batch": "owner"}[noun]] == party_id)
    if region is not None:
        in_region = select(party.c.id).where(party.c.region.startswith(region, autoescape=True))
        query = query.where(table.c[{"party": "id", "place": "party", "batch": "owner"}[noun]].in_(in_region))
    return [dict(row) for row in connection.execute(query).mappings()]
