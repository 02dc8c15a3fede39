"""Is there such a region, and does this township lie in it? (pure, over the carried division codes)"""

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


@lru_cache(maxsize=1)
def _listed_prefectures() -> frozenset[str]:
    return frozenset(
        code[:_PREFECTURE_DIGITS] for code, division in reference.divisions().items() if division.level == "prefecture"
    )


@lru_cache(maxsize=1)
def _home_townships() -> frozenset[str]:
    return frozenset(division.name for division in reference.divisions().values() if division.parent == HOME_REGION)
