"""What does a scanning phone check, in which order, and what does each failure mean? Bundle and label. (pure)

The browser runs the same checks (verify.js); a test holds the two together.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .bundle_form import FORMAT, BundleChain, read_chain
from .canonical import ProfileError, b64url_decode, b64url_encode, decode
from .entry import Entry, EntryError, Link, body_hash, parse_entry
from .key_book import KeyBook, KeyFault
from .keys import Vkey
from .merkle import leaf_hash, verify_inclusion
from .notes import TYPE_COSIGNATURE, NoteError, note_text, open_checkpoint, parse_checkpoint, verify_note
from .statement import Statement, StatementError, parse_statement, verify_proofs

CHECKS = (
    "format",
    "label",
    "entry",
    "chain",
    "body",
    "signature",
    "inclusion",
    "checkpoint",
    "witness",
    "remembered",
    "complete",
)
FRAGMENT_BYTES = 24  # 192 bits of the leaf: short enough for a QR of version 5, beyond any search
_ON_WHOLE_CHAINS = {
    "key_added": "party_registered",
    "key_revoked": "party_registered",
    "founders_named": "founders_named",
    "office_given": "founders_named",
    "office_ended": "founders_named",
    "tables_adopted": "founders_named",
}
"""What says whose keys sign, and by which kind the chain is opened on which it stands."""
_FRAGMENT = re.compile(r"1\.(0|[1-9][0-9]{0,9})\.([A-Za-z0-9_-]{32})", re.ASCII)


class NotABundle(ValueError):
    """Not JSON of our profile, or another format: nothing can be said about it."""


class _Failed(Exception):
    """A check failed; the name of the check."""


@dataclass(frozen=True)
class Fragment:
    """What a label pins: the first 24 bytes of the leaf at a seq of its batch."""

    seq: int
    leaf_prefix: bytes


@dataclass(frozen=True)
class BundleResult:
    """`failed` names the first failed check; seq and index are those of the subject's newest entry, where it was read."""

    valid: bool
    failed: str | None
    chain: str | None
    seq: int | None
    index: int | None
    checks: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Opened:
    entry: Entry
    leaf: bytes
    statement: Statement | None


def label_fragment(seq: int, leaf: bytes) -> str:
    """`1.{seq}.{24 bytes of the leaf hash, base64url}`: what stands behind # in a label's address."""
    return f"1.{seq}.{b64url_encode(leaf[:FRAGMENT_BYTES])}"


def parse_fragment(text: str) -> Fragment:
    """Read a fragment. ValueError where it is none."""
    match = _FRAGMENT.fullmatch(text)
    if not match:
        raise ValueError("not a label fragment")
    return Fragment(int(match[1]), b64url_decode(match[2]))


def verify_bundle(
    data: bytes,
    vkeys: Sequence[Vkey],
    fragment: str | None = None,
    witnesses: Sequence[Vkey] = (),
    quorum: int = 0,
) -> BundleResult:
    """Run the checks in order; after the first failure the later ones are skipped. Raises `NotABundle`.

    `vkeys` are pinned by the caller, never taken from the bundle. `remembered` and `complete` are skipped offline.
    """
    try:
        found = decode(data)
    except ProfileError as error:
        raise NotABundle(error.rule) from error
    if found.get("format") != FORMAT:
        raise NotABundle("another format")
    checks = dict.fromkeys(CHECKS, "skipped")
    verifier = _Verifier(found, vkeys, fragment, witnesses, quorum)
    failed = None
    for name, check in verifier.steps():
        try:
            checks[name] = "pass" if check() else "skipped"
        except _Failed:
            checks[name], failed = "fail", name
            break
    newest = verifier.newest()
    seq, index = (newest.seq, newest.index) if newest else (None, None)
    return BundleResult(failed is None, failed, verifier.subject, seq, index, checks)


