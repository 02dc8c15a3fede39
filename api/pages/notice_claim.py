"""What is claimed against a party in its case, and on what does it rest? Read to it before it is asked to answer.

The claim is told in the words of the paper that was handed over; figures are those of the report that the case cites, as the
laboratory stated them. Nothing is judged here again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from markupsafe import Markup, escape

from api.documents import paper_of
from api.documents.render import Line, reading_lines
from api.pages.credit_file import item_words
from api.pages.desk_case_sources import report_day, sample_number
from api.pages.desk_case_words import document_words
from api.pages.documents import store_of
from api.pages.forms.choices import NOTHING
from api.pages.forms.views import Link
from api.pages.member_context import Member, party_label
from api.pages.names import names
from api.pages.own_records import OwnRecord, own_record
from api.pages.scan_view import analyte_words, figure, grouped_code, limit_words
from api.pages.views import Fact
from credit.next_steps import Standing
from credit.queries import find_record
from trace.ledger.store import Reads, SealedRow
from trace.queries import find_batch, find_parties
from trace.records import record_id
from trace.state import Row

CLAIMS: Mapping[str, tuple[str, ...]] = {
    "D-RESULT-NOTICE": ("result",),
    "D-FACT-NOTICE": ("event_ids", "rule_id_version", "what_it_would_mean"),
    "D-PUB-NOTICE": ("what", "where", "from", "legal_basis"),
    "D-LIST-NOTICE": ("facts", "grounds_articles", "intended_measures", "term"),
    "D-LIST-DECISION": ("facts", "evidence", "grounds_articles", "measures_and_hint", "term"),
}
"""Papers that say something against a party, each with the fields in which they say it (行政处罚法 art. 44; documents.csv).
All of them are served: they are read here from that day on."""

OF_GOODS = frozenset({"sample_result", "trace_outcome"})
"""Procedures that are about a batch."""

ENTERED = "record_entered"
"""The kind of the entries of a credit file, which say more by their item than by their kind."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a paper says against the party. `paper`: which one; it is opened among the papers of the case."""

    paper: Markup
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class ReportShown:
    """A report that the case cites: who found what in which sample, and what was too high or too low."""

    title: Markup
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a case rests on. `evidence`: entries and papers that it names; a link where the party can open them."""

    claim: Claim | None
    reports: tuple[ReportShown, ...]
    evidence: tuple[Link, ...]


def case_facts(member: Member, reads: Reads, standing: Standing, parties: Mapping[str, Row]) -> Iterator[Fact]:
    """Whose case it is and what it is about. `parties`: the authority, by its id."""
    words, row, said = member.words, standing.row, standing.progress.said
    authority = parties.get(row["authority"])
    yield Fact(words.html("standing.authority"), party_label(authority, words) if authority else Markup(""))
    batch = find_batch(reads.connection, row["target"]) if row["procedure"] in OF_GOODS and row["target"] else None
    if batch is not None:
        yield Fact(words.html("notice.about"), _goods(member, batch))
    if "item" in said:
        yield Fact(words.html("field.item"), item_words(said["item"], words))
    if "paper" in said:
        yield Fact(words.html("field.paper"), words.quoted(said["paper"]["number"]))
    if "legal_basis" in said:
        yield Fact(words.html("field.legal_basis"), words.quoted(said["legal_basis"]))


def _goods(member: Member, batch: Row) -> Markup:
    """The goods with their page: the party's own, or of goods that it never had in the log what everybody sees by the label."""
    words, found = member.words, names().products.get(batch["product"])
    product = words.product_name(found) if found else batch["product"]
    code = grouped_code(batch["code"]) if batch["code"] else ""
    name = words.html("lab.batch", product=product, code=code)
    if member.id in (batch["owner"], batch["holder"], *batch["kept_by"].split()):
        return Markup('<a href="/m/batches/{}">{}</a>').format(batch["id"], name)
    return Markup('<a href="/t/{}">{}</a>').format(batch["code"], name) if batch["code"] else name


def grounds_of(request: Request, member: Member, reads: Reads, standing: Standing, opening: SealedRow) -> Grounds:
    """`opening`: the first entry of the case, which names its evidence."""
    return Grounds(
        claim=_claim(request, member, standing),
        reports=tuple(_reports(member, reads, standing)),
        evidence=tuple(_evidence(member, reads, standing, own_record(reads, opening, member.id))),
    )


