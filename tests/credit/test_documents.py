"""What has to stand in a document, what is missing, what nobody may type, and how much of a person it shows."""

from datetime import date

import pytest

from credit.documents import (
    FROM_CASE,
    LINES,
    OPENING,
    SERVED_WITH,
    day_text,
    is_by_subject,
    is_computed,
    is_for_subject,
    masked_id,
    masked_name,
    missing_fields,
    number_text,
    sentence,
    short_name,
    subject_fields,
    value_faults,
)
from credit.reference.documents import sentences, templates
from credit.reference.laws import Article, Cited, parse_cited
from credit.reference.procedures import procedures

WIRED = ("sample_result", "trace_outcome", "penalty_record", "listing", "repair")
ID_NUMBER = "341602199001011234"


def test_every_document_that_a_wired_procedure_asks_for_is_carried() -> None:
    asked = {code for name in WIRED for step in procedures()[name].steps.values() for code in step.documents}

    assert asked <= templates().keys()
    assert len(templates()) == 40


def test_each_document_begins_with_number_authority_day_and_subject_and_names_no_field_twice() -> None:
    for template in templates().values():
        assert template.fields[:5] == ("doc_no", "authority", "date", "subject_name", "subject_id_masked")
        assert len(set(template.fields)) == len(template.fields)


def test_a_decision_against_a_subject_names_both_remedies() -> None:
    """行政复议法 art. 20 (60 days), 行政诉讼法 art. 46 (6 months); a decision that gives what was asked for needs none."""
    against = [code for code, one in templates().items() if "remedies_court_6m" in one.fields]

    assert against == ["D-LIST-DECISION", "D-REFUSE", "D-REVOKE-DECISION"]
    for code in against:
        template = templates()[code]
        reconsideration = sentence(template, "remedies_reconsideration_60d")
        court = sentence(template, "remedies_court_6m")
        assert reconsideration is not None
        assert court is not None
        assert "60日内" in reconsideration.zh
        assert "行政复议" in reconsideration.zh
        assert reconsideration.law == "L-RECON 20"
        assert "6个月内" in court.zh
        assert "行政诉讼" in court.zh
        assert court.law == "L-LIT 46"
        assert reconsideration.asks
        assert court.asks


@pytest.mark.parametrize("organ", ["", "  "])
def test_a_remedy_without_the_organ_that_hears_it_is_missing(organ: str) -> None:
    template = templates()["D-REFUSE"]
    values = dict.fromkeys(template.fields, "有") | {"remedies_court_6m": organ}

    assert missing_fields(template, values) == ("remedies_court_6m",)


def test_what_is_missing_is_named_in_the_order_of_the_paper() -> None:
    template = templates()["D-LIST-DECISION"]
    known = {"doc_no": "谯农〔2026〕1号", "authority": "示例局", "date": "2026年11月30日", "subject_name": "示例社"}

    assert missing_fields(template, known)[:4] == ("subject_id_masked", "subject_address", "facts", "evidence")
    assert "authority_seal" not in missing_fields(template, known)


def test_rights_and_their_periods_are_never_typed() -> None:
    """行政处罚法 44, 45, 62-64, 85; 农产品质量安全法 51."""
    notice, result = templates()["D-LIST-NOTICE"], templates()["D-RESULT-NOTICE"]
    laboratory, rapid = (sentence(result, "retest_right_and_deadline", step) for step in ("S02", "S03"))

    assert is_computed(notice, "right_statement")
    assert is_computed(notice, "right_hearing_and_deadline")
    assert is_computed(result, "retest_right_and_deadline")
    assert laboratory is not None
    assert rapid is not None
    assert "5个工作日内" in laboratory.zh
    assert "4小时内" in rapid.zh


