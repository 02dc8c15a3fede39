"""Which rows does the credit wing keep? Projections of the log like those of the trace wing, in the same database.

Dates are legal days (Asia/Shanghai), last days are inclusive; `ended_on` is the first day on which a row counts no more.
"""

from sqlalchemy import Boolean, Column, Table, Text

from trace.ledger.tables import Index
from trace.tables import metadata

case = Table(
    "case",
    metadata,
    Column("id", Text, primary_key=True),
    Column("procedure", Text, nullable=False),
    Column("table", Text, nullable=False),  # the hash of the procedure table that it is walked by
    Column("subject", Text, nullable=False, index=True),
    Column("authority", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("target", Text, index=True),  # the batch, or the record, that it is about
    Column("state", Text, nullable=False),
    Column("kind", Text, nullable=False),  # open, closed, terminal
    Column("progress", Text, nullable=False),
    Column("opened", Text, nullable=False),
    Column("index", Index, nullable=False),
)
credit_file = Table(
    "credit_file",
    metadata,
    Column("id", Text, primary_key=True),
    Column("subject", Text, nullable=False, unique=True),
    Column("region", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("first_fact", Text),
    Column("index", Index, nullable=False),
)
credit_record = Table(
    "credit_record",
    metadata,
    Column("id", Text, primary_key=True),
    Column("file", Text, nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("item", Text, nullable=False),
    Column("catalogue", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("layer", Text, nullable=False),
    Column("class", Text),
    Column("class_basis", Text),
    Column("legal_basis", Text, nullable=False),
    Column("rule", Text),
    Column("case", Text, index=True),
    Column("source", Text, nullable=False),
    Column("document", Text),
    Column("anchor", Text, nullable=False),
    Column("recorded", Text, nullable=False),
    Column("period_start", Text),
    Column("period_rule", Text),
    Column("published_from", Text),
    Column("published_until", Text),
    Column("published", Text),  # of a penalty in publicity: by field what everybody reads of it
    Column("paused", Boolean, nullable=False),
    Column("ended_on", Text),
    Column("how", Text),
    Column("leaf", Text, nullable=False),
    Column("index", Index, nullable=False),
)
measure = Table(
    "measure",
    metadata,
    Column("id", Text, primary_key=True),
    Column("file", Text, nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("measure", Text, nullable=False),
    Column("records", Text, nullable=False),  # ids joined by a blank
    Column("basis", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("starts_on", Text, nullable=False),
    Column("until", Text),
    Column("decision_no", Text),
    Column("ended_on", Text),
    Column("leaf", Text, nullable=False),
    Column("index", Index, nullable=False),
)
listing = Table(
    "listing",
    metadata,
    Column("id", Text, primary_key=True),
    Column("file", Text, nullable=False),
    Column("subject", Text, nullable=False, index=True),
    Column("item", Text, nullable=False),
    Column("list", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("decision_no", Text, nullable=False),
    Column("decision_date", Text, nullable=False),
    Column("listed_on", Text, nullable=False),
    Column("until", Text, nullable=False),
    Column("removal_from", Text, nullable=False),
    Column("published", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("case", Text, nullable=False, index=True),
    Column("paused", Boolean, nullable=False),
    Column("ended_on", Text),
    Column("how", Text),
    Column("leaf", Text, nullable=False),
    Column("index", Index, nullable=False),
)

TABLES = {table.name: table for table in (case, credit_file, credit_record, measure, listing)}
KEYS: dict[str, tuple[str, ...]] = {
    "case": ("subject",),
    "credit_file": ("subject",),
    "credit_record": ("subject", "case"),
    "measure": ("subject",),
    "listing": ("subject", "case"),
}
"""By which columns the rows of a state are looked up, beside their id."""
