"""What a fleet's PostgreSQL answers, and what it holds: 50 million refusals of 90 days, from five mail servers.

    make fleet                                                    an hour or so, 70 GB of disk
    make fleet ARGS='--events 2000000 --folder /var/tmp'

A private server is filled past the daemon: the rows are made in the database (refusals.sql), indexes are built
afterwards. Then it is started again with its defaults, but for the memory that it may use, and asked what the
command line asks. At last a tenth of the rows has grown too old and is removed, while a daemon's commits go on.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any, Self

from sqlalchemy import Connection, text
from sqlalchemy.schema import AddConstraint, DropConstraint

from parts.postgresql import PostgreSQL
from rejectwatch.changes import Changes
from rejectwatch.facts import Event
from rejectwatch.routing import Routing
from rejectwatch.settings import RetentionSettings
from rejectwatch.state import State
from rejectwatch.store.database import Database, open_database
from rejectwatch.store.migrate import upgrade
from rejectwatch.store.queries import EventFilter, events
from rejectwatch.store.retention import Keeper
from rejectwatch.store.rollup import By
from rejectwatch.store.tables import EVENTS, HOURLY
from rejectwatch.store.top import top
from rejectwatch.store.writer import Writer

HERE = Path(__file__).resolve().parent

ROWS = 50_000_000
ROWS_AT_ONCE = 1_000_000
DAYS = 90
INSTANCES = tuple(f"mx{n}" for n in range(1, 6))
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=DAYS)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)

BYTES_A_ROW = 1_400
"""On disk, with indexes and roll-up, and what is sorted for them."""
FEWEST_BYTES = 3_000_000_000

LOADING = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",  # a table that is emptied and filled in one transaction is not logged
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "shared_buffers": "1GB",
    "maintenance_work_mem": "1GB",
    "work_mem": "256MB",
}
SERVING = {"fsync": "on", "shared_buffers": "4GB", "max_wal_size": "4GB", "effective_cache_size": "12GB"}
"""What an administrator sets on a machine with 24 GB; all else is as PostgreSQL comes."""

ROUNDS = 5
PROMISED = 0.2
"""Seconds for the top users of a day."""
LAG = 2.0
"""Seconds that what is read may wait to be stored while old rows are removed."""
COMMITS_EVERY = 0.5
EVENTS_A_COMMIT = 50
OLD = 9
"""Days that are removed in the end: a tenth of the rows."""

FAILED = "outcome IN ('rejected', 'bounced')"
SUBJECTS: dict[By, str] = {
    "user": '"user"',
    "sender": 'CASE WHEN "user" IS NULL THEN sender END',
    "sender_domain": "sender_domain",
    "recipient_domain": "recipient_domain",
    "client_ip": "client_ip",
    "cause": "cause",
}
"""What failures are counted by, said once more, and in SQL."""

FAILURES_OF_A_DAY = f"""
    INSERT INTO hourly (by, subject, sender_domain, client_ip, hour, cause, instance, failures)
    WITH found AS MATERIALIZED (
        SELECT *, date_bin('1 hour', occurred_at, 'epoch') AS hour FROM events
        WHERE {FAILED} AND occurred_at >= :day AND occurred_at < :day + interval '1 day')
    SELECT CASE WHEN "user" IS NULL THEN 'sender' ELSE 'user' END, coalesce("user", sender), sender_domain, client_ip,
        hour, cause, instance, count(*) FROM found GROUP BY 1, 2, 3, 4, 5, 6, 7
    UNION ALL
    SELECT 'recipient_domain', recipient_domain, '', '', hour, cause, instance, count(*) FROM found GROUP BY 2, 5, 6, 7
    UNION ALL
    SELECT 'cause', cause, '', '', hour, cause, instance, count(*) FROM found GROUP BY 2, 5, 6, 7
    ORDER BY hour, 2
