"""How does a step of a case enter the log, with everything that belongs to it, and what has the node itself to say?

Whoever takes a step hands over one statement; what the clock has brought before it, the credit file that it needs and the
case that follows from it stand in the same group, by the node. What nobody has to be asked for is said here as well: a
failed supervision report opens its case, a term that is over ends. Late is no harm: such a step counts from its day.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from api.documents import OfCase, case_of_row
from api.documents.db import DocumentStore
from api.documents.own_papers import own_papers
from api.documents.own_words import Texts, end_texts, lapsed_texts, raised_texts
from api.node import Node
from api.pages.scan_words import Words
from api.problems import log_failure
from api.recording import log_all
from api.waiting import Waiting
from credit.case_rows import progress_of
from credit.effects import ENTERS
from credit.judging import opening_hash
from credit.own_papers import NOTE, ended_by
from credit.own_steps import OwnCase, OwnStep, belongs_to, brought_by_the_clock, moved_by, opened_by, passed_to
from credit.queries import case_state, find_case, find_file, find_record, list_cases, reports_after
from credit.reference import table_hash
from credit.reference.procedures import procedures, table_of
from credit.stepping import holders_of
from trace.ledger.errors import Conflict, DomainError, NotFound
from trace.ledger.sealing import time_received
from trace.ledger.store import Reads
from trace.ledger.submission import Receipt, Signed
from trace.offices import interested_in, is_in_force
from trace.places import is_covered, region_prefix
from trace.queries import find_key_owners, find_parties, list_authorities, list_offices
from trace.records import entry_of, record_id
from trace.state import Row, State

FILE_RULE = "credit@1"


def opening_of(
    node: Node,
    procedure: str,
    *,
    subject: str,
    authority: str,
    region: str,
    target: str | None = None,
    evidence: Iterable[Mapping[str, Any]] = (),
    chain: str = "",
) -> Signed:
    """The node's statement that opens a case, on a new chain where none is given. The first step signs for its hash (`opens`)."""
    payload = {
        "procedure": procedure,
        "table": table_hash(table_of()[procedure]),
        "subject": subject,
        "authority": authority,
        "region": region,
        **({"target": target} if target else {}),
        **({"evidence": [dict(one) for one in evidence]} if evidence else {}),
    }
    return own_statement(node, "case_opened", payload, chain or node.recorder.new_chain())


def step_payload(procedure: str, step: str, *, opening: Signed | None = None, **said: Any) -> dict[str, Any]:
    """The payload of a step, with the hash of the opening that it signs for where it is the first."""
    row = procedures()[procedure].steps[step]
    opens = {"opens": opening_hash(opening.statement)} if opening else {}
    told = {name: value for name, value in said.items() if value}
    return {"step": step, "action": row.action, "table": table_hash(table_of()[procedure]), **opens, **told}


async def log_step(node: Node, store: DocumentStore, signed: Signed, opening: Signed | None = None) -> Receipt:
    """Log a step with its group; where the clock brought another step meanwhile, once more. `store` gives the papers of what
    the node itself says in the group.

    Raises whatever the log refuses with, `NotFound` for a case that is none.
    """
    for attempt in (1, 2):
        group, at = await _group(node, store, signed, opening)
        try:
            return (await log_all(node, *group))[at]
        except Conflict as refused:
            if refused.code != "case-step-due" or attempt == 2:
                raise
    raise NotFound("not-found")


async def log_own_step(node: Node, store: DocumentStore, own: OwnStep) -> Receipt:
    """A step of the node itself, with what belongs to it."""
    with node.reading() as reads:
        row = find_case(reads.connection, own.case)
        state = case_state(reads, [row] if row else [])
    if row is None or row["state"] != procedures()[own.procedure].steps[own.step].from_state:
        said = own_statement(node, "case_step", step_payload(own.procedure, own.step, **own.said), own.case)
        return await log_step(node, store, said)  # the log says what is against it; no paper is made for that
    return await log_step(node, store, await _own(node, store, state, own))


