"""Who holds an office where, whose keys speak for it, and did two of them sign? (pure, over the rows of a state)

Officials' keys are not the operator's to make: founders are named once, each with an own proof; from then an office, and
a key of somebody who holds one, need the proofs of two office holders. A key that the node alone added never speaks for
an office, also where its owner is given one later: else whoever runs the server could keep one for that day.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from .ledger.entry import Entry
from .ledger.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from .ledger.key_book import is_in_term
from .ledger.sealing import time_received
from .ledger.statement import Statement
from .legal_days import legal_day
from .places import is_covered
from .records import record_id
from .state import Row, State

FOUNDER = "founder"
"""What stands in the column `offices` for those whom `founders_named` names: every office, in its region."""


def office_chain(state: State) -> str | None:
    """The chain that the founders opened; None before."""
    row = next(_rows(state), None)
    return row["chain"] if row else None


def is_official(state: State, party: str) -> bool:
    """Whether a party holds an office, or held one: its keys stay a matter of two office holders."""
    return any(row["party"] == party for row in _rows(state))


def office_regions(state: State, party: str) -> list[str | None]:
    """Where a party holds office (None: everywhere); where it is registered, if it holds none."""
    held = [row["region"] for row in _rows(state) if row["party"] == party]
    if held:
        return held
    registered = state.find("party", party)
    return [registered.get("region") if registered else None]


def office_signers(state: State, statement: Statement, index: int) -> set[str]:
    """The parties that signed with an own key of office. Whether they hold one is asked elsewhere."""
    return {
        row["party"]
        for row in (state.find("key", signer) for signer in statement.signers)
        if row is not None and _speaks_for_office(row, index)
    }


def own_office_signers(state: State, statement: Statement, index: int) -> set[str]:
    """The same for an act of office, which nobody does under custody."""
    return set() if statement.custody else office_signers(state, statement, index)


def is_in_force(office: Row, received: str) -> bool:
    """Whether an office was not ended and lasts at `received`."""
    return office.get("ended") is None and is_in_term(office["until"], received)


def acts_as(state: State, party: str, role: str, authority: str, region: str | None, received: str) -> bool:
    """Whether a party holds one office in force at `received` that is of this role, for this authority, in this region.

    The role, the authority and the region must be one office's: two offices do not add up. Founders make officials;
    no authority gave them an office, and they act for none before they are given one.
    """
    return any(
        row["party"] == party
        and row["authority"] == authority
        and role in row["offices"].split()
        and is_covered(row["region"], region)
        and is_in_force(row, received)
        for row in _rows(state)
    )


def interested_in(state: State, subject: str) -> frozenset[str]:
    """The officials who declared this party their own, kin or a stake, in any office that they hold or held.

    行政处罚法 art. 43 keeps a person away, not an office: what was declared in one that ended holds in the next, whether
    or not that one declares it again, and no entry takes it back. What was declared is private: where its opening was
    erased, nobody knows of it any more.
    """
    return frozenset(
        row["party"] for row in _rows(state) if row["interests"] and subject in state.opened.get(row["interests"], ())
    )


def adopted_on(state: State, table: str, day: date) -> str | None:
    """The SHA-256 (hex) of a table that is in force on a legal day; None where none is. The latest adoption wins."""
    rows = (state.rows["adoption", id] for id in state.adoptions.get(table, ()))
    in_force = [row for row in rows if row["in_force_from"] <= day.isoformat()]
    return max(in_force, key=lambda row: int(row["index"]))["sha256"] if in_force else None


def office_holders(
    state: State, statement: Statement, index: int, received: str, regions: Iterable[str | None]
) -> set[str]:
    """The parties that signed with an own key of office, each holding an office in all these regions at `received`."""
    return _holding(state, own_office_signers(state, statement, index), received, regions)


def officials_beside(
    state: State, statement: Statement, index: int, received: str, regions: Iterable[str | None]
) -> set[str]:
    """The office holders who signed beside the party that speaks, also where the node signs for it: their own key is theirs."""
    return _holding(state, office_signers(state, statement, index) - {statement.actor}, received, regions)


def _holding(state: State, signed: set[str], received: str, regions: Iterable[str | None]) -> set[str]:
    held = [row for row in _rows(state) if row["party"] in signed and is_in_force(row, received)]
    wanted = list(regions)
    return {
        party
        for party in {row["party"] for row in held}
        if all(any(row["party"] == party and is_covered(row["region"], one) for row in held) for one in wanted)
    }


def two_officials(state: State, statement: Statement, index: int, region: str | None, now: datetime) -> None:
    """Raises Forbidden (`second-official-missing`) unless two different office holders of that region signed with own keys.

    One official twice, custody, a revoked key, a key that the node made, an office elsewhere or past its last day: all
    are no second official.
    """
    if len(office_holders(state, statement, index, time_received(now, ""), [region])) < 2:
        raise Forbidden("second-official-missing", FieldFault("/proof", "second-official-missing"))


def region_of_batch(state: State, batch: str) -> str | None:
    """Where a batch comes under supervision: the region of its place, else of its owner."""
    row = state.rows["batch", batch]
    place = state.find("place", row["place"]) if row["place"] else None
    owner = state.find("party", row["owner"])
    found = place or owner
    return str(found["region"]) if found else None


def founders_region(state: State) -> str | None:
    """Where the founders' office holds, and with it the log's officials act; None: everywhere."""
    return next((row["region"] for row in _rows(state) if row["offices"] == FOUNDER), None)


def is_vouched(state: State, statement: Statement, index: int, received: str) -> bool:
    """Whether two office holders, of where the party holds office or is registered, signed that this key is its own."""
    regions = office_regions(state, statement.chain)
    return len(office_holders(state, statement, index, received, regions)) >= 2


def _rows(state: State) -> Iterator[Row]:
    return (state.rows["office", id] for id in state.office_ids)


def _speaks_for_office(row: Row, index: int) -> bool:
    since, revoked = row.get("office"), row["revoked"]
    return since is not None and since < index and (revoked is None or index <= revoked)


# ---- may this be said? ----


def _judge_founders(state: State, statement: Statement, index: int, now: datetime) -> None:
    parties: list[str] = statement.payload["parties"]
    if len(set(parties)) < len(parties) or len(parties) < 2:
        raise Invalid("too-few-founders", FieldFault("/payload/parties", "too-few-founders"))
    if office_chain(state) is not None:
        raise Conflict("founders-named-already")
    owners = {_owner(state, signer) for signer in statement.signers}
    if statement.custody or state.node is None or not owners.issuperset({state.node[0], *parties}):
        raise Forbidden("founder-proof-missing", FieldFault("/proof", "founder-proof-missing"))


def _owner(state: State, signer: str) -> str | None:
    if state.node and signer == state.node[1]:
        return state.node[0]
    row = state.find("key", signer)
    return row["party"] if row else None


def _judge_office(state: State, statement: Statement, index: int, now: datetime) -> None:
    """Nobody gives away more than they hold: the region lies in the offices of both who sign."""
    two_officials(state, statement, index, statement.payload["region"], now)


def _judge_end(state: State, statement: Statement, index: int, now: datetime) -> None:
    """Two office holders of the office's region; its own holder may be one of them. What founders are stays so."""
    pointer, row = "/payload/office", _office_named(state, statement.payload["office"])
    if row is None:
        raise Invalid("bad-reference", FieldFault(pointer, "bad-reference"))
    if row["offices"] == FOUNDER:
        raise Conflict("founders-stay", FieldFault(pointer, "founders-stay"))
    if row["ended"] is not None:
        raise Conflict("office-ended-already", FieldFault(pointer, "office-ended-already"))
    two_officials(state, statement, index, row["region"], now)


