"""Records as the core makes them, for the tests of the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rejectwatch.changes import Changes, Hour, Position
from rejectwatch.facts import Event
from rejectwatch.incidents.incident import Incident, Kind, Message, Sample

NOON = datetime(2025, 10, 8, 12, 0, tzinfo=UTC)

EVENT = Event(
    generation="g1",
    position=0,
    n=0,
    occurred_at=NOON,
    source="mail",
    host="mx1",
    mta="postfix",
    service="postfix/submission/smtpd",
    refused_by="local",
    outcome="rejected",
    stage="rcpt",
    attempt="g1:0:0",
    queue_id=None,
    user="alice@example.jp",
    user_source="line",
    client_ip="192.0.2.7",
    client_host="unknown",
    helo="pc.example.jp",
    sender="sales@example.jp",
    recipient="bob@example.org",
    recipient_domain="example.org",
    relay_host=None,
    relay_ip=None,
    code=553,
    enhanced_code="5.7.1",
    reply="553 5.7.1 <sales@example.jp>: Sender address rejected: not owned by user alice@example.jp",
    repeat=1,
    cause="sender_not_authorized",
    confidence="high",
    evidence="not owned by user",
)

SAMPLE = Sample(**{name: getattr(EVENT, name) for name in Sample.__dataclass_fields__})

INCIDENT = Incident(
    id="1f2e3d4c5b",
    rule="user starts failing",
    by="user",
    subject="alice@example.jp",
    cause="sender_not_authorized",
    refused_by="local",
    confidence="high",
    who_acts="admin",
    opened_at=NOON,
    told_at=None,
    first_at=NOON - timedelta(minutes=5),
    last_at=NOON,
    attempts=3,
    refusals=4,
    recent_attempts=("g1:0:0",),
    users=("alice@example.jp",),
    senders=("sales@example.jp",),
    client_ips=("192.0.2.7",),
    recipients=("bob@example.org",),
    recipient_domains=("example.org",),
    last_success_at=None,
    sample=SAMPLE,
)


def event(position: int, **changes: Any) -> Event:
    return replace(EVENT, position=position, **changes)


def message(kind: Kind = "opened", incident: Incident = INCIDENT) -> Message:
    return Message(f"{incident.id}-{kind}", kind, NOON + timedelta(minutes=2), incident)


def identity(incident: Incident = INCIDENT) -> str:
    """Its key in the state."""
    return incident.id


def batch(end: int = 100, events: int = 1) -> Changes:
    """What a small batch brings: events, a message, deliveries, and how far it was read."""
    changes = Changes()
    changes.events += [event(end - events + index) for index in range(events)]
    changes.messages.append(message())
    changes.deliveries[Hour(NOON, "postfix", "sent")] = 7
    changes.positions["mail"] = Position("g1", end, '{"marks":[]}')
    return changes
