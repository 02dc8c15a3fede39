"""Does every paper hold what the law wants in it, whatever was typed, and the same bytes for the same words?"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from api.catalogue import LANGS, say
from api.documents.render import document_bytes, reading_lines
from api.documents.words import field_label, law_lines, signer
from api.pages.assets import load_assets
from credit.documents import FROM_CASE, is_computed, sentence
from credit.reference.documents import templates
from tests.api.documents.paper_parts import page_of, paper, step_of, tags_of, text_of

CODES = sorted(templates())
HOSTILE = '<script>alert("1")</script> {organ} {{7*7}} \' OR 1=1 سەمەت 𠮷'
ELEMENTS = {
    *("html", "head", "meta", "title", "link", "body", "main", "header", "section"),
    *("h1", "h2", "p", "bdi", "dl", "div", "dt", "dd", "ul", "li", "span"),
}


@pytest.mark.parametrize("code", CODES)
def test_every_required_field_stands_in_the_paper(code: str) -> None:
    template, text = templates()[code], text_of(page_of(code))

    for name in template.fields:
        computed = sentence(template, name, step_of(code)[1]) if name not in FROM_CASE else None
        if computed is None or computed.asks:
            assert paper(code).values[name] in text, name
        if computed is not None:
            for part in computed.zh.split("{organ}"):
                assert part in text, name


@pytest.mark.parametrize("code", CODES)
def test_every_field_that_was_typed_stands_under_its_own_name(code: str) -> None:
    template, text = templates()[code], text_of(page_of(code))
    typed = [name for name in template.fields if not is_computed(template, name) and "remedies" not in name]

    assert [name for name in typed if field_label(template, name, "zh") not in text] == []


@pytest.mark.parametrize("code", CODES)
def test_the_heading_is_title_and_number_and_the_law_is_named(code: str) -> None:
    template, page = templates()[code], page_of(code)
    title = say(f"document.title.{code}", "zh")

    assert f"<title>{title} 谯农〔2026〕1号</title>" in page
    assert f"<h1>{title}</h1>" in page
    for line in law_lines(template, "zh"):
        assert f"<li>{line}</li>" in page
    assert signer(template, "zh") in page


@pytest.mark.parametrize("code", CODES)
def test_a_paper_that_bears_a_seal_has_a_place_for_it_and_no_picture(code: str) -> None:
    page = page_of(code)

    assert ("（盖章处）" in page) is templates()[code].sealed
    assert {tag for tag, _ in tags_of(page)} <= ELEMENTS


@pytest.mark.parametrize("code", CODES)
def test_typed_words_cannot_become_anything_else(code: str) -> None:
    """Markup, braces of templates, quotes, and letters that run from right to left."""
    page = page_of(code, HOSTILE, subject_name=HOSTILE, authority=HOSTILE)

    assert {tag for tag, _ in tags_of(page)} <= ELEMENTS
    assert not [name for _, attributes in tags_of(page) for name in attributes if name.startswith("on")]
    assert HOSTILE in text_of(page)
    assert page.count("سەمەت") == page.count("<bdi>&lt;script&gt;")  # none outside an isolated piece


@pytest.mark.parametrize("code", ["D-UPPER", "D-UPPER-REQ", "D-LIST-DECISION"])
def test_whoever_answers_for_an_authority_heads_and_signs_the_paper(code: str) -> None:
    """Also the authority above, whose answer is no paper of the one that asked (documents.csv, D-UPPER: signed by it)."""
    page = page_of(code, authority="示例市市场监督管理局")

    assert '<p class="issuer"><bdi>示例市市场监督管理局</bdi></p>' in page
    assert '<p class="signing-authority"><bdi>示例市市场监督管理局</bdi></p>' in page
    assert page.count("示例市市场监督管理局") == 2


@pytest.mark.parametrize("code", ["D-LAB-REPORT", "D-DEFENCE"])
def test_of_everybody_else_s_paper_it_is_named_as_whom_it_is_for(code: str) -> None:
    page = page_of(code, authority="示例区农业农村局")

    assert 'class="issuer"' not in page
    assert page.count("<dd><bdi>示例区农业农村局</bdi></dd>") == page.count("示例区农业农村局") == 1


def test_lines_stay_apart_and_blank_ones_go() -> None:
    page = page_of("D-NOTE", reasons="第一行\n\n  \n第二行")

    assert "<p><bdi>第一行</bdi></p>\n<p><bdi>第二行</bdi></p>" in page


def test_a_very_long_text_is_whole() -> None:
    long = "字" * 20_000

    assert long in page_of("D-NOTE", reasons=long)


@pytest.mark.parametrize("code", CODES)
def test_the_same_words_give_the_same_bytes_and_other_words_others(code: str) -> None:
    one = document_bytes(paper(code))

    assert document_bytes(paper(code)) == one
    for name in paper(code).values:
        assert document_bytes(paper(code, **{name: "别的"})) != one, name


@pytest.mark.parametrize("code", CODES)
def test_a_paper_needs_no_other_address_than_its_style_sheet(code: str) -> None:
    """And that one by its hash, so that no later sheet can hide a line of an earlier paper."""
    body = load_assets().assets["document.css"].body
    addresses = [(tag, attributes) for tag, attributes in tags_of(page_of(code)) if {"href", "src"} & attributes.keys()]

    assert [tag for tag, _ in addresses] == ["link"]
    assert addresses[0][1]["href"] == f"/static/{hashlib.sha256(body).hexdigest()[:16]}/document.css"
    assert str(addresses[0][1]["integrity"]).startswith("sha256-")
    assert not [1 for _, attributes in tags_of(page_of(code)) if "style" in attributes]


def test_the_sheet_that_earlier_papers_name_is_still_there() -> None:
    """Changed, it would be gone for every paper made before: a new look is a new file."""
    sheet = load_assets().pinned("document.css")

    assert sheet.path == "/static/7a4560782b285bef/document.css"


def test_a_sheet_neither_hides_nor_adds_words() -> None:
    css = load_assets().assets["document.css"].body.decode()

    assert "display: none" not in css
    assert "visibility" not in css
    assert css.count("content:") == 1  # the number of the printed page


@pytest.mark.parametrize("code", CODES)
def test_a_paper_of_a_demonstration_says_so_first(code: str) -> None:
    plain, marked = document_bytes(paper(code)).decode(), document_bytes(replace(paper(code), is_demonstration=True))

    assert "示例文书" not in plain
    assert text_of(marked.decode().partition("<main>")[2]).strip().startswith("示例文书，不是真的公文")


def test_a_decision_names_both_remedies_with_their_organs_and_periods() -> None:
    text = text_of(
        page_of("D-LIST-DECISION", remedies_reconsideration_60d="示例区人民政府", remedies_court_6m="示例区人民法院")
    )

    assert "自收到本文书之日起60日内，向 示例区人民政府 申请行政复议" in text
    assert "自收到本文书之日起6个月内，依法向 示例区人民法院 提起行政诉讼" in text
    assert "行政复议法第20条" in text
    assert "行政诉讼法第46条" in text
    assert "与《信用修复告知书》一并送达。" in text


def test_what_nobody_has_read_is_marked_and_what_was_read_is_not() -> None:
    lines = {code: [str(one) for one in law_lines(templates()[code], "zh")] for code in CODES}

    assert lines["D-UPPER"] == ["市场监督管理严重违法失信名单管理办法修订草案（待核）", "另有条款（待核）"]
    assert lines["D-HEAR-NOTICE"] == ["行政处罚法第64条第（2）至（5）项"]
    assert lines["D-HEAR-REQ"] == ["行政处罚法第64条第（1）项"]
    assert lines["D-SERVICE"] == ["民事诉讼法第88至95条", "行政处罚法第61条"]
    assert lines["D-REVOKE-NOTICE"] == ["参照行政处罚法第44条（待核）", "本平台的办理规则（待核）"]


def test_the_party_s_own_paper_is_signed_by_the_party() -> None:
    text = text_of(page_of("D-REPAIR-APP"))

    assert "当事人（签名、盖章或者按指印）" in text
    assert "送达回执" not in text
    assert "示例区农业农村局" in text


@pytest.mark.parametrize(
    ("code", "has_receipt"),
    [("D-LIST-NOTICE", True), ("D-REVIEW", False), ("D-PUB-ENTRY", False), ("D-SERVICE", False)],
)
def test_a_paper_for_the_subject_has_a_receipt(code: str, has_receipt: bool) -> None:
    assert ("送达回执</h2>" in page_of(code)) is has_receipt


def test_a_day_is_written_as_papers_write_it() -> None:
    text = text_of(page_of("D-PUB-ENTRY", decision_date="2026-10-14", published_from="2026-13-40"))

    assert "2026年10月14日" in text
    assert "2026-13-40" in text


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("code", CODES)
def test_every_field_has_a_label_of_its_own(code: str, lang: str) -> None:
    template = templates()[code]
    labels = [field_label(template, name, "en" if lang == "en" else "zh") for name in template.fields]

    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize("code", CODES)
def test_the_reading_copy_has_every_field_in_english(code: str) -> None:
    lines = reading_lines(paper(code), "en")

    assert [line.name for line in lines] == list(templates()[code].fields)
    assert [line.label for line in lines if not line.label.isascii()] == []
    assert all(line.text for line in lines)
    for line in lines:
        if line.is_sentence:
            assert "内容" in line.text[0] or line.text[0].isascii(), line


def test_the_named_organ_stands_in_the_english_sentence_too() -> None:
    lines = {line.name: line for line in reading_lines(paper("D-REFUSE", remedies_court_6m="示例区人民法院"), "en")}

    assert "before <bdi>示例区人民法院</bdi> within 6 months" in lines["remedies_court_6m"].text[0]


def test_no_template_lies_unused() -> None:
    folder = Path(__file__).parents[3] / "api/documents/templates"

    assert [path.name for path in folder.iterdir()] == ["document.html"]
