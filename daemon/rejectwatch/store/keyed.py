"""The keyed tables of the state: what was put and dropped since the last commit is what is written."""

from __future__ import annotations

import json
from collections import defaultdict
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from rejectwatch.state import State
from rejectwatch.store.statements import Row, chunks, dumps, put
from rejectwatch.store.tables import STATE

PUTS = 24  # bits of a serial for the puts of one commit; the revision stands above them


def load(connection: Connection, instance: str, state: State) -> None:
    """Fill every table of the state, in the order of the puts; what was in it is forgotten."""
    query = select(STATE.c.name, STATE.c.key, STATE.c.value).where(STATE.c.instance == instance)
    rows: defaultdict[str, list[tuple[Any, Any]]] = defaultdict(list)
    for name, key, value in connection.execute(query.order_by(STATE.c.serial)):
        rows[name].append((json.loads(key), json.loads(value)))
    for name, table in state.tables().items():
        table.fill(rows[name])


def store(connection: Connection, instance: str, state: State, revision: int) -> None:
    """Write the overlays of all tables; `revision` is the one that this commit makes."""
    puts: list[Row] = []
    for name, table in state.tables().items():
        dumped, gone = table.dumped()
        for key, value in dumped:
            text = dumps(key)
            row = {"instance": instance, "name": name, "id": _id(text), "key": text, "value": dumps(value)}
            puts.append({**row, "serial": (revision << PUTS) + len(puts)})
        for some in chunks([_id(dumps(key)) for key in gone]):
            connection.execute(_DROP, {"instance": instance, "name": name, "ids": some})
    put(connection, STATE, puts)


def _id(key: str) -> str:
    return blake2b(key.encode(), digest_size=16).hexdigest()


_DROP = delete(STATE).where(
    STATE.c.instance == bindparam("instance"),
    STATE.c.name == bindparam("name"),
    STATE.c.id.in_(bindparam("ids", expanding=True)),
)