"""  # noqa: S608 — our own words

Told = dict[tuple[str, str], dict[str, int]]
"""By `by` and subject: for each cause, how many failures."""


class WrongAnswerError(Exception):
    """An answer is not what the events say, or comes later than is promised."""


# ── the server and its rows ──────────────────────────────────────────────────────────────────────


class Fleet:
    """A server of its own in `folder`, with so many events in it; it ends with the block."""

    def __init__(self, folder: Path, rows: int, settings: dict[str, str] = LOADING) -> None:
        self.rows = rows
        self._server = PostgreSQL(folder, settings=settings)

    def __enter__(self) -> Self:
        self._server.__enter__()
        self.database = open_database(self._server.url)
        upgrade(self.database)
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()
        self._server.stop(immediate=True)

    @property
    def url(self) -> str:
        return self._server.url

    def load(self) -> Iterator[str]:
        """Fill the tables; a word after each step."""
        with self._at_length() as connection:
            for table in (EVENTS, HOURLY):
                connection.execute(DropConstraint(table.primary_key))
                for index in table.indexes:
                    index.drop(connection)
        function, rows = (HERE / "refusals.sql").read_text().split(";\n\n")
        with self._at_length() as connection:
            connection.execute(text("TRUNCATE events"))
            connection.execute(text(function))
            for first in range(0, self.rows, ROWS_AT_ONCE):
                connection.execute(text(rows), self._numbers(first))
        yield f"{self.rows:,} events"
        with self._at_length() as connection:
            connection.execute(AddConstraint(EVENTS.primary_key))
            for index in EVENTS.indexes:
                index.create(connection)
        yield "their indexes"
        with self._at_length() as connection:
            connection.execute(text("TRUNCATE hourly"))
            for day in range(DAYS):
                connection.execute(text(FAILURES_OF_A_DAY), {"day": BEGIN + day * DAY})
            connection.execute(AddConstraint(HOURLY.primary_key))
            connection.execute(text("INSERT INTO instances SELECT DISTINCT instance, 0, now() FROM hourly"))
        yield "failures by the hour"
        with self._server.connect() as server:
            server.execute("VACUUM (ANALYZE)")
        yield "statistics"

    def serve(self) -> None:
        """Start again as a server that people rely on."""
        self.database.close()
        kept = {name: value for name, value in self._server.settings.items() if name not in LOADING}
        self._server.settings = {**kept, **SERVING}
        self._server.restart()

    def _numbers(self, first: int) -> dict[str, Any]:
        last = min(first + ROWS_AT_ONCE, self.rows) - 1
        numbers = {"begins": BEGIN, "days": DAYS, "events": self.rows, "instances": len(INSTANCES)}
        return {**numbers, "first": first, "last": last}

    @contextmanager
    def _at_length(self) -> Iterator[Connection]:
        with self.database.write() as connection, self.database.without_limits(connection):
            yield connection


def sizes(database: Database) -> Iterator[tuple[str, int]]:
    """Bytes of the tables of events and of failures by the hour, and of their indexes."""
    query = """
        SELECT relname, pg_relation_size(oid) FROM pg_class LEFT JOIN pg_index ON indexrelid = oid
        WHERE coalesce(indrelid, oid) IN ('events'::regclass, 'hourly'::regclass)
        ORDER BY coalesce(indrelid, oid), indrelid IS NOT NULL, relname
    """
    with database.read() as connection:
        yield from ((row[0], row[1]) for row in connection.execute(text(query)))


# ── is it right? ─────────────────────────────────────────────────────────────────────────────────


def check(database: Database) -> None:
    """The roll-up counts what the events are: all of them together, and each subject of a day."""
    with database.write() as connection, database.without_limits(connection):
        counted = connection.execute(text(f"SELECT count(*), count(*), count(*) FROM events WHERE {FAILED}"))  # noqa: S608
        rolled_up = connection.execute(
            text("SELECT sum(failures)::bigint FROM hourly GROUP BY by IN ('user', 'sender'), by = 'cause'")
        )
        totals, of_events = rolled_up.scalars().all(), list(counted.one())
    if totals != of_events:
        raise WrongAnswerError(f"the roll-up has {totals}, the events are {of_events}")
    for begin in (LAST_DAY, LAST_DAY + 0.39 * HOUR):
        told = top(database, list(SUBJECTS), EventFilter(since=begin, until=begin + DAY))
        if {(one.by, one.subject): dict(one.causes) for one in told} != _by_hand(database, begin):
            raise WrongAnswerError(f"the failures of the day from {begin} are told otherwise than counted")


def _by_hand(database: Database, begin: datetime) -> Told:
    told: Told = {}
    with database.write() as connection, database.without_limits(connection):
        for by, subject in SUBJECTS.items():
            query = (
                f"SELECT {subject}, cause, count(*) FROM events WHERE {FAILED} AND {subject} IS NOT NULL"  # noqa: S608
                " AND occurred_at >= :begin AND occurred_at < :end GROUP BY 1, 2"
            )
            for one, cause, failures in connection.execute(text(query), {"begin": begin, "end": begin + DAY}):
                told.setdefault((by, one), {})[cause] = failures
    return told


# ── how fast? ────────────────────────────────────────────────────────────────────────────────────

LAST_DAY = END - 2 * DAY
_RAGGED = LAST_DAY + 9.37 * HOUR

Ask = Callable[[Database], object]


def _top(*by: By, since: datetime = LAST_DAY, until: datetime = LAST_DAY + DAY, **wanted: Any) -> Ask:
    return lambda database: top(database, by, EventFilter(since=since, until=until, **wanted), 20)


def _newest(**wanted: Any) -> Ask:
    return lambda database: list(events(database, EventFilter(**wanted), 100))


QUESTIONS: dict[str, Ask] = {
    "top users of a day": _top("user"),
    "top users of 24 h, from minute to minute": _top("user", since=_RAGGED, until=_RAGGED + DAY),
    "top senders of a day": _top("sender"),
    "top domains of a day": _top("sender_domain", "recipient_domain"),
    "top ips of a day": _top("client_ip"),
    "top causes of a day": _top("cause"),
    "top users of a day, one cause": _top("user", cause="unknown"),
    "top users of a week": _top("user", since=LAST_DAY - 6 * DAY),
    "top users of 30 days": _top("user", since=LAST_DAY - 29 * DAY),
    "top causes of 90 days": _top("cause", since=BEGIN),
    "top causes of a day, one user": _top("cause", user="user38@customer38.example.jp"),
    "top users of a day, one domain": _top("user", domain="customer38.example.jp"),
    "the newest 100": _newest(),
    "the newest of a user who often fails": _newest(user="user3@customer3.example.jp"),
    "the newest of a user who seldom fails": _newest(user="user19738@customer238.example.jp"),
    "the newest of nobody": _newest(user="nobody@example.jp"),
    "the newest of a sender": _newest(user="info38@spam38.example"),
    "the newest of a domain": _newest(domain="customer38.example.jp"),
    "the newest of a client": _newest(ip="10.38.0.7"),
    "the newest with a cause": _newest(cause="auth_required"),
    "the newest with a cause that never was": _newest(cause="none"),
    "100 of an hour two months ago": _newest(since=BEGIN + 30 * DAY, until=BEGIN + 30 * DAY + HOUR),
}


def times(database: Database, ask: Ask) -> list[float]:
    """Seconds of each of several rounds; the first finds little of what it needs in memory."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        ask(database)
        taken.append(time.perf_counter() - began)
    return taken


