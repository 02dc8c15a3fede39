"""What JSON did the caller send? Read by ourselves: bounded in size and time, strict, and every fault named.

The framework's own reader answers 500 to NaN and lone surrogates, takes duplicate keys, and waits for ever.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from api.refusals import TooSlow, UnsupportedMediaType
from trace.ledger.canonical import ProfileError, decode
from trace.ledger.errors import FieldFault, Invalid, TooLarge, Unreadable
from trace.pointer import child

MAX_BODY_BYTES = 1_048_576
BODY_SECONDS = 10.0
DRAINED_BYTES = 8 * MAX_BODY_BYTES
"""So much of a body that is too large is read and dropped: who is still sending would not hear an earlier answer."""
LOOP_BYTES = 65_536
"""Larger bodies are parsed in a thread: a megabyte takes tens of milliseconds, and others wait for the loop."""

_JSON = re.compile(r'application/json(?:\s*;\s*charset="?utf-8"?)?\s*', re.IGNORECASE | re.ASCII)


async def read_json(
    request: Request, *, max_bytes: int = MAX_BODY_BYTES, seconds: float = BODY_SECONDS
) -> dict[str, Any]:
    """The object in the body. `seconds`: from now until its last byte.

    Raises `UnsupportedMediaType`, `TooLarge` (body-too-large, also where the length is not the one declared), `TooSlow`,
    and `Unreadable` with the rule of the canonical profile that the body breaks.
    """
    body = await read_json_bytes(request, max_bytes=max_bytes, seconds=seconds)
    return json_of(body) if len(body) <= LOOP_BYTES else await asyncio.to_thread(json_of, body)


async def read_json_bytes(request: Request, *, max_bytes: int = MAX_BODY_BYTES, seconds: float = BODY_SECONDS) -> bytes:
    """A body that says it is JSON, not read yet. Raises as `read_json`, but for what `json_of` raises."""
    _check_media_type(request)
    return await read_bytes(request, max_bytes, seconds)


def json_of(body: bytes) -> dict[str, Any]:
    """The object in these bytes. Raises `Unreadable` with the rule of the canonical profile that they break."""
    try:
        return decode(body)
    except ProfileError as error:
        raise Unreadable(error.rule, FieldFault(error.pointer, error.rule)) from error


def fields(body: Mapping[str, Any], required: Mapping[str, type], optional: Mapping[str, type]) -> dict[str, Any]:
    """The body, once its members are those declared and each has exactly its type (true is no int).

    Raises `Invalid` with every fault: unknown-field, wrong-type in the order sent, then missing-field.
    """
    declared = {**required, **optional}
    faults = []
    for name, value in body.items():
        if name not in declared:
            faults.append(FieldFault(child("", name), "unknown-field"))
        elif type(value) is not declared[name]:
            faults.append(FieldFault(child("", name), "wrong-type"))
    faults.extend(FieldFault(child("", name), "missing-field") for name in required if name not in body)
    if faults:
        raise Invalid(faults[0].code, *faults)
    return dict(body)


def _check_media_type(request: Request) -> None:
    types = request.headers.getlist("content-type")
    encodings = request.headers.getlist("content-encoding")
    if len(types) != 1 or not _JSON.fullmatch(types[0]) or any(one.lower() != "identity" for one in encodings):
        raise UnsupportedMediaType("unsupported-media-type")


async def read_bytes(request: Request, max_bytes: int, seconds: float, drained: int = DRAINED_BYTES) -> bytes:
    """The whole body. `drained`: how much of one that is too large is read and dropped.

    Raises `TooLarge` (body-too-large, also where the length is not the one declared) and `TooSlow`.
    """
    declared = declared_length(request)
    if declared is not None and declared > max_bytes and (declared > drained or "expect" in request.headers):
        raise TooLarge("body-too-large", close=True)
    body, size = bytearray(), 0
    try:
        async with asyncio.timeout(seconds):
            more = True
            while more:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise Unreadable("bad-request")  # nobody is left to hear it
                chunk: bytes = message.get("body", b"")
                size += len(chunk)
                if size <= max_bytes:
                    body += chunk
                elif size > drained:
                    raise TooLarge("body-too-large", close=True)
                more = message.get("more_body", False)
    except TimeoutError:
        raise TooSlow("body-too-slow") from None
    if size > max_bytes or declared not in (None, size):
        raise TooLarge("body-too-large")
    return bytes(body)


def declared_length(request: Request) -> int | None:
    """`Content-Length`; None where there is none or no number (the server's parser refuses those)."""
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
