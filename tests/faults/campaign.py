"""What do eight writers do while their node is killed again and again? They keep journals, and send again what hung."""

import hashlib
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from trace.ledger.canonical import encode
from trace.ledger.keys import PrivateKey, Vkey
from trace.ledger.notes import Checkpoint

from .device_keys import COOP_TOKEN, DEVICES, Coop, Request, receipts
from .faulty_node import REACHED
from .flights import Flights
from .journal import Journal
from .node_process import ANSWER_SECONDS, Answer, Client, NodeProcess, Unanswered, vkeys_of

FAULTY = ("-m", "tests.faults.faulty_node")
MAX_WAIT_SECONDS = 0.6
"""A node is killed up to this long after the first answer of a round, and then as soon as a request is in flight."""
TRIES = 50
"""How often a round is repeated of whose requests in flight every single one turned out to have been answered."""
REPEATABLE = 50
"""How many of its answered requests a writer may send again."""
GROUP_SHARE, PROOF_SHARE, REPEAT_SHARE = 0.12, 0.15, 0.05


@dataclass(frozen=True)
class Kill:
    """When a node is killed in a round: `after_seconds`, or where its writer reaches a step for the Nth time."""

    after_seconds: float = 0.0
    step: str = ""
    at: int = 0

    @property
    def command(self) -> tuple[str, ...]:
        return (*FAULTY, self.step, str(self.at)) if self.step else ()


@dataclass
class Writer:
    """One client with its own device key and journal. `hanging`: requests without an answer; `were_there`, `were_not`:
    how many of those that were sent again had been carried out before the kill, and how many had not."""

    coop: Coop
    key: PrivateKey
    vkeys: list[Vkey]
    chance: random.Random
    journal: Journal
    hanging: list[Request] = field(default_factory=list)
    answered: list[tuple[Request, Answer]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    were_there: int = 0
    were_not: int = 0

    def write(self, node: NodeProcess, size: int, heard: threading.Event, flights: Flights) -> None:
        """Send until the node is gone: first what hangs, then new statements."""
        with closing(Client(node.port, COOP_TOKEN)) as client, suppress(Unanswered):
            self.settle(client, size, flights)
            while True:
                self._send(client, self._next(), flights)
                heard.set()

    def settle(self, client: Client, size: int, flights: Flights) -> None:
        """Send again what hangs, to a node that started with `size` entries. Raises Unanswered."""
        while self.hanging:
            answer = self._send(client, self.hanging[0], flights)
            if answer.status == 201 and receipts(answer)[0]["index"] < size:
                self.were_there += 1
            else:
                self.were_not += 1

    def _next(self) -> Request:
        drawn = self.chance.random()
        if drawn < REPEAT_SHARE and self.answered:
            return self.chance.choice(self.answered)[0]
        number = 3 if drawn < REPEAT_SHARE + GROUP_SHARE else 1
        made = tuple(self.coop.statement(self.chance, key=self.key) for _ in range(number))
        return Request(made, self.chance.random() < PROOF_SHARE)

    def _send(self, client: Client, request: Request, flights: Flights) -> Answer:
        first = next((answer for known, answer in self.answered if known is request), None)
        if first is None and request not in self.hanging:
            self.journal.note_sending(
                [(one["id"], hashlib.sha256(encode(one)).hexdigest()) for one in request.statements]
            )
            self.hanging.append(request)
        answer = client.post(request.path, request.body, lambda: flights.left(self.key.did))
        flights.landed(self.key.did)
        if first is not None:
            if answer != first:
                self.wrong.append(f"a repeat was answered {answer}, at first {first}")
        elif answer.status != 201:
            self.wrong.append(f"answered {answer}")
            self.hanging.remove(request)
        else:
            self.journal.note_answer([(one["id"], one["index"], one["leaf"]) for one in receipts(answer)])
            self.hanging.remove(request)
            self.answered = [*self.answered[-REPEATABLE:], (request, answer)]
        if request.wait_proof and answer.status == 201:
            self._look(client, max(one["index"] for one in receipts(answer)))
        return answer

    def _look(self, client: Client, index: int) -> None:
        """What was waited for is under the checkpoint that everybody is shown."""
        seen = client.get("/log/checkpoint")
        checkpoint = self.journal.note_checkpoint(seen.body.decode(), self.vkeys)
        if index >= checkpoint.size:
            self.wrong.append(f"waited for index {index}, shown a checkpoint of size {checkpoint.size}")


@dataclass
class Campaign:
    """Rounds of one node under eight writers. `in_flight`: how many requests each kill left without an answer; `void`:
    rounds that left none, and were repeated."""

    node: NodeProcess
    chance: random.Random
    writers: list[Writer]
    in_flight: list[int] = field(default_factory=list)
    void: int = 0

    def kill(self, kill: Kill) -> None:
        """Rounds until one was killed with a request in flight, which stays without an answer."""
        for _ in range(TRIES):
            unanswered = self.round(kill)
            if unanswered:
                break
            self.void += 1
        self.in_flight.append(unanswered)

    def round(self, kill: Kill) -> int:
        """Start the node and kill it while a request is in flight: how many were, and got no answer."""
        self.node.start(*kill.command)
        heard, size, flights = threading.Event(), self.node.size, Flights()
        with ThreadPoolExecutor(len(self.writers)) as pool:
            writing = [pool.submit(writer.write, self.node, size, heard, flights) for writer in self.writers]
            try:
                if kill.step:
                    self.node.wait_for(f"{REACHED} {kill.step}\n")
                else:
                    heard.wait(ANSWER_SECONDS)
                    time.sleep(kill.after_seconds)
                flights.strike(self.node.strike, ANSWER_SECONDS)
            finally:
                self.node.kill()
            for one in writing:
                one.result()
        return flights.unanswered

    def settle(self, *command: str) -> None:
        """Start the node once more, the product's own unless said otherwise, and send again whatever still hangs."""
        self.node.start(*command)
        size = self.node.size
        for writer in self.writers:
            with closing(Client(self.node.port, COOP_TOKEN)) as client:
                writer.settle(client, size, Flights())

    @property
    def journals(self) -> list[Journal]:
        return [writer.journal for writer in self.writers]

    @property
    def wrong(self) -> list[str]:
        return [one for writer in self.writers for one in writer.wrong]

    @property
    def checkpoints(self) -> list[Checkpoint]:
        return [one for journal in self.journals for one in journal.told().checkpoints]


def campaign_of(node: NodeProcess, coop: Coop, folder: Path, seed: str) -> Campaign:
    """Eight writers over one co-op's batches; every draw follows from the seed, what the scheduler does with it does not."""
    vkeys = vkeys_of(node)
    writers = [
        Writer(coop, key, vkeys, random.Random(f"{seed} writer {n}"), Journal(folder / f"writer-{n}.txt"))
        for n, key in enumerate(DEVICES)
    ]
    return Campaign(node, random.Random(seed), writers)


def run(campaign: Campaign, kills: list[Kill]) -> None:
    for kill in kills:
        campaign.kill(kill)
    campaign.settle()
