"""A party learns what is said against it, answers in time without a terminal, and asks for repair; others learn nothing.

Days are those of the State Council's notice for 2026: 09-20 (a Sunday) is worked, 09-25 to 09-27 and 10-01 to 10-07 are off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.app_parts import REGION, World
from tests.api.case_parts import (
    FAILED,
    PENALTY,
    case_row,
    cases,
    keep_up,
    on,
    opened,
    running_cases,
    sampled,
    serve,
    step,
)
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import seen_form
from tests.api.pages.public_days import appoint_upper, decide, give_years, proposed
from tests.api.pages.test_desk_case_steps import signs


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_cases(tmp_path) as running:
        on(running, "2026-09-10", 13)
        yield running


def text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page))


def answer(browser: Browser, path: str, **fields: str) -> str:
    """Fill the form in, check, submit; where it leads."""
    browser.get(path)
    checked = browser.post(path, {**fields, "do": "check"})
    assert checked.status_code == 200, text(checked.text)
    sent = browser.post(path, {**fields, "do": "save"})
    assert sent.status_code == 303, text(sent.text)
    return sent.headers["location"]


def served_sample(world: World) -> str:
    """Served on Friday 2026-09-11: a re-test can be asked for until Friday 09-18 (five working days)."""
    case = sampled(world)
    on(world, "2026-09-11")
    serve(world, case, "D-RESULT-NOTICE")
    step(world, case, "sample_result", "S02", "first")
    return case


def recorded(world: World) -> str:
    """The case of a record N09: final after 09-18, told, unanswered, confirmed and countersigned."""
    served_sample(world)
    on(world, "2026-09-19")
    keep_up(world)
    outcome = str(next(one["id"] for one in cases(world) if one["procedure"] == "trace_outcome"))
    serve(world, outcome, "D-FACT-NOTICE")
    step(world, outcome, "trace_outcome", "T02", "first")
    on(world, "2026-09-30")
    step(world, outcome, "trace_outcome", "T05", "first")
    step(world, outcome, "trace_outcome", "T06", "second")
    return outcome


def test_the_first_page_shows_what_waits_for_an_answer_and_how_long(world: World) -> None:
    case = served_sample(world)

    page = signed_in(world, "coop").get("/m/")

    assert "等您答复的通知" in page.text
    assert "还有5个工作日，到2026年9月18日24时止" in text(page.text)
    assert f'href="/m/notices/{case}"' in page.text


def test_a_retest_is_asked_for_without_a_terminal(world: World) -> None:
    case = served_sample(world)
    browser = signed_in(world, "coop")
    where = answer(browser, f"/m/notices/{case}/S04", sample_no="监2026-0117", reason="对检测结果有异议")

    assert where == f"/m/notices/{case}"
    assert case_row(world, case)["state"] == "retesting"
    assert "复检申请书" in text(browser.get(where).text)


def test_what_is_left_out_is_asked_for_and_nothing_is_lost(world: World) -> None:
    case = served_sample(world)
    browser = signed_in(world, "coop")
    browser.get(f"/m/notices/{case}/S04")
    refused = browser.post(f"/m/notices/{case}/S04", {"sample_no": "监2026-0117", "reason": "", "do": "check"})

    assert refused.status_code == 422
    assert 'value="监2026-0117"' in refused.text
    assert case_row(world, case)["state"] == "retest_open"


def test_after_the_last_day_nothing_is_offered_any_more(world: World) -> None:
    case = served_sample(world)
    on(world, "2026-09-19", 0)
    browser = signed_in(world, "coop")

    page = browser.get(f"/m/notices/{case}/S04")

    assert f"/m/notices/{case}/S04" not in browser.get(f"/m/notices/{case}").text
    assert (page.status_code, page.headers["location"]) == (303, f"/m/notices/{case}")


@pytest.mark.parametrize("do", ["check", "save"])
def test_who_typed_over_midnight_reads_why_it_is_late_and_keeps_the_words(world: World, do: str) -> None:
    """The last day is 2026-09-18, until 24:00."""
    case = served_sample(world)
    on(world, "2026-09-18", 23)
    browser, path = signed_in(world, "coop"), f"/m/notices/{case}/S04"
    browser.get(path)
    on(world, "2026-09-19", 0)

    late = browser.post(path, {"sample_no": "监2026-0117", "reason": "对检测结果有异议", "do": do})

    assert late.status_code == 409
    assert "没有被接受：期限已经过了" in text(late.text)
    assert 'value="监2026-0117"' in late.text
    assert "对检测结果有异议" in late.text
    assert case_row(world, case)["state"] == "retest_open"


def test_the_number_of_the_sample_is_not_typed_where_the_log_has_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FAILED, "sample_no", "监抽-2026-07")
    case = served_sample(world)

    page = signed_in(world, "coop").get(f"/m/notices/{case}/S04").text

    assert seen_form(page).values("sample_no") == ["监抽-2026-07"]
    assert seen_form(page).values("reason") == [""]


def test_a_second_tap_leads_where_the_first_one_did(world: World) -> None:
    case = served_sample(world)
    browser, path = signed_in(world, "coop"), f"/m/notices/{case}/S04"
    browser.get(path)
    fields = {"sample_no": "监2026-0117", "reason": "对检测结果有异议", "do": "save"}

    first, second = (browser.post(path, fields) for _ in range(2))

    assert [(one.status_code, one.headers["location"]) for one in (first, second)] == [(303, f"/m/notices/{case}")] * 2
    assert case_row(world, case)["state"] == "retesting"


def test_a_text_that_is_too_long_is_said_and_kept(world: World) -> None:
    """A defence may be as long as a paper; a number may not."""
    case = served_sample(world)
    browser, path = signed_in(world, "coop"), f"/m/notices/{case}/S04"
    browser.get(path)
    long_one = "很长" * 10_000

    taken = browser.post(path, {"sample_no": "监2026-0117", "reason": long_one, "do": "check"})
    refused = browser.post(path, {"sample_no": "1" * 501, "reason": long_one + "长", "do": "check"})

    assert (taken.status_code, refused.status_code) == (200, 422)
    assert refused.text.count("这一项太长了。") == 2
    assert long_one + "长" in refused.text


def test_a_record_that_was_repaired_offers_no_repair_again(world: World) -> None:
    recorded(world)
    browser = signed_in(world, "coop")
    (path,) = re.findall(r'href="(/m/repair/[^"]+)"', browser.get("/m/credit").text)
    fields = {"duties_done_proof": "已销毁", "text": "承诺", "public_consent": "不公开", "guard": "yes"}
    repair = answer(browser, path, **fields).rpartition("/")[2]
    again = browser.post(path, {**fields, "do": "save"})
    step(world, repair, "repair", "X07", "first")
    step(world, repair, "repair", "X09", "second")
    step(world, repair, "repair", "X12", "third")

    over = browser.get(path)

    assert (again.status_code, "同一件事已经有一个案件在办" in text(again.text)) == (409, True)
    assert (over.status_code, "这条记录已经终止，不需要修复" in text(over.text)) == (409, True)


def test_nobody_else_learns_of_it(world: World) -> None:
    case = served_sample(world)
    neighbour = signed_in(world, "neighbour")
    foreign, unknown = (neighbour.get(f"/m/notices/{one}") for one in (case, "A" * 22))

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.text.replace(case, "") == unknown.text.replace("A" * 22, "")
    assert case not in neighbour.get("/m/notices").text


def test_what_was_not_served_yet_is_not_shown(world: World) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    browser = signed_in(world, "coop")

    assert browser.get(f"/m/notices/{case}").status_code == 404
    assert case not in browser.get("/m/notices").text


def test_a_record_is_repaired_from_the_credit_file(world: World) -> None:
    recorded(world)
    browser = signed_in(world, "coop")
    page = browser.get("/m/credit").text
    found = re.search(r'href="(/m/repair/[^"]+)"', page)
    assert found, text(page)
    where = answer(
        browser,
        found[1],
        duties_done_proof="不合格批次已销毁，附销毁记录",
        text="承诺依法依规生产，如实记录",
        public_consent="不公开",
        guard="yes",
    )
    repair = where.rpartition("/")[2]

    assert "监督抽查不合格" in text(page)
    assert "入市加严查验" in text(page)
    assert case_row(world, repair)["state"] == "applied"

    on(world, "2026-10-08")
    step(world, repair, "repair", "X07", "first")
    step(world, repair, "repair", "X09", "second")
    step(world, repair, "repair", "X12", "first")
    after = text(browser.get("/m/credit").text)

    assert case_row(world, repair)["state"] == "done"
    assert "已修复，2026年10月8日起不再计入" in after
    assert "没有在效的措施。" in after


def test_an_application_that_lacks_something_is_completed_and_begins_with_what_was_written(world: World) -> None:
    """Neither the number of the record nor that of the promise is the party's to know by heart."""
    recorded(world)
    browser = signed_in(world, "coop")
    (path,) = re.findall(r'href="(/m/repair/[^"]+)"', browser.get("/m/credit").text)
    fields = {"duties_done_proof": "销毁凭证一份", "text": "承诺如实记录", "public_consent": "不公开", "guard": "yes"}
    case = answer(browser, path, **fields).rpartition("/")[2]
    signs(world, "third", f"/desk/cases/{case}/steps/X04", guard="true", **{"d.D-COMPLETE.all_missing_items": "收据"})

    page = browser.get(f"/m/notices/{case}/X05").text
    answer(browser, f"/m/notices/{case}/X05", duties_done_proof="销毁凭证一份，收据一份")

    assert "要补正的：收据" in page
    assert "销毁凭证一份</textarea>" in page
    assert 'name="item_no"' not in page
    assert case_row(world, case)["state"] == "applied"


