"""Which rows does a transaction or a page need, and how are changed rows written? All SQL of this wing.

SQLAlchemy, so that one text serves SQLite now and PostgreSQL later. Set-wise: one query a table, whatever queued.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, Table, and_, func, select

from .acts import NEEDS_ABOVE
from .events import KINDS
from .ledger.canonical import decode_value
from .ledger.store import Reads, Writes
from .records import place_of, topic
from .state import Place, Row, State
from .tables import NOUNS, PROJECTIONS, batch, edge, flag, hold, part, party, record
from .wanted import Wanted

_NO_TABLES: Mapping[str, Table] = MappingProxyType({})


@dataclass(frozen=True)
class Register:
    """What every decision may ask of officials and rules, whole, as it is little: offices, adoptions, and the interests
    that office holders declared (commitment to parties), as far as their openings were not erased."""

    offices: tuple[Row, ...]
    adoptions: tuple[Row, ...]
    interests: Mapping[str, Any]


def load_register(reads: Reads) -> Register:
    offices = list_offices(reads.connection)
    commits = {row["interests"] for row in offices if row["interests"]}
    openings = reads.openings(commits) if commits else {}
    interests = {commit: decode_value(opening.value) for commit, opening in openings.items()}
    return Register(tuple(offices), tuple(list_adoptions(reads.connection)), interests)


def register_of(state: State) -> Register:
    """The register as a transaction leaves it."""
    offices = tuple(state.rows["office", id] for id in state.office_ids)
    adoptions = tuple(state.rows["adoption", id] for ids in state.adoptions.values() for id in ids)
    commits = [row["interests"] for row in offices]
    return Register(offices, adoptions, {one: state.opened[one] for one in commits if one in state.opened})


def load_state(
    reads: Reads,
    wanted: Wanted,
    node: tuple[str, str] | None,
    register: Register,
    kept: Mapping[Place, Row] | None = None,
) -> State:
    """The rows that a transaction may look at, before any of it is decided. `kept`: some that the last one left, by
    which it knows them without reading."""
    state = State(node=node, opened=dict(register.interests), kept=kept or {})
    for name, known in (("office", register.offices), ("adoption", register.adoptions)):
        for row in known:
            state.know(name, row)
    for name, ids in wanted.ids.items():
        if name == "record":
            know_records(state, reads, ids)
        else:
            know_rows(state, reads, name, "id", ids)
    know_rows(state, reads, "record", "topic", wanted.topics)
    know_rows(state, reads, "record", "topic", {topic(chain, kind) for chain in wanted.whole for kind in KINDS})
    corrected = reads.known(wanted.statements).values() if wanted.statements else ()
    know_rows(state, reads, "record", "index", {row.index for row in corrected})
    _walk(state, reads, wanted.below, "parent", "child")
    above = _walk(state, reads, wanted.above, "child", "parent")
    know_rows(state, reads, "record", "topic", {topic(one, kind) for one in above for kind in NEEDS_ABOVE})
    made = list(reads.find("edge", ("child", "parent"), "parent", wanted.made)) if wanted.made else []
    for child, parent in made:
        state.know_edge(child, parent)
    know_rows(state, reads, "record", "topic", {topic(child, "batch_opened") for child, _ in made})
    batches = {id for name, id in state.rows if name == "batch"}
    rows = [state.rows["batch", id] for id in batches]
    know_rows(state, reads, "hold", "batch", {row["id"] for row in rows if row["holds"]} | wanted.below)
    know_rows(state, reads, "flag", "batch", batches & wanted.ids["batch"])
    know_rows(state, reads, "place", "id", {row["place"] for row in rows if row["place"]})
    spoke = {row["actor"] for (name, _), row in state.rows.items() if name == "record"}
    know_rows(state, reads, "party", "id", spoke | {row["owner"] for row in rows if row["id"] in wanted.below})
    for chain, seq in wanted.entries:
        if (entry := reads.place(chain, seq)) is not None:
            state.leaves[chain, seq] = entry.leaf
    offered = {row["offered_to"] for row in rows if row["id"] in wanted.offers and row["offered_to"]}
    for commit, opening in reads.openings(offered).items() if offered else ():
        state.opened[commit] = decode_value(opening.value)
    for what, column, values in (("code", batch.c.code, wanted.codes), ("uscc", party.c.uscc, wanted.usccs)):
        if values:
            found = reads.connection.execute(select(column, column.table.c.id).where(column.in_(values)))
            state.taken.update({(what, value): owner for value, owner in found})
    return state


def know_rows(state: State, reads: Reads, name: str, key: str, values: Iterable[Any]) -> None:
    """Take rows of a noun into a state, by one column that has an index; records by their ids: `know_records`."""
    wanted = state.recall(name, values) if key == "id" else list(values)
    if wanted:
        for row in _found(reads, name, key, wanted):
            state.know(name, row)


def know_records(state: State, reads: Reads, ids: Iterable[str]) -> None:
    """Take records into a state by where they stand."""
    heads = [reads.place(*place) for place in map(place_of, ids) if place is not None]
    know_rows(state, reads, "record", "index", {head.index for head in heads if head is not None})


def _walk(state: State, reads: Reads, starts: Iterable[str], here: str, there: str) -> set[str]:
    """Take in every edge and batch on the way down (or up) from some batches, one step of all of them a query."""
    seen, frontier = set(starts), set(starts)
    while frontier:
        edges = list(reads.find("edge", ("child", "parent"), here, frontier))
        for child, parent in edges:
            state.know_edge(child, parent)
        at = 0 if there == "child" else 1
        frontier = {edge[at] for edge in edges} - seen
        seen |= frontier
    know_rows(state, reads, "batch", "id", (id for id in seen if ("batch", id) not in state.rows))
    return seen


def _found(reads: Reads, name: str, key: str, values: Iterable[Any]) -> Iterator[Row]:
    """Rows of a noun by one column."""
    columns = _COLUMNS[name]
    for row in reads.find(name, columns, key, values):
        yield dict(zip(columns, row, strict=True))


def save_state(writes: Writes, state: State, joined: Mapping[str, Table] = _NO_TABLES) -> None:
    """Write what changed since `load_state`, in the writer's transaction. `joined`: the tables of another wing."""
    columns, values = _writing(tuple(joined.values()))
    changed: dict[str, list[Row]] = {name: [] for name in (*NOUNS, *joined)}
    for (name, id), row in state.rows.items():
        before = state.originals.get((name, id))
        if before is not row and before != row:  # most records leave their batch as it was
            changed[name].append(row)
    for name, rows in changed.items():
        if rows:
            writes.put(name, columns[name], "index" if name == "record" else "id", [*map(values[name], rows)])
    writes.put("part", _COLUMNS["part"], None, parts_of(changed["record"]))
    if state.edges:
        writes.put("edge", _COLUMNS["edge"], None, state.edges)


