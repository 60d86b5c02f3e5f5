"""Who was told: acknowledgements, silences, messages that wait for their time or are one; incidents of another shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

UTC = sa.DateTime(timezone=True).with_variant(sa.String(27), "sqlite")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_GONE = ("recovery_keys", "succeeded_at", "success")


def upgrade() -> None:
    op.create_table(
        "acks",
        sa.Column("instance", sa.String(128), nullable=False),
        sa.Column("incident", sa.String(64), nullable=False),
        sa.Column("at", UTC, nullable=False),
        sa.Column("by", sa.String(255), nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.PrimaryKeyConstraint("instance", "incident", name="pk_acks"),
        sa.ForeignKeyConstraint(["instance"], ["instances.instance"], name="fk_acks_instance_instances"),
    )
    op.create_index("ix_acks_at", "acks", ["at"])
    op.create_table(
        "silences",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("created_at", UTC, nullable=False),
        sa.Column("until", UTC, nullable=False),
        sa.Column("author", sa.String(255), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("user", sa.String(255)),
        sa.Column("sender", sa.String(320)),
        sa.Column("client_ip", sa.String(64)),
        sa.Column("domain", sa.String(255)),
        sa.Column("cause", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_silences"),
    )
    op.create_index("ix_silences_until", "silences", ["until"])
    for column in (
        sa.Column("not_before", UTC),
        sa.Column("fingerprint", sa.String(32)),
        sa.Column("follows", sa.BigInteger()),
        sa.Column("leader", sa.BigInteger()),
    ):
        op.add_column("outbox", column)
    op.create_index("ix_outbox_instance_incident", "outbox", ["instance", "incident"])
    op.create_index("ix_outbox_leader", "outbox", ["leader"])
    op.create_index("uq_outbox_fingerprint_follows", "outbox", ["fingerprint", "follows"], unique=True)
    op.add_column("incidents", sa.Column("people", sa.BigInteger()))
    op.add_column("incidents", sa.Column("severity", sa.String(16)))
    op.add_column("incidents", sa.Column("flags", sa.String(255)))
    _convert()


def _convert() -> None:
    """What was open is decided anew from here on; what is stored must still be readable."""
    op.execute("DELETE FROM state WHERE name IN ('windows', 'incidents')")
    connection = op.get_bind()
    closing = "UPDATE incidents SET closed_at = last_at, ending = 'expired' WHERE closed_at IS NULL"
    connection.execute(sa.text(closing))
    incidents = sa.table("incidents", *map(sa.column, ("instance", "id", "closed_at", "ending", "record")))
    for instance, number, _, ending, record in connection.execute(sa.select(incidents)).all():
        stored = _converted(json.loads(record))
        if stored["closed_at"] is None:
            stored |= {"closed_at": stored["last_at"], "ending": ending}
        same = (incidents.c.instance == instance) & (incidents.c.id == number)
        connection.execute(incidents.update().where(same).values(record=json.dumps(stored)))
    for number, payload in _messages(connection):
        payload["incident"] = _converted(payload["incident"])
        outbox = sa.table("outbox", sa.column("id"), sa.column("payload"))
        same = outbox.c.id == number
        connection.execute(outbox.update().where(same).values(payload=json.dumps(payload)))


def _messages(connection: sa.Connection) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, payload in connection.execute(sa.text("SELECT id, payload FROM outbox")).all():
        stored = json.loads(payload)
        if "incident" in stored:
            yield number, stored


def _converted(incident: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in incident.items() if name not in _GONE}
    logged_in = "all" if kept["users"] else "none"
    new = {"circumstances": {"logged_in": logged_in}, "proofs": [], "common": [], "side": kept["refused_by"]}
    return kept | new


def downgrade() -> None:
    for name in ("people", "severity", "flags"):
        op.drop_column("incidents", name)
    for index in ("uq_outbox_fingerprint_follows", "ix_outbox_leader", "ix_outbox_instance_incident"):
        op.drop_index(index, "outbox")
    for name in ("not_before", "fingerprint", "follows", "leader"):
        op.drop_column("outbox", name)
    op.drop_table("silences")
    op.drop_table("acks")
