"""Who comes to a node on a market morning, and who on a festival evening? Two kinds of user, for locust alone.

Never imported by anything of ours: locust replaces the sockets of its process. `python -m loadtests.locust_run` starts it.
"""

import json
import random
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from locust import FastHttpUser, between, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

TOLD: dict[str, Any] = {}
"""What the runner says of the season: `codes`, `batches`, `token` of a stall."""


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _add_arguments(parser: LocustArgumentParser) -> None:
    parser.add_argument("--told", help="file with what is in the node (loadtests.locust_run writes it)")
    parser.add_argument("--seed", type=int, default=1)


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def _read_told(environment: Environment, **_: Any) -> None:
    options = environment.parsed_options
    assert options is not None
    TOLD.update(json.loads(Path(options.told).read_text("utf-8")))
    random.seed(options.seed)


class _Visitor(FastHttpUser):
    """What everybody does. `name` groups the addresses of one route in locust's table."""

    abstract = True

    def scan(self) -> None:
        """A phone opens the page behind a label."""
        code = random.choice(TOLD["codes"])
        headers = {"Accept": "text/html", "Accept-Language": random.choice(("zh-CN", "en"))}
        with self.client.get(f"/t/{code}", name="/t/{code}", headers=headers, catch_response=True) as answer:
            if answer.status_code == 200 and f"/t/{code}" not in (answer.text or ""):
                answer.failure("the page of another label")

    def fetch_bundle(self) -> None:
        """The page's script fetches what it checks."""
        batch = random.choice(TOLD["batches"])
        self.client.get(f"/api/v1/batches/{batch}/bundle", name="/api/v1/batches/{id}/bundle")

    def read_batch(self) -> None:
        """A market's admission desk looks at the batch and at what happened to it."""
        batch = random.choice(TOLD["batches"])
        self.client.get(f"/api/v1/batches/{batch}", name="/api/v1/batches/{id}")
        self.client.get(f"/api/v1/batches/{batch}/events", name="/api/v1/batches/{id}/events")

    def receive(self) -> None:
        """A stall takes goods in."""
        self.client.post(
            f"/api/v1/batches/{random.choice(TOLD['batches'])}/events",
            name="/api/v1/batches/{id}/events (receipt)",
            headers={"Authorization": f"Bearer {TOLD['token']}", "Idempotency-Key": str(uuid.uuid4())},
            json={
                "kind": "receipt",
                "occurred_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "payload": {"quantity": {"value": str(random.randrange(1, 20)), "unit": "kg"}},
            },
        )


class MarketMorning(_Visitor):
    """Five in the morning at the gate of a wholesale market: every lot is scanned, looked up, checked and taken in."""

    wait_time = between(0.2, 1.0)

    @task(4)
    def look_at_a_lot(self) -> None:
        self.scan()
        self.fetch_bundle()
        self.read_batch()

    @task(1)
    def take_a_lot_in(self) -> None:
        self.receive()


class FestivalEvening(_Visitor):
    """The evening before Mid-Autumn: presents are unpacked, and their labels scanned; one phone in four goes on to check."""

    wait_time = between(0.1, 0.5)

    @task(3)
    def glance(self) -> None:
        self.scan()

    @task(1)
    def scan_and_check(self) -> None:
        self.scan()
        self.fetch_bundle()
