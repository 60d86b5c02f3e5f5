"""The keyed tables of the state: what was put and dropped since the last commit is what is written.

Rows are made and read a few at a time: a hundred thousand messages in the queue are no reason to hold them twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, delete, select

from rejectwatch.state import State
from rejectwatch.store.statements import Row, dumps, put
from rejectwatch.store.tables import INSTANCES, STATE

T = TypeVar("T")

AT_ONCE = 1_000
"""Rows in one call."""
PUTS = 24  # bits of a serial for the puts of one commit; the revision stands above them


def load(connection: Connection, instance: str, state: State) -> None:
    """Fill every table of the state, in the order of the puts; what was in it is forgotten."""
    for name, table in state.tables().items():
        table.fill(_rows(connection, instance, name))


def _rows(connection: Connection, instance: str, name: str) -> Iterator[tuple[Any, Any]]:
    query = select(STATE.c.key, STATE.c.value).where(STATE.c.instance == instance, STATE.c.name == name)
    ordered = query.order_by(STATE.c.serial).execution_options(yield_per=AT_ONCE)
    for key, value in connection.execute(ordered):
        yield json.loads(key), json.loads(value)


def lookup(connection: Connection, name: str, keys: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """The entries of one table that have these keys (as JSON values), of every instance."""
    for some in _some(keys):
        asked = {"name": name, "ids": [_id(dumps(key)) for key in some]}
        for key, value in connection.execute(_FIND, asked):
            yield json.loads(key), json.loads(value)


def store(connection: Connection, instance: str, state: State, revision: int) -> None:
    """Write the overlays of all tables; `revision` is the one that this commit makes."""
    for name, table in state.tables().items():
        for some in _some(table.dumped()[1]):
            ids = [_id(dumps(key)) for key in some]
            connection.execute(_DROP, {"instance": instance, "name": name, "ids": ids})
    for some in _some(_puts(instance, state, revision << PUTS)):
        put(connection, STATE, some)


def _puts(instance: str, state: State, serial: int) -> Iterator[Row]:
    for name, table in state.tables().items():
        for key, value in table.dumped()[0]:
            text = dumps(key)
            row = {"instance": instance, "name": name, "id": _id(text), "key": text, "value": dumps(value)}
            yield {**row, "serial": serial}
            serial += 1


def _some(all_of_them: Iterable[T]) -> Iterator[list[T]]:
    """As many as go in one call."""
    left = iter(all_of_them)
    while some := list(islice(left, AT_ONCE)):
        yield some


def _id(key: str) -> str:
    return blake2b(key.encode(), digest_size=16).hexdigest()


_DROP = delete(STATE).where(
    STATE.c.instance == bindparam("instance"),
    STATE.c.name == bindparam("name"),
    STATE.c.id.in_(bindparam("ids", expanding=True)),
)
_FIND = select(STATE.c.key, STATE.c.value).where(
    STATE.c.instance.in_(select(INSTANCES.c.instance)),
    STATE.c.name == bindparam("name"),
    STATE.c.id.in_(bindparam("ids", expanding=True)),
)
