"""Records as they count now, holds, flags, offers. Projections that changed are dropped: `migrate` makes all of them anew
from the log, in this transaction."""

import sqlalchemy as sa
from alembic import op

revision = "20261125_control"
down_revision = "20261125_offices"
branch_labels = None
depends_on = None

index = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_table("place")
    op.create_table(
        "place",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("township", sa.Text(), nullable=False),
        sa.Column("place_kind", sa.Text(), nullable=False),
        sa.Column("is_gap_base", sa.Boolean(), nullable=False),
        sa.Column("index", index, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_place"),
    )
    op.create_index("ix_place_party", "place", ["party"])
    op.drop_table("batch")
    op.create_table(
        "batch",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text()),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("township", sa.Text(), nullable=False),
        sa.Column("place", sa.Text()),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("held_since", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("stage_at", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("opening", index, nullable=False),
        sa.Column("movements", index, nullable=False),
        sa.Column("has_inputs", sa.Boolean(), nullable=False),
        sa.Column("is_measured", sa.Boolean(), nullable=False),
        sa.Column("is_closed", sa.Boolean(), nullable=False),
        sa.Column("kept_by", sa.Text(), nullable=False),
        sa.Column("holds", sa.Integer(), nullable=False),
        sa.Column("offer", sa.Text()),
        sa.Column("offered_to", sa.Text()),
        sa.Column("offer_until", sa.Text()),
        sa.Column("index", index, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
        sa.UniqueConstraint("code", name="uq_batch_code"),
    )
    op.create_index("ix_batch_owner", "batch", ["owner"])
    op.create_index("ix_batch_holder", "batch", ["holder"])
    op.create_index("ix_event_actor", "event", ["actor", "kind"])
    op.create_table(
        "record",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("index", index, nullable=False),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.Text(), nullable=False),
        sa.Column("received", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_record"),
    )
    op.create_index("ix_record_topic", "record", ["topic"])
    op.create_table(
        "hold",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("lifted_by", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text()),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.Text(), nullable=False),
        sa.Column("index", index, nullable=False),
        sa.Column("released", index),
        sa.Column("release_ground", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_hold"),
    )
    op.create_index("ix_hold_batch", "hold", ["batch"])
    op.create_index("ix_hold_origin", "hold", ["origin"])
    op.create_table(
        "flag",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.Column("index", index, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("answered", index),
        sa.PrimaryKeyConstraint("id", name="pk_flag"),
    )
    op.create_index("ix_flag_batch", "flag", ["batch"])
