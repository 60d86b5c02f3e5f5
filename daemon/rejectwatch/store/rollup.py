"""Failures by the hour: counted in the transaction that stores their events, and only those that are new.

A failure counts in three rows of its hour: that of the person it happened to, with the sender's domain and the
client; that of the recipient's domain; that of its cause. A person, a domain and a client make one row, not one
each: an event of a new sender adds one row, which is much narrower than its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from sqlalchemy import Column, Connection

from rejectwatch.facts import FAILURES
from rejectwatch.store.statements import Row, put
from rejectwatch.store.tables import EVENTS, HOURLY

By = Literal["user", "sender", "sender_domain", "recipient_domain", "client_ip", "cause"]
"""What failures can be counted by: a column of events. A sender counts only where nobody logged in."""

_PERSONS = ("user", "sender", "nobody")

ROWS: dict[By, tuple[tuple[str, ...], Column[str]]] = {
    "user": (("user",), HOURLY.c.subject),
    "sender": (("sender",), HOURLY.c.subject),
    "sender_domain": (_PERSONS, HOURLY.c.sender_domain),
    "recipient_domain": (("recipient_domain",), HOURLY.c.subject),
    "client_ip": (_PERSONS, HOURLY.c.client_ip),
    "cause": (("cause",), HOURLY.c.subject),
}
"""In which rows, and there in which column, each of them is found."""

_KEY = ("hour", "by", "subject", "sender_domain", "client_ip", "cause")
_TEXTS = ("user", "sender", "sender_domain", "client_ip", "recipient_domain")


def count(connection: Connection, instance: str, rows: Iterable[Row]) -> None:
    """Count rows of events that this transaction has inserted."""
    failures: Counter[tuple[Any, ...]] = Counter()
    for row in _as_stored(connection, rows):
        for key in _keys(row):
            failures[key] += row["repeat"]
    found = [
        {"instance": instance, **dict(zip(_KEY, key, strict=True)), "failures": n}
        for key, n in failures.items()
    ]
    put(connection, HOURLY, found, additive="failures")


def _as_stored(connection: Connection, rows: Iterable[Row]) -> Iterator[Row]:
    """The failures among them, with their texts as the columns of events have them: what was cut is one there."""
    stored = {name: EVENTS.c[name].type.bind_processor(connection.dialect) or _same for name in _TEXTS}
    for row in rows:
        if row["outcome"] in FAILURES:
            yield {**row, **{name: stored[name](row[name]) for name in _TEXTS}}


def _same(text: Any) -> Any:
    return text


def _keys(row: Row) -> Iterator[tuple[Any, ...]]:
    hour, cause = row["occurred_at"].replace(minute=0, second=0, microsecond=0), row["cause"]
    yield hour, *_person(row), row["sender_domain"] or "", row["client_ip"] or "", cause
    if row["recipient_domain"]:
        yield hour, "recipient_domain", row["recipient_domain"], "", "", cause
    yield hour, "cause", cause, "", "", cause


def _person(row: Row) -> tuple[str, str]:
    if row["user"] is not None:
        return "user", row["user"]
    return ("nobody", "") if row["sender"] is None else ("sender", row["sender"])
