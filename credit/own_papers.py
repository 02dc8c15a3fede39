"""Which papers does the node make for its own steps, and what really ends with one that ends something? (pure)

The same entries that will stand behind the step say what ends, so that no list of what ended can name anything else.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from trace.records import record_id
from trace.state import Row, State

from .cases import day_of
from .effects import ENDS, ends_of
from .own_steps import REPAIR_END, OwnStep
from .reference.procedures import Step, procedures
from .stepping import LAB_REPORT

END_NOTE, NOTE = "D-END-NOTE", "D-NOTE"


@dataclass(frozen=True)
class Ended:
    """What ends with a step, as it stood before: the record and its listing, if there is one, and the measures that rest on no
    other record. `on`: the first day without them."""

    on: date
    record: Row | None
    listing: Row | None
    measures: tuple[Row, ...]


def made_for(step: Step) -> tuple[str, ...]:
    """The papers of a step of the node that it makes itself; a laboratory's report is signed by the laboratory."""
    return tuple(code for code in step.documents if code != LAB_REPORT)


def ended_by(state: State, own: OwnStep, now: datetime) -> Ended:
    """What this step ends. The end of a repair is written down twice: in the case of the record, and in that of the repair."""
    on, row, step = day_of(own.at or now), state.rows["case", own.case], own.step
    if row["procedure"] == "repair":
        target = state.find("credit_record", row["target"])
        if target is None or not target["case"]:
            return Ended(on, None, None, ())
        row = state.rows["case", target["case"]]
        ends = (one.code for one in procedures()[row["procedure"]].steps.values() if one.action == REPAIR_END)
        step = next(ends, "")
    found: dict[str, list[Row]] = {"record": [], "listing": [], "measure": []}
    if (row["procedure"], step) in ENDS:
        for derived in ends_of(state, row, step, on):
            name = derived.kind.removesuffix("_ended")
            entry: Any = derived.payload[name]
            table = "credit_record" if name == "record" else name
            found[name].append(state.rows[table, record_id(entry["chain"], entry["seq"])])
    record, listing = (next(iter(found[name]), None) for name in ("record", "listing"))
    return Ended(on, record, listing, tuple(found["measure"]))
