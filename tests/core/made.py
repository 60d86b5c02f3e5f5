"""Events and deliveries for tests of the deciding part, with times in minutes after nine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rejectwatch.facts import Event, Who
from rejectwatch.incidents.desk import Desk
from rejectwatch.incidents.incident import Message
from rejectwatch.incidents.rules import Policy, Rule
from rejectwatch.state import State

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
POLICY = Policy(
    rules=(
        Rule("user", "user", 3, timedelta(minutes=10)),
        Rule("sender", "sender", 3, timedelta(minutes=10)),
    ),
    group_wait=timedelta(minutes=2),
    recover_after=timedelta(minutes=10),
    expire_after=timedelta(days=3),
)
_EVENT = Event(
    generation="log",
    position=0,
    n=0,
    occurred_at=NINE,
    source="mail",
    host="mail",
    mta="postfix",
    service="postfix/submission/smtpd",
    refused_by="local",
    outcome="rejected",
    stage="rcpt",
    attempt="",
    queue_id=None,
    user="alice",
    user_source="reply",
    client_ip="203.0.113.21",
    client_host="pc21.example.org",
    helo="pc21",
    sender="sales@example.org",
    recipient="mori@example.net",
    recipient_domain="example.net",
    relay_host=None,
    relay_ip=None,
    code=553,
    enhanced_code="5.7.1",
    reply="553 5.7.1 <sales@example.org>: Sender address rejected: not owned by user alice",
    repeat=1,
    cause="sender_not_authorized",
    confidence="high",
    evidence="not owned by user alice",
)


def at(minute: float) -> datetime:
    return NINE + timedelta(minutes=minute)


class Office:
    """A desk with its state and what it has said so far."""

    def __init__(self, policy: Policy = POLICY, alert_from: datetime = NINE) -> None:
        self.state = State()
        self.said: list[Message] = []
        self.same = policy.identities
        self.alert_from = alert_from
        self.desk = Desk(self.state, policy, self.said.append)

    def fails(self, minute: float, attempt: str | None = None, **changed: Any) -> None:
        """A refusal; without a name it is an attempt of its own."""
        event = replace(_EVENT, occurred_at=at(minute), attempt=attempt or f"attempt at {minute}", **changed)
        self.desk.failed(event, "user", self.alert_from)

    def works(
        self,
        minute: float,
        user: str | None = "alice",
        sender: str = "sales@example.org",
        ip: str = "203.0.113.21",
        to: str = "mori@example.net",
    ) -> None:
        """A delivery."""
        self.desk.delivered(at(minute), Who(user, None, ip), sender, to, local=False, attempt=None)

    def passes(self, minute: float) -> None:
        """Time passes, and no line comes."""
        self.desk.fire(at(minute))

    @property
    def kinds(self) -> list[tuple[str, float]]:
        """What was said, and at which minute."""
        return [(message.kind, (message.at - NINE).total_seconds() / 60) for message in self.said]
