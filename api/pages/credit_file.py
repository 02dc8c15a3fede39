"""What stands in a party's credit file, and why does it rate as it does? For the subject and for the officials of its region.

The layers stay apart: public credit information, and outcomes of the trace that are never published. The score is a
proposal that nobody has approved; it says so, and every line of it adds up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from api.pages.credit_sources import OFFICE, OWN, sources_of
from api.pages.file_day import DayView, FileDay, day_view
from api.pages.forms.choices import NOTHING
from api.pages.forms.views import Link
from api.pages.law_words import law_words, power_words
from api.pages.scan_words import Words
from api.pages.standing_view import power_of
from credit.files import Line, LineKind, Rating, rate
from credit.measures import is_in_force
from credit.queries import find_file, list_listings, measures_of_subject, records_of_subject
from credit.records import Viewer, annulled_since, day_of_cell, is_live, repair_of, view_for
from credit.reference import table_hash
from credit.reference.catalogue import catalogue
from credit.reference.measures import measures as measure_table
from credit.scoring import TOTAL, StandingCap
from credit.subjects import Subject
from trace.ledger.canonical import decode_value
from trace.ledger.store import Reads
from trace.offices import adopted_on
from trace.queries import find_parties, list_adoptions
from trace.state import Row, State


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One line of the sum: what it is, and its points as they are written."""

    text: Markup
    points: str


