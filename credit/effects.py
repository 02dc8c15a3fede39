"""What does a step of a case bring in the credit file, in the same group? Entries by the node, each from state alone. (pure)

They stand behind the step, or behind one another: a listing behind its record, a measure behind what it rests on. None
links to the case. Which step brings what: procedure_effects.csv; what a listing or a failed sample brings: measures.csv.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from trace.ledger.canonical import decode_value
from trace.ledger.entry import Entry
from trace.ledger.sealing import Derived
from trace.ledger.statement import Statement
from trace.records import record_id
from trace.state import Row, State

from .case_rows import Progress, progress_of
from .cases import day_of
from .competence import list_power
from .measures import Occasion, measures_starting
from .published import LISTED_ITEM, Publication, published_values
from .records import period_of, repair_of
from .reference.catalogue import CATALOGUE_VERSION, Item, catalogue
from .reference.measures import Trigger
from .subjects import Subject

RULE = "credit@1"

ENTERS = frozenset(
    {
        ("trace_outcome", "T06"),
        ("penalty_record", "P07"),
        ("penalty_record", "P08"),
        ("listing", "L27"),
        ("listing", "L47"),
    }
)
"""Steps after which a record stands in the credit file of the subject."""

ENDS: Mapping[tuple[str, str], tuple[str, str]] = {
    **{("trace_outcome", step): ("annulled", "") for step in ("T14", "T15")},
    **{("trace_outcome", step): ("expired", "") for step in ("T16", "T17")},
    ("trace_outcome", "T18"): ("repaired", ""),
    **{("penalty_record", step): ("expired", "") for step in ("P09", "P10", "P11", "P13", "P27", "P29", "P30")},
    ("penalty_record", "P28"): ("lapsed", ""),
    **{("penalty_record", step): ("repaired", "") for step in ("P14", "P15", "P16", "P17")},
    **{("penalty_record", step): ("annulled", "") for step in ("P18", "P19", "P20", "P21", "P22", "P23")},
    **{("listing", step): ("repaired", "removed") for step in ("L33", "L45")},
    **{("listing", step): ("expired", "expired") for step in ("L35", "L36", "L37", "L38", "L49")},
    **{("listing", step): ("annulled", "annulled") for step in ("L39", "L40", "L41", "L42")},
}
"""Steps after which the record of the case, and its listing, counts no more, and how each is said to have ended."""

PAUSES = frozenset(
    {
        *(("listing", step) for step in ("L43", "L44")),
        *(("penalty_record", step) for step in ("P25", "P26")),
        *(("repair", step) for step in ("X31", "X34")),
    }
)
"""Steps after which a record is not shown for a time, or one reason not to show it is gone."""
STAYED = frozenset({"paused", "listed_suspended"})
"""States of its own case in which a record is not shown."""
SHIELDED = "temp_on"
"""The state of a repair in which the record that it is about is not shown. It lifts no measure: row X31 speaks of those that
block trade, and none rests on a record that can be repaired (measure_starts.csv; a listing is left by removal)."""


def follow(state: State, entry: Entry, statement: Statement) -> tuple[Derived, ...]:
    """The entries that stand right behind this one, in order."""
    match statement.kind:
        case "case_step":
            return tuple(_of_step(state, entry, statement))
        case "record_entered":
            return tuple(_of_record(state, entry, statement))
    return ()


def _of_step(state: State, entry: Entry, statement: Statement) -> Iterator[Derived]:
    row = state.rows["case", entry.chain]
    at = (row["procedure"], statement.payload["step"])
    today = legal_day_of(entry)
    if at == ("listing", "L47"):
        yield from _again(state, row)
    elif at in ENTERS:
        yield _record(state, row, progress_of(row), at[1], today)
    elif at in ENDS:
        yield from ends_of(state, row, at[1], _ended_on(row, at[1], today))
    elif at == ("listing", "L43"):
        yield from _measures_end(state, row, today)
    elif at == ("listing", "L44"):
        record = _standing_record(state, row)
        if record is not None:
            yield from _listed_measures(state, row["subject"], record, today)


def legal_day_of(entry: Entry) -> date:
    """The legal day on which an entry was received."""
    return day_of(datetime.fromisoformat(entry.received))


def _ended_on(row: Row, step: str, today: date) -> date:
    """A term ends with its own last day, however late the step that says so was logged."""
    done = progress_of(row).case.done.get(step)
    return day_of(done.at) if done else today


def _file(state: State, subject: str) -> str:
    return state.ids_of("credit_file.subject", subject)[0]


def _record(state: State, row: Row, progress: Progress, step: str, today: date) -> Derived:
    """The record that the steps of the case have stated and confirmed."""
    code = LISTED_ITEM if row["procedure"] == "listing" else progress.said["item"]
    item = catalogue()[code]
    anchor = _anchor(row, progress, today)
    payload: dict[str, Any] = {
        "item": code,
        "catalogue": CATALOGUE_VERSION,
        "direction": item.direction,
        "layer": item.layer,
        "legal_basis": _legal_basis(state, row, progress, item, today),
        "anchor": anchor.isoformat(),
        "case": row["id"],
    }
    if item.severity is not None:
        payload["class"] = item.severity
        payload["class_basis"] = progress.said.get("class_basis", item.legal_basis)
    if item.period_start in ("document_date", "publication_date", "listing_date"):
        payload |= {"period_start": anchor.isoformat(), "period_rule": item.period_start}
    until = period_of(item, anchor).published_until
    if step in ("P07", "L27"):
        payload |= {
            "published_from": today.isoformat(),
            **({"published_until": until.isoformat()} if until else {}),
        }
    if (document := _document(row, progress)) is not None:
        payload["document"] = document
    return Derived("record_entered", _file(state, row["subject"]), RULE, payload, is_linked=False)


def _anchor(row: Row, progress: Progress, today: date) -> date:
    """From when a record counts: the listing day, the date of the penalty, the day on which a failure became final."""
    facts = progress.case.facts
    return facts.get("listing_date" if row["procedure"] == "listing" else "period_start", today)


def _legal_basis(state: State, row: Row, progress: Progress, item: Item, today: date) -> str:
    if row["procedure"] == "listing":
        power = list_power(state, row["authority"], today)
        return power.basis if power else item.legal_basis
    basis: str = progress.said.get("legal_basis", item.legal_basis)
    return basis


def _document(row: Row, progress: Progress) -> dict[str, Any] | None:
    """The paper of the penalty, or the decision to list."""
    if "paper" in progress.said:
        paper: dict[str, Any] = progress.said["paper"]
        return paper
    decision = progress.paper("D-LIST-DECISION")
    if row["procedure"] != "listing" or decision is None:
        return None
    decided = progress.case.facts["decision_date"]
    return {"number": decision.doc_no, "dated": decided.isoformat(), "hash": decision.hash}


def _of_record(state: State, entry: Entry, statement: Statement) -> Iterator[Derived]:
    """A statutory listing behind its record, with the measures that start with it; S08 behind a failed supervision sample."""
    record = state.rows["credit_record", record_id(entry.chain, entry.seq)]
    if record["item"] == LISTED_ITEM and record["case"]:
        yield _listing(state, record)
        yield from _listed_measures(state, record["subject"], record, legal_day_of(entry))
    elif record["item"] == "N09":
        yield from _measures(state, record, Trigger.FAILED_SAMPLE, legal_day_of(entry))


def _listing(state: State, record: Row) -> Derived:
    row = state.rows["case", record["case"]]
    progress = progress_of(row)
    document = decode_value(record["document"].encode())
    assert isinstance(document, dict)  # a listing follows a decision
    listed_on = date.fromisoformat(record["period_start"])
    power = list_power(state, row["authority"], listed_on)
    removal = repair_of(catalogue()[record["item"]], record["class"], listed_on)
    as_first_published = Publication(state, row, progress, listed_on)
    payload = {
        "item": record["item"],
        "list": power.list if power else "",
        "authority": row["authority"],
        "legal_basis": record["legal_basis"],
        "decision_no": document["number"],
        "decision_date": document["dated"],
        "listed_on": record["period_start"],
        "until": record["published_until"],
        "removal_from": removal.from_day.isoformat() if removal else record["published_until"],
        "published": published_values(as_first_published),
        "record": entry_of(record),
    }
    return Derived("listing_started", record["file"], RULE, payload, is_linked=False)


def entry_of(row: Row) -> dict[str, Any]:
    """How another payload names a row that an entry made."""
    chain, _, seq = row["id"].rpartition("/")
    return {"chain": chain, "seq": int(seq), "leaf": row["leaf"]}


def _listed_measures(state: State, subject: str, record: Row, today: date) -> Iterator[Derived]:
    yield from _measures(state, record, Trigger.LISTED, today)


def _last_day(record: Row) -> date | None:
    """The last day of its publicity; of a record that is never shown, of its life."""
    if record["published_until"]:
        return date.fromisoformat(record["published_until"])
    return period_of(catalogue()[record["item"]], date.fromisoformat(record["anchor"])).kept_until


def _measures(state: State, record: Row, trigger: Trigger, today: date) -> Iterator[Derived]:
    document = decode_value(record["document"].encode()) if record["document"] else None
    party, file = state.rows["party", record["subject"]], state.rows["credit_file", record["file"]]
    occasion = Occasion(
        trigger,
        today,
        file["region"],
        term_until=_last_day(record),
        decision_no=str(document["number"]) if isinstance(document, dict) else None,
    )
    subject = Subject(party["id"], party["legal_form"], frozenset(party["roles"].split()), party["uscc"])
    for payload in measures_starting(occasion, subject):
        yield Derived(
            "measure_started", record["file"], RULE, {**payload, "records": [entry_of(record)]}, is_linked=False
        )


def _standing_record(state: State, row: Row) -> Row | None:
    rows = (state.rows["credit_record", id] for id in state.ids_of("credit_record.case", row["id"]))
    return next((one for one in rows if one["ended_on"] is None), None)


def ends_of(state: State, row: Row, step: str, ended_on: date) -> Iterator[Derived]:
    """What ends with this step of a case: the listing first, then its record, then what rests on that record alone."""
    how, listing_how = ENDS[row["procedure"], step]
    record = _standing_record(state, row)
    if record is None:
        return
    ended = ended_on.isoformat()
    for listing in (state.rows["listing", id] for id in state.ids_of("listing.case", row["id"])):
        if listing_how and listing["ended_on"] is None:
            payload = {"listing": entry_of(listing), "how": listing_how, "ended_on": ended}
            yield Derived("listing_ended", record["file"], RULE, payload, is_linked=False)
    payload = {"record": entry_of(record), "how": how, "ended_on": ended}
    yield Derived("record_ended", record["file"], RULE, payload, is_linked=False)
    yield from _measures_end(state, row, ended_on)


def _measures_end(state: State, row: Row, ended_on: date) -> Iterator[Derived]:
    """Measures that rest on no other record in force."""
    record = _standing_record(state, row)
    if record is None:
        return
    for one in (state.rows["measure", id] for id in state.ids_of("measure.subject", row["subject"])):
        others = [state.rows["credit_record", id] for id in one["records"].split() if id != record["id"]]
        rests_on_it = record["id"] in one["records"].split()
        if rests_on_it and one["ended_on"] is None and all(other["ended_on"] for other in others):
            payload = {"measure": entry_of(one), "ended_on": ended_on.isoformat()}
            yield Derived("measure_ended", record["file"], RULE, payload, is_linked=False)


_SAID_AGAIN = (
    *("item", "catalogue", "direction", "layer", "class", "class_basis", "legal_basis", "anchor", "case"),
    *("period_start", "period_rule", "published_from", "published_until"),
)
"""What a record that is entered again says as it was said before; its document stands beside."""


def _again(state: State, row: Row) -> Iterator[Derived]:
    """A removal that rested on false facts is revoked: the same record with its original dates."""
    before = [state.rows["credit_record", id] for id in state.ids_of("credit_record.case", row["id"])]
    if not before:
        return
    record = before[-1]
    payload = {name: record[name] for name in _SAID_AGAIN if record[name] is not None}
    if record["document"]:
        payload["document"] = decode_value(record["document"].encode())
    yield Derived("record_entered", record["file"], RULE, payload, is_linked=False)
