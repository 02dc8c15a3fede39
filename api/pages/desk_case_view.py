"""What does an official see of one case? What it is about, what happened, its safeguards, and the next lawful steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.documents import Prepared
from api.pages.clock import ClockView, clock_view
from api.pages.desk_case_blanks import as_named
from api.pages.desk_case_signing import waiting_title
from api.pages.desk_case_story import StoryLine, story_of
from api.pages.desk_case_words import (
    action_words,
    case_title,
    document_words,
    guard_words,
    law_of,
    obstacles,
    role_words,
    state_words,
    who_words,
)
from api.pages.desk_context import Official, batch_title, regions_of_batch
from api.pages.forms.choices import NOTHING
from api.pages.forms.views import Link
from api.pages.own_records import OwnRecord, own_record
from api.pages.private import spoken_day_time
from api.pages.scan_words import as_moment
from api.pages.views import Fact
from api.waiting import Waiting, page_of
from api.waiting.signing import may_see
from credit.duties import TURNS_BACK, who_may_take
from credit.judging import MAY_SERVE
from credit.next_steps import NextStep, Standing, next_steps, standing_of
from credit.queries import case_state, find_record
from credit.reference.catalogue import catalogue
from credit.reference.procedures import SUBJECT, Step
from credit.services import CALLED_BY
from credit.stepping import LABORATORY, acts_in_case
from trace.ledger.sealing import time_received
from trace.ledger.store import Reads
from trace.queries import find_batch
from trace.state import Row, State


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step that can come next. `persons`: the officials who may take it, by name; `href`: where this one takes it, "" where
    it is not for this one now; `reasons`: why not. `asks`: the condition that the acting person answers for; `leads_on`: what
    the case goes on with, as a refusal or the undoing of what is done is not."""

    title: Markup
    who: Markup
    persons: Markup
    clock: ClockView | None
    from_day: Markup
    asks: Markup
    law: Markup
    reasons: tuple[Markup, ...]
    href: str
    label: Markup
    leads_on: bool


@dataclass(frozen=True, slots=True)
class Safeguard:
    """A guarantee of the procedure, and whether it is reached."""

    text: Markup
    is_reached: bool


@dataclass(frozen=True, slots=True)
class CaseView:
    """`brings`: what the clock will bring if nobody acts; `passed`: what it has brought and is not logged yet; `to_serve`:
    papers that call the party and that nobody says it has."""

    title: Markup
    state: Markup
    facts: tuple[Fact, ...]
    evidence: tuple[Link, ...]
    safeguards: tuple[Safeguard, ...]
    steps: tuple[StepLine, ...]
    brings: Markup
    passed: Markup
    to_serve: tuple[Link, ...]
    asked: tuple[Link, ...]
    story: tuple[StoryLine, ...]
    only_looks: bool


def case_view_of(
    official: Official, reads: Reads, row: Row, papers: Sequence[Prepared], waiting: Sequence[Waiting]
) -> CaseView:
    """The ready values of the page. `papers`: those that were made for the case; `waiting`: statements that want signatures."""
    words = official.words
    standing = standing_of(row, official.now)
    records = [own_record(reads, sealed) for sealed in reads.chain_rows(row["id"])]
    made: dict[str, dict[str, dict[str, str]]] = {}
    for one in papers:
        made.setdefault(one.step, {})[one.code] = as_named(one)
    named = {step: list(by_code.values()) for step, by_code in made.items()}
    person = None if official.only_looks else official.caller.party
    state = case_state(reads, [row])
    found = next_steps(state, standing, person, named)
    return CaseView(
        title=case_title(row, official.named(reads, row["subject"]), words),
        state=state_words(standing.case.state, words),
        facts=tuple(_facts(official, reads, row, standing)),
        evidence=tuple(_evidence(official, reads, records[0])),
        safeguards=tuple(_safeguards(official, standing)),
        steps=tuple(
            step_line(official, standing, one, _persons(official, reads, state, standing, one.step))
            for one in sorted(found, key=_turns_back)
        ),
        brings=_brings(official, standing),
        passed=words.html("case.passed", step=action_words(standing.passed[-1].step, words))
        if standing.passed
        else NOTHING,
        to_serve=tuple(_to_serve(official, state, standing)),
        asked=tuple(_asked(official, reads, waiting, row["id"])),
        story=tuple(reversed(story_of(official, reads, row, records, {one.sha256: one for one in papers}))),
        only_looks=official.only_looks,
    )


