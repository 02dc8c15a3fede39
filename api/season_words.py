"""Which section and which column of a season file stands for which kind and which field?

Titles are the Chinese names of kinds, headings the Chinese labels of payload fields, words those of their values. All
come from the carried tables and the catalogue: a new kind or field needs no line here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from trace import reference
from trace.events import KINDS, Kind, Required
from trace.fieldtype import Choice, Code, CodeRule, FieldType, Plain, Text
from trace.quantity import Unit
from trace.wing import SEALED

from .catalogue import has, messages, say
from .season_cells import folded

PARTY_KIND, PLACE_KIND, BATCH_KIND = "party_registered", "place_registered", "batch_opened"
NEVER_STATED = frozenset(
    {
        *(name for name, kind in KINDS.items() if kind.chain in SEALED),
        *("genesis", "founders_named", "office_given", "office_ended", "tables_adopted", "key_added", "key_revoked"),
        *("consumed", "batch_merged", "verdict", "hold_placed", "hold_released", "flag_raised", "retest_report"),
    }
)
"""Kinds no season file can state: the node's own, keys and offices; what follows by rule, stands beside an opening, or is
for officials with own keys; cases, credit files, and what answers a failed report, which no season plans."""

SPLIT_KIND, ANSWER_KIND, CORRECTION_KIND = "batch_split", "flag_answered", "correction"
"""Kinds that speak of ids which only the log gives: a split's parts, a flag, the statement that is corrected."""

TIME, BATCH, ACTOR, TOLD = "@time", "@batch", "@actor", "@told"
"""Columns that are no payload field: when it happened, on which batch, who says so, and when it was told, if late."""

CORRECTS, CHANGED, CHANGED_TO, REASON = "@corrects", "@changed", "@changed-to", "@reason"
"""Columns of a correction: of which record, under which heading, what should stand there, and why."""

_SHORT_TITLES: Mapping[str, str] = {PARTY_KIND: "主体", PLACE_KIND: "地块", BATCH_KIND: "批次"}
_PARTY_HEADING = "season.heading.party"
_PARTY_COLUMNS = frozenset({(PARTY_KIND, "name"), (PLACE_KIND, "party"), (BATCH_KIND, ACTOR)})
"""Columns that may all be called 主体名称, beside the field's own label: there a party says or hears its own name."""

_NOT_REQUIRED = frozenset({(BATCH_KIND, "township")})
"""The node takes a batch's township from its plot or its main input; `season_steps` asks for it where neither is."""

_ALSO_REQUIRED = frozenset({(PLACE_KIND, "name")})
"""Without its own name no other row could name the place."""

_WRITTEN_OTHERWISE = frozenset({(CORRECTION_KIND, "restated")})
"""A correction names one heading and what should stand there; the whole event is restated from that."""

_MORE_UNIT_WORDS: Mapping[str, str] = {"千克": "kg", "市斤": "jin", "平方米": "m2"}


@dataclass(frozen=True)
class Column:
    """One column: `name` is a payload field of this `type`, or TIME, BATCH or ACTOR."""

    name: str
    headings: tuple[str, ...]
    type: FieldType
    required: bool


@dataclass(frozen=True)
class Sheet:
    """A section: the kind that its rows state, the titles it may have, its columns."""

    kind: Kind
    titles: tuple[str, ...]
    columns: tuple[Column, ...]

    def find_column(self, heading: str) -> Column | None:
        """The column that a heading means, None for a heading the sheet does not know."""
        wanted = folded(heading)
        return next((column for column in self.columns if wanted in map(folded, column.headings)), None)


@lru_cache(maxsize=1)
def sheets() -> tuple[Sheet, ...]:
    """Every section that a season file may have, in the order of the vocabulary."""
    return tuple(
        Sheet(kind, _titles(kind), tuple(_columns(kind))) for kind in KINDS.values() if kind.name not in NEVER_STATED
    )


