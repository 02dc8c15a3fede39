"""Whose key was valid at which index, and whose keys speak for an office? Read from a log's own statements. (pure)

A reader of statements in the order of the log, for those who check: the bundle's verifier and the audit. verify.js has
the same rules for bundles. What the writer decides by lies elsewhere, so that one mistake is not made twice.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .entry import Entry
from .keys import parse_did_key
from .statement import Statement

BEFORE_THE_LOG = -1
"""Where the node's key counts as added: it signs entry 0 itself."""

_BY_OFFICE_HOLDERS = frozenset({"office_given", "office_ended", "tables_adopted"})

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

Covers = Callable[[str | None, str | None], bool]
"""Does an office in the first region reach into the second? None: an office everywhere; a place that is not known."""


class KeyFault(ValueError):
    """Keys did not allow this statement."""


@dataclass
class Term:
    """A key speaks for its owner where added < index <= revoked (an index cannot be back-dated).

    `office`: the index at which founders named it or office holders vouched for it; it signs acts of office above that.
    A key that the node alone added never does, whatever its owner becomes: else whoever runs the server could keep one.
    """

    owner: str
    added: int
    revoked: int | None = None
    office: int | None = None

    def holds_at(self, index: int) -> bool:
        return self.added < index and (self.revoked is None or index <= self.revoked)

    def speaks_for_office_at(self, index: int) -> bool:
        return self.holds_at(index) and self.office is not None and self.office < index


@dataclass
class Office:
    """What a party may act for: a region (None: everywhere) up to a last day (None: no end), until somebody ends it.

    `seq`: of the entry that gave it, by which it can be ended; None for a founder's, which nobody ends. A founder holds
    no `roles` of an `authority`.
    """

    party: str
    region: str | None
    until: str | None = None
    seq: int | None = None
    roles: frozenset[str] = frozenset()
    authority: str | None = None
    is_ended: bool = False

    def lasts_at(self, received: str) -> bool:
        return not self.is_ended and is_in_term(self.until, received)


def is_in_term(until: str | None, received: str) -> bool:
    """Whether an office lasts at `received` (RFC 3339 UTC, milliseconds); its last day ends at 24:00 in Shanghai."""
    return until is None or received < f"{until}T16:00:00.000Z"


def everywhere(_office: str | None, _region: str | None) -> bool:
    """The `Covers` of a reader who does not judge regions."""
    return True


def needs_officials(statement: Statement) -> bool:
    """Whether this is an act that two different office holders sign with own keys, or else nobody."""
    by_officials = statement.kind == "hold_released" and statement.payload.get("ground") == "officials"
    return statement.kind in _BY_OFFICE_HOLDERS or by_officials


