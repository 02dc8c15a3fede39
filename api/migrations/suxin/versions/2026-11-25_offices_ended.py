"""Offices that end and what their holders keep away from, tables adopted, what an authority may decide. Projections that
changed are dropped: `migrate` makes all of them anew from the log, in this transaction."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_offices_ended"
down_revision = "20261125_control"
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
        sa.Column("index", index, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_party"),
        sa.UniqueConstraint("uscc", name="uq_party_uscc"),
    )
    op.drop_table("office")
    op.create_table(
        "office",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("region", sa.Text()),
        sa.Column("authority", sa.Text()),
        sa.Column("offices", sa.Text(), nullable=False),
        sa.Column("until", sa.Text()),
        sa.Column("given", index, nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("ended", index),
        sa.Column("interests", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_office"),
    )
    op.create_table(
        "adoption",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("table", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("in_force_from", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Text()),
        sa.Column("index", index, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_adoption"),
    )