def _facts(official: Official, reads: Reads, row: Row, standing: Standing) -> Iterator[Fact]:
    words, said = official.words, standing.progress.said
    yield Fact(words.html("case.subject"), _party_link(official, reads, row))
    target = _target(official, reads, row)
    if target:
        yield Fact(words.html("case.target"), target)
    if (item := catalogue().get(said.get("item", ""))) is not None:
        yield Fact(words.html("case.item"), words.quoted(item.zh if words.lang == "zh" else item.en))
    for name in ("class_basis", "legal_basis"):
        if name in said:
            yield Fact(words.html(f"case.{name}"), words.quoted(said[name]))
    if "paper" in said:
        yield Fact(words.html("case.paper"), _paper(official, reads, said["paper"]))
    yield Fact(words.html("case.authority"), official.named(reads, row["authority"]))
    yield Fact(words.html("case.region"), words.region(row["region"]))
    yield Fact(words.html("case.opened"), Markup(spoken_day_time(as_moment(row["opened"]), words)))


def _party_link(official: Official, reads: Reads, row: Row) -> Markup:
    return Markup('<a href="/desk/parties/{}">{}</a>').format(row["subject"], official.named(reads, row["subject"]))


def _paper(official: Official, reads: Reads, paper: Mapping[str, Any]) -> Markup:
    """The document of a penalty by its number; the file itself for those who may open it."""
    words = official.words
    told = words.html(
        "case.paper_text",
        number=words.quoted(paper["number"]),
        authority=words.quoted(paper["authority"]),
        day=words.day(paper["dated"]),
    )
    return official.shelf.linked(reads, paper["hash"], told, words)


def _target(official: Official, reads: Reads, row: Row) -> Markup:
    """The batch or the record that a case is about, with the page that shows it."""
    words, target = official.words, row["target"]
    if not target:
        return NOTHING
    batch = find_batch(reads.connection, target)
    if batch is not None:
        name = words.html("case.target_batch", batch=batch_title(batch, words))
        return _linked(f"/desk/batches/{target}" if _may_see(official, reads, batch) else "", name)
    record = find_record(reads.connection, target)
    if record is None:
        return NOTHING
    item = catalogue()[record["item"]]
    name = words.html("case.target_record", item=words.quoted(item.zh if words.lang == "zh" else item.en))
    return _linked(f"/desk/cases/{record['case']}" if record["case"] else "", name)


def _linked(href: str, name: Markup) -> Markup:
    return Markup('<a href="{}">{}</a>').format(href, name) if href else name


def _may_see(official: Official, reads: Reads, batch: Row) -> bool:
    return official.may("desk.read", regions_of_batch(reads, batch))


def _evidence(official: Official, reads: Reads, opening: OwnRecord) -> Iterable[Link]:
    """The entries that the opening names, each by kind and day; a link for those who may see the batch."""
    words = official.words
    for entry in opening.payload.get("evidence", []):
        rows = [one for one in reads.chain_rows(entry["chain"]) if one.seq == entry["seq"]]
        batch = find_batch(reads.connection, entry["chain"])
        href = f"/desk/batches/{entry['chain']}" if batch is not None and _may_see(official, reads, batch) else ""
        for one in rows:
            record = own_record(reads, one, "")
            kind = words.word("kind", record.kind)
            yield Link(href, words.html("case.evidence_line", kind=kind, day=words.day(record.occurred_at)))


def _safeguards(official: Official, standing: Standing) -> Iterator[Safeguard]:
    """Every guarantee of this procedure in the order of its table."""
    steps = standing.procedure.steps.values()
    for name in dict.fromkeys(name for step in steps for name in step.guarantees):
        yield Safeguard(official.words.word("case.guarantee", name), name in standing.case.guarantees)


