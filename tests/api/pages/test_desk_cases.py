"""Does the office see which cases wait, for whom and until when, and only lawful steps as buttons?

Days are those of the State Council's notice for 2026: 09-20 (a Sunday) is worked, 09-25 to 09-27 and 10-01 to 10-07 are off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.app_parts import World
from tests.api.case_parts import (
    PENALTY,
    case_row,
    cases,
    give,
    keep_up,
    on,
    opened,
    running_cases,
    sampled,
    serve,
    step,
)
from tests.api.office_parts import CITY
from tests.api.page_parts import signed_in


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A penalty entered by the first official on Thursday 2026-09-10; for tests that only look."""
    with running_cases(tmp_path_factory.mktemp("cases")) as running:
        on(running, "2026-09-10", 13)
        opened(running, "penalty_record", "P01", "first", **PENALTY)
        yield running


@pytest.fixture
def own_world(tmp_path: Path) -> Iterator[World]:
    with running_cases(tmp_path) as running:
        on(running, "2026-09-10", 13)
        yield running


def penalty(world: World) -> str:
    return str(cases(world)[0]["id"])


def room(page: str) -> str:
    return page.partition('<div class="desk-room">')[2].partition("<footer")[0]


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", room(page)))


def buttons(page: str) -> list[str]:
    """The steps that this page offers, by code."""
    return re.findall(r'href="/desk/cases/[A-Za-z0-9_-]{22}/steps/([A-Z][0-9]+)"', page)


# ---- what waits ------------------------------------------------------------------------------------------------------


def test_the_first_page_says_which_case_waits_for_whom_and_how_long(world: World) -> None:
    """Three working days after Thursday 09-10: Friday, Monday, Tuesday 09-15."""
    mine, not_mine = (room(signed_in(world, one).get("/desk/").text) for one in ("second", "first"))
    mine, not_mine = (re.sub("<[^>]*>", "", one) for one in (mine, not_mine))

    assert "复核确认（协办人）" in mine
    assert "还有3个工作日，到2026年9月15日24时止" in mine
    assert "现在没有等您办理的案件" not in mine
    assert "现在没有等您办理的案件" in not_mine  # who entered it does not confirm it


def test_a_case_past_its_last_day_is_late_and_stands_first(own_world: World) -> None:
    opened(own_world, "penalty_record", "P01", "first", **PENALTY)
    on(own_world, "2026-09-17", 10)
    fresh = {**PENALTY, "paper": {**PENALTY["paper"], "hash": "cd" * 32}}
    opened(own_world, "penalty_record", "P01", "first", party="neighbour", **fresh)

    page = room(signed_in(own_world, "second").get("/desk/").text)
    table = page.partition('id="mine"')[2].partition('id="held"')[0]

    assert "已超期2个工作日，最后一天是2026年9月15日" in table  # 09-16 and 09-17
    assert table.index("示例中药材专业合作社") < table.index("示例邻社")


def test_the_list_is_narrowed_to_what_is_late(own_world: World) -> None:
    opened(own_world, "penalty_record", "P01", "first", **PENALTY)
    on(own_world, "2026-09-17", 10)
    fresh = {**PENALTY, "paper": {**PENALTY["paper"], "hash": "cd" * 32}}
    opened(own_world, "penalty_record", "P01", "first", party="neighbour", **fresh)
    browser = signed_in(own_world, "second")

    late, in_time = (text(browser.get(f"/desk/cases?late={one}").text) for one in ("yes", "no"))

    assert ("示例中药材专业合作社" in late, "示例邻社" in late) == (True, False)
    assert ("示例中药材专业合作社" in in_time, "示例邻社" in in_time) == (False, True)


@pytest.mark.parametrize(("searched", "found"), [("中药材", True), ("没有这家", False)])
def test_a_case_is_found_by_the_name_of_its_party(world: World, searched: str, found: bool) -> None:
    page = signed_in(world, "first").get(f"/desk/cases?q={searched}").text

    assert (penalty(world) in page) is found


