"""A truthful late record never leaves its producer worse off than silence: lateness itself is no ground of anything.

Over random seasons: what was told weeks late brings exactly what it would have brought on its day; when it was received
changes nothing that follows; and a late paper, report or correction leaves no hold and no question that silence had not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from trace import judging
from trace.judging import Finding
from trace.rules import Outcome, Verdict
from trace.state import Row, State

from .control_parts import LABEL_PHOTO, kg
from .pure_telling import Telling, statement

COOP, BUYER, LAB, PLOT, FIELD, DRIED = (letter * 22 for letter in "cblpfd")
SPRING = date(2026, 5, 1)
LONGEST_DELAY = 200
SELLER = {"seller_name": "示例合作社", "seller_address": "十河镇 1 号", "seller_contact": "19900001371"}
QUICK = settings(max_examples=2_000, deadline=None, database=None, phases=[Phase.generate])
"""To find one season of a sort, not the smallest."""


@dataclass(frozen=True)
class Fact:
    """One thing that happened. `day`: days after 1 May; `delay`: days until it was told; `of`: the fact that it corrects."""

    kind: str
    payload: dict[str, Any]
    actor: str
    day: int
    delay: int
    of: int | None = None

    @property
    def told(self) -> int:
        return self.day + self.delay


Season = tuple[Fact, ...]


def _at(day: int, minute: int = 0) -> str:
    """No two facts happen in one minute: of two at once the later told one would be the stage."""
    return f"{(SPRING + timedelta(days=day)).isoformat()}T08:{minute:02}:00+08:00"


def _received(day: int) -> str:
    return f"{(SPRING + timedelta(days=day)).isoformat()}T00:00:00.000Z"


@st.composite
def uses(draw: st.DrawFn) -> tuple[str, dict[str, Any], str]:
    """Lawful and banned ones, with and without label, whole and with fields left out."""
    payload: dict[str, Any] = {
        "input_kind": "pesticide",
        "name": "示例药剂",
        "active": [draw(st.sampled_from(["戊唑醇", "克百威", "神奇一号"]))],
        "interval_days": draw(st.integers(0, 60)),
        "interval_source": "label",
        "toxicity": "低毒",
        "crop_on_label": True,
    }
    if draw(st.booleans()):
        payload["label_photo"] = LABEL_PHOTO
    if draw(st.booleans()):
        del payload["interval_days"]
    return "input_use", payload, COOP


@st.composite
def harvests(draw: st.DrawFn) -> tuple[str, dict[str, Any], str]:
    payload: dict[str, Any] = {"quantity": kg(str(draw(st.integers(300, 9_000))))}
    if draw(st.booleans()):
        payload["area_mu"] = draw(st.sampled_from(["0.5", "1", "3"]))
    return "harvest", payload, COOP


@st.composite
def dryings(draw: st.DrawFn) -> tuple[str, dict[str, Any], str]:
    given_back = str(draw(st.integers(250, 1_100)))
    payload = {"process": "PR-DRY-BS", "quantity_in": kg("1000"), "quantity_out": kg(given_back)}
    return "primary_processing", payload, COOP


@st.composite
def reports(draw: st.DrawFn) -> tuple[str, dict[str, Any], str]:
    """Told in whole; the laboratory is a farm here, that owes no field more."""
    conclusion = draw(st.sampled_from(["pass", "fail"]))
    day = date(2026, 9, draw(st.integers(1, 28))).isoformat()
    item = {"item": "T-SO2", "value": draw(st.sampled_from(["12", "150", "212"])), "unit": "mg/kg"}
    return "lab_report", {"items": [item], "conclusion": conclusion, "cma_no": "1", "tested_on": day}, LAB


def others() -> st.SearchStrategy[tuple[str, dict[str, Any], str]]:
    test = {"method": "速测", "result": "pass"}
    admitted = {"decision": "admitted", "market": "示例市场", "quantity": kg("10"), "test": test}
    return st.sampled_from(
        [
            ("receipt", {"quantity": kg("50"), **SELLER}, BUYER),
            ("market_admission", admitted, BUYER),
            ("loss", {"quantity": kg("900"), "why": "spoilage"}, COOP),
            ("store_in", {"township": "十河镇"}, COOP),
        ]
    )


@st.composite
def seasons(draw: st.DrawFn) -> Season:
    told = draw(st.lists(st.one_of(uses(), harvests(), dryings(), reports(), others()), min_size=2, max_size=9))
    days = st.tuples(st.integers(0, 150), st.integers(0, LONGEST_DELAY))
    facts = [Fact(*one, *draw(days)) for one in told]
    for at, fact in list(enumerate(facts)):
        if fact.kind == "harvest" and draw(st.booleans()):
            after = draw(st.integers(0, 30))
            facts.append(Fact("correction", draw(harvests())[1], COOP, fact.day + after, draw(st.integers(0, 90)), at))
    return tuple(facts)


def tell(season: Season, order: Sequence[int], received: Callable[[Fact], int]) -> Telling:
    """Facts in this order, behind a field that a batch was made from; a correction waits for what it corrects."""
    telling = Telling()
    party = {"roles": ["grower", "processor"], "region": "341602", "name": "示例"}
    for id, form in ((COOP, "co-op"), (BUYER, "enterprise"), (LAB, "household")):
        telling.tell(statement(id, id, "party_registered", {**party, "legal_form": form}, id, _at(0)), _received(0))
    place = {"party": COOP, "region": "341602", "township": "十河镇"}
    telling.tell(statement(PLOT, PLOT, "place_registered", place, COOP, _at(0)), _received(0))
    opened = {"product": "HB-BS", "township": "十河镇", "quantity": kg("5000"), "place": PLOT}
    telling.tell(statement(FIELD, FIELD, "batch_opened", opened, COOP, _at(0)), _received(0))
    made = {**opened, "inputs": [{"batch": FIELD, "quantity": kg("1")}]}
    telling.tell(statement(DRIED, DRIED, "batch_opened", made, COOP, _at(0)), _received(0))
    done = set[int]()
    for at in [*order, *order]:
        of = season[at].of
        if at not in done and (of is None or of in done):
            done.add(at)
            telling.tell(_statement(at, season[at]), _received(received(season[at])))
    return telling


def _statement(at: int, fact: Fact) -> Any:
    if fact.of is None:
        return statement(f"s{at}", FIELD, fact.kind, fact.payload, fact.actor, _at(fact.day, at))
    restated = {"kind": "harvest", "occurred_at": _at(fact.day, at), "payload": fact.payload}
    return statement(
        f"s{at}", FIELD, "correction", {"restated": restated}, fact.actor, _at(fact.day, at), f"s{fact.of}"
    )


def in_order(season: Season, key: Callable[[Fact], int]) -> list[int]:
    return sorted(range(len(season)), key=lambda at: key(season[at]))


def on_time(season: Season) -> Telling:
    return tell(season, in_order(season, lambda fact: fact.day), lambda fact: fact.day)


def late(season: Season) -> Telling:
    return tell(season, in_order(season, lambda fact: fact.told), lambda fact: fact.told)


def is_the_same_late(season: Season) -> bool:
    one, two = on_time(season), late(season)
    return (one.holds(), one.flags(), one.stages()) == (two.holds(), two.flags(), two.stages())


def followed(telling: Telling) -> list[tuple[str, str, str]]:
    holds = (row for (table, _), row in telling.state.rows.items() if table in ("hold", "flag"))
    return sorted((row["batch"], row["rule"], row["reason"]) for row in holds)


def is_blind_to_when_it_was_received(season: Season) -> bool:
    order = in_order(season, lambda fact: fact.told)
    at_once, much_later = tell(season, order, lambda fact: fact.day), tell(season, order, lambda fact: fact.told + 365)
    same_kinds = at_once.followed() == much_later.followed()
    return same_kinds and followed(at_once) == followed(much_later)


def without(season: Season, silent: frozenset[int]) -> Season:
    """The season of somebody who kept silent about these facts, in the same numbering of those that are told."""
    kept = [at for at in range(len(season)) if at not in silent]
    places = {at: new for new, at in enumerate(kept)}
    told = (season[at] for at in kept)
    return tuple(replace(one, of=None if one.of is None else places[one.of]) for one in told)


def mends(fact: Fact) -> bool:
    """A clean report, or a market that tested."""
    return fact.kind == "market_admission" or (fact.kind == "lab_report" and _is_clean(fact))


def _is_clean(fact: Fact) -> bool:
    return fact.payload["conclusion"] == "pass" and fact.payload["items"][0]["value"] != "212"


def open_matters(telling: Telling) -> set[tuple[str, ...]]:
    return {(batch, rule, reason) for batch, rule, reason, _ in telling.holds()} | {
        (batch, reason) for batch, reason, _ in telling.flags()
    }


@given(seasons())
@settings(max_examples=150, deadline=None)
def test_what_is_told_late_brings_what_it_would_have_brought_on_its_day(season: Season) -> None:
    assert is_the_same_late(season)


@given(seasons())
@settings(max_examples=100, deadline=None)
def test_when_it_was_received_is_no_ground_of_anything(season: Season) -> None:
    assert is_blind_to_when_it_was_received(season)


@given(seasons())
@settings(max_examples=100, deadline=None)
def test_a_late_paper_or_clean_report_leaves_nothing_open_that_silence_had_not(season: Season) -> None:
    silent = frozenset(at for at, fact in enumerate(season) if mends(fact))
    tell_all, keep_silent = late(season), late(without(season, silent))

    assert open_matters(tell_all) <= open_matters(keep_silent)


@given(harvested=st.integers(1_200, 2_000), typed=st.integers(10, 100_000), delay=st.integers(1, LONGEST_DELAY))
@settings(max_examples=50, deadline=None)
def test_a_harvest_that_is_put_right_late_leaves_no_question_about_its_amount(
    harvested: int, typed: int, delay: int
) -> None:
    """白芍: 1200 to 2000 kg fresh a mu are usual; a co-op owes the area (农产品质量安全法 art. 27)."""
    wrong = Fact("harvest", {"quantity": kg(str(typed)), "area_mu": "1"}, COOP, 100, 0)
    right = Fact("correction", {"quantity": kg(str(harvested)), "area_mu": "1"}, COOP, 100, delay, 0)

    assert late((wrong, right)).flags() == frozenset()


def is_mended(season: Season) -> bool:
    silent = frozenset(at for at, fact in enumerate(season) if mends(fact))
    return open_matters(late(season)) < open_matters(late(without(season, silent)))


def test_the_seasons_are_worth_telling() -> None:
    """Some hold, some ask, and in some a late paper closes a question."""
    for worth in (lambda season: late(season).holds(), lambda season: late(season).flags(), is_mended):
        find(seasons(), lambda season, worth=worth: bool(worth(season)), settings=QUICK)


def test_a_rule_that_punishes_lateness_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Positive control: a day late, and a question is raised."""
    judged = dict(judging._JUDGED)

    def punish(state: State, row: Row) -> Iterator[Finding]:
        yield from judged[row["kind"]](state, row)
        delay = datetime.fromisoformat(row["received"]) - datetime.fromisoformat(row["occurred_at"])
        if delay > timedelta(days=1):
            verdict = Verdict("late@1", Outcome.WARN, False, "", ("told-late",))
            yield Finding(verdict, (row,), "flag")

    monkeypatch.setattr(judging, "_JUDGED", {**judged, "harvest": punish})

    find(seasons(), lambda season: not is_the_same_late(season), settings=QUICK)
    find(seasons(), lambda season: not is_blind_to_when_it_was_received(season), settings=QUICK)


def test_a_rule_that_forgets_what_came_before_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Positive control: a use is judged only where its harvest comes after it."""
    forgetful = {kind: judged for kind, judged in judging._JUDGED.items() if kind != "input_use"}
    monkeypatch.setattr(judging, "_JUDGED", forgetful)

    find(seasons(), lambda season: not is_the_same_late(season), settings=QUICK)
