"""An entry's proof in one text file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trace.ledger.keys import PrivateKey, make_vkey
from trace.ledger.merkle import leaf_hash, node_hash
from trace.ledger.notes import Checkpoint, checkpoint_text, sign_note
from trace.ledger.proof import ProofError, TlogProof, parse_tlog_proof, tlog_proof_text, verify_tlog_proof

ORIGIN = "log.example/suxin"
LOG, OTHER = PrivateKey.from_seed(bytes(32)), PrivateKey.from_seed(b"o" * 32)
VKEY = make_vkey(ORIGIN, LOG.public)
LEFT, RIGHT = leaf_hash(b"first"), leaf_hash(b"second")
NOTE = sign_note(checkpoint_text(Checkpoint(ORIGIN, 2, node_hash(LEFT, RIGHT))), ORIGIN, LOG)
TEXT = tlog_proof_text(TlogProof(1, (LEFT,), NOTE))


def test_the_second_of_two_entries_is_proved_by_the_first() -> None:
    assert verify_tlog_proof(TEXT, RIGHT, [VKEY])
    assert not verify_tlog_proof(TEXT, LEFT, [VKEY])
    assert not verify_tlog_proof(TEXT, RIGHT, [make_vkey(ORIGIN, OTHER.public)])


def test_the_first_entry_of_a_log_needs_no_path() -> None:
    note = sign_note(checkpoint_text(Checkpoint(ORIGIN, 1, LEFT)), ORIGIN, LOG)

    assert verify_tlog_proof(tlog_proof_text(TlogProof(0, (), note)), LEFT, [VKEY])


@given(
    st.integers(0, 2**53), st.lists(st.binary(min_size=32, max_size=32), max_size=60), st.none() | st.binary(max_size=9)
)
def test_a_proof_round_trips(index: int, path: list[bytes], extra: bytes | None) -> None:
    proof = TlogProof(index, tuple(path), NOTE, extra)

    assert parse_tlog_proof(tlog_proof_text(proof)) == proof


def test_nobody_signed_the_extra_line() -> None:
    assert verify_tlog_proof(tlog_proof_text(TlogProof(1, (LEFT,), NOTE, b"anything")), RIGHT, [VKEY])


@given(st.integers(0, len(TEXT) - 1))
def test_one_changed_character_proves_nothing(at: int) -> None:
    changed = TEXT[:at] + ("x" if TEXT[at] != "x" else "y") + TEXT[at + 1 :]

    assert not verify_tlog_proof(changed, RIGHT, [VKEY])


@pytest.mark.parametrize(
    "text",
    [
        "",
        NOTE,
        TEXT.replace("@v1", "@v2"),
        TEXT.replace("index 1\n", ""),
        TEXT.replace("index 1", "index 01"),
        TEXT.replace("index 1", "index １"),
        TEXT.replace("index 1", "index 1 "),
        TEXT.replace("index", "extra !\nindex"),
        TEXT.replace("=\n\n", "\n\n", 1),
        TEXT.replace("\n\n", "\n"),
    ],
)
def test_text_that_is_no_proof(text: str) -> None:
    with pytest.raises(ProofError):
        parse_tlog_proof(text)
