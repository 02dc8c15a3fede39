"""Which substance does this name mean? Names of every carried table, joined by CAS number and by one another.

A name is compared without blanks, full width, case and a note in brackets: `氧乐果（omethoate）` is 氧乐果.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from . import rows

_CAS = re.compile(r"(?:cas(?:no\.?|号)?:?)?(\d{2,7}-\d{2}-\d)")
_NOTE = re.compile(r"\(([^()]*)\)")
_HAN = "[⺀-鿿]"
_SYMBOL = re.compile(rf"(.*{_HAN}.*)\s+([A-Z][A-Za-z]{{1,2}}\d?|sulfonamides)")
_OR_SALTS = "及其盐、酯"
_SUFFIXES = ("残留量", "残留", "含量")
_NAMED_IN = (
    ("pesticides_banned", "name_zh", "name_en"),
    ("pesticides_restricted", "name_zh", "name_en"),
    ("herb_banned_residues_33", "name_zh", "name_en"),
    ("input_products", "active_zh", "active_en"),
    ("limits_herb", "parameter", "substance_en"),
    ("limits_food_selected", "parameter", "substance_en"),
    ("vet_banned_substances", "name_zh", "name_en"),
)
_NO_SUBSTANCE = ("ANY ", "抗菌药 ", "黄曲霉毒素 listed", "农药残留")
"""How cells begin that name a rule or a scope."""

_APART = ("(inorganic)",)
"""Words of a name that make it another substance than its CAS number says: 无机砷 is not total arsenic."""


@dataclass(frozen=True)
class Substance:
    """One substance. `key` is the same wherever a table means the same; `is_component`: only a part of a summed residue."""

    key: str
    name_zh: str
    name_en: str
    is_component: bool = False


def find_substance(text: str) -> Substance | None:
    """The substance that a Chinese or English name, a common name or a CAS number means; None for an unknown one."""
    known = _known()
    for name in _spellings(text):
        if name in known:
            return known[name]
    return None


def keys_named(zh: str) -> frozenset[str]:
    """The keys of every substance that a row names: one, its spellings, or a list of them."""
    found = (find_substance(name) for spellings in _named(zh) for name in spellings)
    return frozenset(substance.key for substance in found if substance is not None)


def normal_name(text: str) -> str:
    """A name as it is compared: half width, no blanks, small letters, one kind of hyphen."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("μ", "µ")
    return re.sub(r"[‐-―−]", "-", re.sub(r"\s+", "", folded))


def _spellings(text: str) -> Iterator[str]:
    """The readings to try, the fullest first: as written, without its note, the note itself, without a last word."""
    name = normal_name(text)
    yield name
    if cas := _CAS.fullmatch(name):
        yield cas[1]
    bare = _NOTE.sub("", name)
    yield bare
    yield from _NOTE.findall(name)
    for suffix in _SUFFIXES:
        if bare.endswith(suffix):
            yield bare.removesuffix(suffix)


@lru_cache(maxsize=1)
def _known() -> Mapping[str, Substance]:
    """Every name by its normal form. Built once: the first table that names a substance gives it its key."""
    found: dict[str, Substance] = {}
    for table, zh, en in _NAMED_IN:
        for row in rows(table):
            if not row[zh].startswith(_NO_SUBSTANCE):
                _add_row(found, row[zh], row[en], row["cas"])
    for row in rows("substance_names"):
        whole = found[normal_name(row["substance"])]
        part = row["role"] == "component"
        meant = Substance(whole.key, row["name"], whole.name_en, is_component=True) if part else whole
        for name in (row["name"], row["cas"]):
            if name:
                found.setdefault(normal_name(name), meant)
    return MappingProxyType(found)


def _add_row(found: dict[str, Substance], zh: str, en: str, cas: str) -> None:
    """A row that lists several substances gives its CAS number and English name to none of them but its first name."""
    apart = any(word in zh or word in en for word in _APART)
    for position, names in enumerate(_named(zh)):
        own = [] if apart or position else [cas, normal_name(en)]
        handles = [handle for handle in [*map(normal_name, names), *own] if handle]
        same = next((found[handle] for handle in handles if handle in found), None)
        key = cas if own and cas else handles[0]
        for handle in handles:
            found.setdefault(handle, same or Substance(key, names[0], en if own else ""))


def _named(zh: str) -> list[tuple[str, ...]]:
    """The substances that a cell names, each with its spellings.

    `丁酰肼(比久)` is one with three, `铅 Pb` too; `洛美沙星 培氟沙星` are two; `硝基呋喃类(呋喃西林 …)` a group and its members.
    """
    if any(word in zh for word in _APART):
        return [(zh,)]
    if symbol := _SYMBOL.fullmatch(zh):
        return [(zh, *symbol.groups())]
    if note := _NOTE.search(zh):
        bare, inside = _NOTE.sub("", zh).strip(), re.split(r"[ /]+", note[1])
        if "," in note[1] or not re.search(_HAN, note[1]):
            return [(zh, bare)]
        return [(zh, bare, *inside)] if len(inside) == 1 else [(zh, bare), *((name,) for name in inside)]
    listed = [name for name in zh.split() if re.search(_HAN, name)]
    if len(listed) > 1:
        return [(name.removesuffix(_OR_SALTS), name) for name in listed]
    return [(zh, zh.removesuffix(_OR_SALTS))]
