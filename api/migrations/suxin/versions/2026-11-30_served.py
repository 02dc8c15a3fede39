"""A case keeps on which day the log received each paper, and how one was served.

Only what lies inside a column changed: that there is a revision lets `migrate` make all projections anew from the log."""

revision = "20261130_served"
down_revision = "20261130_published"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No table changes."""
