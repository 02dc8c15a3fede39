"""Does every basis that a page shows have a title, in both languages, and does what nobody read say so (待核)?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest

from api.catalogue import Lang
from api.pages.desk_case_words import law_of
from api.pages.law_words import law_words
from api.pages.names import names
from api.pages.scan_words import Words
from api.pages.standing_view import shown_listings
from credit.reference.catalogue import catalogue
from credit.reference.competence import powers
from credit.reference.measures import measures
from credit.reference.procedures import procedures
from trace.reference import rows
from trace.reference.duties import gates
from trace.rules.verdict import article_of

ZH, EN = Words("zh", names()), Words("en", names())


def told(article: str, words: Words = ZH) -> str:
    return str(law_words(article, words).striptags())


@pytest.mark.parametrize(
    ("article", "zh"),
    [
        ("L-APQSL 34 53; L-PEST 34", "农产品质量安全法第34、53条；农药管理条例第34条"),
        ("L-APQSL 34; L-FSL 63; L-APQSL 36", "农产品质量安全法第34、36条；食品安全法第63条"),
        ("L-PEN 64(2)-(5)", "行政处罚法第64条第（2）至（5）项"),
        ("P-NDRC36-B; P-NDRC36-C", "信用修复管理办法"),
        ("P-CERT4-B", "农产品质量安全承诺达标合格证管理办法"),
        ("SAMR order 44", "市场监督管理严重违法失信名单管理办法"),
        ("P-SAMR44 (art 15, M)", "市场监督管理严重违法失信名单管理办法第15条（待核）"),
        ("L-SHCRED 30(2) as model", "参照上海市社会信用条例第30条第（2）项（待核）"),
        ("proposal", "本平台的办理规则（待核）"),
        ("L-PEN 48 75 (M)", "行政处罚法第48、75条（待核）"),
        ("公告536 (number from memory)", "公告536（待核）"),
        ("农业部公告第2428号 (number M)", "农业部公告第2428号（待核）"),
        ("公告2032, 2016-12-31 (a wider ban may have followed; check)", "公告2032, 2016-12-31（待核）"),
        ("农药管理条例 art. 34", "农药管理条例第34条"),
        ("农产品质量安全法第七十条", "农产品质量安全法第七十条"),  # as an official wrote it
    ],
)
def test_a_basis_is_named_by_title_and_article(article: str, zh: str) -> None:
    assert told(article) == zh


@pytest.mark.parametrize(
    ("article", "en"),
    [
        (
            "L-APQSL 34 53; L-PEST 34",
            "Agricultural Product Quality and Safety Law, art. 34, 53; Pesticide Regulations, art. 34",
        ),
        (
            "P-SAMR44 (art 15, M)",
            "Measures on the list of serious violations in market supervision, art. 15 (not yet verified)",
        ),
    ],
)
def test_the_same_in_english(article: str, en: str) -> None:
    assert told(article, EN) == en


def test_a_step_names_all_that_it_rests_on() -> None:
    law = law_of(procedures()["listing"].steps["L19"], ZH)

    assert law == "市场监督管理严重违法失信名单管理办法修订草案（待核）；另有条款（待核）"


def test_a_listing_of_a_county_names_the_regulation_and_that_its_power_was_not_read_whole() -> None:
    """competence.csv: order 44 by `page` for a province, `mixed` for a county."""
    day = date(2026, 11, 30)
    row = {
        **dict.fromkeys(("decision_date", "listed_on", "removal_from"), "2026-10-20"),
        "id": "l",
        "index": 7,
        "subject": "s",
        "until": "2029-10-20",
        "ended_on": None,
        "paused": False,
        "list": "市场监督管理严重违法失信名单",
        "legal_basis": "SAMR order 44",
        "decision_no": "谯市监〔2026〕2号",
        "published": "{}",
    }
    party = {"id": "s", "name": "示例社", "uscc": "91341602MA2N000000", "legal_form": "co-op"}
    office = {**party, "id": "a", "name": "示例局", "legal_form": "authority", "authority_kind": "market-supervision"}

    shown = [
        shown_listings([{**row, "authority": "a"}], {"s": party, "a": {**office, "region": region}}, day, ZH)
        for region in ("341602", "340000")
    ]

    assert [[str(one.basis) for one in listings] for listings in shown] == [
        ["市场监督管理严重违法失信名单管理办法（待核）"],
        ["市场监督管理严重违法失信名单管理办法"],
    ]


def shown() -> Iterator[str]:
    """Every basis that can stand on a page: of measures, records, list powers, steps, gates, duties and bans."""
    yield from (one.basis for one in measures().values())
    yield from (one.legal_basis for one in catalogue().values())
    yield from (one.basis for one in powers())
    yield from (step.law for one in procedures().values() for step in one.steps.values())
    yield from (article_of(gate) for gate in gates())
    yield from (row["basis"] for row in rows("field_duties") if row["basis"] != "*")
    for table in ("pesticides_banned", "pesticides_restricted", "vet_banned_substances"):
        yield from (row["basis"] for row in rows(table))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_key_of_a_source_and_no_note_of_a_table_is_shown(lang: Lang) -> None:
    words = Words(lang, names())
    said = {article: told(article, words) for article in shown() if article}
    assert len(said) > 100

    assert {
        article
        for article, text in said.items()
        if re.search(r"\b[LPR]-[A-Z]{2}|\.csv|\bM\b|\(from|\barts?\b(?!\.)", text)
    } == set()
    if lang == "zh":
        assert {text for text in said.values() if re.search(r"[a-z]{3}", text)} == set()
