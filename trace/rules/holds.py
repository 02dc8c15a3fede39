"""Gate G20: does nothing hold this batch, nor anything it was made from? (pure)

食品安全法 art. 63; 农产品质量安全法 arts 34, 36.
"""

from collections.abc import Iterable
from enum import Enum

from .verdict import Finding, Outcome, Reason, Verdict, conclude

GATE = "G20"


class Standing(Enum):
    """How a batch stands: nothing was ever found, a hold is open, it was lifted, or the batch was recalled."""

    OK = "ok"
    HELD = "held"
    RELEASED = "released"
    RECALLED = "recalled"


HELD = Reason("ancestor-held", Outcome.BLOCK, ("lift-the-hold",), "L-APQSL 34; L-APQSL 36")
RECALLED = Reason("ancestor-recalled", Outcome.BLOCK, ("return-or-destroy",), "L-FSL 63")
REASONS = (HELD, RECALLED)


def no_open_hold(standings: Iterable[Standing]) -> Verdict:
    """Judge an act by the batch itself and everything it was made from."""
    found = set(standings)
    reasons = ((Standing.HELD, HELD), (Standing.RECALLED, RECALLED))
    return conclude(GATE, (Finding(reason) for standing, reason in reasons if standing in found))
