"""How much comes out of a step, off a mu, or of a kilogram of fresh goods? Bands of the process and product tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from . import rows
from .citation import Citation

_PRODUCT_CODE = re.compile(r"\b[A-Z]{2}-[A-Z]+\b")


@dataclass(frozen=True)
class Band:
    """From `low` to `high`, both included."""

    low: Decimal
    high: Decimal

    def __contains__(self, figure: object) -> bool:
        """Whether a figure lies inside: Decimal or Fraction, compared exactly."""
        return self.low <= figure <= self.high  # type: ignore[operator]

    def __str__(self) -> str:
        return f"{self.low}-{self.high}"


@dataclass(frozen=True)
class ProcessBand:
    """What a step gives for what it takes, by weight. Above `cap` no honest step comes; water or bran may lift it over 1.

    `products`: the codes for which alone the band was made; empty: for all. `dries`: it takes fresh goods and gives dry ones.
    """

    code: str
    band: Band
    cap: Decimal
    products: frozenset[str]
    citation: Citation
    dries: bool = False


@dataclass(frozen=True)
class ProductBands:
    """Per harvest of one mu (not per year): kilograms fresh, kilograms dry; and kilograms fresh for one dry."""

    fresh_kg_per_mu: Band | None
    dry_kg_per_mu: Band | None
    fresh_per_dry: Band | None
    citation: Citation


@lru_cache(maxsize=1)
def process_bands() -> Mapping[str, ProcessBand]:
    """Bands by process code."""
    return MappingProxyType({row["code"]: _process_band(row) for row in rows("processes")})


@lru_cache(maxsize=1)
def product_bands() -> Mapping[str, ProductBands]:
    """Bands by product code."""
    return MappingProxyType(
        {
            row["code"]: ProductBands(
                _band(row, "yield_fresh_low_kg_mu", "yield_fresh_high_kg_mu"),
                _band(row, "yield_dry_low_kg_mu", "yield_dry_high_kg_mu"),
                _band(row, "drying_ratio_low", "drying_ratio_high"),
                Citation("products", row["code"], "", row["status"]),
            )
            for row in rows("products")
        }
    )


def _process_band(row: Mapping[str, str]) -> ProcessBand:
    return ProcessBand(
        code=row["code"],
        band=Band(Decimal(row["out_per_in_low"]), Decimal(row["out_per_in_high"])),
        cap=Decimal(row["hard_cap_out_per_in"]),
        products=frozenset(_PRODUCT_CODE.findall(row["applies_to"])),
        citation=Citation("processes", row["code"], "", row["status"]),
        dries=row["input"].startswith("fresh") and row["output"].startswith("dry"),
    )


def _band(row: Mapping[str, str], low: str, high: str) -> Band | None:
    return Band(Decimal(row[low]), Decimal(row[high])) if row[low] and row[high] else None
