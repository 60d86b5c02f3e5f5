"""What the watch missed (gaps, shapes that were not understood), and failures by the hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")


def upgrade() -> None:
    op.create_table(
        "gaps",
        sa.Column("instance", sa.String(128), nullable=False),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("generation", sa.String(128), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("noticed_at", UTC, nullable=False),
        sa.Column("since", UTC),
        sa.Column("until", UTC),
        sa.Column("lines", sa.BigInteger()),
        sa.Column("detail", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("instance", "source", "reason", "generation", "position", name="pk_gaps"),
        sa.ForeignKeyConstraint(["instance"], ["instances.instance"], name="fk_gaps_instance_instances"),
    )
    op.create_table(
        "shapes",
        sa.Column("instance", sa.String(128), nullable=False),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("shape", sa.String(1000), nullable=False),
        sa.Column("mta", sa.String(32), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("instance", "source", "shape", name="pk_shapes"),
    )
    op.create_table(
        "hourly",
        sa.Column("instance", sa.String(128), nullable=False),
        sa.Column("hour", UTC, nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(320), nullable=False),
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "hour", "by", "subject", "cause", name="pk_hourly"),
    )


def downgrade() -> None:
    op.drop_table("hourly")
    op.drop_table("shapes")
    op.drop_table("gaps")