def test_an_application_begins_with_a_promise_and_asks_for_no_consent_that_is_not_needed(world: World) -> None:
    """A record of the sector is never public, and neither is the promise (credit.md 6; documents.csv, D-PROMISE)."""
    recorded(world)
    browser = signed_in(world, "coop")
    found = re.search(r'href="(/m/repair/[^"]+)"', browser.get("/m/credit").text)
    assert found

    page = browser.get(found[1]).text

    assert "监督抽查不合格" in text(page)
    assert "<h1>申请修复</h1>" in page
    form = seen_form(page)
    assert form.values("duties_done_proof") == [""]
    assert "不再发生同类问题" in form.values("text")[0]
    assert form.values("public_consent") == ["不公开，只交办理机关（行业信用记录）"]
    assert page.index('name="duties_done_proof"') < page.index('name="text"')


def test_consent_to_publish_a_promise_is_never_filled_in_beforehand(world: World) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    step(world, case, "penalty_record", "P05", "second")
    for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE"):
        serve(world, case, code)
    step(world, case, "penalty_record", "P06", "first")
    step(world, case, "penalty_record", "P07", "third")
    on(world, "2026-12-09")
    world.add_token("coop later", "member", party=world.parties["coop"])
    browser = signed_in(world, "coop later")
    found = re.search(r'href="(/m/repair/[^"]+)"', browser.get("/m/credit").text)
    assert found

    assert seen_form(browser.get(found[1]).text).values("public_consent") == [""]


