"""What the watch missed (gaps, shapes that were not understood), and failures by the hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")

# What a failure is counted under: the columns of `hourly` from `by` to `client_ip`; and which failures are.
_COUNTED = {
    """CASE WHEN "user" IS NOT NULL THEN 'user' WHEN sender IS NOT NULL THEN 'sender' ELSE 'nobody' END,
       coalesce("user", sender, ''), coalesce(sender_domain, ''), coalesce(client_ip, '')""": "1 = 1",
    "'recipient_domain', recipient_domain, '', ''": "recipient_domain <> ''",
    "'cause', cause, '', ''": "1 = 1",
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
    op.add_column("events", sa.Column("stored_at", UTC))
    op.create_index("ix_events_occurred_at_instance", "events", ["occurred_at", "instance"])
    op.drop_index("ix_events_occurred_at", "events")
    # Messages in the queue are one table of the state from here on; what these knew of open ones is let go.
    op.execute("DELETE FROM state WHERE name IN ('who', 'senders', 'attempts')")


def _create_hourly() -> None:
    op.create_table(
        "hourly",
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("hour", UTC, nullable=False),
        sa.Column("subject", sa.String(320), nullable=False),
        sa.Column("sender_domain", sa.String(255), nullable=False),
        sa.Column("client_ip", sa.String(64), nullable=False),
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("instance", sa.String(128), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "by", "hour", "subject", "sender_domain", "client_ip", "cause", "instance", name="pk_hourly"
        ),
        sqlite_with_rowid=False,
    )
    hour = "date_trunc('hour', occurred_at, 'UTC')"
    if op.get_bind().dialect.name == "sqlite":
        hour = "substr(occurred_at, 1, 13) || ':00:00.000000Z'"
    for counted, which in _COUNTED.items():
        op.execute(
            "INSERT INTO hourly (by, subject, sender_domain, client_ip, cause, instance, hour, failures)"  # noqa: S608 — our own words
            f" SELECT {counted}, cause, instance, {hour}, count(*) FROM events"
            f" WHERE outcome IN ('rejected', 'bounced') AND {which} GROUP BY 1, 2, 3, 4, 5, 6, 7"
        )


def downgrade() -> None:
    op.create_index("ix_events_occurred_at", "events", ["occurred_at"])
    op.drop_index("ix_events_occurred_at_instance", "events")
    op.drop_column("events", "stored_at")
    op.drop_table("hourly")
    op.drop_table("shapes")
    op.drop_table("gaps")
