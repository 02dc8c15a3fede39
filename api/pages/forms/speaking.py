"""Which kinds may this party record of this batch? What the log would grant, asked before a form is shown.

Only a courtesy: `decide` judges again, with keys and references. A form for what is refused would waste somebody's words.
"""

from __future__ import annotations

from collections.abc import Mapping

from api.recording import is_recordable
from trace import reference
from trace.decide import SAMPLERS, SPEAKERS, speaks_as
from trace.events import KINDS, Kind
from trace.state import Row

REGIMES: Mapping[str, str] = {
    "fruit": "veg",
    "vegetable": "veg",
    "herb": "herb",
    "grain": "grain",
    "animal": "livestock",
}
"""The word of the vocabulary for a class of products; decoction pieces are `pieces`."""


def recordable(party: Row, batch: Row) -> tuple[Kind, ...]:
    """The kinds that this party may record of this batch, in the order of the vocabulary."""
    return tuple(kind for kind in KINDS.values() if may_record(kind, party, batch))


def may_record(kind: Kind, party: Row, batch: Row) -> bool:
    """Whether relation and roles of the party, and the goods, let it say this of the batch."""
    if not is_recordable(kind) or not fits(kind, batch["product"]):
        return False
    return bool(speaks_as(party, batch) & _speakers(kind.name))


def fits(kind: Kind, product: str) -> bool:
    """Whether such a thing happens to such goods. Source: column `regimes` of the vocabulary."""
    if "all" in kind.regimes or not kind.regimes:
        return True
    found = reference.products()[product]
    return REGIMES.get(found.product_class, found.regime) in kind.regimes or (
        "six kinds" in kind.regimes and bool(found.farm6_kind)
    )


def _speakers(kind: str) -> frozenset[str]:
    if kind == "sample_taken":
        return frozenset().union(*SAMPLERS.values())
    return SPEAKERS.get(kind, frozenset())
