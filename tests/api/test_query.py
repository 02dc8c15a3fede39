"""Are the parameters of an address read once each, and no others?"""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from api.query import read_query
from tests.api.edge_parts import check_problem, small_app

CLIENT = TestClient(small_app())


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    [
        ("wait=proof&wait=proof", "repeated-parameter", "/wait"),
        ("wait=proof&wait=", "repeated-parameter", "/wait"),
        ("w%61it=a&wait=b", "repeated-parameter", "/wait"),
        ("waits=proof", "unknown-parameter", "/waits"),
        ("WAIT=proof", "unknown-parameter", "/WAIT"),
        ("wait=proof&limit", "unknown-parameter", "/limit"),
        ("a/b=1", "unknown-parameter", "/a~1b"),
        ("=1", "unknown-parameter", "/"),
        ("%E9%87%8F=1", "unknown-parameter", ""),
        ("wait=%ff", "bad-parameter", None),
        ("&".join(f"p{at}=1" for at in range(51)), "bad-parameter", None),
    ],
)
def test_a_parameter_that_is_not_as_declared_is_422(query: str, code: str, pointer: str | None) -> None:
    answer = CLIENT.get(f"/api/v1/waits?{query}")

    check_problem(answer.json(), 422, code, pointer)


def test_every_fault_of_an_address_is_told() -> None:
    problem = CLIENT.get("/api/v1/waits?a=1&wait=x&wait=y&b=2").json()

    assert [(one["pointer"], one["code"]) for one in problem["errors"]] == [
        ("/a", "unknown-parameter"),
        ("/wait", "repeated-parameter"),
        ("/b", "unknown-parameter"),
    ]


@pytest.mark.parametrize(
    ("query", "read"),
    [
        (b"", {}),
        (b"wait=proof&from=7", {"wait": "proof", "from": "7"}),
        (b"wait=", {"wait": ""}),
        (b"wait=%25_%E4%BA%B3+x", {"wait": "%_亳 x"}),
    ],
)
def test_values_are_read_as_they_stand(query: bytes, read: dict[str, str]) -> None:
    request = Request({"type": "http", "query_string": query, "headers": []})

    assert read_query(request, {"wait", "from"}) == read


def test_a_page_takes_a_link_to_which_a_messenger_added_its_own_parameters() -> None:
    assert CLIENT.get("/t/YST04QABKQJM?from=singlemessage&isappinstalled=0").status_code == 200
    assert CLIENT.get("/t/YST04QABKQJM?lang=zh&lang=en").status_code == 422
