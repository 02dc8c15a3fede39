"""Does one failed supervision sample walk to a record, a test at the gate and its repair, each step by the person who must
take it, in the browser, with an own key?

Days are those of the State Council's notice for 2026. With SUXIN_SCREENSHOTS=folder each page is also written there as a
picture, in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.api.app_parts import AT
from tests.api.case_parts import cases
from tests.browser.case_walk import OFFICES, PATIENCE, CaseWalk, Person, case_walk
from trace.ledger.canonical import decode_value
from trace.ledger.entry import parse_entry

pytestmark = pytest.mark.needs("chromium")

HELD_KEYS = """async () => {
  const request = indexedDB.open("suxin-keys");
  const database = await new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const store = database.transaction("keys").objectStore("keys").getAllKeys();
  return await new Promise((resolve) => { store.onsuccess = () => resolve(store.result); });
}"""


@pytest.fixture(scope="module")
def walk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseWalk]:
    with case_walk(tmp_path_factory.mktemp("sample"), browser) as found:
        yield found


def test_each_official_has_one_key_that_no_other_browser_has(walk: CaseWalk) -> None:
    held = [walk.person(name).open("/desk/keys").evaluate(HELD_KEYS) for name in OFFICES]

    assert [len(keys) for keys in held] == [1, 1, 1, 1]
    assert len({key for keys in held for key in keys}) == 4
    for name in OFFICES:
        assert "有效，可以签职责内的事" in walk.person(name).main()


COOP, COOP_ID, BUREAU = "示例中药材专业合作社", "93341602MA75428340", "示例区农业农村局"
SAMPLED, CHECKED, REPAIR = "监督抽查结果处理", "追溯事实核实入档", "信用修复"
"""The three procedures of the story, as pages call them."""
ENDED = "终止公示、共享、措施清单"
RESULT = "样品监2026-0117：二氧化硫残留量412 mg/kg，限量150 mg/kg，不合格。"
ANSWER = "这批白芍送外加工时被硫磺熏蒸，我们已停用该加工点，剩余货物全部封存。"
PROVED = "不合格批次已于2026年9月28日在监督下销毁，附销毁记录；已改用无硫加工。"
SAMPLE = {
    "sample_no": "监2026-0117",
    "sample_kind": "supervision",
    "quantity": {"value": "2", "unit": "kg"},
    "task_no": "谯监抽2026-09",
    "seal_no": "FQ-0117",
    "samplers": ["示例抽样人甲", "示例抽样人乙"],
}


def test_a_failed_supervision_sample_walks_to_a_record_and_off_it(walk: CaseWalk) -> None:
    code = prepared(walk)
    walk.on("2026-09-10", 14)
    reported(walk)
    walk.on("2026-09-11")
    served(walk)
    walk.on("2026-09-19", 0)  # the fifth working day, Friday 09-18, is over
    assert state_of(walk, "sample_result") == "final_fail"
    walk.on("2026-09-21")
    told(walk)
    walk.on("2026-09-22")
    heard(walk)
    walk.on("2026-09-23")
    confirmed(walk)
    walk.on("2026-09-24")
    countersigned(walk)
    kept_within_the_sector(walk)
    admitted_with_a_test(walk, code)
    walk.on("2026-10-08")
    applied(walk)
    walk.on("2026-10-09")
    accepted(walk)
    walk.on("2026-10-12")
    verified(walk)
    walk.on("2026-10-13")
    granted(walk)
    let_in_on_papers(walk, code)
    audited(walk)


def prepared(walk: CaseWalk) -> str:
    """What stands before the story: a supervision sample of the co-op's batch, drawn by the laboratory; and another batch of
    the co-op's. The code of that one."""
    world = walk.world
    laboratory, coop = world.parties["laboratory"], world.parties["coop"]
    taken = {**SAMPLE, "laboratory": laboratory, "sampled": coop}
    body = {"kind": "sample_taken", "occurred_at": AT, "payload": taken}
    world.made(f"/api/v1/batches/{world.batch}/events", body, "laboratory")
    goods = {"party": coop, "product": "HB-BS", "place": world.place, "quantity": {"value": "300", "unit": "kg"}}
    return str(world.made("/api/v1/batches", goods, "coop")["code"])


