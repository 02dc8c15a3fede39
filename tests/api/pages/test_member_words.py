"""Does a page foretell the earliest harvest for the very inputs whose interval the rule will count (gate G05)?"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from api.pages.member_words import consequence_of, outcome_of
from api.pages.names import names
from api.pages.scan_words import Words
from trace.events import KINDS

USE = KINDS["input_use"]
JUNE_1 = date(2026, 6, 1)
FORETOLD = "记下后，最早2026年6月15日可采收：2026年6月1日停用，间隔14天。提前采收的货会被扣留。"
NOT_FILLED_IN = "标签上的安全间隔期还没有填。填上才算得出最早哪天可以采收。"


def told(kind: str | None, **more: Any) -> str:
    payload = {"input_kind": kind, "name": "示例", **more} if kind else {"name": "示例", **more}
    return str(consequence_of(USE, payload, JUNE_1, Words("zh", names())))


@pytest.mark.parametrize("kind", ["pesticide", "growth-regulator", "seed-coating", None])
def test_what_the_pesticide_law_governs_has_an_interval_or_is_asked_for_one(kind: str | None) -> None:
    """农药管理条例 art. 2: to regulate growth and to treat seed is use of a pesticide; art. 34: the interval of its label."""
    assert told(kind, interval_days=14) == FORETOLD
    assert told(kind) == NOT_FILLED_IN


@pytest.mark.parametrize("kind", ["fertiliser", "feed-additive", "mulch", "other"])
def test_of_every_other_input_an_interval_that_is_stated_counts_too(kind: str) -> None:
    """So the rule does (农产品质量安全法 art. 29); where none is stated none is asked for."""
    assert told(kind, interval_days=14) == FORETOLD
    assert "安全间隔期" not in told(kind)


@pytest.mark.parametrize("kind", ["seed-coating", "fertiliser"])
def test_the_receipt_says_the_same_day(kind: str) -> None:
    words = Words("zh", names())

    after = outcome_of(USE, {"input_kind": kind, "name": "示例", "interval_days": 14}, JUNE_1, words)

    assert "2026年6月15日" in after
