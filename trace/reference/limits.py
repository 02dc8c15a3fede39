"""Which limits are there for a substance, in which goods, from which day, and who says so?"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from . import rows
from .citation import Citation, InForce, parse_days
from .inputs import veterinary_bans
from .substances import keys_named

ANY_HERB = "plant herbs and pieces"
HERB_LISTS = ("33 禁用农药", "47 禁用农药")
"""Parameters that stand for a whole list of an edition of the pharmacopoeia."""


@dataclass(frozen=True)
class Limit:
    """One limit row. `value` None: the row names a list or a standard that is not loaded.

    `kind`: max, temporary max, not above (max all three), min, guideline max, ban, list, load the full standard,
    not allowed in laying period, not detected. `edition`: standard and table, or the row's own rule.
    """

    parameter: str
    substances: frozenset[str]
    matrix: str
    value: Decimal | None
    unit: str
    kind: str
    edition: str
    source: str
    definition: str
    days: InForce
    citation: Citation


@lru_cache(maxsize=1)
def herb_limits() -> tuple[Limit, ...]:
    """Limits of herbs and pieces: pharmacopoeia, its list of 33 pesticides, and the food standard's 药用植物."""
    listed = tuple(_listed(row) for row in rows("herb_banned_residues_33"))
    return tuple(_limit("limits_herb", row, "kind", "rule") for row in rows("limits_herb")) + listed


@lru_cache(maxsize=1)
def food_limits() -> tuple[Limit, ...]:
    """Limits of food: pesticides, contaminants, mycotoxins, veterinary drugs; a sample of the standards."""
    return tuple(_limit("limits_food_selected", row, "limit_kind", "standard") for row in rows("limits_food_selected"))


@lru_cache(maxsize=1)
def drug_bans_as_limits() -> tuple[Limit, ...]:
    """Veterinary drugs that may not be found at all in food of animals, as limits of zero."""
    return tuple(
        Limit(
            parameter=ban.name_zh,
            substances=ban.substances,
            matrix="all food animals",
            value=Decimal(0),
            unit="µg/kg",
            kind="not detected",
            edition=ban.basis,
            source=ban.basis,
            definition="",
            days=ban.days,
            citation=ban.citation,
        )
        for ban in veterinary_bans()
        if ban.banned_on.startswith("any detection")
    )


@lru_cache(maxsize=1)
def listed_pesticides() -> frozenset[str]:
    """Substances of the pharmacopoeia's list of 33: those on which the list that replaced it will speak too."""
    return frozenset(key for row in rows("herb_banned_residues_33") for key in keys_named(row["name_zh"]))


def _limit(table: str, row: Mapping[str, str], kind: str, edition: str) -> Limit:
    key = f"{row['parameter']}|{row['matrix']}"
    return Limit(
        parameter=row["parameter"],
        substances=keys_named(row["parameter"]),
        matrix=row["matrix"],
        value=Decimal(row["limit"]) if row["limit"] else None,
        unit=row["unit"],
        kind=row[kind],
        edition=row[edition],
        source=row["source"],
        definition=row["residue_definition"],
        days=parse_days(row["valid_from"], row["valid_to"]),
        citation=Citation(table, key, row["valid_from"], row["status"]),
    )


def _listed(row: Mapping[str, str]) -> Limit:
    return Limit(
        parameter=row["name_zh"],
        substances=keys_named(row["name_zh"]),
        matrix=ANY_HERB,
        value=Decimal(row["limit_mg_per_kg"]),
        unit=row["unit"],
        kind="not above",
        edition=row["edition"],
        source=row["source"],
        definition=row["residue_definition"],
        days=parse_days(row["valid_from"], row["valid_to"]),
        citation=Citation("herb_banned_residues_33", row["no"], row["valid_from"], row["status"]),
    )
