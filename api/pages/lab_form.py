"""How does a laboratory report on a sample, or test again what another one reported? One form for both kinds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.forms.choices import Choices
from api.pages.forms.filled import Filled, default_at, new_id
from api.pages.forms.layouts import kept_values, layout_of
from api.pages.forms.task import show_form, take_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.lab_about import HOME, REPORT, RETEST, About, batch_title, is_for, report_follows, used_on
from api.pages.lab_items import completed_items, first_items, test_day, with_the_rest
from api.pages.lab_retests import first_reports, report_option
from api.pages.member_context import Member, member_of
from api.pages.member_forms import files_of
from api.pages.own_records import last_records
from api.pages.queries import find_record_by_id
from api.pages.scan_words import Words
from api.query import read_query
from api.recording import record_event
from trace.events import Kind
from trace.ledger.errors import NotFound
from trace.queries import find_batch
from trace.records import entry_of, said
from trace.rules.duties import owed_fields

Work = Annotated[Caller, allow_page("lab.report")]

router = APIRouter(include_in_schema=False)


@router.get("/lab/reports/new")
async def show_report_form(request: Request, caller: Work) -> Response:
    """The report of one sample: its lines with unit and limit, what the last report said of the laboratory itself."""
    member = member_of(request, caller)
    about = _about(request, member)
    task, batch = _task(member, about), about.batch
    with member.node.reading() as reads:
        last = next(iter(last_records(reads, member.id, REPORT.name)), None)
    kept = kept_values(task.kind, last.payload, same_batch=last.chain == batch["id"]) if last else {}
    today = member.now.date()
    payload = {
        **{name: value for name, value in kept.items() if name in task.asked},
        "items": first_items(batch["product"], about.used, today),
        **({"retest_of": entry_of(about.firsts[0])} if "retest_of" in task.asked else {}),
        "tested_on": today.isoformat(),
    }
    return show_form(request, task, Filled(new_id(), payload, at=default_at(member.now)))


@router.post("/lab/reports/new")
async def take_report(request: Request, caller: Work) -> Response:
    """What the form sent: checked, then logged."""
    member = member_of(request, caller)
    return await take_form(request, _task(member, _about(request, member)), files_of(request))


def _about(request: Request, member: Member) -> About:
    """By the sample, or the first report, that the address names. A sample for a re-test is one of the batch's reports.

    Raises `NotFound` for a sample that does not name this laboratory, as for none, and for what is no report.
    """
    query = read_query(request, {"sample", "report", "lang", "text"}, ignore_unknown=True)
    chain, _, seq = query.get("sample", query.get("report", "")).partition(".")
    with member.node.reading() as reads:
        named = find_record_by_id(reads.connection, f"{chain}/{seq}")
        batch = find_batch(reads.connection, chain)
        if named is None or batch is None:
            raise NotFound("not-found")
        if "sample" not in query:
            if named["kind"] != REPORT.name or named["is_void"]:
                raise NotFound("not-found")
            return About(RETEST, batch, used_on(reads, batch, (named,)), firsts=(named,), first=named)
        if not is_for(member, named):
            raise NotFound("not-found")
        firsts = first_reports(reads, chain) if said(named)["sample_kind"] == "retest" else ()
        return About(RETEST if firsts else REPORT, batch, used_on(reads, batch, firsts), named, firsts)


def _task(member: Member, about: About) -> Task:
    """The form of the report: what the sample or the first report settles is not asked again."""
    words, kind, batch = member.words, about.kind, about.batch
    settled: dict[str, Any] = {"report_kind": "retest"} if about.kind is RETEST else {}
    query = f"report={about.first['id'].replace('/', '.')}" if about.first else ""
    if about.sample:
        payload = said(about.sample)
        settled = {
            "sample": entry_of(about.sample),
            "sample_no": payload["sample_no"],
            "report_kind": payload["sample_kind"],
        }
        query = f"sample={about.sample['id'].replace('/', '.')}"
    if about.first:
        settled["retest_of"] = entry_of(about.first)
    return Task(
        kind=kind,
        action=f"/lab/reports/new?{query}",
        title=words.html("lab.retest" if kind is RETEST else "lab.report"),
        back=Link(HOME, words.html("lab.samples")),
        words=words,
        choices=Choices(
            member.party["region"], batch["product"], entries=tuple(report_option(one, words) for one in about.firsts)
        ),
        layout=layout_of(kind),
        asked=tuple(name for name in kind.fields if name not in settled and name != "sample"),
        now=member.now,
        party=member.id,
        save=_saver(member, batch["id"], kind),
        consequence=lambda filled, _form: report_follows(member, about, filled),
        save_label=words.html("lab.send"),
        lead=_lead(about, words),
        region=member.party["region"],
        owed=frozenset(owed_fields(kind.name, member.party["legal_form"], False)),
        settled=settled,
        completed=lambda filled: _completed(filled, batch["product"], member.now.date()),
        reopened=lambda filled: _reopened(filled, batch["product"], about.used, member.now.date()),
        form_page="lab/form.html",
        check_page="lab/check.html",
    )


def _lead(about: About, words: Words) -> Markup:
    title = batch_title(about.batch, words)
    if about.sample:
        payload = said(about.sample)
        kind = words.word("value.sample_kind", payload["sample_kind"])
        return words.html("lab.lead", batch=title, number=words.quoted(payload["sample_no"]), kind=kind)
    assert about.first is not None
    return words.html("lab.retest_lead", batch=title, report=report_option(about.first, words)[1].label)


def _completed(filled: Filled, product: str, today: date) -> Filled:
    """The lines that were filled in, with the limits of the day of the test."""
    items = completed_items(filled.payload.get("items"), product, today, test_day(filled.payload, today))
    rest = {name: value for name, value in filled.payload.items() if name != "items"}
    return replace(filled, payload={**rest, "items": items} if items else rest)


def _reopened(filled: Filled, product: str, used: tuple[str, ...], today: date) -> Filled:
    """The lines that were filled in, and behind them those that nobody has filled in yet."""
    items = with_the_rest(filled.payload.get("items"), first_items(product, used, today))
    return replace(filled, payload={**filled.payload, "items": items})


def _saver(member: Member, batch: str, kind: Kind) -> Any:
    async def save(one: Saving) -> str:
        receipt = await record_event(
            member.node, member.caller, batch, kind.name, one.payload, id=one.id, occurred_at=one.occurred_at
        )
        return f"/lab/reports/{receipt.index}"

    return save
