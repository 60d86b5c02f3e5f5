"""What is stored and what was sent, against what the writer knows: nothing missing, nothing doubled."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, select

from parts.inbox import Mail
from rejectwatch.store.database import open_database
from rejectwatch.store.tables import DELIVERY_COUNTS, EVENTS, GAPS, HOURLY, INCIDENTS, OUTBOX, STATE
from soak.story import Incident, Refusal, Truth

Rows = Counter[Hashable]


def differences(truth: Truth, url: str, *, is_told: bool) -> dict[str, str]:
    """What is wrong, by the name of what was compared. `is_told`: somebody gets messages of incidents."""
    database = open_database(url)
    try:
        with database.read() as connection:
            stored = {name: Counter(read(connection)) for name, read in STORED.items()}
    finally:
        database.close()
    wanted = {name: Counter(read(truth)) for name, read in TRUE.items()}
    if not is_told:
        wanted["messages"].clear()
    return {name: said for name in wanted if (said := _difference(wanted[name], stored[name]))}


def mail_differences(url: str, mails: Iterable[Mail], interruptions: int) -> dict[str, str]:
    """Each message of the outbox was sent, and no other; once, or once more for each interruption at most."""
    database = open_database(url)
    try:
        with database.read() as connection:
            wanted: Rows = Counter(connection.execute(select(OUTBOX.c.message_id)).scalars())
    finally:
        database.close()
    sent: Rows = Counter(str(mail.message["X-Rejectwatch-Id"]) for mail in mails)
    wrong = _difference(Counter(set(wanted)), Counter(set(sent)))
    repeated = sent.total() - len(sent)
    if repeated > interruptions:
        wrong += f" {repeated} were sent again, and only {interruptions} times something broke"
    return {"mails": wrong.strip()} if wrong else {}


def _difference(wanted: Rows, found: Rows) -> str:
    missing, more = wanted - found, found - wanted
    if not missing and not more:
        return ""
    return (
        f"of {wanted.total()} {missing.total()} are missing, {more.total()} are doubled or wrong;"
        f" missing: {_some(missing)}; too many: {_some(more)}"
    )


def _some(rows: Rows) -> str:
    return ", ".join(f"{times} × {row}" for row, times in islice(rows.items(), 3)) or "none"


# ── what is true ─────────────────────────────────────────────────────────────────────────────────


def _true_hours(truth: Truth) -> Iterator[Hashable]:
    for refusal in truth.refusals.elements():
        hour, cause = refusal.occurred_at.replace(minute=0, second=0), refusal.cause
        person = ("user", refusal.user) if refusal.user else ("sender", refusal.sender)
        yield hour, *person, _domain(refusal.sender), refusal.client_ip, cause
        yield hour, "recipient_domain", _domain(refusal.recipient), "", "", cause
        yield hour, "cause", cause, "", "", cause


def _domain(address: str) -> str:
    return address.rpartition("@")[2]


def _true_messages(truth: Truth) -> Iterator[Hashable]:
    for incident in truth.incidents.elements():
        yield "opened", incident.subject, incident.told_at
        yield "recovered", incident.subject, incident.closed_at


TRUE: dict[str, Callable[[Truth], Iterable[Hashable]]] = {
    "refusals": lambda truth: truth.refusals.elements(),
    "failures by the hour": _true_hours,
    "deliveries": lambda truth: truth.deliveries.elements(),
    "last successes": lambda truth: truth.successes.items(),
    "incidents": lambda truth: truth.incidents.elements(),
    "messages": _true_messages,
    "gaps": lambda _: (),
}

# ── what is stored ───────────────────────────────────────────────────────────────────────────────


def _stored_refusals(connection: Connection) -> Iterator[Hashable]:
    for row in connection.execute(select(*(EVENTS.c[name] for name in Refusal._fields))):
        yield Refusal(*row)


def _stored_hours(connection: Connection) -> Iterator[Hashable]:
    key = "hour", "by", "subject", "sender_domain", "client_ip", "cause"
    for *row, times in connection.execute(select(*(HOURLY.c[name] for name in key), HOURLY.c.failures)):
        yield from [tuple(row)] * times


def _stored_deliveries(connection: Connection) -> Iterator[Hashable]:
    for hour, times in connection.execute(select(DELIVERY_COUNTS.c.hour, DELIVERY_COUNTS.c.count)):
        yield from [hour] * times


def _stored_successes(connection: Connection) -> Iterator[Hashable]:
    query = select(STATE.c.key, STATE.c.value).where(STATE.c.name == "successes")
    for key, value in connection.execute(query):
        kind, name = json.loads(key)
        if kind in ("user", "sender", "client_ip"):  # the others are the same, asked for in other ways
            yield (kind, name), datetime.fromisoformat(json.loads(value))


def _stored_incidents(connection: Connection) -> Iterator[Hashable]:
    for row in connection.execute(select(*(INCIDENTS.c[name] for name in Incident._fields))):
        yield Incident(*row)


def _stored_messages(connection: Connection) -> Iterator[Hashable]:
    query = select(OUTBOX.c.kind, INCIDENTS.c.subject, OUTBOX.c.at, OUTBOX.c.state)
    for kind, subject, at, state in connection.execute(
        query.join(INCIDENTS, OUTBOX.c.incident == INCIDENTS.c.id, isouter=True)
    ):
        yield (kind, subject, at) if state == "sent" else (kind, subject, at, state)


STORED: dict[str, Callable[[Connection], Iterable[Hashable]]] = {
    "refusals": _stored_refusals,
    "failures by the hour": _stored_hours,
    "deliveries": _stored_deliveries,
    "last successes": _stored_successes,
    "incidents": _stored_incidents,
    "messages": _stored_messages,
    "gaps": lambda connection: map(tuple, connection.execute(select(GAPS))),
}
