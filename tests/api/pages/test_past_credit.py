"""A score of a past day can be reached: as it was known then, with a word beside what was annulled since."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.app_parts import World
from tests.api.case_parts import PENALTY, keep_up, on, opened, running_cases, serve, step
from tests.api.page_parts import signed_in

PENALTY_LINE = "<dt>行政处罚 一般，2026年9月8日</dt><dd>−2.00</dd>"
NOTE = "行政处罚 一般（2026年9月8日）当天计入，2026年9月21日已撤销，从那天起不再计入。"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A general penalty of 2026-09-08, recorded on 09-10, and annulled on 09-21: on 09-25 nothing is left of it."""
    with running_cases(tmp_path) as running:
        on(running, "2026-09-10", 13)
        case = opened(running, "penalty_record", "P01", "first", **PENALTY)
        step(running, case, "penalty_record", "P05", "second")
        for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE"):
            serve(running, case, code)
        step(running, case, "penalty_record", "P06", "first")
        step(running, case, "penalty_record", "P07", "third")
        on(running, "2026-09-21")
        step(running, case, "penalty_record", "P18", "third", "second")
        on(running, "2026-09-25")
        yield running


@pytest.fixture(params=["coop", "first"])
def who(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def path_for(world: World, who: str) -> str:
    return "/m/credit" if who == "coop" else f"/desk/parties/{world.parties['coop']}"


def file_on(world: World, who: str, query: str, lang: str = "zh-CN") -> str:
    return signed_in(world, who, lang).get(path_for(world, who) + query).text


def score_in(page: str) -> str:
    """Score and grade by the points alone, as the page says them; "" for none."""
    found = re.search(r"[0-9]+\.[0-9]{2} · 按评分为[A-D]级", page)
    return found[0] if found else ""


def test_a_past_day_shows_score_grade_and_lines_as_they_were_known(world: World, who: str) -> None:
    """producer_v1: a base of 75.00, less 2.00 for a general penalty, which allows no better than B (cap V3)."""
    before, then, last, since = (file_on(world, who, f"?on=2026-09-{day}") for day in ("09", "10", "20", "21"))

    assert [score_in(page) for page in (before, then, last, since)] == [
        "75.00 · 按评分为B级",
        *["73.00 · 按评分为C级"] * 2,
        "75.00 · 按评分为B级",
    ]
    assert ["行政处罚 一般（2026年9月8日）：最高B级" in page for page in (before, then, last, since)] == [
        *(False, True, True, False)
    ]
    assert [PENALTY_LINE in page for page in (before, then, last, since)] == [False, True, True, False]
    assert all(
        "评分规则" in page and f"截至</dt><dd>2026年9月{day}日" in page for page, day in ((then, 10), (last, 20))
    )


def test_what_was_annulled_since_is_noted_on_the_days_on_which_it_counted(world: World, who: str) -> None:
    pages = [file_on(world, who, query) for query in ("?on=2026-09-09", "?on=2026-09-20", "?on=2026-09-21", "")]

    assert [NOTE in page for page in pages] == [False, True, False, False]
    assert "counted that day; it was annulled on 21 Sep 2026" in file_on(world, who, "?on=2026-09-20", "en")


def test_a_past_day_says_so_and_leads_back_to_today(world: World, who: str) -> None:
    past, today = file_on(world, who, "?on=2026-09-20"), file_on(world, who, "")

    assert "这是2026年9月20日的信用档案" in past
    assert f'<a href="{path_for(world, who)}">' in past
    assert "的信用档案：" not in today
    assert file_on(world, who, "?on=") == file_on(world, who, "?on=2026-09-25") == today


def test_the_day_is_asked_for_in_a_field_that_knows_no_future(world: World, who: str) -> None:
    page = file_on(world, who, "?on=2026-09-20")

    assert re.search(r'<input type="date" [^>]*name="on" [^>]*value="2026-09-20" max="2026-09-25"', page)
    assert re.search(r'<a class="keep-fragment" href="[^"]*on=2026-09-20', page)


def test_before_the_first_scoring_rules_there_is_no_score_and_the_page_says_why(world: World, who: str) -> None:
    page = file_on(world, who, "?on=2025-12-31")

    assert score_in(page) == ""
    assert "这一天没有适用的评分规则" in page
    assert score_in(file_on(world, who, "?on=2026-01-01")) == "75.00 · 按评分为B级"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("on=2026-02-29", "not-a-time"),
        ("on=20260910", "not-a-time"),
        ("on=2026-9-10", "not-a-time"),
        ("on=yesterday", "not-a-time"),
        ("on=2026-09-26", "date-in-future"),
        ("on=9999-12-31", "date-in-future"),
        ("on=2026-09-09&on=2026-09-10", "repeated-parameter"),
    ],
)
def test_a_day_that_is_none_or_has_not_come_is_told(world: World, who: str, query: str, code: str) -> None:
    answer = signed_in(world, who).get(f"{path_for(world, who)}?{query}", Accept="application/json")

    assert answer.status_code == 422
    told = answer.json()
    assert (told["code"], [one["pointer"] for one in told["errors"]]) == (code, ["/on"])


def test_nothing_is_asked_for_on_a_past_day(tmp_path: Path) -> None:
    """A general penalty of 2026-06-01 may be repaired from 09-02 on: three months have to be over."""
    with running_cases(tmp_path) as world:
        on(world, "2026-09-10", 13)
        older = {**PENALTY, "paper": {**PENALTY["paper"], "dated": "2026-06-01"}}
        case = opened(world, "penalty_record", "P01", "first", **older)
        step(world, case, "penalty_record", "P05", "second")
        for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE"):
            serve(world, case, code)
        step(world, case, "penalty_record", "P06", "first")
        keep_up(world)  # nobody published it in time: it stays internal, and is a record
        on(world, "2026-09-14")

        offered = ["/m/repair/" in file_on(world, "coop", query) for query in ("", "?on=2026-09-11")]

    assert offered == [True, False]
