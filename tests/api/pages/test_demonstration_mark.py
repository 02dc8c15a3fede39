"""Does every page of a demonstration say that it is one, pages of faults too, and none of a live log?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

import pytest
from fastapi.routing import iter_route_contexts

from api.node import Purpose
from tests.api.app_parts import World, running_world
from tests.api.page_parts import Browser, signed_in

MARK = '<span class="brand-line"><span class="tag">{}</span></span>'
SHELLS = {"m": "coop", "lab": "laboratory", "desk": "official"}
WITH_IDS = ["/t/{code}", "/t/{code}/label", "/t/AAAABBBBCCCC", "/t?code=x", "/problems/mass-exceeded", "/p/{coop}",
    "/m/batches/{batch}", "/m/record/harvest?batch={batch}", "/m/labels/{batch}", "/m/split/{batch}", "/desk/batches/{batch}",
    "/desk/parties/{coop}", "/nowhere", "/m/nowhere", "/desk/nowhere", "/t/{code}/from/1"]  # fmt: skip


@pytest.fixture(scope="module", params=get_args(Purpose))
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("mark"), request.param) as running:
        yield running


@pytest.mark.parametrize(("lang", "mark"), [("zh-CN", "示例数据"), ("en", "Demo data")])
def test_every_page_says_whether_it_is_a_demonstration(world: World, lang: str, mark: str) -> None:
    browsers = {shell: signed_in(world, who, lang) for shell, who in SHELLS.items()}
    paths = [*plain_paths(world), *(one.format(**named(world)) for one in WITH_IDS)]
    pages = {}
    for path in paths:
        browser = browsers.get(path.split("/")[1], Browser(world, lang=lang))
        answer = browser.get(path)
        if answer.headers.get("content-type", "").startswith("text/html") and answer.status_code != 303:
            pages[path] = MARK.format(mark) in answer.text

    expected = world.node.genesis.purpose == "demonstration"
    assert {"/", "/in", "/m/", "/m/me", "/lab/", "/desk/", "/listings", "/nowhere", "/problems/mass-exceeded"} <= set(
        pages
    )
    assert {path for path, is_marked in pages.items() if is_marked is not expected} == set()


GOODS = ("/t/{code}", "/t/{code}/label")
"""The mark stands beside the goods there as well: a picture of them is passed on without the masthead."""


@pytest.mark.parametrize(("lang", "tag"), [("zh-CN", "示例数据"), ("en", "Demonstration data")])
def test_the_masthead_says_it_once_and_beside_goods_it_is_said_again(world: World, lang: str, tag: str) -> None:
    browsers = {shell: signed_in(world, who, lang) for shell, who in SHELLS.items()}
    own = f'<span class="tag">{tag}</span>'
    found = set()
    for path in [*plain_paths(world), *(one.format(**named(world)) for one in WITH_IDS)]:
        answer = browsers.get(path.split("/")[1], Browser(world, lang=lang)).get(path)
        if own in answer.text.partition("<main")[2]:
            found.add(path)

    is_demonstration = world.node.genesis.purpose == "demonstration"
    assert found == ({one.format(**named(world)) for one in GOODS} if is_demonstration else set())


def plain_paths(world: World) -> list[str]:
    """Every address of the site that names no thing."""
    found = {
        one.path
        for one in iter_route_contexts(world.client.app.routes)
        if one.path and "GET" in (one.methods or ()) and not re.search(r"\{|^/api|^/log", one.path)
    }
    return sorted(found)


def named(world: World) -> dict[str, str]:
    return {"code": world.code, "batch": world.batch, "coop": world.parties["coop"]}
