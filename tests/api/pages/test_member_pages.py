"""Can a party do its season's work in forms, and does it see its own things alone?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from api.auth.policy import Caller
from api.files import Files
from api.pages.held_files import Shelf
from api.pages.member_context import Member, choices_of
from api.pages.names import names
from api.pages.scan_words import Words
from tests.api.app_parts import NOW, World, running_world
from tests.api.files.file_bytes import JPEG, PDF, SVG
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import SeenForm, seen_form
from trace.events import KINDS
from trace.ledger.canonical import decode_value
from trace.queries import find_batch, find_parties

UNKNOWN = "AAAAAAAAAAAAAAAAAAAAAA"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Registered once for all; each test records of its own batch or only looks."""
    with running_world(tmp_path_factory.mktemp("member")) as running:
        yield running


@pytest.fixture
def coop(world: World) -> Browser:
    return signed_in(world, "coop")


def form_at(browser: Browser, path: str) -> SeenForm:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return seen_form(answer.text)


def send(browser: Browser, form: SeenForm, do: str, **changed: Any) -> Response:
    return browser.post(form.action, {**form.sent(**changed), "do": do})


def follow(browser: Browser, answer: Response) -> str:
    """The page that a saved form leads to."""
    assert answer.status_code == 303, answer.text
    page = browser.get(answer.headers["location"])
    assert page.status_code == 200
    return str(page.text)


def statement_at(world: World, index: int) -> dict[str, Any]:
    with world.node.reading() as reads:
        row = next(reads.rows(index, index + 1))
    found = decode_value(row.statement)
    assert isinstance(found, dict)
    return found


def new_batch(world: World, browser: Browser, product: str = "HB-BS") -> str:
    """A batch of the co-op's plot, by the form."""
    form = form_at(browser, "/m/batches/new")
    answer = send(
        browser,
        form,
        "save",
        p__product=product,
        p__place=world.place,
        p__quantity__value="800",
        p__quantity__unit="kg",
    )
    page = follow(browser, answer)
    found = re.search(r'href="/m/batches/([A-Za-z0-9_-]{22})"', page)
    assert found
    return found[1]


def test_whoever_is_not_signed_in_is_asked_to(world: World) -> None:
    answer = Browser(world).get("/m/batches?lang=en")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/in?next=%2Fm%2Fbatches%3Flang%3Den&lang=en"


def test_the_start_shows_the_open_batches(coop: Browser, world: World) -> None:
    page = coop.get("/m/").text

    assert f'href="/m/batches/{world.batch}"' in page
    assert "白芍 · 西洼连片地" in page
    assert "1,250.5公斤" in page


def test_a_new_party_is_led_to_its_first_plot_and_then_to_its_first_batch(world: World) -> None:
    body = {"name": "示例新社", "legal_form": "co-op", "roles": ["grower"], "region": "341602", "township": "十河镇"}
    world.parties["new"] = world.made("/api/v1/parties", body, "official")["id"]
    world.add_token("new", "member", party=world.parties["new"])
    new = signed_in(world, "new")

    assert 'href="/m/places/new"' in new.get("/m/").text
    form = form_at(new, "/m/places/new")
    assert form.values("p.township") == ["十河镇"]
    page = follow(new, send(new, form, "save", p__name="东头二亩地", p__area_mu="2.1"))

    assert "已收到，账本第" in page
    assert 'href="/m/batches/new"' in page
    assert "东头二亩地" in page
    start = new.get("/m/").text
    assert 'href="/m/batches/new"' in start
    assert 'href="/m/places/new"' not in start


def test_a_market_begins_with_the_code_and_never_with_a_plot(world: World) -> None:
    body = {"name": "示例市场", "legal_form": "enterprise", "roles": ["market"], "region": "341602"}
    world.parties["market"] = world.made("/api/v1/parties", body, "official")["id"]
    world.add_token("market", "member", party=world.parties["market"])
    page = signed_in(world, "market").get("/m/").text

    assert 'class="button" href="/m/scan"' in page
    assert 'href="/m/places/new"' not in page


