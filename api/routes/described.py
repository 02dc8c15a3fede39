"""How does OpenAPI show a route: its request, an example of each answer, and the problems that it may return?

Payload schemas come from the payload table by `trace.payload.json_schema`; nothing of them is typed here.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from api.catalogue import has, say
from api.pagination import DEFAULT_LIMIT, MAX_LIMIT
from api.problems import problem_json
from api.routes.case_examples import CASE_ANSWERS
from trace.domain import MADE_BY_NODE
from trace.events import KINDS, Kind, Nature
from trace.ledger.errors import DomainError, FieldFault
from trace.payload import json_schema

_LEAF = "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a"
_RECEIPT = {
    "id": "urn:uuid:0191d5a0-0000-7000-8000-000000000004",
    "chain": "ZJzlPwVWT99lpObhVU3FOw",
    "seq": 1,
    "index": 4,
    "leaf": _LEAF,
}
_HELD = {"rule": "G05@1", "reasons": ["inside-interval"], "article": "L-APQSL 29; L-VET 40"}
_VERDICTS = {
    "verdicts": [
        {
            "kind": "verdict",
            "chain": _RECEIPT["chain"],
            **_HELD,
            "outcome": "hold",
            "remedy": ["test-what-was-used", "two-officials-lift", "correct-if-mistaken"],
        },
        {"kind": "hold_placed", "chain": _RECEIPT["chain"], **_HELD},
    ]
}
"""What followed by rule; an empty list where nothing did."""
_PARTY = {
    "id": "d7Ly_Ta_6061_BxWa_EyXA",
    "name": "示例中药材专业合作社",
    "legal_form": "co-op",
    "roles": ["grower"],
    "region": "341602",
}
_PLACE = {
    "id": "p1aceZJzlPwVWT99lpObhV",
    "party": _PARTY["id"],
    "region": "341602",
    "township": "十河镇",
    "place_kind": "plot",
}
_HEAD = {"seq": 1, "index": 4, "leaf": _LEAF}
_BATCH = {
    "id": "ZJzlPwVWT99lpObhVU3FOw",
    "code": "YST04QABKQJM",
    "product": "HB-BS",
    "township": "十河镇",
    "owner": _PARTY["id"],
    "holder": _PARTY["id"],
    "state": "open",
    "stage": "harvest",
    "balance": {"base_units": 1250500000},
    "head": _HEAD,
}
_ENTRY = {"index": 4, "entry": '{"body":"…","chain":"ZJzlPwVWT99lpObhVU3FOw","index":4,…}'}
_RECORD = {"id": _RECEIPT["id"], "kind": "harvest", "occurred_at": "2026-09-10T08:06:00+08:00", **_HEAD}
_HARVEST = {
    "kind": "harvest",
    "occurred_at": "2026-09-10T08:06:00+08:00",
    "payload": {"quantity": {"value": "1250.5", "unit": "kg"}},
}
_NEW_BATCH = {
    "party": _PARTY["id"],
    "product": "HB-BS",
    "place": _PLACE["id"],
    "quantity": {"value": "1000", "unit": "kg"},
    "inputs": [],
}
_DID = "did:key:z6MkgYGF3thn8k1Fv4p4dWXKtsXCnLH7q9yw4QgNPULDmDKB"
_KEY_CHANGE = {"kind": "key_added", "payload": {"key": _DID, "authenticated": "in person", "custody": "device"}}
_STATEMENT = {
    "statement": {
        "id": _RECEIPT["id"],
        "origin": "suxin.example/log",
        "chain": _RECEIPT["chain"],
        "actor": _PARTY["id"],
        **_HARVEST,
        "proof": [
            {
                "type": "DataIntegrityProof",
                "cryptosuite": "eddsa-jcs-2022",
                "created": "2026-09-10T00:06:00Z",
                "verificationMethod": f"{_DID}#{_DID.removeprefix('did:key:')}",
                "proofPurpose": "assertionMethod",
                "proofValue": "z…",
            }
        ],
    },
    "openings": [],
}

_REQUESTS: Mapping[str, Any] = {
    "party": {**{name: value for name, value in _PARTY.items() if name != "id"}, "key": _DID},
    "place": {name: _PLACE[name] for name in ("party", "region", "township")},
    "batch": _NEW_BATCH,
    "event": _HARVEST,
    "key-change": _KEY_CHANGE,
    "statement": _STATEMENT,
}
_ANSWERS: Mapping[str, Any] = {
    "party": {"id": _PARTY["id"], "statement": _RECEIPT["id"], **_HEAD},
    "place": {"id": _PLACE["id"], "statement": _RECEIPT["id"], **_HEAD},
    "batch": {"id": _BATCH["id"], "code": _BATCH["code"], "statement": _RECEIPT["id"], "head": _HEAD, "verdicts": []},
    "event": {**_RECEIPT, **_VERDICTS},
    "key-change": {**_RECEIPT, "verdicts": []},
    "statement": {**_RECEIPT, **_VERDICTS},
    "party-read": _PARTY,
    "place-read": _PLACE,
    "batch-read": _BATCH,
    "events-read": {"items": [_RECORD]},
    "bundle-read": {"format": "suxin.bundle/1", "origin": "suxin.example/log", "chains": [], "checkpoint": "…"},
    "party-list": {"items": [_PARTY]},
    "place-list": {"items": [_PLACE]},
    "batch-list": {"items": [{name: value for name, value in _BATCH.items() if name != "head"}]},
    "entry-read": _ENTRY,
    "entry-list": {"items": [_ENTRY]},
    "proof-read": "c2sp.org/tlog-proof@v1\nindex 4\n…",
    "upstream-read": {
        "items": [{name: value for name, value in _BATCH.items() if name != "head"}],
        "edges": [["b7a1ceZJzlPwVWT99lpObh", _BATCH["id"]]],
    },
    "downstream-read": {
        "items": [
            {**{name: value for name, value in _BATCH.items() if name != "head"}, "id": "b7a1ceZJzlPwVWT99lpObh"}
        ],
        "edges": [["b7a1ceZJzlPwVWT99lpObh", _BATCH["id"]]],
    },
    "verdicts-read": {
        "on": "2026-09-10",
        "known_at": "2026-09-10T00:06:31.104000+00:00",
        "verdicts": [
            {
                "rule": "G05@1",
                "outcome": "hold",
                "unverified": False,
                "article": "L-APQSL 29",
                "reasons": ["inside-interval"],
                "remedy": ["test-what-was-used", "two-officials-lift", "correct-if-mistaken"],
                "rows": [],
                "evidence": [{"chain": _RECEIPT["chain"], "seq": 1, "leaf": _LEAF}],
            }
        ],
        "holds": [],
        "tables": {"limits_herb.csv": "9f" * 32},
    },
    **CASE_ANSWERS,
    "label-svg": '<svg xmlns="http://www.w3.org/2000/svg">…</svg>',
    "label-png": "(PNG)",
}
_MEDIA = {"proof-read": "text/plain", "label-svg": "image/svg+xml", "label-png": "image/png"}
_PROBLEMS: Mapping[int, tuple[str, str]] = {
    400: ("unreadable", "bad-host"),
    401: ("no token, or one that is not valid", "token-invalid"),
    403: ("not for this account or signer", "scope-missing"),
    404: ("unknown, or not for this reader", "not-found"),
    406: ("no such format", "not-acceptable"),
    414: ("the address is too long", "uri-too-long"),
    422: ("read, and wrong", "unknown-parameter"),
    431: ("the headers are too large", "headers-too-large"),
    503: ("full, read-only, or not published yet", "not-published-yet"),
}
_PROBLEMS_OF_A_WRITE: Mapping[int, tuple[str, str]] = {
    **_PROBLEMS,
    400: ("unreadable", "duplicate-key"),
    408: ("the body came too slowly", "body-too-slow"),
    409: ("the state of the log says no", "statement-id-reused"),
    413: ("too large", "body-too-large"),
    415: ("not application/json", "unsupported-media-type"),
    422: ("read, and wrong", "not-positive"),
    503: ("full, read-only, or the outcome is unknown: send again with the same id", "outcome-unknown"),
}
_PROBLEMS_OF_A_PARTY: Mapping[int, tuple[str, str]] = {
    **_PROBLEMS_OF_A_WRITE,
    409: ("the state of the log says no, or the person is registered", "id-number-taken"),
    429: ("too many identity numbers in registrations that were refused", "rate-limited"),
}
_POINTERS: Mapping[str, str] = {
    "duplicate-key": "/payload/quantity",
    "not-positive": "/payload/quantity/value",
    "unknown-parameter": "/colour",
    "statement-id-reused": "/Idempotency-Key",
    "id-number-taken": "/id_number",
}


_LISTS = frozenset({"events-read", "party-list", "place-list", "batch-list", "entry-list", "case-list"})


def answers(name: str) -> dict[str, Any]:
    """What a route's decorator is given: status, an example, its problems and parameters, and for a write its request."""
    writes = name in _REQUESTS
    media, example = _MEDIA.get(name, "application/json"), _ANSWERS[name]
    responses: dict[int | str, Any] = {
        status: {"description": text, "content": {"application/problem+json": {"example": _problem(status, code)}}}
        for status, (text, code) in _problems_of(name).items()
    }
    status = 201 if writes else 200
    responses[status] = {"description": "done", "content": {media: {"example": example}}}
    if not writes:
        responses[304] = {"description": "the reader named the present ETag in If-None-Match"}
    extra: dict[str, Any] = {"parameters": _parameters(name)}
    if writes:
        content = {"application/json": {"schema": _SCHEMAS[name], "example": _REQUESTS[name]}}
        extra["requestBody"] = {"required": True, "content": content}
    # A class without a media type: the one of the example is all that is said.
    return {"responses": responses, "status_code": status, "openapi_extra": extra, "response_class": Response}


