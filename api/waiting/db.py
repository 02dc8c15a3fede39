"""Where do statements wait for signatures? One table of ops.db; each method is one short transaction."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, LargeBinary, Row, Table, Text, select

from api.db import Operational, metadata, utc_text
from trace.ledger.canonical import b64url_decode, b64url_encode, decode_value, encode
from trace.payload import Opening

from . import LIFE, LOGGED, Waiting

KEPT = timedelta(days=30)
"""An ended or lapsed one is kept so long, so that whoever asked finds out what became of it."""

waiting = Table(
    "waiting",
    metadata,
    Column("id", Text, primary_key=True),
    Column("document", LargeBinary, nullable=False),
    Column("openings", LargeBinary, nullable=False),
    Column("proofs", LargeBinary, nullable=False),
    Column("regions", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("ended", Text),
    Column("index", BigInteger),
    Column("before", LargeBinary),
)


class WaitingRoom:
    """The statements of one node that wait, from any thread."""

    def __init__(self, operational: Operational) -> None:
        self.clock: Callable[[], datetime] = operational.clock
        self._engine = operational.engine

    def add(self, one: Waiting) -> None:
        """Keep a statement that was drafted, and forget those that ended long ago."""
        row = {
            "id": one.id,
            "document": one.document,
            "openings": _openings_bytes(one.openings),
            "proofs": encode(list(one.proofs)),
            "regions": json.dumps(one.regions),
            "asked_by": one.asked_by,
            "made_at": utc_text(one.made_at),
            "before": one.before,
        }
        oldest = utc_text(self.clock() - LIFE - KEPT)
        with self._engine.begin() as connection:
            connection.execute(waiting.delete().where(waiting.c.made_at < oldest))
            connection.execute(waiting.insert().values(row))

    def find(self, id: str) -> Waiting | None:
        """Any that is kept, ended and lapsed ones too."""
        with self._engine.begin() as connection:
            row = connection.execute(select(waiting).where(waiting.c.id == id)).one_or_none()
        return None if row is None else _read(row)

    def all_open(self) -> list[Waiting]:
        """Those that may still be signed, oldest first."""
        return [one for one in self._all(select(waiting)) if one.is_open(self.clock())]

    def asked_by(self, party: str) -> list[Waiting]:
        """Those that a party asked for, newest first, whatever became of them."""
        return self._all(select(waiting).where(waiting.c.asked_by == party))[::-1]

    def _all(self, query: Any) -> list[Waiting]:
        with self._engine.begin() as connection:
            rows = connection.execute(query.order_by(waiting.c.made_at, waiting.c.id)).all()
        return [_read(row) for row in rows]

    def add_proof(self, id: str, proof: dict[str, Any]) -> Waiting | None:
        """Put a proof to those that are there, unless its key signed before; None where the statement waits no more."""
        with self._engine.begin() as connection:
            row = connection.execute(select(waiting).where(waiting.c.id == id)).one_or_none()
            found = None if row is None else _read(row)
            if found is None or not found.is_open(self.clock()):
                return None
            method = proof["verificationMethod"]
            proofs = [*(one for one in found.proofs if one["verificationMethod"] != method), proof]
            connection.execute(waiting.update().where(waiting.c.id == id).values(proofs=encode(proofs)))
        return self.find(id)

    def end(self, id: str, how: str, index: int | None = None) -> None:
        """It waits no more: it is in the log at this index, was refused with this code, or taken back. What is in the log
        is in it, also where somebody took it back in the same moment."""
        still_open = waiting.update().where(waiting.c.id == id)
        if how != LOGGED:
            still_open = still_open.where(waiting.c.ended.is_(None))
        with self._engine.begin() as connection:
            connection.execute(still_open.values(ended=how, index=index))


def _openings_bytes(openings: Iterable[Opening]) -> bytes:
    return encode([{"commit": one.commit, "salt": b64url_encode(one.salt), "value": one.value} for one in openings])


def _read(row: Row[Any]) -> Waiting:
    openings: Any = decode_value(row.openings)
    proofs: Any = decode_value(row.proofs)
    return Waiting(
        id=row.id,
        document=row.document,
        openings=tuple(Opening(one["commit"], b64url_decode(one["salt"]), one["value"]) for one in openings),
        proofs=tuple(proofs),
        regions=tuple(json.loads(row.regions)),
        asked_by=row.asked_by,
        made_at=datetime.fromisoformat(row.made_at),
        ended=row.ended,
        index=row._mapping["index"],  # a row has a method of that name
        before=row.before,
    )