def state_of(walk: CaseWalk, procedure: str) -> str:
    """Of the only case of this procedure, as the log has it."""
    (row,) = [row for row in cases(walk.world) if row["procedure"] == procedure]
    return str(row["state"])


def logged(walk: CaseWalk, index: int, count: int) -> set[str]:
    """What entered with one signature: kinds, and steps of cases, of so many entries from this one on; all in one moment."""
    with walk.world.node.reading() as reads:
        rows = list(reads.rows(index, index + count))
    assert len({parse_entry(row.entry).received for row in rows}) == 1
    said: list[Any] = [decode_value(row.statement) for row in rows]
    return {one["payload"].get("step", one["kind"]) for one in said}


def go_to_step(person: Person, procedure: str, step: str, look: str = "") -> None:
    """From the overview through the case to the form of a step."""
    hand = person.start()
    hand.tap(person.row(procedure))
    if look:
        person.look(look)
    hand.tap(person.link(re.compile(rf"^办理\s*{step}$")))


def scan(walk: CaseWalk, name: str) -> str:
    """A photo on the phone, each name another; its path."""
    path = walk.world.node.settings.data_dir.parent / name
    Image.new("RGB", (64, 48), (len(name), 107, 79)).save(path)
    return str(path)


def opened(person: Person) -> str:
    """What the file is that the party added, for whoever reads this page and may open it."""
    href = person.link("附件：照片或文件").get_attribute("href") or ""
    answer = person.page.request.get(person.walk.url + href)
    assert answer.status == 200
    return answer.headers["content-type"]


def hand_over(person: Person, title: str, name: str, *texts: str) -> None:
    """On the page of papers to serve: read and print it, then say that it was handed over, and sign that."""
    person.look(f"{name}-to-serve")
    person.reads(person.link(title), f"{name}-paper", title, BUREAU, COOP, COOP_ID, *texts)
    person.hand.tap(person.link(re.compile("^记录送达")))
    person.look(f"{name}-service")
    person.fill_in({"method": "receipt", "receiver": "王砚秋"})
    person.save(f"{name}-service-check")
    person.look(f"{name}-service-sign")
    person.must_sign()


def reported(walk: CaseWalk) -> None:
    """The laboratory reports; the batch is held at once, and the case waits at the desk."""
    lab = walk.person("laboratory")
    hand = lab.start()
    lab.look("sample-01-lab")
    hand.tap(lab.link("样品监2026-0117"))
    lab.look("sample-01-report-form")
    lab.page.get_by_role("group", name="二氧化硫残留量").get_by_label("结果").fill("412")
    hand.choose("不合格")
    lab.page.get_by_label("报告编号").fill("检2026-3305")
    lab.page.get_by_label("资质认定证书号").fill("示例-000000")
    lab.save("sample-01-report-check")
    assert "这批货因这份报告被扣留" in lab.main()
    lab.look("sample-01-reported")

    coop = walk.person("coop")
    coop.start()
    assert "扣留" in coop.page.locator("[aria-labelledby=held]").inner_text()
    coop.look("sample-01-coop-held")
    walk.on("2026-09-10", 15)
    assert state_of(walk, "sample_result") == "fail_reported"


def served(walk: CaseWalk) -> None:
    """The clerk at the service desk makes the notice, hands it over and says so; the party reads it and has five working
    days, until Friday 09-18."""
    clerk, title = walk.person("clerk"), "检测结果告知及复检权利告知书"
    go_to_step(clerk, SAMPLED, "送达检测结果", "sample-02-case")
    clerk.look("sample-02-notice-form")
    clerk.fill_in(
        {
            "d.D-RESULT-NOTICE.result": RESULT,
            "d.D-RESULT-NOTICE.where": "示例区农业农村局质量监管科，谯城区示例路1号",
        }
    )
    clerk.save("sample-02-notice-check")
    right = "可以自收到检测结果之日起5个工作日内申请复检"
    hand_over(
        clerk,
        title,
        "sample-02",
        "检测结果",
        RESULT,
        "申请复检的权利和期限",
        right,
        "受理复检申请的机关",
        "农产品质量安全法",
    )
    go_to_step(clerk, SAMPLED, "送达检测结果")
    clerk.save("sample-02-step-check")
    clerk.look("sample-02-step-sign")
    clerk.must_sign()
    assert state_of(walk, "sample_result") == "retest_open"

    coop = walk.person("coop")
    hand = coop.start()
    assert "还有5个工作日，到2026年9月18日24时止" in coop.main()
    coop.look("sample-02-coop-today")
    hand.tap(coop.row(SAMPLED))
    assert "申请复检" in coop.main()
    coop.inspect("sample-02-coop-notice")
    assert RESULT in coop.page.locator("[aria-labelledby=claim]").inner_text()
    for found in ("检2026-3305", "监2026-0117", "二氧化硫残留量 412 mg/kg，限值150 mg/kg", "检验结论 不合格"):
        assert found in coop.main()
    coop.reads(coop.link(title), "sample-02-coop-paper", RESULT, right)
    hand.tap(coop.link("申请复检"))
    coop.look("sample-02-coop-retest")
    assert coop.page.locator('[name="sample_no"]').input_value() == "监2026-0117"


