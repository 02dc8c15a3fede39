"""Two things at once, on a real node: a key revoked against an append, one statement twenty times, a group of fifty chains."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from api.aside.db import AsideStore
from api.db import Operational
from trace.ledger.keys import PrivateKey

from .campaign import FAULTY
from .device_keys import COOP_TOKEN, DEVICES, OFFICE_TOKEN, STATEMENTS, Coop, Request, group, receipts, taken
from .faulty_node import FORGETS_IDS, FORGETS_REVOCATIONS, TAKES_PARTS
from .node_process import Answer, Client, NodeProcess

SEED = "2026-09-10"
REVOCATIONS = 32
APPENDERS = 3
MAX_HEAD_START_SECONDS = 0.03
"""A key is revoked up to this long after its holder began to write."""
MAX_APPENDS = 300
"""Whoever is not refused by then never will be: the revocation was answered long before."""
AT_ONCE = 20
STRANGER = PrivateKey.from_seed(bytes([99]) * 32)


@pytest.fixture
def serving(node: NodeProcess) -> NodeProcess:
    node.start()
    return node


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Make these calls in threads that start together; their results in order."""
    gate = threading.Barrier(len(calls))

    def after_the_gate(call: Callable[[], Any]) -> Any:
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [one.result() for one in [pool.submit(after_the_gate, call) for call in calls]]


def assert_sound(node: NodeProcess) -> None:
    assert node.audited().ok
    assert node.differences() == []


# ---- a key revoked against an append --------------------------------------------------------------------------------


@dataclass
class Appended:
    """What one holder of a key sent until it was refused."""

    taken_at: list[int] = field(default_factory=list)
    refused_id: str = ""
    refusal: Answer | None = None


def append_until_refused(node: NodeProcess, coop: Coop, key: PrivateKey, chance: random.Random) -> Appended:
    appended = Appended()
    with closing(Client(node.port, COOP_TOKEN)) as client:
        while appended.refusal is None and len(appended.taken_at) < MAX_APPENDS:
            request = Request((coop.statement(chance, key=key),))
            answer = client.post(request.path, request.body)
            if answer.status == 201:
                appended.taken_at.append(answer.body["index"])
            else:
                appended.refused_id, appended.refusal = request.ids[0], answer
    return appended


def revoke(node: NodeProcess, coop: Coop, key: PrivateKey, chance: random.Random, *, by_office: bool) -> int:
    """The index at which the key ends: told by the office, or by the party's first device."""
    time.sleep(chance.uniform(0, MAX_HEAD_START_SECONDS))
    payload = {"key": key.did, "why": "lost"}
    if by_office:
        body = {"kind": "key_revoked", "payload": payload}
        answer = node.post(f"/api/v1/parties/{coop.party}/events", body, OFFICE_TOKEN)
    else:
        revocation = coop.statement(chance, coop.party, kind="key_revoked", payload=payload)
        answer = node.post(STATEMENTS, {"statement": revocation}, COOP_TOKEN)
    index: int = taken(answer)["index"]
    return index


def race(node: NodeProcess, coop: Coop, key: PrivateKey, number: int) -> tuple[int, list[Appended]]:
    """Revoke a key while three holders of it write: the index at which it ends, and what became of their statements."""
    draws = [random.Random(f"{SEED} {number} {n}") for n in range(APPENDERS)]
    revoking = partial(revoke, node, coop, key, random.Random(f"{SEED} {number}"), by_office=number % 2 == 0)
    revoked_at, *holders = at_once([revoking, *(partial(append_until_refused, node, coop, key, one) for one in draws)])
    return revoked_at, holders


def too_late(revoked_at: int, holders: Sequence[Appended]) -> list[int]:
    """The indices behind its revocation at which statements of a key stand."""
    return [index for holder in holders for index in holder.taken_at if index > revoked_at]


def fresh_keys(node: NodeProcess, coop: Coop, number: int) -> list[PrivateKey]:
    chance = random.Random(f"{SEED} keys")
    keys = [PrivateKey.from_seed(chance.randbytes(32)) for _ in range(number)]
    coop.add_keys(node, chance, keys)
    return keys


