"""First tables: instances, positions, events, state, incidents, outbox, delivery counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out, not imported: the tables of today's code are not those of this step.
UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "instances",
        sa.Column("instance", sa.String(128), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.PrimaryKeyConstraint("instance", name="pk_instances"),
    )
    op.create_table(
        "positions",
        sa.Column("instance", sa.String(128), nullable=False),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("generation", sa.String(128), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("checkpoint", sa.Text(), nullable=False),
        sa.Column("updated_at", UTC, nullable=False),
        sa.Column("started_at", UTC),
        sa.Column("started_generation", sa.String(128)),
        sa.Column("started_position", sa.BigInteger()),
        sa.Column("started_reason", sa.String(255)),
        sa.PrimaryKeyConstraint("instance", "source", name="pk_positions"),
        sa.ForeignKeyConstraint(["instance"], ["instances.instance"], name="fk_positions_instance_instances"),
    )
    _create_events()
    op.create_table(
        "state",
        sa.Column("instance", sa.String(128), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "name", "id", name="pk_state"),
    )
    _create_incidents()
    _create_outbox()
    op.create_table(
        "delivery_counts",
        sa.Column("instance", sa.String(128), nullable=False),
        sa.Column("hour", UTC, nullable=False),
        sa.Column("mta", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "hour", "mta", "outcome", name="pk_delivery_counts"),
    )


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("instance", sa.String(128), nullable=False),
        sa.Column("generation", sa.String(128), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("occurred_at", UTC, nullable=False),
        sa.Column("source", sa.String(255), nullable=False),
        sa.Column("host", sa.String(255)),
        sa.Column("mta", sa.String(32), nullable=False),
        sa.Column("service", sa.String(128)),
        sa.Column("refused_by", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(16)),
        sa.Column("attempt", sa.String(255), nullable=False),
        sa.Column("queue_id", sa.String(64)),
        sa.Column("user", sa.String(255)),
        sa.Column("user_source", sa.String(16)),
        sa.Column("client_ip", sa.String(64)),
        sa.Column("client_host", sa.String(255)),
        sa.Column("helo", sa.String(255)),
        sa.Column("sender", sa.String(320)),
        sa.Column("recipient", sa.String(320)),
        sa.Column("recipient_domain", sa.String(255)),
        sa.Column("relay_host", sa.String(255)),
        sa.Column("relay_ip", sa.String(64)),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("enhanced_code", sa.String(16)),
        sa.Column("reply", sa.String(4000), nullable=False),
        sa.Column("repeat", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("confidence", sa.String(16), nullable=False),
        sa.Column("evidence", sa.String(1000), nullable=False),
        sa.Column("sender_domain", sa.String(255)),
        sa.PrimaryKeyConstraint("instance", "generation", "position", "n", name="pk_events"),
    )
    for column in ("cause", "recipient_domain", "sender_domain", "client_ip"):
        op.create_index(f"ix_events_{column}_occurred_at", "events", [column, "occurred_at"])
    op.create_index("ix_events_occurred_at", "events", ["occurred_at"])
    _create_partial_index("user", sa.text('"user" IS NOT NULL'))
    _create_partial_index("sender", sa.text('"user" IS NULL'))


def _create_partial_index(column: str, where: sa.TextClause) -> None:
    op.create_index(
        f"ix_events_{column}_occurred_at",
        "events",
        [column, "occurred_at"],
        sqlite_where=where,
        postgresql_where=where,
    )


def _create_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("instance", sa.String(128), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(255), nullable=False),
        sa.Column("by", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(320), nullable=False),
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("refused_by", sa.String(16), nullable=False),
        sa.Column("who_acts", sa.String(16), nullable=False),
        sa.Column("opened_at", UTC, nullable=False),
        sa.Column("told_at", UTC),
        sa.Column("last_at", UTC, nullable=False),
        sa.Column("closed_at", UTC),
        sa.Column("ending", sa.String(16)),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("refusals", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "id", name="pk_incidents"),
        sa.ForeignKeyConstraint(["instance"], ["instances.instance"], name="fk_incidents_instance_instances"),
    )
    op.create_index("ix_incidents_opened_at", "incidents", ["opened_at"])


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("instance", sa.String(128), nullable=False),
        sa.Column("message_id", sa.String(128), nullable=False),
        sa.Column("channel", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("incident", sa.String(64), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_at", UTC),
        sa.Column("last_error", sa.String(1000)),
        sa.Column("sent_at", UTC),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.ForeignKeyConstraint(["instance"], ["instances.instance"], name="fk_outbox_instance_instances"),
        sa.UniqueConstraint(
            "instance", "message_id", "channel", name="uq_outbox_instance_message_id_channel"
        ),
    )
    op.create_index("ix_outbox_instance_state", "outbox", ["instance", "state"])


def downgrade() -> None:
    for table in ("delivery_counts", "outbox", "incidents", "state", "events", "positions", "instances"):
        op.drop_table(table)
