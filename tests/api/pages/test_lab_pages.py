"""Can a laboratory report on the samples that were drawn for it, and on no others?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from api.pages.lab_items import completed_items, first_items
from tests.api.app_parts import AT, World, running_world
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import SeenForm, seen_form
from trace.ledger.canonical import decode_value

IN_2026 = date(2026, 9, 10)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        yield running


@pytest.fixture
def lab(world: World) -> Browser:
    return signed_in(world, "laboratory")


def sample(world: World, number: str = "CY-7", **more: Any) -> str:
    """A sample of the co-op's batch; where its report is written."""
    payload = {"sample_no": number, "sample_kind": "entrusted", "quantity": {"value": "1", "unit": "kg"}, **more}
    body = {"kind": "sample_taken", "occurred_at": AT, "payload": payload}
    made = world.made(f"/api/v1/batches/{world.batch}/events", body, "coop")
    return f"/lab/reports/new?sample={made['chain']}.{made['seq']}"


def named(world: World, number: str = "CY-7") -> str:
    return sample(world, number, laboratory=world.parties["laboratory"], seal_no="FQ-3")


def form_at(browser: Browser, path: str) -> SeenForm:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return seen_form(answer.text)


def line_of(form: SeenForm, item: str) -> str:
    """The name of the line of an analyte: p.items.3."""
    return next(name for name, value in form.fields if value == item).removesuffix(".item").replace(".", "__")


def send(browser: Browser, form: SeenForm, do: str, **changed: Any) -> Response:
    return browser.post(form.action, {**form.sent(**changed), "do": do})


def filled(form: SeenForm, **results: str) -> dict[str, str]:
    found = {f"{line_of(form, item)}__value": value for item, value in results.items()}
    return {**found, "p__report_no": "SL-1", "p__cma_no": "示例-000000"}


def last_report(world: World) -> dict[str, Any]:
    with world.node.reading() as reads:
        rows = list(reads.chain_rows(world.batch))
    found: list[Any] = [decode_value(row.statement) for row in rows]
    said: dict[str, Any] = [one for one in found if one["kind"] == "lab_report"][-1]
    return said


def test_only_samples_that_name_this_laboratory_are_listed(world: World, lab: Browser) -> None:
    empty = lab.get("/lab/").text
    unnamed, path = sample(world, "CY-OWN"), named(world)

    page = lab.get("/lab/").text

    assert "没有待检的样品" in empty
    assert f'href="{path}"' in page
    assert "样品CY-7 · 委托检验 · 2026年9月10日抽样 · 封签FQ-3" in page
    assert "CY-OWN" not in page
    assert lab.get(unnamed).status_code == 404
    assert lab.get("/lab/reports/new?sample=" + "A" * 22 + ".1").status_code == 404
    assert lab.get("/lab/reports/new").status_code == 404


def test_the_form_begins_with_what_is_tested_in_such_goods_and_the_limits_of_today(world: World, lab: Browser) -> None:
    """药典0212: 白芍, water at most 14.0 %, paeoniflorin at least 1.6 %."""
    form = form_at(lab, named(world))

    water, paeoniflorin = line_of(form, "水分").replace("__", "."), line_of(form, "芍药苷").replace("__", ".")
    assert (form.values(f"{water}.unit"), form.values(f"{water}.limit")) == (["%"], ["14.0"])
    assert (form.values(f"{paeoniflorin}.unit"), form.values(f"{paeoniflorin}.limit")) == (["%"], ["1.6"])
    assert form.values(f"{water}.value") == [""]
    assert form.values("p.tested_on") == ["2026-09-10"]


def test_what_was_used_on_the_goods_stands_first(world: World, lab: Browser) -> None:
    use = {
        "input_kind": "pesticide",
        "name": "示例杀菌剂",
        "active": ["吡虫啉"],
        "interval_days": 7,
        "interval_source": "label",
    }
    use |= {"dose": {"value": "100", "unit": "g"}, "used_from": "2026-06-01", "used_until": "2026-06-01"}
    world.made(
        f"/api/v1/batches/{world.batch}/events", {"kind": "input_use", "occurred_at": AT, "payload": use}, "coop"
    )

    form = form_at(lab, named(world))

    assert form.values("p.items.0.item") == ["吡虫啉"]


