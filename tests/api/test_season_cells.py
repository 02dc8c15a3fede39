"""One cell of a season file: what is taken, and the code of what is not."""

import hashlib

import pytest

from api.season_cells import CellProblem, CellReader, Named, RecordNamed, read_time

READER = CellReader(words={"袋": "bag", "合格": "pass"}, read_file={"files/报告.txt": b"report"}.get)


@pytest.mark.parametrize(
    ("text", "kind_of_value", "value"),
    [
        ("浙江，上海", "text", "浙江，上海"),
        ("12.50", "decimal", "12.50"),
        ("0.5", "decimal", "0.5"),
        ("12", "integer", 12),
        ("是", "boolean", True),
        ("否", "boolean", False),
        ("12.5 公斤", "quantity", {"value": "12.5", "unit": "kg"}),
        ("325克", "quantity", {"value": "325", "unit": "g"}),
        ("3 mL", "quantity", {"value": "3", "unit": "mL"}),
        ("2026-08-12", "date", "2026-08-12"),
        ("2026/8/2", "date", "2026-08-02"),
        ("2026年8月12日", "date", "2026-08-12"),
        ("2026-08-12 08:30", "time", "2026-08-12T08:30:00+08:00"),
        ("2026/8/12 8:30", "time", "2026-08-12T08:30:00+08:00"),
        ("2026/8/12 8:30:05", "time", "2026-08-12T08:30:05+08:00"),
        ("袋", "enum", "bag"),
        ("bag", "enum", "bag"),
        ("东地", "place", Named("place", "东地")),
        ("CY-1", "entry", RecordNamed("CY-1")),
        ("A" * 63 + "b", "hash", "a" * 63 + "b"),
        ("甲；乙;丙；", "list of text", ["甲", "乙", "丙"]),
        ("240|3|0", "{used, spoiled, returned}", {"used": 240, "spoiled": 3, "returned": 0}),
        ("水分|11.8|%|||", "{item, value, unit, limit, method, loq}", {"item": "水分", "value": "11.8", "unit": "%"}),
        (
            "袋|240|0.5 公斤",
            "list of {level, count, net}",
            [{"level": "bag", "count": 240, "net": {"value": "0.5", "unit": "kg"}}],
        ),
        (
            "东地 2026|121 公斤",
            "list of {batch, quantity}",
            [{"batch": Named("batch", "东地 2026"), "quantity": {"value": "121", "unit": "kg"}}],
        ),
    ],
)
def test_a_cell_is_read_as_its_column_says(text: str, kind_of_value: str, value: object) -> None:
    assert READER.read(text, kind_of_value) == value


def test_a_named_file_is_hashed() -> None:
    expected = hashlib.sha256(b"report").hexdigest()

    assert READER.read("文件:files/报告.txt", "hash") == expected
    assert READER.read("文件：files/报告.txt", "hash") == expected


@pytest.mark.parametrize(
    ("text", "kind_of_value", "code"),
    [
        ("1,200", "decimal", "not-a-decimal"),
        ("１２", "decimal", "not-a-decimal"),
        ("-1", "decimal", "not-a-decimal"),
        ("007", "decimal", "not-a-decimal"),
        ("1.0", "integer", "not-an-integer"),
        ("对", "boolean", "not-a-boolean"),
        ("12.5", "quantity", "not-a-quantity"),
        ("很多公斤", "quantity", "not-a-quantity"),
        ("12.5.1 公斤", "quantity", "not-a-decimal"),
        ("12.5 筐", "quantity", "unknown-unit"),
        ("2026-02-30", "date", "not-a-date"),
        ("12/8/2026", "date", "not-a-date"),
        ("2026-08-12", "time", "not-a-time"),
        ("2026-08-12 24:00", "time", "not-a-time"),
        ("2026-02-30 08:00", "time", "not-a-time"),
        ("abc", "hash", "not-a-hash"),
        ("文件:files/没有.txt", "hash", "file-not-found"),
        ("1|2|3|4", "{used, spoiled, returned}", "too-many-parts"),
        ("1.10105E+17", "code", "shortened-number"),
        ("=A1&B1", "text", "formula"),
        ("#N/A", "text", "formula"),
        ("########", "date", "formula"),
    ],
)
def test_a_cell_that_cannot_be_read_says_why(text: str, kind_of_value: str, code: str) -> None:
    with pytest.raises(CellProblem) as problem:
        READER.read(text, kind_of_value)

    assert problem.value.code == code


def test_the_problem_does_not_repeat_what_stood_in_the_cell() -> None:
    with pytest.raises(CellProblem) as problem:
        READER.read("1990000137x", "decimal")

    assert "1990000137x" not in str(problem.value)


def test_times_are_those_of_shanghai() -> None:
    assert read_time("2026-08-12 00:30").isoformat() == "2026-08-12T00:30:00+08:00"
