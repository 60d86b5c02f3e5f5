"""Rows of events: a refusal is stored once, under the place in the log that told of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from operator import attrgetter

from sqlalchemy import Connection

from rejectwatch.facts import Event, domain_of
from rejectwatch.store.database import Database
from rejectwatch.store.statements import Row, add
from rejectwatch.store.tables import EVENTS

FIELDS = tuple(field.name for field in fields(Event))
_values = attrgetter(*FIELDS)


def import_events(database: Database, instance: str, events: Iterable[Event]) -> int:
    """Store events of old logs; how many were new. Touches nothing else, so it works beside a daemon."""
    with database.write() as connection:
        return add_events(connection, instance, events)


def add_events(connection: Connection, instance: str, events: Iterable[Event]) -> int:
    """How many were new; one that is there already stays as it is."""
    return add(connection, EVENTS, [_row(instance, event) for event in events])


def _row(instance: str, event: Event) -> Row:
    row = dict(zip(FIELDS, _values(event), strict=True))
    row["sender_domain"] = domain_of(event.sender)
    row["instance"] = instance
    return row
