"""Does somebody find what they mean, however they spell it?"""

from __future__ import annotations

import pytest

from api.pages.lists.folding import fold


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("毫州", "亳州溯源检验检测中心"),
        ("ｙｓｔ0-4qab", "YST04QABKQJM"),
        ("YSTO 4QAB", "YST04QABKQJM"),
        ("芍里　合作社", "芍里 合作社"),
        ("peony", "White peony root"),
        ("SH–BS", "SH-BS-2026"),
    ],
)
def test_a_spelling_finds_what_it_means(typed: str, written: str) -> None:
    assert fold(typed) in fold(written)


def test_another_name_is_not_found() -> None:
    assert fold("毫县") not in fold("亳州")
    assert fold(" -　") == ""
