"""A re-test lifts what the first report brought where 农产品质量安全法 art. 51 lets it count, and nothing else does."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trace.domain import Trace
from trace.ledger.errors import DomainError
from trace.ledger.keys import PrivateKey
from trace.ledger.submission import Decision, Receipt, Submission

from .control_parts import GROWER, LAB, MARKET, Control, control, kg, named, sprayed
from .ledger.ledger_parts import NODE_CHAIN

OTHER_LAB, THIRD_LAB = "x" * 22, "y" * 22
LAB_KEYS = {OTHER_LAB: PrivateKey.from_seed(bytes([91]) * 32), THIRD_LAB: PrivateKey.from_seed(bytes([92]) * 32)}
FIELD, DRIED, OTHER = "f" * 22, "d" * 22, "e" * 22
FIRST_DAY, LATER = "2026-09-05T08:00:00+08:00", "2026-09-09T08:00:00+08:00"
HELD, SPREAD = (FIELD, "G17@1", False), (DRIED, "G17@1", True)

REPORT: dict[str, Any] = {
    "report_no": "JC-1",
    "cma_no": "241200000001",
    "tested_on": "2026-09-05",
    "issued_on": "2026-09-05",
    "report_kind": "supervision",
}
FAILED = {
    **REPORT,
    "items": [{"item": "T-SO2", "value": "620", "unit": "mg/kg", "judgement": "fail"}],
    "conclusion": "fail",
}
PASSED = {
    **REPORT,
    "items": [{"item": "二氧化硫", "value": "120", "unit": "mg/kg", "method": "ChP 2331", "judgement": "pass"}],
    "conclusion": "pass",
    "report_kind": "retest",
}
"""二氧化硫 on 白芍: at most 150 mg/kg."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Control]:
    with control(tmp_path) as world:
        for id, key in LAB_KEYS.items():
            lab = {"name": "示例检测", "legal_form": "institution", "roles": ["laboratory"], "region": "341602"}
            world.say(id, "party_registered", lab, actor=NODE_CHAIN)
            world.say(id, "key_added", {"key": key.did, "authenticated": "in person"}, actor=NODE_CHAIN)
        world.open(FIELD)
        world.take(DRIED, FIELD)
        yield world


def first_report(world: Control, batch: str = FIELD, **more: Any) -> dict[str, Any]:
    return named(world.say(batch, "lab_report", {**FAILED, **more}, actor=LAB, at=FIRST_DAY))


def retest(world: Control, first: dict[str, Any], lab: str = OTHER_LAB, at: str = LATER, **more: Any) -> Receipt:
    keys = (LAB_KEYS[lab],) if lab in LAB_KEYS else ()
    chain = more.pop("batch", first["chain"])
    return world.say(chain, "retest_report", {**PASSED, "retest_of": first, **more}, actor=lab, at=at, keys=keys)


def reasons(receipt: Receipt) -> list[tuple[str, list[str]]]:
    """What followed from it: kinds, and the reasons of verdicts about the re-test itself."""
    return [(one.kind, one.payload.get("reasons", [])) for one in receipt.followed if one.kind != "flag_raised"]


def failing(**more: Any) -> dict[str, Any]:
    return {"items": FAILED["items"], "conclusion": "fail", **more}


# ---- what lifts ------------------------------------------------------------------------------------------------------


def test_a_clean_retest_by_another_laboratory_lifts_the_hold_and_what_spread_from_it(
    world: Control, tmp_path: Path
) -> None:
    first = first_report(world)
    assert world.held() == {HELD, SPREAD}

    receipt = retest(world, first)

    assert world.held() == set()
    released = next(one for one in receipt.followed if one.kind == "hold_released")
    assert released.payload["ground"] == "facts"
    assert released.payload["source"] == named(receipt)
    assert world.check(tmp_path).ok


def test_goods_with_a_clean_retest_are_let_in_on_it(world: Control) -> None:
    first = first_report(world)
    asked = {"decision": "admitted", "quantity": kg("1")}
    assert refused(lambda: world.say(FIELD, "market_admission", asked, actor=MARKET)) == "batch-held"

    retest(world, first)

    world.say(FIELD, "market_admission", asked, actor=MARKET)


@pytest.mark.parametrize(
    ("day", "is_held"), [("2026-09-04T23:59:59+08:00", True), ("2026-09-05T00:00:00+08:00", False)]
)
def test_a_retest_is_not_dated_before_the_first_test(world: Control, day: str, is_held: bool) -> None:
    retest(world, first_report(world), at=day)

    assert (HELD in world.held()) is is_held


