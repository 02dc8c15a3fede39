"""Where do statements lie that were kept aside? One table of ops.db; each method is one short transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    Row,
    Table,
    Text,
    func,
    select,
)

from api.db import Operational, metadata, utc_text
from trace.ledger.canonical import b64url_decode, b64url_encode, decode_value, encode
from trace.payload import Opening

from . import BYTES, BYTES_OF_A_PARTY, LIFE, MOST, MOST_OF_A_PARTY, WAITING, Aside

aside = Table(
    "aside",
    metadata,
    # Of a group in its order: the opening of a batch before what happened to it.
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("document", Text, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("party", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("chain", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("came_at", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("settled_at", Text),
    Column("settled_by", Text),
    Column("reason", Text),
    Column("index", BigInteger),
    # Last: what is counted and listed is read without them.
    Column("statement", LargeBinary, nullable=False),
    Column("openings", LargeBinary, nullable=False),
    Index("ix_aside_state", "state", "party", "bytes"),
)

NOTHING = b""
"""Of an engine that overwrites what goes (`operational_engine`), so that the words are not left in the file."""


class NotKept(Enum):
    """Why a statement is not kept: there is no room, or another one has its id."""

    FULL = "full"
    OTHER = "other"


class AsideStore:
    """The statements of one node that were kept aside, from any thread."""

    def __init__(self, operational: Operational) -> None:
        self.clock: Callable[[], datetime] = operational.clock
        self._engine = operational.engine

    def keep(self, those: Sequence[Aside]) -> list[Aside] | NotKept:
        """Keep statements that came together, all or none; the same words under the same id are kept once, as they came first.

        They come back as they are kept, also those that are settled.
        """
        with self._engine.connect() as connection, connection.begin() as transaction:
            _forget(connection, self.clock())
            kept = []
            for one in those:
                found = _keep(connection, one)
                if isinstance(found, NotKept):
                    transaction.rollback()
                    return found
                kept.append(found)
        return kept

    def find(self, id: str) -> Aside | None:
        """Any that is known, settled ones too."""
        with self._engine.begin() as connection:
            _forget(connection, self.clock())
            row = connection.execute(select(aside).where(aside.c.id == id)).one_or_none()
        return None if row is None else _read(row)

    def waiting_of(self, party: str, most: int) -> list[Aside]:
        """Those of one party, oldest first."""
        return self._waiting(aside.c.party == party, most)

    def waiting_in(self, scope: str, most: int) -> list[Aside]:
        """Those of parties whose region begins so, oldest first."""
        return self._waiting(aside.c.region.startswith(scope, autoescape=True), most)

    def waiting_ids(self) -> list[tuple[str, str]]:
        """Id and party of every one that waits."""
        with self._engine.begin() as connection:
            _forget(connection, self.clock())
            query = select(aside.c.id, aside.c.party).where(aside.c.state == WAITING)
            return [(row.id, row.party) for row in connection.execute(query)]

    def settle(
        self, id: str, state: str, *, by: str | None = None, reason: str | None = None, index: int | None = None
    ) -> None:
        """It waits no more, and its words are gone; the first end counts."""
        ended = {"state": state, "settled_by": by, "reason": reason, "index": index}
        gone = {"statement": NOTHING, "openings": NOTHING, "bytes": 0, "settled_at": utc_text(self.clock())}
        with self._engine.begin() as connection:
            open_row = aside.update().where(aside.c.id == id, aside.c.state == WAITING)
            connection.execute(open_row.values({**ended, **gone}))

    def add_kept(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Enter what a backup brought into a file that has none of them; what is too old by now goes at once."""
        with self._engine.begin() as connection:
            for row in rows:
                connection.execute(aside.insert().values(dict(row)))
            _forget(connection, self.clock())

    def _waiting(self, condition: Any, most: int) -> list[Aside]:
        query = select(aside).where(condition, aside.c.state == WAITING).order_by(aside.c.came_at, aside.c.number)
        with self._engine.begin() as connection:
            _forget(connection, self.clock())
            return [_read(row) for row in connection.execute(query.limit(most))]


def _keep(connection: Connection, one: Aside) -> Aside | NotKept:
    known = connection.execute(select(aside).where(aside.c.id == one.id)).one_or_none()
    if known is not None:
        return _read(known) if known.document == one.document else NotKept.OTHER
    row = _row(one)
    if not _has_room(connection, row):
        return NotKept.FULL
    connection.execute(aside.insert().values(row))
    return replace(one, came_at=datetime.fromisoformat(row["came_at"]))


def _has_room(connection: Connection, row: dict[str, Any]) -> bool:
    """Whether one more fits, of its party and in whole."""
    counts = select(func.count(), func.coalesce(func.sum(aside.c.bytes), 0)).where(aside.c.state == WAITING)
    for query, most, most_bytes in (
        (counts.where(aside.c.party == row["party"]), MOST_OF_A_PARTY, BYTES_OF_A_PARTY),
        (counts, MOST, BYTES),
    ):
        number, taken = connection.execute(query).one()
        if number >= most or taken + row["bytes"] > most_bytes:
            return False
    return True


def _forget(connection: Connection, now: datetime) -> None:
    """Those that waited too long, and what was known of settled ones."""
    oldest = utc_text(now - LIFE)
    since = func.coalesce(aside.c.settled_at, aside.c.came_at)
    if connection.execute(select(aside.c.id).where(since <= oldest).limit(1)).first() is not None:
        connection.execute(aside.delete().where(since <= oldest))


def _row(one: Aside) -> dict[str, Any]:
    openings = _openings_bytes(one.openings)
    return {
        "id": one.id,
        "document": one.document,
        "statement": one.statement,
        "openings": openings,
        "bytes": len(one.statement) + len(openings),
        "party": one.party,
        "region": one.region,
        "kind": one.kind_name,
        "chain": one.chain,
        "key": one.key,
        "came_at": utc_text(one.came_at),
        "state": one.state,
    }


def _openings_bytes(openings: Iterable[Opening]) -> bytes:
    return encode([{"commit": one.commit, "salt": b64url_encode(one.salt), "value": one.value} for one in openings])


def _read(row: Row[Any]) -> Aside:
    openings: Any = decode_value(row.openings) if row.openings else []
    return Aside(
        id=row.id,
        document=row.document,
        statement=row.statement,
        openings=tuple(Opening(one["commit"], b64url_decode(one["salt"]), one["value"]) for one in openings),
        party=row.party,
        region=row.region,
        kind_name=row.kind,
        chain=row.chain,
        key=row.key,
        came_at=datetime.fromisoformat(row.came_at),
        state=row.state,
        settled_at=None if row.settled_at is None else datetime.fromisoformat(row.settled_at),
        settled_by=row.settled_by,
        reason=row.reason,
        index=row._mapping["index"],  # a row has a method of that name
    )
