"""Whose goods does a sample, a report or an admission speak of? Theirs of that moment, wherever the goods go later. (pure)

Credit rests on it: a failure falls on whoever was sampled, a pass is earned by whoever was tested, never by a later buyer.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from .ledger.statement import Statement
from .records import record_id
from .state import Row, State

ON_GOODS = frozenset({"sample_taken", "lab_report", "market_admission"})
"""Kinds that others record about a party's goods."""

AT_A_HOLDER = frozenset({"market", "shop"})
"""Stages (抽样环节) in which the goods of whoever holds them are sampled, not those of an owner elsewhere."""


_OF_NOBODYS: Mapping[str, str | None] = MappingProxyType({"owned_by": None, "held_by": None, "goods_of": None})


def spoken_of(state: State, statement: Statement) -> Mapping[str, str | None]:
    """The cells of a new record that say whose the goods are, who has them, and of whom it speaks; none for other kinds."""
    if statement.kind not in ON_GOODS:
        return _OF_NOBODYS
    batch = state.rows["batch", statement.chain]
    had = {"owned_by": batch["owner"], "held_by": batch["holder"]}
    return {**had, "goods_of": goods_of(state, {"kind": statement.kind, **had}, statement.payload)}


def goods_of(state: State, row: Row, payload: Mapping[str, Any]) -> str | None:
    """Of whose goods a record speaks that says this; None: of nobody's. `row`: its kind, with `owned_by` and `held_by` of the
    moment in which it was logged.

    A sample names whom it was drawn from; else it was the owner, at a market or shop the holder (the table of payloads). A report
    speaks of whom its sample was drawn from; without one, and for an admission, of the owner.
    """
    of_whom = "owned_by"
    match row["kind"]:
        case "sample_taken" if "sampled" in payload:
            return str(payload["sampled"])
        case "sample_taken" if payload.get("stage") in AT_A_HOLDER:
            of_whom = "held_by"
        case "lab_report" if (sample := _sample_of(state, payload)) is not None:
            row, of_whom = sample, "goods_of"
    found: str | None = row[of_whom]
    return found


def names_sample(payload: Mapping[str, Any], sample: Row) -> bool:
    """Whether a report says that it tested this sample."""
    named = payload.get("sample")
    return named is not None and record_id(named["chain"], named["seq"]) == sample["id"]


def _sample_of(state: State, payload: Mapping[str, Any]) -> Row | None:
    """The sample that a report names, as it stands; None where it names none, something else, or one that was never drawn."""
    named = payload.get("sample")
    found = state.find("record", record_id(named["chain"], named["seq"])) if named else None
    return found if found is not None and found["kind"] == "sample_taken" and not found["is_void"] else None
