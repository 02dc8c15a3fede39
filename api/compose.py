"""How does a plain request become a signed statement? Checked, private fields committed, signed by the node in custody.

Parties that hold keys send whole statements instead; those are opened and checked by the same functions.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api.steps import Steps, at_once
from trace.events import KINDS
from trace.ledger.canonical import b64url_decode, b64url_encode, encode_known
from trace.ledger.errors import FieldFault, Invalid, TooLarge
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import (
    Statement,
    StatementError,
    parse_statement,
    signed_statement,
    statement_of,
    verify_proofs,
)
from trace.ledger.store import OpeningRow
from trace.ledger.submission import Asked, Signed
from trace.payload import Opening, check_payload, commit_payload, open_payload

_OPENING_MEMBERS = {"commit", "salt", "value"}


@dataclass(frozen=True)
class Recorder:
    """What the node needs to speak for somebody: its key and chain, a clock and randomness."""

    origin: str
    node_key: PrivateKey
    node_chain: str
    clock: Callable[[], datetime]
    random_bytes: Callable[[int], bytes]

    def record(
        self,
        kind: str,
        payload: Mapping[str, Any],
        *,
        chain: str,
        actor: str,
        recorded_by: str,
        id: str,
        occurred_at: str | None = None,
        region: str | None = None,
        at: str = "/payload",
        made: Mapping[str, Any] | None = None,
        corrects: str | None = None,
        reason: str | None = None,
        opens: bool = False,
    ) -> Signed:
        """The node's statement of a plain payload. `made`: fields that the node adds; `at`: where faults point to;
        `corrects` and `reason`: of a correction, the statement that it says anew, and why; `opens`: the chain is one that
        the node made up for this request, so that a repeat comes with another.

        Raises `Invalid` with every fault of the payload.
        """
        whole = {**payload, **(made or {})}
        fields, openings = self.draft(
            kind, whole, chain=chain, actor=actor, id=id, occurred_at=occurred_at, region=region, at=at
        )
        fields["recorded_by"] = recorded_by
        fields.update({name: text for name, text in (("corrects", corrects), ("reason", reason)) if text is not None})
        if actor != self.node_chain:
            fields["custody"] = "platform"
        try:
            statement = parse_statement(signed_statement(fields, [self.node_key], self.created()))
        except StatementError as error:
            raise statement_fault(error) from error
        return Signed(
            statement, tuple(map(_row, openings)), Asked(dict(payload), None if opens else chain, occurred_at)
        )

    def draft(
        self,
        kind: str,
        payload: Mapping[str, Any],
        *,
        chain: str,
        actor: str,
        id: str,
        occurred_at: str | None = None,
        region: str | None = None,
        at: str = "/payload",
    ) -> tuple[dict[str, Any], list[Opening]]:
        """A statement that nobody has signed yet, and the openings of its private fields. Raises as `record` does."""
        declared = KINDS.get(kind)
        if declared is None:
            raise Invalid("unknown-kind", FieldFault("/kind", "unknown-kind"))
        refuse(check_payload(declared, payload, region), at)
        committed, openings = commit_payload(declared, payload, self._salts())
        fields = {
            "id": id,
            "origin": self.origin,
            "chain": chain,
            "kind": kind,
            "actor": actor,
            "occurred_at": occurred_at or self.clock().astimezone().isoformat(timespec="seconds"),
            "payload": committed,
        }
        return fields, openings

    def created(self) -> str:
        """The present time as a proof states it."""
        return self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _salts(self) -> Iterator[bytes]:
        while True:
            yield self.random_bytes(32)

    def new_chain(self) -> str:
        """A random chain id of 128 bits."""
        return b64url_encode(self.random_bytes(16))

    def chain_for(self, what: str) -> str:
        """A chain id that is the same for the same thing however often it is asked, and that nobody without the key can
        work out: Ed25519 signs the same message always alike (RFC 8032, 5.1.6)."""
        return b64url_encode(hashlib.sha256(self.node_key.sign(f"suxin-chain/v1\n{what}".encode())).digest()[:16])

    def new_id(self) -> str:
        return f"urn:uuid:{uuid.UUID(bytes=self.random_bytes(16), version=4)}"


def received_statement(document: Mapping[str, Any], openings: object, at: str = "") -> Signed:
    """A statement that somebody signed, with the openings of its private fields: parsed, proofs checked, payload checked.
    `document` and `openings` were decoded under the profile.

    CPU work of about 0.2 ms, Ed25519 most of it. Raises `Invalid`, pointing below `at`.
    """
    return at_once(receiving(document, openings, at))


def receiving(document: Mapping[str, Any], openings: object, at: str = "") -> Steps[Signed]:
    """As `received_statement`, in steps."""
    try:
        statement = statement_of(document)
        yield
        verify_proofs(statement)
        yield
    except StatementError as error:
        raise statement_fault(error, f"{at}/statement") from error
    return Signed(statement, _checked_openings(statement, openings, at))


def statement_fault(error: StatementError, at: str = "") -> Invalid | TooLarge:
    if error.code == "statement-too-large":
        return TooLarge(error.code, FieldFault(at, error.code))
    return Invalid(error.code, FieldFault(f"{at}{error.pointer}", error.code))


def _checked_openings(statement: Statement, sent: object, at: str) -> tuple[OpeningRow, ...]:
    kind = KINDS.get(statement.kind)
    if kind is None:
        raise Invalid("unknown-kind", FieldFault(f"{at}/statement/kind", "unknown-kind"))
    openings = _read_openings(sent, f"{at}/openings")
    opened, faults = open_payload(kind, statement.payload, openings)
    refuse(faults or check_payload(kind, opened), f"{at}/statement/payload")
    return tuple(map(_row, openings.values()))


def _read_openings(sent: object, at: str) -> dict[str, Opening]:
    if not isinstance(sent, list):
        raise Invalid("wrong-type", FieldFault(at, "wrong-type"))
    found: dict[str, Opening] = {}
    for position, one in enumerate(sent):
        pointer = f"{at}/{position}"
        if not isinstance(one, dict) or one.keys() != _OPENING_MEMBERS or not isinstance(one["commit"], str):
            raise Invalid("wrong-type", FieldFault(pointer, "wrong-type"))
        try:
            salt = b64url_decode(one["salt"])
        except (ValueError, TypeError, AttributeError) as error:
            raise Invalid("bad-opening", FieldFault(f"{pointer}/salt", "bad-opening")) from error
        found[one["commit"]] = Opening(one["commit"], salt, one["value"])
    return found


def refuse(faults: list[FieldFault], at: str) -> None:
    """Raise `Invalid` for what was found wrong; its code is that of the first fault."""
    if faults:
        raise Invalid(faults[0].code, *(FieldFault(at + fault.pointer, fault.code) for fault in faults))


def _row(opening: Opening) -> OpeningRow:
    return OpeningRow(opening.commit, opening.salt, encode_known(opening.value))  # decoded, or committed to before
