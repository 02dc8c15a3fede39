"""How are the steps, states, roles and conditions of a case named to an official?"""

from __future__ import annotations

from markupsafe import Markup

from api.catalogue import has
from api.pages.clock import ClockView, clock_view
from api.pages.law_words import law_words
from api.pages.scan_words import Words
from credit.next_steps import NextStep, Standing
from credit.reference.procedures import Step
from credit.step_checks import Fault, Why
from trace.state import Row

DECIDES_NOTHING = frozenset({"hearing_host", "registrar"})
"""Who hears, or makes public what others decided."""


def procedure_words(procedure: str, words: Words) -> Markup:
    return words.word("case.procedure", procedure)


def state_words(state: str, words: Words) -> Markup:
    return words.word("case.state", state)


def action_words(step: Step, words: Words) -> Markup:
    """A step by its own word where the table's action means another thing elsewhere."""
    own = f"case.step.{step.code}"
    return words.html(own) if has(own, words.lang) else words.word("case.action", step.action)


def role_words(role: str, words: Words) -> Markup:
    """An office, or the party, a laboratory, the system."""
    key = f"case.role.{role}"
    return words.html(key) if has(key, words.lang) else words.word("value.offices", role)


def guard_words(guard: str, words: Words) -> Markup:
    return words.word("case.guard", guard)


def document_words(code: str, words: Words) -> Markup:
    return words.word("document.title", code)


def law_of(step: Step, words: Words) -> Markup:
    """What a row rests on; a draft, a proposal of ours and what is from memory say so (待核)."""
    return law_words(step.law, words)


def case_title(row: Row, party: Markup, words: Words) -> Markup:
    """A procedure and the party whom it concerns."""
    return words.html("case.title", procedure=procedure_words(row["procedure"], words), party=party)


def who_words(step: Step, words: Words) -> Markup:
    """Who takes a step; of one with two proofs, who else has to sign it."""
    role = role_words(step.actor_role, words)
    if step.cosign is None:
        return words.html("case.who", role=role)
    return words.html("case.who_two", role=role, second=role_words(step.cosign, words))


def obstacles(words: Words, standing: Standing, found: NextStep) -> list[Markup]:
    """Why this official does not take the step now, one sentence each."""
    step = found.step
    told = [_obstacle(words, standing, step, fault) for fault in found.against]
    if not found.holds_role:
        told.append(words.html("case.not.role", role=role_words(step.actor_role, words)))
    return told


def _obstacle(words: Words, standing: Standing, step: Step, fault: Fault) -> Markup:
    match fault.why:
        case Why.PARTY:
            return words.html("case.not.party")
        case Why.SAME_PERSON:
            return _same_person(standing, step, fault.lifted_by, words)
        case Why.TOO_EARLY:
            return words.html("case.not.early", day=_day(fault.lifted_by, words))
        case Why.TOO_LATE:
            return words.html("case.not.late", day=_day(fault.lifted_by, words))
        case Why.GUARD:
            return words.html("case.not.guard", condition=guard_words(fault.lifted_by, words))
        case _:
            return words.html("case.not.now")


def _same_person(standing: Standing, wanted: Step, code: str, words: Words) -> Markup:
    """You proposed this; another official must decide, or take what is no decision."""
    step = standing.procedure.steps.get(code)
    if step is None:
        return words.html("case.not.same")
    if step.action == "propose":
        return words.html("case.not.proposer_step" if wanted.actor_role in DECIDES_NOTHING else "case.not.proposer")
    return words.html("case.not.same_step", step=action_words(step, words))


def _day(text: str, words: Words) -> str:
    """A day, or the name of what has to happen first."""
    if text[:1].isdigit():
        return words.day(text)
    return str(words.word("case.fact", text))


def clock_of(words: Words, standing: Standing, step: Step) -> ClockView | None:
    """The clock of a step; None where it has no limit, or what it counts from has not happened."""
    due = standing.due(step)
    return clock_view(due, standing.now, words) if due else None