def told(walk: CaseWalk) -> None:
    """The case officer tells the party what would be entered, and how long it may explain."""
    one = walk.person("first")
    go_to_step(one, CHECKED, "告知当事人", "sample-03-case")
    one.look("sample-03-notice-form")
    meaning = "记入行业信用记录，不公开；记入后进入市场要先检测。可以申请修复。"
    one.fill_in({"d.D-FACT-NOTICE.what_it_would_mean": meaning})
    one.save("sample-03-notice-check")
    report = "检验报告检2026-3305，2026年9月10日"
    hand_over(
        one,
        "事实核实告知书",
        "sample-03",
        "有关的记录",
        report,
        "认定以后的影响",
        meaning,
        "N09",
        "自收到本告知书之日起5个工作日内",
    )
    go_to_step(one, CHECKED, "告知当事人")
    one.save()
    one.must_sign()


def heard(walk: CaseWalk) -> None:
    """The party explains in five taps and a text, and reads its own words in its case."""
    coop = walk.person("coop")
    hand = coop.start()
    assert "还有4个工作日，到2026年9月29日24时止" in coop.main()
    hand.tap(coop.row(CHECKED))
    hand.tap(coop.link("说明情况"))
    coop.inspect("sample-04-coop-form")
    hand.fill("points", ANSWER)
    coop.fill_in({"enclosure.file": scan(walk, "stopped.png")})
    hand.button("核对")
    coop.look("sample-04-coop-check")
    hand.button("提交")
    assert hand.count == (4, 1)  # of 5 + 1
    assert state_of(walk, "trace_outcome") == "explained"
    coop.look("sample-04-coop-answered")
    assert opened(coop) == "image/png"
    coop.reads(
        coop.link("陈述申辩书"),
        "sample-04-defence",
        BUREAU,
        COOP,
        COOP_ID,
        "陈述和申辩的内容",
        ANSWER,
        "附照片或文件一份",
        "网上账户",
    )


def confirmed(walk: CaseWalk) -> None:
    """One official decides in five taps and the reasons; the same one is not offered the countersignature."""
    one = walk.person("first")
    hand = one.start()
    hand.tap(one.row(CHECKED))
    one.look("sample-05-case")
    assert opened(one) == "image/png"
    hand.tap(one.link(re.compile(r"^办理\s*核实确认$")))
    one.fill_in({"grounds": "检验报告有效，复检期内没有申请复检；外加工不免除责任。"})
    one.save()
    one.must_sign()
    assert one.hand.count == (5, 1)
    one.look("sample-05-signed")
    one.hand.tap(one.link("打开案件"))
    assert "复核入档" in one.main()
    assert one.page.locator("main a.button").count() == 0
    one.look("sample-05-not-me")


