"""Does every "no" have a status, both sentences and the field, and does none repeat what was sent?"""

from __future__ import annotations

import ast
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from starlette.testclient import TestClient

from api import refusals
from api.accept import prefers_html, takes
from api.catalogue import has
from api.problems import problem_response, sentences, status_of
from tests.api.edge_parts import check_problem, small_app
from trace.ledger import errors
from trace.ledger.errors import (
    Conflict,
    DomainError,
    FieldFault,
    Forbidden,
    Invalid,
    NotFound,
    OutcomeUnknown,
    Overloaded,
    Refused,
    TooLarge,
    Unavailable,
    Unreadable,
)

ROOT = Path(__file__).resolve().parents[2]
APP = small_app()
CLIENT = TestClient(APP)
PAGE = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"}

# ---- every code has both sentences -----------------------------------------------------------------------------------

KINDS_OF_NO = {
    name for module in (errors, refusals) for name, kind in vars(module).items() if isinstance(kind, type)
} - {"FieldFault", "Exception"}
CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# The canonical profile's words, as every other implementation of the log names them.
# fmt: off
PROFILE = [
    "duplicate-key", "non-ascii-key", "float", "not-a-number", "integer-range", "negative-zero",
    "lone-surrogate", "nul", "invalid-utf8", "bom", "depth", "not-an-object", "syntax", "not-canonical",
]
# fmt: on


def _texts(node: ast.expr) -> Iterator[str]:
    """The literal codes that an expression may have as its value."""
    match node:
        case ast.Constant(value=str(text)) if CODE.fullmatch(text):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body)
            yield from _texts(orelse)


def _codes_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *rest]):
                if name in KINDS_OF_NO | {"StatementError", "ProfileError", "_Broken"}:
                    yield from _texts(first)
                elif name in ("FieldFault", "_word_check", "_refuse") and rest:
                    yield from _texts(rest[0])
            case ast.FunctionDef(name=name, body=body) if "fault" in name:
                for inner in (part for statement in body for part in ast.walk(statement)):
                    if isinstance(inner, ast.Return) and inner.value is not None:
                        yield from _texts(inner.value)


def codes_raised() -> set[str]:
    """Every literal code at a place where the project says no."""
    modules = [path for wing in ("trace", "credit", "api") for path in (ROOT / wing).rglob("*.py")]
    return {code for path in modules for code in _codes_in(ast.parse(path.read_text("utf-8")))}


def test_every_code_that_is_raised_anywhere_has_both_sentences() -> None:
    raised = codes_raised() | set(PROFILE)

    assert sorted(code for code in raised if not (has(f"problem.{code}", "zh") and has(f"problem.{code}", "en"))) == []


def test_the_search_for_codes_finds_those_that_we_know() -> None:
    # fmt: off
    known = [
        "unknown-kind", "time-in-future", "wrong-chain", "key-not-valid", "key-revoked", "not-your-act",
        "not-your-batch", "uscc-taken", "id-number-taken", "key-taken", "code-taken", "input-cycle",
        "log-open-already", "log-not-open", "chain-open-already", "wrong-origin", "statement-id-reused",
        "statement-too-large", "entry-too-large", "missing-proof", "bad-signature", "duplicate-signer",
        "overloaded", "read-only", "not-published", "stopping", "blank", "too-long", "personal-data", "unit-mismatch",
        "duplicate-input", "unknown-region", "bad-opening", "missing-opening", "not-committed", "float",
        "not-canonical", "bad-host", "uri-too-long", "headers-too-large", "headers-too-slow", "body-too-slow", "body-too-large",
        "not-acceptable", "internal", "bad-cursor", "bad-limit", "repeated-parameter",
        "batch-held", "harvest-not-recorded", "package-incomplete", "market-entry-refused", "transfer-is-whole",
        "offer-not-open", "not-the-part", "group-incomplete", "second-person-missing", "not-correctable",
        "this-or-that", "not-the-same-kind", "hold-released-already", "not-for-officials",
    ]
    # fmt: on

    assert set(known) - codes_raised() == set()


def test_no_sentence_of_a_problem_waits_for_a_value_that_nobody_gives() -> None:
    for code in codes_raised():
        assert "{" not in "".join(sentences(code, 422))


