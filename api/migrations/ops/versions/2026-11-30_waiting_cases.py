"""A statement that waits may stand behind one of the node's own, as the opening of a case. What waits stays as it is."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_waiting_cases"
down_revision = "20261125_waiting"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("waiting", sa.Column("before", sa.LargeBinary()))