def step_line(official: Official, standing: Standing, found: NextStep, persons: Markup = NOTHING) -> StepLine:
    """One of the next steps: who, when, under what condition, and the button or the reasons why there is none."""
    words, step, due = official.words, found.step, found.due
    is_open = found.is_open or _is_to_be_served(found)
    reasons: list[Markup] = []
    label = words.html("case.enter_paper" if found.for_paper else "case.take")
    if step.actor_role == LABORATORY:
        reasons, is_open = [words.html("case.by_report")], False
    elif step.actor_role == SUBJECT and not found.for_paper:
        reasons, is_open = [words.html("case.own_right")], False
    elif not is_open and not official.only_looks:
        reasons = obstacles(words, standing, found)
    return StepLine(
        title=action_words(step, words),
        who=who_words(step, words),
        persons=persons,
        clock=clock_view(due, official.now, words) if due else None,
        from_day=_from_day(official, found),
        asks=words.html("case.asks", condition=guard_words(step.guard, words)) if step.guard else NOTHING,
        law=law_of(step, words),
        reasons=tuple(reasons),
        href="" if official.only_looks or not is_open else f"/desk/cases/{standing.row['id']}/steps/{step.code}",
        label=label,
        leads_on=not (_turns_back(found) or step.guard in UNDOES),
    )


def _persons(official: Official, reads: Reads, state: State, standing: Standing, step: Step) -> Markup:
    """Who of the officials may take a step; the party and the laboratory are no officials."""
    if step.actor_role in (SUBJECT, LABORATORY):
        return NOTHING
    words = official.words
    named = [official.named(reads, one) for one in who_may_take(state, standing, step)]
    if not named:
        return words.html("case.nobody", role=role_words(step.actor_role, words))
    return words.html("case.persons", persons=words.list_of(named))


UNDOES = frozenset({"false_material_evidence", "objection_or_error"})
"""Conditions of steps by which an office takes back what was done: seldom, and never what a case waits for."""


def _turns_back(found: NextStep) -> bool:
    """Steps that lead on come first."""
    return found.step.guard in TURNS_BACK


def _is_to_be_served(found: NextStep) -> bool:
    """A serving step of this official: where the papers are not served yet, its page is where that is recorded."""
    guards = [fault.lifted_by for fault in found.against]
    return found.holds_role and len(guards) == 1 and guards[0].startswith("service_proven")


def _from_day(official: Official, found: NextStep) -> Markup:
    if found.first_day is None or found.first_day <= official.now.date():
        return NOTHING
    return official.words.html("case.from_day", day=official.words.day(found.first_day.isoformat()))


def _asked(official: Official, reads: Reads, waiting: Sequence[Waiting], case: str) -> Iterator[Link]:
    """What waits for signatures in this case; a link for those who sign it or asked for it."""
    party = official.caller.party
    for one in waiting:
        if one.fields["chain"] == case:
            what = waiting_title(one, official.words)
            sees = party is not None and not official.only_looks
            if sees and may_see(reads, one, party or "", official.now):
                yield Link(page_of(one.id), official.words.html("case.waiting", what=what))
            else:
                yield Link("", official.words.html("case.waiting_other", what=what))


def _to_serve(official: Official, state: State, standing: Standing) -> Iterator[Link]:
    """What the party has to have before a step that can come next; a link for those who may record that it has it."""
    row, party, words = standing.row, official.caller.party, official.words
    served = {(one.code, one.hash) for one in standing.progress.served}
    called = (CALLED_BY.get((row["procedure"], step.code), ()) for step in standing.steps)
    received = time_received(official.now, "")
    may_serve = party is not None and any(acts_in_case(state, party, role, row, received) for role in MAY_SERVE)
    for code in dict.fromkeys(code for codes in called for code in codes):
        paper = standing.progress.paper(code)
        if paper is not None and (code, paper.hash) not in served:
            href = f"/desk/cases/{row['id']}/serve/{paper.hash}" if may_serve else ""
            yield Link(href, words.html("case.to_serve", document=document_words(code, words)))


def _brings(official: Official, standing: Standing) -> Markup:
    brought = standing.brings
    if brought is None:
        return NOTHING
    day = official.words.day(brought.at.astimezone(official.now.tzinfo).isoformat())
    return official.words.html("case.brings", day=day, step=action_words(brought.step, official.words))
