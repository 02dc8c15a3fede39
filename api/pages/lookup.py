"""Which batch has this label? For whoever scans or types a code, as often as an honest reader may ask."""

from fastapi import Request

from api.auth.limits import Scans
from api.auth.policy import ANYONE, Caller
from api.routes.writing import node_of
from trace.codes import is_label_code
from trace.labels.address import typed_label_code
from trace.queries import find_batch_by_code
from trace.state import Row


def find_labelled(request: Request, typed: str, caller: Caller = ANYONE) -> Row | None:
    """The batch of a code as it was typed; None for a code that none has. Counted by account, and by address for who has
    none. Raises `RateLimited` for whoever guesses."""
    code = typed_label_code(typed)
    if not is_label_code(code):
        return None  # a slip of the hand: the check character tells, and nobody is asked
    who = count_look_up(request, caller)
    with node_of(request).reading() as reads:
        row = find_batch_by_code(reads.connection, code)
    if row is None:
        _limits(request).note_unknown(who, code)
    return row


def count_look_up(request: Request, caller: Caller = ANYONE) -> str:
    """Whose look-up this is: an account, or an address. Raises `RateLimited` where it is one too many."""
    who = caller.account if caller is not ANYONE else request.client.host if request.client else ""
    _limits(request).take(who)
    return who


def _limits(request: Request) -> Scans:
    limits: Scans = request.app.state.scan_limits
    return limits