def parts_of(records: Iterable[Row]) -> list[tuple[str, str, str]]:
    """What `part` says of these records, each thing once."""
    return [*dict.fromkeys(map(_PART, records))]


_PART: Callable[[Row], tuple[str, str, str]] = itemgetter("actor", "kind", "chain")


@cache
def _writing(
    joined: tuple[Table, ...],
) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, Callable[[Row], tuple[object, ...]]]]:
    """The columns of every table, and what takes their values out of a row."""
    columns = {**_COLUMNS, **columns_of(joined)}
    return columns, {name: itemgetter(*names) for name, names in columns.items()}


def columns_of(tables: Iterable[Table]) -> dict[str, tuple[str, ...]]:
    """The names of the columns, by table."""
    return {table.name: tuple(column.name for column in table.c) for table in tables}


_COLUMNS = columns_of(PROJECTIONS)


def _by_id(connection: Connection, table: Table, ids: Iterable[str]) -> list[Row]:
    wanted = sorted(ids)
    if not wanted:
        return []
    return [dict(row) for row in connection.execute(select(table).where(table.c.id.in_(wanted))).mappings()]


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


def list_offices(connection: Connection) -> list[Row]:
    """Every office that was given, in the order of the log; the founders' first."""
    office = NOUNS["office"]
    rows = connection.execute(select(office).order_by(office.c.given, office.c.id)).mappings()
    return [dict(row) for row in rows]


def list_adoptions(connection: Connection) -> list[Row]:
    """Every adoption of a table, in the order of the log."""
    adoption = NOUNS["adoption"]
    return [dict(row) for row in connection.execute(select(adoption).order_by(adoption.c.index)).mappings()]


def find_keys(connection: Connection, party_id: str) -> list[Row]:
    """Every key that a party had, in the order in which they were added."""
    key = NOUNS["key"]
    rows = connection.execute(select(key).where(key.c.party == party_id).order_by(key.c.added)).mappings()
    return [dict(row) for row in rows]


def find_parties(connection: Connection, ids: Iterable[str]) -> list[Row]:
    return _by_id(connection, party, ids)


