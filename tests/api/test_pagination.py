"""Does a list come page by page, each row once, and is every other cursor refused?"""

from __future__ import annotations

import base64

import pytest
from starlette.testclient import TestClient

from api.pagination import Cursors
from tests.api.edge_parts import CURSORS, check_problem, small_app

CLIENT = TestClient(small_app())


def _cursor(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


FORGED = _cursor(base64.urlsafe_b64decode(CURSORS.make("rows", 49) + "==").decode().replace("49", "48"))
"""A good one, one row further back."""


def test_following_next_gives_every_row_once() -> None:
    address, seen, pages = "/api/v1/rows?limit=50&region=341602", [], 0

    while address:
        answer = CLIENT.get(address)
        seen += answer.json()["items"]
        pages += 1
        link = answer.headers.get("link", "")
        assert link == "" or (link.startswith("</api/v1/rows?region=341602&cursor=") and link.endswith('>; rel="next"'))
        address = link[1 : link.index(">")] if link else ""

    assert seen == list(range(120))
    assert pages == 3


def test_a_list_that_ends_with_its_page_has_no_next() -> None:
    answer = CLIENT.get("/api/v1/rows?limit=120")

    assert len(answer.json()["items"]) == 120
    assert "link" not in answer.headers


def test_without_parameters_fifty_rows_come_from_the_first_on() -> None:
    assert CLIENT.get("/api/v1/rows").json()["items"] == list(range(50))


def test_two_hundred_is_the_longest_page() -> None:
    assert len(CLIENT.get("/api/v1/rows?limit=200").json()["items"]) == 120


def test_a_cursor_is_a_few_readable_members_and_a_seal() -> None:
    """HMAC-SHA-256 under 32 zero bytes, its first 12 bytes: `openssl dgst -sha256 -mac HMAC -macopt hexkey:00…`."""
    assert CURSORS.make("rows", 49) == _cursor('{"after":49,"list":"rows","seal":"4wMi5VWH8HQPQV0u"}')


def test_a_cursor_outlives_a_restart() -> None:
    made = Cursors(lambda: bytes(32)).make("rows", 49)

    assert CLIENT.get("/api/v1/rows", params={"cursor": made}).json()["items"][0] == 50


@pytest.mark.parametrize("limit", ["0", "201", "1000000000", "x", "", "-1", "1.5", "+5", "05", " 5", "５", "1e2"])
def test_a_limit_outside_1_to_200_is_refused(limit: str) -> None:
    answer = CLIENT.get("/api/v1/rows", params={"limit": limit})

    check_problem(answer.json(), 422, "bad-limit", "/limit")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "!!!!",
        "50",
        _cursor('{"after":49,"list":"rows"}'),  # without a seal
        CURSORS.make("batches", 49),  # of another list
        CURSORS.make("rows", 49, "x"),  # of a list in another order
        Cursors(lambda: b"another node").make("rows", 49),
        FORGED,
        _cursor('{"after":"49","list":"rows"}'),
        _cursor('{"after":-1,"list":"rows"}'),
        _cursor('{"after":true,"list":"rows"}'),
        _cursor('{"after":9007199254740992,"list":"rows"}'),
        _cursor('{"after":49,"list":"rows","more":1}'),
        _cursor('{"after":49}'),
        _cursor('{"list":"rows","after":49}'),  # the same, not in its one form
        _cursor('["rows",49]'),
        CURSORS.make("rows", 49) + "=",
        _cursor('{"after":49,"list":"' + "rows" * 100 + '"}'),
    ],
)
def test_a_cursor_that_we_did_not_make_for_this_list_is_refused(cursor: str) -> None:
    answer = CLIENT.get("/api/v1/rows", params={"cursor": cursor})

    check_problem(answer.json(), 422, "bad-cursor", "/cursor")


def test_parameters_of_no_list_are_refused() -> None:
    check_problem(CLIENT.get("/api/v1/rows?offset=5").json(), 422, "unknown-parameter", "/offset")
    check_problem(CLIENT.get("/api/v1/rows?limit=5&limit=6").json(), 422, "repeated-parameter", "/limit")
