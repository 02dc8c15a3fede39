"""Which rows do pages and decisions read? Projections of the log: rebuilt by replaying it, never evidence.

Amounts are integers in the base unit of their dimension (trace/quantity.py): milligrams, microlitres, heads.
"""

from sqlalchemy import Boolean, Column, Integer, MetaData, Table, Text, text
from sqlalchemy import Index as TableIndex

from .ledger.tables import NAMING, Index

metadata = MetaData(naming_convention=NAMING)
_IS_ASKED = text("asked_of IS NOT NULL")  # samples alone: no other record pays for the index
_IS_OF_GOODS = text("goods_of IS NOT NULL")  # samples, reports and admissions

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
    Column("authority_kind", Text),
    Column("missing", Text),  # fields that the law asks for and the registration left out
    Column("index", Index, nullable=False),
)
key = Table(
    "key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("party", Text, nullable=False, index=True),
    Column("added", Index, nullable=False),
    Column("revoked", Index),
    Column("office", Index),  # since when it signs acts of office
)
office = Table(
    "office",
    metadata,
    Column("id", Text, primary_key=True),
    Column("chain", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("region", Text),
    Column("authority", Text),
    Column("offices", Text, nullable=False),
    Column("until", Text),
    Column("given", Index, nullable=False),
    Column("entry", Text, nullable=False),  # where it was given, as chain/seq
    Column("ended", Index),  # what ended it; up to there its holder acts by it
    Column("interests", Text),  # the commitment to the parties that its holder must keep away from
)
adoption = Table(
    "adoption",
    metadata,
    Column("id", Text, primary_key=True),
    Column("table", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("in_force_from", Text, nullable=False),
    Column("replaces", Text),
    Column("index", Index, nullable=False),
)
place = Table(
    "place",
    metadata,
    Column("id", Text, primary_key=True),
    Column("party", Text, nullable=False, index=True),
    Column("region", Text, nullable=False),
    Column("township", Text, nullable=False),
    Column("place_kind", Text, nullable=False),
    Column("is_gap_base", Boolean, nullable=False),
    Column("missing", Text),
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
    Column("kept_by", Text, nullable=False),  # everybody who ever owned or held it, ids in order
    Column("holds", Integer, nullable=False),
    Column("offer", Text),
    Column("offered_to", Text),  # the commitment to the buyer's id
    Column("offer_until", Text),
    Column("index", Index, nullable=False),
)
record = Table(
    "record",
    metadata,
    Column("id", Text, nullable=False),  # where it stands, as chain/seq: `entry` leads from there to the index
    Column("chain", Text, nullable=False),
    Column("topic", Text, nullable=False, index=True),
    Column("statement", Text, nullable=False),
    Column("index", Index, primary_key=True, autoincrement=False),
    Column("leaf", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("asked_of", Text),  # whose work a sample is
    Column("owned_by", Text),  # whose the goods were when this was logged, and who had them
    Column("held_by", Text),
    Column("goods_of", Text),  # of whose goods it speaks (trace/whose_goods.py)
    Column("occurred_at", Text, nullable=False),
    Column("received", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("is_void", Boolean, nullable=False),
    TableIndex("ix_record_asked_of", "asked_of", sqlite_where=_IS_ASKED, postgresql_where=_IS_ASKED),
    TableIndex("ix_record_goods_of", "goods_of", sqlite_where=_IS_OF_GOODS, postgresql_where=_IS_OF_GOODS),
)
hold = Table(
    "hold",
    metadata,
    Column("id", Text, primary_key=True),
    Column("batch", Text, nullable=False, index=True),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("article", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("lifted_by", Text, nullable=False),
    Column("origin", Text, index=True),
    Column("leaf", Text, nullable=False),
    Column("placed_at", Text, nullable=False),
    Column("index", Index, nullable=False),
    Column("released", Index),
    Column("release_ground", Text),
)
flag = Table(
    "flag",
    metadata,
    Column("id", Text, primary_key=True),
    Column("batch", Text, nullable=False, index=True),
    Column("rule", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("leaf", Text, nullable=False),
    Column("index", Index, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("answered", Index),
)
# Who recorded what kind of thing of which batch, one row however often: with it, `topic` leads to the records of somebody.
part = Table(
    "part",
    metadata,
    Column("actor", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("chain", Text, primary_key=True),
)
edge = Table(
    "edge",
    metadata,
    Column("child", Text, primary_key=True),
    Column("parent", Text, primary_key=True, index=True),
)
NOUNS = {table.name: table for table in (party, key, office, adoption, place, batch, record, hold, flag)}
PROJECTIONS = (*NOUNS.values(), part, edge)
