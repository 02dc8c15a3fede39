"""A clerk or an official looks at what was kept aside, and vouches for it or dismisses it; nobody else sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from api.aside import Aside
from api.aside.db import AsideStore
from api.auditing import run_audit
from tests.api.app_parts import (
    COOP_KEY,
    CREATED,
    HARVEST,
    PLACE,
    RETIRED_KEY,
    SHANGHAI,
    STRANGER_KEY,
    World,
    opening,
    running_world,
)
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import seen_form, told_lines
from tests.api.pages.test_member_pages import statement_at
from tests.api.pages.test_member_waiting import bundle_of
from trace.ledger.bundle import verify_bundle
from trace.ledger.canonical import decode_value
from trace.ledger.keys import parse_vkey
from trace.ledger.statement import signed_statement

ID = "00000000-0000-4000-8000-000000000001"
MINE, DESK = f"/m/aside/{ID}", f"/desk/aside/{ID}"
OPERATOR = opening("厉秋收")
PRIVATE = {**HARVEST, "operator": {"commit": OPERATOR["commit"]}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_world(tmp_path) as running:
        yield running


def keep(world: World, number: int = 1, *openings: Any, **changed: Any) -> dict[str, Any]:
    """What the co-op's device sent with its ended key, and is kept aside from now on."""
    statement = world.statement(number, RETIRED_KEY, **changed)
    answer = world.post("/api/v1/statements", {"statement": statement, "openings": list(openings)}, "coop")
    assert answer.status_code == 409, answer.text
    assert "另外存放，到" in answer.json()["zh"]
    return statement


def keep_harvest(world: World) -> dict[str, Any]:
    return keep(world, 1, OPERATOR, payload=PRIVATE)


def one_of(world: World) -> Aside:
    store: AsideStore = world.client.app.state.aside  # type: ignore[attr-defined]
    found = store.find(f"urn:uuid:{ID}")
    assert found is not None
    return found


def press(browser: Browser, path: str, do: str, **more: str) -> Response:
    browser.get(path)
    return browser.post(path, {"do": do, **more})


def test_a_clerk_reads_it_in_plain_words(world: World) -> None:
    keep_harvest(world)
    clerk = signed_in(world, "coop")

    today, page = clerk.get("/m/").text, clerk.get(MINE).text

    assert f'href="{MINE}"' in today
    assert "采收 · 白芍 · 西洼连片地" in today
    assert "2026年9月10日 08:06发生，2026年9月10日 12:00送到，存放到2026年10月10日 12:00" in today
    lines = told_lines(page)
    assert lines["谁的记录"] == "示例中药材专业合作社"
    assert lines["批次"] == "白芍 · 西洼连片地"
    assert lines["采收量"] == "1,250.5公斤"
    assert lines["采收人"] == "厉秋收"
    assert lines["送到时间"] == "2026年9月10日 12:00"
    assert lines["签名密钥"] == "2026年9月10日 12:00吊销，原因：丢失"
    assert "没有进账本" in page


def test_a_clerk_vouches_and_the_same_words_enter_in_custody(world: World) -> None:
    kept, size = keep_harvest(world), world.size
    clerk = signed_in(world, "coop")

    answer = press(clerk, MINE, "vouch")

    assert (answer.status_code, answer.headers["location"], world.size) == (303, MINE, size + 1)
    said = statement_at(world, size)
    assert {name: said[name] for name in ("id", "chain", "kind", "actor", "occurred_at", "custody")} == {
        "id": kept["id"],
        "chain": world.batch,
        "kind": "harvest",
        "actor": world.parties["coop"],
        "occurred_at": kept["occurred_at"],
        "custody": "platform",
    }
    account, _, key = said["recorded_by"].partition(" vouching ")
    assert account.startswith("session:")
    assert key == RETIRED_KEY.did
    with world.node.reading() as reads:
        opened = reads.openings([said["payload"].pop("operator")["commit"]])
    assert [decode_value(one.value) for one in opened.values()] == ["厉秋收"]
    assert said["payload"] == HARVEST
    settled = one_of(world)
    assert (settled.state, settled.index, settled.settled_by, settled.statement) == ("vouched", size, account, b"")
    page = clerk.get(MINE).text
    assert f"已代为记录，账本第{size}号。" in page
    assert f'href="/m/records/{size}"' in page
    assert "厉秋收" not in page
    assert MINE not in clerk.get("/m/").text


