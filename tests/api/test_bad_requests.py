"""What a request may get wrong around its body: addresses, HTTP itself, query, token. Each through the whole app."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

import orjson
import pytest
from httpx2 import Response
from starlette.types import Message

from api.body import read_json
from api.pagination import Cursors
from tests.api.app_parts import World, running_world
from tests.api.refusal_parts import CANARY, check_refusal

V1 = "/api/v1"
UNKNOWN = "AAAAAAAAAAAAAAAAAAAAAA"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("node")) as running:
        yield running


@pytest.fixture(autouse=True)
def unchanged(world: World) -> Iterator[None]:
    """No test of this file may log anything."""
    before = world.size
    yield
    assert world.size == before


# ---- addresses: what is malformed, unknown or somebody else's looks alike --------------------------------------------

ODD_IDS = ["..", "%2e%2e", "a%2fb", "%00", "%ff", "A" * 65, UNKNOWN, "%E7%99%BD%E8%8A%8D", "'%20OR%201=1--", "%25", "_"]
NOUNS = [
    "parties/{}",
    "places/{}",
    "batches/{}",
    "batches/{}/events",
    "batches/{}/bundle",
    "batches/{}/labels.svg",
    "batches/{}/labels.png",
]


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("id", ODD_IDS)
def test_an_odd_id_is_not_found(world: World, noun: str, id: str) -> None:
    answer = asyncio.run(ask(world, "GET", f"{V1}/{noun.format(id)}"))

    check_refusal(answer, 404, "not-found", None, [id] if len(id) > 4 else [])


@pytest.mark.parametrize("noun", NOUNS)
def test_the_id_of_another_noun_is_not_found(world: World, noun: str) -> None:
    id = world.place if noun.startswith("batches") else world.batch

    check_refusal(world.get(f"{V1}/{noun.format(id)}"), 404, "not-found", None, [id])


@pytest.mark.parametrize("index", ["-1", "x", "1.5", "999", "0x1", "٣", "1" * 16, "1" * 400])
@pytest.mark.parametrize("what", ["entries/{}", "entries/{}/proof"])
def test_an_entry_that_is_not_there_is_not_found(world: World, what: str, index: str) -> None:
    check_refusal(world.get(f"{V1}/{what.format(index)}"), 404, "not-found", None)


@pytest.mark.parametrize(
    "path", ["tile/0/001", "tile/0/000.p/255", "tile/9/000", "tile/0/x", "tile/entries/../0/000", "tile/0/000.p/0"]
)
def test_a_tile_that_is_not_there_is_not_found(world: World, path: str) -> None:
    check_refusal(asyncio.run(ask(world, "GET", f"/log/{path}")), 404, "not-found", None)


def test_an_event_of_an_unknown_batch_is_not_found(world: World) -> None:
    body = {"kind": "harvest", "payload": {"quantity": {"value": "1", "unit": "kg"}, "operator": CANARY}}

    check_refusal(world.post(f"{V1}/batches/{UNKNOWN}/events", body, "coop"), 404, "not-found", None, [UNKNOWN, CANARY])


def test_a_party_of_another_region_looks_to_an_official_like_one_that_is_unknown(world: World) -> None:
    body = {"kind": "key_revoked", "payload": {"key": "did:key:z6Mk", "why": "lost"}}
    foreign = world.post(f"{V1}/parties/{world.parties['coop']}/events", body, "far official")
    unknown = world.post(f"{V1}/parties/{UNKNOWN}/events", body, "far official")

    check_refusal(foreign, 404, "not-found", None)
    assert without_instance(foreign) == without_instance(unknown)


def test_a_list_without_a_token_says_on_a_live_log_that_there_is_none(world: World) -> None:
    for noun in ("parties", "places", "batches"):
        check_refusal(world.get(f"{V1}/{noun}"), 404, "not-found", None)


def without_instance(answer: Response) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "instance"}


# ---- HTTP ------------------------------------------------------------------------------------------------------------


async def ask(
    world: World,
    method: str,
    path: str,
    headers: list[tuple[str, str]] | None = None,
    chunks: Iterator[bytes] | list[bytes] | None = None,
    host: list[str] | None = None,
) -> Response:
    """A request as the server hands it over, not as a well-behaved client would send it."""
    raw, _, query = path.encode().partition(b"?")
    sent = [("host", one) for one in (["testserver"] if host is None else host)] + (headers or [])
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": _unquoted(raw),
        "raw_path": raw,
        "root_path": "",
        "query_string": query,
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in sent],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }
    parts, waiting = [b""], list(chunks or [b""])
    started: dict[str, Any] = {}

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()  # the sender stays, and sends nothing more
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting) or method == "SLOW"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            started.update(message)
        else:
            parts.append(message.get("body", b""))

    app: Callable[..., Awaitable[None]] = world.client.app
    await app({**scope, "method": "POST" if method == "SLOW" else method}, receive, send)
    headers_told = [(name.decode(), value.decode("latin-1")) for name, value in started["headers"]]
    return Response(started["status"], headers=headers_told, content=b"".join(parts))


def _unquoted(raw: bytes) -> str:
    """As uvicorn does it: what is no UTF-8 becomes U+FFFD."""
    from urllib.parse import unquote

    return unquote(raw.decode("ascii"))


class Odd(NamedTuple):
    name: str
    method: str
    path: str
    status: int
    code: str
    headers: list[tuple[str, str]] = []  # noqa: RUF012  never changed
    chunks: list[bytes] = []  # noqa: RUF012
    host: list[str] | None = None


EVENTS = f"{V1}/batches/@batch/events"
JSON_TYPE = ("content-type", "application/json")
ODD = [
    Odd("text/plain", "POST", EVENTS, 415, "unsupported-media-type", [("content-type", "text/plain")], [b"{}"]),
    Odd(
        "a form",
        "POST",
        EVENTS,
        415,
        "unsupported-media-type",
        [("content-type", "application/x-www-form-urlencoded")],
        [b"a=1"],
    ),
    Odd("no media type", "POST", EVENTS, 415, "unsupported-media-type", [], [b"{}"]),
    Odd("two media types", "POST", EVENTS, 415, "unsupported-media-type", [JSON_TYPE, JSON_TYPE], [b"{}"]),
    Odd(
        "JSON in GBK",
        "POST",
        EVENTS,
        415,
        "unsupported-media-type",
        [("content-type", "application/json; charset=gbk")],
        [b"{}"],
    ),
    Odd(
        "gzip",
        "POST",
        EVENTS,
        415,
        "unsupported-media-type",
        [JSON_TYPE, ("content-encoding", "gzip")],
        [b"\x1f\x8b\x08"],
    ),
    Odd(
        "a body over 1 MB",
        "POST",
        EVENTS,
        413,
        "body-too-large",
        [JSON_TYPE, ("content-length", "1048577")],
        [b"x" * 1_048_577],
    ),
    Odd(
        "a chunked body over 1 MB",
        "POST",
        EVENTS,
        413,
        "body-too-large",
        [JSON_TYPE, ("transfer-encoding", "chunked")],
        [b"x" * 262_144] * 5,
    ),
    Odd(
        "a length of 50 MB", "POST", EVENTS, 413, "body-too-large", [JSON_TYPE, ("content-length", "50000000")], [b"x"]
    ),
    Odd(
        "a body longer than it says",
        "POST",
        EVENTS,
        413,
        "body-too-large",
        [JSON_TYPE, ("content-length", "2")],
        [b'{"a":1}'],
    ),
    Odd(
        "a body shorter than it says",
        "POST",
        EVENTS,
        413,
        "body-too-large",
        [JSON_TYPE, ("content-length", "20")],
        [b'{"a":1}'],
    ),
    Odd(
        "length and chunks",
        "POST",
        EVENTS,
        400,
        "bad-framing",
        [JSON_TYPE, ("content-length", "2"), ("transfer-encoding", "chunked")],
        [b"{}"],
    ),
    Odd(
        "two lengths",
        "POST",
        EVENTS,
        400,
        "bad-framing",
        [JSON_TYPE, ("content-length", "2"), ("content-length", "20")],
        [b"{}"],
    ),
    Odd("a picture wanted", "GET", f"{V1}/batches/@batch", 406, "not-acceptable", [("accept", "image/png")]),
    Odd(
        "nothing acceptable", "GET", f"{V1}/batches/@batch", 406, "not-acceptable", [("accept", "application/json;q=0")]
    ),
    Odd("TRACE", "TRACE", f"{V1}/batches/@batch", 405, "method-not-allowed"),
    Odd("CONNECT", "CONNECT", f"{V1}/batches/@batch", 405, "method-not-allowed"),
    Odd("DELETE", "DELETE", f"{V1}/batches/@batch", 405, "method-not-allowed"),
    Odd("PUT", "PUT", f"{V1}/entries/0", 405, "method-not-allowed", [JSON_TYPE], [b"{}"]),
    Odd("POST of a list of entries", "POST", f"{V1}/entries", 405, "method-not-allowed", [JSON_TYPE], [b"{}"]),
    Odd("an address over 8 KB", "GET", f"{V1}/batches/{'A' * 8_200}", 414, "uri-too-long"),
    Odd("a query over 8 KB", "GET", f"{V1}/entries?from={'1' * 8_200}", 414, "uri-too-long"),
    Odd("headers over 16 KB", "GET", f"{V1}/batches/@batch", 431, "headers-too-large", [("x-long", "a" * 16_400)]),
    Odd(
        "1,000 headers",
        "GET",
        f"{V1}/batches/@batch",
        431,
        "headers-too-large",
        [(f"x-{n}", "a" * 12) for n in range(1_000)],
    ),
    Odd(
        "1,000 ranges",
        "GET",
        f"{V1}/batches/@batch/labels.png",
        416,
        "bad-range",
        [("range", "bytes=" + ",".join(f"{n}-{n}" for n in range(1_000)))],
    ),
    Odd("no host", "GET", f"{V1}/batches/@batch", 400, "bad-host", host=[]),
    Odd("two hosts", "GET", f"{V1}/batches/@batch", 400, "bad-host", host=["testserver", "testserver"]),
    Odd("a foreign host", "GET", f"{V1}/batches/@batch", 400, "bad-host", host=["evil.example"]),
    Odd(
        "a host with a name in it", "GET", f"{V1}/batches/@batch", 400, "bad-host", host=["suxin.example@evil.example"]
    ),
    Odd("GET @evil", "GET", "@evil.example/", 400, "bad-request"),
    Odd("OPTIONS *", "OPTIONS", "*", 400, "bad-request"),
    Odd("an address that there is not", "GET", f"{V1}/nothing", 404, "not-found"),
    Odd("a double slash", "GET", f"/{V1}/entries", 404, "not-found"),
    Odd("a version that there is not", "GET", "/api/v2/entries", 404, "not-found"),
]


@pytest.mark.parametrize("odd", ODD, ids=[odd.name for odd in ODD])
def test_an_odd_request_is_refused_by_name(world: World, odd: Odd) -> None:
    token = [("authorization", f"Bearer {world.tokens['coop']}")]

    answer = asyncio.run(
        ask(world, odd.method, odd.path.replace("@batch", world.batch), odd.headers + token, odd.chunks, odd.host)
    )

    check_refusal(answer, odd.status, odd.code, None, [world.tokens["coop"], "evil", "xxxxx", "AAAAA", "aaaaa"])
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_body_that_does_not_arrive_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_json.__kwdefaults__["seconds"] == 10.0
    monkeypatch.setitem(read_json.__kwdefaults__, "seconds", 0.1)
    headers = [JSON_TYPE, ("authorization", f"Bearer {world.tokens['coop']}")]

    answer = asyncio.run(
        ask(world, "SLOW", EVENTS.replace("@batch", world.batch), headers, [b'{"kind":"' + CANARY.encode()])
    )

    check_refusal(answer, 408, "body-too-slow", None, [CANARY])
    assert answer.headers["connection"] == "close"


# ---- query -----------------------------------------------------------------------------------------------------------

FOREIGN = Cursors(lambda: b"another node").make("batch", 3)
QUERIES = [
    ("batches", "limit=0", "bad-limit", "/limit"),
    ("batches", "limit=-1", "bad-limit", "/limit"),
    ("batches", "limit=201", "bad-limit", "/limit"),
    ("batches", "limit=1000000000", "bad-limit", "/limit"),
    ("batches", "limit=ten", "bad-limit", "/limit"),
    ("batches", "limit=", "bad-limit", "/limit"),
    ("batches", "limit=1e1", "bad-limit", "/limit"),
    ("batches", "limit=%EF%BC%91", "bad-limit", "/limit"),
    ("batches", "limit=10&limit=20", "repeated-parameter", "/limit"),
    ("entries", "from=1&from=2", "repeated-parameter", "/from"),
    ("entries", "from=first", "bad-parameter", "/from"),
    ("entries", "from=-1", "bad-parameter", "/from"),
    ("batches", "colour=white", "unknown-parameter", "/colour"),
    ("batches", "sort=name", "unknown-parameter", "/sort"),
    ("batches", "limit%5B%5D=10", "unknown-parameter", "/limit[]"),
    ("batches/@batch", "colour=white", "unknown-parameter", "/colour"),
    ("batches/@batch/events", "kind=harvest", "unknown-parameter", "/kind"),
    ("batches/@batch/bundle", "colour=white", "unknown-parameter", "/colour"),
    ("batches/@batch/labels.svg", "colour=white", "unknown-parameter", "/colour"),
    ("batches/@batch/labels.png", "colour=white", "unknown-parameter", "/colour"),
    ("parties/@coop", "colour=white", "unknown-parameter", "/colour"),
    ("places/@place", "colour=white", "unknown-parameter", "/colour"),
    ("entries/0", "colour=white", "unknown-parameter", "/colour"),
    ("entries/0/proof", "colour=white", "unknown-parameter", "/colour"),
    ("batches", "cursor=forged", "bad-cursor", "/cursor"),
    ("batches", "cursor=", "bad-cursor", "/cursor"),
    ("batches", "cursor=eyJhZnRlciI6LTEsImxpc3QiOiJiYXRjaCJ9", "bad-cursor", "/cursor"),  # {"after":-1,"list":"batch"}
    (
        "batches",
        "cursor=eyJhZnRlciI6dHJ1ZSwibGlzdCI6ImJhdGNoIn0",
        "bad-cursor",
        "/cursor",
    ),  # {"after":true,"list":"batch"}
    ("batches", f"cursor={FOREIGN}", "bad-cursor", "/cursor"),
    ("entries", f"cursor={FOREIGN}", "bad-cursor", "/cursor"),
    ("batches", "cursor=eyJhZnRlciI6MjcsImxpc3QiOiJiYXRjaCJ9", "bad-cursor", "/cursor"),  # {"after":27,"list":"batch"}
    ("batches", "cursor=" + "A" * 4_000, "bad-cursor", "/cursor"),
    ("batches", "limit=%ff", "bad-parameter", None),
    ("batches", "&".join(f"a{n}=1" for n in range(60)), "bad-parameter", None),
]


@pytest.mark.parametrize(("path", "query", "code", "pointer"), QUERIES)
def test_an_odd_query_is_refused_by_name(world: World, path: str, query: str, code: str, pointer: str | None) -> None:
    path = path.replace("@batch", world.batch).replace("@place", world.place).replace("@coop", world.parties["coop"])

    answer = world.get(f"{V1}/{path}?{query}", "auditor")

    check_refusal(answer, 422, code, pointer, ["white", "forged", "AAAAA"])


@pytest.mark.parametrize("path", ["/log/checkpoint", "/log/vkey", "/log/tile/0/000.p/1", "/healthz", "/readyz"])
def test_the_log_and_its_health_take_no_parameter(world: World, path: str) -> None:
    check_refusal(world.get(f"{path}?colour=white"), 422, "unknown-parameter", "/colour", ["white"])


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    [
        ("wait=proof&wait=proof", "repeated-parameter", "/wait"),
        ("wait=for-ever", "unknown-value", "/wait"),
        ("colour=white", "unknown-parameter", "/colour"),
    ],
)
def test_a_write_with_an_odd_query_is_refused_before_it_is_logged(
    world: World, query: str, code: str, pointer: str
) -> None:
    body = {"kind": "harvest", "payload": {"quantity": {"value": "1", "unit": "kg"}}}

    answer = world.post(f"{V1}/batches/{world.batch}/events?{query}", body, "coop")

    check_refusal(answer, 422, code, pointer, ["for-ever", "white"])


@pytest.mark.parametrize(
    "key",
    [
        *("", "1", CANARY, "urn:uuid:zz", "00000000-0000-4000-8000-00000000000g"),
        "{00000000-0000-4000-8000-00000000000a}",
        "00000000-0000-4000-8000-00000000000A",
        "0000000000004000800000000000000a",
        "urn:uuid:00000000-0000-4000-8000-00000000000a",
    ],
)
def test_an_idempotency_key_that_is_no_uuid_is_refused(world: World, key: str) -> None:
    body = {"kind": "harvest", "payload": {"quantity": {"value": "1", "unit": "kg"}}}

    answer = world.post(f"{V1}/batches/{world.batch}/events", body, "coop", **{"Idempotency-Key": key})

    check_refusal(answer, 422, "bad-reference", "/Idempotency-Key", [CANARY])


# ---- tokens ----------------------------------------------------------------------------------------------------------

WRITES = ["parties", "parties/@coop/events", "places", "batches", "batches/@batch/events", "statements"]
ALLOWED = {
    "parties": {"official"},
    "parties/@coop/events": {"official"},
    "places": {"coop", "official"},
    "batches": {"coop", "official"},
    "batches/@batch/events": {"coop", "laboratory"},
    "statements": {"coop", "laboratory", "official"},
}
ROLES = ["coop", "laboratory", "official", "auditor", "administrator"]


@pytest.mark.parametrize("path", WRITES)
def test_a_write_without_a_token_is_refused(world: World, path: str) -> None:
    answer = write(world, path, {})

    check_refusal(answer, 401, "unauthenticated", None, [CANARY])
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_write_what_policy_gives_it_and_nothing_else(world: World, path: str, role: str) -> None:
    answer = write(world, path, world.headers(role))

    if role in ALLOWED[path]:
        assert answer.json()["code"] not in ("scope-missing", "unauthenticated")  # the body is wrong, the door is open
    else:
        check_refusal(answer, 403, "scope-missing", None, [CANARY])


def write(world: World, path: str, headers: dict[str, str]) -> Response:
    at = path.replace("@batch", world.batch).replace("@coop", world.parties["coop"])
    return world.client.post(f"{V1}/{at}", content=orjson.dumps({"nonsense": CANARY}), headers={**JSON, **headers})


def tokens(world: World) -> dict[str, list[tuple[str, str]]]:
    def bearer(name: str) -> str:
        return f"Bearer {world.tokens[name]}"

    coop = world.tokens["coop"]
    return {
        "expired": [("authorization", bearer("expired"))],
        "revoked": [("authorization", bearer("revoked"))],
        "unknown": [("authorization", "Bearer sx_" + "0" * 43 + "000000")],
        "mistyped": [("authorization", f"Bearer {coop[:-1]}{'0' if coop[-1] != '0' else '1'}")],
        "two": [("authorization", bearer("coop"))] * 2,
        "another scheme": [("authorization", f"Basic {coop}")],
        "no scheme": [("authorization", coop)],
        "nothing": [("authorization", "")],
        "too long": [("authorization", f"Bearer {'x' * 5_000}")],
    }


@pytest.mark.parametrize(
    "what", ["expired", "revoked", "unknown", "mistyped", "two", "another scheme", "no scheme", "nothing", "too long"]
)
@pytest.mark.parametrize(("method", "path"), [("POST", "statements"), ("GET", "batches"), ("GET", "entries/0")])
def test_a_token_that_is_not_valid_is_refused_also_where_none_is_needed(
    world: World, what: str, method: str, path: str
) -> None:
    headers = [JSON_TYPE, *tokens(world)[what]]

    answer = asyncio.run(ask(world, method, f"{V1}/{path}", headers, [b'{"statement":"' + CANARY.encode() + b'"}']))

    check_refusal(answer, 401, "token-invalid", None, [CANARY, world.tokens["coop"], "xxxxx"])
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
