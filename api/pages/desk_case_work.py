"""Which cases wait for a step, whose, and until when? Lines for the overview and the list, late ones first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from api.pages.clock import ClockView, clock_view
from api.pages.desk_case_words import action_words, procedure_words, role_words, state_words
from api.pages.desk_context import Official
from api.pages.forms.choices import NOTHING
from api.pages.lists.queries import Waits
from credit.clocks import Due
from credit.duties import Duty, WaitsFor, duty_of
from credit.next_steps import standing_of
from credit.queries import case_state, list_cases
from credit.reference.holidays import legal_calendar
from credit.working_days import working_days_until
from trace.ledger.store import Reads
from trace.legal_days import SHANGHAI
from trace.state import Row


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in a list. `next`: what it waits for; `wants_me`: the reader may take that step; `otherwise`: what happens by
    itself if nobody does."""

    href: str
    procedure: Markup
    party: Markup
    state: Markup
    next: Markup
    clock: ClockView | None
    is_late: bool
    wants_me: bool
    otherwise: Markup


@dataclass(frozen=True)
class CaseDuty:
    """A case with what it waits for."""

    row: Row
    state: str
    duty: Duty


def duties(official: Official, reads: Reads, rows: Iterable[Row]) -> list[CaseDuty]:
    """What each of these cases waits for, in their order."""
    cases = list(rows)
    state = case_state(reads, cases)
    found = []
    for row in cases:
        standing = standing_of(row, official.now)
        person = None if official.only_looks else official.caller.party
        found.append(CaseDuty(row, standing.case.state, duty_of(state, standing, person)))
    return found


def open_duties(official: Official, reads: Reads) -> list[CaseDuty]:
    """What the open cases of the region wait for: late ones first, then by the last day."""
    rows = list_cases(reads.connection, region=official.scope, is_open=True)
    return sorted(duties(official, reads, rows), key=_urgency)


def is_for_an_office(one: CaseDuty) -> bool:
    """Whether an office has to do something in the case."""
    return one.duty.waits_for is WaitsFor.OFFICE


def _urgency(one: CaseDuty) -> tuple[bool, datetime, int]:
    """By the end of its time, what has none behind; of two that end together the older one."""
    due = one.duty.due
    return due is None, due.over_at if due else datetime.min.replace(tzinfo=UTC), one.row["index"]


def waits_of(official: Official, reads: Reads) -> Waits:
    """What the open cases of the region wait for, as the list sorts and narrows by it."""
    open_ones = open_duties(official, reads)
    over: dict[str, list[int]] = {}
    for one in open_ones:
        due = one.duty.due
        if due is not None and one.duty.waits_for is not WaitsFor.NOBODY:
            over.setdefault(due.over_at.astimezone(UTC).isoformat(), []).append(one.row["index"])
    return Waits(
        late=[one.row["index"] for one in open_ones if one.duty.is_late],
        mine=[one.row["index"] for one in open_ones if one.duty.wants],
        over=over,
    )


def days_left(due: Due, now: datetime) -> int:
    """How many working days are left after today; the negative of how many it is late."""
    today, last = now.date(), due.last_day
    if today > last:
        return -working_days_until(today, last, legal_calendar())
    return working_days_until(last, today, legal_calendar())


def case_line(official: Official, reads: Reads, one: CaseDuty) -> CaseLine:
    words, row = official.words, one.row
    due = one.duty.due
    return CaseLine(
        href=f"/desk/cases/{row['id']}",
        procedure=procedure_words(row["procedure"], words),
        party=official.named(reads, row["subject"]),
        state=state_words(one.state, words),
        next=next_words(official, one.duty),
        clock=clock_view(due, official.now, words) if due and one.duty.waits_for is not WaitsFor.NOBODY else None,
        is_late=one.duty.is_late,
        wants_me=one.duty.wants,
        otherwise=otherwise_words(official, one.duty),
    )


def otherwise_words(official: Official, duty: Duty) -> Markup:
    """What the clock brings if nobody acts, and from which day."""
    if duty.otherwise is None:
        return NOTHING
    words = official.words
    day = words.day(duty.otherwise.at.astimezone(SHANGHAI).date().isoformat())
    return words.html("case.brings", day=day, step=action_words(duty.otherwise.step, words))


def next_words(official: Official, duty: Duty) -> Markup:
    """The next step with who takes it."""
    words = official.words
    if duty.step is None:
        return words.html("case.rests")
    step = action_words(duty.step, words)
    match duty.waits_for:
        case WaitsFor.OFFICE:
            return words.html("case.next_line", step=step, role=role_words(duty.step.actor_role, words))
        case WaitsFor.PARTY:
            return words.html("case.waits_for_party", step=step)
        case WaitsFor.LABORATORY:
            return words.html("case.waits_for_laboratory", step=step)
        case WaitsFor.CLOCK:
            return words.html("case.by_itself", step=step)
        case WaitsFor.NOBODY:
            return words.html("case.rests")
