"""Which rows of the credit wing does a transaction or a page need? All SQL of this wing."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from trace.ledger.store import Reads
from trace.papers import REPORTS
from trace.queries import columns_of, know_records, know_rows, load_register, recorded
from trace.records import record_id, said, topic
from trace.state import Row, State
from trace.tables import part, record

from .case_rows import progress_of
from .tables import KEYS, TABLES, case, credit_file, credit_record, listing, measure

_COLUMNS = columns_of(TABLES.values())


def know(state: State, reads: Reads, name: str, key: str, values: Iterable[str]) -> list[Row]:
    """Take rows of a table into a state, by one column; those that were found."""
    wanted = sorted(values)
    if not wanted:
        return []
    columns = _COLUMNS[name]
    found: list[Row] = [dict(zip(columns, row, strict=True)) for row in reads.find(name, columns, key, wanted)]
    for row in found:
        state.know_listed(name, row, [one for one in KEYS[name] if row[one]])
    return found


def case_state(reads: Reads, cases: Iterable[Row]) -> State:
    """What a step of these cases is judged by, for whoever asks beforehand: offices, interests, parties, credit rows.

    Nothing of it is decided on: between this look and the log's own, things may change.
    """
    rows = list(cases)
    register = load_register(reads)
    state = State(opened=dict(register.interests))
    for name, known in (("office", register.offices), ("adoption", register.adoptions)):
        for row in known:
            state.know(name, row)
    subjects = {row["subject"] for row in rows}
    authorities = {row["authority"] for row in (*rows, *register.offices) if row["authority"]}
    know_rows(state, reads, "party", "id", subjects | authorities)
    for name in ("case", "credit_file", "credit_record", "measure", "listing"):
        know(state, reads, name, "subject", subjects)
    entries = rested_on(rows)
    know_named(state, reads, entries)
    know_rows(state, reads, "batch", "id", {id.rpartition("/")[0] for id in entries})
    return state


def know_named(state: State, reads: Reads, ids: Iterable[str]) -> None:
    """Take in trace records that a case names, and of a report the sample that it names."""
    wanted = sorted(ids)
    know_records(state, reads, wanted)
    samples = (said(row).get("sample") for id in wanted if (row := state.find("record", id)) is not None)
    know_records(state, reads, {record_id(one["chain"], one["seq"]) for one in samples if one})


def rested_on(cases: Iterable[Row]) -> set[str]:
    """The ids of the trace records that cases were opened on."""
    named = [progress_of(row).said.get(name) for row in cases if row.get("progress") for name in ("record", "report")]
    return {record_id(one["chain"], one["seq"]) for one in named if one}


def find_case(connection: Connection, id: str) -> Row | None:
    row = connection.execute(select(case).where(case.c.id == id)).mappings().first()
    return dict(row) if row else None


def list_cases(
    connection: Connection,
    *,
    region: str | None = None,
    subject: str | None = None,
    target: str | None = None,
    is_open: bool | None = None,
) -> list[Row]:
    """Cases in the order in which they were opened; of a region (its prefix), of a subject, about a batch or a record, open ones
    or those at rest."""
    query = select(case).order_by(case.c.index)
    if region is not None:
        query = query.where(case.c.region.startswith(region, autoescape=True))
    if subject is not None:
        query = query.where(case.c.subject == subject)
    if target is not None:
        query = query.where(case.c.target == target)
    if is_open is not None:
        query = query.where((case.c.kind == "open") if is_open else (case.c.kind != "open"))
    return _rows(connection, query)


def cases_page(connection: Connection, region: str, after: int, limit: int) -> list[Row]:
    """Cases whose region begins so, opened behind a log index, in the order of the log."""
    query = select(case).where(case.c.region.startswith(region, autoescape=True), case.c.index > after)
    return _rows(connection, query.order_by(case.c.index).limit(limit))


def find_file(connection: Connection, subject: str) -> Row | None:
    row = connection.execute(select(credit_file).where(credit_file.c.subject == subject)).mappings().first()
    return dict(row) if row else None


def records_of_subject(connection: Connection, subject: str) -> list[Row]:
    return _rows(
        connection, select(credit_record).where(credit_record.c.subject == subject).order_by(credit_record.c.index)
    )


def measures_of_subject(connection: Connection, subject: str) -> list[Row]:
    return _rows(connection, select(measure).where(measure.c.subject == subject).order_by(measure.c.index))


def list_listings(connection: Connection, subject: str | None = None) -> list[Row]:
    """Every listing that was ever started, newest first; which of them are shown on a day is `publicity`'s to say."""
    query = select(listing).order_by(listing.c.index.desc())
    return _rows(connection, query if subject is None else query.where(listing.c.subject == subject))


def _rows(connection: Connection, query: Any) -> list[Row]:
    return [dict(row) for row in connection.execute(query).mappings()]


def find_record(connection: Connection, id: str) -> Row | None:
    """A credit record by its id, chain/seq."""
    row = connection.execute(select(credit_record).where(credit_record.c.id == id)).mappings().first()
    return dict(row) if row else None


def records_of_actors(connection: Connection, parties: Iterable[str], kinds: Iterable[str]) -> list[Row]:
    """The records of these kinds that these parties made, in the order of the log."""
    return _rows(connection, recorded(select(record), parties, kinds).order_by(record.c.index))


def parties_with_facts(connection: Connection, kinds: Iterable[str]) -> list[str]:
    """Everybody who ever recorded one of these kinds, or of whose goods somebody else did, in the order of their ids."""
    told = select(part.c.actor).where(part.c.kind.in_(sorted(kinds)))
    spoken_of = select(record.c.goods_of).where(record.c.goods_of.is_not(None))
    return sorted(connection.scalars(told.union(spoken_of)))


def reports_after(connection: Connection, index: int) -> list[Row]:
    """Laboratory reports and re-tests that were logged behind an index, in the order of the log, as they stand; and older ones
    of goods of which a record was said anew behind it: that may be the report, or the sheet of its sample."""
    later = select(record).where(record.c.index > index).order_by(record.c.index)
    mended = connection.scalars(later.where(record.c.kind == "correction").with_only_columns(record.c.chain))
    topics = sorted({topic(chain, kind) for chain in mended for kind in REPORTS})
    older = select(record).where(record.c.topic.in_(topics), record.c.index <= index).order_by(record.c.index)
    return [*_rows(connection, older), *_rows(connection, later.where(record.c.kind.in_(REPORTS)))]