def countersigned(walk: CaseWalk) -> None:
    """Another official countersigns with an own key: the record enters, and the measure with it, in one group."""
    two = walk.person("second")
    go_to_step(two, CHECKED, "复核入档", "sample-06-case")
    two.look("sample-06-form")
    two.fill_in({"d.D-REC-CONFIRM.result": "逐项核对一致，同意入档。"})
    two.save()
    index = two.must_sign()
    assert two.hand.count == (5, 1)
    assert {"T06", "record_entered", "measure_started"} <= logged(walk, index - 1, 4)
    two.hand.tap(two.link("打开案件"))
    two.look("sample-06-recorded")
    entry = (
        "信用目录条目",
        "N09 监督抽查不合格(终局)",
        "原文件的校验值",
        "原文件的日期",
        "2026年9月10日",
        "不分类",
        "农产品质量安全法",
    )
    two.reads(two.link("信用信息录入单"), "sample-06-entry-paper", BUREAU, COOP, COOP_ID, *entry)
    two.reads(
        two.link("信用信息复核单"), "sample-06-confirm-paper", BUREAU, COOP, "核对的项目", "逐项核对一致，同意入档。"
    )

    coop = walk.person("coop")
    hand = coop.start()
    hand.link("我的")
    hand.link("信用档案")
    assert "监督抽查不合格(终局)" in coop.page.locator("[aria-labelledby=sector]").inner_text()
    assert "没有记录" in coop.page.locator("[aria-labelledby=public]").inner_text()
    assert "入市加严查验" in coop.page.locator("[aria-labelledby=measures]").inner_text()
    coop.look("sample-06-coop-file")


def kept_within_the_sector(walk: CaseWalk) -> None:
    """Nobody without an account reads anything of it: not on the party's page, not on the lists, not with the label."""
    anybody = walk.person("anybody")
    party = walk.world.parties["coop"]
    for path in (f"/p/{party}", "/listings", f"/t/{walk.world.code}"):
        anybody.page.goto(walk.url + path)
        for word in ("监督抽查不合格(终局)", "入市加严查验", ANSWER):
            assert word not in anybody.page.inner_text("body"), (path, word)
    anybody.page.goto(f"{walk.url}/p/{party}")
    anybody.look("sample-07-public")


def at_the_gate(walk: CaseWalk, code: str) -> Person:
    market = walk.person("market")
    hand = market.start()
    hand.tap(market.page.locator(".bottom-bar a", has_text="扫码"))
    hand.scan(code)
    return market


def papers(market: Person, kilograms: str) -> None:
    """What the seller brings: a certificate; and how much comes in."""
    market.hand.touch(market.page.locator("summary", has_text="检测、凭证、摊位"))
    market.fill_in(
        {"p.quantity.value": kilograms, "p.proofs.0.type": "承诺达标合格证", "p.proofs.0.number": "HG-2026-1"}
    )


def admitted_with_a_test(walk: CaseWalk, code: str) -> None:
    """The market is asked for a test of any goods of this party, papers or not, and lets them in with one."""
    market = at_the_gate(walk, code)
    assert "先检测，合格再放行" in market.page.inner_text("h1")
    assert "卖方有在效的入市加严查验措施，凭证不能代替检测" in market.main()
    market.look("sample-08-gate")
    papers(market, "100")
    market.hand.button("放行")
    assert "卖方有在效的入市加严查验措施" in market.page.inner_text(".error-summary")
    market.look("sample-08-gate-refused")
    market.fill_in({"p.test.result": "pass"})
    market.hand.button("放行")
    assert re.search("已记入账本第[0-9]+号：放行，100公斤", market.main())
    market.look("sample-08-gate-logged")


def applied(walk: CaseWalk) -> None:
    """The party applies in six taps and the proof; the promise stands there to be read."""
    coop = walk.person("coop")
    hand = coop.start()
    hand.link("我的")
    hand.link("信用档案")
    hand.link("申请修复")
    coop.look("sample-09-repair-form")
    coop.fill_in({"duties_done_proof": PROVED, "guard": "yes", "enclosure.file": scan(walk, "destroyed.png")})
    hand.button("核对")
    coop.look("sample-09-repair-check")
    hand.button("提交")
    assert hand.count == (6, 1)
    assert state_of(walk, "repair") == "applied"
    coop.look("sample-09-applied")
    promise = ("信用承诺书", "承诺内容", "不再发生同类问题", "不公开")
    coop.reads(coop.link("信用承诺书"), "sample-09-promise", BUREAU, COOP, COOP_ID, *promise)
    coop.reads(
        coop.link("信用修复申请书"), "sample-09-application", BUREAU, COOP, "履行义务的证明", PROVED, "信用承诺书编号"
    )


