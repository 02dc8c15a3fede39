"""Which limit rows speak of this substance in these goods on this day? (pure)

Food: matrix names are groups with exceptions in brackets, and the most specific one counts. Herbs: several can apply, a
default and a monograph's exception, the pharmacopoeia and the food standard.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ..reference.crops import Crop, crop_name, find_product
from ..reference.inputs import input_products, pesticide_bans, pesticide_restrictions
from ..reference.limits import HERB_LISTS, Limit, drug_bans_as_limits, food_limits, herb_limits, listed_pesticides
from ..reference.substances import Substance, normal_name

_EXCEPT = "除外"
_OTHERS = "others"
_LISTED = "listed herbs"
_MEDICINAL_PLANT = "药用植物"
_ANIMAL_FOOD = frozenset({"畜禽肉", "禽蛋"})
_LIST_TABLE = "herb_banned_residues_33"
_PIECES = "pieces, default"
_ALL_HERBS = "all herbs and pieces except minerals, default"
_PLANT_HERBS = "plant herbs and pieces"
_MINERALS = frozenset(
    (
        "石膏",
        "滑石",
        "芒硝",
        "玄明粉",
        "朱砂",
        "雄黄",
        "磁石",
        "赭石",
        "自然铜",
        "炉甘石",
        "硫黄",
        "赤石脂",
        "禹余粮",
        "白矾",
    )
)
_ANIMALS = frozenset(
    (
        "水蛭",
        "地龙",
        "全蝎",
        "僵蚕",
        "蜈蚣",
        "土鳖虫",
        "九香虫",
        "蜂房",
        "鹿茸",
        "龟甲",
        "鳖甲",
        "牡蛎",
        "石决明",
        "珍珠母",
    )
)
"""Herbs that are no plants (names from memory): rules for plant herbs do not reach them."""


@dataclass(frozen=True)
class Found:
    """`limits`: rows with a figure. `unloaded`: rows that say a list or standard holds here whose figures are not loaded.

    `unlisted`: the rule holds for named herbs alone, and this is none of them. `is_gap`: the list of banned pesticides
    that was in force that day is not loaded, and would speak of this one. `listed`: the question was about such a list as
    a whole, and these are its rows.
    """

    limits: tuple[Limit, ...]
    unloaded: tuple[Limit, ...] = ()
    unlisted: tuple[Limit, ...] = ()
    is_gap: bool = False
    listed: tuple[Limit, ...] = ()


def find_food_rows(substance: Substance, crop: Crop, on: date) -> Found:
    """The live rows of the narrowest matrix that names the crop, or else what stands for the whole standard."""
    live = [row for row in food_limits() if row.days.holds_on(on)]
    if _ANIMAL_FOOD & {crop.name, *crop.groups}:
        live += [row for row in drug_bans_as_limits() if row.days.holds_on(on)]
    ranked = [(rank, row) for row in live if substance.key in row.substances for rank in _ranks(row.matrix, crop)]
    best = min((rank for rank, _ in ranked), default=None)
    limits = tuple(dict.fromkeys(row for rank, row in ranked if rank == best))
    return Found(limits, () if limits else _standards(substance, live))


def find_herb_rows(substance: Substance, herb: Crop, on: date) -> Found:
    """All live rows that reach this herb or piece."""
    live = [row for row in herb_limits() if row.days.holds_on(on)]
    named = [row for row in live if substance.key in row.substances]
    reach = [row for row in named if _reaches(row, herb, live)]
    own = {row.parameter for row in reach if _names_piece(row, herb)}
    limits = [row for row in reach if row.value is not None and (row.parameter not in own or _names_piece(row, herb))]
    listed = substance.key in listed_pesticides()
    is_gap = listed and not any(row.citation.table == _LIST_TABLE for row in limits)
    unlisted = tuple(row for row in named if row.matrix == _LISTED and row not in reach)
    unloaded = tuple(row for row in named if row.parameter in HERB_LISTS)
    if is_gap or (substance.key in _list_keys() and not unloaded):
        unloaded += tuple(row for row in live if row.parameter in HERB_LISTS)
    limits += list(_food_rows_of_herb(substance, herb, on, limits))
    if not limits and not unloaded and not unlisted:
        unloaded = _standards(substance, [row for row in food_limits() if row.days.holds_on(on)])
    whole = any(row.parameter == HERB_LISTS[0] for row in named)
    members = tuple(row for row in live if whole and row.citation.table == _LIST_TABLE)
    return Found(tuple(limits), unloaded, unlisted, is_gap, members)


def is_herb(crop: Crop) -> bool:
    """Whether the pharmacopoeia speaks of it: a herb or piece of ours, or a name that only herb tables have."""
    if crop.product is not None:
        return crop.product.product_class in ("herb", "piece")
    return not crop.groups


def _is_medicinal_plant(crop: Crop) -> bool:
    return crop.is_known and is_herb(crop) and crop.name not in _MINERALS | _ANIMALS


def _food_rows_of_herb(substance: Substance, herb: Crop, on: date, known: list[Limit]) -> Iterator[Limit]:
    """Rows of the food standard that name this herb, or 药用植物; both tables carry some of them."""
    same = {(row.value, row.days) for row in known}
    for row in food_limits():
        if row.days.holds_on(on) and substance.key in row.substances and (row.value, row.days) not in same:
            plant = row.matrix == _MEDICINAL_PLANT and herb.name not in _MINERALS | _ANIMALS
            if plant or (not herb.groups and 0 in _ranks(row.matrix, herb)):
                yield row


def _standards(substance: Substance, live: list[Limit]) -> tuple[Limit, ...]:
    """The rows that stand for a whole standard of pesticides; they say nothing of metals or of what a herb contains."""
    return tuple(row for row in live if row.value is None) if is_pesticide(substance) else ()


def _ranks(matrix: str, crop: Crop) -> Iterator[int]:
    """How narrowly a matrix names the crop: 0 by its own name, then its groups from narrow to broad; nothing: not at all."""
    if normal_name(matrix) == normal_name(crop.name):
        yield 0
        return
    for name, note in _parts(matrix):
        if note.endswith(_EXCEPT) and _is_excepted(note.removesuffix(_EXCEPT), crop):
            continue
        if "as product" in note or (note in ("干", "鲜") and crop.state not in ("", note)):
            continue
        if crop_name(name) == crop.name:
            yield 0
        elif name == _MEDICINAL_PLANT and _is_medicinal_plant(crop):
            yield 1
        elif name in crop.groups:
            yield 1 + crop.groups.index(name) + (len(crop.groups) if note == _OTHERS else 0)
        elif matrix.startswith("all food animals") and _ANIMAL_FOOD & {*crop.groups}:
            yield 1 + len(crop.groups)
        elif matrix == "猪 肌肉" and "猪肉" in (crop.name, *crop.groups):
            yield 0


def _parts(matrix: str) -> Iterator[tuple[str, str]]:
    """`芸薹类蔬菜 豆类蔬菜(豌豆除外)` → names with what stands in the outer brackets after each."""
    depth, name, note = 0, "", ""
    for sign in [*matrix, " "]:
        if sign == " " and depth == 0:
            if name:
                yield name, note
            name, note = "", ""
            continue
        depth -= sign == ")"
        if depth > 0:
            note += sign
        elif sign not in "()":
            name += sign
        depth += sign == "("


def _is_excepted(words: str, crop: Crop) -> bool:
    for word in re.split(r"[ 、]+", words.removesuffix("等").strip()):
        name = re.sub(r"\([^()]*\)", "", word).removesuffix("等")
        if name and (name == crop.name or any(group.startswith(name) for group in crop.groups)):
            return True
    return False


def _reaches(row: Limit, herb: Crop, live: list[Limit]) -> bool:
    if row.kind in ("ban", "list") or row.parameter in HERB_LISTS:
        return False
    if row.matrix == _LISTED:
        scopes = (scope.matrix.split() for scope in live if scope.kind == "list")
        return any(name in names for names in scopes for name in (herb.name, herb.base))
    if row.matrix == _ALL_HERBS:
        return herb.name not in _MINERALS
    if row.matrix.startswith((_PLANT_HERBS, _MEDICINAL_PLANT)):
        return herb.name not in _MINERALS | _ANIMALS
    if row.matrix == _PIECES:
        return is_piece(herb)
    states = (note for name, note in _parts(row.matrix) if name in (herb.name, herb.base))
    return _names_piece(row, herb) or any(not _is_other_state(note, herb) for note in states)


def is_pesticide(substance: Substance) -> bool:
    """Whether some table speaks of it as a pesticide: banned, restricted, registered, or limited as a residue."""
    registered = (row.substances for row in input_products() if row.kind in ("insecticide", "fungicide", "herbicide"))
    barred = (row.substances for row in (*pesticide_bans(), *pesticide_restrictions()))
    limited = (row.substances for row in food_limits() if row.edition.startswith("GB 2763"))
    known = (listed_pesticides(), *registered, *barred, *limited)
    return any(substance.key in keys for keys in known)


def _list_keys() -> frozenset[str]:
    return frozenset(key for row in herb_limits() if row.parameter in HERB_LISTS for key in row.substances)


def is_piece(herb: Crop) -> bool:
    """Whether this is a 饮片: a piece of ours, or a name that says so."""
    if herb.product is not None:
        return herb.product.product_class == "piece"
    return herb.name.endswith(("片", "饮片")) or herb.name.startswith(("炒", "麸炒", "酒", "醋", "蜜", "盐"))


def _is_other_state(note: str, herb: Crop) -> bool:
    return note in ("干", "鲜") and herb.state not in ("", note)


def _names_piece(row: Limit, herb: Crop) -> bool:
    """Whether the row names this piece itself, not the herb it is made of."""
    if not is_piece(herb):
        return False
    names = [name for name, _ in _parts(row.matrix)]
    return herb.name in names or any(herb.product and find_product(name) == herb.product for name in names)
