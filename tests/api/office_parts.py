"""A small world with three officials: two founders and one to whom they gave an office, each with an own key."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from httpx2 import Response

from tests.api.app_parts import CREATED, ORIGIN, REGION, World, running_world
from tests.api.page_parts import Browser
from trace.ledger.canonical import encode
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import sign_document, signed_statement

CITY, NEXT_DISTRICT = "341600", "341603"
KEYS = {
    name: PrivateKey.from_seed(bytes([n]) * 32)
    for n, name in enumerate(("first", "second", "third", "far", "new", "newest"), 41)
}
OFFICE = "o" * 22


@contextmanager
def running_offices(folder: Path) -> Iterator[World]:
    """A node with its founders named, the third official's office given and key vouched for."""
    with running_world(folder) as world:
        appoint_officials(world)
        yield world


def appoint_officials(world: World) -> None:
    register_officials(world)
    name_founders(world)
    give_office(world, 72, "third", REGION)
    add_key(world, 73, "third", KEYS["third"])


def register_officials(world: World) -> None:
    """Four people, with a token each; the first two have a key that the node added, as founders do."""
    for name in ("first", "second", "third", "far"):
        person = {"name": f"示例{name}", "legal_form": "person", "roles": ["regulator"], "region": REGION}
        if name in ("first", "second"):
            person["key"] = KEYS[name].did
        world.parties[name] = world.made("/api/v1/parties", person, "official")["id"]
        world.add_token(name, "official", party=world.parties[name], region=REGION)


def said(world: World, number: int, keys: list[PrivateKey], **members: Any) -> Response:
    """A statement signed by these keys, as `statements` answers it."""
    fields = {
        "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
        "origin": ORIGIN,
        "occurred_at": told_at(world),
        **members,
    }
    statement = json.loads(signed_statement(fields, keys, CREATED))
    return world.post("/api/v1/statements", {"statement": statement, "openings": []}, "official")


def told_at(world: World) -> str:
    """The world's time as a statement says it."""
    return world.clock().strftime("%Y-%m-%dT%H:%M:%SZ")


def name_founders(world: World) -> None:
    node = world.node
    founders = {"parties": [world.parties["first"], world.parties["second"]], "region": CITY}
    keys = [node.recorder.node_key, KEYS["first"], KEYS["second"]]
    members = {"chain": OFFICE, "kind": "founders_named", "actor": node.genesis.chain, "payload": founders}
    answer = said(world, 71, keys, **members)
    assert answer.status_code == 201, answer.text


def give_office(world: World, number: int, name: str, region: str) -> None:
    payload = {"party": world.parties[name], "offices": ["verifier"], "region": region, "basis": "谯农发〔2026〕1号"}
    payload["authority"] = world.parties["first"]
    members = {"chain": OFFICE, "kind": "office_given", "actor": world.parties["first"], "payload": payload}
    answer = said(world, number, [KEYS["first"], KEYS["second"]], **members)
    assert answer.status_code == 201, answer.text


def add_key(world: World, number: int, name: str, key: PrivateKey) -> None:
    payload = {"key": key.did, "authenticated": "in person"}
    members = {"chain": world.parties[name], "kind": "key_added", "actor": world.parties["first"], "payload": payload}
    answer = said(world, number, [KEYS["first"], KEYS["second"]], **members)
    assert answer.status_code == 201, answer.text


def exact_text(page: Response) -> str:
    """What a sign page asks to sign."""
    found = re.search(r'<code [^>]*id="exact">([^<]*)</code>', page.text)
    assert found is not None, page.text
    return html.unescape(found[1])


def proof_of(text: str, key: PrivateKey) -> str:
    """What the browser's script would send for this text."""
    return encode(sign_document(json.loads(text), key, CREATED)).decode()


def sign(browser: Browser, path: str, key: PrivateKey) -> Response:
    """Open a sign page and send the proof of its text."""
    page = browser.get(path)
    assert page.status_code == 200, page.text
    return browser.post(path, {"proof": proof_of(exact_text(page), key)})


def ask_for_key(browser: Browser, key: PrivateKey, label: str = "") -> str:
    """Ask for a key as the page does; where its request stands."""
    browser.get("/desk/keys")
    answer = browser.post("/desk/keys", {"key": key.did, "label": label})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])
