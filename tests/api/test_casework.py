"""What the node says in cases by itself: a failed supervision report opens one, a re-test moves it, a term that is over ends it.

Days are those of the State Council's notice for 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api import casework
from api.auditing import run_audit
from api.casework import log_own_step, log_step
from api.documents.db import DocumentStore
from api.node import Node
from credit.own_steps import OwnStep
from tests.api.app_parts import AT, World
from tests.api.case_parts import (
    FAILED,
    NUMBERS,
    PENALTY,
    case_row,
    cases,
    give,
    keep_up,
    on,
    opened,
    papers,
    run,
    running_cases,
    serve,
    step,
    whole,
)
from tests.api.office_parts import CITY, KEYS, OFFICE, said
from tests.api.page_parts import signed_in
from trace.ledger.errors import DomainError, Refused
from trace.ledger.submission import Receipt
from trace.queries import list_offices


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_cases(tmp_path) as running:
        on(running, "2026-09-10", 13)
        running.parties["other lab"] = running.made(
            "/api/v1/parties",
            {"name": "示例检测二所", "legal_form": "institution", "roles": ["laboratory"], "region": "341602"},
            "official",
        )["id"]
        running.add_token("other lab", "laboratory", party=running.parties["other lab"])
        yield running


def reported(world: World, who: str = "laboratory", kind: str = "lab_report", **more: Any) -> dict[str, Any]:
    """A report on the co-op's batch, as another payload names it."""
    payload = {**(FAILED if kind == "lab_report" else {}), **more}
    body = {"kind": kind, "occurred_at": AT, "payload": payload}
    receipt = world.made(f"/api/v1/batches/{world.batch}/events", body, who)
    return {"chain": receipt["chain"], "seq": receipt["seq"], "leaf": receipt["leaf"]}


def states(world: World) -> list[tuple[str, str]]:
    return [(row["procedure"], row["state"]) for row in cases(world)]


def test_a_failed_supervision_report_opens_its_case_once(world: World) -> None:
    reported(world)
    keep_up(world)
    keep_up(world)

    assert states(world) == [("sample_result", "fail_reported")]
    (row,) = cases(world)
    assert (row["subject"], row["authority"], row["target"]) == (
        world.parties["coop"],
        world.parties["farming"],  # the bureau of agriculture of the region, not that of the market
        world.batch,
    )


def test_a_bureau_whose_offices_have_all_ended_opens_nothing_more(world: World) -> None:
    """The next one up, for which somebody still holds an office, does."""
    body = {"name": "示例市农业农村局", "legal_form": "authority", "roles": ["regulator"], "region": CITY}
    world.parties["farming above"] = world.made(
        "/api/v1/parties", {**body, "authority_kind": "agriculture"}, "official"
    )["id"]
    give(world, "far", "farming above", ["case_officer"], region=CITY)
    end_offices_of(world, "farming")

    reported(world)
    keep_up(world)

    assert [row["authority"] for row in cases(world)] == [world.parties["farming above"]]


def end_offices_of(world: World, authority: str) -> None:
    """By two officials, each with the own key."""
    with world.node.reading() as reads:
        rows = [row for row in list_offices(reads.connection) if row["authority"] == world.parties[authority]]
        given = [next(one for one in reads.chain_rows(OFFICE) if f"{OFFICE}/{one.seq}" == row["entry"]) for row in rows]
    for one in given:
        office = {"chain": OFFICE, "seq": one.seq, "leaf": one.leaf.hex()}
        payload = {"office": office, "why": "reassigned", "basis": "谯农发〔2026〕9号"}
        members = {"chain": OFFICE, "kind": "office_ended", "actor": world.parties["first"], "payload": payload}
        answer = said(world, next(NUMBERS), [KEYS["first"], KEYS["second"]], **members)
        assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("more", [{"report_kind": "monitoring"}, {"report_kind": "self"}, {"conclusion": "pass"}])
def test_nothing_else_opens_one(world: World, more: dict[str, str]) -> None:
    """Monitoring is no supervision (农产品质量安全监测管理办法 art. 3), and a pass is no failure."""
    reported(world, **more)
    keep_up(world)

    assert states(world) == []


def retested_clean(world: World, method: str) -> None:
    """A failed sample whose party asked for a re-test; another laboratory finds it clean, by this method."""
    report = reported(world)
    keep_up(world)
    case = str(cases(world)[0]["id"])
    serve(world, case, "D-RESULT-NOTICE")
    step(world, case, "sample_result", "S02", "first")
    request_retest(world, case)
    items = [{"item": "T-SO2", "value": "88", "unit": "mg/kg", "method": method}]
    reported(
        world, "other lab", "retest_report", retest_of=report, items=items, conclusion="pass", cma_no="示例-000001"
    )
    keep_up(world)


def test_a_clean_retest_by_another_laboratory_clears_it(world: World) -> None:
    retested_clean(world, "酸碱滴定法")

    assert states(world) == [("sample_result", "cleared")]
    assert run_audit(world.node.settings, world.node.genesis, envelopes=False).ok


