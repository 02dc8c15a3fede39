"""What a bearer token looks like. Expected texts: base 62 and a bitwise CRC-32 (also gzip's) outside the project."""

import os
from datetime import timedelta

import pytest

from api.auth.policy import ROLES
from api.auth.tokens import TOKEN_LIFE, is_token, new_token, token_hash

ZEROES = "sx_0000000000000000000000000000000000000000000" + "4JAc9B"
ONES = "sx_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1" + "1BWcN7"
COUNTED = "sx_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf" + "3d7DuL"


@pytest.mark.parametrize(("random", "token"), [(bytes(32), ZEROES), (b"\xff" * 32, ONES), (bytes(range(32)), COUNTED)])
def test_a_token_is_its_256_random_bits_in_base_62_and_a_checksum(random: bytes, token: str) -> None:
    assert new_token(lambda size: random[:size]) == token


def test_it_takes_exactly_32_random_bytes() -> None:
    asked = []

    def source(size: int) -> bytes:
        asked.append(size)
        return bytes(size)

    new_token(source)

    assert asked == [32]


def test_new_tokens_are_tokens_and_differ() -> None:
    made = {new_token(os.urandom) for _ in range(200)}

    assert len(made) == 200
    assert all(is_token(token) and len(token) == 52 for token in made)


def test_any_one_wrong_character_is_noticed() -> None:
    wrong = [COUNTED[:at] + ("x" if COUNTED[at] != "x" else "y") + COUNTED[at + 1 :] for at in range(len(COUNTED))]

    assert [text for text in wrong if is_token(text)] == []


def test_two_characters_swapped_are_noticed() -> None:
    swapped = [COUNTED[:at] + COUNTED[at + 1] + COUNTED[at] + COUNTED[at + 2 :] for at in range(len(COUNTED) - 1)]

    assert [text for text in swapped if text != COUNTED and is_token(text)] == []


@pytest.mark.parametrize(
    "text",
    ["", "sx_", ZEROES[:-1], ZEROES + "0", " " + ZEROES, ZEROES + "\n", ZEROES.upper(), ZEROES[3:], "sx_" + "٠" * 49],
)
def test_what_has_another_shape_is_no_token(text: str) -> None:
    assert not is_token(text)


def test_it_rests_as_sha_256() -> None:
    assert token_hash(ZEROES).hex() == "679417c88c1cb820005be3b1db2ffc734f42df09c013d422dc21b86c209b6bc3"


def test_every_role_has_a_life_and_who_sees_more_has_a_shorter_one() -> None:
    days = {role: TOKEN_LIFE[role] / timedelta(days=1) for role in ROLES}

    assert days == {"member": 90, "laboratory": 90, "official": 30, "auditor": 30, "administrator": 30}
