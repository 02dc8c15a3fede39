"""Which pesticides and veterinary drugs are banned from which day, on what, and which ones are known at all?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from . import rows
from .citation import Citation, InForce, parse_days
from .substances import keys_named

ANY_TOXIC = "ANY 剧毒 or 高毒 product"
ANY_OFF_LABEL = "ANY product outside its label"
"""Rows of the restricted table that name a class of products, not a substance."""


@dataclass(frozen=True)
class Ban:
    """One row of a list of bans. `substances`: keys of trace.reference.substances; `banned_on`: the row's own words."""

    name_zh: str
    substances: frozenset[str]
    banned_on: str
    basis: str
    days: InForce
    citation: Citation


@dataclass(frozen=True)
class InputProduct:
    """One registered use, or a fertiliser. `interval_days` None: no interval was read; the label binds anyway."""

    code: str
    kind: str
    substances: frozenset[str]
    toxicity: str
    crops_or_animals: str
    interval_days: int | None
    citation: Citation


@lru_cache(maxsize=1)
def pesticide_bans() -> tuple[Ban, ...]:
    """Pesticides that may be used on no crop, from the day of each row."""
    return tuple(
        _ban("pesticides_banned", row["no"], row["name_zh"], row["applies_to"], row["basis"], row)
        for row in rows("pesticides_banned")
    )


@lru_cache(maxsize=1)
def pesticide_restrictions() -> tuple[Ban, ...]:
    """Pesticides that may not be used on some crops, and the two classes that the law names."""
    return tuple(
        _ban("pesticides_restricted", row["name_zh"], row["name_zh"], row["banned_on"], row["basis"], row)
        for row in rows("pesticides_restricted")
    )


@lru_cache(maxsize=1)
def veterinary_bans() -> tuple[Ban, ...]:
    """Substances that may be used on no food animal."""
    return tuple(
        _ban("vet_banned_substances", row["no"], row["name_zh"], row["rule"], row["basis"], row)
        for row in rows("vet_banned_substances")
    )


@lru_cache(maxsize=1)
def input_products() -> tuple[InputProduct, ...]:
    """Pesticides, fertilisers and veterinary drugs that the tables know."""
    return tuple(
        InputProduct(
            code=row["code"],
            kind=row["kind"],
            substances=keys_named(row["active_zh"]),
            toxicity=row["toxicity_class"],
            crops_or_animals=row["crops_or_animals"],
            interval_days=int(row["interval_days"]) if row["interval_days"] else None,
            citation=Citation("input_products", row["code"], "", row["status"]),
        )
        for row in rows("input_products")
    )


def _ban(table: str, key: str, name: str, banned_on: str, basis: str, row: Mapping[str, str]) -> Ban:
    days = parse_days(row["valid_from"], row["valid_to"])
    return Ban(name, keys_named(name), banned_on, basis, days, Citation(table, key, row["valid_from"], row["status"]))
