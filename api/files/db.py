"""How do files travel in a backup? As rows of one table beside the evidence, so that a backup stays one file."""

import sqlite3
from contextlib import closing
from pathlib import Path

from . import Kept

FILES, DOCUMENTS = "kept_file", "kept_document"
"""The tables of a backup: what people sent, and the papers of cases."""


def put_files(backup: Path, files: Kept, table: str = FILES) -> int:
    """Add every file to a finished backup, with whose it is; how many there were. A node without files adds nothing."""
    names = list(files.all())
    if not names:
        return 0
    with closing(sqlite3.connect(backup)) as connection, connection:
        connection.execute(f"CREATE TABLE {table} (sha256 TEXT PRIMARY KEY, owners TEXT NOT NULL, data BLOB NOT NULL)")
        for name in names:
            data = files.read(name)
            if data is not None:
                row = (name, " ".join(sorted(files.owners(name))), data)
                connection.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", row)
    return len(names)


def take_files(copy: Path, files: Kept, table: str = FILES) -> int:
    """Put the files of a copied backup where they belong, and take the table out of the copy; how many there were."""
    with closing(sqlite3.connect(copy)) as connection, connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            return 0
        count = 0
        for owners, data in connection.execute(f"SELECT owners, data FROM {table}"):
            files.put(data, owners.split())
            count += 1
        connection.execute(f"DROP TABLE {table}")
    return count
