"""Does a malformed request stop before any route, and does every answer carry the security headers?"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from api.edge import SECURITY_HEADERS, Edge, security_headers
from api.settings import load_settings
from tests.api import edge_parts
from tests.api.edge_parts import HEAD_SECONDS, SLOW_SECONDS, check_problem, small_app

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = load_settings({"SUXIN_PUBLIC_URL": "https://suxin.example"})
CLIENT = TestClient(small_app())

# ---- headers of every answer -----------------------------------------------------------------------------------------

SECURED = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/t/YST04QABKQJM", 200),
        ("GET", "/api/v1/rows", 200),
        ("GET", "/api/v1/nowhere", 404),
        ("DELETE", "/api/v1/rows", 405),
        ("POST", "/api/v1/bodies", 415),
        ("GET", "/api/v1/rows?limit=0", 422),
        ("GET", "/fails", 500),
        ("GET", "/" + "a" * 9_000, 414),
    ],
)
def test_every_answer_carries_the_security_headers_once(method: str, path: str, status: int) -> None:
    answer = CLIENT.request(method, path)

    assert answer.status_code == status
    for name, value in SECURED.items():
        assert answer.headers.get_list(name) == [value]
    assert "strict-transport-security" not in answer.headers


def test_the_page_of_one_tool_may_carry_a_policy_of_its_own() -> None:
    async def camera_page(scope: Scope, receive: Receive, send: Send) -> None:
        own = {"Permissions-Policy": "camera=(self)"}
        await Response("page", headers=own)(scope, receive, send)

    answer = TestClient(Edge(camera_page, SETTINGS)).get("/m/scan")

    assert answer.headers.get_list("permissions-policy") == ["camera=(self)"]
    assert answer.headers["content-security-policy"] == SECURED["content-security-policy"]


def test_a_site_under_https_tells_browsers_to_stay_there() -> None:
    there = TestClient(small_app("https://suxin.example")).get("/api/v1/rows")
    here = TestClient(small_app("http://192.168.1.9:8000")).get("/api/v1/rows")

    assert there.headers["strict-transport-security"] == "max-age=31536000"
    assert "strict-transport-security" not in here.headers


def test_phones_of_the_network_are_sent_no_policy_that_plain_http_cannot_keep() -> None:
    plain = {"SUXIN_PUBLIC_URL": "http://192.168.1.9:8000"}
    near, lan = (dict(security_headers(load_settings({**plain, "SUXIN_LAN": flag}))) for flag in ("0", "1"))

    assert near.keys() - lan.keys() == {b"cross-origin-opener-policy"}
    assert lan.keys() <= near.keys()


# ---- what no route sees ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("public_url", "host"),
    [
        ("https://suxin.example", "suxin.example"),
        ("https://suxin.example", "SUXIN.example:8443"),
        ("https://suxin.example:8443", "suxin.example"),
        ("http://192.168.1.9:8000", "192.168.1.9:8000"),
        ("http://[fd00::1]:8000", "[fd00::1]:8000"),
        ("https://xn--vuqv46e.example", "xn--vuqv46e.example"),
        ("https://suxin.example", "localhost:8000"),
        ("https://suxin.example", "127.0.0.1:8000"),
        ("https://suxin.example", "[::1]:8000"),
    ],
)
def test_our_own_names_are_taken_with_any_port(public_url: str, host: str) -> None:
    answer = TestClient(small_app(public_url)).get("/api/v1/rows", headers={"host": host})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "suxin.example.evil.example",
        "evil.example:80@suxin.example",
        "user@suxin.example",
        "suxin.example/x",
        "suxin.example:80:80",
        "suxin.example:x",
        "suxin.example.",
        "127.0.0.2",
        "[::2]",
        "",
    ],
)
def test_a_foreign_or_malformed_host_is_400(host: str) -> None:
    check_problem(CLIENT.get("/api/v1/rows", headers={"host": host}).json(), 400, "bad-host")


def test_a_length_beside_chunks_is_400_and_ends_the_connection() -> None:
    headers = {"content-type": "application/json", "content-length": "2", "transfer-encoding": "chunked"}

    answer = CLIENT.post("/api/v1/bodies", content=b"{}", headers=headers)

    check_problem(answer.json(), 400, "bad-framing")
    assert answer.headers["connection"] == "close"


def test_an_address_of_eight_kilobytes_is_taken_and_one_byte_more_is_414() -> None:
    path = "/api/v1/waits?wait="

    at_limit = CLIENT.get(path + "x" * (8_192 - len(path) + 1))  # the question mark counts to neither part
    above = CLIENT.get(path + "x" * (8_192 - len(path) + 2))

    assert at_limit.status_code == 200
    check_problem(above.json(), 414, "uri-too-long")


def test_headers_over_sixteen_kilobytes_are_431() -> None:
    below = CLIENT.get("/api/v1/rows", headers={"cookie": "a=" + "x" * 15_000})
    above = CLIENT.get("/api/v1/rows", headers={"cookie": "a=" + "x" * 16_384})
    many = CLIENT.get("/api/v1/rows", headers=[(f"x-{at}", "x" * 10) for at in range(1_000)])

    assert below.status_code == 200
    check_problem(above.json(), 431, "headers-too-large")
    check_problem(many.json(), 431, "headers-too-large")


def test_trace_is_405_everywhere() -> None:
    answer = CLIENT.request("TRACE", "/api/v1/rows", headers={"cookie": "sx=secret"})

    check_problem(answer.json(), 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, POST"
    assert "secret" not in answer.text


@pytest.mark.parametrize("accept", ["image/png", "application/xml", "text/plain, image/*", "application/json;q=0"])
@pytest.mark.parametrize("path", ["/api/v1/rows", "/", "/t", "/t/7K3M9QX2WTBP", "/t/7K3M9QX2WTBP/label"])
def test_neither_an_api_address_nor_a_page_has_pictures_or_xml(path: str, accept: str) -> None:
    check_problem(CLIENT.get(path, headers={"accept": accept}).json(), 406, "not-acceptable")


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/api/v1/rows", "application/json"),
        ("/api/v1/rows", "application/*"),
        ("/api/v1/rows", "image/png, */*;q=0.1"),
        ("/api/v1/rows", "text/html"),
        ("/api/v1/labels.png", "image/png"),
        ("/api/v1/labels.png", "image/avif,image/webp,image/*"),
        ("/t/YST04QABKQJM", "text/html,application/xhtml+xml,image/png"),
    ],
)
def test_what_we_have_is_given_to_who_takes_it(path: str, accept: str) -> None:
    assert CLIENT.get(path, headers={"accept": accept}).status_code == 200


def test_an_answer_that_broke_off_is_not_answered_twice() -> None:
    sent: list[Message] = []

    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("half an answer is out")

    async def ask() -> None:
        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request"}

        await Edge(breaks, SETTINGS)(_ordinary_scope(), receive, send)

    asyncio.run(ask())

    assert [message["type"] for message in sent] == ["http.response.start"]


@pytest.mark.parametrize(("method", "code"), [("GET", "stopping"), ("HEAD", "stopping"), ("POST", "outcome-unknown")])
def test_a_request_that_a_stop_cuts_off_is_told_what_is_known(method: str, code: str) -> None:
    """The server cancels what has no answer ten seconds after it was told to stop; what was queued is written after that."""
    sent: list[Message] = []

    async def ask() -> None:
        begun = asyncio.Event()

        async def waits(scope: Scope, receive: Receive, send: Send) -> None:
            begun.set()
            await asyncio.Event().wait()

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request"}

        scope = {**_ordinary_scope(), "method": method, "headers": [(b"host", b"suxin.example")]}
        asked = asyncio.create_task(Edge(waits, SETTINGS)(scope, receive, send))
        await begun.wait()
        asked.cancel()
        await asked

    asyncio.run(ask())

    start, body = sent
    assert start["status"] == 503
    assert dict(start["headers"])[b"content-type"] == b"application/problem+json"
    assert {name for name, _ in SECURITY_HEADERS} <= {name for name, _ in start["headers"]}
    check_problem(orjson.loads(body["body"]), 503, code)


def _ordinary_scope() -> Scope:
    headers = [
        (b"host", b"suxin.example"),
        (b"accept", b"text/html,application/xhtml+xml,*/*;q=0.8"),
        (b"accept-language", b"zh-CN"),
        (b"accept-encoding", b"gzip, br"),
        (b"user-agent", b"Mozilla/5.0 (Linux; Android 14)"),
        (b"cookie", b"sx_text=large"),
    ]
    path = "/api/v1/batches"
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"limit=50",
        "headers": headers,
    }


def test_an_ordinary_request_pays_little_for_the_edge() -> None:
    async def hello(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        pass

    async def microseconds(app: Edge) -> float:
        scope = _ordinary_scope()
        began = time.thread_time()
        for _ in range(1_000):
            await app(scope, receive, send)
        return (time.thread_time() - began) * 1_000

    # Of this thread alone, and the best of several: others use the machine too. About 6 where this was written.
    assert min(asyncio.run(microseconds(Edge(hello, SETTINGS))) for _ in range(10)) < 40


# ---- over a socket, byte for byte ------------------------------------------------------------------------------------


class Answer(NamedTuple):
    status: int
    head: str
    body: bytes


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A uvicorn process of its own, with the connections that a node has."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = subprocess.Popen(
            [sys.executable, str(Path(edge_parts.__file__)), str(listening.fileno())],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            pass_fds=[listening.fileno()],
        )
        try:
            yield listening.getsockname()[1]
        finally:
            process.terminate()
            process.wait(60)


def _ask(port: int, *parts: bytes, pause: float = 0.0) -> Answer:
    """Send the bytes as they are, then read until the server closes or one answer is whole."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for at, part in enumerate(parts):
            if at:
                time.sleep(pause)
            try:
                connection.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                break  # cut off; what was answered before can still be read
        received = b""
        while not _is_whole(received):
            more = connection.recv(65_536)
            if not more:
                break
            received += more
    head, _, body = received.partition(b"\r\n\r\n")
    return Answer(int(head[9:12]), head.decode("latin-1").lower(), body)


