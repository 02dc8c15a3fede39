"""The only bytes of a value, and which rule is broken where."""

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from trace.ledger.canonical import (
    ProfileError,
    b64_decode_strict,
    b64_encode,
    b64url_decode,
    b64url_encode,
    canonicalize,
    commit,
    decode,
    decode_canonical,
    decode_value,
    encode,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
KEYS = st.text(st.characters(min_codepoint=1, max_codepoint=127), max_size=6)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS
VALUES = st.recursive(SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(KEYS, v, max_size=4), max_leaves=12)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=4)


@given(VALUES)
def test_the_bytes_are_those_of_another_implementation_of_rfc_8785(value: object) -> None:
    assert encode(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(OBJECTS)
def test_any_layout_reads_as_the_same_value_and_has_one_canonical_form(value: dict[str, object]) -> None:
    loose = json.dumps(value, indent=1).encode()

    assert decode(loose) == value
    assert canonicalize(loose) == encode(value)
    assert decode_canonical(encode(value)) == value


@given(OBJECTS.filter(bool))
def test_another_layout_is_not_canonical(value: dict[str, object]) -> None:
    with pytest.raises(ProfileError) as refused:
        decode_canonical(encode(value) + b" ")

    assert refused.value.rule == "not-canonical"


@given(st.binary(max_size=40))
def test_what_is_accepted_as_canonical_is_written_again_as_the_same_bytes(data: bytes) -> None:
    try:
        value = decode_canonical(data)
    except ProfileError:
        return

    assert encode(value) == data


@pytest.mark.parametrize("depth", [1, 63, 64])
def test_sixty_four_containers_may_be_inside_each_other(depth: int) -> None:
    data = b'{"a":' * depth + b"1" + b"}" * depth

    assert encode(decode(data)) == data


@pytest.mark.parametrize(
    ("data", "rule", "pointer"),
    [
        (b'{"a":' * 65 + b"1" + b"}" * 65, "depth", ""),
        (b'{"a":[0,1.5]}', "float", "/a/1"),
        (b'{"a":{"b":-0}}', "negative-zero", "/a/b"),
        (b'{"a":18446744073709551616}', "integer-range", "/a"),
        (b'{"a":9007199254740992}', "integer-range", "/a"),
        (b'{"a":' + b"9" * 5000 + b"}", "integer-range", "/a"),
        (b'{"a~/b":{"k":1,"k":1}}', "duplicate-key", "/a~0~1b/k"),
        (b'{"a":["\\u0000"]}', "nul", "/a/0"),
        (b'{"a":"\\ud800"}', "lone-surrogate", "/a"),
        (b'{"a":[NaN]}', "not-a-number", "/a/0"),
        ('{"量":1}'.encode(), "non-ascii-key", "/量"),
    ],
)
def test_a_fault_is_named_with_its_place(data: bytes, rule: str, pointer: str) -> None:
    with pytest.raises(ProfileError) as refused:
        decode(data)

    assert (refused.value.rule, refused.value.pointer) == (rule, pointer)


def test_brackets_inside_a_string_are_not_depth() -> None:
    assert decode(b'{"a":"' + b'[{\\"' * 200 + b'"}') == {"a": '[{"' * 200}


def test_a_hundred_thousand_unclosed_strings_and_brackets_are_refused_at_once() -> None:
    for data in (b"[" * 100_000, b'[\\"' * 100_000):
        with pytest.raises(ProfileError):
            decode_value(data)


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    data = b'{"a":"\\\\u0000"}'

    assert decode_canonical(data) == {"a": "\\u0000"}


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (1.5, "float"),
        (float("nan"), "not-a-number"),
        (2**53, "integer-range"),
        ("a\x00", "nul"),
        ("\ud800", "lone-surrogate"),
        ({"é": 1}, "non-ascii-key"),
    ],
)
def test_values_outside_the_profile_are_not_written(value: object, rule: str) -> None:
    with pytest.raises(ProfileError) as refused:
        encode({"deep": [value]})

    assert refused.value.rule == rule


@pytest.mark.parametrize("value", [b"bytes", (1, 2), {1: 2}, {1, 2}, object()])
def test_what_json_does_not_have_is_a_mistake_of_the_program(value: object) -> None:
    with pytest.raises(TypeError):
        encode({"a": value})


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257])
def test_base64_round_trips(size: int) -> None:
    data = bytes(i % 256 for i in range(size))

    assert b64url_decode(b64url_encode(data)) == data
    assert b64_decode_strict(b64_encode(data)) == data


@pytest.mark.parametrize("text", ["AB", "AA==", "A", "A A", "++++", "AAA\n", "ＡＡ", "AA="])
def test_base64url_has_one_form(text: str) -> None:
    with pytest.raises(ValueError):
        b64url_decode(text)


@pytest.mark.parametrize("text", ["AB==", "AA", "A", "____", "AAA=\n", "ＡＡ==", "AA= ="])
def test_base64_has_one_form(text: str) -> None:
    with pytest.raises(ValueError):
        b64_decode_strict(text)


def test_a_salt_of_another_length_makes_no_commitment() -> None:
    with pytest.raises(ValueError):
        commit(bytes(31), "13800000000")
