"""A party says in its own account that a paper came: it counts from that day, nobody has to, and nobody says it for another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.recording import log_all
from tests.api.app_parts import World
from tests.api.case_parts import case_row, on, opened, run, running_cases, sampled
from tests.api.office_parts import KEYS, sign
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.test_desk_case_steps import SCAN, asked, signs, words
from trace.ledger.errors import Invalid


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_cases(tmp_path) as running:
        on(running, "2026-09-10", 13)
        yield running


def made(world: World) -> str:
    """The case of a failed sample, whose result the clerk has made to be handed over."""
    case = sampled(world)
    path = f"/desk/cases/{case}/steps/S02"
    assert asked(signed_in(world, "first"), path) == path
    return case


def offered(browser: Browser) -> list[str]:
    """Where the party may say that a paper came."""
    return re.findall(r'href="(/m/notices/[^"]+/received/[0-9a-f]{64})"', browser.get("/m/").text)


def services(world: World, case: str) -> list[tuple[str, str]]:
    """By whom and how papers of a case were handed over."""
    with world.node.reading() as reads:
        said = [row.statement for row in reads.chain_rows(case)]
    return [
        (
            "node" if world.node.genesis.chain.encode() in one else "official",
            "in-app" if b'"in-app"' in one else "paper",
        )
        for one in said
        if b'"document_served"' in one
    ]


def test_a_paper_that_the_party_acknowledges_counts_from_that_day_and_the_office_goes_on(world: World) -> None:
    """Acknowledged on Friday 2026-09-11: five working days end on Friday 09-18 (农产品质量安全法 art. 51)."""
    case = made(world)
    on(world, "2026-09-11")
    browser = signed_in(world, "coop")
    (path,) = offered(browser)

    page = browser.get(path).text
    copy = browser.get(re.findall(r'href="(/m/documents/[^"]+)"', page)[0])
    answer = browser.post(path, {})
    signs(world, "first", f"/desk/cases/{case}/steps/S02")

    assert "检测结果告知及复检权利告知书" in page
    assert copy.status_code == 200
    assert (answer.status_code, answer.headers["location"]) == (303, f"/m/notices/{case}")
    assert services(world, case) == [("node", "in-app")]
    assert case_row(world, case)["state"] == "retest_open"
    assert "到2026年9月18日24时止" in browser.get(f"/m/notices/{case}").text
    assert offered(browser) == []


def test_a_second_tap_records_nothing_twice(world: World) -> None:
    case = made(world)
    browser = signed_in(world, "coop")
    (path,) = offered(browser)
    browser.get(path)

    answers = [browser.post(path, {}) for _ in range(2)]

    assert [one.headers.get("location") for one in answers] == [f"/m/notices/{case}"] * 2
    assert len(services(world, case)) == 1
    assert browser.get(path).headers["location"] == f"/m/notices/{case}"


def test_nothing_counts_while_nobody_acknowledges(world: World) -> None:
    case = made(world)
    browser = signed_in(world, "coop")
    browser.get(offered(browser)[0])
    on(world, "2026-09-16")

    assert services(world, case) == []
    assert case_row(world, case)["state"] == "fail_reported"
    assert "记录送达" in words(signed_in(world, "first").get(f"/desk/cases/{case}/steps/S02"))


def test_only_the_newest_of_two_papers_is_acknowledged(world: World) -> None:
    case = made(world)
    browser = signed_in(world, "coop")
    (first,) = offered(browser)
    on(world, "2026-09-11")
    again = f"/desk/cases/{case}/steps/S02?again=yes"
    asked(signed_in(world, "first"), again, **{"d__D-RESULT-NOTICE__where": "谯城区农业农村局306室"})

    (second,) = offered(browser)

    assert second != first
    assert browser.post(first, {}).status_code == 404
    assert services(world, case) == []


@pytest.mark.parametrize(("who", "status"), [("neighbour", 404), ("first", 403), ("auditor", 403), ("laboratory", 403)])
def test_nobody_says_it_for_another(world: World, who: str, status: int) -> None:
    case = made(world)
    (path,) = offered(signed_in(world, "coop"))
    browser = signed_in(world, who)
    browser.get("/m/me")

    assert (browser.get(path).status_code, browser.post(path, {}).status_code) == (status, status)
    assert services(world, case) == []


def test_a_paper_that_is_handed_over_already_is_not_offered(world: World) -> None:
    """Made by the next step's clerk and served at the counter."""
    case = made(world)
    clerk = signed_in(world, "first")
    (link,) = re.findall(
        r'href="(/desk/cases/[^"]+/serve/[0-9a-f]{64})"', clerk.get(f"/desk/cases/{case}/steps/S02").text
    )
    signs(world, "first", link, method="receipt", served_on="2026-09-10", receiver="王某")

    assert offered(signed_in(world, "coop")) == []


