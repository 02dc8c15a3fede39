"""Which offers were declined, and when? One table of ops.db; each method is one short transaction."""

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


class DeclinedOffers:
    """The buyers' answers, from any thread."""

    def __init__(self, operational: Operational) -> None:
        self._clock: Callable[[], datetime] = operational.clock
        self._engine = operational.engine

    def add(self, offer: str, party: str) -> None:
        """Remember that the buyer does not want these goods; the first time counts."""
        with self._engine.begin() as connection:
            known = connection.execute(select(declined_offer.c.offer).where(declined_offer.c.offer == offer)).first()
            if known is None:
                row = {"offer": offer, "party": party, "declined_at": utc_text(self._clock())}
                connection.execute(declined_offer.insert().values(row))

    def when(self, offer: str) -> datetime | None:
        """When an offer was declined; None where it was not."""
        query = select(declined_offer.c.declined_at).where(declined_offer.c.offer == offer)
        with self._engine.begin() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return None if found is None else datetime.fromisoformat(found)
