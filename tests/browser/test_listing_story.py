"""Does one heavy penalty walk to the blacklist and off it, each step by the person who must take it, in the browser, with an
own key; and is every paper of it there to be read?

Days are those of the State Council's notice for 2026: 09-20 and 10-10 are worked, 09-25 to 09-27 and 10-01 to 10-07 are off. With
SUXIN_SCREENSHOTS=folder each page is also written there as a picture, in both languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from PIL import Image
from playwright.sync_api import Browser

from api.auditing import run_audit
from tests.api.app_parts import REGION
from tests.browser.case_walk import CITY, YEARS, CaseWalk, case_walk
from tests.browser.listing_parts import (
    ADDRESS,
    COMPANY,
    DECISION,
    FACTS,
    LIST,
    NOTICE,
    PENALTY_NO,
    REPAIR,
    Story,
)

pytestmark = pytest.mark.needs("chromium")


@pytest.fixture(scope="module")
def walk(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseWalk]:
    with case_walk(tmp_path_factory.mktemp("listing"), browser, "market office", ("upper",)) as found:
        found.give("second", "market office", ["head"])  # the review and the decision are two people's
        found.give("third", "farming", ["case_officer"])
        found.give("upper", "city office", ["upper_authority"], CITY)
        found.vouch("upper")
        yield found


@pytest.fixture(scope="module")
def story(walk: CaseWalk, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """What stands before the story: a company with an account and a batch of its own, which it takes to the market."""
    world = walk.world
    body = {"name": COMPANY, "legal_form": "enterprise", "roles": ["processor", "grower"], "region": REGION}
    told = {"uscc": "91341602EXAMPLE09D", "address": ADDRESS}
    company = world.parties["company"] = world.made("/api/v1/parties", {**body, **told}, "official")["id"]
    for name in ("company", "company in person"):
        world.add_token(name, "member", party=company, days=YEARS)
    plot = {"region": REGION, "township": "十河镇", "name": "东地", "area_mu": "3", "party": company}
    place = world.made("/api/v1/places", plot, "company")["id"]
    goods = {"party": company, "product": "HB-BS", "place": place, "quantity": {"value": "80", "unit": "kg"}}
    batch = world.made("/api/v1/batches", goods, "company")
    harvest = {"kind": "harvest", "payload": {"quantity": {"value": "80", "unit": "kg"}, "area_mu": "3"}}
    world.made(f"/api/v1/batches/{batch['id']}/events", harvest, "company")
    scan = tmp_path_factory.mktemp("scan") / "penalty.png"
    Image.new("RGB", (60, 80), "white").save(scan)
    return Story(walk, company, batch["code"], str(scan))


def test_a_heavy_penalty_walks_to_the_blacklist_and_off_it(story: Story) -> None:
    penalised(story)
    refused_without_power(story)
    proposed(story)
    defended(story)
    decided(story)
    listed(story)
    removed(story)
    read_again(story)
    over(story)
    assert run_audit(story.walk.world.node.settings, story.walk.world.node.genesis, envelopes=False).ok


def penalised(story: Story) -> None:
    """Entered from its document, compared by another official, served with the notice of repair, published for its term."""
    first = story.walk.person("first")
    first.open(f"/desk/parties/{story.company}")
    first.hand.tap(first.link("录入行政处罚"))
    first.look("listing-01-penalty")
    first.fill_in(
        {
            "item": "P04",
            "number": PENALTY_NO,
            "made_by": "示例区市场监督管理局",
            "dated": "2026-09-08",
            "file.file": story.scan,
            "fact.document_received": "2026-09-09",
            "class_basis": "发改办财金规〔2026〕36号：严重失信信息",
            "legal_basis": "药品管理法第一百一十七条",
        }
    )
    first.save("listing-02-penalty-check")
    first.look("listing-03-penalty-sign")
    first.must_sign()
    compared = {"fields_compared": "文号、日期、机关和条款", "result": "与处罚决定书一致"}
    story.take("second", "penalty_record", "P05", "04-compare", guard="true", **of("D-REC-CONFIRM", compared))
    assert standing(story) == ("不在名单上。", "没有公示中的记录。")

    story.walk.on("2026-09-11")
    clerk = story.go("clerk", "penalty_record", "P06", "05-two-papers")
    clerk.fill_in(
        {
            **of("D-PUB-NOTICE", {"what": "处罚决定书的文号、种类和日期", "where": "本系统的公示页面"}),
            **of("D-PUB-NOTICE", {"from": "送达以后", "objection_route": "向本局书面提出"}),
            **of(
                "D-REPAIR-NOTICE",
                {"conditions": "履行义务，消除后果，作出承诺", "where_to_apply": "服务窗口或者本系统"},
            ),
            **of("D-REPAIR-NOTICE", {"materials": "申请书、承诺书"}),
        }
    )
    clerk.save()
    for title in ("公示事先告知书", REPAIR):
        story.hand_over("penalty_record", "P06", title, "06-to-serve")
    story.take(
        "clerk", "penalty_record", "P06", "07-served", **of("D-SERVICE", {"place": "示例区市场监督管理局服务大厅"})
    )
    assert standing(story) == ("不在名单上。", "没有公示中的记录。")

    story.walk.on("2026-09-14")
    shown = {"guard": "true", "published.violation_kind": "销售假药材", "published.measures": "罚款 20000 元"}
    story.take("third", "penalty_record", "P07", "08-publish", **shown)
    # Thirty-six months from the document of 2026-09-08, repair after twelve (发改办财金规〔2026〕36号 as told).
    assert story.state("penalty_record") == "published"
    listings, records = standing(story, "listing-09-standing")
    assert listings == "不在名单上。"
    assert f"文号 {PENALTY_NO}" in records
    assert "公示至2029年9月8日" in records
    assert "2027年9月9日起可以申请修复" in records


def of(code: str, texts: Mapping[str, str]) -> dict[str, str]:
    """Fields of a paper as its form names them."""
    return {f"d.{code}.{name}": text for name, text in texts.items()}


def standing(story: Story, look: str = "") -> tuple[str, str]:
    """What everybody reads of the company: whether it is listed, and its records."""
    shopper = story.walk.person("company")
    shopper.open(f"/p/{story.company}")
    if look:
        shopper.look(look)
    listings, records = (
        re.sub(r"\s+", " ", shopper.page.locator(f"section[aria-labelledby={one}]").inner_text()).partition(" ")[2]
        for one in ("listings", "records")
    )
    return listings, records


def refused_without_power(story: Story) -> None:
    """A case officer of the bureau of agriculture, to which the adopted register gives no list power."""
    third = story.walk.person("third")
    third.open(f"/desk/parties/{story.company}")
    third.hand.tap(third.link("提出列入名单建议"))
    third.look("listing-10-no-power")
    assert "您所在的机关没有列入名单的职权" in third.main()
    assert "国办发〔2020〕49号" in third.main()
    assert third.page.locator("main form").count() == 0


def proposed(story: Story) -> None:
    """By the market's bureau; six taps and one field (pages.md 2). The notice is signed by another and served on 09-22."""
    first = story.walk.person("first")
    hand = first.start()
    hand.tap(first.page.get_by_role("link", name="主体", exact=True).first)
    hand.tap(first.page.locator(f'main a[href="/desk/parties/{story.company}"]').first)
    hand.tap(first.link("提出列入名单建议"))
    first.look("listing-11-propose")
    assert first.page.locator('[name="evidence"]:checked').count() == 1
    first.fill_in(of("D-LIST-PROPOSAL", {"facts": FACTS}))
    first.save()
    first.must_sign()
    assert hand.count == (6, 1)
    assert story.state("listing") == "drafted"

    story.walk.on("2026-09-15")
    told = {"how_to_reply": "在本系统的通知里答复，或者书面、当面提出", "contact": "示例区市场监督管理局法规科"}
    story.take("second", "listing", "L03", "12-notice", guard="true", **of("D-LIST-NOTICE", told))
    story.walk.on("2026-09-22")
    story.hand_over("listing", "L04", NOTICE, "13-to-serve")
    story.take("clerk", "listing", "L04", "14-served", **of("D-SERVICE", {"place": "示例区市场监督管理局服务大厅"}))