def _office_named(state: State, entry: Mapping[str, Any]) -> Row | None:
    named = record_id(entry["chain"], entry["seq"])
    return next((row for row in _rows(state) if row["entry"] == named), None)


def _judge_adoption(state: State, statement: Statement, index: int, now: datetime) -> None:
    """Two officials who act wherever this log's do; in force from the day on which it is logged, or later."""
    payload = statement.payload
    if payload["in_force_from"] < legal_day(time_received(now, "")).isoformat():
        raise Invalid("in-force-before-adoption", FieldFault("/payload/in_force_from", "in-force-before-adoption"))
    known = (state.rows["adoption", id]["sha256"] for id in state.adoptions.get(payload["table"], ()))
    if "replaces" in payload and payload["replaces"] not in known:
        raise Invalid("bad-reference", FieldFault("/payload/replaces", "bad-reference"))
    two_officials(state, statement, index, founders_region(state), now)


def _judge_key_added(state: State, statement: Statement, index: int, now: datetime) -> None:
    did = statement.payload["key"]
    if not is_vouched(state, statement, index, time_received(now, "")):
        if is_official(state, statement.chain):
            raise Forbidden("second-official-missing", FieldFault("/proof", "second-official-missing"))
        _refuse_strangers(state, statement)
    if state.find("key", did) is not None or (state.node and state.node[1] == did):
        raise Conflict("key-taken", FieldFault("/payload/key", "key-taken"))


