"""Can officials walk a case by their pages alone, each step asked, its papers made and served, and signed with an own key?"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from PIL import Image

from api.documents import prepared_for
from tests.api.app_parts import World
from tests.api.case_parts import PENALTY, case_row, cases, give, on, opened, papers, running_cases, sampled, step
from tests.api.office_parts import KEYS, sign
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import seen_form


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    return out.getvalue()


SCAN = ("scan.png", _png(), "image/png")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_cases(tmp_path) as running:
        on(running, "2026-09-10", 13)
        yield running


def words(answer: Response) -> str:
    room = answer.text.partition('<div class="desk-room">')[2].partition("<footer")[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", " ", room)))


def checked(browser: Browser, path: str, files: Any = None, **values: str) -> Response:
    """The page to check, after every empty question but for days was answered with 见卷 (see the file), or as `values` say."""
    page = browser.get(path)
    assert page.status_code == 200, (path, page.status_code, page.headers.get("location"))
    form = seen_form(page.text)
    asked = {name for name, texts in form.sent().items() if texts == [""] and not name.startswith("fact.")}
    sent = {name: ["见卷"] if name in asked else texts for name, texts in form.sent().items()}
    sent |= {name.replace("__", "."): [text] for name, text in values.items()}
    return browser.post(form.action, {**sent, "do": "check"}, files=files)


def asked(browser: Browser, path: str, files: Any = None, **values: str) -> str:
    """Where a step waits for its signature, after form and check."""
    check = checked(browser, path, files, **values)
    assert check.status_code == 200, words(check)
    form = seen_form(check.text)
    answer = browser.post(form.action, {**form.sent(), "do": "save"})
    assert answer.status_code == 303, words(answer)
    return str(answer.headers["location"])


def signs(world: World, who: str, path: str, files: Any = None, **values: str) -> None:
    browser = signed_in(world, who)
    answer = sign(browser, asked(browser, path, files, **values), KEYS[who])
    assert answer.status_code == 303, answer.text


def entered(world: World, who: str = "first") -> str:
    """A penalty entered by its page; its case."""
    coop = world.parties["coop"]
    signs(
        world,
        who,
        f"/desk/parties/{coop}/penalty",
        {"file.file": SCAN},
        authority=world.parties["farming"],
        item="P03",
        number="谯农罚〔2026〕31号",
        made_by="示例农业农村局",
        dated="2026-09-08",
        fact__document_received="2026-09-09",
        class_basis="一般失信信息",
        legal_basis="农产品质量安全法第七十条",
    )
    return str(cases(world)[-1]["id"])


def entry_link(page: Response) -> str:
    """Where the paper of the publication is read."""
    (found,) = re.findall(r'<a[^>]+href="([^"]+)"[^>]*>[^<]*公示信息摘要', page.text)
    return str(found)


def serve_links(page: Response) -> list[str]:
    return re.findall(r'href="(/desk/cases/[^"]+/serve/[0-9a-f]{64})"', page.text)


# ---- a whole walk ----------------------------------------------------------------------------------------------------


def test_a_penalty_is_entered_confirmed_served_and_published_by_three_people(world: World) -> None:
    case = entered(world)
    signs(world, "second", f"/desk/cases/{case}/steps/P05", guard="true")
    clerk = signed_in(world, "third")
    path = f"/desk/cases/{case}/steps/P06"
    assert asked(clerk, path) == path  # the two papers are made first
    for link in serve_links(clerk.get(path)):
        signs(world, "third", link, {"proof.file": SCAN}, method="receipt", served_on="2026-09-10", receiver="王某")
    signs(world, "third", path)
    publishing = f"/desk/cases/{case}/steps/P07"
    form = words(clerk.get(publishing))
    questions = seen_form(clerk.get(publishing).text)
    signs(
        world, "third", publishing, guard="true", published__violation_kind="使用禁用农药", published__measures="罚款"
    )

    row = case_row(world, case)
    page = words(clerk.get(f"/desk/cases/{case}"))
    paper = re.sub(r"\s+", "", re.sub("<[^>]*>", "", clerk.get(entry_link(clerk.get(f"/desk/cases/{case}"))).text))

    assert row["state"] == "published"
    # What the penalty's document alone says is asked: the rest is the log's, as text; nothing is asked again for the paper.
    asked_for = {name for name, _text in questions.fields if name.startswith(("published", "d."))}
    assert asked_for == {"published.violation_kind", "published.measures"}
    assert "决定书文号 谯农罚〔2026〕31号" in form
    assert "公示截止日 2027年9月8日 可申请修复之日 2026年12月9日" in form
    assert "作出决定的机关 示例农业农村局" in form
    for text in ("文号谯农罚〔2026〕31号", "使用禁用农药", "罚款", "2027年9月8日", "2026年9月10日"):
        assert text in paper
    # Twelve months from the date of the document, inclusive; repair after three (发改办财金规〔2026〕36号 as told).
    assert "公示截止日：2027-09-08" in page
    assert "可申请修复之日：2026-12-09" in page
    assert "送达：公示事先告知书" in page
    assert "签收人：王某" in page


def test_a_listing_is_proposed_noticed_served_and_reviewed_on_pages(world: World) -> None:
    coop = world.parties["coop"]
    signs(world, "first", f"/desk/parties/{coop}/listing", authority=world.parties["market office"])
    case = str(cases(world)[-1]["id"])
    signs(world, "second", f"/desk/cases/{case}/steps/L03", guard="true")
    clerk = signed_in(world, "third")
    for link in serve_links(clerk.get(f"/desk/cases/{case}/steps/L04")):
        signs(world, "third", link, method="post", served_on="2026-09-10", receiver="")
    signs(world, "third", f"/desk/cases/{case}/steps/L04")
    waiver = {"f.D-WAIVER.file": SCAN}
    signs(world, "third", f"/desk/cases/{case}/steps/L07", waiver, guard="true", paper_on="2026-09-09")

    page = words(clerk.get(f"/desk/cases/{case}"))

    assert case_row(world, case)["state"] == "defence_closed"
    assert "纸件日期2026年9月9日" in page
    assert "服务窗口人员" in page
    assert re.search(r"放弃陈述申辩（听证）声明，见卷", page)


# ---- before the log ---------------------------------------------------------------------------------------------------


def test_an_answer_of_no_is_told_at_the_question_and_nothing_waits(world: World) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    browser = signed_in(world, "second")
    check = checked(browser, f"/desk/cases/{case}/steps/P05", guard="false")
    form = seen_form(check.text)

    answer = browser.post(form.action, {**form.sent(), "do": "save"})

    assert answer.status_code == 422
    assert "办理这一步的条件还没有满足" in words(answer)
    assert "复核确认" not in words(signed_in(world, "second").get("/desk/waiting"))


def test_the_condition_is_answered_by_the_button_that_sends_the_form(world: World) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    browser, path = signed_in(world, "second"), f"/desk/cases/{case}/steps/P05"
    form = seen_form(browser.get(path).text)
    sent = {name: texts if texts != [""] else ["见卷"] for name, texts in form.sent().items()}

    unanswered = browser.post(form.action, {**sent, "do": "check"})  # as Enter in a field does
    answered = browser.post(form.action, {**sent, "do": "check:true"})

    assert [one for one in form.buttons if ":" in one[1]] == [("do", "check:true"), ("do", "check:false")]
    assert unanswered.status_code == 422
    assert 'href="#f-guard"' in unanswered.text
    assert seen_form(answered.text).values("guard") == ["true"]
    assert "是否满足：录入内容与文书逐项核对一致 是" in words(answered)


def test_what_is_left_out_of_a_paper_is_told_at_its_field_and_nothing_typed_is_lost(world: World) -> None:
    case = opened(world, "listing", "L01", "first", authority="market office")
    browser = signed_in(world, "second")
    form = seen_form(browser.get(f"/desk/cases/{case}/steps/L03").text)
    sent = form.sent(guard="true")
    sent["d.D-LIST-NOTICE.facts"] = ["销售的白芍二氧化硫超标。"]

    answer = browser.post(form.action, {**sent, "do": "check"})

    assert answer.status_code == 422
    assert "销售的白芍二氧化硫超标。" in answer.text
    assert 'href="#f-d-D-LIST-NOTICE-grounds_articles"' in answer.text
    assert 'href="#f-d-D-LIST-NOTICE-facts"' not in answer.text


def test_a_form_that_is_sent_twice_waits_once(world: World) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    browser = signed_in(world, "second")
    check = seen_form(checked(browser, f"/desk/cases/{case}/steps/P05", guard="true").text)

    first, again = (browser.post(check.action, {**check.sent(), "do": "save"}) for _ in range(2))

    assert first.headers["location"] == again.headers["location"]
    assert browser.get(f"/desk/cases/{case}/steps/P05").headers["location"] == first.headers["location"]


@pytest.mark.parametrize("code", ["P07", "P05"])
def test_a_step_that_is_not_for_this_official_now_leads_back_to_the_case(world: World, code: str) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)

    answer = signed_in(world, "first").get(f"/desk/cases/{case}/steps/{code}")

    assert (answer.status_code, answer.headers["location"]) == (303, f"/desk/cases/{case}")


@pytest.mark.parametrize("code", ["P10", "Z99"])
def test_a_step_of_the_clock_or_of_no_table_has_no_page(world: World, code: str) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)

    assert signed_in(world, "second").get(f"/desk/cases/{case}/steps/{code}").status_code == 404


def test_a_service_cannot_lie_ahead_unless_it_is_a_public_notice(world: World) -> None:
    case = opened(world, "listing", "L01", "first", authority="market office")
    signs(world, "second", f"/desk/cases/{case}/steps/L03", guard="true")
    clerk = signed_in(world, "third")
    (link,) = serve_links(clerk.get(f"/desk/cases/{case}/steps/L04"))
    check = seen_form(checked(clerk, link, method="receipt", served_on="2026-09-11").text)

    refused = clerk.post(check.action, {**check.sent(), "do": "save"})
    notice = asked(clerk, link, method="public-notice", served_on="2026-10-10")

    assert refused.status_code == 422
    assert "这个日期在将来" in words(refused)
    assert notice.startswith("/desk/sign/")


def test_a_public_notice_waits_for_its_thirty_days_and_the_page_says_until_when(world: World) -> None:
    """Signed on 2026-09-10: 10-10 is the thirtieth day after."""
    case = opened(world, "listing", "L01", "first", authority="market office")
    signs(world, "second", f"/desk/cases/{case}/steps/L03", guard="true")
    clerk, serving = signed_in(world, "third"), f"/desk/cases/{case}/steps/L04"
    (link,) = serve_links(clerk.get(serving))
    early = seen_form(checked(clerk, link, method="public-notice", served_on="2026-10-09").text)

    refused = clerk.post(early.action, {**early.sent(), "do": "save"})
    signs(world, "third", link, method="public-notice", served_on="2026-10-10", receiver="")
    waiting = clerk.get(serving)
    on(world, "2026-10-10")

    assert refused.status_code == 422
    assert "最早是2026-10-10" in words(refused)
    assert "已公告，2026年10月10日满三十日" in words(waiting)
    assert serve_links(waiting) == [link]  # who is found meanwhile gets it by hand
    signs(world, "third", serving)
    assert case_row(world, case)["state"] == "defence_open"


def test_a_paper_that_waits_for_its_signature_is_not_served(world: World) -> None:
    case = opened(world, "listing", "L01", "first", authority="market office")
    asked(signed_in(world, "second"), f"/desk/cases/{case}/steps/L03", guard="true")
    (made,) = [one for one in prepared_for(papers(world), case) if one.code == "D-LIST-NOTICE"]

    assert signed_in(world, "third").get(f"/desk/cases/{case}/serve/{made.sha256}").status_code == 404


def test_a_service_is_recorded_of_papers_of_this_case_alone(world: World) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)

    assert signed_in(world, "first").get(f"/desk/cases/{case}/serve/{'ab' * 32}").status_code == 404


# ---- who may ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rest", ["steps/P05", f"serve/{'ab' * 32}"])
@pytest.mark.parametrize("who", ["coop", "laboratory", "auditor", "administrator"])
def test_others_take_no_step(world: World, who: str, rest: str) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)

    assert signed_in(world, who).get(f"/desk/cases/{case}/{rest}").status_code == 403


def test_another_region_takes_no_step(world: World) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    far = signed_in(world, "office elsewhere")

    assert far.get(f"/desk/cases/{case}/steps/P05").status_code == 404
    assert far.get(f"/desk/parties/{world.parties['coop']}/penalty").status_code == 404


def test_an_authority_without_a_list_power_is_told_by_which_paper(world: World) -> None:
    """A farm bureau has no row in the register (国办发〔2020〕49号)."""
    give(world, "far", "farming", ["case_officer"])
    world.add_token("farmer", "official", party=world.parties["far"], region="341602")
    coop = world.parties["coop"]

    page = signed_in(world, "farmer").get(f"/desk/parties/{coop}/listing")

    assert "国办发〔2020〕49号" in words(page)
    assert f'href="/desk/parties/{coop}/penalty"' in page.text
    assert "<form" not in page.text.partition('<div class="desk-room">')[2]


def test_an_official_without_an_office_opens_nothing(world: World) -> None:
    page = words(signed_in(world, "far").get(f"/desk/parties/{world.parties['coop']}/penalty"))

    assert "您没有担任可以办理这件事的职责：档案管理人。" in page


def test_a_paper_dated_ahead_enters_nothing(world: World) -> None:
    browser, coop = signed_in(world, "first"), world.parties["coop"]
    check = checked(
        browser,
        f"/desk/parties/{coop}/penalty",
        {"file.file": SCAN},
        authority=world.parties["farming"],
        item="P03",
        dated="2026-09-11",
        fact__document_received="2026-09-10",
    )
    form = seen_form(check.text)

    answer = browser.post(form.action, {**form.sent(), "do": "save"})

    assert answer.status_code == 422
    assert "这个日期在将来" in words(answer)


@pytest.mark.parametrize(
    ("received", "status"),
    [
        ("", 303),  # none stated: it is here since the day on which the log has it
        ("2026-09-08", 303),
        ("2026-09-07", 422),
    ],
)
def test_a_document_comes_on_no_day_before_its_own(world: World, received: str, status: int) -> None:
    """It is of 2026-09-08, entered on 09-10."""
    browser, coop = signed_in(world, "first"), world.parties["coop"]
    check = checked(
        browser,
        f"/desk/parties/{coop}/penalty",
        {"file.file": SCAN},
        authority=world.parties["farming"],
        item="P03",
        dated="2026-09-08",
        fact__document_received=received,
    )
    form = seen_form(check.text)

    answer = browser.post(form.action, {**form.sent(), "do": "save"})

    assert answer.status_code == status
    if status == 422:
        assert 'href="#f-fact-document_received"' in answer.text
        assert "这个日期早于它所依据的事项" in words(answer)


@pytest.mark.parametrize(("received", "code"), [("2026-09-07", "早于它所依据的事项"), ("2026-09-11", "在将来")])
def test_a_day_that_the_log_would_refuse_is_told_at_its_question(world: World, received: str, code: str) -> None:
    """The penalty is of 2026-09-08; it is 09-10."""
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    step(world, case, "penalty_record", "P05", "second")
    browser = signed_in(world, "first")
    check = checked(browser, f"/desk/cases/{case}/steps/P23", guard="true", fact__annulment_received=received)
    form = seen_form(check.text)

    answer = browser.post(form.action, {**form.sent(), "do": "save"})

    assert answer.status_code == 422
    assert 'href="#f-fact-annulment_received"' in answer.text
    assert code in words(answer)


def test_a_party_page_offers_what_can_be_opened_and_an_auditor_nothing(world: World) -> None:
    coop = world.parties["coop"]

    official, auditor = (signed_in(world, one).get(f"/desk/parties/{coop}").text for one in ("first", "auditor"))

    for what in ("penalty", "listing"):
        assert f'href="/desk/parties/{coop}/{what}"' in official
        assert f"/desk/parties/{coop}/{what}" not in auditor


# ---- the signature box -----------------------------------------------------------------------------------------------


def test_the_signature_box_says_in_words_what_is_signed(world: World) -> None:
    case = opened(world, "listing", "L01", "first", authority="market office")
    browser = signed_in(world, "second")
    where = asked(browser, f"/desk/cases/{case}/steps/L03", guard="true")

    page = browser.get(where)
    told = words(page).partition("逐字原文")[0]

    assert "签什么 签发告知书（列入严重违法失信名单）" in told
    assert "当事人 示例中药材专业合作社" in told
    assert "日期 2026年9月10日 13:00" in told
    assert "以什么职责 部门负责人" in told
    assert re.search(r"列入严重违法失信名单告知书，谯市监〔2026〕1号", told)
    assert re.search(r'href="/desk/documents/[0-9a-f]{64}"', page.text)
    assert f'href="/desk/cases/{case}"' in page.text
    for raw in ("guards", "notice_complete", "D-LIST-NOTICE", "sign_notice"):
        assert raw not in told


def test_the_case_says_what_waits_for_whose_signature(world: World) -> None:
    case = opened(world, "listing", "L01", "first", authority="market office")
    where = asked(signed_in(world, "second"), f"/desk/cases/{case}/steps/L03", guard="true")

    own, other = (signed_in(world, one).get(f"/desk/cases/{case}") for one in ("second", "first"))

    assert f'href="{where}"' in own.text
    assert "等其他人员签名：签发告知书" in words(other)
    assert where not in other.text


def test_papers_name_classes_and_list_powers_in_chinese(world: World) -> None:
    """P03 is a general penalty; a county's market office lists by order 44, whose row of the register was not read whole."""
    case = entered(world)
    sheet = signed_in(world, "second").get(f"/desk/cases/{case}").text
    (paper,) = set(re.findall(r'href="(/desk/documents/[0-9a-f]{64})"', sheet))

    proposal = signed_in(world, "first").get(f"/desk/parties/{world.parties['coop']}/listing").text

    entry = re.sub(r"\s+", "", re.sub("<[^>]*>", "", signed_in(world, "second").get(paper).text))
    assert "类别（轻微、一般、严重）一般一、分类的依据" in entry
    assert "市场监督管理严重违法失信名单管理办法（待核）" in proposal
    assert not re.search(r"\bSAMR\b", re.sub("<[^>]*>", "", proposal))


