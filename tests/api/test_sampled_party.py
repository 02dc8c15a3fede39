"""Against whom does the case of a failed supervision sample run? Against whom it was drawn from, wherever the goods went since.

Whose goods a sample is of stands on its sheet (抽样单); else they were the owner's of that moment, at a market or shop those of
whoever held them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.auditing import run_audit
from credit.wing import CREDIT
from tests.api.app_parts import AT, REGION, World
from tests.api.case_parts import cases, keep_up, on, running_cases, serve, step
from tests.api.page_parts import signed_in
from tests.api.pages.test_member_earlier import hand_over
from tests.api.test_casework import reported, request_retest
from trace.rebuild import compare

LEFT = "1249.5"
"""What is left of 1250.5 kg once a kilogram was sampled."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """The co-op's goods; a shop in the district, and a second laboratory."""
    with running_cases(tmp_path) as running:
        on(running, "2026-09-10", 13)
        for name, form, role in (
            ("shop", "enterprise", "retailer"),
            ("other lab", "institution", "laboratory"),
        ):
            body = {"name": f"示例{name}", "legal_form": form, "roles": [role], "region": REGION}
            running.parties[name] = running.made("/api/v1/parties", body, "official")["id"]
            running.add_token(name, "laboratory" if role == "laboratory" else "member", party=running.parties[name])
        yield running


def drawn(world: World, batch: str = "", **more: Any) -> dict[str, Any]:
    """A kilogram for supervision, by the laboratory."""
    sheet = {
        "sample_no": "CY-1",
        "sample_kind": "supervision",
        "seal_no": "F1",
        "task_no": "T1",
        "samplers": ["甲", "乙"],
    }
    payload = {**sheet, "quantity": {"value": "1", "unit": "kg"}, **more}
    body = {"kind": "sample_taken", "occurred_at": AT, "payload": payload}
    receipt = world.made(f"/api/v1/batches/{batch or world.batch}/events", body, "laboratory")
    return {name: receipt[name] for name in ("chain", "seq", "leaf")}


def received_by(world: World, who: str, occurred_at: str = "2026-09-10T12:30:00+08:00") -> None:
    body = {"kind": "receipt", "occurred_at": occurred_at, "payload": {"quantity": {"value": "1249.5", "unit": "kg"}}}
    world.made(f"/api/v1/batches/{world.batch}/events", body, who)


def mended(world: World, sample: dict[str, Any], **changed: Any) -> None:
    """The laboratory says its own sheet anew; None takes a field away."""
    with world.node.reading() as reads:
        row = next(one for one in reads.chain_rows(world.batch) if one.seq == sample["seq"])
    said = json.loads(row.statement)["payload"]
    restated = {name: one for name, one in {**said, "samplers": ["甲", "乙"], **changed}.items() if one is not None}
    payload = {"restated": {"kind": "sample_taken", "occurred_at": AT, "payload": restated}}
    body = {"kind": "correction", "corrects": row.statement_id, "reason": "抽样单填写有误", "payload": payload}
    world.made(f"/api/v1/batches/{world.batch}/events", body, "laboratory")


def subjects(world: World) -> list[str]:
    names = {id: name for name, id in world.parties.items()}
    return [names[row["subject"]] for row in cases(world)]


def is_sound(world: World) -> bool:
    """The audit comes to the same, and so does a replay of the whole log."""
    with world.node.reading() as reads:
        assert compare(reads, CREDIT) == []
    return run_audit(world.node.settings, world.node.genesis, envelopes=False).ok


def test_the_case_is_against_whom_the_sample_names(world: World) -> None:
    reported(world, sample=drawn(world, sampled=world.parties["neighbour"]))
    keep_up(world)

    assert subjects(world) == ["neighbour"]
    assert is_sound(world)


@pytest.mark.parametrize("named", [True, False])
def test_who_bought_the_goods_after_they_were_sampled_has_no_case(world: World, named: bool) -> None:
    """Without a name on the sheet they were the owner's of that moment."""
    sample = drawn(world, **({"sampled": world.parties["coop"]} if named else {}))
    hand_over(world, "coop", "neighbour", LEFT)
    reported(world, sample=sample)
    keep_up(world)

    assert subjects(world) == ["coop"]
    assert is_sound(world)


def test_a_report_without_a_sample_speaks_of_the_owner_of_its_moment(world: World) -> None:
    hand_over(world, "coop", "neighbour")
    reported(world)
    keep_up(world)

    assert subjects(world) == ["neighbour"]


