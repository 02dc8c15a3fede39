"""What is a leaf of the log? The envelope that says where a statement stands, without saying what it says. (pure)"""

import hashlib
import re
from datetime import datetime
from typing import NamedTuple

from .canonical import ProfileError, decode_canonical, encode_known

MAX_ENTRY_BYTES = 60_000  # a u16 length in an entry bundle, with room to spare
_CHAIN_ID = re.compile(r"[A-Za-z0-9_-]{16,43}", re.ASCII)
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_RECEIVED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z", re.ASCII)
_MEMBERS = {"v", "origin", "chain", "seq", "index", "prev", "links", "received", "body"}


class EntryError(ValueError):
    """These bytes are not an entry."""


class Link(NamedTuple):
    """An entry of another chain on which this one rests; `leaf` is its leaf hash (32 bytes)."""

    chain: str
    seq: int
    leaf: bytes


class Entry(NamedTuple):
    """`seq` counts from 0 within the chain; `prev` is the leaf hash of seq-1, None exactly at 0; `body` is 32 bytes."""

    origin: str
    chain: str
    seq: int
    index: int  # type: ignore[assignment]  # nobody asks the tuple's own method
    prev: bytes | None
    links: tuple[Link, ...]
    received: str
    body: bytes


def is_chain_id(text: object) -> bool:
    """16 to 43 characters of base64url: at least 96 random bits."""
    return isinstance(text, str) and bool(_CHAIN_ID.fullmatch(text))


def body_hash(salt: bytes, statement: bytes) -> bytes:
    """SHA-256("suxin/body/1\\n" || salt || statement): the salt keeps the hash unguessable after the statement is erased."""
    return hashlib.sha256(b"suxin/body/1\n" + salt + statement).digest()


def entry_bytes(entry: Entry) -> bytes:
    """The leaf data: JCS of the envelope."""
    return encode_known(
        {
            "v": 1,
            "origin": entry.origin,
            "chain": entry.chain,
            "seq": entry.seq,
            "index": entry.index,
            "prev": entry.prev.hex() if entry.prev else None,
            "links": [{"chain": one.chain, "seq": one.seq, "leaf": one.leaf.hex()} for one in entry.links],
            "received": entry.received,
            "body": entry.body.hex(),
        }
    )


def parse_entry(data: bytes) -> Entry:
    """Read leaf data that must be canonical, with these members and no others. Raises `EntryError`."""
    if len(data) > MAX_ENTRY_BYTES:
        raise EntryError("longer than an entry may be")
    try:
        found = decode_canonical(data)
    except ProfileError as error:
        raise EntryError(error.rule) from error
    if set(found) != _MEMBERS:
        raise EntryError("members")
    if found["v"] != 1 or isinstance(found["v"], bool):
        raise EntryError("version")
    origin, received, links = found["origin"], found["received"], found["links"]
    if not isinstance(origin, str) or not origin or not is_chain_id(found["chain"]):
        raise EntryError("origin or chain")
    if not isinstance(received, str) or not _RECEIVED.fullmatch(received):
        raise EntryError("received")
    try:
        datetime.fromisoformat(received)
    except ValueError as error:
        raise EntryError("received") from error
    if not isinstance(links, list):
        raise EntryError("links")
    seq = _count(found["seq"])
    prev = None if found["prev"] is None else _hash(found["prev"])
    if (prev is None) != (seq == 0):
        raise EntryError("prev")
    chain = str(found["chain"])
    return Entry(
        origin,
        chain,
        seq,
        _count(found["index"]),
        prev,
        tuple(_link(one, chain) for one in links),
        received,
        _hash(found["body"]),
    )


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise EntryError("not a count")
    return value


def _hash(value: object) -> bytes:
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise EntryError("not a hash")
    return bytes.fromhex(value)


def _link(value: object, own_chain: str) -> Link:
    if not isinstance(value, dict) or set(value) != {"chain", "seq", "leaf"}:
        raise EntryError("link members")
    chain = value["chain"]
    if not isinstance(chain, str) or not is_chain_id(chain) or chain == own_chain:
        raise EntryError("link chain")
    return Link(chain, _count(value["seq"]), _hash(value["leaf"]))
