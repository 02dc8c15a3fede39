"""How does an entry of a case or a credit file change the rows? It never refuses: what is logged was judged. (pure)"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from trace.ledger.canonical import encode
from trace.ledger.entry import Entry
from trace.ledger.statement import Statement
from trace.records import record_id
from trace.state import Row, State

from .case_rows import Paper, Progress, Served, progress_of, progress_text, with_progress, with_service
from .cases import Case, day_of
from .effects import PAUSES, SHIELDED, STAYED, legal_day_of
from .guards import asks_for_a_record, first_step_of, outcome_of, repair_of
from .judging import opening_hash
from .published import Publication, published_values
from .reference.procedures import NOT_OPEN
from .stepping import Stepping, papers_of, read_step
from .tables import KEYS

_LISTING = "listing"
GRANTS = frozenset({"X12", "X33"})
ENDS_BY_REPAIR = frozenset({"T18", "P14", "P15", "P16", "P17"})
_KEPT = ("item", "class_basis", "legal_basis", "paper", "published", "record")
"""What a step states that later steps and the records that follow from it are made of."""


def project(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    """Change the rows as this entry says."""
    _CHANGES[statement.kind](state, entry, leaf, statement)


def _open_case(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    payload = statement.payload
    row = {
        "id": entry.chain,
        "procedure": payload["procedure"],
        "table": payload["table"],
        "subject": payload["subject"],
        "authority": payload["authority"],
        "region": payload["region"],
        "target": payload.get("target"),
        "state": NOT_OPEN,
        "kind": "open",
        "progress": progress_text(Progress(Case(), opening_hash(statement))),
        "opened": entry.received,
        "index": entry.index,
    }
    state.add_listed("case", row, KEYS["case"])
    state.owe(first_step_of(entry.chain), {"index": entry.index})


def _take_step(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    stepping = read_step(state, statement, entry.index, entry.received)
    row = stepping.row
    progress = _after(stepping, statement)
    state.put("case", row["id"], with_progress(row, progress, stepping.step.to_kind.value))
    state.settle(first_step_of(entry.chain))
    _owe(state, row, progress, stepping.step.code, entry.index)
    if (row["procedure"], stepping.step.code) in PAUSES:
        _pause(state, row)


def _after(stepping: Stepping, statement: Statement) -> Progress:
    before, step, payload = stepping.progress, stepping.step, statement.payload
    facts = stepping.procedure.statable(stepping.attempt.facts)
    case = before.case.after(stepping.procedure, step, stepping.done, facts, stepping.attempt.answers)
    today = day_of(stepping.attempt.at)
    papers = [Paper(one["code"], one["doc_no"], one["hash"], step.code, today) for one in papers_of(payload)]
    said: dict[str, Any] = {**before.said, **{name: payload[name] for name in _KEPT if name in payload}}
    if step.code == "S01":
        said["report"] = payload["record"]
    return replace(before, case=case, papers=(*before.papers, *papers), said=said)


def _owe(state: State, row: Row, progress: Progress, step: str, index: int) -> None:
    """What has to stand in the same group: a case that follows from this one, the end of a record that was repaired."""
    match row["procedure"]:
        case "sample_result" if asks_for_a_record(row, step):
            state.owe(outcome_of(progress.said["report"]), {"index": index})
        case "trace_outcome" if step == "T01":
            state.settle(outcome_of(progress.said["record"]))
        case "repair" if step in GRANTS:
            state.owe(repair_of(row["target"]), {"index": index})
    if step in ENDS_BY_REPAIR:
        for id in state.ids_of("credit_record.case", row["id"]):
            state.settle(repair_of(id))


def _pause(state: State, row: Row) -> None:
    """A record is shown again when no reason is left: a stay and a temporary repair end each by its own step."""
    records = [row["target"]] if row["procedure"] == "repair" else list(state.ids_of("credit_record.case", row["id"]))
    for id in records:
        record = state.find("credit_record", id) if id else None
        if record is not None and record["ended_on"] is None:
            state.put("credit_record", record["id"], {**record, "paused": _is_kept_from_view(state, record)})
    for id in state.ids_of("listing.case", row["id"]):
        listing = state.rows["listing", id]
        if listing["ended_on"] is None:
            state.put("listing", id, {**listing, "paused": state.rows["case", row["id"]]["state"] in STAYED})


def _is_kept_from_view(state: State, record: Row) -> bool:
    cases = [state.rows["case", id] for id in state.ids_of("case.subject", record["subject"])]
    return any(
        (one["id"] == record["case"] and one["state"] in STAYED)
        or (one["target"] == record["id"] and one["state"] == SHIELDED)
        for one in cases
    )


def _serve(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    row, payload = state.rows["case", entry.chain], statement.payload
    on = date.fromisoformat(payload["served_on"])
    served = Served(payload["document"], payload["hash"], on, payload["method"])
    progress = with_service(progress_of(row), served)
    state.put("case", row["id"], {**row, "progress": progress_text(progress)})


def _open_file(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    payload = statement.payload
    first = payload.get("first_fact")
    record = state.find("record", record_id(first["chain"], first["seq"])) if first else None
    row = {
        "id": entry.chain,
        "subject": payload["subject"],
        "region": payload["region"],
        "rule": payload["rule"],
        "first_fact": _legal_day(record["received"]) if record else None,
        "index": entry.index,
    }
    state.add_listed("credit_file", row, KEYS["credit_file"])


def _legal_day(received: str) -> str:
    return day_of(datetime.fromisoformat(received)).isoformat()


def _enter_record(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    payload = statement.payload
    named = ("item", "catalogue", "direction", "layer", "class", "class_basis", "legal_basis", "rule", "case")
    dates = ("anchor", "period_start", "period_rule", "published_from", "published_until")
    row = {
        "id": record_id(entry.chain, entry.seq),
        "file": entry.chain,
        "subject": state.rows["credit_file", entry.chain]["subject"],
        **{name: payload.get(name) for name in (*named, *dates)},
        "source": record_id(payload["source"]["chain"], payload["source"]["seq"]),
        "document": encode(payload["document"]).decode() if "document" in payload else None,
        "published": _published_text(state, payload),
        "recorded": legal_day_of(entry).isoformat(),
        "paused": False,
        "ended_on": None,
        "how": None,
        "leaf": leaf.hex(),
        "index": entry.index,
    }
    state.add_listed("credit_record", row, [key for key in KEYS["credit_record"] if row[key]])


def _published_text(state: State, payload: Mapping[str, Any]) -> str | None:
    """What step P07 made public, as it stood that day. A listing carries its own."""
    row = state.find("case", payload["case"]) if "published_from" in payload and "case" in payload else None
    if row is None or row["procedure"] == _LISTING:
        return None
    day = date.fromisoformat(payload["published_from"])
    return encode(published_values(Publication(state, row, progress_of(row), day))).decode()


def _end(table: str, name: str) -> Callable[[State, Entry, bytes, Statement], None]:
    def end(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
        payload = statement.payload
        row = state.find(table, record_id(payload[name]["chain"], payload[name]["seq"]))
        if row is not None and row["ended_on"] is None:
            how = {"how": payload["how"]} if "how" in payload else {}
            state.put(table, row["id"], {**row, **how, "ended_on": payload["ended_on"]})

    return end


def _start_measure(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    payload = statement.payload
    row = {
        "id": record_id(entry.chain, entry.seq),
        "file": entry.chain,
        "subject": state.rows["credit_file", entry.chain]["subject"],
        "measure": payload["measure"],
        "records": " ".join(record_id(one["chain"], one["seq"]) for one in payload["records"]),
        **{name: payload[name] for name in ("basis", "scope", "starts_on")},
        **{name: payload.get(name) for name in ("until", "decision_no")},
        "ended_on": None,
        "leaf": leaf.hex(),
        "index": entry.index,
    }
    state.add_listed("measure", row, KEYS["measure"])


def _start_listing(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    payload = statement.payload
    named = ("item", "list", "authority", "legal_basis", "decision_no", "decision_date")
    record = record_id(payload["record"]["chain"], payload["record"]["seq"])
    row = {
        "id": record_id(entry.chain, entry.seq),
        "file": entry.chain,
        "subject": state.rows["credit_file", entry.chain]["subject"],
        **{name: payload[name] for name in (*named, "listed_on", "until", "removal_from")},
        "published": encode(payload["published"]).decode(),
        "record": record,
        "case": state.rows["credit_record", record]["case"],
        "paused": False,
        "ended_on": None,
        "how": None,
        "leaf": leaf.hex(),
        "index": entry.index,
    }
    state.add_listed("listing", row, KEYS["listing"])


_CHANGES: Mapping[str, Callable[[State, Entry, bytes, Statement], None]] = {
    "case_opened": _open_case,
    "case_step": _take_step,
    "document_served": _serve,
    "credit_opened": _open_file,
    "record_entered": _enter_record,
    "record_ended": _end("credit_record", "record"),
    "measure_started": _start_measure,
    "measure_ended": _end("measure", "measure"),
    "listing_started": _start_listing,
    "listing_ended": _end("listing", "listing"),
}