def defended(story: Story) -> None:
    """Five working days after 2026-09-22 end on 09-30 (credit.md 13); the company answers on 09-28: five taps, one field."""
    company = story.walk.person("company")
    company.start()
    assert "还有5个工作日，到2026年9月30日24时止" in company.main()
    company.look("listing-15-today")
    story.walk.on("2026-09-28")
    hand = company.start()
    hand.tap(company.link("列入严重违法失信名单"))
    company.look("listing-16-notice")
    assert "还有2个工作日" in company.main()
    assert FACTS in company.page.locator("[aria-labelledby=claim]").inner_text()
    assert "行政处罚 严重" in company.page.locator("[aria-labelledby=evidence]").inner_text()
    hand.tap(company.link("陈述申辩"))
    company.look("listing-17-defence")
    company.fill_in({"points": "涉案药材由供货商提供，我公司已索取检验报告，已停止销售并召回。"})
    company.save()
    assert hand.count <= (5, 1)
    story.walk.on("2026-09-30", 23)
    assert story.state("listing") == "defence_open"
    story.walk.on("2026-10-01", 0)
    assert story.state("listing") == "defence_closed"


def decided(story: Story) -> None:
    """Reviewed by a third person, agreed to by the city, decided with remedies by the head: five taps, one field and the
    court."""
    story.walk.on("2026-10-12")
    checked = {
        "points_of_defence_answered": "已逐点答复：索取报告不免除责任",
        "facts_ok": "清楚",
        "evidence_ok": "充分",
    }
    result = {"articles_ok": "正确", "proportion": "相当", "result": "同意列入"}
    story.take("third", "listing", "L15", "18-review", guard="true", **of("D-REVIEW", {**checked, **result}))
    story.take(
        "second", "listing", "L18", "19-request", **of("D-UPPER-REQ", {"decision_draft": "拟列入严重违法失信名单"})
    )
    story.walk.on("2026-10-13")
    agreed = of("D-UPPER", {"result": "同意列入", "reasons": "事实清楚，程序合法"})
    story.take("upper", "listing", "L19", "20-upper", **agreed)

    story.walk.on("2026-10-14")
    second = story.go("second", "listing", "L22", "21-decide")
    second.fill_in({"grounds": "处罚决定已生效，情节严重，符合列入条件。"})
    second.fill_in(of("D-LIST-DECISION", {"remedies_court_6m": "亳州市谯城区人民法院"}))
    second.save("listing-22-decide-check")
    second.look("listing-23-decide-sign")
    second.must_sign()
    assert second.hand.count == (5, 2)  # the court is typed in an authority's first decision, and known in the next
    assert standing(story)[0] == "不在名单上。"


