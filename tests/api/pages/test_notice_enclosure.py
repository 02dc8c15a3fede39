"""A party adds a photo or a paper to its answer: it is named in the answer by its hash, kept, and read by it and its office.

Days are those of the State Council's notice for 2026: 09-20 (a Sunday) is worked.
"""

from __future__ import annotations

import re
from hashlib import sha256

import pytest

from api.documents.db import Prepared
from tests.api.app_parts import SHANGHAI, World
from tests.api.case_parts import case_row, keep_up, on, papers, serve, step
from tests.api.files.file_bytes import JPEG, PDF, SVG
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import SeenForm, seen_form
from tests.api.pages.test_desk_case_sources import newest
from tests.api.pages.test_desk_case_steps import signs
from tests.api.pages.test_notices import recorded, served_sample, text
from tests.api.pages.test_notices import world as world

PHOTO, HASH = ("burnt.jpg", JPEG, "image/jpeg"), sha256(JPEG).hexdigest()
PROOF, PROOF_HASH = ("destroyed.pdf", PDF, "application/pdf"), sha256(PDF).hexdigest()
NAMED = "附照片或文件一份，SHA-256校验值："
FIELD = "enclosure.file"


def told(world: World) -> str:
    """The case of a fact, told on 2026-09-19, which its party may explain for five working days."""
    served_sample(world)
    on(world, "2026-09-19")
    keep_up(world)
    case = newest(world, "trace_outcome")
    serve(world, case, "D-FACT-NOTICE")
    step(world, case, "trace_outcome", "T02", "first")
    return case


def sent(browser: Browser, path: str, fields: dict[str, str], file: tuple[str, bytes, str] | None = PHOTO) -> str:
    """Filled in with a file, checked, submitted; where it leads."""
    browser.get(path)
    checked = browser.post(path, {**fields, "do": "check"}, {FIELD: file} if file else None)
    assert checked.status_code == 200, text(checked.text)
    form = seen_form(checked.text)
    saved = browser.post(form.action, {**form.sent(), "do": "save"})
    assert saved.status_code == 303, text(saved.text)
    return str(saved.headers["location"])


def made(world: World, case: str, code: str) -> Prepared:
    return [one for one in papers(world).of_case(case) if one.code == code][-1]


def typed(page: str) -> SeenForm:
    return seen_form(page)


# ---- where the file is named, and who reads it -----------------------------------------------------------------------------


def test_a_photo_stands_in_a_defence_by_its_hash_and_opens_for_its_party_and_the_office(world: World) -> None:
    case = told(world)
    browser = signed_in(world, "coop")
    where = sent(browser, f"/m/notices/{case}/T03", {"points": "加工点熏的硫磺，已停用。"})

    paper = made(world, case, "D-DEFENCE")
    assert (where, case_row(world, case)["state"]) == (f"/m/notices/{case}", "explained")
    assert paper.values["evidence_hashes"] == NAMED + HASH
    assert paper.values["points"] == "加工点熏的硫磺，已停用。"
    assert HASH in browser.get(f"/m/documents/{paper.sha256}").text
    for who, page in (("coop", f"/m/notices/{case}"), ("second", f"/desk/cases/{case}")):
        reader = signed_in(world, who)
        assert f'href="/m/files/{HASH}"' in reader.get(page).text
        assert reader.get(f"/m/files/{HASH}").content == JPEG


def test_nobody_else_opens_it(world: World) -> None:
    case = told(world)
    sent(signed_in(world, "coop"), f"/m/notices/{case}/T03", {"points": "已停用。"})
    world.add_token("office of Shanghai", "official", party=world.parties["far"], region=SHANGHAI)

    for who in ("neighbour", "laboratory", "office of Shanghai"):
        assert signed_in(world, who).get(f"/m/files/{HASH}").status_code == 404
    assert Browser(world).get(f"/m/files/{HASH}").status_code == 303  # to the page where one signs in
    audited = signed_in(world, "auditor").get(f"/desk/cases/{case}").text
    assert "附件：照片或文件" in text(audited)
    assert f"/m/files/{HASH}" not in audited


