"""The papers that the node makes for its own steps: numbered like every other, true, in both languages, and made once.

What stands in each is written out from documents.csv, credit.md 3 and the days of the story; days off are those of 2026.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.auditing import run_audit
from api.casework import log_own_step, log_step, opening_of
from api.documents import Prepared, paper_of
from api.documents.render import reading_lines
from credit.case_rows import progress_of
from credit.own_steps import brought_by_the_clock
from tests.api.app_parts import World
from tests.api.case_parts import (
    PENALTY,
    case_row,
    cases,
    keep_up,
    moment,
    on,
    opened,
    papers,
    run,
    running_cases,
    sampled,
    serve,
    step,
    whole,
)
from tests.api.documents.paper_parts import text_of
from trace.ledger.errors import DomainError


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_cases(tmp_path) as running:
        on(running, "2026-09-10", 13)
        yield running


@dataclass(frozen=True)
class Read:
    """A paper as it is read: `zh` and `en` by the name of the field, each line apart."""

    doc_no: str
    zh: dict[str, list[str]]
    en: dict[str, list[str]]
    page: str


def named(world: World, case: str, step: str) -> list[tuple[str, str, str]]:
    """What the log says of the papers of a step: code, number, hash."""
    return [(one.code, one.doc_no, one.hash) for one in progress_of(case_row(world, case)).papers if one.step == step]


def read(world: World, case: str, step: str) -> Read:
    """The one paper of a step, by the hash that the log names."""
    ((code, doc_no, sha256),) = named(world, case, step)
    made = papers(world).find(sha256)
    page = papers(world).read(sha256)
    assert made is not None
    assert page is not None
    assert (made.code, made.doc_no, made.case, made.step) == (code, doc_no, case, step)
    paper = paper_of(made, is_demonstration=False)
    zh, en = (
        {line.name: [text_of(str(one)).strip() for one in line.text] for line in reading_lines(paper, lang)}
        for lang in ("zh", "en")
    )
    return Read(doc_no, zh, en, text_of(page.decode()))


def published(world: World, **paper: str) -> str:
    """A general penalty that is shown from 2026-09-10 on: its twelve months count from the document."""
    said = {**PENALTY, "paper": {**PENALTY["paper"], **paper}}
    case = opened(world, "penalty_record", "P01", "first", **said)
    step(world, case, "penalty_record", "P05", "second")
    for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE"):
        serve(world, case, code)
    step(world, case, "penalty_record", "P06", "first")
    step(world, case, "penalty_record", "P07", "third")
    return case


def raised(world: World) -> str:
    """The case that asks about a failed sample: served on 09-11, and nobody asked for a re-test until 09-18."""
    case = sampled(world)
    on(world, "2026-09-11")
    serve(world, case, "D-RESULT-NOTICE")
    step(world, case, "sample_result", "S02", "first")
    on(world, "2026-09-19")
    keep_up(world)
    return str(next(one["id"] for one in cases(world) if one["procedure"] == "trace_outcome"))


def repaired(world: World) -> tuple[str, str]:
    """The record N09 of that case, repaired on 2026-10-08, and the repair."""
    outcome = raised(world)
    serve(world, outcome, "D-FACT-NOTICE")
    step(world, outcome, "trace_outcome", "T02", "first")
    on(world, "2026-09-30")
    step(world, outcome, "trace_outcome", "T05", "first")
    step(world, outcome, "trace_outcome", "T06", "second")
    with world.node.reading() as reads:
        (record,) = reads.find("credit_record", ["id"], "case", [outcome])
    repair = applied(world, str(record[0]))
    on(world, "2026-10-08")
    step(world, repair, "repair", "X07", "first")
    step(world, repair, "repair", "X09", "second")
    step(world, repair, "repair", "X12", "third")
    return outcome, repair


def applied(world: World, record: str) -> str:
    before = opening_of(
        world.node,
        "repair",
        subject=world.parties["coop"],
        authority=world.parties["farming"],
        region="341602",
        target=record,
    )
    case, recorder = before.statement.chain, world.node.recorder
    payload = whole("repair", "X01", opening=before)
    said = recorder.record(
        "case_step",
        payload,
        chain=case,
        actor=world.parties["coop"],
        recorded_by="test",
        id=recorder.new_id(),
    )
    run(world, log_step(world.node, papers(world), said, before))
    return case


# ---- what stands in them ----------------------------------------------------------------------------------------------------


def test_what_ended_with_the_term_of_a_penalty_is_written_down(world: World) -> None:
    """Twelve months from 2026-09-08: the last day is 2027-09-08, and on the next nobody sees it any more."""
    case = published(world)
    on(world, "2027-10-20")  # the server was off for weeks
    keep_up(world)

    found = read(world, case, "P10")

    assert found.doc_no == "谯农〔2027〕1号"
    assert found.zh["items"] == ["P03 行政处罚 一般", "依据文书：谯农罚〔2026〕31号，2026年9月8日"]
    assert found.zh["publication"] == ["2026年9月10日起公示，期限至2027年9月8日；2027年9月9日起不再公示。"]
    assert found.zh["sharing_recipients"] == ["没有登记的共享接收方，没有需要另行通知的接收方。"]
    assert found.zh["measures"] == ["没有因此终止的措施。"]
    assert found.zh["at"] == ["2027年9月9日"]
    assert (found.zh["date"], found.zh["authority"]) == (["2027年10月20日"], ["示例farming"])
    assert found.en["publication"] == [
        "Published from 10 Sep 2026, for a term until 8 Sep 2027; no longer from 9 Sep 2027 on."
    ]
    assert found.en["at"] == ["9 Sep 2027"]
    assert "本文书由系统按照程序自动生成，无须签名。" in found.page
    assert "登记人（签名）" not in found.page
    for text in ("终止公示、共享、措施清单", "谯农〔2027〕1号", *found.zh["items"], *found.zh["publication"]):
        assert text in found.page
    assert run_audit(world.node.settings, world.node.genesis, envelopes=False).ok


def test_why_a_question_was_raised_names_rule_and_event(world: World) -> None:
    case = raised(world)
    with world.node.reading() as reads:
        index = next(one.index for one in reads.chain_rows(world.batch) if b'"lab_report"' in one.statement)

    found = read(world, case, "T01")

    assert found.doc_no == "谯农〔2026〕1号"
    assert found.zh["reasons"] == [
        "适用规则：信用目录credit_catalogue@1，条目N09（监督抽查不合格(终局)）。",
        f"触发事实：检验报告监2026-0117，2026年9月10日，账本第{index}号。",
        "当事人在5个工作日内没有申请复检，结论已经确定。",
        "系统只提出问题，不作认定：先告知当事人并听取说明，再由两名工作人员分别确认。",
    ]
    assert "经办人（签名）" not in found.page
    assert found.en["reasons"][:2] == [
        "Rule: credit_catalogue@1, item N09 (Supervision sample failed, final).",
        f"What happened: Laboratory report 监2026-0117, 10 Sep 2026, entry {index}.",
    ]


def test_a_repair_writes_down_what_it_ended_in_both_cases(world: World) -> None:
    outcome, repair = repaired(world)

    of_record, of_repair = read(world, outcome, "T18"), read(world, repair, "X14")

    assert [of_record.doc_no, of_repair.doc_no] == ["谯农〔2026〕1号", "谯农〔2026〕2号"]
    for found in (of_record, of_repair):
        assert found.zh["items"] == ["N09 监督抽查不合格(终局)"]
        assert found.zh["publication"] == ["该信息从未公示。"]
        assert found.zh["measures"] == ["S08 入市加严查验：2026年9月30日起适用，2026年10月8日起不再适用。"]
        assert found.zh["at"] == ["2026年10月8日"]
    assert case_row(world, outcome)["state"] == "ended"
    assert run_audit(world.node.settings, world.node.genesis, envelopes=False).ok


def test_a_revocation_that_nobody_decided_says_so_and_stops_nothing_else(world: World) -> None:
    """Told on 2026-10-09 that the repair may be revoked: twenty working days end on 11-05 (10-10 is a worked Saturday)."""
    _, repair = repaired(world)
    on(world, "2026-10-09")
    step(world, repair, "repair", "X20", "third")
    on(world, "2026-11-06")
    keep_up(world)

    found = read(world, repair, "X22")

    assert found.zh["reasons"] == [
        "办理期限到2026年11月5日为止，其间没有人作出决定。按照程序表第X22行，到期自动办理：不予撤销。"
    ]
    assert case_row(world, repair)["state"] == "done"
    assert run_audit(world.node.settings, world.node.genesis, envelopes=False).ok


# ---- numbers, and what breaks off -------------------------------------------------------------------------------------------


def test_several_steps_at_once_each_get_their_number(world: World) -> None:
    """Two penalties whose terms ended while the server was off."""
    first = published(world)
    second = published(world, number="谯农罚〔2026〕32号", hash="cd" * 32)
    on(world, "2028-01-10")
    keep_up(world)
    keep_up(world)

    assert [read(world, one, "P10").doc_no for one in (first, second)] == ["谯农〔2028〕1号", "谯农〔2028〕2号"]
    assert [read(world, one, "P10").zh["at"] for one in (first, second)] == [["2027年9月9日"]] * 2


def test_what_broke_off_before_the_log_took_it_costs_no_second_number(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The paper is made, then the node falls; it starts again and says the same step."""
    case = published(world)
    on(world, "2027-09-09", 0)

    def falls(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(world.node.log, "put", falls)
        with pytest.raises(OSError, match="full"):
            keep_up(world)
    before = of_step(world, case, "P10")
    keep_up(world)

    assert [one.doc_no for one in before] == ["谯农〔2027〕1号"]
    assert of_step(world, case, "P10") == before
    assert named(world, case, "P10") == [("D-END-NOTE", before[0].doc_no, before[0].sha256)]


def test_a_question_that_broke_off_is_raised_with_the_same_paper(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The case that it opens is a new one; tried again it is the same, and so is its note."""
    case = sampled(world)
    on(world, "2026-09-11")
    serve(world, case, "D-RESULT-NOTICE")
    step(world, case, "sample_result", "S02", "first")
    on(world, "2026-09-19")

    def falls(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(world.node.log, "put", falls)
        for _ in range(2):
            with pytest.raises(OSError, match="full"):
                keep_up(world)
    keep_up(world)
    outcome = str(next(one["id"] for one in cases(world) if one["procedure"] == "trace_outcome"))

    assert [one.doc_no for one in papers(world).of_case(outcome)] == ["谯农〔2026〕1号"]
    assert read(world, outcome, "T01").doc_no == "谯农〔2026〕1号"


def test_a_step_that_is_repeated_is_refused_and_makes_no_second_paper(world: World) -> None:
    case = published(world)
    on(world, "2027-09-09", 0)
    (own,) = brought_by_the_clock(case_row(world, case), moment("2027-09-09", 0))
    run(world, log_own_step(world.node, papers(world), own))
    before = of_step(world, case, "P10")

    with pytest.raises(DomainError) as refused:
        run(world, log_own_step(world.node, papers(world), own))

    assert refused.value.code == "case-not-from-here"
    assert of_step(world, case, "P10") == before
    assert named(world, case, "P10") == [("D-END-NOTE", before[0].doc_no, before[0].sha256)]


def of_step(world: World, case: str, step: str) -> list[Prepared]:
    return papers(world).of_case(case, step)
