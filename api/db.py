"""What does a node keep beside the evidence? Tokens and sessions (as hashes), scan counts: ops.db, which commands write too.

Losing this file costs tokens, counts and the register of papers (which a backup brings back), no history. Nobody else
commits to it. Every transaction is short, because the file has one lock for all processes; a second writer waits up to
ten seconds for it.
"""

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Date, LargeBinary, MetaData, Row, Text, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Field, SQLModel

from api.auth.policy import ROLES, Role
from trace.ledger.sqlite import operational_engine
from trace.ledger.tables import NAMING

TOKEN_MEMORY_SECONDS = 1.0  # within this time a revocation by another process holds here; by this one, at once
TOKENS_REMEMBERED = 4_096
FLUSH_SECONDS = 1.0  # what a crash may cost of the counts
LABELS_REMEMBERED = 20_000
LABELS_WAITING = 100_000  # distinct labels not stored yet; beyond it a scan is answered and not counted

metadata = MetaData(naming_convention=NAMING)


class _Operational(SQLModel):
    """Rows that only this room makes, from checked values: table classes do not validate."""

    metadata = metadata


class TokenRow(_Operational, table=True):
    __tablename__ = "token"

    hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    role: str = Field(sa_type=Text)
    party: str | None = Field(sa_type=Text, default=None)
    region: str | None = Field(sa_type=Text, default=None)
    created_at: str = Field(sa_type=Text)
    expires_at: str = Field(sa_type=Text)
    revoked_at: str | None = Field(sa_type=Text, default=None)
    issued_by: bytes | None = Field(sa_type=LargeBinary, default=None)


class SessionRow(_Operational, table=True):
    """A browser that signed in with a token; what is asked of it stands in `api.auth.db`."""

    __tablename__ = "session"

    hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    token: bytes = Field(sa_type=LargeBinary, index=True)
    created_at: str = Field(sa_type=Text)
    last_seen_at: str = Field(sa_type=Text)
    ended_at: str | None = Field(sa_type=Text, default=None)


class ScanRow(_Operational, table=True):
    __tablename__ = "scan"

    code: str = Field(sa_type=Text, primary_key=True)
    day: date = Field(sa_type=Date, primary_key=True)
    count: int


token, session, scan = (metadata.tables[name] for name in ("token", "session", "scan"))

_log = logging.getLogger("suxin.db")


@dataclass(frozen=True)
class Token:
    """What is known of a bearer token; `hash` is its SHA-256."""

    hash: bytes
    role: Role
    party: str | None
    region: str | None
    expires_at: datetime
    revoked_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class ScanCounts(NamedTuple):
    """Scans of one label: of one day, and of all days."""

    today: int
    total: int


class Operational:
    """The operational tables of one node, from any thread. Each method is one transaction."""

    def __init__(self, path: Path, clock: Callable[[], datetime] = partial(datetime.now, UTC)) -> None:
        self.clock = clock
        self.engine = operational_engine(path)
        self._remembered: dict[bytes, tuple[float, Token]] = {}
        self._revocations = 0
        self._memory = threading.Lock()  # of the two above
        self._underway: dict[tuple[bytes, int], asyncio.Task[Token | None]] = {}

    def add_token(
        self,
        secret_hash: bytes,
        role: str,
        party: str | None,
        region: str | None,
        expires_at: datetime,
        issued_by: bytes | None = None,
    ) -> None:
        """Keep a new token; `issued_by` is the hash of the token whose holder handed it out, None for the operator.

        ValueError for an unknown role, or one that lacks the party or region it is bound to.
        """
        scope = next((scope for known, scope in ROLES.items() if known == role), "unknown")
        if scope == "unknown" or (scope == "party" and not party) or (scope == "region" and not region):
            raise ValueError(f"a token of role {role} cannot be bound to party {party}, region {region}")
        times = {"created_at": utc_text(self.clock()), "expires_at": utc_text(expires_at)}
        row = {"hash": secret_hash, "role": role, "party": party, "region": region, "issued_by": issued_by, **times}
        with self.engine.begin() as connection:
            connection.execute(token.insert().values(row))

    def revoke_token(self, secret_hash: bytes) -> bool:
        """Make a token invalid from now on; False where it is unknown or was revoked before."""
        open_row = token.update().where(token.c.hash == secret_hash, token.c.revoked_at.is_(None))
        with self.engine.begin() as connection:
            found = connection.execute(open_row.values(revoked_at=utc_text(self.clock()))).rowcount
        with self._memory:
            self._revocations += 1
            self._remembered.pop(secret_hash, None)
        return found > 0

    def find_token(self, secret_hash: bytes) -> Token | None:
        """What is known of a token, expired and revoked ones too; kept in memory for a second."""
        asked_at, revocations = time.monotonic(), self._revocations
        with self.engine.begin() as connection:
            row = connection.execute(select(token).where(token.c.hash == secret_hash)).one_or_none()
        if row is None:
            return None
        found = token_of(row)
        with self._memory:
            if len(self._remembered) >= TOKENS_REMEMBERED:
                self._remembered.clear()
            if revocations == self._revocations:  # else this row may be from before it was revoked
                self._remembered[secret_hash] = (asked_at, found)
        return found

    def remembered_token(self, secret_hash: bytes) -> Token | None:
        """The answer of `find_token` where it is less than a second old: memory alone, never waits."""
        asked_at, found = self._remembered.get(secret_hash, (0.0, None))
        return found if time.monotonic() - asked_at < TOKEN_MEMORY_SECONDS else None

    async def look_up_token(self, secret_hash: bytes) -> Token | None:
        """What is known of a token, from memory, else found in a thread: the loop must not wait for another's commit.

        Who asks meanwhile gets the same answer: a crowd with one token opened the file once each, every second, and its
        members waited for one another. An answer from before a revocation is nobody's who asks after it.
        """
        if found := self.remembered_token(secret_hash):
            return found
        asked = (secret_hash, self._revocations)
        if asked not in self._underway:
            self._underway[asked] = asyncio.create_task(asyncio.to_thread(self.find_token, secret_hash))
            self._underway[asked].add_done_callback(lambda _: self._underway.pop(asked))
        return await asyncio.shield(self._underway[asked])  # who gives up waiting ends it for nobody else

    def add_scans(self, scans: Mapping[tuple[str, date], int]) -> None:
        """Add counts by (code, day in Asia/Shanghai), all or none."""
        with self.engine.begin() as connection:
            for (code, day), count in scans.items():
                same = (scan.c.code == code) & (scan.c.day == day)
                if not connection.execute(scan.update().where(same).values(count=scan.c.count + count)).rowcount:
                    connection.execute(scan.insert().values(code=code, day=day, count=count))

    def scans(self, code: str, day: date) -> ScanCounts:
        """What is stored of a label's scans."""
        of_day = func.sum(scan.c.count).filter(scan.c.day == day)
        with self.engine.begin() as connection:
            row = connection.execute(select(of_day, func.sum(scan.c.count)).where(scan.c.code == code)).one()
        return ScanCounts(row[0] or 0, row[1] or 0)


