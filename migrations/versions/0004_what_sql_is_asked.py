"""What SQL is asked by people and dashboards: the words for a cause, what a site has configured, and views."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Written out, not imported: what is failure and who is a person may have changed since.
FAILURES = """
CREATE VIEW failures AS
SELECT events.*, lower(coalesce(events."user", events.sender)) AS person
FROM events WHERE events.outcome IN ('rejected', 'bounced')
"""

TIMES = {
    "postgresql": "CAST(trim(BOTH '\"' FROM value) AS timestamptz)",
    "sqlite": "strftime('%Y-%m-%dT%H:%M:%f000Z', trim(value, '\"'))",
}
LAST_TIMES = """
CREATE VIEW last_times AS
SELECT instance, name, substr(key, 1, 400) AS key, {at} AS at FROM state
WHERE name IN ('successes', 'known', 'ours')
"""

LISTED = {"postgresql": "CAST({0} AS json) ->> {1}", "sqlite": "json_extract({0}, '$[{1}]')"}
MEMBERS = """
CREATE VIEW incident_people AS
SELECT instance, {incident} AS incident, lower({person}) AS person, {name} AS name,
  CAST({attempts} AS integer) AS attempts
FROM state WHERE name = 'members'
"""


def upgrade() -> None:
    op.create_table(
        "cause_texts",
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("refused_by", sa.String(16), nullable=False),
        sa.Column("who_acts", sa.String(16), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("title", sa.String(1000), nullable=False),
        sa.Column("meaning", sa.String(4000), nullable=False),
        sa.Column("acts", sa.String(255), nullable=False),
        sa.Column("admin_steps", sa.String(8000), nullable=False),
        sa.Column("user_steps", sa.String(8000), nullable=False),
        sa.Column("forward_text", sa.String(8000), nullable=False),
        sa.Column("proof", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("cause", "refused_by", "who_acts", "language", name="pk_cause_texts"),
    )
    op.create_table(
        "site",
        sa.Column("instance", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("instance", "kind", "value", name="pk_site"),
    )
    person = sa.text('lower(coalesce("user", sender))')
    op.create_index("ix_events_person_occurred_at", "events", [person, "occurred_at"])
    some = sa.text("name IN ('successes', 'known', 'ours')")
    op.create_index(
        "ix_state_name_key",
        "state",
        ["name", sa.text("substr(key, 1, 400)")],
        postgresql_where=some,
        sqlite_where=some,
    )
    dialect = op.get_bind().dialect.name
    listed = LISTED[dialect]
    op.execute(FAILURES)
    op.execute(LAST_TIMES.format(at=TIMES[dialect]))
    places = {"incident": ("value", 0), "person": ("key", 1), "name": ("value", 1), "attempts": ("value", 3)}
    op.execute(MEMBERS.format(**{name: listed.format(*place) for name, place in places.items()}))


def downgrade() -> None:
    for view in ("incident_people", "last_times", "failures"):
        op.execute(f"DROP VIEW {view}")
    op.drop_index("ix_state_name_key", "state")
    op.drop_index("ix_events_person_occurred_at", "events")
    op.drop_table("site")
    op.drop_table("cause_texts")
