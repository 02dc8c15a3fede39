"""May these goods come in? The market's gate: a code, the verdict first, then one button."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.catalogue import has
from api.foreseen import foresee, let_in_before
from api.pages.forms.choices import NOTHING, Option
from api.pages.forms.filled import Filled, default_at, new_id
from api.pages.forms.layouts import Layout
from api.pages.forms.task import show_form, take_form
from api.pages.forms.views import Link, Saving, Task
from api.pages.law_words import law_words
from api.pages.lookup import find_labelled
from api.pages.member_context import Member, choices_of, member_of, party_label
from api.pages.member_forms import files_of
from api.pages.member_holds import Hold, holds_by_batch
from api.pages.member_views import left_of, quantity_of
from api.pages.names import names
from api.pages.own_records import own_record
from api.pages.private import private_page
from api.pages.queries import current_records
from api.pages.scan_view import grouped_code
from api.pages.scan_words import Words
from api.query import read_query
from api.recording import record_event
from trace.events import KINDS
from trace.ledger.errors import FieldFault, Forbidden, Invalid, NotFound, Refused
from trace.ledger.store import Reads
from trace.papers import REPORTS, RETEST, is_clean
from trace.queries import find_parties
from trace.records import said
from trace.rules.duties import owed_fields
from trace.rules.markets import CLOSER_CHECK
from trace.state import Row, balance

Decide = Annotated[Caller, allow_page("gate.decide")]
ADMISSION = KINDS["market_admission"]
GATE = "/m/gate"
PAPER = "检验报告"
"""What a clean report on record is called among the papers of an admission."""

RAPID = "快速检测"
"""The method of a test at the gate of which nobody said another."""

REASONS = ("no-proof-no-test", "entry-test-failed", "batch-held", "goods-differ-from-label", "goods-spoiled")
"""Why a market sends goods back or has them tested; what the rules found stands before these."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Paper:
    """A report on record. `conclusion`: pass, fail, no-judgement or ""."""

    text: Markup
    conclusion: str


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What is known of the goods at the gate, the verdict first. `state`: clear, stop (held), test (no proof), measure (a
    measure in force asks for a test, whatever the papers).

    `let_in`: what this market let in of them before. `reasons`: of a refusal, the one that the rules found first.
    """

    state: str
    why: tuple[Markup, ...]
    cure: Markup
    basis: Markup
    holds: tuple[Hold, ...]
    goods: Markup
    code: str
    owner: Markup
    let_in: Markup
    papers: tuple[Paper, ...]
    reasons: tuple[Option, ...]
    chosen: str
    public_href: str


@dataclass(frozen=True, slots=True)
class GateView:
    """The page to type a code. `logged`: what was decided just before, in a sentence."""

    typed: str
    is_unknown: bool
    logged: Markup
    market: Markup


@router.get(GATE)
async def show_gate(request: Request, caller: Decide) -> Response:
    """Type a code; a link may bring it."""
    member = _market(request, caller)
    query = read_query(request, {"code", "logged", "lang", "text"}, ignore_unknown=True)
    typed = query.get("code", "")
    row = find_labelled(request, typed, caller)
    with member.node.reading() as reads:
        logged = _logged(member, reads, query.get("logged", ""))
    if row is not None:
        return RedirectResponse(f"{GATE}/{row['code']}", 303, {"Cache-Control": "no-store"})
    view = GateView(typed, bool(typed), logged, member.words.quoted(member.party["name"] or ""))
    return private_page(request, "gate/gate.html", view, status=404 if typed else 200)


def _logged(member: Member, reads: Reads, index: str) -> Markup:
    """What this market decided in the entry with that number."""
    if not (index.isascii() and index.isdigit() and len(index) < 16):
        return NOTHING
    sealed = next(reads.rows(int(index), int(index) + 1), None)
    record = own_record(reads, sealed, member.id) if sealed else None
    if record is None or record.actor != member.id or record.kind != ADMISSION.name:
        return NOTHING
    words = member.words
    return words.html(
        "gate.logged",
        n=record.index,
        decision=words.word("value.decision", record.payload["decision"]),
        quantity=words.quantity(record.payload["quantity"]),
    )


@router.get(f"{GATE}/{{code}}")
async def show_verdict(code: str, request: Request, caller: Decide) -> Response:
    """What is known of these goods, the verdict first, and the three buttons."""
    task, begun = _gate_task(request, caller, code)
    return show_form(request, task, Filled(new_id(), begun, at=default_at(task.now)))


@router.post(f"{GATE}/{{code}}")
async def take_decision(code: str, request: Request, caller: Decide) -> Response:
    """The button that was pressed: logged, whatever it was. A refusal by a rule shows the page again."""
    return await take_form(request, _gate_task(request, caller, code)[0], files_of(request))


def _market(request: Request, caller: Caller) -> Member:
    """The market at work. Raises `Forbidden` for a party that runs none."""
    member = member_of(request, caller)
    if "market" not in member.party["roles"].split():
        raise Forbidden("not-your-act")
    return member


def batch_of_code(request: Request, caller: Caller, code: str) -> Row:
    """The batch of a code as it was typed. Raises `NotFound` where there is none, and as `find_labelled`."""
    row = find_labelled(request, code, caller)
    if row is None:
        raise NotFound("not-found")
    return row


def _gate_task(request: Request, caller: Caller, code: str) -> tuple[Task, dict[str, Any]]:
    member = _market(request, caller)
    words = member.words
    row = batch_of_code(request, caller, code)
    with member.node.reading() as reads:
        reports = [one for kind in REPORTS for one in current_records(reads.connection, row["id"], kind)]
        asked = _admission(member, row)
        inside = let_in_before(member.node, caller, row["id"], asked)
        room = balance(row) - inside
        begun = {"quantity": quantity_of(row, room) if room > 0 else {}, "proofs": list(_proofs(reports))}
        verdict = _verdict(member, reads, row, reports, asked, inside)
        choices = choices_of(member, reads, row)
    task = Task(
        kind=ADMISSION,
        action=f"{GATE}/{row['code']}",
        title=words.html("gate.title"),
        back=Link(GATE, words.html("gate.other_code")),
        words=words,
        choices=choices,
        layout=Layout(first=("quantity",)),
        asked=("quantity", "reasons", "test", "proofs", "stall", "checked_by", "decision"),
        now=member.now,
        party=member.id,
        save=_admission_saver(member, row),
        consequence=lambda _payload, _filled: NOTHING,
        save_label=words.html("gate.admit"),
        region=member.party["region"],
        owed=frozenset(owed_fields(ADMISSION.name, member.party["legal_form"], False)),
        settled={"market": member.party["name"] or member.id},
        asks_when=False,
        completed=lambda filled: _decided(filled, verdict),
        beside=verdict,
        form_page="gate/verdict.html",
    )
    return task, {name: value for name, value in begun.items() if value}


def _proofs(reports: Iterable[Row]) -> Iterable[dict[str, str]]:
    """Clean reports on record, as the papers that the goods have."""
    for report in reports:
        payload = said(report)
        if is_clean(report):
            yield {"type": PAPER, **({"number": payload["report_no"]} if "report_no" in payload else {})}


def _admission(member: Member, row: Row) -> dict[str, Any]:
    """That of everything that is there."""
    quantity = left_of(row) if balance(row) > 0 else {"value": "1", "unit": left_of(row)["unit"]}
    return {"decision": "admitted", "market": member.party["name"] or member.id, "quantity": quantity}


def _verdict(
    member: Member, reads: Reads, row: Row, reports: list[Row], asked: Mapping[str, Any], inside: int
) -> GateVerdict:
    """Asked of the gates themselves: would this admission be taken? `inside`: what this market has let in."""
    words = member.words
    refusal = foresee(member.node, member.caller, row["id"], ADMISSION.name, asked)
    values: Mapping[str, Any] = refusal.values if refusal else {}
    found = tuple(values.get("reasons", ()))
    owner = find_parties(reads.connection, [row["owner"]])
    own = ("batch-held",) if refusal and refusal.code == "batch-held" else found
    codes = dict.fromkeys((*own, *REASONS))
    return GateVerdict(
        state=_state(refusal, found),
        why=tuple(words.word("rule.reason", code) for code in found),
        cure=words.sentences(words.word("rule.remedy", code) for code in values.get("remedy", ())),
        basis=_basis(refusal, words),
        holds=tuple(replace(one, href="") for one in holds_by_batch(member, reads, [row["id"]]).get(row["id"], ())),
        goods=Markup("{}").format(words.product_name(names().products[row["product"]])),
        code=grouped_code(row["code"]),
        owner=party_label(owner[0], words) if owner else NOTHING,
        let_in=words.quantity(quantity_of(row, inside)) if inside else NOTHING,
        papers=tuple(_paper(report, words) for report in reports),
        reasons=tuple(Option(code, reason_word(code, words)) for code in codes),
        chosen=own[0] if own else "",
        public_href=f"/t/{row['code']}",
    )


def _state(refusal: Refused | None, reasons: Sequence[str]) -> str:
    if refusal is None:
        return "clear"
    if refusal.code == "batch-held":
        return "stop"
    return "measure" if CLOSER_CHECK.code in reasons else "test"


def _basis(refusal: Refused | None, words: Words) -> Markup:
    if refusal is None:
        return NOTHING
    rule = words.word("rule.name", str(refusal.values["rule"]).partition("@")[0])
    return words.html("member.basis", rule=rule, law=law_words(str(refusal.values["article"]), words))


def _paper(report: Row, words: Words) -> Paper:
    payload = said(report)
    conclusion = payload.get("conclusion", "")
    text = words.clauses(
        [
            words.html(
                "gate.retest" if report["kind"] == RETEST else "gate.report", number=words.quoted(payload["report_no"])
            )
            if "report_no" in payload
            else words.word("kind", report["kind"]),
            words.day(payload.get("issued_on") or report["occurred_at"]),
            words.word("value.conclusion", conclusion) if conclusion else words.html("lab.no_conclusion"),
        ]
    )
    return Paper(text, conclusion)


def reason_word(code: str, words: Words) -> Markup:
    """Why goods were sent back: the market's own words, else those of the rules."""
    own = f"gate.reason.{code}"
    return words.html(own) if has(own, words.lang) else words.word("rule.reason", code)


def _decided(filled: Filled, verdict: GateVerdict) -> Filled:
    """What belongs to the button that was pressed: reasons only where the goods do not come in, and then at least one.

    Raises `Invalid` for a refusal without a reason.
    """
    payload = dict(filled.payload)
    if payload.get("decision") == "admitted":
        payload.pop("reasons", None)
    elif payload.get("decision") == "test-first" and "reasons" not in payload:
        payload["reasons"] = [verdict.chosen or "no-proof-no-test"]
    elif payload.get("decision") == "refused" and "reasons" not in payload:
        raise Invalid("missing-field", FieldFault("/payload/reasons", "missing-field"))
    test = payload.get("test")
    if isinstance(test, dict):
        if "result" in test:
            payload["test"] = {"method": RAPID, **test}
        else:
            del payload["test"]
    return replace(filled, payload=payload)


def _admission_saver(member: Member, row: Row) -> Any:
    async def save(one: Saving) -> str:
        receipt = await record_event(
            member.node, member.caller, row["id"], ADMISSION.name, one.payload, id=one.id, occurred_at=one.occurred_at
        )
        return f"{GATE}?logged={receipt.index}"

    return save
