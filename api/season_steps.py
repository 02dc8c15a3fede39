"""What does a season file say, in order of time, with every name found and every wrong cell named?"""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from trace.events import KINDS
from trace.payload import check_payload

from .season_cells import CellProblem, CellReader, CellValue, Named, ReadFile, RecordNamed, RecordOf, read_time
from .season_file import CellFault, Row, SeasonError, read_table
from .season_words import (
    ACTOR,
    BATCH,
    BATCH_KIND,
    CHANGED,
    CHANGED_TO,
    CORRECTS,
    PARTY_KIND,
    PLACE_KIND,
    REASON,
    SPLIT_KIND,
    TIME,
    TOLD,
    find_sheet,
    words_of,
)

OWN_NUMBERS: Mapping[str, str] = {"sample_taken": "sample_no", "lab_report": "report_no"}
"""Kinds whose records carry a number of their own, by which a later row may name them."""

_RANKS: Mapping[str, int] = {PARTY_KIND: 0, PLACE_KIND: 1, BATCH_KIND: 2}
"""Where two steps have the same time: parties before places before batches before records."""

_NAMED_KINDS: Mapping[str, str] = {PARTY_KIND: "party", PLACE_KIND: "place", BATCH_KIND: "batch"}
_POSITION = re.compile(r"(?P<batch>.+)[/／](?P<kind>[^/／]+)[/／]第(?P<position>[1-9][0-9]*)条")


@dataclass(frozen=True)
class Step:
    """One row: what is said (`kind`, `payload`), when, on what, by whom.

    `name` is the row's own name for a party, place or batch, and the batch's name for a record. `actor` is the name of
    the party that speaks; None where an official registers a party. In `payload` other rows are still named. `corrects`
    and `reason` are a correction's own; `told_at` is there where it was told late.
    """

    row: int
    kind: str
    name: str
    actor: str | None
    occurred_at: datetime
    payload: Mapping[str, CellValue]
    corrects: CellValue | None = None
    reason: str = ""
    told_at: datetime | None = None


@dataclass(frozen=True)
class Season:
    """A whole season file: the encoding it had, its steps in the order in which they were told."""

    encoding: str
    steps: tuple[Step, ...]


def no_files(_path: str) -> bytes | None:
    """A ReadFile for a season that names no files."""
    return None


def parse_season(data: bytes, read_file: ReadFile = no_files) -> Season:
    """The season that the bytes of one CSV file state. `read_file` gives the files that `文件:…` cells name.

    Raises SeasonError with every wrong cell of the file at once. The format is described in docs/season.md.
    """
    table = read_table(data)
    faults = list(table.faults)
    rows = {row.number: row for row in table.rows}
    drafts = [draft for row in table.rows if (draft := _step_of_row(row, read_file, faults)) is not None]
    found = list(_found(drafts, rows, faults))
    steps = sorted(_restated(found, rows, CellReader(words_of, read_file), faults), key=_order)
    faults.extend(_named_too_early(steps, rows))
    faults.extend(_not_accepted(steps, rows, {(fault.row, fault.column) for fault in faults}))
    if faults:
        raise SeasonError(faults)
    return Season(table.encoding, tuple(steps))


def _step_of_row(row: Row, read_file: ReadFile, faults: list[CellFault]) -> Step | None:
    """The step of a row; None where it has no time or no name, without which it cannot be placed."""
    reader = CellReader(words_of, read_file)
    payload: dict[str, CellValue] = {}
    when: datetime | None = None
    told: datetime | None = None
    actor: str | None = None
    corrects: RecordNamed | None = None
    name, reason = "", ""
    for cell in row.cells:
        try:
            if cell.column.name == TIME:
                when = read_time(cell.text)
            elif cell.column.name == TOLD:
                told = read_time(cell.text)
            elif cell.column.name == ACTOR:
                actor = cell.text
            elif cell.column.name == BATCH:
                name = cell.text
            elif cell.column.name == REASON:
                reason = cell.text
            elif cell.column.name == CORRECTS:
                corrects = RecordNamed(cell.text)
            elif cell.column.name not in (CHANGED, CHANGED_TO):
                payload[cell.column.name] = reader.read(cell.text, cell.column.type, cell.column.name)
        except CellProblem as problem:
            faults.append(CellFault(row.number, cell.heading, problem.code))
    kind = row.sheet.kind.name
    if kind in (PARTY_KIND, PLACE_KIND):
        name = str(payload.get("name", ""))
    if kind == BATCH_KIND and not {"township", "place", "inputs"} & {cell.column.name for cell in row.cells}:
        faults.append(CellFault(row.number, row.heading_of("township"), "missing-cell"))
    if kind == PLACE_KIND and isinstance(holder := payload.get("party"), Named):
        actor = holder.name
    if when is None or not name:
        return None
    if told is not None and told < when:
        faults.append(CellFault(row.number, row.heading_of(TOLD), "told-too-early"))
    return Step(row.number, kind, name, actor, when, payload, corrects, reason, told)


