"""What may a case be about? Something that stands, that is the subject's, and that no other case of its kind is about. (pure)"""

from collections.abc import Iterator, Mapping

from trace.ledger.errors import Conflict, FieldFault, Invalid, Refused
from trace.ledger.statement import Statement
from trace.state import Row, State

from .case_rows import progress_of
from .reference.catalogue import catalogue
from .stepping import Stepping

APPLIES: Mapping[str | None, str] = {
    None: "apply_minor",
    "minor": "apply_minor",
    "general": "apply_general",
    "serious": "apply_serious",
}
"""How a repair is asked for, by the class of the record; one without class has no minimum period (credit.md 6)."""
TEMPORARY = "apply_temporary"
LISTED = "listing"
"""How the items are confirmed that a listing brings: these are left by removal from the list, not by repair."""
ENTERED_IN_VAIN = frozenset({"dropped", "ended_annulled"})
"""After these a penalty's document may be entered anew: its entry was dropped, or was held void."""


def check_target(state: State, stepping: Stepping, statement: Statement) -> None:
    """Judge the first step. Raises `Invalid`, `Conflict`, `Refused`."""
    match stepping.row["procedure"]:
        case "repair":
            _check_repair(state, stepping)
        case "sample_result":
            reports = [progress_of(one).said.get("report") for one in _others(state, stepping.row)]
            if statement.payload.get("record") in reports:
                raise Conflict("case-open-already")


def check_paper(state: State, stepping: Stepping, statement: Statement) -> None:
    """One penalty is recorded once: not again once its record was repaired or its time was over, nor from another scan.

    Raises `Conflict` for the document, or for its number and authority.
    """
    paper = statement.payload.get("paper")
    for one in _others(state, stepping.row):
        if paper is None or one["state"] in ENTERED_IN_VAIN:
            continue
        known = progress_of(one).said.get("paper", {})
        names = ("number", "authority")
        if known.get("hash") == paper["hash"] or all(known.get(name) == paper[name] for name in names):
            raise Conflict("paper-entered-already", FieldFault("/payload/paper", "paper-entered-already"))


def _check_repair(state: State, stepping: Stepping) -> None:
    row, step = stepping.row, stepping.step
    record = state.find("credit_record", row["target"]) if row["target"] else None
    if record is None or record["subject"] != row["subject"] or record["case"] is None:
        raise Invalid("bad-reference", FieldFault("/payload/target", "bad-reference"))
    if record["ended_on"] is not None:
        raise Conflict("record-ended-already")
    if catalogue()[record["item"]].confirm_rule == LISTED:
        raise Refused("listing-is-left", step="L30", lifted_by="apply_removal", rule="listing", article="P-SAMR44")
    if step.action not in (TEMPORARY, APPLIES.get(record["class"])):
        raise Refused("case-guard", step=step.code, lifted_by="class", rule="repair", article="P-NDRC36-B")
    if any(one["target"] == row["target"] and one["kind"] == "open" for one in _others(state, row)):
        raise Conflict("case-open-already")


def _others(state: State, row: Row) -> Iterator[Row]:
    """The other cases of this procedure about the same party."""
    for id in state.ids_of("case.subject", row["subject"]):
        other = state.rows["case", id]
        if id != row["id"] and other["procedure"] == row["procedure"]:
            yield other
