"""What a form may be, and where it may come from. Bodies are written out here byte for byte."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import threading
import time
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response
from starlette.testclient import TestClient

from api import form_body, problems
from api.form_body import MAX_FILE_BYTES, Form, Upload, read_form, seconds_for
from trace.ledger.errors import Invalid

FORM = "application/x-www-form-urlencoded"
OURS = "http://testserver"
B = "----WebKitFormBoundaryA1b2C3d4E5f6G7h8"
MULTIPART = f"multipart/form-data; boundary={B}"
FILES = {"photo": MAX_FILE_BYTES, "paper": 1_000}
TOKEN = "token-of-this-session"


@dataclass
class _SignedIn:
    """As much of a session as a form asks about."""

    form_token: str = TOKEN

    def sent(self, form_token: str) -> bool:
        return form_token == self.form_token


@dataclass
class Site:
    """One route that reads a form; the tests say who is signed in and where the node is published."""

    public_url: str = "http://suxin.example"
    signed_in: _SignedIn | None = field(default_factory=_SignedIn)
    options: dict[str, Any] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.post("/form")
        async def take(request: Request) -> Response:
            request.state.signed_in = self.signed_in
            form = await read_form(request, **self.options)
            self.forms.append(form)
            return JSONResponse(form.fields)

        app.state.node = SimpleNamespace(settings=SimpleNamespace(public_url=self.public_url))
        problems.install(app)
        return app

    def send(self, body: bytes | str, kind: str = FORM, **headers: str) -> tuple[int, Any]:
        """Status, and the code of a refusal or the fields but for the form token."""
        sent = {"Content-Type": kind, "Origin": OURS, **{name.replace("_", "-"): one for name, one in headers.items()}}
        content = body.encode() if isinstance(body, str) else body
        answer = TestClient(self.app(), raise_server_exceptions=False).post(
            "/form", content=content, headers={name: value for name, value in sent.items() if value}
        )
        told = answer.json()
        if answer.status_code != 200:
            return answer.status_code, told["code"]
        return 200, [(name, value) for name, value in told if name != "form_token"]


@pytest.fixture
def site() -> Site:
    return Site()


def parts(*given: tuple[Any, ...]) -> bytes:
    """A multipart body: (name, value) a field, (name, file name, bytes) a file."""
    body = b""
    for name, *more, value in (("form_token", TOKEN.encode()), *given):
        file = f'; filename="{more[0]}"\r\nContent-Type: image/jpeg' if more else ""
        body += f'--{B}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + value + b"\r\n"
    return body + f"--{B}--\r\n".encode()


def urlencoded(fields: str) -> str:
    return f"form_token={TOKEN}&{fields}"


# ---- what is read ----------------------------------------------------------------------------------------------------


def test_a_form_is_read_in_its_order_and_its_language(site: Site) -> None:
    sent = urlencoded("kind=harvest&note=%E5%8D%81%E6%B2%B3+%2B+%26&empty=&kg=12.50")

    assert site.send(sent) == (200, [("kind", "harvest"), ("note", "十河 + &"), ("empty", ""), ("kg", "12.50")])


def test_a_charset_may_be_said_if_it_is_utf_8(site: Site) -> None:
    assert site.send(urlencoded("a=1"), f"{FORM}; charset=UTF-8") == (200, [("a", "1")])
    assert site.send(urlencoded("a=1"), f"{FORM}; charset=gbk") == (415, "not-a-form")


def test_line_ends_are_those_that_were_typed(site: Site) -> None:
    assert site.send(urlencoded("note=a%0D%0Ab%0Ac")) == (200, [("note", "a\nb\nc")])


def test_an_absent_field_is_empty_and_a_repeated_one_is_read_as_many(site: Site) -> None:
    site.send(urlencoded("box=1&box=2"))

    form = site.forms[0]

    assert form.get("other") == ""
    assert form.all("box") == ["1", "2"]
    assert form.all("other") == []


def test_a_field_that_is_meant_once_may_not_come_twice() -> None:
    form = Form((("kg", "1"), ("kg", "2")), {})

    with pytest.raises(Invalid) as refused:
        form.get("kg")

    assert (refused.value.code, refused.value.faults[0].pointer) == ("repeated-parameter", "/kg")


def test_a_multipart_form_has_fields_and_files(site: Site) -> None:
    site.options = {"files": FILES}
    picture = b"\xff\xd8\xff\x00\r\n--not the boundary\r\n\xd9"

    status, fields = site.send(parts(("note", "十河镇\r\n二队".encode()), ("photo", "../x.jpg", picture)), MULTIPART)

    assert (status, fields) == (200, [("note", "十河镇\n二队")])
    photo = site.forms[0].file("photo")
    assert photo is not None
    assert photo.data == picture
    assert photo.sha256 == hashlib.sha256(picture).hexdigest()
    assert site.forms[0].file("paper") is None


def test_a_file_field_that_nobody_filled_is_no_file(site: Site) -> None:
    site.options = {"files": FILES}

    status, _ = site.send(parts(("photo", "", b"")), MULTIPART)

    assert status == 200
    assert site.forms[0].file("photo") is None


def test_an_empty_file_that_somebody_chose_is_a_file(site: Site) -> None:
    site.options = {"files": FILES}

    site.send(parts(("photo", "empty.jpg", b"")), MULTIPART)

    assert site.forms[0].file("photo") == form_body.Upload(b"")


def test_a_file_s_name_and_type_go_nowhere(site: Site) -> None:
    site.options = {"files": FILES}

    site.send(parts(("photo", "../../etc/passwd", b"x")), MULTIPART)

    assert vars(site.forms[0].files["photo"]) == {"data": b"x", "is_cut": False}


def test_a_multipart_form_without_files_is_read_too(site: Site) -> None:
    assert site.send(parts(("a", b"1")), MULTIPART) == (200, [("a", "1")])


# ---- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("application/json", {}),
        ("text/plain", {}),
        ("", {}),
        (f"{FORM}, {FORM}", {}),
        (FORM, {"Content_Encoding": "gzip"}),
        ("multipart/mixed; boundary=x", {}),
    ],
)
def test_what_is_no_form_is_not_read(site: Site, kind: str, more: dict[str, str]) -> None:
    assert site.send(urlencoded("a=1"), kind, **more) == (415, "not-a-form")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"note=\xe5\x8d\x81", 400, "invalid-utf8"),
        (b"note=%E5%8D", 400, "invalid-utf8"),
        (b"note=%ff", 400, "invalid-utf8"),
        (b"note=a%00b", 400, "nul"),
        (b"&".join(b"f%d=" % n for n in range(10_000)), 400, "bad-multipart"),
        (b"note=" + b"a" * 1_048_576, 413, "body-too-large"),
    ],
)
def test_an_unreadable_form_is_named(site: Site, body: bytes, status: int, code: str) -> None:
    assert site.send(body) == (status, code)


def test_so_many_fields_are_enough_for_any_form(site: Site) -> None:
    assert site.send(urlencoded("&".join(f"f{n}=" for n in range(1_299))))[0] == 200
    assert site.send(urlencoded("&".join(f"f{n}=" for n in range(1_300)))) == (400, "bad-multipart")


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=" + "b" * 71,
        'multipart/form-data; boundary="a b "',
        "multipart/form-data; boundary=a_b*",
    ],
)
def test_a_boundary_is_that_of_rfc_2046(site: Site, kind: str) -> None:
    assert site.send(parts(("a", b"1")), kind) == (400, "bad-multipart")


def test_a_boundary_of_seventy_characters_is_taken(site: Site) -> None:
    long = "b" * 70
    body = parts(("a", b"1")).replace(B.encode(), long.encode())

    assert site.send(body, f"multipart/form-data; boundary={long}") == (200, [("a", "1")])


def test_twenty_parts_are_too_many(site: Site) -> None:
    site.options = {"files": {f"f{n}": 10 for n in range(20)}}

    assert site.send(parts(*((f"a{n}", b"") for n in range(18))), MULTIPART)[0] == 200
    assert site.send(parts(*((f"a{n}", b"") for n in range(19))), MULTIPART) == (400, "bad-multipart")
    assert site.send(parts(*((f"f{n}", "x", b"x") for n in range(19))), MULTIPART) == (400, "bad-multipart")
    mixed = [*((f"a{n}", b"") for n in range(10)), *((f"f{n}", "x", b"x") for n in range(9))]
    assert site.send(parts(*mixed), MULTIPART) == (400, "bad-multipart")


def test_a_long_form_with_files_says_so_where_it_is_read(site: Site) -> None:
    site.options = {"parts": 60}

    assert site.send(parts(*((f"a{n}", b"") for n in range(59))), MULTIPART)[0] == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary at all",
        parts(("a", b"1"))[:-40],
        parts(("a", b"1")).replace(b'; name="a"', b""),
        parts(("a", b"1")).replace(b"Content-Disposition", b"X" * 5_000),
        parts(("other", "x.jpg", b"x")),
        parts(("photo", "x.jpg", b"x"), ("photo", "y.jpg", b"y")),
    ],
    ids=["empty", "no boundary", "cut off", "no name", "long header", "undeclared file", "two files in one field"],
)
def test_a_multipart_form_that_is_not_whole_is_refused(site: Site, body: bytes) -> None:
    site.options = {"files": FILES}

    assert site.send(body, MULTIPART) in ((400, "bad-multipart"), (403, "csrf"))
    assert site.forms == []


def test_bytes_that_are_no_utf_8_are_refused_in_names_and_values(site: Site) -> None:
    assert site.send(parts(("a", b"\xff")), MULTIPART) == (400, "invalid-utf8")
    assert site.send(parts(("a", b"1")).replace(b'name="a"', b'name="\xff"'), MULTIPART) == (400, "invalid-utf8")
    assert site.send(parts(("a", b"a\0b")), MULTIPART) == (400, "nul")


def test_a_file_may_be_as_large_as_its_field_says_and_not_a_byte_larger(site: Site) -> None:
    site.options = {"files": FILES}

    assert site.send(parts(("paper", "x.pdf", b"x" * 1_000)), MULTIPART)[0] == 200
    assert site.send(parts(("paper", "x.pdf", b"x" * 1_001)), MULTIPART) == (413, "file-too-large")


def test_a_photo_of_ten_megabytes_is_taken_and_a_larger_one_is_not(site: Site) -> None:
    site.options = {"files": {"photo": MAX_FILE_BYTES}}

    assert site.send(parts(("photo", "x.jpg", b"x" * MAX_FILE_BYTES)), MULTIPART)[0] == 200
    assert site.send(parts(("photo", "x.jpg", b"x" * (MAX_FILE_BYTES + 1))), MULTIPART) == (413, "file-too-large")
    assert site.send(parts(("photo", "x.jpg", b"x" * 12_000_000)), MULTIPART) == (413, "body-too-large")


def test_of_a_file_that_is_too_large_the_form_around_it_is_read_all_the_same(site: Site) -> None:
    """What was typed stands behind the file as well as before it, and must come back on the page that says what is wrong."""
    site.options = {"files": FILES, "cuts": True}
    sent = parts(
        ("a", b"1"), ("paper", "x.pdf", b"y" * 200_000), ("photo", "x.jpg", b"z" * 1_001), ("b", "十河".encode())
    )

    assert site.send(sent, MULTIPART) == (200, [("a", "1"), ("b", "十河")])

    paper, photo = (site.forms[0].file(name) for name in ("paper", "photo"))
    assert paper == Upload(b"y" * 1_000, is_cut=True)
    assert photo == Upload(b"z" * 1_001)


@pytest.mark.parametrize(("size", "is_cut"), [(1_000, False), (1_001, True), (0, False)])
def test_a_file_is_cut_behind_its_last_byte_that_may_be(site: Site, size: int, is_cut: bool) -> None:
    site.options = {"files": FILES, "cuts": True}

    assert site.send(parts(("paper", "x.pdf", b"x" * size)), MULTIPART)[0] == 200
    upload = site.forms[0].file("paper")
    assert upload == Upload(b"x" * min(size, 1_000), is_cut)


@pytest.mark.parametrize("line", [b"X-More: " + b"a" * 9_000, b"\r\n".join([b"a:b"] * 3_000)])
@pytest.mark.parametrize("cuts", [True, False])
def test_the_lines_before_a_part_are_few(site: Site, line: bytes, cuts: bool) -> None:
    site.options = {"files": FILES, "cuts": cuts}
    sent = parts(("a", b"1")).replace(b'; name="a"\r\n', b'; name="a"\r\n' + line + b"\r\n")

    assert site.send(sent, MULTIPART) == (400, "bad-multipart")


def test_a_form_that_is_cut_is_bounded_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """In what is read, in what is kept of its fields, and in the fields that may hold a file."""
    site.options = {"files": FILES, "cuts": True, "parts": 19}
    half = b"a" * (form_body.MAX_BODY_BYTES // 2 + 1)

    assert site.send(parts(("a", half), ("b", half)), MULTIPART) == (413, "body-too-large")
    assert site.send(parts(("other", "x.pdf", b"x")), MULTIPART) == (400, "bad-multipart")
    assert site.send(parts(("paper", "x.pdf", b"x"), ("paper", "y.pdf", b"y")), MULTIPART) == (400, "bad-multipart")
    assert site.send(parts(("paper", "x.pdf", b"x" * 2_000))[:-8], MULTIPART) == (400, "bad-multipart")
    monkeypatch.setattr(form_body, "CUT_FORM_BYTES", 10_000)
    assert site.send(parts(("paper", "x.pdf", b"x" * 10_000)), MULTIPART) == (413, "file-too-large")
    assert site.forms == []


@pytest.mark.parametrize(("megabytes", "seconds"), [(0, 60), (1, 60), (11, 60), (22, 120), (55, 300)])
def test_a_form_that_is_cut_has_the_time_that_its_size_takes_on_a_village_s_network(
    megabytes: int, seconds: int
) -> None:
    """A file of ten megabytes, and a megabyte around it, in a minute."""
    assert seconds_for(megabytes * 1_048_576, 60.0) == seconds


def test_a_body_that_comes_too_slowly_is_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_body, "BODY_SECONDS", 0.2)
    monkeypatch.setattr(form_body, "FILE_SECONDS", 0.2)
    begun = f'--{B}\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n'
    for kind, start, options in (
        (FORM, "form_token=", {}),
        (MULTIPART, begun, {"files": FILES}),
        (MULTIPART, begun, {"files": FILES, "cuts": True}),
    ):
        site.options = options
        with served(site.app()) as port, socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            head = f"POST /form HTTP/1.1\r\nHost: testserver\r\nOrigin: {OURS}\r\nContent-Type: {kind}\r\n"
            client.sendall(f"{head}Content-Length: 1000\r\n\r\n{start}".encode())

            answer = client.recv(4_096)

        assert answer.startswith(b"HTTP/1.1 408 ")
    assert site.forms == []


class served:  # noqa: N801  reads as a word where it is used
    """The app on a real socket, for what a test client cannot do: being slow."""

    def __init__(self, app: FastAPI) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        asyncio.run(self.server.serve(sockets=[self.socket]))

    def __enter__(self) -> int:
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        port: int = self.socket.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.socket.close()


# ---- where it comes from ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": OURS}, 200),
        ({"Origin": OURS, "Sec_Fetch_Site": "same-origin"}, 200),
        ({"Origin": "", "Sec_Fetch_Site": "same-origin"}, 200),
        ({"Origin": "http://suxin.example"}, 200),
        ({"Origin": ""}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://testserver"}, 403),
        ({"Origin": "http://testserver:81"}, 403),
        ({"Origin": "http://testserver.evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": OURS, "Sec_Fetch_Site": "cross-site"}, 403),
        ({"Origin": OURS, "Sec_Fetch_Site": "same-site"}, 403),
        ({"Origin": "", "Sec_Fetch_Site": "none"}, 403),
        ({"Origin": "http://evil.example", "Sec_Fetch_Site": "same-origin"}, 403),
    ],
)
def test_a_form_counts_where_the_browser_says_that_our_own_page_sent_it(
    site: Site, headers: dict[str, str], status: int
) -> None:
    assert site.send(urlencoded("a=1"), **headers)[0] == status
    assert len(site.forms) == (status == 200)


@pytest.mark.parametrize(
    ("public_url", "host", "origin", "status"),
    [
        ("https://suxin.example", "suxin.example", "https://suxin.example", 200),
        ("https://suxin.example", "suxin.example", "http://suxin.example", 403),
        ("https://suxin.example", "127.0.0.1:8000", "https://suxin.example", 200),  # a proxy that names itself
        ("https://suxin.example", "localhost:8000", "http://localhost:8000", 200),
        ("https://suxin.example:8443", "suxin.example:8443", "https://suxin.example:8443", 200),
        ("http://192.168.1.5:8000", "192.168.1.5:8000", "http://192.168.1.5:8000", 200),
        ("http://192.168.1.5:8000", "192.168.1.5:8000", "http://192.168.1.6:8000", 403),
    ],
)
def test_our_own_origin_is_the_published_one_and_the_one_that_was_asked(
    public_url: str, host: str, origin: str, status: int
) -> None:
    site = Site(public_url)

    assert site.send(urlencoded("a=1"), Host=host, Origin=origin)[0] == status


@pytest.mark.parametrize("sent", ["", "form_token=", "form_token=another", f"form_token={TOKEN}x"])
def test_a_form_without_the_session_s_token_is_refused(site: Site, sent: str) -> None:
    assert site.send(f"{sent}&a=1") == (403, "csrf")


def test_a_form_without_a_session_is_refused(site: Site) -> None:
    site.signed_in = None

    assert site.send(urlencoded("a=1")) == (403, "csrf")


def test_the_form_that_comes_before_a_session_is_judged_by_its_origin_alone(site: Site) -> None:
    site.signed_in, site.options = None, {"token": False}

    assert site.send("a=1") == (200, [("a", "1")])
    assert site.send("a=1", Origin="http://evil.example") == (403, "csrf")


def test_a_foreign_form_is_refused_before_it_is_read(site: Site) -> None:
    assert site.send(b"\xff" * 2_000_000, "text/plain", Origin="http://evil.example") == (403, "csrf")
