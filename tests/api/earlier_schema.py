"""The tables of earlier releases, for tests of the step from there to this one."""

import sqlite3

_BEFORE_PARTS = """
DROP TABLE part;
DROP TABLE record;
CREATE TABLE record (
    id TEXT NOT NULL, chain TEXT NOT NULL, topic TEXT NOT NULL, statement TEXT NOT NULL, "index" INTEGER NOT NULL,
    leaf TEXT NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL, asked_of TEXT, owned_by TEXT, held_by TEXT, goods_of TEXT,
    occurred_at TEXT NOT NULL, received TEXT NOT NULL, payload TEXT NOT NULL, is_void BOOLEAN NOT NULL,
    CONSTRAINT pk_record PRIMARY KEY (id)
);
CREATE INDEX ix_record_topic ON record (topic);
CREATE INDEX ix_record_asked_of ON record (asked_of) WHERE asked_of IS NOT NULL;
CREATE INDEX ix_record_goods_of ON record (goods_of) WHERE goods_of IS NOT NULL;
CREATE TABLE event (
    "index" INTEGER NOT NULL, chain TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, actor TEXT NOT NULL,
    occurred_at TEXT NOT NULL, received TEXT NOT NULL,
    CONSTRAINT pk_event PRIMARY KEY ("index")
);
CREATE INDEX ix_event_chain ON event (chain);
CREATE INDEX ix_event_actor ON event (actor, kind);
"""


def undo_parts(connection: sqlite3.Connection) -> None:
    """Until revision 20261130_served records were kept by their id, and `event` had a row for every entry."""
    connection.executescript(_BEFORE_PARTS)
