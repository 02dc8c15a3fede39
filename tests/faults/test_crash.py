"""Kill -9 under eight writers: what was answered is there, what was not can be sent again, and each thing is there once.

The long campaign: SUXIN_CAMPAIGN=long make crash (500 kills instead of 20, in five parts that each end with every check;
half an hour where the machine does nothing else; one part alone: ARGS="-k 'kills_under and part-3'"). SUXIN_SEED=… repeats
the draws of a run, or begins another one.
"""

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

import pytest

from trace.ledger.canonical import b64url_encode
from trace.ledger.merkle import leaf_hash, root_of
from trace.ledger.notes import Checkpoint
from trace.ledger.sqlite import reading

from .campaign import FAULTY, MAX_WAIT_SECONDS, TRIES, Campaign, Kill, campaign_of, run
from .device_keys import Coop
from .faulty_node import ANSWERS_EARLY, FORGETS_IDS, OF_STATEMENTS, STEPS
from .flights import Flights, NothingInFlight
from .journal import Found, Journal, breaches
from .node_process import NodeProcess, vkeys_of

IS_LONG = os.environ.get("SUXIN_CAMPAIGN") == "long"
SEED = os.environ.get("SUXIN_SEED", "2026-09-10")
PARTS, ROUNDS = (5, 100) if IS_LONG else (1, 20)
"""Logs that are opened one after the other, and how often the node of each is killed."""
STEP_SHARE = 0.4
"""Part of the kills that strike at a chosen step of the writer, where a random moment seldom falls."""
OFTEN, SELDOM = (25, 60), (4, 9)
"""At which of its times a step of statements, or of a checkpoint, is the one."""


def kills_of(chance: random.Random) -> list[Kill]:
    """Every step in turn, the others after a random time, in random order."""
    steps = [
        Kill(step=step, at=chance.randint(*(OFTEN if step in OF_STATEMENTS else SELDOM)))
        for step in (STEPS[n % len(STEPS)] for n in range(int(ROUNDS * STEP_SHARE)))
    ]
    kills = [Kill(after_seconds=chance.uniform(0, MAX_WAIT_SECONDS)) for _ in range(ROUNDS - len(steps))] + steps
    chance.shuffle(kills)
    return kills


def found_in(node: NodeProcess) -> Found:
    """The running node's log: entries as it publishes them, statements as they lie in its database."""
    size = node.checkpoint(vkeys_of(node)).size
    with reading(node.settings.database) as reads:
        rows = [(row.index, row.statement_id, sha256(row.statement).hexdigest()) for row in reads.rows(0, size)]
    return Found(node.published_entries(size), rows)


def wait_until_published(node: NodeProcess) -> None:
    """Everything that is in the log is under a checkpoint; at most a second after the last answer."""
    vkeys = vkeys_of(node)
    while node.checkpoint(vkeys).size < node.size:
        pass


def figures(seed: str, campaign: Campaign, found: Found) -> str:
    answered = sum(len(journal.told().answered) for journal in campaign.journals)
    in_flight = dict(sorted(Counter(campaign.in_flight).items()))
    again = [(writer.were_there, writer.were_not) for writer in campaign.writers]
    return (
        f"crash, seed {seed}: {len(campaign.in_flight)} kills, {len(found.entries)} entries, {answered} statements "
        f"answered, {len(campaign.checkpoints)} checkpoints seen; kills by requests in flight {in_flight}, "
        f"{campaign.void} rounds without any not counted; of the requests sent again "
        f"{sum(there for there, _ in again)} had been carried out, {sum(new for _, new in again)} had not; "
        f"boot at most {max(campaign.node.boot_seconds):.2f} s"
    )


@pytest.mark.parametrize("part", [f"part-{n + 1}" for n in range(PARTS)])
def test_kills_under_eight_writers_lose_double_and_fork_nothing(
    node: NodeProcess, coop: Coop, tmp_path: Path, tell: Callable[[str], None], part: str
) -> None:
    seed = f"{SEED} {part}"
    campaign = campaign_of(node, coop, tmp_path, seed)
    kills = kills_of(campaign.chance)

    run(campaign, kills)
    wait_until_published(node)
    found = found_in(node)
    tell(figures(seed, campaign, found))

    assert len(campaign.in_flight) == ROUNDS
    assert min(campaign.in_flight) > 0, campaign.in_flight
    assert min(sum(w.were_there for w in campaign.writers), sum(w.were_not for w in campaign.writers)) > 0
    assert campaign.wrong == []
    assert breaches(campaign.journals, found) == []
    assert len(campaign.checkpoints) > ROUNDS
    assert node.audited().ok
    assert node.differences() == []


# ---- the controls: what has to turn the campaign red ------------------------------------------------------------------


def test_the_campaign_sees_a_node_that_answers_before_it_commits(node: NodeProcess, coop: Coop, tmp_path: Path) -> None:
    campaign = campaign_of(node, coop, tmp_path, SEED)

    run(campaign, [Kill(step=ANSWERS_EARLY, at=3)])
    wait_until_published(node)
    broken = breaches(campaign.journals, found_in(node))

    assert {one.split()[0] for one in broken} >= {"lost"}, broken