def test_a_clean_report_is_checked_sent_and_told(world: World, lab: Browser) -> None:
    path = named(world)
    form = form_at(lab, path)

    check = send(lab, form, "check", **filled(form, 水分="11.8", 芍药苷="2.7"), p__conclusion="pass")
    assert check.status_code == 200, check.text
    assert "这份报告不扣留货物。" in check.text
    saved = send(lab, seen_form(check.text), "save")
    assert saved.status_code == 303, saved.text
    page = lab.get(saved.headers["location"]).text

    assert "已收到，账本第" in page
    assert "这份报告没有扣留货物" in page
    said = last_report(world)["payload"]
    assert [(one["item"], one["value"], one["unit"], one["limit"]) for one in said["items"]] == [
        ("水分", "11.8", "%", "14.0"),
        ("芍药苷", "2.7", "%", "1.6"),
    ]
    assert (said["sample_no"], said["report_kind"], said["sample"]["chain"]) == ("CY-7", "entrusted", world.batch)
    after = lab.get("/lab/").text
    assert f'href="{path}"' not in after
    assert saved.headers["location"] in after


def test_a_failed_report_holds_the_batch_and_says_so_before_and_after(world: World, lab: Browser) -> None:
    """农产品质量安全法 art. 34: what fails a test is not sold."""
    form = form_at(lab, named(world))

    check = send(lab, form, "check", **filled(form, 水分="16.2"), p__conclusion="fail")
    assert "这份报告会扣留这批货" in check.text
    page = lab.get(send(lab, seen_form(check.text), "save").headers["location"]).text

    assert "这批货因这份报告被扣留" in page
    assert 'class="band band-hold"' in page
    assert "/m/records/" not in page


def test_a_result_below_the_quantification_limit_states_it(world: World, lab: Browser) -> None:
    form = form_at(lab, named(world))

    answer = send(lab, form, "save", **filled(form, 二氧化硫残留量="<10"), p__conclusion="pass")

    assert answer.status_code == 303, answer.text
    (line,) = last_report(world)["payload"]["items"]
    assert line == {"item": "二氧化硫残留量", "value": "<10", "unit": "mg/kg", "limit": "150", "loq": "10"}


def test_a_report_without_a_single_result_is_sent_back_with_its_words(world: World, lab: Browser) -> None:
    form = form_at(lab, named(world))
    size = world.size

    answer = send(lab, form, "check", p__report_no="SL-EMPTY", p__conclusion="pass")

    assert answer.status_code == 422
    assert 'value="SL-EMPTY"' in answer.text
    assert world.size == size


@pytest.mark.parametrize("button", ["check", "change"])
def test_lines_that_nobody_has_filled_in_yet_are_still_there_after_a_mistake(
    world: World, lab: Browser, button: str
) -> None:
    form = form_at(lab, named(world))
    wrong = {"check": "11,8x", "change": "11.8"}[button]

    answer = send(lab, form, "check", **filled(form, 水分=wrong), p__conclusion="pass")
    if button == "change":
        answer = send(lab, seen_form(answer.text), "change")
    again = seen_form(answer.text)

    assert again.values(f"{line_of(again, '水分').replace('__', '.')}.value") == [wrong]
    assert again.values(f"{line_of(again, '芍药苷').replace('__', '.')}.limit") == ["1.6"]
    assert len(items_of(again)) == len(items_of(form))


def items_of(form: SeenForm) -> list[str]:
    """The analytes of the lines that are not blank."""
    texts = (form.values(f"p.items.{at}.item") for at in range(60))
    return [text for one in texts for text in one if text]


def test_the_next_report_begins_with_what_the_last_one_said_of_the_laboratory(world: World, lab: Browser) -> None:
    form = form_at(lab, named(world))
    assert send(lab, form, "save", **filled(form, 水分="11.8"), p__conclusion="pass").status_code == 303

    again = form_at(lab, named(world, "CY-8"))

    assert again.values("p.cma_no") == ["示例-000000"]
    assert again.values("p.report_no") == [""]


