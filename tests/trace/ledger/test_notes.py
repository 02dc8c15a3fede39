"""Signed texts: what a change breaks, and whose signature opens a checkpoint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.ledger.canonical import b64_encode
from trace.ledger.keys import PrivateKey, key_id, make_vkey
from trace.ledger.notes import (
    Checkpoint,
    NoteError,
    VerifiedSignature,
    checkpoint_text,
    cosigned_bytes,
    note_text,
    open_checkpoint,
    parse_checkpoint,
    sign_note,
    verify_note,
)

LOG, WITNESS, STRANGER = (PrivateKey.from_seed(bytes([n]) * 32) for n in (1, 2, 3))
ORIGIN = "log.example/suxin"
LOG_VKEY, WITNESS_VKEY = make_vkey(ORIGIN, LOG.public), make_vkey("witness.example/w", WITNESS.public, 4)
CHECKPOINT = Checkpoint(ORIGIN, 257, bytes(range(32)))
TEXT = checkpoint_text(CHECKPOINT)
NOTE = sign_note(TEXT, ORIGIN, LOG)


def cosignature(text: str, timestamp: int) -> str:
    signed = timestamp.to_bytes(8, "big") + WITNESS.sign(cosigned_bytes(text, timestamp))
    return f"— {WITNESS_VKEY.name} {b64_encode(key_id(WITNESS_VKEY.name, 4, WITNESS.public) + signed)}\n"


def test_a_checkpoint_is_three_lines() -> None:
    assert TEXT == "log.example/suxin\n257\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"


@given(st.integers(0, 2**53), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_round_trips(size: int, root: bytes) -> None:
    assert parse_checkpoint(checkpoint_text(Checkpoint(ORIGIN, size, root))) == Checkpoint(ORIGIN, size, root)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257])
def test_its_own_log_opens_a_checkpoint(size: int) -> None:
    checkpoint = Checkpoint(ORIGIN, size, bytes(32))

    assert open_checkpoint(sign_note(checkpoint_text(checkpoint), ORIGIN, LOG), [LOG_VKEY]) == checkpoint


@given(st.integers(0, len(TEXT) - 1))
def test_one_changed_character_of_the_text_is_refused(at: int) -> None:
    changed = NOTE[:at] + ("x" if NOTE[at] != "x" else "y") + NOTE[at + 1 :]

    with pytest.raises(NoteError):
        open_checkpoint(changed, [LOG_VKEY])


def test_a_stranger_and_a_witness_do_not_open_a_checkpoint() -> None:
    stranger = make_vkey(ORIGIN, STRANGER.public)

    for note, keys in ((NOTE, [stranger]), (NOTE, []), (TEXT + "\n" + cosignature(TEXT, 7), [LOG_VKEY, WITNESS_VKEY])):
        with pytest.raises(NoteError):
            open_checkpoint(note, keys)


def test_another_log_that_we_trust_does_not_open_this_one() -> None:
    other = make_vkey("other.example/log", STRANGER.public)

    with pytest.raises(NoteError):
        open_checkpoint(sign_note(TEXT, other.name, STRANGER), [LOG_VKEY, other])


def test_a_cosignature_tells_when_it_was_made() -> None:
    found = verify_note(NOTE + cosignature(TEXT, 1789002400), [LOG_VKEY, WITNESS_VKEY])

    assert found == (VerifiedSignature(ORIGIN, 1), VerifiedSignature("witness.example/w", 4, 1789002400))


def test_a_cosignature_of_another_text_rejects_the_note_where_the_witness_is_known() -> None:
    note = NOTE + cosignature(TEXT.replace("257", "256"), 7)

    with pytest.raises(NoteError):
        verify_note(note, [LOG_VKEY, WITNESS_VKEY])
    assert verify_note(note, [LOG_VKEY]) == (VerifiedSignature(ORIGIN, 1),)


@pytest.mark.parametrize("count", [1, 16, 100])
def test_signatures_of_unknown_keys_are_ignored(count: int) -> None:
    unknown = "".join(f"— unknown.example/{n} {b64_encode(bytes(68))}\n" for n in range(count))

    assert verify_note(TEXT + "\n" + unknown + NOTE[len(TEXT) + 1 :], [LOG_VKEY]) == (VerifiedSignature(ORIGIN, 1),)


def test_the_text_ends_before_the_last_blank_line() -> None:
    assert note_text(sign_note("a\n\nb\n", ORIGIN, LOG)) == "a\n\nb\n"


@pytest.mark.parametrize(
    "note", ["", "\n", "a\n", "a\n\n", NOTE[:-1], NOTE + "\n", NOTE.replace("\n", "\r\n"), "\ud800" + NOTE]
)
def test_text_that_is_no_note(note: str) -> None:
    with pytest.raises(NoteError):
        verify_note(note, [LOG_VKEY])
