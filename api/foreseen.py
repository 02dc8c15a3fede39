"""What would the rules answer to an act, before anybody asks for it? By the code that the log decides with."""

from collections.abc import Mapping
from typing import Any

from api.auth.policy import Caller
from api.node import Node
from api.recording import own_party
from credit.wing import CREDIT
from trace.acts import refuse_act
from trace.ledger.errors import Refused
from trace.ledger.submission import Submission
from trace.queries import load_register, load_state, wanted_by


def foresee(node: Node, caller: Caller, batch: str, kind: str, payload: Mapping[str, Any]) -> Refused | None:
    """The refusal of the first gate that says no to this act now; None where none does. Nothing is logged."""
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
    try:
        refuse_act(state, signed.statement)
    except Refused as refusal:
        return refusal
    return None