# ---- every kind has its status ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Unreadable("syntax"), 400),
        (refusals.Unauthenticated("unauthenticated"), 401),
        (Forbidden("scope-missing"), 403),
        (NotFound("not-found"), 404),
        (refusals.MethodNotAllowed("method-not-allowed"), 405),
        (refusals.NotAcceptable("not-acceptable"), 406),
        (refusals.TooSlow("body-too-slow"), 408),
        (Conflict("key-revoked"), 409),
        (Refused("mass-exceeded"), 409),
        (TooLarge("body-too-large"), 413),
        (refusals.UriTooLong("uri-too-long"), 414),
        (refusals.UnsupportedMediaType("unsupported-media-type"), 415),
        (refusals.RateLimited("rate-limited", retry_after=7), 429),
        (Invalid("blank"), 422),
        (refusals.HeadersTooLarge("headers-too-large"), 431),
        (refusals.Failed("internal"), 500),
        (Overloaded("overloaded"), 503),
        (Unavailable("read-only"), 503),
        (OutcomeUnknown("outcome-unknown"), 503),
    ],
)
def test_a_kind_of_no_has_its_status(error: DomainError, status: int) -> None:
    assert status_of(error) == status
    assert problem_response(error, "urn:uuid:1").status_code == status


def test_a_kind_that_is_made_later_has_the_status_of_its_base() -> None:
    class BatchHeld(Refused):
        """A batch is held."""

    assert status_of(BatchHeld("batch-held")) == 409


# ---- the answer ------------------------------------------------------------------------------------------------------


def test_a_problem_has_these_members_and_no_others() -> None:
    error = Invalid("not-positive", FieldFault("/quantity/value", "not-positive"))

    answer = problem_response(error, "urn:uuid:0191d5a0-0000-7000-8000-000000000004")

    zh, en = "这里的数要大于0。核对后再填。", "This number has to be above 0. Check and enter it again."
    assert answer.media_type == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert orjson.loads(answer.body) == {
        "type": "/problems/not-positive",
        "title": "This number has to be above 0",
        "status": 422,
        "detail": en,
        "instance": "urn:uuid:0191d5a0-0000-7000-8000-000000000004",
        "code": "not-positive",
        "zh": zh,
        "en": en,
        "errors": [{"pointer": "/quantity/value", "code": "not-positive", "zh": zh, "en": en}],
    }


HOLD = {"chain": "ZJzlPwVWT99lpObhVU3FOw", "seq": 7, "leaf": "f0" * 32}


def test_a_refused_act_names_the_rule_its_article_the_evidence_and_what_lifts_it() -> None:
    error = Refused(
        "batch-held",
        rule="G20@1",
        article="L-APQSL 34 53",
        reasons=["ancestor-held"],
        remedy=["lift-the-hold"],
        evidence=[HOLD],
        since="2026-09-10T00:06:31.104Z",
        held_batch="ZJzlPwVWT99lpObhVU3FOw",
    )

    answer = problem_response(error, "urn:uuid:0191d5a0-0000-7000-8000-000000000004")

    assert answer.status_code == 409
    assert orjson.loads(answer.body) == {
        "type": "/problems/batch-held",
        "title": "Not accepted: held since 2026-09-10 08:06",
        "status": 409,
        "detail": "Not accepted: held since 2026-09-10 08:06. It can leave after a clean test and two officials' release.",
        "instance": "urn:uuid:0191d5a0-0000-7000-8000-000000000004",
        "code": "batch-held",
        "zh": "没有被接受：这批货从2026-09-10 08:06起被扣留。送检合格、两名监管人员解除后可以出库。",
        "en": "Not accepted: held since 2026-09-10 08:06. It can leave after a clean test and two officials' release.",
        "errors": [],
        "rule": "G20@1",
        "article": "L-APQSL 34 53",
        "reasons": ["ancestor-held"],
        "remedy": ["lift-the-hold"],
        "evidence": [HOLD],
    }


def test_what_a_package_lacks_is_named_in_words() -> None:
    said = sentences("package-incomplete", 409, {"missing": ["name", "packed_on", "quality_mark"]})

    assert said.zh == "没有被接受：包装记录里还缺品名、包装日期、质量合格标志。补记包装后可以发运。"
    assert said.en.startswith(
        "Not accepted: the record of packing lacks product name printed, packed on, quality mark on each package. "
    )


def test_a_hold_is_told_without_its_time_where_nobody_gives_one() -> None:
    assert sentences("batch-held", 409).zh == "没有被接受：这批货已被扣留。送检合格、两名监管人员解除后可以出库。"