def listed(story: Story) -> None:
    """Served on 10-16 with the notice of repair, published on 10-20; until then nothing is public, and no measure holds."""
    story.walk.on("2026-10-16")
    clerk = story.go("clerk", "listing", "L25", "24-repair-notice")
    how = {
        "conditions": "义务已履行，危害已消除",
        "where_to_apply": "本系统的通知，或者服务窗口",
        "materials": "申请书、承诺书",
    }
    clerk.fill_in(of("D-REPAIR-NOTICE", how))
    clerk.save()
    for title in (DECISION, REPAIR):
        story.hand_over("listing", "L25", title, "25-to-serve")
    story.take("clerk", "listing", "L25", "26-served", **of("D-SERVICE", {"place": "示例区市场监督管理局服务大厅"}))
    assert standing(story)[0] == "不在名单上。"

    story.walk.on("2026-10-20")
    entry = {"guard": "true", "published.violation_kind": "销售假药材"}
    index = story.take("third", "listing", "L27", "27-publish", **entry)
    # S01 to S04, S07 and S08 of measures.csv, in the group of the publication
    assert story.kinds_after(index) == ["record_entered", "listing_started", *["measure_started"] * 6]
    listings, _records = standing(story, "listing-28-standing")
    for text in (LIST, "列入日 2026年10月20日", "公示截止日 2029年10月20日", "可申请移出之日 2027年10月21日"):
        assert text in listings
    company = story.walk.person("company")
    company.open("/listings")
    company.look("listing-29-listings")
    assert COMPANY in company.main()
    company.open("/m/credit")
    company.look("listing-30-credit")
    assert "入市加严查验" in company.main()
    market = story.walk.person("market")
    market.open(f"/m/gate/{story.code}")
    market.look("listing-31-gate")
    assert "卖方有在效的入市加严查验措施" in market.main()  # a test before entry, and no more: a listing bars nobody
    first = story.walk.person("first")
    first.open(f"/desk/parties/{story.company}")
    first.look("listing-32-party")


