"""The row of an instance: whoever writes for it holds this row, so that two never write at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from rejectwatch.store.statements import add
from rejectwatch.store.tables import INSTANCES


def lock(connection: Connection, instance: str, now: datetime) -> int:
    """Hold the row until the transaction ends, making it if it is not there; the instance's revision.

    What is read afterwards is of one moment, whatever another process does meanwhile.
    """
    add(connection, INSTANCES, [{"instance": instance, "revision": 0, "created_at": now}])
    query = select(INSTANCES.c.revision).where(INSTANCES.c.instance == instance).with_for_update()
    return int(connection.execute(query).scalar_one())
