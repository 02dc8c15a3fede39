"""Strict signatures, and keys as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.ledger.keys import (
    PrivateKey,
    base58btc_decode,
    base58btc_encode,
    did_key,
    parse_did_key,
    parse_vkey,
    verify_signature,
    vkey_text,
)

KEY = PrivateKey.from_seed(bytes(range(32)))
PRIME, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, PRIME) % PRIME


def points_of_order_dividing_eight() -> set[int]:
    """Their y, from the curve equation alone: y of P with 8P = (0, 1), by the addition law of RFC 8032 §5.1.4."""

    def add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
        k = D * a[0] * b[0] * a[1] * b[1]
        return (
            (a[0] * b[1] + b[0] * a[1]) * pow(1 + k, -1, PRIME) % PRIME,
            (a[1] * b[1] + a[0] * b[0]) * pow(1 - k, -1, PRIME) % PRIME,
        )

    def times(n: int, point: tuple[int, int]) -> tuple[int, int]:
        total = (0, 1)
        for bit in bin(n)[2:]:
            total = add(total, total)
            total = add(total, point) if bit == "1" else total
        return total

    for y in range(2, 200):
        square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
        x = pow(square, (PRIME + 3) // 8, PRIME)
        if x * x % PRIME != square:
            x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
        if x * x % PRIME != square:
            continue
        torsion = times(ORDER, (x, y))
        found = {times(n, torsion)[1] for n in range(8)}
        if len(found) == 5:  # a generator of all eight: each y but 1 and -1 belongs to two of them
            return found
    raise AssertionError


@pytest.mark.parametrize("y", sorted(points_of_order_dividing_eight()))
def test_a_key_of_small_order_signs_nothing(y: int) -> None:
    """S = 0 and R = the identity satisfy the equation for the identity as key, whatever the message."""
    identity = (1).to_bytes(32, "little")

    for sign in (0, 1 << 255):
        small = (y | sign).to_bytes(32, "little")
        assert not verify_signature(small, b"any message", identity + bytes(32))
        assert not verify_signature(KEY.public, b"any message", small + bytes(32))


@given(st.binary(max_size=300))
def test_a_signature_holds_for_its_message_and_key_alone(message: bytes) -> None:
    signature = KEY.sign(message)

    assert verify_signature(KEY.public, message, signature)
    assert not verify_signature(KEY.public, message + b"\0", signature)
    assert not verify_signature(PrivateKey.from_seed(bytes(32)).public, message, signature)


@given(st.integers(0, 511))
def test_one_changed_bit_breaks_a_signature(bit: int) -> None:
    signature = bytearray(KEY.sign(b"harvest"))
    signature[bit // 8] ^= 1 << bit % 8

    assert not verify_signature(KEY.public, b"harvest", bytes(signature))


def test_s_plus_the_group_order_is_refused() -> None:
    signature = KEY.sign(b"harvest")
    moved = (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")

    assert not verify_signature(KEY.public, b"harvest", signature[:32] + moved)


def test_a_key_that_is_not_written_in_its_only_form_is_refused() -> None:
    for y in (PRIME, PRIME + 1, 2**255 - 1):
        assert not verify_signature(y.to_bytes(32, "little"), b"harvest", KEY.sign(b"harvest"))


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_keys_and_signatures_of_another_length_are_false_not_errors(size: int) -> None:
    assert not verify_signature(bytes(size), b"", KEY.sign(b""))
    assert not verify_signature(KEY.public, b"", bytes(size + 1))


def test_the_seed_stands_in_no_repr() -> None:
    assert KEY.seed.hex() not in repr(KEY)
    assert repr(KEY.seed) not in repr(KEY)


@given(st.binary(max_size=80))
def test_base58_round_trips(data: bytes) -> None:
    assert base58btc_decode(base58btc_encode(data)) == data


def test_base58_reads_as_many_digits_as_it_says_and_no_more() -> None:
    """58 to the power of 128, less one, by Horner's rule."""
    number = 0
    for _ in range(128):
        number = number * 58 + 57

    assert base58btc_decode("z" * 128) == number.to_bytes(94, "big")
    assert base58btc_decode("1" * 128) == bytes(128)
    with pytest.raises(ValueError):
        base58btc_decode("z" * 129)


@given(st.binary(min_size=32, max_size=32))
def test_a_did_key_round_trips(public: bytes) -> None:
    assert parse_did_key(did_key(public)) == public


@pytest.mark.parametrize(
    "text",
    [
        "",
        "did:key:",
        "did:key:z",
        "did:web:x",
        KEY.did + "#x",
        KEY.did.upper(),
        KEY.did + "1",
        "did:key:z1" + KEY.did[9:],
    ],
)
def test_text_that_is_no_did_key(text: str) -> None:
    with pytest.raises(ValueError):
        parse_did_key(text)


def test_a_vkey_round_trips_although_its_base64_holds_a_plus() -> None:
    texts = [vkey_text("log.example/x", PrivateKey.from_seed(bytes([n]) * 32).public) for n in range(40)]

    assert any(text.count("+") > 2 for text in texts)
    for text in texts:
        read = parse_vkey(text)
        assert vkey_text(read.name, read.public, read.type) == text


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b", "a\tb", "\ud800"])
def test_a_name_that_may_not_stand_in_a_note_has_no_vkey(name: str) -> None:
    with pytest.raises(ValueError):
        vkey_text(name, KEY.public)