def removed(story: Story) -> None:
    """Not before 2027-10-21; accepted by the registrar, decided by another within seven working days."""
    case, company = story.case("listing"), story.walk.person("company")
    story.walk.on("2027-10-20")
    company.open(f"/m/notices/{case}")
    assert "申请移出 2027年10月21日起可以办理" in company.main()
    assert company.link("申请移出").count() == 0
    story.walk.on("2027-10-21")
    company.open(f"/m/notices/{case}")
    company.hand.tap(company.link("申请移出"))
    company.look("listing-33-apply")
    company.fill_in(
        {
            "text": "承诺依法经营，不再销售假药材。",
            "public_consent": "同意",
            "duties_done_proof": "罚款已缴清，缴款书编号2026-88。",
            "harm_removed": "涉案药材已全部召回销毁。",
            "contact": "公司办公室",
            "guard": "yes",
        }
    )
    company.save()
    story.walk.on("2027-10-25")
    story.take("third", "listing", "L31", "34-accept", guard="true")
    assert COMPANY in story.walk.person("company").open("/listings").inner_text("main")
    story.walk.on("2027-10-26")
    grounds = of("D-REMOVE-DECISION", {"grounds": "列入满12个月，义务已履行，危害已消除。"})
    index = story.take("second", "listing", "L33", "35-remove", guard="true", **grounds)
    assert story.kinds_after(index) == ["listing_ended", "record_ended", *["measure_ended"] * 6]
    for day in ("2027-10-26", "2027-10-27"):
        story.walk.on(day)
        assert standing(story)[0] == "不在名单上。"
        assert COMPANY not in story.walk.person("company").open("/listings").inner_text("main")
    market = story.walk.person("market")
    market.open(f"/m/gate/{story.code}")
    assert "入市加严查验" not in market.main()
    company.open("/m/credit")
    company.look("listing-36-credit")
    assert "没有在效的措施。" in company.main()


OF_PENALTY = ("信用信息录入单", "信用信息复核单", "公示事先告知书", REPAIR, "送达回证", "公示信息摘要")
BETWEEN_OFFICIALS = (
    *("列入严重违法失信名单建议书", "送达回证", "法制审核（复核）意见书", "报请上一级同意列入的请示"),
    *("上一级意见", "送达回证"),
)
TO_THE_COMPANY = (
    *(NOTICE, "陈述申辩书", DECISION, REPAIR, "信用承诺书", "移出名单申请书", "受理通知书"),
    *("公示信息摘要", "移出严重违法失信名单决定书"),
)


def read_again(story: Story) -> None:
    """The office opens every paper of both cases, the company those that are its to read."""
    second, company = story.walk.person("second"), story.walk.person("company")
    story.read_all(second, f"/desk/cases/{story.case('penalty_record')}", OF_PENALTY)
    story.read_all(second, f"/desk/cases/{story.case('listing')}", BETWEEN_OFFICIALS + TO_THE_COMPANY)
    second.look("listing-37-case")
    story.read_all(company, f"/m/notices/{story.case('listing')}", TO_THE_COMPANY)
    company.look("listing-38-notice")


def over(story: Story) -> None:
    """The penalty is shown through 2029-09-08 and no second longer."""
    story.walk.on("2029-09-08", 23)
    assert PENALTY_NO in standing(story)[1]
    story.walk.on("2029-09-09", 0)
    assert standing(story)[1] == "没有公示中的记录。"
    assert story.state("penalty_record") == "ended_expired"
    second = story.walk.person("second")
    second.open(f"/desk/cases/{story.case('penalty_record')}")
    second.hand.tap(second.link("终止公示、共享、措施清单"))
    assert PENALTY_NO in second.main()
    assert "2029年9月9日起不再公示" in second.main()
    second.picture("listing-39-ended")
