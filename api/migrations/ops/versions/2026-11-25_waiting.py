"""Statements that wait for the signatures of officials."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_waiting"
down_revision = "20261125_sessions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiting",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("openings", sa.LargeBinary(), nullable=False),
        sa.Column("proofs", sa.LargeBinary(), nullable=False),
        sa.Column("regions", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("ended", sa.Text()),
        sa.Column("index", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_waiting"),
    )
