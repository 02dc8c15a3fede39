"""A statement that is taken below the framework is answered as the framework answers it; whatever is unusual goes round."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import orjson
import pytest
import uvicorn
from starlette.responses import Response
from starlette.testclient import TestClient

from api.app import create_app
from api.auth.tokens import token_hash
from api.direct import Fronted
from api.serving import server_config, take_port
from api.shortway import Sent, ShortWay
from api.verifying import A_CROWD, Verifier
from trace.ledger.errors import OutcomeUnknown, Unavailable

from .app_parts import COOP_KEY, HARVEST, NEIGHBOUR_KEY, World, running_world
from .registers.number_parts import person, resident_id, sent, signed

SECONDS = 120


@dataclass
class Watched(ShortWay):
    """The app's own short way, and which way each request went."""

    inner: ShortWay
    ways: list[str] = field(default_factory=list)

    def wants(self, scope: Any) -> bool:
        return self.inner.wants(scope)

    def secured(self, response: Response) -> list[tuple[bytes, bytes]]:
        return self.inner.secured(response)

    def take(self, sent: Sent) -> None:
        def reply(response: Response) -> None:
            self.ways.append("short")
            sent.reply(response)

        def go_round() -> None:
            self.ways.append("round")
            sent.go_round()

        self.inner.take(Sent(sent.scope, sent.body, reply, go_round))


@dataclass
class Served:
    """A node behind a real port, whose process that checks statements is up."""

    world: World
    app: Fronted
    port: int
    watched: Watched

    @property
    def verifier(self) -> Verifier:
        found: Verifier = self.app.state.verifier
        return found

    def connect(self) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.port), SECONDS)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line

    def ask(self, request: bytes) -> "Told":
        with self.connect() as line:
            line.sendall(request)
            return heard(line)


@dataclass(frozen=True)
class Told:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


def heard(line: socket.socket) -> Told:
    answer = HTTPResponse(line)
    answer.begin()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return Told(answer.status, headers, answer.read())


def request_of(body: bytes, headers: Mapping[str, str], first: str = "POST /api/v1/statements HTTP/1.1") -> bytes:
    told = {"host": "localhost", "content-type": "application/json", "content-length": str(len(body)), **headers}
    return "\r\n".join([first, *(f"{name}: {value}" for name, value in told.items()), "", ""]).encode() + body


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with running_world(Path(tmp_path_factory.mktemp("shortway")), "demonstration") as world:
        app = create_app(world.node, world.operational)
        assert app.short_way is not None
        app.short_way = watched = Watched(app.short_way)
        port = take_port("127.0.0.1", 0)
        server = uvicorn.Server(server_config(app, world.node.settings))
        thread = threading.Thread(target=server.run, args=([port],), daemon=True)
        thread.start()
        try:
            _wait_until(lambda: server.started)
            found = Served(world, app, port.getsockname()[1], watched)
            _bring_up_the_process(found)
            yield found
        finally:
            server.should_exit = True
            thread.join(SECONDS)


def _wait_until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.01)


def _bring_up_the_process(served: Served) -> None:
    """A crowd does it, and as it starts in a thread, crowds are sent until one finds it."""
    body = _body(served.world, 1)
    with ThreadPoolExecutor(4 * A_CROWD) as crowd:
        while served.verifier._writer is None:
            list(crowd.map(served.ask, [request_of(body, served.world.headers("coop"))] * 4 * A_CROWD))


@pytest.fixture
def ways(served: Served) -> list[str]:
    """Which ways the requests of this test go. The token is in memory, as in a crowd."""
    served.world.operational.find_token(_hash(served))
    served.watched.ways = []
    return served.watched.ways


def _hash(served: Served) -> bytes:
    return token_hash(served.world.tokens["coop"])


@pytest.fixture(scope="module")
def framework(served: Served) -> TestClient:
    """The same node through the framework alone."""
    app = create_app(served.world.node, served.world.operational)
    app.takes = lambda scope: False
    return TestClient(app, raise_server_exceptions=False)


def _body(world: World, number: int, **changed: Any) -> bytes:
    return orjson.dumps({"statement": world.statement(number, **changed)})


