"""Is a company heard before it is listed: does it waive, ask for a hearing, take that back, or convince the office, each by
the person who must act, in a browser, with an own key; and is whoever may not act told who may?

Days are those of the State Council's notice for 2026: Sunday 09-20 is worked, 09-25 to 09-27 are off. Notices are served on
Thursday 09-10, so that a defence can be made until Thursday 09-17. With SUXIN_SCREENSHOTS=folder each page is also written
there as a picture, in both languages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from api.auditing import run_audit
from tests.api.app_parts import CREATED, ORIGIN
from tests.api.case_parts import give, whole
from tests.api.office_parts import told_at
from tests.browser.case_walk import Person, own_token
from tests.browser.prepared_walk import PreparedWalk, button, forces, go, of, prepared_walk, sees
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import signed_statement

pytestmark = pytest.mark.needs("chromium")

COMPANIES = {
    "waiving": "示例清源药材有限公司",
    "heard": "示例白露饮片有限公司",
    "quitting": "示例秋分药业有限公司",
    "returned": "示例寒露药材有限公司",
}
OWN_KEY = PrivateKey.from_seed(bytes([99]) * 32)
"""Of the company `returned`."""
LISTING = "列入严重违法失信名单"
NOT_LISTED, RECORD, CALL = "不予列入决定书", "听证笔录", "听证通知书"
REASONS = "涉案批次由供货商提供，请当面核对检验记录。"


@pytest.fixture(scope="module")
def walk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PreparedWalk]:
    """The reviewer has an interest in one of the companies."""
    with prepared_walk(tmp_path_factory.mktemp("hearing"), browser) as found:
        for name, shown in COMPANIES.items():
            found.company(name, shown, OWN_KEY if name == "returned" else None)
        kin = (found.world.parties["quitting"],)
        give(found.world, "reviewer", "market office", ["legal_reviewer"], interests=kin)
        yield found


@pytest.fixture(scope="module")
def case(walk: PreparedWalk) -> dict[str, str]:
    """The case of each company, noticed on 09-10."""
    return {name: walk.noticed(name) for name in COMPANIES}


def to_case(walk: PreparedWalk, company: str) -> Person:
    """From what a company has to do today, or its notices where nothing waits for it, into its case."""
    person = walk.person(company)
    hand = person.start()
    if not person.row(LISTING).count():
        hand.link("我的")
        hand.link("通知和案件")
    hand.tap(person.row(LISTING))
    return person


def reviewed(person: Person, defence: str) -> None:
    checked = of("D-REVIEW", points_of_defence_answered=defence, facts_ok="清楚", evidence_ok="充分")
    person.fill_in({**checked, **of("D-REVIEW", articles_ok="正确", proportion="相当", result="同意列入")})
    person.save()
    person.must_sign()


# ---- a defence that is waived in writing -----------------------------------------------------------------------------------


def test_a_waiver_on_paper_opens_the_way_to_the_list_at_once(walk: PreparedWalk, case: dict[str, str]) -> None:
    """On 09-11 the account leads to the service desk, where the clerk enters the signed paper; listed three days later, while
    the defence of the others is still open."""
    ours = case["waiving"]
    walk.on("2026-09-11")
    company = to_case(walk, "waiving")
    company.look("hearing-01-notice")
    company.hand.tap(company.link("放弃陈述申辩"))
    company.inspect("hearing-02-waive")
    assert "声明写明“放弃陈述申辩”" in company.main()
    assert "带到示例区市场监督管理局的服务窗口" in company.main()
    assert company.page.locator("main form").count() == 0
    sees(walk, "reviewer", ours, "L15")

    clerk = go(walk, "clerk", ours, "L07", "hearing-03-clerk")
    clerk.hand.tap(clerk.page.locator(".save-bar button[value='check:true']"))
    assert clerk.page.locator(".field-error").count() == 3, clerk.main()  # its day, its number, and the paper itself
    clerk.inspect("hearing-04-paper-missing")
    clerk.fill_in({"paper_on": "2026-09-11", "n.D-WAIVER": "收2026-17", "f.D-WAIVER.file": walk.scan})
    clerk.save("hearing-05-paper-check")
    clerk.must_sign()
    assert walk.state(ours) == "defence_closed"

    reviewed(go(walk, "reviewer", ours, "L15"), "当事人书面放弃陈述申辩和听证")
    walk.takes("second", ours, "L18")
    walk.takes("upper", ours, "L19")
    walk.decides("third", ours, "L22")
    walk.serves(ours, "L25")
    walk.on("2026-09-14")
    third = go(walk, "third", ours, "L27", "hearing-07-to-publish")
    third.fill_in({"guard": "true", "published.violation_kind": "销售假药材"})
    third.save()
    third.must_sign()
    third.hand.tap(third.link("打开案件"))
    third.inspect("hearing-08-listed")
    assert third.page.locator(".safeguards li[data-reached]").count() == 6  # all of them: the defence by the waiver
    assert (walk.state(ours), walk.state(case["heard"])) == ("listed", "defence_open")
    company = to_case(walk, "waiving")
    opened = company.link("放弃陈述申辩（听证）声明").get_attribute("href") or ""
    assert company.page.request.get(walk.url + opened).headers["content-type"] == "image/png"
    company.open("/listings")
    assert COMPANIES["waiving"] in company.main()


def test_a_waiver_with_an_own_key_and_a_proposal_that_goes_back_and_is_withdrawn(
    walk: PreparedWalk, case: dict[str, str]
) -> None:
    """Monday 09-14: signed by the company outside of its account; sent back by the reviewer, withdrawn by the proposer."""
    ours, world = case["returned"], walk.world
    fields = {
        "id": "urn:uuid:00000000-0000-4000-8000-000000000799",
        "origin": ORIGIN,
        "chain": ours,
        "kind": "case_step",
        "actor": world.parties["returned"],
        "occurred_at": told_at(world),
        "payload": whole("listing", "L07"),
    }
    said = json.loads(signed_statement(fields, [OWN_KEY], CREATED))
    world.made("/api/v1/statements", {"statement": said, "openings": []}, own_token("returned"))
    company = to_case(walk, "returned")
    company.look("hearing-09-waived")
    assert "这里没有保存这个文件" in company.main()  # the log has the hash of its paper; the company keeps it

    reviewer = go(walk, "reviewer", ours, "L16")
    why = of("D-REVIEW", points_of_defence_answered="当事人放弃陈述申辩", facts_ok="要补充", evidence_ok="要补充")
    reviewer.fill_in({"grounds": "发现新的事实，要重新告知。", **why})
    reviewer.fill_in(of("D-REVIEW", articles_ok="正确", proportion="相当", result="退回"))
    reviewer.save()
    reviewer.must_sign()
    assert walk.state(ours) == "drafted"
    sees(walk, "second", ours, "L02", "可以办理的人员：示例承办人")
    first = go(walk, "first", ours, "L02", "hearing-11-returned")
    first.fill_in(of("D-WITHDRAW", reasons="新的事实不支持列入。"))
    first.save("hearing-12-withdraw-check")
    first.must_sign()
    first.hand.tap(first.link("打开案件"))
    first.look("hearing-13-withdrawn")
    assert walk.state(ours) == "withdrawn"
    company = to_case(walk, "returned")
    company.look("hearing-14-withdrawn")
    assert "撤回建议" in company.main()
    assert "现在没有需要您办理的事项" in company.main()


# ---- a hearing -------------------------------------------------------------------------------------------------------------


def test_a_hearing_is_asked_for_in_the_account_and_set_by_whoever_did_not_investigate(
    walk: PreparedWalk, case: dict[str, str]
) -> None:
    """Asked for on 09-14 in five taps and a text; set on 09-15 for 09-24."""
    for name in ("quitting", "heard"):
        company = to_case(walk, name)
        company.hand.tap(company.link("申请听证"))
        if name == "heard":
            company.inspect("hearing-20-ask")
        company.fill_in({"reasons": REASONS, "guard": "yes"})
        company.save()
        assert company.hand.count == (5, 1)
        assert walk.state(case[name]) == "hearing_requested"
    company.look("hearing-21-asked")

    walk.on("2026-09-15")
    call = of("D-HEAR-NOTICE", time="2026年9月24日9:00", place="示例区市场监督管理局二楼听证室", host="示例听证主持人")
    call |= of("D-HEAR-NOTICE", recorder="示例记录员", open_or_closed="公开")
    for name in ("quitting", "heard"):
        host = go(walk, "host", case[name], "L09")
        host.fill_in({"guard": "true", **call})
        host.check()
        if name == "heard":
            host.look("hearing-23-set-check")
            investigator = sees(
                walk,
                "first",
                case[name],
                "L09",
                "您是提出人，这一步要由另一位人员办理。",
                "可以办理的人员：示例听证主持人",
            )
            investigator.look("hearing-24-not-the-investigator")
            assert "您办理过前面的步骤，这一步要由另一位人员办理" in forces(investigator, host)
            assert walk.state(case[name]) == "hearing_requested"
        host.send()
        host.must_sign()
    host.hand.tap(host.link("打开案件"))
    host.look("hearing-25-set")
    assert "从2026年9月24日起" in host.main()
    assert button(host, "L12").count() == 0


def test_the_notice_of_a_hearing_reaches_the_company_and_is_recorded(walk: PreparedWalk, case: dict[str, str]) -> None:
    """By one in its account, by the other against a signature at the desk."""
    company = walk.person("heard")
    company.start()
    company.look("hearing-26-called")
    company.hand.tap(company.link(CALL))
    company.inspect("hearing-27-receipt")
    company.hand.tap(company.link("先看这份文书"))
    assert "2026年9月24日9:00" in company.main()
    assert "二楼听证室" in company.main()
    company.page.go_back()
    company.hand.button("我已收到这份文书")
    company.look("hearing-28-called")
    for text in ("听证时间 2026年9月24日9:00", "听证地点 示例区市场监督管理局二楼听证室", CALL, "撤回听证申请"):
        assert text in company.main()
    company.start()
    assert "听证已安排" in company.main()  # until it is held

    clerk = walk.official("clerk")
    clerk.open(f"/desk/cases/{case['quitting']}")
    clerk.look("hearing-29-to-serve")
    clerk.hand.tap(clerk.link(f"还没有记录送达：{CALL}"))
    clerk.fill_in({"method": "receipt", "receiver": "王砚秋"})
    clerk.save()
    clerk.must_sign()
    clerk.hand.tap(clerk.link("打开案件"))
    assert f"还没有记录送达：{CALL}" not in clerk.main()


def test_a_hearing_is_taken_back_on_paper_and_the_head_decides_not_to_list(
    walk: PreparedWalk, case: dict[str, str]
) -> None:
    """Taken back on Wednesday 09-16: the defence goes on until 09-17, and is over by itself on 09-18. The reviewer is kin."""
    ours = case["quitting"]
    walk.on("2026-09-16")
    company = to_case(walk, "quitting")
    company.hand.tap(company.link("撤回听证申请"))
    company.look("hearing-30-take-back")
    assert "声明写明“撤回听证申请”" in company.main()
    clerk = go(walk, "clerk", ours, "L11")
    clerk.fill_in({"paper_on": "2026-09-16", "n.D-HEAR-WITHDRAW": "收2026-18", "f.D-HEAR-WITHDRAW.file": walk.scan})
    clerk.save()
    clerk.must_sign()
    assert walk.state(ours) == "defence_open"
    company = to_case(walk, "quitting")
    company.look("hearing-32-taken-back")
    assert "还有1个工作日，到2026年9月17日24时止" in company.main()

    walk.on("2026-09-18")
    third = go(walk, "third", ours, "L15")
    checked = of("D-REVIEW", points_of_defence_answered="没有陈述申辩", facts_ok="清楚", evidence_ok="充分")
    third.fill_in(
        {"guard": "true", **checked, **of("D-REVIEW", articles_ok="正确", proportion="相当", result="同意列入")}
    )
    third.check()
    kin = sees(walk, "reviewer", ours, "L15", "您与当事人有利害关系，应当回避", "可以办理的人员：示例负责人")
    kin.look("hearing-34-kin")
    assert "办理人与当事人有利害关系，应当回避" in forces(kin, third)
    third.send()
    third.must_sign()
    walk.takes("second", ours, "L18")
    walk.takes("upper", ours, "L19")
    third = go(walk, "third", ours, "L24", "hearing-35-to-decide")
    third.fill_in(of("D-NOTLIST", reasons="情节不够严重，不符合列入条件。"))
    third.save("hearing-36-decide-check")
    third.must_sign()
    assert walk.state(ours) == "not_listed"
    read(walk, "quitting", NOT_LISTED, "hearing-37-not-listed", "情节不够严重，不符合列入条件。")


def read(walk: PreparedWalk, company: str, paper: str, look: str, *texts: str) -> None:
    """A company finds a paper in its case, reads the copy, and then the paper itself."""
    person = to_case(walk, company)
    person.look(look)
    person.reads(person.link(paper), f"{look}-paper", COMPANIES[company], *texts)


def test_a_hearing_convinces_the_reviewer(walk: PreparedWalk, case: dict[str, str]) -> None:
    """Not before seven full working days after 09-15: 09-16, 17, 18, 20, 21, 22 and 23. Held, closed and decided on 09-24."""
    ours = case["heard"]
    walk.on("2026-09-23")
    sees(walk, "host", ours, "L12", "还没有到时间：从2026年9月24日起可以办理。")
    walk.on("2026-09-24")
    host = go(walk, "host", ours, "L12", "hearing-40-hold")
    held = of("D-HEAR-RECORD", present="当事人的代表、承办人、记录员", case_put="承办人陈述了事实和证据")
    held |= of("D-HEAR-RECORD", defence_put="涉案批次由供货商提供", evidence_examined="检验报告两份，双方无异议")
    held |= of("D-HEAR-RECORD", signatures_or_refusal="均已签名", absence_note="无")
    host.inspect("hearing-41-record")
    host.fill_in({"guard": "true", **held})
    host.save()
    host.must_sign()
    host = go(walk, "host", ours, "L14")
    begun = host.page.locator('[name="d.D-HEAR-RECORD.evidence_examined"]').input_value()
    assert begun == "检验报告两份，双方无异议"  # as it was held: nothing is typed twice
    host.save()
    host.must_sign()
    read(walk, "heard", RECORD, "hearing-43-heard", "检验报告两份，双方无异议")

    reviewer = go(walk, "reviewer", ours, "L17")
    reviewer.inspect("hearing-45-drop")
    why = "听证查明，没有证据证明故意，不符合列入条件。"
    reviewer.fill_in(of("D-NOTLIST", reasons=why))
    reviewer.save()
    reviewer.must_sign()
    assert walk.state(ours) == "not_listed"
    read(walk, "heard", NOT_LISTED, "hearing-46-not-listed", why)
    public = walk.person("heard")
    public.open("/listings")
    assert COMPANIES["heard"] not in public.main()
    public.open(f"/p/{walk.world.parties['heard']}")
    assert "不在名单上。" in public.main()


def test_the_log_of_all_this_is_sound(walk: PreparedWalk) -> None:
    assert run_audit(walk.world.node.settings, walk.world.node.genesis, envelopes=False).ok