def test_only_a_refused_act_has_a_rule() -> None:
    assert "rule" not in orjson.loads(problem_response(Conflict("code-taken", rule="x"), "urn:uuid:1").body)


@pytest.mark.parametrize(
    ("pointer", "told"),
    [
        ("/payload/quantity", "/payload/quantity"),
        ("", ""),
        ("/payload/量", "/payload"),
        ("/a\x1bb", ""),
        ("/\ud800", ""),
        ("/payload/" + "x" * 300, "/payload"),
    ],
)
def test_a_pointer_never_carries_what_only_the_sender_chose(pointer: str, told: str) -> None:
    answer = problem_response(Invalid("unknown-field", FieldFault(pointer, "unknown-field")), "urn:uuid:1")

    assert orjson.loads(answer.body)["errors"][0]["pointer"] == told


def test_a_thousand_faults_are_told_as_a_hundred() -> None:
    faults = [FieldFault(f"/{at}", "unknown-field") for at in range(1_000)]

    answer = problem_response(Invalid("unknown-field", *faults), "urn:uuid:1")

    assert len(orjson.loads(answer.body)["errors"]) == 100


def test_who_is_refused_for_now_is_told_when_to_come_back_and_not_all_at_once() -> None:
    waits = {
        int(problem_response(Overloaded("overloaded"), f"urn:uuid:{at}").headers["retry-after"]) for at in range(200)
    }

    assert waits == {1, 2, 3, 4, 5}


@pytest.mark.parametrize("error", [Unavailable("read-only", reason="behind"), OutcomeUnknown("outcome-unknown")])
def test_every_503_says_when_to_come_back(error: DomainError) -> None:
    assert 1 <= int(problem_response(error, "urn:uuid:1").headers["retry-after"]) <= 5


def test_the_reason_of_a_node_that_only_reads_is_not_for_callers() -> None:
    answer = problem_response(Unavailable("read-only", reason="OSError: disk at 192.0.2.7"), "urn:uuid:1")

    assert b"192.0.2.7" not in answer.body


@pytest.mark.parametrize(
    ("code", "challenge"), [("unauthenticated", "Bearer"), ("token-invalid", 'Bearer error="invalid_token"')]
)
def test_401_names_how_to_authenticate(code: str, challenge: str) -> None:
    answer = problem_response(refusals.Unauthenticated(code), "urn:uuid:1")

    assert answer.headers["www-authenticate"] == challenge
    check_problem(orjson.loads(answer.body), 401, code)


def test_a_slow_sender_is_cut_off() -> None:
    assert problem_response(refusals.TooSlow("body-too-slow"), "urn:uuid:1").headers["connection"] == "close"


def test_values_with_any_name_break_no_sentence() -> None:
    error = Conflict("key-revoked", key="did:key:z6Mk", lang="zh", status=1)

    assert orjson.loads(problem_response(error, "urn:uuid:1").body)["code"] == "key-revoked"


def test_a_code_that_nobody_translated_says_what_its_status_says(caplog: pytest.LogCaptureFixture) -> None:
    problem = orjson.loads(problem_response(Invalid("made-up"), "urn:uuid:1").body)

    assert problem["code"] == "made-up"
    assert "读不懂" in problem["zh"]
    assert caplog.messages == ["problem.untold made-up"]


# ---- from the framework ----------------------------------------------------------------------------------------------


def test_an_unknown_address_is_404() -> None:
    check_problem(CLIENT.get("/api/v1/nowhere").json(), 404, "not-found")


@pytest.mark.parametrize("path", ["/api/v1/../v1/x", "/t/%2f", "/t/%00/x", "/api/v1/batches/" + "a" * 65])
def test_an_odd_path_is_404_like_any_unknown_one(path: str) -> None:
    check_problem(CLIENT.get(path).json(), 404, "not-found")


def test_another_method_is_405_and_lists_those_that_are_taken() -> None:
    answer = CLIENT.delete("/api/v1/bodies")

    check_problem(answer.json(), 405, "method-not-allowed")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(("query", "code"), [("?n=13812345678x", "wrong-type"), ("", "missing-field")])
def test_a_parameter_that_the_framework_refuses_is_told_like_our_own(query: str, code: str) -> None:
    answer = CLIENT.get(f"/api/v1/numbers{query}")

    check_problem(answer.json(), 422, code, "/n")
    assert "13812345678" not in answer.text


