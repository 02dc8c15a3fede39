"""Gate G03 for plants: was this product lawful on this crop on this day? (pure)

农药管理条例 art. 34: not banned, within its label; 剧毒 and 高毒 not on vegetables, melons and fruit, tea, fungi, herbs, aquatic
plants (食品安全法 art. 49, 中医药法 art. 22). Bans are rows with the day from which they hold.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import Enum
from functools import lru_cache
from types import MappingProxyType

from ..reference.inputs import (
    ANY_OFF_LABEL,
    ANY_TOXIC,
    Ban,
    input_products,
    pesticide_bans,
    pesticide_restrictions,
)
from ..reference.limits import food_limits, listed_pesticides
from ..reference.substances import Substance, find_substance, normal_name
from .crop_classes import CropClass, may_be
from .verdict import Finding, Outcome, Reason, Verdict, conclude

GATE = "G03"
_NAMES_KEPT = 4_096


class Unstated(Enum):
    """Nobody said what this was about."""

    UNSTATED = "unstated"


class Toxicity(Enum):
    """Toxicity class on the label, the worst first: the digits of the pesticide QR code are 1 to 5."""

    ACUTE = "剧毒"
    HIGH = "高毒"
    MODERATE = "中等毒"
    LOW = "低毒"
    SLIGHT = "微毒"


_REPORT = ("report-to-officials", "correct-if-mistaken")
_ASK = ("officer-checks-source",)
BANNED = Reason("substance-banned", Outcome.BLOCK, _REPORT)
BANNED_UNVERIFIED = Reason("substance-banned-unverified", Outcome.WARN, _ASK)
BANNED_ON_CROP = Reason("substance-banned-on-crop", Outcome.BLOCK, _REPORT)
BANNED_ON_CROP_UNVERIFIED = Reason("substance-banned-on-crop-unverified", Outcome.WARN, _ASK)
TOO_TOXIC = Reason("too-toxic-for-crop", Outcome.BLOCK, _REPORT)
OFF_LABEL = Reason("out-of-label", Outcome.BLOCK, _REPORT, "L-PEST 34; L-APQSL 29")
EXCEPTION_UNCLEAR = Reason("exception-unclear", Outcome.WARN, _ASK)
CROP_UNKNOWN = Reason("crop-unknown", Outcome.WARN, ("name-the-crop",))
CROP_TOO_COARSE = Reason("crop-too-coarse", Outcome.WARN, ("name-the-crop",))
SUBSTANCE_UNKNOWN = Reason("substance-unknown", Outcome.WARN, ("check-substance-name",))
SUBSTANCE_MISSING = Reason("substance-missing", Outcome.WARN, ("name-the-substance",))
TOXICITY_UNKNOWN = Reason("toxicity-unknown", Outcome.WARN, ("give-label-toxicity",))
TOXICITY_NOT_STATED = Reason("toxicity-not-stated", Outcome.PASS, ("give-label-toxicity",))
BAN_COMES_LATER = Reason("ban-comes-later", Outcome.PASS)
REASONS = (
    BANNED,
    BANNED_UNVERIFIED,
    BANNED_ON_CROP,
    BANNED_ON_CROP_UNVERIFIED,
    TOO_TOXIC,
    OFF_LABEL,
    EXCEPTION_UNCLEAR,
    CROP_UNKNOWN,
    CROP_TOO_COARSE,
    SUBSTANCE_UNKNOWN,
    SUBSTANCE_MISSING,
    TOXICITY_UNKNOWN,
    TOXICITY_NOT_STATED,
    BAN_COMES_LATER,
)

_SCOPES: Mapping[str, frozenset[CropClass]] = MappingProxyType(
    {
        # Cultivated fungi count as vegetables (承诺达标合格证管理办法 art. 3), melons as fruit.
        "veg": frozenset({CropClass.VEGETABLE, CropClass.MUSHROOM}),
        "fruit": frozenset({CropClass.FRUIT, CropClass.MELON}),
        "melon/fruit": frozenset({CropClass.FRUIT, CropClass.MELON}),
        "tea": frozenset({CropClass.TEA}),
        "mushroom": frozenset({CropClass.MUSHROOM}),
        "herb": frozenset({CropClass.HERB}),
        "harvest organ of herbs grown under GAP": frozenset({CropClass.HERB}),
        "aquatic plants": frozenset({CropClass.AQUATIC}),
        "hygiene pests": frozenset(),
        "peanut": frozenset({CropClass.PEANUT}),
        "rice": frozenset({CropClass.RICE}),
    }
)
"""Words of the column `banned_on`. A cell in other words bans every use but one, which its text names."""

_COATED_CROPS = frozenset({CropClass.GRAIN, CropClass.MAIZE})
"""公告1157 lets 氟虫腈 coat the seed of "some dry-land crops such as maize"."""

_METALS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"汞制剂": ("汞", "mercur"), "砷类": ("砷", "arsen"), "铅类": ("铅", "leadarsenate")}
)
"""公告199 bans compounds of these elements as a class: any active ingredient with the element in its name."""

_STRENGTH = re.compile(r"^[\d.]+(%|克/升|g/l|亿.*/克)")
_FORMULATION = re.compile(
    r"(乳油|微乳剂|水乳剂|可湿性粉剂|水分散粒剂|可溶粉剂|可溶液剂|水剂|颗粒剂|悬浮种衣剂|种衣剂|悬浮剂|粉剂|粉尘剂|原药|ec|wp|sc|wg)$"
)
_MIXED = re.compile(r"[·•+/、;]")
_TOXICITY: Mapping[str, Toxicity] = MappingProxyType(
    {
        **{kind.value: kind for kind in Toxicity},
        **{str(digit): kind for digit, kind in enumerate(Toxicity, 1)},
        "中毒": Toxicity.MODERATE,
        "extremelytoxic": Toxicity.ACUTE,
        "extreme": Toxicity.ACUTE,
        "highlytoxic": Toxicity.HIGH,
        "high": Toxicity.HIGH,
        "moderate": Toxicity.MODERATE,
        "moderatelytoxic": Toxicity.MODERATE,
        "low": Toxicity.LOW,
        "lowtoxic": Toxicity.LOW,
        "slight": Toxicity.SLIGHT,
        "slightlytoxic": Toxicity.SLIGHT,
    }
)


def input_lawful(
    active: Iterable[str],
    used_on: date,
    crop: CropClass | Unstated | None,
    *,
    toxicity: str = "",
    crop_on_label: bool | None = None,
    is_seed_coating: bool = False,
) -> Verdict:
    """Judge the use of one product. `active`: its active ingredients, by any name or CAS number.

    `crop`: a class, None for a crop that is not known, UNSTATED where nobody said and a ban for one crop would matter.
    `toxicity`: as on the label, "" where not stated. `crop_on_label` None: nobody looked.
    """
    return _judge(tuple(active), used_on, crop, toxicity, crop_on_label, is_seed_coating)


@lru_cache(maxsize=_NAMES_KEPT)
def _judge(
    active: tuple[str, ...],
    used_on: date,
    crop: CropClass | Unstated | None,
    toxicity: str,
    crop_on_label: bool | None,
    is_seed_coating: bool,
) -> Verdict:
    """A village sprays the same few products in the same week."""
    names = [name for text in active for name in _ingredients(text)]
    found = [finding for name in names for finding in _judge_substance(name, used_on, crop, is_seed_coating)]
    if not names:
        found.append(Finding(SUBSTANCE_MISSING))
    if crop is None:
        found.append(Finding(CROP_UNKNOWN))
    found += _judge_toxicity(names, toxicity, used_on, crop)
    if crop_on_label is False:
        off_label = _class_row(ANY_OFF_LABEL)
        found += [Finding(OFF_LABEL, (off_label.citation,))] if off_label.days.holds_on(used_on) else []
    return conclude(GATE, found)


def substances_lawful(active: Iterable[str], used_on: date, crop: CropClass | Unstated | None) -> Verdict:
    """Judge an input that is no pesticide by its name: is anything in it that may not be used?

    A ban is of the substance, whatever the bag calls it; of label and toxicity, which are asked of pesticides, it says nothing.
    """
    names = [name for text in active for name in _ingredients(text)]
    found = (one for name in names for one in _judge_substance(name, used_on, crop, coats_seed=False))
    return conclude(GATE, (one for one in found if one.reason is not SUBSTANCE_UNKNOWN))


def parse_toxicity(text: str) -> Toxicity | None:
    """The class of a product: `低毒(原药高毒)` is 低毒, the label speaks of the product. None where it is not understood."""
    return _TOXICITY.get(re.sub(r"\([^()]*\)", "", normal_name(text)))


@lru_cache(maxsize=_NAMES_KEPT)
def find_active(text: str) -> Substance | None:
    """The substance of an active ingredient, also where strength and formulation stand beside it: `40%氧乐果乳油`."""
    name = normal_name(text)
    return find_substance(name) or find_substance(_FORMULATION.sub("", _STRENGTH.sub("", name)))


def ingredients(text: str) -> Iterator[Substance]:
    """The substances of an active ingredient or a mixture that the tables know."""
    yield from (found for name in _ingredients(text) if (found := find_active(name)) is not None)


def _ingredients(text: str) -> Iterator[str]:
    """The parts of a mixture; a name that is known as a whole is one."""
    if find_active(text):
        yield text
    else:
        yield from (part for part in _MIXED.split(normal_name(text)) if part)


def _judge_substance(name: str, on: date, crop: CropClass | Unstated | None, coats_seed: bool) -> Iterator[Finding]:
    banned, restricted = _rows_naming(name)
    if not banned and not restricted and not _is_known_input(find_active(name)):
        yield Finding(SUBSTANCE_UNKNOWN)
    for row in banned + restricted:
        if not row.days.holds_on(on):
            yield Finding(BAN_COMES_LATER, (row.citation,))
        elif row in banned:
            yield _ban(row, BANNED, BANNED_UNVERIFIED)
        else:
            yield from _judge_restriction(row, crop, coats_seed)


@lru_cache(maxsize=_NAMES_KEPT)
def _rows_naming(name: str) -> tuple[tuple[Ban, ...], tuple[Ban, ...]]:
    """The rows that ban what this name means, and those that restrict it. Farmers write the same few names all year."""
    substance = find_active(name)
    banned = tuple(row for row in pesticide_bans() if _names(row, name, substance))
    return banned, tuple(row for row in pesticide_restrictions() if _names(row, name, substance))


def _judge_restriction(row: Ban, crop: CropClass | Unstated | None, coats_seed: bool) -> Iterator[Finding]:
    scope = _scope(row)
    if scope is None:
        yield from _judge_exception(row, crop, coats_seed)
    elif not isinstance(crop, CropClass):
        yield Finding(CROP_UNKNOWN, (row.citation,))
    elif crop in scope:
        yield _ban(row, BANNED_ON_CROP, BANNED_ON_CROP_UNVERIFIED)
    elif may_be(crop, scope):
        yield Finding(CROP_TOO_COARSE, (row.citation,))


def _judge_exception(row: Ban, crop: CropClass | Unstated | None, coats_seed: bool) -> Iterator[Finding]:
    """A row that bans every use but one. Only seed coating can be read from a record; other exceptions are asked about."""
    if "except seed coating" not in row.banned_on:
        yield _ban(row, EXCEPTION_UNCLEAR, BANNED_ON_CROP_UNVERIFIED)
    elif not coats_seed:
        yield _ban(row, BANNED_ON_CROP, BANNED_ON_CROP_UNVERIFIED)
    elif crop not in _COATED_CROPS:
        yield Finding(EXCEPTION_UNCLEAR, (row.citation,))


def _judge_toxicity(names: list[str], text: str, on: date, crop: CropClass | Unstated | None) -> Iterator[Finding]:
    row = _class_row(ANY_TOXIC)
    scope = _scope(row) or frozenset()
    if not row.days.holds_on(on):
        return
    toxicity = parse_toxicity(text) if text.strip() else None
    if text.strip() and toxicity is None:
        yield Finding(TOXICITY_UNKNOWN)
    elif toxicity in (Toxicity.ACUTE, Toxicity.HIGH):
        if not isinstance(crop, CropClass):
            yield Finding(CROP_UNKNOWN, (row.citation,))
        elif crop in scope:
            yield Finding(TOO_TOXIC, (row.citation,), "L-PEST 34; L-FSL 49; L-TCM 22")
    elif toxicity is None and crop in scope and not all(_is_known_as_mild(find_active(name)) for name in names):
        yield Finding(TOXICITY_NOT_STATED)


def _ban(row: Ban, firm: Reason, unverified: Reason) -> Finding:
    notice = re.split(r"[,(]", row.basis)[0].strip()
    return Finding(firm if row.citation.is_firm else unverified, (row.citation,), f"L-PEST 34; {notice}")


def _names(row: Ban, name: str, substance: Substance | None) -> bool:
    if substance is not None and substance.key in row.substances:
        return True
    return any(word in normal_name(name) for word in _METALS.get(row.name_zh, ()))


@lru_cache(maxsize=_NAMES_KEPT)
def _scope(row: Ban) -> frozenset[CropClass] | None:
    """The classes that a row names; None where it bans all uses but one."""
    words = [word.strip() for word in row.banned_on.split(";")]
    if not all(word in _SCOPES for word in words):
        return None
    return frozenset(kind for word in words for kind in _SCOPES[word])


@lru_cache(maxsize=_NAMES_KEPT)
def _class_row(name: str) -> Ban:
    return next(row for row in pesticide_restrictions() if row.name_zh == name)


def _is_known_input(substance: Substance | None) -> bool:
    return substance is not None and substance.key in _known_inputs()


@lru_cache(maxsize=_NAMES_KEPT)
def _is_known_as_mild(substance: Substance | None) -> bool:
    """Whether every product of the table with this ingredient has a class below 高毒 on its label, or none (fertiliser)."""
    toxicities = [row.toxicity for row in input_products() if substance and substance.key in row.substances]
    return bool(toxicities) and not any(parse_toxicity(one) in (Toxicity.ACUTE, Toxicity.HIGH) for one in toxicities)


@lru_cache(maxsize=1)
def _known_inputs() -> frozenset[str]:
    """Ingredients that some table speaks of as an input; what only a herb's quality test names, as water, is none."""
    products = (row.substances for row in input_products())
    limited = (row.substances for row in food_limits() if row.edition.startswith("GB 2763"))
    return listed_pesticides().union(*products, *limited)