def _claim(request: Request, member: Member, standing: Standing) -> Claim | None:
    """Of the newest paper that was handed over and was made here; a scan is read as a picture, under the papers."""
    is_demonstration = member.node.genesis.purpose == "demonstration"
    for served in reversed(standing.progress.served):
        prepared = store_of(request).find(served.hash) if served.code in CLAIMS else None
        if prepared is None:
            continue
        lines = {
            one.name: one
            for one in reading_lines(paper_of(prepared, is_demonstration=is_demonstration), member.words.lang)
        }
        title = member.words.html(
            "notice.claim_paper",
            paper=document_words(served.code, member.words),
            number=member.words.quoted(prepared.doc_no),
        )
        facts = tuple(_fact(lines[name]) for name in CLAIMS[served.code])
        return Claim(title, facts)
    return None


def _fact(line: Line) -> Fact:
    return Fact(escape(line.label), Markup("<br>").join(line.text))


def _reports(member: Member, reads: Reads, standing: Standing) -> Iterator[ReportShown]:
    """The first report and, where it is another, the one that the last step named, as of a re-test."""
    said = standing.progress.said
    cited = [said[name] for name in ("report", "record") if name in said]
    for entry in {record_id(one["chain"], one["seq"]): one for one in cited}.values():
        record = _entry(member, reads, entry)
        if record is not None and "items" in record.payload:
            yield _report(member, reads, record)


def _entry(member: Member, reads: Reads, entry: Mapping[str, Any]) -> OwnRecord | None:
    sealed = next((one for one in reads.chain_rows(entry["chain"]) if one.seq == entry["seq"]), None)
    return None if sealed is None else own_record(reads, sealed, member.id)


def _report(member: Member, reads: Reads, record: OwnRecord) -> ReportShown:
    words, payload = member.words, record.payload
    title = words.html(
        "notice.report",
        kind=words.word("kind", record.kind),
        number=words.quoted(payload.get("report_no", "")),
        day=words.day(report_day(record)),
    )
    facts = [_laboratory(member, reads, record)]
    if number := sample_number(reads, payload):
        facts.append(Fact(words.title_word("field", "sample_no"), words.quoted(number)))
    failed = [one for one in payload["items"] if one.get("judgement") == "fail"]
    facts += [_item(member, one) for one in failed or payload["items"]]
    if "conclusion" in payload:
        conclusion = words.word("value.conclusion", payload["conclusion"])
        facts.append(Fact(words.title_word("field", "conclusion"), conclusion))
    return ReportShown(title, tuple(facts))


def _laboratory(member: Member, reads: Reads, record: OwnRecord) -> Fact:
    found = find_parties(reads.connection, [record.actor])
    name = party_label(found[0], member.words) if found else NOTHING
    return Fact(member.words.html("report.laboratory"), name)


def _item(member: Member, item: Mapping[str, Any]) -> Fact:
    """`412 mg/kg，限值150 mg/kg，不合格`."""
    words = member.words
    text = words.html(
        "notice.item",
        value=figure(item, "value", words),
        limit=limit_words(item, words, with_unit=True),
        judgement=words.word("judgement", item.get("judgement", "none")),
    )
    return Fact(analyte_words(item, words), text)


def _evidence(member: Member, reads: Reads, standing: Standing, opening: OwnRecord) -> Iterator[Link]:
    words, paper = member.words, standing.progress.said.get("paper")
    if paper is not None:
        told = words.html(
            "case.paper_text",
            number=words.quoted(paper["number"]),
            authority=words.quoted(paper["authority"]),
            day=words.day(paper["dated"]),
        )
        yield Link(member.shelf.href(reads, paper["hash"]), member.shelf.named(paper["hash"], told, words))
    for entry in opening.payload.get("evidence", []):
        record = _entry(member, reads, entry)
        if record is not None:
            yield _named(member, reads, record)


def _named(member: Member, reads: Reads, record: OwnRecord) -> Link:
    """An entry by what it is and its day; of a credit file, by its item."""
    words = member.words
    credit = find_record(reads.connection, record_id(record.chain, record.seq)) if record.kind == ENTERED else None
    if credit is not None:
        text = words.html(
            "case.evidence_line", kind=item_words(credit["item"], words), day=words.day(credit["recorded"])
        )
        return Link("/m/credit", text)
    text = words.html("case.evidence_line", kind=words.word("kind", record.kind), day=words.day(record.occurred_at))
    batch = find_batch(reads.connection, record.chain)
    is_here = batch is not None and member.id in (batch["owner"], batch["holder"])
    return Link(f"/m/records/{record.index}" if is_here or record.actor == member.id else "", text)
