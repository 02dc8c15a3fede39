"""How a table of rules is put in force on the desk: what is shown of its bytes, who may ask, and that two have to sign."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.catalogue import LANGS, Lang, has
from api.pages.rule_tables import version_of
from credit.reference import TABLES
from tests.api.app_parts import World
from tests.api.office_parts import KEYS, running_offices, sign
from tests.api.page_parts import Browser, signed_in
from trace.queries import list_adoptions

FILE = Path(__file__).resolve().parents[3] / "credit" / "reference" / "competence.csv"
ADOPT = "/desk/tables/adopt?table=competence"
TODAY = "2026-09-10"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_offices(tmp_path) as running:
        yield running


def adoptions(world: World) -> list[Any]:
    with world.node.reading() as reads:
        return [(row["table"], row["sha256"], row["in_force_from"]) for row in list_adoptions(reads.connection)]


def sent(browser: Browser, **changed: str) -> dict[str, str | list[str]]:
    found = re.search(r'name="id" value="([^"]+)"', browser.get(ADOPT).text)
    assert found is not None
    return {"id": found[1], "do": "save", "p.in_force_from": TODAY, "p.basis": "亳农发〔2026〕10号", **changed}


def test_a_table_is_in_force_once_two_officials_have_signed_its_bytes(world: World) -> None:
    sha256 = hashlib.sha256(FILE.read_bytes()).hexdigest()
    first, second = signed_in(world, "first"), signed_in(world, "second")
    assert sha256 in first.get("/desk/tables").text
    assert ADOPT in first.get("/desk/tables").text
    path = first.post(ADOPT, sent(first)).headers["location"]
    for words in ("启用规则表", "列入名单的权限", "competence.csv", sha256, "2026年9月10日", "亳农发〔2026〕10号"):
        assert words in first.get(path).text

    sign(first, path, KEYS["first"])
    assert adoptions(world) == []
    sign(second, path, KEYS["second"])

    assert adoptions(world) == [("competence.csv", sha256, TODAY)]
    after = first.get("/desk/tables").text
    assert "已认可，从2026年9月10日起用" in after
    assert ADOPT not in after


def test_a_day_before_today_is_refused_before_anybody_signs(world: World) -> None:
    first = signed_in(world, "first")

    answer = first.post(ADOPT, sent(first, **{"p.in_force_from": "2026-09-09"}))

    assert answer.status_code == 422
    assert "规则表最早从记入账本的当天启用" in answer.text
    assert "competence" not in first.get("/desk/waiting").text


def test_the_form_says_whose_key_signs(world: World) -> None:
    page = signed_in(world, "first").get(ADOPT).text

    assert "下一步用您自己的密钥签名。" in page
    assert "平台代您签名" not in page


def test_a_table_of_a_day_to_come_is_shown_as_such(world: World) -> None:
    first, second = signed_in(world, "first"), signed_in(world, "second")
    path = first.post(ADOPT, sent(first, **{"p.in_force_from": "2026-10-01"})).headers["location"]
    sign(first, path, KEYS["first"])
    sign(second, path, KEYS["second"])

    assert "已认可，要到2026年10月1日才起用" in first.get("/desk/tables").text


def test_who_acts_in_a_part_of_the_log_adopts_nothing(world: World) -> None:
    third = signed_in(world, "third")

    assert ADOPT not in third.get("/desk/tables").text
    assert third.get(ADOPT).status_code == 403
    assert signed_in(world, "coop").get("/desk/tables").status_code == 403


def test_what_is_no_table_is_not_found(world: World) -> None:
    assert signed_in(world, "first").get("/desk/tables/adopt?table=../vocabulary").status_code == 404


@pytest.mark.parametrize("lang", LANGS)
def test_every_table_has_a_name(lang: Lang) -> None:
    assert [table for table in TABLES if not has(f"table.{table}", lang)] == []


def test_a_policy_names_its_version_and_another_table_its_bytes() -> None:
    assert version_of("policy_producer_v1") == "1"
    assert version_of("competence") == hashlib.sha256(FILE.read_bytes()).hexdigest()[:12]