def test_a_batch_is_registered_in_three_questions_and_read_once_more(coop: Browser, world: World) -> None:
    form = form_at(coop, "/m/batches/new")
    filled = {"p__product": "HB-BZ", "p__place": world.place, "p__quantity__value": "300.50"}

    check = send(coop, form, "check", **filled)
    assert check.status_code == 200
    assert "<h1>核对您填的内容</h1>" in check.text
    for said in ("白术", "西洼连片地", "300.50公斤"):
        assert said in check.text
    before = world.size
    page = follow(coop, send(coop, seen_form(check.text), "save"))

    assert world.size == before + 1
    assert f"已收到，账本第{before}号。" in page
    said_ = statement_at(world, before)
    assert said_["kind"] == "batch_opened"
    assert said_["actor"] == world.parties["coop"]
    assert said_["custody"] == "platform"
    assert said_["recorded_by"].startswith("session:")
    assert said_["payload"]["township"] == "十河镇"


def test_changing_an_answer_leads_back_with_everything_filled_in(coop: Browser, world: World) -> None:
    form = form_at(coop, "/m/batches/new")
    check = send(coop, form, "check", p__product="HB-BZ", p__place=world.place, p__quantity__value="300.50")

    again = send(coop, seen_form(check.text), "change")

    assert again.status_code == 200
    back = seen_form(again.text)
    assert back.values("id") == form.values("id")
    assert back.values("p.product") == ["HB-BZ"]
    assert back.values("p.quantity.value") == ["300.50"]


def test_sending_a_form_twice_gives_the_first_answer(coop: Browser, world: World) -> None:
    form = form_at(coop, f"/m/record/harvest?batch={new_batch(world, coop)}")

    first = send(coop, form, "save", p__quantity__value="12")
    size = world.size
    second = send(coop, form, "save", p__quantity__value="12")
    other = send(coop, form, "save", p__quantity__value="13")

    assert first.headers["location"] == second.headers["location"]
    assert world.size == size
    assert other.status_code == 409


def test_a_pesticide_record_begins_with_the_last_one_and_saves_at_once(coop: Browser, world: World) -> None:
    batch = new_batch(world, coop)
    path = f"/m/record/input_use?batch={batch}&input_kind=pesticide"
    first = {
        "p__name": "示例杀菌剂甲25%悬浮剂",
        "p__active": "苯醚甲环唑\r\n嘧菌酯",
        "p__dose__value": "155",
        "p__dose__unit": "mL",
        "p__target": "叶斑病",
        "p__interval_days": "21",
        "p__interval_source": "label",
        "p__source": "十河镇农资店",
    }
    follow(coop, send(coop, form_at(coop, path), "save", **first))

    form = form_at(coop, path)
    before = world.size
    page = follow(coop, send(coop, form, "save"))

    said = statement_at(world, before)["payload"]
    assert said["name"] == "示例杀菌剂甲25%悬浮剂"
    assert said["active"] == ["苯醚甲环唑", "嘧菌酯"]
    assert said["dose"] == {"value": "155", "unit": "mL"}
    assert said["area_mu"] == "118.47"
    assert said["used_from"] == said["used_until"] == "2026-09-10"
    assert said["interval_days"] == 21
    assert "commit" in said["source"]
    assert "最早2026年10月1日可采收" in page
    assert "十河镇农资店" in page


def test_another_product_of_before_is_one_link_away(coop: Browser, world: World) -> None:
    batch = new_batch(world, coop)
    path = f"/m/record/input_use?batch={batch}&input_kind=pesticide"
    for name in ("乙43%悬浮剂", "丙10%水剂"):
        follow(coop, send(coop, form_at(coop, path), "save", p__name=name))

    page = coop.get(path).text

    link = re.search(r'class="choice" href="([^"]+)"><span class="dot"></span><span>乙43%悬浮剂<', page)
    assert seen_form(page).values("p.name") == ["丙10%水剂"]
    assert link
    assert form_at(coop, link[1].replace("&amp;", "&")).values("p.name") == ["乙43%悬浮剂"]


