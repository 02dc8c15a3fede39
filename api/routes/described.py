"""How does OpenAPI show a route: its request, an example of each answer, and the problems that it may return?

Payload schemas come from the payload table by `trace.payload.json_schema`; nothing of them is typed here.
"""

from collections.abc import Mapping
from typing import Any

from api.catalogue import has, say
from trace.events import KINDS
from trace.payload import json_schema

_LEAF = "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a"
_RECEIPT = {
    "id": "urn:uuid:0191d5a0-0000-7000-8000-000000000004",
    "chain": "ZJzlPwVWT99lpObhVU3FOw",
    "seq": 1,
    "index": 4,
    "leaf": _LEAF,
}
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
_STATEMENT = {"statement": {"id": _RECEIPT["id"], "kind": "harvest", "proof": []}, "openings": []}

_REQUESTS: Mapping[str, tuple[str | None, Any]] = {
    "party": ("party_registered", {name: value for name, value in _PARTY.items() if name != "id"}),
    "place": ("place_registered", {name: _PLACE[name] for name in ("party", "region", "township")}),
    "batch": ("batch_opened", _NEW_BATCH),
    "event": (None, _HARVEST),
    "statement": (None, _STATEMENT),
}
_ANSWERS: Mapping[str, Any] = {
    "party": {"id": _PARTY["id"], "statement": _RECEIPT["id"], **_HEAD},
    "place": {"id": _PLACE["id"], "statement": _RECEIPT["id"], **_HEAD},
    "batch": {"id": _BATCH["id"], "code": _BATCH["code"], "statement": _RECEIPT["id"], "head": _HEAD},
    "event": _RECEIPT,
    "statement": _RECEIPT,
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
    "label-svg": '<svg xmlns="http://www.w3.org/2000/svg">…</svg>',
    "label-png": "(PNG)",
}
_MEDIA = {"proof-read": "text/plain", "label-svg": "image/svg+xml", "label-png": "image/png"}
_PROBLEM = {
    "type": "/problems/not-found",
    "title": "not-found",
    "status": 404,
    "code": "not-found",
    "zh": "没有找到。",
    "en": "Not found.",
    "errors": [],
}
_STATUSES = {
    400: "unreadable",
    401: "no token, or one that is not valid",
    403: "not for this account or signer",
    404: "unknown, or not for this reader",
    409: "the state of the log says no",
    413: "too large",
    415: "not application/json",
    422: "read, and wrong",
    503: "full, read-only, or the outcome is unknown: send again with the same id",
}


def answers(name: str) -> dict[str, Any]:
    """What a route's decorator is given: status, an example, its problems, and for a write its request."""
    writes = name in _REQUESTS
    media, example = _MEDIA.get(name, "application/json"), _ANSWERS[name]
    codes = _STATUSES if writes else {code: _STATUSES[code] for code in (400, 401, 404, 422, 503)}
    responses: dict[int | str, Any] = {
        code: {"description": text, "content": {"application/problem+json": {"example": {**_PROBLEM, "status": code}}}}
        for code, text in codes.items()
    }
    responses[201 if writes else 200] = {"description": "done", "content": {media: {"example": example}}}
    described: dict[str, Any] = {"responses": responses, "status_code": 201 if writes else 200}
    if writes:
        kind, sent = _REQUESTS[name]
        schema = _request_schema(kind)
        content = {"application/json": {"schema": schema, "example": sent}}
        described["openapi_extra"] = {"requestBody": {"required": True, "content": content}}
    return described


def _request_schema(kind: str | None) -> dict[str, Any]:
    """A registration is its payload beside `occurred_at`; an event names its kind, and each kind has its payload."""
    if kind:
        schema = json_schema(KINDS[kind], _title)
        return {**schema, "additionalProperties": True}
    return {"type": "object"}


def event_schemas() -> dict[str, Any]:
    """The payload of each kind, for `components.schemas` of the OpenAPI document."""
    return {f"payload.{kind.name}": json_schema(kind, _title) for kind in KINDS.values()}


def _title(key: str) -> str:
    """The word of both languages; a field without one of its own kind has the common one."""
    room, _, rest = key.partition(".")
    common = f"{room}.{rest.partition('.')[2]}" if rest.count(".") else key
    found = next((one for one in (key, common) if has(one, "zh")), None)
    return f"{say(found, 'zh')} · {say(found, 'en')}" if found else rest
