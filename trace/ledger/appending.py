"""What does one transaction of the writer hold, and how does a submission enter it whole or not at all?

Decide, seal, project, and then whatever follows by rule from what was sealed; a refusal leaves nothing behind.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from .entry import Link
from .errors import Conflict, DomainError, FieldFault, Invalid
from .keys import PrivateKey
from .sealing import Derived, Edge, derived_statement, seal, time_received
from .statement import Statement, parse_statement
from .store import Head, OpeningRow, SealedRow, TileRow, Writes
from .submission import Domain, Receipt, Signed, Submission


@dataclass(frozen=True)
class Scribe:
    """What sealing needs beside the rows: who the node is, what statements mean, a clock and randomness."""

    domain: Domain
    origin: str
    node_key: PrivateKey
    node_chain: str
    clock: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]
    new_id: Callable[[], str]


class Transaction:
    """Submissions on their way into one COMMIT. `edge` and the rows are the caller's only after that succeeded."""

    def __init__(self, scribe: Scribe, writes: Writes, edge: Edge, submissions: Sequence[Submission]) -> None:
        items = [item for submission in submissions for item in submission.items]
        self._scribe, self._writes = scribe, writes
        self._state = scribe.domain.open_state(writes, submissions)
        self._heads = writes.heads({item.statement.chain for item in items})
        self._asked = {item.statement.chain for item in items}
        self._known = writes.known({item.statement.id for item in items})
        self._openings: list[OpeningRow] = []
        self._followed: dict[str, tuple[Statement, ...]] = {}
        self._replaced: list[Head | None] = []
        self.rows: list[SealedRow] = []
        self.edge = edge.copy()
        # All were received by now. They are judged at the time that is sealed, as the audit judges them again.
        self._received = time_received(scribe.clock(), edge.received)
        self._now = datetime.fromisoformat(self._received)

    def append(self, submission: Submission) -> tuple[Receipt, ...]:
        """Take a submission, all or none: a refusal in the middle leaves transaction, state and edge as they were."""
        known = [self._known.get(item.statement.id) for item in submission.items]
        if any(known):
            return self._repeat(submission, known)
        domain = self._scribe.domain
        mark, edge = domain.mark(self._state), self.edge.mark()
        rows, openings = len(self.rows), len(self._openings)
        receipts: list[Receipt] = []
        try:
            for item in submission.items:
                receipts.append(self._append_one(item))
            domain.close(self._state)
            return tuple(receipts)
        except DomainError as refusal:
            # Its faults point into this one of a group.
            refusal.values["item"] = min(len(receipts), len(submission.items) - 1)
            domain.undo(self._state, mark)
            self.edge.undo(edge)
            del self._openings[openings:]
            while len(self.rows) > rows:
                self._take_back()
            raise

    def _take_back(self) -> None:
        """The last row was not said, and its chain ends where it did before."""
        row, head = self.rows.pop(), self._replaced.pop()
        del self._known[row.statement_id]
        self._followed.pop(row.statement_id, None)
        if head is None:
            del self._heads[row.chain]
        else:
            self._heads[row.chain] = head

    def write(self) -> None:
        """Hand evidence and projections to the database; COMMIT is the caller's."""
        changed = {row.chain: self._heads[row.chain] for row in self.rows}
        tiles: list[TileRow] = self.edge.new_tiles
        self._writes.append(self.rows, self._openings, tiles, changed, self.edge.tail())
        self._scribe.domain.save(self._state, self._writes)

    def _repeat(self, submission: Submission, known: list[SealedRow | None]) -> tuple[Receipt, ...]:
        for at, (item, row) in enumerate(zip(submission.items, known, strict=True)):
            if row is None or not self._is_same(item, row):
                raise Conflict("statement-id-reused", FieldFault("/id", "statement-id-reused"), item=at)
        return tuple(_receipt(row, self._followed_from(row)) for row in known if row)

    def _is_same(self, item: Signed, row: SealedRow) -> bool:
        if item.asked is None:
            return row.statement == item.statement.data
        waiting = {opening.commit: opening for opening in self._openings}
        return self._scribe.domain.is_same_request(item, row, _Openings(waiting, self._writes))

    def _followed_from(self, row: SealedRow) -> tuple[Statement, ...]:
        """The node's statements right behind an entry that cite it, or one another, as their source."""
        if row.statement_id in self._followed:
            return self._followed[row.statement_id]
        found, sources = [], {row.leaf.hex()}
        for later in self._writes.rows(row.index + 1, self.edge.size):
            statement = parse_statement(later.statement)
            source = statement.payload.get("source")
            if statement.actor != self._scribe.node_chain or not source or source["leaf"] not in sources:
                break
            sources.add(later.leaf.hex())
            found.append(statement)
        return tuple(found)

    def _append_one(self, item: Signed) -> Receipt:
        statement, scribe = item.statement, self._scribe
        if statement.origin != scribe.origin:
            raise Invalid("wrong-origin", FieldFault("/origin", "wrong-origin"))
        if statement.id in self._known:
            raise Conflict("statement-id-reused", FieldFault("/id", "statement-id-reused"))
        head = self._head(statement.chain)
        decision = scribe.domain.decide(self._state, item, head.seq + 1 if head else 0, self.edge.size, self._now)
        links = [*decision.link_entries]
        for chain in decision.link_heads:
            linked = self._head(chain)
            if linked:
                links.append(Link(linked.chain, linked.seq, linked.leaf))
        followed: list[Statement] = []
        row = self._seal(statement, links, followed)
        self._openings.extend(item.openings)
        if followed:
            self._followed[statement.id] = tuple(followed)
        return _receipt(row, tuple(followed))

    def _seal(self, statement: Statement, links: Sequence[Link], followed: list[Statement]) -> SealedRow:
        """Seal and project one statement, then, before anything else, what follows from it; `followed` grows by that."""
        scribe, head = self._scribe, self._head(statement.chain)
        entry, row = seal(
            scribe.origin,
            statement.id,
            statement.chain,
            statement.data,
            scribe.random_bytes(32),
            links,
            head,
            self.edge,
            self._received,
        )
        self.rows.append(row)
        self._replaced.append(head)
        self._known[statement.id] = row
        self._heads[row.chain] = Head(row.chain, row.seq, row.index, row.leaf)
        scribe.domain.project(self._state, entry, row.leaf, statement)
        for derived in scribe.domain.follow(self._state, entry, row.leaf, statement):
            after = self._derive(derived, row, statement.occurred_at)
            followed.append(after)
            is_linked = derived.is_linked and derived.chain != row.chain
            link = (Link(row.chain, row.seq, row.leaf),) if is_linked else ()
            self._seal(after, link, followed)
        return row

    def _derive(self, derived: Derived, source: SealedRow, occurred_at: str) -> Statement:
        scribe = self._scribe
        created = self._received[:19] + "Z"
        return parse_statement(
            derived_statement(
                scribe.origin,
                scribe.node_chain,
                derived,
                source,
                occurred_at,
                scribe.new_id(),
                scribe.node_key,
                created,
            )
        )

    def _head(self, chain: str) -> Head | None:
        if chain not in self._heads and chain not in self._asked:
            self._asked.add(chain)
            self._heads.update(self._writes.heads([chain]))
        return self._heads.get(chain)


class _Openings(dict[str, OpeningRow]):
    """Openings of this transaction first, then those of the database."""

    def __init__(self, waiting: Mapping[str, OpeningRow], writes: Writes) -> None:
        super().__init__(waiting)
        self._writes = writes

    def __missing__(self, commit: str) -> OpeningRow:
        return self._writes.openings([commit])[commit]


def _receipt(row: SealedRow, followed: tuple[Statement, ...]) -> Receipt:
    return Receipt(row.statement_id, row.chain, row.seq, row.index, row.leaf, followed)
