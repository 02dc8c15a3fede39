"""The two routes that skip the framework answer, byte for byte, what they answer through it."""

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient

from api.app import create_app

from .app_parts import World, running_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(Path(tmp_path_factory.mktemp("direct")), "demonstration") as found:
        yield found


@pytest.fixture(scope="module")
def through_the_framework(world: World) -> TestClient:
    """The same node behind an app whose shortcut is taken out."""
    app = create_app(world.node, world.operational)
    app.takes = lambda scope: False
    return TestClient(app, raise_server_exceptions=False)


LIVELY = ("etag", "date")  # the page counts each scan


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/t/{code}", {}),
        ("/t/{code}?lang=en&text=large", {}),
        ("/t/{code}?lang=en&lang=zh", {}),
        ("/t/{code}", {"authorization": "Bearer sx_nonsense"}),
        ("/t/{code}", {"accept": "application/json"}),
        ("/t/AAAA-BBBB-CCCC", {}),
        ("/t/", {}),
        ("/t/{code}/", {}),
        ("/t/%2e%2e", {}),
        ("/t/%ff", {}),
    ],
)
def test_a_scan(world: World, through_the_framework: TestClient, path: str, headers: dict[str, str]) -> None:
    address = path.replace("{code}", world.code)
    straight = world.client.get(address, headers=headers, follow_redirects=False)
    routed = through_the_framework.get(address, headers=headers, follow_redirects=False)

    assert straight.status_code == routed.status_code
    assert {name: value for name, value in straight.headers.items() if name not in (*LIVELY, "content-length")} == {
        name: value for name, value in routed.headers.items() if name not in (*LIVELY, "content-length")
    }
    if straight.headers.get("content-type") == "application/problem+json":
        assert {**straight.json(), "instance": ""} == {**routed.json(), "instance": ""}
    elif straight.status_code != 200:
        assert straight.content == routed.content


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_on_statements(world: World, through_the_framework: TestClient, method: str) -> None:
    straight = world.client.request(method, "/api/v1/statements")
    routed = through_the_framework.request(method, "/api/v1/statements")

    assert (straight.status_code, straight.json()["code"]) == (routed.status_code, routed.json()["code"])
    assert straight.status_code == 405


@pytest.mark.parametrize(
    ("who", "content_type", "query"),
    [
        ("coop", "application/json", ""),
        ("coop", "application/json", "?wait=for-ever"),
        ("coop", "application/json", "?unknown=1"),
        ("coop", "text/plain", ""),
        ("auditor", "application/json", ""),
        (None, "application/json", ""),
    ],
)
def test_a_statement(
    world: World, through_the_framework: TestClient, who: str | None, content_type: str, query: str
) -> None:
    """The first answer logs it; sent again the other way it gets the same answer."""
    sent = {"statement": world.statement(901)}
    headers = {**world.headers(who), "content-type": content_type}
    body = orjson.dumps(sent)
    straight = world.client.post(f"/api/v1/statements{query}", content=body, headers=headers)
    routed = through_the_framework.post(f"/api/v1/statements{query}", content=body, headers=headers)

    assert straight.status_code == routed.status_code
    assert {**straight.json(), "instance": ""} == {**routed.json(), "instance": ""}
