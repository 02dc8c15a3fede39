"""A small app behind the real edge, and what each code has to say: words written here by hand, not taken from the catalogue."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from api import problems
from api.body import fields, read_json
from api.connection import Connection
from api.edge import SECURITY_HEADERS, Edge
from api.pagination import Cursors, next_link, read_page
from api.query import read_query
from api.settings import load_settings

SLOW_SECONDS = 0.4
HEAD_SECONDS = 3.0  # far longer than a test that means to be quick stands still
ROWS = range(120)
CURSORS = Cursors(lambda: bytes(32))


# What a reader must find in both sentences of a code.
TOLD: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "syntax": ("不是完整的JSON", "not complete JSON"),
        "invalid-utf8": ("不是UTF-8", "not UTF-8"),
        "bom": ("BOM", "BOM"),
        "not-an-object": ("一个JSON对象", "one JSON object"),
        "duplicate-key": ("写了两次", "appears twice"),
        "non-ascii-key": ("字段名称", "field name"),
        "float": ("小数", "decimal point"),
        "not-a-number": ("NaN", "NaN"),
        "integer-range": ("整数太大", "too large"),
        "negative-zero": ("-0", "-0"),
        "lone-surrogate": ("半个字符", "half a character"),
        "nul": ("空字符", "NUL"),
        "depth": ("64层", "64 levels"),
        "unknown-field": ("没有这个字段", "no such field"),
        "missing-field": ("没有填", "is missing"),
        "wrong-type": ("类型不对", "wrong type"),
        "unsupported-media-type": ("application/json", "application/json"),
        "body-too-large": ("太大", "too large"),
        "body-too-slow": ("太慢", "too slowly"),
        "bad-host": ("主机名", "host name"),
        "bad-framing": ("长度", "length"),
        "uri-too-long": ("网址太长", "too long"),
        "headers-too-slow": ("请求头发送得太慢", "headers arrived too slowly"),
        "bad-request": ("读不懂", "cannot be read"),
        "headers-too-large": ("请求头太大", "headers are too large"),
        "method-not-allowed": ("不支持这种操作", "does not take this method"),
        "not-acceptable": ("没有您要的格式", "not available"),
        "not-found": ("找不到", "does not exist"),
        "repeated-parameter": ("写了两次", "appears twice"),
        "unknown-parameter": ("没有这个查询条件", "no such query parameter"),
        "bad-parameter": ("读不懂", "cannot be read"),
        "bad-limit": ("1到200", "between 1 and 200"),
        "bad-cursor": ("翻页标记", "page mark"),
        "internal": ("系统出了问题", "Our side failed"),
        "unauthenticated": ("没有登录凭证", "no access token"),
        "token-invalid": ("过期", "expired"),
        "overloaded": ("提交的人太多", "Too much is arriving"),
        "stopping": ("正在重新启动", "is restarting"),
        "outcome-unknown": ("不知道这条记录有没有入账", "not known whether the record was booked"),
    }
)


def small_app(public_url: str = "http://suxin.example") -> FastAPI:
    """Routes that only read what was sent, in front of them the edge."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.post("/api/v1/bodies")
    async def take_body(request: Request) -> Response:
        return JSONResponse(await read_json(request))

    @app.post("/api/v1/slow")
    async def take_slow_body(request: Request) -> Response:
        return JSONResponse(await read_json(request, seconds=SLOW_SECONDS))

    @app.post("/api/v1/events")
    async def take_event(request: Request) -> Response:
        body = fields(await read_json(request), {"kind": str, "payload": dict, "count": int}, {"inputs": list})
        return JSONResponse(body)

    @app.get("/api/v1/rows")
    async def list_rows(request: Request) -> Response:
        page = read_page(request, "rows", allowed={"region"})
        rows = [row for row in ROWS if row > page.after][: page.limit + 1]
        more = len(rows) > page.limit
        headers = {"Link": next_link(request, page, "rows", rows[page.limit - 1])} if more else {}
        return JSONResponse({"items": rows[: page.limit]}, headers=headers)

    @app.get("/api/v1/waits")
    async def read_waits(request: Request) -> Response:
        return JSONResponse(read_query(request, {"wait", "from"}))

    @app.get("/api/v1/numbers")
    async def read_number(n: int) -> Response:
        return JSONResponse(n)

    @app.get("/t/{code}")
    async def read_page_of(code: str, request: Request) -> Response:
        read_query(request, {"lang"}, ignore_unknown=True)
        return Response("page", media_type="text/html")

    @app.get("/api/v1/labels.png")
    async def read_png() -> Response:
        return Response(b"png", media_type="image/png")

    @app.get("/fails")
    async def fail() -> Response:
        raise RuntimeError("the secret of 13812345678")

    app.state.cursors = CURSORS
    app.state.failures = {}

    @app.get("/api/v1/refused/{name}")
    async def refuse(name: str) -> Response:
        raise app.state.failures[name]

    problems.install(app)
    app.add_middleware(Edge, settings=load_settings({"SUXIN_PUBLIC_URL": public_url}))
    return app


def check_problem(problem: Any, status: int, code: str, pointer: str | None = None) -> None:
    """The shape of RFC 9457 with both sentences; `pointer` is that of the first field at fault, None where there is none."""
    members = {"type", "title", "status", "detail", "instance", "code", "zh", "en", "errors"}
    assert (problem["status"], problem["code"]) == (status, code)
    assert set(problem) == members
    assert problem["type"] == f"/problems/{code}"
    assert problem["instance"].startswith("urn:uuid:")
    zh, en = TOLD[code]
    assert zh in problem["zh"]
    assert en in problem["en"]
    if pointer is None:
        assert problem["errors"] == []
        return
    first = problem["errors"][0]
    assert set(first) == {"pointer", "code", "zh", "en"}
    assert (first["pointer"], first["code"]) == (pointer, code)
    assert zh in first["zh"]
    assert en in first["en"]


def serve(descriptor: int) -> None:
    """Answer on a listening socket that the parent process made, until it ends us."""
    import uvicorn

    http: Any = partial(Connection, security=SECURITY_HEADERS, head_seconds=HEAD_SECONDS)
    config = uvicorn.Config(small_app(), http=http, access_log=False, log_level="error")
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())  # noqa: PTH109
    serve(int(sys.argv[1]))
