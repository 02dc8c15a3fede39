"""What has to turn the campaign of bad input red: stock JSON, a log that grows, a refusal that says too much or too little."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from httpx2 import Response

from api import body as bodies
from tests.api.app_parts import World, running_world
from tests.api.refusal_parts import CANARY, check_refusal
from tests.api.test_bad_input import CASES, EVENTS, UNREADABLE, Bad, check_refused
from trace.ledger.canonical import ProfileError


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("node")) as running:
        yield running


def is_red(world: World, case: Bad) -> bool:
    try:
        check_refused(world, case)
    except AssertionError:
        return True
    return False


# ---- a body that is read by Python's own reader ----------------------------------------------------------------------

TAKEN_BY_STOCK = (
    *("a BOM in front", "UTF-16"),
    *("a key twice", "a key twice, once escaped"),
    *("an encoded surrogate", "NaN", "infinity", "half a character", "the other half", "NUL"),
    *("65 levels", "100,000 open brackets"),
    *("2 to the 53rd", "5,000 digits", "1.0", "1e2", "minus zero", "a Chinese key"),
    *("a list", "null", "a text"),
)
"""What the stock reader takes, guesses the encoding of, or falls over."""


def _stock(body: bytes) -> Any:
    try:
        return json.loads(body)
    except UnicodeDecodeError as error:
        raise ProfileError("invalid-utf8", "") from error
    except ValueError as error:
        raise ProfileError("syntax", "") from error


@pytest.mark.parametrize("case", UNREADABLE, ids=[case.name for case in UNREADABLE])
def test_the_campaign_sees_a_reader_that_is_not_ours(world: World, monkeypatch: pytest.MonkeyPatch, case: Bad) -> None:
    assert not is_red(world, case)

    monkeypatch.setattr(bodies, "decode", _stock)

    assert is_red(world, case) == (case.name.removeprefix("JSON: ") in TAKEN_BY_STOCK)


# ---- a refusal after which something is in the log -------------------------------------------------------------------

HARVEST = {"kind": "harvest", "payload": {"quantity": {"value": "1250.5", "unit": "kg"}}}


def test_the_campaign_sees_a_node_that_logs_what_it_refuses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    post, case = world.client.post, next(one for one in CASES if one.code == "unknown-field")

    def logged_and_refused(path: str, **more: Any) -> Response:
        taken = post(EVENTS.replace("@batch", world.batch), json=HARVEST, headers=world.headers("coop"))
        assert taken.status_code == 201
        return post(path, **more)

    assert not is_red(world, case)
    monkeypatch.setattr(world.client, "post", logged_and_refused)

    with pytest.raises(AssertionError, match=r"\.size"):
        check_refused(world, case)


# ---- a refusal that is not as promised -------------------------------------------------------------------------------

SAID: dict[str, Any] = {
    "type": "/problems/unknown-field",
    "title": "Unknown field",
    "status": 422,
    "detail": "The record has no such field.",
    "instance": "urn:uuid:00000000-0000-4000-8000-000000000001",
    "code": "unknown-field",
    "zh": "这种记录没有这一栏。",
    "en": "The record has no such field.",
    "errors": [{"pointer": "/extra", "code": "unknown-field", "zh": "没有这一栏。", "en": "There is no such field."}],
}
HEADERS = {"content-type": "application/problem+json", "cache-control": "no-store"}


def seen(status: int = 422, headers: Mapping[str, str] = HEADERS, **changed: Any) -> None:
    check_refusal(Response(status, headers=headers, json={**SAID, **changed}), 422, "unknown-field", "/extra", [CANARY])


def test_a_refusal_as_promised_is_one() -> None:
    seen()


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 400},
        {"headers": {**HEADERS, "content-type": "application/json"}},
        {"headers": {"content-type": "application/problem+json"}},
        {"code": "wrong-type"},
        {"type": "/problems/other"},
        {"instance": "/api/v1/parties"},
        {"zh": ""},
        {"en": " ", "detail": " "},
        {"zh": "The record has no such field."},
        {"zh": "No such field."},
        {"detail": "Something else."},
        {"trace": "KeyError"},
        {"errors": []},
        {"errors": [{**SAID["errors"][0], "pointer": ""}]},
        {"errors": [{**SAID["errors"][0], "code": "wrong-type"}]},
        {"errors": [{**SAID["errors"][0], "zh": ""}]},
        {"errors": [SAID["errors"][0], {**SAID["errors"][0], "en": f"{CANARY} is no field."}]},
        {"title": f"Unknown field {CANARY}"},
    ],
    ids=str,
)
def test_a_refusal_that_differs_is_seen(wrong: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        seen(**wrong)
