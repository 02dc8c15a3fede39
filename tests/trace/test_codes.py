"""Codes: registered bodies, persons, labels. Expected values are the published vectors or worked out by hand."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.codes import (
    LABEL_ALPHABET,
    fold_label_code,
    is_label_code,
    is_resident_id,
    is_uscc,
    label_code,
    print_label_code,
)

CASES = json.loads((Path(__file__).parents[1] / "conformance/vectors/codes.json").read_text("utf-8"))["cases"]


def _cases(type: str) -> list[tuple[str, bool]]:
    return [(case["value"], case["ok"]) for case in CASES if case["type"] == type]


@pytest.mark.parametrize(("text", "ok"), _cases("uscc"))
def test_a_uscc_is_taken_exactly_as_the_vectors_say(text: str, ok: bool) -> None:
    assert is_uscc(text) is ok


@pytest.mark.parametrize(("text", "ok"), _cases("label"))
def test_a_label_code_is_taken_exactly_as_the_vectors_say(text: str, ok: bool) -> None:
    assert is_label_code(text) is ok


def test_a_rural_collective_of_every_level_has_a_uscc() -> None:
    # By hand: the second character weighs 3, so each step takes 3 from the check value: X is 29, T is 26, P is 23.
    assert is_uscc("N1341602YNF36CJ08X")
    assert is_uscc("N2341602YNF36CJ08T")
    assert is_uscc("N3341602YNF36CJ08P")


@pytest.mark.parametrize("position", range(17))
def test_one_changed_character_of_a_uscc_is_noticed(position: int) -> None:
    code = "91341602K3DGFBAW2P"
    other = "2" if code[position] != "2" else "3"

    assert not is_uscc(code[:position] + other + code[position + 1 :])


def test_a_resident_id_is_checked_by_day_of_birth_and_check_character() -> None:
    assert is_resident_id("11010519491231002X")
    assert not is_resident_id("110105194912310021")  # check character
    assert not is_resident_id("11010519491231002x")  # lower case
    assert not is_resident_id("110105194902310026")  # 31 February
    assert not is_resident_id("1101051949123100２X")  # full width


def test_the_smallest_and_the_largest_random_bytes_give_codes() -> None:
    assert label_code(bytes(7)) == "000000000000"
    # Eleven Z: 31 doubled is 62 = 1 x 32 + 30, digits 1 + 30 = 31. The sum 11 x 31 = 341 is 21 mod 32: the check is B, 11.
    assert label_code(b"\xff" * 7) == "ZZZZZZZZZZZB"


def test_a_code_takes_55_bits_and_too_few_are_refused() -> None:
    assert label_code(b"\x80" + bytes(6)) == "000000000000"  # the 56th bit is not used
    assert label_code(bytes(6) + b"\x20")[:11] == "00000000010"
    with pytest.raises(ValueError, match="7 random bytes"):
        label_code(bytes(6))


@given(st.binary(min_size=7, max_size=16))
def test_every_code_that_is_made_is_one_and_survives_print_and_typing(random: bytes) -> None:
    code = label_code(random)

    assert is_label_code(code)
    assert fold_label_code(print_label_code(code).lower()) == code


@given(st.binary(min_size=7, max_size=7), st.integers(0, 11), st.sampled_from(LABEL_ALPHABET))
def test_one_wrong_character_of_a_label_code_is_noticed(random: bytes, position: int, other: str) -> None:
    code = label_code(random)
    changed = code[:position] + other + code[position + 1 :]

    assert is_label_code(changed) is (changed == code)


@pytest.mark.parametrize(
    "typed",
    [
        "YST04QABKQJM",
        "yst0-4qab-kqjm",
        " YST0 4QAB KQJM ",
        "YST0\u30004QAB\u3000KQJM",
        "ＹＳＴ０－４ＱＡＢ－ＫＱＪＭ",
        "YST0–4QAB—KQJM",
        "YSTO4QABKQJM",
    ],
)
def test_what_is_typed_is_read_as_the_code_that_was_printed(typed: str) -> None:
    assert fold_label_code(typed) == "YST04QABKQJM"


def test_i_and_l_are_read_as_one() -> None:
    assert fold_label_code("iL1I-oO0o-l") == "111100001"


def test_a_code_is_printed_in_three_groups() -> None:
    assert print_label_code("YST04QABKQJM") == "YST0-4QAB-KQJM"
