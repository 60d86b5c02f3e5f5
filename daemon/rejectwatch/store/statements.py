"""Many rows in one call, the same way for both databases."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

Row = dict[str, Any]
T = TypeVar("T")

CHUNK = 5_000
"""Rows in one call: in a backlog a batch has very many, and no single wait may become long."""

dumps = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
"""JSON in ASCII, which both databases store, whatever a log holds (NUL and lone surrogates are escaped)."""


def add(connection: Connection, table: Table, rows: Sequence[Row]) -> int:
    """Insert the rows whose key is not there yet; how many that were."""
    statement = _adding(connection.dialect.name, table)
    return sum(_execute(connection, statement, chunk) for chunk in chunks(rows))


def insert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows of whose keys none is there: one that is fails them all."""
    for chunk in chunks(rows):
        _execute(connection, _inserting(table), chunk)


def put(connection: Connection, table: Table, rows: Sequence[Row], additive: str | None = None) -> None:
    """Insert the rows; where the key is there already, write their other columns over, or add up `additive`."""
    for chunk in chunks(rows):
        _execute(connection, _putting(connection.dialect.name, table, tuple(chunk[0]), additive), chunk)


def chunks(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def _execute(connection: Connection, statement: Any, rows: Iterable[Row]) -> int:
    return connection.execute(statement, list(rows), execution_options={"preserve_rowcount": True}).rowcount


# Making a statement costs more than executing it with one row.


@cache
def _inserting(table: Table) -> Any:
    return table.insert()


@cache
def _adding(dialect: str, table: Table) -> Any:
    return _insert(dialect)(table).on_conflict_do_nothing()


@cache
def _putting(dialect: str, table: Table, columns: tuple[str, ...], additive: str | None) -> Any:
    statement = _insert(dialect)(table)
    key = {column.name for column in table.primary_key}
    new = {name: statement.excluded[name] for name in columns if name not in key}
    if additive is not None:
        new[additive] = table.c[additive] + new[additive]
    return statement.on_conflict_do_update(index_elements=table.primary_key.columns, set_=new)


def _insert(dialect: str) -> Any:
    return sqlite.insert if dialect == "sqlite" else postgresql.insert
