"""Is an address with a slash behind it another address? Nothing is answered by a redirect that says nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.app_parts import World, running_world
from tests.api.refusal_parts import check_refusal

V1 = "/api/v1"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("slashes")) as running:
        yield running


@pytest.mark.parametrize(
    "path",
    [
        "/t/{code}/",
        "/t/{code}%2f",
        "/t/{code}/label/",
        f"{V1}/batches/",
        f"{V1}/batches/%2f",
        f"{V1}/batches/{{batch}}/",
        f"{V1}/batches/{{batch}}%2f",
        f"{V1}/batches/{{batch}}/labels.svg/",
        f"{V1}/openapi.json/",
        "/healthz/",
        "/readyz/",
        "/log/checkpoint/",
        "/log/vkey/",
        "/listings/",
        "/m/batches/",
    ],
)
def test_a_slash_behind_an_address_is_not_found(world: World, path: str) -> None:
    answer = world.get(path.format(code=world.code, batch=world.batch))

    check_refusal(answer, 404, "not-found", None)


@pytest.mark.parametrize("path", ["parties/", "places/", "batches/", "batches/{batch}/events/", "statements/"])
def test_a_slash_behind_an_address_takes_nothing(world: World, path: str) -> None:
    """A client that follows a redirect would send its body, and its token, a second time."""
    size = world.size
    body = {"kind": "harvest", "payload": {"quantity": {"value": "1", "unit": "kg"}}}

    answer = world.client.post(
        f"{V1}/{path.format(batch=world.batch)}", json=body, headers=world.headers("coop"), follow_redirects=False
    )

    check_refusal(answer, 404, "not-found", None)
    assert world.size == size


@pytest.mark.parametrize("home", ["/m", "/lab", "/desk"])
def test_the_first_page_of_each_role_is_found_without_its_slash(world: World, home: str) -> None:
    answer = world.get(f"{home}?lang=en&next=//evil.example")

    assert (answer.status_code, answer.headers["location"]) == (303, f"{home}/?lang=en")
