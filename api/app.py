"""What answers a request? Everything wired: node, operational tables, routes, pages, problems, the edge."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from api import problems
from api.db import Operational, ScanCounter
from api.edge import Edge
from api.node import Node
from api.pages import routes as pages
from api.routes import labels, log_files, reading, writing
from api.routes.described import event_schemas

API = "/api/v1"


def create_app(node: Node, operational: Operational, on_close: Callable[[], None] = lambda: None) -> FastAPI:
    """The ASGI app of an open node. Shutting it down flushes scan counts, then calls `on_close`."""
    scans = ScanCounter(operational)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        try:
            yield
        finally:
            scans.close()
            on_close()

    app = FastAPI(
        title="Suxin 溯信",
        version="0.1.0",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.node, app.state.operational, app.state.scans, app.state.pages = node, operational, scans, {}
    for router in (writing.router, reading.router, labels.router):
        app.include_router(router, prefix=API)
    app.include_router(log_files.router)
    app.include_router(pages.router)
    problems.install(app)
    app.add_middleware(Edge, settings=node.settings)
    _describe(app)
    return app


def _describe(app: FastAPI) -> None:
    """Add the payload of every kind to the OpenAPI document, once it is asked for."""
    plain = app.openapi

    def with_payloads() -> dict[str, Any]:
        document = plain()
        document.setdefault("components", {}).setdefault("schemas", {}).update(event_schemas())
        return document

    app.openapi = with_payloads  # type: ignore[method-assign]