def _problems_of(name: str) -> Mapping[int, tuple[str, str]]:
    if name not in _REQUESTS:
        return _PROBLEMS
    return _PROBLEMS_OF_A_PARTY if name == "party" else _PROBLEMS_OF_A_WRITE


def event_schemas() -> dict[str, Any]:
    """The payload of each kind, for `components.schemas` of the OpenAPI document."""
    return {f"payload.{kind.name}": json_schema(kind, _title) for kind in KINDS.values()}


def _problem(status: int, code: str) -> dict[str, Any]:
    faults = [FieldFault(_POINTERS[code], code)] if code in _POINTERS else []
    return problem_json(DomainError(code, *faults), status, "urn:uuid:0191d5a0-0000-4000-8000-0000000000ff")


def _parameters(name: str) -> list[dict[str, Any]]:
    if name in _REQUESTS:
        wait = {"name": "wait", "in": "query", "schema": {"type": "string", "enum": ["proof"]}}
        key = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "format": "uuid"}}
        return [wait] if name == "statement" else [wait, key]  # a statement has its own id
    if name == "verdicts-read":
        days = {"on": {"type": "string", "format": "date"}, "known_at": {"type": "string", "format": "date-time"}}
        return [{"name": one, "in": "query", "schema": schema} for one, schema in days.items()]
    if name not in _LISTS:
        return []
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    parameters = {"limit": limit, "cursor": {"type": "string"}}
    if name == "entry-list":
        parameters["from"] = {"type": "integer", "minimum": 0, "default": 0}
    return [{"name": one, "in": "query", "schema": schema} for one, schema in parameters.items()]


