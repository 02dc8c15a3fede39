"""Do the papers of a listing begin with what the penalty, the tables and earlier papers say, so that grounds alone are typed?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from credit.queries import records_of_subject
from tests.api.app_parts import REGION, World
from tests.api.case_parts import PENALTY, cases, keep_up, on, opened, running_cases, serve, step
from tests.api.page_parts import signed_in
from tests.api.pages.forms.html_forms import SeenForm, seen_form, told_lines
from tests.api.pages.public_days import appoint_upper, give_years
from tests.api.pages.public_days import proposed as proposed_by_log
from tests.api.pages.test_desk_case_steps import serve_links, signs
from tests.api.pages.test_notices import answer, listed, recorded
from trace.state import Row

COURT = "D-LIST-DECISION.remedies_court_6m"
PAUSES = ("fact.decision_date", "fact.examination_from", "fact.examination_until")
"""Days that a decision may state and need not."""
MEASURES = """S01 列为重点监管对象 提高检查频次
S02 不适用告知承诺制
S03 不予授予荣誉称号和表彰
S04 审查许可 资质 采购 招投标的重要考量
S07 暂停自行承诺开证 改为批批检测
S08 入市加严查验"""
"""Those of measures.csv that start with a listing by themselves, for one that is no household."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_cases(tmp_path) as running:
        on(running, "2026-09-10", 13)
        yield running


def published_penalty(world: World, day: str = "2026-09-11") -> None:
    """By `first`, compared by `second`, published on this day, 2026-09-11 a Friday."""
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    step(world, case, "penalty_record", "P05", "second")
    on(world, day)
    for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE"):
        serve(world, case, code)
    step(world, case, "penalty_record", "P06", "first")
    step(world, case, "penalty_record", "P07", "third")


def form(world: World, who: str, path: str) -> SeenForm:
    answer = signed_in(world, who).get(path)
    assert answer.status_code == 200, answer.text
    found = seen_form(answer.text)
    return SeenForm(found.action, [(name, text.replace("\r\n", "\n")) for name, text in found.fields])


def told(world: World, who: str, path: str) -> dict[str, str]:
    """What a form says of its papers without asking."""
    return told_lines(signed_in(world, who).get(path).text)


def test_a_proposal_names_the_penalty_that_it_rests_on(world: World) -> None:
    published_penalty(world)

    found = form(world, "first", f"/desk/parties/{world.parties['coop']}/listing")

    def begins(name: str) -> list[str]:
        return found.values(f"d.D-LIST-PROPOSAL.{name}")

    assert begins("penalty_decision_no") == ["谯农罚〔2026〕31号"]
    assert begins("evidence_hashes") == ["谯农罚〔2026〕31号，SHA-256 " + "ab" * 32]
    assert begins("grounds_articles") == ["农产品质量安全法第七十条；市场监督管理严重违法失信名单管理办法第2条"]
    assert begins("class") == ["一般"]
    assert begins("handlers_2") == ["示例first、示例second"]
    assert begins("facts") == [""]
    assert len(found.values("evidence")) == 1  # ticked: the record of that penalty


def test_a_proposal_offers_no_record_of_the_sector_as_evidence(world: World) -> None:
    """A failed supervision sample on record since 2026-09-30, and a penalty published on 10-08."""
    on(world, "2026-09-10")
    recorded(world)
    path = f"/desk/parties/{world.parties['coop']}/listing"
    before = signed_in(world, "first").get(path).text
    on(world, "2026-10-08")
    published_penalty(world, "2026-10-08")

    found = signed_in(world, "first").get(path).text

    records = {one["item"]: one["layer"] for one in own_records(world)}
    assert records["N09"] == "sector"
    assert 'name="evidence"' not in before
    assert evidence_lines(found) == ["行政处罚 一般，2026年10月8日"]


def own_records(world: World) -> list[Row]:
    with world.node.reading() as reads:
        return records_of_subject(reads.connection, world.parties["coop"])


def evidence_lines(page: str) -> list[str]:
    """What may be ticked as evidence."""
    inputs = re.findall(r'<label[^>]*>(?:(?!</label>).)*name="evidence"(?:(?!</label>).)*</label>', page, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub("<[^>]*>", "", one)).strip() for one in inputs]


def proposed(world: World) -> str:
    """A listing of a company with an address, proposed and noticed by pages, on 2026-09-11."""
    body = {"name": "示例药材有限公司", "legal_form": "enterprise", "roles": ["processor"], "region": REGION}
    world.parties["company"] = world.made(
        "/api/v1/parties", {**body, "uscc": "91341602EXAMPLE09D", "address": "谯东镇示例大道99号"}, "official"
    )["id"]
    signs(world, "first", f"/desk/parties/{world.parties['company']}/listing", authority=world.parties["market office"])
    return newest(world)


def newest(world: World) -> str:
    return str(cases(world)[-1]["id"])


def test_the_notice_tells_of_every_measure_that_will_start_by_itself(world: World) -> None:
    case = proposed(world)

    found = form(world, "second", f"/desk/cases/{case}/steps/L03")

    assert found.values("d.D-LIST-NOTICE.intended_measures") == [MEASURES]
    assert told(world, "second", f"/desk/cases/{case}/steps/L03")["期限"] == "自列入之日起36个月"


