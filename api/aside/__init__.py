"""What is a statement that was kept aside? One that came under a key which its party had ended before (ledger §5).

It is no evidence, and nobody has said it in the log. It stands in ops.db until its party signs it again with a valid key, a
clerk vouches for it, somebody dismisses it, or its time is over. Its words are gone from there as soon as one of these is so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from trace.events import KINDS, Kind
from trace.ledger.canonical import decode_value
from trace.ledger.statement import Statement
from trace.payload import Opening, open_payload
from trace.state import Row

LIFE = timedelta(days=30)
"""How long a statement waits aside; and how long it is known afterwards, without its words, what became of it."""

MOST_OF_A_PARTY, BYTES_OF_A_PARTY = 200, 4 * 1_048_576
"""What one party may have waiting: a season of a co-op's records has fewer, and a stolen key can take no more room."""

MOST, BYTES = 5_000, 64 * 1_048_576
"""What may wait in whole. Beyond it nothing is kept, and the sender, who still has the statement, is told so."""

CHAINS = frozenset({"batch", "place"})
"""The sorts of chains whose statements are kept: what happens to goods and plots. Keys and offices are changed by valid keys
alone; a step of a case is asked for on its page, where it goes on waiting for another key."""

WAITING, SIGNED_AGAIN, VOUCHED, DISMISSED = "waiting", "signed_again", "vouched", "dismissed"

REASONS = ("recorded", "not_said", "wrong", "not_confirmed")
"""Why one is dismissed: it is in the log already, nobody of the party said it, it says what is not so, or the party could
not be asked. A list and no text, which would be one more place for names."""


@dataclass(frozen=True)
class Aside:
    """One of them. `statement` are the exact canonical bytes, empty once it is settled; `document` the SHA-256 of what was
    signed (the statement without its proofs), in hex; `key` the did:key that had ended; `region` where its party is registered.

    `settled_by` is the account of who settled it here, `index` the entry that settled it.
    """

    id: str
    document: str
    statement: bytes
    openings: tuple[Opening, ...]
    party: str
    region: str
    kind_name: str
    chain: str
    key: str
    came_at: datetime
    state: str = WAITING
    settled_at: datetime | None = None
    settled_by: str | None = None
    reason: str | None = None
    index: int | None = None

    @property
    def kept_until(self) -> datetime:
        return (self.settled_at or self.came_at) + LIFE

    @property
    def kind(self) -> Kind:
        return KINDS[self.kind_name]

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The members of the statement, as long as it waits."""
        found = decode_value(self.statement)
        assert isinstance(found, dict)  # it was parsed before it was kept
        return found

    @cached_property
    def opened(self) -> dict[str, Any]:
        """Its payload with the private fields plain, for those who may vouch for it."""
        openings = {one.commit: one for one in self.openings}
        return open_payload(self.kind, self.fields["payload"], openings)[0]


def ended_key(statement: Statement, keys: Sequence[Row]) -> str | None:
    """The key for whose end a statement is to be kept aside; None where it is not. `keys`: every one that its actor had.

    Only its party's own keys signed it, one of which has ended: so no stranger's words are kept, and nobody's beside it.
    """
    kind = KINDS.get(statement.kind)
    if kind is None or kind.chain not in CHAINS or statement.custody:
        return None
    known: Mapping[str, Row] = {row["id"]: row for row in keys}
    if not known.keys() >= set(statement.signers):
        return None
    return next((did for did in statement.signers if known[did]["revoked"] is not None), None)
