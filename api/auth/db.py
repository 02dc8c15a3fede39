"""Which browsers are signed in? Sessions in ops.db, as hashes, each with the token that it began with."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, select

from api.db import Operational, Token, session, token, token_of, utc_text

from .policy import ROLES
from .sessions import ABSOLUTE, Session

KEPT = max(ABSOLUTE.values()) + timedelta(days=1)
"""Rows older than this say nothing to anybody, and go when somebody signs in."""

PARTY_ROLES = tuple(role for role, scope in ROLES.items() if scope == "party")
"""The roles of accounts that speak for a party."""


class Sessions:
    """The sessions of one node, from any thread. Each method is one transaction."""

    def __init__(self, operational: Operational) -> None:
        self.clock = operational.clock
        self._engine = operational.engine

    def start(self, secret_hash: bytes, token_hash: bytes) -> None:
        """Open a session of a token, and forget those that no role's session could still be."""
        now = utc_text(self.clock())
        row = {"hash": secret_hash, "token": token_hash, "created_at": now, "last_seen_at": now}
        with self._engine.begin() as connection:
            connection.execute(session.delete().where(session.c.created_at < utc_text(self.clock() - KEPT)))
            connection.execute(session.insert().values(row))

    def find(self, secret_hash: bytes) -> Session | None:
        """The session behind a cookie, ended ones too. Its token is read afresh: what was revoked ends at once."""
        with self._engine.begin() as connection:
            row = connection.execute(_sessions().where(session.c.hash == secret_hash)).one_or_none()
        return None if row is None else _session(row)

    def note_use(self, secret_hash: bytes) -> None:
        """The idle time of a session begins anew."""
        with self._engine.begin() as connection:
            same = session.update().where(session.c.hash == secret_hash)
            connection.execute(same.values(last_seen_at=utc_text(self.clock())))

    def open_of(self, token_hash: bytes) -> list[Session]:
        """The open sessions of a token, newest first."""
        with self._engine.begin() as connection:
            rows = connection.execute(_sessions().where(session.c.token == token_hash)).all()
        found = [one for one in map(_session, rows) if one.is_open(self.clock())]
        return sorted(found, key=lambda one: one.created_at, reverse=True)

    def end(self, secret_hash: bytes) -> None:
        """End the session of a cookie, as its browser asks."""
        self._end(session.c.hash == secret_hash)

    def end_named(self, token_hash: bytes, id: str) -> bool:
        """End a session of a token by the name that its page shows; False where there is none."""
        return any(one.id == id and self._end(session.c.hash == one.hash) for one in self.open_of(token_hash))

    def end_others(self, token_hash: bytes, secret_hash: bytes) -> int:
        """End all sessions of a token but one; how many there were."""
        return self._end((session.c.token == token_hash) & (session.c.hash != secret_hash))

    def _end(self, which: Any) -> int:
        still_open = session.update().where(which, session.c.ended_at.is_(None))
        with self._engine.begin() as connection:
            return connection.execute(still_open.values(ended_at=utc_text(self.clock()))).rowcount


@dataclass(frozen=True)
class Issued:
    """A valid token of a party, and since when; `issued_by` is the hash of the token whose holder handed it out."""

    token: Token
    created_at: datetime
    issued_by: bytes | None


def valid_tokens(operational: Operational, party: str) -> list[Issued]:
    """The tokens that now open a party's account, newest first. An official's own token is none, whatever it is bound to."""
    of_party = select(token).where(token.c.party == party, token.c.role.in_(PARTY_ROLES), token.c.revoked_at.is_(None))
    with operational.engine.begin() as connection:
        rows = connection.execute(of_party.order_by(token.c.created_at.desc())).all()
    found = [Issued(token_of(row), datetime.fromisoformat(row.created_at), row.issued_by) for row in rows]
    return [one for one in found if one.token.is_valid(operational.clock())]


def _sessions() -> Select[Any]:
    own = [session.c[name].label(f"session_{name}") for name in ("hash", "created_at", "last_seen_at", "ended_at")]
    return select(*own, token).join(token, token.c.hash == session.c.token)


def _session(row: Row[Any]) -> Session:
    ended_at = datetime.fromisoformat(row.session_ended_at) if row.session_ended_at else None
    created_at, seen_at = map(datetime.fromisoformat, (row.session_created_at, row.session_last_seen_at))
    return Session(row.session_hash, token_of(row), created_at, seen_at, ended_at)
