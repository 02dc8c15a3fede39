"""By whose clock does a page tell a time? By its writer's; where a program wrote UTC, by that of Shanghai."""

from __future__ import annotations

import pytest

from api.catalogue import Lang
from api.pages.forms.answers import time_words
from api.pages.names import names
from api.pages.scan_words import Words


@pytest.mark.parametrize(
    ("text", "lang", "day", "time"),
    [
        ("2026-09-10T16:05:00Z", "zh", "2026年9月11日", "00:05"),
        ("2026-09-10T15:59:59.999Z", "zh", "2026年9月10日", "23:59"),
        ("2026-12-31T16:00:00+00:00", "zh", "2027年1月1日", "00:00"),
        ("2026-09-10T16:05:00Z", "en", "11 Sep 2026", "00:05"),
        ("2026-09-10T23:30:00+08:00", "zh", "2026年9月10日", "23:30"),
        ("2026-09-10T23:30:00+09:00", "zh", "2026年9月10日", "23:30"),
    ],
)
def test_a_time_in_utc_is_read_on_the_wall_in_shanghai(text: str, lang: Lang, day: str, time: str) -> None:
    words = Words(lang, names())

    assert words.day(text) == day
    assert day in time_words(text, words)
    assert time in time_words(text, words)


def test_a_plain_day_is_that_day() -> None:
    assert Words("zh", names()).day("2026-09-10") == "2026年9月10日"