def token_of(row: Row[Any]) -> Token:
    """A row of `token`, or a longer one that has its columns."""
    revoked_at = datetime.fromisoformat(row.revoked_at) if row.revoked_at else None
    return Token(row.hash, row.role, row.party, row.region, datetime.fromisoformat(row.expires_at), revoked_at)


def utc_text(at: datetime) -> str:
    """How these tables keep a time: UTC to the second, so that texts sort as times do."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _count(waiting: dict[str, dict[date, int]], code: str, day: date, by: int) -> None:
    days = waiting.setdefault(code, {})
    days[day] = days.get(day, 0) + by


@dataclass
class _Tally:
    day: date
    today: int
    total: int


class ScanCounter:
    """Counts scans in memory and stores them every second, so that a festival evening costs one commit a second.

    A crash loses at most that second. Only the serving process counts, so what it remembers of a label is the truth.
    """

    def __init__(self, operational: Operational, flush_seconds: float = FLUSH_SECONDS) -> None:
        self._operational = operational
        self._flush_seconds = flush_seconds
        self._waiting: dict[str, dict[date, int]] = {}
        self._tallies: OrderedDict[str, _Tally] = OrderedDict()
        self._lock = threading.Lock()  # of the two above; never held while the disk is asked
        self._disk = threading.Lock()  # one flush or look-up at a time: what is on its way is in neither place
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, code: str, day: date) -> None:
        """Count one scan of a label, on a day of Asia/Shanghai. Touches memory alone."""
        with self._lock:
            if code not in self._waiting and len(self._waiting) >= LABELS_WAITING:
                return
            _count(self._waiting, code, day, 1)
            tally = self._tallies.get(code)
            if tally and tally.day == day:
                tally.today, tally.total = tally.today + 1, tally.total + 1
            elif tally:
                del self._tallies[code]  # a new day: counted afresh when it is asked for
            if self._thread is None and not self._closing.is_set():
                # Started by the first scan: an app that is built and never served leaves no thread behind.
                self._thread = threading.Thread(target=self._run, name="scan-counter", daemon=True)
                self._thread.start()

    def counts(self, code: str, today: date) -> ScanCounts:
        """A label's scans, those not stored yet included. Asks the disk for a label that is not remembered (0.3 ms).

        Where the disk does not answer, what waits in memory: a count may err, a page may not fail.
        """
        with self._lock:
            tally = self._tallies.get(code)
            if tally and tally.day == today:
                self._tallies.move_to_end(code)
                return ScanCounts(tally.today, tally.total)
        with self._disk:
            stored = self._stored(code, today)
            with self._lock:
                waiting = self._waiting.get(code, {})
                before = stored or ScanCounts(0, 0)
                found = ScanCounts(before.today + waiting.get(today, 0), before.total + sum(waiting.values()))
                if stored:
                    self._tallies[code] = _Tally(today, *found)
                if len(self._tallies) > LABELS_REMEMBERED:
                    self._tallies.popitem(last=False)
        return found

    def flush(self) -> bool:
        """Store what waits; False where the file did not take it, and it waits on (locked, disk full)."""
        with self._disk:
            with self._lock:
                waiting, self._waiting = self._waiting, {}
            going = {(code, day): count for code, days in waiting.items() for day, count in days.items()}
            try:
                if going:
                    self._operational.add_scans(going)
            except SQLAlchemyError as error:
                # Should the commit have failed and yet persisted, these are counted twice: not worth a row of ids.
                with self._lock:
                    for (code, day), count in going.items():
                        _count(self._waiting, code, day, count)
                _log.warning("scans.not_stored", extra={"labels": len(going), "reason": type(error).__name__})
                return False
        return True

    def _stored(self, code: str, today: date) -> ScanCounts | None:
        try:
            return self._operational.scans(code, today)
        except SQLAlchemyError as error:
            _log.warning("scans.not_read", extra={"reason": type(error).__name__})
            return None

    def close(self) -> None:
        """Stop the thread and store what waits, with one try."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _run(self) -> None:
        while not self._closing.wait(self._flush_seconds):
            self.flush()