def test_yesterday_is_a_day_without_an_hour(coop: Browser, world: World) -> None:
    batch = new_batch(world, coop)
    form = form_at(coop, f"/m/record/harvest?batch={batch}")
    before = world.size

    follow(coop, send(coop, form, "save", p__quantity__value="40", when="yesterday"))

    assert statement_at(world, before)["occurred_at"] == "2026-09-09T12:00:00+08:00"


@pytest.mark.parametrize(
    ("day", "said"), [("2026/9/1", None), ("", "要填日期"), ("gestern", "要填日期"), ("2027-01-01", "日期在将来")]
)
def test_another_day_has_to_be_one(coop: Browser, world: World, day: str, said: str | None) -> None:
    batch = new_batch(world, coop)
    form = form_at(coop, f"/m/record/harvest?batch={batch}")

    answer = send(coop, form, "save", p__quantity__value="40", when="other", day=day)

    assert answer.status_code == (422 if said else 303)
    if said:
        assert said in answer.text
        assert 'href="#f-occurred"' in answer.text
        assert seen_form(answer.text).values("p.quantity.value") == ["40"]


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(coop: Browser, world: World) -> None:
    form = form_at(coop, f"/m/record/packing?batch={world.batch}")
    before = world.size
    filled = {
        "p__levels__0__level": "bag",
        "p__levels__0__count": "zwölf",
        "p__levels__0__net__value": "0.5",
        "p__name": "白芍",
        "p__operator": "邰封袋",
        "at": "2026-09-09T16:00",
    }

    answer = send(coop, form, "check", **filled)

    assert answer.status_code == 422
    assert 'href="#f-p-levels-0-count"' in answer.text
    again = seen_form(answer.text)
    assert again.values("p.levels.0.count") == ["zwölf"]
    assert again.values("p.operator") == ["邰封袋"]
    assert again.values("at") == ["2026-09-09T16:00:00"]
    assert again.values("id") == form.values("id")
    assert world.size == before


def test_one_more_row_keeps_those_that_are_filled(coop: Browser, world: World) -> None:
    form = form_at(coop, f"/m/record/packing?batch={world.batch}")

    answer = send(coop, form, "more:p.levels", p__levels__0__level="bag", p__levels__0__count="240")

    again = seen_form(answer.text)
    assert answer.status_code == 200
    assert again.values("p.levels.0.count") == ["240"]
    assert again.values("p.levels.1.count") == [""]


def test_an_act_that_the_log_refuses_says_why_beside_what_was_typed(coop: Browser, world: World) -> None:
    form = form_at(coop, "/m/batches/new")
    taken = {"p__inputs__0__batch": world.batch, "p__inputs__0__quantity__value": "99999"}

    answer = send(coop, form, "save", p__product="HB-BS", p__quantity__value="9", **taken)

    assert answer.status_code == 409
    assert "数量超过了这一批现有的数量" in answer.text
    assert seen_form(answer.text).values("p.inputs.0.quantity.value") == ["99999"]


@pytest.mark.parametrize("do", ["sav", "Quick", "sign"])
def test_a_button_that_is_none_of_the_form_s_records_nothing(coop: Browser, world: World, do: str) -> None:
    form = form_at(coop, f"/m/labels/{world.batch}")
    before = world.size

    answer = send(coop, form, do, p__count="243", p__layout="40毫米单枚")

    assert answer.status_code == 422
    assert "没有这个选项" in answer.text
    assert world.size == before


def test_labels_are_issued_and_then_printed(coop: Browser, world: World) -> None:
    form = form_at(coop, f"/m/labels/{world.batch}")
    before = world.size

    answer = send(coop, form, "save", p__count="243", p__layout="40毫米单枚")

    assert answer.headers["location"] == f"/t/{world.code}/label"
    assert statement_at(world, before)["payload"] == {"count": 243, "layout": "40毫米单枚"}
    kept = form_at(coop, f"/m/labels/{world.batch}")
    assert (kept.values("p.count"), kept.values("p.layout")) == (["243"], ["40毫米单枚"])


