"""A natural person is registered once: by the office's word or by a signed statement, whoever comes first."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from api.auth.limits import TriedNumbers
from tests.api.app_parts import COOP, NEIGHBOUR_KEY, REGION, SHANGHAI, World, opening, running_app
from tests.api.refusal_parts import check_refusal
from trace.ledger.errors import Unavailable

from .number_parts import (
    PARTIES,
    STATEMENTS,
    change,
    give_tokens,
    person,
    register,
    resident_id,
    rows,
    sent,
    signed,
    uuid,
)

FIRST, SECOND = resident_id(1), resident_id(2)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_app(tmp_path) as running:
        give_tokens(running)
        running.made(PARTIES, COOP, "official")
        yield running


def made(world: World, body: dict[str, Any], who: str = "official", id: int | None = None) -> dict[str, Any]:
    answer = register(world, body, who, id)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


# ---- compared --------------------------------------------------------------------------------------------------------


def test_a_number_is_registered_once_and_the_answer_names_nobody(world: World) -> None:
    first = made(world, person(FIRST, "柳青禾"))
    size = world.size

    again = register(world, person(FIRST, "柳青和", legal_form="large-grower"), "far official")

    check_refusal(again, 409, "id-number-taken", "/id_number", sent=[FIRST, "柳青禾", "柳青和", first["id"]])
    assert world.size == size


def test_the_sentence_says_what_to_do_in_both_languages(world: World) -> None:
    made(world, person(FIRST))

    told = register(world, person(FIRST)).json()

    assert "按姓名查找先前的登记" in told["zh"]
    assert "可先不填身份证号登记" in told["zh"]
    assert "Look for the earlier registration by name" in told["en"]
    assert "register without the number" in told["en"]


def test_whoever_finds_the_number_used_by_another_is_registered_without_it(world: World) -> None:
    made(world, person(FIRST, "冒名者"))

    assert register(world, person(FIRST, "本人")).status_code == 409
    assert register(world, person(None, "本人", document="0" * 64)).status_code == 201


def test_other_numbers_and_people_without_one_are_compared_with_nobody(world: World) -> None:
    for body in (person(FIRST), person(SECOND), person(None), person(None)):
        assert register(world, body).status_code == 201


@pytest.mark.parametrize(
    ("legal_form", "uscc", "is_person"),
    [
        ("person", None, True),
        ("large-grower", None, True),
        ("family-farm", None, True),
        ("individual-business", None, True),
        ("enterprise", "933416029GJRFYBU32", False),
        ("individual-business", "933416029GJRFYBU32", False),
    ],
)
def test_it_is_the_number_of_a_natural_person_that_is_compared(
    world: World, legal_form: str, uscc: str | None, is_person: bool
) -> None:
    """A body may name its representative's number, and one person may represent several (docs/formats.md)."""
    made(world, person(FIRST))

    answer = register(world, person(FIRST, legal_form=legal_form, **({"uscc": uscc} if uscc else {})))

    assert answer.status_code == (409 if is_person else 201), answer.text


def test_a_wrong_check_character_is_told_before_anything_is_compared(world: World) -> None:
    check_refusal(register(world, person(FIRST[:-1] + "0")), 422, "bad-code", "/id_number")
    assert rows(world.node.settings) == []


# ---- signed statements -----------------------------------------------------------------------------------------------


def test_a_signed_statement_is_compared_with_what_the_office_registered_and_the_other_way_round(world: World) -> None:
    made(world, person(FIRST))
    taken = world.post(STATEMENTS, sent(signed(world, person(FIRST))), "official")
    first = world.post(STATEMENTS, sent(signed(world, person(SECOND))), "official")

    check_refusal(taken, 409, "id-number-taken", "/statement/payload/id_number", sent=[FIRST])
    assert first.status_code == 201, first.text
    assert register(world, person(SECOND)).status_code == 409


