"""Which sections, headings and rows does a season file hold, before anybody asks what they mean?

One CSV file as Excel saves it: UTF-8 with or without BOM, or GBK. A row `【采收】` starts a section, the next row has its
headings, then come its rows; a blank row ends it. Row numbers are those that Excel shows.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from .catalogue import Lang, has, say
from .season_words import Column, Sheet, find_sheet

MAX_ROWS = 100_000
COMMENT_SIGNS = ("#", "＃")
"""A remark may stand between sections. Inside one `#N/A` is a broken cell and must not pass as a remark."""


@dataclass(frozen=True, order=True)
class CellFault:
    """One wrong cell: the row that Excel shows, the column's heading as written (blank: the whole row), and why.

    `code` is a word of `season.fault.…` or of `problem.…` in the catalogue; the cell's value is never repeated.
    """

    row: int
    column: str
    code: str

    def sentence(self, lang: Lang) -> str:
        """Where it is and what to do, in the reader's language."""
        own = f"season.fault.{self.code}"
        if has(own, lang):
            return say(own, lang, row=self.row, column=self.column)
        reason = say(f"problem.{self.code}", lang)
        return say("season.fault.not-accepted", lang, row=self.row, column=self.column, reason=reason)


class SeasonError(ValueError):
    """A season file that cannot be taken: every wrong cell, in the order of the rows."""

    def __init__(self, faults: list[CellFault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("; ".join(f"row {fault.row} {fault.column} {fault.code}" for fault in self.faults))


@dataclass(frozen=True)
class Cell:
    """A cell with something in it, under a heading that its sheet knows."""

    column: Column
    heading: str
    text: str


@dataclass(frozen=True)
class Row:
    """A row of a section: the cells that are not blank, at most one a column."""

    number: int
    sheet: Sheet
    headings: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]

    def find_cell(self, name: str) -> Cell | None:
        """The cell of the column with this field name, None where it is blank or absent."""
        return next((cell for cell in self.cells if cell.column.name == name), None)

    def heading_of(self, name: str) -> str:
        """The heading under which a field stands, as written in the file; else the first it may have, blank if none."""
        written = next((heading for field, heading in self.headings if field == name), None)
        known = (column.headings[0] for column in self.sheet.columns if column.name == name)
        return written or next(known, "")


@dataclass(frozen=True)
class Table:
    """All rows of a file, the encoding it had, and what was already wrong with its shape."""

    encoding: str
    rows: tuple[Row, ...]
    faults: tuple[CellFault, ...]


def read_table(data: bytes) -> Table:
    """The rows of a season file. Faults of headings and blank required cells are collected, not raised.

    Raises SeasonError where not even rows can be seen: bad-encoding, bad-csv, too-many-rows.
    """
    text, encoding = _decoded(data)
    reader = _TableReader()
    for number, cells in _lines(text):
        reader.take(number, cells)
    reader.end()
    return Table(encoding, tuple(reader.rows), tuple(reader.faults))


def _decoded(data: bytes) -> tuple[str, str]:
    """UTF-8 first: hardly any GBK text is valid UTF-8 by chance, while nearly every UTF-8 text is valid GBK."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:  # UTF-16, which Excel calls "Unicode text", or no text at all
            break
        return text, "utf-8" if encoding == "utf-8-sig" else "gbk"
    raise SeasonError([CellFault(0, "", "bad-encoding")])


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """(row number, trimmed cells without the blank ones at the end) of each row."""
    lines = csv.reader(StringIO(text, newline=""), strict=True)
    number = 0
    try:
        for number, cells in enumerate(lines, start=1):
            if number > MAX_ROWS:
                raise SeasonError([CellFault(number, "", "too-many-rows")])
            trimmed = [cell.strip() for cell in cells]
            while trimmed and not trimmed[-1]:
                trimmed.pop()
            yield number, trimmed
    except csv.Error:
        raise SeasonError([CellFault(number + 1, "", "bad-csv")]) from None


class _TableReader:
    """Walks the rows: no section → title → headings → rows → blank → no section."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.faults: list[CellFault] = []
        self._sheet: Sheet | None = None
        self._headings: list[str] | None = None
        self._columns: list[Column | None] = []
        self._title_row = 0
        self._skipping = False
        self._seen_section = False

    def take(self, number: int, cells: list[str]) -> None:
        if not cells:
            self._end_section()
        elif cells[0].startswith("【") and cells[0].endswith("】"):
            self._end_section()
            self._start_section(number, cells)
        elif self._skipping:
            return
        elif self._sheet is None:
            if not cells[0].startswith(COMMENT_SIGNS):
                self.faults.append(CellFault(number, "", "outside-section"))
        elif self._headings is None:
            self._take_headings(number, cells, self._sheet)
        else:
            self._take_row(number, cells, self._sheet, self._headings)

    def end(self) -> None:
        self._end_section()
        if not self._seen_section:
            self.faults.append(CellFault(1, "", "no-section"))

    def _start_section(self, number: int, cells: list[str]) -> None:
        self._seen_section = True
        self._title_row = number
        self._sheet = find_sheet(cells[0].strip("【】"))
        if self._sheet is None:
            # Its rows cannot be judged: one sentence about the title is enough.
            self._skipping = True
            self.faults.append(CellFault(number, cells[0], "unknown-section"))

    def _end_section(self) -> None:
        if self._sheet is not None and self._headings is None:
            self.faults.append(CellFault(self._title_row, "", "missing-headings"))
        self._sheet, self._headings, self._skipping = None, None, False

    def _take_headings(self, number: int, cells: list[str], sheet: Sheet) -> None:
        self._headings = cells
        self._columns = [sheet.find_column(heading) if heading else None for heading in cells]
        known: set[str] = set()
        for heading, column in zip(cells, self._columns, strict=True):
            if heading and column is None:
                self.faults.append(CellFault(number, heading, "unknown-heading"))
            elif column is not None and column.name in known:
                self.faults.append(CellFault(number, heading, "repeated-heading"))
            elif column is not None:
                known.add(column.name)
        for column in sheet.columns:
            if column.required and column.name not in known:
                self.faults.append(CellFault(number, column.headings[0], "missing-heading"))

    def _take_row(self, number: int, cells: list[str], sheet: Sheet, headings: list[str]) -> None:
        taken: list[Cell] = []
        width = max(len(cells), len(headings))
        padded = zip(
            cells + [""] * (width - len(cells)),
            headings + [""] * (width - len(headings)),
            [*self._columns, *[None] * (width - len(headings))],
            strict=True,
        )
        for text, heading, column in padded:
            if text and not heading:
                self.faults.append(CellFault(number, "", "cell-without-heading"))
            elif text and column is not None:
                taken.append(Cell(column, heading, text))
            elif column is not None and column.required:
                self.faults.append(CellFault(number, heading, "missing-cell"))
        written = tuple(
            (column.name, heading) for column, heading in zip(self._columns, headings, strict=True) if column
        )
        self.rows.append(Row(number, sheet, written, tuple(taken)))
