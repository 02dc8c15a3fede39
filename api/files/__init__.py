"""Which files did people add to their records, and whose are they? Bytes by SHA-256 under the data folder, for few to read.

A statement holds a file's hash; the bytes lie here, `files/ab/cdef…`, as they were sent. Beside them stands a folder with
one empty mark a party that sent them: the same paper may be several people's.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from trace.ledger.entry import is_chain_id

from .formats import Format, format_of

MAX_FILE_BYTES = 10 * 1024 * 1024
_OWNERS = ".of"
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that lies here: its bytes, what they are, and the parties that sent them."""

    sha256: str
    data: bytes
    format: Format
    owners: frozenset[str]


class Kept:
    """Bytes under one folder. Safe from any thread and process: each name is written once, whole, and never changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes, parties: list[str]) -> str:
        """Keep bytes that were looked at before, for these parties; their SHA-256 in hex. Durable when this returns."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        if not path.exists():
            _write(path, data)
        marks = path.with_name(path.name + _OWNERS)
        marks.mkdir(mode=0o700, exist_ok=True)
        for party in parties:
            (marks / party).touch(0o600)
        return sha256

    def read(self, sha256: str) -> bytes | None:
        """The bytes of a hash; None where nobody put them."""
        return self._path(sha256).read_bytes() if self.holds(sha256) else None

    def holds(self, sha256: str) -> bool:
        """Whether the bytes of a hash lie here."""
        return is_sha256(sha256) and self._path(sha256).is_file()

    def owners(self, sha256: str) -> frozenset[str]:
        """The parties whose bytes these are."""
        path = self._path(sha256)
        marks = path.with_name(path.name + _OWNERS)
        return (
            frozenset(mark.name for mark in marks.iterdir() if is_chain_id(mark.name))
            if marks.is_dir()
            else frozenset()
        )

    def all(self) -> Iterator[str]:
        """The hash of every file, in order."""
        for path in sorted(self.folder.glob("??/*")):
            sha256 = path.parent.name + path.name
            if is_sha256(sha256):
                yield sha256

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256[2:]


class Files(Kept):
    """The files that people sent to one node."""

    def keep(self, data: bytes, party: str) -> str:
        """Keep what a party sent; its SHA-256 in hex. Raises as `format_of`; durable when this returns."""
        format_of(data)
        return self.put(data, [party])

    def find(self, sha256: str) -> KeptFile | None:
        """A file by its hash; None for one that nobody sent."""
        data = self.read(sha256)
        return None if data is None else KeptFile(sha256, data, format_of(data), self.owners(sha256))


def is_sha256(text: str) -> bool:
    return len(text) == 64 and _HEX.issuperset(text)


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, for its owner's eyes: a name that exists always has all its bytes."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.rename(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
