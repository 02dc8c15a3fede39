"""A buyer takes goods in: the code, the weight that was sent, one button."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.forms.filled import Filled, new_id
from api.pages.forms.layouts import Layout
from api.pages.forms.speaking import may_record
from api.pages.forms.task import show_form, take_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.gate import batch_of_code
from api.pages.member_context import Member, choices_of, member_of, party_label
from api.pages.member_forms import files_of
from api.pages.member_holds import Hold, holds_by_batch
from api.pages.member_views import left_of
from api.pages.member_words import consequence_of
from api.pages.names import names
from api.pages.queries import current_records
from api.pages.scan_view import grouped_code
from api.recording import record_event
from trace.events import KINDS
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.queries import find_parties
from trace.records import entry_of, said
from trace.rules.duties import owed_fields
from trace.state import Row

Read = Annotated[Caller, allow_page("own.read")]
Write = Annotated[Caller, allow_page("own.record")]
RECEIPT = KINDS["receipt"]

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Receiving:
    """The goods that are being taken in."""

    goods: Markup
    code: str
    owner: Markup
    holds: tuple[Hold, ...]


@router.get("/m/receive/{code}")
async def show_receiving(code: str, request: Request, caller: Read) -> Response:
    """The goods of a code with the weight that was sent, and one button."""
    task, begun = _receipt_task(request, caller, code)
    return show_form(request, task, Filled(new_id(), begun, when="today"))


@router.post("/m/receive/{code}")
async def take_receipt(code: str, request: Request, caller: Write) -> Response:
    """Received, as weighed."""
    return await take_form(request, _receipt_task(request, caller, code)[0], files_of(request))


def goods_of(member: Member, reads: Reads, row: Row) -> Receiving:
    """What stands above the form: goods, code, owner, and what holds them."""
    owner = find_parties(reads.connection, [row["owner"]])
    return Receiving(
        goods=Markup("{}").format(member.words.product_name(names().products[row["product"]])),
        code=grouped_code(row["code"]) if row["code"] else "",
        owner=party_label(owner[0], member.words),
        holds=tuple(replace(one, href="") for one in holds_by_batch(member, reads, [row["id"]]).get(row["id"], ())),
    )


def _receipt_task(request: Request, caller: Caller, code: str) -> tuple[Task, dict[str, Any]]:
    """Raises `NotFound` for a code that is none, and for a party whose business is not to receive such goods."""
    member = member_of(request, caller)
    words = member.words
    row = batch_of_code(request, caller, code)
    if not may_record(RECEIPT, member.party, row):
        raise NotFound("not-found")
    with member.node.reading() as reads:
        owner = next(iter(find_parties(reads.connection, [row["owner"]])))
        sent = next(iter(current_records(reads.connection, row["id"], "dispatch")[::-1]), None)
        rows = reads.chain_rows(row["id"])
        choices = choices_of(member, reads, row, [one for one in rows if sent and one.index == sent["index"]])
        goods = goods_of(member, reads, row)
    begun: dict[str, Any] = {"quantity": said(sent)["quantity"] if sent else left_of(row)}
    begun |= {"township": row["township"], **({"dispatch": entry_of(sent)} if sent else {})}
    if owner["id"] != member.id:
        begun |= {"seller": owner["id"], **({"seller_name": owner["name"]} if owner["name"] else {})}

    async def save(one: Saving) -> str:
        receipt = await record_event(
            member.node, member.caller, row["id"], RECEIPT.name, one.payload, id=one.id, occurred_at=one.occurred_at
        )
        return f"/m/records/{receipt.index}"

    task = Task(
        kind=RECEIPT,
        action=f"/m/receive/{row['code']}",
        title=words.html("gate.receive"),
        back=Link("/m/scan", words.html("gate.other_code")),
        words=words,
        choices=choices,
        layout=Layout(first=("quantity",), saves_at_once=True),
        asked=tuple(RECEIPT.fields),
        now=member.now,
        party=member.id,
        save=save,
        consequence=lambda payload, _filled: consequence_of(RECEIPT, payload, None, words),
        save_label=words.html("gate.receive"),
        region=member.party["region"],
        owed=frozenset(owed_fields(RECEIPT.name, member.party["legal_form"], False)),
        beside=goods,
        form_page="gate/receive.html",
    )
    return task, begun
