"""Which rules does the page ask, do its quantities add up, and does it lead to where the goods came from?"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from api.catalogue import LANGS, Lang
from api.pages.lineage_drawing import MAX_DRAWN
from api.pages.render import render_scan
from api.pages.scan_checks import RuleView
from api.pages.scan_view import scan_view
from api.pages.views import ScanView
from tests.api.pages.sample_history import (
    BATCH,
    CO_OP,
    FIELD_RECORDS,
    GOODS_RECORDS,
    INPUT,
    batch,
    history,
    kg,
    names,
    record,
)
from trace.history import BatchView, History, RecordView


def view(known: History | None = None, lang: Lang = "zh") -> ScanView:
    return scan_view(known or history(), names(), lang)


def rules(known: History | None = None) -> dict[str, RuleView]:
    return {str(rule.title): rule for rule in view(known).rules}


def with_use(**changed: Any) -> History:
    """The sample with its pesticide use as `changed` says; None takes a field away."""
    known, use = history(), FIELD_RECORDS[2]
    assert use.payload is not None
    payload = {name: value for name, value in {**use.payload, **changed}.items() if value is not None}
    records = (*FIELD_RECORDS[:2], replace(use, payload=payload), *FIELD_RECORDS[3:])
    return replace(known, inputs=(replace(known.inputs[0], records=records),))


# ---- rules -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "outcome", "word"),
    [
        # 农产品质量安全法 art. 29. Used until 17 July, harvested on 18 September: 63 days.
        ({"interval_days": 63, "interval_source": "label"}, "pass", "符合"),
        ({"interval_days": 64, "interval_source": "label"}, "stop", "应当扣留"),
        ({"interval_days": 64, "interval_source": "table"}, "warn", "有疑点 · 待核"),
        ({"interval_days": 21, "interval_source": "table"}, "pass", "符合 · 待核"),
        ({"interval_days": None}, "warn", "有疑点"),
    ],
)
def test_the_interval_is_judged_by_the_rule_that_holds_goods(changed: dict[str, Any], outcome: str, word: str) -> None:
    rule = rules(with_use(**changed))["安全间隔期"]

    assert (rule.outcome, rule.word) == (outcome, word)


def test_the_interval_says_the_days_that_were_kept_and_its_article() -> None:
    rule = rules(with_use(interval_source="label", interval_days=64))["安全间隔期"]

    assert rule.lines[0] == ("示例杀菌剂甲：最后一次用药2026年7月17日，安全间隔期64天。2026年9月18日采收，隔了63天。")
    assert "农产品质量安全法第29条" in rule.basis
    assert "G05@1" in rule.basis


def test_a_banned_pesticide_is_named_with_its_law_and_table_row() -> None:
    rule = rules(with_use(active=["六六六"]))["农药是否禁用、限用"]

    assert rule.outcome == "stop"
    assert rule.lines[0] == "示例杀菌剂甲，有效成分六六六"
    assert any(row.startswith("pesticides_banned ") for row in rule.rows)


def test_a_step_outside_its_band_is_doubted_and_one_inside_is_met() -> None:
    inside = rules()["投入和产出"]
    assert inside.outcome in ("pass", "warn")
    assert "煮：1,240公斤加工成1,210公斤" in inside.lines
    assert "干燥：1,030公斤加工成560公斤" in inside.lines  # 0.544, above the band's 0.50

    assert inside.outcome == "warn"


def test_what_a_package_lacks_is_said() -> None:
    rule = rules()["包装上该写的"]

    assert (rule.outcome, rule.word) == ("stop", "不能放行")
    assert "药品管理法第48条" in rule.basis


@pytest.mark.parametrize(
    ("lang", "title"),
    [
        ("zh", "NY/T 4712-2025 农产品质量安全追溯 数据格式"),
        ("en", "NY/T 4712-2025, data format for tracing farm produce"),
    ],
)
def test_a_source_that_is_no_law_stands_by_its_title_like_a_law(lang: Lang, title: str) -> None:
    """gates.csv G19: `proposal; P-NYT4712 in/out batch model`. Rules of other gates cite a policy beside a law."""
    about = {"zh": "投入和产出", "en": "What went in and came out"}[lang]

    (rule,) = (one for one in view(lang=lang).rules if one.title == about)

    assert title in re.sub("<[^>]*>", "", rule.basis)
    assert "P-NYT" not in rule.basis


def test_each_figure_of_a_report_stands_beside_the_limit_in_force_with_its_edition() -> None:
    items = {str(item.name): item for item in view().reports[0].items}

    assert items["二氧化硫残留量"].limit == "400"  # as the laboratory wrote it
    assert re.match(r"不超过150.mg/kg（", items["二氧化硫残留量"].in_force)
    assert items["铅 Pb"].in_force.endswith("待核）") or "ChP" in items["铅 Pb"].in_force


@pytest.mark.parametrize("lang", LANGS)
def test_every_rule_shows_outcome_law_and_rows_without_script(lang: Lang) -> None:
    html = render_scan(view(with_use(active=["六六六"]), lang), lang, "standard")

    assert 'data-outcome="stop"' in html
    assert "G03@1" in html
    assert "pesticides_banned" in html


# ---- quantities ------------------------------------------------------------------------------------------------------


def with_balance(records: tuple[RecordView, ...], balance_mg: int) -> History:
    known = history(records=records)
    return replace(known, batch=replace(known.batch, balance_mg=balance_mg))


def test_in_and_out_add_up_to_what_is_left() -> None:
    # 1240 + (1210 - 1240) + (560 - 1030) - 1.5 - 12.5 = 726
    lines = view(with_balance(GOODS_RECORDS, 726_000_000)).amounts

    assert [(str(line.term), line.text, line.direction) for line in lines] == [
        ("由原料批次转来", "＋1,240公斤", "in"),
        ("加工变化", "－500公斤", "out"),
        ("抽样", "－1.5公斤", "out"),
        ("零售", "－12.5公斤", "out"),
        ("账上还有", "726公斤", "left"),
    ]


def test_a_harvest_replaces_the_estimate_of_the_opening() -> None:
    field = replace(
        history(), batch=replace(batch(FIELD_RECORDS, INPUT, "AAAABBBBCCCC", CO_OP, CO_OP), balance_mg=0), inputs=()
    )

    assert [(str(line.term), line.text) for line in view(field).amounts] == [
        ("采收", "＋1,240公斤"),
        ("转入后续批次", "－1,240公斤"),
        ("账上还有", "0公斤"),
    ]


def test_a_balance_below_nothing_is_shown_as_such() -> None:
    assert view(with_balance(GOODS_RECORDS[:1], -4_250_000)).amounts[-1].text == "－4.25公斤"


def test_a_loss_and_a_corrected_sale_count_as_they_were_said_last() -> None:
    loss = record(40, BATCH, 11, "loss", "2026-10-27", CO_OP, {"quantity": kg("2.5"), "why": "moisture"})
    anew = {"kind": "retail_sale", "occurred_at": "2026-10-26T08:00:00+08:00", "payload": {"quantity": kg("1.25")}}
    said = record(41, BATCH, 12, "correction", "2026-10-27", CO_OP, {"restated": anew}, corrects="urn:19")

    texts = {str(line.term): line.text for line in view(history(records=(*GOODS_RECORDS, loss, said))).amounts}

    assert (texts["零售"], texts["损耗"]) == ("－1.25公斤", "－2.5公斤")


# ---- where it came from ----------------------------------------------------------------------------------------------


def made_of(id: str, *inputs: str, code: str = "", index: int = 1) -> BatchView:
    """A batch of these inputs, ten kilograms of each."""
    said: dict[str, Any] = {"product": "HB-BS", "township": "十河镇", "quantity": kg("10")}
    if inputs:
        said["inputs"] = [{"batch": one, "quantity": kg("10")} for one in inputs]
    opened = record(index, id, 0, "batch_opened", "2026-09-01", CO_OP, said)
    return batch((opened,), id, code, CO_OP, CO_OP)


def of(first: BatchView, *inputs: BatchView) -> History:
    return replace(history(), batch=first, inputs=inputs)


def test_each_input_has_its_own_page_by_its_label_or_below_this_one() -> None:
    known = of(made_of("top", "a", "b", code="7K3M9QX2WTBP"), made_of("a", code="AAAABBBBCCCC"), made_of("b"))

    shown = view(known).lineage.inputs

    assert [(one.number, one.href, one.line) for one in shown] == [
        (1, "/t/AAAABBBBCCCC", "用了10公斤，2026年9月1日"),
        (2, "/t/7K3M9QX2WTBP/from/2", "用了10公斤，2026年9月1日"),
    ]


def test_a_diamond_is_drawn_with_every_line_leading_upwards() -> None:
    known = of(made_of("top", "a", "b"), made_of("a", "c"), made_of("b", "a", "c"), made_of("c"))

    drawn = view(known).lineage

    depth = {mark.number: mark.y for mark in drawn.drawing.marks}
    assert sorted(depth) == [0, 1, 2, 3]
    assert depth[0] < depth[2] < depth[1] < depth[3]  # b is made of a as well, so a lies below it
    assert len(drawn.drawing.lines) == 5
    assert all(line.y1 > line.y2 for line in drawn.drawing.lines)
    assert len({(mark.x, mark.y) for mark in drawn.drawing.marks}) == 4
    assert drawn.description == "本批来自1、2，1来自3，2来自1、3"


@pytest.mark.parametrize("lang", LANGS)
def test_the_picture_has_a_title_a_description_and_the_same_as_a_list(lang: Lang) -> None:
    html = render_scan(view(lang=lang), lang, "standard")

    picture = html[html.index('<svg class="lineage"') : html.index('<ol class="inputs">')]
    assert 'role="img"' in picture
    assert re.search(r'<title id="lineage-title">.+</title>', picture)
    assert re.search(r'<desc id="lineage-desc">.+</desc>', picture)
    assert "style=" not in picture
    assert '<a href="/t/AAAABBBBCCCC">' in html


def test_a_held_input_is_marked_by_shape_and_word() -> None:
    held = {"rule": "G05@1", "reason": "inside-interval", "article": "L-APQSL 29", "lifted_by": "officials"}
    known = history()
    hold = record(50, INPUT, 7, "hold_placed", "2026-10-30", "node", held)
    shown = view(replace(known, inputs=(replace(known.inputs[0], records=(*FIELD_RECORDS, hold)),)))

    assert [mark.is_held for mark in shown.lineage.drawing.marks] == [False, True]
    assert "正被扣留" in shown.lineage.inputs[0].line
    assert 'class="mark mark-held"' in render_scan(shown, "zh", "standard")


def test_of_very_many_inputs_there_is_the_list_alone() -> None:
    many = [f"in{number}" for number in range(MAX_DRAWN + 1)]

    shown = view(of(made_of("top", *many), *(made_of(one) for one in many))).lineage

    assert (len(shown.inputs), shown.drawing.marks) == (MAX_DRAWN + 1, ())


def test_the_origin_of_a_blend_names_every_township_that_it_grew_in() -> None:
    other = replace(made_of("b"), township="五马镇")

    facts = {str(fact.term): fact.text for fact in view(of(made_of("top", "a", "b"), made_of("a"), other)).facts}

    assert facts["产地"] == "亳州市谯城区十河镇、亳州市谯城区五马镇"
