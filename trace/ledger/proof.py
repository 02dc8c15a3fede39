"""How does one entry prove that it is in the log? C2SP tlog-proof. (pure)"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .canonical import b64_decode_strict, b64_encode
from .keys import Vkey
from .merkle import verify_inclusion
from .notes import NoteError, open_checkpoint

HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)


class ProofError(ValueError):
    """The text is not a tlog-proof."""


@dataclass(frozen=True)
class TlogProof:
    """`path` from leaf to root (32 bytes each); `extra` is carried and proves nothing."""

    index: int
    path: tuple[bytes, ...]
    checkpoint_note: str
    extra: bytes | None = None


def tlog_proof_text(proof: TlogProof) -> str:
    """The proof as text, the checkpoint verbatim at its end."""
    extra = [f"extra {b64_encode(proof.extra)}"] if proof.extra is not None else []
    lines = [HEADER, *extra, f"index {proof.index}", *map(b64_encode, proof.path), "", proof.checkpoint_note]
    return "\n".join(lines)


def parse_tlog_proof(text: str) -> TlogProof:
    """Read a proof. Raises `ProofError`; the checkpoint is not verified here."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines[0] != HEADER:
        raise ProofError("not a tlog-proof")
    rest, extra = lines[1:], None
    try:
        if rest and rest[0].startswith("extra "):
            extra = b64_decode_strict(rest[0].removeprefix("extra "))
            rest = rest[1:]
        path = tuple(b64_decode_strict(line) for line in rest[1:])
    except ValueError as error:
        raise ProofError("not base64") from error
    index = _INDEX.fullmatch(rest[0]) if rest else None
    if not index or any(len(one) != 32 for one in path):
        raise ProofError("no index, or a hash that is not 32 bytes")
    return TlogProof(int(index[1]), path, note, extra)


def verify_tlog_proof(text: str, leaf: bytes, vkeys: Sequence[Vkey]) -> bool:
    """Is that leaf hash in a tree whose checkpoint one of these keys signed as its own log?"""
    try:
        proof = parse_tlog_proof(text)
        checkpoint = open_checkpoint(proof.checkpoint_note, vkeys)
    except (ProofError, NoteError):
        return False
    return verify_inclusion(proof.index, checkpoint.size, leaf, list(proof.path), checkpoint.root)
