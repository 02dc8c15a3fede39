"""To which class of crops does the law count this one? (pure)

Laws ban pesticides on vegetables, melons and fruit, tea, fungi and herbs; single notices on rice, peanut or tea alone.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from ..reference import products
from ..reference.crops import find_product
from ..reference.substances import normal_name


class CropClass(Enum):
    """Classes that a ban may name, and those that none names."""

    GRAIN = "grain"
    MAIZE = "maize"
    RICE = "rice"
    OILSEED = "oilseed"
    PEANUT = "peanut"
    VEGETABLE = "vegetable"
    MUSHROOM = "mushroom"
    FRUIT = "fruit"
    MELON = "melon"
    TEA = "tea"
    HERB = "herb"
    AQUATIC = "aquatic plants"
    OTHER_FIELD = "other field crop"


_NARROWER: Mapping[CropClass, frozenset[CropClass]] = MappingProxyType(
    {
        CropClass.GRAIN: frozenset({CropClass.MAIZE, CropClass.RICE}),
        CropClass.OILSEED: frozenset({CropClass.PEANUT}),
    }
)

_BY_WORD: Mapping[str, CropClass] = MappingProxyType(
    {
        **{kind.value: kind for kind in CropClass},
        **dict.fromkeys(("veg", "vegetables", "蔬菜"), CropClass.VEGETABLE),
        **dict.fromkeys(("fungi", "fungus", "mushrooms", "食用菌", "菌类", "香菇"), CropClass.MUSHROOM),
        **dict.fromkeys(("fruits", "水果", "果树"), CropClass.FRUIT),
        **dict.fromkeys(("melons", "melon/fruit", "瓜果", "西瓜", "甜瓜"), CropClass.MELON),
        **dict.fromkeys(("茶", "茶叶", "茶树", "茶鲜叶"), CropClass.TEA),
        **dict.fromkeys(("herbs", "piece", "pieces", "中药材", "中草药材", "药材", "药用植物"), CropClass.HERB),
        **dict.fromkeys(("aquaticplants", "aquatic", "水生植物"), CropClass.AQUATIC),
        **dict.fromkeys(("cereal", "cereals", "wheat", "soybean", "sorghum", "粮食", "小麦"), CropClass.GRAIN),
        **dict.fromkeys(("corn", "玉米"), CropClass.MAIZE),
        **dict.fromkeys(("paddy", "水稻", "稻谷"), CropClass.RICE),
        **dict.fromkeys(("groundnut", "花生"), CropClass.PEANUT),
        **dict.fromkeys(("oil", "oilcrop", "油料", "rapeseed", "油菜"), CropClass.OILSEED),
        **dict.fromkeys(("cotton", "棉花", "otherfieldcrop"), CropClass.OTHER_FIELD),
    }
)
_BY_PRODUCT: Mapping[str, CropClass] = MappingProxyType(
    {"GR-MA": CropClass.MAIZE, "VG-XG": CropClass.MUSHROOM, "FR-WM": CropClass.MELON}
)


def parse_crop_class(text: str) -> CropClass | None:
    """The class that a word or a product means; None for one that is not known."""
    if found := _BY_WORD.get(normal_name(text)):
        return found
    product = find_product(text)
    return crop_class_of(product.code) if product else None


def crop_class_of(product: str) -> CropClass | None:
    """The class of a product code; None for an animal or an unknown code."""
    known = products().get(product)
    return _BY_PRODUCT.get(product) or (_BY_WORD.get(known.product_class) if known else None)


def may_be(crop: CropClass, named: frozenset[CropClass]) -> bool:
    """Whether a crop of this class is perhaps one of those named, which are narrower: grain may be rice."""
    return bool(_NARROWER.get(crop, frozenset()) & named)