def test_a_request_for_a_retest_names_the_file_below_its_reason(world: World) -> None:
    case = served_sample(world)
    sent(signed_in(world, "coop"), f"/m/notices/{case}/S04", {"sample_no": "监2026-0117", "reason": "留样封签已破"})

    assert made(world, case, "D-RETEST-REQ").values["reason"] == f"留样封签已破\n{NAMED}{HASH}"
    assert f'href="/m/files/{HASH}"' in signed_in(world, "coop").get(f"/m/notices/{case}").text


def test_a_file_alone_is_a_proof_of_what_was_done(world: World) -> None:
    recorded(world)
    browser = signed_in(world, "coop")
    (path,) = re.findall(r'href="(/m/repair/[^"]+)"', browser.get("/m/credit").text)
    fields = {"duties_done_proof": "", "text": "承诺如实记录", "public_consent": "不公开", "guard": "yes"}

    case = sent(browser, path, fields, PROOF).rpartition("/")[2]

    assert made(world, case, "D-REPAIR-APP").values["duties_done_proof"] == NAMED + PROOF_HASH
    assert f'href="/m/files/{PROOF_HASH}"' in signed_in(world, "first").get(f"/desk/cases/{case}").text


def test_an_application_that_is_completed_keeps_the_first_file_and_adds_the_second(world: World) -> None:
    recorded(world)
    browser = signed_in(world, "coop")
    (path,) = re.findall(r'href="(/m/repair/[^"]+)"', browser.get("/m/credit").text)
    fields = {"duties_done_proof": "销毁凭证", "text": "承诺如实记录", "public_consent": "不公开", "guard": "yes"}
    case = sent(browser, path, fields).rpartition("/")[2]
    signs(world, "third", f"/desk/cases/{case}/steps/X04", guard="true", **{"d.D-COMPLETE.all_missing_items": "收据"})
    (before,) = typed(browser.get(f"/m/notices/{case}/X05").text).values("duties_done_proof")
    sent(browser, f"/m/notices/{case}/X05", {"duties_done_proof": before}, PROOF)

    said = made(world, case, "D-REPAIR-APP").values["duties_done_proof"]
    desk = signed_in(world, "first").get(f"/desk/cases/{case}").text

    assert said == f"销毁凭证\n{NAMED}{HASH}\n{NAMED}{PROOF_HASH}"
    assert desk.count(f'href="/m/files/{PROOF_HASH}"') == 1
    assert desk.count(f'href="/m/files/{HASH}"') == 2  # with the first application, and with the completed one


def test_an_answer_without_a_file_says_that_there_is_none(world: World) -> None:
    case = told(world)
    browser = signed_in(world, "coop")
    sent(browser, f"/m/notices/{case}/T03", {"points": "已停用。"}, None)

    assert made(world, case, "D-DEFENCE").values["evidence_hashes"] == "无"
    assert "/m/files/" not in browser.get(f"/m/notices/{case}").text


# ---- the form --------------------------------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_taken_is_said_at_its_field_and_nothing_is_lost(world: World) -> None:
    """Neither the words nor the photo that was sent before."""
    case = told(world)
    browser, path = signed_in(world, "coop"), f"/m/notices/{case}/T03"
    browser.get(path)
    fields = {"points": "已停用该加工点。", "enclosure": HASH, "do": "check"}
    browser.post(path, {"points": "-", "do": "check"}, {FIELD: PHOTO})

    refused = browser.post(path, fields, {FIELD: ("page.svg", SVG, "image/jpeg")})

    assert refused.status_code == 422
    assert "只收照片（JPEG、PNG、WebP）和PDF" in text(refused.text)
    assert typed(refused.text).values("points") == ["已停用该加工点。"]
    assert typed(refused.text).values("enclosure") == [HASH]


@pytest.mark.parametrize("megabytes", [10, 40])
def test_a_file_above_ten_megabytes_is_refused_beside_the_words(world: World, megabytes: int) -> None:
    case = told(world)
    browser, path = signed_in(world, "coop"), f"/m/notices/{case}/T03"
    browser.get(path)
    large = ("large.jpg", JPEG[:-2] + bytes(megabytes * 1024 * 1024) + JPEG[-2:], "image/jpeg")

    refused = browser.post(path, {"points": "已停用该加工点。", "do": "check"}, {FIELD: large})

    assert refused.status_code == 422
    assert "文件太大，放不下" in text(refused.text)
    assert typed(refused.text).values("points") == ["已停用该加工点。"]