def test_the_node_cannot_say_that_a_paper_came_on_another_day(world: World) -> None:
    """A receipt that whoever runs the server could date back would take days of the party's time to answer."""
    case = made(world)
    (path,) = offered(signed_in(world, "coop"))
    on(world, "2026-09-14")
    node = world.node
    payload = {
        "document": "D-RESULT-NOTICE",
        "doc_no": "谯农〔2026〕1号",
        "hash": path.rpartition("/")[2],
        "method": "in-app",
        "to": world.parties["coop"],
        "served_on": "2026-09-11",
    }
    signed = node.recorder.record(
        "document_served", payload, chain=case, actor=node.genesis.chain, recorded_by="node", id=node.recorder.new_id()
    )

    with pytest.raises(Invalid) as refused:
        run(world, log_all(node, signed))

    assert refused.value.code == "date-not-today"


def test_a_notice_of_a_listing_is_offered_once_it_is_signed(world: World) -> None:
    """D-LIST-NOTICE is made at L03 and handed over at L04."""
    case = opened(world, "listing", "L01", "first", authority="market office")
    before = offered(signed_in(world, "coop"))
    signs(world, "second", f"/desk/cases/{case}/steps/L03", guard="true")

    (path,) = offered(signed_in(world, "coop"))
    browser = signed_in(world, "coop")
    browser.get(path)
    browser.post(path, {})
    signs(world, "third", f"/desk/cases/{case}/steps/L04")

    assert before == []
    assert case_row(world, case)["state"] == "defence_open"


def noticed(world: World) -> str:
    """A listing proposed, and its notice acknowledged in the account."""
    case = opened(world, "listing", "L01", "first", authority="market office")
    signs(world, "second", f"/desk/cases/{case}/steps/L03", guard="true")
    browser = signed_in(world, "coop")
    (path,) = offered(browser)
    browser.get(path)
    browser.post(path, {})
    signs(world, "third", f"/desk/cases/{case}/steps/L04")
    return case


def hearing_set(world: World) -> str:
    """A hearing asked for in the account on Thursday 2026-09-10, and set by somebody else than the proposer."""
    case, browser = noticed(world), signed_in(world, "coop")
    asked_for = browser.post(f"/m/notices/{case}/L06", {"reasons": "请当面核对", "guard": "yes", "do": "save"})
    assert asked_for.status_code == 303, words(asked_for)
    signs(world, "third", f"/desk/cases/{case}/steps/L09", guard="true", **{"d.D-HEAR-NOTICE.place": "二楼听证室"})
    return case


