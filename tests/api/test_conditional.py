"""What everybody may read is asked for again without being sent again, and travels small; what one may read does neither."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

import pytest
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api.accept import takes_gzip
from api.conditional import Conditional, has_already
from tests.api.app_parts import World, running_world

V1 = "/api/v1"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("node"), "demonstration") as running:
        yield running


def sent(world: World, path: str, who: str | None = None, **headers: str) -> tuple[dict[str, str], bytes]:
    """Headers and body as they travel: the client unpacks nothing."""
    headers = {**world.headers(who), "Accept-Encoding": "identity", **headers}
    with world.client.stream("GET", path, headers=headers) as answer:
        return {"status": str(answer.status_code), **answer.headers}, b"".join(answer.iter_raw())


PUBLIC = ["batches/@", "batches/@/events", "batches/@/bundle", "batches/@/labels.svg", "batches/@/labels.png",
          "batches/@/upstream", "batches", "parties", "entries", "entries/3", "entries/3/proof", "openapi.json"]  # fmt: skip
LOG = ["/log/checkpoint", "/log/vkey", "/log/tile/entries/000.p/10"]


@pytest.mark.parametrize("path", [*(f"{V1}/{one}" for one in PUBLIC), *LOG])
def test_what_has_not_changed_is_not_sent_again(world: World, path: str) -> None:
    path = path.replace("@", world.batch)
    first, body = sent(world, path)
    again, nothing = sent(world, path, **{"If-None-Match": first["etag"]})
    other, whole = sent(world, path, **{"If-None-Match": 'W/"0123456789abcdef0123456789abcdef"'})

    assert (first["status"], again["status"], other["status"]) == ("200", "304", "200")
    assert first["etag"].startswith('W/"')
    assert (nothing, whole) == (b"", body)
    assert "content-length" not in again
    for name in ("etag", "cache-control", "vary"):
        assert again[name] == first[name]
    for name in ("content-security-policy", "x-content-type-options"):
        assert name in again


def test_a_batch_that_grew_has_another_tag(world: World) -> None:
    before = sent(world, f"{V1}/batches/{world.batch}")[0]["etag"]
    body = {"kind": "harvest", "payload": {"quantity": {"value": "1", "unit": "kg"}}}
    world.made(f"{V1}/batches/{world.batch}/events", body, "coop")

    after, _ = sent(world, f"{V1}/batches/{world.batch}", **{"If-None-Match": before})

    assert after["status"] == "200"
    assert after["etag"] != before


def test_what_may_change_is_asked_for_each_time_and_a_tile_is_not(world: World) -> None:
    said = {path: sent(world, path)[0]["cache-control"] for path in (f"{V1}/batches/{world.batch}/bundle", *LOG)}

    assert [*said.values()] == ["no-cache", "public, max-age=2", "no-cache", "public, max-age=31536000, immutable"]


def test_whether_the_node_is_well_is_never_kept(world: World) -> None:
    for path in ("/healthz", "/readyz"):
        headers, _ = sent(world, path)
        assert headers["cache-control"] == "no-store"
        assert "etag" not in headers


def test_an_answer_to_a_token_is_not_kept_has_no_tag_and_is_not_compressed(world: World) -> None:
    """It may hold what others must not read, and its length would tell of it."""
    path = f"{V1}/batches/{world.batch}/bundle"
    public, body = sent(world, path)

    headers, whole = sent(world, path, "coop", **{"If-None-Match": public["etag"], "Accept-Encoding": "gzip"})

    assert headers["status"] == "200"
    assert headers["cache-control"] == "no-store"
    assert not {"etag", "content-encoding"} & set(headers)
    assert len(whole) > len(body)  # the receipt is open to the co-op


def test_a_shared_cache_keeps_answers_to_tokens_apart(world: World) -> None:
    assert sent(world, f"{V1}/batches/{world.batch}")[0]["vary"] == "Accept-Encoding, Authorization"
    assert sent(world, "/log/vkey")[0]["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", [f"{V1}/batches/@/bundle", f"{V1}/openapi.json", f"{V1}/entries", LOG[2]])
def test_a_long_answer_travels_compressed_to_whoever_unpacks_it(world: World, path: str) -> None:
    path = path.replace("@", world.batch)
    plain, body = sent(world, path)
    for _ in range(2):  # the second one from memory
        headers, packed = sent(world, path, **{"Accept-Encoding": "br, gzip"})

        assert headers["content-encoding"] == "gzip"
        assert headers["content-length"] == str(len(packed))
        assert headers["etag"] == plain["etag"]
        assert len(packed) < 0.7 * len(body)
        assert zlib.decompressobj(wbits=31).decompress(packed) == body == gzip.decompress(packed)
    assert "content-encoding" not in plain


@pytest.mark.parametrize("path", [f"{V1}/parties/@", "/log/vkey", f"{V1}/batches/@/labels.png"])
def test_what_is_short_or_gets_no_smaller_is_sent_as_it_is(world: World, path: str) -> None:
    id = world.batch if "labels" in path else world.parties["coop"]

    headers, _ = sent(world, path.replace("@", id), **{"Accept-Encoding": "gzip"})

    assert headers["status"] == "200"
    assert "content-encoding" not in headers


def test_a_tile_of_hashes_is_sent_as_it_is() -> None:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(b"a" * 8_192)(scope, receive, send)

    client = TestClient(Conditional(answer))

    assert "content-encoding" not in client.get("/log/tile/0/000").headers
    assert client.get("/log/tile/entries/000").headers["content-encoding"] == "gzip"


def test_a_refusal_has_no_tag_and_keeps_its_length(world: World) -> None:
    headers, body = sent(world, f"{V1}/batches/nothing", **{"If-None-Match": "*", "Accept-Encoding": "gzip"})

    assert headers["status"] == "404"
    assert headers["cache-control"] == "no-store"
    assert headers["content-length"] == str(len(body))
    assert "etag" not in headers


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ('W/"a"', True),
        ('"a"', True),
        ('"b", W/"a"', True),
        ("*", True),
        ("", False),
        ('"b"', False),
        ('w/"a"', False),
        ("a", False),
    ],
)
def test_tags_are_compared_weakly(named: str, found: bool) -> None:
    assert has_already(named, 'W/"a"') == found


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("*;q=0.1, gzip;q=0", False),
        ("identity", False),
        ("", False),
        ("x-notgzip", False),
    ],
)
def test_gzip_goes_to_whoever_says_so(accepted: str, takes: bool) -> None:
    assert takes_gzip(accepted) == takes


def test_the_scan_page_knows_a_tag_that_a_proxy_has_weakened(world: World) -> None:
    tag = sent(world, f"/t/{world.code}?lang=zh")[0]["etag"]

    for named in (tag, tag.removeprefix("W/"), f'"other", {tag}'):
        assert sent(world, f"/t/{world.code}?lang=zh", **{"If-None-Match": named})[0]["status"] == "304"


def test_the_scan_page_travels_compressed_only_to_whoever_unpacks_it(world: World) -> None:
    assert "content-encoding" not in sent(world, f"/t/{world.code}", **{"Accept-Encoding": "gzip;q=0"})[0]
    assert sent(world, f"/t/{world.code}", **{"Accept-Encoding": "gzip"})[0]["content-encoding"] == "gzip"
