"""Which reports on these goods may be tested again, and what would a re-test do? Found by the code of the goods."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from api.auth.guard import allow_page
from api.auth.policy import Caller
from api.pages.forms.choices import Option
from api.pages.lookup import find_labelled
from api.pages.member_context import member_of, party_label
from api.pages.names import names
from api.pages.private import private_page
from api.pages.queries import current_records
from api.pages.scan_view import grouped_code
from api.pages.scan_words import Words
from api.query import read_query
from trace.ledger.store import Reads
from trace.queries import find_parties
from trace.records import said
from trace.reports import tested
from trace.rules import Outcome, Tested, Verdict, judge_retest, replaces
from trace.state import Row

router = APIRouter(include_in_schema=False)

RETESTS = "/lab/retests"


@dataclass(frozen=True, slots=True)
class FirstRow:
    """A report of a first test. `href`: where its re-test is written."""

    title: Markup
    laboratory: Markup
    is_own: bool
    href: str


@dataclass(frozen=True, slots=True)
class RetestsView:
    """The page to type a code. `goods`: what was found by it; "" where nothing was."""

    typed: str
    is_unknown: bool
    goods: Markup
    firsts: tuple[FirstRow, ...]


@router.get(RETESTS)
async def show_retests(request: Request, caller: Annotated[Caller, allow_page("lab.report")]) -> Response:
    """Type the code on the goods; the reports on them that can be tested again, those that fail first."""
    member = member_of(request, caller)
    typed = read_query(request, {"code", "lang", "text"}, ignore_unknown=True).get("code", "")
    row = find_labelled(request, typed, caller) if typed else None
    if row is None:
        view = RetestsView(typed, bool(typed), Markup(""), ())
        return private_page(request, "lab/retests.html", view, status=404 if typed else 200)
    words = member.words
    with member.node.reading() as reads:
        firsts = first_reports(reads, row["id"])
        labs = {
            one["id"]: party_label(one, words) for one in find_parties(reads.connection, {f["actor"] for f in firsts})
        }
    product = words.product_name(names().products[row["product"]])
    goods = words.html("lab.batch", product=product, code=grouped_code(row["code"]))
    shown = tuple(_first_row(one, labs[one["actor"]], member.id, words) for one in firsts)
    return private_page(request, "lab/retests.html", RetestsView(typed, False, goods, shown))


def _first_row(row: Row, laboratory: Markup, own: str, words: Words) -> FirstRow:
    href = f"/lab/reports/new?report={row['id'].replace('/', '.')}"
    return FirstRow(report_option(row, words)[1].label, laboratory, row["actor"] == own, href)


def first_reports(reads: Reads, batch: str) -> tuple[Row, ...]:
    """The laboratory reports on a batch that still count: those that fail before the others, the newest first."""
    rows = current_records(reads.connection, batch, "lab_report")[::-1]
    return tuple(sorted(rows, key=lambda row: said(row).get("conclusion") != "fail"))


def report_option(row: Row, words: Words) -> tuple[str, Option]:
    """A report as something to choose: its number, day and conclusion."""
    payload = said(row)
    conclusion = payload.get("conclusion")
    label = words.clauses(
        [
            words.html("gate.report", number=words.quoted(payload["report_no"]))
            if "report_no" in payload
            else words.word("kind", row["kind"]),
            words.day(payload.get("issued_on") or row["occurred_at"]),
            words.word("value.conclusion", conclusion) if conclusion else words.html("lab.no_conclusion"),
        ]
    )
    return row["kind"], Option(f"{row['id'].replace('/', '.')}.{row['leaf']}", label)


def failed_items(firsts: Iterable[Row]) -> Iterator[str]:
    """What failed, by the words of the reports: a re-test tests it again."""
    for row in firsts:
        yield from (one["item"] for one in said(row)["items"] if one.get("judgement") == "fail")


def follows(first: Row, retest: Tested, product: str, verdict: Verdict, words: Words) -> Markup:
    """What a re-test of a report that fails would do: lift its hold, confirm it, or neither, and why."""
    if verdict.outcome.stops:
        return words.html("lab.retest_confirms")
    if replaces(tested(first), retest, product, verdict):
        return words.html("lab.retest_lifts")
    lawful = judge_retest(tested(first), retest, product)
    codes = (*(lawful.reasons if lawful.outcome is Outcome.WARN else ()), *verdict.reasons)
    return words.html("lab.retest_leaves", reasons=words.sentences(words.word("rule.reason", code) for code in codes))
