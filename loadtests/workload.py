"""What is sent in a measurement? Parties with keys of their own, their batches, and the events that they sign. Seeded."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from api.node import Node
from loadtests.client import request_bytes
from trace.events import KINDS
from trace.ledger.canonical import b64url_encode
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import signed_statement
from trace.ledger.submission import Submission
from trace.payload import commit_payload

PARTIES = 32
BATCHES_OF_EACH = 16
REGION = "341602"
TOWNSHIP = "十河镇"


@dataclass(frozen=True)
class Grower:
    """A party with its own key, and its batches."""

    id: str
    key: PrivateKey
    batches: tuple[str, ...]


@dataclass(frozen=True)
class Append:
    """One event twice: as our API takes it, signed, and as the plain app takes it."""

    signed: bytes
    plain: bytes


def register_growers(node: Node, seed: int) -> list[Grower]:
    """Parties, keys, plots and batches, straight into the log of a node that serves nobody yet."""
    chance = random.Random(seed)
    return [_register_grower(node, chance, number) for number in range(PARTIES)]


def _register_grower(node: Node, chance: random.Random, number: int) -> Grower:
    recorder, key = node.recorder, PrivateKey(chance.randbytes(32))
    party, place, region = recorder.new_chain(), recorder.new_chain(), REGION
    batches = tuple(recorder.new_chain() for _ in range(BATCHES_OF_EACH))
    name = f"第{number}合作社"
    told: list[tuple[str, str, str, dict[str, Any]]] = [
        ("party_registered", party, node.genesis.chain, {"name": name, "legal_form": "co-op", "roles": ["grower"]}),
        ("key_added", party, node.genesis.chain, {"key": key.did, "authenticated": "in person"}),
        ("place_registered", place, party, {"party": party, "township": TOWNSHIP}),
        *(("batch_opened", batch, party, _opening(place)) for batch in batches),
    ]
    for kind, chain, actor, payload in told:
        if kind in ("party_registered", "place_registered"):
            payload["region"] = region
        signed = recorder.record(
            kind, payload, chain=chain, actor=actor, recorded_by="bench", id=recorder.new_id(), region=region
        )
        node.log.submit(Submission((signed,))).result()
    return Grower(party, key, batches)


def _opening(place: str) -> dict[str, Any]:
    quantity = {"value": "400", "unit": "kg"}
    return {"product": "HB-BS", "township": TOWNSHIP, "place": place, "quantity": quantity}


def appends(origin: str, growers: list[Grower], token: str, seed: int, now: datetime) -> Iterator[Append]:
    """Pesticide records without end, each of another batch than the last, each with a private operator."""
    chance = random.Random(seed)
    salts = iter(lambda: chance.randbytes(32), None)
    while True:
        grower = chance.choice(growers)
        day = (now - timedelta(days=chance.randrange(300))).date().isoformat()
        payload = _input_use(chance, day)
        common = {
            "id": f"urn:uuid:{uuid.UUID(bytes=chance.randbytes(16), version=4)}",
            "chain": chance.choice(grower.batches),
            "kind": "input_use",
            "actor": grower.id,
            "occurred_at": f"{day}T08:{chance.randrange(60):02d}:00+08:00",
        }
        committed, openings = commit_payload(KINDS["input_use"], payload, salts)
        statement = signed_statement(
            {**common, "origin": origin, "payload": committed}, [grower.key], now.strftime("%Y-%m-%dT%H:%M:%SZ")
        )
        opened = [{"commit": one.commit, "salt": b64url_encode(one.salt), "value": one.value} for one in openings]
        body = b'{"openings":' + orjson.dumps(opened) + b',"statement":' + statement + b"}"
        yield Append(
            request_bytes("POST", "/api/v1/statements", {"authorization": f"Bearer {token}"}, body),
            request_bytes("POST", "/events", {}, orjson.dumps({**common, "payload": payload})),
        )


def _input_use(chance: random.Random, day: str) -> dict[str, Any]:
    """A complete record: what the law asks of a co-op, so that it is granted without a remark."""
    return {
        "input_kind": "pesticide",
        "name": chance.choice(("苯醚甲环唑水分散粒剂", "戊唑醇悬浮剂", "吡唑醚菌酯乳油")),
        "active": [chance.choice(("苯醚甲环唑", "戊唑醇", "吡唑醚菌酯"))],
        "dose": {"value": str(chance.randrange(50, 900)), "unit": "g"},
        "area_mu": f"{chance.randrange(1, 30)}.5",
        "used_from": day,
        "used_until": day,
        "method": "spray",
        "target": "白芍 叶斑病",
        "maker": "亳州某农化有限公司",
        "registration_no": f"PD2015{chance.randrange(10_000):04d}",
        "interval_days": 28,
        "interval_source": "label",
        "label_photo": chance.randbytes(32).hex(),
        "toxicity": "低毒",
        "crop_on_label": True,
        "source": f"第{chance.randrange(40)}农资店",
        "operator": f"第{chance.randrange(200)}号社员",
    }
