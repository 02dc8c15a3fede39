"""A COMMIT that fails, or fails but happened, reaches nobody as success nor as "not done": 503, stop, resend by id."""

import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from .campaign import FAULTY
from .device_keys import COOP_TOKEN, DEVICES, STATEMENTS, Coop, Request
from .faulty_node import CHECKPOINT_FAULTS, COMMIT_FAULTS, COMMIT_LASTS, COMMIT_LIES, FAILING, GO_ON, REACHED
from .node_process import Answer, Client, NodeProcess, Unanswered

SEED = "2026-09-10"
NOT_TAKEN = {"read-only", "stopping"}


@dataclass(frozen=True)
class Attempt:
    """One statement that was sent once, and what came back; None where the node went away first."""

    request: Request
    answer: Answer | None

    @property
    def id(self) -> str:
        return self.request.ids[0]

    @property
    def is_taken(self) -> bool:
        return self.answer is not None and self.answer.status == 201

    @property
    def is_unknown(self) -> bool:
        return self.answer is not None and (self.answer.status, self.answer.code) == (503, "outcome-unknown")


def _send_until_refused(node: NodeProcess, coop: Coop, writer: int) -> list[Attempt]:
    chance, attempts = random.Random(f"{SEED} writer {writer}"), []
    with closing(Client(node.port, COOP_TOKEN)) as client:
        while not attempts or attempts[-1].is_taken:
            request = Request((coop.statement(chance, key=DEVICES[writer]),))
            try:
                answer = client.post(request.path, request.body)
            except Unanswered:
                answer = None
            attempts.append(Attempt(request, answer))
    return attempts


def send_until_refused(node: NodeProcess, coop: Coop) -> list[Attempt]:
    """Eight clients at once, each until it is not answered 201."""
    with ThreadPoolExecutor(len(DEVICES)) as pool:
        sent = [pool.submit(_send_until_refused, node, coop, writer) for writer in range(len(DEVICES))]
        return [attempt for one in sent for attempt in one.result()]


def broken_promises(attempts: Iterable[Attempt], failing: set[str], stored: Iterable[str]) -> list[str]:
    """What clients were told and is not so. `failing`: ids whose COMMIT failed; `stored`: ids that a restart found."""
    there, broken = set(stored), []
    for one in attempts:
        answer = one.answer
        if one.id in failing and not one.is_unknown:
            broken.append(f"not told that nobody knows: {answer}")
        elif answer is None or one.is_unknown:
            continue
        elif one.is_taken and one.id not in there:
            broken.append(f"lost {one.id}")
        elif not one.is_taken and one.id in there:
            broken.append(f"told that it was not taken, and there it is: {answer}")
        elif not one.is_taken and (answer.status != 503 or answer.code not in NOT_TAKEN):
            broken.append(f"answered {answer}")
    return broken


def failing_of(node: NodeProcess) -> set[str]:
    """The ids of the transaction whose COMMIT failed, as the faulty node said."""
    lines = node.printed.read_text("utf-8").splitlines()
    return {id for line in lines if line.startswith(FAILING) for id in line.split()[1:]}


def send_again(node: NodeProcess, attempts: Sequence[Attempt]) -> None:
    """Every statement once more: an answer that was given is given again, the others are answered now."""
    for one in attempts:
        again = node.post(STATEMENTS, one.request.body, COOP_TOKEN)
        assert again.status == 201, again
        if one.is_taken:
            assert again == one.answer


def assert_settled(node: NodeProcess, attempts: Sequence[Attempt], before: int) -> None:
    """Everything is in the log exactly once, and the log is sound."""
    assert node.size == before + len(attempts)
    assert len(node.stored([one.id for one in attempts])) == len(attempts)
    assert node.audited().ok
    assert node.differences() == []


# ---- the store's COMMIT raises --------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [1, 3])
@pytest.mark.parametrize("fault", COMMIT_FAULTS)
def test_a_failed_commit_is_told_as_unknown_and_a_resend_settles_it(
    node: NodeProcess, coop: Coop, fault: str, at: int, tell: Callable[[str], None]
) -> None:
    node.start(*FAULTY, fault, str(at))
    before = node.size

    attempts = send_until_refused(node, coop)
    exit_code = node.wait()
    failing = failing_of(node)
    node.start()
    size, stored = node.size, node.stored([one.id for one in attempts])
    tell(f"{fault} {at}, seed {SEED}: {len(attempts)} requests, {len(failing)} in the transaction")

    assert exit_code == 1
    assert len(failing) > (1 if at > 1 else 0)
    assert broken_promises(attempts, failing, stored) == []
    assert size == before + sum(one.is_taken for one in attempts) + (len(failing) if "persists" in fault else 0)
    send_again(node, attempts)
    assert_settled(node, attempts, before)


@pytest.mark.parametrize("fault", CHECKPOINT_FAULTS)
def test_a_checkpoint_whose_commit_fails_stops_the_node_and_costs_nothing(
    node: NodeProcess, coop: Coop, fault: str
) -> None:
    node.start(*FAULTY, fault, "1")
    before = node.size

    attempts = send_until_refused(node, coop)
    exit_code = node.wait()
    node.start()

    assert exit_code == 1
    assert any(one.is_taken for one in attempts)
    assert broken_promises(attempts, set(), node.stored([one.id for one in attempts])) == []
    send_again(node, attempts)
    assert_settled(node, attempts, before)