def _registration(kind: str, **more: Any) -> dict[str, Any]:
    """A registration is its payload and `more` beside `occurred_at`, without what the node can fill in."""
    schema = json_schema(KINDS[kind], _title)
    required = [name for name in schema["required"] if name not in MADE_BY_NODE or kind != "batch_opened"]
    if kind == "batch_opened":
        required.append("party")
    return {**schema, "properties": {**schema["properties"], "occurred_at": _TIME, **more}, "required": required}


def _record(kinds: Iterable[Kind]) -> dict[str, Any]:
    """An event names its kind, and each kind has its payload."""
    return {"oneOf": [_event(kind) for kind in kinds]}


def _event(kind: Kind) -> dict[str, Any]:
    payload = _split() if kind.name == "batch_split" else {"$ref": f"#/components/schemas/payload.{kind.name}"}
    more = {"corrects": _ID, "reason": _TEXT} if kind.name == "correction" else {}
    shape = _closed({"kind": {"const": kind.name}, "occurred_at": _TIME, "payload": payload, **more}, "occurred_at")
    return {"title": _title(f"kind.{kind.name}"), **shape}


def _split() -> dict[str, Any]:
    """The payload of a split as it is asked for: the node makes the ids of the batches where none are given."""
    schema = json_schema(KINDS["batch_split"], _title)
    outputs = schema["properties"]["outputs"]
    item = {**outputs["items"], "required": ["quantity"]}
    return {**schema, "properties": {**schema["properties"], "outputs": {**outputs, "items": item}}}


