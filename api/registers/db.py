"""Which identity numbers are registered, and by which statement? Two tables of ops.db; a number stands there as a keyed hash.

A row is a claim before it is anything else: whoever adds one may hand the statement to the log, and a second claim of the
same number finds it taken. Each method is one short transaction.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Integer, LargeBinary, Table, Text, select

from api.db import Operational, metadata

id_number = Table(
    "id_number",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("statement", Text, nullable=False),
    Column("entry", Integer),  # its index; NULL as long as nobody knows whether the log took it
)

id_number_read = Table(
    "id_number_read",
    metadata,
    Column("index", Integer, primary_key=True),  # the newest entry that was looked through for numbers …
    Column("leaf", LargeBinary, nullable=False),  # … of the log in which this is its leaf
)

AT_ONCE = 500
"""Hashes in one question: SQLite takes some thousand values."""


@dataclass(frozen=True)
class Claim:
    """A number, as its hash, and the statement that registers it; `entry` once it is known to be in the log."""

    hash: bytes
    statement: str
    entry: int | None = None


@dataclass(frozen=True)
class ReadTo:
    """Up to which entry of which log the register was filled."""

    index: int
    leaf: bytes


class IdNumberTable:
    """The register of one node, from any thread."""

    def __init__(self, operational: Operational) -> None:
        self._engine = operational.engine

    def find(self, hashes: Iterable[bytes]) -> dict[bytes, Claim]:
        """The claims of these numbers."""
        wanted, found = list(hashes), dict[bytes, Claim]()
        with self._engine.begin() as connection:
            for start in range(0, len(wanted), AT_ONCE):
                among = id_number.c.hash.in_(wanted[start : start + AT_ONCE])
                found |= {row.hash: Claim(*row) for row in connection.execute(select(id_number).where(among))}
        return found

    def claim(self, new: Sequence[Claim], stale: Iterable[Claim] = ()) -> None:
        """Add claims, all or none, in the place of those that turned out to be `stale`.

        Raises IntegrityError where a number is claimed meanwhile.
        """
        if not new:
            return
        with self._engine.begin() as connection:
            for one in stale:
                connection.execute(id_number.delete().where(_is_open(one)))
            connection.execute(id_number.insert(), [vars(one) for one in new])

    def give_back(self, claims: Iterable[Claim]) -> None:
        """Let go of claims of which the log has nothing; one that it is known to have stays."""
        with self._engine.begin() as connection:
            for one in claims:
                connection.execute(id_number.delete().where(_is_open(one)))

    def settle(self, claims: Iterable[Claim]) -> None:
        """From now on these are known to be in the log, each at its `entry`."""
        with self._engine.begin() as connection:
            for one in claims:
                connection.execute(id_number.update().where(_is_open(one)).values(entry=one.entry))

    def open_claims(self) -> list[Claim]:
        """Claims of which nobody knows whether the log took them."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(id_number).where(id_number.c.entry.is_(None))).all()
        return [Claim(*row) for row in rows]

    def read_to(self) -> ReadTo | None:
        with self._engine.begin() as connection:
            row = connection.execute(select(id_number_read)).first()
        return None if row is None else ReadTo(*row)

    def fill(self, logged: Iterable[Claim], gone: Iterable[Claim], read_to: ReadTo | None) -> None:
        """Enter what the log was found to have, and forget what it was found not to have. Of two that have one number the
        one that was entered before stays."""
        with self._engine.begin() as connection:
            for one in gone:
                connection.execute(id_number.delete().where(_is_open(one)))
            held = {row.hash: Claim(*row) for row in connection.execute(select(id_number))}
            new: list[dict[str, Any]] = []
            for one in logged:
                if one.hash not in held:
                    held[one.hash] = one
                    new.append(vars(one))
                else:
                    connection.execute(id_number.update().where(_is_open(one)).values(entry=one.entry))
            if new:
                connection.execute(id_number.insert(), new)
            connection.execute(id_number_read.delete())
            if read_to:
                connection.execute(id_number_read.insert().values(**vars(read_to)))

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Enter what a backup brought, claims whose outcome was open apart; what is entered already stays as it is."""
        with self._engine.begin() as connection:
            held = set(connection.execute(select(id_number.c.hash)).scalars())
            new = [dict(row) for row in rows if row["entry"] is not None and row["hash"] not in held]
            if new:
                connection.execute(id_number.insert(), new)


def _is_open(claim: Claim) -> Any:
    """The row of this claim, where nobody knows yet whether the log took it."""
    same = (id_number.c.hash == claim.hash) & (id_number.c.statement == claim.statement)
    return same & id_number.c.entry.is_(None)
