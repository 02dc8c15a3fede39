"""What is published of a penalty, field by field. The projection is dropped: `migrate` makes all of them anew from the log, in
this transaction."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_published"
down_revision = "20261130_sampled"
branch_labels = None
depends_on = None

index = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_table("credit_record")
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
        sa.Column("published", sa.Text()),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("ended_on", sa.Text()),
        sa.Column("how", sa.Text()),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.Column("index", index, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_credit_record"),
    )
    op.create_index("ix_credit_record_case", "credit_record", ["case"])
    op.create_index("ix_credit_record_subject", "credit_record", ["subject"])
