"""What may a payload field hold? The column `type` of the payload table as a small tree. (pure)"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from .quantity import GOODS, Dimension, Unit
from .reference import PayloadRow
from .texts import MAX_CHARACTERS, MAX_NOTE_CHARACTERS, MAX_OUTLINE_CHARACTERS


class Plain(Enum):
    """Types without settings."""

    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    HASH = "hash"
    DID_KEY = "did:key"
    ENTRY = "entry"
    PRODUCT = "product"
    READING = "reading"
    RULE_CODE = "rule code"
    WORD = "word"
    OBJECT = "object"


class CodeRule(Enum):
    """Codes that are checked by a rule or looked up in a table."""

    USCC = "uscc"
    RESIDENT_ID = "resident id"
    LABEL = "label code"
    REGION = "region"
    PROCESS = "process"
    TABLE = "code of a table"


class Noun(Enum):
    """What a chain id names."""

    PARTY = "party"
    PLACE = "place"
    BATCH = "batch"
    CASE = "case"


@dataclass(frozen=True)
class Text:
    """A text of at most so many characters; `lines` allows line feeds."""

    max_characters: int = MAX_CHARACTERS
    lines: bool = False


@dataclass(frozen=True)
class Township:
    """A text that is checked against the region that the payload, or the caller, names."""


@dataclass(frozen=True)
class Choice:
    """One of these words."""

    values: tuple[str, ...]


@dataclass(frozen=True)
class Code:
    """A code under a rule."""

    rule: CodeRule


@dataclass(frozen=True)
class Number:
    """A decimal string from zero or above, up to `most`, which no honest value passes."""

    zero_allowed: bool
    most: int


@dataclass(frozen=True)
class Whole:
    """An integer within these bounds; above `most` is a slip."""

    least: int
    most: int


@dataclass(frozen=True)
class Amount:
    """A quantity in one of these dimensions; `by_product`: in the dimension of the payload's product."""

    allowed: frozenset[Dimension] = GOODS
    by_product: bool = False


@dataclass(frozen=True)
class ChainRef:
    """The id of a chain."""

    noun: Noun


@dataclass(frozen=True)
class ListOf:
    """Up to `most` items; `distinct`: the member by which no two items may be the same."""

    item: "FieldType"
    least: int = 0
    most: int = 1_000
    distinct: str | None = None


@dataclass(frozen=True)
class Member:
    """One member of an object."""

    name: str
    type: "FieldType"
    required: bool


@dataclass(frozen=True)
class Members:
    """An object with these members and no others."""

    members: tuple[Member, ...]


@dataclass(frozen=True)
class Named:
    """An object whose members have names that no table lists, and values of one type: answers, dates, published lines."""

    value: "FieldType"
    most: int = 40


Rule = TypeVar("Rule")
FieldType = Plain | Text | Township | Choice | Code | Number | Whole | Amount | ChainRef | ListOf | Members | Named

_CODES: Mapping[str, CodeRule] = {
    "uscc": CodeRule.USCC,
    "id_number": CodeRule.RESIDENT_ID,
    "code": CodeRule.LABEL,
    "region": CodeRule.REGION,
    "to_region": CodeRule.REGION,
    "from_region": CodeRule.REGION,
    "process": CodeRule.PROCESS,
    **dict.fromkeys(("document", "item", "measure", "step"), CodeRule.TABLE),
}
_WORDS_OF_TABLES = frozenset({"action", "procedure"})
"""Enums whose words stand in a column of a table of their own; what may be said is judged against that table."""
_NAMED: Mapping[str, FieldType] = {
    "{name: true|false}": Named(Plain.BOOLEAN),
    "{name: date}": Named(Plain.DATE),
    "{field: text}": Named(Text()),
}
_RULE_CODES = frozenset({"reason", "reasons", "remedy"})
"""Fields that hold stable codes of our own rules, as `inside-interval`."""

_LIMITS: Mapping[str, Text] = {
    "outline": Text(MAX_OUTLINE_CHARACTERS),
    "grounds": Text(2_000, lines=True),
    "checkpoint": Text(2_000, lines=True),  # a signed note: origin, size, root, and a line for each of 16 keys
    **dict.fromkeys(
        ("note", "method", "conditions", "temperature", "standard", "seller", "lost", "address"),
        Text(MAX_NOTE_CHARACTERS),
    ),
}
_NUMBERS: Mapping[str, Number] = {
    "area_mu": Number(zero_allowed=False, most=10**7),  # mu; the whole district has fewer
    "moisture": Number(zero_allowed=True, most=100),  # per cent
    "price": Number(zero_allowed=True, most=10**12),  # CNY; a gift costs 0
}
_WHOLES: Mapping[str, Whole] = {
    "interval_days": Whole(0, 3_650),
    "growing_years": Whole(0, 100),
    **dict.fromkeys(("count", "packs", "parts"), Whole(1, 10**9)),
    **dict.fromkeys(("used", "spoiled", "returned"), Whole(0, 10**9)),
    "bytes": Whole(1, 10**9),
}
_LEAST: Mapping[str, int] = {"levels": 1, "items": 1, "roles": 1, "offices": 1}
"""Lists that say nothing when empty, where the sentence is about them."""
_MOST_INPUTS = 400
"""A batch of two or more is a blend, and so takes no more inputs than the row of `batch_merged` says: each is a link in one
entry, of which 60,000 bytes hold about 450."""
_BOUNDS = re.compile(r"([0-9,]+)-([0-9,]+)")
"""How the table says from how many items to how many a list goes: `2-1,000`."""