def test_a_photo_is_kept_with_the_record_and_read_by_its_party_and_office_alone(coop: Browser, world: World) -> None:
    batch = new_batch(world, coop)
    form = form_at(coop, f"/m/record/input_use?batch={batch}&input_kind=pesticide")
    before = world.size
    files = {"p.label_photo.file": ("../../x.svg", JPEG, "image/svg+xml")}

    answer = coop.post(form.action, {**form.sent(p__name="甲"), "do": "save"}, files)
    page = follow(coop, answer)

    sha256 = statement_at(world, before)["payload"]["label_photo"]
    path = f"/m/files/{sha256}"
    assert f'href="{path}"' in page
    own = coop.get(path)
    assert own.content == JPEG
    assert own.headers["content-type"] == "image/jpeg"
    assert own.headers["content-disposition"] == f'attachment; filename="{sha256[:16]}.jpg"'
    assert own.headers["cache-control"] == "no-store"
    assert own.headers["x-content-type-options"] == "nosniff"
    assert signed_in(world, "official").get(path).content == JPEG
    for stranger, status in (("neighbour", 404), ("far official", 404), ("auditor", 403)):
        assert signed_in(world, stranger).get(path).status_code == status
    assert coop.get(f"/m/files/{'0' * 64}").status_code == 404


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (SVG, "只收照片"),
        (JPEG[:-20], "可能没有传完"),
        (JPEG + bytes(10 * 1024 * 1024), "太大"),
        (JPEG + bytes(40 * 1024 * 1024), "太大"),
    ],
)
def test_a_file_that_is_not_taken_costs_nothing_that_was_typed(
    coop: Browser, world: World, data: bytes, said: str
) -> None:
    form = form_at(coop, f"/m/record/input_use?batch={world.batch}&input_kind=pesticide")
    before = world.size

    answer = coop.post(
        form.action,
        {**form.sent(p__name="甲", p__target="叶斑病"), "do": "save"},
        {"p.label_photo.file": ("photo.jpg", data, "image/jpeg")},
    )

    assert answer.status_code == 422
    assert said in answer.text
    assert seen_form(answer.text).values("p.target") == ["叶斑病"]
    assert world.size == before


def test_several_papers_are_added_one_after_another(coop: Browser) -> None:
    form = form_at(coop, "/m/batches/new")
    first = coop.post(form.action, {**form.sent(), "do": "change"}, {"p.evidence.file": ("a", JPEG, "image/jpeg")})
    second = coop.post(
        form.action,
        {**seen_form(first.text).sent(), "do": "change"},
        {"p.evidence.file": ("b", PDF, "application/pdf")},
    )

    assert len(seen_form(second.text).values("p.evidence")) == 2


@pytest.mark.parametrize(
    "path", ["/m/batches/{}", "/m/labels/{}", "/m/record/harvest?batch={}", "/m/record/input_use?batch={}"]
)
def test_another_party_s_batch_looks_as_one_that_nobody_registered(world: World, path: str) -> None:
    neighbour = signed_in(world, "neighbour")

    foreign, unknown = neighbour.get(path.format(world.batch)), neighbour.get(path.format(UNKNOWN))

    assert foreign.status_code == unknown.status_code == 404
    assert foreign.text.replace(world.batch, UNKNOWN) == unknown.text


def test_two_co_ops_see_nothing_of_each_other(coop: Browser, world: World) -> None:
    neighbour = signed_in(world, "neighbour")
    own = ("西洼连片地", world.batch, world.code, world.place, "示例中药材专业合作社", "118.47")
    paths = ["/m/", "/m/batches", "/m/batches/new", "/m/places/new"]

    seen = "".join(neighbour.get(path).text for path in paths)
    records = [neighbour.get(f"/m/records/{index}") for index in range(world.size)]

    assert [word for word in own if word in seen] == []
    for record in records:
        assert record.status_code == 200 or "没有查看的权限" in record.text
        assert [word for word in own if word in record.text] == []
    assert "西洼连片地" in coop.get("/m/batches").text


def test_nobody_records_in_another_party_s_name(world: World) -> None:
    neighbour = signed_in(world, "neighbour")
    form = form_at(signed_in(world, "coop"), "/m/places/new")
    before = world.size

    sent = {
        **form.sent(p__party=world.parties["coop"], p__township="十河镇"),
        "do": "save",
        "form_token": neighbour.form_token,
    }
    answer = neighbour.post(form.action, sent)

    assert answer.status_code == 303
    assert statement_at(world, before)["actor"] == world.parties["neighbour"]
    assert statement_at(world, before)["payload"]["party"] == world.parties["neighbour"]