def test_words_that_are_missing_do_not_lose_the_file(world: World) -> None:
    case = told(world)
    browser, path = signed_in(world, "coop"), f"/m/notices/{case}/T03"
    browser.get(path)

    refused = browser.post(path, {"points": "", "do": "check"}, {FIELD: PHOTO})

    assert refused.status_code == 422
    assert typed(refused.text).values("enclosure") == [HASH]


def test_a_file_is_no_reason_for_a_retest(world: World) -> None:
    case = served_sample(world)
    browser, path = signed_in(world, "coop"), f"/m/notices/{case}/S04"
    browser.get(path)

    refused = browser.post(path, {"sample_no": "监2026-0117", "reason": "", "do": "check"}, {FIELD: PHOTO})

    assert refused.status_code == 422
    assert typed(refused.text).values("enclosure") == [HASH]
    assert typed(refused.text).values("reason") == [""]


def test_who_is_late_by_a_minute_keeps_the_file_too(world: World) -> None:
    """Told on 2026-09-19; 09-20 is worked, so that the fifth working day is Thursday 09-24, until 24:00."""
    case = told(world)
    on(world, "2026-09-24", 23)
    browser, path = signed_in(world, "coop"), f"/m/notices/{case}/T03"
    browser.get(path)
    on(world, "2026-09-25", 0)

    late = browser.post(path, {"points": "已停用。", "do": "check"}, {FIELD: PHOTO})

    assert late.status_code == 409
    assert typed(late.text).values("enclosure") == [HASH]


def test_a_file_is_changed_and_left_out_again(world: World) -> None:
    case = told(world)
    browser, path = signed_in(world, "coop"), f"/m/notices/{case}/T03"
    browser.get(path)
    checked = browser.post(path, {"points": "已停用。", "do": "check"}, {FIELD: PHOTO})
    again = browser.post(path, {**typed(checked.text).sent(), "do": "change"})
    other = browser.post(path, {**typed(again.text).sent(), "do": "check"}, {FIELD: PROOF})
    without = browser.post(path, {"points": "已停用。", "do": "check"})

    assert f"{HASH[:12]}…" in checked.text
    assert typed(again.text).values("enclosure") == [HASH]
    assert typed(other.text).values("enclosure") == [PROOF_HASH]
    assert typed(without.text).values("enclosure") == [""]


def test_nobody_names_the_file_of_another(world: World) -> None:
    case = told(world)
    world.client.app.state.files.keep(PDF, world.parties["neighbour"])  # type: ignore[attr-defined]
    browser, path = signed_in(world, "coop"), f"/m/notices/{case}/T03"
    browser.get(path)

    for foreign in (PROOF_HASH, "ab" * 32, "../x"):
        refused = browser.post(path, {"points": "已停用。", "enclosure": foreign, "do": "save"})
        assert refused.status_code == 422
        assert typed(refused.text).values("enclosure") == []
    assert case_row(world, case)["state"] == "explaining"


@pytest.mark.parametrize(("lang", "label"), [("zh-CN", "照片或文件"), ("en", "Photo or paper")])
def test_the_file_is_optional_and_needs_no_script(world: World, lang: str, label: str) -> None:
    page = signed_in(world, "coop", lang).get(f"/m/notices/{told(world)}/T03").text

    assert seen_form(page).files == [FIELD]
    assert 'enctype="multipart/form-data"' in page
    assert label in page
    assert "required" not in page.partition('class="record"')[2].partition("</form>")[0]


def test_a_typed_hash_of_anothers_file_leads_nowhere(world: World) -> None:
    """Words are words: only a file that the party itself sent is offered behind its paper."""
    case = served_sample(world)
    world.client.app.state.files.keep(PDF, world.parties["neighbour"])  # type: ignore[attr-defined]
    fields = {"sample_no": "监2026-0117", "reason": f"见{PROOF_HASH}"}
    sent(signed_in(world, "coop"), f"/m/notices/{case}/S04", fields, None)

    for who, page in (("coop", f"/m/notices/{case}"), ("second", f"/desk/cases/{case}")):
        assert f"/m/files/{PROOF_HASH}" not in signed_in(world, who).get(page).text
