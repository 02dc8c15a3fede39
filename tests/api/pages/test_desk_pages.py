"""Do officials see what needs them, in their region alone, and can two of them lift a hold? Does an auditor only look?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from api.pages.desk_findings import seen_and_expected
from api.pages.names import names
from api.pages.scan_words import Words
from tests.api.app_parts import AT, REGION, SHANGHAI, STRANGER_KEY, World
from tests.api.office_parts import KEYS, running_offices, sign
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import SeenForm, seen_form
from trace.ledger.canonical import decode_value

REPORT = {
    "items": [{"item": "水分", "value": "16.2", "unit": "%"}],
    "report_no": "SL-9",
    "conclusion": "fail",
    "tested_on": "2026-09-10",
    "issued_on": "2026-09-10",
    "cma_no": "示例-000000",
}
ROOMS = ("/desk/", "/desk/batches", "/desk/batches?show=all", "/desk/flags", "/desk/parties")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """With a held batch, its part, and a question; for tests that only look."""
    with running_offices(tmp_path_factory.mktemp("desk")) as running:
        fill(running)
        yield running


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    with running_offices(tmp_path) as running:
        fill(running)
        yield running


def fill(world: World) -> None:
    """A split, then a failed report on the parent, which holds both; a yield that is asked about."""
    outputs = [{"quantity": {"value": "100", "unit": "kg"}}, {"quantity": {"value": "200", "unit": "kg"}}]
    events = f"/api/v1/batches/{world.batch}/events"
    world.made(events, {"kind": "batch_split", "payload": {"outputs": outputs}}, "coop")
    harvest = {"quantity": {"value": "9000", "unit": "kg"}, "area_mu": "1"}
    world.made(events, {"kind": "harvest", "occurred_at": AT, "payload": harvest}, "coop")
    world.made(events, {"kind": "lab_report", "occurred_at": AT, "payload": REPORT}, "laboratory")
    world.add_token("no party", "official", region=REGION)
    world.add_token("office elsewhere", "official", party=world.parties["far"], region=SHANGHAI)


def chain(world: World, kind: str) -> list[tuple[int, dict[str, Any]]]:
    """Number and statement of the records of a kind on the batch."""
    with world.node.reading() as reads:
        rows = reads.chain_rows(world.batch)
        said: list[Any] = [decode_value(row.statement) for row in rows]
        return [(row.seq, one) for row, one in zip(rows, said, strict=True) if one["kind"] == kind]


def clean_report(world: World) -> str:
    """A later report that the goods pass, as the form names it."""
    dried = {"items": [{"item": "水分", "value": "11.5", "unit": "%", "judgement": "pass"}], "conclusion": "pass"}
    events = f"/api/v1/batches/{world.batch}/events"
    made = world.made(
        events,
        {"kind": "lab_report", "occurred_at": AT, "payload": {**REPORT, **dried, "report_no": "SL-10"}},
        "laboratory",
    )
    return f"{world.batch}.{made['seq']}.{made['leaf']}"


def lift_path(world: World) -> str:
    return f"/desk/batches/{world.batch}/lift?hold={chain(world, 'hold_placed')[0][0]}"


def form_at(browser: Browser, path: str) -> SeenForm:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return seen_form(answer.text)


def send(browser: Browser, form: SeenForm, do: str, **changed: Any) -> Response:
    return browser.post(form.action, {**form.sent(**changed), "do": do})


def room(page: str) -> str:
    """What stands beside the bar."""
    return page.partition('<div class="desk-room">')[2]


# ---- looking ---------------------------------------------------------------------------------------------------------


def test_the_overview_says_what_needs_the_official(world: World) -> None:
    page = signed_in(world, "first").get("/desk/").text

    assert "安徽省亳州市谯城区总览" in page or "亳州市谯城区总览" in page
    assert re.search(r"被扣留的批次</dt><dd><a [^>]*>3</a>", page)
    assert f'href="/desk/batches/{world.batch}"' in page
    assert "货主" in room(page)


def test_held_batches_say_why_since_when_by_which_article_and_what_lifts_it(world: World) -> None:
    """农产品质量安全法 arts 34, 36."""
    page = room(signed_in(world, "first").get("/desk/batches").text)

    assert page.count("2026年9月10日起扣留") == 3
    assert "农产品质量安全法" in page
    assert "由两名监管人员解除扣留。" in page
    assert "来源批次解除后，这一批同时解除。" in page


def test_a_batch_shows_every_record_its_verdicts_and_its_lineage(world: World) -> None:
    browser = signed_in(world, "first")
    page = room(browser.get(f"/desk/batches/{world.batch}").text)

    for title in ("检验报告", "规则结论", "扣留", "异常提示", "采收", "收货", "分批"):
        assert title in page, title
    assert "不公开" in page  # the receipt
    assert "裘点货" not in page
    assert "做成了这些批次" in page
    part = re.findall(r'href="/desk/batches/([A-Za-z0-9_-]{22})"', page.partition('id="trace-became"')[2])
    assert len(set(part)) == 2
    assert "由这些批次做成" in room(browser.get(f"/desk/batches/{part[0]}").text)


def test_what_rests_on_a_row_that_nobody_has_read_is_marked(world: World) -> None:
    """Limits of the 2025 pharmacopoeia are from memory: the verdict that names them says 待核 unless it stops."""
    told = [one for _, one in chain(world, "verdict") if one["payload"].get("unverified")]
    page = room(signed_in(world, "first").get(f"/desk/batches/{world.batch}").text)

    assert page.count('<span class="tag">待核</span>') == len(told)


def test_questions_say_what_was_recorded_and_what_was_expected(world: World) -> None:
    page = room(signed_in(world, "first").get("/desk/flags").text)

    assert "9000 kg/mu" in page
    assert "缺少法律要求的内容。" in page
    assert "缺：" in page
    assert "fields-missing" not in re.sub("<[^>]*>", "", page)
    assert "待说明" in page


def test_a_missing_field_is_called_as_the_form_of_its_record_calls_it() -> None:
    asked = {"reason": "fields-missing", "expected": "method source"}

    assert seen_and_expected(asked, "input_use", Words("zh", names())) == ["缺：使用方法、购买来源"]
    assert seen_and_expected(asked, "input_use", Words("en", names())) == ["Missing: way of use, bought from"]
    assert seen_and_expected(asked | {"expected": "address"}, "", Words("zh", names())) == ["缺：地址"]


def test_an_answer_of_the_owner_reaches_the_office(own_world: World) -> None:
    ((seq, _), *_) = chain(own_world, "flag_raised")
    with own_world.node.reading() as reads:
        leaf = reads.chain_rows(own_world.batch)[seq].leaf.hex()
    flag = {"chain": own_world.batch, "seq": seq, "leaf": leaf}
    body = {"kind": "flag_answered", "payload": {"flag": flag, "answer": "面积少写了两位。"}}
    own_world.made(f"/api/v1/batches/{own_world.batch}/events", body, "coop")

    page = room(signed_in(own_world, "first").get(f"/desk/batches/{own_world.batch}").text)

    assert "货主说明：</strong>面积少写了两位。" in page
    assert "已说明" in page


def test_the_list_of_parties_leads_to_sign_in_links(world: World) -> None:
    page = room(signed_in(world, "first").get("/desk/parties").text)

    assert f'href="/m/me/links?party={world.parties["coop"]}"' in page
    assert f'href="/desk/parties/{world.parties["coop"]}"' in page
    assert f"/m/me/links?party={world.parties['second']}" not in page  # an official's own
    assert world.parties["retailer"] not in page  # in Shanghai


def test_a_party_shows_its_batches(world: World) -> None:
    page = room(signed_in(world, "first").get(f"/desk/parties/{world.parties['coop']}").text)

    assert "示例中药材专业合作社" in page
    assert f'href="/desk/batches/{world.batch}"' in page


# ---- whose ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["first", "no party", "auditor"])
@pytest.mark.parametrize("path", ROOMS)
def test_officials_and_auditors_open_every_room(world: World, who: str, path: str) -> None:
    assert signed_in(world, who).get(path).status_code == 200


@pytest.mark.parametrize("who", ["coop", "laboratory", "administrator"])
@pytest.mark.parametrize("path", [*ROOMS, "/desk/batches/{batch}", "/desk/parties/{coop}", "/desk/parties/new"])
def test_others_are_sent_away(world: World, who: str, path: str) -> None:
    place = path.format(batch=world.batch, coop=world.parties["coop"])

    assert signed_in(world, who).get(place).status_code == 403


@pytest.mark.parametrize(
    "path", ["/desk/batches/{batch}", "/desk/batches/{batch}/lift?hold={hold}", "/desk/parties/{coop}"]
)
def test_another_region_looks_like_nothing_at_all(world: World, path: str) -> None:
    far, near = signed_in(world, "office elsewhere"), signed_in(world, "first")
    names = {"batch": world.batch, "coop": world.parties["coop"], "hold": str(chain(world, "hold_placed")[0][0])}
    unknown = {**names, "batch": "A" * 22, "coop": "A" * 22}

    foreign, nothing = far.get(path.format(**names)), near.get(path.format(**unknown))

    assert (foreign.status_code, nothing.status_code) == (404, 404)
    title = re.compile(r"<h1>[^<]*</h1>\s*<p>[^<]*</p>")
    assert title.search(foreign.text)[0] == title.search(nothing.text)[0]  # type: ignore[index]
    for room_ in ("/desk/batches", "/desk/batches?show=all", "/desk/flags", "/desk/parties"):
        assert world.batch not in far.get(room_).text


def test_an_auditor_sees_all_and_finds_nothing_to_press(world: World) -> None:
    auditor = signed_in(world, "auditor")

    for path in (*ROOMS, f"/desk/batches/{world.batch}", f"/desk/parties/{world.parties['retailer']}"):
        page = auditor.get(path)
        assert page.status_code == 200
        assert 'method="post"' not in room(page.text)
        assert "/lift" not in page.text
        assert "/m/me/links" not in page.text
        assert "/desk/waiting" not in page.text
    assert auditor.get("/desk/parties/new").status_code == 403
    assert auditor.get(lift_path(world)).status_code == 403


# ---- registering -----------------------------------------------------------------------------------------------------


def test_a_party_is_registered_with_its_first_key_and_gets_a_link(own_world: World) -> None:
    official = signed_in(own_world, "first")
    form = form_at(official, "/desk/parties/new")
    assert form.values("p.region") == [REGION]

    check = send(
        official,
        form,
        "check",
        p__name="示例新社",
        p__legal_form="co-op",
        p__roles=["grower"],
        p__township="十河镇",
        p__key=STRANGER_KEY.did,
    )
    assert check.status_code == 200, check.text
    saved = send(official, seen_form(check.text), "save")
    assert saved.status_code == 303, saved.text
    page = official.get(saved.headers["location"]).text

    id = re.search(r"/desk/parties/([A-Za-z0-9_-]{22})", saved.headers["location"])[1]  # type: ignore[index]
    assert "已登记" in page
    assert f'href="/m/me/links?party={id}"' in page
    with own_world.node.reading() as reads:
        kinds: list[Any] = [decode_value(row.statement) for row in reads.chain_rows(id)]
    assert [one["kind"] for one in kinds] == ["party_registered", "key_added"]
    assert official.get(f"/m/me/links?party={id}").status_code == 200


def test_a_party_without_a_key_needs_none_and_a_wrong_one_is_told(own_world: World) -> None:
    official = signed_in(own_world, "no party")
    form = form_at(official, "/desk/parties/new")
    said = {"p__name": "示例家庭农场", "p__legal_form": "family-farm", "p__roles": ["grower"]}

    wrong = send(official, form, "save", **said, p__key="did:key:nothing")
    saved = send(official, form, "save", **said)

    assert wrong.status_code == 422
    assert 'value="did:key:nothing"' in wrong.text
    assert saved.status_code == 303, saved.text


def test_somebody_from_elsewhere_is_registered_and_then_not_shown(own_world: World) -> None:
    official = signed_in(own_world, "first")
    form = form_at(official, "/desk/parties/new")

    saved = send(
        official, form, "save", p__name="沪商行", p__legal_form="enterprise", p__roles=["retailer"], p__region=SHANGHAI
    )

    assert (saved.status_code, saved.headers["location"]) == (303, "/desk/parties")


def test_whose_number_is_registered_is_told_at_the_number_and_what_was_typed_comes_back(own_world: World) -> None:
    official = signed_in(own_world, "first")
    form = form_at(official, "/desk/parties/new")
    said = {"p__legal_form": "household", "p__roles": ["grower"], "p__id_number": "11010519491231002x"}
    assert send(official, form, "save", p__name="柳青禾", **said).status_code == 303
    form = form_at(official, "/desk/parties/new")

    refused = send(official, form, "save", p__name="柳青和", **said)

    assert refused.status_code == 409
    assert '<a href="#f-p-id_number">这个身份证号已经登记过。' in refused.text
    assert 'value="柳青和"' in refused.text
    assert "柳青禾" not in refused.text


# ---- lifting a hold --------------------------------------------------------------------------------------------------


def test_two_officials_lift_a_hold_and_everything_that_it_spread_to(own_world: World) -> None:
    first, second = signed_in(own_world, "first"), signed_in(own_world, "second")
    page = first.get(f"/desk/batches/{own_world.batch}").text
    assert lift_path(own_world) in page.replace("&amp;", "&")
    evidence = clean_report(own_world)
    form = form_at(first, lift_path(own_world))
    assert form.values("p.evidence") == [evidence]

    check = send(first, form, "check", p__reason_text="复检合格，原样品编号有误。")
    assert "再等本区域另一名监管人员签名" in check.text
    asked = send(first, seen_form(check.text), "save")
    assert asked.status_code == 303, asked.text
    path = asked.headers["location"]

    assert path.startswith("/desk/sign/")
    assert sign(first, path, KEYS["first"]).status_code == 303
    assert len(chain(own_world, "hold_released")) == 0
    assert path in second.get("/desk/").text
    assert sign(second, path, KEYS["second"]).status_code == 303

    ((_, said),) = chain(own_world, "hold_released")
    assert said["payload"]["ground"] == "officials"
    assert said["payload"]["reason_text"] == "复检合格，原样品编号有误。"
    assert [str(one["seq"]) for one in said["payload"]["evidence"]] == [evidence.split(".")[1]]
    assert "现在没有被扣留的批次" in second.get("/desk/batches").text
    told = second.get(f"/desk/batches/{own_world.batch}").text
    assert "复检合格，原样品编号有误。" in told
    assert own_world.made(
        f"/api/v1/batches/{own_world.batch}/events",
        {"kind": "labels_issued", "payload": {"count": 1, "layout": "40x30", "code": own_world.code}},
        "coop",
    )


def test_a_hold_is_not_lifted_without_a_reason(own_world: World) -> None:
    first = signed_in(own_world, "first")

    answer = send(first, form_at(first, lift_path(own_world)), "check", p__reason_text="  ")

    assert answer.status_code == 422
    assert 'id="f-p-reason_text-error"' in answer.text


def test_without_a_clean_report_the_desk_says_what_is_missing_before_anybody_signs(own_world: World) -> None:
    """The failed report is no evidence, and nothing waits for a second official."""
    first = signed_in(own_world, "first")
    path = lift_path(own_world)
    page = first.get(path).text

    assert "第34、36条。现在还不能解除：解除检验不合格的扣留，要有整改之后的合格报告。" in page
    assert 'name="p.evidence"' not in page
    answer = send(first, seen_form(page), "save", p__reason_text="口头说明。")
    assert answer.status_code == 409
    assert "没有被接受：解除扣留要有新的证据，光写理由不够。" in answer.text
    assert "整改后重新检测，检测合格才能解除。" in answer.text
    assert "/desk/sign/" not in first.get("/desk/").text


def test_a_record_that_does_not_do_is_refused_with_why(own_world: World) -> None:
    first = signed_in(own_world, "first")
    stored = own_world.made(
        f"/api/v1/batches/{own_world.batch}/events", {"kind": "store_in", "payload": {"township": "十河镇"}}, "coop"
    )
    evidence = f"{own_world.batch}.{stored['seq']}.{stored['leaf']}"

    answer = send(
        first, form_at(first, lift_path(own_world)), "check", p__reason_text="已入库。", p__evidence=[evidence]
    )

    assert answer.status_code == 409
    assert "所列的记录不是有资质认定（CMA）的合格报告。" in answer.text
    assert seen_form(answer.text).values("p.evidence") == [evidence]


def test_who_asks_a_second_time_is_led_to_what_waits_already(own_world: World) -> None:
    first, second = signed_in(own_world, "first"), signed_in(own_world, "second")
    clean_report(own_world)
    asked = send(first, form_at(first, lift_path(own_world)), "save", p__reason_text="复检合格。")
    sign(first, asked.headers["location"], KEYS["first"])

    again = second.get(lift_path(own_world))

    assert (again.status_code, again.headers["location"]) == (303, asked.headers["location"])
    assert "已经有人申请解除扣留" in second.get(f"/desk/batches/{own_world.batch}").text


@pytest.mark.parametrize("hold", ["", "0", "999", "x"])
def test_what_is_no_hold_cannot_be_lifted(world: World, hold: str) -> None:
    assert signed_in(world, "first").get(f"/desk/batches/{world.batch}/lift?hold={hold}").status_code == 404


def test_a_hold_that_spread_is_lifted_at_its_origin(world: World) -> None:
    browser = signed_in(world, "first")
    page = browser.get(f"/desk/batches/{world.batch}").text
    part = re.findall(r'href="/desk/batches/([A-Za-z0-9_-]{22})"', page.partition('id="trace-became"')[2])[0]

    told = browser.get(f"/desk/batches/{part}").text

    assert "/lift" not in told
    assert f'href="/desk/batches/{world.batch}"' in told


def test_an_account_without_a_person_behind_it_lifts_nothing(world: World) -> None:
    browser = signed_in(world, "no party")

    assert "/lift" not in browser.get(f"/desk/batches/{world.batch}").text
    assert browser.get(lift_path(world)).status_code == 403
