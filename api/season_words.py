"""Which section and which column of a season file stands for which kind and which field?

Titles are the Chinese names of kinds, headings the Chinese labels of payload fields, words those of their values. All
come from the carried tables and the catalogue: a new kind or field needs no line here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from trace import reference

from .catalogue import has, messages, say
from .season_cells import folded

PARTY_KIND, PLACE_KIND, BATCH_KIND = "party_registered", "place_registered", "batch_opened"
NEVER_STATED = frozenset({"genesis", "key_added", "key_revoked", "consumed"})
"""Kinds no season file can state: the node's own, keys, and what follows by itself from a batch's inputs."""

BUILT = frozenset({"1"})
"""The values of the vocabulary's column `from` whose kinds exist in this program."""

TIME, BATCH, ACTOR = "@time", "@batch", "@actor"
"""Columns that are no payload field: when it happened, on which batch, and who says so."""

_SHORT_TITLES: Mapping[str, str] = {PARTY_KIND: "主体", PLACE_KIND: "地块", BATCH_KIND: "批次"}
_SECOND_HEADINGS: Mapping[tuple[str, str], str] = {
    (PARTY_KIND, "name"): "season.heading.party",
    (PLACE_KIND, "name"): "season.heading.place",
    (PLACE_KIND, "party"): "season.heading.party",
    (BATCH_KIND, ACTOR): "season.heading.party",
}
"""The same words everywhere for the names by which rows refer to each other, beside the field's own label."""

_NOT_REQUIRED = frozenset({(BATCH_KIND, "township")})
"""The node takes a batch's township from its plot or its main input; `season_file` asks for it where neither is."""


@dataclass(frozen=True)
class Column:
    """One column: `name` is a payload field or TIME, BATCH, ACTOR; `words` maps folded words to stored values."""

    name: str
    headings: tuple[str, ...]
    type: str
    required: bool
    private: bool
    words: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """A section: the kind that its rows state, the titles it may have, its columns."""

    kind: str
    titles: tuple[str, ...]
    columns: tuple[Column, ...]

    def find_column(self, heading: str) -> Column | None:
        """The column that a heading means, None for a heading the sheet does not know."""
        wanted = folded(heading)
        return next((column for column in self.columns if wanted in map(folded, column.headings)), None)


@lru_cache(maxsize=1)
def sheets() -> tuple[Sheet, ...]:
    """Every section that a season file may have, in the order of the vocabulary: kinds of today that a party states."""
    return tuple(
        Sheet(row["kind"], _titles(row), tuple(_columns(row["kind"])))
        for row in reference.rows("vocabulary")
        if row["from"] in BUILT and row["kind"] not in NEVER_STATED
    )


def find_sheet(title: str) -> Sheet | None:
    """The section with this title (without its 【】), None for an unknown one."""
    wanted = folded(title)
    return next((sheet for sheet in sheets() if wanted in map(folded, sheet.titles)), None)


def _titles(row: Mapping[str, str]) -> tuple[str, ...]:
    short = _SHORT_TITLES.get(row["kind"])
    return (short, row["zh"]) if short else (row["zh"],)


def _columns(kind: str) -> Iterator[Column]:
    """The columns of a section: first who, on what and when, then the fields in the order of the payload table."""
    if kind not in (PARTY_KIND, PLACE_KIND):
        yield _own_column(kind, BATCH, "season.heading.batch", required=True)
        yield _own_column(kind, ACTOR, "season.heading.actor", required=kind == BATCH_KIND)
    yield _own_column(kind, TIME, "season.heading.time", required=True)
    for field in reference.rows("payloads"):
        if field["kind"] != kind:
            continue
        name = field["field"]
        second = _SECOND_HEADINGS.get((kind, name))
        headings = [say(second, "zh")] if second else []
        headings.append(_label(kind, name))
        yield Column(
            name=name,
            headings=tuple(dict.fromkeys(headings)),
            type=field["type"],
            required=field["required"] == "yes" and (kind, name) not in _NOT_REQUIRED,
            private=field["private"].startswith("commit"),
            words=_words(name, field["type"]),
        )


def _own_column(kind: str, name: str, key: str, *, required: bool) -> Column:
    second = _SECOND_HEADINGS.get((kind, name))
    headings = (say(second, "zh"), say(key, "zh")) if second else (say(key, "zh"),)
    return Column(name, headings, "text", required, private=False, words={})


def _label(kind: str, name: str) -> str:
    """The Chinese label of a field: its kind's own where there is one, else the common one."""
    own = f"field.{kind}.{name}"
    return say(own if has(own, "zh") else f"field.{name}", "zh")


def _words(name: str, kind_of_value: str) -> Mapping[str, str]:
    """What may be written for the codes of a column: names of products, processes, regions, tests, words of enums."""
    match kind_of_value, name:
        case "product", _:
            return _names("products", "name_zh")
        case "code", "process":
            return _names("processes", "name_zh")
        case "code", "region" | "from_region" | "to_region":
            return _names("division_codes", "name")
    words = _catalogue_words(name)
    return {**_names("tests", "item_zh"), **words} if "item" in kind_of_value else words


def _names(table: str, column: str) -> Mapping[str, str]:
    """Codes of a table by name and by the name without what stands in brackets; a name with two codes gives none."""
    found: dict[str, set[str]] = {}
    for row in reference.rows(table):
        for name in {folded(row[column]), folded(row[column].split(" (")[0])}:
            found.setdefault(name, set()).add(row["code"])
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1}


def _catalogue_words(name: str) -> Mapping[str, str]:
    """The Chinese words of a field's values, and the values themselves: who knows them may write them."""
    prefix = f"season.word.{name}."
    values = {key.removeprefix(prefix): word for key, word in messages("zh").items() if key.startswith(prefix)}
    return {folded(word): value for value, word in values.items()}
