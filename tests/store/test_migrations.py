"""The schema: every step works on both databases, and the last one makes what the code believes in."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

import rejectwatch
from rejectwatch.errors import SettingsError
from rejectwatch.incidents.incident import Circumstances, Message, to_json
from rejectwatch.shipped import shipped
from rejectwatch.store import migrate, queries
from rejectwatch.store.database import Database, SQLite, open_database
from rejectwatch.store.outbox import Outbox
from rejectwatch.store.tables import METADATA
from store.made import INCIDENT, NOON

FIRST_FIELDS = frozenset(
    "id rule by subject cause refused_by confidence who_acts opened_at told_at first_at last_at attempts refusals"
    " recent_attempts users senders client_ips recipients recipient_domains last_success_at sample".split()
)
"""Of an incident, before 0003."""


def differences(database: Database) -> list[Any]:
    with database.read() as connection, warnings.catch_warnings():
        # SQLAlchemy can't read one back from SQLite.
        warnings.filterwarnings("ignore", ".*expression-based index")
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))


def downgrade(database: Database) -> None:
    with database.write() as connection:
        command.downgrade(migrate._config(connection), "base")


def set_schema(database: Database, name: str) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :name"), {"name": name})


def test_the_migrations_make_the_tables_of_the_code(database: Database) -> None:
    assert differences(database) == []


def test_there_are_the_views_and_the_index_that_sql_asks(database: Database) -> None:
    found = "SELECT name FROM sqlite_master"
    if not isinstance(database, SQLite):
        found = "SELECT relname FROM pg_class WHERE pg_table_is_visible(oid)"
    with database.read() as connection:
        names = set(connection.execute(text(found)).scalars())

    assert {
        "failures",
        "last_times",
        "incident_people",
        "ix_events_person_occurred_at",
        "ix_state_name_key",
    } <= names


def test_a_downgraded_database_is_empty_and_can_be_upgraded_again(database: Database) -> None:
    downgrade(database)
    with database.read() as connection:
        left = inspect(connection).get_table_names()
    migrate.upgrade(database)

    assert left == ["alembic_version"]
    assert differences(database) == []


def test_an_upgrade_of_the_newest_schema_changes_nothing(database: Database) -> None:
    migrate.upgrade(database)

    assert migrate.current(database) == migrate.newest()
    assert differences(database) == []


def test_two_upgraders_at_once_both_succeed(database_url: str) -> None:
    starting = threading.Barrier(2)
    faults: list[BaseException] = []

    def upgrade_one() -> None:
        database = open_database(database_url)
        try:
            starting.wait(10)
            migrate.upgrade(database)
        except BaseException as error:  # noqa: BLE001 — shown by the assertion
            faults.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=upgrade_one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert faults == []
    assert differences(open_database(database_url)) == []


def test_a_failed_step_leaves_nothing_behind(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = open_database(database_url)
    broken = command.upgrade

    def fail_at_the_end(*arguments: Any) -> None:
        broken(*arguments)
        raise ZeroDivisionError

    monkeypatch.setattr(command, "upgrade", fail_at_the_end)
    with pytest.raises(ZeroDivisionError):
        migrate.upgrade(database)

    assert migrate.current(database) is None
    database.close()


def test_a_database_of_a_newer_rejectwatch_is_refused(database: Database) -> None:
    set_schema(database, "9999")

    for refuse in (migrate.upgrade, migrate.check, migrate.prepare):
        with pytest.raises(
            SettingsError, match=r"schema 9999, which a newer rejectwatch has made.*only up to 0"
        ):
            refuse(database)


def test_the_daemon_makes_sqlite_by_itself_and_asks_for_postgresql(database_url: str) -> None:
    database = open_database(database_url)
    if isinstance(database, SQLite):
        migrate.prepare(database)
    else:
        with pytest.raises(SettingsError, match="has no tables yet: run `rejectwatch db upgrade`"):
            migrate.prepare(database)
        migrate.upgrade(database)
        migrate.prepare(database)

    assert migrate.current(database) == migrate.newest()
    database.close()


def test_a_database_that_holds_somebody_elses_events_is_left_alone(database_url: str) -> None:
    database = open_database(database_url)
    if isinstance(database, SQLite):
        database.make()
    with database.write() as connection:
        connection.execute(text("CREATE TABLE events (id INTEGER)"))

    with pytest.raises(SettingsError, match="a database of its own"):
        migrate.upgrade(database)
    database.close()


def test_the_migrations_run_where_an_installed_wheel_has_them(tmp_path: Path, database_url: str) -> None:
    package = tmp_path / "site-packages" / "rejectwatch"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(rejectwatch.__file__).parent, package, ignore=ignored)
    shutil.copytree(shipped("migrations"), package / "migrations", ignore=ignored, dirs_exist_ok=True)
    program = (
        "import sys; from rejectwatch.store import database, migrate;"
        " opened = database.open_database(sys.argv[1]);"
        " migrate.upgrade(opened); opened.close(); print(migrate._scripts().dir)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, database_url],
        env={"PYTHONPATH": str(package.parent)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip() == str(package / "migrations"), done.stderr
    assert differences(open_database(database_url)) == []


# ── incidents of before 0003 ─────────────────────────────────────────────────────────────────────

OLD_INCIDENT = {
    **{name: value for name, value in to_json(INCIDENT).items() if name in FIRST_FIELDS},
    "recovery_keys": [["user", "sender", "alice@example.jp", "sales@example.jp"]],
    "succeeded_at": None,
    "success": [],
    "closed_at": None,
    "ending": None,
}


def put_old(database: Database) -> None:
    """What the version before has written: an open and a closed incident, a message that waits, its memory."""
    stamp = NOON.isoformat().replace("+00:00", ".000000Z")
    closed = {**OLD_INCIDENT, "id": "closed", "closed_at": NOON.isoformat(), "ending": "recovered"}
    with database.write() as connection:
        command.upgrade(migrate._config(connection), "0002")
    with database.write() as connection:
        connection.execute(
            text("INSERT INTO instances (instance, revision, created_at) VALUES ('main', 0, :at)"),
            {"at": stamp},
        )
        for one in (OLD_INCIDENT, closed):
            columns = "id rule by subject cause refused_by who_acts attempts refusals ending".split()
            values = {name: one[name] for name in columns}
            values |= {"record": json.dumps(one), "at": stamp, "closed": one["closed_at"] and stamp}
            connection.execute(
                text(
                    "INSERT INTO incidents (instance, id, rule, by, subject, cause, refused_by, who_acts, opened_at,"
                    " last_at, closed_at, ending, attempts, refusals, record) VALUES ('main', :id, :rule, :by,"
                    " :subject, :cause, :refused_by, :who_acts, :at, :at, :closed, :ending, :attempts, :refusals,"
                    " :record)"
                ),
                values,
            )
        payload = json.dumps({"kind": "opened", "at": NOON.isoformat(), "incident": OLD_INCIDENT})
        connection.execute(
            text(
                "INSERT INTO outbox (instance, message_id, channel, kind, incident, at, payload, state, tries)"
                " VALUES ('main', 'm', 'postmasters', 'opened', :incident, :at, :payload, 'waiting', 0)"
            ),
            {"incident": OLD_INCIDENT["id"], "at": stamp, "payload": payload},
        )
        for name in ("windows", "incidents", "sessions"):
            connection.execute(
                text("INSERT INTO state (instance, name, id, key, value, serial) VALUES ('main', :name, 'x', '1', '1', 1)"),
                {"name": name},
            )  # fmt: skip


def test_what_was_open_before_0003_is_closed_and_what_is_stored_can_be_read(database_url: str) -> None:
    database = open_database(database_url)
    if isinstance(database, SQLite):
        database.make()
    put_old(database)
    migrate.upgrade(database)
    found = queries.incidents(database, closed_too=True)
    (waiting,) = Outbox(database, "main").due(NOON, 10)
    with database.read() as connection:
        remembered = list(connection.execute(text("SELECT name FROM state")).scalars())
    database.close()

    assert {(one.id, one.ending, one.closed_at) for one in found} == {
        (INCIDENT.id, "expired", NOON),
        ("closed", "recovered", NOON),
    }
    assert isinstance(waiting.message, Message)
    assert waiting.message.incident == replace(INCIDENT, circumstances=Circumstances("all"))
    assert remembered == ["sessions"]
