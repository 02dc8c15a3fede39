"""At which address does a member see what? Today, batches, one batch, one record, a typed code, one's own files."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.forms.speaking import may_record
from api.pages.gaps import own_gaps
from api.pages.held_files import shelf_of
from api.pages.lookup import find_labelled
from api.pages.member_aside import SHELL as ASIDE
from api.pages.member_context import (
    Member,
    OwnPlace,
    choices_of,
    is_in_time,
    member_of,
    opens_to,
    own_name,
    own_or_earlier,
    own_places,
    reads_whole,
)
from api.pages.member_earlier import earlier_batches, earlier_view
from api.pages.member_holds import Hold, flags_of, holds_by_batch
from api.pages.member_receipt import receipt_view
from api.pages.member_transfers import is_answered, offer_made
from api.pages.member_views import (
    BatchesView,
    BatchRow,
    ScanCodeView,
    TodayView,
    batch_page,
    batch_row,
    first_step,
    known_to,
    offer_row,
)
from api.pages.member_waiting import waiting_lines
from api.pages.notice_receipts import receipts_waiting
from api.pages.notices import notice_line, own_cases
from api.pages.own_aside import own_lines
from api.pages.own_records import OwnRecord, corrected_in, own_record
from api.pages.private import private_page
from api.pages.queries import batches_of, batches_offered_to
from api.pages.signing import room_of
from api.pages.trace_view import trace_view
from api.pages.waiting_corrections import corrections_of
from api.query import read_query
from api.routes.writing import node_of
from trace.bundles import kind_of
from trace.events import KINDS
from trace.histories import batch_view
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.queries import find_batch, find_parties, find_places
from trace.state import Row

Read = Annotated[Caller, allow_page("own.read")]
TODAY_SHOWN = 20
OFFERS_LOOKED_AT = 200
BATCHES_SHOWN = 50
MAX_INDEX_DIGITS = 15

router = APIRouter(include_in_schema=False)


@router.get("/m/")
async def show_today(request: Request, caller: Read) -> Response:
    """What to do today: what is held, what is open, or the first step of all."""
    member, room = member_of(request, caller), room_of(request)
    corrections = await corrections_of(member, room)
    with member.node.reading() as reads:
        waiting = waiting_lines(member, reads, room, corrections)
        places = own_places(member, reads)
        rows = batches_of(reads.connection, member.id, BATCHES_SHOWN + 1)
        batches = _rows(member, reads, [row for row in rows if not row["is_closed"]], places)
        found = batches_offered_to(reads.connection, member.id, OFFERS_LOOKED_AT)
        offered = [row for row in found if is_in_time(member, row)][-TODAY_SHOWN:]
        gaps = own_gaps(member, reads)
        notices = tuple(line for one in own_cases(member, reads) if (line := notice_line(member, one)).waits)
        name = own_name(reads, member.party, member.words)
    receipts, aside = await receipts_waiting(request, member), await own_lines(request, member, ASIDE)
    answered = [await is_answered(request, row["offer"]) for row in offered]
    offers = tuple(offer_row(member, row) for row, is_over in zip(offered, answered, strict=True) if not is_over)
    first = first_step(member.party["roles"].split(), bool(rows or offers), bool(places))
    view = TodayView(
        party=name,
        offers=offers,
        waiting=tuple(line for line in waiting if line.state != "refused"),
        aside=aside,
        gaps=gaps,
        receipts=receipts,
        notices=notices,
        held=tuple(row for row in batches if row.holds),
        batches=tuple(row for row in batches if not row.holds)[:TODAY_SHOWN],
        first=first,
        has_more=len(rows) > TODAY_SHOWN,
    )
    return private_page(request, "m/today.html", view)


@router.get("/m/batches")
async def show_batches(request: Request, caller: Read) -> Response:
    """All batches that the party owns or holds, newest first."""
    member = member_of(request, caller)
    before = read_query(request, {"before", "lang", "text"}, ignore_unknown=True).get("before", "")
    index = int(before) if _is_index(before) else None
    with member.node.reading() as reads:
        places = own_places(member, reads)
        rows = batches_of(reads.connection, member.id, BATCHES_SHOWN + 1, index)
        shown = tuple(_rows(member, reads, rows[:BATCHES_SHOWN], places))
        earlier = earlier_batches(member, reads, places) if index is None else ()
    older = f"/m/batches?before={rows[BATCHES_SHOWN - 1]['index']}" if len(rows) > BATCHES_SHOWN else ""
    kept = f"before={index}" if index is not None else ""
    return private_page(request, "m/batches.html", BatchesView(shown, older, earlier), kept=kept)


@router.get("/m/batches/{id}")
async def show_batch(id: str, request: Request, caller: Read) -> Response:
    """One batch: where it stands, why it is held, what can be done, what was recorded; of one that the party has no more,
    its own records."""
    member, room = member_of(request, caller), room_of(request)
    corrections = await corrections_of(member, room)
    with member.node.reading() as reads:
        row = own_or_earlier(member, reads, id)
        waiting = waiting_lines(member, reads, room, corrections, id)
        if not reads_whole(member, reads, row):
            return private_page(request, "m/earlier.html", earlier_view(member, reads, row, waiting))
        plots = find_places(reads.connection, [row["place"]] if row["place"] else [])
        owners = find_parties(reads.connection, [row["owner"], row["holder"]])
        history = batch_view(
            reads, row, {one["id"]: one["region"] for one in (*plots, *owners)}, opens_to(member, reads, row)
        )
        actors = {record.actor for record in history.records if record.actor}
        parties = {one["id"]: one for one in find_parties(reads.connection, actors)}
        places = own_places(member, reads)
        view = batch_page(
            member,
            row,
            places,
            history,
            parties,
            _holds(member, reads, id),
            flags_of(member, reads, row),
            _fates(reads, id),
            trace_view(reads, row, lambda one: known_to(member, one, places), member.words),
            waiting,
            await offer_made(request, member, reads, row),
        )
    return private_page(request, "m/batch.html", view)


@router.get("/m/records/{index}")
async def show_record(index: str, request: Request, caller: Read) -> Response:
    """One record: the receipt after saving, and later what exactly was said."""
    member = member_of(request, caller)
    with member.node.reading() as reads:
        sealed = next(reads.rows(int(index), int(index) + 1), None) if _is_index(index) else None
        if sealed is None:
            raise NotFound("not-found")
        record = own_record(reads, sealed, member.id)
        row = _own_or_none(member, reads, record.chain)
        is_open = row is not None and opens_to(member, reads, row)(kind_of(reads, sealed))
        if not is_open and record.actor != member.id:
            raise NotFound("not-found")
        rows = reads.chain_rows(record.chain) if row else []
        parties = {one["id"]: one for one in find_parties(reads.connection, [record.actor])}
        holds = _holds(member, reads, record.chain) if row else ()
        made = _made(member, reads, record)
        back = f"/m/batches/{record.chain}" if row or _once_had(member, reads, record.chain) else ""
        view = receipt_view(member, reads, record, choices_of(member, reads, row, rows), back, parties, holds, made)
    return private_page(request, "m/receipt.html", view)


@router.get("/m/scan")
async def show_scan(request: Request, caller: Read) -> Response:
    """Type a code: to one's own batch, to the gate or the form of a receipt, else to what everybody sees."""
    member = member_of(request, caller)
    typed = read_query(request, {"code", "lang", "text"}, ignore_unknown=True).get("code", "")
    row = find_labelled(request, typed, caller)
    if row is None:
        return private_page(request, "m/scan.html", ScanCodeView(typed, bool(typed)), status=404 if typed else 200)
    return RedirectResponse(_place_of(member, row), 303, {"Cache-Control": "no-store"})


