"""What exactly did somebody record, private fields open? For the party whose words they are, and for nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.pages.queries import recorded_by
from trace.events import KINDS
from trace.ledger.canonical import decode_value
from trace.ledger.entry import parse_entry
from trace.ledger.store import Reads, SealedRow
from trace.payload import commits_of, shown_payload
from trace.state import Row

LAST_LOOKED_AT = 20
"""So many records back somebody's usual values are looked for."""


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """One statement with its payload opened; a private value that was erased is not in it."""

    id: str
    index: int
    chain: str
    seq: int
    leaf: bytes
    kind: str
    actor: str
    occurred_at: str
    received: str
    custody: bool
    payload: Mapping[str, Any]


def own_record(reads: Reads, row: SealedRow, reader: str | None = None) -> OwnRecord:
    """The record of a row; private fields open where its actor is the `reader`, or where nobody is named.

    The caller has asked whether this reader may see the record at all.
    """
    said: Any = decode_value(row.statement)
    return OwnRecord(
        id=said["id"],
        index=row.index,
        chain=row.chain,
        seq=row.seq,
        leaf=row.leaf,
        kind=said["kind"],
        actor=said["actor"],
        occurred_at=said["occurred_at"],
        received=parse_entry(row.entry).received,
        custody="custody" in said,
        payload=_opened(reads, said["kind"], said["payload"], reader in (None, said["actor"])),
    )


def last_records(reads: Reads, party: str, kind: str) -> list[OwnRecord]:
    """What the party recorded of a kind lately, newest first."""
    indices = recorded_by(reads.connection, party, kind, LAST_LOOKED_AT)
    rows = [row for index in indices for row in reads.rows(index, index + 1)]
    return [own_record(reads, row) for row in rows]


def corrected_in(rows: Iterable[SealedRow]) -> dict[str, str]:
    """What became of the statements of a batch that were said anew: `restated` or `did_not_occur`, by statement id."""
    found: dict[str, str] = {}
    for row in rows:
        said: Any = decode_value(row.statement)
        if "corrects" in said:
            found[said["corrects"]] = "restated" if "restated" in said["payload"] else "did_not_occur"
    return found


def corrections_in(rows: Iterable[SealedRow], statement: str) -> list[SealedRow]:
    """Those rows that say this statement anew, or that it did not happen, in the order of the log."""
    found = []
    for row in rows:
        said: Any = decode_value(row.statement)
        if said.get("corrects") == statement:
            found.append(row)
    return found


def current_payload(reads: Reads, row: Row) -> dict[str, Any]:
    """What a record says now, private fields open: as it was last restated, for the party whose words they are."""
    return _opened(reads, row["kind"], decode_value(row["payload"].encode()), True)


def _opened(reads: Reads, kind: str, payload: Any, is_own: bool) -> dict[str, Any]:
    commits = commits_of(KINDS[kind], payload) if is_own else []
    values = {commit: decode_value(opening.value) for commit, opening in reads.openings(commits).items()}
    return shown_payload(KINDS[kind], payload, values)