def test_a_member_s_private_words_are_shown_to_that_member_alone(world: World, coop: Browser) -> None:
    """The retailer holds the batch, and its receipt names who took the goods in."""
    receipt = f"/m/records/{world.receipt['index']}"

    assert "裘点货" in signed_in(world, "retailer").get(receipt).text
    seen = coop.get(receipt)
    assert seen.status_code == 200
    assert "裘点货" not in seen.text


@pytest.mark.parametrize(("who", "where"), [("coop", "/m/batches/{batch}"), ("neighbour", "/t/{code}")])
def test_a_typed_code_leads_to_the_batch(world: World, who: str, where: str) -> None:
    typed = f"{world.code[:4]} {world.code[4:8]}-{world.code[8:].lower()}"

    answer = signed_in(world, who).get(f"/m/scan?code={typed}")

    assert answer.status_code == 303
    assert answer.headers["location"] == where.format(batch=world.batch, code=world.code)


def test_a_buyer_is_led_to_the_receipt(world: World) -> None:
    body = {"name": "示例商行二", "legal_form": "enterprise", "roles": ["retailer"], "region": "341602"}
    world.parties["buyer"] = world.made("/api/v1/parties", body, "official")["id"]
    world.add_token("buyer", "member", party=world.parties["buyer"])
    buyer = signed_in(world, "buyer")

    answer = buyer.get(f"/m/scan?code={world.code}")

    assert answer.headers["location"] == f"/m/receive/{world.code}"
    assert form_at(buyer, answer.headers["location"]).values("p.township") == ["十河镇"]


def test_a_code_that_nobody_has_is_asked_for_again(coop: Browser) -> None:
    answer = coop.get("/m/scan?code=AAAA-BBBB-CCCC")

    assert answer.status_code == 404
    assert "找不到这个追溯码" in answer.text


def test_a_form_of_another_site_is_not_taken(coop: Browser, world: World) -> None:
    form = form_at(coop, "/m/places/new")
    before = world.size

    foreign = coop.post(form.action, {**form.sent(), "do": "save"}, Origin="https://evil.example")
    stale = coop.post(form.action, {**form.sent(), "do": "save", "form_token": "x" * 43})

    assert foreign.status_code == stale.status_code == 403
    assert world.size == before


@pytest.mark.parametrize("id", ["", "x", "urn:uuid:", "../../etc"])
def test_an_id_that_is_none_of_ours_is_refused(coop: Browser, id: str) -> None:
    form = form_at(coop, "/m/places/new")

    assert send(coop, form, "save", id=id).status_code == 422


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_that_the_party_may_record_has_its_form(coop: Browser, world: World, name: str) -> None:
    may = {
        *("planting", "input_use", "harvest", "primary_processing", "packing", "labels_issued", "store_in", "dispatch"),
        *("receipt", "sample_taken"),
    }

    answer = coop.get(f"/m/record/{name}?batch={world.batch}")

    if name in may:
        assert answer.status_code == 200
        assert coop.post(
            seen_form(answer.text).action, {**seen_form(answer.text).sent(), "do": "check"}
        ).status_code in (200, 422)
    elif answer.status_code != 404:
        assert KINDS[name].chain == "batch", name


def test_nothing_may_be_kept_of_these_pages(coop: Browser, world: World) -> None:
    for path in ("/m/", "/m/batches", f"/m/batches/{world.batch}", "/m/batches/new", "/m/scan"):
        assert coop.get(path).headers["cache-control"] == "no-store"


def test_the_pages_speak_english_too(world: World) -> None:
    english = signed_in(world, "coop", lang="en")

    for path, word in (
        ("/m/", "Open batches"),
        ("/m/batches/new", "Register a batch"),
        (f"/m/batches/{world.batch}", "White peony root"),
        (f"/m/record/harvest?batch={world.batch}", "Which day"),
    ):
        page = english.get(path)
        assert page.status_code == 200
        assert word in page.text