def test_a_retest_of_another_report_lifts_nothing_of_this_one(world: Control) -> None:
    first_report(world)
    second = first_report(world, report_no="JC-2")

    retest(world, second)

    assert world.held() == {HELD, SPREAD}
    assert len([row for row in world.rows()["hold"] if row["released"] is None and row["origin"] is None]) == 1


def test_nothing_but_the_hold_of_the_report_falls(world: Control) -> None:
    world.say(FIELD, "input_use", sprayed("2026-07-01", active=["克百威"]))

    retest(world, first_report(world))

    assert world.held() == {(FIELD, "G03@1", False), (DRIED, "G03@1", True)}


# ---- what does not ---------------------------------------------------------------------------------------------------

RAPID = {"items": [{"item": "T-RAPID", "value": "10", "unit": "%"}, *PASSED["items"]]}
BY_METHOD = {"items": [{**PASSED["items"][0], "method": "GB/T 5009.199-2003"}]}
BY_WORD = {"items": [{**PASSED["items"][0], "method": "胶体金快速检测"}]}
OF_LEAD = {"items": [{"item": "铅", "value": "0.2", "unit": "mg/kg", "judgement": "pass"}]}


@pytest.mark.parametrize(
    ("lab", "changed", "reason"),
    [
        (LAB, {}, "retest-by-same-laboratory"),
        (OTHER_LAB, {"report_kind": "rapid"}, "retest-by-rapid-method"),
        (OTHER_LAB, RAPID, "retest-by-rapid-method"),
        (OTHER_LAB, BY_METHOD, "retest-by-rapid-method"),
        (OTHER_LAB, BY_WORD, "retest-by-rapid-method"),
        (OTHER_LAB, OF_LEAD, "retest-of-other-items"),
        (OTHER_LAB, {"cma_until": "2026-09-04"}, "report-without-cma"),
        (OTHER_LAB, {"conclusion": "no-judgement"}, "report-without-conclusion"),
    ],
)
def test_a_retest_that_does_not_count_is_remarked_on_and_the_hold_stays(
    world: Control, tmp_path: Path, lab: str, changed: dict[str, Any], reason: str
) -> None:
    receipt = retest(world, first_report(world), lab, **changed)

    assert world.held() == {HELD, SPREAD}
    assert [kind for kind, _ in reasons(receipt)] == ["verdict"]
    assert reason in reasons(receipt)[0][1]
    assert world.check(tmp_path).ok


def test_a_screening_is_answered_by_what_a_laboratory_measured(world: Control) -> None:
    """Enzyme inhibition names no substance (tests.csv, T-RAPID), so no laboratory can test the same again."""
    first = first_report(world, items=[{"item": "T-RAPID", "value": "61", "unit": "%", "judgement": "fail"}])
    assert HELD in world.held()

    retest(world, first)

    assert world.held() == set()


def test_a_failed_retest_confirms_the_hold_and_places_no_second_one(world: Control, tmp_path: Path) -> None:
    first = first_report(world)

    receipt = retest(world, first, **failing())

    assert [kind for kind, _ in reasons(receipt)] == ["verdict"]
    verdict = receipt.followed[0].payload
    assert verdict["outcome"] == "hold"  # type: ignore[index]
    assert verdict["evidence"] == [first, named(receipt)]  # type: ignore[index]
    assert len(world.rows()["hold"]) == 2
    assert world.check(tmp_path).ok


def test_goods_that_officials_released_are_not_held_again_by_a_retest_of_the_old_report(world: Control) -> None:
    first = first_report(world)
    world.lift(FIELD)

    retest(world, first, **failing())

    assert world.held() == set()


def test_a_failed_retest_of_a_clean_report_holds_by_itself(world: Control) -> None:
    receipt = retest(world, first_report(world, items=PASSED["items"], conclusion="pass"), **failing())

    assert world.held() == {HELD, SPREAD}
    assert [kind for kind, _ in reasons(receipt)] == ["verdict", "hold_placed", "hold_placed"]


# ---- in any order, and taken back ------------------------------------------------------------------------------------


def taken_back(world: Control, receipt: Receipt, lab: str) -> Receipt:
    keys = (LAB_KEYS[lab],) if lab in LAB_KEYS else ()
    gone = {"did_not_occur": True}
    return world.say(
        receipt.chain, "correction", gone, actor=lab, keys=keys, corrects=receipt.id, reason="样品编号弄错了"
    )


@pytest.mark.parametrize("bad_first", [True, False])
def test_where_two_retests_disagree_the_hold_stands(world: Control, tmp_path: Path, bad_first: bool) -> None:
    first = first_report(world)
    said: list[Callable[[], Receipt]] = [
        lambda: retest(world, first),
        lambda: retest(world, first, THIRD_LAB, **failing()),
    ]
    for say in reversed(said) if bad_first else said:
        say()

    assert world.held() == {HELD, SPREAD}
    assert world.check(tmp_path).ok


