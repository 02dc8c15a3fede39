"""Who speaks to a node under attack? One co-op with many device keys and batches, whose statements it signs itself."""

import json
import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from api.auth.tokens import new_token, token_hash
from api.db import Operational
from api.migrations import migrate
from trace.ledger.canonical import b64url_encode
from trace.ledger.keys import PrivateKey
from trace.ledger.statement import signed_statement

from .node_process import ORIGIN, Answer, NodeProcess

REGION = "341602"
AT, CREATED = "2025-09-10T08:06:00+08:00", "2025-09-10T00:06:00Z"
OFFICE_TOKEN, COOP_TOKEN = (new_token(lambda n, fill=fill: fill * n) for fill in (b"o", b"c"))
DEVICES = tuple(PrivateKey.from_seed(bytes([n]) * 32) for n in range(40, 48))
COOP = {
    "name": "示例中药材专业合作社",
    "legal_form": "family-farm",  # owes no field of a harvest, so nothing follows from one by rule
    "uscc": "933416029GJRFYBU32",
    "roles": ["grower", "processor"],
    "region": REGION,
    "key": DEVICES[0].did,
}
BATCHES = 50
OPENING = {"product": "HB-BS", "township": "十河镇", "quantity": {"value": "1000", "unit": "kg"}}
STATEMENTS = "/api/v1/statements"


def group(statements: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The request that sends these all or none."""
    return {"group": [{"statement": one} for one in statements]}


@dataclass(frozen=True)
class Coop:
    """A registered co-op: its party id, its batches, and statements signed by one of its devices."""

    party: str
    batches: tuple[str, ...] = field(repr=False)

    def statement(
        self,
        chance: random.Random,
        chain: str | None = None,
        *,
        key: PrivateKey = DEVICES[0],
        kind: str = "harvest",
        payload: Mapping[str, Any] | None = None,
        id: str | None = None,
    ) -> dict[str, Any]:
        """A harvest, unless said otherwise, of a batch drawn by `chance`, which also draws the id."""
        fields = {
            "id": id or f"urn:uuid:{uuid.UUID(int=chance.getrandbits(128), version=4)}",
            "origin": ORIGIN,
            "chain": chain or chance.choice(self.batches),
            "kind": kind,
            "actor": self.party,
            "occurred_at": AT,
            "payload": payload or {"quantity": {"value": str(chance.randint(1, 9_999)), "unit": "kg"}},
        }
        made: dict[str, Any] = json.loads(signed_statement(fields, [key], CREATED))
        return made

    def add_keys(self, node: NodeProcess, chance: random.Random, keys: Sequence[PrivateKey]) -> None:
        """Make these keys valid, by statements of the first device."""
        added = [
            self.statement(chance, self.party, kind="key_added", payload={"key": key.did, "authenticated": "own key"})
            for key in keys
        ]
        taken(node.post(STATEMENTS, group(added), COOP_TOKEN))


@dataclass(frozen=True)
class Request:
    """What one POST to `statements` carries."""

    statements: tuple[dict[str, Any], ...]
    wait_proof: bool = False

    @property
    def path(self) -> str:
        return STATEMENTS + ("?wait=proof" if self.wait_proof else "")

    @cached_property
    def body(self) -> dict[str, Any]:
        return group(self.statements) if len(self.statements) > 1 else {"statement": self.statements[0]}

    @property
    def ids(self) -> list[str]:
        return [one["id"] for one in self.statements]


def receipts(answer: Answer) -> list[dict[str, Any]]:
    """What a 201 says of each statement of a request, in its order."""
    found: list[dict[str, Any]] = answer.body.get("items", [answer.body])
    return found


def taken(answer: Answer) -> Any:
    """The body of an answer that has to be 201."""
    assert answer.status == 201, answer
    return answer.body


def settle(node: NodeProcess) -> Coop:
    """Open a log in an empty folder and leave it running with a co-op, eight device keys and fifty batches."""
    settings = node.settings
    settings.data_dir.mkdir(parents=True)
    migrate(settings)
    operational, later = Operational(settings.operational), datetime.now(UTC) + timedelta(days=30)
    operational.add_token(token_hash(OFFICE_TOKEN), "official", None, REGION, later)
    node.start()
    party = taken(node.post("/api/v1/parties", COOP, OFFICE_TOKEN))["id"]
    operational.add_token(token_hash(COOP_TOKEN), "member", party, None, later)
    chance = random.Random("settled")
    coop = Coop(party, tuple(b64url_encode(chance.randbytes(16)) for _ in range(BATCHES)))
    coop.add_keys(node, chance, DEVICES[1:])
    opened = [coop.statement(chance, chain, kind="batch_opened", payload=OPENING) for chain in coop.batches]
    taken(node.post(STATEMENTS + "?wait=proof", group(opened), COOP_TOKEN))
    return coop