async def log_own_case(node: Node, store: DocumentStore, own: OwnCase) -> Receipt:
    opening, step = await _case(node, store, own)
    return await log_step(node, store, step, opening)


async def keep_up(node: Node, store: DocumentStore, since: int) -> int:
    """Say everything that the node has to say by now: of reports logged or said anew after index `since`, then what the clock
    has brought.

    Returns up to where it has looked. What the log refuses is left for the next time, and named in the node's own log.
    """
    with node.reading() as reads:
        reports, seen = reports_after(reads.connection, since), reads.count("entry") - 1
    for report in reports:
        await _read_report(node, store, report)
    with node.reading() as reads:
        cases = [row for row in list_cases(reads.connection) if row["kind"] != "terminal"]
    for row in cases:
        for own in brought_by_the_clock(row, node.clock())[:1]:
            await _try(log_own_step(node, store, own))
    return seen


async def _try(step: Any) -> None:
    """One that is refused is no reason to leave the others unsaid. That somebody else was faster, or that there is no authority
    yet, is nothing to look into; every other refusal is."""
    try:
        await step
    except DomainError as refused:
        if refused.code not in ("case-step-due", "case-not-from-here", "case-open-already", "case-guard"):
            log_failure(refused)


async def _read_report(node: Node, store: DocumentStore, report: Row) -> None:
    with node.reading() as reads:
        connection = reads.connection
        cases = list_cases(connection, target=report["chain"])  # of whomever: goods are sold on between two reports
        sampled = next(iter(find_parties(connection, [report["goods_of"]])), None) if report["goods_of"] else None
        authority = supervisor_of(connection, sampled["region"], time_received(node.clock(), "")) if sampled else None
    entry = entry_of(report)
    is_open = any(progress_of(row).said.get("report") == entry for row in cases)
    if sampled is not None and authority is not None and not is_open:
        own = opened_by(report, authority, sampled, entry)
        if own is not None:
            await _try(log_own_case(node, store, own))
    for row in cases:
        if row["procedure"] == "sample_result" and (step := moved_by(row, report, entry)) is not None:
            await _try(log_own_step(node, store, step))


def wanted_of_case(reads: Reads, waiting: Waiting, now: datetime) -> frozenset[str]:
    """Whose signature a statement of a case still wants: the actor's, then that of any official in the second role.

    Not of one with an interest in the party: the log would refuse it, and everybody's signatures with it.
    """
    signed = set(find_key_owners(reads.connection, waiting.signers))
    actor, payload = waiting.fields["actor"], waiting.fields["payload"]
    if actor not in signed:
        return frozenset({actor})
    row = find_case(reads.connection, waiting.fields["chain"])
    step = procedures()[row["procedure"]].steps.get(payload["step"]) if row and "step" in payload else None
    if row is None or step is None or step.cosign is None:
        return frozenset()
    state = case_state(reads, [row])
    kept_out = interested_in(state, row["subject"]) | {row["subject"]}
    second = holders_of(state, step.cosign, row, time_received(now, "")) - {actor} - kept_out
    return frozenset() if signed & second else second


def supervisor_of(connection: Connection, region: str, received: str) -> str | None:
    """The bureau of agriculture that supervises a region: the nearest one for which somebody holds an office then."""
    staffed = {row["authority"] for row in list_offices(connection) if is_in_force(row, received)}
    found = [
        row
        for row in list_authorities(connection)
        if row["id"] in staffed and row["authority_kind"] == "agriculture" and is_covered(row["region"], region)
    ]
    nearest = max(found, key=lambda row: len(region_prefix(row["region"]) or ""), default=None)
    return nearest["id"] if nearest else None


