"""People with identity numbers that are nobody's, and how they come in: by the office's word, or as a signed statement."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

from httpx2 import Response

from api.settings import Settings
from tests.api.app_parts import REGION, SHANGHAI, World
from trace.ledger.canonical import b64url_encode, decode_value
from trace.ledger.submission import Signed

PARTIES, STATEMENTS = "/api/v1/parties", "/api/v1/statements"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, table 2
_CHECK = "10X98765432"  # the check character by the remainder modulo 11


def resident_id(number: int) -> str:
    """A well-formed number of somebody born on 1 January 1900 in a county that no list has; up to 999 of them."""
    body = f"99999919000101{number:03d}"
    return body + _CHECK[sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True)) % 11]


def give_tokens(world: World) -> None:
    """An account of every role; those that are bound to a party, to one that nobody registered."""
    world.add_token("official", "official", region=REGION)
    world.add_token("far official", "official", region=SHANGHAI)
    world.add_token("coop", "member", party="C" * 22)
    world.add_token("laboratory", "laboratory", party="L" * 22)
    world.add_token("auditor", "auditor")
    world.add_token("administrator", "administrator")
    world.parties["coop"] = "C" * 22


def person(number: str | None, name: str = "甲", **more: Any) -> dict[str, Any]:
    known = {} if number is None else {"id_number": number}
    return {"name": name, "legal_form": "household", "roles": ["grower"], "region": REGION, **known, **more}


def register(world: World, body: dict[str, Any], who: str = "official", id: int | None = None) -> Response:
    key = {} if id is None else {"Idempotency-Key": uuid(id)}
    return world.post(PARTIES, body, who, **key)


def uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def signed(world: World, payload: dict[str, Any]) -> Signed:
    """The node's own statement of a registration: what somebody who keeps the node's key may send whole."""
    recorder = world.node.recorder
    common: Any = {"actor": world.node.genesis.chain, "recorded_by": "test", "id": recorder.new_id()}
    return recorder.record("party_registered", payload, chain=recorder.new_chain(), **common)


def sent(one: Signed) -> dict[str, Any]:
    """A statement with its openings, as a request carries them."""
    openings = [
        {"commit": row.commit, "salt": b64url_encode(row.salt), "value": decode_value(row.value)}
        for row in one.openings
    ]
    return {"statement": json.loads(one.statement.data), "openings": openings}


def rows(settings: Settings) -> list[tuple[bytes, str, int | None]]:
    """The register as it lies in ops.db."""
    with closing(sqlite3.connect(settings.operational)) as kept:
        return kept.execute("SELECT hash, statement, entry FROM id_number ORDER BY entry").fetchall()


def change(path: Any, sql: str, *values: Any) -> None:
    """Change a database of a node that is stopped, or its ops.db while it runs."""
    with closing(sqlite3.connect(path)) as kept, kept:
        kept.execute(sql, values)
