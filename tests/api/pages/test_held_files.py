"""Does a page offer a file only where the node has it? A statement names it by hash; the bytes may never have come here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.app_parts import AT, World
from tests.api.case_parts import FAILED, PENALTY, on, opened, running_cases
from tests.api.files.file_bytes import JPEG, PDF, PNG
from tests.api.page_parts import signed_in

ELSEWHERE = "cd" * 32
"""The hash of bytes that nobody sent here."""
LANGS = ("zh", "en")
NOT_KEPT = {"zh": "这里没有保存这个文件", "en": "This file is not kept here"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_cases(tmp_path_factory.mktemp("held")) as running:
        on(running, "2026-09-10", 13)
        yield running


def keep(world: World, party: str, data: bytes) -> str:
    """Bytes that a party sent; their hash."""
    app: Any = world.client.app
    return str(app.state.files.keep(data, world.parties[party]))


def reported(world: World, sha256: str) -> int:
    """The log index of a laboratory's report whose paper has this hash."""
    payload = {**FAILED, "report_kind": "entrusted", "report": sha256}
    body = {"kind": "lab_report", "occurred_at": AT, "payload": payload}
    return int(world.made(f"/api/v1/batches/{world.batch}/events", body, "laboratory")["index"])


def lost(world: World, *photos: str) -> int:
    payload = {"quantity": {"value": "1", "unit": "kg"}, "why": "spoilage", "evidence": list(photos)}
    body = {"kind": "loss", "occurred_at": AT, "payload": payload}
    return int(world.made(f"/api/v1/batches/{world.batch}/events", body, "coop")["index"])


def page_of(world: World, who: str, path: str, lang: str = "zh") -> str:
    answer = signed_in(world, who, lang).get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize("lang", LANGS)
def test_a_report_whose_paper_lies_elsewhere_shows_its_hash_and_no_link(world: World, lang: str) -> None:
    index = reported(world, ELSEWHERE)

    for who, path in (("laboratory", f"/lab/reports/{index}"), ("first", f"/desk/batches/{world.batch}")):
        page = page_of(world, who, path, lang)
        assert f"/m/files/{ELSEWHERE}" not in page
        assert f"{ELSEWHERE[:12]}…" in page
        assert NOT_KEPT[lang] in page


def test_a_report_whose_paper_is_here_opens_for_its_laboratory_and_the_office(world: World) -> None:
    sha256 = keep(world, "laboratory", PDF)
    index = reported(world, sha256)

    for who, path in (("laboratory", f"/lab/reports/{index}"), ("first", f"/desk/batches/{world.batch}")):
        assert f'href="/m/files/{sha256}"' in page_of(world, who, path)
        assert signed_in(world, who).get(f"/m/files/{sha256}").content == PDF


def test_a_file_that_is_here_for_others_has_no_link_and_nobody_says_that_it_is_missing(world: World) -> None:
    """The neighbour's bytes are not the laboratory's to read, whatever its report names."""
    sha256 = keep(world, "neighbour", JPEG)
    index = reported(world, sha256)

    page = page_of(world, "laboratory", f"/lab/reports/{index}")

    assert f"/m/files/{sha256}" not in page
    assert NOT_KEPT["zh"] not in page


@pytest.mark.parametrize("lang", LANGS)
def test_of_several_photos_those_that_are_here_have_a_link(world: World, lang: str) -> None:
    sha256 = keep(world, "coop", PNG)
    index = lost(world, sha256, ELSEWHERE)

    page = page_of(world, "coop", f"/m/records/{index}", lang)

    assert page.count('href="/m/files/') == 1
    assert f'href="/m/files/{sha256}"' in page
    told = {"zh": "其中有{n}个文件没有保存在这里", "en": "Not kept here: {n} of these files"}
    assert told[lang].format(n=1) in page
    neither = page_of(world, "coop", f"/m/records/{lost(world, ELSEWHERE, 'ef' * 32)}", lang)
    assert told[lang].format(n=2) in neither


def test_a_case_names_its_paper_by_hash_where_the_scan_lies_elsewhere(world: World) -> None:
    case = opened(world, "penalty_record", "P01", "first", **PENALTY)

    for lang in LANGS:
        page = page_of(world, "second", f"/desk/cases/{case}", lang)
        assert "/m/files/" not in page
        assert "abababababab…" in page
        assert page.count(NOT_KEPT[lang]) == 2  # the penalty's own paper, and the note of its entry


def test_a_case_opens_the_paper_that_an_office_of_the_region_sent(world: World) -> None:
    sha256 = keep(world, "first", PDF)
    paper = {**PENALTY["paper"], "hash": sha256, "number": "谯农罚〔2026〕32号"}  # type: ignore[dict-item]
    case = opened(world, "penalty_record", "P01", "first", **{**PENALTY, "paper": paper})

    assert f'href="/m/files/{sha256}"' in page_of(world, "second", f"/desk/cases/{case}")