def test_what_a_revoked_key_signed_stands_before_its_revocation_or_is_kept_aside(
    serving: NodeProcess, coop: Coop, tell: Callable[[str], None]
) -> None:
    close, appended = 0, 0
    aside = AsideStore(Operational(serving.settings.operational))

    for number, key in enumerate(fresh_keys(serving, coop, REVOCATIONS)):
        revoked_at, holders = race(serving, coop, key, number)
        indices = [index for holder in holders for index in holder.taken_at]
        appended += len(indices)
        close += revoked_at - 1 in indices

        assert too_late(revoked_at, holders) == []
        assert {(one.refusal.status, one.refusal.code) for one in holders if one.refusal} == {(409, "key-revoked")}
        assert all(one.refusal for one in holders)
        assert serving.stored([one.refused_id for one in holders]) == {}
        kept = [aside.find(one.refused_id) for one in holders]
        assert [one and (one.state, one.key) for one in kept] == [("waiting", key.did)] * APPENDERS

    tell(f"races, seed {SEED}: {REVOCATIONS} keys, {appended} appends, {close} times right before the revocation")
    assert close > 0  # else nothing ever raced
    assert_sound(serving)


def test_the_race_sees_a_node_that_forgets_revocations(node: NodeProcess, coop: Coop) -> None:
    node.start(*FAULTY, FORGETS_REVOCATIONS, "0")

    revoked_at, holders = race(node, coop, fresh_keys(node, coop, 1)[0], 0)
    result = node.audited()

    assert too_late(revoked_at, holders) != []
    assert (result.ok, result.first_bad_index) == (False, min(too_late(revoked_at, holders)))


# ---- the same statement, or the same id, many times -----------------------------------------------------------------


def post_at_once(node: NodeProcess, requests: Sequence[Request]) -> list[Answer]:
    return at_once([partial(node.post, one.path, one.body, COOP_TOKEN) for one in requests])


def test_a_statement_sent_twenty_times_at_once_is_one_entry_with_twenty_equal_answers(
    serving: NodeProcess, coop: Coop
) -> None:
    chance = random.Random(f"{SEED} repeats")
    for number in range(6):
        before = serving.size
        made = tuple(coop.statement(chance) for _ in range(1 + number % 2 * 2))

        answers = post_at_once(serving, [Request(made, wait_proof=number > 3)] * AT_ONCE)

        assert answers[0].status == 201
        assert answers == [answers[0]] * AT_ONCE
        assert [one["index"] for one in receipts(answers[0])] == list(range(before, before + len(made)))
        assert serving.size == before + len(made)
    assert_sound(serving)


def test_the_race_sees_a_node_that_forgets_ids(node: NodeProcess, coop: Coop) -> None:
    node.start(*FAULTY, FORGETS_IDS, "0")
    before, request = node.size, Request((coop.statement(random.Random(f"{SEED} repeats")),))

    answers = [answer for _ in range(2) for answer in post_at_once(node, [request] * AT_ONCE)]
    result = node.audited()

    # In one transaction it is known from the one before; the next one takes it again.
    assert {one.status for one in answers} == {201}
    assert len({one.body["index"] for one in answers}) > 1
    assert node.size > before + 1
    assert not result.ok


