"""Gate G19: does no more come out than went in, and is it as much as such a step, plot or herb usually gives? (pure)

Conservation alone blocks; the table's bands were set by nobody in the district yet, so they flag. A step that takes up water
or bran may weigh more than before, up to the cap of its row. Compared as fractions, never as floats.
"""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from ..quantity import Quantity, base_amount
from ..reference.bands import Band, ProductBands, process_bands, product_bands
from ..reference.citation import Citation
from .verdict import Finding, Outcome, Reason, Verdict, conclude, worst

GATE = "G19"
_LEAVES_A_REST = "PR-SPLIT"
"""What is split off may be less than the whole: the sum of the children is at most the parent's."""

_CHECK = ("check-unit", "correct-if-mistaken")
MORE_OUT = Reason("more-out-than-in", Outcome.BLOCK, _CHECK)
OUTSIDE_BAND = Reason("outside-band", Outcome.WARN, _CHECK)
WITHIN_BAND = Reason("within-band", Outcome.PASS)
PROCESS_UNKNOWN = Reason("process-unknown", Outcome.WARN, ("check-process",))
WRONG_PRODUCT = Reason("process-not-for-product", Outcome.WARN, ("check-process",))
UNITS_DIFFER = Reason("units-differ", Outcome.WARN, ("check-unit",))
UNIT_UNKNOWN = Reason("amount-unit-unknown", Outcome.WARN, ("check-unit",))
PRODUCT_UNKNOWN = Reason("product-unknown", Outcome.WARN, ("name-the-crop",))
NO_BAND = Reason("band-not-loaded", Outcome.WARN, ("officer-sets-band",))
YIELD_OUTSIDE = Reason("yield-outside-band", Outcome.WARN, ("check-area", *_CHECK))
RATIO_OUTSIDE = Reason("drying-ratio-outside-band", Outcome.WARN, _CHECK)
REASONS = (
    MORE_OUT,
    OUTSIDE_BAND,
    WITHIN_BAND,
    PROCESS_UNKNOWN,
    WRONG_PRODUCT,
    UNITS_DIFFER,
    UNIT_UNKNOWN,
    PRODUCT_UNKNOWN,
    NO_BAND,
    YIELD_OUTSIDE,
    RATIO_OUTSIDE,
)
IMPLAUSIBLE = frozenset(one.code for one in (MORE_OUT, OUTSIDE_BAND, YIELD_OUTSIDE, RATIO_OUTSIDE))
"""What is asked about: an amount is there, and it is not a usual one. The other reasons say that nothing was compared."""


def step_plausible(process: str | None, taken: Quantity, given: Quantity, product: str) -> Verdict:
    """Judge a step by its own band, and one that dries goods by how much fresh weight the product takes for a dry one."""
    verdicts = [mass_balance(process, taken, given, product)]
    row = process_bands().get(process) if process else None
    if row is not None and row.dries:
        verdicts.append(drying_ratio(product, taken, given))
    return worst(GATE, verdicts)


def harvest_plausible(product: str, area_mu: Decimal, kilograms: Decimal) -> Verdict:
    """Judge what was cut, as it was weighed. ValueError for an area of nothing."""
    return yield_per_mu(product, area_mu, kilograms, is_dry=_is_weighed_dry(product))


def usual_yield(product: str) -> Band | None:
    """Kilograms a mu that a harvest of this product usually weighs; None where no table says so."""
    bands = product_bands().get(product)
    if bands is None:
        return None
    return bands.dry_kg_per_mu if _is_weighed_dry(product) else bands.fresh_kg_per_mu


def usual_step(process: str, product: str) -> tuple[Band | None, Band | None]:
    """What a step gives of what it takes; and, where it dries, how much fresh weight one part of dry goods takes."""
    row, bands = process_bands().get(process), product_bands().get(product)
    return (row.band if row else None, bands.fresh_per_dry if row and row.dries and bands else None)


def _is_weighed_dry(product: str) -> bool:
    """Grain alone: its one band is at trade moisture, as it comes off the field. A herb is cut fresh and dried later."""
    bands = product_bands().get(product)
    return bands is not None and bands.fresh_kg_per_mu is None and bands.fresh_per_dry is None


def mass_balance(process: str | None, taken: Quantity, given: Quantity, product: str | None = None) -> Verdict:
    """Judge one step by what it took and what it gave. `process`: code, None where none is named; `product`: code."""
    return conclude(GATE, _judge_step(process, taken, given, product))


def yield_per_mu(product: str, area_mu: Decimal, kilograms: Decimal, *, is_dry: bool) -> Verdict:
    """Judge a harvest by its area. ValueError for an area of nothing."""
    if area_mu <= 0:
        raise ValueError("an area is above zero")
    bands = product_bands().get(product)
    band = (bands.dry_kg_per_mu if is_dry else bands.fresh_kg_per_mu) if bands else None
    return conclude(GATE, _judge_figure(Fraction(kilograms) / Fraction(area_mu), band, bands, YIELD_OUTSIDE))


def drying_ratio(product: str, fresh: Quantity, dry: Quantity) -> Verdict:
    """Judge how much fresh goods one part of dry goods took."""
    amounts = _amounts(fresh, dry)
    if amounts is None or amounts[1] == 0:
        return conclude(GATE, (Finding(UNITS_DIFFER),))
    bands = product_bands().get(product)
    return conclude(
        GATE, _judge_figure(Fraction(*amounts), bands.fresh_per_dry if bands else None, bands, RATIO_OUTSIDE)
    )


def unit_unknown() -> Verdict:
    """What is said of an amount in a unit that nobody knows."""
    return conclude(GATE, (Finding(UNIT_UNKNOWN),))


def _judge_step(process: str | None, taken: Quantity, given: Quantity, product: str | None) -> Iterator[Finding]:
    row = process_bands().get(process) if process else None
    if process and row is None:
        yield Finding(PROCESS_UNKNOWN)
    if row is not None and product and row.products and product not in row.products:
        yield Finding(WRONG_PRODUCT, (row.citation,))
    amounts = _amounts(taken, given)
    if amounts is None:
        yield Finding(UNITS_DIFFER)
        return
    went_in, came_out = amounts
    if came_out > went_in * max(Fraction(1), Fraction(row.cap) if row else Fraction(1)):
        yield Finding(MORE_OUT, (row.citation,) if row else ())
    elif row is not None and went_in:
        yield from _judge_ratio(Fraction(came_out, went_in), row.code, row.band, row.citation)


def _judge_ratio(ratio: Fraction, process: str, band: Band, citation: Citation) -> Iterator[Finding]:
    is_inside = ratio in band or (process == _LEAVES_A_REST and ratio <= band.high)
    yield Finding(WITHIN_BAND if is_inside else OUTSIDE_BAND, (citation,))


def _judge_figure(
    figure: Fraction, band: Band | None, bands: ProductBands | None, outside: Reason
) -> Iterator[Finding]:
    if bands is None:
        yield Finding(PRODUCT_UNKNOWN)
    elif band is None:
        yield Finding(NO_BAND, (bands.citation,))
    else:
        yield Finding(WITHIN_BAND if figure in band else outside, (bands.citation,))


def _amounts(one: Quantity, other: Quantity) -> tuple[int, int] | None:
    """Both in base units; None where they measure different things."""
    if one.unit.dimension is not other.unit.dimension:
        return None
    return base_amount(one), base_amount(other)
