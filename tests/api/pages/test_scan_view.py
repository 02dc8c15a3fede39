"""What does the scan page say about a season, and what does it keep to itself?"""

from __future__ import annotations

import gzip
import re
from dataclasses import replace

import pytest

from api.catalogue import LANGS, Lang, messages
from api.pages.assets import load_assets
from api.pages.render import TEXT_SIZES, TextSize, render_scan
from api.pages.scan_view import grouped_code, scan_view
from api.pages.views import ScanView
from tests.api.pages.sample_history import (
    BATCH,
    CO_OP,
    CODE,
    GOODS_RECORDS,
    REPORT_HASH,
    VKEY,
    history,
    kg,
    names,
    record,
)


def view(lang: Lang = "zh") -> ScanView:
    return scan_view(history(), names(), lang)


def page(lang: Lang = "zh", text_size: TextSize = "standard") -> str:
    return render_scan(view(lang), lang, text_size)


def test_the_product_its_township_and_its_harvest_day_stand_first() -> None:
    shown = view()

    assert (shown.name, shown.alias, shown.latin, shown.glyph) == ("白芍", "亳芍", "Paeonia lactiflora Pall.", "芍")
    assert [(fact.term, fact.text) for fact in shown.facts] == [
        ("产地", "亳州市谯城区十河镇"),
        ("采收", "2026年9月18日"),
        ("规格", "一等 · 每袋500克"),
        ("建档", "2026年9月20日"),
    ]


def test_the_same_in_english() -> None:
    shown = view("en")

    assert shown.name == "White peony root"
    assert [fact.text for fact in shown.facts] == [
        "Shihe Town, Qiaocheng District, Bozhou",
        "18 Sep 2026",
        '<span lang="zh-CN">一等</span> · 500 g a bag',
        "20 Sep 2026",
    ]


def test_the_journey_is_told_newest_first_and_reaches_into_the_input() -> None:
    steps = view().steps

    assert [step.title for step in steps] == [
        "零售",
        "发运",
        "入库",
        "发放标签",
        "包装",
        "检验合格",
        "抽样",
        "干燥",
        "煮",
        "转入本批",
        "建立批次",
        "采收",
        "用药",
        "施肥",
        "种植",
        "建立批次",
    ]
    assert [bool(step.batch) for step in steps] == [False] * 9 + [True] + [False] + [True] * 5
    assert steps[11].batch == "原料批次"


def test_what_was_left_of_an_input_and_went_elsewhere_is_not_this_history() -> None:
    days = [step.day for step in view().steps]

    assert "10月30日" not in days


def test_plain_words_for_each_kind() -> None:
    details = {(str(step.title), step.day): step.detail for step in view().steps}

    assert details["采收", "9月18日"] == "0.8亩，鲜重1,240公斤，4年生"
    assert details["发运", "10月20日"] == "从亳州市谯城区，发往上海市，550公斤，共55件"
    assert (
        details["干燥", "9月27日"] == "1,030公斤加工成560公斤，水分11.2%，未用硫黄熏蒸（声明），没有使用添加剂（声明）"
    )
    assert (
        details["用药", "7月17日"] == "示例杀菌剂甲，有效成分代森锰锌，用于叶斑病，用量240克，面积0.8亩，安全间隔期21天"
    )
    assert details["种植", "2022年10月10日"] == "0.8亩，分根繁殖，品种线条型白芍，种苗来自十河镇良种圃，前茬小麦"


def test_custody_is_said_in_plain_words() -> None:
    signers = [step.signer for step in view().steps]

    assert signers[0] == "上海示例药材摊位，由平台代签"
    assert signers[1] == "十河镇芍花中药材专业合作社（示例）签名"
    assert view("en").steps[0].signer == ('Signed by the platform for <span lang="zh-CN">上海示例药材摊位</span>')


def test_where_one_party_made_the_goods_it_is_called_the_producer() -> None:
    one_owner = history()
    inputs = tuple(replace(batch, owner=CO_OP) for batch in one_owner.inputs)

    signers = [str(step.signer) for step in scan_view(replace(one_owner, inputs=inputs), names(), "zh").steps]

    assert signers[0] == "上海示例药材摊位，由平台代签"
    assert signers[1] == "生产者签名"


def test_what_the_node_derived_itself_is_nobodys_signature() -> None:
    (derived,) = [step for step in view().steps if step.title == "转入本批"]

    assert derived.signer == "平台自动记录"


def test_a_fertiliser_has_no_active_ingredient() -> None:
    used = record(
        9, BATCH, 1, "input_use", "2026-03-02", CO_OP, {"input_kind": "fertiliser", "name": "甲", "active": ["乙"]}
    )

    shown = scan_view(history(records=(GOODS_RECORDS[0], used)), names(), "zh")

    assert next(step.detail for step in shown.steps if step.title == "施肥") == "甲，成分乙"


