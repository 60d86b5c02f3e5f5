"""Look at what stands in a database, and in a state."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, func, select

from rejectwatch.changes import Position
from rejectwatch.routing import Route, Routing
from rejectwatch.state import State
from rejectwatch.store import tables
from rejectwatch.store.database import Database
from rejectwatch.store.writer import Writer

EVERYBODY = Routing((Route("postmasters"),))


def started(database: Database, instance: str = "main", routing: Routing = EVERYBODY) -> tuple[Writer, State]:
    writer, state = Writer(database, instance, routing), State()
    writer.load(state)
    return writer, state


def rows(database: Database, table: Table) -> list[dict[str, Any]]:
    with database.read() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def sizes(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.METADATA.tables.items()
        }


def positions(database: Database) -> dict[str, Position]:
    return Writer(database, "main", EVERYBODY).load(State())


def contents(state: State) -> dict[str, list[tuple[Any, Any]]]:
    return {name: list(table.items()) for name, table in state.tables().items()}


def loaded(database: Database, instance: str = "main") -> dict[str, list[tuple[Any, Any]]]:
    return contents(started(database, instance)[1])
