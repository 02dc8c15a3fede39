"""One cell of a season file: what is taken, and the code of what is not."""

import hashlib

import pytest

from api.season_cells import CellProblem, CellReader, Named, RecordNamed, read_time
from api.season_words import words_of
from trace.events import KINDS
from trace.fieldtype import FieldType

READER = CellReader(words_of, read_file={"files/报告.txt": b"report"}.get)

TYPES: dict[str, FieldType] = {
    f"{kind}.{name}": field.type
    for kind in ("batch_opened", "dispatch", "harvest", "input_use", "lab_report", "packing", "primary_processing")
    for name, field in KINDS[kind].fields.items()
}


def _read(text: str, field: str) -> object:
    return READER.read(text, TYPES[field], field.partition(".")[2])


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("浙江，上海", "packing.origin", "浙江，上海"),
        ("12.50", "harvest.area_mu", "12.50"),
        ("0.5", "harvest.area_mu", "0.5"),
        ("12", "harvest.growing_years", 12),
        ("是", "packing.quality_mark", True),
        ("否", "packing.quality_mark", False),
        ("12.5 公斤", "harvest.quantity", {"value": "12.5", "unit": "kg"}),
        ("325克", "input_use.dose", {"value": "325", "unit": "g"}),
        ("3 mL", "input_use.dose", {"value": "3", "unit": "mL"}),
        ("2026-08-12", "packing.packed_on", "2026-08-12"),
        ("2026/8/2", "packing.packed_on", "2026-08-02"),
        ("2026年8月12日", "packing.packed_on", "2026-08-12"),
        ("2026-08-12 08:30", "harvest.from", "2026-08-12T08:30:00+08:00"),
        ("2026/8/12 8:30", "harvest.from", "2026-08-12T08:30:00+08:00"),
        ("2026/8/12 8:30:05", "harvest.from", "2026-08-12T08:30:05+08:00"),
        ("农药", "input_use.input_kind", "pesticide"),
        ("pesticide", "input_use.input_kind", "pesticide"),
        ("白芍", "batch_opened.product", "HB-BS"),
        ("白芍（亳芍）", "batch_opened.product", "HB-BS"),
        ("HB-BS", "batch_opened.product", "HB-BS"),
        ("煮（白芍）", "primary_processing.process", "PR-BOIL"),
        ("干燥 白芍", "primary_processing.process", "PR-DRY-BS"),
        ("谯城区", "dispatch.to_region", "341602"),
        ("310115", "dispatch.to_region", "310115"),
        ("东地", "batch_opened.place", Named("place", "东地")),
        ("CY-1", "lab_report.sample", RecordNamed("CY-1")),
        ("A" * 63 + "b", "lab_report.report", "a" * 63 + "b"),
        ("甲；乙;丙；", "packing.additives", ["甲", "乙", "丙"]),
        ("240|3|0", "packing.labels", {"used": 240, "spoiled": 3, "returned": 0}),
        ("240||1", "packing.labels", {"used": 240, "returned": 1}),
        (
            "水分|11.8|%|14.0|||合格；铅 Pb|<0.1|mg/kg",
            "lab_report.items",
            [
                {"item": "T-MOIST", "value": "11.8", "unit": "%", "limit": "14.0", "judgement": "pass"},
                {"item": "铅 Pb", "value": "<0.1", "unit": "mg/kg"},
            ],
        ),
        (
            "袋|240|0.5 公斤",
            "packing.levels",
            [{"level": "bag", "count": 240, "net": {"value": "0.5", "unit": "kg"}}],
        ),
        (
            "东地 2026|121 公斤",
            "batch_opened.inputs",
            [{"batch": Named("batch", "东地 2026"), "quantity": {"value": "121", "unit": "kg"}}],
        ),
    ],
)
def test_a_cell_is_read_as_its_column_says(text: str, field: str, value: object) -> None:
    assert _read(text, field) == value


def test_a_named_file_is_hashed() -> None:
    expected = hashlib.sha256(b"report").hexdigest()

    assert _read("文件:files/报告.txt", "lab_report.report") == expected
    assert _read("文件：files/报告.txt", "lab_report.report") == expected


@pytest.mark.parametrize(
    ("text", "field", "code"),
    [
        ("1,200", "harvest.area_mu", "not-a-decimal"),
        ("１２", "harvest.area_mu", "not-a-decimal"),
        ("-1", "harvest.area_mu", "not-a-decimal"),
        ("007", "harvest.area_mu", "not-a-decimal"),
        ("1.0", "harvest.growing_years", "not-an-integer"),
        ("对", "packing.quality_mark", "not-a-boolean"),
        ("12.5", "harvest.quantity", "not-a-quantity"),
        ("很多公斤", "harvest.quantity", "not-a-quantity"),
        ("12.5.1 公斤", "harvest.quantity", "not-a-decimal"),
        ("12.5 筐", "harvest.quantity", "unknown-unit"),
        ("2026-02-30", "packing.packed_on", "not-a-date"),
        ("12/8/2026", "packing.packed_on", "not-a-date"),
        ("2026-08-12", "harvest.from", "not-a-time"),
        ("2026-08-12 24:00", "harvest.from", "not-a-time"),
        ("2026-02-30 08:00", "harvest.from", "not-a-time"),
        ("abc", "lab_report.report", "not-a-hash"),
        ("文件:files/没有.txt", "lab_report.report", "file-not-found"),
        ("1|2|3|4", "packing.labels", "too-many-parts"),
        ("1.10105E+17", "batch_opened.lot_no", "shortened-number"),
        ("=A1&B1", "batch_opened.lot_no", "formula"),
        ("#N/A", "batch_opened.lot_no", "formula"),
        ("########", "packing.packed_on", "formula"),
    ],
)
def test_a_cell_that_cannot_be_read_says_why(text: str, field: str, code: str) -> None:
    with pytest.raises(CellProblem) as problem:
        _read(text, field)

    assert problem.value.code == code


def test_the_problem_does_not_repeat_what_stood_in_the_cell() -> None:
    with pytest.raises(CellProblem) as problem:
        _read("1990000137x", "harvest.area_mu")

    assert "1990000137x" not in str(problem.value)


def test_times_are_those_of_shanghai() -> None:
    assert read_time("2026-08-12 00:30").isoformat() == "2026-08-12T00:30:00+08:00"
