"""How is a hold lifted? One official says why and on which evidence, and signs; it falls once a second one has signed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.desk_batch import entry_option, is_release
from api.pages.desk_context import (
    Bar,
    Official,
    bar_of,
    batch_title,
    official_of,
    regions_of_batch,
    supervised_batch,
    wanted_of,
)
from api.pages.desk_evidence import Evidence, evidence_for, with_what_is_missing
from api.pages.desk_findings import OFFICIALS, basis_words
from api.pages.forms.choices import Choices
from api.pages.forms.filled import Filled, new_id
from api.pages.forms.layouts import Layout
from api.pages.forms.task import show_form, take_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.member_forms import files_of
from api.pages.own_records import own_record
from api.pages.signing import room_of
from api.query import read_query
from api.recording import own_party
from api.waiting import page_of
from api.waiting.signing import Asked, ask
from trace.events import KINDS
from trace.holds import entry_named
from trace.ledger.errors import FieldFault, Invalid, NotFound
from trace.ledger.store import Reads
from trace.queries import open_holds
from trace.records import record_id
from trace.releases import check_evidence
from trace.state import Row

Lift = Annotated[Caller, allow_page("desk.lift")]
RELEASE = KINDS["hold_released"]

router = APIRouter(include_in_schema=False)


@router.get("/desk/batches/{id}/lift")
async def show_release(id: str, request: Request, caller: Lift) -> Response:
    """Why the hold may fall; where somebody has asked for it already, that statement."""
    task, evidence = await _task(request, caller, id)
    for one in await asyncio.to_thread(room_of(request).all_open):
        if is_release(one, id) and one.fields["payload"]["hold"] == entry_named(evidence.hold):
            return RedirectResponse(page_of(one.id), 303, {"Cache-Control": "no-store"})
    return show_form(request, task, Filled(new_id(), {"evidence": evidence.ticked}))


@router.post("/desk/batches/{id}/lift")
async def take_release(id: str, request: Request, caller: Lift) -> Response:
    """What the form sent; then the signature box, where the official signs first."""
    return await take_form(request, (await _task(request, caller, id))[0], files_of(request))


async def _task(request: Request, caller: Caller, id: str) -> tuple[Task, Evidence]:
    """The release of the hold that the address names. Raises `NotFound` for a batch of another office, and for a hold that
    stands no more or is not for officials to lift."""
    official = official_of(request, caller)
    seq = read_query(request, {"hold", "lang", "text"}, ignore_unknown=True).get("hold", "")
    wanted = await wanted_of(request, official)
    with official.node.reading() as reads:
        row = supervised_batch(official, reads, id)
        region = regions_of_batch(reads, row)[0]
        if not official.may("desk.lift", [region]):
            raise NotFound("not-found")
        hold = _hold(reads, id, seq)
        evidence = evidence_for(reads, hold)
        newer = [one for one in reads.chain_rows(id) if record_id(one.chain, one.seq) in evidence.newer]
        records = [own_record(reads, one, "") for one in newer]
        bar = bar_of(official, reads, "batches", wanted)
    entries = tuple(entry_option(one, official.words) for one in records)
    choices = Choices(region, row["product"], entries=entries)
    return _release_task(request, official, row, evidence, choices, bar), evidence


def _hold(reads: Reads, batch: str, seq: str) -> Row:
    for hold in open_holds(reads.connection, [batch]):
        if hold["id"] == f"{batch}/{seq}" and hold["lifted_by"] == OFFICIALS:
            return hold
    raise NotFound("not-found")


def _release_task(
    request: Request, official: Official, row: Row, evidence: Evidence, choices: Choices, bar: Bar
) -> Task:
    words, party, id, hold = official.words, own_party(official.caller), row["id"], evidence.hold

    def completed(filled: Filled) -> Filled:
        """Raises `Invalid` where nobody said why, which the public page shows; `Refused` where the evidence does not do: the
        second official would sign in vain."""
        reason: Any = filled.payload.get("reason_text")
        if not isinstance(reason, str) or not reason.strip():
            raise Invalid("missing-field", FieldFault("/payload/reason_text", "missing-field"))
        named: Any = filled.payload.get("evidence", ())
        check_evidence(evidence.state, hold, [one for one in named if isinstance(one, Mapping)])
        return filled

    async def save(one: Saving) -> str:
        asked = Asked(RELEASE.name, one.payload, id, party, (choices.region,))
        made = await ask(
            official.node, room_of(request), asked, asked_by=party, account=official.caller.account, id=one.id
        )
        return page_of(made.id)

    return Task(
        kind=RELEASE,
        action=f"/desk/batches/{id}/lift?hold={hold['id'].rpartition('/')[2]}",
        title=words.html("desk.lift"),
        back=Link(f"/desk/batches/{id}", batch_title(row, words)),
        words=words,
        choices=choices,
        layout=Layout(first=("reason_text", "evidence")),
        asked=("reason_text", "evidence"),
        now=official.now,
        party=party,
        save=save,
        consequence=lambda _payload, _filled: words.html("desk.lift_follows"),
        save_label=words.html("desk.lift_submit"),
        lead=_lead(evidence, official),
        region=choices.region,
        owed=frozenset({"reason_text", "evidence"}),
        settled={"hold": entry_named(hold), "ground": OFFICIALS},
        asks_when=False,
        completed=completed,
        form_page="desk/form_to_sign.html",
        check_page="desk/check_to_sign.html",
        beside=bar,
    )


def _lead(evidence: Evidence, official: Official) -> Markup:
    words, hold = official.words, evidence.hold
    why = words.word("rule.reason", hold["reason"])
    lead = words.html("desk.lift_lead", why=why, basis=basis_words(hold["rule"], hold["article"], words))
    return with_what_is_missing(lead, evidence, words)