def test_a_notice_of_a_result_that_no_serving_step_makes_says_no_period() -> None:
    template = templates()["D-RESULT-NOTICE"]
    values = dict.fromkeys(("doc_no", "authority", "date", "subject_name", "subject_id_masked"), "有")

    missing = missing_fields(template, values | {"result": "不合格", "where": "示例局"}, "S09")

    assert missing == ("retest_right_and_deadline",)


def test_every_sentence_belongs_to_a_document_and_every_document_has_its_opening() -> None:
    for code, field, when in sentences():
        fields = templates()[code].fields if code else {name for one in templates().values() for name in one.fields}
        assert field == OPENING or field in fields
        assert not when or code or field == "subject_id_masked"
    assert [code for code, one in templates().items() if sentence(one, OPENING) is None] == []


def test_every_field_of_several_lines_is_a_field() -> None:
    assert {name for one in templates().values() for name in one.fields} >= LINES
    assert LINES.isdisjoint(FROM_CASE)


def test_the_repair_notice_goes_with_the_decision() -> None:
    """两书同达: the table's serving steps carry both papers."""
    assert "D-REPAIR-NOTICE" in procedures()["listing"].steps["L25"].documents
    assert {"D-PUB-NOTICE", "D-REPAIR-NOTICE"} <= set(procedures()["penalty_record"].steps["P06"].documents)
    assert SERVED_WITH == {"D-LIST-DECISION": "D-REPAIR-NOTICE", "D-PUB-NOTICE": "D-REPAIR-NOTICE"}


# ---- whom a paper shows --------------------------------------------------------------------------------------------


def test_an_id_number_shows_its_ends_and_a_name_its_first_character() -> None:
    assert masked_id(ID_NUMBER) == "3416**********1234"
    assert masked_id("E12345678") == "*********"
    assert masked_name("张三丰") == "张**"
    assert masked_name("柳") == "柳**"


def test_an_official_paper_shows_the_full_name_and_a_masked_number() -> None:
    found = subject_fields(templates()["D-LIST-NOTICE"], "household", "张三丰", None, ID_NUMBER)

    assert found == {"subject_name": "张三丰", "subject_id_masked": "3416**********1234"}


def test_a_public_paper_shows_neither_name_nor_number_of_a_natural_person() -> None:
    found = subject_fields(templates()["D-PUB-ENTRY"], "household", "张三丰", None, ID_NUMBER)

    assert found == {"subject_name": "张**", "subject_id_masked": "不公示"}


def test_a_legal_person_is_named_in_full_everywhere() -> None:
    for code in ("D-PUB-ENTRY", "D-LIST-NOTICE"):
        found = subject_fields(templates()[code], "co-op", "示例社", "93341602MA75428340", None)
        assert found == {"subject_name": "示例社", "subject_id_masked": "93341602MA75428340"}


def test_a_person_without_a_registered_number_can_still_be_told() -> None:
    found = subject_fields(templates()["D-FACT-NOTICE"], "household", "张三丰", None, None)

    assert found["subject_id_masked"] == "未登记证件号码"


def test_the_subject_reads_what_goes_to_it_and_its_own_words_and_nothing_internal() -> None:
    withheld = {code for code, one in templates().items() if not is_for_subject(one)}

    assert withheld == {
        *("D-LIST-PROPOSAL", "D-WITHDRAW", "D-REVIEW", "D-VERIFY", "D-REC-ENTRY", "D-REC-CONFIRM"),  # internal
        *("D-UPPER-REQ", "D-UPPER", "D-SERVICE", "D-NOTE"),  # between offices, and for the file
    }
    assert {code for code, one in templates().items() if is_by_subject(one)} == {
        *("D-DEFENCE", "D-WAIVER", "D-HEAR-REQ", "D-HEAR-WITHDRAW", "D-REMOVE-APP", "D-PROMISE", "D-REPAIR-APP"),
        "D-RETEST-REQ",
    }


