"""What everybody sees of listings and standings: empty lists say so, a human being's page says nothing, strangers are unknown."""

from collections.abc import Iterator

import pytest

from tests.api.app_parts import World, running_world

HEADER = (
    "party,uscc,list,authority,legal_basis,legal_basis_en,decision_no,decision_date,"
    "violation_kind,ground_articles,measures,measures_en,listed_on,until,removal_from"
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("node")) as running:
        running.parties["farmer"] = running.made(
            "/api/v1/parties",
            {"name": "柳青禾", "legal_form": "household", "roles": ["grower"], "region": "341602"},
            "official",
        )["id"]
        yield running


def test_an_empty_list_says_that_nobody_is_listed_today(world: World) -> None:
    zh, en = (world.get(f"/listings?lang={lang}").text for lang in ("zh", "en"))

    assert "今天没有主体在名单上。" in zh
    assert "Nobody is listed today." in en


@pytest.mark.parametrize(
    ("path", "media", "content"),
    [
        ("/listings.json", "application/json", '{"as_of":"2026-09-10","items":[]}'),
        (
            "/listings.csv",
            "text/csv",
            f"\ufeff{HEADER}\r\n",
        ),
    ],
)
def test_the_files_are_the_same_list(world: World, path: str, media: str, content: str) -> None:
    answer = world.get(path)

    assert answer.headers["content-type"].startswith(media)
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.content.decode() == content


def test_the_feed_has_what_a_feed_must_have(world: World) -> None:
    """RFC 4287 4.1.1: id, title, updated."""
    answer = world.get("/listings.atom")

    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert all(f"<{one}>" in answer.text for one in ("id", "title", "updated"))
    assert "2026-09-10T00:00:00+08:00" in answer.text


def test_a_body_without_records_stands_as_such(world: World) -> None:
    page = world.get(f"/p/{world.parties['coop']}?lang=zh").text

    assert "示例中药材专业合作社" in page
    assert "没有公示中的记录。" in page


def test_a_page_says_plainly_why_it_shows_no_grade(world: World) -> None:
    """A grade rests on the sector layer too, which is for subject and office alone (credit.md 2)."""
    zh, en = (world.get(f"/p/{world.parties['coop']}?lang={lang}").text for lang in ("zh", "en"))

    assert "这里不公布等级。" in zh
    assert "在查明允许公布的法律依据、做完影响评估、评分规则由两位监管人员启用以前，只有当事人和主管机关看得到。" in zh
    assert "No grade is published here." in en


def test_of_a_human_being_nothing_is_published(world: World) -> None:
    page = world.get(f"/p/{world.parties['farmer']}?lang=zh").text

    assert "自然人的信用信息不公示。" in page
    assert "柳青禾" not in page


def test_nobody_of_that_id(world: World) -> None:
    assert world.get("/p/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404
