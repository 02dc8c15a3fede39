"""May this be said, by these signers, in this state of the log? The only place where that is judged. (pure)

Facts from somebody allowed to speak are granted, late and damning ones too; only acts can be refused.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from .acts import refuse_act, refuse_inputs
from .corrections import check_said_of_another, judge_correction
from .events import KINDS, Kind, Nature
from .goods import judge_goods
from .holds import id_of
from .ledger.canonical import decode_value
from .ledger.entry import Link
from .ledger.errors import Conflict, FieldFault, Forbidden, Invalid
from .ledger.statement import Statement
from .ledger.submission import Decision, Signed
from .lineage import check_opening, judge_acceptance, judge_merge
from .offices import JUDGED as OF_OFFICES
from .offices import office_chain, region_of_batch, two_officials
from .papers import REPORTS
from .past_days import check_past
from .payload import Reference, references
from .payload.value import EARLIEST_YEAR
from .releases import check_release
from .samples import check_sample
from .state import Row, State
from .wing import SEALED, Wing

OPENS = {
    "genesis": "node",
    "founders_named": "office",
    "party_registered": "party",
    "place_registered": "place",
    "batch_opened": "batch",
    "credit_opened": "credit",
    "case_opened": "case",
}
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
# Who may speak of a batch: relations to it (owner, holder; keeper: ever one of them; own: a role of a keeper) and roles of
# the party, any one of which is enough. Acts ask for the owner of now.
SPEAKERS: Mapping[str, frozenset[str]] = {
    "planting": frozenset({"own grower"}),
    "input_use": frozenset({"own grower"}),
    "harvest": frozenset({"own grower"}),
    "primary_processing": frozenset({"own grower", "own processor"}),
    "packing": frozenset({"owner"}),
    "labels_issued": frozenset({"owner"}),
    "store_in": frozenset({"keeper", "warehouse"}),
    "dispatch": frozenset({"owner"}),
    "batch_split": frozenset({"owner"}),
    "batch_merged": frozenset({"owner"}),
    "transfer_offered": frozenset({"owner"}),
    "market_admission": frozenset({"market"}),
    "loss": frozenset({"keeper"}),
    "flag_answered": frozenset({"owner"}),
    "attachment_added": frozenset({"owner", "holder", "laboratory", "regulator"}),
    "receipt": RECEIVERS,
    "retail_sale": frozenset({"own retailer", "own market"}),
    "lab_report": frozenset({"laboratory"}),
    "retest_report": frozenset({"laboratory"}),
}


def decide(state: State, signed: Signed, seq: int, index: int, now: datetime, wing: Wing | None = None) -> Decision:
    """Grant a statement with its links, or raise the refusal. `seq` is the next one of its chain."""
    statement = signed.statement
    kind = KINDS.get(statement.kind)
    of_wing = wing is not None and kind is not None and kind.chain in wing.chains
    if kind is None or ((kind.nature is Nature.DERIVED or kind.chain in SEALED) and not of_wing):
        raise Invalid("unknown-kind", FieldFault("/kind", "unknown-kind"))
    if int(statement.occurred_at[:4]) < EARLIEST_YEAR:
        raise Invalid("time-absurd", FieldFault("/occurred_at", "time-absurd"))
    check_past(kind, statement, now)
    check_said_of_another(statement.kind, statement.corrects, statement.reason)
    _check_chain(state, statement, kind, seq, index, wing.chains if wing else {})
    _check_keys(state, statement, index)
    entries = _check_references(state, statement, kind)
    split = check_opening(state, statement)
    state.standing = wing.standing(state, now) if wing else None
    if wing and of_wing:
        wing.judge(state, signed, seq, index, now)
        return Decision()
    if kind.name in OF_OFFICES:
        OF_OFFICES[kind.name](state, statement, index, now)
        if kind.name == "office_given":
            _open_all(state, signed)  # the interests: who keeps away from which case is asked from now on
    else:
        _JUDGED.get(kind.name, _judge_batch_record)(state, statement)
        _judge_act(state, signed, seq, index, now)
    inputs = statement.payload.get("inputs", []) if kind.name == "batch_opened" and not split else []
    return Decision(link_heads=tuple([one["batch"] for one in inputs]), link_entries=(*entries, *split))


def _judge_act(state: State, signed: Signed, seq: int, index: int, now: datetime) -> None:
    """What a kind asks beside who speaks; then the gates."""
    statement = signed.statement
    payload = statement.payload
    match statement.kind:
        case "batch_opened":
            refuse_inputs(state, [one["batch"] for one in payload.get("inputs", ())], statement)
            judge_goods(state, statement)
        case "batch_merged":
            judge_merge(state, statement, seq)
        case "batch_split" | "dispatch" | "market_admission" | "transfer_offered":
            refuse_act(state, statement)
            judge_goods(state, statement)
            if statement.kind == "transfer_offered":
                _open_all(state, signed)
        case "transfer_accepted":
            refuse_act(state, statement)
            judge_acceptance(state, statement, now)
        case "labels_issued":
            refuse_act(state, statement)
        case "correction":
            judge_correction(state, statement, index, now)
            if payload.get("restated", {}).get("kind") in REPORTS:
                check_sample(state, payload["restated"]["payload"], "/payload/restated/payload")
            if payload.get("restated", {}).get("kind") == "retest_report":
                _check_retest(state, statement, payload["restated"]["payload"], "/payload/restated/payload")
        case "hold_released":
            _judge_release(state, statement, index, now)
        case "lab_report":
            check_sample(state, payload, "/payload")
        case "retest_report":
            check_sample(state, payload, "/payload")
            _check_retest(state, statement, payload, "/payload")
        case "flag_answered":
            flag = state.find("flag", id_of(payload["flag"]))
            if flag is None or flag["batch"] != statement.chain:
                raise Invalid("bad-reference", FieldFault("/payload/flag", "bad-reference"))


def _check_retest(state: State, statement: Statement, payload: Mapping[str, Any], pointer: str) -> None:
    first = state.find("record", id_of(payload["retest_of"]))
    if first is None or (first["chain"], first["kind"]) != (statement.chain, "lab_report"):
        raise Invalid("not-a-report-here", FieldFault(f"{pointer}/retest_of", "not-a-report-here"))


def _open_all(state: State, signed: Signed) -> None:
    for opening in signed.openings:
        state.open(opening.commit, decode_value(opening.value))


def _judge_release(state: State, statement: Statement, index: int, now: datetime) -> None:
    """Two officials of the region, each with an own key, on a hold that is theirs to lift, and new evidence (design §2)."""
    check_release(state, statement)
    two_officials(state, statement, index, region_of_batch(state, statement.chain), now)


def _check_chain(
    state: State, statement: Statement, kind: Kind, seq: int, index: int, joined: Mapping[str, str]
) -> None:
    """The right kind opens a chain, and no other does; genesis opens the log."""
    if (kind.name == "genesis") != (index == 0):
        raise Conflict("log-not-open" if index == 0 else "log-open-already")
    opens = kind.name in OPENS
    if opens and seq > 0:
        raise Conflict("chain-open-already")
    if not opens and (seq == 0 or not _is_open(state, joined.get(kind.chain, kind.chain), statement.chain)):
        raise Invalid("wrong-chain", FieldFault("/chain", "wrong-chain"))


def _is_open(state: State, sort: str, chain: str) -> bool:
    return office_chain(state) == chain if sort == "office" else state.find(sort, chain) is not None


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
            if statement.kind == "batch_split" and reference.pointer.startswith("/outputs/"):
                continue  # they are opened next
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


def _judge_place(state: State, statement: Statement) -> None:
    if statement.payload["party"] != statement.actor:
        raise Forbidden("not-your-act")


def _judge_batch(state: State, statement: Statement) -> None:
    """The opener is the owner, under a code of its own; what it is made of is judged with its amounts."""
    payload = statement.payload
    if state.find("party", statement.actor) is None:
        raise Forbidden("not-your-act")
    code = payload.get("code")
    if code and ("code", code) in state.taken:
        raise Conflict("code-taken", FieldFault("/payload/code", "code-taken"))


def _judge_batch_record(state: State, statement: Statement) -> None:
    """The actor stands in a relation to the batch, or has a role, that lets it say this."""
    actor = state.find("party", statement.actor)
    if actor is None:
        raise Forbidden("not-your-act")
    wanted = SPEAKERS.get(statement.kind) or SAMPLERS[statement.payload["sample_kind"]]
    if not speaks_as(actor, state.rows["batch", statement.chain]) & wanted:
        raise Forbidden("not-your-act")


def speaks_as(party: Row, batch: Row) -> frozenset[str]:
    """What a party is to a batch, in the words of `SPEAKERS`.

    Whoever ever had the goods may say what they did to them: a fact that was forgotten is taken after the sale, too.
    """
    id = party["id"]
    is_owner, is_holder, is_keeper = id == batch["owner"], id == batch["holder"], id in batch["kept_by"].split()
    return _speaks_as(party["roles"], is_owner, is_holder, is_keeper)


@cache
def _speaks_as(roles: str, is_owner: bool, is_holder: bool, is_keeper: bool) -> frozenset[str]:
    relations = (("owner", is_owner), ("holder", is_holder), ("keeper", is_keeper))
    own = {f"own {role}" for role in roles.split()} if is_keeper else set()
    return frozenset({name for name, is_one in relations if is_one} | {*roles.split()} | own)


def _judged_elsewhere(state: State, statement: Statement) -> None:
    """By its own rules alone: not the relation to the batch gives the right, but an offer, an office, the first record."""


_JUDGED: Mapping[str, Callable[[State, Statement], None]] = {
    "transfer_accepted": _judged_elsewhere,
    "correction": _judged_elsewhere,
    "hold_released": _judged_elsewhere,
    "genesis": _judge_genesis,
    "party_registered": _judge_party,
    "place_registered": _judge_place,
    "batch_opened": _judge_batch,
}
