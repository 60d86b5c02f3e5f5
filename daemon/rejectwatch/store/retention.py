"""What is stored is kept for as long as the operator said, and then removed, while everything else goes on.

`KEPT` says for each table what its age is counted from; `FOR_EVER` which tables have none, and why. The rows
to remove are looked for without any lock, oldest first, and removed in small chunks (`removal`).
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, and_, func, select, true

from rejectwatch.errors import SettingsError, TransientError
from rejectwatch.settings import RetentionSettings
from rejectwatch.store.database import Database, SQLite
from rejectwatch.store.outbox import UNSENT
from rejectwatch.store.removal import Key, Removal, Step, values_of
from rejectwatch.store.tables import (
    ACKS,
    CAUSE_TEXTS,
    DELIVERY_COUNTS,
    EVENTS,
    GAPS,
    HOURLY,
    INCIDENTS,
    INSTANCES,
    OUTBOX,
    POSITIONS,
    SHAPES,
    SILENCES,
    SITE,
    STATE,
)

log = logging.getLogger(__name__)

FOUND_AT_ONCE = 20_000
"""Keys of old rows that are looked for in one query."""

BEGIN_AFTER = 180.0
"""Seconds after the start of the daemon, which has more urgent things to do; and after a database that was away."""
EVERY = 3600.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A table whose rows grow old: `at` says since when. `kind` is the setting.

    Rows are looked for in the order of `along`, which an index has; it is never later than `at`. Only those for
    which `only` is true may go at all.
    """

    kind: str
    table: Table
    at: Column[datetime]
    along: Column[datetime]
    only: ColumnElement[bool]

    @property
    def before_time(self) -> Column[Any] | None:
        """The column before the time, in a table whose own key is its index by time."""
        first, second, *_ = [*self.table.primary_key, None]
        return first if second is self.along else None


def _kept(kind: str, table: Table, at: str, along: str = "", only: ColumnElement[bool] | None = None) -> Kept:
    return Kept(kind, table, table.c[at], table.c[along or at], true() if only is None else only)


KEPT = (
    _kept("events", EVENTS, "occurred_at"),
    _kept("hourly", HOURLY, "hour"),
    _kept("hourly", DELIVERY_COUNTS, "hour"),
    _kept("incidents", INCIDENTS, "closed_at", "opened_at"),  # an open one has no end yet: it is never old
    _kept("incidents", ACKS, "at"),
    _kept("messages", SILENCES, "until"),
    _kept("messages", OUTBOX, "at", only=and_(*(OUTBOX.c.state != state for state in UNSENT))),
    _kept("gaps", GAPS, "noticed_at"),
    _kept("shapes", SHAPES, "last_at"),
)

FOR_EVER = {
    INSTANCES: "one row a daemon",
    POSITIONS: "one row a source: without it a log would be read again",
    STATE: "bounded: what is remembered the longest makes room",
    CAUSE_TEXTS: "as many as there are causes, and of no time",
    SITE: "a few rows a daemon, as configured",
}


class Pruning:
    """Removes what was too old at `now`; of one instance, or of all."""

    def __init__(
        self, database: Database, settings: RetentionSettings, now: datetime, instance: str | None = None
    ) -> None:
        self._database = database
        self._settings = settings
        self._now = now
        self._instance = instance
        self._removal = Removal(database)

    def steps(self) -> Iterator[Step]:
        """Remove everything, a chunk a step; the caller rests between two, and may leave."""
        for kept in KEPT:
            for old in self._old(kept):
                for keys in self._keys(kept, old):
                    yield from self._removal.steps(kept.table, keys)

    def count(self) -> Counter[str]:
        """How many rows of each table there are to remove."""
        counts: Counter[str] = Counter()
        for kept in KEPT:
            for old in self._old(kept):
                with self._database.read() as connection, self._database.without_limits(connection):
                    counted = connection.execute(select(func.count()).select_from(kept.table).where(old))
                    counts[kept.table.name] += counted.scalar_one()
        return counts

    def _old(self, kept: Kept) -> Iterator[ColumnElement[bool]]:
        """What is true of the rows to remove; together these conditions name each of them once."""
        age: timedelta | None = getattr(self._settings, kept.kind)
        if age is None:
            return
        before = self._now - age
        old = (kept.at < before) & (kept.along < before) & kept.only
        for whose in self._whose(kept):
            yield old & whose

    def _whose(self, kept: Kept) -> Iterator[ColumnElement[bool]]:
        # A SQLite file belongs to one daemon; and a condition that is true of every row would make SQLite walk
        # along the key instead of the index by time.
        is_shared = self._instance is not None and not isinstance(self._database, SQLite)
        has_owner = "instance" in kept.table.c  # silences are everybody's
        mine = kept.table.c.instance == self._instance if is_shared and has_owner else true()
        if kept.before_time is None:
            yield mine
        else:
            for value in values_of(self._database, kept.before_time):
                yield (kept.before_time == value) & mine

    def _keys(self, kept: Kept, old: ColumnElement[bool]) -> Iterator[list[Key]]:
        """The keys of these rows, oldest first, many at a time; those that it gave are removed before the next."""
        query: Any = (
            select(kept.along, *kept.table.primary_key).where(old).order_by(kept.along).limit(FOUND_AT_ONCE)
        )
        while True:
            with self._database.read() as connection:
                found = connection.execute(query).all()
            yield [row[1:] for row in found]
            if len(found) < FOUND_AT_ONCE:
                return
            # What was removed is still in an index of PostgreSQL for a while: it is not walked past again.
            query = query.where(kept.along >= found[-1][0])


class Keeper:
    """A thread of the daemon that does it once an hour, for its own instance; it ends with `stop`."""

    def __init__(
        self,
        database: Database,
        instance: str,
        settings: RetentionSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._instance = instance
        self._settings = settings
        self._clock = clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keep", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Works twice, and before `start`."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(1)

    def once(self) -> Counter[str]:
        """Remove what is too old now; how many rows of each table those were."""
        removed: Counter[str] = Counter()
        for step in Pruning(self._database, self._settings, self._clock(), self._instance).steps():
            removed[step.table] += step.rows
            if self._stopping.wait(step.rest):
                break
        return +removed

    def _run(self) -> None:
        wait = BEGIN_AFTER
        while not self._stopping.wait(wait):
            wait = EVERY
            try:
                removed = self.once()
            except (TransientError, SettingsError) as error:
                log.debug("retention: %s", error)  # the reading part meets the same trouble and tells it
                wait = BEGIN_AFTER
            except Exception:  # the edge of a thread: whatever happens here, the next hour is tried again
                log.exception("removing what is too old failed")
            else:
                if removed:
                    counted = ", ".join(f"{name} {rows}" for name, rows in removed.items())
                    log.info("removed what was kept long enough: rows of %s", counted)