def test_whoever_asked_for_a_hearing_reads_when_and_where_it_is_and_says_that_the_notice_came(world: World) -> None:
    """Seven working days before it the party is told (行政处罚法 art. 64); who is not told loses the hearing unheard."""
    case = hearing_set(world)
    browser = signed_in(world, "coop")
    (path,) = offered(browser)

    notice = browser.get(f"/m/notices/{case}").text
    copy = browser.get(re.findall(r'href="(/m/documents/[^"]+)">[^/]*听证通知书', notice.replace("\n", ""))[0])
    page = browser.get(path).text
    answer = browser.post(path, {})

    assert "安排听证" in notice
    assert "二楼听证室" in copy.text
    assert "您今天收到了听证通知" in page
    assert "您的期限从今天起算" not in page
    assert (answer.status_code, offered(browser)) == (303, [])
    assert services(world, case)[-1] == ("node", "in-app")
    assert "听证地点</dt><dd>二楼听证室" in re.sub(
        r"<span[^>]*>|</span>|\s", "", browser.get(f"/m/notices/{case}").text
    )
    assert "听证已安排" in browser.get("/m/").text


def test_the_desk_sees_that_a_notice_of_a_hearing_was_not_handed_over_and_records_that_it_was(world: World) -> None:
    case = hearing_set(world)
    page = signed_in(world, "third").get(f"/desk/cases/{case}").text
    (link,) = re.findall(r'<a href="(/desk/cases/[^"]+/serve/[0-9a-f]{64})">还没有记录送达：听证通知书</a>', page)
    audited = signed_in(world, "auditor").get(f"/desk/cases/{case}").text

    signs(world, "third", link, method="receipt", served_on="2026-09-10", receiver="王某")

    assert "还没有记录送达：听证通知书" in audited
    assert "/serve/" not in audited
    assert "还没有记录送达" not in signed_in(world, "third").get(f"/desk/cases/{case}").text
    assert offered(signed_in(world, "coop")) == []


def test_a_company_that_was_heard_reads_the_record_and_that_it_is_not_listed(world: World) -> None:
    """Set on Thursday 09-10: 11, 14, 15, 16, 17, 18 and the worked Sunday 20 lie between, held on Monday 09-21."""
    case = hearing_set(world)
    on(world, "2026-09-21")
    signs(world, "third", f"/desk/cases/{case}/steps/L12", guard="true")
    signs(world, "third", f"/desk/cases/{case}/steps/L14", guard="true")
    before = signed_in(world, "coop").get(f"/m/notices/{case}").text
    signs(world, "third", f"/desk/cases/{case}/steps/L17")

    page = signed_in(world, "coop").get(f"/m/notices/{case}").text

    assert "听证笔录" in before
    assert "不予列入决定书" in page
    assert "法制审核：不予列入" in page
    assert "法制审核（复核）意见书" not in page


def test_a_paper_that_the_clerk_entered_is_opened_before_it_is_signed_for_and_by_its_party(world: World) -> None:
    """A scan is a file and no document that was made here: neither link may lead nowhere."""
    case, clerk, browser = noticed(world), signed_in(world, "third"), signed_in(world, "coop")
    waiver = {"f.D-WAIVER.file": SCAN}

    where = asked(clerk, f"/desk/cases/{case}/steps/L07", waiver, guard="true", paper_on="2026-09-09")
    (to_sign,) = re.findall(r'<a href="([^"]+)">放弃陈述申辩（听证）声明', clerk.get(where).text)
    sign(clerk, where, KEYS["third"])
    (own,) = re.findall(r'href="(/m/files/[0-9a-f]{64})"', browser.get(f"/m/notices/{case}").text)

    assert (clerk.get(to_sign).content, browser.get(own).content) == (SCAN[1], SCAN[1])


def test_whoever_was_noticed_reads_that_the_proposal_was_withdrawn(world: World) -> None:
    case = noticed(world)
    waiver = {"f.D-WAIVER.file": SCAN}
    signs(world, "third", f"/desk/cases/{case}/steps/L07", waiver, guard="true", paper_on="2026-09-10")
    signs(world, "third", f"/desk/cases/{case}/steps/L16")
    signs(world, "first", f"/desk/cases/{case}/steps/L02")

    page = signed_in(world, "coop").get(f"/m/notices/{case}").text

    assert "撤回建议" in page.partition('id="events"')[2]
    assert "撤回建议说明" not in page
    assert "法制审核（复核）意见书" not in page
