"""Which organ and which court does a decision name? What the law itself says, else what this authority last wrote.

A party that goes to the wrong court loses time, and then its right (行政诉讼法 art. 46): no court is made up from the name of a
place. Which one has such suits follows from no data here (art. 18: courts may have them for several regions), so the first
decision of an authority asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.catalogue import say
from api.documents import find
from api.documents.db import DocumentStore
from api.pages.names import names
from api.pages.scan_words import Words
from credit.case_rows import progress_of
from credit.queries import list_cases
from credit.reference.competence import COUNTY, level_of
from credit.reference.documents import templates
from credit.reference.procedures import Step
from trace.ledger.store import Reads
from trace.queries import find_parties
from trace.state import Row

RECONSIDERATION, COURT = "remedies_reconsideration_60d", "remedies_court_6m"
_MOST_LOOKED_AT = 20
"""So many earlier decisions are looked at: a paper that was made elsewhere says nothing here."""


def organ_texts(reads: Reads, case: Row) -> Iterator[tuple[str, str]]:
    """Of a county's office: reconsideration by the county's government (行政复议法 art. 24), whoever the office is."""
    authority = find_parties(reads.connection, [case["authority"]])[0]
    if level_of(authority["region"]) == COUNTY:
        place = Words("zh", names()).region(authority["region"]).striptags()
        yield RECONSIDERATION, say("case.text.government", "zh", place=place)


def earlier_decisions(reads: Reads, case: Row, step: Step) -> list[str]:
    """The hashes of decisions that this authority signed in other cases, the newest case first; none for a step that
    makes no decision with remedies."""
    with_remedies = {code for code, one in templates().items() if COURT in one.fields}
    if not with_remedies.intersection(step.documents):
        return []
    own = (one for one in list_cases(reads.connection, region=case["region"]) if one["authority"] == case["authority"])
    others = [one for one in own if one["id"] != case["id"]]
    signed = (paper for one in reversed(others) for paper in reversed(progress_of(one).papers))
    return [paper.hash for paper in signed if paper.code in with_remedies][:_MOST_LOOKED_AT]


def organs_of_earlier(store: DocumentStore, decisions: Sequence[str]) -> dict[str, str]:
    """What the newest of these decisions that was made here names."""
    made = next((one for one in (find(store, sha256) for sha256 in decisions) if one is not None), None)
    return {name: made.values[name] for name in (RECONSIDERATION, COURT) if made.values.get(name)} if made else {}
