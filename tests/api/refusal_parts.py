"""What every refusal of the whole app has to look like, and how to see that it repeats nothing of what was sent."""

from __future__ import annotations

import json
from collections.abc import Iterable

from httpx2 import Response

CANARY = "canary-7f3a91"
MEMBERS = {"type", "title", "status", "detail", "instance", "code", "zh", "en", "errors"}
SHORT = 4
"""Shorter values ("1", "kg") stand in our own sentences too, so finding one there says nothing."""


def check_refusal(answer: Response, status: int, code: str, pointer: str | None, sent: Iterable[str] = ()) -> None:
    """RFC 9457 with both sentences; the first field at fault is `pointer`, None: no field; nothing `sent` comes back."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code), problem
    assert set(problem) == MEMBERS
    assert problem["type"] == f"/problems/{code}"
    assert problem["instance"].startswith("urn:uuid:")
    _check_sentences(problem["zh"], problem["en"])
    assert problem["detail"] == problem["en"]
    assert answer.headers.get("cache-control") == "no-store"
    if pointer is None:
        assert problem["errors"] == []
    else:
        assert problem["errors"], problem
        first = problem["errors"][0]
        assert (first["pointer"], first["code"]) == (pointer, code), problem["errors"]
        _check_sentences(first["zh"], first["en"])
    told = answer.text.replace(problem["instance"], "")  # random hex, in which short texts stand by chance
    for text in sent:
        assert text not in told


def _check_sentences(zh: str, en: str) -> None:
    assert zh.strip()
    assert en.strip()
    assert zh != en
    assert any("\u4e00" <= character <= "\u9fff" for character in zh)


def value_at(body: bytes, pointer: str | None) -> list[str]:
    """The text in a JSON body at a pointer (RFC 6901) where it is long enough to be looked for; [] where it is not."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return []
    for part in (pointer or "").split("/")[1:]:
        found = found[int(part)] if isinstance(found, list) else found.get(part) if isinstance(found, dict) else None
    return [found] if isinstance(found, str) and len(found) >= SHORT and found.strip() else []
