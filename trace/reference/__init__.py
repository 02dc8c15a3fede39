"""Which products, processes, tests, regions, kinds and payload fields does the project know? The carried tables.

Each table is read once, from the folder of this module; a broken row stops the program when its table is first read.
"""

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

_FOLDER = Path(__file__).parent
TABLES = (
    "vocabulary",
    "payloads",
    "products",
    "processes",
    "tests",
    "division_codes",
    "gates",
    "field_duties",
    "pesticides_banned",
    "pesticides_restricted",
    "vet_banned_substances",
    "input_products",
    "limits_herb",
    "herb_banned_residues_33",
    "limits_food_selected",
    "crop_groups",
    "substance_names",
)
RULE_TABLES = (
    "products",
    "processes",
    "tests",
    "gates",
    "field_duties",
    "pesticides_banned",
    "pesticides_restricted",
    "vet_banned_substances",
    "input_products",
    "limits_herb",
    "herb_banned_residues_33",
    "limits_food_selected",
    "crop_groups",
    "substance_names",
)
"""Those that a rule judges by: other bytes may mean another verdict. The rest says how statements are written."""


@dataclass(frozen=True)
class Product:
    """One product; `product_class` is the column `class`. Yields and ratios stay in `rows`, beside their sources."""

    code: str
    name_zh: str
    name_en: str
    latin: str
    product_class: str
    regime: str
    farm6_kind: str
    medicinal_part: str
    default_unit: str
    required_tests: tuple[str, ...]
    certificate_regime: str


@dataclass(frozen=True)
class Process:
    """One step of processing: `input` and `output` in plain words."""

    code: str
    name_zh: str
    name_en: str
    applies_to: str
    input: str
    output: str


@dataclass(frozen=True)
class LabTest:
    """One test item: `result_kind` says whether its value is a number or one of two words."""

    code: str
    item_zh: str
    item_en: str
    method: str
    unit: str
    result_kind: str
    limit_table: str


@dataclass(frozen=True)
class Division:
    """One row of GB/T 2260 or GB/T 10114: `level` province, prefecture, county, township or a statistical zone."""

    code: str
    name: str
    level: str
    parent: str


@dataclass(frozen=True)
class VocabularyRow:
    """One kind of statement as the vocabulary states it, in its own words."""

    kind: str
    chain: str
    nature: str
    zh: str
    en: str
    regimes: str
    who_signs: str
    visibility: str
    effect: str
    basis: str
    quantity_effect: str


@dataclass(frozen=True)
class PayloadRow:
    """One field of a kind as the payload table states it, in its own words."""

    kind: str
    field: str
    type: str
    required: str
    private: str
    unit_or_values: str
    source: str
    note: str


@lru_cache(maxsize=len(TABLES))
def rows(table: str) -> tuple[Mapping[str, str], ...]:
    """Every row of a carried table by column, in the order of the file. KeyError for a table that is not carried."""
    if table not in TABLES:
        raise KeyError(table)
    with (_FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return tuple(MappingProxyType(row) for row in csv.DictReader(stream, strict=True))


@lru_cache(maxsize=1)
def rule_table_hashes() -> Mapping[str, str]:
    """SHA-256 in hex of the carried bytes of every table that a rule judges by, by file name: the edition of a verdict."""
    return MappingProxyType(
        {f"{name}.csv": hashlib.sha256((_FOLDER / f"{name}.csv").read_bytes()).hexdigest() for name in RULE_TABLES}
    )


@lru_cache(maxsize=1)
def products() -> Mapping[str, Product]:
    """Products by code, as `HB-BS`."""
    return MappingProxyType({row["code"]: _product(row) for row in rows("products")})


@lru_cache(maxsize=1)
def processes() -> Mapping[str, Process]:
    """Processes by code, as `PR-DRY-BS`."""
    return MappingProxyType(
        {
            row["code"]: Process(
                row["code"], row["name_zh"], row["name_en"], row["applies_to"], row["input"], row["output"]
            )
            for row in rows("processes")
        }
    )


@lru_cache(maxsize=1)
def tests() -> Mapping[str, LabTest]:
    """Test items by code, as `T-SO2`."""
    return MappingProxyType(
        {
            row["code"]: LabTest(
                row["code"],
                row["item_zh"],
                row["item_en"],
                row["method"],
                row["unit"],
                row["result_kind"],
                row["limit_table"],
            )
            for row in rows("tests")
        }
    )


@lru_cache(maxsize=1)
def divisions() -> Mapping[str, Division]:
    """Regions by code: six digits down to the county, nine for a township."""
    return MappingProxyType(
        {row["code"]: Division(row["code"], row["name"], row["level"], row["parent"]) for row in rows("division_codes")}
    )


@lru_cache(maxsize=1)
def vocabulary() -> Mapping[str, VocabularyRow]:
    """Every kind that this program builds, by name."""
    return MappingProxyType({row["kind"]: VocabularyRow(**row) for row in rows("vocabulary")})


@lru_cache(maxsize=1)
def payload_rows() -> tuple[PayloadRow, ...]:
    """Every payload field of these kinds, in the order in which forms and answers show them."""
    return tuple(PayloadRow(**row) for row in rows("payloads"))


def _product(row: Mapping[str, str]) -> Product:
    return Product(
        code=row["code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        latin=row["latin"],
        product_class=row["class"],
        regime=row["regime"],
        farm6_kind=row["farm6_kind"],
        medicinal_part=row["medicinal_part"],
        default_unit=row["default_unit"],
        required_tests=tuple(row["required_tests"].split(";")),
        certificate_regime=row["certificate_regime"],
    )