class KeyBook:
    """Keys and offices after every statement that was read. Feed it each statement once, in the order of the log."""

    def __init__(self, covers: Covers = everywhere) -> None:
        self._covers = covers
        self.node = ""
        self.office_chain: str | None = None
        self._terms: dict[str, Term] = {}
        self._offices: list[Office] = []
        self._founders_region: str | None = None
        self._regions: dict[str, str | None] = {}

    def open(self, genesis: Statement) -> None:
        """Read entry 0. Raises `KeyFault` where it opens no log."""
        if genesis.kind != "genesis":
            raise KeyFault("the log does not begin with a genesis")
        self.node = genesis.chain
        self._terms[_did(genesis)] = Term(genesis.chain, BEFORE_THE_LOG)

    def read(self, entry: Entry, statement: Statement) -> None:
        """Judge the signers of a statement, then take in what it says of keys and offices. Raises `KeyFault`."""
        index, received = entry.index, entry.received
        owners = self._owners(index, statement)
        if needs_officials(statement):
            self.check_officials(index, received, statement, self._regions_of_act(statement))
        elif statement.kind == "hold_released" and statement.actor != self.node:
            raise KeyFault("a release by rule is the node's to say")
        match statement.kind:
            case "party_registered":
                region = statement.payload.get("region")
                self._regions[statement.chain] = region if isinstance(region, str) else None
            case "key_added":
                self._add(index, received, statement)
            case "key_revoked":
                self._revoke(index, received, statement)
            case "founders_named":
                self._name_founders(index, statement, owners)
            case "office_given":
                self._give(entry.seq, statement)
            case "office_ended":
                self._office_named(statement).is_ended = True
            case "tables_adopted" if statement.chain != self.office_chain:
                raise KeyFault("a table adopted elsewhere")

    def check_officials(self, index: int, received: str, statement: Statement, regions: Iterable[str | None]) -> None:
        """Raises `KeyFault` unless two different office holders of these regions signed with their own keys of office."""
        if len(self._holders(index, received, statement, regions)) < 2:
            raise KeyFault("without the proofs of two office holders")

    def signed_for_office(self, index: int, statement: Statement) -> set[str]:
        """The parties that signed with an own key of office; nobody under custody. The statement was read before."""
        if statement.custody:
            return set()
        terms = map(self._terms.__getitem__, statement.signers)
        return {term.owner for term in terms if term.speaks_for_office_at(index)}

    def holds_role(self, party: str, role: str, authority: str, region: str | None, received: str) -> bool:
        """Whether one office of this party, in force at `received`, is of this role and authority and reaches the region."""
        return any(
            role in one.roles and one.authority == authority and self._covers(one.region, region)
            for one in self._offices
            if one.party == party and one.lasts_at(received)
        )

    def _regions_of_act(self, statement: Statement) -> list[str | None]:
        """Where those must hold office who sign: where an office is given or ended, where the log's founders do."""
        match statement.kind:
            case "office_given":
                region = _text(statement, "region")
                return [region] if region else []
            case "office_ended":
                return [self._office_named(statement).region]
            case "tables_adopted":
                return [self._founders_region]
        return []

    def _owners(self, index: int, statement: Statement) -> set[str]:
        """Every proof is by a key valid at this index, one of them the actor's, or the node's under custody."""
        owners = set()
        for signer in statement.signers:
            term = self._terms.get(signer)
            if term is None or not term.holds_at(index):
                raise KeyFault(f"not valid at this index: {signer}")
            owners.add(term.owner)
        if (self.node if statement.custody else statement.actor) not in owners:
            raise KeyFault("no proof of the actor")
        return owners

    def _holders(self, index: int, received: str, statement: Statement, regions: Iterable[str | None]) -> set[str]:
        """The office holders who signed with their own keys of office, each of an office that reaches all the regions."""
        signed = self.signed_for_office(index, statement)
        held = [one for one in self._offices if one.party in signed and one.lasts_at(received)]
        wanted = list(regions)
        return {
            party
            for party in signed
            if any(one.party == party for one in held)
            and all(any(one.party == party and self._covers(one.region, region) for one in held) for region in wanted)
        }

    def _reach(self, party: str) -> list[str | None]:
        """Where a party holds office; before it does, where it is registered."""
        return [one.region for one in self._offices if one.party == party] or [self._regions.get(party)]

    def _is_official(self, party: str) -> bool:
        return any(one.party == party for one in self._offices)

    def _add(self, index: int, received: str, statement: Statement) -> None:
        party, did = statement.chain, _did(statement)
        is_vouched = len(self._holders(index, received, statement, self._reach(party))) >= 2
        if not is_vouched and self._is_official(party):
            raise KeyFault("an office holder's key without the proofs of two office holders")
        if not is_vouched and statement.actor not in (self.node, party):
            raise KeyFault("added by another party")
        if did in self._terms:
            raise KeyFault("added before")
        self._terms[did] = Term(party, index, office=index if is_vouched else None)

    def _revoke(self, index: int, received: str, statement: Statement) -> None:
        party = statement.chain
        if statement.actor not in (self.node, party):
            if not self._is_official(party):
                raise KeyFault("revoked by another party")
            if statement.actor not in self._holders(index, received, statement, self._reach(party)):
                raise KeyFault("revoked by somebody who holds no office there")
        term = self._terms.get(_did(statement))
        if term is None or term.owner != party or term.revoked is not None:
            raise KeyFault("revoked where it was not in force")
        term.revoked = index

    def _name_founders(self, index: int, statement: Statement, owners: set[str]) -> None:
        parties = statement.payload.get("parties")
        if not isinstance(parties, list) or not all(isinstance(one, str) for one in parties):
            raise KeyFault("founders that are no parties")
        if len(parties) < 2 or len(set(parties)) < len(parties):
            raise KeyFault("fewer than two different founders")
        if self.office_chain is not None:
            raise KeyFault("founders were named before")
        if statement.custody or not owners.issuperset({self.node, *parties}) or self.node in parties:
            raise KeyFault("founders are named by the node and by each of them")
        self.office_chain = statement.chain
        self._founders_region = _text(statement, "region")
        self._offices += [Office(party, self._founders_region) for party in parties]
        for term in map(self._terms.__getitem__, statement.signers):
            if term.owner in parties:
                term.office = index

    def _give(self, seq: int, statement: Statement) -> None:
        party, until = _text(statement, "party"), _text(statement, "until")
        if statement.chain != self.office_chain or party is None:
            raise KeyFault("an office given elsewhere, or to nobody")
        if until is not None and not _DAY.fullmatch(until):
            raise KeyFault("an office up to a day that is none")
        roles, authority = statement.payload.get("offices"), _text(statement, "authority")
        if not isinstance(roles, list) or not all(isinstance(one, str) for one in roles):
            raise KeyFault("an office of no role")
        self._offices.append(Office(party, _text(statement, "region"), until, seq, frozenset(roles), authority))

    def _office_named(self, statement: Statement) -> Office:
        """The office that a statement ends, as long as it stands. Raises `KeyFault`."""
        named = statement.payload.get("office")
        if statement.chain != self.office_chain or not isinstance(named, dict) or named.get("chain") != statement.chain:
            raise KeyFault("an office ended elsewhere")
        seq = named.get("seq")
        for one in self._offices:
            if one.seq is not None and type(seq) is int and one.seq == seq and not one.is_ended:
                return one
        raise KeyFault("ended what is no office, or is none any more")


def _did(statement: Statement) -> str:
    """The did:key that a statement names. Raises `KeyFault` where it names none."""
    did = statement.payload.get("key")
    try:
        if isinstance(did, str) and parse_did_key(did):
            return did
    except ValueError:
        pass
    raise KeyFault("a key that is none")


def _text(statement: Statement, name: str) -> str | None:
    """A text of the payload. Raises `KeyFault` where something else stands there."""
    value = statement.payload.get(name)
    if value is not None and not isinstance(value, str):
        raise KeyFault(f"{name} is no text")
    return value
