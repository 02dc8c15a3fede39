"""How an office is given on the desk: who may ask, what the form sends on, and that a second official has to sign."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.catalogue import Lang
from tests.api.app_parts import REGION, World
from tests.api.office_parts import KEYS, running_offices, sign
from tests.api.page_parts import Browser, signed_in
from trace.queries import list_offices

NEW = "/desk/offices/new"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_offices(tmp_path) as running:
        yield running


def offices(world: World) -> list[tuple[str, str | None, str | None]]:
    with world.node.reading() as reads:
        return [(row["party"], row["region"], row["until"]) for row in list_offices(reads.connection)]


def filled(world: World, browser: Browser, **changed: str) -> dict[str, str | list[str]]:
    """What a browser sends after the form of an office for the fourth official was filled in."""
    found = re.search(r'name="id" value="([^"]+)"', browser.get(NEW).text)
    assert found is not None
    return {
        "id": found[1],
        "do": "save",
        "p.party": world.parties["far"],
        "p.offices": ["case_officer", "verifier"],
        "p.authority": world.parties["first"],
        "p.region": REGION,
        "p.until": "2029-12-31",
        "p.basis": "谯农发〔2026〕7号",
        **changed,
    }


def test_an_office_is_given_once_a_second_official_has_signed(world: World) -> None:
    first, third = signed_in(world, "first"), signed_in(world, "third")
    before = offices(world)
    path = first.post(NEW, filled(world, first)).headers["location"]
    page = first.get(path)
    for words in ("授予职责", "示例far", "承办人", "谯城区", "2029年12月31日", "谯农发〔2026〕7号"):
        assert words in page.text

    sign(first, path, KEYS["first"])
    assert offices(world) == before
    sign(third, path, KEYS["third"])

    assert offices(world) == [*before, (world.parties["far"], REGION, "2029-12-31")]
    assert "示例far" in first.get("/desk/offices").text


def test_the_form_sent_twice_waits_once(world: World) -> None:
    first = signed_in(world, "first")
    sent = filled(world, first)

    assert first.post(NEW, sent).headers["location"] == first.post(NEW, sent).headers["location"]
    assert first.get("/desk/waiting").text.count("<li>\n<div>") == 1


def test_an_office_beyond_ones_own_region_finds_nobody_who_may_sign_it(world: World) -> None:
    third = signed_in(world, "third")

    path = third.post(NEW, filled(world, third, **{"p.region": "341600"})).headers["location"]

    assert "sign.js" not in third.get(path).text
    assert "sign.js" in signed_in(world, "first").get(path).text


def test_who_holds_no_office_cannot_ask_for_anothers(world: World) -> None:
    assert signed_in(world, "far").get(NEW).status_code == 403
    assert NEW not in signed_in(world, "far").get("/desk/offices").text
    assert signed_in(world, "coop").get("/desk/offices").status_code == 403


# ---- the end of an office --------------------------------------------------------------------------------------------

END = "/desk/offices/end"


def end_of(browser: Browser) -> list[str]:
    """Where the page of offices lets this official ask for an end."""
    return re.findall(rf'href="({END}\?office=[^"]+)"', browser.get("/desk/offices").text)


def test_an_office_ends_once_a_second_official_has_signed(world: World) -> None:
    first, second, third = (signed_in(world, name) for name in ("first", "second", "third"))
    (href,) = end_of(first)  # the founders' own are not to end
    id = re.search(r'name="id" value="([^"]+)"', first.get(href).text)
    assert id is not None

    path = first.post(href, {"id": id[1], "do": "save", "p.why": "left", "p.basis": "谯农发〔2026〕9号"}).headers[
        "location"
    ]
    page = first.get(path)
    for words in ("终止职责", "示例third", "核实人", "谯城区", "人员离开", "谯农发〔2026〕9号"):
        assert words in page.text
    sign(first, path, KEYS["first"])
    assert end_of(first) == [href]
    sign(second, path, KEYS["second"])

    listed = first.get("/desk/offices").text
    assert "已终止" in listed
    assert end_of(first) == []
    assert third.get(NEW).status_code == 403  # holds none any more
    assert first.get(href).status_code == 404


def test_an_office_beyond_ones_own_is_not_ones_own_to_end(world: World) -> None:
    """The third official acts in a district; a founder acts in the whole city."""
    third = signed_in(world, "third")

    assert len(end_of(third)) == 1  # the own one
    assert third.get(f"{END}?office={'o' * 22}.0").status_code == 404
    assert third.get(f"{END}?office=nothing").status_code == 404
    assert end_of(signed_in(world, "far")) == []


# ---- whose office ----------------------------------------------------------------------------------------------------

BUREAU, MARKET = "示例农业农村局", "示例市场监管局"


@pytest.fixture
def bureaus(world: World) -> World:
    """The third official holds the same offices, for the same district and until the same day, of two authorities."""
    kinds = {BUREAU: "agriculture", MARKET: "market-supervision"}
    for name, kind in kinds.items():
        body = {"name": name, "legal_form": "authority", "roles": ["regulator"], "region": REGION}
        world.parties[name] = world.made("/api/v1/parties", {**body, "authority_kind": kind}, "official")["id"]
    for name in kinds:
        changed = {"p.party": world.parties["third"], "p.authority": world.parties[name]}
        first = signed_in(world, "first")
        path = first.post(NEW, filled(world, first, **changed)).headers["location"]
        sign(first, path, KEYS["first"])
        sign(signed_in(world, "second"), path, KEYS["second"])
    return world


def texts(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page.partition("<main")[2]))


@pytest.mark.parametrize(("lang", "offices_of"), [("zh", "承办人"), ("en", "case officer")])
def test_two_offices_of_one_person_are_told_apart_by_their_authority(
    bureaus: World, lang: Lang, offices_of: str
) -> None:
    first = signed_in(bureaus, "first", lang)
    rows = re.findall(r"<li\b.*?</li>", first.get("/desk/offices").text, re.DOTALL)

    told = {name: [texts(f"<main>{row}") for row in rows if name in row] for name in (BUREAU, MARKET)}
    ends = {name: re.findall(rf'href="({END}\?[^"]+)"', "".join(r for r in rows if name in r)) for name in told}
    keys = texts(signed_in(bureaus, "third", lang).get("/desk/keys").text)

    assert [len(found) for found in told.values()] == [1, 1]
    assert all(offices_of in found[0] for found in told.values())
    for name, (href,) in ends.items():
        assert name in texts(first.get(href).text)
        assert name in keys


def test_who_signs_the_end_of_an_office_reads_of_which_authority(bureaus: World) -> None:
    first, second = signed_in(bureaus, "first"), signed_in(bureaus, "second")
    rows = re.findall(r"<li\b.*?</li>", first.get("/desk/offices").text, re.DOTALL)
    (row,) = [row for row in rows if MARKET in row]
    (href,) = re.findall(rf'href="({END}\?[^"]+)"', row)
    id = re.search(r'name="id" value="([^"]+)"', first.get(href).text)
    assert id is not None

    said = {"id": id[1], "p.why": "left", "p.basis": "谯农发〔2026〕9号"}
    check = first.post(href, {**said, "do": "check"})
    path = first.post(href, {**said, "do": "save"}).headers["location"]

    pages = [check.text, *(second.get(one).text for one in ("/desk/waiting", path))]
    assert [(MARKET in texts(page), BUREAU in texts(page)) for page in pages] == [(True, False)] * 3


def test_who_signs_a_new_office_reads_of_which_authority(bureaus: World) -> None:
    first = signed_in(bureaus, "first")
    changed = {"p.authority": bureaus.parties[MARKET]}

    first.post(NEW, filled(bureaus, first, **changed))

    waiting = texts(signed_in(bureaus, "second").get("/desk/waiting").text)
    assert (MARKET in waiting, BUREAU in waiting, "示例far" in waiting) == (True, False, True)