def test_who_presses_twice_records_once(world: World) -> None:
    keep_harvest(world)
    size, clerk = world.size, signed_in(world, "coop")
    clerk.get(MINE)

    answers = [clerk.post(MINE, {"do": "vouch"}) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {303}
    assert world.size == size + 1


def test_what_its_party_signed_again_first_is_not_recorded_twice(world: World) -> None:
    """Between the page and the button its device came with a valid key."""
    kept = keep_harvest(world)
    clerk = signed_in(world, "coop")
    clerk.get(MINE)
    again = json.loads(signed_statement(kept, [COOP_KEY], CREATED))
    entered = world.post("/api/v1/statements", {"statement": again, "openings": [OPERATOR]}, "coop").json()
    size = world.size

    answer = clerk.post(MINE, {"do": "vouch"})

    assert (answer.status_code, world.size) == (303, size)
    assert f"本人已重新签名，账本第{entered['index']}号。" in clerk.get(MINE).text


def test_a_second_signature_and_a_vouching_at_once_enter_once(world: World) -> None:
    """Ten of each, on ten statements; whichever comes first, the log has one of them and the page tells which."""
    clerk = signed_in(world, "coop")
    for number in range(1, 11):
        kept = keep(world, number)
        size, path = world.size, f"/m/aside/00000000-0000-4000-8000-{number:012d}"
        clerk.get(path)
        again = {"statement": json.loads(signed_statement(kept, [COOP_KEY], CREATED)), "openings": []}
        with ThreadPoolExecutor(2) as pool:
            signing = pool.submit(world.post, "/api/v1/statements", again, "coop")
            vouching = pool.submit(clerk.post, path, {"do": "vouch"})
            statuses = (signing.result().status_code, vouching.result().status_code)

        assert world.size == size + 1
        is_vouched = statement_at(world, size).get("custody") == "platform"
        assert statuses == (409 if is_vouched else 201, 303)
        told = f"已代为记录，账本第{size}号。" if is_vouched else f"本人已重新签名，账本第{size}号。"
        assert told in clerk.get(path).text


def test_the_device_hears_that_a_clerk_vouched(world: World) -> None:
    kept = keep_harvest(world)
    size = world.size
    press(signed_in(world, "coop"), MINE, "vouch")

    late = world.post("/api/v1/statements", {"statement": kept, "openings": [OPERATOR]}, "coop").json()
    signed = json.loads(signed_statement(kept, [COOP_KEY], CREATED))
    valid = world.post("/api/v1/statements", {"statement": signed, "openings": [OPERATOR]}, "coop").json()

    for answer in (late, valid):
        assert answer["code"] == "statement-id-reused"
        assert answer["zh"] == f"这条记录已经在账本里，第{size}号。不用再发。"


def test_an_official_vouches_for_a_party_of_the_region(world: World) -> None:
    keep_harvest(world)
    size, official = world.size, signed_in(world, "official")
    overview, room, page = (official.get(path).text for path in ("/desk/", "/desk/aside", DESK))
    for listed in (overview, room):
        assert f'href="{DESK}"' in listed
        assert "示例中药材专业合作社" in listed
    assert told_lines(page)["采收人"] == "厉秋收"

    answer = press(official, DESK, "vouch")

    assert answer.status_code == 303
    said = statement_at(world, size)
    assert (said["actor"], said["custody"]) == (world.parties["coop"], "platform")
    assert said["recorded_by"].endswith(f" vouching {RETIRED_KEY.did}")
    assert f"已代为记录，账本第{size}号。" in official.get(DESK).text
    assert DESK not in official.get("/desk/aside").text


def keep_report(world: World) -> dict[str, Any]:
    """A report that the laboratory's instrument signed, whose key was revoked meanwhile."""
    laboratory = world.parties["laboratory"]
    for kind, more in (("key_added", {"authenticated": "in person"}), ("key_revoked", {"why": "replaced"})):
        body = {"kind": kind, "payload": {"key": STRANGER_KEY.did, **more}}
        world.made(f"/api/v1/parties/{laboratory}/events", body, "official")
    payload = {
        "report_no": "SL-7",
        "items": [{"item": "水分", "value": "11", "unit": "%"}],
        "conclusion": "pass",
        "tested_on": "2026-09-10",
    }
    statement = world.statement(1, STRANGER_KEY, actor=laboratory, kind="lab_report", payload=payload)
    answer = world.post("/api/v1/statements", {"statement": statement, "openings": []}, "laboratory")
    assert answer.status_code == 409, answer.text
    return statement


def test_a_laboratory_s_clerk_finds_its_report_with_the_samples_and_vouches(world: World) -> None:
    keep_report(world)
    size, clerk = world.size, signed_in(world, "laboratory")
    path = f"/lab/aside/{ID}"

    home, lines = clerk.get("/lab/").text, told_lines(clerk.get(path).text)
    answer = press(clerk, path, "vouch")

    assert f'href="{path}"' in home
    assert lines["谁的记录"] == "示例检测中心"
    assert lines["签名密钥"] == "2026年9月10日 12:00吊销，原因：更换"
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    said = statement_at(world, size)
    assert (said["kind"], said["actor"], said["custody"]) == ("lab_report", world.parties["laboratory"], "platform")
    assert f'href="/lab/reports/{size}"' in clerk.get(path).text
    assert clerk.get(f"/lab/reports/{size}").status_code == 200
    assert path not in clerk.get("/lab/").text


def test_a_laboratory_s_report_is_no_business_of_the_one_whose_goods_it_tested(world: World) -> None:
    keep_report(world)

    assert signed_in(world, "coop").get(MINE).status_code == 404
    assert MINE not in signed_in(world, "coop").get("/m/").text
    assert f'href="{DESK}"' in signed_in(world, "official").get("/desk/aside").text


def test_somebody_dismisses_it_for_a_reason(world: World) -> None:
    kept = keep_harvest(world)
    size, clerk = world.size, signed_in(world, "coop")

    answer = press(clerk, MINE, "dismiss", reason="not_said")

    assert (answer.status_code, world.size) == (303, size)
    settled = one_of(world)
    assert (settled.state, settled.reason, settled.index, settled.statement) == ("dismissed", "not_said", None, b"")
    assert (settled.settled_by or "").startswith("session:")
    page = clerk.get(MINE).text
    assert "没有代为记录，内容已经删除。原因：不是本人记的。" in page
    assert "厉秋收" not in page
    late = world.post("/api/v1/statements", {"statement": kept, "openings": [OPERATOR]}, "coop").json()
    assert "没有代为记录" in late["zh"]
    assert one_of(world).statement == b""  # it is not kept a second time
    signed = json.loads(signed_statement(kept, [COOP_KEY], CREATED))
    assert world.post("/api/v1/statements", {"statement": signed, "openings": [OPERATOR]}, "coop").status_code == 201


@pytest.mark.parametrize("fields", [{"do": "dismiss"}, {"do": "dismiss", "reason": "angry"}, {"do": "burn"}, {}])
def test_without_a_reason_or_a_button_of_ours_nothing_happens(world: World, fields: dict[str, str]) -> None:
    keep_harvest(world)
    clerk = signed_in(world, "coop")
    clerk.get(MINE)

    assert clerk.post(MINE, fields).status_code == 422

    assert one_of(world).state == "waiting"


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("neighbour", MINE),
        ("retailer", MINE),
        ("laboratory", MINE),
        ("official", MINE),
        ("coop", DESK),
        ("auditor", DESK),
        ("administrator", DESK),
        ("far official", DESK),
    ],
)
def test_nobody_else_sees_it_or_settles_it(world: World, who: str, path: str) -> None:
    keep_harvest(world)
    browser = signed_in(world, who)

    read, pressed = browser.get(path), press(browser, path, "vouch")

    assert read.status_code == pressed.status_code
    assert read.status_code == (404 if who in ("neighbour", "retailer", "far official") else 403)
    assert "厉秋收" not in read.text + pressed.text
    assert one_of(world).state == "waiting"


