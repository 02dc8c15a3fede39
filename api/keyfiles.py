"""Where do the node's own keys lie? One file a key, readable by its owner alone, outside the data folder."""

import os
import stat
from pathlib import Path

from api.hindrances import Hindrance
from trace.ledger.keys import PrivateKey


class KeyFileError(Hindrance):
    """A key file is missing, malformed, or open to others; the sentence says which and what to do."""


def load_key(path: Path) -> PrivateKey:
    """Read a key written by `write_key`. Refused where anybody but its owner could read it. Raises KeyFileError."""
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii").strip()
        seed = bytes.fromhex(text)
    except FileNotFoundError as error:
        raise KeyFileError("keyfile.missing", path=path) from error
    except (OSError, ValueError) as error:  # a folder, another's file, bytes that are no text, text that is no hex
        raise KeyFileError("keyfile.malformed", path=path) from error
    if stat.S_IMODE(mode) & 0o077:
        raise KeyFileError("keyfile.open_to_others", path=path)
    try:
        return PrivateKey.from_seed(seed)
    except ValueError as error:
        raise KeyFileError("keyfile.malformed", path=path) from error


def write_key(path: Path, seed: bytes) -> PrivateKey:
    """Write a new key (mode 0600) and make it durable; never over an existing file (FileExistsError)."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(seed.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return PrivateKey.from_seed(seed)
