"""What was not understood, by its shape: lines, and replies, so that many of one kind hide none of the other."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, select

from rejectwatch.causes.masking import SIGN
from rejectwatch.changes import Shape
from rejectwatch.store.statements import put
from rejectwatch.store.tables import SHAPES

SHAPES_KEPT = 200
"""Of one instance and kind; a hundred samples of what was not understood are as good as a million."""


def count(
    connection: Connection,
    instance: str,
    lines: Counter[Shape],
    replies: Counter[Shape],
    now: datetime,
    *,
    again: bool = False,
) -> None:
    """Add them up. `again`: of logs that may have been counted before, and are whole: then the larger number is kept."""
    is_reply = SHAPES.c.shape.startswith(SIGN)
    _count(connection, instance, lines, ~is_reply, now, again=again)
    _count(connection, instance, replies, is_reply, now, again=again)


def _count(
    connection: Connection,
    instance: str,
    found: Counter[Shape],
    kind: ColumnElement[bool],
    now: datetime,
    *,
    again: bool,
) -> None:
    """New ones only as long as there are few of their kind."""
    if not found:
        return
    query = select(SHAPES.c.source, SHAPES.c.shape, SHAPES.c.count).where(SHAPES.c.instance == instance, kind)
    kept = {(source, shape): number for source, shape, number in connection.execute(query)}
    wanted = [one for one in found if one[::2] in kept]
    wanted += [one for one in found if one[::2] not in kept][: max(SHAPES_KEPT - len(kept), 0)]
    rows = [
        {
            "instance": instance,
            "source": shape.source,
            "shape": shape.shape,
            "mta": shape.mta,
            "count": max(found[shape], kept.get(shape[::2], 0)) if again else found[shape],
            "last_at": now,
        }
        for shape in wanted
    ]
    put(connection, SHAPES, rows, additive=None if again else "count")
