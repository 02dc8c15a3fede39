"""Which rows do pages and decisions read? Projections of the log: rebuilt by replaying it, never evidence.

Amounts are integers in the base unit of their dimension (trace/quantity.py): milligrams, microlitres, heads.
"""

from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text

from .ledger.tables import NAMING, Index

metadata = MetaData(naming_convention=NAMING)

party = Table(
    "party",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text),
    Column("legal_form", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("township", Text),
    Column("uscc", Text, unique=True),
    Column("index", Index, nullable=False),
)
key = Table(
    "key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("party", Text, nullable=False, index=True),
    Column("added", Index, nullable=False),
    Column("revoked", Index),
)
place = Table(
    "place",
    metadata,
    Column("id", Text, primary_key=True),
    Column("party", Text, nullable=False, index=True),
    Column("region", Text, nullable=False),
    Column("township", Text, nullable=False),
    Column("place_kind", Text, nullable=False),
    Column("index", Index, nullable=False),
)
batch = Table(
    "batch",
    metadata,
    Column("id", Text, primary_key=True),
    Column("code", Text, unique=True),
    Column("product", Text, nullable=False),
    Column("township", Text, nullable=False),
    Column("place", Text),
    Column("owner", Text, nullable=False, index=True),
    Column("holder", Text, nullable=False, index=True),
    Column("held_since", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("stage_at", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("opening", Index, nullable=False),
    Column("movements", Index, nullable=False),
    Column("has_inputs", Boolean, nullable=False),
    Column("is_measured", Boolean, nullable=False),
    Column("is_closed", Boolean, nullable=False),
    Column("index", Index, nullable=False),
)
event = Table(
    "event",
    metadata,
    Column("index", Index, primary_key=True, autoincrement=False),
    Column("chain", Text, nullable=False, index=True),
    Column("seq", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("occurred_at", Text, nullable=False),
    Column("received", Text, nullable=False),
)
edge = Table(
    "edge",
    metadata,
    Column("child", Text, primary_key=True),
    Column("parent", Text, primary_key=True, index=True),
)
NOUNS = {"party": party, "key": key, "place": place, "batch": batch}
PROJECTIONS = (party, key, place, batch, event, edge)
