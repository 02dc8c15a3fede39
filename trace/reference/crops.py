"""Which crop or herb does this word mean, and to which groups of the limit tables does it belong?"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from . import Product, products, rows
from .substances import normal_name

_NOTE = re.compile(r"\(([^()]*)\)")
_STATES = ("干", "鲜")
_HAN_NAME = "[⺀-鿿]+"
_DRIED = rf"{_HAN_NAME}\((干|鲜)\)"
_LOCAL = "亳"
_SAME_CROP: Mapping[str, str] = MappingProxyType(
    {
        "甘蓝": "结球甘蓝",
        "卷心菜": "结球甘蓝",
        "小白菜": "普通白菜",
        "西红柿": "番茄",
        "辣子": "辣椒",
        "玉米粒": "玉米",
    }
)
"""Common names, from memory."""


@dataclass(frozen=True)
class Crop:
    """One crop, herb or piece as the limit tables name it. `base` is the herb from which a piece is made, else None.

    `state` is 干 or 鲜 where the name says so. `is_known` False: no table names it; only rules for all crops reach it.
    """

    name: str
    groups: tuple[str, ...] = ()
    product: Product | None = None
    base: str | None = None
    state: str = ""
    is_known: bool = True


def find_product(text: str) -> Product | None:
    """The product that a code, a Chinese name (亳芍 too) or an English name means."""
    found = _products()
    for name in _spellings(text):
        if name in found:
            return found[name]
    return None


def find_crop(text: str) -> Crop:
    """The crop that a product code, a name or a name with its state, `菊花(干)`, means."""
    notes = _NOTE.findall(normal_name(text))
    state = next((note for note in notes if note in _STATES), "")
    product = find_product(text)
    groups = _groups()
    name = _bare(product.name_zh) if product else crop_name(text)
    base = products()[product_base(product)].name_zh if product and product_base(product) else None
    known = product is not None or name in groups or name in _named_herbs()
    return Crop(name, groups.get(name, ()), product, _bare(base) if base else None, state, known)


def crop_name(text: str) -> str:
    """The table's own name for a crop: without a note in brackets, 小白菜 as 普通白菜."""
    name = _NOTE.sub("", normal_name(text))
    return _SAME_CROP.get(name, name)


def product_base(product: Product) -> str:
    """The code of the herb from which a piece is made, as its medicinal part says; "" for anything else."""
    return product.medicinal_part.removeprefix("see ") if product.medicinal_part.startswith("see ") else ""


def group_names() -> frozenset[str]:
    """Every name of a group of crops."""
    return frozenset(group for groups in _groups().values() for group in groups)


def _bare(name: str) -> str:
    return _NOTE.sub("", name).strip()


def _spellings(text: str) -> Iterator[str]:
    name = normal_name(text)
    bare = _NOTE.sub("", name)
    yield from (name, bare, _SAME_CROP.get(bare, bare), bare.removeprefix(_LOCAL))


@lru_cache(maxsize=1)
def _products() -> Mapping[str, Product]:
    found: dict[str, Product] = {}
    for code, product in products().items():
        names = [code, _bare(product.name_zh), product.name_en, *_NOTE.findall(product.name_zh)]
        for name in names:
            if name not in ("live", "carcass"):
                found.setdefault(normal_name(name), product)
    return MappingProxyType(found)


@lru_cache(maxsize=1)
def _groups() -> Mapping[str, tuple[str, ...]]:
    """Groups by crop, the narrowest first: the order in which a limit is looked for."""
    return MappingProxyType({row["crop"]: tuple(row["groups"].split(";")) for row in rows("crop_groups")})


@lru_cache(maxsize=1)
def _named_herbs() -> frozenset[str]:
    """Herbs that are no product of ours but that a limit row names, as 当归, or 百合(干) in the food table."""
    herbs = {
        _bare(name)
        for row in rows("limits_herb")
        for name in row["matrix"].split()
        if re.fullmatch(rf"{_HAN_NAME}(\([^()]*\))?", name)
    }
    dried = {_bare(row["matrix"]) for row in rows("limits_food_selected") if re.fullmatch(_DRIED, row["matrix"])}
    return frozenset(herbs | (dried - group_names()))
