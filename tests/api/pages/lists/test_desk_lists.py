"""Can an official find one party among many, see what a filter took away, and take the list home?"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.app_parts import REGION, SHANGHAI, World
from tests.api.office_parts import running_offices
from tests.api.page_parts import Browser, signed_in

GROWERS, BUYERS = 58, 3
HERE = {"region": REGION, "legal_form": "co-op", "roles": ["grower"]}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """More parties than fit a page; two persons, whose names are private; a name that a spreadsheet would compute."""
    with running_offices(tmp_path_factory.mktemp("lists")) as running:
        for n in range(GROWERS):
            town = "十河镇" if n % 2 else "观堂镇"
            party(running, name=f"示例社{n:02}", township=town)
        for n in range(BUYERS):
            party(
                running,
                name=f"示例商行{n}",
                legal_form="enterprise",
                roles=["retailer", "purchaser"],
                township="谯东镇",
            )
        party(running, name="毫州=不，亳州示例社", township="十河镇")
        party(running, name="=HYPERLINK(1)", township="谯东镇")
        party(running, name="柳青禾", legal_form="household", township="双沟镇")
        party(running, name="远方社", region=SHANGHAI)
        yield running


def party(world: World, **told: Any) -> str:
    answer: dict[str, Any] = world.made("/api/v1/parties", {**HERE, **told}, "official")
    return str(answer["id"])


def page_of(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text.partition('<div class="desk-room">')[2]


def named(page: str) -> list[str]:
    """The parties of a page, in its order."""
    return [html.unescape(one) for one in re.findall(r'<th scope="row"><a [^>]*>([^<（]+)', page)]


def facet(page: str, name: str) -> dict[str, tuple[int, str]]:
    """Word, count and address of each value of a facet; `name` is how it stands in the address."""
    found = re.findall(r'<a class="chip" href="([^"]*)"[^>]*>([^<]+)<span class="count">(\d+)</span>', page)
    return {word: (int(n), html.unescape(href)) for href, word, n in found if f"{name}=" in href}


def link(page: str, words: str) -> str:
    found = re.search(rf'<a[^>]* href="([^"]*)"[^>]*>{words}', page)
    assert found is not None, words
    return html.unescape(found[1])


def total(page: str) -> int:
    found = re.search(r"共(\d+)条", page)
    return int(found[1]) if found else 0


def test_every_party_stands_on_one_page_alone(world: World) -> None:
    browser, path, seen = signed_in(world, "first"), "/desk/parties", list[str]()

    while path:
        page = page_of(browser, path)
        seen += named(page)
        more = re.search(r'href="([^"]*cursor=[^"]*)"', page)
        path = html.unescape(more[1]) if more else ""

    assert len(seen) == total(page_of(browser, "/desk/parties"))
    assert len(set(seen)) == len(seen)
    assert {f"示例社{n:02}" for n in range(GROWERS)} < set(seen)
    assert "远方社" not in seen


@pytest.mark.parametrize("sort", ["newest", "oldest", "town"])
def test_a_list_in_any_order_is_whole(world: World, sort: str) -> None:
    browser = signed_in(world, "first")

    first = page_of(browser, f"/desk/parties?sort={sort}")
    rest = page_of(browser, link(first, "下一页"))

    assert len(set(named(first)) | set(named(rest))) == total(first)
    assert not set(named(first)) & set(named(rest))


def test_the_newest_stand_first_where_somebody_asks_for_it(world: World) -> None:
    assert named(page_of(signed_in(world, "first"), "/desk/parties?sort=newest"))[0] == "柳青禾"


def test_facets_say_how_many_and_lead_there(world: World) -> None:
    browser = signed_in(world, "first")
    roles = facet(page_of(browser, "/desk/parties"), "role")

    count, href = roles["零售"]
    shown = page_of(browser, href)

    assert count == BUYERS
    assert roles["收购"][0] == BUYERS  # one party, two roles: it counts for both
    assert named(shown) == [f"示例商行{n}" for n in range(BUYERS)]
    assert facet(shown, "town") == {}  # all in one township: nothing that could be narrowed
    growers = page_of(browser, roles["种植"][1])
    assert facet(growers, "town")["谯东镇"][0] == 1  # the others are counted within the choice


def test_a_chosen_value_shows_the_counts_of_its_facet_s_others(world: World) -> None:
    shown = page_of(signed_in(world, "first"), "/desk/parties?town=观堂镇")

    assert total(shown) == GROWERS // 2
    assert facet(shown, "town")["十河镇"][0] >= GROWERS // 2


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("毫州", ["毫州=不，亳州示例社"]),
        ("示例社　０７", ["示例社07"]),
        ("示例商行-1", ["示例商行1"]),
        ("柳青", ["柳青禾"]),
        ("谯东", [*(f"示例商行{n}" for n in range(BUYERS)), "=HYPERLINK(1)"]),
    ],
)
def test_a_search_folds_what_was_typed(world: World, typed: str, found: list[str]) -> None:
    assert named(page_of(signed_in(world, "first"), f"/desk/parties?q={typed}")) == found


def test_an_auditor_finds_no_private_name(world: World) -> None:
    page = page_of(signed_in(world, "auditor"), "/desk/parties?q=柳青")

    assert named(page) == []
    assert "柳青禾" not in page


def test_an_empty_list_says_which_filter_took_all_away(world: World) -> None:
    browser = signed_in(world, "first")

    page = page_of(browser, "/desk/parties?role=retailer&town=观堂镇")

    assert "没有同时符合这些条件的" in page
    assert f"去掉“乡镇：观堂镇”，有{BUYERS}条。" in page
    assert f"去掉“从事的业务：零售”，有{GROWERS // 2}条。" in page
    without = re.findall(r'有(\d+)条。 <a href="([^"]*)"', page)
    for count, href in without:
        assert total(page_of(browser, html.unescape(href))) == int(count)


def test_a_search_that_finds_nothing_says_so(world: World) -> None:
    page = page_of(signed_in(world, "first"), "/desk/parties?q=无此人")

    assert "去掉“搜索：无此人”，有" in page
    assert 'value="无此人"' in page


def test_a_list_without_lines_says_what_it_is_empty_of(world: World) -> None:
    browser = signed_in(world, "first")

    for path, words in (("/desk/batches", "现在没有被扣留的批次"), ("/desk/flags", "现在没有待说明的提示")):
        page = page_of(browser, path)
        assert words in page
        assert "list-tools" not in page


def test_the_language_changes_without_losing_the_filter(world: World) -> None:
    page = signed_in(world, "first").get("/desk/parties?role=retailer&q=示例").text

    assert re.search(r'href="/desk/parties\?lang=en&amp;q=[^"]*&amp;role=retailer"', page)


@pytest.mark.parametrize(
    "query", ["cursor=x", "cursor=eyJhZnRlciI6MSwibGlzdCI6ImVudHJpZXMifQ", "sort=phone", "sort=town&cursor={other}"]
)
def test_what_is_no_page_of_this_list_is_told(world: World, query: str) -> None:
    browser = signed_in(world, "first")
    other = link(page_of(browser, "/desk/parties?sort=newest"), "下一页").partition("cursor=")[2]

    answer = browser.get("/desk/parties?" + query.format(other=other))

    assert answer.status_code == 422


@pytest.mark.parametrize("text", ["%", "'", "' OR 1=1--", "\\", "{{7*7}}", "🀄"])
def test_signs_in_a_search_mean_themselves(world: World, text: str) -> None:
    browser = signed_in(world, "first")

    for path in ("/desk/parties", "/desk/batches?show=all", "/desk/batches", "/desk/flags"):
        answer = browser.get(f"{path}{'&' if '?' in path else '?'}q={quote(text)}")
        assert answer.status_code == 200
        assert named(answer.text) == []


# ---- the file --------------------------------------------------------------------------------------------------------


def table(browser: Browser, path: str) -> list[list[str]]:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def test_the_file_has_every_line_of_the_list_and_not_one_page(world: World) -> None:
    browser = signed_in(world, "first")
    page = page_of(browser, "/desk/parties?role=grower")

    header, *rows = table(browser, link(page, "导出CSV"))

    assert header[0] == "名称"
    assert len(rows) == total(page) > 50
    assert len({row[-1] for row in rows}) == len(rows)


def test_no_cell_of_the_file_is_computed(world: World) -> None:
    _, *rows = table(signed_in(world, "first"), "/desk/parties.csv")

    assert any(row[0].startswith("'=HYPERLINK(1)") for row in rows)
    assert [one for row in rows for one in row if one.startswith(("=", "+", "-", "@"))] == []


def test_the_file_speaks_the_reader_s_language(world: World) -> None:
    header, *_ = table(signed_in(world, "first", lang="en"), "/desk/parties.csv")

    assert header[:3] == ["Name", "Legal form", "Business"]


@pytest.mark.parametrize("list_name", ["parties", "batches", "flags"])
@pytest.mark.parametrize("who", ["coop", "laboratory", "administrator"])
def test_a_list_is_for_officials_and_auditors(world: World, who: str, list_name: str) -> None:
    assert signed_in(world, who).get(f"/desk/{list_name}.csv").status_code == 403
    assert signed_in(world, "auditor").get(f"/desk/{list_name}.csv").status_code == 200


def test_an_auditor_s_file_names_no_person(world: World) -> None:
    answer = signed_in(world, "auditor").get("/desk/parties.csv")

    assert "示例商行0" in answer.text
    assert "柳青禾" not in answer.text
