"""Which cases may this reader see, where does each stand, and what can lawfully come next? For offices and auditors."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow
from api.auth.policy import Caller, may
from api.pagination import next_link, read_page
from api.query import read_query
from api.routes.answers import json_answer, list_json
from api.routes.described import answers
from api.routes.writing import node_of
from credit.clocks import Due
from credit.duties import duty_of
from credit.next_steps import Standing, standing_of
from credit.queries import case_state, cases_page, find_case
from credit.reference.procedures import Step
from trace.ledger.errors import NotFound
from trace.legal_days import SHANGHAI
from trace.places import region_prefix
from trace.state import Row, State

NAME = "cases"
SHOWN = ("id", "procedure", "subject", "authority", "region", "kind", "opened", "index")

router = APIRouter()
Read = Annotated[Caller, allow("cases.read")]


@router.get("/cases", **answers("case-list"))
async def list_cases(request: Request, caller: Read) -> Response:
    """The cases of the region of the office, all of them for an auditor, in the order in which they were opened."""
    node, page = node_of(request), read_page(request, NAME)
    region = "" if may(caller, "cases.read") else region_prefix(caller.region)
    if region is None:
        raise NotFound("not-found")
    with node.reading() as reads:
        rows = cases_page(reads.connection, region, page.after, page.limit + 1)
        state, now = case_state(reads, rows), node.clock()
        items = [case_json(state, standing_of(row, now)) for row in rows[: page.limit]]
    more = {"Link": next_link(request, page, NAME, items[-1]["index"])} if len(rows) > page.limit else {}
    return json_answer(list_json(items), headers=more)


@router.get("/cases/{id}", **answers("case-read"))
async def read_case(id: str, request: Request, caller: Read) -> Response:
    """One case: where it stands, what was done by whom, its documents and services, and the steps that can come next."""
    read_query(request, ())
    node = node_of(request)
    with node.reading() as reads:
        row = find_case(reads.connection, id)
        if row is None or not may(caller, "cases.read", region=row["region"]):
            raise NotFound("not-found")
        standing = standing_of(row, node.clock())
        found = {**case_json(case_state(reads, [row]), standing), **_whole(standing)}
    return json_answer(found)


def case_json(state: State, standing: Standing) -> dict[str, Any]:
    """A case in a list: its state after what the clock has brought, and what it waits for."""
    row: Row = standing.row
    duty = duty_of(state, standing, None)
    next_step = {"waits_for": duty.waits_for.value, "late": duty.is_late, **_due_json(duty.due)}
    if duty.step is not None:
        next_step |= {"step": duty.step.code, "action": duty.step.action, "role": duty.step.actor_role}
    target = {"target": row["target"]} if row["target"] else {}
    return {**{name: row[name] for name in SHOWN}, **target, "state": standing.case.state, "next": next_step}


def _due_json(due: Due | None) -> dict[str, Any]:
    """`last_day` is inclusive; an hour where the period is one of hours."""
    if due is None:
        return {}
    end = (
        {"ends_at": due.over_at.astimezone(SHANGHAI).isoformat()}
        if due.is_hourly
        else {"last_day": due.last_day.isoformat()}
    )
    return {**end, "provisional": due.provisional}


def _whole(standing: Standing) -> dict[str, Any]:
    case, progress = standing.case, standing.progress
    return {
        "done": [
            {
                "step": code,
                "at": done.at.astimezone(SHANGHAI).isoformat(),
                **({"by": done.person} if done.person else {}),
            }
            for code, done in sorted(case.done.items(), key=lambda one: one[1].at)
        ],
        "guarantees": sorted(case.guarantees),
        "documents": [
            {"code": one.code, "doc_no": one.doc_no, "hash": one.hash, "step": one.step} for one in progress.papers
        ],
        "served": [{"code": one.code, "hash": one.hash, "on": one.on.isoformat()} for one in progress.served],
        "steps": list(_steps(standing)),
    }


def _steps(standing: Standing) -> Iterator[Mapping[str, Any]]:
    for step in standing.steps:
        yield {**_step_json(step), **_due_json(standing.due(step)), "late": standing.is_late(step)}


def _step_json(step: Step) -> dict[str, Any]:
    second = {"cosign": step.cosign} if step.cosign else {}
    guard = {"guard": step.guard} if step.guard else {}
    documents = list(step.documents)
    return {
        "step": step.code,
        "action": step.action,
        "to_state": step.to_state,
        "role": step.actor_role,
        **second,
        **guard,
        "documents": documents,
    }
