"""Is every body that cannot be read refused with its code, and taken where it can?"""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient
from starlette.types import Message

from api.body import MAX_BODY_BYTES, read_json
from api.refusals import TooSlow
from tests.api.edge_parts import check_problem, small_app
from trace.ledger.errors import TooLarge, Unreadable

CLIENT = TestClient(small_app())
JSON = {"content-type": "application/json"}

# What was sent, its code, the field.
UNREADABLE: list[tuple[bytes, str, str]] = [
    (b"", "syntax", ""),
    (b"{", "syntax", ""),
    (b'{"a":1} tail', "syntax", ""),
    (b'{"a":1}{"a":1}', "syntax", ""),
    (b"{'a':1}", "syntax", ""),
    (b'{"a":1,}', "syntax", ""),
    (b'{"a":"\xff"}', "invalid-utf8", ""),
    ('{"a":1}'.encode("utf-16"), "invalid-utf8", ""),
    (b'\xef\xbb\xbf{"a":1}', "bom", ""),
    (b"[]", "not-an-object", ""),
    (b"null", "not-an-object", ""),
    (b'"text"', "not-an-object", ""),
    (b'{"kind":"harvest","kind":"sale"}', "duplicate-key", "/kind"),
    (b'{"payload":{"a":1,"b":2,"a":1}}', "duplicate-key", "/payload/a"),
    (b'{"quantity":NaN}', "not-a-number", "/quantity"),
    (b'{"quantity":-Infinity}', "not-a-number", "/quantity"),
    (b'{"name":"\\ud800"}', "lone-surrogate", "/name"),
    (b'{"names":["ok","\\udc00x"]}', "lone-surrogate", "/names/1"),
    (b'{"name":"a\\u0000b"}', "nul", "/name"),
    (b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", "depth", ""),
    (b"[" * 100_000, "depth", ""),
    (b'{"count":9007199254740992}', "integer-range", "/count"),
    (b'{"count":' + b"9" * 5_000 + b"}", "integer-range", "/count"),
    (b'{"count":1.0}', "float", "/count"),
    (b'{"count":1e2}', "float", "/count"),
    (b'{"count":-0}', "negative-zero", "/count"),
    ('{"量":1}'.encode(), "non-ascii-key", ""),
    (b'{"payload":{"\\u91cf":1}}', "non-ascii-key", "/payload"),
    (b'{"\\ud800":1}', "lone-surrogate", ""),
]


@pytest.mark.parametrize(("body", "code", "pointer"), UNREADABLE)
def test_a_body_that_cannot_be_read_is_400_with_its_code_and_place(body: bytes, code: str, pointer: str) -> None:
    answer = CLIENT.post("/api/v1/bodies", content=body, headers=JSON)

    assert answer.headers["content-type"] == "application/problem+json"
    check_problem(answer.json(), 400, code, pointer)


WRONG: list[tuple[bytes, str, list[tuple[str, str]]]] = [
    (b'{"kind":"x","payload":{},"count":1,"extra":1}', "unknown-field", [("/extra", "unknown-field")]),
    (b'{"kind":"x","payload":{},"count":1,"__proto__":{}}', "unknown-field", [("/__proto__", "unknown-field")]),
    (b'{"kind":"x","payload":{},"count":1,"a/b~c":1}', "unknown-field", [("/a~1b~0c", "unknown-field")]),
    (b'{"kind":"x","payload":{}}', "missing-field", [("/count", "missing-field")]),
    (b'{"kind":"x","payload":{},"count":"1"}', "wrong-type", [("/count", "wrong-type")]),
    (b'{"kind":"x","payload":{},"count":true}', "wrong-type", [("/count", "wrong-type")]),
    (b'{"kind":null,"payload":{},"count":1}', "wrong-type", [("/kind", "wrong-type")]),
    (b'{"kind":"x","payload":[],"count":1}', "wrong-type", [("/payload", "wrong-type")]),
    (b'{"kind":"x","payload":{},"count":1,"inputs":{}}', "wrong-type", [("/inputs", "wrong-type")]),
    (
        b'{"extra":1,"count":"1"}',
        "unknown-field",
        [
            ("/extra", "unknown-field"),
            ("/count", "wrong-type"),
            ("/kind", "missing-field"),
            ("/payload", "missing-field"),
        ],
    ),
]


@pytest.mark.parametrize(("body", "code", "faults"), WRONG)
def test_a_body_that_is_read_and_wrong_is_422_with_every_field(
    body: bytes, code: str, faults: list[tuple[str, str]]
) -> None:
    problem = CLIENT.post("/api/v1/events", content=body, headers=JSON).json()

    check_problem(problem, 422, code, faults[0][0])
    assert [(one["pointer"], one["code"]) for one in problem["errors"]] == faults


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/jsonp"},
        {"content-type": "application/json; charset=gbk"},
        {"content-type": "application/problem+json"},
        {"content-type": ""},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": "application/json", "content-encoding": "identity, br"},
    ],
)
def test_another_format_or_a_compressed_body_is_415(headers: dict[str, str]) -> None:
    answer = CLIENT.post("/api/v1/bodies", content=b"{}", headers=headers)

    check_problem(answer.json(), 415, "unsupported-media-type")


