"""Which rows do the pages of a party need? Its batches as owner and holder, what it recorded last,
and what is open about them."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, Table, case, func, or_, select

from trace.ledger.canonical import encode
from trace.ledger.tables import entry, opening
from trace.queries import recorded
from trace.records import place_of, said, topic
from trace.state import Row
from trace.tables import batch, flag, hold, party, place, record


def batches_of(connection: Connection, party: str, limit: int, before: int | None = None) -> list[Row]:
    """Batches that the party owns or holds, newest first; `before`: only those registered before this log index."""
    query = select(batch).where(or_(batch.c.owner == party, batch.c.holder == party))
    if before is not None:
        query = query.where(batch.c.index < before)
    return [dict(row) for row in connection.execute(query.order_by(batch.c.index.desc()).limit(limit)).mappings()]


def batches_once_of(connection: Connection, party: str, limit: int) -> list[Row]:
    """Batches that the party opened, took over or received, and that others own and hold now; newest such act first."""
    began = select(record.c.chain, func.max(record.c.index).label("at"))
    began = recorded(began, [party], ("batch_opened", "transfer_accepted", "receipt"))
    mine = began.group_by(record.c.chain).subquery()
    query = select(batch).join(mine, mine.c.chain == batch.c.id)
    query = query.where(batch.c.owner != party, batch.c.holder != party).order_by(mine.c.at.desc()).limit(limit)
    return [dict(row) for row in connection.execute(query).mappings()]


def batches_to_take_from(connection: Connection, party: str, limit: int) -> list[Row]:
    """Batches that the party owns, that nothing holds back and of which something is left, newest first."""
    opened = case((or_(batch.c.has_inputs, batch.c.is_measured.is_(False)), batch.c.opening), else_=0)
    query = select(batch).where(
        batch.c.owner == party,
        batch.c.is_closed.is_(False),
        batch.c.holds == 0,
        batch.c.movements + opened > 0,
    )
    return [dict(row) for row in connection.execute(query.order_by(batch.c.index.desc()).limit(limit)).mappings()]


def batches_offered_to(connection: Connection, buyer: str, limit: int) -> list[Row]:
    """Batches of which an offer to this party stands, lapsed ones too, newest offer last.

    An offer names its buyer by a commitment; who opens it reads it here.
    """
    query = select(batch).join(opening, opening.c.commit == batch.c.offered_to).where(opening.c.value == encode(buyer))
    return [dict(row) for row in connection.execute(query.order_by(batch.c.index).limit(limit)).mappings()]


def find_party_by_uscc(connection: Connection, uscc: str) -> Row | None:
    """The party that is registered under a 统一社会信用代码."""
    found = connection.execute(select(party).where(party.c.uscc == uscc)).mappings().first()
    return dict(found) if found else None


def recorded_by(connection: Connection, party: str, kind: str, limit: int) -> list[int]:
    """Log indices of the newest records of a kind by this party, newest first."""
    query = recorded(select(record.c.index), [party], [kind])
    return list(connection.scalars(query.order_by(record.c.index.desc()).limit(limit)))


def open_holds(connection: Connection, batches: Iterable[str]) -> list[Row]:
    """The holds that stand on any of these batches, oldest first."""
    query = select(hold).where(hold.c.batch.in_(sorted(batches)), hold.c.released.is_(None))
    return [dict(row) for row in connection.execute(query.order_by(hold.c.index)).mappings()]


def open_flags(connection: Connection, batch_id: str) -> list[Row]:
    """The questions about a batch that nobody has answered, oldest first."""
    query = select(flag).where(flag.c.batch == batch_id, flag.c.is_open, flag.c.answered.is_(None))
    return [dict(row) for row in connection.execute(query.order_by(flag.c.index)).mappings()]


def find_indices(connection: Connection, places: Iterable[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """The log index of each entry by its chain and number on it, where there is one."""
    wanted = sorted(set(places))
    query = select(entry.c.chain, entry.c.seq, entry.c.index).where(
        entry.c.chain.in_(sorted({chain for chain, _ in wanted})), entry.c.seq.in_(sorted({seq for _, seq in wanted}))
    )
    found = {(chain, seq): index for chain, seq, index in connection.execute(query)}
    return {place: found[place] for place in wanted if place in found}


def find_record(connection: Connection, index: int) -> Row | None:
    """The record of a batch that was logged at this index, as it was last stated."""
    found = connection.execute(select(record).where(record.c.index == index)).mappings().first()
    return dict(found) if found else None


def freed_batches(connection: Connection, batches: Iterable[str]) -> set[str]:
    """Those of these batches from which a hold was lifted."""
    query = select(hold.c.batch).where(hold.c.batch.in_(sorted(batches)), hold.c.released.is_not(None)).distinct()
    return set(connection.scalars(query))


def last_decisions(connection: Connection, batches: Iterable[str]) -> dict[str, str]:
    """What a market decided last about each of these batches that one has seen: admitted, refused, test-first."""
    topics = sorted(topic(batch, "market_admission") for batch in batches)
    query = select(record).where(record.c.topic.in_(topics), record.c.is_void.is_(False)).order_by(record.c.index)
    rows = connection.execute(query).mappings()
    return {row["chain"]: said(dict(row))["decision"] for row in rows}


def find_record_by_id(connection: Connection, id: str) -> Row | None:
    """A record by where it stands: chain and number on it."""
    place = place_of(id)
    index = find_indices(connection, [place]).get(place) if place else None
    return find_record(connection, index) if index is not None else None


def records_by_actor(connection: Connection, party: str, kind: str) -> list[Row]:
    """What a party recorded of a kind that still counts, oldest first."""
    query = recorded(select(record), [party], [kind])
    rows = connection.execute(query.where(record.c.is_void.is_(False)).order_by(record.c.index)).mappings()
    return [dict(row) for row in rows]


def samples_for(connection: Connection, laboratory: str) -> list[Row]:
    """The samples that name a laboratory, or that it drew itself and for nobody else, oldest first."""
    query = select(record).where(record.c.asked_of == laboratory, record.c.is_void.is_(False))
    return [dict(row) for row in connection.execute(query.order_by(record.c.index)).mappings()]


def current_records(connection: Connection, batch_id: str, kind: str) -> list[Row]:
    """The records of a kind on a batch that still count, as they were last stated, oldest first."""
    query = select(record).where(record.c.topic == topic(batch_id, kind), record.c.is_void.is_(False))
    return [dict(row) for row in connection.execute(query.order_by(record.c.index)).mappings()]


def flags_of_batch(connection: Connection, batch_id: str) -> list[Row]:
    """Every question about a batch that still stands or was answered, oldest first."""
    query = select(flag).where(flag.c.batch == batch_id, flag.c.is_open | flag.c.answered.is_not(None))
    return [dict(row) for row in connection.execute(query.order_by(flag.c.index)).mappings()]


_PLACED = {"party": party, "place": place}


def list_incomplete(connection: Connection, region: str, limit: int) -> list[tuple[str, Row]]:
    """Parties whose region begins so, and places of theirs, whose registration left out what the law asks for: noun and row.

    The oldest of each first, at most `limit` of each.
    """
    asked = {noun: select(table).where(_is_incomplete(table, region)) for noun, table in _PLACED.items()}
    return [
        (noun, dict(row))
        for noun, query in asked.items()
        for row in connection.execute(query.order_by(_PLACED[noun].c.index).limit(limit)).mappings()
    ]


def count_incomplete(connection: Connection, region: str) -> int:
    """How many parties and places `list_incomplete` would list without a limit."""
    counts = (select(func.count()).select_from(one).where(_is_incomplete(one, region)) for one in _PLACED.values())
    return sum(int(connection.scalar(query) or 0) for query in counts)


def incomplete_of(connection: Connection, party_id: str) -> list[tuple[str, Row]]:
    """A party and its places, those whose registration left something out: noun and row."""
    own = {"party": party.c.id == party_id, "place": place.c.party == party_id}
    return [
        (noun, dict(row))
        for noun, is_own in own.items()
        for row in connection.execute(
            select(_PLACED[noun]).where(is_own, _PLACED[noun].c.missing.is_not(None))
        ).mappings()
    ]


def _is_incomplete(table: Table, region: str) -> ColumnElement[bool]:
    is_here = party.c.region.startswith(region, autoescape=True)
    belongs = is_here if table is party else table.c.party.in_(select(party.c.id).where(is_here))
    return belongs & table.c.missing.is_not(None)
