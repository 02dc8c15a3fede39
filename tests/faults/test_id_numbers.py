"""One number, many who register it: at once, under kills, and where a COMMIT leaves it open who was registered."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from api.compose import Recorder
from api.keyfiles import load_key
from trace.ledger.canonical import b64url_encode, decode_value

from .campaign import FAULTY
from .device_keys import OFFICE_TOKEN, REGION, STATEMENTS
from .faulty_node import COMMIT_FAULTS
from .node_process import ORIGIN, Answer, NodeProcess, Unanswered
from .test_races import AT_ONCE, at_once

FIRST, SECOND = (
    "11010519491231002X",
    "999999190001010015",
)  # the example of GB 11643-1999, and one of a county that no list has
TAKEN = (409, "id-number-taken")


def person(number: str, name: str) -> dict[str, Any]:
    return {"name": name, "legal_form": "person", "roles": ["grower"], "region": REGION, "id_number": number}


def signed(node: NodeProcess, number: str, name: str = "甲") -> dict[str, Any]:
    """A registration as a request carries it, signed with the node's key; sent again, it is the same statement."""
    genesis, key = node.genesis, load_key(node.settings.key_dir / "node.key")
    recorder = Recorder(ORIGIN, key, genesis.chain, lambda: datetime.now(UTC), os.urandom)
    common: Any = {"actor": genesis.chain, "recorded_by": "test", "id": recorder.new_id()}
    one = recorder.record("party_registered", person(number, name), chain=recorder.new_chain(), **common)
    openings = [
        {"commit": row.commit, "salt": b64url_encode(row.salt), "value": decode_value(row.value)}
        for row in one.openings
    ]
    return {"statement": json.loads(one.statement.data), "openings": openings}


def send(node: NodeProcess, body: dict[str, Any]) -> Answer:
    return node.post(STATEMENTS, body, OFFICE_TOKEN)


def send_at_once(node: NodeProcess, bodies: Sequence[dict[str, Any]]) -> list[Answer]:
    return at_once([partial(send, node, body) for body in bodies])


def said(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.code


def register(node: NodeProcess) -> list[tuple[str, bool]]:
    """The statements of the register, and whether each is known to be in the log."""
    with closing(sqlite3.connect(node.settings.operational)) as kept:
        rows = kept.execute("SELECT statement, entry FROM id_number").fetchall()
    return [(statement, entry is not None) for statement, entry in rows]


def assert_sound(node: NodeProcess) -> None:
    assert node.audited().ok
    assert node.differences() == []


# ---- at once ---------------------------------------------------------------------------------------------------------


def test_of_twenty_who_register_one_number_at_once_one_is_registered(node: NodeProcess) -> None:
    node.start()
    before = node.size
    by_office = [
        partial(node.post, "/api/v1/parties", person(FIRST, str(number)), OFFICE_TOKEN)
        for number in range(AT_ONCE // 2)
    ]
    by_statement = [partial(send, node, signed(node, FIRST, str(number))) for number in range(AT_ONCE // 2)]

    answers = at_once([*by_office, *by_statement])

    assert sorted(map(said, answers)) == sorted([(201, None), *[TAKEN] * (AT_ONCE - 1)], key=lambda one: one[0])
    assert node.size == before + 1
    assert [known for _, known in register(node)] == [True]
    assert_sound(node)


def test_a_registration_sent_twenty_times_at_once_is_one_with_twenty_equal_answers(node: NodeProcess) -> None:
    node.start()
    before, body = node.size, signed(node, FIRST)

    answers = send_at_once(node, [body] * AT_ONCE)

    assert answers[0].status == 201
    assert answers == [answers[0]] * AT_ONCE
    assert node.size == before + 1


def test_groups_that_name_two_numbers_in_either_order_do_not_wait_for_one_another(node: NodeProcess) -> None:
    node.start()
    before = node.size
    groups = [
        {"group": [signed(node, number) for number in order]}
        for order in ((FIRST, SECOND), (SECOND, FIRST)) * (AT_ONCE // 2)
    ]

    answers = send_at_once(node, groups)

    assert [said(one) for one in answers if one.status != 201] == [TAKEN] * (AT_ONCE - 1)
    assert node.size == before + 2
    assert_sound(node)


# ---- kills -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("step", "is_logged"), [("kill-at-insert", False), ("kill-after-commit", True)])
def test_a_kill_leaves_the_number_to_whom_the_log_has(node: NodeProcess, step: str, is_logged: bool) -> None:
    first, other = signed(node, FIRST), signed(node, FIRST, "乙")
    node.start(*FAULTY, step, "1")
    with pytest.raises(Unanswered):
        send(node, first)
    node.wait()
    assert register(node) == [(first["statement"]["id"], False)]
    node.start()

    answers = [said(send(node, body)) for body in (other, first)]

    assert answers == ([TAKEN, (201, None)] if is_logged else [(201, None), TAKEN])
    assert_sound(node)


@pytest.mark.parametrize("fault", COMMIT_FAULTS)
def test_where_a_commit_leaves_it_open_the_next_start_decides(node: NodeProcess, fault: str) -> None:
    first, other = signed(node, FIRST), signed(node, FIRST, "乙")
    node.start(*FAULTY, fault, "1")

    told = send(node, first)
    node.wait()
    left = register(node)
    node.start()
    answers = [said(send(node, body)) for body in (other, first)]

    assert said(told) == (503, "outcome-unknown")
    assert left == [(first["statement"]["id"], False)]
    assert answers == ([TAKEN, (201, None)] if "persists" in fault else [(201, None), TAKEN])
    assert_sound(node)


@pytest.mark.parametrize("fault", COMMIT_FAULTS)
def test_who_resends_after_an_open_outcome_is_registered_once(node: NodeProcess, fault: str) -> None:
    first = signed(node, FIRST)
    node.start(*FAULTY, fault, "1")
    before = node.size
    send(node, first)
    node.wait()
    node.start()

    answers = [send(node, first) for _ in range(2)]

    assert [one.status for one in answers] == [201, 201]
    assert answers[0] == answers[1]
    assert node.size == before + 1
    assert register(node) == [(first["statement"]["id"], True)]
