"""Acknowledgements: somebody takes care of an incident, so that nobody needs to be reminded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from rejectwatch.store.database import Database
from rejectwatch.store.statements import put
from rejectwatch.store.tables import ACKS


@dataclass(frozen=True, slots=True)
class Ack:
    """Who takes care of an incident since when; `note` may be empty."""

    instance: str
    incident: str
    at: datetime
    by: str
    note: str = ""


def ack(database: Database, given: Ack) -> None:
    """Acknowledge an incident; who does it again replaces the one before."""
    with database.write() as connection:
        put(connection, ACKS, [{name: getattr(given, name) for name in Ack.__slots__}])


def of(database: Database, instance: str, incident: str) -> Ack | None:
    columns = [ACKS.c[name] for name in Ack.__slots__]
    query = select(*columns).where(ACKS.c.instance == instance, ACKS.c.incident == incident)
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    return None if row is None else Ack(*row)
