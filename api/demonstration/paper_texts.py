"""What does the log say of the fields of a paper in the demonstration? That with which the desk would begin its form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from api.documents import DocumentStore, needed_fields, prepared_for
from api.node import Node
from api.pages.desk_case_blanks import PUBLIC_ENTRY, entry_values
from api.pages.desk_case_doing import services_of
from api.pages.desk_case_known import entry_texts, known_of, service_texts
from api.pages.desk_case_listing import proposal_texts
from api.pages.desk_case_organs import earlier_decisions, organs_of_earlier
from api.pages.law_words import power_words
from api.pages.names import names
from api.pages.scan_words import Words
from credit.competence import list_power
from credit.next_steps import standing_of
from credit.published import STATED, Publication, computed_values
from credit.queries import case_state, find_case
from credit.reference.catalogue import catalogue
from credit.reference.procedures import procedures
from credit.services import SERVED
from credit.stepping import authority_of
from trace.ledger.sealing import time_received
from trace.legal_days import SHANGHAI
from trace.state import Row


@dataclass(frozen=True)
class Published:
    """What a step publishes: as its statement says it, and as the paper of the publication does."""

    stated: Mapping[str, str]
    entry: Mapping[str, str]
    code: str = PUBLIC_ENTRY


def paper_texts(node: Node, store: DocumentStore, case: str, step: str, code: str) -> dict[str, str]:
    """The fields of a paper of a case that is open, by their names; what the log does not say is left out."""
    known = _known(node, store, case, step)
    found = {one.name: known.get(f"{code}.{one.name}", known.get(one.name, "")) for one in needed_fields(code)}
    return {name: text for name, text in found.items() if text}


def published_texts(node: Node, store: DocumentStore, case: str, step: str, told: Mapping[str, str]) -> Published:
    """What is published today. `told`: what the registrar alone knows; what the step does not ask for is left aside."""
    known = _known(node, store, case, step)
    with node.reading() as reads:
        row = find_case(reads.connection, case)
        assert row is not None  # no first step publishes anything
        progress = standing_of(row, node.clock()).progress
        computed = computed_values(Publication(case_state(reads, [row]), row, progress, _today(node)))
    stated = {**computed, **{name: told.get(name) or known[name] for name in STATED[row["procedure"], step]}}
    return Published(stated, entry_values(stated))


def speaking_authority(node: Node, case: str, step: str, person: str) -> str:
    """The authority whose number a paper of this step bears: that of the case, or the one above where the step is that one's."""
    with node.reading() as reads:
        row = find_case(reads.connection, case)
        assert row is not None  # asked of cases that are open
        role = procedures()[row["procedure"]].steps[step].actor_role
        return authority_of(case_state(reads, [row]), person, role, row, time_received(node.clock(), ""))


def penalty_texts(item: str, class_basis: str, legal_basis: str, document: Mapping[str, str]) -> dict[str, str]:
    """The entry sheet of a penalty, from its document."""
    entered = dict(entry_texts(catalogue()[item], class_basis, legal_basis))
    return {**entered, "document_hash": document["hash"], "document_date": document["dated"]}


def listing_texts(node: Node, authority: str, penalty: Row) -> dict[str, str]:
    """The proposal of a listing, from the penalty behind it and the register by which the authority lists."""
    with node.reading() as reads:
        state = case_state(reads, [{"subject": penalty["subject"], "authority": authority}])
        power = list_power(state, authority, _today(node))
        assert power is not None  # the officials adopted the register on the first day
        basis = power_words(power, Words("zh", names())).striptags()
        return {**proposal_texts(reads, penalty), "competence_basis": str(basis)}


def _known(node: Node, store: DocumentStore, case: str, step: str) -> dict[str, str]:
    papers = prepared_for(store, case)
    with node.reading() as reads:
        row = find_case(reads.connection, case)
        assert row is not None  # the first step has its papers from whoever opens the case
        standing = standing_of(row, node.clock())
        of_step = standing.procedure.steps[step]
        known = known_of(reads, standing, of_step, papers, _today(node))
        decisions = earlier_decisions(reads, row, of_step)
        rests_on = SERVED.get((row["procedure"], step), ())
        services = [one for one in services_of(reads, case) if one["document"] in rests_on]
    return {**organs_of_earlier(store, decisions), **known, **service_texts(services)}


def _today(node: Node) -> date:
    return node.clock().astimezone(SHANGHAI).date()
