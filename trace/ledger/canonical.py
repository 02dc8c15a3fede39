"""Which JSON may be signed, and what are its only bytes? (pure)

RFC 8785 (JCS) within a profile: ASCII keys, no floats, |integer| <= 2^53-1, no duplicate keys, no lone surrogates, no
U+0000, at most 64 containers deep. Inside it orjson's sorted output equals JCS byte for byte; outside it does not, and
orjson silently takes duplicate keys and turns 2^64 into a float. Hence a type walk behind the fast path, and the standard
library with hooks wherever the fast path does not hold.
"""

import base64
import json
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]

MAX_DEPTH = 64
"""Containers inside each other, the document itself included."""
MAX_INTEGER = 2**53 - 1
"""The largest integer that a JavaScript reader keeps exactly (RFC 7493 §2.2)."""
SALT_BYTES = 32

_BOM = b"\xef\xbb\xbf"
_NUL_ESCAPED = b"\\u0000"
_VALUE_DOMAIN = b"suxin/value/1\n"
_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
_SURROGATE = re.compile("[\ud800-\udfff]")
# A string, or a bracket. Possessive and with an optional end, so that no input makes it run in more than linear time.
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)


class ProfileError(ValueError):
    """These bytes, or this value, are outside the profile.

    `rule`: duplicate-key non-ascii-key float not-a-number integer-range negative-zero lone-surrogate nul invalid-utf8 bom
    depth not-an-object syntax, or not-canonical. `pointer`: RFC 6901, "" where the document as a whole is at fault.
    """

    def __init__(self, rule: str, pointer: str = "") -> None:
        super().__init__(f"{rule} at {pointer}" if pointer else rule)
        self.rule = rule
        self.pointer = pointer


def decode(data: bytes) -> dict[str, Json]:
    """Read one JSON object in any layout. Raises `ProfileError`."""
    value = decode_value(data)
    if not isinstance(value, dict):
        raise ProfileError("not-an-object")
    return value


def decode_value(data: bytes) -> Json:
    """Read one JSON value of any type in any layout. Raises `ProfileError`."""
    value = _decode_fast(data)
    return _decode_slowly(data) if value is _NOT_FAST else value  # type: ignore[return-value]


def decode_canonical(data: bytes) -> dict[str, Json]:
    """Read one JSON object whose bytes are the canonical ones. Raises `ProfileError`: the rule, else not-canonical."""
    value = _decode_fast(data)
    if value is _NOT_FAST:
        value = decode(data)
        if encode(value) != data:  # equal only where the text holds an escaped backslash before "u0000"
            raise ProfileError("not-canonical")
    if not isinstance(value, dict):
        raise ProfileError("not-an-object")
    return value


def encode(value: object) -> bytes:
    """The canonical bytes (RFC 8785) of any JSON value. Raises `ProfileError`; TypeError for what JSON does not have."""
    if not _is_within_profile(value):
        _raise_fault(value)
    try:
        data = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        _raise_fault(value)
        raise
    if _NUL_ESCAPED in data:
        _raise_fault(value, nothing_found_is_fine=True)
    return data


def encode_known(value: object) -> bytes:
    """The canonical bytes of a value that was parsed under the profile, or that holds nothing else by its making: the walk
    that looks for what may not be signed costs twice as much as the bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def decode_known(data: bytes | str) -> Any:
    """The value of bytes that `encode` or `encode_known` made and that never left us."""
    return orjson.loads(data)


def in_canonical_order(value: Any, data: bytes) -> Any:
    """The value, its members in the order of `data`, which `encode_known` made of it: itself where they have it already."""
    return value if orjson.dumps(value) == data else orjson.loads(data)


def canonicalize(data: bytes) -> bytes:
    """The canonical bytes of one JSON object in any layout. Raises `ProfileError`."""
    return encode(decode(data))


def commit(salt: bytes, value: object) -> str:
    """Commitment to a private value: base64url(SHA-256("suxin/value/1\\n" || salt || JCS(value))).

    `salt`: 32 random bytes, used once; an unsalted hash of a phone number is guessable. ValueError for another length.
    """
    return _commitment(salt, encode(value))


def commit_known(salt: bytes, value: object) -> str:
    """As `commit`, of a value that `encode_known` takes."""
    return _commitment(salt, encode_known(value))


def _commitment(salt: bytes, data: bytes) -> str:
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return b64url_encode(sha256(_VALUE_DOMAIN + salt + data).digest())


def b64url_encode(data: bytes) -> str:
    """base64url without padding (RFC 4648 §5)."""
    return b2a_base64(data, newline=False).translate(_TO_URL, b"=").decode("ascii")


def b64url_decode(text: str) -> bytes:
    """Strict base64url: no padding, no foreign character, no loose bits in the last one. Raises ValueError."""
    data = a2b_base64(text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4))
    if b64url_encode(data) != text:
        raise ValueError("not unpadded base64url in its only form")
    return data


def b64_encode(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648 §4), as C2SP texts have it."""
    return base64.b64encode(data).decode("ascii")


def b64_decode_strict(text: str) -> bytes:
    """Strict standard base64: padded, no foreign character, no loose bits. Raises ValueError."""
    data = base64.b64decode(text, validate=True)
    if b64_encode(data) != text:
        raise ValueError("not padded base64 in its only form")
    return data


class _NotFast:
    """The fast path cannot answer: the bytes are in another layout, or outside the profile."""


_NOT_FAST = _NotFast()