# ── what does removing cost the others? ──────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Removed:
    """Rows that retention removed, in how many seconds; and how long each commit of a daemon took meanwhile."""

    rows: int
    seconds: float
    commits: list[float]


def remove_old(database: Database) -> Removed:
    """Each daemon's retention removes what is older than it keeps, while one of them goes on storing."""
    settings = RetentionSettings.model_validate({"events": f"{DAYS - OLD}d", "hourly": "forever"})
    removed: list[int] = []

    def remove() -> None:
        keepers = (Keeper(database, instance, settings, lambda: END) for instance in INSTANCES)
        removed.extend(keeper.once()["events"] for keeper in keepers)

    removing = threading.Thread(target=remove)
    began = time.monotonic()
    removing.start()
    commits = list(_commits_while(database, removing))
    return Removed(sum(removed), time.monotonic() - began, commits)


def _commits_while(database: Database, removing: threading.Thread) -> Iterator[float]:
    (_, like), *_ = events(database, EventFilter(instance=INSTANCES[0]), 1)
    writer, state = Writer(database, INSTANCES[0], Routing()), State()
    writer.load(state)
    for number in count():
        began = time.monotonic()
        writer.commit(Changes(events=list(_live(like, number))), state)
        state.apply()
        yield time.monotonic() - began
        removing.join(COMMITS_EVERY)
        if not removing.is_alive():
            return