@pytest.mark.parametrize(
    ("stage", "subject"),
    [("market", "shop"), ("shop", "shop"), ("store", "coop"), ("plant", "coop"), ("field", "coop")],
)
def test_at_a_market_or_shop_it_is_against_who_holds_the_goods(world: World, stage: str, subject: str) -> None:
    """A receipt makes the shop the holder; the owner stays."""
    received_by(world, "shop")
    reported(world, sample=drawn(world, stage=stage))
    keep_up(world)

    assert subjects(world) == [subject]
    assert is_sound(world)


def test_who_gets_the_goods_after_the_sample_was_not_sampled(world: World) -> None:
    received_by(world, "shop")
    sample = drawn(world, stage="shop")
    received_by(world, "retailer", "2026-09-10T12:45:00+08:00")
    reported(world, sample=sample)
    keep_up(world)

    assert subjects(world) == ["shop"]


@pytest.mark.parametrize(
    ("named", "stage", "subject"), [("coop", "shop", "coop"), (None, "shop", "shop"), (None, "store", "coop")]
)
def test_a_sheet_that_named_the_wrong_party_is_mended_before_the_case_opens(
    world: World, named: str | None, stage: str, subject: str
) -> None:
    """The report that stands already speaks of whom its sheet names now; without a name, of whom it would have without one."""
    received_by(world, "shop")
    sample = drawn(world, sampled=world.parties["neighbour"], stage="shop")
    reported(world, sample=sample)
    mended(world, sample, sampled=world.parties[named] if named else None, stage=stage)
    keep_up(world)

    assert subjects(world) == [subject]
    assert is_sound(world)


def test_a_report_on_another_batch_than_its_sample_opens_no_case_against_anybody(world: World) -> None:
    """Which of the two goods failed nobody can tell from it: it is asked about, and the laboratory says it anew."""
    goods = {"party": world.parties["neighbour"], "product": "HB-BS", "quantity": {"value": "40", "unit": "kg"}}
    batch = world.made("/api/v1/batches", {**goods, "township": "十河镇"}, "neighbour")["id"]
    reported(world, sample=drawn(world, batch))
    keep_up(world)

    assert subjects(world) == []
    assert is_sound(world)


def test_what_a_client_brought_is_no_supervision_whatever_its_report_calls_itself(world: World) -> None:
    reported(world, sample=drawn(world, sample_kind="entrusted"))
    keep_up(world)

    assert subjects(world) == []
    assert is_sound(world)


def test_a_retest_moves_the_case_of_who_was_sampled_though_the_goods_were_sold(world: World) -> None:
    sample = drawn(world)
    hand_over(world, "coop", "neighbour", LEFT)
    report = reported(world, sample=sample)
    keep_up(world)
    case = str(cases(world)[0]["id"])
    serve(world, case, "D-RESULT-NOTICE")
    step(world, case, "sample_result", "S02", "first")
    request_retest(world, case)
    items = [{"item": "T-SO2", "value": "88", "unit": "mg/kg", "method": "酸碱滴定法"}]
    more = {"retest_of": report, "items": items, "conclusion": "pass", "cma_no": "示例-000001"}
    reported(world, "other lab", "retest_report", **more)
    keep_up(world)

    assert [(row["procedure"], row["state"]) for row in cases(world)] == [("sample_result", "cleared")]
    assert is_sound(world)


def test_a_node_that_starts_anew_opens_no_second_case_when_the_sheet_was_mended(world: World) -> None:
    """It reads every report again, and one of them speaks of somebody else by then: the case that is open stays the only one."""
    sample = drawn(world, sampled=world.parties["neighbour"])
    reported(world, sample=sample)
    keep_up(world)
    mended(world, sample, sampled=world.parties["coop"])
    keep_up(world)

    assert subjects(world) == ["neighbour"]


@pytest.mark.parametrize(("sampled", "page"), [("coop", "/m/batches/{batch}"), ("neighbour", "/t/{code}")])
def test_the_notice_leads_to_a_page_of_the_goods_that_its_party_can_open(world: World, sampled: str, page: str) -> None:
    """Who sold them has a page of earlier goods; who never had them has everybody's."""
    sample = drawn(world, sampled=world.parties[sampled])
    hand_over(world, "coop", "retailer", LEFT)
    reported(world, sample=sample)
    keep_up(world)
    (row,) = cases(world)
    serve(world, row["id"], "D-RESULT-NOTICE", party=sampled)
    step(world, row["id"], "sample_result", "S02", "first")

    browser = signed_in(world, sampled)
    notice = browser.get(f"/m/notices/{row['id']}").text
    found = set(re.findall(r'href="(/(?:m/batches|t)/[^"]+)"', notice))

    assert found == {page.format(batch=world.batch, code=world.code)}
    assert browser.get(found.pop()).status_code == 200