def _title(key: str) -> str:
    """The word of both languages; a field without one of its own kind has the common one."""
    room, _, rest = key.partition(".")
    common = f"{room}.{rest.partition('.')[2]}" if rest.count(".") else key
    found = next((one for one in (key, common) if has(one, "zh")), None)
    return f"{say(found, 'zh')} · {say(found, 'en')}" if found else rest


_TIME = {"type": "string", "format": "date-time"}
_CHAIN = {"type": "string", "pattern": "^[A-Za-z0-9_-]{16,43}$"}
_ID = {"type": "string", "pattern": "^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
_TEXT = {"type": "string", "minLength": 1}
_PROOF_MEMBERS = ("type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue")


def _closed(properties: Mapping[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


_SIGNED = _closed(
    {
        "statement": _closed(
            {
                "id": _ID,
                "origin": _TEXT,
                "chain": _CHAIN,
                "kind": {"enum": [kind.name for kind in KINDS.values() if kind.nature is not Nature.DERIVED]},
                "actor": _CHAIN,
                "occurred_at": _TIME,
                "payload": {"type": "object", "description": "payload.<kind>, private fields as {commit}"},
                "proof": {"type": "array", "minItems": 1, "items": _closed(dict.fromkeys(_PROOF_MEMBERS, _TEXT))},
                "custody": {"const": "platform"},
                "recorded_by": _TEXT,
                "corrects": _ID,
                "reason": _TEXT,
            },
            *("custody", "recorded_by", "corrects", "reason"),
        ),
        "openings": {"type": "array", "items": _closed({"commit": _TEXT, "salt": _TEXT, "value": {}})},
    },
    "openings",
)
_NOT_BY_EVENT = frozenset({"batch_opened", "batch_merged", "hold_released"})
"""Opened and blended by `POST batches`; a hold is lifted by statements that two officials sign themselves."""

_SCHEMAS: Mapping[str, dict[str, Any]] = {
    "party": _registration("party_registered", key=json_schema(KINDS["key_added"], _title)["properties"]["key"]),
    "place": _registration("place_registered"),
    "batch": _registration("batch_opened", party=_CHAIN),
    "event": _record(
        kind
        for kind in KINDS.values()
        if kind.chain == "batch" and kind.nature is not Nature.DERIVED and kind.name not in _NOT_BY_EVENT
    ),
    "key-change": _record([KINDS["key_added"], KINDS["key_revoked"]]),
    "statement": {
        "oneOf": [_SIGNED, _closed({"group": {"type": "array", "minItems": 1, "maxItems": 1_000, "items": _SIGNED}})]
    },
}