def _live(like: Event, number: int) -> Iterator[Event]:
    for position in range(number * EVENTS_A_COMMIT, (number + 1) * EVENTS_A_COMMIT):
        at = END + position * timedelta(milliseconds=10)
        yield replace(
            like, generation="live", position=position, occurred_at=at, user=f"live{position % 400}"
        )


# ── the command ──────────────────────────────────────────────────────────────────────────────────


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make fleet", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=ROWS, help=f"how many refusals [{ROWS:,}]")
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()), help="where there is room"
    )
    given = parser.parse_args(arguments)
    needed, free = FEWEST_BYTES + given.events * BYTES_A_ROW, shutil.disk_usage(given.folder).free
    if free < needed:
        print(
            f"{given.events:,} events need {_gb(needed)}; {given.folder} has {_gb(free)} left"
            " (--events, --folder)",
            file=sys.stderr,
        )
        return 1
    folder = Path(tempfile.mkdtemp(prefix="rejectwatch-fleet-", dir=given.folder))
    folder.chmod(0o755)  # PostgreSQL does not run as root
    try:
        with Fleet(folder, given.events) as fleet:
            return _report(fleet)
    finally:
        shutil.rmtree(folder)


def _report(fleet: Fleet) -> int:
    began = time.monotonic()
    for step in fleet.load():
        print(f"{time.monotonic() - began:7.0f} s  {step}", flush=True)
    try:
        check(fleet.database)
    except WrongAnswerError as wrong:
        print(wrong, file=sys.stderr)
        return 1
    print(f"{time.monotonic() - began:7.0f} s  checked: the roll-up counts what the events are\n")
    fleet.serve()
    _print_sizes(fleet)
    slow = _print_times(fleet.database)
    late = _print_removed(remove_old(fleet.database))
    return int(slow or late)


def _print_sizes(fleet: Fleet) -> None:
    found = list(sizes(fleet.database))
    for name, size in (*found, ("together", sum(size for _, size in found))):
        print(f"{name:42}{_gb(size):>12}{size / fleet.rows:8.0f} bytes an event")
    print(flush=True)


def _print_times(database: Database) -> bool:
    """Whether the promise is broken."""
    print(f"{'':42}{'first':>12}{'median':>12}")
    medians: dict[str, float] = {}
    for name, ask in QUESTIONS.items():
        taken = times(database, ask)
        medians[name] = median(taken)
        print(f"{name:42}{taken[0] * 1000:>9,.1f} ms{medians[name] * 1000:>9,.1f} ms", flush=True)
    return medians["top users of a day"] > PROMISED


def _print_removed(removed: Removed) -> bool:
    """Whether the promise is broken."""
    longest = max(removed.commits)
    print(
        f"\n{removed.rows:,} old events removed in {removed.seconds:,.0f} s; meanwhile {len(removed.commits):,}"
        f" commits of {EVENTS_A_COMMIT} events: median {median(removed.commits) * 1000:.1f} ms,"
        f" the longest {longest * 1000:,.0f} ms"
    )
    return longest > LAG


def _gb(size: float) -> str:
    return f"{size / 1e9:,.2f} GB"


if __name__ == "__main__":
    sys.exit(main())