def _found(drafts: list[Step], rows: Mapping[int, Row], faults: list[CellFault]) -> Iterator[Step]:
    """The steps with every name looked up: unknown and repeated names become faults."""
    known: dict[tuple[str, str], Step] = {}
    for step in drafts:
        if (what := _NAMED_KINDS.get(step.kind)) is None:
            continue
        if (what, step.name) in known:
            column = BATCH if step.kind == BATCH_KIND else "name"
            faults.append(CellFault(step.row, rows[step.row].heading_of(column), "repeated-name"))
        known.setdefault((what, step.name), step)
    for step in drafts:
        for part in part_names(step):
            if ("batch", part) in known:
                faults.append(CellFault(step.row, rows[step.row].heading_of("outputs"), "repeated-name"))
            known.setdefault(("batch", part), step)
    finder = _Finder(known, drafts)
    for step in drafts:
        row = rows[step.row]
        payload: dict[str, CellValue] = {}
        for field, value in step.payload.items():
            try:
                payload[field] = finder.found(value)
            except CellProblem as problem:
                faults.append(CellFault(step.row, row.heading_of(field), problem.code))
        actor = step.actor
        if actor is not None and step.kind != PLACE_KIND and ("party", actor) not in known:
            faults.append(CellFault(step.row, row.heading_of(ACTOR), "unknown-party"))
        if step.kind not in _NAMED_KINDS:
            batch = known.get(("batch", step.name))
            if batch is None:
                faults.append(CellFault(step.row, row.heading_of(BATCH), "unknown-batch"))
            elif actor is None:
                actor = _opener(batch, known)
        corrects = step.corrects
        try:
            corrects = None if corrects is None else finder.found(corrects)
        except CellProblem as problem:
            faults.append(CellFault(step.row, row.heading_of(CORRECTS), problem.code))
        yield replace(step, actor=actor, payload=payload, corrects=corrects)


def part_names(step: Step) -> list[str]:
    """The names of the batches that a split makes, in its order; none for other steps."""
    outputs = step.payload.get("outputs") if step.kind == SPLIT_KIND else None
    named = [one.get("batch") for one in outputs if isinstance(one, dict)] if isinstance(outputs, list) else []
    return [one.name for one in named if isinstance(one, Named)]


def _opener(batch: Step, known: Mapping[tuple[str, str], Step]) -> str | None:
    """Who opened a batch: of a part, who split it; where that is not said, who opened what was split."""
    seen: set[str] = set()
    while batch.kind == SPLIT_KIND and batch.actor is None and batch.name not in seen:
        seen.add(batch.name)
        above = known.get(("batch", batch.name))
        if above is None:
            return None
        batch = above
    return batch.actor


def _restated(
    steps: list[Step], rows: Mapping[int, Row], reader: CellReader, faults: list[CellFault]
) -> Iterator[Step]:
    """The steps; in a correction stands the whole event that it restates, with what it changes."""
    by_row = {step.row: step for step in steps}
    for step in steps:
        before = by_row.get(step.corrects.row) if isinstance(step.corrects, RecordOf) else None
        yield step if before is None else _said_anew(step, before, rows, reader, faults)


def _said_anew(step: Step, before: Step, rows: Mapping[int, Row], reader: CellReader, faults: list[CellFault]) -> Step:
    row, sheet = rows[step.row], rows[before.row].sheet
    changed, to = row.find_cell(CHANGED), row.find_cell(CHANGED_TO)
    if (changed is None) == (step.payload.get("did_not_occur") is not True) or (changed is None) != (to is None):
        faults.append(CellFault(step.row, row.heading_of(CHANGED), "this-or-that"))
        return step
    if changed is None or to is None:
        return step
    column = sheet.find_column(changed.text)
    if column is None or column.name in (BATCH, ACTOR):
        faults.append(CellFault(step.row, changed.heading, "unknown-heading"))
        return step
    payload, when = dict(before.payload), before.occurred_at
    try:
        if column.name == TIME:
            when = read_time(to.text)
        else:
            payload[column.name] = reader.read(to.text, column.type, column.name)
    except CellProblem as problem:
        faults.append(CellFault(step.row, to.heading, problem.code))
    restated: dict[str, CellValue] = {"kind": before.kind, "occurred_at": when.isoformat(), "payload": payload}
    return replace(step, payload={**step.payload, "restated": restated})


