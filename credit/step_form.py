"""What may a step of a case say, and what must it? Judged from its own row. (pure)

A step answers its own condition, brings the documents of its row, publishes its fields and states the dates of its own clock.
What it could say beyond that would stay in the case: a registrar could publish another item than two officials confirmed, one
answer could keep a question open that nobody handled in time, a typed day could move a term.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from trace.ledger.errors import FieldFault, Invalid, Refused
from trace.state import State

from .cases import Case, day_of
from .guards import is_natural, is_penalty
from .published import STATED, Publication, computed_values
from .reference.procedures import AnchorKind, Procedure, Step
from .stepping import Stepping, papers_of

ENTERED_WITH = ("item", "class_basis", "legal_basis", "paper")
"""What a penalty is entered with, all or none: four eyes see the same four."""
ENTRIES = frozenset({("penalty_record", "P01"), ("penalty_record", "P03")})
"""Steps that enter a penalty, or correct its entry before it is confirmed."""
NAMES_AN_ITEM = frozenset({("trace_outcome", "T01")})
CITES = frozenset({"supervision_sample", "other_laboratory", "declared_rule"})
"""Conditions that are about an entry of the log, which the step names as `record`."""

OFFERED_FACTS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("listing", "L21"): ("decision_date", "examination_from", "examination_until"),
    ("listing", "L22"): ("decision_date", "examination_from", "examination_until"),
    ("listing", "L27"): ("restriction_end", "stay_from", "stay_until"),
    ("penalty_record", "P07"): ("stay_from", "stay_until"),
}
"""Dates that a step may state: the day of the decision's paper, a pause of its clock, a longer restriction (credit.md 3)."""
PAPER_DAYS = frozenset({"decision_date"})
"""Days that a paper made with the step bears: whoever makes it here has no other to state."""
OWN_EACH_TIME = frozenset(
    {"document_received", "annulment_received", "ruling_received", "retest_sample_received", "duties_done_on"}
)
"""Days from which a step's own time counts and nothing else does: each taking has its own. Of those on which something was
received, who states none is taken to have it since the day on which the log receives the step (credit.md 3)."""
_FOLLOWS: Mapping[str, str] = {
    "annulment_received": "decision_date",
    "ruling_received": "decision_date",
    "stay_until": "stay_from",
    "examination_until": "examination_from",
}
"""By a stated day, the one that it cannot lie before."""
MAY_LIE_AHEAD = frozenset({"restriction_end", "stay_until", "examination_until"})
"""Dates of a case that may be later than the day on which they are stated."""


def own_fact(procedure: Procedure, step: Step, case: Case) -> str | None:
    """The date that the step's own clock counts from, where the case has none yet and nothing computes it."""
    if step.deadline is None or step.deadline.anchor.kind is not AnchorKind.FACT:
        return None
    name = step.deadline.anchor.name
    is_stated = name in procedure.statable({name: date.min}) and not procedure.computed.get(step.code)
    return name if is_stated and (name in OWN_EACH_TIME or name not in case.facts) else None


def before_step(step: Step, case: Case) -> Case:
    """The case as a step finds it that may have been taken before: without the day that each taking has of its own."""
    anchor = step.deadline.anchor if step.deadline else None
    if anchor is None or anchor.kind is not AnchorKind.FACT or anchor.name not in OWN_EACH_TIME:
        return case
    return replace(case, facts={name: day for name, day in case.facts.items() if name != anchor.name})


def check_form(state: State, stepping: Stepping, payload: Mapping[str, Any], today: date) -> None:
    """Raises `Invalid` with every fault; `Refused` for a penalty whose entry does not hold."""
    procedure, step = stepping.procedure, stepping.step
    at = (procedure.name, step.code)
    right = _right_values(state, stepping, payload, today)
    early = early_days(stepping.progress.case, step, payload)
    faults = [
        *_beyond("guards", payload.get("guards", {}), (step.guard,)),
        *_beyond("published", payload.get("published", {}), step.published_fields),
        *_missing("published", payload.get("published", {}), STATED.get(at, ())),
        *(FieldFault(f"/payload/published/{name}", "published-differs") for name in right),
        *_of_dates(payload, (own_fact(procedure, step, stepping.progress.case), *OFFERED_FACTS.get(at, ())), today),
        *(FieldFault(f"/payload/facts/{name}", "date-too-early") for name in early),
        *_of_documents(payload, step),
        *_of_entry(payload, at, step),
    ]
    if step.guard == "reason_given" and "grounds" not in payload and not stepping.is_of_engine:
        faults.append(FieldFault("/payload/grounds", "missing-field"))
    if faults:
        more = {**({"right": right} if right else {}), **({"earliest": min(early.values())} if early else {})}
        raise Invalid(faults[0].code, *faults, **more)
    if at in ENTRIES and step.guard is None and "item" in payload and not is_penalty(payload, today):
        raise Refused(
            "case-guard",
            rule=f"{procedure.name}@{stepping.row['table'][:8]}",
            article=step.law,
            step=step.code,
            lifted_by="catalogue_item",
        )


