"""Is there such a region, and what lies in it: a township, another region? (pure, over the carried division codes)"""

from functools import lru_cache

from . import reference

HOME_REGION = "341602"
"""谯城区: the one county whose townships are listed, so that their names can be checked."""

_PREFECTURE_DIGITS = 4
_REGION_DIGITS = 6


def is_region(code: str) -> bool:
    """A listed code, or six digits whose prefecture is listed: 310115 is taken, though no district of Shanghai is."""
    if code in reference.divisions():
        return True
    is_six_digits = len(code) == _REGION_DIGITS and code.isascii() and code.isdigit()
    return is_six_digits and code[:_PREFECTURE_DIGITS] in _listed_prefectures()


def is_township(region: str | None, name: str) -> bool:
    """May `name` be the township of something in `region`? Inside 谯城区 its listed names alone; elsewhere any text.

    The statistical zones (development zones) count as names: farms stand in them. `region` None: not known, any text.
    """
    if region is None or not region.startswith(HOME_REGION):
        return True
    return name in _home_townships()


def region_prefix(region: str | None) -> str | None:
    """What all codes inside a region begin with (GB/T 2260): 340000 is 34, 341600 is 3416, 341602 is itself.

    None for what is no six-digit code: the empty prefix would be the whole country.
    """
    if region is None or len(region) != _REGION_DIGITS or not (region.isascii() and region.isdigit()):
        return None
    prefix = region
    while prefix.endswith("00"):
        prefix = prefix[:-2]
    return prefix or None


def is_covered(office: str | None, region: str | None) -> bool:
    """Whether an office in one region reaches into another; both may be townships (341602 and three digits more).

    `office` None: an office everywhere. `region` None: a place that is not known, where only that one reaches.
    """
    if office is None:
        return True
    prefix = region_prefix(office) if len(office) == _REGION_DIGITS else office
    return prefix is not None and region is not None and region.startswith(prefix)


@lru_cache(maxsize=1)
def _listed_prefectures() -> frozenset[str]:
    return frozenset(
        code[:_PREFECTURE_DIGITS] for code, division in reference.divisions().items() if division.level == "prefecture"
    )


@lru_cache(maxsize=1)
def _home_townships() -> frozenset[str]:
    return frozenset(division.name for division in reference.divisions().values() if division.parent == HOME_REGION)