def test_the_same_in_english(world: World) -> None:
    case = served_sample(world)
    browser = signed_in(world, "coop", "en")
    page = text(browser.get(f"/m/notices/{case}").text)

    assert "What you can do now" in page
    assert "5 working days left" in page


def listed(world: World) -> str:
    """The case of a listing of 2026-10-20, as `decided`."""
    case = decided(world)
    step(world, case, "listing", "L27", "third")
    return case


def decided(world: World) -> str:
    """A listing that may be published on 2026-10-20: told on 09-10, silent for five working days, decided on 10-14."""
    give_years(world, "official", "official", region=REGION)
    give_years(world, "coop", "member", party=world.parties["coop"])
    appoint_upper(world)
    case = proposed(world, "coop")
    on(world, "2026-10-14")
    keep_up(world)
    decide(world, case, "coop")
    on(world, "2026-10-20")
    return case


def test_a_right_that_begins_later_says_when_and_leads_nowhere_before(world: World) -> None:
    """Twelve months after 2026-10-20, from the next day on (国家市场监督管理总局令第107号)."""
    case = listed(world)
    seen = {}
    for day in ("2027-10-20", "2027-10-21"):
        on(world, day)
        seen[day] = signed_in(world, "coop").get(f"/m/notices/{case}").text

    link = f'href="/m/notices/{case}/L30"'
    assert (link in seen["2027-10-20"], link in seen["2027-10-21"]) == (False, True)
    assert "申请移出 2027年10月21日起可以办理" in text(seen["2027-10-20"])


def test_the_answer_to_an_application_is_the_partys_to_read(world: World) -> None:
    """D-ACCEPT and D-REMOVE-DECISION go to the subject; the review between officials, D-REVIEW, does not."""
    case = listed(world)
    on(world, "2027-10-21")
    promised = {"text": "依法经营", "public_consent": "同意", "contact": "本人"}
    done = {"duties_done_proof": "缴款书", "harm_removed": "已消除"}
    answer(signed_in(world, "coop"), f"/m/notices/{case}/L30", guard="yes", **promised, **done)
    on(world, "2027-10-25")
    step(world, case, "listing", "L31", "third")
    step(world, case, "listing", "L33", "second")

    page = text(signed_in(world, "coop").get(f"/m/notices/{case}").text)

    papers = page.partition(" 文书 ")[2].partition(" 经过 ")[0]
    assert "受理通知书" in papers
    assert "移出严重违法失信名单决定书" in papers
    assert "法制审核（复核）意见书" not in papers
