"""What does the page say of goods that are held, were freed, or of records that were corrected or told late?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from api.catalogue import LANGS, Lang
from api.pages.render import render_scan
from api.pages.scan_view import scan_view
from tests.api.app_parts import World, running_world
from tests.api.pages.sample_history import (
    BATCH,
    FIELD_RECORDS,
    GOODS_RECORDS,
    GROWER,
    INPUT,
    LABORATORY,
    history,
    kg,
    names,
    record,
)
from trace.history import History, RecordView

NODE = "nodeNodeNodeNodeNode00"
FAILED = {
    "rule": "G08@1",
    "source": {"chain": BATCH, "seq": 4, "leaf": "0d" * 32},
    "reason": "report-failed",
    "article": "L-APQSL 34 36 48",
    "lifted_by": "officials",
}
SPREAD = {**FAILED, "lifted_by": "origin", "origin": {"chain": INPUT, "seq": 7, "leaf": "1a" * 32}}


def placed(payload: dict[str, Any], index: int = 30) -> RecordView:
    return record(index, BATCH, 11, "hold_placed", "2026-11-02", NODE, payload)


def released(payload: dict[str, Any], index: int = 31) -> RecordView:
    hold = {"chain": BATCH, "seq": 11, "leaf": "1e" * 32}
    return record(index, BATCH, 12, "hold_released", "2026-11-09", NODE, {"hold": hold, **payload})


def with_records(*more: RecordView) -> History:
    return history(records=(*GOODS_RECORDS, *more))


def corrected(payload: dict[str, Any]) -> History:
    """The grower's harvest, said anew a day later."""
    told = record(26, INPUT, 7, "correction", "2026-09-19", GROWER, payload, corrects="urn:7", reason="多打了一个0")
    known = history()
    return replace(known, inputs=(replace(known.inputs[0], records=(*FIELD_RECORDS, told)),))


def html(known: History, lang: Lang = "zh") -> str:
    return render_scan(scan_view(known, names(), lang), lang, "standard")


# ---- holds -----------------------------------------------------------------------------------------------------------


def test_a_hold_says_why_since_when_by_which_article_and_what_lifts_it() -> None:
    (hold,) = scan_view(with_records(placed(FAILED)), names(), "zh").holds

    assert hold.why == "检测报告结论是不合格。"
    assert hold.since == "从2026年11月2日起扣留。"
    assert hold.basis == "检测合格，农产品质量安全法第34、36、48条（规则G08@1）"
    assert hold.cures[-1] == "由两名监管人员各用自己的密钥解除。"
    assert (hold.origin_href, hold.lifted) == ("", "")


def test_a_spread_hold_names_the_batch_that_it_follows_and_links_to_it() -> None:
    (hold,) = scan_view(with_records(placed(SPREAD)), names(), "zh").holds

    assert (hold.origin_href, hold.origin) == ("/t/AAAABBBBCCCC", "白芍 · 十河镇 · SH-2022-07")
    assert hold.cures == ("那一批解除后，这一批同时解除。",)


def test_every_english_title_of_the_journey_begins_with_a_capital() -> None:
    shown = scan_view(with_records(placed(FAILED), released({"ground": "facts"})), names(), "en")

    titles = [str(step.title) for step in shown.steps]
    assert {"Held", "Hold lifted"} <= set(titles)
    assert [title for title in titles if title[0].islower()] == []
    assert shown.past_holds[0].lifted.startswith("Lifted on ")


@pytest.mark.parametrize("lang", LANGS)
def test_the_band_stands_before_the_product_and_before_anything_that_a_script_could_change(lang: Lang) -> None:
    shown = html(with_records(placed(FAILED)), lang)

    main = shown.index("<main")
    assert main < shown.index('class="band band-stop"') < shown.index("<svg", main) < shown.index('id="product"')


def test_the_panel_of_a_held_batch_is_told_that_it_is_held_and_no_other_is() -> None:
    assert 'id="check" class="check" data-state="not_here" data-held' in html(with_records(placed(FAILED)))
    assert "data-held" not in html(history())
    assert "band-stop" not in html(history())