@pytest.mark.parametrize("who", ["neighbour", "retailer"])
def test_others_have_it_in_no_list(world: World, who: str) -> None:
    keep_harvest(world)

    assert MINE not in signed_in(world, who).get("/m/").text


def test_an_office_elsewhere_and_an_auditor_have_it_in_no_list(world: World) -> None:
    keep_harvest(world)

    assert DESK not in signed_in(world, "far official").get("/desk/aside").text
    assert DESK not in signed_in(world, "far official").get("/desk/").text
    assert DESK not in signed_in(world, "auditor").get("/desk/").text
    assert signed_in(world, "auditor").get("/desk/aside").status_code == 403


def test_what_the_log_refuses_goes_on_waiting_and_the_page_says_why(world: World) -> None:
    """An act: more is sent than the batch has, which its form would have been told as well."""
    sent = {"quantity": {"value": "90000", "unit": "kg"}, "to_region": SHANGHAI}
    keep(world, 1, kind="dispatch", payload=sent)
    size, clerk = world.size, signed_in(world, "coop")

    answer = press(clerk, MINE, "vouch")

    assert (answer.status_code, world.size) == (409, size)
    by_form = world.post(f"/api/v1/batches/{world.batch}/events", {"kind": "dispatch", "payload": sent}, "coop").json()
    assert by_form["zh"] in answer.text
    assert one_of(world).state == "waiting"


