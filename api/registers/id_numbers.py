"""Was this person registered before? Identity numbers are compared beside the log, as hashes under a secret of the node.

The log has each number as a commitment under a salt of its own, so that two of the same number do not look alike. Here stands
HMAC-SHA-256 of it: 18 digits, most of them a region and a birthday, are soon tried where nothing secret goes into the hash.
The secret is what the node's key signs (Ed25519 signs the same message always alike, RFC 8032, 5.1.6): a log can only be
written with that key, so the secret is never lost without it, and a change of the log's key does not touch it.

A number is claimed before its statement goes to the log and given back where the log refuses. Where nobody knows what the
log did, the claim stays, and whoever asks next, or the next start, looks whether the statement is there.
"""

import hmac
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from api.auth.limits import TriedNumbers
from api.refusals import RateLimited
from api.registers.db import Claim, IdNumberTable, ReadTo
from trace.ledger.canonical import decode_value
from trace.ledger.errors import Conflict, DomainError, FieldFault, Forbidden, Invalid, OutcomeUnknown, Refused
from trace.ledger.keys import PrivateKey
from trace.ledger.sqlite import SqliteReads
from trace.ledger.statement import Statement, parse_statement
from trace.ledger.store import OpeningRow, SealedRow
from trace.ledger.submission import Receipt, Signed
from trace.parties import is_natural_person
from trace.queries import list_nouns

KIND, FIELD = "party_registered", "id_number"
SECRET = b"suxin-id-number/v1"
"""What the node's key signs to get the secret."""

PARTIES_AT_ONCE = 500

_log = logging.getLogger("suxin.registers")


@dataclass(frozen=True)
class Wanted:
    """A number that a statement registers, and the statement's place in its group."""

    hash: bytes
    statement: str
    item: int

    @property
    def turn(self) -> str:
        """What those wait for one another for who register the same number at once."""
        return f"{FIELD} {self.hash.hex()}"


@dataclass(frozen=True)
class Claimed:
    """Claims of one submission: those made for it, and those that an earlier try with the same statement left."""

    new: tuple[Claim, ...] = ()
    again: tuple[Claim, ...] = ()


