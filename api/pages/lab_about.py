"""What is a laboratory's report about, and what would it do to the goods? Shared by the forms that write one or mend one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from api.pages.lab_items import completed_items
from api.pages.lab_retests import failed_items, follows
from api.pages.member_context import Member
from api.pages.names import names
from api.pages.own_records import own_record
from api.pages.scan_view import grouped_code
from api.pages.scan_words import Words
from trace.events import KINDS, Kind
from trace.ledger.store import Reads
from trace.queries import upstream
from trace.records import entry_of, said
from trace.reports import report_of, tested_by
from trace.rules import Outcome, Verdict
from trace.state import Row

REPORT, RETEST = KINDS["lab_report"], KINDS["retest_report"]
HOME = "/lab/"


@dataclass(frozen=True, slots=True)
class About:
    """What a report is about: goods, and a sample of them, a first report that is tested again, or both.

    `used`: what failed before, then what was used on the goods; `firsts`: the reports to choose from, `first`: the one meant.
    """

    kind: Kind
    batch: Row
    used: tuple[str, ...]
    sample: Row | None = None
    firsts: tuple[Row, ...] = ()
    first: Row | None = None


def batch_title(batch: Row | None, words: Words) -> Markup:
    if batch is None:
        return Markup("")
    product = words.product_name(names().products[batch["product"]])
    code = grouped_code(batch["code"]) if batch["code"] else words.quoted(batch["township"])
    return words.html("lab.batch", product=product, code=code)


def is_for(member: Member, sample: Row) -> bool:
    """Whether the sample was drawn for this laboratory, or by it for itself."""
    if sample["kind"] != "sample_taken" or sample["is_void"]:
        return False
    laboratory = said(sample).get("laboratory", sample["actor"])
    return bool(laboratory == member.id)


def used_on(reads: Reads, batch: Row, firsts: Iterable[Row] = ()) -> tuple[str, ...]:
    """What failed in the first reports, then the active substances on record for these goods and what they were made from."""
    chains = [batch["id"], *(row["id"] for row in upstream(reads.connection, batch["id"]))]
    rows = (row for chain in chains for row in reads.chain_rows(chain))
    uses = (record.payload for record in (own_record(reads, row, "") for row in rows) if record.kind == "input_use")
    return tuple(dict.fromkeys((*failed_items(firsts), *(name for use in uses for name in use.get("active", ())))))


def foreseen_verdict(about: About, payload: Mapping[str, Any]) -> Verdict | None:
    """What the rules will say of a report by itself, as far as it is filled in; None while that cannot be known."""
    items = completed_items(payload.get("items"), about.batch["product"], date.min, date.min)
    if not items or "conclusion" not in payload:
        return None
    try:
        return report_of(_whole(payload, items), about.batch["product"]).verdict
    except (KeyError, ValueError):  # a line that is not whole yet: the check of the form says which
        return None


def report_follows(member: Member, about: About, payload: Mapping[str, Any]) -> Markup:
    """What the report will do to the batch, as far as it is filled in."""
    words, product = member.words, about.batch["product"]
    verdict = foreseen_verdict(about, payload)
    if verdict is None:
        return words.html("lab.follows_unknown")
    if about.kind is RETEST:
        first = about.first or _chosen(about.firsts, payload)
        if first is None:
            return words.html("lab.follows_unknown")
        if report_of(said(first), product).verdict.outcome.stops:
            whole = _whole(payload, completed_items(payload["items"], product, date.min, date.min))
            return follows(first, tested_by(member.id, member.now.date(), whole), product, verdict, words)
    reasons = words.sentences(words.word("rule.reason", code) for code in verdict.reasons)
    if verdict.outcome.stops:
        return words.html("lab.follows_hold", reasons=reasons)
    if verdict.outcome is Outcome.WARN:
        return words.html("lab.follows_remark", reasons=reasons)
    return words.html("lab.follows_clean")


def _whole(payload: Mapping[str, Any], items: list[Any]) -> Mapping[str, Any]:
    return {"report_kind": "retest", **payload, "items": items}


def _chosen(firsts: Iterable[Row], payload: Mapping[str, Any]) -> Row | None:
    """The report that was chosen to be tested again."""
    named = payload.get("retest_of")
    if not isinstance(named, dict):
        return None
    return next((one for one in firsts if entry_of(one) == named), None)