def test_the_campaign_sees_a_node_that_takes_a_statement_twice(node: NodeProcess, coop: Coop, tmp_path: Path) -> None:
    campaign = campaign_of(node, coop, tmp_path, SEED)

    campaign.kill(Kill(step="after-commit", at=1))
    campaign.settle(*FAULTY, FORGETS_IDS, "0")
    wait_until_published(node)
    broken = breaches(campaign.journals, found_in(node))

    assert {one.split()[0] for one in broken} >= {"double"}, broken
    assert not node.audited().ok


@dataclass
class Told(Campaign):
    """A campaign whose rounds leave as many requests without an answer as it is told."""

    rounds: list[int] = field(default_factory=list)

    def round(self, kill: Kill) -> int:
        return self.rounds.pop(0)


def test_a_kill_that_left_no_request_without_an_answer_is_repeated_and_never_counted(node: NodeProcess) -> None:
    campaign = Told(node, random.Random(SEED), [], rounds=[8, 0, 0, 3, *[0] * TRIES])

    for _ in range(3):
        campaign.kill(Kill())

    assert campaign.in_flight == [8, 3, 0]
    assert campaign.void == 2 + TRIES


def test_nothing_is_killed_while_no_request_is_in_flight() -> None:
    flights, killed = Flights(), list[str]()
    flights.left("a")
    flights.landed("a")

    with pytest.raises(NothingInFlight):
        flights.strike(lambda: killed.append("a request was answered"), 0)
    assert killed == []

    flights.left("b")
    flights.strike(lambda: killed.append("one is in flight"), 0)
    assert killed == ["one is in flight"]
    assert flights.unanswered == 1


def test_what_was_answered_after_all_or_left_too_late_was_not_in_flight() -> None:
    flights = Flights()
    for sender in ("a", "b"):
        flights.left(sender)
    flights.strike(lambda: None, 0)

    flights.landed("a")  # its answer had left the node
    flights.left("a")
    flights.left("c")

    assert flights.unanswered == 1


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Journal, Found]:
    """A journal and the log that keeps it: two statements on one chain, and both checkpoints."""
    chain = b64url_encode(bytes(16))
    first = f'{{"chain":"{chain}","index":0,"prev":null,"seq":0}}'.encode()
    second = f'{{"chain":"{chain}","index":1,"prev":"{leaf_hash(first).hex()}","seq":1}}'.encode()
    journal = Journal(tmp_path / "journal.txt")
    journal.note_sending([("a", "aa"), ("b", "bb")])
    journal.note_answer([("a", 0, leaf_hash(first).hex()), ("b", 1, leaf_hash(second).hex())])
    with journal.path.open("a") as file:
        for entries in ([first], [first, second]):
            file.write(f"checkpoint log.example {len(entries)} {root_of(entries).hex()}\n")
    return journal, Found([first, second], [(0, "a", "aa"), (1, "b", "bb")])


def test_a_kept_journal_has_no_breach(kept: tuple[Journal, Found]) -> None:
    assert breaches([kept[0]], kept[1]) == []


@pytest.mark.parametrize(
    ("line", "breach"),
    [
        ("sent c cc\nanswered c 2 00", "lost c"),  # an acknowledgement that was never given
        ("sent c cc", "lost c"),
        ("answered a 1 00", "moved a"),
        ("answered b 1 00", "moved b"),
        ("sent a 00", "changed a"),
        (f"checkpoint log.example 1 {'00' * 32}", "fork at size 1"),
        (f"checkpoint log.example 3 {'00' * 32}", "fork at size 3, beyond the end"),
        (f"checkpoint log.example 2 {'00' * 32}\ncheckpoint log.example 1 {'00' * 32}", "shrunk 2 1"),
    ],
)
def test_a_journal_that_was_told_something_else_is_a_breach(
    kept: tuple[Journal, Found], line: str, breach: str
) -> None:
    journal, found = kept
    with journal.path.open("a") as file:
        file.write(line + "\n")

    assert any(one.startswith(breach) for one in breaches([journal], found)), breaches([journal], found)


def test_a_log_with_a_double_or_with_a_gap_is_a_breach(kept: tuple[Journal, Found]) -> None:
    journal, found = kept
    double = replace(found, statements=[*found.statements, (2, "a", "aa")])
    gap = replace(found, entries=[found.entries[0], found.entries[1].replace(b'"seq":1', b'"seq":2')])

    assert "double a" in breaches([journal], double)
    assert any(one.startswith("chain ") for one in breaches([journal], gap))


def test_the_root_of_a_checkpoint_is_that_of_the_tree_it_names() -> None:
    empty = Checkpoint("log.example", 0, bytes.fromhex(sha256(b"").hexdigest()))

    assert root_of([]) == empty.root
