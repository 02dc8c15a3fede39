"""May this be said, by these signers, in this state of the log? The only place where that is judged. (pure)

Facts from somebody allowed to speak are granted, late and damning ones too; only acts can be refused.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from .events import KINDS, Kind, Nature
from .ledger.entry import Link
from .ledger.errors import Conflict, FieldFault, Forbidden, Invalid, NotFound
from .ledger.log import Decision, Signed
from .ledger.sealing import Derived
from .ledger.statement import Statement
from .payload import Reference, references
from .payload.value import EARLIEST_YEAR
from .products import dimension_of
from .quantity import Quantity, base_amount, parse_quantity
from .state import Row, State, balance

FUTURE_TOLERANCE = timedelta(hours=24)
OPENS = {"genesis": "node", "party_registered": "party", "place_registered": "place", "batch_opened": "batch"}
RECEIVERS = frozenset({"purchaser", "processor", "pieces-maker", "warehouse", "carrier", "market", "retailer"})
SAMPLERS: Mapping[str, frozenset[str]] = {
    "self": frozenset({"owner", "laboratory"}),
    "entrusted": frozenset({"owner", "laboratory"}),
    "rapid": frozenset({"owner", "laboratory", "market"}),
    "monitoring": frozenset({"regulator", "laboratory"}),
    "supervision": frozenset({"regulator", "laboratory"}),
    "market": frozenset({"market", "laboratory"}),
    "retest": frozenset({"laboratory", "regulator"}),
}
# Who may speak of a batch: relations to it (owner, holder) and roles of the party, any one of which is enough.
SPEAKERS: Mapping[str, frozenset[str]] = {
    "planting": frozenset({"own grower"}),
    "input_use": frozenset({"own grower"}),
    "harvest": frozenset({"own grower"}),
    "primary_processing": frozenset({"own grower", "own processor"}),
    "packing": frozenset({"owner"}),
    "labels_issued": frozenset({"owner"}),
    "store_in": frozenset({"owner", "holder", "warehouse"}),
    "dispatch": frozenset({"owner"}),
    "receipt": RECEIVERS,
    "retail_sale": frozenset({"own retailer", "own market"}),
    "lab_report": frozenset({"laboratory"}),
}


def decide(state: State, signed: Signed, seq: int, index: int, now: datetime) -> Decision:
    """Grant a statement with its links and derived entries, or raise the refusal. `seq` is the next one of its chain."""
    statement = signed.statement
    kind = KINDS.get(statement.kind)
    if kind is None or kind.nature is Nature.DERIVED:
        raise Invalid("unknown-kind", FieldFault("/kind", "unknown-kind"))
    if int(statement.occurred_at[:4]) < EARLIEST_YEAR:
        raise Invalid("time-absurd", FieldFault("/occurred_at", "time-absurd"))
    if datetime.fromisoformat(statement.occurred_at) > now + FUTURE_TOLERANCE:
        raise Invalid("time-in-future", FieldFault("/occurred_at", "time-in-future"))
    _check_chain(state, statement, kind, seq, index)
    _check_keys(state, statement, index)
    entries = _check_references(state, statement, kind)
    _JUDGED.get(kind.name, _judge_batch_record)(state, statement)
    inputs = statement.payload.get("inputs", []) if kind.name == "batch_opened" else []
    return Decision(
        link_heads=tuple(one["batch"] for one in inputs),
        link_entries=entries,
        derived=tuple(Derived("consumed", one["batch"], "balance@1", {"quantity": one["quantity"]}) for one in inputs),
    )


def _check_chain(state: State, statement: Statement, kind: Kind, seq: int, index: int) -> None:
    """The right kind opens a chain, and no other does; genesis opens the log."""
    if (kind.name == "genesis") != (index == 0):
        raise Conflict("log-not-open" if index == 0 else "log-open-already")
    opens = kind.name in OPENS
    if opens and seq > 0:
        raise Conflict("chain-open-already")
    if not opens and (seq == 0 or state.find(kind.chain, statement.chain) is None):
        raise Invalid("wrong-chain", FieldFault("/chain", "wrong-chain"))


def _check_keys(state: State, statement: Statement, index: int) -> None:
    """Every proof by a key valid at this index, one of them the actor's, or the node's under custody (ledger §5)."""
    node = (statement.chain, statement.payload.get("key")) if state.node is None else state.node
    owners: set[str] = set()
    for at, signer in enumerate(statement.signers):
        row, pointer = state.find("key", signer), f"/proof/{at}"
        if signer == node[1]:
            owners.add(node[0])
        elif row is None or row["added"] >= index:
            raise Forbidden("key-not-valid", FieldFault(pointer, "key-not-valid"))
        elif row["revoked"] is not None and row["revoked"] < index:
            raise Conflict("key-revoked", FieldFault(pointer, "key-revoked"))
        else:
            owners.add(row["party"])
    if (node[0] if statement.custody else statement.actor) not in owners:
        raise Forbidden("key-not-valid", FieldFault("/proof", "key-not-valid"))


def _check_references(state: State, statement: Statement, kind: Kind) -> tuple[Link, ...]:
    """Everything named exists; entries of other chains become links."""
    links = []
    for reference in references(kind, statement.payload):
        if reference.type != "entry":
            # Asked before whether it exists: a chain that is being opened does not.
            if (reference.type, reference.value) == ("batch", statement.chain):
                raise Invalid("input-cycle", FieldFault(f"/payload{reference.pointer}", "input-cycle"))
            if state.find(reference.type, reference.value) is None:
                raise _bad_reference(reference)
            continue
        named: Mapping[str, Any] = reference.value
        leaf = state.leaves.get((named["chain"], named["seq"]))
        if leaf is None or leaf.hex() != named["leaf"]:
            raise _bad_reference(reference)
        if named["chain"] != statement.chain:
            links.append(Link(named["chain"], named["seq"], leaf))
    return tuple(links)


def _bad_reference(reference: Reference) -> Invalid:
    return Invalid("bad-reference", FieldFault(f"/payload{reference.pointer}", "bad-reference"))


def _is_node(state: State, statement: Statement) -> bool:
    return state.node is None or statement.actor == state.node[0]


def _judge_genesis(state: State, statement: Statement) -> None:
    return None


def _judge_party(state: State, statement: Statement) -> None:
    uscc = statement.payload.get("uscc")
    if not _is_node(state, statement):
        raise Forbidden("not-your-act")
    if uscc and ("uscc", uscc) in state.taken:
        raise Conflict("uscc-taken", FieldFault("/payload/uscc", "uscc-taken"))


def _judge_key(state: State, statement: Statement) -> None:
    did = statement.payload["key"]
    row = state.find("key", did)
    if not _is_node(state, statement) and statement.actor != statement.chain:
        raise Forbidden("not-your-act")
    if statement.kind == "key_added" and (row is not None or (state.node and state.node[1] == did)):
        raise Conflict("key-taken", FieldFault("/payload/key", "key-taken"))
    if statement.kind == "key_revoked" and (row is None or row["party"] != statement.chain):
        raise NotFound("not-found", FieldFault("/payload/key", "not-found"))
    if statement.kind == "key_revoked" and row and row["revoked"] is not None:
        raise Conflict("key-revoked", FieldFault("/payload/key", "key-revoked"))


def _judge_place(state: State, statement: Statement) -> None:
    if statement.payload["party"] != statement.actor:
        raise Forbidden("not-your-act")


def _judge_batch(state: State, statement: Statement) -> None:
    """The opener is the owner; inputs are its own, hold that much, and are never the batch itself (one until blends exist)."""
    payload = statement.payload
    if state.find("party", statement.actor) is None:
        raise Forbidden("not-your-act")
    code = payload.get("code")
    if code and ("code", code) in state.taken:
        raise Conflict("code-taken", FieldFault("/payload/code", "code-taken"))
    if len(payload.get("inputs", [])) > 1:
        raise Invalid("one-input-only", FieldFault("/payload/inputs", "one-input-only"))
    for at, one in enumerate(payload.get("inputs", [])):
        pointer = f"/payload/inputs/{at}/batch"
        if statement.actor not in _relations(state, one["batch"]).values():
            raise Forbidden("not-your-batch", FieldFault(pointer, "not-your-batch"))
        _check_amount(
            state.rows["batch", one["batch"]], parse_quantity(one["quantity"]), f"/payload/inputs/{at}/quantity"
        )


def _check_amount(row: Row, taken: Quantity, pointer: str) -> None:
    """What is taken is measured as the goods are, and is there."""
    if taken.unit.dimension is not dimension_of(row["product"]):
        raise Invalid("unit-mismatch", FieldFault(f"{pointer}/unit", "unit-mismatch"))
    if base_amount(taken) > balance(row):
        raise Conflict("mass-exceeded", FieldFault(pointer, "mass-exceeded"))


def _relations(state: State, batch: str) -> dict[str, str]:
    row = state.rows["batch", batch]
    return {"owner": row["owner"], "holder": row["holder"]}


def _judge_batch_record(state: State, statement: Statement) -> None:
    """The actor stands in a relation to the batch, or has a role, that lets it say this."""
    actor = state.find("party", statement.actor)
    if actor is None:
        raise Forbidden("not-your-act")
    relations = {name for name, party in _relations(state, statement.chain).items() if party == statement.actor}
    roles = set(actor["roles"].split())
    may = relations | roles | ({f"own {role}" for role in roles} if relations else set())
    wanted = SPEAKERS.get(statement.kind) or SAMPLERS[statement.payload["sample_kind"]]
    if not may & wanted:
        raise Forbidden("not-your-act")


_JUDGED: Mapping[str, Callable[[State, Statement], None]] = {
    "genesis": _judge_genesis,
    "party_registered": _judge_party,
    "key_added": _judge_key,
    "key_revoked": _judge_key,
    "place_registered": _judge_place,
    "batch_opened": _judge_batch,
}
