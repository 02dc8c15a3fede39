"""What registrations left out, and whom a sample waits for. Projections that changed are dropped: `migrate` makes all of
them anew from the log, in this transaction; so are the questions, which close by themselves since papers can come late."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_missing"
down_revision = "20261130_credit"
branch_labels = None
depends_on = None

index = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_table("party")
    op.create_table(
        "party",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("legal_form", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("township", sa.Text()),
        sa.Column("uscc", sa.Text()),
        sa.Column("authority_kind", sa.Text()),
        sa.Column("missing", sa.Text()),
        sa.Column("index", index, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_party"),
        sa.UniqueConstraint("uscc", name="uq_party_uscc"),
    )
    op.drop_table("place")
    op.create_table(
        "place",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("township", sa.Text(), nullable=False),
        sa.Column("place_kind", sa.Text(), nullable=False),
        sa.Column("is_gap_base", sa.Boolean(), nullable=False),
        sa.Column("missing", sa.Text()),
        sa.Column("index", index, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_place"),
    )
    op.create_index("ix_place_party", "place", ["party"])
    op.drop_table("record")
    op.create_table(
        "record",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("index", index, nullable=False),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("asked_of", sa.Text()),
        sa.Column("occurred_at", sa.Text(), nullable=False),
        sa.Column("received", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_record"),
    )
    op.create_index("ix_record_topic", "record", ["topic"])
    is_asked = sa.text("asked_of IS NOT NULL")
    op.create_index("ix_record_asked_of", "record", ["asked_of"], sqlite_where=is_asked, postgresql_where=is_asked)
