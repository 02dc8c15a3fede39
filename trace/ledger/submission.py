"""What is handed to the writer, what comes back, and what does the ledger ask of those who know what statements mean?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from .entry import Entry, Link
from .sealing import Derived
from .statement import Statement
from .store import OpeningRow, Reads, SealedRow, Writes


@dataclass(frozen=True)
class Asked:
    """What somebody asked the node to say, before the node added anything: what a repeat is compared with.

    `chain` is None where the request opens one, whose id the node made up; `occurred_at` where it left that to the node.
    """

    payload: Mapping[str, Any]
    chain: str | None = None
    occurred_at: str | None = None


class Signed(NamedTuple):
    """A parsed statement with the openings of its commitments. `asked` is set where the node made the statement."""

    statement: Statement
    openings: tuple[OpeningRow, ...] = ()
    asked: Asked | None = None


@dataclass(frozen=True)
class Submission:
    """Statements that enter together, all or none, in this order."""

    items: tuple[Signed, ...]
    wait_proof: bool = False


class Receipt(NamedTuple):
    """Where a statement stands in the log, and the node's own statements that followed from it by rule."""

    id: str
    chain: str
    seq: int
    index: int  # type: ignore[assignment]  # nobody asks the tuple's own method
    leaf: bytes
    followed: tuple[Statement, ...] = ()


class Decision(NamedTuple):
    """What `decide` grants: chains whose head is linked, entries that are linked."""

    link_heads: tuple[str, ...] = ()
    link_entries: tuple[Link, ...] = ()


class Domain(Protocol):
    """What the ledger asks of those who know what statements mean."""

    def open_state(self, reads: Reads, submissions: Sequence[Submission]) -> Any: ...
    def decide(self, state: Any, signed: Signed, seq: int, index: int, now: datetime) -> Decision: ...
    def project(self, state: Any, entry: Entry, leaf: bytes, statement: Statement) -> None: ...
    def follow(self, state: Any, entry: Entry, leaf: bytes, statement: Statement) -> tuple[Derived, ...]:
        """What the rules add to an entry that was just projected; asked again of each entry that was so added."""
        ...

    def close(self, state: Any) -> None:
        """At the end of a submission: raises where its statements do not make a whole."""
        ...

    def mark(self, state: Any) -> int: ...
    def undo(self, state: Any, mark: int) -> None: ...
    def save(self, state: Any, writes: Writes) -> None: ...
    def is_same_request(self, signed: Signed, known: SealedRow, openings: Mapping[str, OpeningRow]) -> bool: ...
