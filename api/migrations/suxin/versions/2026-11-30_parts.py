"""Records by their log index, and who took part in what. The index of what happened is gone: `entry` says as much of a place,
and `record` of what was said there. The projections that changed are dropped: `migrate` makes all of them anew from the log,
in this transaction."""

import sqlalchemy as sa
from alembic import op

revision = "20261130_parts"
down_revision = "20261130_served"
branch_labels = None
depends_on = None

index = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_table("event")
    op.drop_table("record")
    op.create_table(
        "record",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("index", index, autoincrement=False, nullable=False),
        sa.Column("leaf", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("asked_of", sa.Text()),
        sa.Column("owned_by", sa.Text()),
        sa.Column("held_by", sa.Text()),
        sa.Column("goods_of", sa.Text()),
        sa.Column("occurred_at", sa.Text(), nullable=False),
        sa.Column("received", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("index", name="pk_record"),
    )
    op.create_index("ix_record_topic", "record", ["topic"])
    is_asked = sa.text("asked_of IS NOT NULL")
    op.create_index("ix_record_asked_of", "record", ["asked_of"], sqlite_where=is_asked, postgresql_where=is_asked)
    of_goods = sa.text("goods_of IS NOT NULL")
    op.create_index("ix_record_goods_of", "record", ["goods_of"], sqlite_where=of_goods, postgresql_where=of_goods)
    op.create_table(
        "part",
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "kind", "chain", name="pk_part"),
    )
