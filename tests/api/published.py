"""Everything that a node publishes: each public address with every id there is, and the bytes that it answers without a token."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi.routing import APIRoute, iter_route_contexts

from api.auth.guard import PageGuard
from api.pages.assets import load_assets
from tests.api.app_parts import World

V1 = "/api/v1"
PUBLISHED_WITHIN = 60.0  # seconds; a node takes one
READINGS = [f"lang={lang}&text={size}" for lang in ("zh", "en") for size in ("standard", "large", "huge")]


def get_routes(world: World) -> set[str]:
    """The templates of all addresses that answer GET."""
    return {
        str(context.path)
        for context in iter_route_contexts(world.client.app.routes)
        if "GET" in (context.methods or ())
    }


def pages_of_a_session(world: World) -> set[str]:
    """The templates of pages that nobody sees without signing in: all that a stranger gets there is the way to do so."""
    return {
        str(context.path)
        for context in iter_route_contexts(world.client.app.routes)
        if "GET" in (context.methods or ())
        if isinstance(context.original_route, APIRoute)
        if any(isinstance(one.call, PageGuard) for one in context.original_route.dependant.dependencies)
    }


def addresses(world: World) -> Mapping[str, list[str]]:
    """By template: the addresses to fetch. `get_routes` says whether one is missing here."""
    batches = _listed(world, "batches")
    batch_ids, codes = [one["id"] for one in batches], [one["code"] for one in batches]
    indices = [str(one["index"]) for one in _listed(world, "entries")]
    return {
        f"{V1}/openapi.json": [f"{V1}/openapi.json"],
        **{f"{V1}/{noun}": [f"{V1}/{noun}"] for noun in ("parties", "places", "batches", "entries")},
        **{
            f"{V1}/{noun}/{{id}}": [f"{V1}/{noun}/{one['id']}" for one in _listed(world, noun)]
            for noun in ("parties", "places", "batches")
        },
        **{
            f"{V1}/batches/{{id}}/{what}": [f"{V1}/batches/{id}/{what}" for id in batch_ids]
            for what in ("events", "bundle", "labels.svg", "labels.png", "upstream", "downstream", "verdicts")
        },
        f"{V1}/cases": [f"{V1}/cases"],
        f"{V1}/cases/{{id}}": [f"{V1}/cases/{batch_ids[0]}"],
        f"{V1}/entries/{{index}}": [f"{V1}/entries/{index}" for index in indices],
        f"{V1}/entries/{{index}}/proof": [f"{V1}/entries/{index}/proof" for index in indices],
        "/log/checkpoint": ["/log/checkpoint"],
        "/log/vkey": ["/log/vkey"],
        "/log/tile/{path:path}": tiles(world),
        **{path: [path] for path in ("/listings", "/listings.json", "/listings.csv", "/listings.atom")},
        **{path: [path] for path in ("/m", "/lab", "/desk")},
        "/p/{id}": [f"/p/{one['id']}" for one in _listed(world, "parties")],
        **{path: [path] for path in ("/m", "/lab", "/desk")},
        "/healthz": ["/healthz"],
        "/readyz": ["/readyz"],
        "/": _read_in_every_way(["/"]),
        "/t": [f"/t?code={codes[0]}", "/t?code=nothing"],
        "/t/{code}": _read_in_every_way([f"/t/{code}" for code in [*codes, "00000000000Z"]]),
        "/t/{code}/from/{number}": _read_in_every_way(
            [f"/t/{code}/from/{number}" for code in codes for number in (1, 9)]
        ),
        "/t/{code}/label": _read_in_every_way([f"/t/{code}/label" for code in codes]),
        "/problems/{code}": _read_in_every_way(["/problems/not-found", "/problems/mass-exceeded"]),
        "/in": _read_in_every_way(["/in", "/in?next=%2Fm%2Fme"]),
        **{template: [re.sub(r"\{[^}]+\}", batch_ids[0], template)] for template in pages_of_a_session(world)},
        "/static/{version}/{name:path}": [f"/static/{load_assets().version}/{name}" for name in load_assets().assets],
    }


def fetched(world: World) -> dict[str, bytes]:
    """Every published answer by its address, headers in front, once all that was logged is published."""
    ends = time.monotonic() + PUBLISHED_WITHIN
    while world.node.log.published.size < world.size:
        assert time.monotonic() < ends, "the log does not publish"
        time.sleep(0.01)
    return dict(_fetched(world))


def _fetched(world: World) -> Iterator[tuple[str, bytes]]:
    for template, paths in addresses(world).items():
        for path in paths:
            answer = world.get(path)
            assert answer.status_code in (200, 303, 401, 404), (template, path, answer.text)
            yield path, repr(sorted(answer.headers.items())).encode() + answer.content


def tiles(world: World) -> list[str]:
    """Every tile of a log of less than 65,536 entries: full ones, and the partial one of its size (C2SP tlog-tiles)."""
    size = int(world.get("/log/checkpoint").text.splitlines()[1])
    full, rest = divmod(size, 256)
    names = [f"{number:03d}" for number in range(full)] + ([f"{full:03d}.p/{rest}"] if rest else [])
    return [f"/log/tile/{level}/{name}" for level in ("0", "entries") for name in names] + (
        [f"/log/tile/1/000.p/{full}"] if full else []
    )


def _listed(world: World, noun: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    link: str | None = f"<{V1}/{noun}?limit=20>"
    while link and (target := re.match(r"<([^>]+)>", link)):
        answer = world.get(target[1])
        items += answer.json()["items"]
        link = answer.headers.get("link")
    return items


def _read_in_every_way(paths: list[str]) -> list[str]:
    return [f"{path}{'&' if '?' in path else '?'}{reading}" for path in paths for reading in READINGS]
