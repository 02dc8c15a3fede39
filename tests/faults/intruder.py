"""Somebody who can write the database file: drops what refuses, then changes one byte."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Flip:
    """One changed byte. `row`: the whole row as it was before, by column."""

    table: str
    column: str
    row: dict[str, Any]


@contextmanager
def intrusion(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection on the file with every trigger gone; what is done is committed."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = bytes
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name.decode()}")
    try:
        yield connection
    finally:
        connection.close()


def flip_byte(path: Path, table: str, column: str, chance: random.Random) -> Flip:
    """Change one byte of that column in a row taken by chance: another value of the same type.

    Where a constraint refuses the new value, another is tried.
    """
    with intrusion(path) as connection:
        cursor = connection.execute(f'SELECT rowid, * FROM "{table}" WHERE "{column}" IS NOT NULL ORDER BY 1')
        names = [name for name, *_ in cursor.description][1:]
        rows = cursor.fetchall()
        for _ in range(100):
            rowid, *values = chance.choice(rows)
            row = dict(zip(names, values, strict=True))
            before = row[column]
            marker = "CAST(? AS TEXT)" if _is_text(connection, table, column, rowid) else "?"
            try:
                connection.execute(
                    f'UPDATE "{table}" SET "{column}" = {marker} WHERE rowid = ?', (_changed(before, chance), rowid)
                )
            except sqlite3.IntegrityError:
                continue
            return Flip(table, column, row)
    raise AssertionError(f"no byte of {table}.{column} could be changed")


def _is_text(connection: sqlite3.Connection, table: str, column: str, rowid: int) -> bool:
    found = connection.execute(f'SELECT typeof("{column}") FROM "{table}" WHERE rowid = ?', (rowid,)).fetchone()
    return bool(found[0] == b"text")


def _changed(value: Any, chance: random.Random) -> Any:
    """One of the low two bytes of a number, or one byte of a text or blob (which may not be UTF-8 afterwards)."""
    if isinstance(value, int):
        return value ^ chance.randrange(1, 256) << 8 * chance.randrange(2)
    at = chance.randrange(len(value))
    return value[:at] + bytes([value[at] ^ chance.randrange(1, 256)]) + value[at + 1 :]