@pytest.mark.parametrize("who", ["coop", "official", "auditor", "administrator"])
def test_these_pages_are_for_laboratories_alone(world: World, who: str) -> None:
    browser = signed_in(world, who)

    assert browser.get("/lab/").status_code == 403
    assert browser.post(named(world), {"do": "save"}).status_code == 403


def test_another_laboratory_sees_neither_sample_nor_report(world: World, lab: Browser) -> None:
    body = {"name": "另一检测中心", "legal_form": "institution", "roles": ["laboratory"], "region": "341602"}
    world.parties["other lab"] = world.made("/api/v1/parties", body, "official")["id"]
    world.add_token("other lab", "laboratory", party=world.parties["other lab"])
    other = signed_in(world, "other lab")
    path = named(world)
    form = form_at(lab, path)
    report = send(lab, form, "save", **filled(form, 水分="11.8"), p__conclusion="pass").headers["location"]

    assert other.get(path).status_code == 404
    assert other.post(path, {**form.sent(), "do": "save"}).status_code == 404
    assert other.get(report).status_code == 404
    assert "没有待检的样品" in other.get("/lab/").text


# ---- the lines of a report -------------------------------------------------------------------------------------------


def test_goods_without_any_limit_begin_with_what_was_used_alone() -> None:
    assert first_items("FR-ST", ["示例物质"], IN_2026)[0] == {"item": "示例物质", "unit": "mg/kg"}


def test_the_limit_is_that_of_the_day_of_the_test_where_the_form_filled_it_in() -> None:
    """二氧化硫: 150 mg/kg in both editions; a limit that the laboratory wrote itself stays."""
    begun = [{"item": "二氧化硫残留量", "value": "20", "unit": "mg/kg", "limit": "150"}]
    own = [{"item": "二氧化硫残留量", "value": "20", "unit": "mg/kg", "limit": "400"}]

    assert completed_items(begun, "HB-BS", IN_2026, date(2025, 9, 1))[0]["limit"] == "150"
    assert completed_items(own, "HB-BS", IN_2026, date(2025, 9, 1))[0]["limit"] == "400"


@pytest.mark.parametrize(
    ("value", "loq"), [("<0.01", "0.01"), ("＜0.01", "0.01"), ("<LOQ", None), ("0.3", None), ("?", None)]
)
def test_the_quantification_limit_is_read_out_of_the_result(value: str, loq: str | None) -> None:
    (line,) = completed_items([{"item": "吡虫啉", "value": value}], "HB-BS", IN_2026, IN_2026)

    assert line.get("loq") == loq
    assert line["value"] == value


def test_a_line_without_a_result_is_none() -> None:
    lines = [{"item": "水分", "unit": "%"}, {"item": "铅", "value": "0.1"}]

    assert [one["item"] for one in completed_items(lines, "HB-BS", IN_2026, IN_2026)] == ["铅"]


# ---- re-tests --------------------------------------------------------------------------------------------------------


@pytest.fixture
def other(world: World) -> Browser:
    body = {"name": "另一检测中心", "legal_form": "institution", "roles": ["laboratory"], "region": "341602"}
    world.parties["other lab"] = world.made("/api/v1/parties", body, "official")["id"]
    world.add_token("other lab", "laboratory", party=world.parties["other lab"])
    return signed_in(world, "other lab")


def failed(world: World) -> str:
    """A failed report of the first laboratory; where its re-test is written."""
    water = {"item": "水分", "value": "16.2", "unit": "%", "limit": "14.0", "judgement": "fail"}
    payload = {
        "items": [water],
        "conclusion": "fail",
        "report_no": "SL-1",
        "cma_no": "示例-0",
        "tested_on": "2026-09-10",
    }
    body = {"kind": "lab_report", "occurred_at": AT, "payload": payload}
    made = world.made(f"/api/v1/batches/{world.batch}/events", body, "laboratory")
    return f"/lab/reports/new?report={made['chain']}.{made['seq']}"


