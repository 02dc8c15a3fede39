"""Who would use a case for or against somebody is refused with the reason, in both languages, and nothing enters the log.

Each is tried as an official would in the browser, with an own key, and where the pages never offer it, by sending the signed
statement itself.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from httpx2 import Response

from api.auditing import run_audit
from api.casework import log_step, opening_of
from api.problems import problem_json, status_of
from credit.queries import records_of_subject
from tests.api.app_parts import COOP_KEY, ORIGIN, REGION, World
from tests.api.case_parts import (
    PENALTY,
    ROLES,
    case_row,
    cases,
    give,
    keep_up,
    moment,
    on,
    opened,
    paper,
    papers,
    run,
    running_cases,
    sampled,
    serve,
    signed,
    step,
    whole,
)
from tests.api.office_parts import KEYS, NEXT_DISTRICT, add_key, exact_text, proof_of
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.test_desk_case_steps import asked, words
from trace.ledger.errors import DomainError
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import signed_statement

JSON = "application/json"
SAID = {
    "case-party": (
        "没有被接受：办理人与当事人有利害关系，应当回避。由其他人员办理。",
        "Not accepted: whoever acts has an interest in the party and keeps out of the case. Another official takes the step.",
    ),
    "case-same-person": (
        "没有被接受：您办理过前面的步骤，这一步要由另一位人员办理。",
        "Not accepted: you took an earlier step. Another official must take this one.",
    ),
    "case-no-cosign": (
        "没有被接受：这一步还要另一位人员签名。请该职责的人员一起签名。",
        "Not accepted: this step wants the signature of a second official. Ask a holder of that office to sign as well.",
    ),
    "case-wrong-role": (
        "没有被接受：这一步要由持有相应职责的人用自己的密钥办理。请该职责的人员办理。",
        "Not accepted: this step is taken by the holder of the office, with an own key. Ask a person in that office.",
    ),
    "case-wrong-region": (
        "没有被接受：当事人不在这个机关的管辖范围内。由当事人所在地的机关办理。",
        "Not accepted: the party is outside this authority's region. The authority of the party's region acts.",
    ),
    "case-guard": (
        "没有被接受：办理这一步的条件还没有满足。补齐条件后再办理。",
        "Not accepted: a condition of this step does not hold. Meet it, then take the step.",
    ),
    "case-too-early": (
        "没有被接受：期限还没有到。到期以后再办理。",
        "Not accepted: the period is not over yet. Take the step when it is.",
    ),
    "case-step-due": (
        "没有被接受：期限已到，案件先要自动走完这一步。刷新后再办理。",
        "Not accepted: a period has ended and the case has to take that step first. Reload, then go on.",
    ),
    "case-open-already": (
        "没有被接受：同一件事已经有一个案件在办。打开那个案件继续。",
        "Not accepted: a case about the same matter is open already. Go on there.",
    ),
    "date-in-future": (
        "这个日期在将来。选今天或以前的日期。",
        "The date is in the future. Choose today or earlier.",
    ),
    "unknown-field": (
        "没有这个字段。核对名称，多余的请去掉。",
        "There is no such field. Check its name, or remove it.",
    ),
}
"""Both sentences of each refusal, copied by hand from what was agreed."""
IDS = count(9_000)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_cases(tmp_path) as running:
        on(running, "2026-09-10", 13)
        running.add_token("office later", "official", region=REGION, days=200)
        running.add_token("coop later", "member", party=running.parties["coop"], days=200)
        yield running
        assert run_audit(running.node.settings, running.node.genesis, envelopes=False).ok


def refused(body: dict[str, Any], code: str, lifted_by: str | None = None) -> None:
    assert (body["code"], body["zh"], body["en"]) == (code, *SAID[code])
    assert body.get("lifted_by") == lifted_by


def post(world: World, kind: str, chain: str, who: str, payload: dict[str, Any], **more: Any) -> Response:
    """A statement signed outside, sent as it is. `keys`: whose proofs it carries; `occurred_at`: the time that it claims."""
    keys: list[PrivateKey] = more.get("keys") or [KEYS[who]]
    fields = {
        "id": f"urn:uuid:00000000-0000-4000-8000-{next(IDS):012d}",
        "origin": ORIGIN,
        "chain": chain,
        "kind": kind,
        "actor": world.parties[who],
        "occurred_at": more.get("occurred_at", world.clock().strftime("%Y-%m-%dT%H:%M:%SZ")),
        "payload": payload,
    }
    statement = json.loads(signed_statement(fields, keys, "2026-09-10T00:06:00Z"))
    return world.post("/api/v1/statements", {"statement": statement, "openings": []}, "office later")


def post_step(world: World, case: str, procedure: str, code: str, who: str, **more: Any) -> Response:
    told = {name: more.pop(name) for name in ("keys", "occurred_at") if name in more}
    return post(world, "case_step", case, who, {**whole(procedure, code), **more}, **told)


def sign(browser: Browser, path: str, key: PrivateKey) -> Response:
    """The proof of what a signature box shows, answered as a program would be."""
    page = browser.get(path)
    return browser.post(path, {"proof": proof_of(exact_text(page), key)}, Accept=JSON)


def plain(answer: Response) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]*>", " ", answer.text)))


# ---- one's own competitor, one's own kin ---------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["listing", "penalty"])
@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("zh-CN", "您与当事人有利害关系，应当回避，由其他人员办理。"),
        ("en", "You have an interest in this party; another official must act."),
    ],
)
def test_nobody_opens_a_case_against_his_own_competitor(world: World, what: str, lang: str, sentence: str) -> None:
    coop = world.parties["coop"]
    give(world, "first", "market office", ["case_officer"], interests=(coop,))
    browser, size = signed_in(world, "first", lang), world.size
    path = f"/desk/parties/{coop}/{what}"

    page = browser.get(path)
    sent = browser.post(path, {"authority": world.parties["market office"], "do": "save"})

    assert sentence in plain(page)
    assert "<form" not in page.text.partition('<div class="desk-room">')[2]
    assert (sent.status_code, sent.headers["location"]) == (303, path)
    assert (world.size, cases(world)) == (size, [])


def test_an_interest_declared_while_the_proposal_waited_stops_it_at_the_signature(world: World) -> None:
    coop, office = world.parties["coop"], world.parties["market office"]
    browser = signed_in(world, "first")
    where = asked(browser, f"/desk/parties/{coop}/listing", authority=office)
    give(world, "first", "market office", ["case_officer"], interests=(coop,))
    size = world.size

    answer = sign(browser, where, KEYS["first"])
    after = browser.get(where)

    assert answer.status_code == 409
    refused(answer.json(), "case-party", "case_officer")
    assert SAID["case-party"][0].partition("：")[2] in words(after)
    assert (world.size, cases(world)) == (size, [])

    other = signed_in(world, "second")
    again = asked(other, f"/desk/parties/{coop}/listing", authority=office)
    assert sign(other, again, KEYS["second"]).status_code == 303  # whoever has no interest can
    assert [row["state"] for row in cases(world)] == ["drafted"]


def test_kin_takes_no_later_step_either(world: World) -> None:
    """L03 says `differs:L01` and nothing of interests; the law says it of every act (行政处罚法 art. 43)."""
    case = opened(world, "listing", "L01", "first", authority="market office")
    give(world, "second", "market office", ["dept_lead"], interests=(world.parties["coop"],))
    size = world.size

    page = signed_in(world, "second").get(f"/desk/cases/{case}/steps/L03")
    answer = post_step(world, case, "listing", "L03", "second")

    assert (page.status_code, page.headers["location"]) == (303, f"/desk/cases/{case}")
    assert answer.status_code == 409
    refused(answer.json(), "case-party", "dept_lead")
    assert (world.size, case_row(world, case)["state"]) == (size, "drafted")


def test_kin_hands_over_no_paper(world: World) -> None:
    case = opened(world, "listing", "L01", "first", authority="market office")
    step(world, case, "listing", "L03", "second")
    give(world, "third", "market office", ["service_clerk"], interests=(world.parties["coop"],))

    answer = post(world, "document_served", case, "third", handed_over(world, "2026-09-10"))

    refused(answer.json(), "case-party", "service_clerk")


# ---- one's own proposal ---------------------------------------------------------------------------------------------------


def test_nobody_confirms_what_he_entered(world: World) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    size = world.size

    page = signed_in(world, "first").get(f"/desk/cases/{case}/steps/P05")
    answer = post_step(world, case, "penalty_record", "P05", "first")

    assert (page.status_code, page.headers["location"]) == (303, f"/desk/cases/{case}")
    assert answer.status_code == 409
    refused(answer.json(), "case-same-person", "P01")
    assert answer.json()["step"] == "P05"
    assert (world.size, case_row(world, case)["state"]) == (size, "entered")


def test_nobody_signs_the_notice_of_his_own_proposal(world: World) -> None:
    case = opened(world, "listing", "L01", "first", authority="market office")

    answer = post_step(world, case, "listing", "L03", "first")

    assert "您是提出人，决定要由另一位人员作出。" in words(signed_in(world, "first").get(f"/desk/cases/{case}"))
    refused(answer.json(), "case-same-person", "L01")
    assert case_row(world, case)["state"] == "drafted"


def test_one_official_is_not_two(world: World) -> None:
    """P23 annuls a penalty with the proofs of two officials; one's own key beside one's own key is one."""
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    step(world, case, "penalty_record", "P05", "second")
    size = world.size

    alone = post_step(world, case, "penalty_record", "P23", "first")
    twice = post_step(world, case, "penalty_record", "P23", "first", keys=[KEYS["first"], KEYS["first"]])

    refused(alone.json(), "case-no-cosign", "second_officer")
    assert (twice.status_code, twice.json()["code"]) == (422, "duplicate-signer")
    assert (world.size, case_row(world, case)["state"]) == (size, "confirmed")


# ---- another day than today ------------------------------------------------------------------------------------------------


def test_a_claimed_time_opens_no_window_that_is_closed(world: World) -> None:
    """Served on Friday 09-11: a re-test could be asked for until 09-18. On 09-21 the party claims to have asked on 09-16."""
    case = sampled(world)
    on(world, "2026-09-11")
    serve(world, case, "D-RESULT-NOTICE")
    step(world, case, "sample_result", "S02", "first")
    on(world, "2026-09-21")
    claim = {"occurred_at": "2026-09-16T10:00:00+08:00", "keys": [COOP_KEY], "paper_on": "2026-09-16"}

    before = post_step(world, case, "sample_result", "S04", "coop", **claim)
    keep_up(world)
    size = world.size
    after = post_step(world, case, "sample_result", "S04", "coop", **claim)

    refused(before.json(), "case-step-due")
    assert (after.status_code, after.json()["code"]) == (409, "case-not-from-here")
    assert (world.size, case_row(world, case)["state"]) == (size, "final_fail")


def test_a_right_that_was_lost_is_not_claimed_back(world: World) -> None:
    """L06 is barred after five working days from the service on Thursday 09-10: the last is 09-17."""
    case = noticed(world)
    on(world, "2026-09-17", 23)
    in_time = post_step(world, case, "listing", "L06", "coop", keys=[COOP_KEY])
    step(world, case, "listing", "L09", "second")
    post_step(world, case, "listing", "L11", "coop", keys=[COOP_KEY])
    on(world, "2026-09-18", 0)

    late = post_step(world, case, "listing", "L06", "coop", keys=[COOP_KEY], occurred_at="2026-09-17T10:00:00+08:00")

    assert in_time.status_code == 201, in_time.text
    refused(late.json(), "case-step-due")  # the clock closes the defence first
    assert case_row(world, case)["state"] == "defence_open"


def noticed(world: World, recorded_on: str = "2026-09-10") -> str:
    """A listing whose notice was signed on 2026-09-10 and, as is said on that day, handed over at once."""
    case = opened(world, "listing", "L01", "first", authority="market office")
    step(world, case, "listing", "L03", "second")
    on(world, recorded_on)
    assert post(world, "document_served", case, "third", handed_over(world, "2026-09-10")).status_code == 201
    step(world, case, "listing", "L04", "third")
    return case


def handed_over(world: World, served_on: str) -> dict[str, str]:
    made = paper("D-LIST-NOTICE")
    return {
        "document": "D-LIST-NOTICE",
        "doc_no": made["doc_no"],
        "hash": made["hash"],
        "method": "receipt",
        "to": world.parties["coop"],
        "served_on": served_on,
    }


def test_a_service_dated_back_makes_the_days_of_the_defence_no_shorter(world: World) -> None:
    """Said to have been served on 09-10, entered on Monday 09-14: five working days, the Sunday 09-20 is one, end with it."""
    case = noticed(world, recorded_on="2026-09-14")
    early = {"occurred_at": "2026-09-01T10:00:00+08:00"}

    on(world, "2026-09-20", 23)
    keep_up(world)
    before = case_row(world, case)["state"]
    reviewed = post_step(world, case, "listing", "L15", "third", **early)
    on(world, "2026-09-21", 0)
    keep_up(world)

    assert reviewed.json()["code"] == "case-not-from-here"
    assert (before, case_row(world, case)["state"]) == ("defence_open", "defence_closed")


def test_the_page_of_a_case_says_that_nobody_was_called_who_did_not_come(world: World) -> None:
    """The hearing is set on 2026-09-10 and could be from 09-21: 09-11, 14, 15, 16, 17, 18 and the worked Sunday 09-20."""
    case = opened(world, "listing", "L01", "first", authority="market office")
    step(world, case, "listing", "L03", "second")
    serve(world, case, "D-LIST-NOTICE", "third")
    step(world, case, "listing", "L04", "third")
    post_step(world, case, "listing", "L06", "coop", keys=[COOP_KEY])
    step(world, case, "listing", "L09", "third")
    on(world, "2026-09-21")

    page = signed_in(world, "second").get(f"/desk/cases/{case}")
    refused = post_step(world, case, "listing", "L13", "second")

    assert "听证通知书已经送达当事人，并记录了送达" in words(page)
    assert (refused.status_code, refused.json()["code"]) == (409, "case-guard")
    assert refused.json()["lifted_by"] == "hearing_called"


@pytest.mark.parametrize(
    ("method", "served_on", "first"),
    [("receipt", "2020-01-01", "2026-09-10"), ("public-notice", "2026-10-09", "2026-10-10")],
)
def test_a_service_that_cannot_have_been_is_refused_with_the_first_day_that_can(
    world: World, method: str, served_on: str, first: str
) -> None:
    """The notice is signed on 2026-09-10; thirty days after that is 10-10 (民事诉讼法 art. 95)."""
    case = opened(world, "listing", "L01", "first", authority="market office")
    step(world, case, "listing", "L03", "second")

    answer = post(world, "document_served", case, "third", {**handed_over(world, served_on), "method": method})
    again = post(world, "document_served", case, "third", {**handed_over(world, first), "method": method})

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "service-too-early")
    assert [one["pointer"] for one in problem["errors"]] == ["/statement/payload/served_on"]
    assert first in problem["zh"]
    assert first in problem["en"]
    assert again.status_code == 201, again.text


@pytest.mark.parametrize(
    ("said", "code", "pointer"),
    [
        ({"facts": {"case_filed": "2026-06-01"}}, "unknown-field", "/payload/facts/case_filed"),
        ({"facts": {"listing_date": "2023-09-10"}}, "unknown-field", "/payload/facts/listing_date"),
        ({"facts": {"restriction_end": "2036-09-10"}}, "unknown-field", "/payload/facts/restriction_end"),
        ({"paper_on": "2026-09-11"}, "date-in-future", "/payload/paper_on"),
    ],
)
def test_no_day_that_the_case_computes_is_typed(world: World, said: dict[str, Any], code: str, pointer: str) -> None:
    case = opened(world, "listing", "L01", "first", authority="market office")
    size = world.size

    answer = post_step(world, case, "listing", "L03", "second", **said)

    assert answer.status_code == 422
    refused(answer.json(), code)
    assert [one["pointer"] for one in answer.json()["errors"]] == [f"/statement{pointer}"]
    assert (world.size, case_row(world, case)["state"]) == (size, "drafted")


def test_nothing_is_published_for_longer_or_of_another_party_than_the_log_says(world: World) -> None:
    """A general penalty of 2026-09-08 is shown through 2027-09-08 (twelve months, 发改办财金规〔2026〕36号 as told)."""
    case = to_publish(world)
    size = world.size
    other = {"published_until": "2036-09-08", "party": "示例县另一家合作社", "published_from": "2026-09-10"}
    own = {"violation_kind": "使用禁用农药", "measures": "罚款"}

    answer = post_step(world, case, "penalty_record", "P07", "third", published={**own, **other})

    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "published-differs")
    assert [one["pointer"].rpartition("/")[2] for one in body["errors"]] == ["party", "published_until"]
    assert body["right"] == {"party": "示例中药材专业合作社", "published_until": "2027-09-08"}
    assert body["zh"] == (
        "没有被接受：公示内容与账本不同，账本里是当事人名称：示例中药材专业合作社，公示截止日：2027-09-08。去掉这些项，或者照此填写。"
    )
    assert body["en"] == (
        "Not accepted: of what would be published, the log says name of the party: 示例中药材专业合作社; published until: "
        "2027-09-08. Leave these out, or write them so."
    )
    assert body["errors"][0]["zh"] == "没有被接受：这项公示内容与账本不同。去掉这一项，或者照账本填写。"
    assert (world.size, case_row(world, case)["state"]) == (size, "recorded")


def test_a_repair_is_not_asked_for_before_its_day_by_another_date(world: World) -> None:
    """A general penalty of 2026-09-08 can be repaired from 2026-12-09 on (three months, 发改办财金规〔2026〕36号 as told)."""
    path = published(world)
    on(world, "2026-12-08", 23)
    browser, size = signed_in(world, "coop later"), world.size
    browser.get(path)

    answer = apply_for_repair(browser, path)

    told(answer, "case-too-early")
    assert [one["procedure"] for one in cases(world)] == ["penalty_record"]
    assert world.size == size


# ---- another region, no list power -----------------------------------------------------------------------------------------


def test_an_official_of_the_next_district_takes_no_step_here(world: World) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    add_key(world, 901, "far", KEYS["far"])
    give(world, "far", "farming", ROLES, region="341600")  # the whole city: may
    step(world, case, "penalty_record", "P05", "far")
    case_next = opened_next(world)
    size = world.size

    answer = post_step(world, case_next, "penalty_record", "P05", "new")

    refused(answer.json(), "case-wrong-role", "second_officer")
    assert (world.size, case_row(world, case_next)["state"]) == (size, "entered")


def opened_next(world: World) -> str:
    """A case of this district, and an official called `new` of the district beside it."""
    person = {"name": "示例邻区人员", "legal_form": "person", "roles": ["regulator"], "region": NEXT_DISTRICT}
    world.parties["new"] = world.made("/api/v1/parties", person, "official")["id"]
    add_key(world, 902, "new", KEYS["new"])
    give(world, "new", "farming", ROLES, region=NEXT_DISTRICT)
    fresh = {**PENALTY["paper"], "number": "谯农罚〔2026〕99号", "hash": "cd" * 32}
    return opened(world, "penalty_record", "P01", "first", **{**PENALTY, "paper": fresh})


def test_a_page_of_another_region_is_not_found(world: World) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    elsewhere = signed_in(world, "office elsewhere")

    for path in (
        f"/desk/cases/{case}",
        f"/desk/cases/{case}/steps/P05",
        f"/desk/parties/{world.parties['coop']}/listing",
    ):
        assert elsewhere.get(path).status_code == 404


def unopened(
    world: World, who: str, procedure: str, code: str, *, authority: str, party: str, region: str
) -> dict[str, Any]:
    """What whoever runs the node would be answered who opens a case for an official by hand, as JSON."""
    before = opening_of(
        world.node, procedure, subject=world.parties[party], authority=world.parties[authority], region=region
    )
    payload = whole(procedure, code, opening=before)
    size = world.size
    with pytest.raises(DomainError) as found:
        run(
            world,
            log_step(
                world.node, papers(world), signed(world, "case_step", before.statement.chain, who, payload), before
            ),
        )
    assert (world.size, cases(world)) == (size, [])
    return problem_json(found.value, status_of(found.value), "urn:uuid:0")


@pytest.mark.parametrize("region", ["310115", REGION])
def test_no_authority_opens_a_case_about_a_party_of_another_region(world: World, region: str) -> None:
    """The retailer is in Shanghai: neither by its own region nor by a false one."""
    body = unopened(world, "first", "listing", "L01", authority="market office", party="retailer", region=region)

    refused(body, "case-wrong-region", "310115")


def test_an_authority_without_a_list_power_lists_nobody(world: World) -> None:
    body = unopened(world, "first", "listing", "L01", authority="farming", party="coop", region=REGION)

    refused(body, "case-guard", "competent_basis")
    assert "P-GBF49" in body["article"]


# ---- two at once -----------------------------------------------------------------------------------------------------------


def published(world: World) -> str:
    """A penalty that is public since 2026-09-10; the address where its repair is applied for."""
    case = to_publish(world)
    step(world, case, "penalty_record", "P07", "third")
    with world.node.reading() as reads:
        (record,) = records_of_subject(reads.connection, world.parties["coop"])
    return f"/m/repair/{record['id'].replace('/', '.')}"


def to_publish(world: World) -> str:
    """A penalty that may be published."""
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)
    step(world, case, "penalty_record", "P05", "second")
    serve(world, case, "D-PUB-NOTICE")
    serve(world, case, "D-REPAIR-NOTICE")
    step(world, case, "penalty_record", "P06", "third")
    return case


def apply_for_repair(browser: Browser, path: str) -> Response:
    fields = {"duties_done_proof": "罚款已缴，已整改", "text": "承诺", "public_consent": "公开", "guard": "yes"}
    return browser.post(path, {**fields, "do": "save"})


def told(answer: Response, code: str) -> None:
    """The form again, with the sentence above it and everything that was typed."""
    assert answer.status_code == 409
    lang = 1 if 'lang="en"' in answer.text.partition(">")[2].partition(">")[0] else 0
    for part in SAID[code][lang].removeprefix("没有被接受：").removeprefix("Not accepted: ").split("。"):
        assert part in plain(answer)
    assert "罚款已缴，已整改" in answer.text


def test_of_two_repairs_at_once_one_is_taken_and_the_other_is_told(world: World) -> None:
    path = published(world)
    on(world, "2026-12-09")
    browsers = [signed_in(world, "coop later", lang) for lang in ("zh-CN", "en")]
    for browser in browsers:
        browser.get(path)
    together = Barrier(2)

    def apply(browser: Browser) -> Response:
        together.wait(120)
        return apply_for_repair(browser, path)

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(apply, browsers), key=lambda one: one.status_code)
    size = world.size
    third = apply_for_repair(browsers[0], path)

    assert [one.status_code for one in answers] == [303, 409]
    told(answers[1], "case-open-already")
    told(third, "case-open-already")
    assert world.size == size
    assert [one["state"] for one in cases(world) if one["procedure"] == "repair"] == ["applied"]


def test_a_repair_that_was_withdrawn_leaves_room_for_another(world: World) -> None:
    path = published(world)
    on(world, "2026-12-09")
    browser = signed_in(world, "coop later")
    browser.get(path)
    first = apply_for_repair(browser, path)
    repair = first.headers["location"].rpartition("/")[2]
    withdrawn = post_step(world, repair, "repair", "X15", "coop", keys=[COOP_KEY])
    browser.get(path)

    second = apply_for_repair(browser, path)

    assert (withdrawn.status_code, second.status_code) == (201, 303)
    states = [one["state"] for one in cases(world) if one["procedure"] == "repair"]
    assert states == ["withdrawn", "applied"]
    assert moment("2026-12-09") == world.clock()
