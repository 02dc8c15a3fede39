"""What does a logged step of a case say: which row, by whom in which role, with which answers and dates? (pure)

Judging and projecting read a step by this one function, so that what was judged is what is kept. Time is the log's
received time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from trace.ledger.errors import FieldFault, Invalid
from trace.ledger.statement import Statement
from trace.offices import acts_as, interested_in, own_office_signers
from trace.papers import REPORTS
from trace.places import region_prefix
from trace.records import record_id
from trace.state import Row, State

from .case_rows import Progress, progress_of
from .cases import Done, day_of
from .guards import Asked, computed_answers, computed_facts
from .procedure import Taken, engine_step
from .reference.holidays import legal_calendar
from .reference.procedures import NOT_OPEN, SUBJECT, Procedure, Step, procedures
from .step_checks import Actor, Apart, Attempt

LABORATORY = "laboratory"
"""The role of the party whose signed report the node's own step cites."""
LAB_REPORT = "D-LAB-REPORT"
"""The paper that the laboratory's record in the log is itself."""
SERVICE_CLERK = "service_clerk"
"""The office that enters the signed papers of a party which does not act by itself."""
UPPER_AUTHORITY = "upper_authority"
NOBODY = ""
"""The role of somebody who may not act here."""
CORRECTED_BY: Mapping[str, tuple[str, ...]] = {"P01": ("P03",)}
"""By a step, those that do it over: who corrected an entry is as little its second person as who made it (four eyes)."""


@dataclass(frozen=True)
class Stepping:
    """A step with everything that it is judged by. `engine`: the automatic step that is due and comes before any other."""

    row: Row
    progress: Progress
    procedure: Procedure
    step: Step
    attempt: Attempt
    interested: frozenset[str]
    engine: Taken | None
    by_node: bool

    @property
    def parties(self) -> frozenset[str]:
        """The subject, and officials with an interest in it."""
        return self.interested | {self.row["subject"]}

    @property
    def is_of_engine(self) -> bool:
        """Whether it is the very step that the clock has brought."""
        return self.by_node and self.engine is not None and self.engine.step.code == self.step.code

    @property
    def done(self) -> Done:
        """When it counts as taken, and by whom: what the clock brings counts from that moment, however late it was logged."""
        if self.engine is not None and self.is_of_engine:
            return Done(self.engine.at, "")
        return Done(self.attempt.at, self.attempt.by.person)


def read_step(state: State, statement: Statement, index: int, received: str) -> Stepping:
    """Read a `case_step`. Raises `Invalid` where it names no row of the procedure, or a table that is not the case's."""
    row = state.rows["case", statement.chain]
    payload = statement.payload
    procedure = procedures()[row["procedure"]]
    step = procedure.steps.get(payload["step"])
    if step is None or step.action != payload["action"]:
        raise Invalid("unknown-value", FieldFault("/payload/step", "unknown-value"))
    if payload["table"] != row["table"]:
        raise Invalid("bad-reference", FieldFault("/payload/table", "bad-reference"))
    progress = progress_of(row)
    at = datetime.fromisoformat(received)
    by_node = state.node is not None and statement.actor == state.node[0]
    asked = Asked(state, row, progress, step, payload, day_of(at))
    attempt = Attempt(
        action=step.action,
        at=at,
        by=_node_as(state, step, payload) if by_node else _acting(state, row, step, statement, index, received),
        cosigner=_cosigner(state, row, step, statement, index, received),
        answers={**payload.get("guards", {}), **computed_answers(asked)},
        facts={**_dates(payload.get("facts", {})), **computed_facts(asked)},
        documents=own_papers_of(state, step, payload) if by_node else _codes(papers_of(payload)),
        entered_by=statement.actor,
    )
    interested = interested_in(state, row["subject"])
    engine = engine_step(procedure, progress.case, at, legal_calendar()) if progress.case.state != NOT_OPEN else None
    return Stepping(row, progress, procedure, step, attempt, interested, engine, by_node)


def apart_of(step: Step, interested: frozenset[str]) -> Apart:
    """Who keeps out of this step beyond what its row says."""
    return Apart(
        interested, tuple(later for one in step.differs for name in one for later in CORRECTED_BY.get(name, ()))
    )


