"""Does whoever carries the language in the address still read it after a form was sent?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.pages.kept_settings import with_settings
from tests.api.app_parts import World, running_world
from tests.api.page_parts import Browser, signed_in
from tests.api.pages.forms.html_forms import seen_form


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("kept")) as running:
        yield running


@pytest.fixture
def coop(world: World) -> Browser:
    return signed_in(world, "coop")


def saved(world: World, coop: Browser, query: str) -> str:
    """Where the form of a harvest leads to, once it was sent to this address."""
    form = seen_form(coop.get(f"/m/record/loss?batch={world.batch}").text)
    mark = "&" if "?" in form.action else "?"
    sent = {**form.sent(p__why="spoilage", p__quantity__value="1"), "do": "save"}
    answer = coop.post(f"{form.action}{mark}{query}", sent)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_a_form_sent_with_a_language_leads_to_a_page_in_it(world: World, coop: Browser) -> None:
    where = saved(world, coop, "lang=en")

    assert where.endswith("?lang=en")
    assert '<html lang="en"' in coop.get(where).text


def test_the_size_of_text_goes_along(world: World, coop: Browser) -> None:
    assert saved(world, coop, "lang=en&text=huge").endswith("?lang=en&text=huge")


@pytest.mark.parametrize("query", ["lang=fr", "lang=", "utm=en", "text=tiny"])
def test_what_is_no_setting_stays_behind(world: World, coop: Browser, query: str) -> None:
    assert "?" not in saved(world, coop, query)


def test_who_is_sent_to_sign_in_reads_that_page_in_the_same_language(world: World) -> None:
    answer = Browser(world).get("/m/batches?lang=en")

    assert answer.headers["location"] == "/in?next=%2Fm%2Fbatches%3Flang%3Den&lang=en"


@pytest.mark.parametrize(
    ("location", "kept"),
    [
        ("/m/", "/m/?lang=en"),
        ("/in?out=1", "/in?out=1&lang=en"),
        ("/t/ABC#1.3.x", "/t/ABC?lang=en#1.3.x"),
        ("/m/?lang=zh", "/m/?lang=zh"),
        ("/m/?lang=", "/m/?lang="),
        ("https://elsewhere.example/m", "https://elsewhere.example/m"),
        ("//elsewhere.example/m", "//elsewhere.example/m"),
    ],
)
def test_a_place_that_names_a_language_keeps_its_own(location: str, kept: str) -> None:
    assert with_settings(location, {"lang": "en"}) == kept
