"""What did the rules say of a batch, on a day and as it was known at a time? Replayed from the log, never looked up."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow
from api.auth.policy import Caller
from api.query import read_query
from api.routes.answers import json_answer
from api.routes.described import answers
from api.routes.writing import node_of
from trace.holds import entry_named
from trace.judging import Finding
from trace.ledger.errors import FieldFault, Invalid, NotFound
from trace.ledger.statement import is_time
from trace.legal_days import SHANGHAI
from trace.queries import find_batch
from trace.reference import rule_table_hashes
from trace.replay import standing
from trace.state import Row

router = APIRouter()


@router.get("/batches/{id}/verdicts", **answers("verdicts-read"))
async def read_verdicts(id: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """`on`: a date, by default today in Shanghai; `known_at`: a time, by default now."""
    query, node = read_query(request, {"on", "known_at"}), node_of(request)
    known_at = _time(query, node.clock())
    on = _day(query, known_at.astimezone(SHANGHAI).date())
    with node.reading() as reads:
        row = find_batch(reads.connection, id)
        found = standing(reads, row, on, known_at) if row else None
    if found is None:
        raise NotFound("not-found")
    return json_answer(
        {
            "on": on.isoformat(),
            "known_at": known_at.astimezone(UTC).isoformat(),
            # What is only implausible is a question to the owner, and no verdict for everybody.
            "verdicts": [verdict_json(one) for one in found.findings if one.reaction != "flag"],
            "holds": [hold_json(one) for one in found.holds],
            # Rules are asked again by the tables of today: whoever holds other ones may be told otherwise.
            "tables": dict(rule_table_hashes()),
        }
    )


def verdict_json(finding: Finding) -> dict[str, Any]:
    """One finding: rule, outcome, article, reasons, cure, table rows and the records that it rests on."""
    verdict = finding.verdict
    return {
        "rule": verdict.rule,
        "outcome": verdict.outcome.value,
        "unverified": verdict.unverified,
        "article": verdict.article,
        "reasons": list(verdict.reasons),
        "remedy": list(verdict.remedy),
        "rows": list(verdict.rows),
        "evidence": finding.evidence,
    }


def hold_json(row: Row) -> dict[str, Any]:
    """A hold that stood: by which rule, since when, and what lifts it."""
    names = ("rule", "reason", "article", "lifted_by")
    return {"hold": entry_named(row), **{name: row[name] for name in names}, "since": row["placed_at"]}


def _day(query: Mapping[str, str], default: date) -> date:
    try:
        return date.fromisoformat(query["on"]) if "on" in query else default
    except ValueError as error:
        raise Invalid("not-a-time", FieldFault("/on", "not-a-time")) from error


def _time(query: Mapping[str, str], default: datetime) -> datetime:
    text = query.get("known_at")
    if text is None:
        return default
    if not is_time(text):
        raise Invalid("not-a-time", FieldFault("/known_at", "not-a-time"))
    return datetime.fromisoformat(text)