def test_a_refusal_of_a_route_is_told_whatever_its_kind() -> None:
    APP.state.failures["busy"] = Overloaded("overloaded")
    APP.state.failures["unknown"] = OutcomeUnknown("outcome-unknown")

    check_problem(CLIENT.get("/api/v1/refused/busy").json(), 503, "overloaded")
    check_problem(CLIENT.get("/api/v1/refused/unknown").json(), 503, "outcome-unknown")


def test_a_failure_that_nobody_foresaw_says_nothing_of_itself(caplog: pytest.LogCaptureFixture) -> None:
    answer = CLIENT.get("/fails")

    check_problem(answer.json(), 500, "internal")
    assert "secret" not in answer.text
    assert re.fullmatch(r"failure\.RuntimeError at edge_parts\.py:\d+ fail < .*", caplog.messages[0])
    assert caplog.messages[1] == "problem.internal"
    assert "secret" not in caplog.text
    assert "13812345678" not in caplog.text


def test_a_refusal_is_logged_by_name_alone(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "suxin.problems"):
        CLIENT.get("/api/v1/waits?phone=13812345678", headers={"authorization": "Bearer sx_secret"})

    ours = [record for record in caplog.records if record.name == "suxin.problems"]
    assert [(record.levelname, record.getMessage()) for record in ours] == [("INFO", "problem.unknown-parameter")]


def test_no_two_occurrences_have_the_same_name() -> None:
    named = {CLIENT.get("/api/v1/nowhere").json()["instance"] for _ in range(3)}

    assert len(named) == 3


# ---- a page for a person ---------------------------------------------------------------------------------------------


def test_a_browser_gets_a_page_in_its_language() -> None:
    chinese = CLIENT.get("/nowhere", headers={**PAGE, "accept-language": "zh-CN,zh;q=0.9"})
    english = CLIENT.get("/nowhere", headers={**PAGE, "accept-language": "en-GB,en"})

    assert (chinese.status_code, chinese.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert '<html lang="zh-CN"' in chinese.text
    assert "<h1>找不到，或者您没有查看的权限</h1>" in chinese.text
    assert "<p>请核对编号。</p>" in chinese.text
    assert '<html lang="en"' in english.text
    assert "<h1>It does not exist, or you may not see it</h1>" in english.text


def test_the_readers_own_choice_comes_before_the_browsers() -> None:
    page = CLIENT.get("/nowhere", headers={**PAGE, "accept-language": "zh", "cookie": "sx_lang=en; sx_text=huge"})

    assert '<html lang="en"' in page.text
    assert "huge" in page.text


def test_a_failure_is_a_page_as_well_and_says_as_little() -> None:
    page = CLIENT.get("/fails", headers=PAGE)

    assert page.status_code == 500
    assert "系统出了问题" in page.text
    assert "secret" not in page.text


@pytest.mark.parametrize(
    "path", ["//evil.example/x", "/\\evil.example", "/<script>alert(1)</script>", '/"onmouseover=x']
)
def test_a_page_links_to_no_address_that_somebody_else_made_up(path: str) -> None:
    page = CLIENT.get("http://testserver" + path, headers=PAGE).text

    assert 'href="//' not in page
    assert 'href="/\\' not in page
    assert "<script>alert" not in page
    assert '"onmouseover' not in page


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        ("", False),
        ("*/*", False),
        ("application/json", False),
        ("application/json, text/html", False),
        ("application/json;q=0.5, text/html", True),
        ("text/html", True),
        (PAGE["accept"], True),
        ("text/*", True),
        ("text/html;q=0", False),
        ("text/html;q=x", False),
    ],
)
def test_a_page_is_for_readers_who_prefer_one(accept: str, page: bool) -> None:
    assert prefers_html(accept) is page


@pytest.mark.parametrize(
    ("accept", "taken"),
    [
        ("", True),
        ("*/*", True),
        ("application/*;q=0.1", True),
        ("APPLICATION/JSON", True),
        ("image/png", False),
        ("application/json;q=0, */*", False),
        ("*/*;q=0", False),
        ("text/html", False),
    ],
)
def test_the_most_specific_range_decides_what_a_reader_takes(accept: str, taken: bool) -> None:
    assert takes(accept, "application/json") is taken