def check_alike(served: Served, framework: TestClient, body: bytes, headers: Mapping[str, str]) -> Told:
    """Both answers, of which the first may have logged the statement: a repeat is answered alike."""
    sent = {**served.world.headers("coop"), **headers}
    short = served.ask(request_of(body, sent))
    routed = framework.post(
        "/api/v1/statements", content=body, headers={"host": "localhost", "content-type": "application/json", **sent}
    )
    own = ("date", "content-length")  # the server's own; a problem's instance has one length, a page's address another
    assert short.status == routed.status_code
    assert {name: value for name, value in short.headers.items() if name not in own} == {
        name: value for name, value in routed.headers.items() if name not in own
    }
    if "json" in short.headers["content-type"]:
        assert {**short.json, "instance": ""} == {**routed.json(), "instance": ""}
    return short


def test_a_statement_and_its_repeat(served: Served, framework: TestClient, ways: list[str]) -> None:
    size = served.world.size
    told = check_alike(served, framework, _body(served.world, 101), {})

    assert (told.status, told.json["index"], served.world.size) == (201, size, size + 1)
    assert check_alike(served, framework, _body(served.world, 101), {}).json == told.json
    assert (ways, served.world.size) == (["short", "short"], size + 1)


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        (lambda body: body.replace(b'"area_mu":"0.8"', b'"area_mu":"0.7"'), 422, "bad-signature"),
        (lambda body: body.replace(b'"statement":', b'"statement":NaN,"x":'), 400, "not-a-number"),
        (lambda body: body[:-1] + b',"statement":{}}', 400, "duplicate-key"),
        (lambda body: b"{}", 422, "missing-field"),
        (lambda body: b"[]", 400, "not-an-object"),
        (lambda body: b"\xff", 400, "invalid-utf8"),
    ],
)
def test_what_cannot_be_read_or_was_not_signed_is_refused_at_once(
    served: Served, framework: TestClient, ways: list[str], spoil: Any, status: int, code: str
) -> None:
    size = served.world.size
    for accept in ("application/json", "text/html"):
        told = check_alike(served, framework, spoil(_body(served.world, 102)), {"accept": accept})
        assert told.status == status
        assert accept == "text/html" or told.json["code"] == code
    assert (ways, served.world.size) == (["short", "short"], size)


def test_what_the_log_refuses_goes_round_and_hears_why(served: Served, framework: TestClient, ways: list[str]) -> None:
    check_alike(served, framework, _body(served.world, 103), {})
    size = served.world.size
    other = {**HARVEST, "area_mu": "0.9"}
    for body, status, code, pointer in (
        (_body(served.world, 103, payload=other), 409, "statement-id-reused", "/statement/id"),
        (_body(served.world, 104, key=NEIGHBOUR_KEY), 403, "key-not-valid", "/statement/proof"),
        (_body(served.world, 105, chain="A" * 22), 422, "wrong-chain", "/statement/chain"),
    ):
        told = check_alike(served, framework, body, {})
        assert (told.status, told.json["code"], told.json["errors"][0]["pointer"]) == (status, code, pointer)
    assert (ways, served.world.size) == (["short", "round", "round", "round"], size)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/json; charset=utf-8"}, 201),
        ({"content-encoding": "gzip"}, 415),
        ({"content-encoding": "identity"}, 201),
        ({"authorization": "Bearer sx_nonsense"}, 401),
        ({"authorization": "Basic Og=="}, 401),
        ({"accept": "image/png"}, 406),
        ({"host": "elsewhere.example"}, 400),
    ],
)
def test_an_unusual_head_goes_round(
    served: Served, framework: TestClient, ways: list[str], headers: dict[str, str], status: int
) -> None:
    told = check_alike(served, framework, _body(served.world, 106), headers)

    assert (told.status, ways) == (status, ["round"])


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("auditor", 403), ("expired", 401), ("revoked", 401)])
def test_whom_memory_does_not_know_as_a_sender_goes_round(
    served: Served, ways: list[str], who: str | None, status: int
) -> None:
    size = served.world.size
    for _ in range(2):  # the second time the token is in memory
        told = served.ask(request_of(_body(served.world, 107), served.world.headers(who)))
        assert told.status == status
    assert (ways, served.world.size) == (["round", "round"], size)


def test_a_group_goes_round(served: Served, framework: TestClient, ways: list[str]) -> None:
    group = [{"statement": served.world.statement(number)} for number in (108, 109)]
    told = check_alike(served, framework, orjson.dumps({"group": group}), {})

    assert (told.status, len(told.json["items"]), ways) == (201, 2, ["round"])


