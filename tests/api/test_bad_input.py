"""What a body may get wrong, each through the whole app: status, code, both sentences, the field; and nothing is logged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.api.app_parts import COOP, COOP_KEY, World, running_world
from tests.api.refusal_parts import CANARY, check_refusal, value_at

EVENTS, PARTIES, PLACES, BATCHES = (
    "/api/v1/batches/@batch/events",
    "/api/v1/parties",
    "/api/v1/places",
    "/api/v1/batches",
)


class Bad(NamedTuple):
    """A body that has to be refused. `pointer`: the field at fault, "" the whole, None where no field is to blame."""

    name: str
    path: str
    body: bytes
    status: int
    code: str
    pointer: str | None = ""
    who: str = "coop"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("node")) as running:
        yield running


# ---- JSON: 400 where it cannot be read, 422 where it is read and wrong -----------------------------------------------

NOTED = f'"note":"{CANARY}"'


def unread(name: str, body: bytes | str, code: str, pointer: str = "") -> Bad:
    return Bad(f"JSON: {name}", EVENTS, body if isinstance(body, bytes) else body.encode(), 400, code, pointer)


def nested(levels: int) -> str:
    """The object itself is the first level."""
    return '{"a":' + "[" * (levels - 1) + "]" * (levels - 1) + "}"


UNREADABLE = [
    unread("nothing", "", "syntax"),
    unread("half an object", "{" + NOTED, "syntax"),
    unread("text behind", "{" + NOTED + "} more", "syntax"),
    unread("a second object behind", "{}" + "{" + NOTED + "}", "syntax"),
    unread("a comma too much", "{" + NOTED + ",}", "syntax"),
    unread("single quotes", f"{{'note':'{CANARY}'}}", "syntax"),
    unread("bytes that are no UTF-8", b'{"note":"' + CANARY.encode() + b'\xff"}', "invalid-utf8"),
    unread("an encoded surrogate", b'{"note":"\xed\xa0\x80"}', "invalid-utf8"),
    unread("UTF-16", json.dumps({"note": CANARY}).encode("utf-16"), "invalid-utf8"),
    unread("GBK", '{"note":"白芍"}'.encode("gbk"), "invalid-utf8"),
    unread("a BOM in front", "\ufeff{" + NOTED + "}", "bom"),
    unread("a list", f'["{CANARY}"]', "not-an-object"),
    unread("null", "null", "not-an-object"),
    unread("a text", f'"{CANARY}"', "not-an-object"),
    unread("a key twice", "{" + NOTED + "," + NOTED + "}", "duplicate-key", "/note"),
    unread("a key twice, once escaped", '{"a":1,"\\u0061":2}', "duplicate-key", "/a"),
    unread("NaN", '{"payload":{"a":NaN}}', "not-a-number", "/payload/a"),
    unread("infinity", '{"payload":{"a":-Infinity}}', "not-a-number", "/payload/a"),
    unread("half a character", '{"payload":{"a":"\\ud800"}}', "lone-surrogate", "/payload/a"),
    unread("the other half", '{"payload":{"a":"\\udc00x"}}', "lone-surrogate", "/payload/a"),
    unread("NUL", f'{{"payload":{{"a":"{CANARY}\\u0000"}}}}', "nul", "/payload/a"),
    unread("65 levels", nested(65), "depth"),
    unread("100,000 open brackets", "[" * 100_000, "depth"),
    unread("2 to the 53rd", '{"payload":{"count":9007199254740992}}', "integer-range", "/payload/count"),
    unread("5,000 digits", '{"payload":{"count":' + "7" * 5_000 + "}}", "integer-range", "/payload/count"),
    unread("1.0", '{"payload":{"count":1.0}}', "float", "/payload/count"),
    unread("1e2", '{"payload":{"count":1e2}}', "float", "/payload/count"),
    unread("minus zero", '{"payload":{"count":-0}}', "negative-zero", "/payload/count"),
    unread("a Chinese key", '{"payload":{"量":1}}', "non-ascii-key", "/payload"),
]


def wrong(
    name: str, path: str, body: dict[str, Any], code: str, pointer: str | None, status: int = 422, who: str = "coop"
) -> Bad:
    return Bad(name, path, json.dumps(body, ensure_ascii=False).encode(), status, code, pointer, who)


def harvest(**payload: Any) -> dict[str, Any]:
    return {"kind": "harvest", "payload": {"quantity": kg("1250.5"), "operator": CANARY, **payload}}


def kg(value: Any, unit: Any = "kg") -> dict[str, Any]:
    return {"value": value, "unit": unit}


SHAPES = [
    wrong("a field too much", EVENTS, {**harvest(), "extra": CANARY}, "unknown-field", "/extra"),
    wrong("__proto__", EVENTS, {**harvest(), "__proto__": {"admin": CANARY}}, "unknown-field", "/__proto__"),
    wrong("a payload field too much", EVENTS, harvest(price="55643.7"), "unknown-field", "/payload/price"),
    wrong("no payload", EVENTS, {"kind": "harvest"}, "missing-field", "/payload"),
    wrong("no quantity", EVENTS, {"kind": "harvest", "payload": {}}, "missing-field", "/payload/quantity"),
    wrong("no unit", EVENTS, harvest(quantity={"value": "1250.75"}), "missing-field", "/payload/quantity/unit"),
    wrong("a text for a number", EVENTS, harvest(growing_years="fourth"), "wrong-type", "/payload/growing_years"),
    wrong("true for 1", EVENTS, harvest(growing_years=True), "wrong-type", "/payload/growing_years"),
    wrong("a number for a text", EVENTS, harvest(method=7_418_529), "wrong-type", "/payload/method"),
    wrong("a number for a decimal", EVENTS, harvest(quantity=kg(1_250)), "wrong-type", "/payload/quantity/value"),
    wrong("a list for an object", EVENTS, {"kind": "harvest", "payload": [CANARY]}, "wrong-type", "/payload"),
    wrong("null for a text", EVENTS, harvest(method=None), "wrong-type", "/payload/method"),
    wrong("a kind that nobody knows", EVENTS, {"kind": "flown", "payload": {}}, "unknown-kind", "/kind"),
    wrong("a kind that follows by rule", EVENTS, {"kind": "consumed", "payload": {}}, "unknown-kind", "/kind"),
    wrong("a kind of another chain", EVENTS, {"kind": "key_added", "payload": {}}, "unknown-kind", "/kind"),
    wrong(
        "a choice that there is not",
        PARTIES,
        {**COOP, "legal_form": "guild-x"},
        "unknown-value",
        "/legal_form",
        who="official",
    ),
]


# ---- texts -----------------------------------------------------------------------------------------------------------


def text(name: str, value: str, code: str) -> Bad:
    return wrong(f"text: {name}", EVENTS, harvest(method=value), code, "/payload/method")


TEXTS = [
    text("nothing", "", "blank"),
    text("blanks", "      ", "blank"),
    text("ideographic blanks", "\u3000\u3000\u3000\u3000", "blank"),
    text("501 characters", "长" * 501, "too-long"),
    text("a bell", "bell\u0007bell", "forbidden-character"),
    text("a line break", "line\nbreak", "forbidden-character"),
    text("a line separator", "line\u2028line", "forbidden-character"),
    text("a right-to-left override", "12\u202e34 kg", "forbidden-character"),
    text("a zero width blank", "白\u200b芍白芍", "forbidden-character"),
    text("a telephone number where everybody reads", "问 13812345678", "personal-data"),
    text("the same in full width", "问 １３８１２３４５６７８", "personal-data"),
    text("an identity number where everybody reads", "11010519491231002X", "personal-data"),
]


# ---- quantities ------------------------------------------------------------------------------------------------------


def quantity(value: str, code: str, unit: str = "kg", at: str = "value") -> Bad:
    body = harvest(quantity=kg(value, unit))
    return wrong(f"quantity: {value!r} {unit}", EVENTS, body, code, f"/payload/quantity/{at}")


QUANTITIES = [
    quantity("0", "not-positive"),
    quantity("0.000", "not-positive"),
    quantity("-1", "not-positive"),
    quantity("1e30", "not-a-decimal"),
    quantity("１２", "not-a-decimal"),
    quantity("1,000", "not-a-decimal"),
    quantity(" 1", "not-a-decimal"),
    quantity("+1", "not-a-decimal"),
    quantity("", "not-a-decimal"),
    quantity("01", "not-a-decimal"),
    quantity("1.", "not-a-decimal"),
    quantity("0x10", "not-a-decimal"),
    quantity("1234567890123456789", "too-precise"),
    quantity("0.0000001", "too-precise"),
    quantity("1000000000.1", "quantity-absurd"),
    quantity("12", "unknown-unit", "斤", "unit"),
    quantity("12", "unknown-unit", "KG", "unit"),
    quantity("12", "unit-mismatch", "mu", "unit"),
    wrong(
        "area: 0",
        PLACES,
        {"party": "@coop", "region": "341602", "township": "十河镇", "area_mu": "0"},
        "not-positive",
        "/area_mu",
    ),
    wrong(
        "moisture: 101 per cent",
        EVENTS,
        {
            "kind": "primary_processing",
            "payload": {"process": "PR-PEEL", "quantity_in": kg("9"), "quantity_out": kg("8"), "moisture": "101.5"},
        },
        "quantity-absurd",
        "/payload/moisture",
    ),
    wrong("labels: none", EVENTS, {"kind": "labels_issued", "payload": {"count": 0}}, "not-positive", "/payload/count"),
    wrong(
        "a batch by area",
        BATCHES,
        {"party": "@coop", "product": "HB-BS", "place": "@place", "quantity": kg("12", "m2")},
        "unit-mismatch",
        "/quantity/unit",
    ),
    wrong(
        "more than the input holds",
        BATCHES,
        {
            "party": "@coop",
            "product": "HB-BS",
            "quantity": kg("9"),
            "inputs": [{"batch": "@batch", "quantity": kg("1250.51")}],
        },
        "mass-exceeded",
        "/inputs/0/quantity",
        409,
    ),
    wrong(
        "an input by volume",
        BATCHES,
        {
            "party": "@coop",
            "product": "HB-BS",
            "quantity": kg("9"),
            "inputs": [{"batch": "@batch", "quantity": kg("1", "L")}],
        },
        "unit-mismatch",
        "/inputs/0/quantity/unit",
    ),
]


# ---- times -----------------------------------------------------------------------------------------------------------


def time(value: Any, code: str) -> Bad:
    return wrong(f"time: {value}", EVENTS, {**harvest(), "occurred_at": value}, code, "/occurred_at")


TIMES = [
    time("2026-09-10T08:06:00", "not-a-time"),
    time("2026-02-30T08:06:00+08:00", "not-a-time"),
    time("2026-09-10T24:00:00+08:00", "not-a-time"),
    time("2026-09-10T08:06:60+08:00", "not-a-time"),
    time("2026-09-10T08:06:00+25:00", "not-a-time"),
    time("2026-09-10 08:06:00+08:00", "not-a-time"),
    time("2026-09-07", "not-a-time"),
    time("", "not-a-time"),
    time(1_789_000_000, "wrong-type"),
    time("2026-09-11T12:00:01+08:00", "time-in-future"),
    time("9999-12-31T23:59:59-12:00", "time-in-future"),
    time("0001-01-01T00:00:00+08:00", "time-absurd"),
    time("1899-12-31T23:59:59+08:00", "time-absurd"),
    wrong(
        "a party's time", PARTIES, {**COOP, "occurred_at": "yesterday"}, "not-a-time", "/occurred_at", who="official"
    ),
    wrong(
        "a party's time as a number",
        PARTIES,
        {**COOP, "occurred_at": 1_789_000_000},
        "wrong-type",
        "/occurred_at",
        who="official",
    ),
    wrong("a time of a payload", EVENTS, harvest(**{"from": "2026-09-10T08:06"}), "not-a-time", "/payload/from"),
    wrong(
        "a time of a payload long ago",
        EVENTS,
        harvest(**{"from": "1026-09-10T08:06:00Z"}),
        "time-absurd",
        "/payload/from",
    ),
    wrong(
        "a day that there is not",
        EVENTS,
        {"kind": "packing", "payload": {"levels": [{"level": "bag", "count": 1}], "packed_on": "2026-02-30"}},
        "not-a-time",
        "/payload/packed_on",
    ),
]


# ---- codes, regions, ids ---------------------------------------------------------------------------------------------


def party(name: str, refusal: str, pointer: str, status: int = 422, /, **changed: Any) -> Bad:
    body = {key: value for key, value in {**COOP, "uscc": "933416029GJRFYBU32", **changed}.items() if value is not None}
    return wrong(name, PARTIES, body, refusal, pointer, status, "official")


def batch(name: str, refusal: str, pointer: str, status: int = 422, who: str = "coop", /, **changed: Any) -> Bad:
    body = {
        "party": f"@{who}",
        "product": "HB-BS",
        "place": "@place",
        "quantity": kg("1000"),
        "lot_no": CANARY,
        **changed,
    }
    return wrong(
        name, BATCHES, {key: value for key, value in body.items() if value is not None}, refusal, pointer, status, who
    )


INPUT = {"batch": "@batch", "quantity": kg("1")}
CODES = [
    party("credit code: last character", "bad-code", "/uscc", uscc="93341602MA75428341"),
    party("credit code: 17 characters", "bad-code", "/uscc", uscc="93341602MA7542834"),
    party("credit code: the letter O", "bad-code", "/uscc", uscc="93341602MA7542834O"),
    party("credit code: the letter I", "bad-code", "/uscc", uscc="9334I602MA75428340"),
    party("credit code: full width", "bad-code", "/uscc", uscc="９３３４１６０２ＭＡ７５４２８３４０"),
    party("credit code: lower case", "bad-code", "/uscc", uscc="93341602ma75428340"),
    party("credit code: taken", "uscc-taken", "/uscc", 409, uscc=COOP["uscc"]),
    party("identity number: check character", "bad-code", "/id_number", id_number="110105194912310021"),
    party("a region that there is not", "unknown-region", "/region", region="990000"),
    party("a region of five digits", "unknown-region", "/region", region="31011"),
    party("a township that there is not", "unknown-township", "/township", township="不存在镇"),
    party("a role that there is not", "unknown-value", "/roles/1", roles=["grower", "wizard"]),
    party("a key that is none", "bad-reference", "/key", key="did:key:z6MkNobody"),
    party("a key of P-256", "bad-reference", "/key", key="did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"),
    party("a key that is a number", "wrong-type", "/key", key=7_418_529),
    party("a key of another party", "key-taken", "/key", 409, key=COOP_KEY.did),
    batch("a label code with a wrong character", "bad-code", "/code", code="YST04QABKQJN"),
    batch("a label code that is taken", "code-taken", "/code", 409, code="@code"),
    batch("a product that there is not", "unknown-value", "/product", product="HB-XX-1"),
    batch("no product", "missing-field", "/product", product=None),
    batch("a place that is a path", "bad-reference", "/place", place="../../etc/passwd"),
    batch("a place that is unknown", "bad-reference", "/place", place="AAAAAAAAAAAAAAAAAAAAAA"),
    batch("a place that is a batch", "bad-reference", "/place", place="@batch"),
    batch("a place that is a number", "wrong-type", "/place", place=7_418_529),
    batch("somebody else's party", "bad-reference", "/party", party="@neighbour"),
    batch("a party that is unknown", "bad-reference", "/party", party="AAAAAAAAAAAAAAAAAAAAAA"),
    batch("a party that is a list", "wrong-type", "/party", party=["@coop"]),
    batch("a party that is a number", "wrong-type", "/party", party=7_418_529),
    batch("no party", "missing-field", "/party", party=None),
    wrong("no party of a place", PLACES, {"region": "341602", "township": "十河镇"}, "missing-field", "/party"),
    wrong("a party of a place that is a number", PLACES, {"party": 7_418_529}, "wrong-type", "/party"),
    party("no role at all", "missing-field", "/roles", roles=[]),
    party("no region", "missing-field", "/region", region=None),
    batch("an input twice", "duplicate-input", "/inputs/1/batch", place=None, inputs=[INPUT, INPUT]),
    batch(
        "an input that is unknown",
        "bad-reference",
        "/inputs/0/batch",
        place=None,
        inputs=[{**INPUT, "batch": "AAAAAAAAAAAAAAAAAAAAAA"}],
        township="十河镇",
    ),
    batch(
        "an input of somebody else", "not-your-batch", "/inputs/0/batch", 403, "neighbour", place=None, inputs=[INPUT]
    ),
    batch("inputs that are a text", "wrong-type", "/inputs", inputs="all-of-it"),
    wrong(
        "a record that is not there",
        EVENTS,
        {
            "kind": "receipt",
            "payload": {"quantity": kg("1"), "dispatch": {"chain": "@batch", "seq": 1, "leaf": "00" * 32}},
        },
        "bad-reference",
        "/payload/dispatch",
        who="retailer",
    ),
    wrong(
        "a hash that is none",
        EVENTS,
        {"kind": "labels_issued", "payload": {"count": 1, "serials": "ABCDEF"}},
        "bad-reference",
        "/payload/serials",
    ),
    wrong("a record of somebody else's batch", EVENTS, harvest(), "not-your-act", None, 403, "neighbour"),
]

CASES = [*UNREADABLE, *SHAPES, *TEXTS, *QUANTITIES, *TIMES, *CODES]


def test_there_are_more_cases_than_the_sixty_that_were_promised() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    assert len(CASES) >= 60


def check_refused(world: World, case: Bad) -> None:
    """Send a bad body: it is refused as the case says, and the log is as it was."""
    names = {"@batch": world.batch, "@place": world.place, "@code": world.code}
    names |= {f"@{name}": id for name, id in world.parties.items()}
    body = case.body
    for name, id in names.items():
        body = body.replace(name.encode(), id.encode())
    before = world.size

    answer = world.client.post(
        case.path.replace("@batch", world.batch),
        content=body,
        headers={**world.headers(case.who), "Content-Type": "application/json"},
    )

    check_refusal(answer, case.status, case.code, case.pointer, [CANARY, *value_at(body, case.pointer)])
    assert world.size == before


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_bad_body_is_refused_by_name_and_leaves_the_log_as_it_was(world: World, case: Bad) -> None:
    check_refused(world, case)


# ---- what is taken, because it is shown safely -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("{{7*7}}", "{{7*7}}"),
        ("' OR 1=1--", "&#39; OR 1=1--"),
        ("=cmd|'/C calc'!A0", "=cmd|&#39;/C calc&#39;!A0"),
        ("𠮷田", "𠮷田"),
        ("cafe\u0301 au lait", "cafe\u0301 au lait"),
    ],
)
def test_odd_texts_are_taken_as_written_and_escaped_where_they_are_shown(world: World, said: str, shown: str) -> None:
    spraying = {"input_kind": "pesticide", "name": said, "used_from": "2026-05-10", "used_until": "2026-05-10"}
    answer = world.made(f"/api/v1/batches/{world.batch}/events", {"kind": "input_use", "payload": spraying}, "coop")

    entry = world.get(f"/api/v1/entries/{answer['index']}").json()
    assert json.loads(entry["statement"])["payload"]["name"] == said
    page = world.get(f"/t/{world.code}").text
    assert shown in page
    assert "<script>alert" not in page
