"""What can be read over HTTP, by whom? Parties, places, batches and their records, bundles, entries, proofs."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow
from api.auth.policy import Caller, may, may_ever
from api.node import Node
from api.pagination import Page, next_link, read_page
from api.query import read_query
from api.routes.answers import (
    batch_json,
    entry_json,
    json_answer,
    list_json,
    party_json,
    place_json,
    record_json,
)
from api.routes.described import answers
from api.routes.writing import node_of
from trace.at_hand import has_from_owner, is_for_holders
from trace.bundles import chain_bundle, is_public, kind_of
from trace.histories import record_view
from trace.ledger.errors import FieldFault, Invalid, NotFound, Unavailable
from trace.ledger.proof import TlogProof, tlog_proof_text
from trace.ledger.store import Reads, SealedRow
from trace.ledger.tree_rows import TreeRows
from trace.places import region_prefix
from trace.queries import find_batch, find_openers, find_parties, find_places, list_nouns
from trace.state import Row

router = APIRouter()
MayOpen = Callable[[str], bool]


def may_open(caller: Caller, party: str | None, region: str | None) -> MayOpen:
    """Which kinds this reader may open of a batch that belongs to `party`: public ones, or all where policy gives it."""
    if may(caller, "sealed.read", party=party, region=region):
        return lambda _kind: True
    return is_public


def _opener(node: Node, caller: Caller, row: Row) -> MayOpen:
    if not may_ever(caller, "sealed.read"):
        return is_public
    with node.reading() as reads:
        owner = next(iter(find_parties(reads.connection, [row["owner"]])), None)
        return opened_to(reads, caller, row, owner["region"] if owner else None)


def opened_to(reads: Reads, caller: Caller, row: Row, region: str | None) -> MayOpen:
    """What the reader may open of a batch, as its owner, one who has it from its owner, their office or an auditor.

    `region`: the owner's.
    """
    opens = may_open(caller, row["owner"], region)
    if opens is is_public and caller.party and may(caller, "sealed.read", party=caller.party):
        return is_for_holders if has_from_owner(reads, row, caller.party) else is_public
    return opens


def found(row: Any) -> Any:
    """The row, or the one answer for unknown and foreign alike."""
    if row is None:
        raise NotFound("not-found")
    return row


@router.get("/parties/{id}", **answers("party-read"))
async def read_party(id: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """A party as everybody may see it."""
    read_query(request, ())
    with node_of(request).reading() as reads:
        return json_answer(party_json(found(next(iter(find_parties(reads.connection, [id])), None))))


@router.get("/places/{id}", **answers("place-read"))
async def read_place(id: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """A place by township; never its name, area or outline."""
    read_query(request, ())
    with node_of(request).reading() as reads:
        return json_answer(place_json(found(next(iter(find_places(reads.connection, [id])), None))))


@router.get("/batches/{id}", **answers("batch-read"))
async def read_batch(id: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """A batch: product, township, stage, balance and head."""
    read_query(request, ())
    node = node_of(request)
    with node.reading() as reads:
        row = found(find_batch(reads.connection, id))
        opener = find_openers(reads.connection, [id])[id]
        return json_answer(batch_json(row, _opener(node, caller, row), opener, reads.chain_rows(id)[-1]))


@router.get("/batches/{id}/events", **answers("events-read"))
async def read_events(id: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """The records of a batch, oldest first."""
    node = node_of(request)
    page = read_page(request, "events")
    with node.reading() as reads:
        row = found(find_batch(reads.connection, id))
        opens = _opener(node, caller, row)
        rows = [one for one in reads.chain_rows(id) if one.seq > page.after][: page.limit + 1]
        items = [record_json(record_view(reads, one, opens), one.statement_id) for one in rows[: page.limit]]
    return _listed(request, page, items, rows[page.limit - 1].seq if len(rows) > page.limit else None, "events")


def _listed(request: Request, page: Page, items: list[dict[str, Any]], last: int | None, name: str) -> Response:
    headers = {} if last is None else {"Link": next_link(request, page, name, last)}
    return json_answer(list_json(items), headers=headers)


@router.get("/batches/{id}/bundle", **answers("bundle-read"))
async def read_bundle(id: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """Everything that checks this batch without trusting us."""
    read_query(request, ())
    node = node_of(request)
    with node.reading() as reads:
        row = found(find_batch(reads.connection, id))
        opens = _opener(node, caller, row)
        bundle = chain_bundle(reads, node.genesis.origin, node.log.published, node.genesis.chain, id, opens)
    return json_answer(bundle)


async def _list(
    request: Request, caller: Caller, noun: str, action: str, shape: Callable[[Row], dict[str, Any]]
) -> Response:
    node = node_of(request)
    page = read_page(request, noun)
    scope: dict[str, str | None] | None = None
    if may(caller, action) or node.genesis.purpose == "demonstration":
        scope = {}
    elif caller.party and may(caller, action, party=caller.party):
        scope = {"party_id": caller.party}
    elif caller.region and region_prefix(caller.region) and may(caller, action, region=caller.region):
        scope = {"region": region_prefix(caller.region)}
    if scope is None:
        raise NotFound("not-found")
    with node.reading() as reads:
        rows = list_nouns(reads.connection, noun, page.after, page.limit + 1, **scope)
    last = rows[page.limit - 1]["index"] if len(rows) > page.limit else None
    return _listed(request, page, [shape(row) for row in rows[: page.limit]], last, noun)


@router.get("/parties", **answers("party-list"))
async def list_parties(request: Request, caller: Annotated[Caller, allow("parties.list")]) -> Response:
    """Parties that policy gives this reader, in the order of registration."""
    return await _list(request, caller, "party", "parties.list", party_json)


@router.get("/places", **answers("place-list"))
async def list_places(request: Request, caller: Annotated[Caller, allow("places.list")]) -> Response:
    """Places that policy gives this reader, in the order of registration."""
    return await _list(request, caller, "place", "places.list", place_json)


@router.get("/batches", **answers("batch-list"))
async def list_batches(request: Request, caller: Annotated[Caller, allow("batches.list")]) -> Response:
    """Batches that policy gives this reader; without a token on a demonstration log alone."""

    node = node_of(request)

    def shape(row: Row) -> dict[str, Any]:
        with node.reading() as reads:
            opener = find_openers(reads.connection, [row["id"]])[row["id"]]
        return batch_json(row, _opener(node, caller, row), opener)

    return await _list(request, caller, "batch", "batches.list", shape)


def _is_index(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def _index(text: str) -> int:
    if not _is_index(text):
        raise NotFound("not-found")
    return int(text)


def _entry_opens(node: Node, caller: Caller, row: SealedRow) -> bool:
    """A sealed statement of a batch as its relations say; one of a case or a credit file to whoever may open all of them,
    as the auditor: its party and its office read those on pages, which know what was served already."""
    with node.reading() as reads:
        kind = kind_of(reads, row)
        batch = None if is_public(kind) else find_batch(reads.connection, row.chain)
    if is_public(kind) or batch is None:
        return is_public(kind) or may(caller, "sealed.read")
    return _opener(node, caller, batch)(kind)


@router.get("/entries/{index}", **answers("entry-read"))
async def read_entry(index: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """One entry of the log; salt and statement where the reader may open it."""
    read_query(request, ())
    node = node_of(request)
    with node.reading() as reads:
        row = found(next(reads.rows(_index(index), _index(index) + 1), None))
    return json_answer(entry_json(row, _entry_opens(node, caller, row)))


@router.get("/entries", **answers("entry-list"))
async def list_entries(request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """Entries from a log index on."""
    node, page = node_of(request), read_page(request, "entries", allowed={"from"})
    start = read_query(request, {"cursor", "limit", "from"}).get("from", "0")
    if not _is_index(start):
        raise Invalid("bad-parameter", FieldFault("/from", "bad-parameter"))
    first = max(int(start), page.after + 1)
    with node.reading() as reads:
        rows = list(reads.rows(first, first + page.limit + 1))
    items = [entry_json(row, _entry_opens(node, caller, row)) for row in rows[: page.limit]]
    last = rows[page.limit - 1].index if len(rows) > page.limit else None
    return _listed(request, page, items, last, "entries")


@router.get("/entries/{index}/proof", **answers("proof-read"))
async def read_proof(index: str, request: Request, caller: Annotated[Caller, allow("public.read")]) -> Response:
    """That an entry is in the log: a C2SP tlog-proof under the newest checkpoint."""
    read_query(request, ())
    node, wanted = node_of(request), _index(index)
    published = node.log.published
    with node.reading() as reads:
        found(next(reads.rows(wanted, wanted + 1), None))
        if wanted >= published.size:
            raise Unavailable("not-published-yet")
        path = TreeRows(reads).inclusion(wanted, published.size)
    return Response(tlog_proof_text(TlogProof(wanted, tuple(path), published.note)), media_type="text/plain")