def test_the_list_is_taken_away_as_a_file(world: World) -> None:
    answer = signed_in(world, "first").get("/desk/cases.csv")

    header, line = answer.text.strip().splitlines()
    assert header.lstrip("\ufeff").split(",")[:4] == ["程序", "当事人", "状态", "下一步"]
    assert "2026-09-15" in line
    assert penalty(world) in line


def test_a_region_without_cases_is_told_how_one_begins(own_world: World) -> None:
    assert "还没有案件" in text(signed_in(own_world, "first").get("/desk/cases").text)


# ---- one case --------------------------------------------------------------------------------------------------------


def test_who_entered_sees_why_another_must_confirm(world: World) -> None:
    page = signed_in(world, "first").get(f"/desk/cases/{penalty(world)}").text

    assert buttons(page) == []
    assert "您办理过“录入处罚信息”，这一步要由另一位人员办理。" in page


def test_the_second_officer_has_the_buttons_of_this_state_and_no_other(world: World) -> None:
    page = signed_in(world, "second").get(f"/desk/cases/{penalty(world)}").text

    assert buttons(page) == ["P05", "P02"]


def test_an_official_without_the_office_is_told_which_one_it_takes(world: World) -> None:
    world.add_token("no office", "official", region="341602")
    page = signed_in(world, "no office").get(f"/desk/cases/{penalty(world)}")

    assert buttons(page.text) == []
    assert "您没有担任这项职责：协办人。" in page.text


def test_an_auditor_sees_everything_and_no_button(world: World) -> None:
    page = signed_in(world, "auditor").get(f"/desk/cases/{penalty(world)}").text

    assert buttons(page) == []
    assert "审计人员只查看，不办理。" in page
    for told in ("录入处罚信息", "谯农罚〔2026〕31号", "复核确认", "到2026年9月15日24时止"):
        assert told in page, told
    assert "/m/files/" not in page


def test_the_story_says_who_did_what_in_which_role_with_which_papers(world: World) -> None:
    page = text(signed_in(world, "second").get(f"/desk/cases/{penalty(world)}").text)

    assert "示例first" in page
    assert "档案管理人" in page
    assert "2026年9月10日 13:00收到" in page
    assert "谯农〔2026〕11号" in page


def test_another_region_looks_like_nothing_at_all(world: World) -> None:
    foreign = signed_in(world, "office elsewhere").get(f"/desk/cases/{penalty(world)}")
    unknown = signed_in(world, "first").get(f"/desk/cases/{'A' * 22}")

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    title = re.compile(r"<h1>[^<]*</h1>\s*<p>[^<]*</p>")
    assert title.search(foreign.text)[0] == title.search(unknown.text)[0]  # type: ignore[index]
    assert penalty(world) not in signed_in(world, "office elsewhere").get("/desk/cases").text


@pytest.mark.parametrize("who", ["coop", "laboratory", "administrator"])
def test_others_are_sent_away(world: World, who: str) -> None:
    for path in ("/desk/cases", "/desk/cases.csv", f"/desk/cases/{penalty(world)}"):
        assert signed_in(world, who).get(path).status_code == 403


# ---- a listing: persons, days, what is missing ---------------------------------------------------------------------


def proposed(world: World) -> str:
    """Proposed by the first official on 09-10, noticed by the second, served and waived: ready for review."""
    case = opened(world, "listing", "L01", "first", authority="market office")
    step(world, case, "listing", "L03", "second")
    serve(world, case, "D-LIST-NOTICE")
    step(world, case, "listing", "L04", "first")
    return case


def test_while_the_party_may_answer_the_office_has_no_button_but_for_its_papers(own_world: World) -> None:
    """Five working days after Thursday 09-10: Fri, Mon, Tue, Wed, Thu 09-17."""
    case = proposed(own_world)

    page = signed_in(own_world, "third").get(f"/desk/cases/{case}").text

    assert buttons(page) == ["L05", "L06", "L07"]
    assert page.count("录入签名的纸件") == 3
    assert "到2026年9月17日24时止" in page
    assert "没有人办理时，2026年9月18日起自动：陈述申辩期满。" in page


