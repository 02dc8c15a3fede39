"""Does every statement of a log mean something that our vocabulary allows? What the audit asks beyond bytes and proofs.

It judges by what is logged alone, and not by the code that let it in: kinds, payloads, openings, keys by index,
references and links, and what had to follow by rule. It keeps a line a chain and a key, and every commitment.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .events import KINDS, Kind, Nature
from .ledger.audit import Unsound
from .ledger.canonical import ProfileError, decode_value, encode
from .ledger.entry import Entry, Link
from .ledger.keys import parse_did_key
from .ledger.statement import Statement
from .ledger.store import Evidence, Head
from .payload import Opening, check_payload, open_payload, private_fields, references

OPENED_BY = {"genesis": "node", "party_registered": "party", "place_registered": "place", "batch_opened": "batch"}
"""The kind that opens each sort of chain, and no other does."""

BEFORE_THE_LOG = -1
"""Where the node's key counts as added: it signs entry 0 itself."""


@dataclass
class _Term:
    """A key speaks for its owner where added < index <= revoked (an index cannot be back-dated)."""

    owner: str
    added: int
    revoked: int | None = None

    def holds_at(self, index: int) -> bool:
        return self.added < index and (self.revoked is None or index <= self.revoked)


@dataclass(frozen=True)
class _Due:
    """An entry that a rule owes: `source` is the index of the entry that it follows from."""

    source: int
    kind: str
    chain: str
    occurred_at: str
    payload: dict[str, Any]