def test_a_step_with_two_proofs_enters_with_the_second(world: World) -> None:
    """P23: a confirmed penalty that was quashed is annulled by the registrar with a second officer's proof (行政处罚法 75)."""
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    step(world, case, "penalty_record", "P05", "second")
    browser = signed_in(world, "first")
    page = browser.get(f"/desk/cases/{case}/steps/P23")
    assert "您签名以后，还要由另一位协办人用自己的密钥签名。" in words(page)
    where = asked(browser, f"/desk/cases/{case}/steps/P23", guard="true")

    sign(browser, where, KEYS["first"])
    between = case_row(world, case)["state"]
    sign(signed_in(world, "third"), where, KEYS["third"])

    assert (between, case_row(world, case)["state"]) == ("confirmed", "ended_annulled")


def test_a_second_signature_is_asked_of_nobody_with_an_interest(world: World) -> None:
    """Such a signature would end the statement with a refusal, and everybody's work on it would be lost."""
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    step(world, case, "penalty_record", "P05", "second")
    give(world, "third", "farming", ["second_officer"], interests=(world.parties["coop"],))
    path = f"/desk/cases/{case}/steps/P23"
    where = asked(signed_in(world, "first"), path, guard="true")
    sign(signed_in(world, "first"), where, KEYS["first"])

    free, interested = (words(signed_in(world, one).get("/desk/waiting")) for one in ("second", "third"))

    assert "撤销" in free
    assert "撤销" not in interested


