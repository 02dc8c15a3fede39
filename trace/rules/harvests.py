"""Gate G07: is it on record when, where and how much was harvested, before the goods move? (pure)

农产品质量安全法 art. 27 (3).
"""

from datetime import date

from .verdict import Finding, Outcome, Reason, Verdict, conclude

GATE = "G07"
_RECORD_IT = ("record-harvest",)
NO_DATE = Reason("harvest-date-missing", Outcome.BLOCK, _RECORD_IT)
NO_PLACE = Reason("harvest-place-missing", Outcome.BLOCK, _RECORD_IT)
NO_QUANTITY = Reason("harvest-quantity-missing", Outcome.BLOCK, _RECORD_IT)
REASONS = (NO_DATE, NO_PLACE, NO_QUANTITY)


def harvest_recorded(harvested_on: date | None, *, has_place: bool = True, has_quantity: bool = True) -> Verdict:
    """Judge a batch that is about to move. For goods grown here; bought and made ones were harvested elsewhere."""
    missing = ((harvested_on is None, NO_DATE), (not has_place, NO_PLACE), (not has_quantity, NO_QUANTITY))
    return conclude(GATE, (Finding(reason) for is_missing, reason in missing if is_missing))
