"""Does the reader have this answer already, and may it travel compressed? What everybody may read, asked for with GET.

`ETag` and 304 (RFC 9110 §13) spare a phone the history that it has; gzip makes a bundle a quarter of its size. An answer
to a token is neither kept nor compressed: it is for one reader, and a length tells of what stands beside a secret (BREACH).
"""

import asyncio
import gzip
import hashlib
from collections.abc import Mapping
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.accept import takes_gzip

MIN_GZIP_BYTES = 1_000
"""A smaller answer fits into the packet that carries its headers."""
LOOP_BYTES = 16_384
"""Larger answers are compressed in a thread: a bundle of 100 KB takes 3 ms, and others wait for the loop."""
KEPT_BYTES = 262_144
_KEPT = 32  # a label that a whole market scans is compressed once; together at most about 10 MB
_LEVEL = 6
_TAG_CHARACTERS = 32  # 128 bits: an address never has two answers under one tag

_PUBLIC = "/log/"  # the same for everybody, whoever asks
_WITH_TOKENS = "/api/v1/"
_PACKED = (b"image/png",)  # compressed already
_OF_A_304 = frozenset({b"cache-control", b"etag", b"vary", b"link"})

Headers = list[tuple[bytes, bytes]]


class Conditional:
    """Stands around the routes of the API and the log's files; every other address passes through untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith((_PUBLIC, _WITH_TOKENS)):
            await self._app(scope, receive, send)
            return
        asked = dict(scope["headers"])
        is_for_one = b"authorization" in asked and not scope["path"].startswith(_PUBLIC)
        start: Message | None = None
        body = bytearray()

        async def send_whole(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] == 200:
                start = message
                return
            if start is None:
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body", False):
                return
            headers = [*start["headers"]]
            if is_for_one:
                await _send(send, 200, _with(headers, cache_control=b"no-store"), bytes(body))
            else:
                await _send_to_all(send, scope["path"], asked, headers, bytes(body))

        await self._app(scope, receive, send_whole)


async def _send_to_all(send: Send, path: str, asked: Mapping[bytes, bytes], headers: Headers, body: bytes) -> None:
    # Weak, because one tag stands for the plain and the compressed bytes (RFC 9110 §8.8.3.3).
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:_TAG_CHARACTERS]}"'.encode()
    named = dict(headers)
    vary = b"Accept-Encoding" if path.startswith(_PUBLIC) else b"Accept-Encoding, Authorization"
    # Asked for again each time, unless the route knows better: a hold must not wait for a cache.
    headers = _with(headers, cache_control=named.get(b"cache-control", b"no-cache"), etag=tag, vary=vary)
    if has_already(asked.get(b"if-none-match", b"").decode("latin-1"), tag.decode()):
        await _send(send, 304, [one for one in headers if one[0] in _OF_A_304], b"")
        return
    if _gets_smaller(path, named, body) and takes_gzip(asked.get(b"accept-encoding", b"").decode("latin-1")):
        body = _gzipped(body) if len(body) <= LOOP_BYTES else await asyncio.to_thread(_gzipped, body)
        headers = _with(headers, content_encoding=b"gzip", content_length=b"%d" % len(body))
    await _send(send, 200, headers, body)


def has_already(if_none_match: str, tag: str) -> bool:
    """Whether the reader names this tag (weak comparison, RFC 9110 §13.1.2). A proxy that compresses makes tags weak."""
    named = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return "*" in named or tag.removeprefix("W/") in named


def _gets_smaller(path: str, headers: Mapping[bytes, bytes], body: bytes) -> bool:
    is_hashes = path.startswith("/log/tile/") and not path.startswith("/log/tile/entries/")
    return len(body) >= MIN_GZIP_BYTES and not is_hashes and headers.get(b"content-type") not in _PACKED


def _gzipped(body: bytes) -> bytes:
    return _kept(body) if len(body) <= KEPT_BYTES else gzip.compress(body, _LEVEL, mtime=0)


@lru_cache(maxsize=_KEPT)
def _kept(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)


def _with(headers: Headers, **changed: bytes) -> Headers:
    """The headers with some of them set, `cache_control` for `cache-control`."""
    named = {name.replace("_", "-").encode(): value for name, value in changed.items()}
    return [*((name, value) for name, value in headers if name not in named), *named.items()]


async def _send(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
