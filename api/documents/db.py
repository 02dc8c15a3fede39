"""Which papers were made for which case, under which number? One table of ops.db; the bytes lie beside it by their hash.

A number is given in the transaction that enters its paper, and the bytes are on disk before it commits: no number is given
twice, none is lost, and no entry leads to bytes that are not there. A paper once entered is never changed or taken out.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, Integer, Row, Table, Text, UniqueConstraint, func, select

from api.db import Operational, metadata, utc_text
from api.files import Kept

document = Table(
    "document",
    metadata,
    Column("id", Text, primary_key=True),
    Column("case", Text, nullable=False, index=True),
    Column("step", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("doc_no", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("sha256", Text, nullable=False, index=True),
    Column("values", Text, nullable=False),
    Column("prepared_at", Text, nullable=False),
    Column("prepared_by", Text, nullable=False),
    UniqueConstraint("authority", "code", "year", "number"),
)


@dataclass(frozen=True)
class Asked:
    """A paper that shall be made: `authority` gives the number, `subject` and `region` say who may read it; `values` are
    those of the paper but its number. `prepared_by`: an account as it is logged."""

    case: str
    step: str
    code: str
    authority: str
    subject: str
    region: str
    values: Mapping[str, str]
    prepared_by: str


@dataclass(frozen=True)
class Prepared:
    """A paper that was made, with its number in it. `values`: all that stands in it, the number apart."""

    id: str
    case: str
    step: str
    code: str
    doc_no: str
    subject: str
    region: str
    sha256: str
    values: Mapping[str, str]
    prepared_at: datetime
    prepared_by: str


class DocumentStore:
    """The papers of one node, from any thread and process. Each method is one transaction."""

    def __init__(self, operational: Operational, kept: Kept) -> None:
        self.clock: Callable[[], datetime] = operational.clock
        self._engine = operational.engine
        self._kept = kept

    def add(
        self,
        asked: Asked,
        day: date,
        number: Callable[[int], str],
        render: Callable[[str], bytes],
        used: Iterable[str] = (),
    ) -> Prepared:
        """Make a paper of this legal day under the next number of its authority, kind and year.

        `number` writes a number out, `render` makes the bytes for it. The same paper asked for again is the one that was
        made, unless its hash is among the `used`: what is said anew in a case is a new paper. Whatever these raise, no
        number is gone.
        """
        values = json.dumps(dict(asked.values), ensure_ascii=False, sort_keys=True)
        same = (document.c.case == asked.case) & (document.c.step == asked.step) & (document.c.code == asked.code)
        counted = (
            (document.c.authority == asked.authority) & (document.c.code == asked.code) & (document.c.year == day.year)
        )
        with self._engine.begin() as connection:
            made = connection.execute(select(document).where(same, document.c["values"] == values)).all()
            again = next((row for row in made if row.sha256 not in set(used)), None)
            if again is not None:
                return _read(again)
            last = connection.execute(select(func.max(document.c.number)).where(counted)).scalar_one()
            sequence = (last or 0) + 1
            doc_no = number(sequence)
            sha256 = self._kept.put(render(doc_no), [asked.subject])
            row = {
                "id": str(uuid4()),
                "case": asked.case,
                "step": asked.step,
                "code": asked.code,
                "authority": asked.authority,
                "year": day.year,
                "number": sequence,
                "doc_no": doc_no,
                "subject": asked.subject,
                "region": asked.region,
                "sha256": sha256,
                "values": values,
                "prepared_at": utc_text(self.clock()),
                "prepared_by": asked.prepared_by,
            }
            connection.execute(document.insert().values(row))
            return _read(connection.execute(select(document).where(document.c.id == row["id"])).one())

    def of_case(self, case: str, step: str | None = None) -> list[Prepared]:
        """What was made for a case, or for one step of it, in the order in which it was made."""
        query = select(document).where(document.c.case == case)
        if step is not None:
            query = query.where(document.c.step == step)
        with self._engine.begin() as connection:
            rows = connection.execute(query.order_by(document.c.prepared_at, document.c.code, document.c.number)).all()
        return [_read(row) for row in rows]

    def find(self, sha256: str) -> Prepared | None:
        """The paper whose bytes have this hash."""
        with self._engine.begin() as connection:
            row = connection.execute(select(document).where(document.c.sha256 == sha256)).first()
        return None if row is None else _read(row)

    def read(self, sha256: str) -> bytes | None:
        """The bytes of a paper; None where nobody made it."""
        return self._kept.read(sha256)

    def add_register(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Enter what a backup brought; what is entered already stays as it is."""
        with self._engine.begin() as connection:
            known = set(connection.execute(select(document.c.id)).scalars())
            for row in rows:
                if row["id"] not in known:
                    connection.execute(document.insert().values(dict(row)))


def put_register(backup: Path, operational: Path, table: Table = document) -> None:
    """Add a table of ops.db, which papers there are, to a finished backup; a node without rows, or of a release before, adds
    nothing."""
    if not operational.exists():
        return
    with closing(sqlite3.connect(f"{operational.absolute().as_uri()}?mode=ro", uri=True)) as kept:
        rows = kept.execute(f"SELECT * FROM {table.name}").fetchall() if _has_table(kept, table.name) else []
    if not rows:
        return
    columns = [f'"{column.name}"' for column in table.columns]
    with closing(sqlite3.connect(backup)) as to, to:
        to.execute(f"CREATE TABLE {_in_backup(table)} ({', '.join(columns)})")
        to.executemany(f"INSERT INTO {_in_backup(table)} VALUES ({', '.join('?' * len(columns))})", rows)


def take_register(copy: Path, table: Table = document) -> list[dict[str, Any]]:
    """The papers that a copied backup knows, or the rows of another table; the table goes out of the copy."""
    name = _in_backup(table)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.row_factory = sqlite3.Row
        if not _has_table(connection, name):
            return []
        rows = [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]
        connection.execute(f"DROP TABLE {name}")
    return rows


def _in_backup(table: Table) -> str:
    """What a table of ops.db is called beside the evidence of a backup."""
    return f"prepared_{table.name}"


def _has_table(connection: sqlite3.Connection, name: str) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone() is not None


def _read(row: Row[Any]) -> Prepared:
    fields = row._mapping  # a row has methods of the names of some columns
    return Prepared(
        id=fields["id"],
        case=fields["case"],
        step=fields["step"],
        code=fields["code"],
        doc_no=fields["doc_no"],
        subject=fields["subject"],
        region=fields["region"],
        sha256=fields["sha256"],
        values=json.loads(fields["values"]),
        prepared_at=datetime.fromisoformat(fields["prepared_at"]),
        prepared_by=fields["prepared_by"],
    )
