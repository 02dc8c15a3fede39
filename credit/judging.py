"""May this entry of a case or of a credit file stand in the log? The wing's own part of `decide`, and of the audit. (pure)

An act is refused with the condition that fails and what would lift it. Nobody's server key is enough for an act of
office: the steps of officials want their own keys, two different persons where the table says so.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from trace.ledger.errors import Conflict, FieldFault, Forbidden, Invalid, Refused
from trace.ledger.sealing import time_received
from trace.ledger.statement import Statement, signed_bytes
from trace.offices import acts_as, interested_in, own_office_signers
from trace.places import is_covered
from trace.records import record_id
from trace.state import Row, State

from .case_rows import progress_of
from .cases import day_of
from .earning import facts_of
from .effects import ENTERS
from .good_facts import good_facts
from .procedure import take
from .reference import table_hash
from .reference.holidays import legal_calendar
from .reference.procedures import NOT_OPEN, table_of
from .services import IN_APP, PUBLIC_NOTICE, find_uncalled, first_service
from .step_checks import Fault, Why, missing_paper
from .step_form import ENTRIES, check_form
from .stepping import SERVICE_CLERK, Stepping, apart_of, read_step
from .targets import check_paper, check_target

WIRED = frozenset({"sample_result", "trace_outcome", "penalty_record", "listing", "repair"})
"""The procedures that can be opened here."""

GIVES_UP_A_RIGHT = frozenset({"L07", "L10", "L11", "X15", "X16", "X17", "X18", "X19"})
"""Steps by which a party gives up a right: by its own key, or on paper, never in custody (docs/formats.md, "Custody")."""

MAY_SERVE = (SERVICE_CLERK, "case_officer", "file_officer", "registrar", "dept_lead", "head")
"""The offices that may record how a document was handed over."""


def judge(state: State, statement: Statement, seq: int, index: int, now: datetime) -> None:
    """Raises `Invalid`, `Forbidden`, `Conflict`, `Refused`."""
    judged = _JUDGED.get(statement.kind)
    if judged is None:
        raise Invalid("unknown-kind", FieldFault("/kind", "unknown-kind"))
    judged(state, statement, index, now)


def opening_hash(statement: Statement) -> str:
    """What the first step of a case signs, so that nobody can put it under another opening: its document, without proof."""
    return hashlib.sha256(signed_bytes(statement)).hexdigest()


def _judge_case_opened(state: State, statement: Statement, index: int, now: datetime) -> None:
    """The node opens; the first step stands right behind and signs for what was opened."""
    payload = statement.payload
    _only_node(state, statement)
    if payload["procedure"] not in WIRED:
        raise Invalid("unknown-value", FieldFault("/payload/procedure", "unknown-value"))
    if payload["table"] != table_hash(table_of()[payload["procedure"]]):
        raise Invalid("bad-reference", FieldFault("/payload/table", "bad-reference"))
    authority, subject = state.rows["party", payload["authority"]], state.rows["party", payload["subject"]]
    if authority["legal_form"] != "authority":
        raise Invalid("not-an-authority", FieldFault("/payload/authority", "not-an-authority"))
    if payload["region"] != subject["region"] or not is_covered(authority["region"], payload["region"]):
        raise Refused("case-wrong-region", lifted_by=subject["region"])


def _only_node(state: State, statement: Statement) -> None:
    if state.node is None or statement.actor != state.node[0]:
        raise Forbidden("not-your-act")


def _judge_case_step(state: State, statement: Statement, index: int, now: datetime) -> None:
    stepping = read_step(state, statement, index, time_received(now, ""))
    _check_opening(stepping, statement)
    check_form(state, stepping, statement.payload, day_of(now))
    if stepping.is_of_engine:
        _check_papers(stepping)
        _check_file(state, stepping)
        return
    if stepping.engine is not None:
        raise Conflict("case-step-due", due=stepping.engine.step.code)
    if statement.custody and stepping.step.code in GIVES_UP_A_RIGHT:
        raise Forbidden("own-key-needed", FieldFault("/proof", "own-key-needed"))
    outcome = take(
        stepping.procedure,
        stepping.progress.case,
        stepping.attempt,
        stepping.parties,
        legal_calendar(),
        lambda step: apart_of(step, stepping.interested),
    )
    if outcome.refusal is not None:
        raise _refused(stepping, outcome.refusal)
    if (row := outcome.taken[-1].step) is not stepping.step:
        # The same action from another state: what it brings would be another row's, or nothing.
        raise _refused(stepping, Fault(Why.NOT_FROM_HERE, row.code))
    if (uncalled := find_uncalled(stepping.row, stepping.progress, stepping.step, day_of(now))) is not None:
        raise _refused(stepping, uncalled)
    if stepping.step.from_state == NOT_OPEN:
        check_target(state, stepping, statement)
    if (stepping.row["procedure"], stepping.step.code) in ENTRIES:
        check_paper(state, stepping, statement)
    _check_file(state, stepping)


def _check_papers(stepping: Stepping) -> None:
    """What the clock brings is written down like every other step of a row that names a paper."""
    if (missing := missing_paper(stepping.step, stepping.attempt)) is not None:
        raise _refused(stepping, missing)


def _check_file(state: State, stepping: Stepping) -> None:
    """A step that enters a record, the clock's own too, needs a file to stand in."""
    enters = (stepping.row["procedure"], stepping.step.code) in ENTERS
    if enters and not state.ids_of("credit_file.subject", stepping.row["subject"]):
        raise Conflict("no-credit-file")


