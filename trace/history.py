"""What does a reader of one batch get to see? The plain values that queries fill and pages show.

Nothing here judges or reads: a private field has already been left out of a payload, and a record that the reader may
not open has no kind, time, actor or payload at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PartyView:
    """One party as the public may see it; `name` is None for a natural person."""

    id: str
    name: str | None
    legal_form: str
    roles: tuple[str, ...]
    region: str


@dataclass(frozen=True, slots=True)
class RecordView:
    """One entry of a batch chain. `leaf` is 32 bytes; `received` and `occurred_at` are RFC 3339 texts.

    `statement` is its id; `corrects` the id of the one that it says anew, for the `reason` given.
    """

    index: int
    chain: str
    seq: int
    kind: str | None
    leaf: bytes
    received: str
    occurred_at: str | None
    actor: str | None
    custody: bool
    payload: dict[str, Any] | None
    statement: str | None = None
    corrects: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch with its records, oldest first. `balance_mg` is in milligrams; ids of parties are chain ids."""

    id: str
    code: str
    product: str
    township: str
    region: str
    quantity: dict[str, Any]
    owner: str
    holder: str
    stage: str
    balance_mg: int
    opened_at: str
    place: str | None
    records: tuple[RecordView, ...]


@dataclass(frozen=True, slots=True)
class History:
    """A batch, every batch upstream of it (nearest first), the parties named in them, and the log they stand in."""

    batch: BatchView
    inputs: tuple[BatchView, ...]
    parties: Mapping[str, PartyView]
    demonstration: bool
    log_origin: str
    log_vkey: str

    def chains(self) -> frozenset[str]:
        """The chains that this was read from: while none of them grows, the story stays as it is."""
        return frozenset({self.batch.id, *(one.id for one in self.inputs), *self.parties})
