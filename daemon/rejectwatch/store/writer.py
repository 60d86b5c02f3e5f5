"""The one write: all that a batch has taught us, and how far it was read, in one transaction.

The transaction begins with a guard: the revision of this instance must still be the one that we have read or
written last. If it is not, another daemon or a COMMIT whose answer was lost has gone on without us, and what
is in memory is worth nothing. The keys of the rows are the second lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from rejectwatch.changes import Changes, Position
from rejectwatch.errors import Superseded
from rejectwatch.incidents.incident import Incident, to_json
from rejectwatch.routing import Routing
from rejectwatch.state import State
from rejectwatch.store import instances, keyed, shapes
from rejectwatch.store.database import Database, SQLite
from rejectwatch.store.events import add_events
from rejectwatch.store.posting import Posting
from rejectwatch.store.statements import Row, add, dumps, put
from rejectwatch.store.tables import DELIVERY_COUNTS, GAPS, INCIDENTS, INSTANCES, POSITIONS


def utc_now() -> datetime:
    return datetime.now(UTC)


class Writer:
    """Writes for one instance. `load` comes first, and again after every failed commit."""

    def __init__(
        self, database: Database, instance: str, routing: Routing, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._instance = instance
        self._posting = Posting(instance, routing, shared=not isinstance(database, SQLite))
        self._now = now
        self._revision = 0

    def load(self, state: State) -> dict[str, Position]:
        """Fill the state's tables; how far each source is read, by its name."""
        with self._database.write() as connection:
            revision = instances.lock(connection, self._instance, self._now())
            keyed.load(connection, self._instance, state)
            positions = dict(self._positions(connection))
        self._revision = revision
        return positions

    def record_start(self, source: str, position: Position, reason: str) -> None:
        """Where a source is read from for the first time, and why there; later calls change nothing."""
        with self._database.write() as connection:
            self._guard(connection)
            row = {
                **self._position_row(source, position),
                "started_at": self._now(),
                "started_generation": position.generation,
                "started_position": position.position,
                "started_reason": reason,
            }
            add(connection, POSITIONS, [row])
        self._revision += 1

    def commit(self, changes: Changes, state: State) -> int:
        """Write the changes and the overlays of the state, all or nothing; how many new refusals that were.

        Afterwards the caller lets the state `apply` its overlays. After a `TransientError` nobody knows
        whether it was written: a second `commit` of the same is safe (it is `Superseded`, if it was), and
        so is to `load` again.
        """
        with self._database.write(points=True) as connection:
            self._guard(connection)
            new = add_events(connection, self._instance, changes.events, self._now())
            self._count_deliveries(connection, changes)
            keyed.store(connection, self._instance, state, self._revision + 1)
            self._put_incidents(connection, changes, state)
            add(connection, GAPS, self._gap_rows(changes))
            shapes.count(connection, self._instance, changes.shapes, changes.replies, self._now())
            self._put_positions(connection, changes)
            # Last, because for this daemons that share a database take turns.
            self._posting.post(connection, changes.messages, changes.notices, self._now())
        self._revision += 1
        return new

    def _guard(self, connection: Connection) -> None:
        query = (
            INSTANCES.update()
            .where(INSTANCES.c.instance == self._instance, INSTANCES.c.revision == self._revision)
            .values(revision=self._revision + 1)
        )
        if connection.execute(query).rowcount != 1:
            raise Superseded(
                f"{self._database.name} has been written for {self._instance!r} by somebody else:"
                " what is in memory is read again"
            )

    def _positions(self, connection: Connection) -> Iterator[tuple[str, Position]]:
        columns = POSITIONS.c
        query = select(columns.source, columns.generation, columns.position, columns.checkpoint)
        for source, *place in connection.execute(query.where(columns.instance == self._instance)):
            yield source, Position(*place)

    def _put_positions(self, connection: Connection, changes: Changes) -> None:
        rows = [self._position_row(source, position) for source, position in changes.positions.items()]
        put(connection, POSITIONS, rows)

    def _position_row(self, source: str, position: Position) -> Row:
        return {
            "instance": self._instance,
            "source": source,
            "generation": position.generation,
            "position": position.position,
            "checkpoint": position.checkpoint,
            "updated_at": self._now(),
        }

    def _count_deliveries(self, connection: Connection, changes: Changes) -> None:
        rows = [
            {
                "instance": self._instance,
                "hour": hour.at,
                "mta": hour.mta,
                "outcome": hour.outcome,
                "count": count,
            }
            for hour, count in changes.deliveries.items()
        ]
        put(connection, DELIVERY_COUNTS, rows, additive="count")

    def _put_incidents(self, connection: Connection, changes: Changes, state: State) -> None:
        # One that closed and gave way to the next of its kind within this batch has left the overlay, but
        # not without a message; one that became part of another rests.
        changed = {message.incident.id: message.incident for message in changes.messages}
        changed |= {incident.id: incident for _, incident in state.resting.changes()[0]}
        changed |= {incident.id: incident for _, incident in state.incidents.changes()[0]}
        put(connection, INCIDENTS, [self._incident_row(incident) for incident in changed.values()])

    def _incident_row(self, incident: Incident) -> Row:
        named = {column.name: getattr(incident, column.name, None) for column in INCIDENTS.columns}
        flags = ",".join(incident.flags)
        return {**named, "instance": self._instance, "flags": flags, "record": dumps(to_json(incident))}

    def _gap_rows(self, changes: Changes) -> list[Row]:
        noticed = {"instance": self._instance, "noticed_at": self._now()}
        return [{**noticed, **asdict(gap)} for gap in changes.gaps]