def _is_whole(received: bytes) -> bool:
    head, found, body = received.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(found and lengths) and len(body) >= int(lengths[0].split(b":")[1])


def _post(path: str, *headers: str) -> bytes:
    return "\r\n".join(
        [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers, "", ""]
    ).encode()


def _is_told(answer: Answer, status: int, code: str) -> None:
    check_problem(orjson.loads(answer.body), status, code)
    for name, value in SECURED.items():
        assert f"{name}: {value}".lower() in answer.head


def test_an_ordinary_request_is_answered(port: int) -> None:
    answer = _ask(port, _post("/api/v1/bodies", "Content-Length: 7"), b'{"a":1}')

    assert (answer.status, answer.body) == (200, b'{"a":1}')


@pytest.mark.parametrize(
    "request_line_and_hosts",
    [
        b"GET /api/v1/rows HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        b"GET /api/v1/rows HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
        b"GET /api/v1/rows HTTP/1.1\r\nAccept: */*\r\n\r\n",
        b"GET /api/v1/rows HTTP/1.0\r\n\r\n",
        b"GET @evil HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET @evil.example/api/v1/rows HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET /api/v1/rows HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n",
    ],
)
def test_a_request_without_one_clear_target_is_400(port: int, request_line_and_hosts: bytes) -> None:
    answer = _ask(port, request_line_and_hosts)

    code = orjson.loads(answer.body)["code"]
    assert code in ("bad-request", "bad-host")
    _is_told(answer, 400, code)