def test_what_was_recorded_late_is_taken(coop: Browser, world: World) -> None:
    batch = new_batch(world, coop)
    form = form_at(coop, f"/m/record/planting?batch={batch}")
    day = (NOW - timedelta(days=1_400)).date().isoformat()

    page = follow(coop, send(coop, form, "save", p__method="root-division", at=f"{day}T16:30"))

    assert "分根" in page


def recorded(world: World, browser: Browser, batch: str, kind: str, **changed: Any) -> int:
    """The log index of a record that a form made."""
    before = world.size
    form = form_at(browser, f"/m/record/{kind}?batch={batch}")
    follow(browser, send(browser, form, "save", **changed))
    return before


def test_a_slip_is_corrected_and_both_versions_stay(coop: Browser, world: World) -> None:
    batch = new_batch(world, coop)
    index = recorded(world, coop, batch, "harvest", p__quantity__value="2130", p__operator="厉秋收")
    first = statement_at(world, index)

    form = form_at(coop, f"/m/correct/{index}")
    assert form.values("p.quantity.value") == ["2130"]
    assert form.values("p.operator") == ["厉秋收"]
    check = send(coop, form, "check", p__quantity__value="1230", reason="数字写颠倒了")
    assert "数字写颠倒了" in check.text
    before = world.size
    follow(coop, send(coop, seen_form(check.text), "save"))

    said = statement_at(world, before)
    assert said["kind"] == "correction"
    assert said["corrects"] == first["id"]
    assert said["reason"] == "数字写颠倒了"
    restated = said["payload"]["restated"]
    assert restated["kind"] == "harvest"
    assert restated["occurred_at"] == first["occurred_at"]
    assert restated["payload"]["quantity"] == {"value": "1230", "unit": "kg"}
    assert restated["payload"]["operator"].keys() == {"commit"}
    page = coop.get(f"/m/batches/{batch}").text
    assert "1,230公斤" in page
    assert "已更正，以更正的记录为准。" in page
    again = form_at(coop, f"/m/correct/{index}")
    assert (again.values("p.quantity.value"), again.values("p.operator")) == (["1230"], ["厉秋收"])


def test_a_correction_that_is_sent_twice_is_made_once(coop: Browser, world: World) -> None:
    index = recorded(world, coop, new_batch(world, coop), "harvest", p__quantity__value="70")
    form = form_at(coop, f"/m/correct/{index}")
    first = send(coop, form, "save", p__quantity__value="71", reason="看错秤了")
    size = world.size
    world.clock.at = NOW + timedelta(seconds=3)
    try:
        second = send(coop, form, "save", p__quantity__value="71", reason="看错秤了")
    finally:
        world.clock.at = NOW

    assert (second.status_code, second.headers["location"]) == (303, first.headers["location"])
    assert world.size == size


def test_what_did_not_happen_counts_no_more(coop: Browser, world: World) -> None:
    batch = new_batch(world, coop)
    index = recorded(world, coop, batch, "harvest", p__quantity__value="500")

    form = form_at(coop, f"/m/correct/{index}?how=void")
    follow(coop, send(coop, form, "save", reason="记到别的批次去了"))

    page = coop.get(f"/m/batches/{batch}").text
    assert "已说明没有发生，不再计算。" in page
    assert "800公斤" in page
    assert f'href="/m/correct/{index}"' not in page
    assert coop.get(f"/m/correct/{index}").status_code == 404


def test_a_correction_needs_a_reason(coop: Browser, world: World) -> None:
    index = recorded(world, coop, new_batch(world, coop), "harvest", p__quantity__value="70")
    form = form_at(coop, f"/m/correct/{index}")

    answer = send(coop, form, "check", p__quantity__value="71", reason=" ")

    assert answer.status_code == 422
    assert 'href="#f-reason"' in answer.text
    assert seen_form(answer.text).values("p.quantity.value") == ["71"]


def test_after_a_day_a_correction_waits_for_a_second_person(coop: Browser, world: World) -> None:
    index = recorded(world, coop, new_batch(world, coop), "harvest", p__quantity__value="70")
    form, size = form_at(coop, f"/m/correct/{index}"), world.size
    world.clock.at = NOW + timedelta(hours=25)
    try:
        answer = send(coop, form, "save", p__quantity__value="71", reason="看错秤了")
    finally:
        world.clock.at = NOW

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/m/waiting/")
    assert world.size == size