def test_a_rapid_retest_is_none_so_the_case_goes_on_waiting(world: World) -> None:
    retested_clean(world, "快速检测试纸")

    assert states(world) == [("sample_result", "retesting")]


def test_the_node_asks_for_no_record_of_what_a_screening_alone_found(world: World) -> None:
    items = [{"item": "T-RAPID", "value": "61", "unit": "%", "judgement": "fail"}]
    reported(world, items=items)
    keep_up(world)
    case = str(cases(world)[0]["id"])
    serve(world, case, "D-RESULT-NOTICE")
    step(world, case, "sample_result", "S03", "first")
    on(world, "2026-09-12")
    keep_up(world)

    assert states(world) == [("sample_result", "final_fail")]
    assert run_audit(world.node.settings, world.node.genesis, envelopes=False).ok


def test_a_case_that_the_log_refuses_keeps_no_other_one_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Two penalties that nobody published in time; of the first the log takes nothing, for whatever reason."""
    first, second = (opened(world, "penalty_record", "P01", "first", **penalty(number)) for number in (31, 32))
    for case in (first, second):
        step(world, case, "penalty_record", "P05", "second")
        for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE"):
            serve(world, case, code)
        step(world, case, "penalty_record", "P06", "first")
    on(world, "2026-10-13")

    async def only_the_second(node: Node, store: DocumentStore, own: OwnStep) -> Receipt:
        if own.case == first:
            raise Refused("case-wrong-region", lifted_by="341602")
        return await log_own_step(node, store, own)

    monkeypatch.setattr(casework, "log_own_step", only_the_second)
    keep_up(world)

    assert [case_row(world, one)["state"] for one in (first, second)] == ["recorded", "internal"]
    assert [one.getMessage() for one in caplog.records if "failure.Refused" in one.getMessage()]


def penalty(number: int) -> dict[str, Any]:
    paper = {**PENALTY["paper"], "number": f"谯农罚〔2026〕{number}号", "hash": f"{number}" * 32}
    return {**PENALTY, "paper": paper}


def request_retest(world: World, case: str) -> None:
    signed = world.node.recorder.record(
        "case_step",
        whole("sample_result", "S04"),
        chain=case,
        actor=world.parties["coop"],
        recorded_by="test",
        id=world.node.recorder.new_id(),
    )
    run(world, log_step(world.node, papers(world), signed))


def test_a_node_that_was_off_finds_what_happened_meanwhile(world: World) -> None:
    """Served on 09-10, final after 09-17; nobody told the party for thirty working days: it never counts."""
    reported(world)
    keep_up(world)
    case = str(cases(world)[0]["id"])
    serve(world, case, "D-RESULT-NOTICE")
    step(world, case, "sample_result", "S02", "first")
    on(world, "2026-12-01")
    for _ in range(3):
        keep_up(world)

    assert states(world) == [("sample_result", "final_fail"), ("trace_outcome", "raised")]
    on(world, "2027-01-15")  # thirty working days after the question was asked, which the node could only ask now
    keep_up(world)
    assert states(world)[1] == ("trace_outcome", "lapsed")
    assert case_row(world, case)["kind"] == "terminal"


@pytest.mark.parametrize(("who", "opens"), [("auditor", True), ("first", False), ("coop", False), (None, False)])
def test_a_case_is_opened_whole_to_the_auditor_alone(world: World, who: str | None, opens: bool) -> None:
    """Its party and its office read it on pages, which know what was served already."""
    reported(world)
    keep_up(world)
    index = cases(world)[0]["index"]

    assert ("statement" in world.get(f"/api/v1/entries/{index}", who).json()) is opens


def test_a_penalty_that_nobody_published_in_time_stays_internal_whoever_comes_late(world: World) -> None:
    """Twenty working days from 2026-09-08 end on 10-12: 09-20 and 10-10 are worked, 09-25 and 10-01 to 10-07 are off. The file
    that the step of the clock enters a record in is opened before it."""
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    step(world, case, "penalty_record", "P05", "second")
    for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE"):
        serve(world, case, code)
    step(world, case, "penalty_record", "P06", "first")
    on(world, "2026-10-13")

    with pytest.raises(DomainError) as refused:
        step(world, case, "penalty_record", "P07", "third")
    keep_up(world)

    world.add_token("first later", "official", party=world.parties["first"], region="341602")
    page = re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", signed_in(world, "first later").get(f"/desk/cases/{case}").text))

    assert refused.value.code == "case-not-from-here"
    assert case_row(world, case)["state"] == "internal"
    assert "系统按期限自动办理" in page
    assert "由检测机构的报告自动办理" not in page
    assert "谯农罚〔2026〕31号" not in world.get(f"/p/{world.parties['coop']}").text
    assert run_audit(world.node.settings, world.node.genesis, envelopes=False).ok