def own_papers_of(state: State, step: Step, payload: Mapping[str, Any]) -> frozenset[str]:
    """The documents that a step of the node itself comes with. A laboratory's is its signed report in the log, which the step
    cites: nothing that is only named stands for it."""
    named = _codes(papers_of(payload)) - {LAB_REPORT}
    report = _cited(state, payload) if step.actor_role == LABORATORY else None
    return named | {LAB_REPORT} if report is not None and report["kind"] in REPORTS else named


def _codes(papers: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(one["code"] for one in papers)


def papers_of(payload: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The documents that come with a step, each by number and bytes."""
    return [one for one in payload.get("documents", []) if one.get("hash") and one.get("doc_no")]


def _dates(facts: Mapping[str, str]) -> dict[str, date]:
    return {name: date.fromisoformat(day) for name, day in facts.items()}


def _node_as(state: State, step: Step, payload: Mapping[str, Any]) -> Actor:
    """A laboratory's report moves a case by the node's own step; its signer counts as that step's person."""
    if step.is_by_system:
        return Actor(step.actor_role, "")
    report = _cited(state, payload) if step.actor_role == LABORATORY else None
    return Actor(LABORATORY, report["actor"]) if report is not None else Actor(NOBODY, "")


def _cited(state: State, payload: Mapping[str, Any]) -> Row | None:
    """The record that a step names."""
    named = payload.get("record")
    return state.find("record", record_id(named["chain"], named["seq"])) if named else None


def _acting(state: State, row: Row, step: Step, statement: Statement, index: int, received: str) -> Actor:
    if step.actor_role == SUBJECT:
        is_own = statement.actor == row["subject"]
        return Actor(
            SUBJECT if is_own or _enters_paper(state, row, statement, index, received) else NOBODY, row["subject"]
        )
    has_role = statement.actor in own_office_signers(state, statement, index) and acts_in_case(
        state, statement.actor, step.actor_role, row, received
    )
    return Actor(step.actor_role if has_role else NOBODY, statement.actor)


def _enters_paper(state: State, row: Row, statement: Statement, index: int, received: str) -> bool:
    """The signed paper of the party, by hash, entered by the service clerk with an own key."""
    is_clerk = statement.actor in own_office_signers(state, statement, index) and acts_in_case(
        state, statement.actor, SERVICE_CLERK, row, received
    )
    return is_clerk and "paper_on" in statement.payload and bool(papers_of(statement.payload))


def _cosigner(state: State, row: Row, step: Step, statement: Statement, index: int, received: str) -> Actor | None:
    """Another official in the role that the row wants, by an own proof on the same statement."""
    if step.cosign is None:
        return None
    others = sorted(own_office_signers(state, statement, index) - {statement.actor})
    return next(
        (Actor(step.cosign, one) for one in others if acts_in_case(state, one, step.cosign, row, received)), None
    )


def acts_in_case(state: State, party: str, role: str, row: Row, received: str) -> bool:
    """Whether a party holds this office at the authority of the case, for its region; the upper authority is one above."""
    if role != UPPER_AUTHORITY:
        return acts_as(state, party, role, row["authority"], row["region"], received)
    return any(acts_as(state, party, role, one, row["region"], received) for one in _above(state, row["authority"]))


def authority_of(state: State, party: str, role: str, row: Row, received: str) -> str:
    """For which authority a party speaks in this role: that of the case, or the one above where the role is that one's."""
    if role != UPPER_AUTHORITY:
        return str(row["authority"])
    above = _above(state, row["authority"])
    return next((one for one in above if acts_as(state, party, role, one, row["region"], received)), row["authority"])


def holders_of(state: State, role: str, row: Row, received: str) -> frozenset[str]:
    """Every party that holds this office for a case: at its authority, or at the one above where the role is that one's."""
    parties = {one["party"] for one in _offices(state)}
    return frozenset(one for one in parties if acts_in_case(state, one, role, row, received))


def _above(state: State, authority: str) -> list[str]:
    """Authorities of the same kind whose region holds that of this one."""
    own = state.rows["party", authority]
    reach = region_prefix(own["region"]) or ""
    found = []
    for id in sorted({row["authority"] for row in _offices(state) if row["authority"]}):
        other = state.find("party", id)
        if other is None or other["authority_kind"] != own["authority_kind"]:
            continue
        prefix = region_prefix(other["region"])
        if prefix is not None and prefix != reach and reach.startswith(prefix):
            found.append(id)
    return found


def _offices(state: State) -> list[Row]:
    return [state.rows["office", id] for id in state.office_ids]
