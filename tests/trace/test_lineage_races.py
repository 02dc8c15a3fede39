"""Thirty-two people split, blend, take, lose and correct at once: what the log then says is added up again by hand."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trace import lineage
from trace.ledger.canonical import decode_value
from trace.ledger.errors import Conflict, DomainError
from trace.ledger.submission import Receipt

from .control_parts import FIRST, KEYS, Control, control, kg
from .test_lineage import blend, check_traces, split

WRITERS, STEPS = 32, 5
WHAT = ("take", "split", "blend", "loss", "mend")
HARVESTS = ("f" * 22, "s" * 22, "t" * 22)
WHEN = "2026-09-01T08:00:00+08:00"


class Storm:
    """What the writers share: the batches that there are, who they may take from, and how they were refused."""

    def __init__(self, world: Control) -> None:
        self.world = world
        self.made = list(HARVESTS)
        self.refusals: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.harvests: dict[str, Receipt] = {}
        for batch in HARVESTS:
            world.open(batch)
            self.harvests[batch] = world.say(batch, "harvest", {"quantity": kg("1000")}, at=WHEN)

    def run(self) -> None:
        ready = threading.Barrier(WRITERS)
        threads = [threading.Thread(target=self._write, args=(writer, ready)) for writer in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _write(self, writer: int, ready: threading.Barrier) -> None:
        chance = random.Random(writer)
        ready.wait()
        for step in range(STEPS):
            # Everything is done by somebody while there is plenty; what comes later meets goods that run out.
            what = chance.choice(WHAT) if step else WHAT[writer % len(WHAT)]
            most = 400 if step else 30
            one, other = chance.sample(self.made if step else HARVESTS, 2)
            fresh = [f"{writer:010d}{step:011d}{part}" for part in range(2)]
            try:
                self._step(what, (one, other), fresh, str(chance.randint(20, most)))
            except DomainError as refusal:
                self.refusals[refusal.code] += 1
            else:
                self.done[what] += 1

    def _step(self, what: str, sources: tuple[str, str], fresh: list[str], amount: str) -> None:
        source, other = sources
        match what:
            case "take":
                self.world.take(fresh[0], source, amount)
                self.made.append(fresh[0])
            case "split":
                split(self.world, source, (fresh[0], amount), (fresh[1], amount))
                self.made += fresh
            case "blend":
                blend(self.world, fresh[0], (source, amount), (other, amount))
                self.made.append(fresh[0])
            case "loss":
                self.world.say(source, "loss", {"quantity": kg(amount), "why": "spoilage"})
            case "mend":
                batch = HARVESTS[int(amount) % len(HARVESTS)]
                event = {"kind": "harvest", "occurred_at": WHEN, "payload": {"quantity": kg(str(600 + int(amount)))}}
                said: dict[str, Any] = {"corrects": self.harvests[batch].id, "reason": "过磅单不同"}
                self.world.say(batch, "correction", {"restated": event}, **said, beside=(KEYS[FIRST],))


def statements(world: Control) -> list[dict[str, Any]]:
    """Every statement in the order of the log."""
    with world.node.store.reading() as reads:
        rows = list(reads.rows(0, world.node.log.size))
    return [dict(decode_value(row.statement)) for row in rows]  # type: ignore[arg-type]


def added_up(world: Control) -> tuple[dict[str, int], list[str], set[tuple[str, str]]]:
    """Kilograms left of each batch, the batches of which an act took more than was left, and (child, parent) of each step:
    read off the statements alone."""
    left: dict[str, int] = {}
    weighed: dict[str, int] = {}
    overdrawn: list[str] = []
    edges: set[tuple[str, str]] = set()
    for said in statements(world):
        batch, payload = said["chain"], said["payload"]
        amount = int(payload["quantity"]["value"]) if "quantity" in payload else 0
        match said["kind"]:
            case "batch_opened":
                left[batch] = amount if payload.get("inputs") else 0
                edges |= {(batch, one["batch"]) for one in payload.get("inputs", ())}
            case "harvest":
                left[batch] += amount
                weighed[batch] = amount
            case "loss":
                left[batch] -= amount
            case "correction":
                amount = int(payload["restated"]["payload"]["quantity"]["value"])
                left[batch] += amount - weighed[batch]
                weighed[batch] = amount
            case "consumed":
                left[batch] -= amount
                if left[batch] < 0:
                    overdrawn.append(batch)
    return left, overdrawn, edges


@pytest.fixture
def storm(tmp_path: Path) -> Iterator[Storm]:
    with control(tmp_path) as world:
        yield Storm(world)


def test_what_thirty_two_writers_did_adds_up(storm: Storm, tmp_path: Path) -> None:
    storm.run()

    left, overdrawn, edges = added_up(storm.world)
    assert overdrawn == []
    assert set(storm.refusals) == {Conflict("mass-exceeded").code}
    assert min(storm.done[what] for what in WHAT) > 0
    assert {batch: storm.world.left(batch) for batch in left} == {one: amount * 10**6 for one, amount in left.items()}
    check_traces(storm.world, left, edges)
    assert storm.world.check(tmp_path).ok


def test_without_the_rule_the_sum_would_not_hold(storm: Storm, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: writers whom nobody stops take more than there is, and the sum shows it."""
    monkeypatch.setattr(lineage, "check_amount", lambda *_: None)

    storm.run()

    assert added_up(storm.world)[1] != []