def _check_opening(stepping: Stepping, statement: Statement) -> None:
    """The first step carries the hash of the opening; no later one does."""
    is_first = stepping.progress.case.state == NOT_OPEN
    if is_first != ("opens" in statement.payload) or (
        is_first and statement.payload["opens"] != stepping.progress.opening
    ):
        raise Invalid("bad-reference", FieldFault("/payload/opens", "bad-reference"))


_CODES: Mapping[Why, str] = {
    Why.BACKDATED: "case-backdated",
    Why.NOT_FROM_HERE: "case-not-from-here",
    Why.WRONG_ROLE: "case-wrong-role",
    Why.PARTY: "case-party",
    Why.SAME_PERSON: "case-same-person",
    Why.NO_COSIGN: "case-no-cosign",
    Why.TOO_EARLY: "case-too-early",
    Why.TOO_LATE: "case-too-late",
    Why.GUARD: "case-guard",
    Why.DOCUMENT: "case-document",
}


def _refused(stepping: Stepping, fault: Fault) -> Refused:
    return Refused(
        _CODES[fault.why],
        rule=f"{stepping.row['procedure']}@{stepping.row['table'][:8]}",
        article=stepping.step.law,
        step=stepping.step.code,
        lifted_by=fault.lifted_by,
    )


def _judge_document_served(state: State, statement: Statement, index: int, now: datetime) -> None:
    """By an official of the case with an own key, or by the node where the party itself acknowledged it in its account."""
    payload, row = statement.payload, state.rows["case", statement.chain]
    today = day_of(now)
    if payload["to"] != row["subject"]:
        raise Invalid("bad-reference", FieldFault("/payload/to", "bad-reference"))
    check_service(row, payload, today)
    if state.node is not None and statement.actor == state.node[0]:
        if payload["method"] != IN_APP:
            raise Forbidden("not-your-act")
        if payload["served_on"] != today.isoformat():
            raise Invalid("date-not-today", FieldFault("/payload/served_on", "date-not-today"))
        return
    if payload["method"] == IN_APP:
        # Nobody but the party itself says that it opened its account; the node writes down when it did.
        raise Forbidden("not-your-act", FieldFault("/payload/method", "not-your-act"))
    received = time_received(now, "")
    signed = statement.actor in own_office_signers(state, statement, index)
    if not signed or not any(
        acts_as(state, statement.actor, role, row["authority"], row["region"], received) for role in MAY_SERVE
    ):
        raise Refused("case-wrong-role", lifted_by=SERVICE_CLERK, step="", rule="document_served", article="L-PEN 61")
    if statement.actor in interested_in(state, row["subject"]):
        raise Refused("case-party", lifted_by=SERVICE_CLERK, step="", rule="document_served", article="L-PEN 43")


def check_service(row: Row, payload: Mapping[str, Any], today: date) -> None:
    """May this paper count as served on this day? Raises `Invalid`: it is none of the case, the day lies ahead, or before the
    first one that can be right (`earliest`)."""
    served_on, method = payload["served_on"], payload["method"]
    if served_on > today.isoformat() and method != PUBLIC_NOTICE:
        raise Invalid("date-in-future", FieldFault("/payload/served_on", "date-in-future"))
    first = first_service(row, progress_of(row), payload["document"], payload["hash"], method)
    if first is None:
        raise Invalid("bad-reference", FieldFault("/payload/hash", "bad-reference"))
    if served_on < first.isoformat():
        fault = FieldFault("/payload/served_on", "service-too-early")
        raise Invalid("service-too-early", fault, earliest=first.isoformat())


def _judge_credit_opened(state: State, statement: Statement, index: int, now: datetime) -> None:
    """One file a party, by the node; its first fact, where one is named, is that party's own."""
    payload = statement.payload
    _only_node(state, statement)
    if state.ids_of("credit_file.subject", payload["subject"]):
        raise Conflict("credit-file-open", FieldFault("/payload/subject", "credit-file-open"))
    if payload["region"] != state.rows["party", payload["subject"]]["region"]:
        raise Invalid("bad-reference", FieldFault("/payload/region", "bad-reference"))
    if (first := payload.get("first_fact")) is not None:
        record = state.find("record", record_id(first["chain"], first["seq"]))
        if record is None or record["actor"] != payload["subject"]:
            raise Invalid("bad-reference", FieldFault("/payload/first_fact", "bad-reference"))


def _judge_record_entered(state: State, statement: Statement, index: int, now: datetime) -> None:
    """By itself only what a declared rule of the catalogue earns; what a case brings stands right behind its step."""
    _only_node(state, statement)
    subject = state.rows["credit_file", statement.chain]["subject"]
    entered = [state.rows["credit_record", id] for id in state.ids_of("credit_record.subject", subject)]
    if dict(statement.payload) not in good_facts(facts_of(state, subject), entered, day_of(now)):
        raise Refused("not-earned", rule=str(statement.payload.get("rule")), article="", lifted_by="")


_JUDGED: Mapping[str, Callable[[State, Statement, int, datetime], None]] = {
    "case_opened": _judge_case_opened,
    "case_step": _judge_case_step,
    "document_served": _judge_document_served,
    "credit_opened": _judge_credit_opened,
    "record_entered": _judge_record_entered,
}