def test_a_body_without_a_format_is_415() -> None:
    answer = CLIENT.post("/api/v1/bodies", content=b"{}")

    check_problem(answer.json(), 415, "unsupported-media-type")


@pytest.mark.parametrize(
    "given", ["application/json", "APPLICATION/JSON;charset=UTF-8", 'application/json; charset="utf-8"']
)
def test_json_in_utf_8_is_taken_however_it_is_written(given: str) -> None:
    answer = CLIENT.post("/api/v1/bodies", content=b'{"a": 1}', headers={"content-type": given})

    assert answer.json() == {"a": 1}


def test_text_that_only_looks_like_an_attack_is_taken() -> None:
    body = '{"name":"<script>{{7*7}}\' OR 1=1-- =cmd() 𠮷"}'

    answer = CLIENT.post("/api/v1/bodies", content=body.encode(), headers=JSON)

    assert answer.json() == {"name": "<script>{{7*7}}' OR 1=1-- =cmd() 𠮷"}


def _body_of(size: int) -> bytes:
    return b'{"a":"' + b"x" * (size - 8) + b'"}'


def test_a_body_of_one_megabyte_is_taken_and_one_byte_more_is_413() -> None:
    at_limit = CLIENT.post("/api/v1/bodies", content=_body_of(1_048_576), headers=JSON)
    above = CLIENT.post("/api/v1/bodies", content=_body_of(1_048_577), headers=JSON)

    assert len(at_limit.json()["a"]) == 1_048_568
    check_problem(above.json(), 413, "body-too-large")


def _request(messages: list[Message], headers: dict[str, str], pause: float = 0.0) -> Request:
    waiting = iter(messages)

    async def receive() -> Message:
        await asyncio.sleep(pause)
        return next(waiting)

    sent = [(name.encode(), value.encode()) for name, value in {**JSON, **headers}.items()]
    return Request({"type": "http", "method": "POST", "headers": sent}, receive)


def _part(body: bytes, more: bool) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize("declared", ["1", "3", "900"])
def test_a_length_that_is_not_the_declared_one_is_too_large(declared: str) -> None:
    request = _request([_part(b"{}", False)], {"content-length": declared})

    with pytest.raises(TooLarge, match="body-too-large"):
        asyncio.run(read_json(request))


def test_a_body_in_parts_is_read_whole() -> None:
    request = _request([_part(b'{"a"', True), _part(b"", True), _part(b":1}", False)], {})

    assert asyncio.run(read_json(request)) == {"a": 1}


def test_a_large_body_is_refused_before_a_byte_where_the_client_waits_for_our_consent() -> None:
    request = _request([], {"content-length": str(MAX_BODY_BYTES + 1), "expect": "100-continue"})

    with pytest.raises(TooLarge):
        asyncio.run(read_json(request))


def test_an_endless_body_is_cut_off() -> None:
    endless = [_part(b"x" * 1_048_576, True)] * 100

    with pytest.raises(TooLarge) as refused:
        asyncio.run(read_json(_request(endless, {})))

    assert refused.value.values == {"close": True}


def test_a_body_that_takes_too_long_is_refused_though_every_part_comes_soon() -> None:
    drops = [_part(b" ", True)] * 1_000

    with pytest.raises(TooSlow, match="body-too-slow"):
        asyncio.run(read_json(_request(drops, {}, pause=0.005), seconds=0.05))


def test_a_caller_who_hangs_up_is_no_failure_of_ours() -> None:
    gone = _request([_part(b'{"a"', True), {"type": "http.disconnect"}], {})

    with pytest.raises(Unreadable):
        asyncio.run(read_json(gone))
