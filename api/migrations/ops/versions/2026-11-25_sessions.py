"""Browsers that signed in, by the hashes of their cookies; and of a token, who handed it out."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_sessions"
down_revision = "20261125_first"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "session",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("last_seen_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text()),
        sa.PrimaryKeyConstraint("hash", name="pk_session"),
    )
    op.create_index("ix_session_token", "session", ["token"])
    # Tokens that were made before came from the command line, as those without an issuer do.
    op.add_column("token", sa.Column("issued_by", sa.LargeBinary()))
