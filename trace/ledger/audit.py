"""Is this whole log what it claims to be? Every entry, every row computed from entries, and, where the reader may open
them, every statement.

Envelopes alone need no more than anybody can fetch. What statements mean is asked of a `Meaning`; this room knows none.
The answer names the first bad entry. Bytes are judged, never what a column beside them says.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from .canonical import SALT_BYTES
from .entry import Entry, EntryError, body_hash, parse_entry
from .keys import Vkey
from .merkle import leaf_hash
from .recomputed import Fault, Recomputed
from .statement import Statement, StatementError, parse_statement, verify_proofs
from .store import Evidence, Head, StoredRow

CHECKS = (
    "entry",  # canonical, of this log, in its place; the columns beside it say the same
    "chain",  # seq and prev go on where the chain stood
    "link",  # to an entry that was there before
    "received",  # never decreases
    "tile",
    "checkpoint",  # signed by the log key, with the root of that size
    "head",
    "state",  # the row that says where the log ends
    "statement",  # there, once, readable, of this place
    "body",  # the entry holds the hash of exactly these bytes and this salt
    "signature",
    # From here on a Meaning answers.
    "kind",  # known, and on the right chain
    "payload",
    "opening",  # every commitment has one that opens it, and none belongs to nothing
    "key",  # valid at that index, of somebody who may say this
    "reference",  # what is named exists, and the links are those that the payload asks for
    "derived",  # follows from its source by the rule that it names, and nothing is left out
    "tables",  # this program carries the tables that the log names, at its beginning or since
    "procedure",  # of another wing: a step that its table lets this person take at this time, with all that belongs to it
)
"""Every value of `AuditResult.check`, in the order in which they are looked at."""

PROGRESS_ENTRIES = 500  # about ten times a second with statements

Progress = Callable[[int, int], None]
"""Called with (entries done, entries there) now and then, and at the end."""


class Unsound(Exception):
    """What a `Meaning` finds wrong. `index`: None where it is the entry that is being read."""

    def __init__(self, check: str, detail: str, index: int | None = None) -> None:
        super().__init__(f"{check}: {detail}")
        self.check, self.detail, self.index = check, detail, index


class Meaning(Protocol):
    """What the audit asks of those who know what statements mean. It is fed every statement in the order of the log."""

    def read(self, entry: Entry, leaf: bytes, statement: Statement, heads: Mapping[str, Head]) -> None:
        """Judge one statement whose bytes and proofs hold. `heads`: every chain before this entry. Raises `Unsound`."""

    def finish(self, size: int) -> None:
        """The log ends here with `size` entries. Raises `Unsound`."""


@dataclass(frozen=True)
class AuditResult:
    """`size`: how many entries there are. `check` is one of CHECKS; it, index and detail are None where all is well."""

    ok: bool
    size: int
    first_bad_index: int | None = None
    check: str | None = None
    detail: str | None = None


def audit(
    reads: Evidence,
    origin: str,
    vkeys: Iterable[Vkey],
    meaning: Meaning | None = None,
    progress: Progress = lambda done, size: None,
) -> AuditResult:
    """Audit one snapshot of the log `origin`. `vkeys`: its log keys, pinned by the caller. Never raises for what it finds.

    Without `meaning` statements, salts and openings are not looked at. Reading stops at the first entry that is wrong in
    itself, for the later ones rest on it. Memory grows with the chains, with `meaning` also with its commitments.
    """
    size = reads.count("entry")
    recomputed = Recomputed(reads, origin, vkeys)
    faults = recomputed.faults
    progress(0, size)
    for row in reads.stored_rows(with_statements=meaning is not None):
        try:
            _check_row(reads, row, origin, recomputed, meaning)
        except Unsound as found:
            faults.append(Fault(recomputed.size if found.index is None else found.index, found.check, found.detail))
            break
        if recomputed.size % PROGRESS_ENTRIES == 0:
            progress(recomputed.size, size)
    else:
        if size != recomputed.size:
            faults.append(Fault(recomputed.size, "entry", "a row below index 0"))
        if recomputed.finish() and meaning is not None:
            _check_rests(reads, size, faults, meaning)
    progress(size, size)
    if not faults:
        return AuditResult(True, size)
    first = min(faults)
    return AuditResult(False, size, first.index, first.check, first.detail)


def _check_row(reads: Evidence, row: StoredRow, origin: str, recomputed: Recomputed, meaning: Meaning | None) -> None:
    entry, leaf = _check_entry(row, origin, recomputed.size)
    _check_place(reads, entry, recomputed)
    if meaning is not None:
        statement = _check_statement(row, entry)
        meaning.read(entry, leaf, statement, recomputed.heads)
    recomputed.add(entry, leaf)


def _check_entry(row: StoredRow, origin: str, position: int) -> tuple[Entry, bytes]:
    if row.index != position:
        raise Unsound("entry", f"no entry at index {position}")
    try:
        entry = parse_entry(row.entry or b"")
    except EntryError as error:
        raise Unsound("entry", str(error)) from error
    leaf = leaf_hash(row.entry or b"")
    if entry.origin != origin:
        raise Unsound("entry", f"of another log: {entry.origin}")
    if entry.index != position:
        raise Unsound("entry", f"it says index {entry.index}")
    _check_columns(row, entry, leaf)
    return entry, leaf


def _check_columns(row: StoredRow, entry: Entry, leaf: bytes) -> None:
    if (row.chain, row.seq, row.prev, row.leaf) != (entry.chain.encode(), entry.seq, entry.prev, leaf):
        raise Unsound("entry", "a column beside the bytes says something else")


def _check_place(reads: Evidence, entry: Entry, recomputed: Recomputed) -> None:
    head = recomputed.heads.get(entry.chain)
    if (entry.seq, entry.prev) != ((head.seq + 1, head.leaf) if head else (0, None)):
        raise Unsound("chain", f"seq {entry.seq} does not go on where chain {entry.chain} stood")
    for link in entry.links:
        linked = recomputed.heads.get(link.chain)
        if linked is not None and linked.seq != link.seq:
            linked = reads.place(link.chain, link.seq)
        # A row below this index was compared with its bytes before.
        if linked is None or linked.leaf != link.leaf or linked.index >= entry.index:
            raise Unsound("link", f"to seq {link.seq} of chain {link.chain}")
    if entry.received < recomputed.received:
        raise Unsound("received", f"{entry.received} after {recomputed.received}")


def _check_statement(row: StoredRow, entry: Entry) -> Statement:
    if row.statement is None or row.salt is None:
        raise Unsound("statement", "missing")
    if len(row.salt) != SALT_BYTES or body_hash(row.salt, row.statement) != entry.body:
        raise Unsound("body", "the entry holds the hash of other bytes")
    try:
        statement = parse_statement(row.statement)
        if (statement.origin, statement.chain) != (entry.origin, entry.chain):
            raise Unsound("statement", "made for another log or chain")
        if row.statement_id != statement.id.encode():
            raise Unsound("statement", "filed under another id")
        verify_proofs(statement)
    except StatementError as error:
        check = "signature" if error.code == "bad-signature" else "statement"
        raise Unsound(check, str(error)) from error
    return statement


def _check_rests(reads: Evidence, size: int, faults: list[Fault], meaning: Meaning) -> None:
    """What only shows at the end: statements of no entry, ids that came twice, what a rule still owes."""
    for index, detail in (
        (reads.repeated_statement(), "the id of an earlier one"),
        (reads.stray_statement(), "without an entry"),
    ):
        if index is not None:
            faults.append(Fault(max(index, 0), "statement", detail))
    try:
        meaning.finish(size)
    except Unsound as found:
        faults.append(Fault(size - 1 if found.index is None else found.index, found.check, found.detail))
