"""Who holds an office where, whose keys speak for it, and did two of them sign? (pure, over the rows of a state)

Officials' keys are not the operator's to make: founders are named once, each with an own proof; from then an office, and
a key of somebody who holds one, need the proofs of two office holders. A key that the node alone added never speaks for
an office, also where its owner is given one later: else whoever runs the server could keep one for that day.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from .ledger.entry import Entry
from .ledger.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from .ledger.key_book import is_in_term
from .ledger.sealing import time_received
from .ledger.statement import Statement
from .places import is_covered
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


def office_holders(
    state: State, statement: Statement, index: int, received: str, regions: Iterable[str | None]
) -> set[str]:
    """The parties that signed with an own key of office, each holding an office in all these regions at `received`."""
    if statement.custody:
        return set()
    signed = {
        row["party"]
        for row in (state.find("key", signer) for signer in statement.signers)
        if row is not None and _speaks_for_office(row, index)
    }
    held = [row for row in _rows(state) if row["party"] in signed and is_in_term(row["until"], received)]
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
    "key_added": _judge_key_added,
    "key_revoked": _judge_key_revoked,
}
"""Judges a change of keys or offices whose signers' keys are valid and whose references exist; raises the refusal."""


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
    )


def _add_office(
    state: State,
    entry: Entry,
    party: str,
    region: str | None,
    *,
    offices: str,
    authority: str | None = None,
    until: str | None = None,
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
        }
    )