def test_the_result_of_a_sample_is_made_served_and_its_window_opens(world: World) -> None:
    """Five working days after Thursday 09-10 end on 09-17 (农产品质量安全法 art. 51)."""
    case = sampled(world)
    clerk = signed_in(world, "first")
    path = f"/desk/cases/{case}/steps/S02"
    assert asked(clerk, path) == path
    (link,) = serve_links(clerk.get(path))
    signs(world, "first", link, method="receipt", served_on="2026-09-10", receiver="王某")
    signs(world, "first", path)

    page = words(clerk.get(f"/desk/cases/{case}"))

    assert case_row(world, case)["state"] == "retest_open"
    assert "到2026年9月17日24时止" in page


def test_a_paper_that_was_made_opens_from_the_story(world: World) -> None:
    case = opened(world, "listing", "L01", "first", authority="market office")
    signs(world, "second", f"/desk/cases/{case}/steps/L03", guard="true")
    browser = signed_in(world, "third")
    page = browser.get(f"/desk/cases/{case}")

    (made,) = set(re.findall(r'href="(/desk/documents/[0-9a-f]{64})"', page.text))
    english = signed_in(world, "third", "en")
    (copy,) = set(re.findall(r'href="(/desk/documents/[^"]+)"', english.get(f"/desk/cases/{case}").text))

    assert browser.get(made).status_code == 200
    assert copy == f"{made}/copy"
    assert f'href="{made}"' in english.get(copy).text


