"""When was it? The question of a form, as a day by three choices or as a minute, and what follows from each day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from api.pages.forms.choices import NOTHING
from api.pages.forms.filled import Filled, day_of
from api.pages.forms.questions import fault_words
from api.pages.scan_words import Words

Follows = Callable[[Mapping[str, Any], Filled], Markup]
"""What a record will lead to, before it is sent: of a payload and the day that is meant."""


@dataclass(frozen=True, slots=True)
class WhenView:
    """The question when it happened: a day by three choices, or a time."""

    is_day: bool
    choice: str
    today: str
    yesterday: str
    day: str
    at: str
    at_offset: str
    error: Markup


def when_view(filled: Filled, now: datetime, words: Words, is_day: bool, code: str | None) -> WhenView:
    """The ready values; `code`: what is wrong with the answer."""
    at, offset = filled.at, ""
    if len(at) > 19 and at[10] == "T":
        at, offset = at[:19], at[19:]
    return WhenView(
        is_day=is_day,
        choice=filled.when or "today",
        today=words.day(now.date().isoformat(), now.year),
        yesterday=words.day((now.date() - timedelta(days=1)).isoformat(), now.year),
        day=filled.day,
        at=at,
        at_offset=offset,
        error=fault_words(code, words.html("forms.occurred"), words) if code else NOTHING,
    )


def by_day(follows: Follows, filled: Filled, now: datetime, words: Words) -> tuple[tuple[str, Markup], ...]:
    """What follows if it was today, yesterday, another day: a browser shows the one that is ticked. Nothing where it is the
    same for all."""
    told = {when: follows(filled.payload, replace(filled, when=when)) for when in ("today", "yesterday")}
    if len(set(told.values())) == 1:
        return ()
    other = replace(filled, when="other")
    has_day = day_of(other, now) is not None
    told["other"] = follows(filled.payload, other) if has_day else words.html("forms.follows_day")
    return tuple(told.items())
