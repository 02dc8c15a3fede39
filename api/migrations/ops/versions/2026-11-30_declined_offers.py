"""A buyer may say that offered goods are not wanted. Nothing that stood in the file changes."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_declined_offers"
down_revision = "20261130_documents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "declined_offer",
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("declined_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("offer", name="pk_declined_offer"),
    )
