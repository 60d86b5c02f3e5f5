"""Rows are removed a few at a time, so that whoever reads the log never waits long for the database.

On SQLite only one can write: a chunk is as large as takes about `AIM`, and whoever removes rests after it for
as long as it took.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Column, Delete, Table, bindparam, delete, select

from rejectwatch.store.database import Database

AIM = 0.05
"""Seconds that a chunk should take; a slow one still stays below twice that."""
FIRST = 10
FEWEST, MOST = 1, 5_000
"""Rows of a chunk."""
SHORTEST_REST = 0.02
"""Seconds: another process that waits for the lock file looks every hundredth of a second."""

Key = Sequence[Any]
"""The values of a row's primary key, in its order."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one chunk has removed, and for how long nothing more is to be removed."""

    table: str
    rows: int
    rest: float


class Removal:
    """Removes rows by their keys; how many at once, it learns from the chunk before."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._size = FIRST

    def steps(self, table: Table, keys: Sequence[Key]) -> Iterator[Step]:
        """Remove the rows with these keys."""
        first = 0
        while first < len(keys):
            chunk = keys[first : first + self._size]
            first += len(chunk)
            with self._database.write() as connection:
                began = time.monotonic()
                removed = connection.execute(by_key(table), bound(chunk)).rowcount
            took = time.monotonic() - began
            self._learn(took)
            yield Step(table.name, removed, max(took, SHORTEST_REST))

    def _learn(self, took: float) -> None:
        grown = min(self._size * AIM / max(took, 1e-6), self._size * 2.0)
        self._size = max(FEWEST, min(MOST, int(grown)))


@cache
def by_key(table: Table) -> Delete:
    """Delete the row with a key; takes what `bound` makes of many."""
    key = table.primary_key.columns
    return delete(table).where(*(one == bindparam(f"key_{n}", type_=one.type) for n, one in enumerate(key)))


def bound(keys: Sequence[Key]) -> list[dict[str, Any]]:
    return [{f"key_{n}": value for n, value in enumerate(key)} for key in keys]


def values_of(database: Database, column: Column[Any]) -> Iterator[str]:
    """The few values of the first column of a key: each is found by one step into the key, however many rows it has."""
    last = ""
    while True:
        query = select(column).where(column > last).order_by(column).limit(1)
        with database.read() as connection:
            found = connection.execute(query).scalar_one_or_none()
        if found is None:
            return
        yield found
        last = found
