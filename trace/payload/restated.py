"""Which payload stands inside a correction? The restated event, after the rows of its own kind. (pure)"""

from collections.abc import Mapping
from typing import Any

from ..events import KINDS
from ..events.kind import Kind, Nature

POINTER = "/restated/payload"


def restated_of(kind: Kind, payload: Mapping[str, Any]) -> tuple[Kind, Mapping[str, Any]] | None:
    """Its kind and payload; None for another statement, and for one that is wrong in itself."""
    if kind.name != "correction":
        return None
    restated = payload.get("restated")
    if not isinstance(restated, dict) or not isinstance(restated.get("payload"), dict):
        return None
    inner = KINDS.get(restated["kind"]) if isinstance(restated.get("kind"), str) else None
    return (inner, restated["payload"]) if inner and is_restatable(inner) else None


def is_restatable(kind: Kind) -> bool:
    """Facts of a batch can be said anew; an act was done, and a correction is corrected by the next one."""
    return kind.chain == "batch" and kind.nature is Nature.FACT and kind.name != "correction"


def with_payload(payload: Mapping[str, Any], inner: Mapping[str, Any]) -> dict[str, Any]:
    """A correction with another payload inside."""
    return {**payload, "restated": {**payload["restated"], "payload": dict(inner)}}
