"""What is published of a case, value by value: by the log's own dates and papers, but for what the registrar alone knows. (pure)

A value has one source. Dates follow from the received day and the tables, numbers and authority from the papers of the case,
name and code from the register. A step may repeat them, so that who signs it signs for what everybody will read; it may not
say anything else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from trace.parties import is_natural_person
from trace.state import Row, State

from .case_rows import Progress
from .measures import intended_measures
from .records import period_of, repair_of
from .reference.catalogue import Item, catalogue
from .subjects import Subject

LISTED_ITEM = "P05"
STATED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("penalty_record", "P07"): ("violation_kind", "measures"),
    ("listing", "L27"): ("violation_kind", "ground_articles"),
}
"""What the log holds nowhere, by the step that says it: for what a penalty was given and what it consists of stand in its
document alone, for what and by which articles somebody is listed in the decision."""
_LISTING = "listing"
BETWEEN_MEASURES = "；"


@dataclass(frozen=True)
class Publication:
    """A case on the day on which its record is published."""

    state: State
    row: Row
    progress: Progress
    day: date

    @property
    def is_listing(self) -> bool:
        return bool(self.row["procedure"] == _LISTING)

    @property
    def item(self) -> Item | None:
        """What the record will be; None: nothing was entered yet."""
        return catalogue().get(LISTED_ITEM if self.is_listing else self.progress.said.get("item", ""))

    @property
    def anchor(self) -> date:
        """From when publicity counts: a listing's from the day itself, a penalty's from its document."""
        return self.day if self.is_listing else self.progress.case.facts.get("period_start", self.day)


def computed_values(found: Publication) -> dict[str, str]:
    """Every value that follows from the log, by the name of its field; dates as ISO texts. Nothing of a human being.

    What the case does not have (yet) is left out.
    """
    party = found.state.rows["party", found.row["subject"]]
    item, case = found.item, found.progress.case
    if item is None or is_natural_person(party["legal_form"], party["uscc"]):
        return {}
    # A longer statutory restriction keeps the case open (row L35), and makes nothing public for longer (credit.md 6).
    until = period_of(item, found.anchor).published_until
    repair = repair_of(item, item.severity, found.anchor)
    values = {
        "party": party["name"],
        "uscc_or_masked": party["uscc"],
        "decision_date": _text(case.facts.get("decision_date")),
        "published_from": found.day.isoformat(),
        "published_until": _text(until),
        "repair_from": _text(repair.from_day if repair else None),
        **(_of_listing(found, party) if found.is_listing else _of_penalty(found)),
    }
    return {name: text for name, text in values.items() if text}


def published_values(found: Publication) -> dict[str, str]:
    """Every field that is published of the case: what the registrar stated, and what follows from the log. Nothing of a human
    being."""
    computed = computed_values(found)
    return {**found.progress.said.get("published", {}), **computed} if computed else {}


def _of_listing(found: Publication, party: Row) -> dict[str, str | None]:
    decision = found.progress.paper("D-LIST-DECISION")
    subject = Subject(party["id"], party["legal_form"], frozenset(party["roles"].split()), party["uscc"])
    return {
        "decision_no": decision.doc_no if decision else None,
        "authority": found.state.rows["party", found.row["authority"]]["name"],
        "measures": BETWEEN_MEASURES.join(one.zh for one in intended_measures(subject)),
    }


def _of_penalty(found: Publication) -> dict[str, str | None]:
    paper = found.progress.said.get("paper", {})
    return {
        "decision_no": paper.get("number"),
        "authority": paper.get("authority"),
        "ground_articles": found.progress.said.get("legal_basis"),
    }


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
