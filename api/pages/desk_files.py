"""How does an official take a list away? The same lines as on the page, all of them, as a file for a spreadsheet."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.desk import is_of_all
from api.pages.desk_context import Official, official_of
from api.pages.desk_findings import flag_line, hold_lines
from api.pages.lists.asked import Asked, read_asked
from api.pages.lists.csv_file import csv_answer
from api.pages.lists.kinds import BATCH_LIST, FLAG_LIST, HELD_LIST, PARTY_LIST, VALUE_WORDS, ListKind
from api.pages.lists.listing import all_lines
from api.pages.lists.queries import Lines, batch_lines, flag_lines, party_lines
from api.pages.scan_view import grouped_code
from trace.ledger.store import Reads
from trace.queries import find_batch
from trace.state import Row

Look = Annotated[Caller, allow_page("desk.read")]
Cells = Sequence[object]
Write = Callable[[Official, Reads, Sequence[Row]], Iterator[Cells]]
"""The rows of a file for some lines of a list."""

AT_ONCE = 500

router = APIRouter(include_in_schema=False)
_log = logging.getLogger("suxin.desk")


@router.get("/desk/parties.csv")
async def take_parties(request: Request, caller: Look) -> Response:
    """The parties of the region."""
    official = official_of(request, caller)
    header = ("name", "form", "roles", "region", "town", "uscc", "party")
    return await _file(request, official, PARTY_LIST, party_lines(official.scope), header, _party_rows)


@router.get("/desk/batches.csv")
async def take_batches(request: Request, caller: Look) -> Response:
    """Batches that are held, or all of the region."""
    official, shows_all = official_of(request, caller), is_of_all(request)
    lines = batch_lines(official.scope, only_held=not shows_all)
    header = ("code", "goods", "owner", "town", "stage", "since", "why", "basis", "cure", "batch")
    return await _file(request, official, BATCH_LIST if shows_all else HELD_LIST, lines, header, _batch_rows)


@router.get("/desk/flags.csv")
async def take_flags(request: Request, caller: Look) -> Response:
    """The questions that stand."""
    official = official_of(request, caller)
    header = ("code", "goods", "owner", "town", "asked", "detail", "since", "basis", "answer", "batch")
    return await _file(request, official, FLAG_LIST, flag_lines(official.scope), header, _flag_rows)


async def _file(
    request: Request, official: Official, kind: ListKind, lines: Lines, header: Sequence[str], write: Write
) -> Response:
    asked, words = read_asked(request, kind), official.words
    # Thousands of lines take a while, and the log must not wait for them.
    rows = await asyncio.to_thread(_written, official, lines, asked, write)
    _log.info("list.taken", extra={"account": official.caller.account, "list": kind.name, "count": len(rows)})
    return csv_answer(kind.name, official.now.date(), [words.say(f"list.column.{one}") for one in header], rows)


def _written(official: Official, lines: Lines, asked: Asked, write: Write) -> list[Cells]:
    with official.node.reading() as reads:
        return [
            row for rows in all_lines(official, reads, lines, asked, AT_ONCE) for row in write(official, reads, rows)
        ]


def _party_rows(official: Official, reads: Reads, rows: Sequence[Row]) -> Iterator[Cells]:
    words = official.words
    for row in rows:
        roles = words.list_of(words.word("value.roles", role) for role in row["roles"].split())
        form = words.word("value.legal_form", row["legal_form"])
        place = (words.region(row["region"]), row["township"] or "")
        yield (official.named(reads, row["id"]), form, roles, *place, row["uscc"] or "", row["id"])


def _batch_rows(official: Official, reads: Reads, rows: Sequence[Row]) -> Iterator[Cells]:
    holds = hold_lines(official, reads, [row["id"] for row in rows])
    for row in rows:
        told = holds.get(row["id"], ())
        since = told[0].since if told else ""
        why = [official.words.clauses(getattr(one, name) for one in told) for name in ("why", "basis", "cure")]
        yield (*_goods(official, reads, row), official.words.word("kind", row["stage"]), since, *why, row["id"])


def _flag_rows(official: Official, reads: Reads, rows: Sequence[Row]) -> Iterator[Cells]:
    for row in rows:
        batch, told = find_batch(reads.connection, row["batch"]), flag_line(official, reads, row)
        assert batch is not None
        said = (told.why, told.detail, told.since, told.basis, told.answer)
        yield (*_goods(official, reads, batch), *said, row["batch"])


def _goods(official: Official, reads: Reads, row: Row) -> Cells:
    """Code, goods, owner and township of a batch."""
    goods = VALUE_WORDS["goods"](official.words, row["product"])
    code = grouped_code(row["code"]) if row["code"] else ""
    return code, goods, official.named(reads, row["owner"]), row["township"]
