"""A whole node in a folder of its own, its app, a token of every role, and a small registered world to speak of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from api.app import create_app
from api.auth.tokens import new_token, token_hash
from api.db import Operational
from api.demonstration import play_demonstration
from api.migrations import migrate
from api.node import Node, Purpose, open_node
from api.settings import Settings, load_settings
from trace.ledger.canonical import commit
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import signed_statement

NOW = datetime(2026, 9, 10, 4, 0, tzinfo=UTC)
AT = "2026-09-10T08:06:00+08:00"
CREATED = "2026-09-10T00:06:00Z"
ORIGIN = "log.example/test"
REGION, SHANGHAI = "341602", "310115"
COOP_KEY, RETIRED_KEY, NEIGHBOUR_KEY, STRANGER_KEY = (PrivateKey.from_seed(bytes([n]) * 32) for n in (21, 22, 23, 24))
SALT = bytes(range(32))

COOP = {
    "name": "示例中药材专业合作社",
    "legal_form": "co-op",
    "uscc": "93341602MA75428340",
    "roles": ["grower", "processor"],
    "region": REGION,
    "contact": "王砚秋 19900001371",
}
PLACE = {"region": REGION, "township": "十河镇", "name": "西洼连片地", "area_mu": "118.47"}
HARVEST = {"quantity": {"value": "1250.5", "unit": "kg"}, "area_mu": "0.8"}
RECEIPT = {
    "quantity": {"value": "120", "unit": "kg"},
    "receiver": "裘点货",
    "seller_name": "聂芷岚",
    "seller_address": "十河镇供货点 3 栋 05 号",
    "seller_contact": "19900008417",
    "proofs": [{"type": "检验报告", "number": "SL-1"}],
}
"""Everything that an enterprise owes, so that nothing follows from it by rule."""


@dataclass
class Clock:
    """The time of a test, which nobody else moves."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@dataclass
class World:
    """A running node. `tokens` and `parties` are found by the names that `populate` gives them."""

    client: TestClient
    node: Node
    operational: Operational
    clock: Clock
    tokens: dict[str, str] = field(default_factory=dict)
    parties: dict[str, str] = field(default_factory=dict)
    place: str = ""
    batch: str = ""
    code: str = ""
    receipt: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return self.node.log.size

    def add_token(
        self, name: str, role: str, party: str | None = None, region: str | None = None, days: int = 30
    ) -> None:
        token = self.tokens[name] = new_token(lambda n: name.encode().ljust(n, b".")[:n])
        self.operational.add_token(token_hash(token), role, party, region, self.clock() + timedelta(days=days))

    def headers(self, who: str | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}

    def get(self, path: str, who: str | None = None, **headers: str) -> Response:
        return self.client.get(path, headers={**self.headers(who), **headers}, follow_redirects=False)

    def post(self, path: str, body: Mapping[str, Any], who: str | None, **headers: str) -> Response:
        return self.client.post(path, json=dict(body), headers={**self.headers(who), **headers})

    def made(self, path: str, body: Mapping[str, Any], who: str) -> dict[str, Any]:
        """The answer of a request that has to be taken."""
        answer = self.post(path, body, who)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def statement(self, number: int, key: PrivateKey = COOP_KEY, **changed: Any) -> dict[str, Any]:
        """A harvest that the co-op signed itself; members as `changed` says, None takes one away."""
        fields = {
            "id": f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
            "origin": ORIGIN,
            "chain": self.batch,
            "kind": "harvest",
            "actor": self.parties["coop"],
            "occurred_at": AT,
            "payload": HARVEST,
            **changed,
        }
        present = {name: value for name, value in fields.items() if value is not None}
        signed: dict[str, Any] = json.loads(signed_statement(present, [key], CREATED))
        return signed


def opening(value: Any, salt: bytes = SALT) -> dict[str, Any]:
    """The opening of a commitment, as a request carries it (base64url of 0, 1, 2 … 31)."""
    return {"commit": commit(salt, value), "salt": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "value": value}


def settings_in(folder: Path) -> Settings:
    return load_settings(
        {
            "SUXIN_DATA_DIR": str(folder / "data"),
            "SUXIN_KEY_DIR": str(folder / "keys"),
            "SUXIN_GUARD_PATH": str(folder / "guard"),
            "SUXIN_PUBLIC_URL": "http://suxin.example",
            "SUXIN_LOG_ORIGIN": ORIGIN,
        }
    )


