"""Rows of events: a refusal is stored once, under the place in the log that told of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter

from sqlalchemy import Connection, bindparam, select

from rejectwatch.changes import Shape
from rejectwatch.facts import Event, domain_of
from rejectwatch.store import instances, rollup, shapes
from rejectwatch.store.database import Database
from rejectwatch.store.statements import Row, insert
from rejectwatch.store.tables import EVENTS

FIELDS = tuple(field.name for field in fields(Event))
_values = attrgetter(*FIELDS)

_THERE = select(EVENTS.c.position, EVENTS.c.n).where(
    EVENTS.c.instance == bindparam("instance"),
    EVENTS.c.generation == bindparam("generation"),
    EVENTS.c.position.between(bindparam("first"), bindparam("last")),
)


def import_events(database: Database, instance: str, events: Iterable[Event]) -> int:
    """Store events of old logs; how many new refusals that were. Changes nothing else, so it works beside a daemon."""
    with database.write() as connection:
        now = datetime.now(UTC)
        instances.lock(connection, instance, now)
        return add_events(connection, instance, events, now)


def import_shapes(database: Database, instance: str, lines: Counter[Shape], replies: Counter[Shape]) -> None:
    """Store what of old logs was not understood; a log that is imported again counts once."""
    with database.write() as connection:
        now = datetime.now(UTC)
        instances.lock(connection, instance, now)
        shapes.count(connection, instance, lines, replies, now, again=True)


def add_events(connection: Connection, instance: str, events: Iterable[Event], now: datetime) -> int:
    """Store those that are not there yet, and count them by the hour; how many refusals that were.

    The caller holds the row of the instance: nobody else can insert what is not there yet.
    """
    rows = [_row(instance, event, now) for event in _new(connection, instance, events)]
    insert(connection, EVENTS, rows)
    rollup.count(connection, instance, rows)
    return sum(row["repeat"] for row in rows)


def _new(connection: Connection, instance: str, events: Iterable[Event]) -> list[Event]:
    # Asked first, not left to the conflict of the keys: that is as fast for what is new, ten times as fast for
    # what is not, and says which is which.
    new: list[Event] = []
    for generation, told in _by_place(events).items():
        span = {"instance": instance, "generation": generation, "first": min(told)[0], "last": max(told)[0]}
        for there in connection.execute(_THERE, span):
            told.pop(tuple(there), None)
        new.extend(told.values())
    return new


def _by_place(events: Iterable[Event]) -> dict[str, dict[tuple[int, int], Event]]:
    """By generation, position and n; one told twice is there once."""
    by_place: defaultdict[str, dict[tuple[int, int], Event]] = defaultdict(dict)
    for event in events:
        by_place[event.generation].setdefault((event.position, event.n), event)
    return by_place


def _row(instance: str, event: Event, now: datetime) -> Row:
    row = dict(zip(FIELDS, _values(event), strict=True))
    row["sender_domain"] = domain_of(event.sender)
    row["instance"] = instance
    row["stored_at"] = now
    return row