def test_the_proposer_sees_no_button_for_review_and_none_for_the_decision(own_world: World) -> None:
    case = proposed(own_world)
    on(own_world, "2026-09-18")
    keep_up(own_world)

    review = signed_in(own_world, "first").get(f"/desk/cases/{case}").text
    step(own_world, case, "listing", "L15", "third")
    after = signed_in(own_world, "first").get(f"/desk/cases/{case}").text

    assert case_row(own_world, case)["state"] == "reviewed"
    assert buttons(review) == ["L50"]  # a late paper of the party, which the clerk enters
    assert "您是提出人，决定要由另一位人员作出。" in review
    assert "L21" not in buttons(after)
    assert "您是提出人，决定要由另一位人员作出。" in after


def test_the_register_says_whether_the_upper_authority_must_agree(own_world: World) -> None:
    case = proposed(own_world)
    on(own_world, "2026-09-18")
    keep_up(own_world)
    step(own_world, case, "listing", "L15", "third")

    page = signed_in(own_world, "second").get(f"/desk/cases/{case}").text

    assert "L18" in buttons(page)  # a district's market office asks its city
    assert "L21" not in buttons(page)
    assert "还缺条件：不需要上一级同意。" in page


def test_only_the_upper_authority_may_answer(own_world: World) -> None:
    case = proposed(own_world)
    on(own_world, "2026-09-18")
    keep_up(own_world)
    step(own_world, case, "listing", "L15", "third")
    step(own_world, case, "listing", "L18", "second")
    give(own_world, "far", "city office", ["upper_authority"], CITY)
    own_world.add_token("city", "official", party=own_world.parties["far"], region=CITY)

    above, district = (signed_in(own_world, one).get(f"/desk/cases/{case}").text for one in ("city", "second"))

    assert buttons(above) == ["L19", "L20"]
    assert buttons(district) == []
    assert "您没有担任这项职责：上级机关人员。" in district


def test_safeguards_are_told_one_by_one(own_world: World) -> None:
    page = text(signed_in(own_world, "second").get(f"/desk/cases/{proposed(own_world)}").text)

    assert "已送达告知 已完成" in page
    assert "决定书写明救济途径 未完成" in page


def test_what_the_clock_brought_shows_before_the_node_has_said_it(own_world: World) -> None:
    case = proposed(own_world)
    on(own_world, "2026-09-18")

    page = signed_in(own_world, "third").get(f"/desk/cases/{case}").text

    assert "期限已到，系统正在记入：陈述申辩期满。" in page
    assert "L15" in buttons(page)


def test_a_late_step_stays_marked_in_the_story(own_world: World) -> None:
    case = opened(own_world, "listing", "L01", "first", authority="market office")
    on(own_world, "2026-09-18")  # five working days after 09-10 end on 09-17
    step(own_world, case, "listing", "L03", "second")

    story = room(signed_in(own_world, "third").get(f"/desk/cases/{case}").text).partition('id="story"')[2]

    assert re.search(r"签发告知书 <span class=\"tag\">已超期</span>", story)


def test_an_official_with_an_interest_keeps_out(own_world: World) -> None:
    case = opened(own_world, "penalty_record", "P01", "first", **PENALTY)
    step(own_world, case, "penalty_record", "P05", "second")
    give(own_world, "third", "farming", ["service_clerk"], interests=(own_world.parties["coop"],))

    page = signed_in(own_world, "third").get(f"/desk/cases/{case}").text

    assert "P06" not in buttons(page)
    assert "您与当事人有利害关系，应当回避" in page


def test_a_failed_supervision_report_opens_a_case_with_its_evidence(own_world: World) -> None:
    case = sampled(own_world)

    page = signed_in(own_world, "first").get(f"/desk/cases/{case}").text

    assert f'href="/desk/batches/{own_world.batch}"' in page
    assert "检验报告" in page
    assert buttons(page) == ["S02"]  # S03 is for a rapid method, and the report names none
    assert "还有5个工作日，到2026年9月17日24时止" in page
