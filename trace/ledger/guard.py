"""Which checkpoint did this node last sign, whatever its database says today?

One file outside the data folder and its backups. A restored or rewritten database cannot bring it back in time.
"""

import os
from pathlib import Path


class GuardMoved(Exception):
    """The file does not hold the checkpoint that this process last wrote: another writer is at work."""


class Guard:
    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str | None:
        """The last signed checkpoint note, or None where nothing was ever signed; what is no text is no note either."""
        try:
            return self._path.read_bytes().decode("utf-8", "replace") or None
        except FileNotFoundError:
            return None

    def swap(self, old: str | None, new: str) -> None:
        """Compare and swap, durable when it returns: file and folder are fsynced. Raises `GuardMoved`."""
        if self.read() != old:
            raise GuardMoved(str(self._path))
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_name(self._path.name + ".new")
        with beside.open("w", encoding="utf-8") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
