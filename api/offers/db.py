"""Which offers were declined or taken back, and when? Two tables of ops.db; each method is one short transaction."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Column, Table, Text, select

from api.db import Operational, metadata, utc_text

declined_offer = Table(
    "declined_offer",
    metadata,
    Column("offer", Text, primary_key=True),  # where it stands: chain and number on it
    Column("party", Text, nullable=False),
    Column("declined_at", Text, nullable=False),
)

withdrawn_offer = Table(
    "withdrawn_offer",
    metadata,
    Column("offer", Text, primary_key=True),
    Column("party", Text, nullable=False),
    Column("withdrawn_at", Text, nullable=False),
)


class AnsweredOffers:
    """One side's answers, from any thread: the buyers' in `declined_offer`, the sellers' in `withdrawn_offer`."""

    def __init__(self, operational: Operational, table: Table) -> None:
        self._clock: Callable[[], datetime] = operational.clock
        self._engine = operational.engine
        self._table = table
        self._at = next(column for column in table.c if column.name.endswith("_at"))

    def add(self, offer: str, party: str) -> None:
        """Remember that this party wants no part in it any more; the first time counts."""
        with self._engine.begin() as connection:
            known = connection.execute(select(self._at).where(self._table.c.offer == offer)).first()
            if known is None:
                row = {"offer": offer, "party": party, self._at.name: utc_text(self._clock())}
                connection.execute(self._table.insert().values(row))

    def when(self, offer: str) -> datetime | None:
        """When it was said of an offer; None where it was not."""
        with self._engine.begin() as connection:
            query = select(self._at).where(self._table.c.offer == offer)
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else datetime.fromisoformat(found)