def test_a_registration_waits_for_its_turn_and_goes_round(served: Served, ways: list[str]) -> None:
    two = [orjson.dumps(sent(signed(served.world, person(resident_id(1), name)))) for name in ("甲", "乙")]

    told = [served.ask(request_of(body, served.world.headers("coop"))) for body in two]

    assert [one.status for one in told] == [201, 409]
    assert told[1].json["code"] == "id-number-taken"
    assert ways == ["round", "round"]


def test_who_waits_for_a_proof_is_not_for_the_short_way(served: Served, ways: list[str]) -> None:
    first = "POST /api/v1/statements?wait=proof HTTP/1.1"
    told = served.ask(request_of(_body(served.world, 110), served.world.headers("coop"), first))

    assert (told.status, ways) == (201, [])
    assert served.world.node.log.published.size > told.json["index"]


def test_a_body_in_two_pieces_is_not_for_the_short_way(served: Served, ways: list[str]) -> None:
    request = request_of(_body(served.world, 111), served.world.headers("coop"))
    with served.connect() as line:
        line.sendall(request[:-40])
        served.ask(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")  # sent later: the loop has read the first piece
        line.sendall(request[-40:])
        assert heard(line).status == 201
    assert ways == []


def test_who_asks_first_whether_to_send_is_told_to(served: Served, ways: list[str]) -> None:
    request = request_of(_body(served.world, 112), {**served.world.headers("coop"), "expect": "100-continue"})
    with served.connect() as line:
        line.sendall(request)
        assert heard(line).status == 201  # the reader of answers skips the 100 before it
    assert ways == []


def test_two_requests_in_one_piece_are_answered_in_their_order(served: Served, ways: list[str]) -> None:
    headers = served.world.headers("coop")
    with served.connect() as line:
        line.sendall(b"".join(request_of(_body(served.world, number), headers) for number in (113, 114)))
        stream = line.makefile("rb")
        seen = [_next_id(stream) for _ in range(2)]
    assert [one[-3:] for one in seen] == ["113", "114"]
    assert ways == ["short"]


def _next_id(stream: Any) -> str:
    head = b"".join(iter(stream.readline, b"\r\n")).lower()
    length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
    found: str = orjson.loads(stream.read(length))["id"]
    return found


@pytest.mark.parametrize("first", ["POST /api/v1/statements HTTP/1.1", "POST /api/v1/statements HTTP/1.0"])
def test_a_line_that_is_not_to_be_kept_is_closed(served: Served, ways: list[str], first: str) -> None:
    headers = {**served.world.headers("coop"), "connection": "close"}
    with served.connect() as line:
        line.sendall(request_of(_body(served.world, 115), headers, first))
        told = heard(line)
        assert (told.status, told.headers["connection"], line.recv(1)) == (201, "close", b"")
    assert ways == ["short"]


@pytest.mark.parametrize(
    ("error", "code"),
    [(OutcomeUnknown("outcome-unknown"), "outcome-unknown"), (Unavailable("read-only", reason="behind"), "read-only")],
)
def test_what_nobody_knows_is_said_at_once_and_not_tried_again(
    served: Served, ways: list[str], monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    """On the other way the same statement would meet a log that has stopped, and hear that nothing was taken in."""
    monkeypatch.setattr(served.world.node.log, "put", lambda _submission, heard: heard.set_exception(error))
    told = served.ask(request_of(_body(served.world, 116), served.world.headers("coop")))

    assert (told.status, told.json["code"], ways) == (503, code, ["short"])


def test_who_hangs_up_loses_the_answer_and_not_the_record(served: Served, ways: list[str]) -> None:
    size, request = served.world.size, request_of(_body(served.world, 117), served.world.headers("coop"))
    with served.connect() as line:
        line.sendall(request)
    _wait_until(lambda: served.world.size == size + 1)
    assert served.ask(request).status == 201
    assert served.world.size == size + 1


def test_without_the_process_everything_goes_round(served: Served, ways: list[str]) -> None:
    """The last test of this module: the process stays away until a crowd comes."""
    assert served.verifier._process is not None
    served.verifier._process.kill()
    _wait_until(lambda: served.verifier._writer is None)
    told = served.ask(request_of(_body(served.world, 118, key=COOP_KEY), served.world.headers("coop")))

    assert (told.status, ways) == (201, ["round"])
