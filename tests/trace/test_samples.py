"""A report and its sample: what is no sample is refused, what was drawn from other goods shows nothing of these (G08)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trace.ledger.errors import Invalid, Refused
from trace.ledger.submission import Receipt

from .control_parts import FIRST, KEYS, LAB, MARKET, SECOND, Control, control, kg, named

FIELD, OTHER = "f" * 22, "e" * 22
SAMPLE = {"sample_no": "S-1", "sample_kind": "entrusted", "quantity": kg("1")}
REPORT: dict[str, Any] = {
    "items": [{"item": "T-SO2", "value": "12", "unit": "mg/kg", "judgement": "pass"}],
    "conclusion": "pass",
    "report_no": "JC-1",
    "cma_no": "241200000001",
    "tested_on": "2026-09-05",
    "sample_no": "S-1",
    "report_kind": "entrusted",
}
FAILED = {
    **REPORT,
    "items": [{"item": "T-SO2", "value": "620", "unit": "mg/kg", "judgement": "fail"}],
    "conclusion": "fail",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Control]:
    """Two batches of one grower, grown and harvested."""
    with control(tmp_path) as found:
        for batch in (FIELD, OTHER):
            found.open(batch)
            found.say(batch, "harvest", {"quantity": kg("1000")}, at="2026-08-20T17:00:00+08:00")
        yield found
    assert found.check(tmp_path).ok


def sampled(world: Control, batch: str) -> dict[str, Any]:
    return named(world.say(batch, "sample_taken", SAMPLE, actor=LAB))


def reported(world: Control, batch: str, sample: dict[str, Any], said: dict[str, Any] = REPORT, **more: Any) -> Receipt:
    return world.say(batch, "lab_report", {**said, "sample": sample, **more}, actor=LAB)


def admitted(world: Control, batch: str) -> Receipt:
    """By a market that has seen no paper of its own."""
    return world.say(
        batch, "market_admission", {"decision": "admitted", "market": "示例市场", "quantity": kg("100")}, actor=MARKET
    )


def asked(world: Control) -> set[tuple[str, str]]:
    """Open questions but those after fields that a laboratory owes and these short reports leave out."""
    return {one for one in world.flags() if one[1] != "fields-missing"}


def test_a_report_on_the_batch_s_own_sample_opens_the_market(world: Control) -> None:
    reported(world, FIELD, sampled(world, FIELD))

    admitted(world, FIELD)

    assert asked(world) == set()


def test_a_report_on_another_batch_s_sample_is_logged_and_never_opens_the_market(world: Control) -> None:
    reported(world, FIELD, sampled(world, OTHER))

    with pytest.raises(Refused) as refused:
        admitted(world, FIELD)

    assert refused.value.code == "market-entry-refused"
    assert asked(world) == {(FIELD, "sample-of-another-batch")}
    assert world.held() == set()


def test_a_failed_report_holds_until_its_laboratory_says_which_goods_it_meant(world: Control) -> None:
    """A wrong reference is no way to make a failure vanish; said anew on the other batch, it leaves this one free."""
    report = reported(world, FIELD, sampled(world, OTHER), FAILED)
    assert world.held() == {(FIELD, "G17@1", False)}

    said: dict[str, Any] = {"corrects": report.id, "reason": "记错了批次", "actor": LAB, "beside": (KEYS[FIRST],)}
    world.say(FIELD, "correction", {"did_not_occur": True}, **said)

    assert (world.held(), asked(world)) == (set(), set())


def test_once_the_laboratory_names_the_right_sample_the_report_counts(world: Control) -> None:
    report = reported(world, FIELD, sampled(world, OTHER))
    right = {**REPORT, "sample": sampled(world, FIELD)}
    restated = {"kind": "lab_report", "occurred_at": "2026-09-10T08:00:00+08:00", "payload": right}

    world.say(FIELD, "correction", {"restated": restated}, actor=LAB, corrects=report.id, reason="样品选错了")

    assert asked(world) == set()
    admitted(world, FIELD)


def test_a_hold_is_not_lifted_on_another_batch_s_sample(world: Control) -> None:
    """As clean and as late as it is: only a test of the goods that failed frees them."""
    failed = {**FAILED, "items": [{**FAILED["items"][0], "method": "ChP 2331"}]}
    reported(world, FIELD, sampled(world, FIELD), failed)
    clean = {**REPORT, "items": [{**REPORT["items"][0], "method": "ChP 2331"}], "tested_on": "2026-09-06"}
    foreign = reported(world, FIELD, sampled(world, OTHER), clean)
    own = reported(world, FIELD, sampled(world, FIELD), clean)

    with pytest.raises(Refused) as refused:
        lift(world, foreign)
    assert (refused.value.code, world.held()) == ("release-without-evidence", {(FIELD, "G17@1", False)})
    lift(world, own)

    assert world.held() == set()


def lift(world: Control, report: Receipt) -> None:
    said = {
        "hold": world.hold(FIELD),
        "ground": "officials",
        "reason_text": "返工后复检合格",
        "evidence": [named(report)],
    }
    world.say(FIELD, "hold_released", said, actor=FIRST, beside=(KEYS[SECOND],))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"sample_no": "S-2"}, {"sample-number-differs"}),
        ({"report_kind": "supervision"}, {"sample-kind-differs"}),
        ({"sample_no": "S-2", "report_kind": "supervision"}, {"sample-kind-differs"}),
    ],
)
def test_what_a_report_says_otherwise_than_its_sample_is_asked_about(
    world: Control, more: dict[str, str], why: set[str]
) -> None:
    """payloads.csv, report_kind: must equal the sample's. One question a report; its verdict names every reason."""
    reported(world, FIELD, sampled(world, FIELD), **more)

    assert {reason for _, reason in asked(world)} == why


def test_what_is_no_sample_is_no_sample_of_a_report(world: Control) -> None:
    opened = world.open("h" * 22)
    size = world.node.log.size

    with pytest.raises(Invalid) as refused:
        reported(world, FIELD, named(opened))

    assert (refused.value.code, refused.value.faults[0].pointer) == ("bad-reference", "/payload/sample")
    assert world.node.log.size == size
    report = reported(world, FIELD, sampled(world, FIELD))
    size = world.node.log.size
    restated = {"kind": "lab_report", "occurred_at": "2026-09-10T08:00:00+08:00"}
    wrong = {**restated, "payload": {**REPORT, "sample": named(opened)}}
    with pytest.raises(Invalid) as again:
        world.say(FIELD, "correction", {"restated": wrong}, actor=LAB, corrects=report.id, reason="写错了")
    assert (again.value.faults[0].pointer, world.node.log.size) == ("/payload/restated/payload/sample", size)
