"""What was this batch made from, and what was made from it? The two directions of a trace over HTTP.

Backwards is what every shopper may ask. Forwards is who bought and what came of it: for the batch's own parties, the
office that supervises them, and the auditor.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow
from api.auth.policy import Caller
from api.query import read_query
from api.routes.answers import batch_json, json_answer
from api.routes.described import answers
from api.routes.reading import found, opened_to
from api.routes.writing import node_of
from trace.bundles import is_public
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.queries import downstream, edges_between, find_batch, find_openers, find_parties, upstream
from trace.state import Row

router = APIRouter()


@router.get("/batches/{id}/upstream", **answers("upstream-read"))
async def read_upstream(id: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """Every batch that this one was made from, nearest first; `edges` are pairs of child and parent."""
    read_query(request, ())
    with node_of(request).reading() as reads:
        row = found(find_batch(reads.connection, id))
        return json_answer(_lineage_json(reads, caller, row, upstream(reads.connection, id)))


@router.get("/batches/{id}/downstream", **answers("downstream-read"))
async def read_downstream(id: str, request: Request, caller: Annotated[Caller, allow("sealed.read")]) -> Response:
    """Every batch that was made from this one, in the order in which they were opened. Foreign and unknown look alike."""
    read_query(request, ())
    with node_of(request).reading() as reads:
        row = found(find_batch(reads.connection, id))
        if opened_to(reads, caller, row, _regions(reads, [row]).get(row["owner"])) is is_public:
            raise NotFound("not-found")
        return json_answer(_lineage_json(reads, caller, row, downstream(reads.connection, id)))


def _lineage_json(reads: Reads, caller: Caller, row: Row, batches: list[Row]) -> dict[str, Any]:
    """Each batch as this reader may see it, and every step between them and the one that was asked about."""
    regions = _regions(reads, batches)
    edges = edges_between(reads.connection, [row["id"], *(one["id"] for one in batches)])
    openers = find_openers(reads.connection, [one["id"] for one in batches])
    return {
        "items": [
            batch_json(one, opened_to(reads, caller, one, regions.get(one["owner"])), openers[one["id"]])
            for one in batches
        ],
        "edges": [list(edge) for edge in sorted(edges)],
    }


def _regions(reads: Reads, batches: list[Row]) -> dict[str, str]:
    """The region of each owner."""
    return {one["id"]: one["region"] for one in find_parties(reads.connection, {row["owner"] for row in batches})}
