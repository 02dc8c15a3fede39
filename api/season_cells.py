"""What does one cell of a season file mean: a number, a day, a word, a list, or the name of something else?

A cell never decides whether a value is allowed (`trace.payload` does); it only says what was written. Every refusal is
a code without the value in it: the sentence is in the catalogue, and a cell may hold somebody's telephone number.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from trace.fieldtype import (
    Amount,
    ChainRef,
    Choice,
    Code,
    FieldType,
    ListOf,
    Members,
    Number,
    Plain,
    Text,
    Township,
    Whole,
)
from trace.fieldtype import Named as NamedValues
from trace.legal_days import SHANGHAI

ReadFile = Callable[[str], bytes | None]
"""Gives the bytes of a file by its path relative to the season file, None where there is none."""

WordsOf = Callable[[str, FieldType], Mapping[str, str]]
"""Gives what may be written, folded, for the stored values of a field or member of this name and type."""

FILE_PREFIXES = ("文件:", "文件：", "file:")

_DECIMAL = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?")
_INTEGER = re.compile(r"0|[1-9][0-9]*")
_QUANTITY = re.compile(r"(?P<value>[0-9.]+)\s*(?P<unit>[^\s0-9.][^\s.]*)")
_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_CLOCK = re.compile(r"([0-9]{1,2})[:：]([0-9]{2})([:：]([0-9]{2}))?")
_HASH = re.compile(r"[0-9a-f]{64}")
_SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?E\+[0-9]+")
_SPREADSHEET_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "###")


class CellProblem(ValueError):
    """A cell cannot be read as its column's type. `code` is a word of `season.fault.…` in the catalogue."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Named:
    """The party, place or batch (`what`) that has this name somewhere in the same file."""

    what: str
    name: str


@dataclass(frozen=True)
class RecordNamed:
    """An earlier record: by its own number, or `批次名称/种类/第n条`. Which one is found when all rows are read."""

    text: str


@dataclass(frozen=True)
class RecordOf:
    """An earlier record, found: the row of the file that holds it."""

    row: int


CellValue = str | int | bool | Named | RecordNamed | RecordOf | list["CellValue"] | dict[str, "CellValue"]


@dataclass(frozen=True)
class CellReader:
    """Reads cells by the type of their field."""

    words_of: WordsOf
    read_file: ReadFile

    def read(self, text: str, type: FieldType, name: str) -> CellValue:
        """The value of a cell that is not blank, for the field (or member) `name`. Raises CellProblem."""
        _refuse_spreadsheet_slips(text)
        match type:
            case ListOf(item):
                parts = [part.strip() for part in re.split("[;；]", text)]
                return [self.read(part, item, name) for part in parts if part]
            case Members():
                return self._read_members(text, type)
            case NamedValues():  # of cases alone, which no season states
                return text
            case ChainRef(noun):
                return Named(noun.value, text)
            case Choice() | Code() | Text() | Township():
                return self.words_of(name, type).get(folded(text), text)
            case Number():
                return read_decimal(text)
            case Whole():
                return read_integer(text)
            case Amount():
                return read_quantity(text, self.words_of("unit", type))
            case Plain():
                return self._read_plain(text, type, name)

    def _read_members(self, text: str, type: Members) -> CellValue:
        parts = [part.strip() for part in re.split("[|｜]", text)]
        if len(parts) > len(type.members):
            raise CellProblem("too-many-parts")
        return {
            member.name: self.read(part, member.type, member.name)
            for member, part in zip(type.members, parts, strict=False)
            if part
        }

    def _read_plain(self, text: str, type: Plain, name: str) -> CellValue:
        match type:
            case Plain.ENTRY:
                return RecordNamed(text)
            case Plain.PRODUCT:
                return self.words_of(name, type).get(folded(text), text)
            case Plain.BOOLEAN:
                return read_boolean(text)
            case Plain.DATE:
                return read_date(text).isoformat()
            case Plain.TIME:
                return read_time(text).isoformat()
            case Plain.HASH:
                return self._read_hash(text)
            case Plain.DID_KEY | Plain.READING | Plain.RULE_CODE | Plain.WORD | Plain.OBJECT:
                return text

    def _read_hash(self, text: str) -> str:
        for prefix in FILE_PREFIXES:
            if text.startswith(prefix):
                content = self.read_file(text.removeprefix(prefix).strip())
                if content is None:
                    raise CellProblem("file-not-found")
                return hashlib.sha256(content).hexdigest()
        if not _HASH.fullmatch(text.lower()):
            raise CellProblem("not-a-hash")
        return text.lower()


def folded(word: str) -> str:
    """A word as it is looked up: without blanks, half-width brackets, lower case."""
    return re.sub(r"\s", "", word).replace("（", "(").replace("）", ")").lower()


def read_boolean(text: str) -> bool:
    """是 or 否 (also true, false). Raises CellProblem("not-a-boolean")."""
    try:
        return {"是": True, "否": False, "true": True, "false": False}[text.lower()]
    except KeyError:
        raise CellProblem("not-a-boolean") from None


def read_integer(text: str) -> int:
    """A whole number without sign, comma or full-width digits. Raises CellProblem("not-an-integer")."""
    if not _INTEGER.fullmatch(text):
        raise CellProblem("not-an-integer")
    return int(text)


def read_decimal(text: str) -> str:
    """A decimal exactly as written: `12.50` stays `12.50`. Raises CellProblem("not-a-decimal")."""
    if not _DECIMAL.fullmatch(text):
        raise CellProblem("not-a-decimal")
    return text


def read_quantity(text: str, unit_words: Mapping[str, str]) -> CellValue:
    """`12.5 kg` or `12.5公斤`. Raises CellProblem: not-a-quantity, not-a-decimal or unknown-unit."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise CellProblem("not-a-quantity")
    unit = unit_words.get(folded(match["unit"]))
    if unit is None:
        raise CellProblem("unknown-unit")
    return {"value": read_decimal(match["value"]), "unit": unit}


def read_date(text: str) -> date:
    """A day as `2026-08-12`, `2026/8/12` (Excel) or `2026年8月12日`. Raises CellProblem("not-a-date")."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise CellProblem("not-a-date")
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise CellProblem("not-a-date") from None


def read_time(text: str) -> datetime:
    """A day and an hour of Asia/Shanghai: `2026-08-12 08:30`, seconds allowed. Raises CellProblem("not-a-time")."""
    day, _, clock = text.replace("T", " ").partition(" ")
    match = _CLOCK.fullmatch(clock.strip())
    if match is None:
        raise CellProblem("not-a-time")
    try:
        on = read_date(day)
        return datetime(on.year, on.month, on.day, int(match[1]), int(match[2]), int(match[4] or 0), tzinfo=SHANGHAI)
    except (CellProblem, ValueError):
        raise CellProblem("not-a-time") from None


def _refuse_spreadsheet_slips(text: str) -> None:
    """Excel shows a long number as 1.10105E+17 and saves it so; the last digits are gone and nobody would notice."""
    if _SCIENTIFIC.fullmatch(text):
        raise CellProblem("shortened-number")
    if text.startswith("=") or text.startswith(_SPREADSHEET_ERRORS):
        raise CellProblem("formula")
