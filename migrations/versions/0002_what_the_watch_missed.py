"""What the watch missed (gaps, shapes that were not understood), and failures by the hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

# `by` → what of an event it counts.
_SUBJECTS = {
    "user": '"user"',
    "sender": 'CASE WHEN "user" IS NULL THEN sender END',
    "sender_domain": "sender_domain",
    "recipient_domain": "recipient_domain",
    "client_ip": "client_ip",
    "cause": "cause",
}


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
        sa.Column("shape", sa.String(320), nullable=False),
        sa.Column("mta", sa.String(32), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("instance", "source", "shape", name="pk_shapes"),
    )
    _create_hourly()


def _create_hourly() -> None:
    op.create_table(
        "hourly",
        sa.Column("instance", sa.String(128), nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("hour", UTC, nullable=False),
        sa.Column("subject", sa.String(320), nullable=False),
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "by", "hour", "subject", "cause", name="pk_hourly"),
        sqlite_with_rowid=False,
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    hour = (
        "substr(occurred_at, 1, 13) || ':00:00.000000Z'"
        if is_sqlite
        else "date_trunc('hour', occurred_at, 'UTC')"
    )
    for by, subject in _SUBJECTS.items():
        op.execute(
            "INSERT INTO hourly (instance, by, hour, subject, cause, failures)"  # noqa: S608 — our own words
            f" SELECT instance, '{by}', {hour}, {subject}, cause, count(*) FROM events"
            f" WHERE outcome IN ('rejected', 'bounced') AND {subject} IS NOT NULL GROUP BY 1, 2, 3, 4, 5"
        )
    # An import alone has made no row of its instance until now.
    op.execute(
        "INSERT INTO instances (instance, revision, created_at) SELECT instance, 0, min(occurred_at) FROM events"
        " WHERE instance NOT IN (SELECT instance FROM instances) GROUP BY instance"
    )


def downgrade() -> None:
    op.drop_table("hourly")
    op.drop_table("shapes")
    op.drop_table("gaps")