def test_reasons_that_stand_in_the_paper_are_asked_once_and_are_the_grounds_of_the_step(world: World) -> None:
    case = opened(world, "listing", "L01", "first", authority="market office")
    path = f"/desk/cases/{case}/steps/L02"
    form = seen_form(signed_in(world, "first").get(path).text)

    signs(world, "first", path, **{"d.D-WITHDRAW.reasons": "新的事实不支持列入。"})

    assert [name for name in form.sent() if "reasons" in name or name == "grounds"] == ["d.D-WITHDRAW.reasons"]
    page = words(signed_in(world, "first").get(f"/desk/cases/{case}"))
    assert "理由：新的事实不支持列入。" in page
    assert case_row(world, case)["state"] == "withdrawn"


def test_a_scan_that_is_too_large_costs_the_official_nothing_that_was_typed(world: World) -> None:
    browser = signed_in(world, "first")
    form = seen_form(browser.get(f"/desk/parties/{world.parties['coop']}/penalty").text)
    large = ("scan.pdf", b"%PDF-1.7\n" + bytes(40 * 1024 * 1024), "application/pdf")

    answer = browser.post(form.action, {**form.sent(number="谯农罚〔2026〕31号"), "do": "check"}, {"file.file": large})

    assert answer.status_code == 422
    assert "文件太大，放不下" in words(answer)
    assert seen_form(answer.text).values("number") == ["谯农罚〔2026〕31号"]
