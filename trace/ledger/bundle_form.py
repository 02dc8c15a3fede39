"""What does a bundle look like as JSON, and which JSON is none? (pure)"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .canonical import b64_decode_strict, b64_encode, b64url_decode, b64url_encode
from .entry import is_chain_id

FORMAT = "suxin.bundle/1"


@dataclass(frozen=True)
class BundleItem:
    """An entry; salt and statement are None where the reader may not open it."""

    entry: bytes
    salt: bytes | None = None
    statement: bytes | None = None


@dataclass(frozen=True)
class BundleChain:
    """A chain from seq 0; `index` and `path` prove its newest entry."""

    chain: str
    items: tuple[BundleItem, ...]
    index: int
    path: tuple[bytes, ...]


def bundle_json(origin: str, chains: Sequence[BundleChain], checkpoint_note: str) -> dict[str, Any]:
    """The bundle as JSON values (docs/formats.md, "Bundle")."""
    return {
        "format": FORMAT,
        "origin": origin,
        "chains": [
            {
                "chain": one.chain,
                "entries": [_item_json(item) for item in one.items],
                "index": one.index,
                "path": [b64_encode(node) for node in one.path],
            }
            for one in chains
        ],
        "checkpoint": checkpoint_note,
    }


def _item_json(item: BundleItem) -> dict[str, str]:
    if item.salt is None or item.statement is None:
        return {"entry": item.entry.decode()}
    return {"entry": item.entry.decode(), "salt": b64url_encode(item.salt), "statement": item.statement.decode()}


def read_chain(value: Any) -> BundleChain:
    """A chain of a bundle as its JSON has it. Raises ValueError, KeyError or TypeError where its form is wrong."""
    if not isinstance(value, dict) or set(value) != {"chain", "entries", "index", "path"}:
        raise ValueError("members of a chain")
    chain, entries, index, path = value["chain"], value["entries"], value["index"], value["path"]
    if (
        not isinstance(chain, str)
        or not is_chain_id(chain)
        or not isinstance(entries, list)
        or not entries
        or not isinstance(path, list)
    ):
        raise ValueError("a chain's members")
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise ValueError("a chain's index")
    return BundleChain(chain, tuple(map(_read_item, entries)), index, tuple(_read_node(one) for one in path))


def _read_item(value: Any) -> BundleItem:
    if not isinstance(value, dict) or not all(isinstance(one, str) for one in value.values()):
        raise ValueError("an item's members")
    if set(value) == {"entry"}:
        return BundleItem(value["entry"].encode())
    if set(value) != {"entry", "salt", "statement"}:
        raise ValueError("an item's members")
    salt = b64url_decode(value["salt"])
    if len(salt) != 32:
        raise ValueError("a salt is 32 bytes")
    return BundleItem(value["entry"].encode(), salt, value["statement"].encode())


def _read_node(value: Any) -> bytes:
    node = b64_decode_strict(value) if isinstance(value, str) else b""
    if len(node) != 32:
        raise ValueError("a node is 32 bytes")
    return node
