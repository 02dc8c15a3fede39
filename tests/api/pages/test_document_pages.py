"""Who reads a paper of a case? Its office, its subject once it has come to the subject, the auditor; nobody learns more."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.pages.assets import load_assets
from tests.api.app_parts import SHANGHAI, World
from tests.api.case_parts import on, running_cases
from tests.api.documents.case_world import CaseWorld, running_case
from tests.api.documents.paper_parts import text_of
from tests.api.documents.test_own_papers import named, repaired
from tests.api.page_parts import signed_in

OFFICE, PHONE = "/desk/documents", "/m/documents"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseWorld]:
    """With an entry sheet between officials, a notice for the subject, and a draft that nobody has served."""
    with running_case(tmp_path_factory.mktemp("papers")) as running:
        running.world.add_token("office elsewhere", "official", party=running.world.parties["far"], region=SHANGHAI)
        yield running


@pytest.fixture
def own_case(tmp_path: Path) -> Iterator[CaseWorld]:
    with running_case(tmp_path) as running:
        yield running


@pytest.mark.parametrize("who", ["first", "official", "auditor"])
def test_office_and_auditor_get_the_very_bytes_that_were_hashed(case: CaseWorld, who: str) -> None:
    answer = signed_in(case.world, who).get(f"{OFFICE}/{case.entry.sha256}")

    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == case.entry.sha256
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_bytes_are_the_same_in_every_language_and_size(case: CaseWorld) -> None:
    browser = signed_in(case.world, "first", lang="en")

    pages = {browser.get(f"{OFFICE}/{case.entry.sha256}{query}").content for query in ("", "?lang=en", "?text=huge")}

    assert len(pages) == 1


@pytest.mark.parametrize("who", ["neighbour", "laboratory", "retailer", "office elsewhere", "administrator"])
@pytest.mark.parametrize("room", [OFFICE, PHONE])
def test_to_everybody_else_a_paper_is_as_unknown_as_one_that_nobody_made(case: CaseWorld, who: str, room: str) -> None:
    notice = case.prepared("P06", "D-PUB-NOTICE")
    browser = signed_in(case.world, who)

    for tail in ("", "/copy"):
        foreign, unknown = (browser.get(f"{room}/{name}{tail}") for name in (notice.sha256, "0" * 64))
        assert foreign.status_code == unknown.status_code
        assert foreign.status_code == (403 if who == "administrator" else 404)
        assert _without_own_address(foreign.text) == _without_own_address(unknown.text)


def _without_own_address(page: str) -> str:
    return re.sub("[0-9a-f]{64}", "", page)


@pytest.mark.parametrize("name", ["0" * 63, "G" * 64, "..%2f..%2fops.db", "%00"])
def test_no_name_leads_anywhere_else(case: CaseWorld, name: str) -> None:
    assert signed_in(case.world, "first").get(f"{OFFICE}/{name}").status_code == 404


def test_a_stranger_is_sent_to_sign_in(case: CaseWorld) -> None:
    answer = case.world.get(f"{PHONE}/{case.entry.sha256}", accept="text/html")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/in?")


def test_what_officials_write_to_each_other_is_not_the_subject_s_to_read(case: CaseWorld) -> None:
    assert signed_in(case.world, "coop").get(f"{PHONE}/{case.entry.sha256}").status_code == 404


def test_a_notice_that_its_step_hands_over_is_the_subject_s_before_it_is_acknowledged(case: CaseWorld) -> None:
    notice = case.prepared("P06", "D-PUB-NOTICE")

    answer = signed_in(case.world, "coop").get(f"{PHONE}/{notice.sha256}")

    assert answer.status_code == 200
    assert hashlib.sha256(answer.content).hexdigest() == notice.sha256


def test_a_decision_is_the_subject_s_once_its_step_is_taken_and_not_as_a_draft(own_case: CaseWorld) -> None:
    confirm = own_case.prepared("P05", "D-REC-CONFIRM")
    own_case.take("P05", "second", confirm)
    papers = [own_case.prepared("P06", code) for code in ("D-PUB-NOTICE", "D-REPAIR-NOTICE", "D-SERVICE")]
    for paper in papers[:2]:
        own_case.serve(paper, "first")
    own_case.take("P06", "first", *papers)
    annulment = own_case.prepared("P22", "D-ANNUL")
    coop = signed_in(own_case.world, "coop")

    before = coop.get(f"{PHONE}/{annulment.sha256}").status_code
    notice = coop.get(f"{PHONE}/{papers[0].sha256}").status_code
    receipt = coop.get(f"{PHONE}/{papers[2].sha256}").status_code

    assert (before, notice, receipt) == (404, 200, 404)


def test_damaged_bytes_are_never_served(own_case: CaseWorld) -> None:
    sha256 = own_case.entry.sha256
    path = own_case.world.node.settings.documents / sha256[:2] / sha256[2:]
    path.write_bytes(path.read_bytes().replace("内容".encode(), "内客".encode(), 1))

    answer = signed_in(own_case.world, "first").get(f"{OFFICE}/{sha256}")

    assert answer.status_code == 500
    assert "内客" not in answer.text


def test_the_style_sheet_of_a_paper_is_there_for_its_reader(case: CaseWorld) -> None:
    page = signed_in(case.world, "first").get(f"{OFFICE}/{case.entry.sha256}").text
    found = re.search(r'href="(/static/[^"]+)"', page)

    assert found is not None
    assert case.world.get(found[1]).content == load_assets().assets["document.css"].body


@pytest.mark.parametrize(
    ("lang", "told", "label"),
    [
        ("zh-CN", "送达和登记校验值的是中文正本", "原文件的校验值"),
        ("en", "The Chinese text is the official one", "Hash of the document"),
    ],
)
@pytest.mark.parametrize(("who", "room"), [("first", OFFICE), ("auditor", OFFICE)])
def test_the_copy_is_in_the_reader_s_language_and_leads_to_the_official_text(
    case: CaseWorld, lang: str, told: str, label: str, who: str, room: str
) -> None:
    page = signed_in(case.world, who, lang).get(f"{room}/{case.entry.sha256}/copy")

    assert page.status_code == 200
    text = text_of(page.text)
    assert told in text
    assert label in text
    assert "谯农〔2026〕1号" in text
    assert case.entry.sha256 in text
    assert f'href="{room}/{case.entry.sha256}"' in page.text


def test_the_subject_reads_its_copy_on_the_phone_s_page(case: CaseWorld) -> None:
    notice = case.prepared("P06", "D-REPAIR-NOTICE")

    page = signed_in(case.world, "coop", "en").get(f"{PHONE}/{notice.sha256}/copy")

    assert page.status_code == 200
    assert "Repair is free of charge." in text_of(page.text)
    assert f'href="{PHONE}/{notice.sha256}"' in page.text
    assert 'class="bottom-bar' in page.text


def test_a_paper_is_no_upload_and_an_upload_no_paper(case: CaseWorld) -> None:
    official = signed_in(case.world, "first")
    unknown = official.get(f"/m/files/{'0' * 64}")

    answer = official.get(f"/m/files/{case.entry.sha256}")

    assert (answer.status_code, unknown.status_code) == (404, 404)


# ---- what the node writes for its own steps ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Repaired:
    """`outcome`: the case of the record, with the note on why it was raised; `repair`: that of its repair."""

    world: World
    outcome: str
    repair: str

    @property
    def cases(self) -> tuple[str, str]:
        return self.outcome, self.repair

    def hash(self, case: str, step: str) -> str:
        ((_, _, sha256),) = named(self.world, case, step)
        return sha256


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repaired]:
    """A record that two officials confirmed, and its repair of 2026-10-08."""
    with running_cases(tmp_path_factory.mktemp("over")) as world:
        on(world, "2026-09-10", 13)
        yield Repaired(world, *repaired(world))


@pytest.mark.parametrize(
    ("lang", "line", "path"),
    [
        ("zh-CN", "终止公示、共享、措施清单，谯农〔2026〕2号", ""),
        ("en", "List of what ended, 谯农〔2026〕2号", "/copy"),
    ],
)
def test_the_case_leads_its_office_to_what_ended(over: Repaired, lang: str, line: str, path: str) -> None:
    browser, sha256 = signed_in(over.world, "first", lang), over.hash(over.repair, "X14")

    page = browser.get(f"/desk/cases/{over.repair}").text
    paper = browser.get(f"{OFFICE}/{sha256}{path}")

    assert f'href="{OFFICE}/{sha256}{path}"' in page
    assert line in text_of(page)
    assert paper.status_code == 200
    assert "S08" in text_of(paper.text)


def test_the_story_says_who_brought_a_step_that_nobody_took(over: Repaired) -> None:
    """The re-test window closed by the clock; the end of the record followed from the grant."""
    pages = {case: text_of(signed_in(over.world, "first").get(f"/desk/cases/{case}").text) for case in over.cases}

    assert "系统按程序自动办理" in pages[over.repair]
    assert "系统按期限自动办理" not in pages[over.repair]
    assert "系统按期限自动办理" in pages[over.outcome]  # nobody explained within five working days


def test_its_bytes_are_those_that_the_log_names(over: Repaired) -> None:
    for case, step in ((over.outcome, "T01"), (over.outcome, "T18"), (over.repair, "X14")):
        sha256 = over.hash(case, step)
        for who in ("first", "auditor"):
            answer = signed_in(over.world, who).get(f"{OFFICE}/{sha256}")
            assert hashlib.sha256(answer.content).hexdigest() == sha256


@pytest.mark.parametrize(("lang", "told"), [("zh-CN", "2026年10月8日起不再适用"), ("en", "no longer from 8 Oct 2026")])
def test_the_party_finds_what_ended_among_its_notices(over: Repaired, lang: str, told: str) -> None:
    browser = signed_in(over.world, "coop", lang)
    for case, step in ((over.outcome, "T18"), (over.repair, "X14")):
        sha256 = over.hash(case, step)

        page = browser.get(f"/m/notices/{case}").text
        copy = browser.get(f"{PHONE}/{sha256}/copy")

        assert f'href="{PHONE}/{sha256}/copy"' in page
        assert copy.status_code == 200
        assert told in text_of(copy.text)
        assert {"zh-CN": "无须签名", "en": "Nobody has to sign it."}[lang] in text_of(copy.text)
        assert browser.get(f"{PHONE}/{sha256}").status_code == 200


def test_why_it_was_raised_is_for_the_file_and_not_the_party_s_to_read(over: Repaired) -> None:
    """documents.csv: a D-NOTE is given to the file alone; the party is told by the notice of the fact."""
    sha256 = over.hash(over.outcome, "T01")
    coop = signed_in(over.world, "coop")

    assert sha256 not in coop.get(f"/m/notices/{over.outcome}").text
    assert [coop.get(f"{PHONE}/{sha256}{tail}").status_code for tail in ("", "/copy")] == [404, 404]
    assert signed_in(over.world, "first").get(f"{OFFICE}/{sha256}").status_code == 200


@pytest.mark.parametrize("who", ["neighbour", "laboratory", "retailer", "office elsewhere", None])
def test_nobody_else_reads_what_ended(over: Repaired, who: str | None) -> None:
    for case, step in ((over.outcome, "T01"), (over.outcome, "T18"), (over.repair, "X14")):
        for room in (OFFICE, PHONE):
            path = f"{room}/{over.hash(case, step)}"
            found = signed_in(over.world, who).get(path) if who else over.world.get(path, accept="text/html")
            assert found.status_code == (404 if who else 303)
            assert "S08" not in found.text
    for public in (f"/p/{over.world.parties['coop']}", "/listings", "/listings.json"):
        shown = over.world.get(public).text
        assert over.hash(over.repair, "X14") not in shown
        assert "谯农〔2026〕" not in shown