def test_a_plot_and_a_new_batch_are_vouched_for_as_well(world: World) -> None:
    coop, names = world.parties["coop"], [opening(PLACE["name"]), opening(PLACE["area_mu"])]
    place = {
        **{name: PLACE[name] for name in ("region", "township")},
        "party": coop,
        "name": {"commit": names[0]["commit"]},
        "area_mu": {"commit": names[1]["commit"]},
    }
    keep(world, 1, *names, kind="place_registered", chain="P" * 22, payload=place)
    batch = {"product": "HB-BS", "township": "十河镇", "quantity": {"value": "20", "unit": "kg"}}
    keep(world, 2, kind="batch_opened", chain="Q" * 22, payload=batch)
    size, clerk = world.size, signed_in(world, "coop")
    second = MINE[:-1] + "2"

    assert [press(clerk, path, "vouch").status_code for path in (MINE, second)] == [303, 303]

    assert [statement_at(world, at)["chain"] for at in (size, size + 1)] == ["P" * 22, "Q" * 22]
    assert world.get(f"/api/v1/places/{'P' * 22}").status_code == 200
    assert world.get(f"/api/v1/batches/{'Q' * 22}").status_code == 200


def test_a_correction_is_told_before_and_after(world: World) -> None:
    events = f"/api/v1/batches/{world.batch}/events"
    first = world.made(events, {"kind": "harvest", "payload": {"quantity": {"value": "70", "unit": "kg"}}}, "coop")
    restated = {"kind": "harvest", "occurred_at": CREATED, "payload": {"quantity": {"value": "71", "unit": "kg"}}}
    keep(world, 1, kind="correction", corrects=first["id"], reason="看错秤了", payload={"restated": restated})
    size = world.size

    lines = told_lines(signed_in(world, "coop").get(MINE).text)
    answer = press(signed_in(world, "coop"), MINE, "vouch")

    assert lines["采收量"] == "原来70公斤，改为71公斤"
    assert lines["为什么更正"] == "看错秤了"
    assert answer.status_code == 303
    said = statement_at(world, size)
    assert (said["kind"], said["corrects"], said["reason"]) == ("correction", first["id"], "看错秤了")


def test_a_correction_of_something_unknown_is_shown_all_the_same(world: World) -> None:
    restated = {"kind": "harvest", "occurred_at": CREATED, "payload": {"quantity": {"value": "71", "unit": "kg"}}}
    keep(
        world,
        1,
        kind="correction",
        corrects="urn:uuid:" + "0" * 8 + "-0000-4000-8000-" + "9" * 12,
        reason="看错秤了",
        payload={"restated": restated},
    )

    for who, path in (("coop", MINE), ("official", DESK)):
        assert signed_in(world, who).get(path).status_code == 200


def test_a_release_of_office_is_nobody_s_to_vouch_for(world: World) -> None:
    hold = {"chain": world.batch, "seq": 1, "leaf": "0" * 64}
    keep(world, 1, kind="hold_released", payload={"hold": hold, "ground": "officials", "reason_text": "复检合格"})
    size, clerk = world.size, signed_in(world, "coop")

    page, pressed = clerk.get(MINE).text, press(clerk, MINE, "vouch")

    assert "要由本人用有效的密钥重新签名" in page
    assert 'value="vouch"' not in page
    assert (pressed.status_code, world.size) == (404, size)


def test_both_languages_say_it(world: World) -> None:
    keep_harvest(world)

    page = signed_in(world, "coop", "en").get(MINE).text
    room = signed_in(world, "official", "en").get("/desk/aside").text

    assert "This record was signed with a revoked key." in page
    assert "I have asked the person: record it" in page
    assert "Records that came under a revoked key" in room


def test_a_form_of_another_site_settles_nothing(world: World) -> None:
    keep_harvest(world)
    clerk = signed_in(world, "coop")
    clerk.get(MINE)
    clerk.origin = "http://evil.example"

    assert clerk.post(MINE, {"do": "vouch"}).status_code == 403

    assert one_of(world).state == "waiting"


def test_its_forms_work_as_they_stand(world: World) -> None:
    """Two forms: one that vouches, one that dismisses with a reason to choose, none chosen before."""
    keep_harvest(world)
    page = signed_in(world, "coop").get(MINE).text

    vouches, dismisses = seen_form(page, 0), seen_form(page, 1)

    assert vouches.buttons == [("do", "vouch")]
    assert dismisses.buttons == [("do", "dismiss")]
    offered = re.findall(r'type="radio" name="reason" value="([a-z_]+)" required', page)
    assert offered == ["recorded", "not_said", "wrong", "not_confirmed"]
    assert dismisses.values("reason") == []


def test_a_vouched_record_stands_in_the_audit_and_in_the_bundle(world: World) -> None:
    keep_harvest(world)
    size = world.size
    press(signed_in(world, "coop"), MINE, "vouch")

    bundle = bundle_of(world, world.batch)
    audited = run_audit(world.node.settings, world.node.genesis, envelopes=False)
    found = verify_bundle(bundle, [parse_vkey(world.node.genesis.vkey)])

    assert (audited.ok, audited.size) == (True, size + 1)
    assert (found.valid, found.failed) == (True, None)
    assert f" vouching {RETIRED_KEY.did}" in bundle.decode()  # everybody can read how it came in
