"""Does each official find what waits for this very one, the late first, with its days, and who else may take it?

Days are those of the State Council's notice for 2026: 09-20 (a Sunday) is worked, 09-25 to 09-27 and 10-01 to 10-07 are off.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.app_parts import SHANGHAI, World
from tests.api.case_parts import PENALTY, give, keep_up, on, opened, running_cases, sampled, serve, step
from tests.api.office_parts import CITY
from tests.api.page_parts import signed_in

COOP, NEIGHBOUR = "示例中药材专业合作社", "示例邻社"
OFFICES = ("first", "second", "auditor")
FRESH = {**PENALTY, "paper": {**PENALTY["paper"], "hash": "cd" * 32}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_cases(tmp_path) as running:
        on(running, "2026-09-10", 13)
        yield running


def section(page: str, id: str) -> str:
    """The words of one section of the first page."""
    found = re.search(rf'<section aria-labelledby="{id}">.*?</section>', page, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", found[0])) if found else ""


def parties(page: str) -> list[str]:
    """Whom the cases of a page concern, in its order."""
    return re.findall(r'<th scope="row"><a href="/desk/cases/[^"]*">([^<（]+)', page)


def first_page(world: World, who: str) -> str:
    answer = signed_in(world, who).get("/desk/")
    assert answer.status_code == 200
    return answer.text


def upper_pending(world: World) -> str:
    """A listing that waits for the city since 2026-09-18; the district's second official asked for it."""
    case = opened(world, "listing", "L01", "first", authority="market office")
    step(world, case, "listing", "L03", "second")
    serve(world, case, "D-LIST-NOTICE")
    step(world, case, "listing", "L04", "first")
    on(world, "2026-09-18")
    keep_up(world)
    step(world, case, "listing", "L15", "third")
    step(world, case, "listing", "L18", "second")
    give(world, "far", "city office", ["upper_authority"], CITY)
    world.add_token("city", "official", party=world.parties["far"], region=CITY)
    return case


# ---- the first page --------------------------------------------------------------------------------------------------


def test_what_waits_for_this_official_stands_apart_from_the_work_of_others(world: World) -> None:
    """The first official entered the penalty, so that another one confirms it; whoever serves a result is open to both."""
    opened(world, "penalty_record", "P01", "first", party="neighbour", **PENALTY)
    sampled(world)

    entered, other = first_page(world, "first"), first_page(world, "second")

    assert COOP in section(entered, "mine")
    assert NEIGHBOUR not in section(entered, "mine")
    assert NEIGHBOUR in section(entered, "cases")
    assert COOP in section(other, "mine")
    assert NEIGHBOUR in section(other, "mine")
    assert section(other, "cases") == ""


def test_own_work_stands_there_however_much_the_others_have_to_do(world: World) -> None:
    """Six penalties that the first one entered are late and are not its work; the sample's result, in time, is."""
    for n in range(6):
        opened(
            world,
            "penalty_record",
            "P01",
            "first",
            party="neighbour",
            **{**PENALTY, "paper": {**PENALTY["paper"], "number": f"谯农罚〔2026〕{n}号", "hash": f"{n}d" * 32}},
        )
    on(world, "2026-09-16", 10)
    sampled(world)

    assert COOP in section(first_page(world, "first"), "mine")


def test_an_official_with_nothing_to_do_is_told_what_begins_a_case(world: World) -> None:
    empty = section(first_page(world, "first"), "mine")

    assert "现在没有等您办理的案件。" in empty
    assert "从主体页面录入" in empty
    assert 'href="/desk/parties"' in first_page(world, "first")


def test_figures_say_how_many_wait_and_how_many_are_late(world: World) -> None:
    """The neighbour's penalty, entered by the first official, is a day over on 2026-09-16; the sample is everybody's."""
    opened(world, "penalty_record", "P01", "first", party="neighbour", **PENALTY)
    on(world, "2026-09-16", 10)
    sampled(world)

    figures = {
        who: dict(re.findall(r'href="/desk/cases\?(\w+)=yes"[^>]*>([0-9]+)<', first_page(world, who)))
        for who in OFFICES
    }

    assert figures == {
        "first": {"mine": "1", "late": "1"},
        "second": {"mine": "2", "late": "1"},
        "auditor": {"late": "1"},
    }


def test_an_auditor_sees_the_work_of_the_offices_and_nothing_of_its_own(world: World) -> None:
    sampled(world)
    page = first_page(world, "auditor")

    assert section(page, "mine") == ""
    assert COOP in section(page, "cases")


def test_a_person_with_an_interest_has_no_work_in_that_party_s_cases(world: World) -> None:
    sampled(world)
    give(world, "third", "farming", ["service_clerk"], interests=(world.parties["coop"],))

    assert COOP not in section(first_page(world, "third"), "mine")
    assert COOP in section(first_page(world, "second"), "mine")


def test_an_entry_that_was_returned_waits_for_the_office_that_made_it(world: World) -> None:
    """The table gives no number of days to correct it; it must not be forgotten for that."""
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    step(world, case, "penalty_record", "P02", "second", grounds="文号与文书不符")

    mine = section(first_page(world, "first"), "mine")

    assert COOP in mine
    assert "修改录入（档案管理人）" in mine


