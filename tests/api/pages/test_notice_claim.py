"""Before a party is asked to answer it reads what is claimed, which figures were found, and on which evidence that rests."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.app_parts import AT, World
from tests.api.case_parts import FAILED, PENALTY, cases, keep_up, on, opened, running_cases, sampled, serve, step
from tests.api.files.file_bytes import PDF
from tests.api.page_parts import signed_in
from tests.api.pages.forms.html_forms import seen_form, told_lines
from tests.api.pages.test_desk_case_steps import asked, serve_links, signs
from tests.api.test_casework import reported
from tests.api.test_sampled_party import drawn

LISTED = {
    "d.D-LIST-NOTICE.facts": "当事人在饮片中掺入增重粉，货值三万元。\n抽检报告两份。",
    "d.D-LIST-NOTICE.grounds_articles": "药品管理法第一百一十七条",
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_cases(tmp_path) as running:
        on(running, "2026-09-10", 13)
        yield running


def part(page: str, name: str) -> str:
    """One section of the page, by the id of its heading."""
    found = re.search(rf'<section aria-labelledby="{name}">(.*?)</section>', page, re.DOTALL)
    return found[1] if found else ""


def text(page: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", " ", page)))


def notice(world: World, case: str, lang: str = "zh-CN") -> str:
    answer = signed_in(world, "coop", lang).get(f"/m/notices/{case}")
    assert answer.status_code == 200, answer.text
    return answer.text


def noticed(world: World, **values: str) -> str:
    """A listing of which the prior notice was made at the desk and handed over."""
    case = opened(world, "listing", "L01", "first", authority="market office")
    signs(world, "second", f"/desk/cases/{case}/steps/L03", guard="true", **values)
    path = f"/desk/cases/{case}/steps/L04"
    for link in serve_links(signed_in(world, "third").get(path)):
        signs(world, "third", link, method="receipt", served_on="2026-09-10", receiver="王某")
    signs(world, "third", path)
    return case


def test_what_failed_is_read_with_value_unit_limit_report_and_sample(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = {"item": "T-MOIST", "value": "11.2", "unit": "%", "limit": "14.0", "judgement": "pass"}
    monkeypatch.setitem(FAILED, "items", [*FAILED["items"], passed])  # type: ignore[misc]
    monkeypatch.setitem(FAILED, "sample_no", "监抽-2026-07")
    case = sampled(world)

    zh, en = (part(notice(world, case, lang), "evidence") for lang in ("zh-CN", "en"))

    assert "检验报告监2026-0117，2026年9月10日" in text(zh)
    assert told_lines(zh)["二氧化硫残留量"] == "412\u00a0mg/kg，限值150\u00a0mg/kg，不合格"
    assert told_lines(zh)["样品编号"] == "监抽-2026-07"
    assert told_lines(zh)["检验结论"] == "不合格"
    assert "检验机构" in told_lines(zh)
    assert "11.2" not in zh  # what passed is no charge
    assert told_lines(en)["Sulphur dioxide residue"] == "412\u00a0mg/kg, limit 150\u00a0mg/kg, fail"


def test_a_report_without_limit_or_judgement_says_so_and_shows_every_figure(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FAILED, "items", [{"item": "T-SO2", "value": "412", "unit": "mg/kg"}])

    shown = told_lines(part(notice(world, sampled(world)), "evidence"))

    assert shown["二氧化硫残留量"] == "412\u00a0mg/kg，限值报告未列，未判定"


def test_the_form_of_a_retest_has_the_number_of_the_sample_that_the_report_cites(world: World) -> None:
    """The report names the sample's entry and no number of its own; the number stands in the record of the sampling."""
    taken = {
        "sample_no": "JD-2026-02",
        "sample_kind": "supervision",
        "quantity": {"value": "1", "unit": "kg"},
        "seal_no": "FQ-1",
        "task_no": "谯监抽2026-09",
        "samplers": ["示例抽样人甲", "示例抽样人乙"],
    }
    body = {"kind": "sample_taken", "occurred_at": AT, "payload": taken}
    made = world.made(f"/api/v1/batches/{world.batch}/events", body, "laboratory")
    FAILED["sample"] = {name: made[name] for name in ("chain", "seq", "leaf")}
    try:
        case = sampled(world)
    finally:
        del FAILED["sample"]
    served(world, case)

    form = seen_form(signed_in(world, "coop").get(f"/m/notices/{case}/S04").text)

    assert form.values("sample_no") == ["JD-2026-02"]
    assert told_lines(part(notice(world, case), "evidence"))["样品编号"] == "JD-2026-02"


def served(world: World, case: str) -> None:
    serve(world, case, "D-RESULT-NOTICE")
    step(world, case, "sample_result", "S02", "first")


