"""Can a laboratory put its own report right, are both versions kept, and is the hold judged again by what counts then?

农产品质量安全法 art. 27 bars altered records: what was first said stays in the log, on the laboratory's page and on everybody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from tests.api.app_parts import AT, NOW, World
from tests.api.office_parts import KEYS, running_offices, sign
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import seen_form
from tests.api.pages.test_lab_pages import filled, form_at, items_of, line_of, named, sample, send
from trace.ledger.canonical import decode_value
from trace.queries import find_batch, open_holds

TOMORROW = NOW + timedelta(hours=25)
FAILED = {"水分": "16.2"}
"""药典0212: 白芍, water at most 14.0 %."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_offices(tmp_path) as running:
        yield running


@pytest.fixture
def lab(world: World) -> Browser:
    return signed_in(world, "laboratory")


def reported(lab: Browser, path: str, conclusion: str = "fail", **results: str) -> str:
    """A report by the form; the index of its entry."""
    form = form_at(lab, path)
    answer = send(lab, form, "save", **filled(form, **(results or FAILED)), p__conclusion=conclusion)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).rpartition("/")[2]


def said_dry(lab: Browser, index: str, do: str = "save", **more: str) -> Response:
    """The report said anew: 11.8 % water, passed."""
    form = form_at(lab, f"/lab/correct/{index}")
    changed = {f"{line_of(form, '水分')}__value": "11.8", "p__conclusion": "pass", "reason": "小数点抄错", **more}
    return send(lab, form, do, **changed)


def is_held(world: World) -> bool:
    with world.node.reading() as reads:
        row = find_batch(reads.connection, world.batch)
        held = bool(open_holds(reads.connection, [world.batch]))
    assert row is not None
    assert (row["holds"] > 0) is held
    return held


def statements(world: World) -> list[Any]:
    with world.node.reading() as reads:
        return [decode_value(row.statement) for row in reads.chain_rows(world.batch)]


def restated(world: World) -> Any:
    """What the only correction says."""
    (said,) = [one for one in statements(world) if one["kind"] == "correction"]
    return said["payload"]["restated"]


def test_the_form_begins_with_what_the_report_says(world: World, lab: Browser) -> None:
    index = reported(lab, named(world))

    form = form_at(lab, f"/lab/correct/{index}")

    water = line_of(form, "水分").replace("__", ".")
    assert water == "p.items.0"  # what was reported stands first, what might have been behind it
    assert (form.values(f"{water}.value"), form.values(f"{water}.limit")) == (["16.2"], ["14.0"])
    assert (form.values("p.report_no"), form.values("p.conclusion")) == (["SL-1"], ["fail"])
    assert "芍药苷" in items_of(form)
    assert f'href="/lab/correct/{index}"' in lab.get(f"/lab/reports/{index}").text


def test_a_failure_said_anew_as_a_pass_lifts_its_hold_and_both_stay_to_be_read(world: World, lab: Browser) -> None:
    index = reported(lab, named(world))
    assert is_held(world)

    check = said_dry(lab, index, "check")
    assert "更正后，这份报告不再扣留货物" in check.text
    assert "小数点抄错" in check.text
    answer = send(lab, seen_form(check.text), "save")
    assert answer.status_code == 303, answer.text
    after, before = lab.get(answer.headers["location"]).text, lab.get(f"/lab/reports/{index}").text

    assert not is_held(world)
    reports = [one for one in statements(world) if one["kind"] in ("lab_report", "correction")]
    assert [one["kind"] for one in reports] == ["lab_report", "correction"]
    assert reports[0]["payload"]["conclusion"] == "fail"
    assert reports[1]["corrects"] == reports[0]["id"]
    assert reports[1]["payload"]["restated"]["payload"]["conclusion"] == "pass"
    for words in ("16.2", "不合格", "已更正，以更正的记录为准。"):
        assert words in before
    assert f'href="{answer.headers["location"]}"' in before
    assert f'href="/lab/reports/{index}"' in after
    for words in ("11.8", "小数点抄错", "按更正后的内容，这份报告不扣留货物。"):
        assert words in after
    listed = lab.get("/lab/").text
    assert "已更正，以更正的记录为准。" in listed
    assert "小数点抄错" in world.get(f"/t/{world.code}", Accept="text/html").text


def test_lines_that_were_not_touched_say_no_more_than_they_said(world: World, lab: Browser) -> None:
    """Sent by another program, without the limit that the form would have written beside the figure."""
    water = {"item": "水分", "value": "<12", "unit": "%"}
    told = {"items": [water], "report_no": "SL-9", "conclusion": "pass", "tested_on": "2026-09-10"}
    body = {"kind": "lab_report", "occurred_at": AT, "payload": told}
    made = world.made(f"/api/v1/batches/{world.batch}/events", body, "laboratory")

    answer = send(lab, form_at(lab, f"/lab/correct/{made['index']}"), "save", p__report_no="SL-10", reason="编号写错")

    assert answer.status_code == 303, answer.text
    assert restated(world) == {"kind": "lab_report", "occurred_at": AT, "payload": {**told, "report_no": "SL-10"}}


