"""Silences, of all daemons that share the database."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, select

from rejectwatch.incidents.silence import Silence
from rejectwatch.store.database import Database
from rejectwatch.store.tables import SILENCES


def add(database: Database, silence: Silence) -> int:
    """Keep a silence; its number."""
    values = {name: value for name, value in asdict(silence).items() if name != "id"}
    query = SILENCES.insert().values(**values).returning(SILENCES.c.id)
    with database.write() as connection:
        return int(connection.execute(query).scalar_one())


def remove(database: Database, number: int) -> bool:
    """Whether there was one with this number."""
    with database.write() as connection:
        return connection.execute(SILENCES.delete().where(SILENCES.c.id == number)).rowcount == 1


def everything(database: Database) -> list[Silence]:
    """Also those that are over, as long as they are kept; the oldest first."""
    with database.read() as connection:
        return [
            Silence(**row) for row in connection.execute(select(SILENCES).order_by(SILENCES.c.id)).mappings()
        ]


def active(database: Database, now: datetime) -> list[Silence]:
    with database.read() as connection:
        return active_in(connection, now)


def active_in(connection: Connection, now: datetime) -> list[Silence]:
    query = select(SILENCES).where(SILENCES.c.until > now).order_by(SILENCES.c.id)
    return [Silence(**row) for row in connection.execute(query).mappings()]
