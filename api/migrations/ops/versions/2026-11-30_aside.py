"""Statements that came under a key which had ended. Nothing that stood in the file changes."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_aside"
down_revision = "20261130_withdrawn_offers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "aside",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("came_at", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.Text()),
        sa.Column("settled_by", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("index", sa.BigInteger()),
        sa.Column("statement", sa.LargeBinary(), nullable=False),
        sa.Column("openings", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_aside"),
        sa.UniqueConstraint("id", name="uq_aside_id"),
    )
    op.create_index("ix_aside_state", "aside", ["state", "party", "bytes"])