# ---- what may be typed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "field", "text", "fault"),
    [
        ("D-NOTE", "reasons", "两行\n文字", None),
        ("D-NOTE", "reasons", "<script>alert(1)</script> {organ} {{7*7}} 𠮷", None),
        ("D-NOTE", "reasons", "سەمەت", None),
        ("D-NOTE", "reasons", "\u202e21", "forbidden-character"),
        ("D-NOTE", "reasons", "字" * 20_001, "too-long"),
        ("D-NOTE", "reasons", "\u3000", "blank"),
        ("D-SERVICE", "receiver", "两行\n文字", "forbidden-character"),
        ("D-SERVICE", "receiver", "裘点货 19900001371", None),
        ("D-PUB-ENTRY", "party", "裘点货 19900001371", "personal-data"),
        ("D-NOTE", "doc_no", "\u202e whatever", None),
    ],
)
def test_what_can_be_typed_into_a_field(code: str, field: str, text: str, fault: str | None) -> None:
    assert value_faults(templates()[code], {field: text}) == ({field: fault} if fault else {})


# ---- numbers, days, laws -------------------------------------------------------------------------------------------


def test_a_number_is_short_form_year_and_sequence() -> None:
    short = short_name("亳州市谯城区农业农村局", "341602", "agriculture")

    assert number_text(short, 2026, 7) == "谯农〔2026〕7号"
    assert short_name("亳州市市场监督管理局", "341600", "market-supervision") == "亳市监"
    assert short_name("示例局", "310115", "agriculture") == "示例局"
    assert short_name("示例局", "341602", None) == "示例局"
    assert day_text(date(2026, 11, 30)) == "2026年11月30日"


@pytest.mark.parametrize(
    ("law", "cited"),
    [
        ("L-PEN 44 62", [Cited("L-PEN", (Article("44"), Article("62")), False)]),
        ("L-CIVP 88-95", [Cited("L-CIVP", (Article("88", "95"),), False)]),
        ("L-PEN 64(2)-(5)", [Cited("L-PEN", (Article("64", items=("2", "5")),), False)]),
        ("L-PEN 64(1)", [Cited("L-PEN", (Article("64", items=("1", "1")),), False)]),
        ("P-NDRC36 art 3; P-NDRC36-B", [Cited("P-NDRC36", (Article("3"),), False)]),
        ("P-SAMR44 (art 15, M)", [Cited("P-SAMR44", (Article("15"),), False, True)]),
        ("L-APQSL 27 (forging/altering banned)", [Cited("L-APQSL", (Article("27"),), False)]),
        ("L-SHCRED 30(2) as model", [Cited("L-SHCRED", (Article("30", items=("2", "2")),), True)]),
        ("L-PEN 44 by analogy; proposal", [Cited("L-PEN", (Article("44"),), True), Cited("proposal", (), False)]),
    ],
)
def test_a_source_is_read_by_law_and_article(law: str, cited: list[Cited]) -> None:
    assert list(parse_cited(law)) == cited


@pytest.mark.parametrize("law", ["", "L-PEN 44a", "whatever", "L-PEN (2)", "l-pen 44"])
def test_a_source_that_cannot_be_read_stops_the_program(law: str) -> None:
    with pytest.raises(ValueError):
        parse_cited(law)


@pytest.mark.parametrize(
    ("law", "is_firm"),
    [
        ("L-PEN 44", True),
        ("P-GBF22-B", True),
        ("M", False),
        ("proposal", False),
        ("P-SAMR44R", False),
        ("L-PEN 44 by analogy", False),
        ("L-PEN 48 75 (M)", False),
        ("P-SAMR44 (art 15, M)", False),
        ("L-SHCRED 30(5)", False),  # nor does Shanghai's
        ("L-ZJCRED 31", False),  # Zhejiang's regulation does not bind an office of Anhui
    ],
)
def test_what_was_not_read_or_is_no_law_here_is_not_firm(law: str, is_firm: bool) -> None:
    (cited,) = parse_cited(law)

    assert cited.is_firm is is_firm