class _Finder:
    """Looks up what the rows of a file name."""

    def __init__(self, known: Mapping[tuple[str, str], Step], drafts: list[Step]) -> None:
        self._known = known
        self._by_number: dict[CellValue, list[int]] = defaultdict(list)
        self._by_position: dict[tuple[str, str], list[int]] = defaultdict(list)
        for step in sorted(drafts, key=lambda step: step.row):
            self._by_position[step.kind, step.name].append(step.row)
            if isinstance(number := step.payload.get(OWN_NUMBERS.get(step.kind, "")), str):
                self._by_number[number].append(step.row)

    def found(self, value: CellValue) -> CellValue:
        """The value with its records found. Raises CellProblem: unknown-… for a name, ambiguous-record."""
        match value:
            case Named(what, name):
                if (what, name) not in self._known:
                    raise CellProblem(f"unknown-{what}")
                return value
            case RecordNamed(text):
                return RecordOf(self._row_of_record(text))
            case list():
                return [self.found(item) for item in value]
            case dict():
                return {name: self.found(item) for name, item in value.items()}
            case _:
                return value

    def _row_of_record(self, text: str) -> int:
        by_number = self._by_number.get(text, [])
        if len(by_number) > 1:
            raise CellProblem("ambiguous-record")
        if by_number:
            return by_number[0]
        position = _POSITION.fullmatch(text)
        sheet = find_sheet(position["kind"].strip()) if position else None
        if position is None or sheet is None:
            raise CellProblem("unknown-record")
        same = self._by_position.get((sheet.kind.name, position["batch"].strip()), [])
        if int(position["position"]) > len(same):
            raise CellProblem("unknown-record")
        return same[int(position["position"]) - 1]


def _order(step: Step) -> tuple[datetime, int, int]:
    return step.told_at or step.occurred_at, _RANKS.get(step.kind, len(_RANKS)), step.row


def _named_too_early(steps: list[Step], rows: Mapping[int, Row]) -> Iterator[CellFault]:
    """Faults for names of what comes only later: the node would not know it yet when this step is sent."""
    done: set[tuple[str, str]] = set()
    done_rows: set[int] = set()
    all_names = {(what, step.name) for step in steps if (what := _NAMED_KINDS.get(step.kind))}
    all_names |= {("batch", part) for step in steps for part in part_names(step)}
    for step in steps:
        row = rows[step.row]
        named_in = [
            (field, value) for field, value in step.payload.items() if (step.kind, field) != (SPLIT_KIND, "outputs")
        ]
        for field, value in [*named_in, *([(CORRECTS, step.corrects)] if step.corrects is not None else [])]:
            for named in _references(value):
                early = (
                    named.row not in done_rows if isinstance(named, RecordOf) else (named.what, named.name) not in done
                )
                if early:
                    yield CellFault(step.row, row.heading_of(field), "named-too-early")
        own = [("batch", step.name, BATCH)] if step.kind not in _NAMED_KINDS else []
        if step.actor is not None and step.kind != PLACE_KIND:
            own.append(("party", step.actor, ACTOR))
        for what, name, column in own:
            if (what, name) in all_names and (what, name) not in done:
                yield CellFault(step.row, row.heading_of(column), "named-too-early")
        if (what_now := _NAMED_KINDS.get(step.kind)) is not None:
            done.add((what_now, step.name))
        done.update(("batch", part) for part in part_names(step))
        done_rows.add(step.row)


def _references(value: CellValue) -> Iterator[Named | RecordOf]:
    match value:
        case Named() | RecordOf():
            yield value
        case list():
            for item in value:
                yield from _references(item)
        case dict():
            for item in value.values():
                yield from _references(item)
        case _:
            return


def _not_accepted(steps: list[Step], rows: Mapping[int, Row], known: set[tuple[int, str]]) -> Iterator[CellFault]:
    """Faults of values that no node would take, under the heading of their field; `known` cells are wrong already."""
    for step in steps:
        row = rows[step.row]
        payload = {field: _stand_in(value) for field, value in step.payload.items()}
        for fault in check_payload(KINDS[step.kind], payload):
            field, *inner = fault.pointer.split("/")[1:]
            heading = row.heading_of(CHANGED_TO if field == "restated" else field)
            if fault.code == "missing-field" and not inner:
                continue  # a required cell that is blank was found with the headings
            if (step.row, heading) not in known:
                yield CellFault(step.row, heading, fault.code)


def _stand_in(value: CellValue) -> CellValue:
    """The value with something of the right shape in place of ids that only the node will give."""
    match value:
        case Named(what, name):
            return urlsafe_b64encode(hashlib.sha256(f"{what}/{name}".encode()).digest()[:16]).decode().rstrip("=")
        case RecordOf():
            return {"chain": "0" * 22, "seq": 0, "leaf": "0" * 64}
        case list():
            return [_stand_in(item) for item in value]
        case dict():
            return {name: _stand_in(item) for name, item in value.items()}
        case _:
            return value