_OBJECT_TYPES: Mapping[str, str] = {
    "batch": "batch",
    "count": "integer",
    "dated": "date",
    "hash": "hash",
    "interval_days": "integer",
    "judgement": "enum",
    "occurred_at": "time",
    "payload": "object",
    "report": "hash",
    "result": "enum",
    "level": "enum",
    "net": "quantity",
    "quantity": "quantity",
    "returned": "integer",
    "sha256": "hash",
    "tested_at": "time",
    "spoiled": "integer",
    "type": "enum",
    "used": "integer",
    "used_on": "date",
    "value": "reading",
}
"""Types of the members of `{…}`, which the table names without one; what is not here is a text."""

_IDENTITY_MEMBERS = frozenset(
    {
        ("inputs", "batch"),  # what was taken, and how much of it leaves that batch's balance
        ("inputs", "quantity"),
        ("outputs", "batch"),
        ("outputs", "quantity"),
        ("restated", "kind"),
        ("restated", "occurred_at"),
        ("restated", "payload"),
        ("test", "method"),
        ("test", "result"),
        ("levels", "level"),  # which package, and how many
        ("levels", "count"),
        (
            "items",
            "item",
        ),  # what was measured, and what came out; its note lets limit, method, loq, judgement be missing
        ("items", "value"),
        ("items", "unit"),
        ("documents", "type"),  # which paper; some papers have no number, some are not photographed
        ("proofs", "type"),
        ("labels", "used"),
        ("fumigant", "name"),
        ("tables", "name"),  # which table, and its exact bytes
        ("tables", "sha256"),
        ("documents", "code"),  # which template
        ("document", "number"),  # which paper, and its exact bytes
        ("document", "dated"),
        ("paper", "number"),
        ("paper", "dated"),
        ("paper", "hash"),
        ("continues", "origin"),  # which log, and how far it had come
        ("continues", "checkpoint"),
    }
)
"""Members without which an object names nothing, as (field, member); all others may be missing."""


def parse_type(row: PayloadRow, value_words: Mapping[str, str]) -> FieldType:
    """The type of a field. `value_words`: the unit_or_values of every enum by field name, for `as sample_kind`.

    ValueError for a type, an enum or a number that this module has no rule for: a new row cannot pass unread.
    """
    return _parse(row.type, row.field, row, value_words)


def _list(item: FieldType, name: str, bounds: str) -> ListOf:
    if name not in ("inputs", "outputs"):
        return ListOf(item, least=_LEAST.get(name, 0))
    found = _BOUNDS.fullmatch(bounds)
    least, most = (int(text.replace(",", "")) for text in found.groups()) if found else (0, _MOST_INPUTS)
    return ListOf(item, least, most, distinct="batch")


def _parse(text: str, name: str, row: PayloadRow, value_words: Mapping[str, str]) -> FieldType:
    if text.startswith("list of "):
        return _list(_parse(text.removeprefix("list of "), name, row, value_words), name, row.unit_or_values)
    if text in _NAMED:
        return _NAMED[text]
    if text.startswith("{") and text.endswith("}"):
        return Members(tuple(_member(member.strip(), row, value_words) for member in text[1:-1].split(",")))
    if text in ("party", "place", "batch", "case"):
        return ChainRef(Noun(text))
    match text:
        case "text":
            return Township() if name == "township" else _LIMITS.get(name, Text())
        case "enum" if name in _WORDS_OF_TABLES:
            return Plain.WORD
        case "enum":
            return Choice(_words(name, row, value_words))
        case "quantity":
            return _amount(row.unit_or_values if name == row.field else "")
        case "decimal":
            return _rule(_NUMBERS, name, row)
        case "integer":
            return _rule(_WHOLES, name, row)
        case "code" if name in _RULE_CODES:
            return Plain.RULE_CODE
        case "code":
            return Code(_rule(_CODES, name, row))
    return Plain(text)


def _member(name: str, row: PayloadRow, value_words: Mapping[str, str]) -> Member:
    type_text = _OBJECT_TYPES.get(name, "text")
    return Member(name, _parse(type_text, name, row, value_words), (row.field, name) in _IDENTITY_MEMBERS)


def _words(name: str, row: PayloadRow, value_words: Mapping[str, str]) -> tuple[str, ...]:
    """`bag box`; `as sample_kind`; a member by its own clause, as `level: bag box; net: …`, `judgement pass fail`."""
    text = row.unit_or_values
    if text.startswith("as "):
        named = text.removeprefix("as ")
        text = value_words.get(named) or value_words[f"{named}.{row.field}"]
    clauses = [clause.strip() for clause in text.split(";")]
    own = [clause[len(name) :].lstrip(": ") for clause in clauses if re.match(rf"{name}\b", clause)]
    if name != row.field and not own and len(clauses) > 1:
        raise ValueError(f"{row.kind}.{row.field}: no values for {name}")
    return tuple((own or clauses)[0].split())


def _amount(units: str) -> Amount:
    """The dimensions of the units that the table names: `kg` takes any mass, nothing named takes any goods."""
    if units == "unit of the product":
        return Amount(by_product=True)
    symbols = [] if ":" in units else units.split(";")[0].split()  # a sentence about the amount names no unit
    return Amount(frozenset(Unit(symbol).dimension for symbol in symbols) or GOODS)


def _rule(rules: Mapping[str, Rule], name: str, row: PayloadRow) -> Rule:
    try:
        return rules[name]
    except KeyError:
        raise ValueError(f"{row.kind}.{row.field}: no rule for the {row.type} {name}") from None
