"""What is only implausible, or left out, is asked about: it holds nothing, refuses nothing, and stands while it is so."""

from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from .control_parts import BUYER, LAB, MARKET, Control, control, kg

FIELD = "f" * 22
HARVESTED = "2026-08-20T17:00:00+08:00"
SELLER = {"seller_name": "示例合作社", "seller_address": "十河镇 1 号", "seller_contact": "19900001371"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Control]:
    with control(tmp_path) as found:
        found.open(FIELD)
        yield found
    assert found.check(tmp_path).ok


def processed(world: Control, process: str, taken: str, given: str) -> Any:
    payload = {"process": process, "quantity_in": kg(taken), "quantity_out": kg(given)}
    return world.say(FIELD, "primary_processing", payload, at="2026-09-07T17:00:00+08:00")


def harvested(world: Control, quantity: str, area_mu: str, batch: str = FIELD, **more: Any) -> Any:
    return world.say(batch, "harvest", {"quantity": kg(quantity), "area_mu": area_mu}, at=HARVESTED, **more)


def restated(payload: dict[str, Any], kind: str = "harvest", at: str = HARVESTED) -> dict[str, Any]:
    return {"restated": {"kind": kind, "occurred_at": at, "payload": payload}}


# ---- G19: bands. No law sets one: NY/T 4712 has the model of batches in and out, products.csv and processes.csv the figures ----


@pytest.mark.parametrize(
    ("fresh", "asked"), [("1199.9", True), ("1200", False), ("2000", False), ("2000.1", True)]
)  # 白芍: 1200 to 2000 kg fresh a mu
def test_a_yield_outside_the_usual_range_is_asked_about(world: Control, fresh: str, asked: bool) -> None:
    receipt = harvested(world, fresh, "1")

    assert world.flags() == ({(FIELD, "yield-outside-band")} if asked else set())
    assert world.held() == set()
    if asked:
        raised = receipt.followed[-1].payload
        assert (raised["found"][-5:], raised["expected"].split("; ")[0]) == ("kg/mu", "1200-2000 kg/mu")


def test_grain_is_weighed_as_it_is_sold_and_asked_about_by_that_band(world: Control) -> None:
    """小麦: 450 to 620 kg a mu at trade moisture, partly from memory."""
    world.open("w" * 22, product="GR-WH")
    harvested(world, "620", "1", batch="w" * 22)
    assert world.flags() == set()

    harvested(world, "621", "1", batch="w" * 22)
    assert world.flags() == {("w" * 22, "yield-outside-band")}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("329", "outside-band"),  # 0.33 to 0.50 of what went in; 1000 to 329 is 3.04 fresh for one dry, too
        (
            "333",
            "drying-ratio-outside-band",
        ),  # inside the step's band; 3.003 fresh for one dry, where 2.0 to 3.0 are usual
        ("334", None),
        ("500", None),
        ("501", "outside-band"),
        ("1000.1", "more-out-than-in"),
    ],
)
def test_drying_white_peony_is_asked_about_by_the_band_of_the_step_and_of_the_herb(
    world: Control, given: str, reason: str | None
) -> None:
    harvested(world, "1500", "1")
    processed(world, "PR-DRY-BS", "1000", given)

    assert world.flags() == ({(FIELD, reason)} if reason else set())
    assert world.held() == set()
    world.say(FIELD, "labels_issued", {"count": 10})  # an act goes on


def test_a_step_that_dries_nothing_has_no_ratio(world: Control) -> None:
    """去皮: 0.75 to 0.92 of what went in."""
    harvested(world, "1500", "1")
    processed(world, "PR-PEEL", "1000", "750")
    assert world.flags() == set()

    processed(world, "PR-PEEL", "500", "374")
    assert world.flags() == {(FIELD, "outside-band")}


def test_a_band_of_another_product_is_remarked_on_and_not_passed_over(world: Control) -> None:
    harvested(world, "1500", "1")
    receipt = processed(world, "PR-DRY-JH", "1000", "400")  # 菊花: an eighth to a fifth; 白芍 by its own ratio 2.5

    assert [one.kind for one in receipt.followed] == ["flag_raised"]
    receipt = processed(world, "PR-WASH", "400", "380")
    assert receipt.followed == ()


def test_a_typing_error_that_is_corrected_closes_its_question(world: Control) -> None:
    first = harvested(world, "15000", "1")
    assert world.flags() == {(FIELD, "yield-outside-band")}

    world.say(
        FIELD, "correction", restated({"quantity": kg("1500"), "area_mu": "1"}), corrects=first.id, reason="多打了一个0"
    )
    assert world.flags() == set()


def test_a_question_that_a_correction_raised_stands_through_the_next_correction(world: Control) -> None:
    first = harvested(world, "1500", "1")
    other = harvested(world, "1600", "1")
    world.say(
        FIELD, "correction", restated({"quantity": kg("150"), "area_mu": "1"}), corrects=first.id, reason="过磅单为150"
    )
    assert world.flags() == {(FIELD, "yield-outside-band")}

    world.say(
        FIELD,
        "correction",
        restated({"quantity": kg("1601"), "area_mu": "1"}),
        corrects=other.id,
        reason="过磅单为1601",
    )
    assert world.flags() == {(FIELD, "yield-outside-band")}
    assert world.kinds().count("flag_raised") == 1


# ---- papers: 食品安全法 art. 65, 食用农产品市场销售质量安全监督管理办法 ----


def received(world: Control) -> Any:
    """A buyer that is an enterprise owes seller and papers; it left the papers out."""
    return world.say(FIELD, "receipt", {"quantity": kg("100"), **SELLER}, actor=BUYER)


