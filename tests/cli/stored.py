"""A database as a daemon would have left it: refusals, what it remembers, incidents, messages that were told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rejectwatch.facts import Event
from rejectwatch.incidents.incident import Circumstances, Incident, Sample, to_json
from rejectwatch.state import State
from rejectwatch.store import instances, keyed
from rejectwatch.store.database import open_database
from rejectwatch.store.events import import_events
from rejectwatch.store.migrate import upgrade
from rejectwatch.store.statements import dumps
from rejectwatch.store.tables import INCIDENTS, OUTBOX

NOW = datetime.now(UTC).replace(second=30, microsecond=0)


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


NOT_LOGGED_IN = Event(
    generation="g1",
    position=0,
    n=0,
    occurred_at=NOW,
    source="mail",
    host="mx1",
    mta="postfix",
    service="postfix/submission/smtpd",
    refused_by="local",
    outcome="rejected",
    stage="rcpt",
    attempt="g1:0:0",
    queue_id=None,
    user=None,
    user_source=None,
    client_ip="192.0.2.7",
    client_host="pc1.corp.example",
    helo="[192.168.0.14]",
    sender="alice@corp.example",
    recipient="mori@denki.example",
    recipient_domain="denki.example",
    relay_host=None,
    relay_ip=None,
    code=553,
    enhanced_code="5.7.1",
    reply="553 5.7.1 <alice@corp.example>: Sender address rejected: not logged in",
    repeat=1,
    cause="auth_required",
    confidence="high",
    evidence="not logged in",
)
NOT_OWNED = replace(
    NOT_LOGGED_IN,
    user="alice",
    user_source="line",
    reply="553 5.7.1 <alice@corp.example>: Sender address rejected: not owned by user alice",
    cause="sender_not_authorized",
    evidence="not owned by user alice",
)
NO_SUCH_USER = replace(
    NOT_OWNED,
    refused_by="remote",
    outcome="bounced",
    queue_id="4XyzAb12cD",
    recipient="gone@partner.example",
    recipient_domain="partner.example",
    relay_host="mx.partner.example",
    reply="553 5.1.1 <gone@partner.example>: no such user here",
    cause="recipient_unknown",
    evidence="no such user",
)


def incident_of(event: Event, identity: str, **changes: Any) -> Incident:
    """An open incident of one login, or sender where nobody logged in, whose last refusal this is."""
    by, subject = ("user", event.user) if event.user else ("sender", event.sender)
    values: dict[str, Any] = {
        "id": identity,
        "rule": f"{by} starts failing",
        "by": by,
        "subject": subject,
        "opened_at": event.occurred_at,
        "told_at": event.occurred_at,
        "tellings": (event.occurred_at,),
        "first_at": event.occurred_at,
        "last_at": event.occurred_at,
        "attempts": 3,
        "refusals": 3,
        "recent_attempts": (event.attempt,),
        "users": (event.user,) if event.user else (),
        "senders": (event.sender,),
        "client_ips": (event.client_ip,),
        "recipients": (event.recipient,),
        "recipient_domains": (event.recipient_domain,),
        "last_success_at": None,
        "sample": Sample(**{name: getattr(event, name) for name in Sample.__slots__}),
        "circumstances": Circumstances("all" if event.user else "none"),
        "who_acts": "user",
    }
    shared = ("cause", "refused_by", "confidence")
    return Incident(**{**values, **{name: getattr(event, name) for name in shared}, **changes})


@dataclass
class Stored:
    """`successes`, `known` and `ours` as the state has them; `told` are rows of the outbox."""

    url: str
    events: Iterable[Event] = ()
    successes: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    known: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    ours: Mapping[tuple[str, str], datetime] = field(default_factory=dict)
    incidents: Iterable[Incident] = ()
    told: Iterable[Mapping[str, Any]] = ()
    instance: str = "main"

    def __post_init__(self) -> None:
        database = open_database(self.url)
        upgrade(database)
        events = [
            replace(one, position=index, attempt=one.attempt if one.attempt != "g1:0:0" else f"g1:{index}:0")
            for index, one in enumerate(self.events)
        ]
        import_events(database, self.instance, events)
        state = State()
        for name in ("successes", "known", "ours"):
            for key, at in getattr(self, name).items():
                state.tables()[name].put(key, at)
        with database.write() as connection:
            instances.lock(connection, self.instance, NOW)
            keyed.store(connection, self.instance, state, 1)
            for one in self.incidents:
                row = {column.name: getattr(one, column.name, None) for column in INCIDENTS.columns}
                row |= {
                    "instance": self.instance,
                    "record": dumps(to_json(one)),
                    "flags": " ".join(one.flags),
                }
                connection.execute(INCIDENTS.insert().values(**row))
            for telling in self.told:
                given = {"instance": self.instance, "payload": "{}", "tries": 1, **telling}
                connection.execute(OUTBOX.insert().values(**given))
        database.close()
