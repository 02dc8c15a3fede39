"""A listing has no way around notice, defence, second persons, decision and service, whoever tries what on which day."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest

from credit.cases import Case
from credit.procedure import Outcome, Taken, brought_to, let_time_pass, take
from credit.reference.holidays import legal_calendar
from credit.reference.procedures import Kind, Procedure, Step, procedures
from credit.step_checks import Actor, Attempt, Why
from trace.legal_days import SHANGHAI

CALENDAR = legal_calendar()
LISTING = procedures()["listing"]
ROLES = sorted({step.actor_role for step in LISTING.steps.values()})
PEOPLE = ("Li", "Wang", "Qian", "Sun", "Zhao", "Ma")
PARTIES = frozenset({"Ma"})
GUARANTEES = {
    "notice_served",
    "defence_done",
    "second_official",
    "decision_with_remedies",
    "decision_served",
    "published_after_service",
}
DEFENCE_DONE = {"L07", "L08", "L13", "L14"}


def at(day: str, hour: int = 10) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), SHANGHAI) + timedelta(hours=hour)


def attempt(step: Step, when: datetime, person: str, **changes: object) -> Attempt:
    usual = Attempt(
        action=step.action,
        at=when,
        by=Actor(step.actor_role, person),
        cosigner=Actor(step.cosign, "a second official") if step.cosign else None,
        answers={step.guard: True} if step.guard else {},
        facts={},
        documents=frozenset(step.documents),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def tried(step: Step, case: Case, when: datetime, person: str = "Li", **changes: object) -> Outcome:
    return take(LISTING, case, attempt(step, when, person, **changes), PARTIES, CALENDAR)


def walked(*steps: tuple[str, str, str], procedure: Procedure = LISTING, **facts: date) -> Case:
    """A case after these steps: code, day, person. Every one must be taken."""
    case = Case(facts=facts)
    for code, day, person in steps:
        outcome = take(procedure, case, attempt(procedure.steps[code], at(day), person), PARTIES, CALENDAR)
        assert outcome.refusal is None, (code, outcome.refusal)
        case = outcome.case
    return case


PROPOSED = ("L01", "2026-08-20", "Li")
NOTIFIED = (PROPOSED, ("L03", "2026-08-21", "Wang"), ("L04", "2026-08-24", "Zhao"))
DECIDED = (*NOTIFIED, ("L07", "2026-08-25", "Ma"), ("L15", "2026-08-26", "Qian"), ("L21", "2026-08-27", "Sun"))
LISTED = (*DECIDED, ("L25", "2026-08-28", "Zhao"), ("L27", "2026-08-31", "Zhou"))


def test_a_case_that_went_the_whole_way_holds_every_guarantee() -> None:
    case = walked(*LISTED)

    assert case.state == "listed"
    assert case.guarantees == GUARANTEES


def test_a_returned_proposal_starts_its_guarantees_anew() -> None:
    case = walked(*NOTIFIED, ("L07", "2026-08-25", "Ma"), ("L16", "2026-08-26", "Qian"))

    assert (case.state, case.guarantees) == ("drafted", frozenset())


def test_a_case_computes_its_dates_and_nobody_types_them() -> None:
    case = walked(PROPOSED, case_filed=date(2020, 1, 1))
    typed = tried(LISTING.steps["L03"], case, at("2026-08-21"), "Wang", facts={"case_filed": date(2030, 1, 1)})

    assert case.facts["case_filed"] == date(2026, 8, 20)
    assert typed.case.facts["case_filed"] == date(2026, 8, 20)
    assert walked(*LISTED).facts["listing_date"] == date(2026, 8, 31)


def test_the_day_of_a_decision_is_the_paper_s_where_it_is_stated() -> None:
    reviewed = walked(*DECIDED[:-1])
    stated = tried(LISTING.steps["L21"], reviewed, at("2026-08-27"), "Sun", facts={"decision_date": date(2026, 8, 26)})

    assert walked(*DECIDED).facts["decision_date"] == date(2026, 8, 27)
    assert stated.case.facts["decision_date"] == date(2026, 8, 26)


def test_a_late_paper_does_not_start_the_reviewer_s_days_again() -> None:
    closed = walked(*NOTIFIED, ("L07", "2026-08-25", "Ma"))
    later = tried(LISTING.steps["L50"], closed, at("2026-08-31"), "Ma").case

    reviewed = tried(LISTING.steps["L15"], later, at("2026-09-02"), "Qian")

    assert [one.is_late for one in reviewed.taken] == [True]


@pytest.mark.parametrize(
    ("changes", "code", "lifted_by"),
    [
        ({"by": Actor("head", "Wang")}, "wrong_role", "dept_lead"),
        ({"by": Actor("dept_lead", "Li")}, "same_person", "L01"),
        ({"answers": {}}, "guard:notice_complete", "notice_complete"),
        ({"answers": {"notice_complete": False}}, "guard:notice_complete", "notice_complete"),
        ({"documents": frozenset()}, "document:D-LIST-NOTICE", "D-LIST-NOTICE"),
        ({"at": at("2026-08-19")}, "backdated", "2026-08-20T10:00:00+08:00"),
        ({"action": "publish"}, "not_from_here", "withdraw_proposal;sign_notice"),
    ],
)
def test_a_refusal_says_what_would_lift_it(changes: Mapping[str, object], code: str, lifted_by: str) -> None:
    case = walked(PROPOSED)

    outcome = tried(LISTING.steps["L03"], case, at("2026-08-21"), "Wang", **changes)

    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.lifted_by) == (code, lifted_by)
    assert outcome.case.state == "drafted"
    assert outcome.taken == ()


def test_the_checks_come_in_their_order() -> None:
    """In the wrong role, a party, alone, without answer or paper: each cured, the next is named."""
    annul, case = LISTING.steps["L39"], walked(*LISTED)
    wrong = attempt(annul, at("2026-09-01"), "Ma", cosigner=None, answers={}, documents=frozenset())
    wrong = replace(wrong, by=Actor("registrar", "Ma"))

    codes = []
    for cure in (
        {"by": Actor("head", "Ma")},
        {"by": Actor("head", "Sun")},
        {"cosigner": Actor("legal_reviewer", "Qian")},
        {"answers": {"basis_quashed": True}},
        {"documents": frozenset(annul.documents)},
    ):
        refusal = take(LISTING, case, wrong, PARTIES, CALENDAR).refusal
        codes.append(refusal.code if refusal else "")
        wrong = replace(wrong, **cure)

    assert codes == ["wrong_role", "party", "no_cosign", "guard:basis_quashed", "document:D-ANNUL"]
    assert take(LISTING, case, wrong, PARTIES, CALENDAR).refusal is None


@pytest.mark.parametrize(
    ("cosigner", "code"),
    [
        (None, "no_cosign"),
        (Actor("registrar", "Qian"), "no_cosign"),
        (Actor("legal_reviewer", "Sun"), "no_cosign"),
        (Actor("legal_reviewer", "Ma"), "party"),
    ],
)
def test_a_second_proof_is_another_official_s_in_the_named_role(cosigner: Actor | None, code: str) -> None:
    outcome = tried(LISTING.steps["L39"], walked(*LISTED), at("2026-09-01"), "Sun", cosigner=cosigner)

    assert outcome.refusal is not None
    assert outcome.refusal.code == code


def test_a_refused_attempt_leaves_no_answer_and_no_date_behind() -> None:
    case = walked(PROPOSED)

    after = tried(LISTING.steps["L03"], case, at("2026-08-21"), answers={"x": False}, facts={"y": date(2026, 1, 1)})

    assert after.refusal is not None
    assert replace(after.case, now=case.now) == case


def test_time_that_is_not_later_changes_nothing() -> None:
    case = walked(*LISTED)

    assert let_time_pass(LISTING, case, at("2020-01-01"), CALENDAR) == Outcome(case, ())
    assert brought_to(LISTING, case, at("2020-01-01"), CALENDAR) == Outcome(case, ())


def test_a_server_that_was_off_takes_the_same_steps_on_the_same_days() -> None:
    """Letting time pass day by day, or in one go after four years, makes no difference."""
    case = daily = walked(*LISTED)
    taken: list[Taken] = []
    for day in range(1, 4 * 366):
        passed = let_time_pass(LISTING, daily, at("2026-08-31") + timedelta(day), CALENDAR)
        daily, taken = passed.case, [*taken, *passed.taken]

    at_once = let_time_pass(LISTING, case, at("2026-08-31") + timedelta(4 * 366 - 1), CALENDAR)

    assert [(one.step.code, one.at) for one in taken] == [("L35", at("2029-09-01", 0))]
    assert (list(at_once.taken), at_once.case) == (taken, daily)


# Everybody tries everything


@dataclass
class History:
    """What a stranger would write down beside the engine: who did which step when, since the last new notice."""

    case: Case = field(default_factory=Case)
    done: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    since_notice: set[str] = field(default_factory=set)
    listed_at: datetime | None = None
    states: set[str] = field(default_factory=set)
    refusals: set[str] = field(default_factory=set)

    def write(self, outcome: Outcome, person: str) -> None:
        self.case = outcome.case
        for one in outcome.taken:
            code = one.step.code
            who = "" if one.due is not None else person
            if code == "L16":
                self.since_notice.clear()
            else:
                self.since_notice.add(code)
            self.done[code] = (one.at, who)
            self.states.add(one.step.to_state)
            if code == "L27":
                self.listed_at = one.at
                self.check_the_way()
        if outcome.refusal:
            self.refusals.add(outcome.refusal.why.value)
        if self.listed_at and self.case.state in ("listed", "removal_applied", "removal_accepted", "listed_suspended"):
            assert self.case.now is not None
            # One legal day more than the term, and it is over: 36 months are less than 1,097 days.
            assert (self.case.now.date() - self.listed_at.date()).days <= 1_097

    def check_the_way(self) -> None:
        who = {code: person for code, (_, person) in self.done.items()}
        decision = "L22" if "L22" in self.since_notice else "L21"
        assert {"L04", "L15", decision, "L25"} <= self.since_notice
        assert self.since_notice & DEFENCE_DONE
        assert self.case.guarantees == GUARANTEES
        assert who["L03"] != who["L01"]
        assert who["L15"] not in (who["L01"], who["L03"])
        assert who[decision] not in (who["L01"], who["L15"])
        assert who["L27"] != who["L01"]
        assert not {who[code] for code in ("L01", "L04", "L25")} & PARTIES
        order = [self.done[code][0] for code in ("L01", "L03", "L04", "L15", decision, "L25", "L27")]
        assert order == sorted(order)
        if who.get("L08") == "" and "L08" in self.since_notice and not self.since_notice & {"L07", "L13", "L14"}:
            assert self.done["L08"][0] > self.done["L04"][0] + timedelta(days=4)


def random_attempt(chance: random.Random, history: History, when: datetime) -> Attempt:
    """Mostly something that the table has from here, by a likely person; else anything at all."""
    possible = [
        step
        for step in LISTING.steps_from(history.case.state)
        if step.to_kind is not Kind.TERMINAL or chance.random() < 0.1
    ]
    step = (
        chance.choice(possible) if possible and chance.random() < 0.8 else chance.choice(list(LISTING.steps.values()))
    )
    role = step.actor_role if chance.random() < 0.8 else chance.choice(ROLES)
    answers = {step.guard: chance.random() < 0.9} if step.guard else {}
    return Attempt(
        action=step.action,
        at=when,
        by=Actor(role, chance.choice(PEOPLE)),
        cosigner=Actor(step.cosign or chance.choice(ROLES), chance.choice(PEOPLE)) if chance.random() < 0.8 else None,
        answers=answers,
        facts={},
        documents=frozenset(step.documents) if chance.random() < 0.95 else frozenset(),
    )


def run_at_random(seed: int) -> History:
    chance = random.Random(seed)
    history, when = History(), at("2026-08-20") + timedelta(days=chance.randrange(200))
    for _ in range(80):
        when += timedelta(days=chance.choice((0, 0, 0, 1, 1, 2, 5, 12, 400 if chance.random() < 0.1 else 3)))
        if chance.random() < 0.05:
            history.write(let_time_pass(LISTING, history.case, when, CALENDAR), "")
        tried_now = random_attempt(chance, history, when - timedelta(days=30 if chance.random() < 0.03 else 0))
        history.write(take(LISTING, history.case, tried_now, PARTIES, CALENDAR), tried_now.by.person)
    return history


@pytest.mark.parametrize("block", range(10))
def test_no_way_to_listed_leaves_out_a_guarantee(block: int) -> None:
    histories = [run_at_random(seed) for seed in range(block * 120, block * 120 + 120)]

    # The walk would prove nothing if it never arrived, or was never refused.
    assert sum(history.listed_at is not None for history in histories) >= 3
    assert set.union(*(history.refusals for history in histories)) >= {one.value for one in Why} - {"too_late"}


def test_every_person_in_every_role_in_every_state_takes_only_what_the_table_has() -> None:
    """Each action in each state by each role: what is taken is a row of that state, action and role, and leads where it says."""
    states = sorted({step.from_state for step in LISTING.steps.values()})
    actions = sorted({step.action for step in LISTING.steps.values()})
    rows = {(s.from_state, s.action, s.actor_role): s.to_state for s in LISTING.steps.values()}
    guards = {step.guard: True for step in LISTING.steps.values() if step.guard}
    papers = frozenset(code for step in LISTING.steps.values() for code in step.documents)
    for state in states:
        case = Case(state=state, now=at("2026-08-20"))
        for action in actions:
            for role in ROLES:
                found = take(
                    LISTING,
                    case,
                    Attempt(action, at("2026-08-20"), Actor(role, "Li"), None, guards, {}, papers),
                    PARTIES,
                    CALENDAR,
                )
                if found.taken:
                    assert rows[state, action, role] == found.case.state
                else:
                    assert found.case == case


def test_in_the_table_itself_no_path_reaches_listed_without_each_guarantee() -> None:
    """What holds on every path to a state, computed from the rows alone without the engine."""
    everything = frozenset(GUARANTEES)
    holds = {"none": frozenset[str]()}
    changed = True
    while changed:
        changed = False
        for step in LISTING.steps.values():
            if step.from_state not in holds:
                continue
            before = frozenset[str]() if step.resets else holds[step.from_state]
            after = (before | set(step.guarantees)) & everything
            now = holds.get(step.to_state, everything) & after
            if step.to_state not in holds or now != holds[step.to_state]:
                holds[step.to_state], changed = now, True

    assert holds["listed"] == everything
    assert "decision_served" not in holds["decided"]