def test_a_report_to_test_again_is_found_by_the_code_of_the_goods(world: World, other: Browser, lab: Browser) -> None:
    path = failed(world)

    page = other.get(f"/lab/retests?code={world.code}").text

    assert f'href="{path}"' in page
    assert "检验报告SL-1" in page
    assert "不合格" in page
    assert "您的机构出的" not in page
    assert "您的机构出的" in lab.get(f"/lab/retests?code={world.code}").text
    assert "/lab/retests" in other.get("/lab/").text
    assert other.get("/lab/retests?code=AAAA-BBBB-CCCC").status_code == 404
    assert signed_in(world, "coop").get("/lab/retests").status_code == 403


def test_goods_without_a_report_have_nothing_to_test_again(world: World, other: Browser) -> None:
    assert "还没有检验报告" in other.get(f"/lab/retests?code={world.code}").text
    assert other.get("/lab/reports/new?report=" + "A" * 22 + ".1").status_code == 404


def test_a_clean_retest_by_another_laboratory_is_foreseen_and_lifts_the_hold(world: World, other: Browser) -> None:
    form = form_at(other, failed(world))
    assert form.values("p.items.0.item") == ["水分"]  # what failed stands first

    check = send(other, form, "check", **filled(form, 水分="11.8"), p__conclusion="pass")
    assert "初次检测造成的扣留会解除" in check.text
    page = other.get(send(other, seen_form(check.text), "save").headers["location"]).text

    assert "初次检测造成的扣留已经没有了" in page
    assert 'class="band band-hold"' not in page
    assert "复检报告" in other.get("/lab/").text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"水分": "15.0", "conclusion": "fail"}, "复检仍不合格：扣留不变"),
        ({"芍药苷": "2.7", "conclusion": "pass"}, "初次不合格的项目没有全部复检。"),
    ],
)
def test_a_retest_that_lifts_nothing_says_so_before_and_after(
    world: World, other: Browser, changed: dict[str, str], sentence: str
) -> None:
    form = form_at(other, failed(world))
    results = {name: value for name, value in changed.items() if name != "conclusion"}

    check = send(other, form, "check", **filled(form, **results), p__conclusion=changed["conclusion"])
    assert sentence in check.text
    page = other.get(send(other, seen_form(check.text), "save").headers["location"]).text

    assert "这批货仍被扣留" in page
    assert 'class="band band-hold"' in page


def test_the_first_laboratory_is_told_that_its_own_retest_counts_for_nothing(world: World, lab: Browser) -> None:
    form = form_at(lab, failed(world))

    check = send(lab, form, "check", **filled(form, 水分="11.8"), p__conclusion="pass")

    assert "复检由初次检测的机构做，不能代替初次结果。" in check.text


def test_a_sample_for_a_retest_asks_which_report_it_answers(world: World, other: Browser) -> None:
    failed(world)
    drawn = {"sample_no": "FJ-1", "sample_kind": "retest", "quantity": {"value": "1", "unit": "kg"}}
    drawn |= {"laboratory": world.parties["other lab"]}
    body = {"kind": "sample_taken", "occurred_at": AT, "payload": drawn}
    made = world.made(f"/api/v1/batches/{world.batch}/events", body, "other lab")
    form = form_at(other, f"/lab/reports/new?sample={made['chain']}.{made['seq']}")

    answer = send(other, form, "save", **filled(form, 水分="11.8"), p__conclusion="pass")

    assert answer.status_code == 303, answer.text
    with world.node.reading() as reads:
        said = [decode_value(row.statement) for row in reads.chain_rows(world.batch)]
    (told,) = [one for one in said if one["kind"] == "retest_report"]  # type: ignore[index,call-overload]
    assert (told["payload"]["sample_no"], told["payload"]["report_kind"]) == ("FJ-1", "retest")  # type: ignore[index,call-overload]
    assert told["payload"]["sample"]["seq"] == made["seq"]  # type: ignore[index,call-overload]
