"""What stands around a step that an official is about to take: the case, its papers and services, and what is against it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import Request
from markupsafe import Markup

from api.auth.policy import Caller
from api.documents import Prepared, prepared_for
from api.pages.desk_case_blanks import as_named, handed_over
from api.pages.desk_case_known import known_of
from api.pages.desk_case_organs import earlier_decisions, organs_of_earlier
from api.pages.desk_case_words import obstacles
from api.pages.desk_cases import supervised_case
from api.pages.desk_context import Bar, Official, bar_of, official_of, wanted_of
from api.pages.documents import store_of
from api.pages.own_records import own_record
from api.recording import own_party
from credit.next_steps import NextStep, Standing, possible_step, standing_of
from credit.published import Publication, computed_values
from credit.queries import case_state
from credit.reference.procedures import Step
from credit.services import SERVED
from credit.stepping import LABORATORY
from trace.ledger.errors import NotFound
from trace.ledger.store import Reads
from trace.state import Row, State

SERVICE = "service_proven"
"""How the conditions begin that ask whether a paper was handed over."""


@dataclass(frozen=True)
class Doing:
    """A step that this official is about to take, with what its page is made of."""

    official: Official
    row: Row
    standing: Standing
    state: State
    step: Step
    found: NextStep
    party: Markup
    papers: Sequence[Prepared]
    services: Sequence[dict[str, str]]
    known: Mapping[str, str]
    bar: Bar

    @property
    def path(self) -> str:
        return f"/desk/cases/{self.row['id']}"

    @property
    def must_serve(self) -> tuple[str, ...]:
        """Documents of this step that are made and handed over before it."""
        return handed_over(self.row["procedure"], self.step)

    def made(self, code: str) -> Prepared | None:
        """The newest paper that was made for this step."""
        found = (one for one in reversed(self.papers) if (one.step, one.code) == (self.step.code, code))
        return next(found, None)

    @property
    def published(self) -> dict[str, str]:
        """What the log will say of the publication, if it is today."""
        if not self.step.published_fields:
            return {}
        found = Publication(self.state, self.row, self.standing.progress, self.official.now.date())
        return computed_values(found)

    @property
    def rests_on(self) -> list[dict[str, str]]:
        """The services on which a serving step rests."""
        codes = SERVED.get((self.row["procedure"], self.step.code), ())
        return [one for one in self.services if one["document"] in codes]

    @property
    def reasons(self) -> tuple[Markup, ...]:
        """Why the step cannot be taken now by this official, the service apart, which its page is about."""
        if self.step not in self.standing.steps:
            return (self.official.words.html("problem.case-not-from-here"),)
        rest = tuple(one for one in self.found.against if not one.lifted_by.startswith(SERVICE))
        found = replace(self.found, against=rest)
        return tuple(obstacles(self.official.words, self.standing, found)) if rest or not found.holds_role else ()


async def doing_of(request: Request, caller: Caller, id: str, code: str) -> Doing:
    """Raises `NotFound` for a case of another office, and for a step that no official takes."""
    official = official_of(request, caller)
    party = own_party(caller)
    wanted = await wanted_of(request, official)
    papers = await asyncio.to_thread(prepared_for, store_of(request), id)
    with official.node.reading() as reads:
        row = supervised_case(official, reads, id, "cases.act")
        standing = standing_of(row, official.now)
        step = standing.procedure.steps.get(code)
        if step is None or step.is_by_system or step.actor_role == LABORATORY:
            raise NotFound("not-found")
        state = case_state(reads, [row])
        made = {one.code: as_named(one) for one in papers if one.step == code}
        found = possible_step(state, standing, step, party, {"documents": list(made.values())})
        services = services_of(reads, id)
        known = known_of(reads, standing, step, papers, official.now.date())
        named = official.named(reads, row["subject"])
        decisions = earlier_decisions(reads, row, step)
        bar = bar_of(official, reads, "cases", wanted)
    known = {**await asyncio.to_thread(organs_of_earlier, store_of(request), decisions), **known}
    return Doing(official, row, standing, state, step, found, named, papers, services, known, bar)


def services_of(reads: Reads, case: str) -> list[dict[str, str]]:
    """The services that are logged, oldest first."""
    records = (own_record(reads, sealed) for sealed in reads.chain_rows(case))
    return [dict(one.payload) for one in records if one.kind == "document_served"]
