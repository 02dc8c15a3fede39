"""What comes after a record is public: a repair that is incomplete, takes longer and is refused; a removal that is refused; a
listing that is paused, resumed and annulled, with the public pages changing; and the rooms of the desk on the way.

Each act by the person who must take it, in a browser, with an own key. With SUXIN_SCREENSHOTS=folder each page is also
written there as a picture, in both languages.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.api.page_parts import signed_in
from tests.browser.case_walk import DESK, PATIENCE, PHONE, Person, own_token, path_of
from tests.browser.prepared_walk import PreparedWalk, go, of, prepared_walk, sees
from trace.ledger.audit import AuditResult, audit

pytestmark = pytest.mark.needs("chromium")

COMPANIES = {"mending": "示例立春药材有限公司", "listed": "示例谷雨药材有限公司", "wronged": "示例小满饮片有限公司"}
LISTING, NOT_ON_IT = "列入严重违法失信名单", "严重违法失信名单\n\n不在名单上。"
COURT = "亳州市谯城区人民法院"
PENALTY_NO = "谯市监罚〔2026〕7号"


@pytest.fixture(scope="module")
def walk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PreparedWalk]:
    with prepared_walk(tmp_path_factory.mktemp("after"), browser) as found:
        for name, shown in COMPANIES.items():
            found.company(name, shown)
        yield found


@pytest.fixture(scope="module")
def case(walk: PreparedWalk) -> dict[str, str]:
    """On 2026-09-10 a light penalty was published, and two companies were listed."""
    penalty = walk.penalised("mending", "P02", PENALTY_NO, "2026-09-08")
    return {"penalty": penalty, **{name: walk.listed(name) for name in ("listed", "wronged")}}


def my_case(walk: PreparedWalk, company: str, words: str) -> Person:
    """From the first page into a case that waits for the company there, or from its list of cases."""
    person = walk.person(company)
    hand = person.start()
    if not person.row(words).count():
        hand.link("我的")
        hand.link("通知和案件")
    hand.tap(person.row(words))
    return person


def shown(walk: PreparedWalk, company: str) -> tuple[bool, str]:
    """Whether anybody finds a company on the lists, and what its own public page says of them."""
    anybody = walk.person("anybody")
    anybody.page.goto(f"{walk.url}/listings")
    is_there = COMPANIES[company] in anybody.main()
    for file in (".json", ".csv", ".atom"):
        text = anybody.page.request.get(f"{walk.url}/listings{file}").text()
        assert (walk.world.parties[company] in text or COMPANIES[company] in text) == is_there, file
    anybody.page.goto(f"{walk.url}/p/{walk.world.parties[company]}")
    return is_there, anybody.page.locator("section[aria-labelledby=listings]").inner_text()


# ---- a repair that is incomplete, takes longer and is refused --------------------------------------------------------------


def test_a_repair_is_completed_extended_and_refused_and_the_penalty_stays(
    walk: PreparedWalk, case: dict[str, str]
) -> None:
    walk.on("2026-09-14")
    company = walk.person("mending")
    company.open("/m/credit")
    company.hand.tap(company.link("申请修复"))
    company.fill_in({"duties_done_proof": "已经改正。", "public_consent": "同意", "guard": "yes"})
    company.save()
    ours = company.page.url.rpartition("/")[2]

    third = go(walk, "third", ours, "X04", "after-01-applied")
    third.look("after-02-incomplete")
    missing = of("D-COMPLETE", all_missing_items="缴纳罚款的收据；改正情况的照片", until="2026年9月28日")
    third.fill_in(missing)
    third.save()
    third.must_sign()
    company = my_case(walk, "mending", "信用修复")
    company.inspect("after-03-to-complete")
    assert "还有10个工作日，到2026年9月28日24时止" in company.main()
    company.hand.tap(company.link("补正材料"))
    company.look("after-04-complete")
    assert "要补正的：缴纳罚款的收据；改正情况的照片" in company.main()
    assert company.page.locator('[name="duties_done_proof"]').input_value() == "已经改正。"
    company.fill_in({"duties_done_proof": "收据编号2026-31；改正照片两张已交窗口。"})
    company.save()
    assert walk.state(ours) == "applied"

    walk.takes("third", ours, "X07", guard="true")
    third = go(walk, "third", ours, "X10")
    third.look("after-06-extend")
    third.fill_in({"guard": "true", **of("D-EXTEND", reason="要到现场核查", new_date="2026年10月9日")})
    third.save()
    third.must_sign()
    company = my_case(walk, "mending", "信用修复")
    company.look("after-07-extended")
    company.reads(company.link("延期告知书"), "after-07-extension", "要到现场核查", "2026年10月9日")
    walk.takes("second", ours, "X11", guard="true")
    verifier = sees(walk, "second", ours, "X13", "可以办理的人员：示例负责人")
    verifier.look("after-08-not-the-verifier")
    third = go(walk, "third", ours, "X13")
    third.look("after-09-refuse")
    why = of(
        "D-REFUSE", reasons="现场核查，违法行为没有改正。", articles="信用修复管理办法", possible_from="2026年12月1日"
    )
    third.fill_in({**why, **of("D-REFUSE", remedies_court_6m=COURT)})
    third.save()
    third.must_sign()
    company = my_case(walk, "mending", "信用修复")
    company.inspect("after-10-refused")
    refusal = ("现场核查，违法行为没有改正。", "60日内", COURT, "2026年12月1日")
    company.reads(company.link("不予"), "after-10-refusal", *refusal)
    company.open(f"/p/{walk.world.parties['mending']}")
    assert PENALTY_NO in company.main()


# ---- the list --------------------------------------------------------------------------------------------------------------


def test_a_stay_pauses_what_is_shown_and_its_end_shows_it_again(walk: PreparedWalk, case: dict[str, str]) -> None:
    ours = case["listed"]
    walk.on("2026-09-21")
    assert shown(walk, "listed")[0]
    second = go(walk, "second", ours, "L43", "after-20-listed")
    second.look("after-21-suspend")
    ruling = of("D-SUSPEND", ruling_no="（2026）皖1602行初31号", court_or_organ=COURT, until="至判决生效")
    second.fill_in(
        {"guard": "true", "fact.ruling_received": "2026-09-21", "d.D-SUSPEND.from": "2026年9月21日", **ruling}
    )
    second.save("after-22-suspend-check")
    path = path_of(second.sign())
    second.look("after-23-half-signed")
    assert "现在等别人签名" in second.main()
    assert shown(walk, "listed")[0]
    reviewer = walk.official("reviewer")
    reviewer.start()
    reviewer.look("after-24-reviewer")
    assert "暂停公示和措施" in reviewer.main()
    reviewer.must_sign(path)
    assert shown(walk, "listed") == (False, NOT_ON_IT)
    company = my_case(walk, "listed", LISTING)
    company.look("after-25-paused")
    company.reads(company.link("暂停（恢复）公示决定书"), "after-25-pause", "（2026）皖1602行初31号")

    walk.on("2026-09-24")
    second = go(walk, "second", ours, "L44")
    second.look("after-27-resume")
    ruling = of("D-SUSPEND", ruling_no="（2026）皖1602行初31号", court_or_organ=COURT, until="-")
    second.fill_in({"guard": "true", "d.D-SUSPEND.from": "2026年9月24日", **ruling})
    second.save()
    walk.official("reviewer").must_sign(path_of(second.sign()))
    is_there, told = shown(walk, "listed")
    assert is_there
    assert "2029年9月10日" in told  # the term ran on (credit.md 3)


def test_an_annulment_takes_a_company_off_at_once_and_ends_its_measures(
    walk: PreparedWalk, case: dict[str, str]
) -> None:
    ours = case["wronged"]
    company = walk.person("wronged")
    company.open("/m/credit")
    assert "入市加严查验" in company.main()
    second = go(walk, "second", ours, "L39")
    second.look("after-31-annul")
    why = of("D-ANNUL", annulling_document="谯政复〔2026〕5号", reasons_public="处罚决定被撤销")
    second.fill_in(
        {"guard": "true", "fact.annulment_received": "2026-09-24", **why, **of("D-ANNUL", effective_at="即日")}
    )
    second.save("after-32-annul-check")
    path = path_of(second.sign())
    assert shown(walk, "wronged")[0]
    walk.official("reviewer").must_sign(path)
    assert shown(walk, "wronged") == (False, NOT_ON_IT)
    walk.person("anybody").inspect("after-33-annulled")
    company = my_case(walk, "wronged", LISTING)
    company.look("after-34-annulled")
    company.reads(company.link("撤回公示及撤销决定书"), "after-34-annulment", "谯政复〔2026〕5号", "处罚决定被撤销")
    company.open("/m/credit")
    assert "被撤销，2026年9月24日起不再计入" in company.main()
    assert "没有在效的措施。" in company.main()


# ---- the rooms of the desk -------------------------------------------------------------------------------------------------


def test_the_rooms_of_the_desk_at_a_desk_and_on_a_clerks_phone(walk: PreparedWalk, case: dict[str, str]) -> None:
    """The overview, the list, a case and a party, as whoever works with them sees them; axe finds nothing."""
    rooms = {
        "overview": "/desk/",
        "cases": "/desk/cases",
        "case": f"/desk/cases/{case['listed']}",
        "party": f"/desk/parties/{walk.world.parties['mending']}",
    }
    clerk = walk.person("clerk")
    clerk.page.set_viewport_size(PHONE)
    clerk.width = PHONE["width"]
    for person, width in ((walk.person("third"), "desk"), (clerk, "phone")):
        for name, path in rooms.items():
            person.open(path)
            person.inspect(f"desk-{name}-{width}")
    listing = walk.person("third").open(rooms["cases"]).locator("tr", has_text=COMPANIES["listed"])
    assert "暂停公示和措施" not in listing.inner_text()  # it was paused once, for a ruling that has ended since


def test_without_script_the_desk_is_read_and_asked_and_says_that_signing_needs_it(
    browser: Browser, walk: PreparedWalk, case: dict[str, str]
) -> None:
    context = browser.new_context(viewport=DESK, locale="zh-CN", java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{walk.url}/in?next=/desk/cases/{case['penalty']}")
    page.locator("#token").fill(walk.world.tokens[own_token("second")])
    page.locator("form#sign-in button").click()
    expect(page.locator("h1")).to_contain_text(COMPANIES["mending"])
    page.get_by_role("link", name="主体", exact=True).click()
    page.locator(f'main a[href="/desk/parties/{walk.world.parties["listed"]}"]').first.click()
    page.locator(f'main a[href="/desk/cases/{case["listed"]}"]').first.click()
    page.locator('main a.button[href$="/steps/L39"]').click()
    page.locator('[name="fact.annulment_received"]').fill("2026-09-24")
    for name in ("annulling_document", "reasons_public", "effective_at"):
        page.locator(f'[name="d.D-ANNUL.{name}"]').fill("见复议决定")
    page.locator('.save-bar button[value="check:true"]').click()
    page.locator(".save-bar button").click()
    expect(page.get_by_text("签名要在浏览器里计算")).to_be_visible()
    expect(page.get_by_role("button", name="用我的密钥签名")).to_be_disabled()
    context.close()


def test_a_removal_that_is_refused_leaves_the_company_listed(walk: PreparedWalk, case: dict[str, str]) -> None:
    """Twelve months after 2026-09-10; accepted by the registrar, refused by the other head, and free to be asked for again."""
    ours = case["listed"]
    walk.on("2027-09-13")
    told = {
        "text": "承诺依法经营",
        "public_consent": "同意",
        "duties_done_proof": "罚款已缴清",
        "contact": "公司办公室",
    }
    account = signed_in(walk.world, own_token("listed"))
    account.get(f"/m/notices/{ours}/L30")
    asked = {**told, "harm_removed": "已召回", "guard": "yes", "do": "save"}
    assert account.post(f"/m/notices/{ours}/L30", asked).status_code == 303
    walk.takes("third", ours, "L31", guard="true")
    sees(walk, "third", ours, "L34", "可以办理的人员：示例复核人")
    second = go(walk, "second", ours, "L34")
    why = of("D-REFUSE", reasons="召回没有完成。", articles="信用修复管理办法", possible_from="2027年12月1日")
    second.fill_in({**why, **of("D-REFUSE", remedies_court_6m=COURT)})
    second.save("after-41-refuse-check")
    second.must_sign()
    assert walk.state(ours) == "listed"
    assert shown(walk, "listed")[0]
    company = my_case(walk, "listed", LISTING)
    company.look("after-42-refused")
    company.reads(company.link("不予"), "after-42-refusal", "召回没有完成。", COURT)
    assert company.link("申请移出").count() == 1


def test_the_audit_shows_how_far_it_is_and_then_that_the_log_is_sound(
    walk: PreparedWalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page looks again by itself: nobody has to reload it."""
    go_on = threading.Event()

    def slow(*given: Any) -> AuditResult:
        given[-1](3, 12)
        assert go_on.wait(PATIENCE / 1000)
        return audit(*given)

    monkeypatch.setattr("api.running_audit.audit", slow)
    third = walk.person("third")
    third.open("/desk/ledger")
    third.inspect("desk-ledger-never")
    third.hand.button("开始审计")
    expect(third.page.locator('progress[value="25"]')).to_be_visible()
    third.picture("desk-ledger-running")
    go_on.set()
    expect(third.page.locator(".status-ok")).to_be_visible(timeout=PATIENCE)
    third.inspect("desk-ledger-sound")


def test_the_audit_of_a_damaged_log_names_the_first_bad_entry(walk: PreparedWalk) -> None:
    """The last thing that is done with this log: somebody with the file in hand changed what entry 3 was hidden with."""
    with sqlite3.connect(walk.world.node.settings.database) as file:
        for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            file.execute(f'DROP TRIGGER "{name}"')
        file.execute('UPDATE statement SET salt = zeroblob(32) WHERE "index" = 3')
    clerk = walk.person("clerk")
    clerk.open("/desk/ledger")
    clerk.hand.button("开始审计")
    expect(clerk.page.locator(".status-stop")).to_be_visible(timeout=PATIENCE)
    clerk.inspect("desk-ledger-bad-phone")
    assert "第一条有问题的记录是第3号" in clerk.main()