@dataclass(frozen=True, slots=True)
class ScoreShown:
    """`band`: the grade by the points alone; `caps`: the items that allow no better one, in words; `is_rated`: whether there
    are facts enough; `is_adopted`: whether two officials put this policy in force, `standing` says so or that nobody has."""

    grade: str
    score: str
    band: Markup
    not_rated: Markup
    policy: Markup
    day: str
    is_rated: bool
    is_adopted: bool
    standing: Markup
    caps: tuple[Markup, ...]
    lines: tuple[ScoreLine, ...]


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record. `points`: what it brings now; `effect`: what the score would change without it, where that is another
    figure; `source`: the case or the fact that it rests on; `repair_href`: where its repair is asked for, "" where it is not."""

    id: str
    item: Markup
    anchor: str
    basis: Markup
    number: str
    state: Markup
    points: str
    effect: Markup
    source: Link
    repair: Markup
    repair_href: str


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """`number`: of the decision that brings it, "" where a record does."""

    name: Markup
    basis: Markup
    number: str
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class FileView:
    """`score`: None where no policy rates such a party on the day; `has_file`: whether anything had been entered by then.
    `fallen`: what was known on the day and annulled after it, in words: what was counted then stays."""

    day: DayView
    fallen: tuple[Markup, ...]
    has_file: bool
    score: ScoreShown | None
    public: tuple[RecordLine, ...]
    sector: tuple[RecordLine, ...]
    measures: tuple[MeasureLine, ...]


def file_view(reads: Reads, party: Row, viewer: Viewer, asked: FileDay, path: str, words: Words) -> FileView:
    """The file as this viewer may see it, as it was known on the day asked for. `path`: of the page that shows it."""
    connection: Any = reads.connection
    day = asked.day
    file = find_file(connection, party["id"])
    rows = records_of_subject(connection, party["id"])
    subject = Subject(party["id"], party["legal_form"], frozenset(party["roles"].split()), party["uscc"])
    first = date.fromisoformat(file["first_fact"]) if file and file["first_fact"] else None
    rating = rate(subject, first, rows, day)
    seen = view_for(viewer, rows, subject, day)
    rooms = OWN if viewer is Viewer.SUBJECT else OFFICE
    sources = sources_of(reads, (*seen.public, *seen.sector), party["id"], rooms, words)
    bases = _bases(reads, party["id"], words)
    told = _Told(rating, sources, bases, day, words, may_ask=viewer is Viewer.SUBJECT and not asked.is_past)
    return FileView(
        day=day_view(asked, path, words),
        fallen=tuple(_fallen(row, words) for row in annulled_since(rows, day)),
        has_file=bool(seen.public or seen.sector),
        score=_score(reads, rating, rows, words) if rating else None,
        public=tuple(_record(row, told) for row in seen.public),
        sector=tuple(_record(row, told) for row in seen.sector),
        measures=tuple(_measures(measures_of_subject(connection, party["id"]), day, words)),
    )


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
    found = {row["id"]: row for row in rows}
    is_adopted = _is_adopted(reads, rating.policy.name, rating.day)
    return ScoreShown(
        grade=rating.score.grade,
        score=hundredths(rating.score.score),
        band=words.html("file.band", grade=rating.score.band),
        not_rated=words.html(
            "file.not_rated_yet", days=rating.policy.min_days, records=rating.policy.min_records, n=rating.score.counted
        ),
        policy=words.html(
            "file.policy", name=words.html(f"table.policy_{rating.policy.name}"), version=rating.policy.version
        ),
        day=words.day(rating.day.isoformat()),
        is_rated=rating.score.grade != "N",
        is_adopted=is_adopted,
        standing=words.html("file.adopted" if is_adopted else "file.proposal"),
        caps=tuple(_cap(one, found, words) for one in rating.score.standing),
        lines=tuple(_line(rating, one, found, words) for one in rating.lines),
    )


def _line(rating: Rating, line: Line, rows: Mapping[str, Row], words: Words) -> ScoreLine:
    kind, name, amount = line.kind, line.name, line.amount
    if kind is LineKind.POINTS:
        text = words.html(
            "file.points", item=item_words(rows[name]["item"], words), day=words.day(rows[name]["anchor"])
        )
        return ScoreLine(text, hundredths(amount, signed=True))
    if name == TOTAL:
        return ScoreLine(words.html("file.never_below_zero"), hundredths(amount, signed=True))
    indicator = rating.policy.indicators[name]
    text = words.quoted(indicator.zh if words.lang == "zh" else indicator.en)
    if kind is LineKind.BASE:
        return ScoreLine(words.html("file.base", indicator=text), hundredths(amount))
    return ScoreLine(words.html("file.bound", indicator=text), hundredths(amount, signed=True))


def _cap(standing: StandingCap, rows: Mapping[str, Row], words: Words) -> Markup:
    """A cap names the records on which it stands, each by its day."""
    days = words.list_of(words.day(rows[id]["anchor"]) for id in standing.records)
    return words.html("file.cap", item=item_words(standing.cap.item, words), days=days, grade=standing.cap.grade)


def _fallen(row: Row, words: Words) -> Markup:
    item, anchor, ended = item_words(row["item"], words), words.day(row["anchor"]), words.day(row["ended_on"])
    return words.html("file.annulled_since", item=item, anchor=anchor, day=ended)


def _bases(reads: Reads, party: str, words: Words) -> Mapping[str, Markup]:
    rows = list_listings(reads.connection, party)
    authorities = {one["id"]: one for one in find_parties(reads.connection, {row["authority"] for row in rows})}
    powers = ((row["case"], power_of(row, authorities.get(row["authority"]))) for row in rows)
    return {case: power_words(power, words) for case, power in powers if power is not None}


@dataclass(frozen=True)
class _Told:
    """What every record of a file is told with. `bases`: of listings, by their case, with what of the list power was not read."""

    rating: Rating | None
    sources: Mapping[str, Link]
    bases: Mapping[str, Markup]
    day: date
    words: Words
    may_ask: bool


def _record(row: Row, told: _Told) -> RecordLine:
    day, words = told.day, told.words
    item = catalogue()[row["item"]]
    document: Any = decode_value(row["document"].encode()) if row["document"] else {}
    is_standing = is_live(row, day)
    repair = repair_of(item, row["class"], day_of_cell(row["period_start"] or row["anchor"])) if is_standing else None
    may_ask = repair is not None and repair.procedure == "repair" and day >= repair.from_day and row["case"]
    points = told.rating.score.points.get(row["id"], 0) if told.rating else 0
    effect = told.rating.score.effect.get(row["id"], 0) if told.rating else 0
    return RecordLine(
        id=row["id"],
        item=item_words(row["item"], words),
        anchor=words.day(row["anchor"]),
        basis=told.bases.get(row["case"] or "") or law_words(row["legal_basis"], words),
        number=str(document.get("number", "")),
        state=_state(row, is_standing, words),
        points=hundredths(points, signed=True) if points else "",
        effect=words.html("file.effect", points=hundredths(effect, signed=True)) if effect != points else NOTHING,
        source=told.sources[row["id"]],
        repair=words.html("standing.repair_from", day=words.day(repair.from_day.isoformat())) if repair else Markup(""),
        repair_href=f"/m/repair/{row['id'].replace('/', '.')}"
        if told.may_ask and may_ask and row["direction"] == "bad"
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
                row["decision_no"] or "",
                words.day(row["starts_on"]),
                words.day(row["until"]) if row["until"] else "",
            )