def reported(world: Control, conclusion: str = "pass") -> Any:
    report = {
        "items": [{"item": "水分", "value": "12", "unit": "%"}],
        "report_no": "JC-1",
        "conclusion": conclusion,
        "cma_no": "示例-000000",
        "tested_on": "2026-09-01",
    }
    return world.say(FIELD, "lab_report", report, actor=LAB)


def admitted(world: Control, **more: Any) -> Any:
    payload = {"decision": "admitted", "market": "示例市场", "quantity": kg("10"), **more}
    return world.say(FIELD, "market_admission", payload, actor=MARKET)


PAPERS: list[Callable[[Control], Any]] = [
    reported,
    lambda world: admitted(world, test={"method": "速测", "result": "pass"}),
    lambda world: admitted(world, proofs=[{"type": "检验报告", "number": "JC-1"}]),
]


def owing(world: Control) -> set[str]:
    """Kinds of the records about whose papers a question is open; what a laboratory leaves out is another matter."""
    rows = {row["id"]: row["kind"] for row in world.rows()["record"]}
    open_flags = (row for row in world.rows()["flag"] if row["is_open"] and row["reason"] == "fields-missing")
    return {rows[row["ground"].split(" ")[1]] for row in open_flags} - {"lab_report"}


@pytest.mark.parametrize("show", PAPERS)
def test_missing_papers_are_asked_for_until_they_are_there(world: Control, show: Callable[[Control], Any]) -> None:
    received(world)
    assert owing(world) == {"receipt"}

    show(world)
    assert owing(world) == set()


@pytest.mark.parametrize("show", PAPERS)
def test_papers_that_were_there_before_the_goods_are_not_asked_for(
    world: Control, show: Callable[[Control], Any]
) -> None:
    show(world)
    received(world)

    assert owing(world) == set()
    assert all(row["reason"] == "fields-missing" for row in world.rows()["flag"])


def test_a_report_that_fails_and_a_market_that_waits_are_no_papers(world: Control) -> None:
    received(world)
    payload = {"decision": "test-first", "market": "示例市场", "quantity": kg("10"), "reasons": ["no-proof-no-test"]}
    world.say(FIELD, "market_admission", payload, actor=MARKET)
    reported(world, "fail")

    assert owing(world) == {"receipt"}


@pytest.mark.parametrize("received_first", [True, False])
def test_papers_that_were_taken_back_are_asked_for_again(world: Control, received_first: bool) -> None:
    steps = [lambda: received(world), lambda: reported(world)]
    done = [step() for step in (steps if received_first else reversed(steps))]
    assert owing(world) == set()

    report = done[1 if received_first else 0]
    world.say(
        FIELD, "correction", {"did_not_occur": True}, actor=LAB, corrects=report.id, reason="写错了批次", at=HARVESTED
    )
    assert owing(world) == {"receipt"}


def test_an_answer_stays_an_answer_whatever_papers_come_and_go(world: Control) -> None:
    received(world)
    flag = next(row for row in world.rows()["flag"])
    chain, _, seq = flag["id"].rpartition("/")
    said = {"flag": {"chain": chain, "seq": int(seq), "leaf": flag["leaf"]}, "answer": "凭证在摊位上"}
    world.say(FIELD, "flag_answered", said)
    report = reported(world)
    world.say(FIELD, "correction", {"did_not_occur": True}, actor=LAB, corrects=report.id, reason="写错了批次")

    assert owing(world) == set()


def test_papers_and_goods_in_any_order_leave_the_same_questions(tmp_path: Path) -> None:
    told: list[Callable[[Control], Any]] = [received, lambda world: reported(world, "fail"), reported, received]
    found = []
    for at, order in enumerate(permutations(range(len(told)))):
        folder = tmp_path / str(at)
        folder.mkdir()
        with control(folder) as world:
            world.open(FIELD)
            for one in order:
                told[one](world)
            found.append((owing(world), {rule for _, rule, _ in world.held()}))

    assert found == [(set(), {"G17@1"})] * 24


# ---- G17: the report decides, and our comparison asks why it differs ----


def test_a_report_that_passes_what_we_find_above_a_limit_is_asked_about_and_holds_nothing(world: Control) -> None:
    """农产品质量安全法 art. 48: an accredited laboratory's conclusion counts. 药典 2020: SO2 150, for 白芍 perhaps 400."""
    report = {
        "items": [{"item": "T-SO2", "value": "401", "unit": "mg/kg", "judgement": "pass"}],
        "report_no": "JC-2",
        "conclusion": "pass",
        "cma_no": "示例-000000",
        "tested_on": "2025-09-20",
        "issued_on": "2025-09-21",
    }
    receipt = world.say(FIELD, "lab_report", report, actor=LAB)

    assert world.held() == set()
    assert (FIELD, "conclusion-differs") in world.flags()
    asked = next(one.payload for one in receipt.followed if one.kind == "flag_raised")
    assert (asked["found"], asked["expected"]) == ("T-SO2 401 mg/kg", "150 mg/kg; 400 mg/kg")
    assert receipt.followed[0].kind == "verdict"

    world.say(
        FIELD,
        "correction",
        restated({**report, "items": [{"item": "T-SO2", "value": "41", "unit": "mg/kg"}]}, "lab_report", HARVESTED),
        actor=LAB,
        corrects=receipt.id,
        reason="41 写成了 401",
    )
    assert (FIELD, "conclusion-differs") not in world.flags()


def test_without_accreditation_the_same_figure_holds(world: Control) -> None:
    """农产品质量安全法 arts 34, 36, 48: such a report proves nothing for the goods."""
    report = {
        "items": [{"item": "T-SO2", "value": "401", "unit": "mg/kg"}],
        "conclusion": "pass",
        "tested_on": "2025-09-20",
    }
    world.say(FIELD, "lab_report", report, actor=LAB)

    assert world.held() == {(FIELD, "G17@1", False)}
