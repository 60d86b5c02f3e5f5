"""What the doctor asks of a database: how it is, and what stands in it about the watch itself. Changes nothing.

Nothing here waits long: what a large table can't tell in a few seconds stays unknown.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, desc, func, select, text
from sqlalchemy.exc import OperationalError

from rejectwatch.facts import Gap
from rejectwatch.state import State
from rejectwatch.store.database import Database, SQLite
from rejectwatch.store.tables import EVENTS, GAPS, INSTANCES, METADATA, OUTBOX, POSITIONS, SHAPES, STATE

STEPS = 10_000
"""Of SQLite, between two looks at the clock."""


class Read(NamedTuple):
    """How far a source is read, and where that began."""

    source: str
    generation: str
    position: int
    checkpoint: str
    updated_at: datetime
    started_at: datetime | None
    started_position: int | None
    started_reason: str | None


@dataclass(frozen=True, slots=True)
class Strange:
    """A line or a reply that was not understood, masked."""

    source: str
    mta: str
    shape: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """What an instance has stored about its watch. `gaps`: when each was noticed; the newest first, as `shapes` are."""

    revision: int | None
    reads: dict[str, Read]
    state: State
    gaps: list[tuple[datetime, Gap]]
    shapes: list[Strange]


class Messages(NamedTuple):
    """How many are in each state, when the oldest unsent one was written, and the last error of any."""

    counts: dict[str, int]
    oldest: datetime | None
    last_error: str | None


class Sends(NamedTuple):
    """How the sends to one channel went: when the last was taken; of the newest that was not: since when, how often
    it was tried, why it was not, and whether it will be tried again.

    `failed` None: the last message was taken.
    """

    channel: str
    taken_at: datetime | None
    failed: Failed | None


class Failed(NamedTuple):
    at: datetime
    tries: int
    error: str
    is_given_up: bool


def stored(database: Database, instance: str, gaps_since: datetime) -> Stored:
    with database.read() as connection:
        revision = select(INSTANCES.c.revision).where(INSTANCES.c.instance == instance)
        return Stored(
            connection.execute(revision).scalar(),
            {read.source: read for read in _reads(connection, instance)},
            _remembered(connection, instance, ("times", "ours", "known")),
            list(_gaps(connection, instance, gaps_since)),
            list(_shapes(connection, instance)),
        )


def _reads(connection: Connection, instance: str) -> Iterator[Read]:
    columns = [POSITIONS.c[name] for name in Read._fields]
    for row in connection.execute(select(*columns).where(POSITIONS.c.instance == instance)):
        yield Read(*row)


def _remembered(connection: Connection, instance: str, names: tuple[str, ...]) -> State:
    """The state, but only these tables of it."""
    state = State()
    for name in names:
        query = select(STATE.c.key, STATE.c.value).where(STATE.c.instance == instance, STATE.c.name == name)
        rows = connection.execute(query.order_by(STATE.c.serial))
        state.tables()[name].fill((json.loads(key), json.loads(value)) for key, value in rows)
    return state


def _gaps(connection: Connection, instance: str, since: datetime) -> Iterator[tuple[datetime, Gap]]:
    names = "source reason generation position detail since until lines".split()
    query = select(GAPS.c.noticed_at, *(GAPS.c[name] for name in names))
    mine = query.where(GAPS.c.instance == instance, GAPS.c.noticed_at >= since)
    for noticed_at, *values in connection.execute(mine.order_by(desc(GAPS.c.noticed_at))):
        yield noticed_at, Gap(**dict(zip(names, values, strict=True)))


def _shapes(connection: Connection, instance: str) -> Iterator[Strange]:
    columns = [SHAPES.c[field.name] for field in fields(Strange)]
    query = select(*columns).where(SHAPES.c.instance == instance).order_by(desc(SHAPES.c.last_at))
    for row in connection.execute(query):
        yield Strange(*row)


def messages(database: Database, instance: str) -> Messages:
    mine, unsent = OUTBOX.c.instance == instance, OUTBOX.c.state.in_(("waiting", "failed"))
    with database.read() as connection:
        counts = connection.execute(
            select(OUTBOX.c.state, func.count().label("how_many")).where(mine).group_by(OUTBOX.c.state)
        )
        oldest = select(func.min(OUTBOX.c.at)).where(mine, unsent)
        error = select(OUTBOX.c.last_error).where(mine, OUTBOX.c.last_error.is_not(None))
        return Messages(
            {row.state: row.how_many for row in counts},
            connection.execute(oldest).scalar(),
            connection.execute(error.order_by(desc(OUTBOX.c.id)).limit(1)).scalar(),
        )


def sends(database: Database, instance: str) -> dict[str, Sends]:
    """By channel, as far as anything was sent or tried."""
    columns, mine = OUTBOX.c, OUTBOX.c.instance == instance
    taken = select(columns.channel, func.max(columns.sent_at)).where(mine, columns.state == "sent")
    fails = select(columns.channel, columns.at, columns.tries, columns.last_error, columns.state).where(
        mine, columns.last_error.is_not(None)
    )
    with database.read() as connection:
        taken_at: dict[str, datetime] = dict(connection.execute(taken.group_by(columns.channel)).all())
        failed = {
            channel: Failed(at, tries, error, state == "given_up")
            for channel, at, tries, error, state in connection.execute(fails.order_by(columns.id))
        }
    return {
        channel: Sends(channel, at := taken_at.get(channel), _still(failed.get(channel), at))
        for channel in sorted({*taken_at, *failed})
    }


def _still(failed: Failed | None, taken_at: datetime | None) -> Failed | None:
    """One that was given up before another was taken is an old story; one that still waits is not."""
    if failed is None or (failed.is_given_up and taken_at is not None and taken_at > failed.at):
        return None
    return failed


def events_between(database: Database) -> tuple[datetime | None, datetime | None]:
    """The times of the oldest and the newest event, of any instance: each is one step along the index."""
    at = EVENTS.c.occurred_at
    with database.read() as connection:
        oldest = connection.execute(select(at).order_by(at).limit(1)).scalar()
        return oldest, connection.execute(select(at).order_by(desc(at)).limit(1)).scalar()


def size(database: Database) -> int:
    """Bytes on the disk."""
    if isinstance(database, SQLite):
        ends = ("", "-wal", "-shm")
        files = (database.path.with_name(database.path.name + end) for end in ends)
        return sum(file.stat().st_size for file in files if file.exists())
    with database.read() as connection:
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


def faults(database: Database, seconds: float) -> list[str] | None:
    """What SQLite finds wrong in its file; None: it was not done in so many seconds, or the server looks itself."""
    if not isinstance(database, SQLite):
        return []
    said: list[str] | None = None
    with database.read() as connection, _at_most(connection, seconds):
        said = [str(one) for one in connection.execute(text("PRAGMA quick_check(5)")).scalars()]
    return [] if said == ["ok"] else said


def rows(database: Database, seconds: float) -> dict[str, int | None]:
    """How many rows each table has: counted in SQLite, as far as that takes no longer; estimated by PostgreSQL."""
    names = [table.name for table in METADATA.sorted_tables]
    if not isinstance(database, SQLite):
        return dict(_estimates(database, names))
    until, counts = time.monotonic() + seconds, dict[str, int | None].fromkeys(names)
    for name in names:
        with database.read() as connection, _at_most(connection, until - time.monotonic()):
            counts[name] = connection.execute(
                select(func.count()).select_from(METADATA.tables[name])
            ).scalar_one()
    return counts


def _estimates(database: Database, names: list[str]) -> Iterator[tuple[str, int | None]]:
    # -1: nobody has looked at the table yet
    query = text("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r' AND pg_table_is_visible(oid)")
    with database.read() as connection:
        found: dict[str, Any] = {row.relname: row.reltuples for row in connection.execute(query)}
    for name in names:
        count = found.get(name)
        yield name, None if count is None or count < 0 else int(count)


@contextmanager
def _at_most(connection: Connection, seconds: float) -> Iterator[None]:
    """Leave the block, without a word, when SQLite has worked on it for so long."""
    driver: Any = connection.connection.driver_connection
    until = time.monotonic() + seconds
    driver.set_progress_handler(lambda: time.monotonic() > until, STEPS)
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorname", "") != "SQLITE_INTERRUPT":
            raise
    finally:
        driver.set_progress_handler(None, 0)