class TraceMeaning:
    """The `Meaning` of the trace wing, for one audit. `reads` must be the snapshot that is being audited."""

    def __init__(self, reads: Evidence) -> None:
        self._reads = reads
        self._chains: dict[str, str] = {}
        self._keys: dict[str, _Term] = {}
        self._node = ""
        self._due: deque[_Due] = deque()
        self._commits: set[str] = set()

    def read(self, entry: Entry, leaf: bytes, statement: Statement, heads: Mapping[str, Head]) -> None:
        """Raises `Unsound`: kind payload opening key reference derived."""
        kind = self._kind(entry, statement)
        self._check_payload(kind, statement)
        self._check_key_change(entry, statement)
        self._check_signers(entry, statement)
        self._check_references(kind, entry, statement, heads)
        self._check_derived(kind, entry, statement)
        if statement.kind == "batch_opened":
            self._owe_consumed(entry, leaf, statement)

    def finish(self, size: int) -> None:
        """Raises `Unsound` for what is still owed, and for an opening that no statement asks for."""
        if self._due:
            raise Unsound("derived", f"no {self._due[0].kind} follows", self._due[0].source)
        for commit in self._reads.stored_commits():
            if commit is None or commit.decode(errors="replace") not in self._commits:
                raise Unsound("opening", "an opening that no statement asks for")

    def _kind(self, entry: Entry, statement: Statement) -> Kind:
        """The kind is known and stands on its sort of chain, which exactly one kind opens; genesis opens the log."""
        kind = KINDS.get(statement.kind)
        if kind is None:
            raise Unsound("kind", f"unknown: {statement.kind}")
        opens = OPENED_BY.get(kind.name)
        if (opens is not None) != (entry.seq == 0) or (kind.name == "genesis") != (entry.index == 0):
            raise Unsound("kind", f"{kind.name} at seq {entry.seq} of a chain")
        if opens is not None:
            self._chains[entry.chain] = opens
        if self._chains[entry.chain] != kind.chain:
            raise Unsound("kind", f"{kind.name} on a {self._chains[entry.chain]} chain")
        return kind

    def _check_payload(self, kind: Kind, statement: Statement) -> None:
        openings: dict[str, Opening] = {}
        for name in private_fields(kind, statement.payload) & statement.payload.keys():
            value = statement.payload[name]
            commit = value.get("commit") if isinstance(value, dict) else None
            if isinstance(commit, str):
                openings |= self._opening(commit)
        opened, faults = open_payload(kind, statement.payload, openings)
        for fault in faults:
            check = "opening" if fault.code in ("missing-opening", "bad-opening") else "payload"
            raise Unsound(check, f"{fault.code} at {fault.pointer}")
        for fault in check_payload(kind, opened):
            raise Unsound("payload", f"{fault.code} at {fault.pointer}")
        self._commits.update(openings)

    def _opening(self, commit: str) -> dict[str, Opening]:
        """The stored opening by its commitment, empty where there is none; only canonical bytes are a value."""
        row = self._reads.stored_opening(commit)
        if row is None:
            return {}
        try:
            value = decode_value(row.value)
            if encode(value) != row.value:
                raise Unsound("opening", "a value that is not canonical")
        except ProfileError as error:
            raise Unsound("opening", f"a value outside the profile: {error.rule}") from error
        return {commit: Opening(commit, row.salt, value)}

    def _check_key_change(self, entry: Entry, statement: Statement) -> None:
        """A key belongs to one party and never returns; the node or the party itself adds and revokes it."""
        if statement.kind == "genesis":
            self._node = entry.chain
            self._keys[_did(statement)] = _Term(entry.chain, BEFORE_THE_LOG)
        if statement.kind not in ("key_added", "key_revoked"):
            return
        if statement.actor not in (self._node, entry.chain):
            raise Unsound("key", "changed by another party")
        did = _did(statement)
        term = self._keys.get(did)
        if statement.kind == "key_added":
            if term is not None:
                raise Unsound("key", "added before")
            self._keys[did] = _Term(entry.chain, entry.index)
        elif term is None or term.owner != entry.chain or term.revoked is not None:
            raise Unsound("key", "revoked where it was not in force")
        else:
            term.revoked = entry.index

    def _check_signers(self, entry: Entry, statement: Statement) -> None:
        """Every proof by a key valid at this index, one of them the actor's, or the node's under custody."""
        owners = set()
        for signer in statement.signers:
            term = self._keys.get(signer)
            if term is None or not term.holds_at(entry.index):
                raise Unsound("key", f"not valid at this index: {signer}")
            owners.add(term.owner)
        if (self._node if statement.custody else statement.actor) not in owners:
            raise Unsound("key", "no proof of the actor")
        if self._chains.get(statement.actor) not in ("party", "node"):
            raise Unsound("reference", "an actor that was never registered")

    def _check_references(self, kind: Kind, entry: Entry, statement: Statement, heads: Mapping[str, Head]) -> None:
        """Everything named was there before. Links: entries of other chains that it names, and the heads of its inputs."""
        links: set[Link] = set()
        for reference in references(kind, statement.payload):
            if reference.type != "entry":
                if self._chains.get(reference.value) != reference.type:
                    raise Unsound("reference", f"no such {reference.type} at {reference.pointer}")
                continue
            chain, seq, leaf = (reference.value[name] for name in ("chain", "seq", "leaf"))
            if chain != entry.chain:
                links.add(Link(chain, seq, bytes.fromhex(leaf)))
                continue
            named = self._reads.place(chain, seq)
            if named is None or named.leaf.hex() != leaf or named.index >= entry.index:
                raise Unsound("reference", f"no such entry at {reference.pointer}")
        for one in _inputs(statement):
            head = heads.get(one["batch"])
            if head is None:
                raise Unsound("reference", "an input that is the batch itself")
            links.add(Link(head.chain, head.seq, head.leaf))
        if links != set(entry.links):
            raise Unsound("reference", "the links are not those that the payload asks for")

    def _check_derived(self, kind: Kind, entry: Entry, statement: Statement) -> None:
        """Derived entries stand right behind their source, each as its rule makes it, and nowhere else."""
        if kind.nature is not Nature.DERIVED:
            if self._due:
                raise Unsound("derived", f"no {self._due[0].kind} follows", self._due[0].source)
            return
        if not self._due:
            raise Unsound("derived", f"{kind.name} follows from nothing")
        due = self._due.popleft()
        said = (statement.kind, entry.chain, statement.occurred_at, statement.payload, statement.actor)
        if said != (due.kind, due.chain, due.occurred_at, due.payload, self._node):
            raise Unsound("derived", f"not the {due.kind} that follows from entry {due.source}")

    def _owe_consumed(self, entry: Entry, leaf: bytes, statement: Statement) -> None:
        """balance@1: what a batch takes from an input leaves that input, as much and at that time."""
        source = {"chain": entry.chain, "seq": entry.seq, "leaf": leaf.hex()}
        for one in _inputs(statement):
            payload = {"quantity": one["quantity"], "rule": "balance@1", "source": source}
            self._due.append(_Due(entry.index, "consumed", one["batch"], statement.occurred_at, payload))


def _did(statement: Statement) -> str:
    """The did:key that a checked payload names."""
    did = str(statement.payload["key"])
    parse_did_key(did)
    return did


def _inputs(statement: Statement) -> list[dict[str, Any]]:
    inputs: Any = statement.payload.get("inputs", []) if statement.kind == "batch_opened" else []
    return list(inputs)