def test_a_group_is_taken_whole_or_not_at_all_and_leaves_no_number_behind(world: World) -> None:
    made(world, person(FIRST))
    size = world.size
    group = [sent(signed(world, person(number))) for number in (SECOND, FIRST)]

    refused = world.post(STATEMENTS, {"group": group}, "official")

    check_refusal(refused, 409, "id-number-taken", "/group/1/statement/payload/id_number")
    assert world.size == size
    assert register(world, person(SECOND)).status_code == 201


def test_a_number_twice_in_one_group_is_refused_at_the_second(world: World) -> None:
    group = [sent(signed(world, person(FIRST))) for _ in range(2)]

    refused = world.post(STATEMENTS, {"group": group}, "official")

    check_refusal(refused, 409, "id-number-taken", "/group/1/statement/payload/id_number")
    assert rows(world.node.settings) == []


# ---- repeats and refusals --------------------------------------------------------------------------------------------


def test_a_repeat_has_the_first_answer(world: World) -> None:
    first, whole = made(world, person(FIRST), id=1), sent(signed(world, person(SECOND)))
    answered = world.post(STATEMENTS, whole, "official")

    again = register(world, person(FIRST), id=1)

    assert (again.status_code, again.json()) == (201, first)
    repeated = world.post(STATEMENTS, whole, "official")
    assert (repeated.status_code, repeated.json()) == (201, answered.json())


def test_an_id_that_stands_for_another_number_is_told_as_such_and_leaves_that_number_free(world: World) -> None:
    made(world, person(FIRST), id=1)

    check_refusal(register(world, person(SECOND), id=1), 409, "statement-id-reused", "/Idempotency-Key")
    assert register(world, person(SECOND), id=2).status_code == 201


def test_a_registration_that_the_log_refuses_leaves_the_number_free(world: World) -> None:
    taken = register(world, person(FIRST, uscc=COOP["uscc"]))

    check_refusal(taken, 409, "uscc-taken", "/uscc")
    assert rows(world.node.settings) == []
    assert register(world, person(FIRST)).status_code == 201