def _place_of(member: Member, row: Row) -> str:
    if member.id in (row["owner"], row["holder"]):
        return f"/m/batches/{row['id']}"
    if "market" in member.party["roles"].split():
        return f"/m/gate/{row['code']}"
    if may_record(KINDS["receipt"], member.party, row):
        return f"/m/receive/{row['code']}"
    return f"/t/{row['code']}"


@router.get("/m/files/{sha256}")
async def read_file(sha256: str, request: Request, caller: Annotated[Caller, allow_page("files.read")]) -> Response:
    """A file that the reader's party sent, or one of the region that the reader watches; never shown, only saved."""
    with node_of(request).reading() as reads:
        kept = shelf_of(request, caller).find(reads, sha256)
    if kept is None:
        raise NotFound("not-found")
    name = f"{kept.sha256[:16]}.{kept.format.ending}"
    return Response(
        kept.data,
        media_type=kept.format.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _rows(member: Member, reads: Reads, rows: list[Row], places: list[OwnPlace]) -> list[BatchRow]:
    holds = holds_by_batch(member, reads, [row["id"] for row in rows])
    return [batch_row(member, row, places, holds.get(row["id"], ())) for row in rows]


def _holds(member: Member, reads: Reads, batch: str) -> tuple[Hold, ...]:
    return holds_by_batch(member, reads, [batch]).get(batch, ())


def _made(member: Member, reads: Reads, record: OwnRecord) -> tuple[BatchRow, ...]:
    """The batches that a split opened, as far as they are still the party's."""
    outputs = record.payload["outputs"] if record.kind == "batch_split" else ()
    rows = [row for one in outputs if (row := _own_or_none(member, reads, one["batch"]))]
    return tuple(_rows(member, reads, rows, own_places(member, reads)))


def _fates(reads: Reads, batch: str) -> dict[int, str]:
    """What became of the records of a batch that were corrected, by log index."""
    rows = reads.chain_rows(batch)
    corrected = corrected_in(rows)
    return {row.index: corrected[row.statement_id] for row in rows if row.statement_id in corrected}


def _own_or_none(member: Member, reads: Reads, chain: str) -> Row | None:
    row = find_batch(reads.connection, chain)
    return row if row is not None and reads_whole(member, reads, row) else None


def _once_had(member: Member, reads: Reads, chain: str) -> bool:
    row = find_batch(reads.connection, chain)
    return row is not None and member.id in row["kept_by"].split()


def _is_index(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MAX_INDEX_DIGITS