@pytest.mark.parametrize(
    ("ground", "line"),
    [
        (
            {"ground": "officials", "reason_text": "复检合格"},
            "2026年11月9日解除，由两名监管人员解除，复检合格",
        ),
        ({"ground": "facts"}, "2026年11月9日解除，记录更正或补齐后不再成立"),
    ],
)
def test_a_lifted_hold_is_told_and_holds_no_longer(ground: dict[str, Any], line: str) -> None:
    known = with_records(placed(FAILED), released(ground))

    shown = scan_view(known, names(), "zh")

    assert shown.holds == ()
    assert [hold.lifted for hold in shown.past_holds] == [line]
    assert not shown.panel.is_held
    assert "曾经扣留，已经解除" in html(known)
    assert [step.mark for step in shown.steps[:2]] == ["milestone", "stop"]


def test_of_two_holds_one_lifted_leaves_the_batch_held() -> None:
    other = {**FAILED, "reason": "inside-interval", "rule": "G05@1", "article": "L-APQSL 29"}
    second = replace(placed(other, 32), seq=13)

    shown = scan_view(with_records(placed(FAILED), second, released({"ground": "facts"})), names(), "zh")

    assert ([len(shown.holds), len(shown.past_holds)], shown.panel.is_held) == ([1, 1], True)


def test_a_hold_stands_in_the_journey_on_the_day_from_which_it_holds() -> None:
    told = replace(placed(FAILED), occurred_at="2026-08-01T08:00:00+08:00")

    (step, *_) = scan_view(with_records(told), names(), "zh").steps

    assert (step.title, step.day, step.mark) == ("扣留", "11月2日", "stop")
    assert step.detail == "检测报告结论是不合格。依据农产品质量安全法第34、36、48条。"


# ---- corrections -----------------------------------------------------------------------------------------------------

ANEW = {
    "restated": {
        "kind": "harvest",
        "occurred_at": "2026-09-17T08:00:00+08:00",
        "payload": {"quantity": kg("124"), "area_mu": "0.1", "growing_years": 4},
    }
}


def test_what_counts_is_the_record_as_it_was_said_last() -> None:
    shown = scan_view(corrected(ANEW), names(), "zh")

    assert [fact.text for fact in shown.facts if fact.term == "采收"] == ["2026年9月17日"]
    assert any("隔了62天" in line for rule in shown.rules for line in rule.lines)


def test_both_versions_stay_visible_and_the_first_is_marked() -> None:
    steps = {(str(step.title), step.day): step for step in scan_view(corrected(ANEW), names(), "zh").steps}

    first, again = steps["采收", "9月18日"], steps["更正：采收", "9月19日"]
    assert (first.mark, first.became) == ("past", "已更正，以更正后的为准")
    assert first.detail == "0.8亩，鲜重1,240公斤，4年生"
    assert again.detail == "0.1亩，鲜重124公斤，4年生，原因：多打了一个0"


def test_a_record_that_did_not_occur_counts_no_more() -> None:
    shown = scan_view(corrected({"did_not_occur": True}), names(), "zh")

    assert [fact.term for fact in shown.facts] == ["产地", "规格", "建档"]
    assert [step.title for step in shown.steps if step.became] == ["采收"]
    assert [step.detail for step in shown.steps if step.title == "更正：没有发生"] == ["原因：多打了一个0"]


def test_a_record_that_came_in_days_later_says_when() -> None:
    late = replace(GOODS_RECORDS[1], received="2026-09-25T02:00:00.000Z")
    known = history(records=(GOODS_RECORDS[0], late, *GOODS_RECORDS[2:]))

    assert {step.became for step in scan_view(known, names(), "zh").steps} == {"", "2026年9月25日才填报"}


def test_a_use_told_after_the_goods_had_left_is_part_of_their_history() -> None:
    late = record(27, INPUT, 7, "input_use", "2026-09-10", GROWER, {"input_kind": "other", "name": "示例叶面肥"})
    known = history()

    shown = scan_view(replace(known, inputs=(replace(known.inputs[0], records=(*FIELD_RECORDS, late)),)), names(), "zh")

    assert ["示例叶面肥" in step.detail for step in shown.steps].count(True) == 1


