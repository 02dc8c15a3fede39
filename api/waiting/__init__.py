"""What is a statement that still waits for signatures? Its exact bytes, who asked for it, and until when it may be signed.

It is no evidence: nobody has said it yet. It stands in ops.db, is shown to those who may sign it, and lapses.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Protocol

from trace.events import KINDS, Kind
from trace.ledger.canonical import decode_value, encode
from trace.payload import Opening, open_payload

LIFE = timedelta(days=10)
"""How long a statement waits: two working weeks, in which a colleague comes back from a journey."""

LOGGED = "logged"
"""How a statement ends that got all its signatures; another end is the code of its refusal."""

WITHDRAWN = "withdrawn"
"""How one ends that its party took back; it was never said."""


class Unlogged(Protocol):
    """A statement that is in no log, as those are told of it who may help it there."""

    @property
    def fields(self) -> dict[str, Any]: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def opened(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Waiting:
    """`document` is the statement without its proofs, canonical: what is signed. `regions`: where its signers must hold
    office (None: everywhere; none at all where the kind itself names its signers). `before`: the node's own statement
    that comes before it, as the opening of a case, whose hash it signs."""

    id: str
    document: bytes
    openings: tuple[Opening, ...]
    proofs: tuple[dict[str, Any], ...]
    regions: tuple[str | None, ...]
    asked_by: str
    made_at: datetime
    ended: str | None = None
    index: int | None = None
    before: bytes | None = None

    @property
    def lapses_at(self) -> datetime:
        return self.made_at + LIFE

    def is_open(self, now: datetime) -> bool:
        return self.ended is None and now < self.lapses_at

    @cached_property
    def fields(self) -> dict[str, Any]:
        found = decode_value(self.document)
        assert isinstance(found, dict)  # made by a recorder
        return found

    @property
    def kind(self) -> Kind:
        return KINDS[self.fields["kind"]]

    @property
    def signers(self) -> tuple[str, ...]:
        """The did:keys that have signed."""
        return tuple(str(proof["verificationMethod"]).partition("#")[0] for proof in self.proofs)

    @property
    def statement(self) -> dict[str, Any]:
        """The statement with the proofs that it has."""
        return {**self.fields, "proof": list(self.proofs)}

    @property
    def opened(self) -> dict[str, Any]:
        """Its payload with the private fields plain, as those see it who may sign it."""
        openings = {one.commit: one for one in self.openings}
        return open_payload(self.kind, self.fields["payload"], openings)[0]


def page_of(id: str) -> str:
    """Where a statement that waits is read and signed."""
    return f"/desk/sign/{id.removeprefix('urn:uuid:')}"


def document_bytes(fields: dict[str, Any]) -> bytes:
    """What a proof signs: the statement without `proof`, canonical."""
    return encode({name: value for name, value in fields.items() if name != "proof"})
