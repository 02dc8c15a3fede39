"""Does every statement of a log mean something that our vocabulary allows? What the audit asks beyond bytes and proofs.

It judges by what is logged alone, and not by the code that let it in: kinds, payloads, openings, keys by index,
references and links. What had to follow by rule it makes anew from a replay, and compares. It keeps the state of the
whole log, and every commitment.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from .acts import refuse_act
from .consequences import follow
from .corrections import check_said_of_another
from .events import KINDS, Kind, Nature
from .goods import judge_goods
from .holds import id_of
from .ledger.audit import Unsound
from .ledger.canonical import ProfileError, decode_value, encode
from .ledger.entry import Entry, Link
from .ledger.errors import DomainError, Invalid
from .ledger.key_book import KeyBook, KeyFault, needs_officials
from .ledger.statement import Statement
from .ledger.store import Evidence, Head
from .ledger.submission import Signed
from .legal_days import legal_day
from .offices import region_of_batch
from .papers import REPORTS
from .past_days import check_past
from .payload import Opening, check_payload, commits_of, open_payload, references
from .payload.restated import restated_of
from .places import is_covered
from .projection import project
from .reference import rule_table_hashes
from .releases import check_release
from .samples import check_sample
from .state import State
from .wing import SEALED, Wing

OPENED_BY = {
    "genesis": "node",
    "founders_named": "office",
    "party_registered": "party",
    "place_registered": "place",
    "batch_opened": "batch",
    "credit_opened": "credit",
    "case_opened": "case",
}
"""The kind that opens each sort of chain, and no other does."""


@dataclass(frozen=True)
class _Due:
    """An entry that a rule owes: `source` is the index of the entry that it follows from."""

    source: int
    kind: str
    chain: str
    occurred_at: str
    payload: dict[str, Any]


class TraceMeaning:
    """The `Meaning` of the trace wing, for one audit. `reads` must be the snapshot that is being audited.

    `carried`: SHA-256 by file name of the tables that rules judge by; those of this program.
    """

    def __init__(
        self, reads: Evidence, wing: Wing | None = None, carried: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._carried = carried or rule_table_hashes()
        self._named: dict[str, set[str]] = {}
        self._reads = reads
        self._wing = wing
        self._chains: dict[str, str] = {}
        self._keys = KeyBook(is_covered)
        self._due: deque[_Due] = deque()
        self._state = State()
        self._splits: dict[str, Link] = {}
        self._commits: set[str] = set()

    def read(self, entry: Entry, leaf: bytes, statement: Statement, heads: Mapping[str, Head]) -> None:
        """Raises `Unsound`: kind payload opening key reference tables derived act procedure."""
        kind = self._kind(entry, statement)
        self._check_payload(kind, statement)
        self._check_members(kind, entry, statement)
        self._check_signers(entry, statement)
        self._check_references(kind, entry, statement, heads)
        self._name_tables(statement)
        if not self._is_derived(kind, entry, statement):
            self._judge(kind, entry, statement)
        self._owe(entry, leaf, statement)

    def finish(self, size: int) -> None:
        """Raises `Unsound` for what is still owed, for an opening that no statement asks for, and for foreign tables."""
        if self._due:
            raise self._not_followed(f"no {self._due[0].kind} follows", self._due[0].source)
        left_open = self._wing.left_open(self._state) if self._wing else None
        if left_open is not None:
            raise Unsound("procedure", "half of what belongs together was said", left_open)
        for commit in self._reads.stored_commits():
            if commit is None or commit.decode(errors="replace") not in self._commits:
                raise Unsound("opening", "an opening that no statement asks for")
        if foreign := self._foreign_tables():
            raise Unsound("tables", f"judged by other bytes of {', '.join(foreign)}", 0)

    def _name_tables(self, statement: Statement) -> None:
        """Which bytes of which table the log says that it is judged by: from its first entry, and as adopted since."""
        if statement.kind == "genesis":
            for one in statement.payload.get("tables", ()):
                self._named.setdefault(one["name"], set()).add(one["sha256"])
        elif statement.kind == "tables_adopted":
            self._named.setdefault(statement.payload["table"], set()).add(statement.payload["sha256"])

    def _foreign_tables(self) -> list[str]:
        """Tables of which the log names other bytes alone than are carried here: what followed by them cannot be replayed."""
        return sorted(
            name for name, known in self._named.items() if name in self._carried and self._carried[name] not in known
        )

    def _not_followed(self, detail: str, index: int | None = None) -> Unsound:
        """A derived entry is wrong; or it is right by tables that this program does not carry, and nobody here can say."""
        if foreign := self._foreign_tables():
            return Unsound("tables", f"judged by other bytes of {', '.join(foreign)}", index)
        return Unsound("derived", detail, index)

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
        for commit in commits_of(kind, statement.payload):
            openings |= self._opening(commit)
        opened, faults = open_payload(kind, statement.payload, openings)
        for fault in faults:
            check = "opening" if fault.code in ("missing-opening", "bad-opening") else "payload"
            raise Unsound(check, f"{fault.code} at {fault.pointer}")
        for fault in check_payload(kind, opened):
            raise Unsound("payload", f"{fault.code} at {fault.pointer}")
        self._commits.update(openings)
        if kind.name == "office_given":  # its interests, which later entries are held against
            for one in openings.values():
                self._state.open(one.commit, one.value)

    def _check_members(self, kind: Kind, entry: Entry, statement: Statement) -> None:
        """Nothing happened after it was logged; what harms is in force from the day on which it was adopted, or later; a
        correction alone names what it corrects."""
        try:
            check_said_of_another(statement.kind, statement.corrects, statement.reason)
            check_past(kind, statement, datetime.fromisoformat(entry.received))
        except Invalid as fault:
            raise Unsound("payload", f"{fault.code} at {fault.faults[0].pointer}") from fault
        if statement.kind == "tables_adopted":
            adopted_on = legal_day(entry.received).isoformat()
            if statement.payload["in_force_from"] < adopted_on:
                raise Unsound("payload", f"in force before it was adopted, on {adopted_on}")

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

    def _check_signers(self, entry: Entry, statement: Statement) -> None:
        """Keys by index, the actor's among them; two office holders where the kind asks for them; whose key changes."""
        try:
            if entry.index == 0:
                self._keys.open(statement)
            self._keys.read(entry, statement)
            if statement.kind == "hold_released" and needs_officials(statement):
                region = region_of_batch(self._state, entry.chain)
                self._keys.check_officials(entry.index, entry.received, statement, [region])
                check_release(self._state, statement)
        except KeyFault as fault:
            raise Unsound("key", str(fault)) from fault
        except DomainError as refusal:
            raise Unsound("procedure", refusal.code) from refusal
        if self._chains.get(statement.actor) not in ("party", "node"):
            raise Unsound("reference", "an actor that was never registered")

    def _check_references(self, kind: Kind, entry: Entry, statement: Statement, heads: Mapping[str, Head]) -> None:
        """Everything named was there before. Links: entries of other chains that it names, and the heads of its inputs."""
        links: set[Link] = set()
        for reference in references(kind, statement.payload):
            if reference.type != "entry":
                if statement.kind == "batch_split" and reference.pointer.startswith("/outputs/"):
                    continue  # opened by the next entries
                if self._chains.get(reference.value) != reference.type:
                    raise Unsound("reference", f"no such {reference.type} at {reference.pointer}")
                continue
            chain, seq, leaf = (reference.value[name] for name in ("chain", "seq", "leaf"))
            is_linked = kind.chain not in SEALED and self._chains.get(chain) not in SEALED
            if chain != entry.chain and is_linked:
                links.add(Link(chain, seq, bytes.fromhex(leaf)))
                continue
            named = self._reads.place(chain, seq)
            if named is None or named.leaf.hex() != leaf or named.index >= entry.index:
                raise Unsound("reference", f"no such entry at {reference.pointer}")
        self._check_report(kind, entry, statement)
        split = self._splits.pop(entry.chain, None)
        if split is not None:
            links.add(split)
        for one in _inputs(statement) if split is None else ():
            head = heads.get(one["batch"])
            if head is None:
                raise Unsound("reference", "an input that is the batch itself")
            links.add(Link(head.chain, head.seq, head.leaf))
        if links != set(entry.links):
            raise Unsound("reference", "the links are not those that the payload asks for")

    def _check_report(self, kind: Kind, entry: Entry, statement: Statement) -> None:
        """A report, as said first or restated, names a sample as its own; a re-test a laboratory's report on the same batch."""
        said, payload = restated_of(kind, statement.payload) or (kind, statement.payload)
        if said.name in REPORTS:
            try:
                check_sample(self._state, payload, "")
            except DomainError as refusal:
                raise Unsound("reference", "a report on what is no sample") from refusal
        if said.name == "retest_report":
            first = self._state.find("record", id_of(payload["retest_of"]))
            if first is None or (first["chain"], first["kind"]) != (entry.chain, "lab_report"):
                raise Unsound("reference", "a re-test of what is no report on this batch")

    def _is_derived(self, kind: Kind, entry: Entry, statement: Statement) -> bool:
        """Derived entries stand right behind their source, each as its rule makes it, and nowhere else.

        Of another wing some stand by themselves, as a record that a declared rule enters once a day: that wing judges.
        """
        by_officials = statement.payload.get("ground") == "officials"
        if kind.nature is not Nature.DERIVED and (kind.name != "hold_released" or by_officials):
            if self._due:
                raise self._not_followed(f"no {self._due[0].kind} follows", self._due[0].source)
            return False
        if not self._due:
            if self._is_of_wing(kind):
                return False
            raise self._not_followed(f"{kind.name} follows from nothing")
        due = self._due.popleft()
        said = (statement.kind, entry.chain, statement.occurred_at, statement.payload, statement.actor)
        if said != (due.kind, due.chain, due.occurred_at, due.payload, self._keys.node):
            raise self._not_followed(f"not the {due.kind} that follows from entry {due.source}")
        return True

    def _is_of_wing(self, kind: Kind) -> bool:
        return self._wing is not None and kind.chain in self._wing.chains

    def _judge(self, kind: Kind, entry: Entry, statement: Statement) -> None:
        """Acts are judged once more, in the state that the log itself gives: whether goods had as much as was taken from them;
        those of another wing whole, at the time that was sealed."""
        try:
            judge_goods(self._state, statement)
            refuse_act(self._state, statement)
        except DomainError as refusal:
            raise Unsound("act", refusal.code) from refusal
        if self._wing is None or not self._is_of_wing(kind):
            return
        try:
            received = datetime.fromisoformat(entry.received)
            self._wing.judge(self._state, Signed(statement), entry.seq, entry.index, received)
        except DomainError as refusal:
            raise Unsound("procedure", refusal.code) from refusal

    def _owe(self, entry: Entry, leaf: bytes, statement: Statement) -> None:
        """What follows from this entry stands right behind it, before what was owed already."""
        project(self._state, entry, leaf, statement, self._wing)
        if statement.kind == "batch_split":
            link = Link(entry.chain, entry.seq, leaf)
            self._splits.update({one["batch"]: link for one in statement.payload["outputs"]})
        source = {"chain": entry.chain, "seq": entry.seq, "leaf": leaf.hex()}
        following = follow(self._state, entry, leaf, statement, self._wing)
        self._state.forget()
        for derived in reversed(following):
            payload = {**derived.payload, "rule": derived.rule, "source": source}
            self._due.appendleft(_Due(entry.index, derived.kind, derived.chain, statement.occurred_at, payload))


def _inputs(statement: Statement) -> list[dict[str, Any]]:
    inputs: Any = statement.payload.get("inputs", []) if statement.kind == "batch_opened" else []
    return list(inputs)