def test_a_pass_said_anew_as_a_failure_holds_the_batch(world: World, lab: Browser) -> None:
    index = reported(lab, named(world), "pass", 水分="11.8")
    form = form_at(lab, f"/lab/correct/{index}")
    changed = {f"{line_of(form, '水分')}__value": "16.2", "p__conclusion": "fail", "reason": "样品编号抄错"}

    check = send(lab, form, "check", **changed)
    assert "这份报告会扣留这批货" in check.text
    page = lab.get(send(lab, seen_form(check.text), "save").headers["location"]).text

    assert is_held(world)
    assert 'class="band band-hold"' in page
    assert "按更正后的内容，这批货因这份报告被扣留" in page


def test_a_report_that_there_never_was_leaves_its_sample_to_be_reported_on(world: World, lab: Browser) -> None:
    path = named(world)
    index = reported(lab, path)
    form = form_at(lab, f"/lab/correct/{index}?how=void")

    check = send(lab, form, "check", reason="发到别的样品上了")
    assert "它的样品可以重新出报告" in check.text
    page = lab.get(send(lab, seen_form(check.text), "save").headers["location"]).text

    assert not is_held(world)
    assert "已说明没有发生，不再计算。" in page
    home = lab.get("/lab/").text
    assert f'href="{path}"' in home
    assert f'href="/lab/reports/{index}"' in home
    assert "已说明没有发生，不再计算。" in home
    assert f"/lab/correct/{index}" not in lab.get(f"/lab/reports/{index}").text
    assert lab.get(f"/lab/correct/{index}").status_code == 404


def test_number_and_kind_follow_the_sample_that_the_laboratory_meant(world: World, lab: Browser) -> None:
    index = reported(lab, named(world), "pass", 水分="11.8")
    sample(world, "CY-8", laboratory=world.parties["laboratory"], sample_kind="self")
    sample(world, "CY-9")  # for nobody: not offered
    page = lab.get(f"/lab/correct/{index}").text
    form = seen_form(page)
    offered = [one for one in re.findall(r'name="p\.sample" value="([^"]*)"', page) if one]
    (chosen,) = [one for one in offered if [one] != form.values("p.sample")]
    assert len(offered) == 2

    answer = send(lab, form, "save", p__sample=chosen, reason="样品选错了")

    assert answer.status_code == 303, answer.text
    told = restated(world)["payload"]
    assert (told["sample_no"], told["report_kind"]) == ("CY-8", "self")
    assert f"{told['sample']['chain']}.{told['sample']['seq']}.{told['sample']['leaf']}" == chosen
    assert "样品CY-7" in lab.get("/lab/").text  # the first one waits again


def test_after_a_day_an_official_signs_beside_and_only_then_it_counts(world: World, lab: Browser) -> None:
    index = reported(lab, named(world))
    world.clock.at = TOMORROW
    lab = signed_in(world, "laboratory")

    answer = said_dry(lab, index)
    waits = str(answer.headers["location"])

    assert waits.startswith("/lab/waiting/")
    page = lab.get(waits).text
    assert "等一名监管人员签名，到2026年9月21日 13:00为止" in page
    assert "原来不合格，改为合格" in page
    assert is_held(world)
    assert lab.get(f"/lab/correct/{index}").headers["location"] == waits
    report = lab.get(f"/lab/reports/{index}").text
    assert f'href="{waits}"' in report
    assert f'href="/lab/correct/{index}"' not in report
    assert f'href="{waits}"' in lab.get("/lab/").text

    official = signed_in(world, "third")
    assert sign(official, waits.replace("/lab/waiting/", "/desk/sign/"), KEYS["third"]).status_code == 303

    assert not is_held(world)
    said = next(one for one in statements(world) if one["kind"] == "correction")
    assert (said["actor"], said["custody"], len(said["proof"])) == (world.parties["laboratory"], "platform", 2)
    logged = lab.get(waits).text
    assert "更正已记入账本第" in logged
    assert 'href="/lab/reports/' in logged
    assert waits not in lab.get("/lab/").text


def test_the_laboratory_takes_back_what_nobody_has_signed(world: World, lab: Browser) -> None:
    index = reported(lab, named(world))
    world.clock.at = TOMORROW
    lab = signed_in(world, "laboratory")
    waits = str(said_dry(lab, index).headers["location"])
    lab.get(waits)

    assert lab.post(waits, {"do": "withdraw"}).status_code == 303

    assert "已由提交人撤回" in lab.get(waits).text
    assert waits not in lab.get("/lab/").text
    assert is_held(world)
    assert form_at(lab, f"/lab/correct/{index}").values("p.conclusion") == ["fail"]