class _Verifier:
    def __init__(
        self,
        found: dict[str, Any],
        vkeys: Sequence[Vkey],
        fragment: str | None,
        witnesses: Sequence[Vkey],
        quorum: int,
    ) -> None:
        self._found, self._vkeys, self._fragment = found, vkeys, fragment
        self._witnesses, self._quorum = witnesses, quorum
        self._chains: list[BundleChain] = []
        self._opened: list[list[_Opened]] = []
        self._node: list[_Opened] = []
        self.subject: str | None = None

    def steps(self) -> list[tuple[str, Any]]:
        return [
            ("format", self._format),
            ("label", self._label),
            ("entry", self._entry),
            ("chain", self._chain),
            ("body", self._body),
            ("signature", self._signature),
            ("inclusion", self._inclusion),
            ("checkpoint", self._checkpoint),
            ("witness", self._witness),
        ]

    def newest(self) -> Entry | None:
        return self._opened[0][-1].entry if self._opened and self._opened[0] else None

    def _format(self) -> bool:
        found = self._found
        origin, chains, checkpoint = found.get("origin"), found.get("chains"), found.get("checkpoint")
        if not isinstance(origin, str) or not origin or not isinstance(checkpoint, str):
            raise _Failed
        if not isinstance(chains, list) or not chains:
            raise _Failed
        try:
            self._chains = [read_chain(one) for one in chains]
        except (ValueError, KeyError, TypeError) as error:
            raise _Failed from error
        if len({one.chain for one in self._chains}) != len(self._chains):
            raise _Failed
        self.subject = self._chains[0].chain
        return True

    def _label(self) -> bool:
        if not self._fragment:
            return False
        try:
            wanted = parse_fragment(self._fragment)
        except ValueError as error:
            raise _Failed from error
        found = next((item for item in self._chains[0].items if _stated_seq(item.entry) == wanted.seq), None)
        if found is None or leaf_hash(found.entry)[:FRAGMENT_BYTES] != wanted.leaf_prefix:
            raise _Failed
        return True

    def _entry(self) -> bool:
        try:
            for chain in self._chains:
                self._opened.append([_Opened(parse_entry(i.entry), leaf_hash(i.entry), None) for i in chain.items])
        except EntryError as error:
            self._opened = []
            raise _Failed from error
        for chain, opened in zip(self._chains, self._opened, strict=True):
            for one in opened:
                if one.entry.origin != self._found["origin"] or one.entry.chain != chain.chain:
                    raise _Failed
        return True

    def _chain(self) -> bool:
        indices: set[int] = set()
        for position, (chain, opened) in enumerate(zip(self._chains, self._opened, strict=True)):
            before: _Opened | None = None
            for seq, one in enumerate(opened):
                entry = one.entry
                if entry.seq != seq or entry.prev != (before.leaf if before else None):
                    raise _Failed
                if (before and entry.index <= before.entry.index) or entry.index in indices:
                    raise _Failed
                if any(not self._link_holds(link, entry.index) for link in entry.links):
                    raise _Failed
                indices.add(entry.index)
                before = one
            if before is None or chain.index != before.entry.index:
                raise _Failed
            # A sealed entry in a party, node or office chain could be a revocation.
            if position and any(item.statement is None for item in chain.items):
                raise _Failed
        return self._finds_node()

    def _finds_node(self) -> bool:
        """The chain that index 0 opened is here and wholly open."""
        for chain, opened in zip(self._chains, self._opened, strict=True):
            if opened[0].entry.index == 0 and all(item.statement is not None for item in chain.items):
                self._node = opened
                return True
        raise _Failed

    def _link_holds(self, link: Link, index: int) -> bool:
        """A link into a chain of this bundle must meet it, below this index; others are followed on demand."""
        for carried, opened in zip(self._chains, self._opened, strict=True):
            if carried.chain == link.chain and link.seq < len(opened):
                return opened[link.seq].leaf == link.leaf and opened[link.seq].entry.index < index
        return True

    def _body(self) -> bool:
        for position, (chain, opened) in enumerate(zip(self._chains, self._opened, strict=True)):
            for at, (item, one) in enumerate(zip(chain.items, opened, strict=True)):
                if item.salt is None or item.statement is None:
                    continue
                if body_hash(item.salt, item.statement) != one.entry.body:
                    raise _Failed
                try:
                    statement = parse_statement(item.statement)
                except StatementError as error:
                    raise _Failed from error
                if statement.origin != one.entry.origin or statement.chain != one.entry.chain:
                    raise _Failed
                self._opened[position][at] = _Opened(one.entry, one.leaf, statement)
        return True

    def _signature(self) -> bool:
        """Every proof holds, by a key that was valid there; acts of office have two office holders."""
        opened = [one for chain in self._opened for one in chain if one.statement]
        try:
            self._read_keys(sorted(opened, key=lambda one: one.entry.index))
            for one in opened:
                assert one.statement is not None
                verify_proofs(one.statement)
        except (KeyFault, StatementError) as error:
            raise _Failed from error
        return True

    def _read_keys(self, opened: Sequence[_Opened]) -> None:
        """Keys and offices in the order of the log. Regions are not judged here: a bundle does not hold all of them."""
        book, genesis = KeyBook(), self._node[0].statement
        assert genesis is not None
        book.open(genesis)
        whole = {
            chain[0].entry.chain: chain[0].statement.kind
            for chain in self._opened
            if chain[0].statement and all(one.statement for one in chain)
        }
        for one in opened:
            assert one.statement is not None
            opened_by = _ON_WHOLE_CHAINS.get(one.statement.kind)
            # A sealed entry could be a revocation, also where a party's chain is the subject.
            if opened_by and whole.get(one.entry.chain) != opened_by:
                raise _Failed
            if one.statement.kind == "founders_named" and one.entry.seq:
                raise _Failed
            book.read(one.entry, one.statement)

    def _inclusion(self) -> bool:
        try:
            checkpoint = parse_checkpoint(note_text(self._found["checkpoint"]))
        except NoteError as error:
            raise _Failed from error
        for chain, opened in zip(self._chains, self._opened, strict=True):
            if not verify_inclusion(chain.index, checkpoint.size, opened[-1].leaf, chain.path, checkpoint.root):
                raise _Failed
        return True

    def _checkpoint(self) -> bool:
        try:
            checkpoint = open_checkpoint(self._found["checkpoint"], self._vkeys)
        except NoteError as error:
            raise _Failed from error
        if checkpoint.origin != self._found["origin"]:
            raise _Failed
        return True

    def _witness(self) -> bool:
        if not self._witnesses and not self._quorum:
            return False
        try:
            verified = verify_note(self._found["checkpoint"], self._witnesses)
            signed = {one.name for one in verified if one.type == TYPE_COSIGNATURE}
        except NoteError as error:
            raise _Failed from error
        if len(signed) < max(self._quorum, 1):
            raise _Failed
        return True


def _stated_seq(entry: bytes) -> object:
    """The seq that an entry states, before its form is checked; None where it cannot be read."""
    try:
        return decode(entry).get("seq")
    except ProfileError:
        return None