def test_where_no_number_was_told_the_form_of_a_retest_names_the_report(world: World) -> None:
    case = sampled(world)
    served(world, case)

    (number,) = seen_form(signed_in(world, "coop").get(f"/m/notices/{case}/S04").text).values("sample_no")

    assert re.fullmatch("没有写明样品编号；检验报告监2026-0117，2026年9月10日，账本第[0-9]+号", number)


def test_the_facts_and_grounds_of_a_served_notice_are_read_in_the_words_of_the_paper(world: World) -> None:
    page = notice(world, noticed(world, **LISTED))
    shown = told_lines(part(page, "claim"))

    assert shown["事实"] == "当事人在饮片中掺入增重粉，货值三万元。\n抽检报告两份。"
    assert shown["理由和依据的条款"] == "药品管理法第一百一十七条"
    assert re.search("列入严重违法失信名单告知书（[^）]*〔2026〕[0-9]+号）", text(part(page, "claim")))
    assert page.index('id="claim"') < page.index('id="rights"')


def test_labels_of_a_claim_are_english_and_its_words_stay_chinese(world: World) -> None:
    shown = part(notice(world, noticed(world, **LISTED), "en"), "claim")

    assert "当事人在饮片中掺入增重粉" in shown
    assert "What is claimed, and on what grounds" in shown


def test_a_paper_that_was_not_handed_over_is_not_read_here(world: World) -> None:
    """The office has drafted another notice for the same step; the party has one."""
    case = noticed(world, **LISTED)
    other = {**LISTED, "d.D-LIST-NOTICE.facts": "另一份没有送达的草稿"}
    second = opened(world, "listing", "L01", "first", authority="market office", party="neighbour")
    asked(signed_in(world, "second"), f"/desk/cases/{second}/steps/L03", guard="true", **other)

    assert "另一份没有送达的草稿" not in notice(world, case)
    assert signed_in(world, "neighbour").get(f"/m/notices/{second}").status_code == 404


def test_the_report_behind_a_fact_is_evidence_that_its_owner_opens(world: World) -> None:
    case = sampled(world)
    with world.node.reading() as reads:
        index = next(row.index for row in reads.chain_rows(world.batch) if b'"lab_report"' in row.statement)

    page = notice(world, case)
    evidence = part(page, "evidence")

    assert f'href="/m/batches/{world.batch}"' in page
    assert f'href="/m/records/{index}"' in evidence
    assert signed_in(world, "coop").get(f"/m/records/{index}").status_code == 200


def test_a_fact_to_be_checked_shows_the_report_that_it_rests_on(world: World) -> None:
    case = sampled(world)
    on(world, "2026-09-11")
    served(world, case)
    on(world, "2026-09-19")
    keep_up(world)
    outcome = str(next(one["id"] for one in cases(world) if one["procedure"] == "trace_outcome"))
    serve(world, outcome, "D-FACT-NOTICE")
    step(world, outcome, "trace_outcome", "T02", "first")

    shown = part(notice(world, outcome), "evidence")

    assert told_lines(shown)["二氧化硫残留量"] == "412\u00a0mg/kg，限值150\u00a0mg/kg，不合格"
    assert text(shown).count("检验报告监2026-0117") == 1


def test_the_document_of_a_penalty_is_evidence_that_its_party_opens(world: World) -> None:
    app: Any = world.client.app
    sha256 = str(app.state.files.keep(PDF, world.parties["coop"]))
    paper = {**PENALTY["paper"], "hash": sha256}  # type: ignore[dict-item]
    case = opened(world, "penalty_record", "P01", "first", **{**PENALTY, "paper": paper})
    step(world, case, "penalty_record", "P05", "second")
    for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE"):
        serve(world, case, code)
    step(world, case, "penalty_record", "P06", "first")

    evidence = part(notice(world, case), "evidence")

    assert f'href="/m/files/{sha256}"' in evidence
    assert "谯农罚〔2026〕31号，示例农业农村局，2026年9月8日" in text(evidence)


def test_the_goods_lead_to_a_page_that_this_party_can_open(world: World) -> None:
    """The sheet names the neighbour, which never had the goods in the log; the co-op has them."""
    sample = drawn(world, sampled=world.parties["neighbour"])
    reported(world, sample=sample)
    keep_up(world)
    (case,) = (str(row["id"]) for row in cases(world))

    foreign = signed_in(world, "neighbour").get(f"/m/notices/{case}").text

    assert f'href="/t/{world.code}"' in foreign
    assert "白芍" in foreign
    assert f"/m/batches/{world.batch}" not in foreign
    assert signed_in(world, "neighbour").get(f"/t/{world.code}").status_code == 200
