"""The envelope: one form of bytes, nothing beside its nine members."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.ledger.entry import (
    MAX_ENTRY_BYTES,
    Entry,
    EntryError,
    Link,
    body_hash,
    entry_bytes,
    is_chain_id,
    parse_entry,
)

CHAINS = st.text("abcXYZ019_-", min_size=16, max_size=43)
HASHES = st.binary(min_size=32, max_size=32)
OTHER = "o" * 22
ENTRY = Entry(
    "log.example/suxin",
    "c" * 22,
    2,
    9,
    bytes(32),
    (Link(OTHER, 1, bytes(range(32))),),
    "2026-09-10T00:20:31.108Z",
    b"b" * 32,
)
BYTES = (
    '{"body":"' + "62" * 32 + '","chain":"cccccccccccccccccccccc","index":9,"links":[{"chain":"oooooooooooooooooooooo",'
    '"leaf":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f","seq":1}],"origin":"log.example/suxin",'
    '"prev":"' + "00" * 32 + '","received":"2026-09-10T00:20:31.108Z","seq":2,"v":1}'
).encode()


def test_an_entry_is_these_bytes() -> None:
    assert entry_bytes(ENTRY) == BYTES


@given(CHAINS, st.integers(0, 2**53 - 1), st.integers(0, 2**53 - 1), HASHES, st.lists(HASHES, max_size=4))
def test_an_entry_round_trips(chain: str, seq: int, index: int, digest: bytes, linked: list[bytes]) -> None:
    links = tuple(Link(OTHER, at, leaf) for at, leaf in enumerate(linked))
    entry = Entry("log.example/suxin", chain, seq, index, digest if seq else None, links, ENTRY.received, digest)

    assert parse_entry(entry_bytes(entry)) == entry


@given(st.integers(0, len(BYTES) - 1), st.integers(0, 7))
def test_one_changed_bit_is_another_entry_or_none(at: int, bit: int) -> None:
    changed = bytearray(BYTES)
    changed[at] ^= 1 << bit

    try:
        read = parse_entry(bytes(changed))
    except EntryError:
        return
    assert read != ENTRY
    assert entry_bytes(read) == bytes(changed)


@pytest.mark.parametrize(
    "received",
    [
        "2026-02-29T00:00:00.000Z",
        "2026-09-10T24:00:00.000Z",
        "2026-09-10T23:59:60.000Z",
        "2026-09-10T00:00:00.0000Z",
        "2026-09-10t00:00:00.000Z",
        "２０26-09-10T00:00:00.000Z",
    ],
)
def test_received_is_a_moment_that_exists_in_milliseconds(received: str) -> None:
    with pytest.raises(EntryError):
        parse_entry(entry_bytes(ENTRY._replace(received=received)))


@pytest.mark.parametrize(("seq", "prev"), [(0, bytes(32)), (1, None)])
def test_prev_is_missing_exactly_at_the_start(seq: int, prev: bytes | None) -> None:
    with pytest.raises(EntryError):
        parse_entry(
            entry_bytes(ENTRY._replace(seq=seq, prev=prev)).replace(b'"prev":""', b'"prev":"' + b"00" * 32 + b'"')
        )


def test_a_link_to_the_own_chain_is_refused() -> None:
    with pytest.raises(EntryError):
        parse_entry(entry_bytes(ENTRY._replace(links=(Link(ENTRY.chain, 1, bytes(32)),))))


def test_about_450_links_fit_and_no_entry_is_over_60000_bytes() -> None:
    fits = entry_bytes(ENTRY._replace(links=tuple(Link(OTHER, at, bytes(32)) for at in range(450))))
    over = entry_bytes(ENTRY._replace(links=tuple(Link(OTHER, at, bytes(32)) for at in range(550))))

    assert len(fits) <= MAX_ENTRY_BYTES < len(over)
    assert len(parse_entry(fits).links) == 450
    with pytest.raises(EntryError):
        parse_entry(over)


def test_two_salts_hide_one_statement_behind_two_hashes() -> None:
    assert body_hash(bytes(32), b"{}") != body_hash(b"\1" + bytes(31), b"{}")


@pytest.mark.parametrize(
    ("text", "is_one"), [("a" * 15, 0), ("a" * 16, 1), ("a" * 43, 1), ("a" * 44, 0), ("a/" * 9, 0), ("é" * 20, 0)]
)
def test_a_chain_id_is_16_to_43_characters_of_base64url(text: str, is_one: int) -> None:
    assert is_chain_id(text) is bool(is_one)