def test_only_one_s_own_facts_are_corrected(coop: Browser, world: World) -> None:
    index = recorded(world, coop, new_batch(world, coop), "harvest", p__quantity__value="70")
    opened = index - 1

    assert coop.get(f"/m/correct/{opened}").status_code == 404
    assert coop.get(f"/m/correct/{world.receipt['index']}").status_code == 404
    assert signed_in(world, "neighbour").get(f"/m/correct/{index}").status_code == 404
    for none in ("x", "999999", "-1", "9" * 30):
        assert coop.get(f"/m/correct/{none}").status_code == 404


def test_goods_that_are_held_say_why_and_what_lifts_it(coop: Browser, world: World) -> None:
    """Used with a photographed label of 21 days, harvested the same day."""
    batch = new_batch(world, coop)
    form = form_at(coop, f"/m/record/input_use?batch={batch}&input_kind=pesticide")
    used = form.sent(p__name="甲", p__active="苯醚甲环唑", p__interval_days="21", p__interval_source="label")
    follow(coop, coop.post(form.action, {**used, "do": "save"}, {"p.label_photo.file": ("a.jpg", JPEG, "image/jpeg")}))
    receipt = coop.get(f"/m/records/{recorded(world, coop, batch, 'harvest', p__quantity__value='70')}").text

    page = coop.get(f"/m/batches/{batch}").text

    for text in (page, receipt):
        assert "从2026年9月10日起扣留" in text
        assert "采收时还没有过标签或处方上的安全间隔期。甲：用药离采收只有0天，要求21天。" in text
        assert "农产品质量安全法" in text
        assert "两名监管人员" in text
    assert "被扣留的" in coop.get("/m/").text
    refused = send(coop, form_at(coop, f"/m/labels/{batch}"), "save", p__count="10")
    assert refused.status_code == 409
    assert "扣留" in refused.text
    assert seen_form(refused.text).values("p.count") == ["10"]


def test_a_hold_stands_in_the_history_from_the_day_on_which_it_came(coop: Browser, world: World) -> None:
    """Used and harvested on 1 September, told on the 10th, which is today."""
    batch, day = new_batch(world, coop), {"occurred_at": "2026-09-01T08:00:00+08:00"}
    form = form_at(coop, f"/m/record/input_use?batch={batch}&input_kind=pesticide")
    used = form.sent(p__name="甲", p__active="苯醚甲环唑", p__interval_days="21", p__interval_source="label")
    used |= {"p.used_from": "2026-09-01", "p.used_until": "2026-09-01"}
    follow(coop, coop.post(form.action, {**used, "do": "save"}, {"p.label_photo.file": ("a.jpg", JPEG, "image/jpeg")}))
    harvest = {"kind": "harvest", "payload": {"quantity": {"value": "70", "unit": "kg"}}, **day}
    world.made(f"/api/v1/batches/{batch}/events", harvest, "coop")

    page = coop.get(f"/m/batches/{batch}").text

    days = re.findall('">(采收|扣留)</a></h3><time datetime="([^"T]*)', page)
    assert days == [("扣留", "2026-09-10"), ("采收", "2026-09-01")]


def test_a_use_that_ends_in_the_future_is_asked_about_at_its_field(coop: Browser, world: World) -> None:
    path = f"/m/record/input_use?batch={world.batch}&input_kind=pesticide"
    before = world.size

    answer = send(coop, form_at(coop, path), "save", p__name="甲", p__active="苯醚甲环唑", p__used_until="2027-02-10")

    assert (answer.status_code, world.size) == (422, before)
    assert 'href="#f-p-used_until">日期在将来。选今天或以前的日期。</a>' in answer.text
    assert seen_form(answer.text).values("p.used_until") == ["2027-02-10"]


