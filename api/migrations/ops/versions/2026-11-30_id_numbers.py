"""A natural person is registered once: the register of identity numbers. Nothing that stood in the file changes.

It is filled by the node's next start, from the log: a revision knows no key.
"""

import sqlalchemy as sa
from alembic import op

revision = "20261130_id_numbers"
down_revision = "20261130_aside"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "id_number",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("entry", sa.Integer()),
        sa.PrimaryKeyConstraint("hash", name="pk_id_number"),
    )
    op.create_table(
        "id_number_read",
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("index", name="pk_id_number_read"),
    )
