"""A seller may take an offer back. Nothing that stood in the file changes."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_withdrawn_offers"
down_revision = "20261130_declined_offers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "withdrawn_offer",
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("offer", name="pk_withdrawn_offer"),
    )