def test_a_question_about_a_record_is_answered(coop: Browser, world: World) -> None:
    """No interval stated: the rules ask, and the party explains."""
    batch = new_batch(world, coop)
    path = f"/m/record/input_use?batch={batch}&input_kind=pesticide"
    follow(coop, send(coop, form_at(coop, path), "save", p__name="无名", p__active="苯醚甲环唑", p__interval_days=""))

    link = re.search(r'href="(/m/record/flag_answered[^"]+)"', coop.get(f"/m/batches/{batch}").text)
    assert link
    form = form_at(coop, link[1].replace("&amp;", "&"))
    before = world.size
    follow(coop, send(coop, form, "save", p__answer="标签上没有写"))

    said = statement_at(world, before)
    assert said["kind"] == "flag_answered"
    assert said["payload"]["flag"]["chain"] == batch


def test_a_question_is_between_the_owner_and_the_office(coop: Browser, world: World) -> None:
    """The retailer has the goods in hand; what was done to them is for their owner to say (vocabulary, flag_raised)."""
    path = f"/m/record/input_use?batch={world.batch}&input_kind=pesticide"
    follow(coop, send(coop, form_at(coop, path), "save", p__name="无名", p__active="苯醚甲环唑", p__interval_days=""))

    owner, holder = (one.get(f"/m/batches/{world.batch}") for one in (coop, signed_in(world, "retailer")))

    assert 'href="/m/record/flag_answered' in owner.text
    assert holder.status_code == 200
    assert "请补充或说明" not in holder.text
    assert "/m/record/flag_answered" not in holder.text


def test_goods_that_are_offered_are_taken_over_by_the_buyer_alone(coop: Browser, world: World) -> None:
    batch = new_batch(world, coop)
    recorded(world, coop, batch, "harvest", p__quantity__value="640")
    buyer = world.parties["neighbour"]
    offer = recorded(
        world, coop, batch, "transfer_offered", p__buyer=buyer, p__quantity__value="640", p__price="12803.57"
    )
    path = f"/m/record/transfer_accepted?batch={batch}"
    neighbour = signed_in(world, "neighbour")

    assert f'href="/m/offers/{batch}"' in neighbour.get("/m/").text
    assert coop.get(path).status_code == signed_in(world, "retailer").get(path).status_code == 404
    form = form_at(neighbour, path)
    assert [value.rpartition(".")[2] for value in form.values("p.offer")] == [leaf_at(world, offer)]
    assert form.values("p.quantity.value") == ["640"]
    assert "803.57" not in neighbour.get(path).text
    follow(neighbour, send(neighbour, form, "save"))

    assert neighbour.get(f"/m/batches/{batch}").status_code == 200
    assert 'class="actions"' not in coop.get(f"/m/batches/{batch}").text  # its own records alone


def leaf_at(world: World, index: int) -> str:
    with world.node.reading() as reads:
        return next(reads.rows(index, index + 1)).leaf.hex()


def test_a_stranger_chooses_among_public_records_alone(world: World, tmp_path: Path) -> None:
    """A buyer may record its receipt of this batch; the retailer's receipt is between its parties."""
    buyer = Caller("member", world.parties["neighbour"], None, "test")
    with world.node.reading() as reads:
        row = find_batch(reads.connection, world.batch)
        (party,) = find_parties(reads.connection, [world.parties["neighbour"]])
        member = Member(world.node, buyer, party, Words("zh", names()), NOW, Shelf(Files(tmp_path), buyer))
        choices = choices_of(member, reads, row, reads.chain_rows(world.batch))

    kinds = [kind for kind, _ in choices.entries]
    assert "harvest" in kinds
    assert "receipt" not in kinds


def test_a_backup_holds_the_photos(coop: Browser, world: World, tmp_path: Path) -> None:
    from api.files.db import put_files, take_files

    form = form_at(coop, f"/m/record/input_use?batch={world.batch}&input_kind=pesticide")
    coop.post(
        form.action, {**form.sent(p__name="甲"), "do": "change"}, {"p.label_photo.file": ("a", PDF, "application/pdf")}
    )

    put_files(tmp_path / "backup", Files(world.node.settings.files))
    take_files(tmp_path / "backup", Files(tmp_path / "restored"))

    assert set(Files(tmp_path / "restored").all()) == set(Files(world.node.settings.files).all()) != set()
