"""The demonstration's facts in 200 other orders: every batch, the blend and the cabbages among them, ends as it did."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

import api.demonstration as demonstration
from tests.api.test_demonstration import settings_in
from tests.trace.pure_telling import Place, Telling, named_in
from trace import judging
from trace.events import KINDS, Nature
from trace.ledger.entry import parse_entry
from trace.ledger.sqlite import reading
from trace.ledger.statement import Statement, parse_statement

ORDERS = 200
ANSWERS = frozenset({"flag_answered", "hold_released"})
"""They speak of an entry that a rule made, and in another order another one is made."""

Said = tuple[Place, Statement, str]
Ending = tuple[frozenset[object], frozenset[object], frozenset[object]]


@dataclass(frozen=True)
class Season:
    """Everything that somebody said, acts and facts apart, in the order of the log; batches by name."""

    acts: tuple[Said, ...]
    facts: tuple[Said, ...]
    names: dict[str, str]


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Season:
    settings = settings_in(Path(tmp_path_factory.mktemp("orders")))
    played = demonstration.play_demonstration(settings)
    acts, facts = list[Said](), list[Said]()
    with reading(settings.database) as reads:
        for row in reads.rows(0, reads.count("entry")):
            entry, statement = parse_entry(row.entry), parse_statement(row.statement)
            kind = KINDS[statement.kind]
            if kind.nature is Nature.DERIVED or kind.chain not in ("batch", "party", "place") or kind.name in ANSWERS:
                continue
            is_fact = kind.chain == "batch" and kind.nature is Nature.FACT
            (facts if is_fact else acts).append(((entry.chain, entry.seq), statement, entry.received))
    batches = {**played.batches, **played.sampled}
    return Season(tuple(acts), tuple(facts), {id: name for name, id in batches.items()})


def told(season: Season, facts: list[Said]) -> Telling:
    """The acts as they were, then the facts; a record that speaks of another one waits for it, as nobody could say it before."""
    telling = Telling()
    for place, statement, received in season.acts:
        telling.tell(statement, received, place)
    here, known = {place for place, _, _ in season.facts}, set[str]()
    waiting = list(facts)
    while waiting:
        rest = list[Said]()
        for place, statement, received in waiting:
            needed = {one for one in named_in(statement.payload) if one in here} - telling.named.keys()
            if needed or (statement.corrects and statement.corrects not in known):
                rest.append((place, statement, received))
                continue
            telling.tell(statement, received, place)
            known.add(statement.id)
        assert len(rest) < len(waiting)
        waiting = rest
    return telling


def endings(season: Season, orders: int) -> set[Ending]:
    chance, found = random.Random(20261130), set[Ending]()
    facts = list(season.facts)
    for _ in range(orders):
        telling = told(season, facts)
        found.add((telling.holds(), telling.flags(), telling.stages()))
        chance.shuffle(facts)
    return found


def test_the_seasons_facts_in_200_orders_give_the_same_holds_flags_and_stages(season: Season) -> None:
    found = endings(season, ORDERS)

    assert len(found) == 1
    ((holds, flags, stages),) = found
    assert {season.names[batch] for batch, *_ in stages} == set(season.names.values())  # type: ignore[misc]
    held = {(season.names[one[0]], one[1]) for one in holds}  # type: ignore[index]
    assert {
        ("2026 东岗田间批", "G05@1"),
        ("2026 两户合批", "G05@1"),
        ("2026 合批 1 公斤袋装", "G05@1"),
        ("2026 合批散装", "G05@1"),
        ("2026 复检批", "G17@1"),  # nobody lifts it here
    } <= held
    asked = {(season.names[one[0]], one[1]) for one in flags}  # type: ignore[index]
    assert asked >= {("2026 秋白菜", "yield-outside-band"), ("秋白菜 第二车", "fields-missing")}
    assert ("秋白菜 第一车", "fields-missing") not in asked


def test_a_rule_that_looks_at_what_came_before_alone_would_be_seen(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Positive control: a use that is judged only when its harvest comes is missed where it is told later."""
    forgetful = {kind: judged for kind, judged in judging._JUDGED.items() if kind != "input_use"}
    monkeypatch.setattr(judging, "_JUDGED", forgetful)

    assert len(endings(season, 20)) > 1
