"""How does a list become a file that a spreadsheet opens, as text and as nothing else?"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from markupsafe import Markup
from starlette.responses import Response

BOM = "\ufeff"
"""Without it Excel takes UTF-8 for the local code page."""

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""A cell that begins so, blanks before it passed over, is computed when the file is opened (CWE-1236)."""


def csv_answer(name: str, day: date, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """The file, to be saved: `parties-2026-11-30.csv`."""
    answer = Response(csv_bytes(header, rows), media_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{day.isoformat()}.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """RFC 4180 with a BOM: rows end with CR LF, and no cell begins a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    for row in (header, *rows):
        writer.writerow([cell(one) for one in row])
    return (BOM + text.getvalue()).encode()


def cell(value: object) -> str:
    """The text of a cell; an apostrophe before what a spreadsheet would compute. A number is one, below zero too."""
    if isinstance(value, int):
        return str(value)
    text = value.striptags() if isinstance(value, Markup) else str(value)
    return f"'{text}" if text.lstrip().startswith(_BEGINS_A_FORMULA) else text
