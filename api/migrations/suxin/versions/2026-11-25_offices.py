"""Offices and the keys that speak for them. Empty at first: no log of before can hold an entry that names an office."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_offices"
down_revision = "20261125_first"
branch_labels = None
depends_on = None

index = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("key", sa.Column("office", index))
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
        sa.PrimaryKeyConstraint("id", name="pk_office"),
    )