async def _group(node: Node, store: DocumentStore, signed: Signed, opening: Signed | None) -> tuple[list[Signed], int]:
    """Everything that enters with a step, and the place of the step in it."""
    payload, chain = signed.statement.payload, signed.statement.chain
    now = node.clock()
    row: Row
    with node.reading() as reads:
        if opening is not None:
            row = _opened_row(opening)
        elif (found := find_case(reads.connection, chain)) is not None:
            row = found
        else:
            raise NotFound("not-found")
        is_engine = (
            any(one.step == payload["step"] for one in brought_by_the_clock(row, now)[:1]) if not opening else False
        )
        due = [] if opening or is_engine else brought_by_the_clock(row, now)
        entering = [payload["step"], *(one.step for one in due)]
        needs_file = any((row["procedure"], one) in ENTERS for one in entering)
        has_file = find_file(reads.connection, row["subject"]) is not None
        target = find_record(reads.connection, row["target"]) if row["procedure"] == "repair" else None
        repaired = find_case(reads.connection, target["case"]) if target and target["case"] else None
        state = case_state(reads, [row])  # of its subject: the repaired record's case too
    before = [opening] if opening else []
    if needs_file and not has_file:
        before.append(_file(node, row))
    for due_step in due:
        before.append(await _own(node, store, state, due_step))
    after: list[Signed] = []
    for one in belongs_to(row, payload["step"], passed_to(repaired, now) if repaired else None):
        after += await _case(node, store, one) if isinstance(one, OwnCase) else [await _own(node, store, state, one)]
    return [*before, signed, *after], len(before)


def _opened_row(opening: Signed) -> dict[str, Any]:
    payload = opening.statement.payload
    named = {name: payload.get(name) for name in ("procedure", "subject", "authority", "region", "target")}
    return {"id": opening.statement.chain, **named}


async def _own(node: Node, store: DocumentStore, state: State, own: OwnStep) -> Signed:
    """A step of the node with its papers. `state`: of its case."""
    step, last_day = procedures()[own.procedure].steps[own.step], own.last_day

    def say(words: Words) -> Texts:
        if NOTE in step.documents and last_day is not None:
            return lapsed_texts(step, last_day, words)
        return end_texts(ended_by(state, own, node.clock()), words)

    papers = await own_papers(node, store, case_of_row(state.rows["case", own.case]), own.step, say)
    return own_statement(
        node, "case_step", step_payload(own.procedure, own.step, documents=papers, **own.said), own.case
    )


async def _case(node: Node, store: DocumentStore, own: OwnCase) -> tuple[Signed, Signed]:
    """A case that follows from an entry gets the same chain however often it is tried: its papers stay the same with it."""
    cited = own.said["record"]
    chain = node.recorder.chain_for(f"{own.procedure} {record_id(cited['chain'], cited['seq'])}")
    opening = opening_of(
        node,
        own.procedure,
        subject=own.subject,
        authority=own.authority,
        region=own.region,
        target=own.target,
        evidence=own.evidence,
        chain=chain,
    )

    def say(words: Words) -> Texts:
        with node.reading() as reads:
            return raised_texts(reads, own.said, own.because, words)

    case = OfCase(chain, own.procedure, own.subject, own.authority, own.region)
    papers = await own_papers(node, store, case, own.step, say)
    payload = step_payload(own.procedure, own.step, opening=opening, documents=papers, **own.said)
    return opening, own_statement(node, "case_step", payload, chain)


def _file(node: Node, row: Mapping[str, Any]) -> Signed:
    payload = {"subject": row["subject"], "rule": FILE_RULE, "region": row["region"]}
    return own_statement(node, "credit_opened", payload, node.recorder.new_chain())


def own_statement(node: Node, kind: str, payload: Mapping[str, Any], chain: str) -> Signed:
    """A statement of the node itself."""
    return node.recorder.record(
        kind, payload, chain=chain, actor=node.genesis.chain, recorded_by="node", id=node.recorder.new_id()
    )
