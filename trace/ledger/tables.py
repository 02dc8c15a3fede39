"""Which rows are evidence? The tables that an auditor reads and that nobody may change.

`entry` and `statement` are append-only (triggers in the keeper of each dialect). Everything else here can be recomputed
from them, which is what the audit does.
"""

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)

# SQLite makes a rowid of INTEGER alone; PostgreSQL needs eight bytes for a log that grows for decades.
Index = BigInteger().with_variant(Integer, "sqlite")

entry = Table(
    "entry",
    metadata,
    Column("index", Index, primary_key=True, autoincrement=False),
    Column("chain", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("prev", LargeBinary),
    Column("leaf", LargeBinary, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    UniqueConstraint("chain", "seq"),
    UniqueConstraint("chain", "prev"),
)
statement = Table(
    "statement",
    metadata,
    Column("index", Index, primary_key=True, autoincrement=False),
    Column("id", Text, nullable=False, unique=True),
    Column("salt", LargeBinary, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)
opening = Table(
    "opening",
    metadata,
    Column("commit", Text, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
)
chain_head = Table(
    "chain_head",
    metadata,
    Column("chain", Text, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("index", Index, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
)
log_state = Table(
    "log_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", Index, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    Column("received", Text, nullable=False),
)
# Full tiles only: `root` is what the tile contributes to the level above. A partial tile is read from the rows below it.
tile = Table(
    "tile",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("position", Index, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
    Column("root", LargeBinary, nullable=False),
)
checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", Index, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)
EVIDENCE = (entry, statement, opening, chain_head, log_state, tile, checkpoint)
