"""Does a spreadsheet show what the list said, and compute none of it?"""

from __future__ import annotations

import csv
import io

import pytest
from markupsafe import Markup

from api.pages.lists.csv_file import cell, csv_bytes


@pytest.mark.parametrize("text", ["=1+1", "+1", "-TkSRYXUNARk", "@SUM(A1)", "\t=1", " =cmd|' /C calc'!A0", "＝1"])
def test_no_cell_begins_a_formula(text: str) -> None:
    assert cell(text) == "'" + text


@pytest.mark.parametrize("text", ["芍里社", "a=b", "3-4", "", "2026-11-30", "user@example"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


def test_a_number_below_zero_stays_a_number() -> None:
    assert cell(-3) == "-3"


def test_a_page_s_words_lose_their_tags_and_get_their_signs_back() -> None:
    assert cell(Markup('<span lang="zh-CN">甲 &amp; 乙</span>')) == "甲 & 乙"


def test_the_file_begins_with_a_bom_and_reads_back_whole() -> None:
    made = csv_bytes(["name", "note"], [["甲,乙", 'sagt "ja"\n'], ["=1", 7]])

    assert made.startswith(b"\xef\xbb\xbf")
    assert made.count(b"\r\n") == 3
    assert list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline=""))) == [
        ["name", "note"],
        ["甲,乙", 'sagt "ja"\n'],
        ["'=1", "7"],
    ]
