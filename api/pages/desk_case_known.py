"""What is known already of what a step asks? From earlier papers, from the case and from the register, to begin a form with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from api.catalogue import say
from api.documents import Prepared
from api.pages.desk_case_listing import LISTING, listing_texts, removal_texts
from api.pages.desk_case_organs import organ_texts
from api.pages.desk_case_sources import REPAIR, repair_texts, report_texts
from api.pages.own_records import own_record
from credit.next_steps import Standing
from credit.reference.catalogue import CATALOGUE_VERSION, Item, catalogue
from credit.reference.procedures import Step
from credit.working_days import add_months
from trace.ledger.store import Reads

_NOT_KEPT = frozenset({"result", "reasons", "document_no", "served_on", "receiver", "method", "place", "signed_at"})
"""Fields whose words belong to one paper: another of the same name says another thing."""


def known_of(reads: Reads, standing: Standing, step: Step, papers: Sequence[Prepared], today: date) -> dict[str, str]:
    """Texts by the name of a field, or by `CODE.field` for those of one document alone. `papers`: of the case, oldest first."""
    found = dict(organ_texts(reads, standing.row))
    if standing.row["procedure"] == LISTING:
        found.update(listing_texts(reads, standing, papers))
    found.update(_earlier(papers, step))
    found.update(_of_case(standing))
    found.update(_of_log(reads, standing, step, today))
    found.update(_of_parties(reads, standing))
    if step.published_fields:
        found.update(_published(papers))
    found.update(_own(papers, step))
    return {name: text for name, text in found.items() if text}


def _earlier(papers: Sequence[Prepared], step: Step) -> Iterator[tuple[str, str]]:
    """What stood in earlier papers of the case under the same name, the newest last."""
    for paper in papers:
        if paper.step != step.code:
            yield from ((name, text) for name, text in paper.values.items() if name not in _NOT_KEPT)


def _own(papers: Sequence[Prepared], step: Step) -> Iterator[tuple[str, str]]:
    """What was filled into a paper of this very step, to go on with."""
    for paper in papers:
        if paper.step == step.code:
            yield from ((f"{paper.code}.{name}", text) for name, text in paper.values.items())


def _of_case(standing: Standing) -> Iterator[tuple[str, str]]:
    said = standing.progress.said
    item = catalogue().get(said.get("item", ""))
    if item is not None:
        yield from entry_texts(item, said.get("class_basis", ""), said.get("legal_basis", ""))
        yield "rule_id_version", f"{item.code} {CATALOGUE_VERSION}"
        yield "fields_compared", say("case.text.fields_compared", "zh")
    if (paper := said.get("paper")) is not None:
        yield "document_hash", paper["hash"]
        yield "document_date", paper["dated"]
        yield "penalty_decision_no", paper["number"]
    if paper is not None and item is not None and item.public_max_months and item.public_min_months is not None:
        until = add_months(date.fromisoformat(paper["dated"]), item.public_max_months)
        yield "what_is_published", item.zh
        yield "from_until", say("case.text.until", "zh", day=until.isoformat())
        yield "min_period", say("case.text.months", "zh", n=item.public_min_months)


def _of_log(reads: Reads, standing: Standing, step: Step, today: date) -> Iterator[tuple[str, str]]:
    said = standing.progress.said
    if (entry := said.get("record") or said.get("report")) is not None:
        yield from report_texts(reads, entry, catalogue().get(said.get("item", "")))
    if standing.row["procedure"] == REPAIR:
        yield from repair_texts(reads, standing, step, today)
    if standing.row["procedure"] == LISTING:
        yield from removal_texts(reads, standing, step, today)


def entry_texts(item: Item, class_basis: str, legal_basis: str) -> Iterator[tuple[str, str]]:
    """The fields of the entry sheet of an item."""
    yield "item_code", f"{item.code} {item.zh}"
    yield "catalogue_version", CATALOGUE_VERSION
    yield "class", class_text(item.severity)
    yield "class_basis", class_basis
    yield "legal_basis", legal_basis


def class_text(severity: str | None) -> str:
    """How grave an item is, as a paper says it."""
    return say(f"value.class.{severity}", "zh") if severity else "-"


def _of_parties(reads: Reads, standing: Standing) -> Iterator[tuple[str, str]]:
    registered = own_record(reads, reads.chain_rows(standing.row["subject"])[0]).payload
    yield "subject_address", str(registered.get("address", ""))


def _published(papers: Sequence[Prepared]) -> Iterator[tuple[str, str]]:
    """By which articles somebody is listed, as the decision says it; the log has no more of it than its hash."""
    made = next((one for one in reversed(papers) if one.code == "D-LIST-DECISION"), None)
    if made is not None:
        yield "ground_articles", made.values.get("grounds_articles", "").replace("\n", " ")


def service_texts(services: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What the proof of service says of services that are logged, of each where they differ.

    The place is the paper's alone: the record of a service has no field for it, and is told which paper by `proof`.
    """
    if not services:
        return {}
    titles = (say(f"document.title.{one['document']}", "zh") for one in services)
    return {
        "D-SERVICE.document_no": _each(f"{title} {one['doc_no']}" for title, one in zip(titles, services, strict=True)),
        "D-SERVICE.method": _each(say(f"value.method.{one['method']}", "zh") for one in services),
        "D-SERVICE.served_on": _each(one["served_on"] for one in services),
        "D-SERVICE.receiver": _each(one.get("receiver", "") for one in services),
        "D-SERVICE.witnesses_if_left": say("case.no_witness", "zh"),
        "D-SERVICE.evidence_hash": _each(one.get("proof", say("case.no_proof", "zh")) for one in services),
    }


def _each(texts: Iterable[str]) -> str:
    return "；".join(dict.fromkeys(text for text in texts if text))
