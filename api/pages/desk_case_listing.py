"""With what do the papers of a listing begin? With the penalty behind it, what the tables decide, and what earlier papers said.

Papers are Chinese; so is what is filled into them. Whoever signs reads it first and may write otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from api.catalogue import say
from api.documents import Prepared
from api.pages.desk_case_sources import acceptance_texts, ending_text
from api.pages.law_words import law_words
from api.pages.names import names
from api.pages.own_records import own_record
from api.pages.scan_words import Words
from credit.case_rows import progress_of
from credit.measures import intended_measures
from credit.next_steps import Standing
from credit.queries import find_case, records_of_subject
from credit.records import may_ground_listing
from credit.reference.procedures import Step, procedures
from credit.subjects import Subject
from trace.ledger.canonical import decode_value
from trace.ledger.store import Reads
from trace.queries import find_parties
from trace.state import Row

LISTING = "listing"
PROPOSAL, NOTICE, REVIEW = "D-LIST-PROPOSAL", "D-LIST-NOTICE", "D-REVIEW"
TERM, MINIMUM, ACCEPTS, GRANTS, APPLIED = "L35", "L30", "L31", "L33", "removal_applied"
_OPENED_BY = ("P01", "P05")
"""Who entered a penalty and who compared it with its document: the two who have handled the matter."""


def grounds_of(reads: Reads, party: str, today: date) -> tuple[Row, ...]:
    """The records of a party that a proposal may point to, oldest first."""
    return tuple(one for one in records_of_subject(reads.connection, party) if may_ground_listing(one, today))


def newest_penalty(grounds: Sequence[Row]) -> Row | None:
    """The penalty that a proposal would rest on, with its document."""
    return next((one for one in reversed(grounds) if one["document"] and one["item"] != "P05"), None)


def proposal_texts(reads: Reads, penalty: Row | None) -> dict[str, str]:
    """What the proposal says of the penalty behind it. The facts are left to the handlers."""
    words = Words("zh", names())
    of_the_list = law_words(procedures()[LISTING].steps["L01"].law.partition(";")[0], words).striptags()
    if penalty is None:
        return {"grounds_articles": of_the_list}
    document: Any = decode_value(penalty["document"].encode())
    return {
        "class": say(f"value.class.{penalty['class']}", "zh"),
        "penalty_decision_no": document["number"],
        "evidence_hashes": say("case.text.paper", "zh", number=document["number"], hash=document["hash"]),
        "grounds_articles": f"{penalty['legal_basis']}；{of_the_list}",
        "handlers_2": "、".join(_handlers(reads, penalty)),
    }


def _handlers(reads: Reads, penalty: Row) -> list[str]:
    row = find_case(reads.connection, penalty["case"]) if penalty["case"] else None
    if row is None:
        return []
    done = progress_of(row).case.done
    found = dict.fromkeys(done[code].person for code in _OPENED_BY if code in done)
    return [str(own_record(reads, reads.chain_rows(one)[0]).payload.get("name", "")) for one in found if one]


def listing_texts(reads: Reads, standing: Standing, papers: Sequence[Prepared]) -> Iterator[tuple[str, str]]:
    """Texts by the name of a field, before any earlier paper of the case says otherwise."""
    steps = standing.procedure.steps
    term, minimum = (steps[code].earliest for code in (TERM, MINIMUM))
    assert term is not None  # a listing has a term and a minimum (credit.md 6)
    assert minimum is not None
    yield "intended_measures", "\n".join(_measures(reads, standing))
    yield "term", say("case.text.term", "zh", n=term.count)
    made = {one.code: one for one in papers}
    yield "evidence", _said(made, PROPOSAL, "evidence_hashes")
    yield "measures_and_hint", _said(made, NOTICE, "intended_measures")
    conditions = {"n": minimum.count, "accept": _days(steps[ACCEPTS]), "grant": _days(steps[GRANTS])}
    yield "removal_terms_and_procedure", say("case.text.removal", "zh", **conditions)
    yield "file_hash", _said_hash(made, REVIEW)
    yield "what_is_published", say("case.text.listed", "zh")
    yield "from_until", say("case.text.term", "zh", n=term.count)
    yield "min_period", say("case.text.months", "zh", n=minimum.count)


def removal_texts(reads: Reads, standing: Standing, step: Step, today: date) -> Iterator[tuple[str, str]]:
    """When removal was applied for, until when it is decided, and what ends with it, as of today."""
    yield from acceptance_texts(standing, step, APPLIED, GRANTS, today)
    if step.code == GRANTS:
        yield "effective_at", today.isoformat()
        own = (one for one in records_of_subject(reads.connection, standing.row["subject"]))
        yield (
            "measures_ended",
            "".join(ending_text(reads, one, today) for one in own if one["case"] == standing.row["id"]),
        )


def _days(step: Step) -> int:
    return step.deadline.count if step.deadline else 0


def _measures(reads: Reads, standing: Standing) -> list[str]:
    """Those that will start with the listing by themselves: the notice must tell of each."""
    row = find_parties(reads.connection, [standing.row["subject"]])[0]
    subject = Subject(row["id"], row["legal_form"], frozenset(row["roles"].split()), row["uscc"])
    return [f"{one.code} {one.zh}" for one in intended_measures(subject)]


def _said(made: Mapping[str, Prepared], code: str, field: str) -> str:
    return made[code].values.get(field, "") if code in made else ""


def _said_hash(made: Mapping[str, Prepared], code: str) -> str:
    if code not in made:
        return ""
    return say("case.text.paper", "zh", number=made[code].doc_no, hash=made[code].sha256)
