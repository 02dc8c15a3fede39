"""Who reads of a batch what its parties alone read? Its owner, and who has it from its owner; not whoever says so.

Anybody in the trade may say that it received something, and is then the holder: a fact that opens nothing. What opens is
the owner's own act, a dispatch or an offer that names the holder.
"""

from .events import KINDS
from .ledger.canonical import decode_value
from .ledger.store import Reads
from .records import said, topic
from .state import Row

_GIVEN_TO = ("buyer", "carrier")
_GIVING = ("dispatch", "transfer_offered")


def has_from_owner(reads: Reads, row: Row, party: str) -> bool:
    """Whether the party holds this batch, and an owner's act says that it should. An erased name says it no more."""
    if row["holder"] != party:
        return False
    topics = [topic(row["id"], kind) for kind in _GIVING]
    payloads = [said({"payload": text}) for (text,) in reads.find("record", ("payload",), "topic", topics)]
    named = {one[field]["commit"] for one in payloads for field in _GIVEN_TO if field in one}
    openings = reads.openings(named) if named else {}
    return any(decode_value(one.value) == party for one in openings.values())


def is_for_holders(kind: str) -> bool:
    """Whether who has the goods may open such a statement: not what is asked between the owner and the office."""
    return not KINDS[kind].is_for_owner
