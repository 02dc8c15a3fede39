"""Who are the officials of a demonstration? Four founders, three of the district and one of the city, each with a key file.

On a live log officials make their keys in their own browsers and nobody else has them. Here the files lie in the key
folder, so that whoever tries the demonstration can sign as each of them; the page that takes them in says so.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.compose import Recorder
from api.founders import KIND, draft
from api.keyfiles import load_key, write_key
from api.node import Node
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import parse_statement, signed_statement
from trace.ledger.submission import Signed, Submission

CITY, DISTRICT = "341600", "341602"
OFFICIALS = (
    ("演示监管员一（区）", DISTRICT),
    ("演示监管员二（区）", DISTRICT),
    ("演示监管员三（区）", DISTRICT),
    ("演示监管员四（市）", CITY),
)
"""Name and region of each; the founders' office holds in the whole city, and so in the district."""

RECORDED_BY = "demonstration"


@dataclass(frozen=True)
class Official:
    """A demonstration official: the party, and where its key file lies."""

    name: str
    party: str
    region: str
    key_file: Path


def name_officials(node: Node) -> tuple[Official, ...]:
    """Register the four, add their keys, and name them founders: the first entries of a demonstration after genesis."""
    recorder, key_dir = node.recorder, node.settings.key_dir
    made = tuple(
        Official(name, recorder.new_chain(), region, key_dir / f"demo-official-{number}.key")
        for number, (name, region) in enumerate(OFFICIALS, 1)
    )
    keys = [_key(one.key_file) for one in made]
    registered = [item for one, key in zip(made, keys, strict=True) for item in _registered(recorder, one, key)]
    fields = draft(recorder, {"parties": [one.party for one in made], "region": CITY, "basis": "演示任命书"})
    named = parse_statement(signed_statement(fields, [recorder.node_key, *keys], recorder.created()))
    assert named.kind == KIND
    node.log.submit(Submission(tuple(registered))).result()
    node.log.submit(Submission((Signed(named),))).result()
    return made


def _key(path: Path) -> PrivateKey:
    """The key of this demonstration; one that lies there already, of a play that broke off, is taken."""
    return load_key(path) if path.exists() else write_key(path, os.urandom(32))


def _registered(recorder: Recorder, one: Official, key: PrivateKey) -> Iterator[Signed]:
    person = {"name": one.name, "legal_form": "person", "roles": ["regulator"], "region": one.region}
    added = {"key": key.did, "authenticated": RECORDED_BY, "custody": "file"}
    said: tuple[tuple[str, dict[str, Any]], ...] = (("party_registered", person), ("key_added", added))
    for kind, payload in said:
        yield recorder.record(
            kind,
            payload,
            chain=one.party,
            actor=recorder.node_chain,
            recorded_by=RECORDED_BY,
            id=recorder.new_id(),
        )
