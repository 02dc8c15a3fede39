"""What would the rules answer to an act, or ask about a fact, before anybody sends it? By the code that the log decides with."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal, InvalidOperation
from typing import Any

from api.auth.policy import Caller
from api.node import Node
from api.recording import own_party
from credit.wing import CREDIT
from trace.acts import refuse_act
from trace.judging import step_of, yield_of
from trace.ledger.errors import Refused
from trace.ledger.submission import Signed, Submission
from trace.movements import let_in
from trace.queries import load_register, load_state
from trace.rules import IMPLAUSIBLE, usual_yield
from trace.state import State
from trace.wanted import wanted_by


def foresee(node: Node, caller: Caller, batch: str, kind: str, payload: Mapping[str, Any]) -> Refused | None:
    """The refusal of the first gate that says no to this act now; None where none does. Nothing is logged."""
    signed, state = _before(node, caller, batch, kind, payload)
    try:
        refuse_act(state, signed.statement)
    except Refused as refusal:
        return refusal
    return None


def let_in_before(node: Node, caller: Caller, batch: str, payload: Mapping[str, Any]) -> int:
    """How much of a batch this market let in before this admission and, as far as anybody told, still has: base units."""
    signed, state = _before(node, caller, batch, "market_admission", payload)
    return let_in(state, state.rows["batch", batch], signed.statement.actor)


def _before(node: Node, caller: Caller, batch: str, kind: str, payload: Mapping[str, Any]) -> tuple[Signed, State]:
    """The act as it would be signed, and what the log would find before it."""
    signed = node.recorder.record(
        kind,
        payload,
        chain=batch,
        actor=own_party(caller),
        recorded_by=caller.account,
        id=node.recorder.new_id(),
    )
    with node.reading() as reads:
        wanted = wanted_by([Submission((signed,))])
        state = load_state(reads, wanted, (node.genesis.chain, node.genesis.key), load_register(reads))
        CREDIT.load(state, reads, [signed.statement])
    state.standing = CREDIT.standing(state, node.clock())
    return signed, state


@dataclass(frozen=True, slots=True)
class Unusual:
    """An amount that will be asked about: why, and of a harvest by how many per cent it is above the usual."""

    reason: str
    percent: int | None = None


def foresee_question(kind: str, payload: Mapping[str, Any], product: str) -> Unusual | None:
    """What the rule on amounts will ask about this fact; None where nothing, or where the amounts cannot be read yet."""
    try:
        match kind:
            case "harvest":
                return _unusual_harvest(payload, product)
            case "primary_processing":
                asked = next((one for one in step_of(payload, product).reasons if one in IMPLAUSIBLE), None)
                return Unusual(asked) if asked else None
    except (KeyError, TypeError, ValueError, InvalidOperation):  # the check of the form says which
        return None
    return None


def _unusual_harvest(payload: Mapping[str, Any], product: str) -> Unusual | None:
    """Too little is not foreseen: who cut a part of the plot so far has made no slip of the unit."""
    found, band = yield_of(payload, product), usual_yield(product)
    if found is None or band is None or found[1] <= band.high:
        return None
    share = (found[1] - band.high) / band.high * 100
    return Unusual("yield-outside-band", int(share.quantize(Decimal(1), ROUND_UP)))