def test_a_retest_that_is_taken_back_brings_the_hold_back(world: Control, tmp_path: Path) -> None:
    receipt = retest(world, first_report(world))
    assert world.held() == set()

    taken_back(world, receipt, OTHER_LAB)

    assert world.held() == {HELD, SPREAD}
    assert world.check(tmp_path).ok


def test_a_failed_retest_that_is_taken_back_leaves_the_clean_one_alone(world: Control, tmp_path: Path) -> None:
    first = first_report(world)
    failed = retest(world, first, THIRD_LAB, **failing())
    retest(world, first)
    assert world.held() == {HELD, SPREAD}

    taken_back(world, failed, THIRD_LAB)

    assert world.held() == set()
    assert world.check(tmp_path).ok


def test_a_first_report_that_is_taken_back_leaves_a_failed_retest_to_hold_by_itself(
    world: Control, tmp_path: Path
) -> None:
    receipt = world.say(FIELD, "lab_report", FAILED, actor=LAB, at=FIRST_DAY)
    again = retest(world, named(receipt), **failing())

    taken_back(world, receipt, LAB)

    assert world.held() == {HELD, SPREAD}
    open_rows = [row for row in world.rows()["hold"] if row["released"] is None and row["origin"] is None]
    assert [row["ground"].split()[1] for row in open_rows] == [f"{FIELD}/{again.seq}"]
    assert world.check(tmp_path).ok


def test_what_follows_a_failed_report_in_200_orders_gives_the_same_holds(tmp_path: Path, world: Control) -> None:
    """By the same laboratory, clean; by another, clean; by a third, rapid and failed; and what the grower says meanwhile."""
    chance = random.Random(20261125)
    batches = [f"b{round:021d}" for round in range(200)]
    for batch in batches:
        world.open(batch)
        first = first_report(world, batch)
        facts: list[tuple[str, str, dict[str, Any]]] = [
            (LAB, "retest_report", {**PASSED, "retest_of": first}),
            (OTHER_LAB, "retest_report", {**PASSED, "retest_of": first}),
            (THIRD_LAB, "retest_report", {**PASSED, "retest_of": first, "report_kind": "rapid"}),
            (GROWER, "harvest", {"quantity": kg("100")}),
            (GROWER, "store_in", {"township": "十河镇"}),
        ]
        chance.shuffle(facts)
        for actor, kind, payload in facts:
            keys = (LAB_KEYS[actor],) if actor in LAB_KEYS else ()
            world.node.append(Submission((world.signed(batch, kind, payload, actor=actor, at=LATER, keys=keys),)))

    assert world.held() == set()
    assert {row["holds"] for row in world.rows()["batch"]} == {0}
    assert {row["release_ground"] for row in world.rows()["hold"]} == {"facts"}
    assert world.check(tmp_path).ok


# ---- who may say it, of what -----------------------------------------------------------------------------------------


def refused(say: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as found:
        say()
    return found.value.code


def test_a_retest_is_of_a_report_on_the_same_batch(
    world: Control, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harvested = named(world.say(FIELD, "harvest", {"quantity": kg("100")}))
    elsewhere = first_report(world, DRIED)

    assert refused(lambda: retest(world, harvested)) == "not-a-report-here"
    assert refused(lambda: retest(world, elsewhere, batch=FIELD)) == "not-a-report-here"
    monkeypatch.setattr(Trace, "decide", lambda *_: Decision())
    index = retest(world, harvested).index
    found = world.check(tmp_path)
    assert (found.ok, found.first_bad_index, found.check) == (False, index, "reference"), found.detail


def test_a_restated_retest_is_of_a_report_on_the_same_batch(world: Control) -> None:
    harvested = named(world.say(FIELD, "harvest", {"quantity": kg("100")}))
    receipt = retest(world, first_report(world))
    payload = {**PASSED, "retest_of": harvested}
    restated = {"restated": {"kind": "retest_report", "occurred_at": LATER, "payload": payload}}

    def say() -> object:
        keys = (LAB_KEYS[OTHER_LAB],)
        return world.say(
            FIELD, "correction", restated, actor=OTHER_LAB, keys=keys, corrects=receipt.id, reason="写错了"
        )

    assert refused(say) == "not-a-report-here"


def test_a_retest_of_a_retest_is_none(world: Control) -> None:
    receipt = retest(world, first_report(world))

    assert refused(lambda: retest(world, named(receipt), THIRD_LAB)) == "not-a-report-here"


def test_only_a_laboratory_says_it(world: Control) -> None:
    first = first_report(world)

    assert refused(lambda: retest(world, first, GROWER)) == "not-your-act"
