"""How does a record of use stand to the law, and to a harvest of the same goods? Records, as the rules read them. (pure)

The log, the public page and whoever asks beforehand all ask here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from .legal_days import legal_day
from .rules import DaysSource, Harvest, Use, Verdict, crop_class_of, input_lawful, interval_kept, substances_lawful
from .state import Row

PESTICIDES = frozenset({"pesticide", "growth-regulator", "seed-coating"})
"""Inputs that the pesticide law governs: 农药 in its sense (art. 2)."""


def lawful_use(payload: Mapping[str, Any], product: str, occurred_at: str) -> Verdict:
    """What the rule on banned and restricted pesticides says of one use of an input, of whatever kind it is said to be."""
    active, day, crop = payload.get("active", ()), last_use(payload, occurred_at), crop_class_of(product)
    if payload["input_kind"] not in PESTICIDES:
        return substances_lawful(active, day, crop)
    return input_lawful(
        active,
        day,
        crop,
        toxicity=payload.get("toxicity", ""),
        crop_on_label=payload.get("crop_on_label"),
        is_seed_coating=payload["input_kind"] == "seed-coating",
    )


def has_interval(used: Mapping[str, Any]) -> bool:
    """Whether a use has an interval before the harvest: what no label and nobody gives one has none."""
    return used.get("input_kind") in PESTICIDES or "interval_days" in used


@dataclass(frozen=True)
class KeptInterval:
    """What the rule says of one use before one harvest, and the two days between which it counts."""

    verdict: Verdict
    used_on: date
    picked_on: date


def kept_interval(use: Row, used: Mapping[str, Any], harvest: Row, harvested: Mapping[str, Any]) -> KeptInterval | None:
    """None where the interval of this use does not touch this harvest: what was used on the next crop says nothing of it.

    Of the rows `occurred_at` is read; `used`, `harvested`: their payloads.
    """
    if not has_interval(used):
        return None
    product, picking = use_of(use, used), harvest_of(harvest, harvested)
    picked_on = picking.first_after(product)
    if picked_on is None:
        return None
    return KeptInterval(interval_kept((product,), picking), product.ended_on, picked_on)


def harvest_of(row: Row, payload: Mapping[str, Any]) -> Harvest:
    """A record of harvest as the interval rule reads it: `occurred_at` is its end."""
    return Harvest(
        last_on=legal_day(row["occurred_at"]), first_on=legal_day(payload["from"]) if "from" in payload else None
    )


def use_of(row: Row, payload: Mapping[str, Any]) -> Use:
    """A record of use as the interval rule reads it."""
    source = payload.get("interval_source")
    until = payload.get("used_until")
    return Use(
        last_used_on=date.fromisoformat(until) if until else last_use(payload, row["occurred_at"]),
        days=payload.get("interval_days"),
        days_source=DaysSource(source) if source else None,
        first_used_on=_first_use(payload, row["occurred_at"]),
        has_photo="label_photo" in payload,
    )


def last_use(payload: Mapping[str, Any], occurred_at: str) -> date:
    """The day on which a product was used for the last time: the later of those stated, else that of the record."""
    stated = [payload[name] for name in ("used_from", "used_until") if name in payload]
    return date.fromisoformat(max(stated)) if stated else legal_day(occurred_at)


def _first_use(payload: Mapping[str, Any], occurred_at: str) -> date | None:
    """The day on which it was used for the first time: by default that of the record, but a record may come late."""
    if "used_from" in payload:
        return date.fromisoformat(payload["used_from"])
    until = payload.get("used_until")
    return min(legal_day(occurred_at), date.fromisoformat(until)) if until else None
