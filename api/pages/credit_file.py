"""What stands in a party's credit file, and why does it rate as it does? For the subject and for the officials of its region.

The layers stay apart: public credit information, and outcomes of the trace that are never published. The score is a
proposal that nobody has approved; it says so, and every line of it adds up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from api.pages.law_words import law_words
from api.pages.scan_words import Words
from credit.files import LineKind, Rating, rate
from credit.measures import is_in_force
from credit.queries import find_file, list_listings, measures_of_subject, records_of_subject
from credit.records import Viewer, day_of_cell, is_live, repair_of, view_for
from credit.reference import table_hash
from credit.reference.catalogue import catalogue
from credit.reference.measures import measures as measure_table
from credit.scoring import TOTAL
from credit.subjects import Subject
from trace.ledger.canonical import decode_value
from trace.ledger.store import Reads
from trace.offices import adopted_on
from trace.queries import list_adoptions
from trace.state import Row, State


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One line of the sum: what it is, and its points as they are written."""

    text: Markup
    points: str


@dataclass(frozen=True, slots=True)
class ScoreShown:
    """`caps`: the items that allow no better grade, in words; `is_rated`: whether there are facts enough; `is_adopted`: whether
    two officials put this policy in force, `standing` says so or that nobody has."""

    grade: str
    score: str
    policy: str
    day: str
    is_rated: bool
    is_adopted: bool
    standing: Markup
    caps: tuple[Markup, ...]
    lines: tuple[ScoreLine, ...]


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record. `points`: what it brings now; `repair_href`: where its repair is asked for, "" where it is not."""

    id: str
    item: Markup
    anchor: str
    basis: Markup
    number: str
    state: Markup
    points: str
    repair: Markup
    repair_href: str


@dataclass(frozen=True, slots=True)
class MeasureLine:
    name: Markup
    basis: Markup
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class FileView:
    """`score`: None where no policy rates such a party; `has_file`: whether anything was ever entered."""

    has_file: bool
    score: ScoreShown | None
    public: tuple[RecordLine, ...]
    sector: tuple[RecordLine, ...]
    measures: tuple[MeasureLine, ...]


def file_view(reads: Reads, party: Row, viewer: Viewer, day: date, words: Words) -> FileView:
    """The file as this viewer may see it on a day."""
    connection: Any = reads.connection
    file = find_file(connection, party["id"])
    rows = records_of_subject(connection, party["id"])
    subject = Subject(party["id"], party["legal_form"], frozenset(party["roles"].split()), party["uscc"])
    first = date.fromisoformat(file["first_fact"]) if file and file["first_fact"] else None
    rating = rate(subject, first, rows, day)
    seen = view_for(viewer, rows, subject, day)
    points = rating.score.points if rating else {}
    is_own = viewer is Viewer.SUBJECT
    return FileView(
        has_file=file is not None,
        score=_score(reads, rating, rows, words) if rating else None,
        public=tuple(_record(row, points, day, words, is_own=is_own) for row in seen.public),
        sector=tuple(_record(row, points, day, words, is_own=is_own) for row in seen.sector),
        measures=tuple(_measures(measures_of_subject(connection, party["id"]), day, words)),
    )


def listings_of(reads: Reads, party: str) -> list[Row]:
    return list_listings(reads.connection, party)


def hundredths(amount: int, *, signed: bool = False) -> str:
    """7464 → 74.64; with a sign where it is a change."""
    sign = "−" if amount < 0 else "+" if signed else ""
    return f"{sign}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def item_words(code: str, words: Words) -> Markup:
    item = catalogue()[code]
    return words.quoted(item.zh if words.lang == "zh" else item.en)


def _is_adopted(reads: Reads, policy: str, day: date) -> bool:
    """Whether the carried policy is the one that two officials put in force."""
    state, table = State(), f"policy_{policy}"
    for row in list_adoptions(reads.connection):
        state.know("adoption", row)
    return adopted_on(state, f"{table}.csv", day) == table_hash(table)


def _score(reads: Reads, rating: Rating, rows: Iterable[Row], words: Words) -> ScoreShown:
    items = {row["id"]: row["item"] for row in rows}
    is_adopted = _is_adopted(reads, rating.policy.name, rating.day)
    return ScoreShown(
        grade=rating.score.grade,
        score=hundredths(rating.score.score),
        policy=rating.policy.name,
        day=words.day(rating.day.isoformat()),
        is_rated=rating.score.grade != "N",
        is_adopted=is_adopted,
        standing=words.html("file.adopted" if is_adopted else "file.proposal"),
        caps=tuple(item_words(code, words) for code in rating.score.caps),
        lines=tuple(_line(rating, one.kind, one.name, one.amount, items, words) for one in rating.lines),
    )


def _line(rating: Rating, kind: LineKind, name: str, amount: int, items: dict[str, str], words: Words) -> ScoreLine:
    if kind is LineKind.POINTS:
        return ScoreLine(item_words(items[name], words), hundredths(amount, signed=True))
    if name == TOTAL:
        return ScoreLine(words.html("file.never_below_zero"), hundredths(amount, signed=True))
    indicator = rating.policy.indicators[name]
    text = words.quoted(indicator.zh if words.lang == "zh" else indicator.en)
    if kind is LineKind.BASE:
        return ScoreLine(words.html("file.base", indicator=text), hundredths(amount))
    return ScoreLine(words.html("file.bound", indicator=text), hundredths(amount, signed=True))


def _record(row: Row, points: Any, day: date, words: Words, *, is_own: bool) -> RecordLine:
    item = catalogue()[row["item"]]
    document: Any = decode_value(row["document"].encode()) if row["document"] else {}
    is_standing = is_live(row, day)
    repair = repair_of(item, row["class"], day_of_cell(row["period_start"] or row["anchor"])) if is_standing else None
    may_ask = repair is not None and repair.procedure == "repair" and day >= repair.from_day and row["case"]
    return RecordLine(
        id=row["id"],
        item=item_words(row["item"], words),
        anchor=words.day(row["anchor"]),
        basis=law_words(row["legal_basis"], words),
        number=str(document.get("number", "")),
        state=_state(row, is_standing, words),
        points=hundredths(points[row["id"]], signed=True) if points.get(row["id"]) else "",
        repair=words.html("standing.repair_from", day=words.day(repair.from_day.isoformat())) if repair else Markup(""),
        repair_href=f"/m/repair/{row['id'].replace('/', '.')}"
        if is_own and may_ask and row["direction"] == "bad"
        else "",
    )


def _state(row: Row, is_standing: bool, words: Words) -> Markup:
    if row["ended_on"] is not None and not is_standing:
        how = words.word("value.how", row["how"])
        return words.html("file.ended", how=how, day=words.day(row["ended_on"]))
    if row["published_until"]:
        return words.html("standing.until", day=words.day(row["published_until"]))
    return words.html("file.not_published")


def _measures(rows: Iterable[Row], day: date, words: Words) -> Iterable[MeasureLine]:
    for row in rows:
        if is_in_force(row, day):
            measure = measure_table()[row["measure"]]
            yield MeasureLine(
                words.quoted(measure.zh if words.lang == "zh" else measure.en),
                law_words(row["basis"], words),
                words.day(row["starts_on"]),
                words.day(row["until"]) if row["until"] else "",
            )