def test_of_two_statements_under_one_id_the_first_stays_and_the_other_is_a_conflict(
    serving: NodeProcess, coop: Coop
) -> None:
    chance = random.Random(f"{SEED} conflicts")
    for _ in range(6):
        before = serving.size
        first = coop.statement(chance)
        other = coop.statement(chance, first["chain"], id=first["id"])
        requests = [Request((one,)) for one in (first, other)] * (AT_ONCE // 2)

        answers = post_at_once(serving, requests)
        of_first, of_other = answers[::2], answers[1::2]
        kept, refused = (of_first, of_other) if of_first[0].status == 201 else (of_other, of_first)

        assert kept == [kept[0]] * len(kept)
        assert kept[0].status == 201
        assert {(one.status, one.code) for one in refused} == {(409, "statement-id-reused")}
        assert serving.size == before + 1
    assert_sound(serving)


# ---- a group over fifty chains --------------------------------------------------------------------------------------


@contextmanager
def writers(node: NodeProcess, coop: Coop) -> Iterator[list[int]]:
    """Seven devices that write to the same chains as long as the `with` lasts; the indices that they were told."""
    end, told = threading.Event(), list[int]()

    def write(key: PrivateKey, chance: random.Random) -> None:
        with closing(Client(node.port, COOP_TOKEN)) as client:
            while not end.is_set():
                told.append(taken(client.post(STATEMENTS, {"statement": coop.statement(chance, key=key)}))["index"])

    with ThreadPoolExecutor(len(DEVICES) - 1) as pool:
        writing = [pool.submit(write, key, random.Random(f"{SEED} {n}")) for n, key in enumerate(DEVICES[1:])]
        try:
            yield told
        finally:
            end.set()
        for one in writing:
            one.result()


SPOILT = (
    ("a stranger's key", 403, "key-not-valid"),
    ("an unknown chain", 422, "wrong-chain"),
    ("an id of the same group", 409, "statement-id-reused"),
    ("an id of the log", 409, "statement-id-reused"),
    ("a retailer's kind", 403, "not-your-act"),
)
"""What only the writer can refuse, with its answer: everything else is found out before anything queues."""


def spoilt(coop: Coop, chance: random.Random, how: str, id_in_group: str, id_in_log: str) -> dict[str, Any]:
    match how:
        case "a stranger's key":
            return coop.statement(chance, key=STRANGER)
        case "an unknown chain":
            return coop.statement(chance, "unknownunknownunknown0")
        case "an id of the same group":
            return coop.statement(chance, id=id_in_group)
        case "an id of the log":
            return coop.statement(chance, id=id_in_log)
    return coop.statement(chance, kind="retail_sale", payload={"quantity": {"value": "1", "unit": "kg"}})


def test_the_race_sees_a_node_that_takes_a_group_in_parts(node: NodeProcess, coop: Coop) -> None:
    node.start(*FAULTY, TAKES_PARTS, "0")
    chance = random.Random(f"{SEED} parts")
    good = [coop.statement(chance, chain) for chain in coop.batches]

    refused = node.post(STATEMENTS, group([*good, coop.statement(chance, key=STRANGER)]), COOP_TOKEN)
    left = node.stored([one["id"] for one in good])

    assert (refused.status, refused.code) == (403, "key-not-valid")
    assert left.keys() == {one["id"] for one in good}


def test_a_group_over_fifty_chains_enters_all_or_none_while_others_write(
    serving: NodeProcess, coop: Coop, tell: Callable[[str], None]
) -> None:
    chance = random.Random(f"{SEED} groups")
    before, entered = serving.size, 1
    known: str = taken(serving.post(STATEMENTS, {"statement": coop.statement(chance)}, COOP_TOKEN))["id"]

    with writers(serving, coop) as told:
        for how, status, code in SPOILT * 2:
            chains = chance.sample(coop.batches, len(coop.batches))
            good = [coop.statement(chance, chain) for chain in chains]
            at = chance.randrange(1, len(good) + 1)  # at least one good statement stands before it
            bad = [*good[:at], spoilt(coop, chance, how, good[0]["id"], known), *good[at:]]

            refused = serving.post(STATEMENTS, group(bad), COOP_TOKEN)
            left = serving.stored([one["id"] for one in good])
            accepted = receipts(serving.post(STATEMENTS, group(good), COOP_TOKEN))

            assert (refused.status, refused.code) == (status, code), how
            assert left == {}
            first = accepted[0]["index"]
            assert [one["index"] for one in accepted] == list(range(first, first + 50))
            assert [one["chain"] for one in accepted] == chains
            entered += len(accepted)

    tell(f"races, seed {SEED}: {entered} statements in groups of 50 beside {len(told)} of others")
    assert len(told) > 50
    assert len(set(told)) == len(told)
    assert serving.size == before + entered + len(told)
    assert_sound(serving)
