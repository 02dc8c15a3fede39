"""What holds a batch, and what questions are open about it? Rows that derived entries make, and answers change. (pure)

A hold counts once on its batch; spread ones fall with their origin. A flag whose ground was corrected away is closed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from .events import KINDS
from .judging import judge_all
from .ledger.entry import Entry
from .ledger.statement import Statement
from .records import record_id
from .state import Row, State

OVERDRAWN = "overdrawn"
"""The flag of a batch whose records take out more than came in: open as long as they do."""


def open_holds_of(state: State, batch: str) -> list[Row]:
    """The holds that stand on a batch, oldest first."""
    rows = (state.rows["hold", id] for id in state.holds_of.get(batch, ()))
    return sorted((row for row in rows if row["released"] is None), key=lambda row: int(row["index"]))


def entry_named(row: Row) -> dict[str, Any]:
    """How a payload names a hold or a flag."""
    chain, _, seq = row["id"].rpartition("/")
    return {"chain": chain, "seq": int(seq), "leaf": row["leaf"]}


def id_of(entry: Mapping[str, Any]) -> str:
    return record_id(entry["chain"], entry["seq"])


def ground_of(rule: str, *entries: Mapping[str, Any]) -> str:
    """A rule and the records that it rests on: one text for what is the same finding."""
    return " ".join((rule, *sorted({id_of(one) for one in entries})))


def _place(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    payload = statement.payload
    origin = payload.get("origin")
    state.add_hold(
        {
            "id": record_id(entry.chain, entry.seq),
            "batch": entry.chain,
            "rule": payload["rule"],
            "reason": payload["reason"],
            "article": payload["article"],
            "ground": ground_of(payload["rule"], *payload.get("evidence", ())),
            "lifted_by": payload["lifted_by"],
            "origin": id_of(origin) if origin else None,
            "leaf": leaf.hex(),
            "placed_at": entry.received,
            "index": entry.index,
            "released": None,
            "release_ground": None,
        }
    )
    _count(state, entry.chain, 1)


def _release(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    id = id_of(statement.payload["hold"])
    row = state.find("hold", id)
    if row is None or row["released"] is not None:
        return
    state.put("hold", id, {**row, "released": entry.index, "release_ground": statement.payload["ground"]})
    _count(state, row["batch"], -1)


def _count(state: State, batch: str, by: int) -> None:
    row = state.find("batch", batch)
    if row is not None:
        state.put("batch", batch, {**row, "holds": row["holds"] + by})


def _raise(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    payload = statement.payload
    state.add_flag(
        {
            "id": record_id(entry.chain, entry.seq),
            "batch": entry.chain,
            "rule": payload["rule"],
            "reason": payload["reason"],
            "ground": _asked_of(state, entry.chain, payload),
            "leaf": leaf.hex(),
            "index": entry.index,
            "is_open": True,
            "answered": None,
        }
    )


def _asked_of(state: State, chain: str, payload: Mapping[str, Any]) -> str:
    """The ground of a question: the record that raised it, or that a correction put in another light."""
    source = state.find("record", id_of(payload["source"]))
    if source is not None and source["kind"] == "correction":
        known = {state.rows["flag", id]["ground"] for id in state.flags_of.get(chain, ())}
        wanted = (payload["rule"], payload["reason"])
        for one in judge_all(state, chain, KINDS):
            if one.asks and one.ground not in known and (one.verdict.rule, one.reason) == wanted:
                return one.ground
    return ground_of(payload["rule"], payload["source"])


def _answer(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    id = id_of(statement.payload["flag"])
    row = state.find("flag", id)
    if row is not None:
        state.put("flag", id, {**row, "is_open": False, "answered": entry.index})


def _nothing(state: State, entry: Entry, leaf: bytes, statement: Statement) -> None:
    """A verdict is read where it stands."""


CONTROLS: Mapping[str, Callable[[State, Entry, bytes, Statement], None]] = {
    "verdict": _nothing,
    "hold_placed": _place,
    "hold_released": _release,
    "flag_raised": _raise,
    "flag_answered": _answer,
}
"""The kinds that change what stands in a batch's way, and nothing of the goods."""
