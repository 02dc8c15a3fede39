"""What are a product, a process, a test and a place called? Names by code, from the carried tables.

The tables arrive as rows (column → text), so that this module neither reads files nor knows where they lie.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Row = Mapping[str, str]

_NO_CITY = "市辖区"
"""Division name of a municipality's own districts: the municipality's name says more."""


@dataclass(frozen=True, slots=True)
class ProductName:
    """`zh` is the trade name, `alias` a local name or "", `glyph` its one telling character."""

    zh: str
    alias: str
    en: str
    latin: str
    product_class: str
    part: str
    glyph: str


@dataclass(frozen=True, slots=True)
class TestName:
    """`minimum` is True where a value must reach the limit instead of staying under it."""

    __test__ = False

    zh: str
    en: str
    minimum: bool


@dataclass(frozen=True, slots=True)
class Names:
    """Everything by code; `townships` gives the division code for (county code, township name)."""

    products: Mapping[str, ProductName]
    processes: Mapping[str, tuple[str, str]]
    tests: Mapping[str, TestName]
    divisions: Mapping[str, str]
    townships: Mapping[tuple[str, str], str]

    def division_codes(self, region: str) -> tuple[str, ...]:
        """The most exact known codes for a GB/T 2260 code, wide to narrow; no province where a city is known."""
        city = region[:4] + "00"
        if self.divisions.get(city, _NO_CITY) == _NO_CITY:
            city = region[:2] + "0000"
        found = [code for code in (city, region) if code in self.divisions]
        return tuple(dict.fromkeys(found))


def names_from_rows(
    products: Iterable[Row], processes: Iterable[Row], tests: Iterable[Row], divisions: Iterable[Row]
) -> Names:
    """Builds the names from the rows of products, processes, tests and division_codes."""
    places = list(divisions)
    return Names(
        products={row["code"]: _product(row) for row in products},
        processes={row["code"]: (_short(row["name_zh"]), row["name_en"]) for row in processes},
        tests={row["code"]: _test(row) for row in tests},
        divisions={row["code"]: row["name"] for row in places},
        townships={(row["parent"], row["name"]): row["code"] for row in places if row["level"] == "township"},
    )


def _product(row: Row) -> ProductName:
    found = re.fullmatch(r"([^(]+?)\s*(?:\(([^)]*)\))?", row["name_zh"])
    name, alias = (found[1], found[2] or "") if found else (row["name_zh"], "")
    # "AN-PIG 生猪 (live)": an English remark is no local name.
    alias = alias if re.search(r"[\u4e00-\u9fff]", alias) else ""
    stem = name.removesuffix("饮片") or name
    part = "" if row["medicinal_part"].startswith("see ") else row["medicinal_part"]
    english = row["name_en"]
    return ProductName(name, alias, english[:1].upper() + english[1:], row["latin"], row["class"], part, stem[-1])


def _test(row: Row) -> TestName:
    return TestName(
        row["item_zh"].replace(" 5 ", "5").replace("33 种", "33种"), row["item_en"], row["note"].startswith("min limit")
    )


def _short(name: str) -> str:
    """ "煮 (白芍)" and "干燥 白芍" name the goods again; the page has just done so."""
    stem = name.split(" (")[0]
    return stem if "/" in stem else stem.split(" ")[0]