def test_a_later_harvest_of_the_same_field_is_not_the_history_of_goods_made_before() -> None:
    again = record(27, INPUT, 7, "harvest", "2026-10-20", GROWER, {"quantity": kg("300"), "area_mu": "0.2"})
    known = history()

    shown = scan_view(
        replace(known, inputs=(replace(known.inputs[0], records=(*FIELD_RECORDS, again)),)), names(), "zh"
    )

    assert [fact.text for fact in shown.facts if fact.term == "采收"] == ["2026年9月18日"]


def test_two_officials_are_named_as_such_and_not_as_persons() -> None:
    known = with_records(placed(FAILED), released({"ground": "officials", "reason_text": "复检合格"}))

    assert scan_view(known, names(), "zh").steps[0].signer == "两名监管人员签名"


def test_a_correction_of_an_unknown_record_marks_nothing_as_corrected() -> None:
    other = record(33, BATCH, 11, "correction", "2026-10-20", LABORATORY, {"did_not_occur": True}, corrects="urn:99")

    assert {step.became for step in scan_view(with_records(other), names(), "zh").steps} == {""}


# ---- on a node -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("held")) as running:
        yield running


def spray(world: World) -> None:
    """Told late: used nine days before the harvest, where the label asks for thirty."""
    use = {
        "input_kind": "pesticide",
        "name": "示例杀菌剂",
        "active": ["戊唑醇"],
        "used_until": "2026-09-01",
        "interval_days": 30,
        "interval_source": "label",
        "label_photo": "ab" * 32,
        "crop_on_label": True,
    }
    path = f"/api/v1/batches/{world.batch}/events"
    world.made(path, {"kind": "input_use", "occurred_at": "2026-09-01T18:00:00+08:00", "payload": use}, "coop")


def test_a_page_that_was_rendered_before_says_at_once_that_the_goods_and_what_was_made_of_them_are_held(
    world: World,
) -> None:
    inputs = [{"batch": world.batch, "quantity": kg("100")}]
    body = {"party": world.parties["coop"], "product": "HB-BS", "quantity": kg("100"), "inputs": inputs}
    made = world.made("/api/v1/batches", body, "coop")
    pages = [f"/t/{world.code}?lang=zh", f"/t/{made['code']}?lang=zh"]
    before = [world.get(page) for page in pages]

    spray(world)

    after = [
        world.get(page, **{"If-None-Match": first.headers["etag"]}) for page, first in zip(pages, before, strict=True)
    ]
    assert ["band-stop" in answer.text for answer in before] == [False, False]
    assert ["band-stop" in answer.text for answer in after] == [True, True]
    assert f'<a href="/t/{world.code}">' in after[1].text.split("</section>")[0]


def test_an_input_without_a_label_has_a_page_below_the_label_of_what_was_made_of_it(world: World) -> None:
    quantity = kg("50")
    chain = "bm9MYWJlbE5vTGFiZWw1MA"
    payload = {"product": "HB-BS", "township": "十河镇", "quantity": quantity, "place": world.place}
    opened = world.statement(901, chain=chain, kind="batch_opened", payload=payload)
    world.made("/api/v1/statements", {"statement": opened, "openings": []}, "coop")
    body = {"party": world.parties["coop"], "product": "HB-BS", "quantity": quantity}
    code = world.made("/api/v1/batches", {**body, "inputs": [{"batch": chain, "quantity": quantity}]}, "coop")["code"]

    label, below = world.get(f"/t/{code}?lang=zh"), world.get(f"/t/{code}/from/1?lang=zh")

    assert f'href="/t/{code}/from/1"' in label.text
    assert below.status_code == 200
    assert f'data-bundle="/api/v1/batches/{chain}/bundle"' in below.text
    assert f'href="/t/{code}/from/1?lang=en"' in below.text
    assert 'id="scans"' not in below.text
    for wrong in ("0", "2", "x", "１"):
        assert world.get(f"/t/{code}/from/{wrong}").status_code == 404
    assert world.get("/t/00000000000Z/from/1").status_code == 404