def test_an_own_lot_number_stands_where_the_package_has_it() -> None:
    opened = GOODS_RECORDS[0]
    numbered = replace(opened, payload={**(opened.payload or {}), "lot_no": "SH-7"})

    shown = scan_view(history(records=(numbered, *GOODS_RECORDS[1:])), names(), "zh")

    assert [(fact.term, fact.text) for fact in shown.facts][-1] == ("批号", "SH-7")


def test_a_paper_that_several_records_cite_stands_once() -> None:
    cited = {"quantity": kg("5"), "to_region": "310115", "documents": [{"type": "report", "hash": REPORT_HASH}]}
    sent = record(20, BATCH, 11, "dispatch", "2026-10-28", CO_OP, cited)

    shown = scan_view(history(records=(*GOODS_RECORDS, sent)), names(), "zh")

    assert [document.name for document in shown.documents if document.sha256 == REPORT_HASH] == ["检验报告"]


def test_records_that_are_not_public_are_counted_and_not_told() -> None:
    shown = view()

    assert shown.hidden_line == "另有1条记录不公开：贸易细节，只有当事人和监管人员能看。"
    assert len(shown.steps) == 16


def test_a_report_shows_each_value_with_its_limit_and_judgement() -> None:
    (report,) = view().reports

    assert report.title == "检验5项，报告结论合格"
    assert [(item.name, item.value, item.limit, item.judgement_word) for item in report.items] == [
        ("二氧化硫残留量", "18\u00a0mg/kg", "400", "合格"),
        ("水分", "11.2%", "14.0", "合格"),
        ("含量测定", "2.4%", "不低于1.6", "合格"),
        ("铅 Pb", "&lt;0.05\u00a0mg/kg", "5", "合格"),
        ("33种禁用农药", "&lt;0.01\u00a0mg/kg", "报告未列", "未判定"),
    ]
    assert [(fact.term, fact.text) for fact in report.facts] == [
        ("检验机构", "谯城区农产品检测中心（示例）"),
        ("报告编号", "QCJC-2026-1187"),
        ("判定依据", "《中国药典》2025年版"),
        ("资质认定号", "示例-0001"),
        ("检验日期", "2026年10月8日"),
    ]


def test_a_failed_report_says_so_and_names_the_failed_value_first() -> None:
    failed = record(
        13,
        BATCH,
        4,
        "lab_report",
        "2026-10-09",
        "partyLab00000000000000",
        {
            "conclusion": "fail",
            "items": [
                {"item": "T-MOIST", "value": "11.2", "unit": "%", "limit": "14.0", "judgement": "pass"},
                {"item": "T-SO2", "value": "612", "unit": "mg/kg", "limit": "400", "judgement": "fail"},
                {"item": "T-ASSAY", "value": "2.4", "unit": "%"},
            ],
        },
    )

    shown = scan_view(history(records=(failed,)), names(), "zh")

    assert shown.reports[0].title == "检验3项，报告结论不合格"
    assert shown.reports[0].values == "二氧化硫残留量612\u00a0mg/kg（限值400）、水分11.2%（限值14.0）等"
    assert (shown.steps[0].title, shown.steps[0].mark) == ("检验不合格", "stop")


def test_a_retest_stands_beside_the_first_report_and_says_what_it_is() -> None:
    """Both results stay visible; the newer one first."""
    first = {"conclusion": "fail", "items": [{"item": "T-SO2", "value": "612", "unit": "mg/kg", "judgement": "fail"}]}
    again = {"conclusion": "pass", "items": [{"item": "T-SO2", "value": "120", "unit": "mg/kg", "judgement": "pass"}]}
    named, lab = {"chain": BATCH, "seq": 4, "leaf": "ab" * 32}, "partyLab00000000000000"
    records = (
        record(13, BATCH, 4, "lab_report", "2026-10-09", lab, first),
        record(14, BATCH, 5, "retest_report", "2026-10-16", lab, {**again, "retest_of": named}),
    )

    shown = scan_view(history(records=records), names(), "zh")

    assert [(one.title, one.conclusion) for one in shown.reports] == [
        ("复检：检验1项，报告结论合格", "pass"),
        ("检验1项，报告结论不合格", "fail"),
    ]
    assert [(step.title, step.mark) for step in shown.steps[:2]] == [("复检合格", "milestone"), ("检验不合格", "stop")]


def test_documents_are_named_by_their_hash() -> None:
    assert [(document.name, document.sha256[:4]) for document in view().documents] == [
        ("检验报告", "5e5e"),
        ("抽样单", "cdcd"),
        ("农药标签照片", "abab"),
    ]


