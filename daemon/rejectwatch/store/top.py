"""Who fails most: counted from the roll-up where that can tell, else from the events.

Whole hours come from the roll-up; the ends of the time that is asked for, parts of an hour, from the events.
So does everything where only one person, domain or address is asked about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, desc, func, literal, select, union_all

from rejectwatch.facts import FAILURES
from rejectwatch.store.database import Database
from rejectwatch.store.queries import Condition, EventFilter, disjoint
from rejectwatch.store.rollup import ROWS, By
from rejectwatch.store.tables import EVENTS, HOURLY

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
LATEST = datetime.max.replace(tzinfo=UTC) - HOUR

_FOR_COUNTING = "SET LOCAL jit = off; SET LOCAL work_mem = '64MB'"
"""To compile such a question takes longer than to answer it; and what it counts has to fit into memory."""


@dataclass(frozen=True, slots=True)
class Top:
    """How often one subject failed; in which hours first and last; how often for each cause, the main one first."""

    by: By
    subject: str
    failures: int
    first_hour: datetime
    last_hour: datetime
    causes: tuple[tuple[str, int], ...]


def top(database: Database, by: Sequence[By], wanted: EventFilter, limit: int = 0) -> list[Top]:
    """Those who failed most, the first of them first. `limit` 0: all who failed."""
    found: dict[tuple[By, str], list[Any]] = {}
    with database.read() as connection, database.without_limits(connection):
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(_FOR_COUNTING)
        for row in connection.execute(_question(by, wanted, limit)):
            found.setdefault((row.by, row.subject), []).append(row)
    return [_top(rows) for rows in found.values()]


def _top(rows: list[Any]) -> Top:
    """From the rows of one subject, one for each of its causes."""
    one = rows[0]
    return Top(
        one.by,
        one.subject,
        int(one.failures),
        _hour(one.first),
        _hour(one.last),
        tuple((row.cause, int(row.of_cause)) for row in rows),
    )


def _question(by: Sequence[By], wanted: EventFilter, limit: int) -> Select[Any]:
    found = union_all(*_parts(by, wanted)).subquery()
    failures, first, last = _added_up(found.c)
    subject = (found.c.by, found.c.subject)
    counted = select(*subject, found.c.cause, failures, first, last).group_by(*subject, found.c.cause).cte()
    failures, first, last = _added_up(counted.c)
    totals = (
        select(counted.c.by, counted.c.subject, failures, first, last)
        .group_by(counted.c.by, counted.c.subject)
        .order_by(desc("failures"), counted.c.subject, counted.c.by)
        .limit(limit or None)
        .subquery()
    )
    same = and_(counted.c.by == totals.c.by, counted.c.subject == totals.c.subject)
    of_cause = counted.c.failures.label("of_cause")
    order: tuple[Any, ...] = (
        desc(totals.c.failures),
        totals.c.subject,
        totals.c.by,
        desc("of_cause"),
        counted.c.cause,
    )
    return select(totals, counted.c.cause, of_cause).join(counted, same).order_by(*order)


def _added_up(columns: Any) -> tuple[Any, Any, Any]:
    return (
        func.sum(columns.failures).label("failures"),
        func.min(columns.first).label("first"),
        func.max(columns.last).label("last"),
    )


def _parts(by: Sequence[By], wanted: EventFilter) -> Iterator[Select[Any]]:
    """Selects that together count every failure once."""
    ends = [wanted]
    if wanted.user is None and wanted.domain is None and wanted.ip is None:
        hours, ends = _split(wanted)
        if hours is not None:
            yield from (_from_hours(one, hours) for one in by)
    for end in ends:
        for conditions in disjoint(end):
            yield from (_from_events(one, conditions) for one in by)


def _split(wanted: EventFilter) -> tuple[EventFilter | None, list[EventFilter]]:
    """The whole hours of the time asked for, if there are any, and what is left of it at its ends."""
    begin = wanted.since and _hour(min(wanted.since, LATEST) + HOUR - MICROSECOND)
    end = wanted.until and _hour(wanted.until)
    if begin and end and begin >= end:
        return None, [wanted]
    ends = []
    if begin and begin != wanted.since:
        ends.append(replace(wanted, until=begin))
    if end and end != wanted.until:
        ends.append(replace(wanted, since=end))
    return replace(wanted, since=begin, until=end), ends


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _from_hours(by: By, wanted: EventFilter) -> Select[Any]:
    columns = HOURLY.c
    rows, subject = ROWS[by]
    conditions: list[Condition] = [columns.by.in_(rows)]
    if by != "sender":
        conditions.append(subject != "")
    if wanted.instance is not None:
        conditions.append(columns.instance == wanted.instance)
    if wanted.since is not None:
        conditions.append(columns.hour >= wanted.since)
    if wanted.until is not None:
        conditions.append(columns.hour < wanted.until)
    if wanted.cause is not None:
        conditions.append(columns.cause == wanted.cause)
    return _select(by, subject, columns.cause, columns.failures, columns.hour, columns.hour).where(
        *conditions
    )


def _from_events(by: By, conditions: list[Condition]) -> Select[Any]:
    columns = EVENTS.c
    subject, at = columns[by], columns.occurred_at
    # There is no empty login, domain or address; a sender is empty in a bounce.
    is_one = columns.user.is_(None) & subject.is_not(None) if by == "sender" else subject != ""
    return (
        _select(by, subject, columns.cause, func.count(), func.min(at), func.max(at))
        .where(*conditions, columns.outcome.in_(FAILURES), is_one)
        .group_by(subject, columns.cause)
    )


def _select(by: By, subject: Any, cause: Any, failures: Any, first: Any, last: Any) -> Select[Any]:
    return select(
        literal(by).label("by"),
        subject.label("subject"),
        cause.label("cause"),
        failures.label("failures"),
        first.label("first"),
        last.label("last"),
    )
