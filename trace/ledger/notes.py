"""Who signed this text, and which tree does it state? C2SP signed-note v1.0.0 and tlog-checkpoint v1.0.0. (pure)"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .canonical import b64_decode_strict, b64_encode
from .keys import PrivateKey, Vkey, is_key_name, key_id, verify_signature

TYPE_ED25519 = 1
TYPE_COSIGNATURE = 4
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_MAX_NOTE_CHARACTERS = 1_000_000


class NoteError(ValueError):
    """Not a note, or a known key whose signature fails."""


@dataclass(frozen=True)
class VerifiedSignature:
    """A signature by a known key; `timestamp` (unix seconds) for cosignatures."""

    name: str
    type: int
    timestamp: int | None = None


@dataclass(frozen=True)
class Checkpoint:
    """The log's own statement of its size and root (32 bytes)."""

    origin: str
    size: int
    root: bytes


def sign_note(text: str, name: str, key: PrivateKey) -> str:
    """The note with one Ed25519 signature. `text` ends with a newline; the signed bytes are the text."""
    signature = key.sign(text.encode())
    line = b64_encode(key_id(name, TYPE_ED25519, key.public) + signature)
    return f"{text}\n— {name} {line}\n"


def note_text(note: str) -> str:
    """The text of a note with its last newline. Raises `NoteError` where this is not a note."""
    return _split(note)[0]


def verify_note(note: str, vkeys: Sequence[Vkey]) -> tuple[VerifiedSignature, ...]:
    """The signatures by known keys, in order, each key once. Unknown keys are ignored; a known key that fails refuses all."""
    text, lines = _split(note)
    found: list[VerifiedSignature] = []
    for name, signature in lines:
        known = next((one for one in vkeys if one.name == name and one.key_id == signature[:4]), None)
        if known is None:
            continue
        verified = _verify(text, known, signature[4:])
        if verified is None:
            raise NoteError("a known key's signature fails")
        if verified not in found:
            found.append(verified)
    return tuple(found)


def cosigned_bytes(text: str, timestamp: int) -> bytes:
    """What a witness signs (C2SP tlog-cosignature, cosignature/v1)."""
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def _verify(text: str, key: Vkey, signature: bytes) -> VerifiedSignature | None:
    if key.type == TYPE_ED25519 and verify_signature(key.public, text.encode(), signature):
        return VerifiedSignature(key.name, key.type)
    if key.type == TYPE_COSIGNATURE and len(signature) == 72:
        timestamp = int.from_bytes(signature[:8], "big")
        if verify_signature(key.public, cosigned_bytes(text, timestamp), signature[8:]):
            return VerifiedSignature(key.name, key.type, timestamp)
    return None


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > _MAX_NOTE_CHARACTERS or any(ch < " " and ch != "\n" for ch in note):
        raise NoteError("control character or too long")
    try:
        note.encode()
    except UnicodeEncodeError as error:
        raise NoteError("not Unicode text") from error
    text, blank, signatures = note.rpartition("\n\n")
    if not blank or not signatures.endswith("\n"):
        raise NoteError("no signature lines")
    lines = [_signature_line(line) for line in signatures[:-1].split("\n")]
    return text + "\n", lines


def _signature_line(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, space, encoded = rest.partition(" ")
    if dash != "—" or not space or not is_key_name(name):
        raise NoteError("malformed signature line")
    try:
        signature = b64_decode_strict(encoded)
    except ValueError as error:
        raise NoteError("malformed signature") from error
    if len(signature) < 5:
        raise NoteError("malformed signature")
    return name, signature


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """Three lines: origin, decimal size, base64 root. We write no extension lines."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{b64_encode(checkpoint.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Read exactly what `checkpoint_text` writes. Raises `NoteError`; extension lines are refused."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0] or "\r" in text or not _SIZE.fullmatch(lines[1]):
        raise NoteError("not a checkpoint")
    try:
        root = b64_decode_strict(lines[2])
    except ValueError as error:
        raise NoteError("not a root") from error
    if len(root) != 32:
        raise NoteError("not a root")
    return Checkpoint(lines[0], int(lines[1]), root)


def open_checkpoint(note: str, vkeys: Sequence[Vkey]) -> Checkpoint:
    """The checkpoint, signed by a given key whose name is its origin. Raises `NoteError`."""
    checkpoint = parse_checkpoint(note_text(note))
    signed = verify_note(note, vkeys)
    if not any(one.type == TYPE_ED25519 and one.name == checkpoint.origin for one in signed):
        raise NoteError("not signed by this log's key")
    return checkpoint