def _decode_fast(data: bytes) -> Json | _NotFast:
    """The value, if the bytes are canonical and within the profile (a few microseconds for a statement)."""
    if _NUL_ESCAPED in data:
        return _NOT_FAST
    try:
        value: Json = orjson.loads(data)
        if orjson.dumps(value, option=orjson.OPT_SORT_KEYS) != data:
            return _NOT_FAST
    except (ValueError, TypeError):
        return _NOT_FAST
    return value if _is_within_profile(value) else _NOT_FAST


def _is_within_profile(value: object) -> bool:
    """Types, integer range, ASCII keys and depth. NUL and surrogates are not looked at: orjson's output tells those."""
    if not isinstance(value, dict | list):
        return (
            value is None or type(value) in (str, bool) or (type(value) is int and -MAX_INTEGER <= value <= MAX_INTEGER)
        )
    level: list[object] = [value]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for container in level:
            if type(container) is dict:
                try:
                    if not "".join(container).isascii():
                        return False
                except TypeError:
                    return False
                items: Iterable[object] = container.values()
            elif type(container) is list:
                items = container
            else:
                return False
            for item in items:
                kind = type(item)
                if kind is str or kind is bool or item is None:
                    continue
                if kind is dict or kind is list:
                    below.append(item)
                elif kind is not int or not -MAX_INTEGER <= item <= MAX_INTEGER:  # type: ignore[operator]
                    return False
        if not below:
            return True
        level = below
    return False


@dataclass(frozen=True)
class _Broken:
    """Stands in the parsed tree where a literal broke a rule, so that the walk can say where."""

    rule: str


class _Members(list[tuple[str, object]]):
    """The members of an object in the order of the text, duplicates included."""


def _decode_slowly(data: bytes) -> Json:
    if data.startswith(_BOM):
        raise ProfileError("bom")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise ProfileError("invalid-utf8") from None
    _refuse_depth(text)
    try:
        parsed = json.loads(
            text,
            object_pairs_hook=_Members,
            parse_int=_integer,
            parse_float=lambda _: _Broken("float"),
            parse_constant=lambda _: _Broken("not-a-number"),
        )
    except ValueError:
        raise ProfileError("syntax") from None
    return _checked(parsed, "")


def _refuse_depth(text: str) -> None:
    """Count before parsing: 100,000 open brackets would exhaust the parser's stack."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        first = text[token.start()]
        if first in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ProfileError("depth")
        elif first in "]}":
            depth -= 1


def _integer(text: str) -> int | _Broken:
    if text == "-0":
        return _Broken("negative-zero")
    if len(text) > len("-9007199254740991"):  # int() of 5,000 digits is slow, and an error of its own in Python
        return _Broken("integer-range")
    value = int(text)
    return value if -MAX_INTEGER <= value <= MAX_INTEGER else _Broken("integer-range")


def _checked(node: object, pointer: str) -> Json:
    """The parsed tree with plain containers. Raises `ProfileError` for the first fault in the order of the text."""
    if isinstance(node, _Broken):
        raise ProfileError(node.rule, pointer)
    if isinstance(node, str):
        _refuse_text(node, pointer)
        return node
    if isinstance(node, _Members):
        members: dict[str, Json] = {}
        for key, item in node:
            below = _child(pointer, key)
            _refuse_text(key, below)
            if not key.isascii():
                raise ProfileError("non-ascii-key", below)
            if key in members:
                raise ProfileError("duplicate-key", below)
            members[key] = _checked(item, below)
        return members
    if isinstance(node, list):
        return [_checked(item, f"{pointer}/{position}") for position, item in enumerate(node)]
    return node  # type: ignore[return-value]  # None, bool, int: json.loads makes nothing else


def _refuse_text(text: str, pointer: str) -> None:
    if "\x00" in text:
        raise ProfileError("nul", pointer)
    if _SURROGATE.search(text):
        raise ProfileError("lone-surrogate", pointer)


def _child(pointer: str, key: str) -> str:
    """RFC 6901 §3. A key that could not be written as UTF-8 is not repeated."""
    if _SURROGATE.search(key):
        return pointer
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def _raise_fault(value: object, nothing_found_is_fine: bool = False) -> None:
    """Say which rule a Python value breaks, and where."""

    def visit(node: object, pointer: str, depth: int) -> None:
        if isinstance(node, dict | list) and depth > MAX_DEPTH:
            raise ProfileError("depth")
        if type(node) is dict:
            for key, item in node.items():
                if type(key) is not str:
                    raise TypeError(f"a key of type {type(key).__name__} at {pointer}")
                below = _child(pointer, key)
                _refuse_text(key, below)
                if not key.isascii():
                    raise ProfileError("non-ascii-key", below)
                visit(item, below, depth + 1)
        elif type(node) is list:
            for position, item in enumerate(node):
                visit(item, f"{pointer}/{position}", depth + 1)
        elif type(node) is str:
            _refuse_text(node, pointer)
        elif type(node) is int:
            if not -MAX_INTEGER <= node <= MAX_INTEGER:
                raise ProfileError("integer-range", pointer)
        elif type(node) is float:
            raise ProfileError("float" if node - node == 0 else "not-a-number", pointer)
        elif node is not None and type(node) is not bool:
            raise TypeError(f"JSON has no {type(node).__name__} (at {pointer or 'the top'})")

    visit(value, "", 1)
    if not nothing_found_is_fine:
        raise AssertionError("the fast check refused a value that the slow one accepts")
