"""How the database is, and whether messages leave it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from rejectwatch.doctor.case import Case
from rejectwatch.doctor.finding import Finding, clock, large, lasting, note, ok, trouble
from rejectwatch.store import health, migrate
from rejectwatch.store.database import SQLite

LOOKED_AT = 10.0
"""Seconds that SQLite's file is looked through."""
COUNTED = 5.0
"""Seconds that rows are counted."""
UNSENT = timedelta(minutes=15)
"""So long a message may wait."""
OVERDUE = timedelta(days=2)
"""So much older than its time something may be before the daemon has removed it."""


def schema(case: Case) -> Iterator[Finding]:
    if case.is_new:
        yield note(f"there is no database {case.place} yet", "`rejectwatch run` makes it when it starts")
        return
    stored, newest = migrate.current(case.database), migrate.newest()
    if stored == newest:
        yield ok(f"{case.place} answers; schema {stored}, as this version needs it")
    elif isinstance(case.database, SQLite):
        yield note(
            f"{case.place} answers; schema {stored or 'none'}, needed is {newest}",
            "the daemon brings it up to date when it starts",
        )
    else:
        yield trouble(
            f"{case.place} has the schema {stored or 'none'}, needed is {newest}",
            "rejectwatch db upgrade",
        )


def intact(case: Case) -> Iterator[Finding]:
    if case.is_new or not isinstance(case.database, SQLite):
        return
    faults = health.faults(case.database, LOOKED_AT)
    if faults is None:
        yield note(
            f"the file could not be looked through in {LOOKED_AT:g} s",
            f"in a quiet hour: sqlite3 {case.database.path} 'PRAGMA quick_check'",
        )
    elif faults:
        yield trouble(
            f"the file is damaged: {'; '.join(faults)}",
            f"stop the daemon, and put back a copy (`rejectwatch db backup`) or move {case.database.path} away",
        )
    else:
        yield ok("the file is intact")


def size(case: Case) -> Iterator[Finding]:
    if not case.is_new:
        yield ok(f"{large(health.size(case.database))}, revision {case.stored.revision or 0}")


def rows(case: Case) -> Iterator[Finding]:
    if case.is_new:
        return
    _ = case.stored  # nothing to count without tables
    counts = health.rows(case.database, COUNTED)
    told = ", ".join(f"{name} {'?' if count is None else f'{count:,}'}" for name, count in counts.items())
    yield ok(f"rows{'' if isinstance(case.database, SQLite) else ', estimated'}: {told}")


def retention(case: Case) -> Iterator[Finding]:
    """Whether what is too old is gone."""
    if case.is_new:
        return
    _ = case.stored
    oldest, newest = health.events_between(case.database)
    kept = case.settings.retention.events
    if oldest is None or newest is None:
        yield ok("no refusal is stored")
    elif kept is not None and case.now - oldest > kept + OVERDUE:
        yield note(
            f"the oldest refusal is of {clock(oldest)}, {lasting(case.now - oldest)} ago, though events are kept for"
            f" {lasting(kept)}",
            "the running daemon removes it by and by; now: rejectwatch db prune",
        )
    else:
        for_how_long = "for ever" if kept is None else f"for {lasting(kept)}"
        yield ok(f"refusals from {clock(oldest)} to {clock(newest)}; they are kept {for_how_long}")


def messages(case: Case) -> Iterator[Finding]:
    """What waits to be sent, and what the other side last said."""
    if case.is_new:
        return
    _ = case.stored
    found = health.messages(case.database, case.settings.instance_name)
    waiting = found.counts.get("waiting", 0) + found.counts.get("failed", 0)
    error = f": {found.last_error}" if found.last_error else ""
    if found.counts.get("failed") or (found.oldest is not None and case.now - found.oldest > UNSENT):
        yield trouble(
            f"messages that could not be sent yet: {waiting}, the oldest of {clock(found.oldest or case.now)}{error}",
            "rejectwatch test-alert shows whether the channel works now",
        )
    else:
        yield ok(f"messages: {found.counts.get('sent', 0)} sent, {waiting} waiting")
    if given_up := found.counts.get("given_up"):
        yield note(f"messages that were given up after days of trying: {given_up}{error}")