def test_people_are_named_by_their_part_and_a_natural_person_is_not_named() -> None:
    assert [(person.part, person.name, person.line) for person in view().people] == [
        ("本批所有者", "十河镇芍花中药材专业合作社（示例）", "农民专业合作社 · 亳州市谯城区"),
        ("原料生产者", "个人（姓名不公开）", "农户 · 亳州市谯城区"),
        ("现在由谁保管", "上海示例药材摊位", "个体工商户 · 上海市"),
    ]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("text_size", TEXT_SIZES)
def test_no_commitment_no_place_and_no_claim_of_genuineness_reaches_the_page(lang: Lang, text_size: TextSize) -> None:
    html = page(lang, text_size)

    for secret in ("1ET_te05i8v5NvktEFhW42cKU853YUmPdL0u7Yr1bAM", "ESUPDR", "placePrivate", "commit"):
        assert secret not in html
    assert "正品" not in html
    assert not re.search(r"\bgenuine\b|\bauthentic\b", html)


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_has_no_inline_script_or_style_and_no_foreign_host(lang: Lang) -> None:
    html = page(lang)

    assert not re.search(
        r"<style|style=|<script(?! type=\"module\" src=\"/static/)| on[a-z]+=|javascript:|https?://", html
    )


@pytest.mark.parametrize("lang", LANGS)
def test_without_script_the_page_says_that_nothing_was_checked(lang: Lang) -> None:
    html = page(lang)

    visible = re.sub(r"<template.*?</template>", "", html, flags=re.S)
    said = {"zh": "这台设备什么都没有核对", "en": "nothing was checked on this device"}[lang]
    promised = {"zh": "没有被改动", "en": "Unchanged since"}[lang]
    assert said in visible
    assert promised not in visible


def test_the_panel_carries_address_origin_and_pinned_key() -> None:
    html = page()

    assert f'data-bundle="/api/v1/batches/{BATCH}/bundle"' in html
    assert f'data-vkey="{VKEY}"' in html
    assert 'data-origin="suxin.example/log"' in html


def test_a_demonstration_says_so_and_a_live_page_does_not() -> None:
    live = render_scan(scan_view(history(demonstration=False), names(), "zh"), "zh", "standard")

    assert "示例数据" in page()
    assert "示例数据" not in live


def test_the_setting_links_are_plain_addresses_that_the_device_completes() -> None:
    html = page()

    assert f'<a class="keep-fragment" href="/t/{CODE}?text=large">大字</a>' in html
    assert f'<a class="keep-fragment" href="/t/{CODE}?lang=en" lang="en" hreflang="en">EN</a>' in html
    assert f'href="/t/{CODE}?text=standard"' in page("zh", "huge")


def test_words_of_other_people_are_escaped() -> None:
    sold = record(
        19, BATCH, 10, "retail_sale", "2026-10-26", None, {"quantity": kg("1"), "township": "<script>x</script>"}
    )

    html = render_scan(scan_view(history(records=(*GOODS_RECORDS, sold)), names(), "en"), "en", "standard")

    assert "<script>x" not in html
    assert "&lt;script&gt;x" in html


def test_a_batch_without_any_report_says_that_there_is_none() -> None:
    bare = replace(history(records=GOODS_RECORDS[:1]), inputs=())

    shown = scan_view(bare, names(), "zh")

    assert shown.reports == ()
    assert "还没有公开的检验报告。" in render_scan(shown, "zh", "standard")
    assert [person.part for person in shown.people] == ["生产者", "现在由谁保管"]


@pytest.mark.parametrize("lang", LANGS)
def test_the_first_view_stays_within_its_budget(lang: Lang) -> None:
    sizes = {name: len(asset.gzipped) for name, asset in load_assets().assets.items()}
    html = len(gzip.compress(page(lang, "huge").encode(), 6))

    assert html <= 12 * 1024
    assert sizes["suxin.css"] <= 8 * 1024
    assert sizes["verify.js"] + sizes["panel.js"] <= 24 * 1024
    assert html + sizes["suxin.css"] + sizes["verify.js"] + sizes["panel.js"] + sizes["icon.svg"] <= 50 * 1024


def test_a_code_is_printed_in_three_groups() -> None:
    assert grouped_code("7K3M9QX2WTBP") == "7K3M-9QX2-WTBP"


def test_both_languages_say_the_same_things_with_the_same_values() -> None:
    zh, en = messages("zh"), messages("en")

    assert set(zh) == set(en)
    placeholders = {key: set(re.findall(r"\{([a-z_]+)\}", text)) for key, text in zh.items()}
    assert {key: set(re.findall(r"\{([a-z_]+)\}", text)) for key, text in en.items()} == placeholders