class IdNumbers:
    """The register of one node. `reading` opens a snapshot of its log."""

    def __init__(
        self,
        table: IdNumberTable,
        reading: Callable[[], AbstractContextManager[SqliteReads]],
        node_key: PrivateKey,
        node_chain: str,
    ) -> None:
        self._table, self._reading = table, reading
        self._key, self._node_chain = node_key, node_chain
        self._secret = node_key.sign(SECRET)
        self._is_filled = False
        self._filling = threading.Lock()
        self.tried = TriedNumbers()

    # ---- one registration ---------------------------------------------------------------------------------------------

    def wanted_in(self, items: Sequence[Signed]) -> list[Wanted]:
        """The numbers that these statements register. Of what the node did not sign there is none: the log refuses it,
        and must do so in the same words whether its number is known here or not."""
        return [
            Wanted(self._hash(number), one.statement.id, at)
            for at, one in enumerate(items)
            if one.statement.kind == KIND and self._is_said_by_node(one.statement)
            if (number := number_in(one.statement, {row.commit: row for row in one.openings})) is not None
        ]

    def claim(self, wanted: Sequence[Wanted]) -> Claimed:
        """Claim these numbers, all or none. The caller is alone with them (`turn`) until the log has answered.

        Raises `Conflict` (id-number-taken) at the first that another statement registers; it does not say which.
        """
        self.fill()
        held = self._table.find(one.hash for one in wanted)
        with self._reading() as reads:
            logged = reads.known([one.statement for one in wanted])
            stale = [claim for claim in held.values() if claim.entry is None and self._entry_of(reads, claim) is None]
        statements = {hash: claim.statement for hash, claim in held.items() if claim not in stale}
        new: list[Claim] = []
        again: list[Claim] = []
        for one in wanted:
            if one.statement in logged:
                continue  # the log has its first answer, or says that the id is another's
            if statements.setdefault(one.hash, one.statement) != one.statement:
                raise Conflict("id-number-taken", FieldFault(f"/payload/{FIELD}", "id-number-taken"), item=one.item)
            before = held.get(one.hash)
            is_known = before is not None and before.statement == one.statement
            (again if is_known else new).append(Claim(one.hash, one.statement))
        self._table.claim(new, [claim for claim in stale if claim.hash in {one.hash for one in new}])
        return Claimed(tuple(new), tuple(again))

    def settle(self, claimed: Claimed, receipts: Sequence[Receipt]) -> None:
        """The log took them. Should this not be written down now, the next who asks finds it out."""
        entries = {one.id: one.index for one in receipts}
        with _later():
            self._table.settle(replace(one, entry=entries[one.statement]) for one in (*claimed.new, *claimed.again))

    def release(self, claimed: Claimed, refusal: DomainError) -> None:
        """The log said no: others may register these numbers, unless it may have taken the statement all the same."""
        if isinstance(refusal, OutcomeUnknown) or refusal.code == "not-published":
            return  # whoever asks next looks whether it is there
        with _later():
            self._table.give_back(claimed.new)

    @contextmanager
    def counted(self, account: str, payload: Mapping[str, Any]) -> Iterator[None]:
        """Count the tries of an account whose registration is refused with the number in it: only then can somebody learn
        who is registered and leave no trace in the log. Raises `RateLimited` instead of one more."""
        number = payload.get(FIELD)
        if not isinstance(number, str):
            yield
            return
        if seconds := self.tried.seconds_to_wait(account):
            _log.warning("id_numbers.tried_too_often", extra={"account": account})
            raise RateLimited("rate-limited", retry_after=seconds)
        try:
            yield
        except (Conflict, Forbidden, Invalid, Refused):
            self.tried.add(account, self._hash(number))
            raise

    # ---- what the log has already -------------------------------------------------------------------------------------

    def fill(self) -> None:
        """Once, before anything is compared: what was logged since the register was last filled, and what became of
        claims whose outcome nobody knew. Numbers whose openings were erased before are not found any more."""
        with self._filling:
            if self._is_filled:
                return
            with self._reading() as reads:
                newest = self._newest(reads)
                logged, gone = self._settled(reads)
                logged += self._registered(reads, self._read_from(reads))
            self._table.fill(logged, gone, newest)
            self._is_filled = True

    def _newest(self, reads: SqliteReads) -> ReadTo | None:
        tail = reads.tail()
        if tail is None or tail.size == 0:
            return None
        return ReadTo(tail.size - 1, reads.leaves(tail.size - 1, tail.size)[0])

    def _read_from(self, reads: SqliteReads) -> int:
        """The index behind which to look: -1 where the register was filled from another log, or from more than there is."""
        before = self._table.read_to()
        if before is None or reads.leaves(before.index, before.index + 1) != [before.leaf]:
            return -1
        return before.index

    def _settled(self, reads: SqliteReads) -> tuple[list[Claim], list[Claim]]:
        """Open claims that the log turned out to have taken, and those of which it has nothing."""
        claims = [(one, self._entry_of(reads, one)) for one in self._table.open_claims()]
        taken = [replace(one, entry=entry) for one, entry in claims if entry is not None]
        return taken, [one for one, entry in claims if entry is None]

    def _registered(self, reads: SqliteReads, after: int) -> list[Claim]:
        """The numbers that were registered behind an index, as far as their openings are kept."""
        found: list[Claim] = []
        while rows := list_nouns(reads.connection, "party", after, PARTIES_AT_ONCE):
            after = rows[-1]["index"]
            for party in rows:
                if is_natural_person(party["legal_form"], party["uscc"]):
                    row = reads.chain_rows(party["id"])[0]
                    number = _number_of(reads, row)
                    found += [] if number is None else [Claim(self._hash(number), row.statement_id, row.index)]
        return found

    def _entry_of(self, reads: SqliteReads, claim: Claim) -> int | None:
        """Where the statement of a claim stands; None where it does not, or stands there with another number."""
        row = reads.known([claim.statement]).get(claim.statement)
        if row is None:
            return None
        number = _number_of(reads, row)
        return row.index if number is None or self._hash(number) == claim.hash else None

    def _is_said_by_node(self, statement: Statement) -> bool:
        return statement.actor == self._node_chain and self._key.did in statement.signers

    def _hash(self, number: str) -> bytes:
        return hmac.digest(self._secret, number.encode(), "sha256")


def number_in(statement: Statement, openings: Mapping[str, OpeningRow]) -> str | None:
    """The identity number of a natural person's registration; None where it has none, or nothing here opens it.

    Several bodies may name the same representative: theirs is compared with nothing.
    """
    payload: Mapping[str, Any] = statement.payload
    opening = openings.get(_commit_of(payload) or "")
    if opening is None or not is_natural_person(payload["legal_form"], payload.get("uscc")):
        return None
    return str(decode_value(opening.value))


def _number_of(reads: SqliteReads, row: SealedRow) -> str | None:
    """The same of an entry, by the openings that are kept."""
    statement = parse_statement(row.statement)
    commit = _commit_of(statement.payload)
    return None if commit is None else number_in(statement, reads.openings([commit]))


def _commit_of(payload: Mapping[str, Any]) -> str | None:
    match payload.get(FIELD):
        case {"commit": str(commit)}:
            return commit
    return None


@contextmanager
def _later() -> Iterator[None]:
    """What could not be written to ops.db now is found out later; the log's answer must reach its caller all the same."""
    try:
        yield
    except SQLAlchemyError as error:
        _log.warning("id_numbers.not_noted", extra={"reason": type(error).__name__})