def _judge_key_revoked(state: State, statement: Statement, index: int, now: datetime) -> None:
    party, row = statement.chain, state.find("key", statement.payload["key"])
    signed = office_holders(state, statement, index, time_received(now, ""), office_regions(state, party))
    if not (is_official(state, party) and statement.actor in signed):
        _refuse_strangers(state, statement)
    if row is None or row["party"] != party:
        raise NotFound("not-found", FieldFault("/payload/key", "not-found"))
    if row["revoked"] is not None:
        raise Conflict("key-revoked", FieldFault("/payload/key", "key-revoked"))


def _refuse_strangers(state: State, statement: Statement) -> None:
    """The node and the party itself change its keys."""
    if state.node is not None and statement.actor not in (state.node[0], statement.chain):
        raise Forbidden("not-your-act")


JUDGED: Mapping[str, Callable[[State, Statement, int, datetime], None]] = {
    "founders_named": _judge_founders,
    "office_given": _judge_office,
    "office_ended": _judge_end,
    "tables_adopted": _judge_adoption,
    "key_added": _judge_key_added,
    "key_revoked": _judge_key_revoked,
}
"""Judges a change of keys, offices or tables whose signers' keys are valid and whose references exist; raises the refusal."""


# ---- what follows for the rows ----


def name_founders(state: State, entry: Entry, statement: Statement) -> None:
    parties = statement.payload["parties"]
    for party in parties:
        _add_office(state, entry, party, statement.payload.get("region"), offices=FOUNDER)
    for signer in statement.signers:
        row = state.find("key", signer)
        if row is not None and row["party"] in parties:
            state.put("key", signer, {**row, "office": entry.index})


def give_office(state: State, entry: Entry, statement: Statement) -> None:
    payload = statement.payload
    _add_office(
        state,
        entry,
        payload["party"],
        payload["region"],
        offices=" ".join(payload["offices"]),
        authority=payload["authority"],
        until=payload.get("until"),
        interests=payload["interests"]["commit"] if "interests" in payload else None,
    )


def end_office(state: State, entry: Entry, statement: Statement) -> None:
    row = _office_named(state, statement.payload["office"])
    if row is not None and row["ended"] is None and row["offices"] != FOUNDER:
        state.put("office", row["id"], {**row, "ended": entry.index})


def adopt_table(state: State, entry: Entry, statement: Statement) -> None:
    payload = statement.payload
    row = {name: payload[name] for name in ("table", "version", "sha256", "in_force_from")}
    id = record_id(entry.chain, entry.seq)
    state.add_adoption({"id": id, **row, "replaces": payload.get("replaces"), "index": entry.index})


def _add_office(
    state: State,
    entry: Entry,
    party: str,
    region: str | None,
    *,
    offices: str,
    authority: str | None = None,
    until: str | None = None,
    interests: str | None = None,
) -> None:
    state.add_office(
        {
            "id": f"{entry.index}/{party}",
            "chain": entry.chain,
            "party": party,
            "region": region,
            "authority": authority,
            "offices": offices,
            "until": until,
            "given": entry.index,
            "entry": record_id(entry.chain, entry.seq),
            "ended": None,
            "interests": interests,
        }
    )
