"""What do eight writers do while their node is killed again and again? They keep journals, and send again what hung."""

import hashlib
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from trace.ledger.canonical import encode
from trace.ledger.keys import PrivateKey, Vkey
from trace.ledger.notes import Checkpoint

from .device_keys import COOP_TOKEN, DEVICES, Coop, Request, receipts
from .journal import Journal
from .node_process import Answer, Client, NodeProcess, Unanswered, vkeys_of

FAULTY = ("-m", "tests.faults.faulty_node")
MAX_WAIT_SECONDS = 0.6
"""A node is killed up to this long after the first answer of a round."""
REPEATABLE = 50
"""How many of its answered requests a writer may send again."""
GROUP_SHARE, PROOF_SHARE, REPEAT_SHARE = 0.12, 0.15, 0.05


@dataclass(frozen=True)
class Kill:
    """How a round ends: from outside `after_seconds`, or by the node itself at the Nth time of a writer's step."""

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

    def write(self, node: NodeProcess, size: int, heard: threading.Event) -> int:
        """Send until the node is gone: first what hangs, then new statements. How many requests were in flight then."""
        with closing(Client(node.port, COOP_TOKEN)) as client:
            try:
                self.settle(client, size)
                while True:
                    self._send(client, self._next())
                    heard.set()
            except Unanswered as gone:
                return int(gone.sent)

    def settle(self, client: Client, size: int) -> None:
        """Send again what hangs, to a node that started with `size` entries. Raises Unanswered."""
        while self.hanging:
            answer = self._send(client, self.hanging[0])
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

    def _send(self, client: Client, request: Request) -> Answer:
        first = next((answer for known, answer in self.answered if known is request), None)
        if first is None and request not in self.hanging:
            self.journal.note_sending(
                [(one["id"], hashlib.sha256(encode(one)).hexdigest()) for one in request.statements]
            )
            self.hanging.append(request)
        answer = client.post(request.path, request.body)
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
    """Rounds of one node under eight writers. `in_flight`: a round's requests without an answer at its kill."""

    node: NodeProcess
    chance: random.Random
    writers: list[Writer]
    in_flight: list[int] = field(default_factory=list)

    def round(self, kill: Kill) -> None:
        self.node.start(*kill.command)
        heard, size = threading.Event(), self.node.size
        with ThreadPoolExecutor(len(self.writers)) as pool:
            writing = [pool.submit(writer.write, self.node, size, heard) for writer in self.writers]
            try:
                if kill.step:
                    self.node.wait()
                else:
                    heard.wait(MAX_WAIT_SECONDS * 30)
                    time.sleep(kill.after_seconds)
            finally:
                self.node.kill()
            self.in_flight.append(sum(one.result() for one in writing))

    def settle(self) -> None:
        """Start the product's node once more, and send again whatever still hangs."""
        self.node.start()
        size = self.node.size
        for writer in self.writers:
            with closing(Client(self.node.port, COOP_TOKEN)) as client:
                writer.settle(client, size)

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


def run(campaign: Campaign, kills: list[Kill], progress: Callable[[int], None] = lambda done: None) -> None:
    for done, kill in enumerate(kills):
        campaign.round(kill)
        progress(done + 1)
    campaign.settle()