def _beyond(name: str, said: Iterable[str], known: Iterable[str | None]) -> Iterator[FieldFault]:
    return (FieldFault(f"/payload/{name}/{one}", "unknown-field") for one in said if one not in tuple(known))


def _missing(name: str, said: Iterable[str], wanted: Iterable[str]) -> Iterator[FieldFault]:
    return (FieldFault(f"/payload/{name}/{one}", "missing-field") for one in wanted if one not in tuple(said))


def _right_values(state: State, stepping: Stepping, payload: Mapping[str, Any], today: date) -> dict[str, str]:
    """What the log says where the step would publish something else, by field; "" where there is nothing to publish.

    Not asked of a step from another state, or about a human being: those are refused for what they are.
    """
    progress, step = stepping.progress, stepping.step
    at = (stepping.procedure.name, step.code)
    if at not in STATED or progress.case.state != step.from_state or is_natural(state, stepping.row["subject"]):
        return {}
    computed = computed_values(Publication(state, stepping.row, progress, today))
    said = payload.get("published", {})
    checked = [name for name in step.published_fields if name in said and name not in STATED[at]]
    return {name: computed.get(name, "") for name in checked if said[name] != computed.get(name)}


def _of_dates(payload: Mapping[str, Any], known: Iterable[str | None], today: date) -> Iterator[FieldFault]:
    """Claimed days never lie ahead, and none that the case computes is typed. Clocks run by the received time alone."""
    facts = payload.get("facts", {})
    yield from _beyond("facts", facts, known)
    yield from (FieldFault(f"/payload/facts/{name}", "date-in-future") for name in days_ahead(payload, today))
    if payload.get("paper_on", "") > today.isoformat():
        yield FieldFault("/payload/paper_on", "date-in-future")


def early_days(case: Case, step: Step, payload: Mapping[str, Any]) -> dict[str, str]:
    """Stated days that lie before what they follow from, each with the first day that could be right.

    A document was not received before it was written, no decision taken before the case was ready for it.
    """
    facts = payload.get("facts", {})
    known = {name: day.isoformat() for name, day in case.facts.items()} | facts
    first = {name: known[cause] for name, cause in _FOLLOWS.items() if cause in known}
    if "paper" in payload:
        first["document_received"] = payload["paper"]["dated"]
    if step.from_state in case.entered:
        first |= dict.fromkeys(PAPER_DAYS, day_of(case.entered[step.from_state]).isoformat())
    return {name: first[name] for name, day in facts.items() if day < first.get(name, "")}


def days_ahead(payload: Mapping[str, Any], today: date) -> list[str]:
    """Stated days that have not come yet and can be none of what has happened."""
    facts = payload.get("facts", {})
    return [name for name, day in facts.items() if day > today.isoformat() and name not in MAY_LIE_AHEAD]


def _of_documents(payload: Mapping[str, Any], step: Step) -> Iterator[FieldFault]:
    """Only papers of the row, each once, with its bytes: a second decision beside the one that was signed is none."""
    seen: set[str] = set()
    for at, one in enumerate(payload.get("documents", [])):
        if one not in papers_of(payload):
            yield FieldFault(f"/payload/documents/{at}/hash", "missing-field")
        if one["code"] not in step.documents or one["code"] in seen:
            yield FieldFault(f"/payload/documents/{at}/code", "unknown-value")
        seen.add(one["code"])


def _of_entry(payload: Mapping[str, Any], at: tuple[str, str], step: Step) -> Iterator[FieldFault]:
    """What a record is made of is said where it is entered and nowhere later."""
    known = ENTERED_WITH if at in ENTRIES else ("item",) if at in NAMES_AN_ITEM else ()
    told = [name for name in ENTERED_WITH if name in payload]
    yield from (FieldFault(f"/payload/{name}", "unknown-field") for name in told if name not in known)
    if at in ENTRIES and told:
        yield from (FieldFault(f"/payload/{name}", "missing-field") for name in ENTERED_WITH if name not in payload)
    if "record" in payload and step.guard not in CITES:
        yield FieldFault("/payload/record", "unknown-field")