@contextmanager
def running_app(folder: Path, purpose: Purpose = "live", now: datetime = NOW) -> Iterator[World]:
    """A node over what lies in the folder, an empty one with its genesis alone, as long as the `with` lasts."""
    settings, clock = settings_in(folder), Clock(now)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    migrate(settings)
    node = open_node(settings, purpose, clock, REGION)
    operational = Operational(settings.operational, clock)
    with TestClient(create_app(node, operational, node.close), raise_server_exceptions=False) as client:
        yield World(client, node, operational, clock)


@contextmanager
def running_demonstration(folder: Path) -> Iterator[World]:
    """A node with the demonstration's season in it, as it is served afterwards."""
    settings = settings_in(folder)
    settings.data_dir.mkdir(parents=True)
    play_demonstration(settings)
    with running_app(folder, now=datetime.now(UTC)) as world:
        yield world


@contextmanager
def running_world(folder: Path, purpose: Purpose = "live") -> Iterator[World]:
    """A node with all that `populate` registers."""
    with running_app(folder, purpose) as world:
        populate(world)
        yield world


def populate(world: World) -> None:
    """Register the people, the plot and the batch that `World` names."""
    register_people(world)
    _settle(world)


def register_people(world: World) -> None:
    """Tokens bound to no party, and the parties with theirs."""
    world.add_token("official", "official", region=REGION)
    world.add_token("far official", "official", region=SHANGHAI)
    world.add_token("auditor", "auditor")
    world.add_token("administrator", "administrator")
    parties: Sequence[tuple[str, str, dict[str, Any]]] = (
        ("coop", "member", {**COOP, "key": COOP_KEY.did}),
        ("neighbour", "member", _party("示例邻社", "co-op", ["grower"], key=NEIGHBOUR_KEY.did)),
        ("laboratory", "laboratory", _party("示例检测中心", "institution", ["laboratory"])),
        ("retailer", "member", _party("示例商行", "enterprise", ["retailer"], region=SHANGHAI)),
    )
    for name, role, body in parties:
        world.parties[name] = world.made("/api/v1/parties", body, "official")["id"]
        world.add_token(name, role, party=world.parties[name])
    world.add_token("expired", "member", party=world.parties["coop"], days=-1)
    world.add_token("revoked", "member", party=world.parties["coop"])
    world.operational.revoke_token(token_hash(world.tokens["revoked"]))


def _party(name: str, legal_form: str, roles: list[str], region: str = REGION, **more: str) -> dict[str, Any]:
    return {"name": name, "legal_form": legal_form, "roles": roles, "region": region, **more}


def _settle(world: World) -> None:
    """A plot and a batch of the co-op, a harvest, a receipt that only its parties may open; a key that was revoked."""
    coop = world.parties["coop"]
    for kind, more in (("key_added", {"authenticated": "in person"}), ("key_revoked", {"why": "lost"})):
        body = {"kind": kind, "payload": {"key": RETIRED_KEY.did, **more}}
        world.made(f"/api/v1/parties/{coop}/events", body, "official")
    world.place = world.made("/api/v1/places", {**PLACE, "party": coop}, "coop")["id"]
    opened = world.made(
        "/api/v1/batches",
        {"party": coop, "product": "HB-BS", "place": world.place, "quantity": {"value": "1000", "unit": "kg"}},
        "coop",
    )
    world.batch, world.code = opened["id"], opened["code"]
    events = f"/api/v1/batches/{world.batch}/events"
    world.made(events, {"kind": "harvest", "occurred_at": AT, "payload": HARVEST}, "coop")
    world.receipt = world.made(f"{events}?wait=proof", {"kind": "receipt", "payload": RECEIPT}, "retailer")


def send_to(world: World, buyer: str) -> None:
    """The co-op packs its batch and sends it to a party by name, on the day of the harvest: what the receipt says came there."""
    events = f"/api/v1/batches/{world.batch}/events"
    packed = {
        "levels": [{"level": "bag", "count": 25}],
        "name": "白芍",
        "origin": "安徽省亳州市谯城区十河镇",
        "packed_on": AT[:10],
        "supplier": "示例合作社",
        "quality_mark": True,
    }
    world.made(events, {"kind": "packing", "occurred_at": AT, "payload": packed}, "coop")
    sent = {"quantity": {"value": "100", "unit": "kg"}, "to_region": SHANGHAI, "buyer": world.parties[buyer]}
    world.made(events, {"kind": "dispatch", "occurred_at": AT, "payload": sent}, "coop")
