"""How does a statement get into the log? The one write path: queue, one transaction, seal, project, commit, answer.

One thread writes. It takes whatever queued while it was committing, opens one transaction, and answers after COMMIT.
An error at COMMIT means that nobody knows: the callers are told so and the log stops until the next start decides.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection

from .entry import Entry, Link
from .errors import Conflict, DomainError, FieldFault, Invalid, OutcomeUnknown, Overloaded, Unavailable
from .keys import PrivateKey
from .publisher import Published, Publisher
from .sealing import Derived, Edge, derived_statement, seal, time_received
from .statement import Statement, parse_statement
from .store import Head, OpeningRow, SealedRow, Store, TileRow, Writes

QUEUE_LENGTH = 4_096  # requests; a full queue answers at once instead of making everybody wait
TRANSACTION_REQUESTS = 256  # measured: more no longer raises the rate and delays the first answer
PUBLISH_SECONDS = 1.0  # a checkpoint is at most this much older than an answer


@dataclass(frozen=True)
class Signed:
    """A parsed statement with the openings of its commitments. `asked` is set where the node made the statement:
    the opened payload as the caller asked for it, which is what a repeat is compared with."""

    statement: Statement
    openings: tuple[OpeningRow, ...] = ()
    asked: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Submission:
    """Statements that enter together, all or none, in this order."""

    items: tuple[Signed, ...]
    wait_proof: bool = False


@dataclass(frozen=True)
class Receipt:
    """Where a statement stands in the log. `sealed` lets the caller compare and show what was first logged."""

    id: str
    chain: str
    seq: int
    index: int
    leaf: bytes


@dataclass(frozen=True)
class Decision:
    """What `decide` grants: chains whose head is linked, entries that are linked, entries that follow by rule."""

    link_heads: tuple[str, ...] = ()
    link_entries: tuple[Link, ...] = ()
    derived: tuple[Derived, ...] = ()


class Domain(Protocol):
    """What the ledger asks of those who know what statements mean."""

    def open_state(self, connection: Connection, submissions: Sequence[Submission]) -> Any: ...
    def decide(self, state: Any, signed: Signed, seq: int, index: int, now: datetime) -> Decision: ...
    def project(self, state: Any, entry: Entry, leaf: bytes, statement: Statement) -> None: ...
    def mark(self, state: Any) -> int: ...
    def undo(self, state: Any, mark: int) -> None: ...
    def save(self, state: Any, connection: Connection) -> None: ...
    def is_same_request(self, signed: Signed, known: SealedRow, openings: Mapping[str, OpeningRow]) -> bool: ...


@dataclass
class _Transaction:
    writes: Writes
    state: Any
    edge: Edge
    heads: dict[str, Head]
    known: dict[str, SealedRow]
    rows: list[SealedRow]
    openings: list[OpeningRow]
    touched: set[str]


class Log:
    """The writer of one log. `submit` may be called from any thread; everything else happens in the writer's own."""

    def __init__(
        self,
        store: Store,
        domain: Domain,
        publisher: Publisher,
        *,
        origin: str,
        node_key: PrivateKey,
        clock: Callable[[], datetime],
        random_bytes: Callable[[int], bytes],
        new_id: Callable[[], str],
    ) -> None:
        self._store, self._domain, self._publisher = store, domain, publisher
        self._origin, self._node_key = origin, node_key
        self._clock, self._random, self._new_id = clock, random_bytes, new_id
        self._edge = publisher.edge
        self.node_chain: str | None = None
        self.on_stop: Callable[[], None] = lambda: None
        self._queue: deque[tuple[Submission, Future[tuple[Receipt, ...]]]] = deque()
        self._wake = threading.Condition()
        self._closing = False
        self._stopped: str | None = None
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)

    @property
    def published(self) -> Published:
        return self._publisher.published

    @property
    def size(self) -> int:
        return self._edge.size

    @property
    def read_only(self) -> str | None:
        """Why this node does not write, or None."""
        return self._stopped or self._publisher.read_only

    @property
    def missing(self) -> tuple[int, int] | None:
        """From which index to before which one the entries are missing that were signed once, where that is known."""
        return self._publisher.missing

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Write what is queued, publish it, stop. The store stays open for its owner to close."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread.ident is not None:
            self._thread.join()

    def submit(self, submission: Submission) -> "Future[tuple[Receipt, ...]]":
        """Queue a submission whose proofs were verified. Raises `Overloaded` or `Unavailable` at once, taking nothing."""
        if self.read_only:
            raise Unavailable("read-only", reason=self.read_only)
        answer: Future[tuple[Receipt, ...]] = Future()
        with self._wake:
            if self._closing:
                raise Unavailable("stopping")
            if len(self._queue) >= QUEUE_LENGTH:
                raise Overloaded("overloaded")
            self._queue.append((submission, answer))
            self._wake.notify()
        return answer

    def _run(self) -> None:
        while True:
            with self._wake:
                if not self._queue and not self._closing:
                    self._wake.wait(self._publisher.seconds_until_due(PUBLISH_SECONDS))
                taken = [self._queue.popleft() for _ in range(min(len(self._queue), TRANSACTION_REQUESTS))]
                finished = self._closing and not taken
            if taken:
                self._transact(taken)
            if not self.read_only and (finished or self._publisher.is_due(PUBLISH_SECONDS)):
                self._publish()
            if finished:
                return

    def _publish(self) -> None:
        try:
            self._publisher.publish(self._edge)
        except Exception as error:
            self._stop(f"publishing failed: {type(error).__name__}: {error}")

    def _stop(self, why: str) -> None:
        self._stopped = why
        self.on_stop()

    def _transact(self, taken: list[tuple[Submission, "Future[tuple[Receipt, ...]]"]]) -> None:
        if self.read_only:
            for _, answer in taken:
                answer.set_exception(Unavailable("read-only", reason=self.read_only))
            return
        results: list[tuple[Future[tuple[Receipt, ...]], tuple[Receipt, ...] | DomainError]] = []
        writes = self._store.begin()
        try:
            transaction = self._prepare(writes, [submission for submission, _ in taken])
            for submission, answer in taken:
                try:
                    results.append((answer, self._append(transaction, submission)))
                except DomainError as refusal:
                    results.append((answer, refusal))
            if transaction.rows:
                self._write(transaction)
        except Exception as error:
            writes.rollback()
            for _, answer in taken:
                answer.set_exception(error)
            return
        try:
            writes.commit()
        except Exception as error:
            # Point of no return: the rows may be on disk or not, and asking this connection would not tell
            # (SQLITE_IOERR_FSYNC at the WAL: gone for this process, there after a restart). Never "failed".
            self._stop(f"COMMIT raised {type(error).__name__}")
            for _, answer in taken:
                answer.set_exception(OutcomeUnknown("outcome-unknown"))
            return
        if transaction.rows:
            self._edge = replace(transaction.edge, new_tiles=[])
            self._publisher.committed(self._edge.size)
        if any(submission.wait_proof for submission, _ in taken):
            self._publish()
        for answer, result in results:
            if isinstance(result, DomainError):
                answer.set_exception(result)
            else:
                answer.set_result(result)

    def _prepare(self, writes: Writes, submissions: list[Submission]) -> _Transaction:
        items = [item for submission in submissions for item in submission.items]
        return _Transaction(
            writes=writes,
            state=self._domain.open_state(writes.connection, submissions),
            edge=self._edge.copy(),
            heads=writes.heads({item.statement.chain for item in items}),
            known=writes.known({item.statement.id for item in items}),
            rows=[],
            openings=[],
            touched=set(),
        )

    def _append(self, transaction: _Transaction, submission: Submission) -> tuple[Receipt, ...]:
        """One submission, all or none: a refusal in the middle leaves transaction, state and edge as they were."""
        known = [transaction.known.get(item.statement.id) for item in submission.items]
        if any(known):
            return self._repeat(transaction, submission, known)
        mark, before = self._domain.mark(transaction.state), len(transaction.rows)
        edge, heads, openings = transaction.edge.copy(), dict(transaction.heads), len(transaction.openings)
        receipts: list[Receipt] = []
        try:
            for item in submission.items:
                receipts.append(self._append_one(transaction, item))
            return tuple(receipts)
        except DomainError as refusal:
            refusal.values["item"] = len(receipts)  # its faults point into this one of a group
            self._domain.undo(transaction.state, mark)
            for row in transaction.rows[before:]:
                transaction.known.pop(row.statement_id, None)
            del transaction.rows[before:], transaction.openings[openings:]
            transaction.edge, transaction.heads = edge, heads
            raise

    def _repeat(
        self, transaction: _Transaction, submission: Submission, known: list[SealedRow | None]
    ) -> tuple[Receipt, ...]:
        for at, (item, row) in enumerate(zip(submission.items, known, strict=True)):
            if row is None or not self._is_same(transaction, item, row):
                raise Conflict("statement-id-reused", FieldFault("/id", "statement-id-reused"), item=at)
        return tuple(_receipt(row) for row in known if row)

    def _is_same(self, transaction: _Transaction, item: Signed, row: SealedRow) -> bool:
        if item.asked is None:
            return row.statement == item.statement.data
        waiting = {opening.commit: opening for opening in transaction.openings}
        return self._domain.is_same_request(item, row, _Openings(waiting, transaction.writes))

    def _append_one(self, transaction: _Transaction, item: Signed) -> Receipt:
        statement = item.statement
        if statement.origin != self._origin:
            raise Invalid("wrong-origin", FieldFault("/origin", "wrong-origin"))
        if statement.id in transaction.known:
            raise Conflict("statement-id-reused", FieldFault("/id", "statement-id-reused"))
        now = self._clock()
        head = self._head(transaction, statement.chain)
        decision = self._domain.decide(transaction.state, item, head.seq + 1 if head else 0, transaction.edge.size, now)
        links = [*decision.link_entries]
        for chain in decision.link_heads:
            linked = self._head(transaction, chain)
            if linked:
                links.append(Link(linked.chain, linked.seq, linked.leaf))
        received = time_received(now, transaction.edge.received)
        row = self._seal(transaction, statement, links, received)
        transaction.openings.extend(item.openings)
        for derived in decision.derived:
            self._seal_derived(transaction, derived, row, statement, received)
        return _receipt(row)

    def _seal_derived(
        self, transaction: _Transaction, derived: Derived, source: SealedRow, of: Statement, received: str
    ) -> None:
        data = derived_statement(
            self._origin,
            self.node_chain or "",
            derived,
            source,
            of.occurred_at,
            self._new_id(),
            self._node_key,
            received[:19] + "Z",
        )
        link = () if derived.chain == source.chain else (Link(source.chain, source.seq, source.leaf),)
        self._seal(transaction, parse_statement(data), link, received)

    def _seal(self, transaction: _Transaction, statement: Statement, links: Sequence[Link], received: str) -> SealedRow:
        entry, row = seal(
            self._origin,
            statement.id,
            statement.chain,
            statement.data,
            self._random(32),
            links,
            self._head(transaction, statement.chain),
            transaction.edge,
            received,
        )
        transaction.rows.append(row)
        transaction.known[statement.id] = row
        transaction.heads[row.chain] = Head(row.chain, row.seq, row.index, row.leaf)
        self._domain.project(transaction.state, entry, row.leaf, statement)
        return row

    def _head(self, transaction: _Transaction, chain: str) -> Head | None:
        if chain not in transaction.heads and chain not in transaction.touched:
            transaction.touched.add(chain)
            transaction.heads.update(transaction.writes.heads([chain]))
        return transaction.heads.get(chain)

    def _write(self, transaction: _Transaction) -> None:
        changed = {row.chain: transaction.heads[row.chain] for row in transaction.rows}
        tiles: list[TileRow] = transaction.edge.new_tiles
        transaction.writes.append(transaction.rows, transaction.openings, tiles, changed, transaction.edge.tail())
        self._domain.save(transaction.state, transaction.writes.connection)


class _Openings(dict[str, OpeningRow]):
    """Openings of this transaction first, then those of the database."""

    def __init__(self, waiting: Mapping[str, OpeningRow], writes: Writes) -> None:
        super().__init__(waiting)
        self._writes = writes

    def __missing__(self, commit: str) -> OpeningRow:
        return self._writes.openings([commit])[commit]


def _receipt(row: SealedRow) -> Receipt:
    return Receipt(row.statement_id, row.chain, row.seq, row.index, row.leaf)
