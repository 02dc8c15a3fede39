"""What follows from a record, said before and after it is made? A sentence each, from what the record states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from api.catalogue import has
from api.foreseen import foresee_question
from api.pages.scan_words import Words
from trace.events import Kind, Nature
from trace.quantity import QuantityError, parse_quantity
from trace.uses import has_interval


def title_of(kind: Kind, payload: Mapping[str, Any], words: Words) -> Markup:
    """The heading of a form: what is being recorded."""
    own = f"member.title.{kind.name}.{payload.get('input_kind')}"
    if has(own, words.lang):
        return words.html(own)
    return words.html("member.title", kind=words.word("kind", kind.name))


def consequence_of(kind: Kind, payload: Mapping[str, Any], day: date | None, words: Words) -> Markup:
    """What will follow once this is recorded. `day`: when it happened, where that is known."""
    own = f"member.follows.{kind.name}"
    if kind.name == "input_use":
        return _interval(payload, day, words)
    if has(own, words.lang):
        return words.html(own)
    match kind.quantity_effect:
        case "in" | "out" if isinstance(payload.get("quantity"), dict) and set(payload["quantity"]) == {
            "value",
            "unit",
        }:
            return words.html(f"member.follows_{kind.quantity_effect}", quantity=words.quantity(payload["quantity"]))
        case "in" | "out":
            return words.html(f"member.follows_{kind.quantity_effect}_plain")
        case "in/out":
            return words.html("member.follows_in_out")
    return words.html("member.follows_act" if kind.nature is Nature.ACT else "member.follows_fact")


def doubt_of(kind: Kind, payload: Mapping[str, Any], product: str, words: Words) -> Markup:
    """What the rule on amounts will ask about, while it can still be put right; nothing where it will ask nothing."""
    found = foresee_question(kind.name, payload, product)
    if found is None:
        return Markup("")
    if found.percent is None:
        parts = [words.word("rule.reason", found.reason), words.word("rule.remedy", "check-unit")]
        return Markup("" if words.lang == "zh" else " ").join(parts)
    return words.html("member.yield_above", p=found.percent)


def _is_quantity(value: object) -> bool:
    try:
        parse_quantity(value)
    except QuantityError:
        return False
    return True


def outcome_of(kind: Kind, payload: Mapping[str, Any], day: date, words: Words) -> Markup:
    """What follows now that it is recorded; nothing where nothing does."""
    if kind.name == "input_use":
        earliest = _earliest(payload, day)
        return words.html("member.followed_interval", date=words.day(earliest.isoformat())) if earliest else Markup("")
    own = f"member.followed.{kind.name}"
    return words.html(own) if has(own, words.lang) else Markup("")


def _interval(payload: Mapping[str, Any], day: date | None, words: Words) -> Markup:
    """The earliest day of harvest, and how it was counted."""
    if not _may_have_interval(payload):
        return words.html("member.follows_fact")
    earliest, last = _earliest(payload, day), _as_date(payload.get("used_until")) or day
    if earliest is None or last is None:
        return words.html("member.follows_interval_unknown")
    return words.html(
        "member.follows_interval",
        date=words.day(earliest.isoformat()),
        last=words.day(last.isoformat()),
        days=payload["interval_days"],
    )


def _earliest(payload: Mapping[str, Any], day: date | None) -> date | None:
    """From when on the goods may be harvested: last use and the label's interval (L-PEST art. 34, L-APQSL art. 29)."""
    days, last = payload.get("interval_days"), _as_date(payload.get("used_until")) or day
    if not _may_have_interval(payload) or last is None or not isinstance(days, int):
        return None
    return last + timedelta(days=days) if 0 <= days <= _LONGEST_DAYS else None


def _as_date(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _may_have_interval(payload: Mapping[str, Any]) -> bool:
    """As the rule asks; also while nobody has said yet what was used."""
    return "input_kind" not in payload or has_interval(payload)


_LONGEST_DAYS = 3_650