def find_sheet(title: str) -> Sheet | None:
    """The section with this title (without its 【】), None for an unknown one."""
    wanted = folded(title)
    return next((sheet for sheet in sheets() if wanted in map(folded, sheet.titles)), None)


@lru_cache(maxsize=256)
def words_of(name: str, type: FieldType) -> Mapping[str, str]:
    """What may be written, folded, for the values of a field or member: words of enums and units, names of things.

    A code is always understood too; it needs no word.
    """
    match type:
        case Choice(values):
            return _value_words(name, values)
        case Plain.PRODUCT:
            return _names("products", "name_zh")
        case Code(CodeRule.PROCESS):
            return _names("processes", "name_zh")
        case Code(CodeRule.REGION):
            return _names("division_codes", "name")
        case Text() if name == "item":
            return _names("tests", "item_zh")
    if name == "unit":
        return {**_value_words("unit", tuple(unit.value for unit in Unit)), **_MORE_UNIT_WORDS}
    return {}


def _titles(kind: Kind) -> tuple[str, ...]:
    short = _SHORT_TITLES.get(kind.name)
    return (short, kind.zh) if short else (kind.zh,)


def _columns(kind: Kind) -> Iterator[Column]:
    """The columns of a section: first who, on what and when, then the fields in the order of the payload table."""
    if kind.name not in (PARTY_KIND, PLACE_KIND):
        yield _own_column(kind, BATCH, "season.heading.batch", required=True)
        yield _own_column(kind, ACTOR, "season.heading.actor", required=kind.name == BATCH_KIND)
    yield _own_column(kind, TIME, "season.heading.time", required=True)
    if kind.name not in (PARTY_KIND, PLACE_KIND, BATCH_KIND):
        yield _own_column(kind, TOLD, "season.heading.told", required=False)
    if kind.name == CORRECTION_KIND:
        yield Column(CORRECTS, (say("season.heading.corrects", "zh"),), Plain.ENTRY, required=True)
        yield _own_column(kind, CHANGED, "season.heading.changed", required=False)
        yield _own_column(kind, CHANGED_TO, "season.heading.changed_to", required=False)
        yield _own_column(kind, REASON, "season.heading.reason", required=True)
    for name, field in kind.fields.items():
        if (kind.name, name) in _WRITTEN_OTHERWISE:
            continue
        place = (kind.name, name)
        owed = field.required is Required.YES and place not in _NOT_REQUIRED
        headings = _headings(kind, name, _label_key(kind, name))
        yield Column(name, headings, field.type, required=owed or place in _ALSO_REQUIRED)


def _own_column(kind: Kind, name: str, key: str, *, required: bool) -> Column:
    return Column(name, _headings(kind, name, key), Text(), required)


def _headings(kind: Kind, name: str, key: str) -> tuple[str, ...]:
    """The headings a column may have, the usual one first."""
    own = say(key, "zh")
    return tuple(dict.fromkeys((say(_PARTY_HEADING, "zh"), own))) if (kind.name, name) in _PARTY_COLUMNS else (own,)


def _label_key(kind: Kind, name: str) -> str:
    """The key of a field's label: its kind's own where there is one, else the common one."""
    own = f"field.{kind.name}.{name}"
    return own if has(own, "zh") else f"field.{name}"


def _value_words(name: str, values: tuple[str, ...]) -> Mapping[str, str]:
    """The Chinese words of these values; a value itself may be written in any case of letters."""
    words = {folded(value): value for value in values}
    catalogue = messages("zh")
    return words | {folded(catalogue[key]): value for value in values if (key := f"value.{name}.{value}") in catalogue}


def _names(table: str, column: str) -> Mapping[str, str]:
    """Codes of a table by name, and by the name before its brackets; a name that two codes share gives none."""
    found: dict[str, set[str]] = {}
    for row in reference.rows(table):
        for name in {folded(row[column]), folded(row[column].split(" (")[0])}:
            found.setdefault(name, set()).add(row["code"])
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}