def accepted(walk: CaseWalk) -> None:
    """The registrar accepts: by when it will be decided is computed, seven working days, until Monday 10-19."""
    three = walk.person("third")
    go_to_step(three, REPAIR, "受理", "sample-10-case")
    three.look("sample-10-form")
    three.save()
    three.must_sign()
    three.hand.tap(three.link("打开案件"))
    days = ("收到时间", "2026年10月8日", "受理时间", "2026年10月9日", "办结期限", "2026年10月19日")
    three.reads(three.link("受理通知书"), "sample-10-paper", BUREAU, COOP, COOP_ID, *days)


def verified(walk: CaseWalk) -> None:
    two = walk.person("second")
    go_to_step(two, REPAIR, "核实", "sample-11-case")
    two.page.go_back()
    assert opened(two) == "image/png"
    two.hand.tap(two.link(re.compile(r"^办理\s*核实$")))
    two.look("sample-11-form")
    found = {
        "duties_checked": "销毁记录与现场清点一致；加工合同已终止。",
        "sources_asked": "监督销毁的两名人员、加工点",
        "site_visit": "2026年10月10日到现场核查，加工不用硫磺。",
        "result": "属实。",
    }
    two.fill_in({f"d.D-VERIFY.{name}": text for name, text in found.items()})
    two.save()
    two.must_sign()
    two.hand.tap(two.link("打开案件"))
    labels = ("义务履行情况", "查询的来源", "现场核查情况", "核实结论")
    two.reads(two.link("信用修复核实表"), "sample-11-paper", BUREAU, COOP, *labels, *found.values())


def granted(walk: CaseWalk) -> None:
    """The head, who did not verify it, grants in five taps and the grounds: record and measure end with the same signature."""
    three = walk.person("third")
    go_to_step(three, REPAIR, "准予修复", "sample-12-case")
    three.look("sample-12-form")
    three.fill_in({"d.D-REPAIR-DECISION.grounds": "义务已经履行，核实属实，已作出信用承诺。"})
    three.save()
    index = three.must_sign()
    assert three.hand.count == (5, 1)
    assert logged(walk, index, 5) == {"X12", "T18", "record_ended", "measure_ended", "X14"}
    three.look("sample-12-signed")
    three.hand.tap(three.link("打开案件"))
    three.look("sample-12-granted")
    ends = (
        "信息",
        "N09 监督抽查不合格(终局)",
        "理由和依据",
        "终止公示时间",
        "停止共享时间",
        "2026年10月13日",
        "S08 入市加严查验",
    )
    three.reads(three.link("信用修复决定书"), "sample-12-paper", BUREAU, COOP, COOP_ID, *ends, "信用等级的变化")
    ended = ("该信息从未公示。", "没有登记的共享接收方", "S08 入市加严查验", "2026年10月13日起不再适用")
    three.reads(three.link(ENDED), "sample-12-ended", BUREAU, COOP, COOP_ID, "N09 监督抽查不合格(终局)", *ended)

    coop = walk.person("coop")
    hand = coop.start()
    hand.link("我的")
    hand.link("信用档案")
    assert "已修复，2026年10月13日起不再计入" in coop.main()
    assert "没有在效的措施。" in coop.main()
    coop.look("sample-12-coop-file")
    hand.tap(coop.page.locator(".bottom-bar a", has_text="我的"))
    hand.link("通知和案件")
    coop.look("sample-12-coop-notices")


def let_in_on_papers(walk: CaseWalk, code: str) -> None:
    """The measure is over: papers are enough again."""
    market = at_the_gate(walk, code)
    assert "入市加严查验" not in market.main()
    papers(market, "50")
    market.hand.button("放行")
    assert re.search("已记入账本第[0-9]+号：放行，50公斤", market.main())
    market.look("sample-13-gate-logged")


def audited(walk: CaseWalk) -> None:
    """An official has the whole log checked, and it is sound."""
    one = walk.person("first")
    one.open("/desk/ledger")
    one.hand.button("开始审计")
    expect(one.page.locator(".status-ok, .status-stop")).to_be_visible(timeout=PATIENCE)
    assert one.page.locator(".status-ok").count() == 1, one.main()
    one.look("sample-14-audited")
