"""What is stored goes when its time is over, and nobody who reads the log has to wait for that."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from sqlalchemy import BigInteger, Integer, Table, event, insert

from parts.daemon import COMMAND, Daemon
from parts.postgresql import PostgreSQL
from parts.waiting import until
from rejectwatch.changes import Changes
from rejectwatch.settings import RetentionSettings
from rejectwatch.store import removal, retention, tables
from rejectwatch.store.database import Database, SQLite, open_database
from rejectwatch.store.events import import_events
from rejectwatch.store.migrate import upgrade
from rejectwatch.store.removal import Removal
from rejectwatch.store.retention import FOR_EVER, KEPT, Keeper, Kept, Pruning
from rejectwatch.store.types import Count, Utc
from store.made import event as made_event
from store.seen import rows, sizes, started
from whole.made import CONFIGURATION, append, refusal

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
DEFAULTS = RetentionSettings()


def row(table: Table, number: int, **values: Any) -> dict[str, Any]:
    """A row with something in each column that needs it; `number` tells its key from others."""
    needed = [column for column in table.columns if not column.nullable]
    made: dict[str, Any] = {column.name: "x" for column in needed}
    made |= {column.name: NOW for column in needed if isinstance(column.type, Utc)}
    numbers = (Integer, BigInteger, Count)
    made |= {column.name: number for column in needed if isinstance(column.type, numbers)}
    told_apart = {"id": str(number)} if table is tables.INCIDENTS else {}
    if table is tables.OUTBOX:
        told_apart = {"message_id": str(number), "state": "sent"}
    if table is tables.SHAPES:
        told_apart = {"shape": str(number)}
    if table is tables.ACKS:
        told_apart = {"incident": str(number)}
    whose = {"instance": "main"} if "instance" in table.c else {}
    return {**made, **whose, **told_apart, **values}


def put(database: Database, table: Table, made: Sequence[dict[str, Any]]) -> None:
    with database.write() as connection:
        connection.execute(insert(table), list(made))


def know(database: Database, *names: str) -> None:
    put(database, tables.INSTANCES, [row(tables.INSTANCES, 0, instance=name) for name in names])


def prune(
    database: Database, settings: RetentionSettings = DEFAULTS, instance: str | None = None
) -> dict[str, int]:
    removed: dict[str, int] = {}
    for step in Pruning(database, settings, NOW, instance).steps():
        removed[step.table] = removed.get(step.table, 0) + step.rows
    return removed


# ── what goes ────────────────────────────────────────────────────────────────────────────────────


def test_every_table_says_how_long_its_rows_are_kept() -> None:
    told = [kept.table for kept in KEPT] + list(FOR_EVER)

    assert sorted(table.name for table in told) == sorted(tables.METADATA.tables)
    assert {kept.kind for kept in KEPT} == set(RetentionSettings.model_fields)


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.table.name)
def test_what_is_older_than_its_time_goes_and_nothing_else(database: Database, kept: Kept) -> None:
    know(database, "main")
    age: timedelta = getattr(DEFAULTS, kept.kind)
    times = [NOW - age + shift for shift in (-DAY, -SECOND, SECOND, DAY)]
    put(
        database,
        kept.table,
        [row(kept.table, n, **{kept.along.name: at, kept.at.name: at}) for n, at in enumerate(times)],
    )

    counted = Pruning(database, DEFAULTS, NOW).count()
    removed = prune(database)

    assert removed[kept.table.name] == counted[kept.table.name] == 2
    assert sorted(one[kept.at.name] for one in rows(database, kept.table)) == times[2:]


def test_an_open_incident_is_kept_however_old_it_is(database: Database) -> None:
    know(database, "main")
    old = {"opened_at": NOW - 1000 * DAY, "last_at": NOW - 900 * DAY}
    put(database, tables.INCIDENTS, [row(tables.INCIDENTS, 1, **old)])
    put(database, tables.INCIDENTS, [row(tables.INCIDENTS, 2, **old, closed_at=NOW - DAY)])
    put(database, tables.INCIDENTS, [row(tables.INCIDENTS, 3, **old, closed_at=NOW - 401 * DAY)])
    prune(database)

    assert [one["id"] for one in rows(database, tables.INCIDENTS)] == ["1", "2"]


def test_a_message_that_was_not_sent_is_kept_however_old_it_is(database: Database) -> None:
    know(database, "main")
    states = ["waiting", "failed", "sent", "given_up"]
    put(
        database,
        tables.OUTBOX,
        [row(tables.OUTBOX, n, state=state, at=NOW - 1000 * DAY) for n, state in enumerate(states)],
    )
    prune(database)

    assert [one["state"] for one in rows(database, tables.OUTBOX)] == ["waiting", "failed"]


def test_what_is_kept_for_ever_stays(database: Database) -> None:
    put(database, tables.HOURLY, [row(tables.HOURLY, 1, hour=NOW - 5000 * DAY)])
    settings = RetentionSettings.model_validate({"hourly": "forever"})

    assert prune(database, settings).get("hourly") is None
    assert sizes(database)["hourly"] == 1


def test_many_rows_of_the_same_moment_all_go(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "FOUND_AT_ONCE", 10)
    put(
        database,
        tables.HOURLY,
        [row(tables.HOURLY, 1, hour=NOW - 500 * DAY, subject=f"s{number}") for number in range(35)],
    )

    assert prune(database)["hourly"] == 35


def test_a_daemon_prunes_its_own_rows_and_the_command_those_of_all(cluster: PostgreSQL) -> None:
    database = open_database(cluster.fresh_database())
    upgrade(database)
    for table in (tables.EVENTS, tables.HOURLY):
        (kept,) = (kept for kept in KEPT if kept.table is table)
        for name in ("east", "south", "west"):
            put(database, table, [row(table, 1, instance=name, **{kept.at.name: NOW - 1000 * DAY})])

    prune(database, instance="west")
    left = {
        table: [one["instance"] for one in rows(database, table)] for table in (tables.EVENTS, tables.HOURLY)
    }
    prune(database)

    assert left == {tables.EVENTS: ["east", "south"], tables.HOURLY: ["east", "south"]}
    assert sizes(database)["events"] == sizes(database)["hourly"] == 0
    database.close()


def test_in_a_file_the_rows_of_a_daemon_that_was_renamed_go_too(file: SQLite) -> None:
    put(file, tables.EVENTS, [row(tables.EVENTS, 1, instance="before", occurred_at=NOW - 1000 * DAY)])
    prune(file, instance="after")

    assert sizes(file)["events"] == 0


# ── and nobody waits ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SQLite]:
    opened = open_database(f"sqlite:///{tmp_path}/rejectwatch.db")
    assert isinstance(opened, SQLite)
    upgrade(opened)
    yield opened
    opened.close()


def test_old_rows_are_found_along_an_index_by_time(file: SQLite) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT") and "LIMIT" in statement:
            asked.append((statement, parameters))

    put(file, tables.HOURLY, [row(tables.HOURLY, 1)])
    event.listen(file._readers, "before_cursor_execute", note)
    prune(file)
    event.remove(file._readers, "before_cursor_execute", note)
    plans = []
    with file.read() as connection:
        for statement, parameters in asked:
            found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append(" ".join(one[3] for one in found))

    large = [plan for plan in plans if re.match("SEARCH (events|hourly) ", plan)]
    assert len(large) >= 3, plans
    assert not [plan for plan in large if "TEMP B-TREE" in plan], plans


def test_a_chunk_is_as_large_as_the_disk_is_quick(file: SQLite, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(10_000))
    per_row = [0.001]

    class Time:
        """Each row takes so long."""

        now = 0.0

        @classmethod
        def monotonic(cls) -> float:
            next(clock)
            return cls.now

    def took(_c: Any, _cursor: Any, _statement: str, parameters: Any, *_: Any) -> None:
        Time.now += per_row[0] * len(parameters)

    put(file, tables.HOURLY, [row(tables.HOURLY, 1, subject=f"s{n}") for n in range(3_000)])
    monkeypatch.setattr(removal, "time", Time)
    event.listen(file._writer, "after_cursor_execute", took)
    with file.read() as connection:
        keys = connection.execute(tables.HOURLY.select().with_only_columns(*tables.HOURLY.primary_key)).all()
    steps = Removal(file).steps(tables.HOURLY, keys)
    quick = [next(steps) for _ in range(10)][-1]
    per_row[0] = 0.02
    next(steps)  # nobody can know that it will be so slow
    slow = [next(steps) for _ in range(3)]

    assert quick.rows == 50
    assert quick.rest == pytest.approx(0.05)
    assert max(one.rest for one in slow) < 0.11
    assert min(one.rows for one in slow) == 2


def fill(database: Database, number: int) -> None:
    """Old events of another daemon, all of which are to go."""
    for first in range(0, number, 10_000):
        import_events(
            database,
            "old",
            [
                made_event(position, occurred_at=NOW - 200 * DAY + timedelta(seconds=position * 7919 % 10**6))
                for position in range(first, first + 10_000)
            ],
        )
    with database.write() as connection:
        connection.exec_driver_sql("ANALYZE events")  # as PostgreSQL does by itself, a minute later


@contextmanager
def pruning(database: Database) -> Iterator[threading.Thread]:
    stopping = threading.Event()

    def work() -> None:
        for step in Pruning(database, DEFAULTS, NOW).steps():
            if stopping.wait(step.rest):
                return

    thread = threading.Thread(target=work)
    thread.start()
    yield thread
    stopping.set()
    thread.join()


@pytest.mark.slow
def test_retention_of_many_rows_never_makes_a_commit_wait_for_long(database: Database) -> None:
    fill(database, 20_000)
    writer, state = started(database)
    waited, number = [], 0
    with pruning(database) as thread:
        while thread.is_alive():
            began, number = monotonic(), number + 1
            writer.commit(Changes(events=[made_event(number, occurred_at=NOW)]), state)
            waited.append(monotonic() - began)

    assert len(waited) > 20
    assert max(waited) < 1
    assert sizes(database)["events"] == number


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_what_is_refused_while_many_rows_are_removed_is_stored_at_once(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """The whole of it: `db prune` beside a daemon. The promise for 5 million rows is 2 seconds."""
    fill(database, 40_000)
    log, config = (
        tmp_path / "mail.log",
        f'instance = "main"\n{CONFIGURATION.format(log=tmp_path / "mail.log")}',
    )
    log.touch()
    lags: list[float] = []
    with Daemon(tmp_path / "state", config, database_url=database_url) as watch:
        watch.until_ready()
        command = [*COMMAND, "db", "prune", "-c", str(watch.config)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as prune:
            while prune.poll() is None:
                append(log, refusal(len(lags)))
                began = monotonic()
                until(lambda: len(stored_by(database, "main")) > len(lags), 20, watch.child.story)
                lags.append(monotonic() - began)
            said = prune.communicate()[0]

    assert said.splitlines()[0] == "events: 40000 removed"
    assert len(lags) > 3
    assert max(lags) < 2


def stored_by(database: Database, instance: str) -> list[int]:
    with database.read() as connection:
        positions = tables.EVENTS.select().with_only_columns(tables.EVENTS.c.position)
        return list(connection.execute(positions.where(tables.EVENTS.c.instance == instance)).scalars())


# ── by itself ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BEGIN_AFTER", 0.05)


@contextmanager
def keeping(database: Database) -> Iterator[Keeper]:
    keeper = Keeper(database, "main", DEFAULTS, lambda: NOW)
    keeper.start()
    yield keeper
    keeper.stop()


def test_the_daemon_does_it_by_itself(
    database: Database, quickly: None, caplog: pytest.LogCaptureFixture
) -> None:
    put(database, tables.HOURLY, [row(tables.HOURLY, 1, hour=NOW - 500 * DAY)])
    with caplog.at_level("INFO"), keeping(database):
        until(lambda: sizes(database)["hourly"] == 0)
        until(lambda: "removed what was kept long enough: rows of hourly 1" in caplog.text)


def test_it_goes_on_after_a_database_that_was_away(
    file: SQLite, quickly: None, caplog: pytest.LogCaptureFixture
) -> None:
    put(file, tables.HOURLY, [row(tables.HOURLY, 1, hour=NOW - 500 * DAY)])
    other = sqlite3.connect(file.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with caplog.at_level("DEBUG"), keeping(file) as keeper:
        until(lambda: caplog.text.count("database is locked") >= 2)
        other.execute("ROLLBACK")
        other.close()
        until(lambda: sizes(file)["hourly"] == 0)

        assert keeper._thread.is_alive()


def test_it_ends_within_a_second_in_the_middle_of_its_work(
    file: SQLite, quickly: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "FIRST", 1)
    monkeypatch.setattr(removal, "MOST", 1)
    put(
        file,
        tables.HOURLY,
        [row(tables.HOURLY, 1, hour=NOW - 500 * DAY, subject=f"s{n}") for n in range(2_000)],
    )
    with keeping(file) as keeper:
        until(lambda: sizes(file)["hourly"] < 1_990)
        began = monotonic()
        keeper.stop()
        took, left = monotonic() - began, sizes(file)["hourly"]

    assert took < 1
    assert left > 1_000
    assert not keeper._thread.is_alive()