def test_who_waits_for_a_commit_that_outlasts_a_stop_is_told_that_nobody_knows(node: NodeProcess, coop: Coop) -> None:
    node.start(*FAULTY, COMMIT_LASTS, "1")
    request = Request((coop.statement(random.Random(SEED)),))
    before = node.size

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(node.post, request.path, request.body, COOP_TOKEN)
        node.wait_for(f"{REACHED} {COMMIT_LASTS}\n")
        node.ask_to_stop()
        answer = waiting.result()
    (node.settings.data_dir / GO_ON).touch()
    exit_code = node.wait()
    node.start()

    assert (answer.status, answer.code) == (503, "outcome-unknown")
    assert exit_code == 0
    assert node.size == before + 1  # it was queued, and a stop writes what is queued
    assert node.post(request.path, request.body, COOP_TOKEN).status == 201
    assert_settled(node, [Attempt(request, answer)], before)


def test_the_campaign_sees_a_commit_that_only_says_it_happened(node: NodeProcess, coop: Coop) -> None:
    node.start(*FAULTY, COMMIT_LIES, "3")

    attempts = send_until_refused(node, coop)
    node.kill()
    failing = failing_of(node)
    node.start()
    broken = broken_promises(attempts, set(), node.stored([one.id for one in attempts]))

    assert failing
    assert {one for one in broken if one.startswith("lost")} == {f"lost {id}" for id in failing}


def test_the_campaign_sees_an_answer_that_says_too_much(coop: Coop) -> None:
    attempt = Request((coop.statement(random.Random(SEED)),))
    id = attempt.ids[0]
    taken_by_all, not_taken = Answer(201, {}), Answer(503, {"code": "read-only"})
    failed = Answer(500, {"code": "internal"})

    assert broken_promises([Attempt(attempt, taken_by_all)], {id}, [id]) != []
    assert broken_promises([Attempt(attempt, not_taken)], {id}, []) != []
    assert broken_promises([Attempt(attempt, not_taken)], set(), [id]) != []
    assert broken_promises([Attempt(attempt, failed)], set(), []) != []
    assert broken_promises([Attempt(attempt, None)], {id}, []) != []


# ---- the disk raises: the product's own process under strace --------------------------------------------------------


def wal_of(node: NodeProcess) -> Path:
    return node.settings.database.with_name("suxin.db-wal")


def traced(call: str, file: Path, error: str, at: int, log: Path) -> list[str]:
    """Fail the Nth `call` of a thread on `file` once. -D: the node stays our child, and outlives nothing."""
    inject = f"inject={call}:error={error}:when={at}"
    return ["strace", "-D", "-f", "-qq", "-o", str(log), "-P", str(file), "-e", f"trace={call}", "-e", inject]


@pytest.mark.needs("strace")
@pytest.mark.parametrize(
    ("call", "error", "at"), [("fdatasync", "EIO", 2), ("fdatasync", "EIO", 4), ("pwrite64", "ENOSPC", 9)]
)
def test_a_disk_that_fails_under_the_wal_is_told_as_unknown_and_a_resend_settles_it(
    node: NodeProcess, coop: Coop, call: str, error: str, at: int
) -> None:
    trace = node.folder / "trace.txt"
    node.start(tracer=traced(call, wal_of(node), error, at, trace))
    before = node.size

    attempts = send_until_refused(node, coop)
    exit_code = node.wait()
    node.start()

    assert "(INJECTED)" in trace.read_text()
    assert exit_code == 1
    assert any(one.is_unknown for one in attempts)
    assert broken_promises(attempts, set(), node.stored([one.id for one in attempts])) == []
    send_again(node, attempts)
    assert_settled(node, attempts, before)


@pytest.mark.needs("strace")
def test_a_node_killed_right_after_a_failed_sync_finds_out_at_its_next_start(node: NodeProcess, coop: Coop) -> None:
    """The case that makes it unknown: the process that saw the error no longer sees the row, and the file has it."""
    trace = node.folder / "trace.txt"
    # The header of the WAL, the first statement and its checkpoint take the first three.
    node.start(tracer=traced("fdatasync", wal_of(node), "EIO", 4, trace))
    before, chance = node.size, random.Random(SEED)
    attempts: list[Attempt] = []

    while not attempts or attempts[-1].is_taken:
        request = Request((coop.statement(chance),))
        attempts.append(Attempt(request, node.post(request.path, request.body, COOP_TOKEN)))
    node.kill()
    node.start()

    assert "(INJECTED)" in trace.read_text()
    assert attempts[-1].is_unknown
    assert broken_promises(attempts, set(), node.stored([one.id for one in attempts])) == []
    send_again(node, attempts)
    assert_settled(node, attempts, before)


@pytest.mark.needs("strace")
def test_a_guard_that_cannot_be_synced_stops_the_node_and_costs_nothing(node: NodeProcess, coop: Coop) -> None:
    trace = node.folder / "trace.txt"
    node.start(tracer=traced("fsync", node.folder / "guard.new", "EIO", 1, trace))
    before = node.size

    attempts = send_until_refused(node, coop)
    exit_code = node.wait()
    node.start()

    assert "(INJECTED)" in trace.read_text()
    assert exit_code == 1
    assert any(one.is_taken for one in attempts)
    assert broken_promises(attempts, set(), node.stored([one.id for one in attempts])) == []
    send_again(node, attempts)
    assert_settled(node, attempts, before)