def test_what_the_parser_cannot_read_is_told_once_and_ends_the_connection(port: int) -> None:
    answer = _ask(port, b"GET /api/v1/rows HTTP/1.1\r\nHost : localhost\r\n\r\n")

    _is_told(answer, 400, "bad-request")
    assert "content-type: application/problem+json" in answer.head
    assert answer.head.count("connection:") == answer.head.count("cache-control: no-store") == 1
    assert "connection: close" in answer.head


def test_a_foreign_host_is_told_so(port: int) -> None:
    _is_told(_ask(port, b"GET /api/v1/rows HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 400, "bad-host")


@pytest.mark.parametrize(
    "headers",
    [
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 5"),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Content-Length: +5",),
        ("Content-Length: 5x",),
    ],
)
def test_a_body_whose_end_is_said_twice_or_badly_is_never_read(port: int, headers: tuple[str, ...]) -> None:
    smuggled = b"0\r\n\r\nGET /api/v1/rows HTTP/1.1\r\nHost: localhost\r\n\r\n"

    answer = _ask(port, _post("/api/v1/bodies", *headers) + smuggled)

    assert 400 <= answer.status < 502
    assert b"items" not in answer.body
    assert "connection: close" in answer.head


def test_an_address_of_nine_kilobytes_is_414(port: int) -> None:
    request = b"GET /api/v1/waits?wait=" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"

    _is_told(_ask(port, request), 414, "uri-too-long")


def test_headers_of_seventeen_kilobytes_are_431(port: int) -> None:
    request = b"GET /api/v1/rows HTTP/1.1\r\nHost: localhost\r\nCookie: a=" + b"x" * 17_000 + b"\r\n\r\n"

    _is_told(_ask(port, request), 431, "headers-too-large")


def test_trace_is_405_over_a_socket_too(port: int) -> None:
    _is_told(_ask(port, b"TRACE /api/v1/rows HTTP/1.1\r\nHost: localhost\r\n\r\n"), 405, "method-not-allowed")


def _chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def test_a_chunked_body_is_read_whole(port: int) -> None:
    head = _post("/api/v1/bodies", "Transfer-Encoding: chunked")

    assert _ask(port, head, _chunk(b'{"a"'), _chunk(b":1}"), b"0\r\n\r\n").body == b'{"a":1}'


def test_a_chunked_body_over_a_megabyte_is_413(port: int) -> None:
    chunks = [_chunk(b" " * 65_536)] * 18

    answer = _ask(port, _post("/api/v1/bodies", "Transfer-Encoding: chunked"), *chunks, b"0\r\n\r\n")

    _is_told(answer, 413, "body-too-large")


def test_a_declared_length_over_a_megabyte_is_413(port: int) -> None:
    size = 1_200_000

    answer = _ask(port, _post("/api/v1/bodies", f"Content-Length: {size}"), b" " * size)

    _is_told(answer, 413, "body-too-large")


def test_a_client_that_asks_before_it_sends_too_much_is_refused_at_once(port: int) -> None:
    answer = _ask(port, _post("/api/v1/bodies", "Content-Length: 1200000", "Expect: 100-continue"))

    _is_told(answer, 413, "body-too-large")


@pytest.mark.parametrize("lie", [b"zz\r\n{}\r\n0\r\n\r\n", b"2\r\n{}{}\r\n0\r\n\r\n", b"-2\r\n{}\r\n0\r\n\r\n"])
def test_chunks_that_lie_about_their_size_are_refused(port: int, lie: bytes) -> None:
    answer = _ask(port, _post("/api/v1/bodies", "Transfer-Encoding: chunked"), lie, pause=0.05)

    _is_told(answer, 400, orjson.loads(answer.body)["code"])


def test_a_body_longer_than_declared_is_400(port: int) -> None:
    assert _ask(port, _post("/api/v1/bodies", "Content-Length: 2") + b'{"a":1}').status == 400


@pytest.mark.parametrize("framing", ["Content-Length: 700", "Transfer-Encoding: chunked"])
def test_a_body_that_never_ends_is_408_and_cut_off(port: int, framing: str) -> None:
    began = time.monotonic()

    answer = _ask(port, _post("/api/v1/slow", framing))

    _is_told(answer, 408, "body-too-slow")
    assert "connection: close" in answer.head
    assert time.monotonic() - began > SLOW_SECONDS - 0.1


def test_a_body_that_drips_is_408(port: int) -> None:
    drops = [_chunk(b" ")] * 12

    answer = _ask(port, _post("/api/v1/slow", "Transfer-Encoding: chunked"), *drops, pause=0.05)

    _is_told(answer, 408, "body-too-slow")


HEAD = b"GET /api/v1/rows?limit=1 HTTP/1.1\r\nHost: localhost\r\n"


def test_a_head_that_never_ends_is_408_and_cut_off(port: int) -> None:
    began = time.monotonic()

    answer = _ask(port, HEAD)

    _is_told(answer, 408, "headers-too-slow")
    assert "connection: close" in answer.head
    assert time.monotonic() - began > HEAD_SECONDS - 0.1


def test_a_head_that_drips_is_408(port: int) -> None:
    drops = [b"X-Drop: 1\r\n"] * 60

    answer = _ask(port, HEAD, *drops, pause=0.05)

    _is_told(answer, 408, "headers-too-slow")


def test_the_second_request_of_a_connection_has_the_same_time(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(HEAD + b"\r\n" + HEAD)
        received = _until_closed(connection)

    assert received.count(b"HTTP/1.1 ") == 2
    assert received.startswith(b"HTTP/1.1 200 ")
    assert b"headers-too-slow" in received


@pytest.mark.parametrize("sent", [b"", b"\r\n", b"\r\n\r\n\r\n"], ids=["nothing", "a line end", "three"])
def test_a_connection_that_asks_nothing_is_closed_in_time(port: int, sent: bytes) -> None:
    """Every 50 ms more of it, so that no other clock ends it."""
    began = time.monotonic()

    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.settimeout(0.05)
        received = b""
        while time.monotonic() - began < 60:
            try:
                connection.sendall(sent)
                received += connection.recv(65_536)
                break
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                break

    assert HEAD_SECONDS - 0.1 < time.monotonic() - began < 60
    assert received == b"" or b"headers-too-slow" in received


def test_a_head_without_an_end_is_431_before_it_fills_the_memory(port: int) -> None:
    _is_told(_ask(port, HEAD + b"Cookie: a=" + b"x" * 200_000), 431, "headers-too-large")


def test_an_answer_that_takes_longer_than_a_head_is_not_cut_off(port: int) -> None:
    """The deadline is that of the head alone."""
    body = [b'{"a"', b":1}"]

    answer = _ask(port, _post("/api/v1/bodies", "Content-Length: 7"), *body, pause=HEAD_SECONDS * 0.6)

    assert (answer.status, answer.body) == (200, b'{"a":1}')


def _until_closed(connection: socket.socket) -> bytes:
    received = b""
    while more := connection.recv(65_536):
        received += more
    return received


def test_nobody_gets_a_websocket(port: int) -> None:
    upgrade = (
        b"GET /api/v1/rows HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )

    assert _ask(port, upgrade).status == 403