def list_authorities(connection: Connection) -> list[Row]:
    """Every authority, in the order of registration."""
    query = select(party).where(party.c.legal_form == "authority").order_by(party.c.index)
    return [dict(row) for row in connection.execute(query).mappings()]


def find_places(connection: Connection, ids: Iterable[str]) -> list[Row]:
    return _by_id(connection, NOUNS["place"], ids)


def find_batch(connection: Connection, id: str) -> Row | None:
    return next(iter(_by_id(connection, batch, [id])), None)


def find_batch_by_code(connection: Connection, code: str) -> Row | None:
    found = connection.execute(select(batch).where(batch.c.code == code)).mappings().first()
    return dict(found) if found else None


def find_openers(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Who opened each of these batches: its owner until a transfer, of which only its parties may read."""
    topics = sorted(topic(id, "batch_opened") for id in ids)
    query = select(record.c.chain, record.c.actor).where(record.c.topic.in_(topics))
    return {row.chain: row.actor for row in connection.execute(query)}


def recorded(query: Select[Any], parties: Iterable[str], kinds: Iterable[str]) -> Select[Any]:
    """A query of `record` for what these parties recorded of these kinds, whatever became of it."""
    theirs = and_(record.c.topic == part.c.chain + "/" + part.c.kind, record.c.actor == part.c.actor)
    return query.join_from(part, record, theirs).where(
        part.c.actor.in_(sorted(parties)), part.c.kind.in_(sorted(kinds))
    )


def upstream(connection: Connection, id: str) -> list[Row]:
    """Every batch that this one was made from, nearest first."""
    return _reached(connection, id, edge.c.child, edge.c.parent, batch.c.index.desc())


def downstream(connection: Connection, id: str) -> list[Row]:
    """Every batch that was made from this one, in the order in which they were opened."""
    return _reached(connection, id, edge.c.parent, edge.c.child, batch.c.index)


def _reached(
    connection: Connection, id: str, here: Column[str], there: Column[str], order: ColumnElement[int]
) -> list[Row]:
    """UNION on one column: a depth column would walk paths, of which a diamond of twelve steps has half a million."""
    found = select(there.label("id")).where(here == id).cte("found", recursive=True)
    found = found.union(select(there).where(here == found.c.id))
    rows = connection.execute(select(batch).join(found, found.c.id == batch.c.id).order_by(order))
    return [dict(row) for row in rows.mappings()]


def edges_between(connection: Connection, batches: Iterable[str]) -> list[tuple[str, str]]:
    """(child, parent) of every step among these batches."""
    wanted = sorted(batches)
    rows = connection.execute(select(edge.c.child, edge.c.parent).where(edge.c.child.in_(wanted)))
    return [(child, parent) for child, parent in rows if parent in wanted]


def open_holds(connection: Connection, batches: Iterable[str]) -> list[Row]:
    """The holds that stand on these batches, oldest first."""
    rows = select(hold).where(hold.c.batch.in_(sorted(batches)), hold.c.released.is_(None)).order_by(hold.c.index)
    return [dict(row) for row in connection.execute(rows).mappings()]


def open_flags(connection: Connection, batches: Iterable[str]) -> list[Row]:
    """The questions that are open about these batches, oldest first."""
    rows = select(flag).where(flag.c.batch.in_(sorted(batches)), flag.c.is_open).order_by(flag.c.index)
    return [dict(row) for row in connection.execute(rows).mappings()]


def list_held(connection: Connection, region: str) -> list[Row]:
    """Batches with a hold whose owners' region begins so, the longest held first."""
    since = select(hold.c.batch, func.min(hold.c.index).label("since")).where(hold.c.released.is_(None))
    held = since.group_by(hold.c.batch).subquery()
    rows = select(batch).join(held, held.c.batch == batch.c.id).where(_owned_in(region)).order_by(held.c.since)
    return [dict(row) for row in connection.execute(rows).mappings()]


def list_flags(connection: Connection, region: str) -> list[Row]:
    """Open flags about batches whose owners' region begins so, oldest first."""
    owned = select(batch.c.id).where(_owned_in(region))
    rows = select(flag).where(flag.c.batch.in_(owned), flag.c.is_open).order_by(flag.c.index)
    return [dict(row) for row in connection.execute(rows).mappings()]


def _owned_in(region: str) -> ColumnElement[bool]:
    return batch.c.owner.in_(select(party.c.id).where(party.c.region.startswith(region, autoescape=True)))


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