def test_a_log_that_takes_nothing_now_leaves_the_number_free(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def put(*_: Any) -> None:
        raise Unavailable("stopping")

    monkeypatch.setattr(world.node.log, "put", put)
    refused = register(world, person(FIRST))
    monkeypatch.undo()

    check_refusal(refused, 503, "stopping", None)
    assert register(world, person(FIRST)).status_code == 201


def test_a_registration_without_a_checkpoint_keeps_its_number(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is in the log, and its caller hears that nothing signed says so yet."""
    monkeypatch.setattr(type(world.node.log), "_publish", lambda _log: None)
    told = world.post(f"{PARTIES}?wait=proof", person(FIRST), "official", **{"Idempotency-Key": uuid(1)})
    monkeypatch.undo()

    check_refusal(told, 503, "not-published", None)
    assert register(world, person(FIRST), id=2).status_code == 409
    assert register(world, person(FIRST), id=1).status_code == 201


def test_an_answer_of_the_log_reaches_its_caller_though_the_register_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: Any) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr("api.registers.db.IdNumberTable.settle", locked)
    monkeypatch.setattr("api.registers.db.IdNumberTable.give_back", locked)
    first = register(world, person(FIRST))
    refused = register(world, person(SECOND, uscc=COOP["uscc"]))
    monkeypatch.undo()

    assert (first.status_code, refused.status_code) == (201, 409)
    assert [entry for _, _, entry in rows(world.node.settings)] == [None, None]
    assert register(world, person(FIRST)).status_code == 409
    assert register(world, person(SECOND)).status_code == 201


def test_a_claim_of_which_the_log_has_nothing_holds_nobody_up(world: World) -> None:
    """A node that was killed between the claim and the log."""
    made(world, person(FIRST))
    change(world.node.settings.operational, "UPDATE id_number SET statement = 'urn:uuid:none', entry = NULL")

    found = made(world, person(FIRST))

    ((_, statement, entry),) = rows(world.node.settings)
    assert (statement, entry) == (found["statement"], world.size - 1)


# ---- who learns of it ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [None, "coop", "laboratory", "auditor", "administrator"])
def test_who_registers_nobody_hears_the_same_of_a_number_that_is_known_and_of_one_that_is_not(
    world: World, who: str | None
) -> None:
    made(world, person(FIRST))

    known, unknown = (world.post(PARTIES, person(number), who) for number in (FIRST, SECOND))

    assert known.status_code in (401, 403)
    assert _told(known) == _told(unknown)


@pytest.mark.parametrize("who", ["coop", "laboratory", "official"])
def test_a_statement_that_the_node_did_not_sign_is_refused_in_the_same_words_whatever_its_number(
    world: World, who: str
) -> None:
    made(world, person(FIRST))
    answers = []
    for at, number in enumerate((FIRST, SECOND)):
        committed = {
            name: {"commit": opening(text)["commit"]} for name, text in (("name", "甲"), ("id_number", number))
        }
        payload = {"legal_form": "household", "roles": ["grower"], "region": REGION, **committed}
        mine: Any = {"key": NEIGHBOUR_KEY, "kind": "party_registered", "payload": payload, "chain": "A" * 20 + str(at)}
        actor = world.node.genesis.chain if who == "official" else "neighbour" * 2
        body = {"statement": world.statement(at, actor=actor, **mine), "openings": [opening("甲"), opening(number)]}
        answers.append(world.post(STATEMENTS, body, who))

    assert answers[0].status_code == 403
    assert _told(answers[0]) == _told(answers[1])
    assert len(rows(world.node.settings)) == 1


def _told(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "instance"}


def test_the_log_and_what_pages_read_hold_nothing_of_the_hash(world: World) -> None:
    made(world, person(FIRST))
    ((hash, _, _),) = rows(world.node.settings)
    files = [world.node.settings.database, *world.node.settings.data_dir.glob("suxin.db-*")]

    assert [path.name for path in files if hash in path.read_bytes()] == []


def test_the_hash_is_hmac_sha_256_under_what_the_node_key_signs(world: World) -> None:
    made(world, person(FIRST))

    ((hash, _, _),) = rows(world.node.settings)

    secret = world.node.recorder.node_key.sign(b"suxin-id-number/v1")
    assert hash == hmac.new(secret, FIRST.encode(), "sha256").digest()


# ---- trying numbers --------------------------------------------------------------------------------------------------


class Seconds:
    at = 1_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def seconds(world: World) -> Seconds:
    clock = Seconds()
    world.node.id_numbers.tried = TriedNumbers(clock)
    return clock


def test_an_account_that_tries_numbers_waits_after_the_tenth(world: World, seconds: Seconds) -> None:
    """Whatever the refusal: a code that is taken would tell which numbers are free, and leave no trace in the log."""
    numbers = [resident_id(number) for number in range(100, 111)]
    for number in numbers[:5]:
        made(world, person(number), "far official")
        assert register(world, person(number)).status_code == 409
    for number in numbers[5:10]:
        assert register(world, person(number, uscc=COOP["uscc"])).status_code == 409

    over = register(world, person(numbers[10]))

    check_refusal(over, 429, "rate-limited", None)
    assert over.headers["retry-after"] == "301"
    assert register(world, person(None)).status_code == 201
    assert register(world, person(numbers[10], region=SHANGHAI), "far official").status_code == 201
    seconds.at += 301
    check_refusal(register(world, person(numbers[10])), 409, "id-number-taken", "/id_number")


def test_the_same_number_again_and_people_who_come_in_count_for_nothing(world: World, seconds: Seconds) -> None:
    for number in range(200, 230):
        made(world, person(resident_id(number)))
    for _ in range(30):
        assert register(world, person(resident_id(200))).status_code == 409

    assert register(world, person(resident_id(300))).status_code == 201
