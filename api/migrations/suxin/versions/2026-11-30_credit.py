"""Cases, credit files, records, measures and listings. They are projections: `migrate` makes them from the log."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_credit"
down_revision = "20261125_offices_ended"
branch_labels = None
depends_on = None

index = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "case",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("table", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("target", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("progress", sa.Text(), nullable=False),
        sa.Column("opened", sa.Text(), nullable=False),
        sa.Column("index", index, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case"),
    )
    op.create_index("ix_case_subject", "case", ["subject"])
    op.create_table(
        "credit_file",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("first_fact", sa.Text()),
        sa.Column("index", index, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_credit_file"),
        sa.UniqueConstraint("subject", name="uq_credit_file_subject"),
    )
    op.create_table(
        "credit_record",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("catalogue", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("class", sa.Text()),
        sa.Column("class_basis", sa.Text()),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text()),
        sa.Column("case", sa.Text()),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("document", sa.Text()),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("recorded", sa.Text(), nullable=False),
        sa.Column("period_start", sa.Text()),
        sa.Column("period_rule", sa.Text()),
        sa.Column("published_from", sa.Text()),
        sa.Column("published_until", sa.Text()),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("ended_on", sa.Text()),
        sa.Column("how", sa.Text()),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.Column("index", index, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_credit_record"),
    )
    op.create_index("ix_credit_record_case", "credit_record", ["case"])
    op.create_index("ix_credit_record_subject", "credit_record", ["subject"])
    op.create_table(
        "measure",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("records", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Text(), nullable=False),
        sa.Column("until", sa.Text()),
        sa.Column("decision_no", sa.Text()),
        sa.Column("ended_on", sa.Text()),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.Column("index", index, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_measure"),
    )
    op.create_index("ix_measure_subject", "measure", ["subject"])
    op.create_table(
        "listing",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("decision_no", sa.Text(), nullable=False),
        sa.Column("decision_date", sa.Text(), nullable=False),
        sa.Column("listed_on", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("removal_from", sa.Text(), nullable=False),
        sa.Column("published", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("ended_on", sa.Text()),
        sa.Column("how", sa.Text()),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.Column("index", index, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_listing"),
    )
    op.create_index("ix_listing_case", "listing", ["case"])
    op.create_index("ix_listing_subject", "listing", ["subject"])
