"""Do the papers of a case begin with what the log knows already, so that an official types the reasons and no more?

Days are those of the State Council's notice for 2026: 10-10 (a Saturday) is worked, 10-01 to 10-07 are off.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.documents import needed_fields
from api.pages.desk_case_known import service_texts
from tests.api.app_parts import World
from tests.api.case_parts import cases, keep_up, on, running_cases, sampled, serve, step
from tests.api.page_parts import signed_in
from tests.api.pages.forms.html_forms import SeenForm, seen_form, told_lines
from tests.api.pages.test_notices import answer
from trace.events import KINDS


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """On 2026-09-21 a failure that became final on 09-19 has been told to its party."""
    with running_cases(tmp_path) as running:
        on(running, "2026-09-10", 13)
        sample = sampled(running)
        on(running, "2026-09-11")
        serve(running, sample, "D-RESULT-NOTICE")
        step(running, sample, "sample_result", "S02", "first")
        on(running, "2026-09-19")
        keep_up(running)
        on(running, "2026-09-21")
        serve(running, newest(running, "trace_outcome"), "D-FACT-NOTICE")
        step(running, newest(running, "trace_outcome"), "trace_outcome", "T02", "first")
        yield running


def newest(world: World, procedure: str) -> str:
    return str(next(row["id"] for row in reversed(cases(world)) if row["procedure"] == procedure))


def form(world: World, who: str, procedure: str, code: str) -> SeenForm:
    answer = signed_in(world, who).get(f"/desk/cases/{newest(world, procedure)}/steps/{code}")
    assert answer.status_code == 200, answer.text
    return seen_form(answer.text)


def told(world: World, who: str, procedure: str, code: str) -> dict[str, str]:
    """What the form says of its papers without asking."""
    return told_lines(signed_in(world, who).get(f"/desk/cases/{newest(world, procedure)}/steps/{code}").text)


def confirmed_form(world: World) -> SeenForm:
    on(world, "2026-09-30")
    return form(world, "second", "trace_outcome", "T05")


def test_the_entry_sheet_names_the_report_by_hash_and_day(world: World) -> None:
    with world.node.reading() as reads:
        report = next(one for one in reads.chain_rows(world.batch) if b'"lab_report"' in one.statement)

    on(world, "2026-09-30")
    found = told(world, "second", "trace_outcome", "T05")

    assert found["原文件的校验值"] == report.leaf.hex()  # it came without a file
    assert found["原文件的日期"] == "2026年9月10日"
    assert found["信用目录条目"] == "N09 监督抽查不合格(终局)"


def test_of_a_proof_of_service_only_the_place_is_typed() -> None:
    """The table of papers asks for it, the table of payloads has none: it stands in the paper, and nowhere else."""
    paper = {"document": "D-PUB-NOTICE", "doc_no": "谯市监〔2026〕1号"}
    logged = {**paper, "method": "receipt", "served_on": "2026-09-11", "receiver": "王砚秋", "proof": "5e" * 32}
    known = {name.partition(".")[2] for name in service_texts([logged])}

    typed = {one.name for one in needed_fields("D-SERVICE") if not one.is_computed} - known

    assert typed == {"place"}
    assert "place" not in KINDS["document_served"].fields


def test_an_item_without_a_class_says_so_and_on_what_it_rests(world: World) -> None:
    found = confirmed_form(world)

    assert found.values("d.D-REC-ENTRY.class") == ["不分类"]
    assert found.values("d.D-REC-ENTRY.class_basis") == ["信用目录对本条目不分轻微、一般、严重。"]
    (basis,) = found.values("d.D-REC-ENTRY.legal_basis")
    assert "农产品质量安全法" in basis
    assert "46" in basis


def test_only_the_condition_and_what_nobody_can_know_is_left_to_answer(world: World) -> None:
    found = confirmed_form(world)

    empty = [name for name, text in found.fields if name.startswith("d.") and not text]
    assert empty == []


def applied(world: World) -> None:
    """Recorded on 09-30; the repair is applied for on Thursday 10-08."""
    on(world, "2026-09-30")
    outcome = newest(world, "trace_outcome")
    step(world, outcome, "trace_outcome", "T05", "first")
    step(world, outcome, "trace_outcome", "T06", "second")
    on(world, "2026-10-08")
    coop = signed_in(world, "coop")
    page = coop.get("/m/credit").text
    path = page.partition('href="/m/repair/')[2].partition('"')[0]
    typed = {"duties_done_proof": "已销毁", "text": "依法生产", "public_consent": "不公开", "guard": "yes"}
    answer(coop, f"/m/repair/{path}", **typed)


def test_an_acceptance_knows_its_days(world: World) -> None:
    """Seven working days after Friday 10-09: 10, 12, 13, 14, 15, 16 and Monday 10-19."""
    applied(world)
    on(world, "2026-10-09")

    found = told(world, "third", "repair", "X07")

    days = [found[term] for term in ("收到时间", "受理时间", "办结期限")]
    assert days == ["2026年10月8日", "2026年10月9日", "2026年10月19日"]


def test_a_repair_decision_knows_what_ends_with_the_record(world: World) -> None:
    applied(world)
    on(world, "2026-10-09")
    repair = newest(world, "repair")
    step(world, repair, "repair", "X07", "first")
    step(world, repair, "repair", "X09", "second")

    found, known = form(world, "first", "repair", "X12"), told(world, "first", "repair", "X12")

    assert known["修复的信息"] == "N09 监督抽查不合格(终局)"
    assert known["终止的措施"] == "S08 入市加严查验"
    assert known["终止公示时间"] == "本条信息从未公示"
    assert known["停止共享时间"] == "2026年10月9日"
    assert found.values("d.D-REPAIR-DECISION.peers_told") == ["无"]
    assert found.values("d.D-REPAIR-DECISION.grounds") == [""]  # the official's own words


def test_a_proof_of_service_says_of_two_papers_what_differs() -> None:
    """A penalty's two papers, handed over on two days to two people; the number of each, the way in which both were."""
    first = {"document": "D-PUB-NOTICE", "doc_no": "谯市监〔2026〕1号", "method": "receipt", "served_on": "2026-09-11"}
    second = {
        "document": "D-REPAIR-NOTICE",
        "doc_no": "谯市监〔2026〕2号",
        "method": "receipt",
        "served_on": "2026-09-14",
    }

    texts = service_texts([{**first, "receiver": "王砚秋"}, {**second, "receiver": "李望舒"}])

    assert texts["D-SERVICE.document_no"] == "公示事先告知书 谯市监〔2026〕1号；信用修复告知书 谯市监〔2026〕2号"
    assert texts["D-SERVICE.method"] == "当面签收"
    assert texts["D-SERVICE.served_on"] == "2026-09-11；2026-09-14"
    assert texts["D-SERVICE.receiver"] == "王砚秋；李望舒"
