"""The tables, as the newest migration makes them. Column names of `events` are those of the record.

`instance` is the daemon in a shared database and stands first in every key but that of `hourly`; silences have none.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)

from rejectwatch.store.types import ROW_ID, Count, Line, Name, Utc

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

INSTANCE = 128

INSTANCES = Table(
    "instances",
    METADATA,
    Column("instance", Name(INSTANCE), primary_key=True),
    # Rises with every commit; whoever expects another number has been overtaken and must read again.
    Column("revision", BigInteger, nullable=False),
    Column("created_at", Utc, nullable=False),
)

POSITIONS = Table(
    "positions",
    METADATA,
    Column("instance", Name(INSTANCE), ForeignKey("instances.instance"), primary_key=True),
    Column("source", Name(255), primary_key=True),
    Column("generation", Name(128), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("checkpoint", Text, nullable=False),
    Column("updated_at", Utc, nullable=False),
    # Where the very first reading of this source began, and why there: the promise counts from here on.
    Column("started_at", Utc),
    Column("started_generation", Name(128)),
    Column("started_position", BigInteger),
    Column("started_reason", Line(255)),
)

EVENTS = Table(
    "events",
    METADATA,
    Column("instance", Name(INSTANCE), primary_key=True),
    Column("generation", Name(128), primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("occurred_at", Utc, nullable=False),
    Column("source", Line(255), nullable=False),
    Column("host", Line(255)),
    Column("mta", Line(32), nullable=False),
    Column("service", Line(128)),
    Column("refused_by", Line(16), nullable=False),
    Column("outcome", Line(16), nullable=False),
    Column("stage", Line(16)),
    Column("attempt", Line(255), nullable=False),
    Column("queue_id", Line(64)),
    Column("user", Line(255)),
    Column("user_source", Line(16)),
    Column("client_ip", Line(64)),
    Column("client_host", Line(255)),
    Column("helo", Line(255)),
    Column("sender", Line(320)),
    Column("recipient", Line(320)),
    Column("recipient_domain", Line(255)),
    Column("relay_host", Line(255)),
    Column("relay_ip", Line(64)),
    Column("code", Integer, nullable=False),
    Column("enhanced_code", Line(16)),
    Column("reply", Line(4000), nullable=False),
    Column("repeat", Count, nullable=False),
    Column("cause", Line(64), nullable=False),
    Column("confidence", Line(16), nullable=False),
    Column("evidence", Line(1000), nullable=False),
    # Not fields of the record: when it was written here, whatever the log's clock says; and, for those who ask by
    # domain, that of `sender`.
    Column("stored_at", Utc),
    Column("sender_domain", Line(255)),
)

# Each of them answers "the newest of one …" without sorting. Most refused mail comes from nobody who logged
# in: it is left out of the index by user, and only there a sender stands for a person. The instance serves those
# who remove old rows: each daemon its own, past those of daemons that are no more. See docs/fleet.md.
Index("ix_events_occurred_at_instance", EVENTS.c.occurred_at, EVENTS.c.instance)
Index("ix_events_cause_occurred_at", EVENTS.c.cause, EVENTS.c.occurred_at)
Index("ix_events_recipient_domain_occurred_at", EVENTS.c.recipient_domain, EVENTS.c.occurred_at)
Index("ix_events_sender_domain_occurred_at", EVENTS.c.sender_domain, EVENTS.c.occurred_at)
Index("ix_events_client_ip_occurred_at", EVENTS.c.client_ip, EVENTS.c.occurred_at)
_LOGGED_IN = EVENTS.c.user.is_not(None)
_NOBODY = EVENTS.c.user.is_(None)
Index(
    "ix_events_user_occurred_at",
    EVENTS.c.user,
    EVENTS.c.occurred_at,
    sqlite_where=_LOGGED_IN,
    postgresql_where=_LOGGED_IN,
)
Index(
    "ix_events_sender_occurred_at",
    EVENTS.c.sender,
    EVENTS.c.occurred_at,
    sqlite_where=_NOBODY,
    postgresql_where=_NOBODY,
)
# For those who ask as people do, in whatever case of letters: `person` of the view `failures`.
Index(
    "ix_events_person_occurred_at",
    func.lower(func.coalesce(EVENTS.c.user, EVENTS.c.sender)),
    EVENTS.c.occurred_at,
)

STATE = Table(
    "state",
    METADATA,
    Column("instance", Name(INSTANCE), primary_key=True),
    Column("name", Name(32), primary_key=True),
    # A hash of the key, which is an attacker's text and may be longer than an index of PostgreSQL takes.
    Column("id", Name(32), primary_key=True),
    Column("key", Text, nullable=False),
    Column("value", Text, nullable=False),
    # Rises with every put: what was put last is loaded last.
    Column("serial", BigInteger, nullable=False),
)
# For SQL that asks when somebody last had a success: `key` of the view `last_times`. As much of an attacker's text as an
# index takes; a key that is there already costs nothing.
_TIMES = text("name IN ('successes', 'known', 'ours')")
Index(
    "ix_state_name_key",
    STATE.c.name,
    func.substr(STATE.c.key, text("1"), text("400")),
    sqlite_where=_TIMES,
    postgresql_where=_TIMES,
)

INCIDENTS = Table(
    "incidents",
    METADATA,
    Column("instance", Name(INSTANCE), ForeignKey("instances.instance"), primary_key=True),
    Column("id", Name(64), primary_key=True),
    Column("rule", Line(255), nullable=False),
    Column("by", Line(32), nullable=False),
    Column("subject", Line(320), nullable=False),
    Column("cause", Line(64), nullable=False),
    Column("refused_by", Line(16), nullable=False),
    Column("who_acts", Line(16), nullable=False),
    Column("opened_at", Utc, nullable=False),
    Column("told_at", Utc),
    Column("last_at", Utc, nullable=False),
    Column("closed_at", Utc),
    Column("ending", Line(16)),
    Column("attempts", Count, nullable=False),
    Column("refusals", Count, nullable=False),
    Column("record", Text, nullable=False),
    # Not written by the version before.
    Column("people", Count),
    Column("severity", Line(16)),
    Column("flags", Line(255)),
)
Index("ix_incidents_opened_at", INCIDENTS.c.opened_at)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("instance", Name(INSTANCE), ForeignKey("instances.instance"), nullable=False),
    Column("message_id", Name(128), nullable=False),
    Column("channel", Name(128), nullable=False),
    Column("kind", Line(16), nullable=False),
    Column("incident", Name(64), nullable=False),
    Column("at", Utc, nullable=False),
    Column("payload", Text, nullable=False),
    # held: it is decided at not_before what becomes of it; waiting: not tried yet; failed: to be tried again at
    # next_at. The others are final: sent, given_up, dropped (overtaken), merged (`leader` is the row that says it too).
    Column("state", Line(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Utc),
    Column("last_error", Line(1000)),
    Column("sent_at", Utc),
    Column("not_before", Utc),
    # What several daemons may tell of in the same way, and the row that did so before: one of each follows.
    Column("fingerprint", Name(32)),
    Column("follows", BigInteger),
    Column("leader", BigInteger),
    UniqueConstraint("instance", "message_id", "channel"),
)
Index("ix_outbox_instance_state", OUTBOX.c.instance, OUTBOX.c.state)
Index("ix_outbox_instance_incident", OUTBOX.c.instance, OUTBOX.c.incident)
Index("ix_outbox_leader", OUTBOX.c.leader)
Index("uq_outbox_fingerprint_follows", OUTBOX.c.fingerprint, OUTBOX.c.follows, unique=True)

# Who takes care of an incident.
ACKS = Table(
    "acks",
    METADATA,
    Column("instance", Name(INSTANCE), ForeignKey("instances.instance"), primary_key=True),
    Column("incident", Name(64), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("by", Line(255), nullable=False),
    Column("note", Line(1000), nullable=False),
)
Index("ix_acks_at", ACKS.c.at)

# What nobody wants to hear of for a while. They hold for all daemons of the database.
SILENCES = Table(
    "silences",
    METADATA,
    Column("id", ROW_ID, primary_key=True),
    Column("created_at", Utc, nullable=False),
    Column("until", Utc, nullable=False),
    Column("author", Line(255), nullable=False),
    Column("reason", Line(1000), nullable=False),
    Column("user", Line(255)),
    Column("sender", Line(320)),
    Column("client_ip", Line(64)),
    Column("domain", Line(255)),
    Column("cause", Line(64)),
)
Index("ix_silences_until", SILENCES.c.until)

DELIVERY_COUNTS = Table(
    "delivery_counts",
    METADATA,
    Column("instance", Name(INSTANCE), primary_key=True),
    Column("hour", Utc, primary_key=True),
    Column("mta", Line(32), primary_key=True),
    Column("outcome", Line(16), primary_key=True),
    Column("count", BigInteger, nullable=False),
)

# Failures by the hour of the log's time, written with the events: what "who fails most" is answered from. `by` says
# what `subject` is: the person (`user`, `sender`, or `nobody`: neither is known), with the sender's domain and the
# client; or `recipient_domain`, or `cause`. The one key in which the instance stands last: who asks, asks about a time.
HOURLY = Table(
    "hourly",
    METADATA,
    Column("by", Name(16), primary_key=True),
    Column("hour", Utc, primary_key=True),
    Column("subject", Line(320), primary_key=True),
    Column("sender_domain", Line(255), primary_key=True),
    Column("client_ip", Line(64), primary_key=True),
    Column("cause", Line(64), primary_key=True),
    Column("instance", Name(INSTANCE), primary_key=True),
    Column("failures", BigInteger, nullable=False),
    sqlite_with_rowid=False,  # there the key is the table
)

# Lines that may be lost. The key says where reading stood: a gap that is noticed again is the same gap.
GAPS = Table(
    "gaps",
    METADATA,
    Column("instance", Name(INSTANCE), ForeignKey("instances.instance"), primary_key=True),
    Column("source", Name(255), primary_key=True),
    Column("reason", Line(16), primary_key=True),
    Column("generation", Name(128), primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("noticed_at", Utc, nullable=False),
    Column("since", Utc),
    Column("until", Utc),
    Column("lines", Count),
    Column("detail", Line(255), nullable=False),
)

# Refusals and deliveries whose shape is new, masked: without addresses, names and numbers. Few, whatever is logged.
SHAPES = Table(
    "shapes",
    METADATA,
    Column("instance", Name(INSTANCE), primary_key=True),
    Column("source", Name(255), primary_key=True),
    Column("shape", Line(320), primary_key=True),
    Column("mta", Line(32), nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("last_at", Utc, nullable=False),
)

# What is said of a cause where a record tells nothing more: for dashboards and other SQL. The daemons write it when they
# start; it is of the program, and of no instance. `proof`: what a delivery must share to prove that it is over.
CAUSE_TEXTS = Table(
    "cause_texts",
    METADATA,
    Column("cause", Name(64), primary_key=True),
    Column("refused_by", Name(16), primary_key=True),
    Column("who_acts", Name(16), primary_key=True),
    Column("language", Name(8), primary_key=True),
    Column("title", Name(1000), nullable=False),
    Column("meaning", Name(4000), nullable=False),
    Column("acts", Name(255), nullable=False),
    Column("admin_steps", Name(8000), nullable=False),
    Column("user_steps", Name(8000), nullable=False),
    Column("forward_text", Name(8000), nullable=False),
    Column("proof", Name(255), nullable=False),
)

# Who "we" are, as each daemon has it configured: a `domain`, a `network`, or a `realm` of logins.
SITE = Table(
    "site",
    METADATA,
    Column("instance", Name(INSTANCE), primary_key=True),
    Column("kind", Name(16), primary_key=True),
    Column("value", Name(255), primary_key=True),
)
