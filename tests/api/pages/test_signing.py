"""What officials see and do where they sign: own keys, what waits, the signature box, and what nobody else sees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.api.app_parts import World
from tests.api.office_parts import KEYS, ask_for_key, exact_text, give_office, proof_of, running_offices, sign
from tests.api.page_parts import signed_in
from trace.queries import find_keys


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with running_offices(tmp_path) as running:
        yield running


def keys_of(world: World, name: str) -> dict[str, tuple[bool, bool]]:
    """By did:key: whether it signs acts of office, whether it is revoked."""
    with world.node.reading() as reads:
        rows = find_keys(reads.connection, world.parties[name])
    return {row["id"]: (row["office"] is not None, row["revoked"] is not None) for row in rows}


def test_a_key_that_an_official_asks_for_waits_for_two_others_and_then_counts(world: World) -> None:
    give_office(world, 80, "far", "341602")
    path = ask_for_key(signed_in(world, "far"), KEYS["far"], "办公室电脑")

    first, third = signed_in(world, "first"), signed_in(world, "third")
    assert "示例far" in first.get("/desk/waiting").text
    assert sign(first, path, KEYS["first"]).status_code == 303
    assert keys_of(world, "far") == {}
    assert sign(third, path, KEYS["third"]).status_code == 303

    assert keys_of(world, "far") == {KEYS["far"].did: (True, False)}
    assert "已记入账本" in third.get(path).text
    assert third.get("/desk/waiting").text.count("<li>\n<div>") == 0


def test_the_box_says_in_words_what_is_signed_and_shows_the_exact_text(world: World) -> None:
    path = ask_for_key(signed_in(world, "third"), KEYS["new"], "办公室电脑")

    page = signed_in(world, "first").get(path)

    said = json.loads(exact_text(page))
    assert (said["kind"], said["chain"], said["payload"]["key"]) == (
        "key_added",
        world.parties["third"],
        KEYS["new"].did,
    )
    assert said["payload"]["label"].keys() == {"commit"}
    for words in ("添加密钥", "示例third", KEYS["new"].did, "办公室电脑", "还没有人签名"):
        assert words in page.text
    english = signed_in(world, "first", "en").get(path)
    assert "key added" in english.text.lower()


def test_the_box_says_when_by_the_clock_on_the_wall(world: World) -> None:
    """It is 04:00 in Greenwich and 12:00 in Bozhou."""
    path = ask_for_key(signed_in(world, "third"), KEYS["new"])

    page = signed_in(world, "first").get(path)

    assert "<dd>2026年9月10日 12:00（北京时间，UTC+8）</dd>" in page.text


def test_a_lost_key_is_revoked_and_a_new_one_takes_its_place(world: World) -> None:
    third = signed_in(world, "third")
    third.get("/desk/keys")
    assert third.post("/desk/keys/revoke", {"key": KEYS["third"].did, "why": "lost"}).status_code == 303
    path = ask_for_key(third, KEYS["new"])
    for name in ("first", "second"):
        sign(signed_in(world, name), path, KEYS[name])

    assert keys_of(world, "third") == {KEYS["third"].did: (True, True), KEYS["new"].did: (True, False)}
    again = ask_for_key(signed_in(world, "third"), KEYS["newest"])
    assert sign(third, again, KEYS["third"]).status_code == 409
    assert sign(third, again, KEYS["new"]).status_code == 303


def test_nobody_vouches_for_a_key_that_reaches_beyond_their_own_office(world: World) -> None:
    path = ask_for_key(signed_in(world, "second"), KEYS["newest"])  # a founder of the whole city

    assert signed_in(world, "third").get(path).status_code == 404
    assert signed_in(world, "first").get(path).status_code == 200


def test_only_those_whose_signature_is_wanted_or_who_asked_find_it(world: World) -> None:
    path = ask_for_key(signed_in(world, "third"), KEYS["new"])

    assert signed_in(world, "third").get(path).status_code == 200
    assert signed_in(world, "far").get(path).status_code == 404  # no office
    assert signed_in(world, "coop").get(path).status_code == 403
    assert signed_in(world, "official").get(path).status_code == 403  # an account that is no person's
    assert signed_in(world, "far").get("/desk/sign/00000000-0000-4000-8000-000000000000").status_code == 404
    assert signed_in(world, "far").get("/desk/waiting").text.count("<li>\n<div>") == 0
    assert world.get(path, Accept="text/html").status_code == 303


@pytest.mark.parametrize("key", ["second", "far"])
def test_a_proof_by_another_key_than_ones_own_is_refused(world: World, key: str) -> None:
    path = ask_for_key(signed_in(world, "third"), KEYS["new"])
    first = signed_in(world, "first")

    assert first.post(path, {"proof": proof_of(exact_text(first.get(path)), KEYS[key])}).status_code == 403
    assert "还没有人签名" in first.get(path).text


def test_the_page_names_the_keys_that_may_sign_it(world: World) -> None:
    path = ask_for_key(signed_in(world, "third"), KEYS["new"])
    give_office(world, 80, "far", "341602")
    far = signed_in(world, "far")

    assert 'data-keys=""' in far.get(path).text
    assert KEYS["first"].did in signed_in(world, "first").get(path).text


def test_a_proof_over_another_text_is_refused(world: World) -> None:
    path = ask_for_key(signed_in(world, "third"), KEYS["new"])
    first = signed_in(world, "first")
    text = exact_text(first.get(path)).replace(KEYS["new"].did, KEYS["far"].did)

    for proof in (proof_of(text, KEYS["first"]), "{", "[]", '{"type":"x"}'):
        assert first.post(path, {"proof": proof}).status_code == 422
    assert "还没有人签名" in first.get(path).text


def test_one_official_twice_does_not_complete_it(world: World) -> None:
    path = ask_for_key(signed_in(world, "third"), KEYS["new"])
    first = signed_in(world, "first")
    text = exact_text(first.get(path))
    sign(first, path, KEYS["first"])

    assert first.post(path, {"proof": proof_of(text, KEYS["first"])}).status_code == 404
    assert keys_of(world, "third").keys() == {KEYS["third"].did}


def test_it_lapses_after_ten_days(world: World) -> None:
    path = ask_for_key(signed_in(world, "third"), KEYS["new"])
    first = signed_in(world, "first")
    text = exact_text(first.get(path))
    world.clock.at += timedelta(days=10)
    first = signed_in(world, "first")
    assert first.post(path, {"proof": proof_of(text, KEYS["first"])}).status_code == 404
    assert "申请过期了" in signed_in(world, "third").get("/desk/keys").text
    assert "过期" in signed_in(world, "third").get(path).text


def test_a_refusal_of_the_log_ends_it_and_says_why(world: World) -> None:
    third = signed_in(world, "third")
    once, again = ask_for_key(third, KEYS["new"]), ask_for_key(third, KEYS["new"])
    for path, status in ((once, 303), (again, 409)):
        sign(signed_in(world, "first"), path, KEYS["first"])
        assert sign(signed_in(world, "second"), path, KEYS["second"]).status_code == status

    assert "没有记入账本" in third.get(again).text


def test_a_signature_whose_key_was_revoked_meanwhile_does_not_count(world: World) -> None:
    path = ask_for_key(signed_in(world, "third"), KEYS["new"])
    second = signed_in(world, "second")
    sign(second, path, KEYS["second"])
    second.get("/desk/keys")
    second.post("/desk/keys/revoke", {"key": KEYS["second"].did, "why": "stolen"})

    sign(signed_in(world, "first"), path, KEYS["first"])
    assert KEYS["new"].did not in keys_of(world, "third")
    sign(signed_in(world, "third"), path, KEYS["third"])
    assert keys_of(world, "third")[KEYS["new"].did] == (True, False)


def test_a_form_without_the_sessions_token_signs_nothing(world: World) -> None:
    path = ask_for_key(signed_in(world, "third"), KEYS["new"])
    first = signed_in(world, "first")
    proof = proof_of(exact_text(first.get(path)), KEYS["first"])

    assert first.post(path, {"proof": proof, "form_token": ""}).status_code == 403
    first.origin = "https://elsewhere.example"
    assert first.post(path, {"proof": proof}).status_code == 403


def test_no_page_of_a_live_log_takes_a_key_file(world: World) -> None:
    assert "key-file" not in signed_in(world, "first").get("/desk/keys").text
