"""Who fails most: counted from the roll-up where that can tell, else from the events.

Whole hours come from the roll-up; the ends of the time that is asked for, parts of an hour, from the events.
So does everything where only one person, domain or address is asked about.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from heapq import nsmallest
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select, union_all

from rejectwatch.facts import FAILURES
from rejectwatch.identity import Identities, Written
from rejectwatch.store.database import Database
from rejectwatch.store.queries import Condition, EventFilter, disjoint, with_clients
from rejectwatch.store.rollup import ROWS, By
from rejectwatch.store.tables import EVENTS, HOURLY

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
LATEST = datetime.max.replace(tzinfo=UTC) - HOUR

_FOR_COUNTING = """
    SET LOCAL jit = off; SET LOCAL work_mem = '64MB'; SET LOCAL plan_cache_mode = force_custom_plan
"""
"""To compile such a question takes longer than to answer it, what it counts has to fit into memory, and how it is
best answered depends on the time that is asked for."""

ASKED_FOR = 5_000
"""Subjects that one question can name; a mailing list writes its sender in more ways than that. Then all are read."""

Named = Mapping[By, Collection[str] | None]
"""By what is counted, and which subjects; None: all."""


@dataclass(frozen=True, slots=True)
class Top:
    """How often one subject failed; in which hours first and last; how often for each cause, the main one first."""

    by: By
    subject: str
    failures: int
    first_hour: datetime
    last_hour: datetime
    causes: tuple[tuple[str, int], ...]


def top(database: Database, by: Collection[By], wanted: EventFilter, limit: int = 0) -> list[Top]:
    """Those who failed most, the first of them first. `limit` 0: all who failed.

    One subject however written; it is named as logged if there is one way only.
    """
    everybody: Named = dict.fromkeys(by)
    wanted = with_clients(database, wanted)
    with database.read() as connection, database.without_limits(connection):
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(_FOR_COUNTING)
        # First who, then why: to count every cause of everybody would take half as long again.
        named = _first(connection, everybody, wanted, limit) if limit else everybody
        return _told(connection, named, wanted)[: limit or None] if named else []


def _folds(same: Identities) -> dict[By, Written]:
    return {
        "user": same.login,
        "sender": same.sender,
        "sender_domain": same.domain,
        "recipient_domain": same.domain,
        "client_ip": same.client,
        "cause": str,
    }


def _first(connection: Connection, everybody: Named, wanted: EventFilter, limit: int) -> Named:
    found = _counted(everybody, wanted).subquery().c
    folds = _folds(wanted.same)
    failures: Counter[tuple[By, str]] = Counter()
    otherwise: defaultdict[tuple[By, str], list[str]] = defaultdict(list)
    for by, subject, count in connection.execute(select(found.by, found.subject, found.failures)):
        one = by, folds[by](subject)
        failures[one] += int(count)
        if one[1] != subject:
            otherwise[one].append(subject)
    named: defaultdict[By, list[str]] = defaultdict(list)
    for by, subject in nsmallest(limit, failures, key=lambda one: (-failures[one], one[1], one[0])):
        named[by] += [subject, *otherwise[by, subject]]
    return {by: subjects if len(subjects) <= ASKED_FOR else None for by, subjects in named.items()}


def _told(connection: Connection, named: Named, wanted: EventFilter) -> list[Top]:
    found = _counted(named, wanted, "cause").subquery()
    folds = _folds(wanted.same)
    rows: defaultdict[tuple[By, str], list[Any]] = defaultdict(list)
    for row in connection.execute(select(found)):
        rows[row.by, folds[row.by](row.subject)].append(row)
    first = sorted(rows, key=lambda one: (-sum(int(row.failures) for row in rows[one]), one[1], one[0]))
    return [_top(*one, rows[one]) for one in first]


def _top(by: By, subject: str, rows: list[Any]) -> Top:
    causes = Counter[str]()
    for row in rows:
        causes[row.cause] += int(row.failures)
    written = {row.subject for row in rows}
    return Top(
        by,
        written.pop() if len(written) == 1 else _together(by, subject),
        causes.total(),
        _hour(min(row.first for row in rows)),
        _hour(max(row.last for row in rows)),
        tuple(sorted(causes.items(), key=lambda one: (-one[1], one[0]))),
    )


def _together(by: By, subject: str) -> str:
    return f"{subject}/64" if by == "client_ip" and ":" in subject else subject


# ── the question ─────────────────────────────────────────────────────────────────────────────────


def _counted(named: Named, wanted: EventFilter, *apart: str) -> Select[Any]:
    """Failures by subject, and by the columns `apart`."""
    parts = [part for by, subjects in named.items() for part in _parts(by, subjects, wanted, apart)]
    if len(parts) == 1:
        return parts[0]
    found = union_all(*parts).subquery().c
    kept: list[ColumnElement[Any]] = [found[name] for name in ("by", "subject", *apart)]
    return _adding_up(kept, func.sum(found.failures), found.first, found.last).group_by(*kept)


def _parts(
    by: By, subjects: Collection[str] | None, wanted: EventFilter, apart: Collection[str]
) -> Iterator[Select[Any]]:
    """Selects that together count every failure once."""
    ends = [wanted]
    if wanted.user is None and wanted.domain is None and wanted.ip is None:
        hours, ends = _split(wanted)
        if hours is not None:
            yield _from_hours(by, subjects, hours, apart)
    for end in ends:
        for conditions in disjoint(end):
            yield _from_events(by, subjects, conditions, apart)


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


def _from_hours(
    by: By, subjects: Collection[str] | None, wanted: EventFilter, apart: Collection[str]
) -> Select[Any]:
    columns = HOURLY.c
    rows, subject = ROWS[by]
    conditions: list[Condition] = [columns.by.in_(rows)]
    if by != "sender":
        conditions.append(subject != "")
    if subjects is not None:
        # As a column's own it would be looked for once a subject, along all the hours.
        conditions.append((subject + "").in_(subjects))
    if wanted.instance is not None:
        conditions.append(columns.instance == wanted.instance)
    if wanted.since is not None:
        conditions.append(columns.hour >= wanted.since)
    if wanted.until is not None:
        conditions.append(columns.hour < wanted.until)
    if wanted.cause is not None:
        conditions.append(columns.cause == wanted.cause)
    kept = [subject, *(columns[name] for name in apart)]
    counted = _adding_up(
        [literal(by).label("by"), *kept], func.sum(columns.failures), columns.hour, columns.hour
    )
    return counted.where(*conditions).group_by(*kept)


def _from_events(
    by: By, subjects: Collection[str] | None, conditions: list[Condition], apart: Collection[str]
) -> Select[Any]:
    columns = EVENTS.c
    subject, at = columns[by], columns.occurred_at
    # There is no empty login, domain or address; a sender is empty in a bounce.
    is_one = columns.user.is_(None) & subject.is_not(None) if by == "sender" else subject != ""
    if subjects is not None:
        is_one &= subject.in_(subjects)
    kept = [subject, *(columns[name] for name in apart)]
    counted = _adding_up([literal(by).label("by"), *kept], func.sum(columns.repeat), at, at)
    return counted.where(*conditions, columns.outcome.in_(FAILURES), is_one).group_by(*kept)


def _adding_up(kept: list[ColumnElement[Any]], failures: Any, first: Any, last: Any) -> Select[Any]:
    by, subject, *apart = kept
    return select(
        by,
        subject.label("subject"),
        *(one.label(one.name) for one in apart),
        failures.label("failures"),
        func.min(first).label("first"),
        func.max(last).label("last"),
    )