def test_goods_that_were_split_on_the_report_s_word_ask_for_a_second_person_at_once(world: World, lab: Browser) -> None:
    index = reported(lab, named(world), "pass", 水分="11.8")
    coop = signed_in(world, "coop")
    assert send(coop, form_at(coop, f"/m/split/{world.batch}?parts=2"), "save").status_code == 303

    form = form_at(lab, f"/lab/correct/{index}")
    answer = send(lab, form, "save", p__conclusion="no-judgement", reason="写错了")

    assert str(answer.headers["location"]).startswith("/lab/waiting/")


def test_a_report_longer_than_a_form_keeps_its_lines(world: World, lab: Browser) -> None:
    items = [{"item": f"示例物质{n}", "value": "<0.01", "unit": "mg/kg"} for n in range(41)]
    told = {"items": items, "report_no": "SL-41", "conclusion": "pass", "tested_on": "2026-09-10"}
    body = {"kind": "lab_report", "occurred_at": AT, "payload": told}
    made = world.made(f"/api/v1/batches/{world.batch}/events", body, "laboratory")

    page = lab.get(f"/lab/correct/{made['index']}").text
    answer = send(lab, seen_form(page), "save", p__report_no="SL-42", reason="编号写错")

    assert "这份报告有41行结果" in page
    assert answer.status_code == 303, answer.text
    assert restated(world)["payload"] == {**told, "report_no": "SL-42"}


def test_a_retest_is_said_anew_and_the_hold_of_the_first_report_stands_again(world: World, lab: Browser) -> None:
    reported(lab, named(world))
    body = {"name": "另一检测中心", "legal_form": "institution", "roles": ["laboratory"], "region": "341602"}
    world.parties["other lab"] = world.made("/api/v1/parties", body, "official")["id"]
    world.add_token("other lab", "laboratory", party=world.parties["other lab"])
    other = signed_in(world, "other lab")
    first = next(row for row in statements(world) if row["kind"] == "lab_report")
    seq = statements(world).index(first)
    index = reported(other, f"/lab/reports/new?report={world.batch}.{seq}", "pass", 水分="11.8")
    assert not is_held(world)
    form = form_at(other, f"/lab/correct/{index}")
    assert "SL-1" in other.get(f"/lab/correct/{index}").text  # which report it tests again, by its number

    changed = {f"{line_of(form, '水分')}__value": "15.1", "p__conclusion": "fail", "reason": "取错平行样"}
    check = send(other, form, "check", **changed)
    assert "复检仍不合格" in check.text
    assert send(other, seen_form(check.text), "save").status_code == 303

    assert is_held(world)


@pytest.mark.parametrize("how", ["", "?how=void"])
def test_a_correction_says_why(world: World, lab: Browser, how: str) -> None:
    index = reported(lab, named(world))
    size = world.size

    answer = send(lab, form_at(lab, f"/lab/correct/{index}{how}"), "save")

    assert (answer.status_code, world.size) == (422, size)
    assert 'href="#f-reason"' in answer.text


def test_what_is_no_report_is_not_mended_here(world: World, lab: Browser) -> None:
    path = named(world)
    drawn = world.get(f"/api/v1/batches/{world.batch}/events").json()["items"]
    index = reported(lab, path)
    said_dry(lab, index)
    correction = next(row for row in range(world.size - 1, 0, -1) if _kind_at(world, row) == "correction")

    for other in (drawn[0]["index"], correction, "9999999", "x", "٣"):
        assert lab.get(f"/lab/correct/{other}").status_code == 404, other
    assert lab.get(f"/lab/reports/{correction}").status_code == 200
    for who in ("coop", "official", "auditor"):
        assert signed_in(world, who).get(f"/lab/correct/{index}").status_code == 403


def _kind_at(world: World, index: int) -> str:
    with world.node.reading() as reads:
        (row,) = reads.rows(index, index + 1)
    said: Any = decode_value(row.statement)
    return str(said["kind"])


def test_the_pages_speak_english_too(world: World) -> None:
    lab = signed_in(world, "laboratory", "en")
    index = reported(lab, named(world))

    check = said_dry(lab, index, "check")
    assert "As corrected, the report holds nothing" in check.text
    page = lab.get(send(lab, seen_form(check.text), "save").headers["location"]).text

    assert "As it reads now, the report holds nothing." in page
    assert "Before and after" in page
    assert "Corrected: the later record counts." in lab.get(f"/lab/reports/{index}").text
