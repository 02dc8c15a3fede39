"""The log as anybody may mirror it: checkpoint, tiles, entries, key (C2SP tlog-tiles), and whether this node is well.

No parameter is taken anywhere: caches keep these files by their path, and one that dropped an unread `?…` would answer
another question than the one that was put.
"""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow
from api.auth.policy import Caller
from api.query import read_query
from api.routes.answers import json_answer
from api.routes.writing import node_of
from trace.ledger.errors import NotFound, Unavailable
from trace.ledger.tiles import parse_tile_path
from trace.ledger.tree_rows import TreeRows

CHECKPOINT_CACHE = "public, max-age=2"
NOW = {"Cache-Control": "no-store"}
FOR_EVER = "public, max-age=31536000, immutable"

router = APIRouter(include_in_schema=False)


@router.get("/log/checkpoint")
async def read_checkpoint(request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    read_query(request, ())
    note = node_of(request).log.published.note
    if not note:
        raise Unavailable("not-published-yet")
    return Response(note, headers={"Cache-Control": CHECKPOINT_CACHE}, media_type="text/plain")


@router.get("/log/vkey")
async def read_vkey(request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    read_query(request, ())
    return Response(node_of(request).genesis.vkey + "\n", media_type="text/plain")


@router.get("/log/tile/{path:path}")
async def read_tile(path: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """A full tile never changes; a partial one of a published width does not either."""
    read_query(request, ())
    node = node_of(request)
    try:
        tile = parse_tile_path(f"tile/{path}")
    except ValueError as error:
        raise NotFound("not-found") from error
    with node.reading() as reads:
        found = TreeRows(reads).tile(tile, node.log.published.size)
    if found is None:
        raise NotFound("not-found")
    return Response(found, headers={"Cache-Control": FOR_EVER}, media_type="application/octet-stream")


@router.get("/healthz")
async def read_health(request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    read_query(request, ())
    return json_answer({"ok": True}, headers=NOW)


@router.get("/readyz")
async def read_readiness(request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """Ready is able to write: 503 says that this node only reads, and why."""
    read_query(request, ())
    log = node_of(request).log
    reason = log.read_only
    state: dict[str, object] = {"ready": reason is None, "log_size": log.size, "read_only": reason is not None}
    if reason is not None:
        state["reason"] = reason
        if log.missing:
            state["missing_entries"] = {"from": log.missing[0], "to": log.missing[1]}
    return json_answer(state, 200 if reason is None else 503, NOW)