def to_decide(world: World) -> str:
    """A listing that waits for its decision, made by pages but for the request to the city, on 2026-09-18."""
    appoint_upper(world)
    case = proposed(world)
    signs(world, "second", f"/desk/cases/{case}/steps/L03", guard="true")
    services = f"/desk/cases/{case}/steps/L04"
    (link,) = serve_links(signed_in(world, "third").get(services))
    signs(world, "third", link, method="receipt", served_on="2026-09-10", receiver="王某")
    signs(world, "third", services)
    on(world, "2026-09-18")  # five working days after 09-10 are over
    keep_up(world)
    signs(world, "third", f"/desk/cases/{case}/steps/L15", guard="true")
    return case


def test_a_decision_asks_for_nothing_that_is_known_and_makes_up_no_court(world: World) -> None:
    case = to_decide(world)
    request = told(world, "second", f"/desk/cases/{case}/steps/L18")
    step(world, case, "listing", "L18", "second")
    signs(world, "far", f"/desk/cases/{case}/steps/L19")

    found = form(world, "second", f"/desk/cases/{case}/steps/L22")

    texts = {name.removeprefix("d.D-LIST-DECISION."): text for name, text in found.fields if "D-LIST-DECISION" in name}
    # The decision bears the day on which it is made: none is asked for.
    stated = {name for name, _text in found.fields if name.startswith("fact.")}
    assert stated == {"fact.examination_from", "fact.examination_until"}
    # The court alone: which one has suits against this office stands nowhere, and none is made up (行政诉讼法 art. 18).
    assert [name for name, text in texts.items() if text == ""] == ["remedies_court_6m"]
    assert texts["subject_address"] == "谯东镇示例大道99号"
    assert texts["measures_and_hint"] == MEASURES
    assert told(world, "second", f"/desk/cases/{case}/steps/L22")["期限"] == "自列入之日起36个月"
    # Rows L30, L31 and L33 of procedure_listing.csv.
    assert texts["removal_terms_and_procedure"].startswith("列入满12个月")
    assert "3个工作日内决定是否受理，受理后7个工作日内" in texts["removal_terms_and_procedure"]
    assert texts["remedies_reconsideration_60d"] == "亳州市谯城区人民政府"  # 行政复议法 art. 24 (1)
    assert re.fullmatch("谯市监〔2026〕1号，SHA-256 [0-9a-f]{64}", request["案卷的校验值"])
    # The city's answer is counted by the city: 亳 is its short name, 谯 the district's.
    assert "上一级意见，亳市监〔2026〕1号" in signed_in(world, "second").get(f"/desk/cases/{case}").text


def test_a_later_decision_begins_with_the_court_that_the_office_wrote_last(world: World) -> None:
    """Written in a decision that was signed and made here; other offices, and papers made elsewhere, say nothing of it."""
    case = to_decide(world)
    step(world, case, "listing", "L18", "second")
    signs(world, "far", f"/desk/cases/{case}/steps/L19")
    written = {f"d.{COURT}": "亳州市示例区人民法院"} | dict.fromkeys(PAUSES, "")
    signs(world, "second", f"/desk/cases/{case}/steps/L22", **{n.replace(".", "__"): one for n, one in written.items()})
    for name in ("neighbour", "coop"):
        another = proposed_by_log(world, name)
        on(world, "2026-10-10" if name == "coop" else "2026-09-27")
        keep_up(world)
        for code, who in (("L15", "third"), ("L18", "second"), ("L19", "far")):
            step(world, another, "listing", code, who)
        if name == "neighbour":
            step(world, another, "listing", "L22", "second")

    found = form(world, "second", f"/desk/cases/{another}/steps/L22")

    assert found.values(f"d.{COURT}") == ["亳州市示例区人民法院"]


def test_an_acceptance_bears_the_days_of_the_application_not_of_the_defence(world: World) -> None:
    """Seven working days after Monday 2027-10-25 end on 11-03."""
    for who in ("second", "third"):
        give_years(world, who, "official", party=world.parties[who], region=REGION)
    case = listed(world)
    on(world, "2027-10-21")
    typed = ("text", "public_consent", "duties_done_proof", "harm_removed", "contact")
    answer(signed_in(world, "coop"), f"/m/notices/{case}/L30", guard="yes", **dict.fromkeys(typed, "见附件"))
    on(world, "2027-10-25")
    accept = told(world, "third", f"/desk/cases/{case}/steps/L31")
    asked = form(world, "third", f"/desk/cases/{case}/steps/L31")
    step(world, case, "listing", "L31", "third")
    grant = told(world, "second", f"/desk/cases/{case}/steps/L33")

    days = {"收到时间": "2027年10月21日", "受理时间": "2027年10月25日", "办结期限": "2027年11月3日"}
    assert {term: accept[term] for term in days} == days
    assert (grant["终止的措施"], grant["生效时间"]) == (MEASURES, "2027年10月25日")
    # What is known is not asked, so nobody can write another day into the paper.
    assert not [name for name, _text in asked.fields if name.startswith("d.")]