def test_a_line_says_what_happens_by_itself_if_nobody_acts(world: World) -> None:
    """Final on 2026-09-18; thirty working days after it, over the National Day, end on 2026-11-05."""
    case = sampled(world)
    serve(world, case, "D-RESULT-NOTICE")
    step(world, case, "sample_result", "S02", "first")
    on(world, "2026-09-18")
    keep_up(world)

    told = section(first_page(world, "second"), "mine")

    assert "没有人办理时，2026年11月6日起自动" in told


# ---- the upper authority ---------------------------------------------------------------------------------------------


def test_what_the_upper_authority_must_answer_waits_in_its_own_list(world: World) -> None:
    upper_pending(world)

    city, district = first_page(world, "city"), first_page(world, "second")

    assert "上一级同意（上级机关人员）" in section(city, "mine")
    assert "还有10个工作日" in section(city, "mine")
    assert COOP not in section(district, "mine")
    assert "上一级同意（上级机关人员）" in section(district, "cases")


def test_the_case_names_the_persons_who_may_take_each_step(world: World) -> None:
    case = upper_pending(world)

    page = signed_in(world, "second").get(f"/desk/cases/{case}").text

    agrees = re.search(r"<h3>上一级同意</h3>.*?</li>", page, re.DOTALL)
    assert agrees is not None
    assert "可以办理的人员：示例far" in agrees[0]
    assert "示例second" not in agrees[0]


def test_an_official_of_another_region_is_named_to_the_district_and_not_to_an_auditor(world: World) -> None:
    """Who is registered at the city has no file here; what such an official signs still names its person."""
    case = upper_pending(world)
    person = {"name": "示例市里人员", "legal_form": "person", "roles": ["regulator"], "region": SHANGHAI}
    world.parties["away"] = world.made("/api/v1/parties", person, "official")["id"]
    give(world, "away", "city office", ["upper_authority"], CITY)

    district, audited = (signed_in(world, who).get(f"/desk/cases/{case}").text for who in ("second", "auditor"))

    assert "示例市里人员" in district
    assert "示例市里人员" not in audited


def test_a_step_that_nobody_may_take_says_so(world: World) -> None:
    """The first two both hold every office of the bureau; who entered is out, the others declare an interest."""
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    step(world, case, "penalty_record", "P05", "second")
    for person in ("first", "second", "third"):
        give(world, person, "farming", ["service_clerk"], interests=(world.parties["coop"],))

    page = signed_in(world, "second").get(f"/desk/cases/{case}").text

    assert "现在没有人可以办理" in page


# ---- the list --------------------------------------------------------------------------------------------------------


def three_cases(world: World) -> None:
    """By log: a penalty that is over, a penalty due 2026-09-15, a sample's result due 2026-09-17."""
    done = opened(world, "penalty_record", "P01", "first", party="neighbour", **PENALTY)
    step(world, done, "penalty_record", "P02", "second", grounds="重复录入")
    step(world, done, "penalty_record", "P04", "first", grounds="重复录入")
    opened(world, "penalty_record", "P01", "first", party="neighbour", **FRESH)
    sampled(world)


def test_the_list_begins_with_what_is_late_then_by_the_last_day_then_what_has_none(world: World) -> None:
    three_cases(world)
    on(world, "2026-09-16", 10)

    page = signed_in(world, "second").get("/desk/cases").text

    assert parties(page) == [NEIGHBOUR, COOP, NEIGHBOUR]
    assert page.index("已超期1个工作日") < page.index("到2026年9月17日24时止") < page.index("没有待办的步骤")


def test_the_file_has_the_same_order_and_says_how_many_days_are_left(world: World) -> None:
    three_cases(world)
    on(world, "2026-09-16", 10)
    browser = signed_in(world, "second")

    rows = list(csv.reader(io.StringIO(browser.get("/desk/cases.csv").text.lstrip("\ufeff"))))

    columns = {name: [row[at] for row in rows[1:]] for at, name in enumerate(rows[0])}
    assert columns["最后一天"] == ["2026-09-15", "2026-09-17", ""]
    assert columns["期限"] == ["已超期", "未超期", "未超期"]
    assert columns["剩余工作日"] == ["-1", "1", ""]
    assert columns["等谁办理"] == ["等您办理", "等您办理", "不等您办理"]


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [
        ("newest", [COOP, NEIGHBOUR, NEIGHBOUR]),
        ("oldest", [NEIGHBOUR, NEIGHBOUR, COOP]),
        ("party", [COOP, NEIGHBOUR, NEIGHBOUR]),
        ("procedure", [NEIGHBOUR, NEIGHBOUR, COOP]),
        ("state", [NEIGHBOUR, NEIGHBOUR, COOP]),
    ],
)
def test_the_list_is_sorted_by_each_column(world: World, sort: str, wanted: list[str]) -> None:
    """By the codes of procedure (penalty_record, sample_result) and state (dropped, entered, fail_reported)."""
    three_cases(world)

    assert parties(signed_in(world, "second").get(f"/desk/cases?sort={sort}").text) == wanted


def test_the_list_is_narrowed_to_what_waits_for_the_reader(world: World) -> None:
    three_cases(world)

    mine, all_of_it = (signed_in(world, "first").get(f"/desk/cases{one}").text for one in ("?mine=yes", ""))

    assert parties(mine) == [COOP]
    assert 'href="/desk/cases?mine=yes"' in all_of_it
